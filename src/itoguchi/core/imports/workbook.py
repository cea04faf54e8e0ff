"""Workbooks: the one visible sheet with values, unpacked with care."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, NoReturn
from xml.parsers import expat

import python_calamine
from django.utils.translation import gettext_lazy as _

from itoguchi.core.imports.problems import Problems, column_name, formula, letters_of, refuse
from itoguchi.core.wording import say

LARGEST_COLUMNS = 256
LARGEST_AREA = 20_000_000  # cells between A1 and the last one: what a sparse sheet costs in memory
LARGEST_UNPACKED = 256 * 1024 * 1024  # bytes of all members of a workbook
LARGEST_RATIO = 200  # unpacked : packed, for workbooks above 10 MB unpacked
LARGEST_MEMBERS = 1000
_NOT_A_WORKBOOK = (
    ("xl/workbook.bin", _("Excelバイナリブック（.xlsb）")),
    ("mimetype", _("OpenDocument（.ods など）")),
    ("word/document.xml", _("Word文書")),
    ("ppt/presentation.xml", _("PowerPoint")),
)
_WANTED = re.compile(r"xl/(?:workbook|styles|sharedstrings)\.xml|xl/_rels/workbook\.xml\.rels|xl/.*sheets/[^/]*\.xml")
# Without these bytes a sheet holds no formula, merged cell, error, comment or prefixed tag.
_TO_LOOK_AT = (
    b"<f",
    b"<mergeCell",
    b't="e"',
    b"t='e'",
    b"<!",
    b":c",
    b":f",
    b":v",
    b":is",
    b":row",
    b":mergeCell",
)
_ROOT = (
    b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    b'<Relationship Id="a" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"'
    b' Target="xl/workbook.xml"/></Relationships>'
)
_IN_CELL = frozenset({"f", "v", "is"})
_ODD_CELLS = (b"<c>", b"<c/", b"<c\t", b"<c\n", b"<c\r")
_DAMAGED = (
    expat.ExpatError,
    zipfile.BadZipFile,
    zlib.error,
    KeyError,
    ValueError,
    EOFError,
    NotImplementedError,
)
_PLAIN_CELL = re.compile(rb'<c r="([A-Z]{1,3})([0-9]{1,7})"[\s/>]')
_HAS_VALUE = re.compile(rb"<(?:[\w.-]+:)?(?:v|is)[\s>]")


@dataclass(slots=True)
class _Survey:
    """What a sheet's XML holds besides values: cells are (row, place), both as Excel counts from 1 and 0."""

    last_row: int = 0
    last_place: int = 0
    formulas: list[tuple[int, int]] = field(default_factory=list)
    errors: list[tuple[int, int]] = field(default_factory=list)
    percents: list[tuple[int, int]] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)


def _damaged(name: str) -> NoReturn:
    refuse(
        say(_("「%(name)s」は壊れているか、Excelのファイルではありません。"), name=name),
        _("Excelで開き、「Excel ブック（.xlsx）」として保存し直してください。"),
    )


def workbook_rows(data: bytes, name: str, largest_rows: int, problems: Problems) -> Iterator[tuple[int, list[str]]]:
    """(row number, cells as text) of the one sheet with values; what is unsafe or unclear is refused."""
    try:
        parts = _unpack(data, name)
        sheet, path = _sheet_to_read(parts, name)
    except _DAMAGED:
        _damaged(name)
    yield from _rows_of(parts, sheet, path, name, largest_rows, problems)


def sheets_of(data: bytes, name: str, largest_rows: int, problems: Problems) -> dict[str, list[tuple[int, list[str]]]]:
    """Title → (row number, cells as text) of every sheet with values, hidden ones too; the same checks."""
    try:
        parts = _unpack(data, name)
        filled = _filled_sheets(parts, hidden=True)
    except _DAMAGED:
        _damaged(name)
    found = {}
    for sheet, path in filled:
        problems.sheet = sheet
        found[sheet] = list(_rows_of(parts, sheet, path, name, largest_rows, problems))
    problems.sheet = ""
    return found


