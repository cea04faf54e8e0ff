"""Files that go out: formulas stopped, nothing lost on the way out and in again, the same bytes every time."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itoguchi.core import exports
from itoguchi.core.exports import Replaced, Table, download, write_csv, write_json, write_xlsx
from itoguchi.core.imports import read_sheet

DANGEROUS = [
    "=1+1",
    "+1",
    "-1",
    "@x",
    "\tx",
    "\rx",
    "\nx",
    "'=1",
    "''@",
    "＝1+1",
    "＋1",
    "－1",
    "＠x",
    "=",
    "'-",
    " ",
    "　\n",
]

# What a cell may hold and a reader takes: no NUL, no half characters, nothing that looks garbled.
characters = st.characters(exclude_categories=("Cs",), exclude_characters="\0\ufffd\ufffe\uffffï縺繧繝ãäåæçèé")
cells = st.one_of(
    st.text(characters, max_size=12),
    st.text(st.sampled_from("'\"=+-@\t\r\n,;_x0041 ＝あ🧵%#1"), max_size=8),
    st.sampled_from(DANGEROUS),
)


def table_of(rows: list[list[Any]], width: int = 2) -> Table:
    return Table([(f"key{place}", f"列{place}") for place in range(width)], rows, "表")


def cells_of(data: bytes) -> list[list[str]]:
    return [row for _number, row in read_sheet(data, "x").rows]


@settings(deadline=None)
@given(st.lists(cells, min_size=1, max_size=5))
def test_text_comes_back_from_csv_as_it_went(texts: list[str]) -> None:
    data, replaced = write_csv(table_of([["1", text] for text in texts]))
    assert cells_of(data) == [["1", text] for text in texts]
    assert not replaced


@settings(deadline=None)
@given(st.lists(cells, min_size=1, max_size=5))
def test_text_comes_back_from_excel_as_it_went(texts: list[str]) -> None:
    assert cells_of(write_xlsx(table_of([["1", text] for text in texts]))) == [["1", text] for text in texts]


@pytest.mark.parametrize("text", [text for text in DANGEROUS if text[0] not in "' 　"])
def test_text_that_a_spreadsheet_would_run_is_stopped(text: str) -> None:
    data, _replaced = write_csv(table_of([[text, 1]]))
    written = data.decode("utf-8-sig").split("\r\n", 1)[1].lstrip('"')
    assert written.startswith(f"'{text[0]}")
    book = openpyxl.load_workbook(io.BytesIO(write_xlsx(table_of([[text, 1]]))))
    cell = book.active["A2"]
    assert cell.data_type != "f"
    assert cell.quotePrefix


def test_characters_that_no_file_holds_are_left_out() -> None:
    table = table_of([["1", "a\0b\uffffc"]])
    assert cells_of(write_csv(table)[0]) == cells_of(write_xlsx(table)) == [["1", "abc"]]


def test_headers_are_stopped_too() -> None:
    table = Table([("a", "=1+1")], [["x"]], "=1+1")
    assert write_csv(table)[0].decode("utf-8-sig").startswith("'=1+1")
    assert openpyxl.load_workbook(io.BytesIO(write_xlsx(table))).active["A1"].data_type != "f"


def test_numbers_and_dates_stay_what_they_are() -> None:
    row = [-5, Decimal("-0.50"), 1.5e-7, date(2017, 3, 24), datetime(2017, 3, 24, 10, 30), None, True, "-"]
    data, _replaced = write_csv(table_of([row], 8))
    assert data.decode("utf-8-sig").splitlines()[1] == "-5,-0.50,0.00000015,2017-03-24,2017-03-24 10:30,,TRUE,-"
    book = openpyxl.load_workbook(io.BytesIO(write_xlsx(table_of([row], 8))))
    types = [cell.data_type for cell in book.active[2]]
    assert types == ["n", "n", "n", "d", "d", "n", "b", "s"]
    assert cells_of(write_xlsx(table_of([row], 8))) == [
        ["-5", "-0.5", "0.00000015", "2017-03-24", "2017-03-24 10:30", "", "TRUE", "-"]
    ]


def test_long_numbers_and_codes_keep_their_digits_in_excel() -> None:
    row = [7_000_020_282_219_123, "012025"]
    assert cells_of(write_xlsx(table_of([row]))) == [["7000020282219123", "012025"]]


def test_csv_starts_with_a_mark_that_excel_knows_and_ends_lines_as_excel_does() -> None:
    data, _replaced = write_csv(table_of([["丹波", "x"]]))
    assert data == "\ufeff列0,列1\r\n丹波,x\r\n".encode()


def test_cp932_names_each_character_it_lacks() -> None:
    data, replaced = write_csv(table_of([["葛󠄀城市", "a"], ["髙﨑〜①", "🧵x"]]), encoding="cp932")
    assert data.decode("cp932").splitlines()[2] == "髙﨑～①,〓x"
    assert replaced == [Replaced(2, "列0", "\U000e0100"), Replaced(3, "列1", "🧵")]
    assert cells_of(data)[1] == ["髙﨑～①", "〓x"]


@settings(deadline=None)
@given(st.lists(cells, min_size=1, max_size=5))
def test_cp932_never_fails(texts: list[str]) -> None:
    data, _replaced = write_csv(table_of([["1", text] for text in texts]), encoding="cp932")
    data.decode("cp932")


def test_excel_has_a_frozen_header_widths_and_a_safe_title() -> None:
    table = Table([("a", "団体の名称"), ("b", "b")], [["丹波篠山市" * 20, 1]], "a/b:[c]?*" + "表" * 40)
    sheet = openpyxl.load_workbook(io.BytesIO(write_xlsx(table))).active
    assert sheet.freeze_panes == "A2"
    assert sheet["A1"].font.bold
    assert (sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width) == (60, 8)
    assert len(sheet.title) <= 31


def test_the_same_table_gives_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    table = table_of([["丹波", date(2017, 3, 24)]])
    first = write_xlsx(table)
    assert first == write_xlsx(table)
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert archive.read("docProps/core.xml").count(b"1980-01-01T00:00:00Z") == 2


def test_json_says_what_it_holds() -> None:
    row = ["丹波", Decimal("0.5"), date(2017, 3, 24), None]
    content = json.loads(write_json(table_of([row, ["x", Decimal(3), None, True]], 4), {"as_of": "2017-03-24"}))
    assert content["title"] == "表"
    assert content["as_of"] == "2017-03-24"
    assert content["columns"][0] == {"key": "key0", "label": "列0"}
    assert content["rows"] == [
        {"key0": "丹波", "key1": 0.5, "key2": "2017-03-24", "key3": None},
        {"key0": "x", "key1": 3, "key2": None, "key3": True},
    ]


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
def test_a_download_has_its_kind_and_name(kind: str) -> None:
    response = download(table_of([["丹波", 1]]), format=kind, filename='団体"一覧/2017')
    assert response["Content-Type"].startswith(exports.CONTENT_TYPES[kind])
    assert response["Content-Disposition"] == (
        f"attachment; filename=\"_2017.{kind}\"; filename*=UTF-8''%E5%9B%A3%E4%BD%93_%E4%B8%80%E8%A6%A7_2017.{kind}"
    ).replace('"_2017', '"__2017')
    assert response["X-Content-Type-Options"] == "nosniff"


def test_a_download_in_cp932_says_so_and_counts_what_it_could_not_hold() -> None:
    response = download(table_of([["🧵", 1]]), format="csv", encoding="cp932", filename="x")
    assert "charset=Shift_JIS" in response["Content-Type"]
    assert response["X-Replaced-Characters"] == "1"


def test_an_unknown_format_is_an_error() -> None:
    with pytest.raises(KeyError):
        download(table_of([]), format="pdf", filename="x")
