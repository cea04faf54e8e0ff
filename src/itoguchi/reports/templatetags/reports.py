"""Tags of the report's templates, for pages of days and of what was published."""

from __future__ import annotations

from datetime import date

from django import template
from django.utils.translation import get_language

from itoguchi.reports.queries import Figure
from itoguchi.reports.queries.figures import shown_value

register = template.Library()


@register.filter
def shown(figure: Figure) -> str:
    """The value as people read it."""
    return shown_value(figure.value)


@register.filter
def as_value(kept: int | str | None) -> str:
    """A published value, whose days are kept as text, as people read it."""
    return shown_value(date.fromisoformat(kept) if isinstance(kept, str) else kept)


@register.filter
def in_language(address: str) -> str:
    """An address without mark of language → that of the page's language."""
    return f"/en{address}" if get_language() == "en" else address
