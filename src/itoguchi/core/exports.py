"""Tables as files: CSV, Excel and JSON that go out, and come back in through `imports`, without loss."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from django.http import HttpResponse
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

CONTENT_TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json; charset=utf-8",
}
MISSING_IN_CP932 = "〓"  # the printers' sign for a type that is not in the case

# Text that a spreadsheet would run (full-width signs: Japanese Excel). Lone dashes mean no value: harmless.
_RUNS = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
_PROTECTED = re.compile(r"'+[=+\-@\t\r\n＝＋－＠]")
_LONE_DASHES = frozenset({"-", "－"})
# Characters that no file format or database holds.
_NOWHERE = dict.fromkeys((0, 0xFFFE, 0xFFFF))
# What XML can't hold, or Excel would read as an escape of its own (_x0041_): written as such an escape.
_ESCAPED = re.compile("[\x01-\x08\x0b\x0c\x0d\x0e-\x1f]|_(?=x[0-9A-Fa-f]{4}_)")
_ALL_SPACES = re.compile("[\x01- ]")
_LARGEST_EXACT = 10**15  # Excel keeps 15 digits of a number
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)
_SHEET_TITLE = re.compile(r"[\\/*?:\[\]\x00-\x1f]")


@dataclass(frozen=True, slots=True)
class Table:
    """What a file shows: columns as (key, label), rows of values in that order, and a title."""

    columns: Sequence[tuple[str, str]]
    rows: Iterable[Sequence[Any]]
    title: str


@dataclass(frozen=True, slots=True)
class Replaced:
    """A character that cp932 lacks: row as Excel counts, column label, the character."""

    row: int
    column: str
    character: str


def write_csv(table: Table, *, encoding: str = "utf-8-sig") -> tuple[bytes, list[Replaced]]:
    """CSV with CRLF; text that a spreadsheet would run gets a leading apostrophe, numbers stay numbers.

    In cp932 a character it lacks becomes 〓 and is told in the list; in UTF-8 the list is empty.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    replaced: list[Replaced] = []
    labels = [label for _key, label in table.columns]
    for number, row in enumerate(_with_header(table), start=1):
        cells = [_csv_cell(value) for value in row]
        if encoding == "cp932":
            cells = [_in_cp932(cell, number, label, replaced) for cell, label in zip(cells, labels, strict=True)]
        writer.writerow(cells)
    return text.getvalue().encode(encoding), replaced


def write_xlsx(table: Table) -> bytes:
    """An Excel workbook of one sheet, header frozen; the same table gives the same bytes."""
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet(_SHEET_TITLE.sub(" ", table.title).strip("' ")[:31] or "Sheet1")
    sheet.freeze_panes = "A2"
    rows = [list(row) for row in _with_header(table)]
    for place, width in enumerate(_widths(rows), start=1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    for number, row in enumerate(rows):
        sheet.append([_xlsx_cell(sheet, value, is_header=number == 0) for value in row])
    written = io.BytesIO()
    workbook.save(written)
    return with_fixed_time(written.getvalue())


def write_json(table: Table, meta: dict[str, Any]) -> bytes:
    """`{"title", **meta, "columns": [{"key", "label"}], "rows": [{key: value}]}` in UTF-8."""
    keys = [key for key, _label in table.columns]
    content = {
        "title": table.title,
        **meta,
        "columns": [{"key": key, "label": label} for key, label in table.columns],
        "rows": [dict(zip(keys, map(_json_value, row), strict=True)) for row in table.rows],
    }
    return json.dumps(content, ensure_ascii=False, indent=1, default=_json_value).encode() + b"\n"


def download(
    table: Table,
    *,
    format: str,  # noqa: A002, the word of the address
    encoding: str = "utf-8-sig",
    filename: str,
) -> HttpResponse:
    """The table as a file to keep; `format` is csv, xlsx or json (else KeyError), `filename` has no ending.

    Header `X-Replaced-Characters` counts what cp932 could not hold.
    """
    content_type = CONTENT_TYPES[format]
    replaced: list[Replaced] = []
    if format == "csv":
        content, replaced = write_csv(table, encoding=encoding)
        content_type += "; charset=" + ("Shift_JIS" if encoding == "cp932" else "utf-8") + "; header=present"
    else:
        content = write_xlsx(table) if format == "xlsx" else write_json(table, {})
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = _disposition(f"{filename}.{format}")
    response["X-Content-Type-Options"] = "nosniff"
    if replaced:
        response["X-Replaced-Characters"] = str(len(replaced))
    return response


def _with_header(table: Table) -> Iterable[Sequence[Any]]:
    yield [label for _key, label in table.columns]
    yield from table.rows


def _csv_cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float | Decimal):
        return _number(value)
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds" if value.second else "minutes")
    if isinstance(value, date):
        return value.isoformat()
    text = str(value).translate(_NOWHERE)
    return f"'{text}" if text not in _LONE_DASHES and _RUNS.match(text) else text


