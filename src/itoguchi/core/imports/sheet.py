"""A file as rows under named columns, and the rows as values: the same checks for every kind of file."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import lazy
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from itoguchi.core.imports.cells import folded
from itoguchi.core.imports.problems import (
    ImportRefused,
    Problem,
    Problems,
    Unreadable,
    column_name,
    formula,
    letters_of,
    refuse,
)
from itoguchi.core.imports.textfile import decode, delimiter_of, text_rows
from itoguchi.core.imports.workbook import LARGEST_COLUMNS, sheets_of, workbook_rows
from itoguchi.core.wording import say

LARGEST_FILE = 20 * 1024 * 1024  # bytes
# A cell that our exports (or a careful person) kept from being run by an apostrophe.
# Japanese Excel runs the full-width signs too when a cell is edited.
PROTECTED = re.compile(r"'+[=+\-@\t\r\n＝＋－＠]")
_NUMBER = re.compile(r"[+-]?(?:[0-9][0-9,]*\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?%?|-+")
# UTF-8 once read as cp932 (縺, 繧, 繝), as Latin-1 (ã‚, ï¿½), and bytes given up on (U+FFFD).
_MOJIBAKE = re.compile(
    "\ufffd|ï¿½|[縺繧繝][^\n]?[縺繧繝]|(?:[ã-é][\u0080-\u00bf\u0152-\u0192\u2013-\u20ac\u2122]{1,2}){2}"
)
_in_language: Any = lazy(lambda ja, en: ja if (get_language() or "ja").startswith("ja") else en, str)


@dataclass(frozen=True, slots=True)
class Column:
    """A column a file may have; `parse` gets the stripped text and returns a value, None for "no value"."""

    key: str
    label: str
    label_en: str
    parse: Callable[[str], Any]
    required: bool = True
    aliases: Sequence[str] = ()

    @property
    def name(self) -> Any:
        """Label in the reader's language, lazily."""
        return _in_language(self.label, self.label_en)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file as text: header as written, (row number, cells) as wide as it; kind is csv, tsv or xlsx."""

    header: list[str]
    header_row: int
    rows: list[tuple[int, list[str]]]
    kind: str
    encoding: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Row:
    """Values of one row by column key (None where there is none); `headers` are the file's own names."""

    number: int
    values: dict[str, Any]
    headers: Mapping[str, str] = field(repr=False, compare=False)

    def __getitem__(self, key: str) -> Any:
        return self.values[key]


@dataclass(frozen=True, slots=True)
class Matched:
    """Where each column stands in the file (key → place from 0), and the headers that nobody asked for."""

    places: dict[str, int]
    ignored: list[str]

    def __contains__(self, key: object) -> bool:
        return key in self.places


def read_sheet(data: bytes, name: str, *, largest_rows: int = 200_000, largest_bytes: int = LARGEST_FILE) -> Sheet:
    """Read a CSV, TSV or .xlsx file, told by its content; raises ImportRefused for what is unsafe or unclear.

    Cells come as text, Excel's numbers and dates in one form: 123, 0.52, 28.5%, TRUE, 2017-03-24,
    2017-03-24 10:30.
    """
    _refuse_size(data, name, largest_bytes)
    _refuse_other_kinds(data, name)
    problems = Problems()
    if data.startswith(b"PK"):
        kind, encoding = "xlsx", "utf-8"
        records = workbook_rows(data, name, largest_rows, problems)
    else:
        text, encoding = decode(data, name)
        delimiter = delimiter_of(text)
        kind = "tsv" if delimiter == "\t" else "csv"
        records = text_rows(text, delimiter, problems)
    header_row, header, rows = _straighten(records, problems, check_formulas=kind != "xlsx", largest_rows=largest_rows)
    problems.raise_if_any()
    if not rows:
        refuse(_("データの行がありません。"), _("1行目に列名、2行目からデータを書いてください。"), row=header_row)
    return Sheet(header, header_row, rows, kind, encoding, hashlib.sha256(data).hexdigest())


