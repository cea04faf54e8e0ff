"""Reading what the secretariat types of bodies, papers, moments, statements and tasks, and what members answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from itoguchi.accounts.models import Account
from itoguchi.areas.models import Block
from itoguchi.core.as_of import DayField, MomentField
from itoguchi.core.calendar import NotADate
from itoguchi.core.uploads import refuse_odd_file
from itoguchi.core.virus_scan import refuse_infected
from itoguchi.core.wording import say
from itoguchi.network.actions import BodyFacts, MemberFacts, PaperFacts, TaskFacts
from itoguchi.network.forms.fields import JapaneseSelect, KnownRowField
from itoguchi.network.forms.meetings import DAY, DAY_HINT
from itoguchi.network.models import (
    Attendance,
    Body,
    Decision,
    Meeting,
    Member,
    MomentAnswer,
    Paper,
    ProposedMoment,
    Statement,
    Task,
)

FILE_HINT = _("PDF、Word、Excel、PowerPoint、画像、テキスト。10 MBまで。マクロのあるものは受け取れません。")


class BodyForm(forms.Form):
    """A body; its key begins the addresses of its meetings and stays."""

    key = forms.SlugField(
        label=_("記号"), max_length=40, help_text=_("英数字とハイフン。会合の住所の初めになり、変わりません。")
    )
    kind = forms.ChoiceField(label=_("種類"), choices=Body.Kind.choices)
    name = forms.CharField(label=_("名称"), max_length=100)
    purpose = forms.CharField(
        label=_("趣旨"), widget=forms.Textarea({"rows": 3, "lang": "ja"}), max_length=4000, required=False
    )
    questions = forms.CharField(
        label=_("主な検討課題"),
        widget=forms.Textarea({"rows": 3, "lang": "ja"}),
        max_length=4000,
        required=False,
        help_text=_("一行に一つ"),
    )
    block = KnownRowField(
        label=_("地域ブロック"),
        queryset=Block.objects.all(),
        required=False,
        empty_label=_("全国（全国の事務局だけが担当）"),
        help_text=_("選ぶと、その総合通信局等も事務局になります。"),
    )
    why = forms.CharField(label=_("理由"), max_length=300, required=False)

    def facts(self) -> BodyFacts:
        """What was typed, checked."""
        said = self.cleaned_data
        return BodyFacts(**{name: said[name] for name in ("kind", "name", "purpose", "questions", "block")})


class MemberForm(forms.Form):
    """A member of a body."""

    name = forms.CharField(label=_("氏名"), max_length=60)
    kana = forms.CharField(
        label=_("よみ"), max_length=60, required=False, help_text=_("例：いとぐち はなこ。五十音順に並べます。")
    )
    role = forms.ChoiceField(label=_("役割"), choices=Member.Role.choices, initial=Member.Role.MEMBER)
    affiliation = forms.CharField(label=_("所属"), max_length=100, required=False)
    post = forms.CharField(label=_("役職"), max_length=100, required=False)
    since = DayField(label=_("いつから"), error_messages=DAY, help_text=DAY_HINT)
    sign_in_name = forms.CharField(
        label=_("サインインの名"),
        max_length=60,
        required=False,
        help_text=_("書くと、その人に、構成員限りの資料、日程調整、自分の発言の確認が開きます。"),
    )
    why = forms.CharField(label=_("理由"), max_length=300, required=False)

    def clean_sign_in_name(self) -> Account | None:
        """The account that is meant."""
        name = self.cleaned_data["sign_in_name"].strip()
        if not name:
            return None
        found = Account.objects.filter(sign_in_name=name, is_active=True).first()
        if found is None:
            raise ValidationError(_("この名のアカウントはありません。先にアカウントを開いてください。"))
        return found

    def facts(self) -> MemberFacts:
        """What was typed, checked."""
        said = self.cleaned_data
        names = ("name", "kana", "role", "affiliation", "post", "since")
        return MemberFacts(**{name: said[name] for name in names}, account=said["sign_in_name"])


def typed_member(member: Member) -> dict[str, Any]:
    """A member as the form shows it."""
    names = ("name", "kana", "role", "affiliation", "post")
    return {name: getattr(member, name) for name in names} | {
        "since": member.since.isoformat(),
        "sign_in_name": member.account.sign_in_name if member.account else "",
    }


class ReleaseForm(forms.Form):
    """The last day of a member, and why."""

    last_day = DayField(label=_("いつまで"), error_messages=DAY, help_text=DAY_HINT)
    why = forms.CharField(label=_("理由"), max_length=300, help_text=_("例：任期満了、異動"))


class PaperForm(forms.Form):
    """A paper: what it is, who may see it from when, and its file or text."""

    number = forms.CharField(label=_("資料番号"), max_length=20, required=False, help_text=_("例：資料1-1、参考資料2"))
    title = forms.CharField(label=_("題名"), max_length=200)
    provider = forms.CharField(label=_("提出者"), max_length=100, initial="事務局")
    text = forms.CharField(
        label=_("内容"),
        widget=forms.Textarea({"rows": 5, "lang": "ja"}),
        max_length=20_000,
        required=False,
        help_text=_("ファイルがあれば、空でもかまいません。"),
    )
    file = forms.FileField(
        label=_("ファイル"),
        max_length=100,
        required=False,
        validators=[refuse_odd_file, refuse_infected],
        help_text=FILE_HINT,
    )
    access = forms.ChoiceField(label=_("見られる人"), choices=Paper.Access.choices, initial=Paper.Access.MEMBERS)
    embargo_until = MomentField(
        label=_("解禁の時"), required=False, help_text=_("この時までは、事務局だけが見られます。例：2027-04-01 17:00")
    )

    def facts(self, file: Any = None) -> PaperFacts:
        """What was typed, checked; `file` is what was kept of the one sent."""
        said = self.cleaned_data
        names = ("number", "title", "provider", "text", "access", "embargo_until")
        return PaperFacts(**{name: said[name] for name in names}, file=file)


class PaperChangeForm(PaperForm):
    """A paper that is there: what others have seen changes with a note alone."""

    note = forms.CharField(
        label=_("正誤"),
        widget=forms.Textarea({"rows": 2, "lang": "ja"}),
        max_length=1000,
        required=False,
        help_text=_("一度見られるようになった資料を直すとき、何をどう直したか。資料とともに示します。"),
    )


def typed_paper(paper: Paper) -> dict[str, Any]:
    """A paper as the form shows it."""
    names = ("number", "title", "provider", "text", "access", "embargo_until")
    return {name: getattr(paper, name) for name in names}


class NoteForm(forms.Form):
    """What was wrong and what is right, of a paper that comes out again."""

    note = forms.CharField(
        label=_("正誤"), widget=forms.Textarea({"rows": 2, "lang": "ja"}), max_length=1000, required=False
    )


class LiftForm(forms.Form):
    """Showing a paper before its embargo has passed takes a tick and a reason."""

    is_meant = forms.BooleanField(
        label=_("解禁の時を待たずに、いま見られるようにします"),
        error_messages={"required": _("本当に早めるなら、ここに印を付けてください。")},
    )
    why = forms.CharField(label=_("理由"), max_length=300)


class DropForm(forms.Form):
    """Why something is taken away that was entered by mistake."""

    why = forms.CharField(label=_("消す理由"), max_length=300, help_text=_("記録に残ります。例：番号のまちがい"))


def _moments(text: str) -> list[tuple[datetime, datetime]]:
    """Lines of 「2027-04-01 10:00-12:00」; one that can't be read is named."""
    found = []
    moment = MomentField(required=True)
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        begins, _sign, ends = line.strip().replace("～", "-").replace("〜", "-").rpartition("-")
        try:
            starts_at = moment.clean(begins)
            ends_at = moment.clean(f"{begins.replace('T', ' ').rpartition(' ')[0]} {ends.strip()}")
        except (ValidationError, NotADate):
            starts_at = ends_at = None
        if starts_at is None or ends_at is None or ends_at <= starts_at:
            raise ValidationError(
                say(_("%(line)s行目：「2027-04-01 10:00-12:00」のように書いてください。"), line=number)
            )
        found.append((starts_at, ends_at))
    return found


