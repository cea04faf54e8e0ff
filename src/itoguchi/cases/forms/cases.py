"""Reading what people type about a case: the case with its figures and costs, the yearly check, and a reason."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from itoguchi.accounts.models import Organisation
from itoguchi.cases.actions import CaseFacts, CostFacts, FigureFacts
from itoguchi.cases.forms.rows import CostSet, FigureSet, KeptFileField, KnownRowField, KnownRowsField, kept
from itoguchi.cases.models import Case
from itoguchi.cases.models.cases import LONGEST
from itoguchi.core.calendar import fiscal_year
from itoguchi.core.templatetags.core import day as written
from itoguchi.exchange.models import Agreement
from itoguchi.roadmap.models import Solution, Stage
from itoguchi.support.models import Scheme

BETWEEN = re.compile(r"[、,，\n\r]+")
FIGURE = ("name", "unit", "before", "before_on", "after", "after_on", "source")
COST = ("year", "kind", "yen", "note")
BEGUN = {Stage.TRIAL, Stage.RUNNING, Stage.SHARED}  # from the first of these on something is done, not only planned


def _area(label: Any, **more: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=LONGEST, widget=forms.Textarea({"rows": 4, "lang": "ja"}), **more)


def figures_of(case: Case | None, data: Any = None) -> Any:
    """The rows of figures, filled with those of the case."""
    rows = [_row(each, FIGURE) for each in case.figures.all()] if case else []
    return FigureSet(data, initial=rows, prefix="figures")


def costs_of(case: Case | None, data: Any = None, *, told: Sequence[dict[str, Any]] = ()) -> Any:
    """The rows of costs, filled with those of the case, a new one with what is `told` of it."""
    rows = [_row(each, COST) for each in case.costs.all()] if case else list(told)
    return CostSet(data, initial=rows, prefix="costs")


def told_by(agreement: Agreement) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What is on record of an agreement as a case and its costs by year say it, to be read over (3 queries).

    What kind of thing money was spent on is not on record, and is left to whoever writes.
    """
    problem, use = agreement.choice.problem, agreement.implementation
    changes = [each for each in use.changes.order_by("at") if each.at >= agreement.agreed_on]
    began = next((each.at for each in changes if each.stage in BEGUN), agreement.agreed_on)
    said = {
        "title": problem.title,
        "solution": use.solution_id,
        "worry": problem.need.text,
        "measures": agreement.text,
        "since_year": fiscal_year(began),
        "partners": agreement.choice.proposal.organisation.name,
        "schemes": list(problem.need.marks.filter(is_useful=True).values_list("scheme", flat=True).distinct()),
        "evidence": _("課題「%(problem)s」の合意（%(day)s）")
        % {"problem": problem, "day": written(agreement.agreed_on)},
        "evidence_link": f"{settings.ADDRESS}{problem.address}",
    }
    costs = [
        {"year": fiscal_year(each.at), "kind": "", "yen": each.cost_yen, "note": each.get_stage_display()}
        for each in changes
        if each.cost_yen is not None
    ]
    return said, costs


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
    evidence_file = KeptFileField(label=_("根拠のファイル"))
    drop_file = forms.BooleanField(label=_("いまのファイルを外す"), required=False)
    why = forms.CharField(
        label=_("直した理由"), max_length=300, required=False, help_text=_("なくてもかまいません。記録に残ります。")
    )

    def __init__(self, *args: Any, case: Case | None = None, **more: Any) -> None:
        """Filled with a known case, else with what `initial` tells."""
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
        self.known_file = case.evidence_file if case else None
        if case is None:
            del self.fields["why"]
        if self.known_file is None:
            del self.fields["drop_file"]

    def facts(self, figures: Any, costs: Any) -> CaseFacts:
        """What the action is told; a file given is kept by that (1 query)."""
        apart = {"why", "partners", "schemes", "evidence_file", "drop_file"}
        said = {name: value for name, value in self.cleaned_data.items() if name not in apart}
        given, drops = self.cleaned_data["evidence_file"], self.cleaned_data.get("drop_file", False)
        names = [each.strip() for each in BETWEEN.split(self.cleaned_data["partners"]) if each.strip()]
        known = {each.name: each for each in Organisation.objects.filter(name__in=names)}
        return CaseFacts(
            **said,
            evidence_file=kept(given, self.known_file, drops=drops),
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
