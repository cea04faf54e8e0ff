"""The sample world, enlarged: copies of its records until there are as many as bounds speak of."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

SCHEMES, NEEDS = 5_000, 20_000
ORGANISATIONS, MEETINGS, OPINIONS, CASES = 2_000, 5_000, 50_000, 5_000
BODIES = 40  # copies of each
AREAS = "CROSS JOIN (SELECT array_agg(id ORDER BY code) AS ids FROM areas_area WHERE kind <> 'prefecture') areas"
SPREAD = "areas.ids[1 + (n * 7919 + t.id) % array_length(areas.ids, 1)]"  # over the municipalities
NUMBERED = "{0} || '-' || n"


def enlarge() -> None:
    """Copy schemes, needs, organisations, meetings, opinions and cases of the sample with all that belongs to them."""
    from itoguchi.accounts.models import Organisation
    from itoguchi.cases.actions import index_cases
    from itoguchi.cases.models import Case
    from itoguchi.core.actions import analyze_tables
    from itoguchi.network.actions import index_network
    from itoguchi.network.models import Meeting, Opinion, ThreadMember
    from itoguchi.support.actions import index_needs, index_schemes
    from itoguchi.support.models import Need, Scheme

    _copy_schemes()
    times = _times(Need, NEEDS)
    _copy(Need, times, f"{AREAS} WHERE t.state <> 'merged'", area_id=SPREAD)
    name = NUMBERED.format("t.name")
    _copy(Organisation, _times(Organisation, ORGANISATIONS), name=name, corporate_number="''")
    _copy_meetings()
    _copy(Opinion, _times(Opinion, OPINIONS), said_on="t.said_on - n % 700", fingerprint="''", decision_id="NULL")
    _copy_cases()
    _join_threads()
    for index in (index_schemes, index_needs, index_network, index_cases):
        index()
    analyze_tables()
    counts = (
        f"{each.objects.count():,} {each._meta.model_name}"
        for each in (Scheme, Need, Organisation, Meeting, Opinion, Case, ThreadMember)
    )
    print(", ".join(counts), "(見本)")


def _times(model: Any, most: int) -> int:
    """How often all rows are copied until there are as many."""
    known = model.objects.count()
    return -(-(most - known) // known)


def _copy(model: Any, times: int, source: str = "", **changed: str) -> None:
    """Insert each row (`t`) so many times (`n`); columns `changed` by SQL."""
    from django.db import connection

    names = {field.column: f't."{field.column}"' for field in model._meta.concrete_fields if not field.primary_key}
    names |= changed
    into = ", ".join(f'"{name}"' for name in names)
    of, table = ", ".join(names.values()), model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{table}" ({into}) SELECT {of} FROM generate_series(1, {times}) n CROSS JOIN "{table}" t {source}'
        )


def _copy_schemes() -> None:
    from itoguchi.support.models import Scheme

    sample = Scheme.objects.filter(origin=Scheme.Origin.SAMPLE).count()
    times = -(-(SCHEMES - sample) // sample)
    year = (
        "JOIN support_schemeyear old ON old.id = t.year_id JOIN support_schemeyear new ON new.fiscal_year ="
        " old.fiscal_year WHERE new.scheme_id = old.scheme_id || '-' || n"
    )
    of_sample, theirs = "WHERE t.origin = 'sample' AND n > 0", "WHERE t.scheme_id ~ '^sample-[0-9]+$'"
    key, name = NUMBERED.format("t.key"), NUMBERED.format("t.name")
    _copy(Scheme, times, of_sample, key=key, name=name, origin_key=key)
    for name in ("steps", "years"):
        _copy(Scheme._meta.get_field(name).related_model, times, theirs, scheme_id=NUMBERED.format("t.scheme_id"))
    for name in ("fields", "solutions"):
        _copy(getattr(Scheme, name).through, times, theirs, scheme_id=NUMBERED.format("t.scheme_id"))
    for name in ("rates", "windows"):
        years: Any = Scheme._meta.get_field("years").related_model
        _copy(years._meta.get_field(name).related_model, times, year, year_id="new.id")


def _copy_meetings() -> None:
    """Meetings with agenda and papers, over some nine years, of a hundred bodies and more."""
    from itoguchi.network.models import AgendaItem, Body, Meeting, Paper

    _copy(Body, BODIES, key=NUMBERED.format("t.key"), name=NUMBERED.format("t.name"), order="t.order + n * 100")
    times, slug = _times(Meeting, MEETINGS), NUMBERED.format("t.slug")
    body = f"t.body_id || '-' || (1 + n % {BODIES})"
    _copy(Meeting, times, slug=slug, body_id=body, number="t.number + n * 20", held_on="t.held_on - n * 7 % 3300")
    copied = (
        "JOIN network_meeting old ON old.id = t.meeting_id JOIN network_meeting new ON new.slug = old.slug || '-' || n"
    )
    _copy(AgendaItem, times, copied, meeting_id="new.id")
    _copy(Paper, times, copied, meeting_id="new.id", slug=slug)


def _copy_cases() -> None:
    """Cases with figures and costs, spread over the municipalities."""
    from itoguchi.cases.models import Case, CaseCost, CaseFigure

    times = _times(Case, CASES)
    _copy(Case, times, AREAS, area_id=SPREAD, title=NUMBERED.format("t.title"))
    copied = "JOIN cases_case old ON old.id = t.case_id JOIN cases_case new ON new.title = old.title || '-' || n"
    for model in (CaseFigure, CaseCost):
        _copy(model, times, copied, case_id="new.id")


def _join_threads() -> None:
    """Every second municipality in the thread of its block, and every organisation in one of the threads."""
    from itoguchi.accounts.models import Organisation
    from itoguchi.areas.models import Area
    from itoguchi.network.models import Strand, ThreadMember

    day = timezone.localdate()
    term = {"state": ThreadMember.State.APPROVED, "asked_on": day, "valid_from": day}
    of_block = {each.block_id: each for each in Strand.objects.filter(thread="diagonal")}
    strands = list(Strand.objects.order_by("key"))
    inside = set(ThreadMember.objects.values_list("strand", "area", "organisation"))
    joined = [
        ThreadMember(strand=of_block[area.block_id], area=area, **term)
        for area in Area.objects.exclude(kind="prefecture").order_by("code")[::2]
    ]
    joined += [
        ThreadMember(strand=strands[number % len(strands)], organisation=each, **term)
        for number, each in enumerate(Organisation.objects.order_by("pk"))
    ]
    ThreadMember.objects.bulk_create(
        each for each in joined if (each.strand_id, each.area_id, each.organisation_id) not in inside
    )
