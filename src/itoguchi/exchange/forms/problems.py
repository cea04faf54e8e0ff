"""Reading what people type about problems: what is asked for, moments to the minute, criteria with weights, papers, questions."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from itoguchi.accounts.models import Account, Organisation
from itoguchi.core.as_of import MomentField
from itoguchi.core.uploads import refuse_odd_file
from itoguchi.core.virus_scan import refuse_infected
from itoguchi.exchange.actions import ProblemFacts
from itoguchi.exchange.models import Problem

CRITERION = re.compile(r"(?P<name>.+?)\s*[:：,、\s]\s*(?P<weight>\d{1,3})")
FILE_HINT = _("PDF、Word、Excel、PowerPoint、画像、テキスト。10 MBまで。マクロのあるものは受け取れません。")


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


class CriteriaField(forms.CharField):
    """Criteria with weights, one a line: `効果：3`."""

    def clean(self, value: Any) -> tuple[tuple[str, int], ...]:
        found = []
        for number, line in enumerate(filter(None, map(str.strip, (super().clean(value) or "").splitlines())), start=1):
            read = CRITERION.fullmatch(line)
            if read is None or not 1 <= int(read["weight"]) <= 100 or len(read["name"]) > 60:
                raise ValidationError(
                    _("%(number)s行目：観点（60字まで）と重み（1から100）を「効果：3」のように書いてください。"),
                    params={"number": number},
                )
            found.append((read["name"].strip(), int(read["weight"])))
        return tuple(found)


def criteria_as_typed(problem: Problem) -> str:
    """The criteria of a problem as its form takes them."""
    return "\n".join(f"{each.name}：{each.weight}" for each in problem.criteria.all())


class ProblemForm(forms.Form):
    """A problem while it is written."""

    title = forms.CharField(label=_("題名"), max_length=100)
    wanted = forms.CharField(
        label=_("求めること"),
        max_length=4000,
        widget=forms.Textarea({"rows": 6, "lang": "ja"}),
        help_text=_("どうなればよいか。手段は、提案する側に考えてもらいます。"),
    )
    site = forms.CharField(
        label=_("場所・現地のようす"),
        max_length=1000,
        widget=forms.Textarea({"rows": 3, "lang": "ja"}),
        help_text=_("広さ、電源、電波、見学できる日など。"),
    )
    conditions = forms.CharField(
        label=_("求める条件"),
        max_length=4000,
        required=False,
        widget=forms.Textarea({"rows": 4, "lang": "ja"}),
        help_text=_("予算の目安、守ること、個人情報の扱いなど。"),
    )
    asks_until = MomentField(label=_("質問の締切"))
    closes_at = MomentField(label=_("提案の締切"), help_text=_("一秒でも過ぎた提案は、受け取りません。"))
    criteria = CriteriaField(
        label=_("評価の観点と重み"),
        max_length=1000,
        widget=forms.Textarea({"rows": 4, "lang": "ja"}),
        help_text=_("一行に一つ。例：効果：3。課題といっしょに公開し、あとからは変えられません。"),
    )

    def __init__(self, *args: Any, problem: Problem | None = None, **more: Any) -> None:
        if problem is not None:
            names = ("title", "wanted", "site", "conditions", "asks_until", "closes_at")
            said = {name: getattr(problem, name) for name in names if getattr(problem, name)}
            more["initial"] = said | {"criteria": criteria_as_typed(problem)} if problem.pk else said
        super().__init__(*args, **more)

    def facts(self) -> ProblemFacts:
        """What the action is told."""
        return ProblemFacts(**self.cleaned_data)


class PutOffForm(forms.Form):
    """Later deadlines, and why."""

    asks_until = MomentField(label=_("質問の締切"))
    closes_at = MomentField(label=_("提案の締切"))
    why = forms.CharField(label=_("延ばす理由"), max_length=300)


class WhyForm(forms.Form):
    """A reason that everybody reads."""

    why = forms.CharField(label=_("理由"), max_length=500, widget=forms.Textarea({"rows": 3, "lang": "ja"}))


class FileForm(forms.Form):
    """A paper for everybody."""

    file = forms.FileField(
        label=_("ファイル"), max_length=100, validators=[refuse_odd_file, refuse_infected], help_text=FILE_HINT
    )


class OrganisationField(KnownRowField):
    """In whose name: one of the organisations that somebody works for; not asked where there is one only."""

    def __init__(self, **more: Any) -> None:
        super().__init__(label=_("参加組織"), queryset=Organisation.objects.none(), empty_label=None, **more)


def offer_organisations(form: forms.Form, keys: list[int]) -> None:
    """Let a form choose among these, or take the one there is."""
    field: Any = form.fields["organisation"]
    field.queryset = Organisation.objects.filter(pk__in=keys)
    if len(keys) == 1:
        field.widget, field.initial = forms.HiddenInput(), keys[0]


class AskForm(forms.Form):
    """A question, in the name of an organisation."""

    organisation = OrganisationField()
    text = forms.CharField(
        label=_("質問"),
        max_length=1000,
        widget=forms.Textarea({"rows": 5, "lang": "ja"}),
        help_text=_("回答とともに、だれの質問かを伏せて全員に見せます。名前や提案の中身は書かないでください。"),
    )

    def __init__(self, *args: Any, organisations: list[int], **more: Any) -> None:
        super().__init__(*args, **more)
        offer_organisations(self, organisations)


class AnswerForm(forms.Form):
    """An answer for everybody, now or from a moment on."""

    text = forms.CharField(label=_("回答"), max_length=4000, widget=forms.Textarea({"rows": 6, "lang": "ja"}))
    releases_at = MomentField(
        label=_("全員に見せる時"),
        required=False,
        help_text=_("空なら、いますぐ。例：2027-04-01 17:00。どちらでも、全員が同じ時から読めます。"),
    )


class RaterForm(forms.Form):
    """Whom to ask to rate."""

    account = forms.CharField(
        label=_("評価者のログイン名"), max_length=60, help_text=_("例：adviser。提案する組織の方には頼めません。")
    )

    def clean_account(self) -> Account:
        name = self.cleaned_data["account"]
        found = Account.objects.filter(sign_in_name__iexact=name, is_active=True).first()
        if found is None:
            raise ValidationError(_("この名前のアカウントはありません。"))
        return found
