"""Files of cases and of parts of models: brought in as at the other doors, handed out to who reads the record (§16)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from itoguchi.cases import actions
from itoguchi.cases.models import Case, ModelPart
from itoguchi.core.uploads import LARGEST
from tests.cases.factories import TAMBA, a_case, a_model, published
from tests.cases.test_pages import CASE, EMPTY, text_of

pytestmark = pytest.mark.django_db

ClientOf = Callable[[str], Client]
PDF = b"%PDF-1.7 x"
FORM, MODEL = f"/areas/{TAMBA}/cases/new", "/reference-models/radio"
PART = {"kind": "specification", "title": "仕様書", "text": "一　目的", "source": "試験市 2026年"}


def with_macros() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for name in ("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"):
            file.writestr(name, "x")
    return packed.getvalue()


BAD = [
    ("x.docx", with_macros(), "マクロのあるファイルは受け取れません"),
    ("x.exe", b"MZ", "「exe」のファイルは受け取れません"),
    ("x.pdf", b"<script>alert(1)</script>", "中身が「pdf」ではありません"),
    ("x.svg", b"<svg/>", "「svg」のファイルは受け取れません"),
    ("x.pdf", b"%PDF-" + b" " * LARGEST, "ファイルが大きすぎます"),
]


def given(content: bytes = PDF, name: str = "議会報告.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def a_model_being_written() -> Any:
    return a_model(is_published=False)


@pytest.mark.parametrize(("name", "content", "says"), BAD)
def test_bad_files_are_refused_in_words(client_of: ClientOf, name: str, content: bytes, says: str) -> None:
    a_model_being_written()
    officer = client_of("officer")
    for path, said in (
        (FORM, CASE | {"evidence_file": given(content, name)}),
        (f"{MODEL}/parts/new", PART | {"file": given(content, name)}),
    ):
        answer = officer.post(path, said)
        assert answer.status_code == 422, path
        assert says in text_of(answer), path
    assert not Case.objects.exists()
    assert ModelPart.objects.filter(title="仕様書").count() == 0


def test_the_evidence_of_a_case_is_handed_out_to_who_reads_the_case(client_of: ClientOf) -> None:
    officer, visitor = client_of("officer"), client_of("visitor")
    assert officer.post(FORM, CASE | {"evidence_file": given()}).status_code == 302
    case = Case.objects.get()
    path = f"{case.address}/file"
    answer = officer.get(path)
    assert (answer.content, answer["Content-Type"]) == (PDF, "application/pdf")
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "private, no-store", "a draft stays with its area"
    for other in (visitor, client_of("neighbour")):
        assert other.get(path).status_code == 404
    assert "議会報告.pdf" in text_of(officer.get(case.address))
    published(case)
    assert visitor.get(path).content == PDF
    assert path in text_of(visitor.get(case.address))
    [item] = visitor.get("/api/v1/cases").json()["items"]
    assert item["evidence_file"] == path
    without = a_case(title="ファイルなし")
    assert visitor.get(f"{without.address}/file").status_code == 404


def test_a_file_stays_until_another_one_comes_or_it_is_taken_away(client_of: ClientOf) -> None:
    officer = client_of("officer")
    officer.post(FORM, CASE | {"evidence_file": given()})
    case = Case.objects.get()
    change = f"{case.address}/change"
    assert "いまのファイルを外す" in text_of(officer.get(change))
    assert officer.post(change, CASE | EMPTY | {"title": "新しい題"}).status_code == 302
    case.refresh_from_db()
    first = case.evidence_file
    assert first is not None
    officer.post(change, CASE | {"evidence_file": given(b"%PDF-2", "次.pdf")})
    case.refresh_from_db()
    assert case.evidence_file is not None
    assert (case.evidence_file.name, bytes(case.evidence_file.content)) == ("次.pdf", b"%PDF-2")
    officer.post(change, CASE | {"drop_file": "on"})
    case.refresh_from_db()
    assert case.evidence_file is None
    assert bytes(first.content) == PDF, "what was kept is never changed"


def test_a_part_with_a_file_is_its_next_version(client_of: ClientOf) -> None:
    model = a_model_being_written()
    officer, visitor = client_of("officer"), client_of("visitor")
    officer.post(f"{MODEL}/parts/new", PART | {"file": given(name="仕様書.pdf")})
    part = ModelPart.objects.get(title="仕様書")
    path = f"{MODEL}/parts/{part.pk}"
    officer.post(path, PART)
    part.refresh_from_db()
    assert part.version == 1, "nothing changed"
    officer.post(path, PART | {"file": given(b"%PDF-2", "仕様書.pdf")})
    part.refresh_from_db()
    assert part.version == 2
    assert visitor.get(f"{path}/file").status_code == 404
    published(model)
    assert visitor.get(f"{path}/file").content == b"%PDF-2"
    assert f"{path}/file" in text_of(visitor.get(MODEL))
    [item] = visitor.get("/api/v1/reference-models").json()["items"]
    assert f"{path}/file" in [each["file"] for each in item["parts"]]
    actions.end_part(part, why="古い", by=None, today=part.changed_on)
    assert visitor.get(f"{path}/file").status_code == 404, "what is no longer offered is no longer handed out"


def test_pages_do_not_read_the_bytes(
    client_of: ClientOf, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    model = a_model_being_written()
    officer = client_of("officer")
    officer.post(f"{MODEL}/parts/new", PART | {"file": given()})
    published(model)
    officer.post(FORM, CASE | {"evidence_file": given()})
    case = Case.objects.get()
    for path in (MODEL, case.address, f"{case.address}/change"):
        with django_assert_max_num_queries(12) as asked:
            assert officer.get(path).status_code == 200
        assert not any('"core_frozenfile"."content",' in each["sql"] for each in asked.captured_queries), path
