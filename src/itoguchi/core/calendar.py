"""Dates as Japan writes them: eras and fiscal years both ways, and dates known only to the month or year."""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import total_ordering
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from itoguchi.core.wording import say

# 明治6年1月1日, Japan's first day in the Gregorian calendar (明治5年太政官布告第337号).
FIRST_DAY = date(1873, 1, 1)

# First day of each era, newest first. The day of a change belongs to the new era.
_ERAS = (
    ("令和", date(2019, 5, 1)),
    ("平成", date(1989, 1, 8)),
    ("昭和", date(1926, 12, 25)),
    ("大正", date(1912, 7, 30)),
    ("明治", date(1868, 10, 23)),
)
_ERA_OF = {"令": "令和", "R": "令和", "平": "平成", "H": "平成", "昭": "昭和", "S": "昭和"}
_ERA_OF |= {"大": "大正", "T": "大正", "明": "明治", "M": "明治"} | {name: name for name, _start in _ERAS}
_MONTHS = ["January", "February", "March", "April", "May", "June"]
_MONTHS += ["July", "August", "September", "October", "November", "December"]

_ERA = r"(?P<era>令和|平成|昭和|大正|明治|[令平昭大明]|[RHSTM])\s*\.?\s*(?P<number>元|[0-9]{1,4})"
_DAY = re.compile(
    rf"(?:(?P<year>[0-9]{{4}})|{_ERA})\s*(?:年\s*(?P<month>[0-9]{{1,2}})\s*月\s*(?P<day>[0-9]{{1,2}})\s*日"
    r"|(?P<mark>[-/.])(?P<month2>[0-9]{1,2})(?P=mark)(?P<day2>[0-9]{1,2}))",
    re.IGNORECASE,
)
_FISCAL_YEAR = re.compile(
    rf"(?:FY\s*(?P<fy>[0-9]{{4}})|(?P<year>[0-9]{{4}})\s*(?:年度)?|{_ERA}\s*(?:年度)?)", re.IGNORECASE
)
_MONTH_OR_YEAR = re.compile(
    rf"(?:(?P<year>[0-9]{{4}})|{_ERA})\s*"
    r"(?:年\s*(?:(?P<month>[0-9]{1,2})\s*月)?|[-/.](?P<month2>[0-9]{1,2}))",
    re.IGNORECASE,
)
_KNOWN = re.compile(r"(?P<fiscal>FY)?(?P<year>[0-9]{4})(?:-(?P<month>[0-9]{2}))?")


class NotADate(ValueError):  # noqa: N818, said as people say it
    """A text that is no day or fiscal year; `message` says why, `cure` what to write (lazy texts)."""

    def __init__(self, message: Any, cure: Any) -> None:
        super().__init__(message, cure)
        self.message, self.cure = message, cure

    def __str__(self) -> str:
        return f"{self.message} {self.cure}"


class Precision(StrEnum):
    """How exactly a date is known."""

    YEAR = "year"
    FISCAL_YEAR = "fiscal_year"
    MONTH = "month"
    DAY = "day"


