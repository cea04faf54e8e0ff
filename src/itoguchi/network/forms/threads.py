"""Reading what people type about threads: joining, letting in, terms, what runs in them, priorities, countermeasures, boxes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from itoguchi.accounts.models import Language, Membership, Organisation
from itoguchi.areas.models import Area, Block
from itoguchi.areas.queries import area_of_code
from itoguchi.core.as_of import DayField
from itoguchi.network.actions import MeasureFacts, ThingFacts, ThreadMemberFacts
from itoguchi.network.forms.meetings import DAY, DAY_HINT
from itoguchi.network.forms.opinions import REASON, JapaneseSelect, KnownRowField
from itoguchi.network.models import Body, Opinion, Strand, ThreadItem, ThreadMember, Topic
from itoguchi.roadmap.models import Field, Solution

JAPANESE = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
ADDRESS_HINT = _("このサイトにあるものの住所。例：/meetings/task-force-4")
ALL_HINT = _("選ばなければ、すべて。糸の布では、選んだところに出ます。")


class NamesSelect(forms.Select):
    """A choice among names, some of which are Japanese alone."""

    def create_option(self, name: str, value: Any, label: Any, *args: Any, **more: Any) -> dict[str, Any]:
        option: dict[str, Any] = super().create_option(name, value, label, *args, **more)
        if value not in (None, "") and JAPANESE.search(str(label)):
            option["attrs"]["lang"] = "ja"
        return option


class KnownRowsField(forms.ModelMultipleChoiceField):
    """Some of the rows; what the database can't even hold is no row."""

    def clean(self, value: Any) -> Any:
        if any("\x00" in str(each) for each in value or ()):
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice", params={"value": "?"})
        return super().clean(value)


class MemberForm(forms.Form):
    """What every member says: as what it takes part, where in the weave, and what it brings."""

    role = forms.ChoiceField(label=_("役割"), choices=ThreadMember.Role.choices, initial=ThreadMember.Role.MEMBER)
    in_fields = KnownRowsField(
        label=_("取り組む分野"),
        queryset=Field.objects.filter(kind=Field.Kind.FIELD, until=None),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=ALL_HINT,
    )
    in_blocks = KnownRowsField(
        label=_("取り組む地域"),
        queryset=Block.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("団体は自分の地域になります。参加組織が選ばなければ、全国。"),
    )
    brings = forms.CharField(
        label=_("取り組みたいこと・できること"),
        max_length=300,
        required=False,
        widget=forms.Textarea({"rows": 3, "lang": "ja"}),
        help_text=_("参加が認められると、構成員の一覧に載ります。300字まで。"),
    )

    def __init__(self, *args: Any, strand: Strand, **more: Any) -> None:
        super().__init__(*args, **more)
        if strand.field_id:
            del self.fields["in_fields"]
        if strand.block_id:
            del self.fields["in_blocks"]

    def facts_of(self, who: Area | Organisation) -> ThreadMemberFacts:
        """What was typed, of a body."""
        said = self.cleaned_data
        return ThreadMemberFacts(
            area=who if isinstance(who, Area) else None,
            organisation=who if isinstance(who, Organisation) else None,
            role=ThreadMember.Role(said["role"]),
            fields=[each.pk for each in said.get("in_fields", ())],
            blocks=[each.pk for each in said.get("in_blocks", ())],
            brings=said["brings"],
        )


class JoinForm(MemberForm):
    """A request to join for one of the bodies for which somebody speaks; the chair is named by who runs the thread."""

    office = forms.ChoiceField(label=_("どの団体・組織として"), widget=NamesSelect)
    reason = forms.CharField(
        label=_("運営者への一言"), max_length=1000, required=False, widget=forms.Textarea({"rows": 3, "lang": "ja"})
    )
    field_order = ("office", "role", "in_fields", "in_blocks", "brings", "reason")

    def __init__(self, *args: Any, offices: Sequence[Membership], **more: Any) -> None:
        super().__init__(*args, **more)
        self.offices = {str(each.pk): each for each in offices}
        field: Any = self.fields["office"]
        field.choices = [(key, str(each.target)) for key, each in self.offices.items()]
        if len(self.offices) == 1:
            field.widget, field.required = forms.HiddenInput(), False
        role: Any = self.fields["role"]
        role.choices = [each for each in ThreadMember.Role.choices if each[0] != ThreadMember.Role.CHAIR]

    def facts(self) -> ThreadMemberFacts:
        """What was typed."""
        who: Any = self.offices[self.cleaned_data["office"] or next(iter(self.offices))].target
        return self.facts_of(who)


