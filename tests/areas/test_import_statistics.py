"""All rows or none; every problem by row, column and cure; each figure knows its file."""

from __future__ import annotations

import io
from decimal import Decimal
from pathlib import Path

import pghistory.models
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from openpyxl import Workbook

from itoguchi.accounts.models import Account
from itoguchi.areas import queries
from itoguchi.areas.forms import read_statistics
from itoguchi.areas.models import Area, Statistic
from itoguchi.core.imports import ImportRefused
from itoguchi.core.models import ImportedFile

pytestmark = pytest.mark.django_db


def table(*lines: str, encoding: str = "utf-8-sig") -> bytes:
    return "\r\n".join(lines).encode(encoding)


def send(client: Client, data: bytes, name: str = "人口.csv", **more: str) -> object:
    return client.post("/areas/statistics/import", {"file": SimpleUploadedFile(name, data), "source": "試験", **more})


@pytest.fixture
def office(client: Client, coordinator: Account) -> Client:
    client.force_login(coordinator)
    return client


def all_municipalities(**changes: str) -> bytes:
    lines = ["団体コード,団体名,年,人口"]
    for number, area in enumerate(queries.municipalities().order_by("code")):
        lines.append(changes.get(area.code, f"{area.code},{area.name},2025,{1000 + number}"))
    return table(*lines)


def test_three_bad_rows_of_1741_are_named_and_nothing_is_written(office: Client) -> None:
    data = all_municipalities(
        **{
            "282219": "282218,丹波篠山市,2025,41490",
            "402311": "402311,那珂川町ではない,2025,50000",
            "042161": "042161,富谷市,2025,51６51人",
        }
    )
    answer = send(office, data)
    page = answer.content.decode()  # type: ignore[attr-defined]
    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert Statistic.objects.count() == 0
    assert ImportedFile.objects.count() == 0
    rows = {area.code: n for n, area in enumerate(queries.municipalities().order_by("code"), start=2)}
    assert f'data-label="行">{rows["282219"]}<' in page
    assert f'data-label="行">{rows["042161"]}<' in page
    assert "282219 の誤りではありませんか" in page
    mended = send(office, all_municipalities())
    assert mended.status_code == 302  # type: ignore[attr-defined]
    assert Statistic.objects.count() == 1741


def test_a_municipality_shows_which_file_of_which_day(office: Client, client: Client) -> None:
    send(office, all_municipalities(), name="人口_令和7年.csv")
    file = ImportedFile.objects.get()
    page = client.get("/areas/282219").content.decode()
    assert "人口_令和7年.csv" in page
    assert f"/areas/files/{file.pk}" in page
    assert f"{timezone.localtime(file.imported_at):%Y-%m-%d}" in page
    assert "人口_令和7年.csv" in client.get(f"/areas/files/{file.pk}").content.decode()


def test_one_import_is_one_journal_context_with_its_rows(office: Client, coordinator: Account) -> None:
    send(office, all_municipalities())
    events = Statistic.pgh_event_model.objects.all()  # type: ignore[attr-defined]
    assert events.count() == 1741
    (context,) = pghistory.models.Context.objects.filter(pk__in=events.values("pgh_context"))
    assert context.metadata["file"] == "人口.csv"
    assert context.metadata["account"] == coordinator.pk
    assert len(context.metadata["sha256"]) == 64


def test_a_value_that_changes_keeps_its_history_and_one_that_does_not_keeps_its_file(office: Client) -> None:
    send(office, table("団体コード,年,人口", "282219,2025,41490", "282235,2025,60000"), name="一.csv")
    send(office, table("団体コード,年,人口", "282219,2025,41500", "282235,2025,60000"), name="二.csv")
    area = Area.objects.get(code="282219")
    files = {figure.area.code: figure.file.name for figure in Statistic.objects.select_related("area", "file")}  # type: ignore[union-attr]
    assert files == {"282219": "二.csv", "282235": "一.csv"}
    assert [change.value for change in queries.history_of_statistics(area)] == ["41,500人", "41,490人"]


def test_a_dry_run_writes_nothing(office: Client) -> None:
    answer = send(office, all_municipalities(), dry_run="on")
    assert answer.status_code == 200  # type: ignore[attr-defined]
    assert Statistic.objects.count() == ImportedFile.objects.count() == 0


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_the_encodings_of_offices_are_read(encoding: str) -> None:
    _, readings = read_statistics(
        table("団体コード,団体名,年,人口", '282219,丹波篠山市,令和7年,"41,490"', encoding=encoding), "a.csv"
    )
    assert [(reading.year, reading.value) for reading in readings] == [(2025, Decimal(41490))]