class MomentsForm(forms.Form):
    """The moments from which members choose."""

    moments = forms.CharField(
        label=_("候補の日時"),
        widget=forms.Textarea({"rows": 4, "lang": "ja"}),
        max_length=2000,
        help_text=_("一行に一つ。例：2027-04-01 10:00-12:00"),
    )
    answer_by = DayField(label=_("いつまでに答えるか"), error_messages=DAY, help_text=DAY_HINT)

    def clean_moments(self) -> list[tuple[datetime, datetime]]:
        """Beginnings and ends."""
        return _moments(self.cleaned_data["moments"])


class FitsForm(forms.Form):
    """○ △ × for each moment; a member answers for themselves, the secretariat for any."""

    def __init__(self, data: Any = None, *, moments: Sequence[ProposedMoment], members: Sequence[Member]) -> None:
        super().__init__(data)
        self.fields["member"] = forms.ChoiceField(
            label=_("構成員"), choices=[(str(each.pk), each.name) for each in members], widget=JapaneseSelect
        )
        if len(members) == 1:
            self.fields["member"].widget = forms.HiddenInput()
            self.fields["member"].initial = str(members[0].pk)
        for each in moments:
            self.fields[f"moment_{each.pk}"] = forms.ChoiceField(
                label=written(each), choices=[("", "—"), *MomentAnswer.Fits.choices], required=False
            )
        self.members = {str(each.pk): each for each in members}

    def answers(self) -> dict[int, str]:
        """Key of each moment that was answered → ○ △ ×."""
        said = self.cleaned_data.items()
        return {int(name.removeprefix("moment_")): fits for name, fits in said if name != "member" and fits}

    @property
    def member(self) -> Member:
        """For whom it was answered."""
        return self.members[self.cleaned_data["member"]]