class AdmitForm(MemberForm):
    """Somebody whom those who run a thread invite: an area by its code, or an organisation."""

    area_code = forms.CharField(label=_("団体コード"), max_length=10, required=False, help_text=_("例：282219"))
    organisation = KnownRowField(
        label=_("参加組織"),
        queryset=Organisation.objects.all(),
        required=False,
        widget=NamesSelect,
        empty_label=_("団体を招くとき"),
    )
    valid_from = DayField(label=_("いつから"), error_messages=DAY, help_text=DAY_HINT)
    valid_to = DayField(label=_("いつまで（任期）"), required=False, help_text=_("空なら、終わりを決めない。"))
    field_order = ("area_code", "organisation", "role", "valid_from", "valid_to")

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        code = (said.get("area_code") or "").strip()
        area = area_of_code(code) if code and "\x00" not in code else None
        if code and area is None:
            self.add_error("area_code", _("この団体コードはありません。6桁の団体コードを書いてください。"))
        elif (area is None) == (said.get("organisation") is None):
            raise ValidationError(_("団体か参加組織の、どちらか一つを選んでください。"))
        said["who"] = area or said.get("organisation")
        return said

    def facts(self) -> ThreadMemberFacts:
        """What was typed."""
        return self.facts_of(self.cleaned_data["who"])


class StrandForm(forms.Form):
    """Who runs a thread, and which body meets for it."""

    run_by = KnownRowField(
        label=_("運営する組織"),
        queryset=Organisation.objects.all(),
        required=False,
        widget=NamesSelect,
        empty_label=_("事務局・総合通信局等"),
        help_text=_("縦の糸では、分野を所管する府省など。ここに選んだ組織の担当者が、構成員を認め、糸を運営します。"),
    )
    body = KnownRowField(
        label=_("会合を開く会議体"),
        queryset=Body.objects.all(),
        required=False,
        widget=JapaneseSelect,
        empty_label=_("（なし）"),
        help_text=_("新しく作らず、すでにある会議体を選びます。その会合と公開の資料が、糸のページに載ります。"),
    )


class TermForm(forms.Form):
    """Role and term of a member."""

    role = forms.ChoiceField(label=_("役割"), choices=ThreadMember.Role.choices)
    valid_from = DayField(label=_("いつから"), error_messages=DAY, help_text=DAY_HINT)
    valid_to = DayField(label=_("いつまで（任期）"), required=False, help_text=_("空なら、終わりを決めない。"))
    why = forms.CharField(label=_("理由・意見"), max_length=300, required=False)

    def __init__(self, *args: Any, member: ThreadMember, today: date, **more: Any) -> None:
        more["initial"] = {
            "role": member.role,
            "valid_from": (member.valid_from or today).isoformat(),
            "valid_to": member.valid_to.isoformat() if member.valid_to else "",
        }
        super().__init__(*args, **more)
        if member.state == member.State.APPROVED:  # since when it takes part does not change any more
            del self.fields["valid_from"]
            self.fields["why"].required = True


