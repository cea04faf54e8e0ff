"""Reading what people type about a case: the case with its figures and costs, the yearly check, and a reason."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from itoguchi.accounts.models import Organisation
from itoguchi.cases.actions import CaseFacts, CostFacts, FigureFacts
from itoguchi.cases.forms.rows import CostSet, FigureSet, KnownRowField, KnownRowsField
from itoguchi.cases.models import Case
from itoguchi.cases.models.cases import LONGEST
from itoguchi.roadmap.models import Solution
from itoguchi.support.models import Scheme

BETWEEN = re.compile(r"[、,，\n\r]+")
FIGURE = ("name", "unit", "before", "before_on", "after", "after_on", "source")
COST = ("year", "kind", "yen", "note")


def _area(label: Any, **more: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=LONGEST, widget=forms.Textarea({"rows": 4, "lang": "ja"}), **more)


def figures_of(case: Case | None, data: Any = None) -> Any:
    """The rows of figures, filled with those of the case."""
    rows = [_row(each, FIGURE) for each in case.figures.all()] if case else []
    return FigureSet(data, initial=rows, prefix="figures")


def costs_of(case: Case | None, data: Any = None) -> Any:
    """The rows of costs, filled with those of the case."""
    return CostSet(data, initial=[_row(each, COST) for each in case.costs.all()] if case else [], prefix="costs")


def _row(record: Any, names: tuple[str, ...]) -> dict[str, Any]:
    found = {name: getattr(record, name) for name in names}
    return {
        name: value.normalize().__format__("f") if name in {"before", "after"} and value is not None else value
        for name, value in found.items()
    }


def figure_facts(rows: Any) -> tuple[FigureFacts, ...]:
    """What the rows of figures say."""
    return tuple(FigureFacts(**{name: row[name] for name in FIGURE}) for row in rows.said())


def cost_facts(rows: Any) -> tuple[CostFacts, ...]:
    """What the rows of costs say."""
    return tuple(CostFacts(**{name: row[name] for name in COST}) for row in rows.said())


class CaseForm(forms.Form):
    """A case, new or known, its figures and costs apart."""

    title = forms.CharField(label=_("題名"), max_length=100)
    solution = KnownRowField(label=_("分野別モデル"), queryset=Solution.objects.all(), empty_label=_("選んでください"))
    worry = _area(_("困っていたこと"))
    measures = _area(_("したこと"))
    since_year = forms.IntegerField(
        label=_("始めた年度"), required=False, min_value=1990, max_value=2100, help_text=_("西暦で。例：2027")
    )
    people = _area(_("体制・人"), required=False, help_text=_("担当課、人数、だれが何をしたか"))
    partners = forms.CharField(
        label=_("連携相手"),
        max_length=600,
        required=False,
        help_text=_("「、」で区切ります。登録された参加組織の名前は、その組織として記録します。"),
    )
    schemes = KnownRowsField(
        label=_("使った支援メニュー"),
        queryset=Scheme.objects.all(),
        required=False,
        widget=forms.SelectMultiple({"size": 6, "lang": "ja"}),
    )
    pitfalls = _area(_("つまずいたこと"), required=False, help_text=_("次の団体が同じところでつまずかないように"))
    evidence = forms.CharField(label=_("根拠"), max_length=300, help_text=_("例：2027年3月の議会報告"))
    evidence_link = forms.URLField(label=_("根拠のページ"), max_length=500, required=False, assume_scheme="https")
    why = forms.CharField(
        label=_("直した理由"), max_length=300, required=False, help_text=_("なくてもかまいません。記録に残ります。")
    )

    def __init__(self, *args: Any, case: Case | None = None, **more: Any) -> None:
        if case is not None:
            names = (
                "title", "solution", "worry", "measures", "since_year", "people", "pitfalls", "evidence", "evidence_link",
            )  # fmt: skip
            partners = [each.name for each in case.partners.all()]
            more["initial"] = {name: getattr(case, name) for name in names} | {
                "schemes": [each.pk for each in case.schemes.all()],
                "partners": "、".join([*partners, case.other_partners] if case.other_partners else partners),
            }
        super().__init__(*args, **more)
        if case is None:
            del self.fields["why"]

    def facts(self, figures: Any, costs: Any) -> CaseFacts:
        """What the action is told (1 query)."""
        said = {name: value for name, value in self.cleaned_data.items() if name not in {"why", "partners", "schemes"}}
        names = [each.strip() for each in BETWEEN.split(self.cleaned_data["partners"]) if each.strip()]
        known = {each.name: each for each in Organisation.objects.filter(name__in=names)}
        return CaseFacts(
            **said,
            schemes=frozenset(self.cleaned_data["schemes"]),
            partners=frozenset(known.values()),
            other_partners="、".join(dict.fromkeys(name for name in names if name not in known))[:300],
            figures=figure_facts(figures),
            costs=cost_facts(costs),
        )


class CheckForm(forms.Form):
    """Whether a case still holds, a year later."""

    holds = forms.TypedChoiceField(
        label=_("いまも当てはまりますか"),
        choices=[("yes", _("当てはまる")), ("no", _("もう当てはまらない"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=_("変わったこと"),
        max_length=1000,
        required=False,
        widget=forms.Textarea({"rows": 3, "lang": "ja"}),
        help_text=_("当てはまらないときは、そのわけを書いてください。"),
    )


def keys_of(given: list[str]) -> list[int]:
    """The numbers of cases in an address; what can't be read is left out."""
    return [int(each) for each in given if each.isascii() and each.isdigit() and len(each) < 10]
