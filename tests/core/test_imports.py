"""Files that come in: what is read, and every refusal with row, column and cure."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.utils.functional import Promise
from django.utils.translation import override

from itoguchi.core.imports import (
    Column,
    ImportRefused,
    Problem,
    Row,
    Unreadable,
    choice,
    day,
    decimal_number,
    fiscal_year_or_year,
    flag,
    match_columns,
    parse_rows,
    read_sheet,
    text,
    whole_number,
)
from itoguchi.core.imports import workbook as workbook_reader

COLUMNS = [
    Column("code", "団体コード", "code", text(6), aliases=("市区町村コード",)),
    Column("people", "人口", "population", whole_number(0, 20_000_000), required=False),
]


def workbook(*rows: list[Any], change: Callable[[Any], object] = lambda _sheet: None) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(row)
    change(sheet)
    return saved(book)


def saved(book: Any) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def repacked(data: bytes, **changed: bytes | None) -> bytes:
    """A workbook with parts replaced (None: left out) or added; a part is named by its last word."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = changed.pop(name.rpartition("/")[2].partition(".")[0], old.read(name))
            if content is not None:
                new.writestr(name, content)
        for name, content in changed.items():
            new.writestr(name, content or b"")
    return file.getvalue()


def refusal(data: bytes, name: str = "人口.csv", **limits: int) -> Problem:
    """The one problem of a file that is refused, checked to be speakable in both languages."""
    with pytest.raises(ImportRefused) as refused:
        read_sheet(data, name, **limits)
    return spoken(refused.value)[0]


def spoken(refused: ImportRefused) -> list[Problem]:
    assert refused.problems
    for problem in refused.problems:
        for part in (problem.message, problem.cure):
            assert isinstance(part, Promise), f"{part!r} is not translated when it is shown"
            for language in ("ja", "en"):
                with override(language):
                    assert str(part)
                    assert "%(" not in str(part)
        with override("ja"):
            assert str(problem.cure) in str(problem)
    return refused.problems


def place(problem: Problem) -> tuple[int | None, str | None]:
    return problem.row, problem.column


# What is read


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
@pytest.mark.parametrize(("mark", "kind"), [(",", "csv"), ("\t", "tsv")])
def test_it_reads_text_files_of_both_encodings(encoding: str, mark: str, kind: str) -> None:
    written = f"団体コード{mark}人口\r\n282219{mark}41490\r\n".encode(encoding)
    sheet = read_sheet(written, "x.csv")
    assert sheet.header == ["団体コード", "人口"]
    assert sheet.rows == [(2, ["282219", "41490"])]
    assert (sheet.kind, sheet.encoding) == (kind, "cp932" if encoding == "cp932" else "utf-8")
    assert len(sheet.sha256) == 64


def test_blank_rows_are_passed_over_and_rows_keep_the_numbers_excel_shows() -> None:
    written = '\n団体コード,人口\n\n"28\n2219",1\n,\n282227,2\n'.encode()
    sheet = read_sheet(written, "x.csv")
    assert sheet.header_row == 2
    assert [number for number, _cells in sheet.rows] == [4, 6]
    sheet = read_sheet(workbook([], ["団体コード", "人口"], [], ["282219", 1], [" "], ["282227", 2]), "x.xlsx")
    assert sheet.header_row == 2
    assert [number for number, _cells in sheet.rows] == [4, 6]


def test_values_of_excel_come_as_text_in_one_form() -> None:
    def change(sheet: Any) -> None:
        sheet["H2"].number_format = "0.0%"

    moments = [date(2017, 3, 24), datetime(2017, 3, 24, 10, 30)]
    data = workbook(list("abcdefgh"), ["012025", 123, 0.52, 0.1 + 0.2, True, *moments, 0.285], change=change)
    assert read_sheet(data, "x.xlsx").rows == [
        (2, ["012025", "123", "0.52", "0.3", "TRUE", "2017-03-24", "2017-03-24 10:30", "28.5%"])
    ]


def test_a_sheet_starting_beside_a1_keeps_its_rows_and_columns() -> None:
    data = workbook(change=lambda sheet: (sheet.cell(5, 3, "人口"), sheet.cell(6, 3, 7)))
    sheet = read_sheet(data, "x.xlsx")
    assert (sheet.header, sheet.header_row, sheet.rows) == (["", "", "人口"], 5, [(6, ["", "", "7"])])


