"""A file of a part is taken along by reference when the part is copied, and stays as it was copied (§15)."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import docx
import pytest
from django.test import Client
from django.utils import timezone

from itoguchi.cases.actions import PartFacts, end_part, keep_part, reopen
from itoguchi.cases.models import ModelPart
from itoguchi.core.actions import freeze_file
from itoguchi.core.models import FrozenFile
from itoguchi.plans import actions, queries
from itoguchi.plans.content import content_from
from itoguchi.plans.models import CopiedPart, Plan
from tests.cases.factories import a_model, published
from tests.personas import account_of
from tests.plans.factories import a_plan, filled

pytestmark = pytest.mark.django_db

ClientOf = Callable[[str], Client]


def a_file(content: bytes = b"%PDF-1") -> FrozenFile:
    return freeze_file("仕様書.pdf", content, content_type="application/pdf")


def facts_of_part(file: FrozenFile | None) -> PartFacts:
    return PartFacts(kind="specification", title="仕様書", text="一　目的", source="試験市 2026年", file=file)


def a_copy(plan: Plan) -> tuple[ModelPart, CopiedPart]:
    """A part with a file, copied into the plan."""
    model, today = a_model(is_published=False), timezone.localdate()
    part = keep_part(model, facts_of_part(a_file()), by=None, today=today)
    published(model)
    [copied] = actions.copy_model(plan, model, [part], by=account_of("officer"), today=today)
    return part, copied


def text_of(response: Any) -> str:
    return str(response.content.decode())


def test_the_file_is_taken_along_by_reference_with_where_it_comes_from(client_of: ClientOf) -> None:
    plan = a_plan()
    part, copied = a_copy(plan)
    assert copied.file_id == part.file_id
    assert FrozenFile.objects.filter(name="仕様書.pdf").count() == 1, "by reference"
    [kept] = content_from(queries.latest_of(plan).content).copies
    assert (kept.file, kept.source, kept.version) == ("仕様書.pdf", "試験市 2026年", 1)
    officer, path = client_of("officer"), f"/copied-parts/{copied.pk}/file"
    page = text_of(officer.get(plan.address))
    assert path in page
    assert "仕様書.pdf" in page
    answer = officer.get(path)
    assert (answer.content, answer["X-Content-Type-Options"]) == (b"%PDF-1", "nosniff")
    assert answer["Cache-Control"] == "private, no-store"
    word = docx.Document(io.BytesIO(officer.get(f"{plan.address}/plan.docx").content))
    lines = ["".join(t.text or "" for t in p.iter("{*}t")) for p in word.element.body.iter("{*}p")]
    assert "ファイル：仕様書.pdf" in lines


def test_who_does_not_read_the_plan_gets_no_file(client_of: ClientOf) -> None:
    plan = a_plan()
    _part, copied = a_copy(plan)
    path = f"/copied-parts/{copied.pk}/file"
    for persona in ("visitor", "neighbour", "partner", "adviser"):
        assert client_of(persona).get(path).status_code == 404, persona
    assert client_of("visitor").get("/copied-parts/999999/file").status_code == 404


def test_everybody_gets_it_once_the_plan_with_it_is_approved_and_open(client_of: ClientOf) -> None:
    plan, officer, chief = filled(a_plan(is_internal=False)), account_of("officer"), account_of("chief")
    _part, copied = a_copy(plan)
    path, visitor = f"/copied-parts/{copied.pk}/file", client_of("visitor")
    assert visitor.get(path).status_code == 404, "nothing was approved yet"
    actions.ask_for_approval(plan, by=officer)
    actions.decide_on_plan(plan, deed="approve", by=chief, today=timezone.localdate())
    assert visitor.get(path).content == b"%PDF-1"
    assert path in text_of(visitor.get(plan.address))
    answer = visitor.get(f"/api/v1/plans/{plan.pk}").json()
    assert [each["file"] for each in answer["copies"]] == ["仕様書.pdf"]


def test_it_stays_as_it_was_copied_whatever_becomes_of_the_part(client_of: ClientOf) -> None:
    plan, today = a_plan(), timezone.localdate()
    part, copied = a_copy(plan)
    reopen(part.model, by=None, why="直す")
    keep_part(part.model, facts_of_part(a_file(b"%PDF-2")), by=None, today=today, part=part)
    officer, path = client_of("officer"), f"/copied-parts/{copied.pk}/file"
    assert officer.get(path).content == b"%PDF-1"
    end_part(part, why="古い", by=None, today=today)
    assert officer.get(path).content == b"%PDF-1"
    actions.remove_copy(copied, why="要らない", by=account_of("officer"), today=today)
    assert officer.get(path).status_code == 404


def test_a_version_from_before_there_were_files_is_read() -> None:
    plan = a_plan()
    _part, _copied = a_copy(plan)
    kept = queries.latest_of(plan).content
    [before] = [{name: value for name, value in each.items() if name != "file"} for each in kept["copies"]]
    assert content_from(kept | {"copies": [before]}).copies[0].file == ""