def read_workbook(
    data: bytes, name: str, *, largest_rows: int = 200_000, largest_bytes: int = LARGEST_FILE
) -> dict[str, Sheet]:
    """Read an .xlsx file of several sheets by their titles, hidden ones too; raises ImportRefused like `read_sheet`."""
    _refuse_size(data, name, largest_bytes)
    _refuse_other_kinds(data, name)
    if not data.startswith(b"PK"):
        refuse(
            say(_("「%(name)s」はExcelブックではありません。"), name=name),
            _("書き出したExcelブック（.xlsx）に書き込み、そのまま取り込んでください。"),
        )
    problems = Problems()
    found = {}
    for title, records in sheets_of(data, name, largest_rows, problems).items():
        problems.sheet = title
        header_row, header, rows = _straighten(records, problems, check_formulas=False, largest_rows=largest_rows)
        found[title] = Sheet(header, header_row, rows, "xlsx", "utf-8", hashlib.sha256(data).hexdigest())
    problems.raise_if_any()
    return found


def _refuse_size(data: bytes, name: str, largest_bytes: int) -> None:
    if len(data) > largest_bytes:
        refuse(
            say(_("「%(name)s」は大きすぎます（%(size)s MB）。"), name=name, size=-(-len(data) // 1024**2)),
            say(
                _("%(largest)s MBまでです。年度や地域ごとにファイルを分けてください。"),
                largest=largest_bytes // 1024**2,
            ),
        )
    if not data.strip():
        refuse(
            say(_("「%(name)s」は空です。"), name=name),
            _("列名の行と、データの行のあるファイルを選んでください。"),
        )


def match_columns(sheet: Sheet, columns: Sequence[Column]) -> Matched:
    """Find the columns by label, English label or alias, whatever their width, case and spaces.

    Raises ImportRefused for missing and doubled columns; unknown ones are listed in `ignored`.
    """
    known = {
        folded(name): column.key for column in columns for name in (column.label, column.label_en, *column.aliases)
    }
    found: dict[str, list[int]] = {column.key: [] for column in columns}
    ignored = []
    for place, written in enumerate(sheet.header):
        key = known.get(folded(written))
        if key is not None:
            found[key].append(place)
        else:
            ignored.append(written.strip() or letters_of(place))
    there = "、".join(written.strip() for written in sheet.header if written.strip())
    problems = []
    for column in columns:
        places = found[column.key]
        if not places and column.required:
            problems.append(
                Problem(
                    sheet.header_row,
                    column.name,
                    say(_("列「%(column)s」がありません。"), column=column.name),
                    say(
                        _("列名の行に「%(column)s」を加えてください。いまある列：%(there)s"),
                        column=column.name,
                        there=there[:200],
                    ),
                )
            )
        elif len(places) > 1:
            letters = "、".join(map(letters_of, places))
            problems.append(
                Problem(
                    sheet.header_row,
                    column.name,
                    say(
                        _("列「%(column)s」が重なっています（%(letters)s列）。"),
                        column=column.name,
                        letters=letters,
                    ),
                    _("どれか1つだけを残し、ほかは消すか別の名前にしてください。"),
                )
            )
    if problems:
        raise ImportRefused(problems)
    return Matched({key: places[0] for key, places in found.items() if places}, ignored)


def parse_rows(
    sheet: Sheet,
    columns: Sequence[Column],
    *,
    one_row_per: Sequence[str] = (),
    check: Callable[[Row], Problem | None] = lambda _row: None,
) -> list[Row]:
    """Turn every cell into a value; raises ImportRefused with the problems of all rows, not just the first.

    No two rows may have the same values under `one_row_per`, and `check` looks at each row as a whole; both leave out
    rows with a cell that can't be read. A parser is called once for each different text of its column.
    """
    matched = match_columns(sheet, columns)
    problems = Problems()
    values: dict[str, Iterable[Any]] = {}
    for column in columns:
        place = matched.places.get(column.key)
        if place is None:
            values[column.key] = [None] * len(sheet.rows)
            continue
        unreadable: dict[str, Unreadable] = {}
        parsed: dict[str, Any] = {}
        cells = [row[place] for _number, row in sheet.rows]
        for cell in cells:
            if cell not in parsed:
                parsed[cell] = _parse_cell(cell, column, unreadable)
        values[column.key] = [parsed[cell] for cell in cells]
        if unreadable:
            name = sheet.header[place].strip()
            for (number, _cells), cell in zip(sheet.rows, cells, strict=True):
                if cell in unreadable:
                    problems.add(number, name, unreadable[cell].message, unreadable[cell].cure)
    headers = {key: sheet.header[place].strip() for key, place in matched.places.items()}
    keys = tuple(values)
    rows = [
        Row(number, dict(zip(keys, row, strict=True)), headers)
        for (number, _cells), row in zip(sheet.rows, zip(*values.values(), strict=True), strict=True)
    ]
    _look_at_rows(rows, one_row_per, check, problems)
    problems.raise_if_any()
    return rows


def _look_at_rows(
    rows: Iterable[Row], one_row_per: Sequence[str], check: Callable[[Row], Problem | None], problems: Problems
) -> None:
    first: dict[tuple[Any, ...], int] = {}
    for row in rows:
        found = tuple(row.values[key] for key in one_row_per)
        if one_row_per and _UNREAD not in found:
            earlier = first.setdefault(found, row.number)
            if earlier != row.number:
                problems.add(
                    row.number,
                    "、".join(row.headers.get(key, key) for key in one_row_per),
                    say(
                        _("%(earlier)s行と同じものです（%(values)s）。"),
                        earlier=earlier,
                        values="、".join(str(value) for value in found)[:100],
                    ),
                    _("どちらか1行だけを残してください。"),
                )
        if _UNREAD not in row.values.values() and (problem := check(row)):
            problems.add(problem.row, problem.column, problem.message, problem.cure)


_UNREAD = object()  # stands for a value that could not be read; rows with it are never handed out


def _parse_cell(cell: str, column: Column, unreadable: dict[str, Unreadable]) -> Any:
    written = cell.strip()
    try:
        value = column.parse(written) if written else None
        if value is None and column.required:
            raise Unreadable(_("値がありません。"), _("この列は空にできません。値を書いてください。"))
    except Unreadable as error:
        unreadable[cell] = error
        return _UNREAD
    return value


_OTHER_KINDS = (
    (b"%PDF-", _("PDF")),
    (b"\x89PNG", _("画像")),
    (b"\xff\xd8\xff", _("画像")),
    (b"GIF8", _("画像")),
    (b"\x1f\x8b", _("圧縮ファイル（gzip）")),
    (b"7z\xbc\xaf\x27\x1c", _("圧縮ファイル（7z）")),
    (b"Rar!\x1a", _("圧縮ファイル（rar）")),
    (b"\x7fELF", _("プログラム")),
    (b"{\\rtf", _("リッチテキスト")),
    (b"SQLite format 3\0", _("データベース")),
)


def _refuse_other_kinds(data: bytes, name: str) -> None:
    cure: Any = _("CSV か Excel（.xlsx）で保存し直してください。")
    kind: Any = next((kind for start, kind in _OTHER_KINDS if data.startswith(start)), None)
    head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if data.startswith(b"MZ") and b"\0" in data[:1024]:
        kind = _("プログラム")
    elif head.startswith((b"<!doctype", b"<html", b"<?xml", b"<table")):
        kind = _("HTML・XML")
    elif data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        kind = _("古い形式のExcel（.xls）")
        cure = _("Excelで開き、「Excel ブック（.xlsx）」として保存し直してください。")
        if "EncryptedPackage".encode("utf-16-le") in data:
            kind = _("パスワード付きのファイル")
            cure = _("パスワードを外して保存し直してください。")
    elif data.startswith((b"\xff\xfe", b"\xfe\xff")):
        kind = _("UTF-16のテキスト")
        cure = _("Excelで開き、「CSV UTF-8（コンマ区切り）」として保存し直してください。")
    if kind is not None:
        refuse(say(_("「%(name)s」は読めない種類のファイルです：%(kind)s"), name=name, kind=kind), cure)


def _straighten(
    records: Iterable[tuple[int, list[str]]], problems: Problems, *, check_formulas: bool, largest_rows: int
) -> tuple[int, list[str], list[tuple[int, list[str]]]]:
    """Header row number, header and rows; blank rows go, ragged rows and bad cells become problems."""
    header_row = 0
    header: list[str] = []
    rows: list[tuple[int, list[str]]] = []
    for number, cells in records:
        if not any(cells) or not any(map(str.strip, cells)):
            continue
        if not header:
            header_row, header = number, _without_empty_end(cells)
            _check_cells(number, header, header, problems, check_formulas=check_formulas)
            if len(header) > LARGEST_COLUMNS:
                refuse(
                    say(_("列が多すぎます（%(count)s列）。"), count=len(header)),
                    say(_("%(most)s列までにしてください。"), most=LARGEST_COLUMNS),
                    row=number,
                )
            continue
        if len(cells) != len(header):
            cells = _fit(number, cells, header, problems)
        _check_cells(number, cells, header, problems, check_formulas=check_formulas)
        rows.append((number, cells))
        if len(rows) > largest_rows:
            refuse(
                say(_("行が多すぎます（%(most)s行まで）。"), most=largest_rows),
                _("ファイルを分けて取り込んでください。"),
                row=number,
            )
    return header_row, header, rows


def _without_empty_end(cells: list[str]) -> list[str]:
    width = len(cells)
    while width and not cells[width - 1].strip():
        width -= 1
    return cells[:width]


def _fit(number: int, cells: list[str], header: list[str], problems: Problems) -> list[str]:
    """A row as wide as the header; only empty cells may stand beyond it."""
    wide = len(header)
    if len(cells) > wide:
        beyond = _without_empty_end(cells)
        if len(beyond) > wide:
            place = next(place for place in range(wide, len(beyond)) if beyond[place].strip())
            problems.add(
                number,
                letters_of(place),
                _("列名のないところに値があります。"),
                _("値の中のコンマは引用符で囲み、余分なセルは消し、必要な列には列名を付けてください。"),
            )
        return cells[:wide]
    problems.add(
        number,
        column_name(header, len(cells)),
        say(_("列が足りません（%(wide)s列のはずが%(there)s列）。"), wide=wide, there=len(cells)),
        _("行が途中で切れていないか確かめ、Excelで開いてCSVとして保存し直してください。"),
    )
    return cells + [""] * (wide - len(cells))


def _check_cells(number: int, cells: list[str], header: list[str], problems: Problems, *, check_formulas: bool) -> None:
    """Take off protecting apostrophes; formulas, NUL and mojibake become problems. Changes `cells`."""
    for place, cell in enumerate(cells):
        if not cell:
            continue
        start = cell[0]
        if start == "'" and PROTECTED.match(cell):
            cells[place] = cell[1:]
        elif check_formulas and start in "=+-@" and not _NUMBER.fullmatch(cell.strip()):
            problems.add(number, column_name(header, place), *formula(f"{letters_of(place)}{number}"))
        if cell.isascii():
            if "\0" in cell:
                problems.add(
                    number,
                    column_name(header, place),
                    _("読めない文字（NUL）が入っています。"),
                    _("この文字を消すか、Excelで開いて「CSV UTF-8」として保存し直してください。"),
                )
        elif "\0" in cell or _MOJIBAKE.search(cell):
            problems.add(
                number,
                column_name(header, place),
                say(_("文字化けしています（「%(text)s」）。"), text=cell[:20].replace("\0", "")),
                _("化ける前のファイルに戻り、「CSV UTF-8」か .xlsx として保存し直してください。"),
            )
