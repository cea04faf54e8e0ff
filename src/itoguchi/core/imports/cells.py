"""Parsers: each takes the stripped text of a cell. Numbers, days and flags read "-", "…", "***", "X" as none."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from itoguchi.core.calendar import NotADate, parse_date, parse_fiscal_year
from itoguchi.core.imports.problems import Unreadable
from itoguchi.core.wording import say

_NO_VALUE = re.compile(r"[-‐-―−ー]+|\.{2,}|…+|\*+|[xX]")
# Full-width signs only: NFKC would make 12² (a footnote) 122.
_NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_MINUS = str.maketrans("△▲−‐", "----")
_COMMAS = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?")


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
    known = {folded(written): value for written, value in values.items()}

    def parse(written: str) -> Any:
        try:
            return known[folded(written)]
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
        answer = folded(written)
        if answer in known:
            return known[answer]
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


def folded(name: str) -> str:
    """As names are compared: without spaces, whatever their width and case."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", name)).casefold()