def _rows_of(
    parts: dict[str, bytes], sheet: str, path: str, name: str, largest_rows: int, problems: Problems
) -> Iterator[tuple[int, list[str]]]:
    try:
        survey = _survey(parts[path.lower()], _percent_styles(parts.get("xl/styles.xml", b"")))
    except _DAMAGED:
        _damaged(name)
    area = survey.last_row * (survey.last_place + 1)
    if survey.last_row > 2 * largest_rows or survey.last_place >= LARGEST_COLUMNS or area > LARGEST_AREA:
        refuse(
            _("表が大きすぎます。離れたところに値のあるセルがあります。"),
            say(
                _("%(cell)s までの使わない行と列を消し、%(rows)s行、%(columns)s列までにしてください。"),
                cell=f"{letters_of(survey.last_place)}{survey.last_row}",
                rows=largest_rows,
                columns=LARGEST_COLUMNS,
            ),
            row=survey.last_row,
            column=letters_of(survey.last_place),
        )
    values = _values(parts, sheet, path, name)
    for number, place in survey.percents:
        if 0 < number <= len(values) and place < len(row := values[number - 1]) and isinstance(row[place], int | float):
            row[place] = f"{_written(row[place] * 100)}%"
    header = next((list(map(_written, row)) for row in values if any(_written(cell).strip() for cell in row)), [])
    _tell(survey, header, problems)
    for number, row in enumerate(values, start=1):
        yield number, [cell if type(cell) is str else _written(cell) for cell in row]


def _tell(survey: _Survey, header: list[str], problems: Problems) -> None:
    for number, place in survey.formulas:
        problems.add(number, column_name(header, place), *formula(f"{letters_of(place)}{number}"))
    for number, place in survey.errors:
        problems.add(
            number,
            column_name(header, place),
            say(_("セル %(cell)s がエラー値（#N/A など）です。"), cell=f"{letters_of(place)}{number}"),
            _("正しい値に直すか、空欄にしてください。"),
        )
    for span in survey.merged:
        number, place = _place(span.partition(":")[0])
        problems.add(
            number,
            column_name(header, place),
            say(_("セル %(span)s が結合されています。"), span=span),
            _("セルの結合を解除し、それぞれのセルに値を書いてください。"),
        )


def _place(reference: str) -> tuple[int, int]:
    """Row from 1 and column from 0 of a reference: B3 → (3, 1); raises ValueError."""
    letters = reference.rstrip("0123456789")
    return int(reference[len(letters) :]), _place_of(letters)


@cache
def _place_of(letters: str) -> int:
    """Column from 0 of Excel's letters: AA → 26; raises ValueError."""
    if not re.fullmatch("[A-Z]{1,3}", letters):
        raise ValueError(letters)
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - 64
    return place - 1


