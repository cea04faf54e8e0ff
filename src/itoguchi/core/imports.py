"""Reading files that people hand in, all or nothing: every problem is named by row, column and cure.

A file is CSV or TSV (UTF-8 or cp932, told apart by content) or .xlsx. Its first row with anything in it
holds the column names. Of a workbook the one visible sheet with values is read; several such sheets are
refused, hidden ones are left alone. Blank rows are passed over; row numbers stay those that Excel shows.
"""

from __future__ import annotations

import csv
import hashlib
import io
import posixpath
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, NoReturn
from xml.parsers import expat

import python_calamine
from django.utils.functional import lazy
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from itoguchi.core.calendar import NotADate, parse_date, parse_fiscal_year
from itoguchi.core.wording import say

SHOWN_PROBLEMS = 200
LARGEST_FILE = 20 * 1024 * 1024  # bytes
LARGEST_COLUMNS = 256
LARGEST_AREA = 20_000_000  # cells between A1 and the last one: what a sparse sheet costs in memory
LARGEST_UNPACKED = 256 * 1024 * 1024  # bytes of all members of a workbook
LARGEST_RATIO = 200  # unpacked : packed, for workbooks above 10 MB unpacked
LARGEST_MEMBERS = 1000

# A cell that our exports (or a careful person) kept from being run by an apostrophe.
# Japanese Excel runs the full-width signs too when a cell is edited.
PROTECTED = re.compile(r"'+[=+\-@\t\r\n＝＋－＠]")
_NUMBER = re.compile(r"[+-]?(?:[0-9][0-9,]*\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?%?|-+")
# UTF-8 once read as cp932 (縺, 繧, 繝), as Latin-1 (ã‚, ï¿½), and bytes given up on (U+FFFD).
_MOJIBAKE = re.compile(
    "\ufffd|ï¿½|[縺繧繝][^\n]?[縺繧繝]|(?:[ã-é][\u0080-\u00bf\u0152-\u0192\u2013-\u20ac\u2122]{1,2}){2}"
)
_NO_VALUE = re.compile(r"[-‐-―−ー]+|\.{2,}|…+|\*+|[xX]")
# Full-width signs only: NFKC would make 12² (a footnote) 122.
_NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_MINUS = str.maketrans("△▲−‐", "----")
_COMMAS = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?")

_say: Any = lazy(lambda message, /, **values: str(message) % values, str)
_in_language: Any = lazy(lambda ja, en: ja if (get_language() or "ja").startswith("ja") else en, str)