def test_the_content_counts_and_not_the_name() -> None:
    assert read_sheet(workbook(["a"], [1]), "x.csv").kind == "xlsx"
    assert read_sheet(b"a\n1\n", "x.xlsx").kind == "csv"


def test_negative_numbers_and_dashes_are_no_formulas_and_protected_text_loses_its_apostrophe() -> None:
    written = "a,b,c,d,e\n-1,\"+1,234.5\",-,'=1+1,'90年代\n"
    assert read_sheet(written.encode(), "x.csv").rows == [(2, ["-1", "+1,234.5", "-", "=1+1", "'90年代"])]
    assert read_sheet(workbook(["a"], ["'=1"]), "x.xlsx").rows == [(2, ["=1"])]


def test_text_in_a_cell_of_excel_that_looks_like_a_formula_is_text() -> None:
    def change(sheet: Any) -> None:
        sheet["A2"] = "=1+1"
        sheet["A2"].data_type = "s"

    assert read_sheet(workbook(["a"], change=change), "x.xlsx").rows == [(2, ["=1+1"])]


def test_of_several_sheets_the_only_visible_one_with_values_is_read() -> None:
    book = openpyxl.Workbook()
    book.active.title = "表紙"
    hidden = book.create_sheet("選択肢")
    hidden["A1"], hidden.sheet_state = "○", "hidden"
    book.create_sheet("人口").append(["a"])
    book["人口"].append([1])
    assert read_sheet(saved(book), "x.xlsx").rows == [(2, ["1"])]


def test_prefixed_and_oddly_quoted_xml_is_read_and_searched_all_the_same() -> None:
    data = workbook(["a", "b"], [1, 2])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        xml = archive.read("xl/worksheets/sheet1.xml")
    odd = xml.replace(b'"B2"', b"'B2'")
    assert read_sheet(repacked(data, sheet1=odd), "x.xlsx").rows == [(2, ["1", "2"])]
    prefixed = xml.replace(b"xmlns=", b"xmlns:x=").replace(b"</", b"</x:")
    for tag in (b"worksheet", b"sheetData", b"row", b"c", b"v", b"is", b"t"):
        for end in (b" ", b">"):
            prefixed = prefixed.replace(b"<" + tag + end, b"<x:" + tag + end)
    prefixed = prefixed[: prefixed.index(b"<sheetPr")] + prefixed[prefixed.index(b"<x:sheetData") :]
    prefixed = prefixed[: prefixed.index(b"</x:sheetData>")] + b"</x:sheetData></x:worksheet>"
    formula = prefixed.replace(b"<x:v>2<", b"<x:f>1+1</x:f><x:v>2<")
    assert formula != prefixed
    assert place(refusal(repacked(data, sheet1=formula))) == (2, "b")


def test_shared_text_is_read_without_its_furigana() -> None:
    """As Excel itself writes: texts in a part of their own, with the reading that was typed."""
    data = workbook(["a"], ["x"])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        relations = archive.read("xl/_rels/workbook.xml.rels")
    main = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    kind = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
    link = b'<Relationship Id="rIdText" Type="%s" Target="sharedStrings.xml"/></Relationships>' % kind
    texts = '<si><t>団体名</t></si><si><t>丹波</t><rPh sb="0" eb="2"><t>タンバ</t></rPh></si>'.encode()
    sheet = b'<c r="A1" t="s"><v>0</v></c></row><row r="2"><c r="A2" t="s"><v>1</v></c>'
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(packed, "w") as new:
        for name in old.namelist():
            if name not in {"xl/_rels/workbook.xml.rels", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"}:
                new.writestr(name, old.read(name))
        new.writestr("xl/_rels/workbook.xml.rels", relations.replace(b"</Relationships>", link))
        new.writestr("xl/sharedStrings.xml", b"<sst %s>%s</sst>" % (main, texts))
        new.writestr(
            "xl/worksheets/sheet1.xml",
            b'<worksheet %s><sheetData><row r="1">%s</row></sheetData></worksheet>' % (main, sheet),
        )
    sheet_read = read_sheet(packed.getvalue(), "x.xlsx")
    assert (sheet_read.header, sheet_read.rows) == (["団体名"], [(2, ["丹波"])])


def test_fast_and_slow_survey_agree() -> None:
    data = workbook(["a", "b"], *([index, f"文字{index}"] for index in range(30)))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        xml = archive.read("xl/worksheets/sheet1.xml")
    assert workbook_reader._survey(xml, set()) == workbook_reader._survey_slowly(xml, set())


# What is refused


@pytest.mark.parametrize("data", [b"", b"\r\n \r\n", workbook()], ids=["no bytes", "blank lines", "workbook"])
def test_it_refuses_an_empty_file(data: bytes) -> None:
    problem = refusal(data)
    assert "空" in str(problem.message)


def test_it_refuses_a_file_with_a_header_alone() -> None:
    assert refusal("団体コード,人口\n".encode()).row == 1


def test_it_refuses_a_file_that_is_too_large() -> None:
    problem = refusal(b"a\n1\n" * 1024 * 300, largest_bytes=1024**2)
    assert "1 MB" in str(problem.cure)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"MZ\x90\0\3" + b"\0" * 60, "プログラム"),
        (b"\x7fELF\2\1\1", "プログラム"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\x89PNG\r\n\x1a\n", "画像"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, ".xls"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "パスワード"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "HTML"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><Workbook/>", "XML"),
        ("団体コード\t人口\n".encode("utf-16"), "UTF-16"),
        (b"\x1f\x8b\x08\0", "gzip"),
    ],
)
def test_it_refuses_other_kinds_whatever_the_name_says(data: bytes, kind: str) -> None:
    assert kind in str(refusal(data, "人口.xlsx").message)


