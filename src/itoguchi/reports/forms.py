"""Reading what people type about reports: the day of the report."""

from __future__ import annotations

from datetime import date

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from itoguchi.core.calendar import NotADate, parse_date


class DayForm(forms.Form):
    """A day in any way of writing it."""

    day = forms.CharField(
        label=_("時点"), max_length=40, error_messages={"required": _("日を入れてください（例：2017-03-24）。")}
    )

    def clean_day(self) -> date:
        try:
            return parse_date(self.cleaned_data["day"])
        except NotADate as error:
            raise ValidationError(str(error)) from error
