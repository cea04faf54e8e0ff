"""Reading what people type about a reference model, its parts, and what came of a reuse."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from itoguchi.areas.models import Area
from itoguchi.cases.actions import MeasureFacts, ModelFacts, OutcomeFacts, PartFacts
from itoguchi.cases.forms.rows import KeptFileField, KnownRowField, KnownRowsField, MeasureSet, YenField, kept
from itoguchi.cases.models import Case, ModelMeasure, ModelPart, ReferenceModel, Reuse, State
from itoguchi.cases.models.cases import LONGEST
from itoguchi.cases.models.reference_models import LONGEST_PART, Licence
from itoguchi.core.as_of import DayField
from itoguchi.roadmap.models import Solution

MEASURE = ("name", "unit", "is_more_better")
VALUES = ("before", "before_on", "after", "after_on")


def cases_to_pack(area: Area | None) -> Any:
    """Published cases that an area, or the secretariat, may pack into a model."""
    rows = Case.objects.filter(state=State.PUBLISHED).select_related("area")
    return rows.filter(area=area) if area else rows


def measures_of(model: ReferenceModel | None, data: Any = None) -> Any:
    """The rows of measures, filled with those of the model."""
    rows = [{name: getattr(each, name) for name in MEASURE} for each in model.measures.all()] if model else []
    return MeasureSet(data, initial=rows, prefix="measures")


class ModelForm(forms.Form):
    """A reference model, its parts apart."""

    key = forms.SlugField(label=_("記号"), max_length=60, help_text=_("住所に使います。例：disaster-mail-small-town"))
    title = forms.CharField(label=_("題名"), max_length=100)
    solution = KnownRowField(label=_("分野別モデル"), queryset=Solution.objects.all(), empty_label=_("選んでください"))
    about = forms.CharField(
        label=_("どんなモデルか"),
        max_length=LONGEST,
        widget=forms.Textarea({"rows": 5, "lang": "ja"}),
        help_text=_("どんな団体が、何のために使うとよいか"),
    )
    cases = KnownRowsField(
        label=_("もとの事例"),
        queryset=Case.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("公開中の事例。前と後の数値は、下の指標と名前・単位が同じなら、効果に数えます。"),
    )
    licence = forms.ChoiceField(label=_("利用の条件"), choices=Licence.choices, initial=Licence.BY)
    why = forms.CharField(
        label=_("直した理由"), max_length=300, required=False, help_text=_("なくてもかまいません。記録に残ります。")
    )

    def __init__(self, *args: Any, area: Area | None, model: ReferenceModel | None = None, **more: Any) -> None:
        if model is not None:
            names = ("title", "solution", "about", "licence")
            more["initial"] = {name: getattr(model, name) for name in names} | {
                "cases": [each.pk for each in model.cases.all()]
            }
        super().__init__(*args, **more)
        cases: Any = self.fields["cases"]
        cases.queryset = cases_to_pack(area)
        del self.fields["why" if model is None else "key"]

    def facts(self, measures: Any) -> ModelFacts:
        """What the action is told."""
        said = self.cleaned_data
        return ModelFacts(
            title=said["title"],
            solution=said["solution"],
            about=said["about"],
            cases=frozenset(said["cases"]),
            licence=said["licence"],
            measures=tuple(MeasureFacts(**{name: row[name] for name in MEASURE}) for row in measures.said()),
        )


class PartForm(forms.Form):
    """One part of a model, and where it comes from."""

    kind = forms.ChoiceField(label=_("種類"), choices=ModelPart.Kind.choices)
    title = forms.CharField(label=_("題名"), max_length=100)
    text = forms.CharField(
        label=_("本文"),
        max_length=LONGEST_PART,
        widget=forms.Textarea({"rows": 14, "lang": "ja"}),
        help_text=_("一行が一つの段落になります。写した団体の計画に、このまま入ります。"),
    )
    case = KnownRowField(
        label=_("どの事例から"), queryset=Case.objects.none(), required=False, empty_label=_("事例によらない")
    )
    source = forms.CharField(
        label=_("出典"), max_length=300, help_text=_("例：丹波篠山市「システム導入業務仕様書」2027年4月")
    )
    link = forms.URLField(label=_("もとの書類のページ"), max_length=500, required=False, assume_scheme="https")
    file = KeptFileField(label=_("ファイル"))
    drop_file = forms.BooleanField(label=_("いまのファイルを外す"), required=False)
    licence = forms.ChoiceField(
        label=_("利用の条件"), choices=[("", _("参照モデルと同じ")), *Licence.choices], required=False
    )

    def __init__(self, *args: Any, model: ReferenceModel, part: ModelPart | None = None, **more: Any) -> None:
        if part is not None:
            more["initial"] = {
                name: getattr(part, name) for name in ("kind", "title", "text", "case", "source", "link", "licence")
            }
        super().__init__(*args, **more)
        case: Any = self.fields["case"]
        case.queryset = cases_to_pack(model.area)
        self.known_file = part.file if part else None
        if self.known_file is None:
            del self.fields["drop_file"]

    def facts(self) -> PartFacts:
        """What the action is told; a file given is kept by that."""
        said = dict(self.cleaned_data)
        drops = said.pop("drop_file", False)
        return PartFacts(**said | {"file": kept(said["file"], self.known_file, drops=drops)})


class ReportForm(forms.Form):
    """What a reuse cost so far and changed, with four fields for each measure of its model."""

    cost_yen = YenField(
        label=_("これまでの費用の合計（円）"),
        required=False,
        help_text=_("例：5000000、500万。分からなければ空けておきます。"),
    )
    remark = forms.CharField(
        label=_("使ってみて分かったこと"),
        max_length=LONGEST,
        required=False,
        widget=forms.Textarea({"rows": 4, "lang": "ja"}),
    )

    def __init__(self, *args: Any, reuse: Reuse, measures: list[ModelMeasure], **more: Any) -> None:
        known = {each.measure_id: each for each in reuse.outcomes.all()}
        more["initial"] = {"cost_yen": reuse.cost_yen, "remark": reuse.remark}
        super().__init__(*args, **more)
        self.measures = measures
        for measure in measures:
            told = known.get(measure.pk)
            for name in VALUES:
                value = getattr(told, name) if told else None
                self.fields[f"{name}_{measure.pk}"] = _value_field(name, value)

    def rows(self) -> list[tuple[ModelMeasure, list[forms.BoundField]]]:
        """The measures, each with its four fields."""
        return [(each, [self[f"{name}_{each.pk}"] for name in VALUES]) for each in self.measures]

    @property
    def others(self) -> list[forms.BoundField]:
        """What is said beside them."""
        return [self["cost_yen"], self["remark"]]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        for each in self.measures:
            values = [said.get(f"{name}_{each.pk}") for name in VALUES]
            if any(value is not None for value in values) and None in values and not self.errors:
                name = VALUES[values.index(None)]
                self.add_error(
                    f"{name}_{each.pk}", ValidationError(_("前と後の値と、それぞれの日を、すべて書いてください。"))
                )
        return said

    def outcomes(self) -> list[OutcomeFacts]:
        """What the action is told of the measures that were filled in."""
        said = self.cleaned_data
        return [
            OutcomeFacts(measure=each, **{name: said[f"{name}_{each.pk}"] for name in VALUES})
            for each in self.measures
            if said.get(f"before_{each.pk}") is not None
        ]


def _value_field(name: str, value: Any) -> forms.Field:
    labels = {
        "before": _("前の値"),
        "before_on": _("前の値の日"),
        "after": _("後の値"),
        "after_on": _("後の値の日"),
    }
    if name.endswith("_on"):
        return DayField(label=labels[name], required=False, initial=value and value.isoformat())
    shown = None if value is None else format(value.normalize(), "f")
    return forms.DecimalField(label=labels[name], required=False, max_digits=14, decimal_places=3, initial=shown)
