"""Reading what the address of a page of money says: costs in rows, schemes, own funds, a wanted start; kept nowhere."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from itoguchi.core.as_of import DayField
from itoguchi.core.calendar import NotADate, parse_fiscal_year
from itoguchi.core.wording import say
from itoguchi.support.queries import COST_KINDS, Cost
from itoguchi.support.queries.money import MOST_YEN

EMPTY_ROWS, MOST_ROWS = 3, 40
FIRST_YEAR, LAST_YEAR = 2000, 2100
UNITS = {"": 1, "千": 10**3, "万": 10**4, "百万": 10**6, "億": 10**8}
SUM = re.compile(r"(?P<number>[0-9]{1,14}(?:\.[0-9]{1,8})?)(?P<unit>千|万|百万|億)?円?")
UNKNOWN = {"?", "不明", "未定", "unknown"}


def read_yen(text: str) -> int | tuple[int, int] | None:
    """A cost as people write it: 5000000, 5,000,000円, 500万, 300万〜500万, 不明; raises ValidationError.

    >>> [read_yen(each) for each in ("５,０００円", "1.5億", "300万〜500万円", "不明")]
    [5000, 150000000, (3000000, 5000000), None]
    """
    plain = unicodedata.normalize("NFKC", text).replace(",", "").replace(" ", "").lower()
    if plain in UNKNOWN:
        return None
    ends = [_one(each, plain) for each in re.split(r"[~〜～\-–―]|から", plain)]
    if len(ends) == 1:
        return ends[0]
    if len(ends) != 2 or ends[0] > ends[1]:
        raise ValidationError(_("小さいほうを先に、「300万〜500万」のように書いてください。"))
    return (ends[0], ends[1])


def _one(text: str, whole: str) -> int:
    found = SUM.fullmatch(text)
    yen = Decimal(found["number"]) * UNITS[found["unit"] or ""] if found else Decimal("0.5")
    if yen % 1:  # no parts of a yen
        raise ValidationError(
            say(
                _(
                    "「%(text)s」は金額として読めません。5000000、500万、300万〜500万、不明 のどれかの形で書いてください。"
                ),
                text=whole[:40],
            )
        )
    if yen > MOST_YEN:
        raise ValidationError(say(_("%(most)s円までにしてください。"), most=f"{MOST_YEN:,}"))
    return int(yen)


@dataclass(frozen=True, slots=True)
class CostRow:
    """One row of the table of costs as it was typed, and what is wrong with it."""

    kind: str
    year: str
    yen: str
    problems: tuple[Any, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.year.strip() or self.yen.strip())


def read_costs(asked: QueryDict) -> tuple[list[Cost], list[CostRow], bool]:
    """Costs of `kind=…&year=…&yen=…` (as often as there are rows), the rows as typed, and whether all can be read."""
    columns = [asked.getlist(name)[:MOST_ROWS] for name in ("kind", "year", "yen")]
    most = max(map(len, columns))
    rows = [
        CostRow(*(column[at][:40].replace("\x00", "") if at < len(column) else "" for column in columns))
        for at in range(most)
    ]
    costs, shown = [], []
    for row in rows:
        if row.is_empty:
            continue
        cost, problems = _cost(row)
        shown.append(CostRow(row.kind, row.year, row.yen, tuple(problems)))
        if cost:
            costs.append(cost)
    return costs, shown, not any(each.problems for each in shown)


def _cost(row: CostRow) -> tuple[Cost | None, list[Any]]:
    problems: list[Any] = []
    year, yen = 0, None
    if row.kind not in dict(COST_KINDS):
        problems.append(_("経費の種類を選んでください。"))
    try:
        year = parse_fiscal_year(row.year)
        if not FIRST_YEAR <= year <= LAST_YEAR:
            problems.append(_("年度は2000から2100までで書いてください。"))
    except NotADate as error:
        problems.append(str(error))
    if not row.yen.strip():
        problems.append(_("金額を書いてください。分からなければ「不明」と書いてください。"))
    else:
        try:
            yen = read_yen(row.yen)
        except ValidationError as error:
            problems += error.messages
    return (None if problems else Cost(kind=row.kind, year=year, yen=yen)), problems


def with_empty_rows(rows: Iterable[CostRow], year: int) -> list[CostRow]:
    """The rows as the form shows them, with some to be filled in."""
    given = list(rows)
    empty = EMPTY_ROWS if len(given) + EMPTY_ROWS <= MOST_ROWS else MOST_ROWS - len(given)
    return [*given, *(CostRow(COST_KINDS[0][0], "" if given or at else str(year), "") for at in range(empty))]


class FundsForm(forms.Form):
    """How much own money can be found at once."""

    most_own = forms.CharField(
        label=_("すぐに用意できる額の上限"),
        required=False,
        max_length=40,
        help_text=_("なくてもかまいません。例：500万"),
    )

    def clean_most_own(self) -> int | None:
        written = self.cleaned_data["most_own"]
        if not written.strip():
            return None
        yen = read_yen(written)
        if not isinstance(yen, int):
            raise ValidationError(_("一つの金額で書いてください（例：500万）。"))
        return yen


class StartForm(forms.Form):
    """When one wants to begin."""

    start = DayField(label=_("始めたい日"), required=False, help_text=_("例：2027-04-01、令和9年4月1日"))

    def clean_start(self) -> date | None:
        start: date | None = self.cleaned_data["start"]
        if start and not FIRST_YEAR <= start.year <= LAST_YEAR:
            raise ValidationError(_("2000年から2100年までの日を書いてください。"))
        return start
