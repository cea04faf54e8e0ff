"""Reading what people type about a plan: its sections with money, what it is called, comments, things to do, targets."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from itoguchi.accounts.models import Role
from itoguchi.accounts.queries import accounts
from itoguchi.core.as_of import DayField
from itoguchi.core.folding import fold
from itoguchi.plans.content import LONGEST, Span, YearOfMoney
from itoguchi.plans.models import Plan, PlanAction, PlanKpi
from itoguchi.roadmap.models import Kpi, Solution

RANGE = re.compile(r"([0-9]{1,15})(?:(?:円)?(から|以上|-|~|〜|–)([0-9]{1,15})?)?円?(?:まで)?")
EMPTY_YEARS = 2  # rows to fill in, after those that are there


def show_problems(form: forms.Form, error: ValidationError) -> None:
    """What an action refused, beside the field it speaks of, else above the form."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, problems in error.error_dict.items():
        form.add_error(name if name in form.fields else None, problems)


class KnownRowsField(forms.ModelMultipleChoiceField):
    """Some of the rows; what the database can't even hold is no row."""

    def clean(self, value: Any) -> Any:
        if any("\x00" in str(each) for each in value or ()):
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice", params={"value": "?"})
        return super().clean(value)


class SpanField(forms.CharField):
    """Yen, or yen from … to …: 5000000, 5,000,000円, 3000000から8000000."""

    def __init__(self, **more: Any) -> None:
        super().__init__(max_length=60, required=False, **more)

    def clean(self, value: Any) -> Span:
        written = fold(super().clean(value)).replace(",", "").replace(" ", "").replace("ー", "-")
        if not written:
            return None
        found = RANGE.fullmatch(written)
        if found is None:
            raise ValidationError(_("円の数字か、「3000000から8000000」のように書いてください。"))
        low, to, high = int(found[1]), found[2], found[3]
        if high is not None and int(high) < low:
            raise ValidationError(_("後の数を、前の数より大きくしてください。"))
        return low, (int(high) if high else None if to else low)

    def prepare_value(self, value: Any) -> Any:
        """As it is typed again."""
        if not isinstance(value, tuple):
            return value
        low, high = value
        return f"{low}から" if high is None else f"{low}" if low == high else f"{low}から{high}"


class YearForm(forms.Form):
    """One fiscal year of money; a row without a year is none."""

    year = forms.IntegerField(label=_("年度（西暦）"), required=False, min_value=2000, max_value=2100)
    cost = SpanField(label=_("費用（円）"))
    own = SpanField(label=_("自己負担（円）"))
    net = SpanField(label=_("実質の負担（円）"))

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if not said.get("year") and not self.errors and any(said.get(name) for name in ("cost", "own", "net")):
            self.add_error("year", _("年度を書いてください。"))
        return said


class _YearSet(forms.BaseFormSet):
    """Several years, each once."""

    def clean(self) -> None:
        if any(self.errors):
            return
        years = [each.cleaned_data["year"] for each in self.forms if each.cleaned_data.get("year")]
        if len(years) != len(set(years)):
            raise ValidationError(_("同じ年度が二つあります。一つにまとめてください。"))

    def money(self) -> tuple[YearOfMoney, ...]:
        """The rows that have a year."""
        return tuple(
            YearOfMoney(**{name: each.cleaned_data[name] for name in ("year", "cost", "own", "net")})
            for each in self.forms
            if each.cleaned_data.get("year")
        )


YearSet: Any = forms.formset_factory(YearForm, formset=_YearSet, extra=EMPTY_YEARS, max_num=30)


class SectionForm(forms.Form):
    """The text of one section, and which version its writer began from."""

    text = forms.CharField(
        label=_("文"),
        widget=forms.Textarea({"rows": 14, "lang": "ja"}),
        required=False,
        strip=False,
        max_length=LONGEST,
    )
    why = forms.CharField(
        label=_("直した理由"), max_length=300, required=False, help_text=_("なくてもかまいません。記録に残ります。")
    )
    seen = forms.IntegerField(min_value=1, max_value=10**9, widget=forms.HiddenInput)


class AboutForm(forms.Form):
    """What a plan is called, who may read it, what it is about and who is asked for advice."""

    title = forms.CharField(label=_("題名"), max_length=100)
    solutions = KnownRowsField(
        label=_("分野別モデル"), queryset=Solution.objects.all(), required=False, widget=forms.CheckboxSelectMultiple
    )
    advisers = KnownRowsField(
        label=_("意見を頼む専門家"),
        queryset=None,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("下書きを読み、意見を書けます。"),
    )
    is_internal = forms.BooleanField(label=_("庁内限り（外すと、承認されたあと、だれでも読めます）"), required=False)

    def __init__(self, *args: Any, plan: Plan, day: Any, **more: Any) -> None:
        more["initial"] = {
            "title": plan.title,
            "is_internal": plan.is_internal,
            "solutions": [each.pk for each in plan.solutions.all()],
            "advisers": [each.pk for each in plan.advisers.all()],
        }
        super().__init__(*args, **more)
        held = accounts(day).filter(memberships__role=Role.ADVISER, is_active=True).distinct()
        self.fields["advisers"].queryset = held


class CommentForm(forms.Form):
    """What somebody says to a section."""

    text = forms.CharField(label=_("意見"), max_length=2000, widget=forms.Textarea({"rows": 3}))


class ActionForm(forms.Form):
    """Something to do by a day."""

    what = forms.CharField(label=_("すること"), max_length=200)
    by_day = DayField(label=_("いつまでに"), help_text=_("例：2027-03-31、令和9年3月31日"))

    def __init__(self, *args: Any, action: PlanAction | None = None, **more: Any) -> None:
        if action is not None:
            more["initial"] = {"what": action.what, "by_day": action.by.isoformat()}
        super().__init__(*args, **more)


class AimForm(forms.Form):
    """The area's target of a KPI; empty while it is not known."""

    kpi = forms.ModelChoiceField(label=_("KPI"), queryset=Kpi.objects.none())
    target = forms.DecimalField(
        label=_("目標値"),
        required=False,
        min_value=0,
        max_digits=14,
        decimal_places=3,
        help_text=_("数だけを書きます。"),
    )
    by_day = DayField(label=_("いつまでに"), required=False, help_text=_("例：2027-03-31、令和9年3月31日"))

    def __init__(self, *args: Any, aim: PlanKpi | None = None, **more: Any) -> None:
        if aim is not None:
            more["initial"] = {"target": aim.target and aim.target.normalize(), "by_day": aim.by and aim.by.isoformat()}
        super().__init__(*args, **more)
        if aim is not None:
            del self.fields["kpi"]
        else:
            known = Kpi.objects.exclude(name="").filter(until=None).select_related("solution")
            self.fields["kpi"].queryset = known
