"""Reading what the secretariat types of a recommendation and its clauses."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from itoguchi.network.actions import ClauseFacts, RecommendationFacts
from itoguchi.network.forms.fields import JapaneseSelect, KnownRowField
from itoguchi.network.models import Clause, Meeting, Recommendation, Thread, Topic
from itoguchi.network.queries import meetings

WHY = _("記録に残ります。")


class RecommendationForm(forms.Form):
    """What a recommendation is called and which meeting adopted it; its clauses apart."""

    key = forms.SlugField(
        label=_("記号"),
        max_length=20,
        validators=[RegexValidator(r"\A(?!new\Z)", _("new は使えません。"))],
        help_text=_("住所に使います。変わらない。例：second"),
    )
    name = forms.CharField(label=_("名称"), max_length=100, widget=forms.TextInput({"lang": "ja"}))
    meeting = KnownRowField(
        label=_("決めた会合"),
        queryset=Meeting.objects.none(),
        empty_label=_("選んでください"),
        help_text=_("提言は、この会合の日から示します。"),
    )
    source = forms.CharField(label=_("出典"), max_length=300, widget=forms.TextInput({"lang": "ja"}))
    why = forms.CharField(label=_("直した理由"), max_length=300, help_text=WHY)

    def __init__(self, *args: Any, known: Recommendation | None = None, **more: Any) -> None:
        if known:
            more["initial"] = {"name": known.name, "meeting": known.meeting_id, "source": known.source}
        super().__init__(*args, **more)
        meeting: Any = self.fields["meeting"]
        meeting.queryset = meetings().filter(state=Meeting.State.HELD).order_by("-held_on")
        del self.fields["key" if known else "why"]

    def facts(self) -> RecommendationFacts:
        """What was typed."""
        return RecommendationFacts(**{name: self.cleaned_data[name] for name in ("name", "meeting", "source")})


class ClauseForm(forms.Form):
    """A clause in the words of the recommendation."""

    number = forms.CharField(label=_("番号"), max_length=10, help_text=_("提言のとおりに。例：1(2)"))
    heading = forms.CharField(label=_("見出し"), max_length=100, widget=forms.TextInput({"lang": "ja"}))
    text = forms.CharField(label=_("文"), max_length=4000, widget=forms.Textarea({"rows": 6, "lang": "ja"}))
    thread = KnownRowField(
        label=_("糸"), queryset=Thread.objects.all(), required=False, widget=JapaneseSelect, empty_label=_("選ばない")
    )
    topic = KnownRowField(
        label=_("事項"), queryset=Topic.objects.all(), required=False, widget=JapaneseSelect, empty_label=_("選ばない")
    )
    why = forms.CharField(label=_("直した理由"), max_length=300, help_text=WHY)

    def __init__(self, *args: Any, known: Clause | None = None, **more: Any) -> None:
        names = ("number", "heading", "text", "thread", "topic")
        if known:
            more["initial"] = {name: getattr(known, name) for name in names}
        super().__init__(*args, **more)
        if known is None:
            del self.fields["why"]

    def facts(self) -> ClauseFacts:
        """What was typed."""
        return ClauseFacts(**{name: value for name, value in self.cleaned_data.items() if name != "why"})