@total_ordering
@dataclass(frozen=True, slots=True)
class DatedTo:
    """A date with its precision; `day` becomes the first day of what is known, the last day is compared.

    >>> known = DatedTo(date(2017, 10, 15), Precision.MONTH)
    >>> known.format("ja"), known.format("en"), known.last_day.isoformat()
    ('2017年10月', 'October 2017', '2017-10-31')
    >>> known < DatedTo(date(2017, 11, 1), Precision.DAY) < DatedTo(date(2017, 4, 1), Precision.FISCAL_YEAR)
    True
    """

    day: date
    precision: Precision

    def __post_init__(self) -> None:
        first = self.day
        match self.precision:
            case Precision.YEAR:
                first = first.replace(month=1, day=1)
            case Precision.FISCAL_YEAR:
                first = date(fiscal_year(first), 4, 1)
            case Precision.MONTH:
                first = first.replace(day=1)
        object.__setattr__(self, "day", first)

    @classmethod
    def read(cls, text: str) -> DatedTo:
        """Read what `written` gives: 2017-10-24, 2017-10, 2017, FY2017; raises NotADate.

        >>> [DatedTo.read(text).last_day.isoformat() for text in ("2017-10-24", "2017-10", "2017", "FY2017")]
        ['2017-10-24', '2017-10-31', '2017-12-31', '2018-03-31']
        """
        found = _KNOWN.fullmatch(text)
        if found is None or (found["fiscal"] and found["month"]):
            return cls(parse_date(text), Precision.DAY)
        if found["fiscal"]:
            return cls(_existing_day(int(found["year"]), 4, 1), Precision.FISCAL_YEAR)
        precision = Precision.MONTH if found["month"] else Precision.YEAR
        return cls(_existing_day(int(found["year"]), int(found["month"] or 1), 1), precision)

    @classmethod
    def parse(cls, text: str) -> DatedTo:
        """Read a date as people write it, as exactly as they know it; raises NotADate.

        >>> [DatedTo.parse(text).written for text in ("2016年10月", "平成28年度", "令和3年", "R3.4", "2021/4/1", "FY2017")]
        ['2016-10', 'FY2016', '2021', '2021-04', '2021-04-01', 'FY2017']
        """
        plain = _plain(text)
        if plain.endswith("年度") or plain.upper().startswith("FY"):
            return cls(date(parse_fiscal_year(plain), 4, 1), Precision.FISCAL_YEAR)
        if re.fullmatch("[0-9]{4}", plain):
            return cls(_existing_day(int(plain), 1, 1), Precision.YEAR)
        found = _MONTH_OR_YEAR.fullmatch(plain)
        if found is None and not _DAY.fullmatch(plain):
            raise NotADate(
                say(_("「%(text)s」は日付として読めません。"), text=_shown(text)),
                _("2016-10-01、2016年10月、2016年度、平成28年度 のどれかの形で書いてください。"),
            )
        if found is None:
            return cls(parse_date(plain), Precision.DAY)
        year = int(found["year"] or _era_year(_ERA_OF[found["era"].upper()], found["number"]))
        month = found["month"] or found["month2"]
        first = _existing_day(year, int(month or 1), 1)
        if first < FIRST_DAY:
            raise _too_early()
        return cls(first, Precision.MONTH if month else Precision.YEAR)

    @property
    def written(self) -> str:
        """As files and addresses carry it: 2017-10-24, 2017-10, 2017, FY2017."""
        match self.precision:
            case Precision.YEAR:
                return f"{self.day.year}"
            case Precision.FISCAL_YEAR:
                return f"FY{self.day.year}"
            case Precision.MONTH:
                return f"{self.day:%Y-%m}"
        return self.day.isoformat()

    @property
    def last_day(self) -> date:
        """Last day on which the thing may have been; what comparison and "as of" use."""
        match self.precision:
            case Precision.YEAR:
                return date(self.day.year, 12, 31)
            case Precision.FISCAL_YEAR:
                return date(self.day.year + 1, 3, 31)
            case Precision.MONTH:
                return self.day.replace(day=monthrange(self.day.year, self.day.month)[1])
        return self.day

    def format(self, language: str) -> str:
        """Only as precise as it is known, in the Western calendar: 2017年10月, October 2017, FY2016."""
        japanese = _is_japanese(language)
        match self.precision:
            case Precision.YEAR:
                return f"{self.day.year}年" if japanese else str(self.day.year)
            case Precision.FISCAL_YEAR:
                return format_fiscal_year(self.day.year, language)
            case Precision.MONTH if japanese:
                return f"{self.day.year}年{self.day.month}月"
            case Precision.MONTH:
                return f"{_MONTHS[self.day.month - 1]} {self.day.year}"
        return format_date(self.day, language, era=False)

    def __str__(self) -> str:
        return self.format(get_language() or "ja")

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, DatedTo):
            return NotImplemented
        return (self.last_day, self.day) < (other.last_day, other.day)


def fiscal_year(day: date) -> int:
    """The fiscal year, April to March, in which a day lies.

    >>> fiscal_year(date(2017, 3, 24)), fiscal_year(date(2017, 4, 1))
    (2016, 2017)
    """
    return day.year - (day.month < 4)


def era_date(day: date) -> str:
    """平成29年3月24日; raises NotADate before 1873, when Japan counted days by the moon.

    >>> era_date(date(2017, 3, 24)), era_date(date(2019, 5, 1))
    ('平成29年3月24日', '令和元年5月1日')
    """
    name, number = _era_and_number(day)
    return f"{name}{_written(number)}年{day.month}月{day.day}日"


def parse_date(text: str) -> date:
    """Read 2017-03-24, 2017/3/24, 2017年3月24日, 平成29年3月24日, H29.3.24, 令和元年5月1日, in any width.

    Raises NotADate for anything else, a day that does not exist, and a day outside its era (平成32年).

    >>> parse_date("H29.3.24").isoformat(), parse_date("令和元年５月１日").isoformat()
    ('2017-03-24', '2019-05-01')
    """
    found = _DAY.fullmatch(_plain(text))
    if found is None:
        raise NotADate(
            say(_("「%(text)s」は日付として読めません。"), text=_shown(text)),
            _("2017-03-24、2017/3/24、平成29年3月24日 のどれかの形で書いてください。"),
        )
    era = _ERA_OF[found["era"].upper()] if found["era"] else None
    year = int(found["year"]) if era is None else _era_year(era, found["number"])
    day = _existing_day(year, int(found["month"] or found["month2"]), int(found["day"] or found["day2"]))
    if day < FIRST_DAY:
        raise _too_early()
    if era and _era_and_number(day)[0] != era:
        raise NotADate(
            say(_("「%(text)s」という日はありません（%(span)s）。"), text=_shown(text), span=_span(era)),
            say(_("%(right)s ではありませんか。元号を確かめてください。"), right=era_date(day)),
        )
    return day


