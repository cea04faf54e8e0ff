"""Reading what an officer types about the sessions of the council."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dates import MONTHS
from django.utils.translation import gettext_lazy as _

from itoguchi.core.as_of import DayField
from itoguchi.support.actions import SessionFacts

MOST = 12


class SessionRow(forms.Form):
    """One session; a row without month is no session."""

    month = forms.IntegerField(label=_("開会の月"), required=False, min_value=1, max_value=12)
    name = forms.CharField(label=_("会期の名前"), required=False, max_length=50, help_text=_("例：3月定例会"))
    is_first_budget = forms.BooleanField(label=_("当初予算を議決する"), required=False)
    opens_on = DayField(label=_("次の開会日"), required=False, help_text=_("分かっていれば。例：2027-02-24"))
    closes_on = DayField(label=_("次の閉会日"), required=False)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("month") is None:
            if "month" not in self.errors and any(said.get(name) for name in ("name", "opens_on", "closes_on")):
                self.add_error("month", _("開会の月を書いてください（1から12）。"))
            return said
        opens, closes = said.get("opens_on"), said.get("closes_on")
        if bool(opens) != bool(closes) or (opens and closes and closes < opens):
            self.add_error("closes_on", _("閉会日は、開会日以後にしてください。日が分かるときは両方を書いてください。"))
        if self.errors:
            raise ValidationError(_("この会期に、直すところがあります。"))
        said["facts"] = SessionFacts(
            month=said["month"],
            name=said["name"] or str(_("%(month)s定例会")) % {"month": MONTHS[said["month"]]},
            is_first_budget=said["is_first_budget"],
            opens_on=opens,
            closes_on=closes,
        )
        return said


SessionRows = forms.formset_factory(SessionRow, extra=2, max_num=MOST, absolute_max=MOST)


class WhyForm(forms.Form):
    """Why the sessions are put right."""

    why = forms.CharField(
        label=_("理由"), max_length=300, required=False, help_text=_("なくてもかまいません。記録に残ります。")
    )
