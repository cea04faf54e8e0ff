"""The weave of the threads: for each field and block who takes part, what runs, what is open, and who could fill what is empty."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Count, Max, OuterRef, Q, Value, When, Window

from itoguchi.accounts.models import Organisation
from itoguchi.areas.models import Area, Block
from itoguchi.core.remembered import remembered
from itoguchi.network.access import PUBLIC, VISITOR, posts_visible_to
from itoguchi.network.models import Meeting, Opinion, Strand, ThreadItem, ThreadMember
from itoguchi.network.queries.councils import ON_THE_WAY, RUNS
from itoguchi.network.queries.opinions import OPEN, with_state
from itoguchi.network.queries.threads import SECTORS, on_day
from itoguchi.network.queries.threads import strands as every_strand
from itoguchi.roadmap.models import Field, Level, Solution, StageChange
from itoguchi.roadmap.queries import in_force, open_changes, tallies

NAMED = 50  # organisations and issues that a crossing names
Place = tuple[str, str]  # field's key, block's key
Body = tuple[str, int]  # "area" or the kind of an organisation, and its key


@dataclass(frozen=True, slots=True)
class Cell:
    """One field in one block on a day. `could_areas`, `could_organisations`: who takes no part there and could."""

    field: Field
    block: Block
    sectors: tuple[tuple[str, int], ...]  # (kind of body, how many), only those present
    running: int
    on_the_way: int
    issues: int
    last: date | None
    could_areas: int
    could_organisations: int

    @property
    def members(self) -> int:
        return sum(number for _kind, number in self.sectors)

    @property
    def sectors_named(self) -> list[tuple[Any, int]]:
        return [(SECTORS[kind], number) for kind, number in self.sectors]


@dataclass(frozen=True, slots=True)
class Weave:
    """The table: fields in their order, for each its cells in the order of blocks; and who takes part in whole threads."""

    blocks: tuple[Block, ...]
    rows: tuple[tuple[Field, tuple[Cell, ...]], ...]
    of_field: dict[str, int]  # members of a field that name no block
    of_block: dict[str, int]  # members of a block that name no field
    everywhere: int  # members of the horizontal thread that name neither

    @property
    def cells(self) -> list[Cell]:
        return [cell for _field, cells in self.rows for cell in cells]


@dataclass(frozen=True, slots=True)
class _Parts:
    """Who takes part where: a body in two threads is one member of a cell."""

    at: dict[Place, set[Body]]
    of_field: dict[str, set[Body]]
    of_block: dict[str, set[Body]]
    everywhere: set[Body]
    joined: dict[Place, date]  # when somebody joined last


def _parts(day: date) -> _Parts:
    """Members of all threads on a day, by where they stand (1 query)."""
    found = _Parts(defaultdict(set), defaultdict(set), defaultdict(set), set(), {})
    rows = (
        ThreadMember.objects.filter(on_day(day))
        .order_by()
        .values_list("area", "organisation", "organisation__kind", "fields", "blocks", "valid_from")
    )
    for area, organisation, kind, fields, blocks, since in rows:
        body: Body = ("area", area) if area else (kind, organisation)
        for field in fields:
            for block in blocks:
                place = (field, block)
                found.at[place].add(body)
                found.joined[place] = max(since or day, found.joined.get(place, date.min))
            if not blocks:
                found.of_field[field].add(body)
        if not fields:
            for block in blocks:
                found.of_block[block].add(body)
            if not blocks:
                found.everywhere.add(body)
    return found


def _running_areas(day: date, block: str = "") -> dict[Place, set[int]]:
    """Areas that openly run a solution of a field, by field and block, or of one block alone (1 query)."""
    found: dict[Place, set[int]] = defaultdict(set)
    rows = (
        open_changes(day)
        .filter(stage__in=RUNS, **({"implementation__area__block": block} if block else {}))
        .order_by()
        .values_list("implementation__solution__field", "implementation__area__block", "implementation__area")
    )
    for field, block, area in rows.distinct():
        found[field, block].add(area)
    return found


def _in_threads(day: date) -> dict[tuple[str | None, str | None], date]:
    """When something last went on in the thread of a field (field, None) or block (None, block) (1 query).

    Something was put there, its body met, or a member told or asked something that everybody may read.
    """
    found: dict[tuple[str | None, str | None], date] = {}
    items = ThreadItem.objects.filter(on__lte=day).order_by()
    held = Meeting.objects.filter(state=Meeting.State.HELD, held_on__lte=day, body__strands__isnull=False).order_by()
    lasts = items.values_list("strand__field", "strand__block").annotate(last=Max("on"))
    met = held.values_list("body__strands__field", "body__strands__block").annotate(last=Max("held_on"))
    posts = posts_visible_to(VISITOR).filter(posted_on__lte=day).order_by()
    posted = posts.values_list("strand__field", "strand__block").annotate(last=Max("posted_on"))
    for field, block, last in lasts.union(met, posted):
        found[field, block] = max(last, found.get((field, block), date.min))
    return found


def _could(place: Place, parts: _Parts, running: dict[Place, set[int]]) -> tuple[set[int], set[int]]:
    """Areas and organisations that take no part in a cell and could: they do the same thing there, or a neighbouring one."""
    field, block = place
    inside = parts.at.get(place, set())
    areas = {area for area in running.get(place, ()) if ("area", area) not in inside}
    beside = {
        body
        for (other_field, other_block), bodies in parts.at.items()
        if (other_field == field) != (other_block == block)
        for body in bodies
    }
    beside |= parts.of_field.get(field, set()) | parts.of_block.get(block, set())
    return areas, {key for kind, key in beside - inside if kind != "area"}


@remembered(most=16, of=("accounts", "areas", "network", "roadmap"))
def weave(day: date) -> Weave:
    """The whole table as of a day (9 queries, then remembered): as many however many members and records there are."""
    fields = list(Field.objects.filter(in_force(day), kind=Field.Kind.FIELD))
    blocks = list(Block.objects.all())
    solutions = list(Solution.objects.filter(in_force(day)))
    field_of = {each.pk: each.field_id for each in solutions}
    counts: dict[Place, list[int]] = defaultdict(lambda: [0, 0])
    for (block, solution), tally in tallies(day, level=Level.BLOCK, solutions=solutions).items():
        at = counts[field_of[solution], block]
        at[0] += sum(tally.stages.get(stage, 0) for stage in RUNS)
        at[1] += sum(tally.stages.get(stage, 0) for stage in ON_THE_WAY)
    parts, running = _parts(day), _running_areas(day)
    opinions = {
        (field, block): (number, last)
        for field, block, number, last in with_state(day)
        .filter(PUBLIC, field__isnull=False, block__isnull=False)
        .order_by()
        .values_list("field", "block")
        .annotate(number=Count("pk", filter=Q(state__in=OPEN)), last=Max("said_on"))
    }
    in_threads = _in_threads(day)
    moved = {
        (field, block): at
        for field, block, at in StageChange.objects.filter(at__lte=day, implementation__is_internal=False)
        .order_by()
        .values_list("implementation__solution__field", "implementation__area__block")
        .annotate(Max("at"))
    }

    def cell(field: Field, block: Block) -> Cell:
        place = (field.pk, block.pk)
        inside = parts.at.get(place, set())
        areas, organisations = _could(place, parts, running)
        issues, said = opinions.get(place, (0, None))
        of_threads = (in_threads.get((field.pk, None)), in_threads.get((None, block.pk)))
        days = [each for each in (said, moved.get(place), parts.joined.get(place), *of_threads) if each]
        kinds = [kind for kind, _key in inside]
        return Cell(
            field=field,
            block=block,
            sectors=tuple((kind, kinds.count(kind)) for kind in SECTORS if kind in kinds),
            running=counts[place][0],
            on_the_way=counts[place][1],
            issues=issues,
            last=max(days, default=None),
            could_areas=len(areas),
            could_organisations=len(organisations),
        )

    return Weave(
        tuple(blocks),
        tuple((field, tuple(cell(field, block) for block in blocks)) for field in fields),
        {key: len(bodies) for key, bodies in parts.of_field.items()},
        {key: len(bodies) for key, bodies in parts.of_block.items()},
        len(parts.everywhere),
    )


@remembered(most=32, of=("accounts", "areas", "network", "roadmap"))
def gaps_of(block: str, fields: tuple[Field, ...], day: date) -> list[tuple[Field, int, int]]:
    """Those of the fields in which nobody takes part in a block, with how many areas and organisations could (2 queries, then remembered)."""
    parts, running = _parts(day), _running_areas(day, block)
    empty = [each for each in fields if not each.is_foundation and not parts.at.get((each.pk, block))]
    could = [(each, *_could((each.pk, block), parts, running)) for each in empty]
    return [(each, len(areas), len(organisations)) for each, areas, organisations in could]


@dataclass(frozen=True, slots=True)
class Crossing:
    """One cell in full: members, work, issues, and by name who could take part, with what speaks for them.

    Of each list the first are named, NAMED of them, of the work one more where there is more.
    """

    cell: Cell
    members: list[ThreadMember]
    running: list[StageChange]
    issues: list[Opinion]
    could_areas: list[tuple[Area, list[str]]]  # with the solutions that they run
    could_organisations: list[tuple[Organisation, list[str]]]  # with fields and blocks where they take part
    strands: list[Strand]


@remembered(most=64, of=("accounts", "areas", "network", "roadmap"))
def crossing(in_field: str, in_block: str, day: date) -> Crossing | None:
    """A field in a block on a day, with the figures of its cell in the weave; None where there are no such threads.

    Up to 9 queries, then remembered.
    """
    strands = {each.pk: each for each in every_strand()}
    field = next((each.field for each in strands.values() if each.field_id == in_field), None)
    block = next((each.block for each in strands.values() if each.block_id == in_block), None)
    if field is None or field.until_id or block is None:
        return None
    where = Q(fields__contains=[field.pk]), Q(blocks__contains=[block.pk])
    standing = ThreadMember.objects.filter(on_day(day), *where).select_related("area", "organisation")
    members = list(standing.order_by("strand__thread__order", "pk"))
    for member in members:
        member.strand = strands[member.strand_id]
    inside = {(each.area_id, each.organisation_id) for each in members}
    records = list(
        open_changes(day)
        .filter(implementation__solution__field=field, implementation__area__block=block)
        .select_related("implementation__solution")
        .order_by("implementation__area__code", "implementation__solution__order")
    )
    running = [each for each in records if each.stage in RUNS]
    runs: dict[Area, list[str]] = {}
    for each in running:
        if (each.implementation.area_id, None) not in inside:
            runs.setdefault(each.implementation.area, []).append(str(each.implementation.solution))
    could = _organisations_beside(where[0] | where[1], [key for _area, key in inside if key], day)
    issues, open_ones, said = _said_about(field, block, day)
    solutions = list(Solution.objects.filter(in_force(day), field=field))
    counted = tallies(day, level=Level.BLOCK, place=block.pk, solutions=solutions).values() if solutions else ()
    kinds = [kind for kind, _key in {(each.sector, each.area_id or each.organisation_id) for each in members}]
    in_threads = _in_threads(day)
    of_threads = (in_threads.get((field.pk, None)), in_threads.get((None, block.pk)))
    days = [said, *of_threads, *(each.at for each in records), *(each.valid_from for each in members)]
    cell = Cell(
        field=field,
        block=block,
        sectors=tuple((kind, kinds.count(kind)) for kind in SECTORS if kind in kinds),
        running=sum(each.stages.get(stage, 0) for each in counted for stage in RUNS),
        on_the_way=sum(each.stages.get(stage, 0) for each in counted for stage in ON_THE_WAY),
        issues=open_ones,
        last=max(filter(None, days), default=None),
        could_areas=len(runs),
        could_organisations=len(could),
    )
    return Crossing(
        cell,
        members,
        running[: NAMED + 1],
        issues,
        list(runs.items())[:NAMED],
        [
            (each, list(dict.fromkeys(str(strands[key]) for key in each.part_of)))  # one body may take part in both
            for each in could[:NAMED]
        ],
        [each for each in strands.values() if field.pk == each.field_id or block.pk == each.block_id],
    )


def _organisations_beside(where: Q, inside: list[int], day: date) -> list[Any]:
    """Organisations that take part in the field or in the block, and not in both: `part_of` these threads (1 query)."""
    parts = ThreadMember.objects.filter(on_day(day), where).exclude(organisation__in=inside)
    threads = parts.filter(organisation=OuterRef("pk")).order_by("pk").values("strand")
    found = Organisation.objects.filter(pk__in=parts.order_by().values("organisation"))
    return list(found.annotate(part_of=ArraySubquery(threads)).order_by("name", "pk"))


def _said_about(field: Field, block: Block, day: date) -> tuple[list[Opinion], int, date | None]:
    """The newest public opinions that wait for an answer, how many those are, and when anything was said last (1 query)."""
    is_open = Q(state__in=OPEN)
    rows = (
        with_state(day)
        .filter(PUBLIC, field=field, block=block)
        .annotate(
            is_open=Case(When(is_open, then=Value(1)), default=Value(0)),
            number=Window(Count("pk", filter=is_open)),
            last=Window(Max("said_on")),
        )
    )
    found = list(rows.order_by("-is_open", "-said_on", "-pk").defer("text", "answer")[:NAMED])
    if not found:
        return [], 0, None
    return [each for each in found if each.is_open], found[0].number, found[0].last
