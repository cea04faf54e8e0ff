"""Reading what people type about a need: the need itself, what becomes of it, and its project."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from itoguchi.roadmap.models import Barrier, Field, Solution, Stage
from itoguchi.support.actions import NeedFacts
from itoguchi.support.models import Need
from itoguchi.support.queries import Asked, asked_of
from itoguchi.support.wording import BODIES


def show_problems(form: forms.Form, error: ValidationError) -> None:
    """What an action refused, beside the field it speaks of, else above the form."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, problems in error.error_dict.items():
        form.add_error(name if name in form.fields else None, problems)


class KnownRowField(forms.ModelChoiceField):
    """One of the rows; what the database can't even hold is no row."""

    def to_python(self, value: Any) -> Any:
        if "\x00" in str(value):
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice", params={"value": "?"})
        return super().to_python(value)


class KnownRowsField(forms.ModelMultipleChoiceField):
    """Some of the rows, by the same rule."""

    def clean(self, value: Any) -> Any:
        if any("\x00" in str(each) for each in value or ()):
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice", params={"value": "?"})
        return super().clean(value)


class NeedForm(forms.Form):
    """A need, new or known: its words, and what may be said beside them. How long it may be, the action says."""

    text = forms.CharField(
        label=_("困りごと"),
        widget=forms.Textarea({"rows": 5}),
        error_messages={"required": _("困りごとを書いてください。ふだんの言葉でかまいません。")},
        help_text=_("ふだんの言葉で。例：猿が畑を荒らす、見回りの人手がない"),
    )
    title = forms.CharField(
        label=_("ひとことで"), max_length=100, required=False, help_text=_("空なら、困りごとのはじめの40字")
    )
    field = KnownRowField(
        label=_("分野"), queryset=Field.objects.all(), required=False, empty_label=_("まだ決めていない")
    )
    solutions = KnownRowsField(
        label=_("考えている分野別モデル"),
        queryset=Solution.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    barriers = KnownRowsField(
        label=_("はばむもの"), queryset=Barrier.objects.all(), required=False, widget=forms.CheckboxSelectMultiple
    )
    size_yen = forms.IntegerField(
        label=_("見込みの費用（円）"), required=False, min_value=1, max_value=10**15, help_text=_("例：5000000")
    )
    wanted_year = forms.IntegerField(
        label=_("始めたい年度"), required=False, min_value=2000, max_value=2100, help_text=_("西暦で。例：2027")
    )
    urgency = forms.ChoiceField(label=_("いつまでに"), choices=Need.Urgency, initial=Need.Urgency.NEXT)
    is_internal = forms.BooleanField(
        label=_("庁内限り（団体・都道府県・総合通信局等・事務局だけに見せる）"), required=False, initial=True
    )
    why = forms.CharField(
        label=_("直した理由"), max_length=300, required=False, help_text=_("なくてもかまいません。記録に残ります。")
    )

    def __init__(self, *args: Any, need: Need | None = None, **more: Any) -> None:
        if need is not None:
            names = ("text", "title", "field", "size_yen", "wanted_year", "urgency", "is_internal")
            more["initial"] = {name: getattr(need, name) for name in names} | {
                "solutions": [each.pk for each in need.solutions.all()],
                "barriers": [each.pk for each in need.barriers.all()],
            }
        super().__init__(*args, **more)
        if need is None:
            del self.fields["why"]

    @property
    def must(self) -> forms.BoundField:
        """The one thing that has to be said."""
        return self["text"]

    @property
    def others(self) -> list[forms.BoundField]:
        """What may be said beside it."""
        return [each for each in self if each.name not in {"text", "is_internal"}]

    def facts(self) -> NeedFacts:
        """What the action is told."""
        said = self.cleaned_data
        return NeedFacts(
            title=said["title"],
            text=said["text"],
            field=said["field"],
            barriers=frozenset(said["barriers"]),
            solutions=frozenset(said["solutions"]),
            size_yen=said["size_yen"],
            wanted_year=said["wanted_year"],
            urgency=Need.Urgency(said["urgency"]),
            is_internal=said["is_internal"],
        )


class AnswerForm(forms.Form):
    """What is answered to a need."""

    answer = forms.CharField(
        label=_("回答"),
        widget=forms.Textarea({"rows": 5}),
        error_messages={"required": _("回答を書いてください。")},
        help_text=_("使えそうな支援メニューと、次の一歩を書いてください。"),
    )


class CloseForm(forms.Form):
    """What became of a need."""

    result = forms.CharField(
        label=_("結果"),
        max_length=500,
        error_messages={"required": _("結果を書いてください。")},
        help_text=_("例：専門家派遣を使い、罠の通知を試すことにした"),
    )


class MergeForm(forms.Form):
    """Which needs say the same as this one, and why they are one."""

    others = KnownRowsField(
        label=_("同じことを言っているニーズ"),
        queryset=Need.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("統合するニーズを選んでください。")},
    )
    why = forms.CharField(
        label=_("理由"), max_length=300, error_messages={"required": _("統合する理由を書いてください。")}
    )

    def __init__(self, *args: Any, need: Need, labels: dict[int, str], **more: Any) -> None:
        super().__init__(*args, **more)
        others: Any = self.fields["others"]
        others.queryset = Need.objects.filter(area=need.area_id, pk__in=labels)
        others.choices = list(labels.items())


YES_NO = (("", _("分からない")), ("yes", _("ある")), ("no", _("ない")))


class ProjectForm(forms.Form):
    """What rules ask of the project; said in the address, so that it can be shared, and kept nowhere."""

    applicant = forms.ChoiceField(label=_("申請者"), choices=[("", _("分からない")), *BODIES.items()], required=False)
    members = forms.MultipleChoiceField(
        label=_("構成員"),
        choices=list(BODIES.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("一つでも選ぶと、選んだものがすべてと読みます"),
    )
    recommended = forms.ChoiceField(label=_("地方公共団体の推薦"), choices=YES_NO, required=False)
    stage = forms.ChoiceField(label=_("段階"), choices=[("", _("分からない")), *Stage.choices], required=False)

    def asked(self, need: Need) -> Asked:
        """The need with what is said of its project; what can't be read counts as not said."""
        self.is_valid()
        said = self.cleaned_data
        return asked_of(
            need,
            applicant=said.get("applicant") or None,
            members=frozenset(said.get("members") or ()) or None,
            recommended={"yes": True, "no": False}.get(said.get("recommended", "")),
            stage=said.get("stage") or None,
        )
