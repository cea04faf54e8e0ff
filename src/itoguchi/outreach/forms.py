"""Reading what people type about briefings: the day that a page speaks of."""

from __future__ import annotations

from datetime import date

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from itoguchi.core.calendar import NotADate, parse_date


class AsOfForm(forms.Form):
    """A day in any way of writing it; nothing typed means the default."""

    as_of = forms.CharField(label=_("時点"), required=False, max_length=40)

    def clean_as_of(self) -> date | None:
        written = self.cleaned_data["as_of"]
        try:
            return parse_date(written) if written else None
        except NotADate as error:
            raise ValidationError(str(error)) from error
