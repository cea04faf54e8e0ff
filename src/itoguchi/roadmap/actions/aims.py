"""What people do with the roadmap: load that of the reference data, record how far a KPI has come."""

from __future__ import annotations

from collections.abc import Container, Iterator
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from itoguchi.core.actions import Entry, replace_search_entries
from itoguchi.core.calendar import DatedTo
from itoguchi.core.journal import journal
from itoguchi.roadmap.access import can_record_readings
from itoguchi.roadmap.models import (
    Barrier,
    Edition,
    ExpectedEffect,
    Field,
    Kpi,
    Milestone,
    Noun,
    Reading,
    Revision,
    RevisionItem,
    Solution,
    Target,
    Unit,
)
from itoguchi.roadmap.queries import all_kpis, spoken_words
from itoguchi.roadmap.queries.revisions import content_in_force

if TYPE_CHECKING:
    from itoguchi.accounts.models import Account

Row = dict[str, Any]


@transaction.atomic
def load_roadmap(folder: Path) -> None:
    """Bring `roadmap.yaml` in; loading again changes nothing that is the same and takes nothing away.

    What a published revision has changed since stays as it was revised.
    """
    given = yaml.safe_load((folder / "roadmap.yaml").read_text(encoding="utf-8"))
    with journal(why=str(_("基準データの読み込み")), door="load_reference"):
        for row in given["editions"]:
            _keep(
                Edition,
                {"key": row["key"]},
                _dated("published", row["published"])
                | {"agreed_on": row.get("agreed_on"), "note": row["note"], "source": row["source"]},
            )
        published = RevisionItem.objects.filter(revision__state=Revision.State.PUBLISHED)
        revised = set(published.values_list("noun", "key"))
        _load_fields(given["fields"], revised)
        _load_solutions(given["solutions"], revised)
        for row in [*given["kpis"], *_unpublished(given)]:
            if (Noun.KPI, row["key"]) not in revised:
                _load_kpi(row)
        for row in given["milestones"]:
            _keep(
                Milestone,
                {"kpi_id": row["kpi"], "text": row["text"]},
                _dated("by", row["by"]) | {"source": row["source"]},
            )
        for order, row in enumerate(given["barriers"], start=1):
            _keep(
                Barrier,
                {"key": row["key"]},
                {"order": order, "name": row["name"], "source": given["barriers_source"]},
            )
        for row in given["expected_effects"]:
            _keep(
                ExpectedEffect,
                {"field_id": row.get("field"), "fiscal_year": row["fiscal_year"]},
                {name: row.get(name) for name in ("output_yen", "jobs", "ict_investment_yen", "ict_jobs")}
                | {"source": given["expected_effects_source"]},
            )
        for edition in Edition.objects.filter(content={}):
            held = content_in_force(edition.published)  # which KPIs it stated, no source tells
            edition.content = {noun: held[noun] for noun in ("fields", "solutions")}
            edition.save()
    index_roadmap()


@transaction.atomic
def record_reading(
    kpi: Kpi,
    *,
    at: DatedTo,
    value: Decimal,
    source: str,
    today: date,
    by: Account | None,
    count: int | None = None,
    note: str = "",
) -> Reading:
    """Write down what a KPI had come to at a time, as a source gives it; a time has one value.

    Raises PermissionDenied without the right, ValidationError for a KPI that was never published, a time to come, a
    share that can't be, or a time that has a value already.
    """
    if by and not can_record_readings(by):
        raise PermissionDenied(_("実績値を登録できるのは事務局だけです。"))
    problems: dict[str, Any] = {}
    if not kpi.is_published:
        problems["value"] = _("このKPIは公表されていません。名称と単位が公表されてから登録してください。")
    if at.day > today:
        problems["at"] = _("まだ来ていない時点の実績値は登録できません。")
    if value < 0 or (kpi.unit in {Unit.PERCENT, Unit.PERCENT_OF_POPULATION} and value > 100):
        problems["value"] = _("0以上、割合は100までの値にしてください。")
    if not source.strip():
        problems["source"] = _("出典を書いてください。")
    if problems:
        raise ValidationError(problems)
    reading = Reading(
        kpi=kpi, at=at.last_day, at_precision=at.precision.value, value=value, count=count, note=note, source=source
    )
    reading.full_clean()
    with journal(by=by, why=str(_("実績値の登録"))):
        reading.save()
    return reading


def index_roadmap() -> int:
    """Hand every edition, field, solution and KPI down to the search index."""
    return replace_search_entries("roadmap", _entries())


def _load_fields(rows: list[Row], revised: Container[tuple[str, str]]) -> None:
    for order, row in enumerate(rows, start=1):
        if (Noun.FIELD, row["key"]) in revised:
            continue
        kind = row.get("kind", Field.Kind.FIELD.value)
        facts = {"order": order, "kind": kind, "name": row["name"], "since_id": row["since"]}
        _keep(Field, {"key": row["key"]}, facts)


