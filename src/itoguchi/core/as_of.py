"""The day that a page or a command speaks of: asked for in any way of writing it, else today."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any
from unicodedata import normalize

from django import forms
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from itoguchi.core.calendar import DatedTo, NotADate, parse_date
from itoguchi.core.wording import in_both_languages

MOMENT = re.compile(
    r"(?P<day>.+?)[\sTt]\s*(?P<hour>[01]?\d|2[0-3])\s*(?::(?P<minute>[0-5]\d)|時(?:\s*(?P<kanji>[0-5]?\d)分)?)"
)
MOMENT_HINT = _("日と時刻で。例：2027-04-01 17:00、令和9年4月1日 17:00")


class DayField(forms.CharField):
    """A day as offices write it: 2026-04-01, 令和8年4月1日, R8.4.1."""

    def __init__(self, *, max_length: int = 40, **more: Any) -> None:
        super().__init__(max_length=max_length, **more)

    def clean(self, value: Any) -> date | None:
        written = super().clean(value)
        if not written:
            return None
        try:
            return parse_date(written)
        except NotADate as error:
            raise ValidationError(str(error)) from error


class DatedField(forms.CharField):
    """A date as exactly as it is known: 2026-04-01, 2026年4月, 令和8年度."""

    def __init__(self, *, max_length: int = 40, **more: Any) -> None:
        super().__init__(max_length=max_length, **more)

    def clean(self, value: Any) -> DatedTo | None:
        written = super().clean(value)
        if not written:
            return None
        try:
            return DatedTo.parse(written)
        except NotADate as error:
            raise ValidationError(str(error)) from error


class MomentField(forms.CharField):
    """A day with a time of day, in Japan's time: 2027-04-01 17:00, 令和9年4月1日 17時30分."""

    def __init__(self, **more: Any) -> None:
        more.setdefault("help_text", MOMENT_HINT)
        super().__init__(max_length=60, **more)

    def clean(self, value: Any) -> datetime | None:
        written = super().clean(value)
        if not written:
            return None
        found = MOMENT.fullmatch(normalize("NFKC", written).strip())
        try:
            day = parse_date(found["day"]) if found else None
        except NotADate as error:
            raise ValidationError(str(error)) from error
        if found is None or day is None:
            raise ValidationError(_("日と時刻を「2027-04-01 17:00」のように書いてください。"))
        minute = int(found["minute"] or found["kanji"] or 0)
        return datetime(
            day.year, day.month, day.day, int(found["hour"]), minute, tzinfo=timezone.get_current_timezone()
        )

    def prepare_value(self, value: Any) -> Any:
        """As it is typed again."""
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M}" if isinstance(value, datetime) else value


class AsOfForm(forms.Form):
    """The form of `core/_as_of.html`; nothing typed means today."""

    as_of = DayField(label=_("時点"), required=False)


def asked_day(request: HttpRequest) -> tuple[AsOfForm, date]:
    """The form, and the day that the page speaks of."""
    form = AsOfForm(request.GET if "as_of" in request.GET else None)
    asked = form.cleaned_data["as_of"] if form.is_bound and form.is_valid() else None
    return form, asked or timezone.localdate()


def add_as_of(parser: CommandParser) -> None:
    """`--as-of DAY` of a command; `day_of` reads it."""
    parser.add_argument(
        "--as-of", metavar="DAY", help="2017-03-24, 2017/3/24, 平成29年3月24日, H29.3.24 (default: today)"
    )


def day_of(as_of: str | None) -> date:
    """The day of `--as-of`; what can't be read is told in both languages."""
    try:
        return parse_date(as_of) if as_of is not None else timezone.localdate()
    except NotADate as error:
        raise CommandError(f"--as-of: {in_both_languages(error)}", returncode=2) from error
