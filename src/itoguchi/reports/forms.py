"""Reading what people type about reports: the day of the report."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from itoguchi.core.as_of import DayField


class DayForm(forms.Form):
    """A day in any way of writing it."""

    day = DayField(label=_("時点"), error_messages={"required": _("日を入れてください（例：2017-03-24）。")})