def written(moment: ProposedMoment) -> str:
    """A moment as tables show it: 2027-04-01 (木) 10:00-12:00."""
    starts, ends = timezone.localtime(moment.starts_at), timezone.localtime(moment.ends_at)
    return f"{starts:%Y-%m-%d} ({date_format(starts, 'D')}) {starts:%H:%M}-{ends:%H:%M}"


class AttendanceForm(forms.Form):
    """How each member takes part; the name of a proxy beside it."""

    def __init__(self, data: Any = None, *, rows: Sequence[tuple[Member, Attendance | None]]) -> None:
        super().__init__(data)
        self.members = [member for member, _known in rows]
        for member, known in rows:
            self.fields[f"how_{member.pk}"] = forms.ChoiceField(
                label=member.name,
                choices=[("", _("未記録")), *Attendance.How.choices],
                required=False,
                initial=known.how if known else "",
            )
            self.fields[f"proxy_{member.pk}"] = forms.CharField(
                label=_("代理の人"),
                max_length=100,
                required=False,
                initial=known.proxy if known else "",
            )

    @property
    def rows(self) -> list[tuple[Member, forms.BoundField, forms.BoundField]]:
        """Each member with both fields."""
        return [(each, self[f"how_{each.pk}"], self[f"proxy_{each.pk}"]) for each in self.members]

    def answers(self) -> dict[Member, tuple[str, str]]:
        """What was chosen for each member."""
        said = self.cleaned_data
        return {each: (said[f"how_{each.pk}"], said[f"proxy_{each.pk}"]) for each in self.members}


class ConfirmByForm(forms.Form):
    """Until when speakers confirm what they said."""

    confirm_by = DayField(label=_("いつまでに確認するか"), error_messages=DAY, help_text=DAY_HINT)