def _unpack(data: bytes, name: str) -> dict[str, bytes]:
    """The parts of a workbook that are read, by lower-case path; every member is inflated and measured here.

    Neither sizes in headers nor the zip reader are trusted: members may not overlap, and each is inflated
    only as far as it says it goes.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
    names = [member.filename.lower() for member in members]
    total = sum(member.file_size for member in members)
    if (
        len(members) > LARGEST_MEMBERS
        or total > LARGEST_UNPACKED
        or (total > 10 * 1024**2 and total > LARGEST_RATIO * len(data))
    ):
        _bomb(name)
    _refuse_other_archives(names, name)
    if len(set(names)) != len(names):
        _damaged(name)
    parts = {}
    end = 0
    for member in sorted(members, key=lambda member: member.header_offset):
        if member.header_offset < end:
            _bomb(name)
        unpacked, end = _inflate(data, member, name)
        path = member.filename.lower()
        if _WANTED.fullmatch(path):
            if not _is_plain_utf8(unpacked):
                _damaged(name)
            parts[path] = unpacked
        elif path == "[content_types].xml" and b"macroenabled" in unpacked.lower():
            _refuse_macros(name)
    return parts


def _inflate(data: bytes, member: zipfile.ZipInfo, name: str) -> tuple[bytes, int]:
    """Bytes of a member and where its packed bytes end in the file."""
    start = member.header_offset
    if data[start : start + 4] != b"PK\x03\x04" or member.flag_bits & 1:
        raise zipfile.BadZipFile
    start += 30 + int.from_bytes(data[start + 26 : start + 28], "little")
    start += int.from_bytes(data[member.header_offset + 28 : member.header_offset + 30], "little")
    end = start + member.compress_size
    packed = data[start:end]
    if member.compress_type == zipfile.ZIP_STORED:
        unpacked = packed
    elif member.compress_type == zipfile.ZIP_DEFLATED:
        inflater = zlib.decompressobj(-15)
        unpacked = inflater.decompress(packed, member.file_size + 1)
        if len(unpacked) > member.file_size:
            _bomb(name)
        unpacked += inflater.decompress(inflater.unconsumed_tail, 1)
    else:
        raise NotImplementedError
    if len(unpacked) > member.file_size:
        _bomb(name)
    if len(unpacked) != member.file_size or zlib.crc32(unpacked) != member.CRC:
        raise zipfile.BadZipFile
    return unpacked, end


def _bomb(name: str) -> NoReturn:
    refuse(
        say(_("「%(name)s」は展開すると異常に大きくなります（圧縮爆弾の疑い）。"), name=name),
        _("出どころを確かめ、正しいファイルなら値だけを新しいブックに写して保存し直してください。"),
    )


def _refuse_macros(name: str) -> NoReturn:
    refuse(
        say(_("「%(name)s」にはマクロが入っています。"), name=name),
        _("「Excel ブック（.xlsx）」（マクロなし）として保存し直してください。"),
    )


def _refuse_other_archives(names: list[str], name: str) -> None:
    if any(path.endswith("vbaproject.bin") or path.startswith("xl/macrosheets/") for path in names):
        _refuse_macros(name)
    if "xl/workbook.xml" in names:
        return
    kind: Any = next((kind for path, kind in _NOT_A_WORKBOOK if path in names), _("圧縮ファイル（zip）"))
    refuse(
        say(_("「%(name)s」は読めない種類のファイルです：%(kind)s"), name=name, kind=kind),
        _("CSV か Excel（.xlsx）で保存し直してください。"),
    )


def _is_plain_utf8(xml: bytes) -> bool:
    """UTF-8 without a document type: then tags stand in the bytes as they are, and no entity can grow."""
    declared = re.search(rb"encoding\s*=\s*[\"']([^\"']*)", xml[:200])
    return (
        (declared is None or declared[1].lower() in {b"utf-8", b"us-ascii"})
        and b"\0" not in xml[:200]
        and b"<!DOCTYPE" not in xml
        and b"<!ENTITY" not in xml
    )


def _elements(xml: bytes) -> list[tuple[str, dict[str, str]]]:
    """Start tags in order: local name and attributes; raises ExpatError."""
    found: list[tuple[str, dict[str, str]]] = []
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, attributes: found.append((name.rpartition(":")[2], attributes))
    parser.Parse(xml, True)
    return found


def _sheet_to_read(parts: dict[str, bytes], name: str) -> tuple[str, str]:
    """Name and path of the one visible sheet with values."""
    filled = _filled_sheets(parts)
    if not filled:
        refuse(
            say(_("「%(name)s」は空です。"), name=name),
            _("列名の行と、データの行のあるファイルを選んでください。"),
        )
    if len(filled) > 1:
        refuse(
            say(_("値のあるシートが%(count)s枚あり、どれを読むか決められません。"), count=len(filled)),
            say(
                _("取り込むシートだけを残すか、ほかを非表示にしてください：%(sheets)s"),
                sheets="、".join(sheet for sheet, _path in filled)[:200],
            ),
        )
    return filled[0]


def _filled_sheets(parts: dict[str, bytes], *, hidden: bool = False) -> list[tuple[str, str]]:
    """Names and paths of the sheets with values, `hidden` ones too."""
    targets = {
        attributes["Id"]: attributes["Target"]
        for tag, attributes in _elements(parts["xl/_rels/workbook.xml.rels"])
        if tag == "Relationship"
    }
    filled = []
    for tag, attributes in _elements(parts["xl/workbook.xml"]):
        if tag != "sheet" or (not hidden and attributes.get("state", "visible") != "visible"):
            continue
        link = next((value for key, value in attributes.items() if key.rpartition(":")[2] == "id"), "")
        path = posixpath.normpath(posixpath.join("/xl", targets[link])).lstrip("/")
        if "chartsheets/" not in path and _HAS_VALUE.search(parts[path.lower()]):
            filled.append((attributes["name"], path))
    return filled


def _percent_styles(xml: bytes) -> set[str]:
    """Places of the cell formats that show a number as percent."""
    if not xml:
        return set()
    percent, styles, place, inside = {"9", "10"}, set(), 0, False
    for tag, attributes in _elements(xml):
        if tag == "numFmt" and "%" in attributes.get("formatCode", ""):
            percent.add(attributes["numFmtId"])
        elif tag == "cellXfs":
            inside = True
        elif tag in {"cellStyles", "dxfs"}:
            inside = False
        elif tag == "xf" and inside:
            if attributes.get("numFmtId") in percent:
                styles.add(str(place))
            place += 1
    return styles


def _survey(xml: bytes, percent_styles: set[str]) -> _Survey:
    """Formulas, errors, merged cells and the size of a sheet, before anything makes room for it."""
    shows_percent = percent_styles and re.search(
        rb"\ss\s*=\s*[\"'](?:" + "|".join(sorted(percent_styles)).encode() + rb")[\"']", xml
    )
    if not shows_percent and not any(sign in xml for sign in (*_TO_LOOK_AT, *_ODD_CELLS)):
        cells = _PLAIN_CELL.findall(xml)
        if cells and len(cells) == xml.count(b"<c "):
            last_row = max(map(int, {number for _letters, number in cells}))
            last_place = max(_place_of(letters.decode()) for letters in {each[0] for each in cells})
            if last_row * (last_place + 1) <= LARGEST_AREA and last_place < LARGEST_COLUMNS:
                return _Survey(last_row, last_place)
    return _survey_slowly(xml, percent_styles)


def _survey_slowly(xml: bytes, percent_styles: set[str]) -> _Survey:
    """The same tag by tag, which names each cell."""
    survey = _Survey()
    row, place = 0, -1
    cell: dict[str, str] | None = None

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal row, place, cell
        tag = name.rpartition(":")[2] if ":" in name else name
        if tag == "c":
            cell = attributes
            row, place = _place(attributes["r"]) if "r" in attributes else (row, place + 1)
            if attributes.get("t") == "e":
                survey.errors.append((row, place))
        elif tag in _IN_CELL and cell is not None:
            survey.last_row, survey.last_place = max(survey.last_row, row), max(survey.last_place, place)
            if tag == "f" or cell.get("s") in percent_styles:
                (survey.formulas if tag == "f" else survey.percents).append((row, place))
        else:
            cell = None  # a <f> further down belongs to no cell
            if tag == "row":
                row, place = int(attributes.get("r", row + 1)), -1
            elif tag == "mergeCell":
                survey.merged.append(attributes["ref"])

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.Parse(xml, True)
    return survey


def _values(parts: dict[str, bytes], sheet: str, path_of_sheet: str, name: str) -> list[list[Any]]:
    """Cells of a sheet from A1 on, read from a new archive that holds only what was checked."""
    members = {path: path for path in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml")}
    members |= {"xl/sharedstrings.xml": "xl/sharedStrings.xml", path_of_sheet.lower(): path_of_sheet}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("_rels/.rels", _ROOT)
        for path, spelt in members.items():
            if path in parts:
                archive.writestr(spelt, parts[path])
    packed.seek(0)
    try:
        workbook = python_calamine.load_workbook(packed)
        values: list[list[Any]] = workbook.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    except BaseException as error:  # Rust's panic is no Exception
        if isinstance(error, KeyboardInterrupt | SystemExit | MemoryError):
            raise
        _damaged(name)
    return values


def _written(value: Any) -> str:
    """A value of Excel as text in one form."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (int, float)):
        return str(int(value)) if value == int(value) else format(Decimal(f"{value:.15g}"), "f")
    if isinstance(value, datetime):
        if value.time() == datetime.min.time():
            return value.date().isoformat()
        return value.isoformat(" ", "seconds" if value.second else "minutes")
    return value.isoformat() if isinstance(value, date) else str(value)
