"""Reading what people type about opinions: a comment, what was heard, sorting, an answer, a decision and what it changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from itoguchi.areas.models import Area, Block
from itoguchi.areas.queries import area_of_code
from itoguchi.core.as_of import DayField
from itoguchi.network.actions import ChangeFacts, CommentFacts, OpinionFacts, PeriodFacts
from itoguchi.network.forms.fields import JapaneseSelect, KnownRowField
from itoguchi.network.forms.meetings import DAY, DAY_HINT
from itoguchi.network.models import Clause, CommentPeriod, Decision, Meeting, Opinion
from itoguchi.network.queries import decisions_until, meetings
from itoguchi.roadmap.models import Field, Revision, RevisionItem

WORDS = {"required": _("意見の文を書いてください。")}
REASON = {"required": _("理由を書いてください。")}
SUBJECT_HINT = _("項目・KPI・モデルなどの住所。例：/clauses/first-1-2、/kpis/telework")


class CommentForm(forms.Form):
    """What a citizen sends; how long it may be, the action says. `website` is for machines alone: people leave it empty."""

    text = forms.CharField(label=_("ご意見"), widget=forms.Textarea({"rows": 8}), error_messages=WORDS)
    kind = forms.ChoiceField(label=_("種類"), choices=Opinion.Kind.choices, initial=Opinion.Kind.OPINION)
    field = KnownRowField(
        label=_("分野"),
        queryset=Field.objects.all(),
        required=False,
        widget=JapaneseSelect,
        empty_label=_("選ばない・分からない"),
    )
    author = forms.ChoiceField(
        label=_("あなたは"),
        choices=[(Opinion.Author.UNKNOWN.value, _("答えない")), *Opinion.Author.choices[1:]],
        required=False,
    )
    may_be_public = forms.BooleanField(label=_("文をこのサイトで公開してよい"), required=False, initial=True)
    website = forms.CharField(
        label=_("この欄は空のままにしてください"),
        required=False,
        widget=forms.TextInput({"tabindex": "-1", "autocomplete": "off"}),
    )

    @property
    def shown(self) -> list[forms.BoundField]:
        """The fields that people see."""
        return [each for each in self if each.name not in {"website", "may_be_public"}]

    def facts(self) -> CommentFacts:
        """What was typed."""
        said = self.cleaned_data
        return CommentFacts(
            text=said["text"],
            kind=Opinion.Kind(said["kind"]),
            author=Opinion.Author(said["author"] or Opinion.Author.UNKNOWN),
            field=said["field"],
            may_be_public=said["may_be_public"],
        )


class PeriodForm(forms.Form):
    """A comment period, from a day and time to a day and time."""

    slug = forms.SlugField(
        label=_("住所"), max_length=60, help_text=_("変わらない。英小文字・数字・ハイフンで。例：2018-roadmap")
    )
    title = forms.CharField(label=_("題名"), max_length=100)
    about = forms.CharField(
        label=_("何について、何を聞くか"), max_length=4000, widget=forms.Textarea({"rows": 5, "lang": "ja"})
    )
    subject = forms.CharField(
        label=_("何についての意見か（住所）"), max_length=300, required=False, help_text=SUBJECT_HINT
    )
    opens_on = DayField(label=_("受付開始の日"), error_messages=DAY, help_text=DAY_HINT)
    opens_time = forms.TimeField(label=_("受付開始の時刻"), initial="00:00", help_text=_("例：9:00"))
    closes_on = DayField(label=_("受付終了の日"), error_messages=DAY, help_text=DAY_HINT)
    closes_time = forms.TimeField(
        label=_("受付終了の時刻"), initial="17:00", help_text=_("この時刻になると受け付けません。")
    )
    source = forms.CharField(label=_("出典"), max_length=300, required=False)
    why = forms.CharField(label=_("理由"), max_length=300, required=False, help_text=_("直すときは必ず書きます。"))

    def __init__(self, *args: Any, period: CommentPeriod | None = None, **more: Any) -> None:
        if period is not None:
            opens, closes = timezone.localtime(period.opens_at), timezone.localtime(period.closes_at)
            more["initial"] = {name: getattr(period, name) for name in ("title", "about", "subject", "source")} | {
                "opens_on": opens.date().isoformat(),
                "opens_time": f"{opens:%H:%M}",
                "closes_on": closes.date().isoformat(),
                "closes_time": f"{closes:%H:%M}",
            }
        super().__init__(*args, **more)
        if period is None:
            del self.fields["why"]
        else:
            del self.fields["slug"]
            self.fields["why"].required = True

    def facts(self) -> PeriodFacts:
        """What was typed."""
        said = self.cleaned_data
        zone = timezone.get_current_timezone()
        return PeriodFacts(
            title=said["title"],
            about=said["about"],
            subject=said["subject"],
            opens_at=datetime.combine(said["opens_on"], said["opens_time"], zone),
            closes_at=datetime.combine(said["closes_on"], said["closes_time"], zone),
            source=said["source"],
        )


class SortForm(forms.Form):
    """What an opinion is about."""

    title = forms.CharField(
        label=_("ひとことで"), max_length=100, required=False, help_text=_("空なら、文のはじめの40字")
    )
    kind = forms.ChoiceField(label=_("種類"), choices=Opinion.Kind.choices)
    field = KnownRowField(
        label=_("分野"), queryset=Field.objects.all(), required=False, widget=JapaneseSelect, empty_label=_("分野なし")
    )
    block = KnownRowField(
        label=_("地域ブロック"), queryset=Block.objects.all(), required=False, empty_label=_("地域によらない")
    )
    area_code = forms.CharField(label=_("団体コード"), max_length=10, required=False, help_text=_("例：282219"))
    subject = forms.CharField(label=_("何についてか（住所）"), max_length=300, required=False, help_text=SUBJECT_HINT)
    may_be_public = forms.BooleanField(label=_("公開する"), required=False)

    def clean_area_code(self) -> Area | None:
        """The area of a code; none for no code."""
        written = self.cleaned_data["area_code"].strip()
        if not written:
            return None
        area = area_of_code(written) if "\x00" not in written else None
        if area is None:
            raise ValidationError(_("この団体コードはありません。6桁の団体コードを書いてください。"))
        return area

    def facts(self, opinion: Opinion) -> OpinionFacts:
        """What was typed of a known opinion."""
        said = self.cleaned_data
        return OpinionFacts(
            text=opinion.text,
            said_on=opinion.said_on,
            title=said["title"],
            kind=Opinion.Kind(said["kind"]),
            area=said["area_code"],
            block=said["block"],
            field=said["field"],
            subject=said["subject"],
            may_be_public=said["may_be_public"],
        )


def sorted_so_far(opinion: Opinion) -> dict[str, Any]:
    """An opinion as the form of sorting shows it."""
    names = ("title", "kind", "field", "block", "subject", "may_be_public")
    return {name: getattr(opinion, name) for name in names} | {"area_code": opinion.area.code if opinion.area else ""}


class OpinionForm(SortForm):
    """An opinion that was heard."""

    text = forms.CharField(label=_("意見の文"), widget=forms.Textarea({"rows": 6, "lang": "ja"}), error_messages=WORDS)
    origin = forms.ChoiceField(
        label=_("どこから"),
        choices=[each for each in Opinion.Origin.choices if each[0] != Opinion.Origin.CITIZEN],
        initial=Opinion.Origin.BRIEFING,
    )
    heard_at = forms.CharField(
        label=_("聞いた場所（住所）"),
        max_length=300,
        required=False,
        help_text=_("説明会・会合などの住所。例：/briefings/2017-02-16-mie"),
    )
    said_on = DayField(label=_("述べられた日"), error_messages=DAY, help_text=DAY_HINT)
    author = forms.ChoiceField(label=_("述べた人"), choices=Opinion.Author.choices, initial=Opinion.Author.UNKNOWN)
    field_order = ("text", "title", "kind", "origin", "heard_at", "said_on", "author")

    def facts_heard(self) -> OpinionFacts:
        """What was typed."""
        said = self.cleaned_data
        return OpinionFacts(
            text=said["text"],
            said_on=said["said_on"],
            origin=Opinion.Origin(said["origin"]),
            heard_at=said["heard_at"],
            author=Opinion.Author(said["author"]),
            title=said["title"],
            kind=Opinion.Kind(said["kind"]),
            area=said["area_code"],
            block=said["block"],
            field=said["field"],
            subject=said["subject"],
            may_be_public=said["may_be_public"],
        )


class VoiceForm(OpinionForm):
    """What a member says for its own body: whose it is and where it was said is known; the field where its thread has none."""

    def __init__(self, *args: Any, has_field: bool, **more: Any) -> None:
        super().__init__(*args, **more)
        for name in ("area_code", "block", "origin", "heard_at", "author", *(("field",) if has_field else ())):
            del self.fields[name]

    def facts_said(self) -> OpinionFacts:
        """What was typed; the action says the rest."""
        said = self.cleaned_data
        return OpinionFacts(
            text=said["text"],
            said_on=said["said_on"],
            title=said["title"],
            kind=Opinion.Kind(said["kind"]),
            field=said.get("field"),
            subject=said["subject"],
            may_be_public=said["may_be_public"],
        )


class OpinionFileForm(forms.Form):
    """A file of opinions."""

    file = forms.FileField(label=_("ファイル"), help_text=_("CSV か Excel（.xlsx）"), max_length=200)
    source = forms.CharField(label=_("出典"), max_length=300, help_text=_("例：説明会のアンケートの自由記述"))


class AnswerForm(forms.Form):
    """Whether an opinion is adopted, and why."""

    verdict = forms.ChoiceField(label=_("採否"), choices=Opinion.Verdict.choices, widget=forms.RadioSelect)
    answer = forms.CharField(
        label=_("回答と理由"),
        widget=forms.Textarea({"rows": 6, "lang": "ja"}),
        help_text=_("一部を採用するときは、どこを採り、どこを採らないか、それはなぜかを書きます。"),
        error_messages={"required": _("採否の理由を書いてください。")},
    )


class DecisionForm(forms.Form):
    """What a meeting decided about an opinion: a decision on record, or a new one."""

    decision = KnownRowField(
        label=_("すでにある対応"),
        queryset=Decision.objects.none(),
        required=False,
        widget=JapaneseSelect,
        empty_label=_("新しく書く"),
    )
    meeting = KnownRowField(
        label=_("決めた会合"), queryset=Meeting.objects.none(), required=False, empty_label=_("選んでください")
    )
    text = forms.CharField(
        label=_("決まったこと"), max_length=4000, required=False, widget=forms.Textarea({"rows": 4, "lang": "ja"})
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        known, held = self.fields["decision"], self.fields["meeting"]
        known.queryset = decisions_until(timezone.localdate()).order_by("-meeting__held_on", "-pk")
        held.queryset = (
            meetings().filter(held_on__lte=timezone.localdate(), state=Meeting.State.HELD).order_by("-held_on")
        )

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if not said.get("decision"):
            for name, problem in (
                ("meeting", _("決めた会合を選んでください。")),
                ("text", _("決まったことを書いてください。")),
            ):
                if not said.get(name) and name not in self.errors:
                    self.add_error(name, problem)
        return said


class ClauseChangeForm(forms.Form):
    """How a clause is to read from now on, and why."""

    after = forms.CharField(label=_("新しい文"), max_length=4000, widget=forms.Textarea({"rows": 6, "lang": "ja"}))
    reason = forms.CharField(label=_("理由"), max_length=500, error_messages=REASON)

    def facts(self, clause: Clause) -> ChangeFacts:
        """What was typed."""
        return ChangeFacts(clause=clause, after=self.cleaned_data["after"], reason=self.cleaned_data["reason"])


class DraftChangeForm(forms.Form):
    """Which item of a draft edition came of a decision, and why."""

    item = KnownRowField(
        label=_("改定案の項目"),
        queryset=RevisionItem.objects.none(),
        widget=JapaneseSelect,
        empty_label=_("選んでください"),
    )
    reason = forms.CharField(label=_("理由"), max_length=500, error_messages=REASON)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        items: Any = self.fields["item"]
        items.queryset = RevisionItem.objects.exclude(revision__state=Revision.State.PUBLISHED).select_related(
            "revision"
        )
        items.label_from_instance = lambda item: f"{item.revision}：{item}"

    def facts(self) -> ChangeFacts:
        """What was typed."""
        return ChangeFacts(item=self.cleaned_data["item"], reason=self.cleaned_data["reason"])


class WhyForm(forms.Form):
    """Why something is undone."""

    why = forms.CharField(label=_("理由"), max_length=300, error_messages=REASON)


class AssignForm(forms.Form):
    """Whose a clause is, and by when it is due."""

    owner = forms.CharField(label=_("担当"), max_length=100, required=False, help_text=_("例：総務省情報流通行政局"))
    due_on = DayField(label=_("いつまでに"), required=False, help_text=DAY_HINT)
    why = forms.CharField(label=_("理由"), max_length=300, error_messages=REASON)
