"""What people do in the network: load the reference records, enter and correct meetings, record what was done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from itoguchi.core.actions import Entry, replace_search_entries
from itoguchi.core.calendar import format_date
from itoguchi.core.journal import LOADING, journal, touched_by_people
from itoguchi.network.models import (
    Action,
    AgendaItem,
    Body,
    Clause,
    Example,
    Meeting,
    Member,
    NamedBody,
    Paper,
    PointAtIssue,
    Presentation,
    Recommendation,
    Thread,
    Topic,
)
from itoguchi.network.queries import meetings

if TYPE_CHECKING:
    from itoguchi.accounts.models import Account

LONGEST = 300  # of a title, and of a word by whose beginning it is found


@dataclass(frozen=True, slots=True)
class MeetingFacts:
    """Everything that is entered of a meeting; an item is its text with (speaker, title) of each presentation."""

    body: Body
    number: int
    held_on: date
    agenda: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    results: str = ""
    source: str = ""


@transaction.atomic
def load_meetings(folder: Path) -> None:
    """Bring the files of `folder` in; loading again changes nothing that is the same or that people changed since."""
    given, people, asked = (
        yaml.safe_load((folder / f"{name}.yaml").read_text(encoding="utf-8"))
        for name in ("meetings", "members", "recommendation")
    )
    with journal(why=str(_("基準データの読み込み")), door=LOADING):
        touched = touched_by_people(Meeting) | touched_by_people(AgendaItem, "meeting_id")
        about = {row["key"]: row for row in people["bodies"]}
        for order, row in enumerate(given["bodies"], start=1):
            told = about.get(row["key"], {})
            facts = {"order": order, "kind": row["kind"], "name": row["name"], "purpose": told.get("purpose", "")}
            facts |= {"questions": "\n".join(told.get("questions", ())), "source": told.get("source", "")}
            _keep(Body, {"key": row["key"]}, facts)
            body = Body.objects.get(key=row["key"])
            for meeting in row["meetings"]:
                _load_meeting(body, meeting, row["source"], touched)
        _load_people(people)
        _load_recommendations(asked)
    index_network()


def _keep(model: type[models.Model], key: Mapping[str, Any], facts: Mapping[str, Any]) -> None:
    """Write a row when it is new or says something else and nobody changed it since."""
    found = model._default_manager.filter(**key).first()
    if found is None:
        model._default_manager.create(**key, **facts)
    elif any(getattr(found, name) != value for name, value in facts.items()):
        if found.pk not in touched_by_people(model):
            for name, value in facts.items():
                setattr(found, name, value)
            found.save()


def _load_people(given: Mapping[str, Any]) -> None:
    for group in given["members"]:
        for order, row in enumerate(group["people"], start=1):
            facts = {"field": "", "affiliation": "", "post": "", "named_in": "", "since": group.get("since")} | row
            slug = facts.pop("slug")
            _keep(Member, {"slug": slug}, facts | {"body_id": group["body"], "order": order, "source": given["source"]})
    named = given["named_bodies"]
    for order, row in enumerate(named["bodies"], start=1):
        facts = {"since": named["since"], "source": given["source"]} | row
        _keep(NamedBody, {"slug": facts.pop("slug")}, facts | {"order": order})
    examples = given["examples"]
    for order, row in enumerate(examples["rows"], start=1):
        facts = {
            "text": "",
            "since": examples["since"],
            "source": examples["source"],
            "body_id": examples["body"],
        } | row
        _keep(Example, {"slug": facts.pop("slug")}, facts | {"order": order})
    for order, row in enumerate(given["papers"], start=1):
        meeting = Meeting.objects.get(slug=row["meeting"])
        facts = {"text": "", "number": "", "introduction": "", "since": meeting.held_on} | row
        facts |= {"meeting": meeting, "order": order}
        _keep(Paper, {"slug": facts.pop("slug")}, facts)


def _load_recommendations(given: Mapping[str, Any]) -> None:
    source = {"source": given["source"]}
    for order, row in enumerate(given["threads"]["rows"], start=1):
        facts = {"note": "", "since": given["threads"]["since"]} | row | source | {"order": order}
        facts["jobs"] = "\n".join(row["jobs"])
        _keep(Thread, {"key": facts.pop("key")}, facts)
    for order, row in enumerate(given["topics"]["rows"], start=1):
        facts = {"since": given["topics"]["since"], "name": row["name"], "text": row["text"], "order": order} | source
        _keep(Topic, {"key": row["key"]}, facts)
        _load_points(row, source)
    # An action is loaded once: people may have corrected it or taken it back since.
    actions: Any = Action
    events = actions.pgh_event_model
    loaded = set(events.objects.filter(pgh_label="insert").values_list("clause_id", "day", "text"))
    for row in given["recommendations"]:
        meeting = Meeting.objects.get(slug=row["meeting"])
        facts = {"name": row["name"], "since": row["since"], "meeting": meeting} | source
        _keep(Recommendation, {"key": row["key"]}, facts)
        for order, clause in enumerate(row["clauses"], start=1):
            _load_clause(row["key"], order, clause, source, loaded)


def _load_points(topic: Mapping[str, Any], source: dict[str, str]) -> None:
    order = 0
    for group in topic.get("points", {}).get("groups", ()):
        for place, text in enumerate(group["points"], start=1):
            order += 1
            slug = f"{topic['key']}-{group['heading'].partition('.')[0]}-{place}"
            facts = {"topic_id": topic["key"], "order": order, "heading": group["heading"], "text": text}
            _keep(PointAtIssue, {"slug": slug}, facts | source | {"since": topic["points"]["since"]})


def _load_clause(
    recommendation: str, order: int, row: Mapping[str, Any], source: dict[str, str], loaded: set[tuple[Any, ...]]
) -> None:
    facts = {name: row[name] for name in ("number", "heading", "text")} | {"order": order}
    facts |= {"recommendation_id": recommendation, "thread_id": row.get("thread"), "topic_id": row.get("topic")}
    _keep(Clause, {"slug": row["slug"]}, facts)
    clause = Clause.objects.get(slug=row["slug"])
    for each in row.get("actions", ()):
        if (clause.pk, each["day"], each["text"]) not in loaded:
            Action.objects.create(clause=clause, is_derived=True, **each, **source)


def _load_meeting(body: Body, row: dict[str, Any], source: str, touched: set[Any]) -> None:
    slug = f"{body.key}-{row['number']}"
    facts = MeetingFacts(
        body=body,
        number=row["number"],
        held_on=row["held_on"],
        agenda=tuple(
            (item["text"], tuple((each["speaker"], each["title"]) for each in item.get("presentations", ())))
            for item in row["agenda"]
        ),
        results="\n".join(row.get("results", ())),
        source=source,
    )
    meeting = meetings().filter(slug=slug).first()
    if meeting is None or (meeting.pk not in touched and facts_of(meeting) != facts):
        _write(meeting or Meeting(slug=slug), facts)


def facts_of(meeting: Meeting) -> MeetingFacts:
    """What is said of a meeting now."""
    agenda = tuple(
        (item.text, tuple((each.speaker, each.title) for each in item.presentations.all()))
        for item in meeting.agenda.all()
    )
    return MeetingFacts(meeting.body, meeting.number, meeting.held_on, agenda, meeting.results, meeting.source)


def _write(meeting: Meeting, facts: MeetingFacts) -> None:
    """Write a meeting; its agenda is written anew when it says something else."""
    known = facts_of(meeting).agenda if meeting.pk else None
    meeting.body, meeting.number, meeting.held_on = facts.body, facts.number, facts.held_on
    meeting.results, meeting.source = facts.results, facts.source
    meeting.save()
    if known == facts.agenda:
        return
    meeting.agenda.all().delete()
    for order, (text, presentations) in enumerate(facts.agenda, start=1):
        item = AgendaItem.objects.create(meeting=meeting, order=order, text=text)
        Presentation.objects.bulk_create(
            Presentation(item=item, order=place, speaker=speaker, title=title)
            for place, (speaker, title) in enumerate(presentations, start=1)
        )


@transaction.atomic
def enter_meeting(facts: MeetingFacts, *, by: Account, why: str = "") -> Meeting:
    """Put a new meeting on record; raises ValidationError for a number that its body already has."""
    _check(facts, None)
    meeting = Meeting(slug=f"{facts.body.key}-{facts.number}")
    with journal(by=by, why=why):
        _write(meeting, facts)
    index_network()
    return meeting


@transaction.atomic
def correct_meeting(meeting: Meeting, facts: MeetingFacts, *, by: Account, why: str) -> Meeting:
    """Correct what is on record of a meeting; its address stays what it was."""
    locked = Meeting.objects.select_for_update().get(pk=meeting.pk)
    _check(facts, locked)
    if not why.strip():
        raise ValidationError({"why": _("なぜ直すのかを書いてください。")})
    with journal(by=by, why=why):
        _write(locked, facts)
    index_network()
    return locked


def _check(facts: MeetingFacts, known: Meeting | None) -> None:
    problems: dict[str, Any] = {}
    same = Meeting.objects.filter(body=facts.body, number=facts.number).first()
    if same is not None and same != known:
        problems["number"] = _("この会議体には、同じ回の会合がすでにあります。回を確かめてください。")
    if not facts.agenda:
        problems["agenda"] = _("議事を一つ以上書いてください。")
    if problems:
        raise ValidationError(problems)


@dataclass(frozen=True, slots=True)
class ActionFacts:
    """What is said of something done about a clause."""

    day: date
    text: str
    state: str
    owner: str = ""
    source: str = ""


@transaction.atomic
def record_action(clause: Clause, facts: ActionFacts, *, by: Account, why: str = "") -> Action:
    """Put on record what was done about a clause; from its day on, its state is the clause's."""
    with journal(by=by, why=why):
        action = Action(clause=clause)
        _write_action(action, facts)
    return action


