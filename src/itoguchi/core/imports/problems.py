"""What is wrong with a file, said by row, column and cure; nothing is imported while one is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from django.utils.translation import gettext_lazy as _

from itoguchi.core.wording import say

SHOWN_PROBLEMS = 200


class Unreadable(ValueError):  # noqa: N818, said as people say it
    """A cell that a parser can't take: what is wrong and what to write instead (both lazy texts)."""

    def __init__(self, message: Any, cure: Any) -> None:
        super().__init__(message, cure)
        self.message, self.cure = message, cure


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a file: row as Excel counts (None: the file), column name, what, how to mend it.

    `sheet` is named where a workbook of several is read.
    """

    row: int | None
    column: Any
    message: Any
    cure: Any
    sheet: str = ""

    def __str__(self) -> str:
        row = say(_("%(row)s行"), row=self.row) if self.row is not None else ""
        sheet = say(_("シート「%(sheet)s」"), sheet=self.sheet) if self.sheet else ""
        place = " ".join(str(part) for part in (sheet, row, self.column) if part)
        return f"{place}: {self.message} {self.cure}" if place else f"{self.message} {self.cure}"


class ImportRefused(Exception):  # noqa: N818, said as people say it
    """Nothing is imported; `problems` holds the first 200, `count` says how many there are."""

    def __init__(self, problems: Sequence[Problem], count: int | None = None) -> None:
        self.problems = list(problems[:SHOWN_PROBLEMS])
        self.count = len(problems) if count is None else count
        super().__init__(self.problems, self.count)

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))


def letters_of(place: int) -> str:
    """Column letters of Excel: 0 → A, 26 → AA."""
    letters = ""
    while place >= 0:
        letters = chr(65 + place % 26) + letters
        place = place // 26 - 1
    return letters


def refuse(message: Any, cure: Any, *, row: int | None = None, column: Any = None) -> NoReturn:
    """Give up at once: the rest of the file makes no sense."""
    raise ImportRefused([Problem(row, column, message, cure)])


class Problems:
    """Counts all problems and keeps those of the first rows."""

    def __init__(self) -> None:
        self.kept: list[Problem] = []
        self.count = 0
        self.sheet = ""  # in which the next ones lie

    def add(self, row: int | None, column: Any, message: Any, cure: Any) -> None:
        self.count += 1
        self.kept.append(Problem(row, column, message, cure, self.sheet))
        if len(self.kept) > 20 * SHOWN_PROBLEMS:
            self._cut()

    def _cut(self) -> None:
        self.kept = sorted(self.kept, key=lambda problem: problem.row or 0)[:SHOWN_PROBLEMS]

    def raise_if_any(self) -> None:
        if self.count:
            self._cut()
            raise ImportRefused(self.kept, self.count)


def column_name(header: Sequence[str], place: int) -> str:
    """The header at a place (from 0), else the letters of Excel."""
    name = header[place].strip() if place < len(header) else ""
    return name or letters_of(place)


def formula(cell: str) -> tuple[Any, Any]:
    """Message and cure for a cell that would be run."""
    return (
        say(_("セル %(cell)s に数式があります。"), cell=cell),
        _("値だけにしてください（コピーして「値の貼り付け」）。文字なら先頭に ' を付けてください。"),
    )
