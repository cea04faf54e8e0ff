"""Reading what the secretariat types about meetings and about what was done; refusals stand beside their field."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from itoguchi.core.as_of import DayField
from itoguchi.network.actions import ActionFacts, MeetingFacts
from itoguchi.network.forms.fields import JapaneseSelect, KnownRowField
from itoguchi.network.models import Action, Body, Meeting

DAY = {"required": _("日を入れてください（例：2027-04-01、令和9年4月1日）。")}
DAY_HINT = _("例：2027-04-01、令和9年4月1日")
_PRESENTATION = re.compile(r"^[\s　・-]+(?P<speaker>[^「]+)「(?P<title>.+)」\s*$")


class MeetingForm(forms.Form):
    """A meeting: an item of the agenda is a line, a presentation under it an indented line with 「題名」."""

    body = KnownRowField(label=_("会議体"), queryset=Body.objects.all(), empty_label=None, widget=JapaneseSelect)
    number = forms.IntegerField(label=_("第何回"), min_value=1, max_value=999)
    held_on = DayField(label=_("開催日"), error_messages=DAY, help_text=DAY_HINT)
    starts = forms.TimeField(label=_("開始の時刻"), required=False, help_text=_("例：10:00"))
    ends = forms.TimeField(label=_("終了の時刻"), required=False, help_text=_("例：12:00"))
    place = forms.CharField(label=_("場所"), max_length=200, required=False, help_text=_("オンラインなら、そのように"))
    agenda = forms.CharField(
        label=_("議事と発表"),
        widget=forms.Textarea({"rows": 8, "lang": "ja"}),
        max_length=20_000,
        strip=False,
        help_text=_("議事は一行に一つ。発表は、その議事の下に字下げして「　山田構成員「題名」」の形で書きます。"),
    )
    results = forms.CharField(
        label=_("結果"),
        widget=forms.Textarea({"rows": 2, "lang": "ja"}),
        max_length=2000,
        required=False,
        help_text=_("一行に一つ"),
    )
    source = forms.CharField(label=_("出典"), max_length=300, required=False)
    why = forms.CharField(label=_("理由"), max_length=300, required=False, help_text=_("直すときは必ず書きます。"))
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1, max_value=2**31 - 1)

    def __init__(self, *args: Any, bodies: QuerySet[Body], **more: Any) -> None:
        super().__init__(*args, **more)
        field: Any = self.fields["body"]
        field.queryset = bodies

    def clean_agenda(self) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
        """Items with their presentations; what stands before the first item, or has no 「題名」, is named by its line."""
        items: list[tuple[str, list[tuple[str, str]]]] = []
        for number, line in enumerate(self.cleaned_data["agenda"].splitlines(), start=1):
            if not line.strip():
                continue
            if line[0] not in " 　\t・":
                items.append((_short(line.strip(), 300, number), []))
                continue
            found = _PRESENTATION.match(line)
            if not items or found is None:
                raise ValidationError(
                    _("%(line)s行目：発表は、議事の下に「　発表者「題名」」の形で書いてください。"),
                    params={"line": number},
                )
            items[-1][1].append((_short(found["speaker"].strip(), 100, number), _short(found["title"], 200, number)))
        return tuple((text, tuple(presentations)) for text, presentations in items)

    def facts(self) -> MeetingFacts:
        """What was typed, checked."""
        given = self.cleaned_data
        return MeetingFacts(
            body=given["body"],
            number=given["number"],
            held_on=given["held_on"],
            agenda=given["agenda"],
            results="\n".join(given["results"].splitlines()),
            source=given["source"],
            starts_at=_moment(given["held_on"], given["starts"]),
            ends_at=_moment(given["held_on"], given["ends"]),
            place=given["place"].strip(),
        )


def _moment(day: date, clock: time | None) -> datetime | None:
    return datetime.combine(day, clock, timezone.get_current_timezone()) if clock else None


def _short(text: str, most: int, line: int) -> str:
    if len(text) > most:
        raise ValidationError(
            _("%(line)s行目：長すぎます。%(most)s字までにしてください。"), params={"line": line, "most": most}
        )
    return text


def agenda_lines(meeting: Meeting) -> str:
    """An agenda as it is typed."""
    lines: list[str] = []
    for item in meeting.agenda.all():
        lines.append(item.text)
        lines += [f"　{each.speaker}「{each.title}」" for each in item.presentations.all()]
    return "\n".join(lines)


def typed(meeting: Meeting) -> dict[str, Any]:
    """A meeting as the form shows it."""
    return {
        "body": meeting.body_id,
        "number": meeting.number,
        "held_on": meeting.held_on.isoformat(),
        "agenda": agenda_lines(meeting),
        "results": meeting.results,
        "source": meeting.source,
        "starts": _clock(meeting.starts_at),
        "ends": _clock(meeting.ends_at),
        "place": meeting.place,
        "seen": meeting.version,
    }


def _clock(moment: datetime | None) -> str:
    return f"{timezone.localtime(moment):%H:%M}" if moment else ""


class ActionForm(forms.Form):
    """What was done about a clause."""

    day = DayField(label=_("日"), error_messages=DAY, help_text=DAY_HINT)
    text = forms.CharField(label=_("措置の内容"), widget=forms.Textarea({"rows": 3, "lang": "ja"}), max_length=2000)
    state = forms.ChoiceField(label=_("状態"), choices=Action.State.choices)
    owner = forms.CharField(label=_("担当"), max_length=100, required=False, help_text=_("例：総務省情報流通行政局"))
    due_on = DayField(
        label=_("次はいつまでに"), required=False, help_text=_("過ぎると、実施済になるまで遅れとして示します。")
    )
    evidence = forms.CharField(
        label=_("証拠（住所）"),
        max_length=500,
        required=False,
        help_text=_("報道資料などの https:// の住所か、このサイトの住所（例：/meetings/task-force-4）"),
    )
    source = forms.CharField(label=_("出典"), max_length=300, required=False)
    why = forms.CharField(label=_("理由"), max_length=300, required=False, help_text=_("直すときは必ず書きます。"))

    def facts(self) -> ActionFacts:
        """What was typed, checked."""
        given = self.cleaned_data
        return ActionFacts(
            given["day"],
            given["text"],
            given["state"],
            given["owner"],
            given["source"],
            given["due_on"],
            given["evidence"],
        )
