"""What people do with meetings: load those of the reference data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from itoguchi.core.actions import Entry, replace_search_entries
from itoguchi.core.calendar import format_date
from itoguchi.core.journal import journal
from itoguchi.network.models import AgendaItem, Body, Meeting, Presentation
from itoguchi.network.queries import meetings


@transaction.atomic
def load_meetings(folder: Path) -> None:
    """Bring `meetings.yaml` in; loading again changes nothing that is the same."""
    given = yaml.safe_load((folder / "meetings.yaml").read_text(encoding="utf-8"))
    with journal(why=str(_("基準データの読み込み")), door="load_reference"):
        for order, row in enumerate(given["bodies"], start=1):
            body = Body(key=row["key"], order=order, kind=row["kind"], name=row["name"])
            if Body.objects.filter(key=body.key, order=order, kind=body.kind, name=body.name).first() is None:
                body.save()
            for meeting in row["meetings"]:
                _load_meeting(body, meeting, row["source"])
    index_meetings()


def index_meetings() -> int:
    """Hand every meeting down to the search index."""
    return replace_search_entries("network", map(_entry, meetings()))


def _load_meeting(body: Body, row: dict[str, Any], source: str) -> None:
    slug = f"{body.key}-{row['number']}"
    facts = {"body": body, "number": row["number"], "held_on": row["held_on"], "source": source}
    wanted = [
        (item["text"], [(each["speaker"], each["title"]) for each in item.get("presentations", ())])
        for item in row["agenda"]
    ]
    meeting = meetings().filter(slug=slug).first()
    if meeting is None or any(getattr(meeting, name) != value for name, value in facts.items()):
        meeting, _created = Meeting.objects.update_or_create(slug=slug, defaults=facts)
    known = [
        (item.text, [(each.speaker, each.title) for each in item.presentations.all()]) for item in meeting.agenda.all()
    ]
    if known != wanted:
        meeting.agenda.all().delete()
        for order, (text, presentations) in enumerate(wanted, start=1):
            item = AgendaItem.objects.create(meeting=meeting, order=order, text=text)
            Presentation.objects.bulk_create(
                Presentation(item=item, order=place, speaker=speaker, title=title)
                for place, (speaker, title) in enumerate(presentations, start=1)
            )


def _entry(meeting: Meeting) -> Entry:
    titles = [each.title for item in meeting.agenda.all() for each in item.presentations.all()]
    return Entry(
        key=meeting.slug,
        title=f"{meeting.body.name} 第{meeting.number}回会合",
        path=meeting.address,
        reading=meeting.slug,
        detail=format_date(meeting.held_on, "ja"),
        detail_en=format_date(meeting.held_on, "en"),
        words=(
            meeting.slug,
            meeting.body.name,
            meeting.held_on.isoformat(),
            *(item.text for item in meeting.agenda.all()),
            *titles,
        ),
    )