@pytest.mark.parametrize(
    ("member", "kind"),
    [("README.txt", "zip"), ("word/document.xml", "Word"), ("mimetype", ".ods"), ("xl/workbook.bin", ".xlsb")],
)
def test_it_refuses_an_archive_that_is_no_workbook(member: str, kind: str) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(member, "x")
    assert kind in str(refusal(file.getvalue(), "人口.xlsx").message)


def test_it_refuses_macros() -> None:
    data = workbook(["a"], [1])
    assert "マクロ" in str(refusal(repacked(data, **{"xl/vbaProject.bin": b"x"}), "x.xlsm").message)
    assert "マクロ" in str(refusal(repacked(data, **{"xl/macrosheets/sheet1.xml": b"x"}), "x.xlsx").message)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        types = archive.read("[Content_Types].xml")
    enabled = types.replace(
        b"vnd.openxmlformats-officedocument.spreadsheetml.sheet.main", b"vnd.ms-excel.sheet.macroEnabled.main"
    )
    assert enabled != types
    assert "マクロ" in str(refusal(repacked(data, **{"[Content_Types]": enabled}), "x.xlsx").message)


def test_it_refuses_a_damaged_workbook() -> None:
    data = workbook(["a"], [1])
    for damaged in (
        data[:-40],
        data[: len(data) // 2],
        repacked(data, sheet1=b"<worksheet><sheetData><row><c><v>1</v>"),
        repacked(data, sheet1=None),
        repacked(data, workbook=b"<workbook/>" * 2),
        b"PK\x03\x04" + b"\0" * 100,
    ):
        assert "壊れて" in str(refusal(damaged, "x.xlsx").message)


def test_it_refuses_entities_in_a_workbook() -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><worksheet><sheetData>'
    bomb += b'<row r="1"><c r="A1" t="inlineStr"><is><t>&b;</t></is></c></row></sheetData></worksheet>'
    assert "壊れて" in str(refusal(repacked(workbook(["a"], [1]), sheet1=bomb), "x.xlsx").message)


def test_it_refuses_a_zip_bomb() -> None:
    problem = refusal(repacked(workbook(["a"], [1]), sheet1=b" " * 20 * 1024**2), "x.xlsx")
    assert "圧縮爆弾" in str(problem.message)


def test_it_refuses_a_zip_bomb_that_lies_about_its_size() -> None:
    data = repacked(workbook(["a"], [1]), sheet1=b" " * 20 * 1024**2)
    true_size, said = struct.pack("<L", 20 * 1024**2), struct.pack("<L", 1000)
    assert data.count(true_size) == 2
    assert "圧縮爆弾" in str(refusal(data.replace(true_size, said), "x.xlsx").message)


def test_it_refuses_members_that_overlap() -> None:
    data = workbook(["a"], [1])
    file = io.BytesIO(data)
    with zipfile.ZipFile(file, "a") as archive:
        twin = archive.getinfo("xl/worksheets/sheet1.xml")
        again = zipfile.ZipInfo("xl/worksheets/sheet2.xml")
        for part in ("header_offset", "compress_size", "file_size", "CRC", "compress_type", "flag_bits"):
            setattr(again, part, getattr(twin, part))
        archive.filelist.append(again)
        archive.NameToInfo[again.filename] = again
        archive._didModify = True  # type: ignore[attr-defined]
    assert "圧縮爆弾" in str(refusal(file.getvalue(), "x.xlsx").message)


def test_it_refuses_an_archive_of_too_many_members() -> None:
    many = {f"xl/media/{index}.png": b"" for index in range(workbook_reader.LARGEST_MEMBERS)}
    assert "圧縮爆弾" in str(refusal(repacked(workbook(["a"], [1]), **many), "x.xlsx").message)


def test_it_refuses_a_part_whose_checksum_is_wrong() -> None:
    data = workbook(["a"], [1])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        crc = struct.pack("<L", zlib.crc32(archive.read("xl/worksheets/sheet1.xml")))
    assert "壊れて" in str(refusal(data.replace(crc, b"\1\2\3\4"), "x.xlsx").message)


def test_it_refuses_a_cell_far_away_before_making_room_for_it() -> None:
    problem = refusal(workbook(["a"], [1], change=lambda sheet: sheet.cell(1_048_576, 16_384, 1) and None), "x.xlsx")
    assert place(problem) == (1_048_576, "XFD")
    assert "XFD1048576" in str(problem.cure)


def test_it_refuses_merged_cells() -> None:
    data = workbook(["団体コード", "人口"], ["1", 1], ["2", 2], change=lambda sheet: sheet.merge_cells("B2:B3"))
    problem = refusal(data, "x.xlsx")
    assert place(problem) == (2, "人口")
    assert "B2:B3" in str(problem.message)
    assert "結合を解除" in str(problem.cure)


def test_it_refuses_a_formula_in_a_workbook() -> None:
    problem = refusal(workbook(["団体コード", "人口"], ["1", 1], ["2", "=SUM(B2)"]), "x.xlsx")
    assert place(problem) == (3, "人口")
    assert "B3" in str(problem.message)
    assert "値の貼り付け" in str(problem.cure)


def test_it_refuses_an_error_value_in_a_workbook() -> None:
    problem = refusal(workbook(["団体コード", "人口"], ["1", "#N/A"]), "x.xlsx")
    assert place(problem) == (2, "人口")
    assert "B2" in str(problem.message)


@pytest.mark.parametrize("cell", ["=1+1", '=HYPERLINK(""http://x"")', "+cmd|' /C calc'!A0", "-2+3", "@SUM(1)"])
def test_it_refuses_a_formula_in_a_text_file(cell: str) -> None:
    problem = refusal(f'団体コード,人口\n1,2\n1,"{cell}"\n'.encode())
    assert place(problem) == (3, "人口")
    assert "B3" in str(problem.message)


def test_it_refuses_two_sheets_with_values_and_names_them() -> None:
    book = openpyxl.Workbook()
    book.active.append(["a"])
    book.create_sheet("令和6年").append(["a"])
    assert "Sheet、令和6年" in str(refusal(saved(book), "x.xlsx").cure)


def test_it_refuses_bytes_of_no_encoding() -> None:
    written = "団体コード,人口\n282219,41490\n282219,丹波".encode("cp932") + b"\x81\xff\x80\n"
    problem = refusal(written)
    assert place(problem) == (3, "人口")
    assert "CSV UTF-8" in str(problem.cure)


@pytest.mark.parametrize(
    "garbled",
    [
        "丹波篠山市".encode("cp932").decode("utf-8", "replace"),
        "丹波ï¿½ï¿½",
        "ささやま".encode().decode("cp932", "replace"),
        "たんばささやま".encode().decode("cp1252", "replace"),
        "ささやま".encode().decode("latin-1"),
    ],
    ids=["cp932 read as UTF-8", "replacement in Latin-1", "UTF-8 read as cp932", "as cp1252", "as Latin-1"],
)
def test_it_refuses_mojibake(garbled: str) -> None:
    for data in (f"団体コード,団体名\n282219,{garbled}\n".encode(), workbook(["団体コード", "団体名"], ["1", garbled])):
        if "\x81" in garbled and data.startswith(b"PK"):
            continue  # no such character in a workbook
        problem = refusal(data)
        assert place(problem) == (2, "団体名")
        assert "文字化け" in str(problem.message)


def test_names_of_real_places_are_no_mojibake() -> None:
    names = ["葛󠄀城市", "飛驒市", "Ōita-shi", "São Paulo", "縺れ", "野々市", "ÅÄÖ", "été à Ōtsu", "〒", "①②"]
    written = "名\n" + "\n".join(names) + "\n"
    assert [cells for _number, cells in read_sheet(written.encode(), "x").rows] == [[name] for name in names]


def test_it_refuses_nul() -> None:
    assert place(refusal("団体コード,団体名\n1,丹\0波\n".encode())) == (2, "団体名")
    assert place(refusal(b"code,name\n1,\0\n")) == (2, "name")
    assert place(refusal(workbook(["code", "name"], ["1", "a_x0000_b"]), "x.xlsx")) == (2, "name")


def test_it_refuses_ragged_rows() -> None:
    with pytest.raises(ImportRefused) as refused:
        read_sheet(b"a,b,c\n1,2,3\n1,2\n1,2,3,,\n1,2,3,,5\n", "x.csv")
    assert [place(problem) for problem in spoken(refused.value)] == [(3, "c"), (5, "E")]


def test_it_refuses_an_open_quote() -> None:
    assert refusal(b'a,b\n1,2\n1,"2\n1,2\n').row == 3


def test_it_refuses_too_many_rows_and_columns() -> None:
    problem = refusal(b"a\n" + b"1\n" * 11, largest_rows=10)
    assert problem.row == 12
    assert problem.row == refusal(workbook(["a"], *([1] for _row in range(11))), largest_rows=10).row
    assert refusal(b",".join([b"a"] * 300) + b"\n" + b",".join([b"1"] * 300) + b"\n").row == 1


# Columns


def test_columns_are_found_in_either_language_in_any_order_width_and_case() -> None:
    sheet = read_sheet("Ｐｏｐｕｌａｔｉｏｎ,備考, 団体 コード \n1,x,282219\n".encode(), "x.csv")
    matched = match_columns(sheet, COLUMNS)
    assert matched.places == {"code": 2, "people": 0}
    assert matched.ignored == ["備考"]
    assert "people" in matched
    assert "備考" not in matched
    assert parse_rows(sheet, COLUMNS)[0].values == {"code": "282219", "people": 1}


def test_it_refuses_a_missing_column_and_says_which_there_are() -> None:
    sheet = read_sheet("コード,人口\n1,2\n".encode(), "x.csv")
    with pytest.raises(ImportRefused) as refused:
        match_columns(sheet, COLUMNS)
    (problem,) = spoken(refused.value)
    for language, name in (("ja", "団体コード"), ("en", "code")):
        with override(language):
            assert problem.row == 1
            assert str(problem.column) == name
            assert name in str(problem.message)
            assert "コード、人口" in str(problem.cure)


def test_it_refuses_a_doubled_column_even_under_another_name() -> None:
    sheet = read_sheet("団体コード,人口,市区町村コード\n1,2,3\n".encode(), "x.csv")
    with pytest.raises(ImportRefused) as refused:
        match_columns(sheet, COLUMNS)
    (problem,) = spoken(refused.value)
    assert problem.row == 1
    assert str(problem.column) == "団体コード"
    assert "A、C" in str(problem.message)


def test_an_optional_column_that_is_missing_gives_none() -> None:
    assert parse_rows(read_sheet(b"code\n1\n", "x.csv"), COLUMNS)[0]["people"] is None


# Rows


def test_problems_of_all_rows_come_at_once_by_row_and_column() -> None:
    sheet = read_sheet("団体コード,人口\n1234567,1\n,2\n3,many\n4,12.5\n5,-1\n6,\n".encode(), "x.csv")
    with pytest.raises(ImportRefused) as refused:
        parse_rows(sheet, COLUMNS)
    problems = spoken(refused.value)
    assert [place(problem) for problem in problems] == [
        (2, "団体コード"),
        (3, "団体コード"),
        (4, "人口"),
        (5, "人口"),
        (6, "人口"),
    ]
    assert refused.value.count == 5
    with override("ja"):
        assert str(problems[0]).startswith("2行 団体コード: ")


def test_of_many_problems_the_first_are_shown_and_all_are_counted() -> None:
    sheet = read_sheet("団体コード,人口\n".encode() + b"1234567,x1\n" * 5000, "x.csv")
    with pytest.raises(ImportRefused) as refused:
        parse_rows(sheet, COLUMNS)
    assert refused.value.count == 10_000
    assert [problem.row for problem in refused.value.problems] == [row for row in range(2, 102) for _twice in "ab"]


def test_it_refuses_doubled_rows_beside_cells_that_can_not_be_read() -> None:
    sheet = read_sheet("団体コード,人口\n1,1\n2,1\n1,2\n1,多い\n,5\n,5\n".encode(), "x.csv")
    with pytest.raises(ImportRefused) as refused:
        parse_rows(sheet, COLUMNS, one_row_per=("code",))
    problems = spoken(refused.value)
    assert [place(problem) for problem in problems] == [
        (4, "団体コード"),
        (5, "人口"),
        (5, "団体コード"),
        (6, "団体コード"),
        (7, "団体コード"),
    ]
    with override("ja"):
        assert "2行" in str(problems[0].message)


def test_rows_that_differ_in_one_key_are_no_doubles() -> None:
    sheet = read_sheet("団体コード,人口\n1,1\n2,1\n1,2\n".encode(), "x.csv")
    assert len(parse_rows(sheet, COLUMNS, one_row_per=("code", "people"))) == 3


def test_a_row_gives_its_values_by_key() -> None:
    row = Row(3, {"code": "282219"}, {})
    assert (row.number, row["code"]) == (3, "282219")


# Parsers


@pytest.mark.parametrize(
    ("parse", "written", "value"),
    [
        (whole_number(-10, 99_999), "1,234", 1234),
        (whole_number(-10, 99_999), "１２３", 123),
        (whole_number(-10, 99_999), "△5", -5),
        (whole_number(-10, 99_999), "−5", -5),
        (whole_number(-10, 99_999), "12.0", 12),
        (whole_number(-10, 99_999), "－", None),
        (whole_number(-10, 99_999), "…", None),
        (decimal_number(0, 10, 3), "0.520", Decimal("0.52")),
        (decimal_number(0, 10, 3), "０．５２", Decimal("0.52")),
        (decimal_number(0, 2000, 3), "1,234.5", Decimal("1234.5")),
        (decimal_number(0, 100, 1, percent=True), "28.5%", Decimal("28.5")),
        (decimal_number(0, 100, 1, percent=True), "28.5％", Decimal("28.5")),
        (day(), "H29.3.24", date(2017, 3, 24)),
        (day(), "-", None),
        (fiscal_year_or_year(), "2016", 2016),
        (fiscal_year_or_year(), "2016年", 2016),
        (fiscal_year_or_year(), "平成28年度", 2016),
        (fiscal_year_or_year(), "FY2016", 2016),
        (choice({"指定都市": 1, "Special Ward": 2}), "ｓｐｅｃｉａｌ　ｗａｒｄ", 2),
        (flag(), "〇", True),
        (flag(), "×", False),
        (flag(), "TRUE", True),
        (flag(), "１", True),
        (flag(), "いいえ", False),
        (text(3), "丹波市", "丹波市"),
    ],
)
def test_parsers_read_what_people_write(parse: Callable[[str], Any], written: str, value: Any) -> None:
    assert parse(written) == value


@pytest.mark.parametrize(
    ("parse", "written"),
    [
        (whole_number(0, 100), "12.5"),
        (whole_number(0, 100), "101"),
        (whole_number(0, 100), "-1"),
        (whole_number(0, 100), "12人"),
        (whole_number(0, 100), "1,2"),
        (whole_number(0, 100), "9" * 5000),
        (whole_number(0, 1000), "12²"),
        (whole_number(0, 100), "1e2"),
        (decimal_number(0, 10, 2), "0.123"),
        (decimal_number(0, 10, 2), "10.01"),
        (decimal_number(0, 10, 2), "5%"),
        (decimal_number(0, 10, 2), "NaN"),
        (day(), "2017-02-31"),
        (day(), "平成32年1月1日"),
        (fiscal_year_or_year(), "平成32年"),
        (fiscal_year_or_year(), "来年"),
        (choice({"指定都市": 1}), "政令市"),
        (flag(), "たぶん"),
        (text(3), "丹波篠山市"),
    ],
)
def test_parsers_refuse_the_rest_with_a_cure(parse: Callable[[str], Any], written: str) -> None:
    with pytest.raises(Unreadable) as unreadable:
        parse(written)
    spoken(ImportRefused([Problem(1, "x", unreadable.value.message, unreadable.value.cure)]))
