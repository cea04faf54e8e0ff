"""Tags of the report's templates, the same for the page and for the file."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from itoguchi.core.addresses import address_of
from itoguchi.core.templatetags.core import day
from itoguchi.reports.queries import Figure

register = template.Library()


@register.filter
def shown(figure: Figure) -> str:
    """The value as people read it."""
    if figure.value is None:
        return _("記録なし")
    return day(figure.value) if isinstance(figure.value, date) else str(figure.value)


@register.simple_tag(takes_context=True)
def figure(context: template.Context, key: str) -> SafeString:
    """A figure as a link to what is behind it: its own page, or its place in the same file."""
    report = context["report"]
    target = f"#figure-{key}" if context["is_file"] else address_of("reports:figure", report.as_of.isoformat(), key)
    return format_html('<a class="figure" href="{}">{}</a>', target, shown(report.figures[key]))


@register.filter
def in_language(address: str) -> str:
    """An address without mark of language → that of the page's language."""
    return f"/en{address}" if get_language() == "en" else address


@register.filter
def record_anchor(address: Any) -> str:
    """`/briefings/2017-01-20-ishikawa` → `briefings-2017-01-20-ishikawa`, its place in the file."""
    return str(address).strip("/").replace("/", "-")
