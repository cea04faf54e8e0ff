"""Reading what people type about reports: the day, why one is published, what an approver says."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from itoguchi.core.as_of import DayField


class DayForm(forms.Form):
    """A day in any way of writing it."""

    day = DayField(label=_("時点"), error_messages={"required": _("日を入れてください（例：2017-03-24）。")})


class WhyForm(forms.Form):
    """Why a report is published or corrected; readers see it."""

    why = forms.CharField(
        label=_("理由"),
        max_length=1000,
        required=False,
        widget=forms.Textarea({"rows": 2}),
        help_text=_("例：第4回会合の報告のため。公開したページに残ります。"),
    )


class DecisionForm(forms.Form):
    """What is done with a draft."""

    DEEDS = (("approve", _("承認して公開する")), ("send_back", _("差し戻す")), ("withdraw", _("取り下げる")))

    deed = forms.ChoiceField(label=_("決裁"), choices=DEEDS)
    remark = forms.CharField(label=_("意見"), max_length=1000, required=False)