@transaction.atomic
def correct_action(action: Action, facts: ActionFacts, *, by: Account, why: str) -> Action:
    """Correct what is on record of an action."""
    locked = Action.objects.select_for_update().get(pk=action.pk)
    if not why.strip():
        raise ValidationError({"why": _("なぜ直すのかを書いてください。")})
    with journal(by=by, why=why):
        _write_action(locked, facts)
    return locked


@transaction.atomic
def take_back_action(action: Action, *, by: Account, why: str) -> None:
    """Take an action off the record that was entered by mistake; the journal keeps it."""
    if not why.strip():
        raise ValidationError({"why": _("なぜ取り消すのかを書いてください。")})
    with journal(by=by, why=why):
        action.delete()


def _write_action(action: Action, facts: ActionFacts) -> None:
    action.day, action.text, action.state = facts.day, facts.text, facts.state
    action.owner, action.source, action.is_derived = facts.owner, facts.source, False
    action.full_clean()
    action.save()


def index_network() -> int:
    """Hand meetings, papers, clauses, topics with their points, threads and members down to the search index."""
    return replace_search_entries("network", _entries())


def _entries() -> Iterator[Entry]:
    yield from map(_entry, meetings())
    for paper in Paper.objects.select_related("meeting"):
        yield _entry_of(paper, f"資料（{paper.provider}）", "paper", paper.theme, paper.introduction, paper.text)
    for clause in Clause.objects.all():
        yield _entry_of(clause, "提言の項目", "clause of a recommendation", clause.heading, clause.text)
    for topic in Topic.objects.all():
        yield _entry_of(topic, "検討を加速すべき事項", "topic to speed up", topic.text)
    for point in PointAtIssue.objects.all():
        yield _entry_of(point, "論点", "point at issue", point.heading, point.text)
    for thread in Thread.objects.all():
        yield _entry_of(thread, "糸", "thread", thread.members, thread.jobs)
    for member in Member.objects.all():
        yield _entry_of(member, "構成員", "member", member.affiliation, member.post)