def era_fiscal_year(year: int) -> str:
    """平成28年度; 2019 is 令和元年度, every other year has the era of its 1 April; NotADate before 1873.

    >>> era_fiscal_year(2016), era_fiscal_year(2018), era_fiscal_year(2019)
    ('平成28年度', '平成30年度', '令和元年度')
    """
    name, number = ("令和", 1) if year == 2019 else _era_and_number(date(max(year, 1), 4, 1))
    return f"{name}{_written(number)}年度"


def parse_fiscal_year(text: str) -> int:
    """Read 2016年度, 2016, FY2016, 平成28年度, 平成28, H28; 平成31年度 and 令和元年度 are both 2019.

    Raises NotADate for anything else and for an era with no day in that fiscal year (平成32年度).

    >>> [parse_fiscal_year(text) for text in ("2016年度", "FY2016", "平成28", "平成31年度", "令和元年度")]
    [2016, 2016, 2016, 2019, 2019]
    """
    found = _FISCAL_YEAR.fullmatch(_plain(text))
    if found is None:
        raise NotADate(
            say(_("「%(text)s」は年度として読めません。"), text=_shown(text)),
            _("2016年度、FY2016、平成28年度 のどれかの形で書いてください。"),
        )
    if not found["era"]:
        year = int(found["fy"] or found["year"])
        if year < FIRST_DAY.year:
            raise _too_early()
        return year
    era = _ERA_OF[found["era"].upper()]
    year = _era_year(era, found["number"])
    if year < FIRST_DAY.year:
        raise _too_early()
    first, last = _bounds(era)
    if date(year, 4, 1) > last or date(year + 1, 3, 31) < first:
        raise NotADate(
            say(_("「%(text)s」という年度はありません（%(span)s）。"), text=_shown(text), span=_span(era)),
            say(_("%(right)s ではありませんか。元号を確かめてください。"), right=era_fiscal_year(year)),
        )
    return year


def format_date(day: date, language: str, *, era: bool = True) -> str:
    """平成29年3月24日 in Japanese (2017年3月24日 without `era`), 24 March 2017 in every other language.

    >>> format_date(date(2017, 3, 24), "ja"), format_date(date(2017, 3, 24), "en")
    ('平成29年3月24日', '24 March 2017')
    """
    if not _is_japanese(language):
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
    return era_date(day) if era and day >= FIRST_DAY else f"{day.year}年{day.month}月{day.day}日"


def format_fiscal_year(year: int, language: str) -> str:
    """2016年度 in Japanese, FY2016 in every other language.

    >>> format_fiscal_year(2016, "ja"), format_fiscal_year(2016, "en")
    ('2016年度', 'FY2016')
    """
    return f"{year}年度" if _is_japanese(language) else f"FY{year}"


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def _shown(text: str) -> str:
    return text.strip()[:40]


def _is_japanese(language: str) -> bool:
    return language.partition("-")[0] == "ja"


def _written(number: int) -> str:
    return "元" if number == 1 else str(number)


def _era_and_number(day: date) -> tuple[str, int]:
    if day < FIRST_DAY:
        raise _too_early()
    return next((name, day.year - start.year + 1) for name, start in _ERAS if day >= start)


def _bounds(era: str) -> tuple[date, date]:
    """First and last day of an era; the present one has no end."""
    last = date.max
    for name, start in _ERAS:
        if name == era:
            return start, last
        last = start - timedelta(days=1)
    raise KeyError(era)


def _span(era: str) -> str:
    first, last = _bounds(era)
    return f"{era}: {first.isoformat()} – {'' if last == date.max else last.isoformat()}".strip()


def _era_year(era: str, number: str) -> int:
    start = _bounds(era)[0].year
    year = start + (1 if number == "元" else int(number)) - 1
    if not start <= year < 9999:
        raise NotADate(
            say(_("%(era)s%(number)s年という年はありません。"), era=era, number=number),
            _("元号のはじめの年は「元年」か「1年」です。年を確かめてください。"),
        )
    return year


def _existing_day(year: int, month: int, day: int) -> date:
    if not 1 <= month <= 12:
        raise NotADate(say(_("%(month)s月という月はありません。"), month=month), _("月は1から12までで書いてください。"))
    last = monthrange(year, month)[1] if year else 31
    if year and 1 <= day <= last:
        return date(year, month, day)
    raise NotADate(
        say(_("%(year)s年%(month)s月%(day)s日という日はありません。"), year=year, month=month, day=day),
        say(_("%(month)s月の日は1から%(last)sまでです。日を確かめてください。"), month=month, last=last),
    )


def _too_early() -> NotADate:
    return NotADate(
        _("1873年（明治6年）より前は、いまの暦（太陽暦）ではないため扱えません。"),
        _("1873年1月1日（明治6年1月1日）以後の日付か年度にしてください。"),
    )