def _load_solutions(rows: list[Row], revised: Container[tuple[str, str]]) -> None:
    for order, row in enumerate(rows, start=1):
        if (Noun.SOLUTION, row["key"]) in revised:
            continue
        facts = {
            "field_id": row["field"],
            "order": order,
            "name": row["name"],
            "since_id": row["since"],
            "field_is_derived": row.get("field_is_derived", False),
            "source": row.get("source", ""),
        }
        _keep(Solution, {"key": row["key"]}, facts)


def _unpublished(given: Row) -> Iterator[Row]:
    """The roadmap has a KPI for each solution: those that no source names are kept without a name."""
    named = {row.get("solution") for row in given["kpis"]}
    yield from ({"key": row["key"], "solution": row["key"]} for row in given["solutions"] if row["key"] not in named)


def _load_kpi(row: Row) -> None:
    texts = {name: row.get(name, "") for name in ("name", "definition", "unit", "count_unit", "source")}
    facts = {name: row.get(name) for name in ("denominator", "stated_on")} | {"solution_id": row.get("solution")}
    kpi = _keep(Kpi, {"key": row["key"]}, texts | facts)
    for order, target in enumerate(row.get("targets", ()), start=1):
        _keep(
            Target,
            {"kpi": kpi, "order": order},
            {"value": _decimal(target["value"]), "unit": target.get("unit", row["unit"])} | _dated("by", target["by"]),
        )
    for reading in row.get("readings", ()):
        when = _dated("at", reading["at"])
        facts = {
            "value": _value_of(reading, row),
            "is_derived": "value" not in reading,
            "is_baseline": reading.get("is_baseline", False),
            "count": reading.get("count"),
            "note": reading.get("note", ""),
            "source": row.get("readings_source", row["source"]),
        }
        _keep(Reading, {"kpi": kpi} | when, facts)


def _value_of(reading: Row, kpi: Row) -> Decimal:
    """The value as published, else the share that a published count is of the denominator, to one decimal."""
    if "value" in reading:
        return _decimal(reading["value"])
    count, denominator = Decimal(reading["count"]), Decimal(kpi["denominator"])
    return round(100 * count / denominator, 1)


def _decimal(number: float) -> Decimal:
    return Decimal(str(number))


def _dated(name: str, written: object) -> dict[str, Any]:
    """A date of the file as the two columns that keep it."""
    known = DatedTo.read(str(written))
    return {name: known.last_day, f"{name}_precision": known.precision.value}


def _keep(model: type[models.Model], key: dict[str, Any], facts: dict[str, Any]) -> Any:
    """The row of that key with those facts; one that is the same already is left alone."""
    rows = model._default_manager
    empty = {f"{name}__isnull": True for name, value in key.items() if value is None}
    row = rows.filter(**empty, **{name: value for name, value in key.items() if value is not None}).first()
    if row is None:
        return rows.create(**key, **facts)
    if any(getattr(row, name) != value for name, value in facts.items()):
        for name, value in facts.items():
            setattr(row, name, value)
        row.save()
    return row


def _entries() -> Iterator[Entry]:
    for edition in Edition.objects.all():
        yield Entry(
            key=f"edition-{edition.key}",
            title=f"地域IoT実装推進ロードマップ {edition.when.format('ja')}版",
            title_en=f"Roadmap, edition of {edition.when.format('en')}",
            path=edition.address,
            reading=edition.key,
            words=(edition.key, "ロードマップ", "地域IoT実装推進ロードマップ", "roadmap"),
        )
    spoken = cache(spoken_words)
    for field in Field.objects.all():
        yield Entry(
            key=f"field-{field.key}",
            title=field.name,
            detail="ロードマップの基盤" if field.is_foundation else "ロードマップの分野",
            detail_en="foundation of the roadmap" if field.is_foundation else "field of the roadmap",
            path=field.address,
            reading=field.key,
            text=spoken(field),
            words=(field.key, *field.name.split("・"), field.name),
        )
    for solution in Solution.objects.select_related("field"):
        yield Entry(
            key=f"solution-{solution.key}",
            title=solution.name,
            detail=f"分野別モデル（{solution.field.name}）",
            detail_en="solution of the roadmap",
            path=solution.address,
            reading=solution.key,
            text=spoken(solution.field),
            words=(solution.key, solution.name, *solution.name.split("・")),
        )
    for kpi in all_kpis().exclude(name=""):
        yield Entry(
            key=f"kpi-{kpi.key}",
            title=kpi.name,
            detail="KPI",
            detail_en="KPI",
            path=kpi.address,
            reading=kpi.key,
            text="\n".join(filter(None, [kpi.definition, kpi.solution.name if kpi.solution else ""])),
            words=(kpi.key, kpi.name, "KPI", *((kpi.solution.name,) if kpi.solution else ())),
        )
