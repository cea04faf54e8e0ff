"""Reading what people type about what they offer, and about where their organisation is."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from itoguchi.areas.models import Area
from itoguchi.areas.queries import area_of_code, prefectures
from itoguchi.core.folding import fold
from itoguchi.exchange.actions import OfferFacts
from itoguchi.exchange.forms.problems import KnownRowsField, OrganisationField, offer_organisations
from itoguchi.exchange.models import Offer, Profile
from itoguchi.roadmap.models import Field, Solution


class OfferForm(forms.Form):
    """An offer, new or known."""

    organisation = OrganisationField()
    kind = forms.ChoiceField(label=_("種類"), choices=Offer.Kind, widget=forms.RadioSelect)
    title = forms.CharField(label=_("題名"), max_length=100, help_text=_("例：鳥獣の罠に付ける通信機の貸出し"))
    text = forms.CharField(label=_("内容"), max_length=2000, widget=forms.Textarea({"rows": 6, "lang": "ja"}))
    fields_of = KnownRowsField(
        label=_("分野"), queryset=Field.objects.all(), required=False, widget=forms.CheckboxSelectMultiple
    )
    solutions = KnownRowsField(
        label=_("分野別モデル"),
        queryset=Solution.objects.filter(until=None),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    prefectures = KnownRowsField(
        label=_("行ける都道府県"),
        queryset=Area.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("選ばなければ全国"),
    )

    def __init__(self, *args: Any, organisations: list[int], offer: Offer | None = None, **more: Any) -> None:
        if offer is not None:
            more["initial"] = {name: getattr(offer, name) for name in ("organisation", "kind", "title", "text")} | {
                "fields_of": [each.pk for each in offer.fields.all()],
                "solutions": [each.pk for each in offer.solutions.all()],
                "prefectures": [each.pk for each in offer.prefectures.all()],
            }
        super().__init__(*args, **more)
        offer_organisations(self, organisations)
        chosen: Any = self.fields["prefectures"]
        chosen.queryset = prefectures()

    def facts(self) -> OfferFacts:
        """What the action is told."""
        said = self.cleaned_data
        return OfferFacts(
            kind=Offer.Kind(said["kind"]),
            title=said["title"],
            text=said["text"],
            fields=frozenset(said["fields_of"]),
            solutions=frozenset(said["solutions"]),
            prefectures=frozenset(said["prefectures"]),
        )


class ProfileForm(forms.Form):
    """Where an organisation is and how large."""

    organisation = OrganisationField()
    seat = forms.CharField(
        label=_("所在地の団体コード"), max_length=6, help_text=_("市区町村か都道府県の6桁のコード。例：282219")
    )
    size = forms.ChoiceField(label=_("規模"), choices=Profile.Size)

    def __init__(self, *args: Any, organisations: list[int], profile: Profile | None = None, **more: Any) -> None:
        if profile is not None:
            more["initial"] = {"organisation": profile.pk, "seat": profile.seat.code, "size": profile.size}
        super().__init__(*args, **more)
        offer_organisations(self, organisations)

    def clean_seat(self) -> Area:
        found = area_of_code(fold(self.cleaned_data["seat"]))
        if found is None:
            raise ValidationError(_("この団体コードはありません。"))
        return found