def _number(value: float | Decimal) -> str:
    """Digits without exponent."""
    return format(value if isinstance(value, Decimal) else Decimal(repr(value)), "f")


def _in_cp932(cell: str, number: int, label: str, replaced: list[Replaced]) -> str:
    try:
        cell.encode("cp932")
    except UnicodeEncodeError:
        characters = []
        for character in cell.translate(_LIKE_CP932):
            try:
                character.encode("cp932")
            except UnicodeEncodeError:
                replaced.append(Replaced(number, label, character))
                character = MISSING_IN_CP932
            characters.append(character)
        return "".join(characters)
    return cell


# The same sign under another number: what macOS and the web type, and what cp932 has.
_LIKE_CP932 = str.maketrans("〜−‖—¢£¬", "～－∥―￠￡￢")


def _widths(rows: list[list[Any]]) -> list[int]:
    """Column widths in characters from the first rows; a full-width character takes two."""
    widths = [8] * len(rows[0])
    for row in rows[:200]:
        for place, value in enumerate(row):
            text = _csv_cell(value).split("\n", 1)[0][:60]
            wide = len(text) + sum(unicodedata.east_asian_width(character) in "WF" for character in text)
            widths[place] = max(widths[place], min(wide + 2, 60))
    return widths


def _xlsx_cell(sheet: Any, value: Any, *, is_header: bool) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float | Decimal):
        return value if -_LARGEST_EXACT < value < _LARGEST_EXACT else _text_cell(sheet, _number(value))
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, date):
        return value
    text = str(value).translate(_NOWHERE)
    if is_header or _RUNS.match(text) or text.startswith("#"):
        return _text_cell(sheet, text, is_header=is_header)
    return _for_excel(text)


def _text_cell(sheet: Any, text: str, *, is_header: bool = False) -> Any:
    """A cell that is text whatever it looks like, and stays so when edited (Excel's quote prefix)."""
    if _PROTECTED.match(text):
        text = f"'{text}"  # reading takes one apostrophe off
    cell = WriteOnlyCell(sheet, _for_excel(text))
    cell.data_type = "s"
    cell.quotePrefix = bool(_RUNS.match(text))
    if is_header:
        cell.font = Font(bold=True)
    return cell


def _for_excel(text: str) -> str:
    """Text with Excel's escapes where XML would lose it; nothing but spaces would be taken for an empty cell."""
    return (_ALL_SPACES if text.isspace() else _ESCAPED).sub(lambda found: f"_x{ord(found[0]):04X}_", text)


def with_fixed_time(workbook: bytes) -> bytes:
    """The same Office file without the moment of its making."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as old, zipfile.ZipFile(packed, "w") as new:
        for name in sorted(old.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            content = old.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"(<dcterms:(created|modified)[^>]*>)[^<]*", rb"\g<1>1980-01-01T00:00:00Z", content)
            member = zipfile.ZipInfo(name, _FIXED_TIME)
            member.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(member, content)
    return packed.getvalue()


def _json_value(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | str | list | dict):
        return value
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def _disposition(name: str) -> str:
    """RFC 6266 header: an ASCII name for old programs, the real one percent-encoded (RFC 5987)."""
    name = re.sub(r'[\\/:*?"<>|\x00-\x1f\x7f]', "_", name)
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    stem, _dot, ending = plain.rpartition(".")
    plain = f"{stem.strip() or 'download'}.{ending}"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