class Unreadable(ValueError):  # noqa: N818, said as people say it
    """A cell that a parser can't take: what is wrong and what to write instead (both lazy texts)."""

    def __init__(self, message: Any, cure: Any) -> None:
        super().__init__(message, cure)
        self.message, self.cure = message, cure


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a file: row as Excel counts (None: the file), column name, what, how to mend it."""

    row: int | None
    column: Any
    message: Any
    cure: Any

    def __str__(self) -> str:
        row = say(_("%(row)s行"), row=self.row) if self.row is not None else ""
        place = " ".join(str(part) for part in (row, self.column) if part)
        return f"{place}: {self.message} {self.cure}" if place else f"{self.message} {self.cure}"


class ImportRefused(Exception):  # noqa: N818, said as people say it
    """Nothing is imported; `problems` holds the first 200, `count` says how many there are."""

    def __init__(self, problems: Sequence[Problem], count: int | None = None) -> None:
        self.problems = list(problems[:SHOWN_PROBLEMS])
        self.count = len(problems) if count is None else count
        super().__init__(self.problems, self.count)

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))


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
    if len(data) > largest_bytes:
        _refuse(
            say(_("「%(name)s」は大きすぎます（%(size)s MB）。"), name=name, size=-(-len(data) // 1024**2)),
            say(
                _("%(largest)s MBまでです。年度や地域ごとにファイルを分けてください。"),
                largest=largest_bytes // 1024**2,
            ),
        )
    if not data.strip():
        _refuse(
            say(_("「%(name)s」は空です。"), name=name),
            _("列名の行と、データの行のあるファイルを選んでください。"),
        )
    _refuse_other_kinds(data, name)
    problems = _Problems()
    if data.startswith(b"PK"):
        kind, encoding = "xlsx", "utf-8"
        records = _workbook_rows(data, name, largest_rows, problems)
    else:
        text, encoding = _decode(data, name)
        delimiter = _delimiter(text)
        kind = "tsv" if delimiter == "\t" else "csv"
        records = _text_rows(text, delimiter, problems)
    header_row, header, rows = _straighten(records, problems, check_formulas=kind != "xlsx", largest_rows=largest_rows)
    problems.raise_if_any()
    if not rows:
        _refuse(_("データの行がありません。"), _("1行目に列名、2行目からデータを書いてください。"), row=header_row)
    return Sheet(header, header_row, rows, kind, encoding, hashlib.sha256(data).hexdigest())


def match_columns(sheet: Sheet, columns: Sequence[Column]) -> Matched:
    """Find the columns by label, English label or alias, whatever their width, case and spaces.

    Raises ImportRefused for missing and doubled columns; unknown ones are listed in `ignored`.
    """
    known = {
        _folded(name): column.key for column in columns for name in (column.label, column.label_en, *column.aliases)
    }
    found: dict[str, list[int]] = {column.key: [] for column in columns}
    ignored = []
    for place, written in enumerate(sheet.header):
        key = known.get(_folded(written))
        if key is not None:
            found[key].append(place)
        else:
            ignored.append(written.strip() or _letter(place))
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
            letters = "、".join(map(_letter, places))
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
    problems = _Problems()
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
    rows: Iterable[Row], one_row_per: Sequence[str], check: Callable[[Row], Problem | None], problems: _Problems
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


# Parsers: each takes the stripped text of a cell. Numbers, days and flags read "-", "…", "***", "X" as none.


def text(max_length: int) -> Callable[[str], str]:
    """Any text up to so many characters."""

    def parse(written: str) -> str:
        if len(written) > max_length:
            raise Unreadable(
                say(_("長すぎます（%(length)s字）。"), length=len(written)),
                say(_("%(most)s字までにしてください。"), most=max_length),
            )
        return written

    return parse


def whole_number(low: int, high: int) -> Callable[[str], int | None]:
    """A whole number from low to high: 1234, 1,234, １２３; △ and ▲ are minus."""

    def parse(written: str) -> int | None:
        if written.isascii() and written.isdigit():
            plain = written
        else:
            number = _plain_number(written)
            if number is None:
                return None
            plain, _point, rest = number.partition(".")
            if rest.strip("0"):
                raise Unreadable(
                    say(_("「%(text)s」は整数ではありません。"), text=written[:40]),
                    _("小数点のない整数にしてください。"),
                )
        if len(plain) > 30 or not low <= (value := int(plain)) <= high:
            raise _out_of_range(written, low, high)
        return value

    return parse


def decimal_number(
    low: Decimal | int, high: Decimal | int, places: int, *, percent: bool = False
) -> Callable[[str], Decimal | None]:
    """A decimal number with up to so many places; "28.5%" (or a cell shown so) only where `percent`: 28.5."""

    def parse(written: str) -> Decimal | None:
        number = written
        if written.endswith(("%", "％")):
            if not percent:
                raise Unreadable(
                    say(_("「%(text)s」には%%が付いています。"), text=written[:40]),
                    _("記号のない数で書いてください（Excelではセルの書式を「標準」に）。"),
                )
            number = written[:-1].strip()
        plain = _plain_number(number)
        if plain is None:
            return None
        if len(plain.partition(".")[2].rstrip("0")) > places:
            raise Unreadable(
                say(_("「%(text)s」は小数点以下が長すぎます。"), text=written[:40]),
                say(_("小数点以下は%(places)s桁までにしてください。"), places=places),
            )
        if len(plain) > 60 or not low <= (value := Decimal(plain)) <= high:
            raise _out_of_range(written, low, high)
        return value

    return parse


def day() -> Callable[[str], date | None]:
    """A day in any way of writing of `calendar.parse_date`."""

    def parse(written: str) -> date | None:
        if _NO_VALUE.fullmatch(written):
            return None
        try:
            return parse_date(written)
        except NotADate as error:
            raise Unreadable(error.message, error.cure) from error

    return parse


def fiscal_year_or_year() -> Callable[[str], int | None]:
    """A year, calendar or fiscal as the column has it: 2016, 2016年, 2016年度, FY2016, 平成28年(度)."""

    def parse(written: str) -> int | None:
        if _NO_VALUE.fullmatch(written):
            return None
        try:
            return parse_fiscal_year(f"{written}度" if written.endswith("年") else written)
        except NotADate as error:
            raise Unreadable(error.message, error.cure) from error

    return parse


def choice(values: Mapping[str, Any]) -> Callable[[str], Any]:
    """One of the texts of a mapping, whatever its width, case and spaces; returns what it stands for."""
    known = {_folded(written): value for written, value in values.items()}

    def parse(written: str) -> Any:
        try:
            return known[_folded(written)]
        except KeyError:
            raise Unreadable(
                say(_("「%(text)s」は選べません。"), text=written[:40]),
                say(_("次のどれかにしてください：%(choices)s"), choices="、".join(values)),
            ) from None

    return parse


def flag() -> Callable[[str], bool | None]:
    """Yes or no: ○ × 1 0 はい いいえ yes no true false, in any width and case."""
    known = dict.fromkeys(["○", "〇", "◯", "1", "はい", "yes", "true"], True)
    known |= dict.fromkeys(["×", "✕", "✖", "0", "いいえ", "no", "false"], False)

    def parse(written: str) -> bool | None:
        folded = _folded(written)
        if folded in known:
            return known[folded]
        if _NO_VALUE.fullmatch(written):
            return None
        raise Unreadable(
            say(_("「%(text)s」は「はい・いいえ」として読めません。"), text=written[:40]),
            _("○か×（1か0、はいかいいえ）で書いてください。"),
        )

    return parse


def _plain_number(written: str) -> str | None:
    """Digits with sign and point, None for "no value"; raises Unreadable."""
    plain = written.translate(_NARROW).strip()
    if _NO_VALUE.fullmatch(plain):
        return None
    plain = plain.translate(_MINUS)
    if _COMMAS.fullmatch(plain):
        plain = plain.replace(",", "")
    if not re.fullmatch(r"[+-]?[0-9]+(?:\.[0-9]*)?", plain):
        raise Unreadable(
            say(_("「%(text)s」は数として読めません。"), text=written[:40]),
            _("単位や注を付けず、数だけを書いてください（例：1,234）。値がなければ空欄にしてください。"),
        )
    return plain


def _out_of_range(written: str, low: Decimal | int, high: Decimal | int) -> Unreadable:
    return Unreadable(
        say(_("「%(text)s」は範囲の外です。"), text=written[:40]),
        say(_("%(low)s から %(high)s までの数です。桁と単位を確かめてください。"), low=low, high=high),
    )


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


def _folded(name: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", name)).casefold()


def _letter(place: int) -> str:
    """Column letters of Excel: 0 → A, 26 → AA."""
    letters = ""
    while place >= 0:
        letters = chr(65 + place % 26) + letters
        place = place // 26 - 1
    return letters


def _refuse(message: Any, cure: Any, *, row: int | None = None, column: Any = None) -> NoReturn:
    raise ImportRefused([Problem(row, column, message, cure)])


class _Problems:
    """Counts all problems and keeps those of the first rows."""

    def __init__(self) -> None:
        self.kept: list[Problem] = []
        self.count = 0

    def add(self, row: int | None, column: Any, message: Any, cure: Any) -> None:
        self.count += 1
        self.kept.append(Problem(row, column, message, cure))
        if len(self.kept) > 20 * SHOWN_PROBLEMS:
            self._cut()

    def _cut(self) -> None:
        self.kept = sorted(self.kept, key=lambda problem: problem.row or 0)[:SHOWN_PROBLEMS]

    def raise_if_any(self) -> None:
        if self.count:
            self._cut()
            raise ImportRefused(self.kept, self.count)


# Kinds of files

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
        _refuse(say(_("「%(name)s」は読めない種類のファイルです：%(kind)s"), name=name, kind=kind), cure)


# CSV and TSV


def _decode(data: bytes, name: str) -> tuple[str, str]:
    """Text and encoding; raises ImportRefused naming the place that neither UTF-8 nor cp932 explains."""
    failed = []
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return data.decode(encoding), "cp932" if encoding == "cp932" else "utf-8"
        except UnicodeDecodeError as error:
            failed.append((error.start, encoding))
    start, encoding = max(failed)
    before = data[:start].decode(encoding, "replace")
    rows = list(csv.reader(io.StringIO(before + "?", newline=""), delimiter=_delimiter(before)))
    _refuse(
        say(_("文字コードが壊れています（「%(name)s」）。"), name=name),
        _("元のファイルをExcelで開き、「CSV UTF-8（コンマ区切り）」として保存し直してください。"),
        row=len(rows),
        column=_column_name(next((row for row in rows[:-1] if any(row)), []), len(rows[-1]) - 1),
    )


def _delimiter(text: str) -> str:
    first = next((line for line in text[:100_000].splitlines() if line.strip()), "")
    return "\t" if first.count("\t") > first.count(",") else ","


def _text_rows(text: str, delimiter: str, problems: _Problems) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    try:
        for number, row in enumerate(reader, start=1):
            yield number, row
    except csv.Error:
        problems.add(
            number + 1,
            None,
            _('引用符（"）が閉じていないか、1つのセルが長すぎます。'),
            _("この行の引用符を確かめるか、Excelで開いてCSVとして保存し直してください。"),
        )


def _column_name(header: Sequence[str], place: int) -> str:
    name = header[place].strip() if place < len(header) else ""
    return name or _letter(place)


def _straighten(
    records: Iterable[tuple[int, list[str]]], problems: _Problems, *, check_formulas: bool, largest_rows: int
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
                _refuse(
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
            _refuse(
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


def _fit(number: int, cells: list[str], header: list[str], problems: _Problems) -> list[str]:
    """A row as wide as the header; only empty cells may stand beyond it."""
    wide = len(header)
    if len(cells) > wide:
        beyond = _without_empty_end(cells)
        if len(beyond) > wide:
            place = next(place for place in range(wide, len(beyond)) if beyond[place].strip())
            problems.add(
                number,
                _letter(place),
                _("列名のないところに値があります。"),
                _("値の中のコンマは引用符で囲み、余分なセルは消し、必要な列には列名を付けてください。"),
            )
        return cells[:wide]
    problems.add(
        number,
        _column_name(header, len(cells)),
        say(_("列が足りません（%(wide)s列のはずが%(there)s列）。"), wide=wide, there=len(cells)),
        _("行が途中で切れていないか確かめ、Excelで開いてCSVとして保存し直してください。"),
    )
    return cells + [""] * (wide - len(cells))


def _check_cells(
    number: int, cells: list[str], header: list[str], problems: _Problems, *, check_formulas: bool
) -> None:
    """Take off protecting apostrophes; formulas, NUL and mojibake become problems. Changes `cells`."""
    for place, cell in enumerate(cells):
        if not cell:
            continue
        start = cell[0]
        if start == "'" and PROTECTED.match(cell):
            cells[place] = cell[1:]
        elif check_formulas and start in "=+-@" and not _NUMBER.fullmatch(cell.strip()):
            problems.add(number, _column_name(header, place), *_formula(f"{_letter(place)}{number}"))
        if cell.isascii():
            if "\0" in cell:
                problems.add(
                    number,
                    _column_name(header, place),
                    _("読めない文字（NUL）が入っています。"),
                    _("この文字を消すか、Excelで開いて「CSV UTF-8」として保存し直してください。"),
                )
        elif "\0" in cell or _MOJIBAKE.search(cell):
            problems.add(
                number,
                _column_name(header, place),
                say(_("文字化けしています（「%(text)s」）。"), text=cell[:20].replace("\0", "")),
                _("化ける前のファイルに戻り、「CSV UTF-8」か .xlsx として保存し直してください。"),
            )


def _formula(cell: str) -> tuple[Any, Any]:
    return (
        say(_("セル %(cell)s に数式があります。"), cell=cell),
        _("値だけにしてください（コピーして「値の貼り付け」）。文字なら先頭に ' を付けてください。"),
    )


# Workbooks

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
    _refuse(
        say(_("「%(name)s」は壊れているか、Excelのファイルではありません。"), name=name),
        _("Excelで開き、「Excel ブック（.xlsx）」として保存し直してください。"),
    )


def _workbook_rows(data: bytes, name: str, largest_rows: int, problems: _Problems) -> Iterator[tuple[int, list[str]]]:
    try:
        parts = _unpack(data, name)
        sheet, path = _sheet_to_read(parts, name)
        survey = _survey(parts[path.lower()], _percent_styles(parts.get("xl/styles.xml", b"")))
    except _DAMAGED:
        _damaged(name)
    area = survey.last_row * (survey.last_place + 1)
    if survey.last_row > 2 * largest_rows or survey.last_place >= LARGEST_COLUMNS or area > LARGEST_AREA:
        _refuse(
            _("表が大きすぎます。離れたところに値のあるセルがあります。"),
            say(
                _("%(cell)s までの使わない行と列を消し、%(rows)s行、%(columns)s列までにしてください。"),
                cell=f"{_letter(survey.last_place)}{survey.last_row}",
                rows=largest_rows,
                columns=LARGEST_COLUMNS,
            ),
            row=survey.last_row,
            column=_letter(survey.last_place),
        )
    values = _values(parts, sheet, path, name)
    for number, place in survey.percents:
        if 0 < number <= len(values) and place < len(row := values[number - 1]) and isinstance(row[place], int | float):
            row[place] = f"{_written(row[place] * 100)}%"
    header = next((list(map(_written, row)) for row in values if any(_written(cell).strip() for cell in row)), [])
    _tell(survey, header, problems)
    for number, row in enumerate(values, start=1):
        yield number, [cell if type(cell) is str else _written(cell) for cell in row]


def _tell(survey: _Survey, header: list[str], problems: _Problems) -> None:
    for number, place in survey.formulas:
        problems.add(number, _column_name(header, place), *_formula(f"{_letter(place)}{number}"))
    for number, place in survey.errors:
        problems.add(
            number,
            _column_name(header, place),
            say(_("セル %(cell)s がエラー値（#N/A など）です。"), cell=f"{_letter(place)}{number}"),
            _("正しい値に直すか、空欄にしてください。"),
        )
    for span in survey.merged:
        number, place = _place(span.partition(":")[0])
        problems.add(
            number,
            _column_name(header, place),
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
    _refuse(
        say(_("「%(name)s」は展開すると異常に大きくなります（圧縮爆弾の疑い）。"), name=name),
        _("出どころを確かめ、正しいファイルなら値だけを新しいブックに写して保存し直してください。"),
    )


def _refuse_macros(name: str) -> NoReturn:
    _refuse(
        say(_("「%(name)s」にはマクロが入っています。"), name=name),
        _("「Excel ブック（.xlsx）」（マクロなし）として保存し直してください。"),
    )


def _refuse_other_archives(names: list[str], name: str) -> None:
    if any(path.endswith("vbaproject.bin") or path.startswith("xl/macrosheets/") for path in names):
        _refuse_macros(name)
    if "xl/workbook.xml" in names:
        return
    kind: Any = next((kind for path, kind in _NOT_A_WORKBOOK if path in names), _("圧縮ファイル（zip）"))
    _refuse(
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
    targets = {
        attributes["Id"]: attributes["Target"]
        for tag, attributes in _elements(parts["xl/_rels/workbook.xml.rels"])
        if tag == "Relationship"
    }
    filled = []
    for tag, attributes in _elements(parts["xl/workbook.xml"]):
        if tag != "sheet" or attributes.get("state", "visible") != "visible":
            continue
        link = next((value for key, value in attributes.items() if key.rpartition(":")[2] == "id"), "")
        path = posixpath.normpath(posixpath.join("/xl", targets[link])).lstrip("/")
        if "chartsheets/" not in path and _HAS_VALUE.search(parts[path.lower()]):
            filled.append((attributes["name"], path))
    if not filled:
        _refuse(
            say(_("「%(name)s」は空です。"), name=name),
            _("列名の行と、データの行のあるファイルを選んでください。"),
        )
    if len(filled) > 1:
        _refuse(
            say(_("値のあるシートが%(count)s枚あり、どれを読むか決められません。"), count=len(filled)),
            say(
                _("取り込むシートだけを残すか、ほかを非表示にしてください：%(sheets)s"),
                sheets="、".join(sheet for sheet, _path in filled)[:200],
            ),
        )
    return filled[0]


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