def test_a_former_code_counts_for_the_area_of_today() -> None:
    _, readings = read_statistics(table("団体コード,団体名,年,人口", "403059,那珂川町,2015,49780"), "a.csv")
    assert readings[0].area == Area.objects.get(code="402311").pk


@pytest.mark.parametrize(
    ("lines", "row", "column", "words"),
    [
        (["団体コード,年,人口", "282218,2025,1"], 2, "団体コード", "検査数字"),
        (["団体コード,年,人口", "28221,2025,1"], 2, "団体コード", "282219"),
        (["団体コード,年,人口", "12025,2025,1"], 2, "団体コード", "012025"),
        (["団体コード,年,人口", "999997,2025,1"], 2, "団体コード", "ありません"),
        (["団体コード,年,人口", "丹波,2025,1"], 2, "団体コード", "丹波"),
        (["団体コード,年,人口", "282219,2025,-1"], 2, "人口", ""),
        (["団体コード,年,人口", "282219,2025,=1+1"], 2, "人口", "数式"),
        (["団体コード,年,高齢化率", "282219,2025,120"], 2, "高齢化率", ""),
        (["団体コード,年,人口", "282219,2025,1", "282219,2025,2"], 3, None, ""),
        (["団体コード,人口", "282219,1"], 1, "年", ""),
        (["団体コード,年,人口,人口", "282219,2025,1,2"], 1, "人口", ""),
        (["団体コード,年", "282219,2025"], 1, None, "値の列"),
        (["団体コード,団体名,年,人口", "282219,丹波市,2025,1"], 2, "団体名", "丹波篠山市"),
    ],
)
def test_each_refusal_names_row_and_column(lines: list[str], row: int, column: str | None, words: str) -> None:
    with pytest.raises(ImportRefused) as refused:
        read_statistics(table(*lines), "a.csv")
    problem = refused.value.problems[0]
    assert problem.row == row
    if column:
        assert problem.column == column
    assert words in f"{problem.message} {problem.cure}"
    assert problem.cure


def test_a_formula_in_a_workbook_is_refused() -> None:
    book = Workbook()
    book.active.append(["団体コード", "年", "人口"])  # type: ignore[union-attr]
    book.active.append(["282219", 2025, "=40000+1490"])  # type: ignore[union-attr]
    file = io.BytesIO()
    book.save(file)
    with pytest.raises(ImportRefused) as refused:
        read_statistics(file.getvalue(), "a.xlsx")
    assert refused.value.problems[0].row == 2


def test_only_the_secretariat_imports(client: Client, officer: Account) -> None:
    assert client.get("/areas/statistics/import").status_code == 302
    client.force_login(officer)
    assert send(client, all_municipalities()).status_code == 403  # type: ignore[attr-defined]
    assert Statistic.objects.count() == 0


def test_an_import_can_be_taken_back(office: Client, coordinator: Account) -> None:
    send(office, table("団体コード,年,人口", "282219,2025,41490"), name="一.csv")
    send(office, table("団体コード,年,人口", "282219,2025,99999", "282235,2025,60000"), name="二.csv")
    second = ImportedFile.objects.get(name="二.csv")
    assert office.post(f"/areas/files/{second.pk}/take-back").status_code == 302
    (left,) = Statistic.objects.all()
    assert (left.area.code, left.value, left.file.name) == ("282219", Decimal(41490), "一.csv")  # type: ignore[union-attr]
    assert queries.history_of_statistics(left.area)[0].value == "41,490人"


def test_nobody_else_takes_an_import_back(office: Client, client: Client, officer: Account) -> None:
    send(office, table("団体コード,年,人口", "282219,2025,41490"))
    client.force_login(officer)
    assert client.post(f"/areas/files/{ImportedFile.objects.get().pk}/take-back").status_code == 403
    assert Statistic.objects.count() == 1


def test_the_command_names_row_column_and_cure_in_both_languages(tmp_path: Path) -> None:
    file = tmp_path / "bad.csv"
    file.write_text("団体コード;年;人口\n282210;2025;1\n", encoding="utf-8")
    with pytest.raises(CommandError) as refused:
        call_command("import_statistics", str(file), source="x")
    said = str(refused.value)
    assert "2行 団体コード" in said
    assert "282219 の誤りではありませんか" in said
    assert "row 2" in said.lower()
    assert "Did you mean 282219?" in said
    assert not Statistic.objects.exists()