class StatementForm(forms.Form):
    """What somebody said: a member, or somebody named."""

    member = KnownRowField(
        label=_("発言した構成員"),
        queryset=Member.objects.none(),
        required=False,
        widget=JapaneseSelect,
        empty_label=_("構成員でない人"),
    )
    speaker = forms.CharField(
        label=_("発言者"), max_length=100, required=False, help_text=_("構成員でない人は、名を書きます。")
    )
    text = forms.CharField(label=_("発言"), widget=forms.Textarea({"rows": 5, "lang": "ja"}), max_length=4000)
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, members: Sequence[Member], **more: Any) -> None:
        super().__init__(*args, **more)
        _offer_members(self, members)

    def clean(self) -> None:
        """One of the two says who it was."""
        if not self.cleaned_data.get("member") and not self.cleaned_data.get("speaker", "").strip():
            self.add_error("speaker", _("だれの発言かを選ぶか、書いてください。"))


def _offer_members(form: forms.Form, members: Sequence[Member]) -> None:
    field: Any = form.fields["member"]
    field.queryset = Member.objects.filter(pk__in=[each.pk for each in members])
    field.choices = [("", field.empty_label), *((each.pk, each.name) for each in members)]


def typed_statement(statement: Statement) -> dict[str, Any]:
    """A statement as the form shows it."""
    speaker = "" if statement.member_id else statement.speaker
    return {"member": statement.member_id, "speaker": speaker, "text": statement.text, "seen": statement.version}


class ConfirmForm(forms.Form):
    """A speaker's own word; `seen` is the version that was read."""

    text = forms.CharField(
        label=_("発言"),
        widget=forms.Textarea({"rows": 8, "lang": "ja"}),
        max_length=4000,
        help_text=_("このままでよければ、そのまま確認してください。直すと、直した文になります。"),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)


class HowForm(forms.Form):
    """How a speaker confirmed by other ways; `seen` is the version that was read to the speaker."""

    how = forms.CharField(label=_("どのように確認したか"), max_length=100, help_text=_("例：電話、メール"))
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)


class PublishForm(forms.Form):
    """Bringing the summary out while somebody is waited for takes a reason."""

    reason = forms.CharField(label=_("確認を待たずに出す理由"), max_length=300, required=False)


class TextForm(forms.Form):
    """A note, or what a meeting decided."""

    text = forms.CharField(label=_("内容"), widget=forms.Textarea({"rows": 3, "lang": "ja"}), max_length=4000)


class TaskForm(forms.Form):
    """Who does what by when."""

    text = forms.CharField(label=_("すること"), max_length=500)
    member = KnownRowField(
        label=_("担当の構成員"),
        queryset=Member.objects.none(),
        required=False,
        widget=JapaneseSelect,
        empty_label=_("構成員でない人"),
    )
    owner = forms.CharField(
        label=_("担当"), max_length=100, required=False, help_text=_("構成員でない人は、名を書きます。")
    )
    due_on = DayField(label=_("いつまでに"), error_messages=DAY, help_text=DAY_HINT)
    decision = KnownRowField(
        label=_("もとになった決定"),
        queryset=Decision.objects.none(),
        required=False,
        widget=JapaneseSelect,
        empty_label=_("選ばない"),
    )
    why = forms.CharField(label=_("理由"), max_length=300, required=False)

    def __init__(self, *args: Any, meeting: Meeting, members: Sequence[Member], **more: Any) -> None:
        super().__init__(*args, **more)
        _offer_members(self, members)
        decisions: Any = self.fields["decision"]
        decisions.queryset = meeting.decisions.all()

    def clean(self) -> None:
        """One of the two says whose it is."""
        if not self.cleaned_data.get("member") and not self.cleaned_data.get("owner", "").strip():
            self.add_error("owner", _("だれがするのかを選ぶか、書いてください。"))

    def facts(self) -> TaskFacts:
        """What was typed, checked."""
        said = self.cleaned_data
        return TaskFacts(**{name: said[name] for name in ("text", "due_on", "member", "owner", "decision")})


def typed_task(task: Task) -> dict[str, Any]:
    """A task as the form shows it."""
    owner = "" if task.member_id else task.owner
    facts = {"text": task.text, "member": task.member_id, "owner": owner, "decision": task.decision_id}
    return facts | {"due_on": task.due_on.isoformat()}


class DoneForm(forms.Form):
    """What came of a task."""

    outcome = forms.CharField(label=_("どうなったか"), max_length=500, required=False)