def _entry_of(
    row: Paper | Clause | Topic | PointAtIssue | Thread | Member, detail: str, detail_en: str, *texts: str
) -> Entry:
    title = row.name if isinstance(row, Topic | Thread | Member) else str(row)
    key = row.address.strip("/")
    return Entry(
        key=key,
        title=title[:LONGEST],
        path=row.address,
        reading=key,
        detail=detail[:LONGEST],
        detail_en=detail_en,
        text="\n".join(filter(None, texts)),
        words=tuple(word[:LONGEST] for word in (title, *texts)),
    )


def _entry(meeting: Meeting) -> Entry:
    said = [item.text for item in meeting.agenda.all()]
    said += [f"{each.title}（{each.speaker}）" for item in meeting.agenda.all() for each in item.presentations.all()]
    return Entry(
        key=meeting.slug,
        title=f"{meeting.body.name} 第{meeting.number}回会合",
        path=meeting.address,
        reading=meeting.slug,
        detail=format_date(meeting.held_on, "ja"),
        detail_en=format_date(meeting.held_on, "en"),
        text="\n".join([*said, *meeting.result_lines]),
        words=(
            meeting.slug,
            meeting.body.name,
            meeting.held_on.isoformat(),
            *(item.text for item in meeting.agenda.all()),
            *(each.title for item in meeting.agenda.all() for each in item.presentations.all()),
        ),
    )
