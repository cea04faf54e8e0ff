"""Reading what people type about proposals: what is proposed, points with reasons, the choice, talks and the agreement."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from itoguchi.core.actions import freeze_file
from itoguchi.core.as_of import DayField
from itoguchi.core.uploads import kind_of, refuse_odd_file
from itoguchi.core.virus_scan import refuse_infected
from itoguchi.exchange.actions import AgreementFacts, ProposalFacts
from itoguchi.exchange.forms.problems import FILE_HINT, KnownRowField, OrganisationField, offer_organisations
from itoguchi.exchange.models import MOST_POINTS, Criterion, Proposal, Rating
from itoguchi.exchange.models.proposals import LONGEST_PROPOSAL
from itoguchi.roadmap.models import Solution, Stage

POINTS = [(each, str(each)) for each in range(1, MOST_POINTS + 1)]


class ProposalForm(forms.Form):
    """A proposal, new or in the place of the one before."""

    organisation = OrganisationField()
    title = forms.CharField(label=_("提案の題名"), max_length=100)
    text = forms.CharField(
        label=_("提案の内容"),
        max_length=LONGEST_PROPOSAL,
        widget=forms.Textarea({"rows": 12, "lang": "ja"}),
        help_text=_("することと効果、進め方、体制、費用の内訳。"),
    )
    cost_yen = forms.IntegerField(
        label=_("費用（円）"), required=False, min_value=0, max_value=10**15, help_text=_("分からなければ空のままに。")
    )
    file = forms.FileField(
        label=_("ファイル"),
        required=False,
        max_length=100,
        validators=[refuse_odd_file, refuse_infected],
        help_text=FILE_HINT,
    )

    def __init__(self, *args: Any, organisations: list[int], known: Proposal | None = None, **more: Any) -> None:
        if known is not None:
            more["initial"] = {name: getattr(known, name) for name in ("organisation", "title", "text", "cost_yen")}
        super().__init__(*args, **more)
        offer_organisations(self, organisations)

    def facts(self) -> ProposalFacts:
        """What the action is told."""
        said, given = self.cleaned_data, self.cleaned_data["file"]
        file = freeze_file(given.name[-100:], given.read(), content_type=kind_of(given.name)) if given else None
        return ProposalFacts(title=said["title"], text=said["text"], cost_yen=said["cost_yen"], file=file)


class RatingForm(forms.Form):
    """Points and reasons, two fields a criterion."""

    def __init__(self, *args: Any, criteria: list[Criterion], given: dict[int, Rating], **more: Any) -> None:
        super().__init__(*args, **more)
        self.criteria = criteria
        for each in criteria:
            known = given.get(each.pk)
            label = _("%(name)s（重み%(weight)s）") % {"name": each.name, "weight": each.weight}
            self.fields[f"points-{each.pk}"] = forms.TypedChoiceField(
                label=label, choices=POINTS, coerce=int, widget=forms.RadioSelect, initial=known and known.points
            )
            self.fields[f"why-{each.pk}"] = forms.CharField(
                label=_("%(name)sの理由") % {"name": each.name},
                max_length=300,
                required=False,
                initial=known and known.why,
            )

    def points(self) -> dict[int, tuple[int, str]]:
        """What the action is told, by criterion."""
        said = self.cleaned_data
        return {each.pk: (said[f"points-{each.pk}"], said[f"why-{each.pk}"]) for each in self.criteria}


class DeclareForm(forms.Form):
    """What stands between a rater and who may propose."""

    declares = forms.ChoiceField(
        label=_("利害関係"),
        choices=[
            ("free", _("ない：この課題に関心のある組織と、雇用・取引・親族などの関係がない")),
            ("conflict", _("ある：外れる")),
        ],
        widget=forms.RadioSelect,
    )
    why = forms.CharField(
        label=_("どんな利害関係か"),
        max_length=300,
        required=False,
        help_text=_("「ある」のときに書いてください。外れると、この課題の提案と評価は見られません。"),
    )


class ChooseForm(forms.Form):
    """The proposal that is chosen, and why; none may fit."""

    proposal = forms.ChoiceField(label=_("選ぶ提案"), widget=forms.RadioSelect)
    why = forms.CharField(
        label=_("選んだ理由"),
        max_length=1000,
        widget=forms.Textarea({"rows": 4, "lang": "ja"}),
        help_text=_("だれでも読めます。「該当なし」のときは、なぜかを500字までで書いてください。"),
    )

    def __init__(self, *args: Any, proposals: list[Proposal], **more: Any) -> None:
        super().__init__(*args, **more)
        choices: Any = self.fields["proposal"]
        choices.choices = [
            *((str(each.pk), f"{each.title}（{each.organisation}）") for each in proposals),
            ("none", _("該当なし：どれも選ばない")),
        ]


class TalkForm(forms.Form):
    """What was spoken about on a day."""

    day = DayField(label=_("日"), help_text=_("例：2027-04-01、令和9年4月1日"))
    text = forms.CharField(label=_("話したこと"), max_length=2000, widget=forms.Textarea({"rows": 5, "lang": "ja"}))


class AgreementForm(forms.Form):
    """What was agreed, and as which stage of which solution it goes on record."""

    text = forms.CharField(label=_("合意したこと"), max_length=2000, widget=forms.Textarea({"rows": 5, "lang": "ja"}))
    solution = KnownRowField(label=_("分野別モデル"), queryset=Solution.objects.filter(until=None))
    stage = forms.ChoiceField(
        label=_("段階"), choices=[(each.value, each.label) for each in (Stage.PLANNED, Stage.TRIAL, Stage.RUNNING)]
    )
    agreed_on = DayField(label=_("合意した日"), help_text=_("例：2027-04-01、令和9年4月1日"))
    cost_yen = forms.IntegerField(label=_("費用（円）"), required=False, min_value=0, max_value=10**15)

    def facts(self) -> AgreementFacts:
        """What the action is told."""
        return AgreementFacts(**self.cleaned_data | {"stage": Stage(self.cleaned_data["stage"])})