class ThingForm(forms.Form):
    """Something that runs in a thread."""

    title = forms.CharField(label=_("題名"), max_length=200, widget=forms.TextInput({"lang": "ja"}))
    on = DayField(label=_("日"), error_messages=DAY, help_text=DAY_HINT)
    about = forms.CharField(label=_("どこにあるか（住所）"), max_length=300, required=False, help_text=ADDRESS_HINT)
    topic = KnownRowField(
        label=_("事項"),
        queryset=Topic.objects.all(),
        required=False,
        widget=JapaneseSelect,
        empty_label=_("事項の歩みには入れない"),
        help_text=_("選ぶと、その事項がたどった糸の歩みに入ります。"),
    )
    note = forms.CharField(
        label=_("どう扱ったか"), max_length=500, required=False, widget=forms.Textarea({"rows": 3, "lang": "ja"})
    )
    source = forms.CharField(label=_("出典"), max_length=300, required=False)

    def facts(self) -> ThingFacts:
        """What was typed."""
        return ThingFacts(**self.cleaned_data)


def said_of(item: ThreadItem) -> dict[str, Any]:
    """A thing as the form shows it, to put it in another thread too."""
    names = ("title", "about", "topic", "source")
    return {name: getattr(item, name) for name in names}


class PriorityForm(forms.Form):
    """A solution that a block pushes."""

    solution = KnownRowField(
        label=_("分野別モデル"),
        queryset=Solution.objects.filter(until=None).select_related("field"),
        widget=JapaneseSelect,
        empty_label=_("選んでください"),
    )
    reason = forms.CharField(
        label=_("この地域で重点とする理由"),
        max_length=500,
        widget=forms.Textarea({"rows": 4, "lang": "ja"}),
        error_messages=REASON,
    )
    since = DayField(label=_("いつから"), error_messages=DAY, help_text=DAY_HINT)


class MeasureForm(forms.Form):
    """What is done about an issue, who takes it and by when."""

    issue = KnownRowField(
        label=_("課題"), queryset=Opinion.objects.none(), widget=JapaneseSelect, empty_label=_("選んでください")
    )
    text = forms.CharField(label=_("対応策"), max_length=500, widget=forms.Textarea({"rows": 4, "lang": "ja"}))
    taken_by = KnownRowField(
        label=_("引き受ける構成員"),
        queryset=ThreadMember.objects.none(),
        required=False,
        widget=NamesSelect,
        empty_label=_("まだ決まっていない"),
    )
    due_on = DayField(label=_("いつまでに"), required=False, help_text=DAY_HINT)
    done_on = DayField(label=_("済んだ日"), required=False, help_text=_("まだなら空のまま。"))
    why = forms.CharField(label=_("理由"), max_length=300, required=False)

    def __init__(self, *args: Any, issues: Any, members: Any, is_new: bool, **more: Any) -> None:
        super().__init__(*args, **more)
        issue: Any = self.fields["issue"]
        taken_by: Any = self.fields["taken_by"]
        issue.queryset, taken_by.queryset = issues, members
        if is_new:
            del self.fields["why"]
            del self.fields["done_on"]
        else:
            del self.fields["issue"]

    def facts(self) -> MeasureFacts:
        """What was typed."""
        said = self.cleaned_data
        return MeasureFacts(
            text=said["text"], taken_by=said["taken_by"], due_on=said["due_on"], done_on=said.get("done_on")
        )


class BoxForm(forms.Form):
    """The shared box of a section of one of one's offices."""

    office = forms.ChoiceField(label=_("どの団体・組織の"), widget=NamesSelect)
    section = forms.CharField(label=_("課・係"), max_length=100, help_text=_("例：企画課"))
    email = forms.EmailField(label=_("共有のメール"), max_length=254)
    language = forms.ChoiceField(label=_("連絡の言語"), choices=Language.choices, widget=NamesSelect)

    def __init__(self, *args: Any, offices: Sequence[Membership], **more: Any) -> None:
        super().__init__(*args, **more)
        field: Any = self.fields["office"]
        field.choices, self.only = [(str(each.pk), str(each.target)) for each in offices], offices[0].pk
        if len(offices) == 1:
            field.widget, field.required = forms.HiddenInput(), False

    def clean_office(self) -> str:
        """The one there is, where there is no choice."""
        chosen: str = self.cleaned_data["office"]
        return chosen or str(self.only)
