"""Filters and tags that every template has: dates as people write them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from itoguchi.core import calendar

register = template.Library()


@register.filter(expects_localtime=True)
def day(value: date | None) -> str:
    """平成29年3月24日 in Japanese, 24 March 2017 in English; a dash for no date. Of a time its day here."""
    if isinstance(value, datetime):
        value = value.date()
    return calendar.format_date(value, get_language() or "ja") if value else "—"


@register.filter
def number(value: Decimal | None) -> str:
    """A figure as people write it, without zeros that say nothing; a dash for none.

    >>> number(Decimal("12345.500")), number(Decimal("90.000")), number(None)
    ('12,345.5', '90', '—')
    """
    if value is None:
        return "—"
    whole, _point, rest = f"{value:,f}".partition(".")
    rest = rest.rstrip("0")
    return f"{whole}.{rest}" if rest else whole


@register.filter
def address(path: str) -> str:
    """A lasting address as the reader's language carries it."""
    return f"/en{path}" if get_language() == "en" else path


@register.filter
def day_marked(value: date) -> SafeString:
    """The same as `<time>`, which programs read too."""
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), day(value))
