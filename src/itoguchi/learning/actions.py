"""What people do with the human resources plan: load that of the reference data."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from itoguchi.core.actions import Entry, replace_search_entries
from itoguchi.core.calendar import format_date
from itoguchi.core.journal import journal
from itoguchi.learning.models import Group, Issue, Line, Link, Measure, Plan, Programme
from itoguchi.learning.queries import plans

Row = dict[str, Any]


@transaction.atomic
def load_plan(folder: Path) -> None:
    """Bring `talent_plan.yaml` in; loading again changes nothing that is the same."""
    given = yaml.safe_load((folder / "talent_plan.yaml").read_text(encoding="utf-8"))
    with journal(why=str(_("基準データの読み込み")), door="load_reference"):
        for row in given["plans"]:
            facts = {name: row[name] for name in ("name", "since", "not_published", "source")}
            plan = _keep(Plan, {"key": row["key"]}, facts | {"aim": "\n".join(row["aim"])})
            for order, issue in enumerate(row["issues"], start=1):
                _keep(Issue, {"key": issue["key"]}, {"plan": plan, "order": order, "text": issue["text"]})
            for order, programme in enumerate(row["programmes"], start=1):
                _load_programme(plan, order, programme)
            for order, link in enumerate(row["links"], start=1):
                facts = {"plan": plan, "order": order, "kind": link["kind"], "text": link["text"]}
                _keep(Link, {"key": link["key"]}, facts | {"programme_id": link.get("programme")})
    index_plan()


def index_plan() -> int:
    """Hand the plan, its programmes and its measures down to the search index."""
    return replace_search_entries("learning", _entries())


def _load_programme(plan: Plan, order: int, row: Row) -> None:
    facts = {"plan": plan, "order": order, "name": row["name"], "axis": row["axis"]}
    programme = _keep(Programme, {"key": row["key"]}, facts | {"audiences": row.get("audiences", [])})
    for place, each in enumerate(row["groups"], start=1):
        facts = {"programme": programme, "order": place, "name": each["name"], "targets": each["targets"]}
        group = _keep(Group, {"key": each["key"]}, facts | {"targets_on_page": each.get("targets_on_page", [])})
        for line_place, line_row in enumerate(each["lines"], start=1):
            facts = {"group": group, "order": line_place, "name": line_row["name"], "and_more": line_row["and_more"]}
            line = _keep(Line, {"key": line_row["key"]}, facts)
            for measure_place, text in enumerate(line_row["measures"], start=1):
                _keep(Measure, {"line": line, "order": measure_place}, {"text": text})


def _keep(model: type[models.Model], key: Row, facts: Row) -> Any:
    """The row of that key with those facts; one that is the same already is left alone."""
    row = model._default_manager.filter(**key).first()
    if row is None:
        return model._default_manager.create(**key, **facts)
    if any(getattr(row, name) != value for name, value in facts.items()):
        for name, value in facts.items():
            setattr(row, name, value)
        row.save()
    return row


def _entries() -> Iterator[Entry]:
    for plan in plans():
        yield Entry(
            key=plan.key,
            title=plan.name,
            detail=format_date(plan.since, "ja"),
            detail_en=format_date(plan.since, "en"),
            path=plan.address,
            reading=plan.key,
            text="\n".join([*plan.aim.splitlines(), *(issue.text for issue in plan.issues.all())]),
            words=(plan.key, plan.name, "人材プラン", *(issue.text for issue in plan.issues.all())),
        )
        for programme in plan.programmes.all():
            yield Entry(
                key=programme.key,
                title=programme.name,
                detail=programme.axis,
                path=programme.address,
                reading=programme.key,
                text="\n".join(programme.audiences),
                words=(programme.key, programme.name, programme.axis, *programme.audiences),
            )
            for group in programme.groups.all():
                for line in group.lines.all():
                    for measure in line.measures.all():
                        yield Entry(
                            key=measure.anchor,
                            title=measure.text,
                            detail=f"{programme.name} {line.name}",
                            path=measure.address,
                            reading=measure.anchor,
                            text=f"{group.name} {line.name}",
                            words=(measure.text, line.name, group.name),
                        )
