"""Bringing the reference records of the network in: what is the same, or was changed by people since, stays."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from django.db import models, transaction
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from itoguchi.areas.models import Block
from itoguchi.core.journal import LOADING, journal, touched_by_people
from itoguchi.network.actions.entries import index_network
from itoguchi.network.actions.meetings import MeetingFacts, facts_of, write_meeting
from itoguchi.network.actions.threads import open_strand
from itoguchi.network.models import (
    Action,
    AgendaItem,
    Body,
    Clause,
    Example,
    Meeting,
    Member,
    NamedBody,
    Opinion,
    Paper,
    PointAtIssue,
    Recommendation,
    Strand,
    Thread,
    Topic,
)
from itoguchi.network.queries import meetings
from itoguchi.roadmap.models import Field


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
        _load_recommendations(asked)
        _open_strands()
        _load_people(people)
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


def _open_strands() -> None:
    """The threads where they run: one of each field in force, one nationwide, one of each block."""
    threads = Thread.objects.in_bulk()
    there = set(Strand.objects.values_list("pk", flat=True))
    places: list[tuple[str, dict[str, Any]]] = [("horizontal", {})]
    places += [("vertical", {"field": each}) for each in Field.objects.filter(kind=Field.Kind.FIELD, until=None)]
    places += [("diagonal", {"block": each}) for each in Block.objects.all()]
    for thread, place in places:
        if "-".join([thread, *(each.pk for each in place.values())]) not in there:
            open_strand(threads[thread], **place, by=None)


def _load_people(given: Mapping[str, Any]) -> None:
    for group in given["members"]:
        for order, row in enumerate(group["people"], start=1):
            facts = {"field": "", "affiliation": "", "post": "", "named_in": "", "since": group.get("since")} | row
            slug = facts.pop("slug")
            _keep(Member, {"slug": slug}, facts | {"body_id": group["body"], "order": order, "source": given["source"]})
    named = given["named_bodies"]
    for order, row in enumerate(named["bodies"], start=1):
        facts = {"since": named["since"], "source": given["source"], "strand_id": row.get("strand")} | row
        facts.pop("strand", None)
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
            _load_opinion(PointAtIssue.objects.get(slug=slug))


def _load_opinion(point: PointAtIssue) -> None:
    """A point at issue is an opinion too, which waits for its answer; until then it is found as the point alone."""
    facts = {
        "kind": Opinion.Kind.ISSUE,
        "said_on": point.since,
        "title": Truncator(point.text).chars(100),
        "text": point.text,
        "subject": f"/topics/{point.topic_id}",
        "moderation": Opinion.Moderation.PASSED,
        "moderated_on": point.since,
        "sorted_on": point.since,
    }
    _keep(Opinion, {"heard_at": point.address, "origin": Opinion.Origin.MEETING}, facts)


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
        write_meeting(meeting or Meeting(slug=slug), facts)
