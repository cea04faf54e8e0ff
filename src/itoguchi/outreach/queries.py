"""What people ask of briefings: how far have they reached as of a day, where not yet, which ones count for a place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Max, Prefetch, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from itoguchi.accounts.models import Membership
from itoguchi.accounts.queries import acting_for, predecessors_of, reachable
from itoguchi.areas.models import Area, Block, Shape
from itoguchi.areas.queries import named, prefectures
from itoguchi.core.duties import Duty
from itoguchi.core.maps import MapPart, view_box
from itoguchi.core.matters import Matter
from itoguchi.core.models import Approval
from itoguchi.core.wording import say
from itoguchi.outreach.access import can_change, can_plan, changeable_by, visits_open_to
from itoguchi.outreach.models import Briefing, BriefingBlock, BriefingPrefecture, Rule, Visit, VisitArea

if TYPE_CHECKING:
    from itoguchi.accounts.access import User

# The deed of an approval whose subject is a briefing's address.
PLAN, CHANGE, HOLD, CANCEL = "plan_briefing", "change_briefing", "hold_briefing", "cancel_briefing"
DEEDS = {
    PLAN: gettext_lazy("公開"),
    CHANGE: gettext_lazy("記録の変更"),
    HOLD: gettext_lazy("開催済にすること"),
    CANCEL: gettext_lazy("中止"),
}
BACK = (Approval.State.RETURNED, Approval.State.WITHDRAWN)
SINCE = timedelta(days=180)  # older visits are no longer open in anybody's hands

FRAME_LOOKS = {Shape.Level.FRAME.value: "inset", Shape.Level.GREY.value: "grey"}


@dataclass(frozen=True, slots=True)
class Gap:
    """A prefecture without a briefing of its own as of a day, and the first one after that day, if any is known."""

    prefecture: Area
    next: Briefing | None


@dataclass(frozen=True, slots=True)
class Coverage:
    """The briefings held up to a day, and what each counts for; every figure keeps the records behind it."""

    as_of: date
    held: tuple[Briefing, ...]
    of_prefecture: dict[str, tuple[Briefing, ...]]
    of_block: dict[str, tuple[Briefing, ...]]
    of_nation: tuple[Briefing, ...]
    gaps: tuple[Gap, ...]
    all_prefectures: tuple[Area, ...]
    all_blocks: tuple[Block, ...]
    # Known now: planned for that day or later, and planned for a day before it but not yet said to be held.
    planned: tuple[Briefing, ...] = ()
    unconfirmed: tuple[Briefing, ...] = ()

    @property
    def briefings(self) -> int:
        return len(self.held)

    @property
    def prefectures(self) -> int:
        return len(self.of_prefecture)

    @property
    def blocks(self) -> int:
        return len(self.of_block)

    @property
    def nationwide(self) -> int:
        return len(self.of_nation)

    @property
    def first(self) -> date | None:
        return self.held[0].day if self.held else None

    @property
    def last(self) -> date | None:
        return self.held[-1].day if self.held else None

    @property
    def prefecture_codes(self) -> list[str]:
        """Codes of the prefectures reached, in order."""
        return list(self.of_prefecture)

    @property
    def block_keys(self) -> list[str]:
        """Keys of the blocks reached, from north to south."""
        return list(self.of_block)

    def next_planned(self, layer: str) -> dict[str, Briefing]:
        """The first one planned for each block (layer `block`) or prefecture (any other), by key or code."""
        found: dict[str, Briefing] = {}
        for briefing in self.planned:
            for each in briefing.for_blocks if layer == "block" else briefing.for_prefectures:
                found.setdefault(each.block_id if isinstance(each, BriefingBlock) else each.area.code, briefing)
        return found


@dataclass(frozen=True, slots=True)
class Month:
    """How far the briefings had reached by the end of a month in which one was held."""

    first: date
    briefings: int
    prefectures: int
    blocks: int

    @property
    def number(self) -> int:
        """Months since the year 0, to place it on a line."""
        return self.first.year * 12 + self.first.month - 1


@dataclass(frozen=True, slots=True)
class CountingChange:
    """One entry of the journal about the places a briefing counts for."""

    at: datetime
    is_added: bool
    place: str


def briefings() -> QuerySet[Briefing]:
    """All briefings but drafts in order of day, with the places they count for (3 queries)."""
    return with_drafts().exclude(state=Briefing.State.DRAFT)


def with_drafts() -> QuerySet[Briefing]:
    """The same and the drafts, which only those may see who may plan them (3 queries)."""
    # The cached properties of the model are filled beforehand.
    return Briefing.objects.select_related("prefecture").prefetch_related(  # type: ignore[no-redef]
        Prefetch(
            "counted_prefectures",
            BriefingPrefecture.objects.select_related("area")
            .only("briefing", "is_derived", "area__code", "area__name", "area__name_en", "area__block")
            .order_by("area__code"),
            to_attr="for_prefectures",
        ),
        Prefetch(
            "counted_blocks",
            BriefingBlock.objects.select_related("block")
            .only("briefing", "is_derived", "block__order", "block__name", "block__name_en")
            .order_by("block__order"),
            to_attr="for_blocks",
        ),
    )


def visits_for(user: User) -> QuerySet[Visit]:
    """The visits that the user may see, newest first, each with its areas (2 queries)."""
    # By key, since a visit to two areas must come once, with all its areas.
    seen = Visit.objects.filter(visits_open_to(user)).order_by().values("pk")
    of_areas = Prefetch("areas", named(Area.objects.order_by("code")), to_attr="of_areas")
    # The cached property of the model is filled beforehand.
    return (
        Visit.objects.filter(pk__in=seen)  # type: ignore[no-redef]
        .select_related("block", "entered_by")
        .prefetch_related(of_areas)
    )


def last_visits(user: User) -> dict[str, tuple[int, date]]:
    """Key and day of the last visit to each prefecture or a municipality in it that the user may see (1 query)."""
    rows = (
        VisitArea.objects.filter(visit__in=Visit.objects.filter(visits_open_to(user)).order_by().values("pk"))
        .annotate(place=Coalesce("area__prefecture__code", "area__code"))
        .order_by("place", "-visit__day", "-visit")
        .distinct("place")
    )
    return {place: (key, day) for place, key, day in rows.values_list("place", "visit", "visit__day")}


def drafts_for(user: User) -> list[Briefing]:
    """Drafts that the user may see, by day (3 queries)."""
    return [each for each in with_drafts().filter(state=Briefing.State.DRAFT) if can_change(user, each)]


def waiting_deeds(user: User) -> list[tuple[Briefing, Approval]]:
    """What waits to be done with public briefings that the user may change, oldest first (1 query, 3 more if any)."""
    asked = Approval.objects.filter(deed__in=DEEDS, state=Approval.State.DRAFTED).exclude(deed=PLAN)
    of_slug = {each.subject.rpartition("/")[2]: each for each in asked.select_related("drafter").order_by("-pk")}
    if not of_slug:
        return []
    found = [each for each in with_drafts().filter(slug__in=of_slug) if can_change(user, each)]
    return sorted(((each, of_slug[each.slug]) for each in found), key=lambda pair: pair[1].pk)


def duties(membership: Membership, day: date) -> list[Duty]:
    """What is open for this one role: drafts, decisions, plans of its block, next steps of visits (4 queries).

    The secretariat has the plans for the nation, and those anywhere whose day is past.
    """
    alone = acting_for(membership)
    if not can_plan(alone):
        return []
    own = {membership.account_id, *predecessors_of(alone, day)}
    asked = Approval.objects.filter(
        Q(state=Approval.State.DRAFTED) | Q(drafter__in=own, state__in=BACK), deed__in=DEEDS
    ).order_by("pk")
    newest = {each.subject: each for each in asked}
    slugs = [subject.rpartition("/")[2] for subject in newest]
    found = Briefing.objects.filter(Q(state=Briefing.State.PLANNED) | Q(slug__in=slugs), changeable_by(alone))
    open_ones = [_duty(each, newest.get(each.address), own, membership, day) for each in found]
    visits = Visit.objects.filter(entered_by__in=own, day__gte=day - SINCE).exclude(next_step="")
    if membership.block_id:
        visits = visits.filter(block=membership.block_id)
    return [each for each in open_ones if each] + [
        Duty(
            gettext_lazy("訪問の次の一歩"),
            f"{each.day.isoformat()} {each.spoke_with}",
            f"/briefings/visits/{each.pk}",
            each.next_step,
        )
        for each in visits[:20]
    ]


def _duty(
    briefing: Briefing, approval: Approval | None, own: set[int], membership: Membership, day: date
) -> Duty | None:
    is_own = bool(approval and approval.drafter_id in own)
    if approval and approval.state == Approval.State.DRAFTED:
        what, step = (
            (gettext_lazy("承認を待つ起案"), gettext_lazy("承認する方に、決裁を頼む"))
            if is_own
            else (gettext_lazy("決裁を待つ起案"), gettext_lazy("中身を読み、承認するか差し戻す"))
        )
    elif briefing.state == Briefing.State.DRAFT:
        what, step = gettext_lazy("差し戻された起案・取り下げた起案"), gettext_lazy("直して、もう一度承認を求める")
    elif briefing.state != Briefing.State.PLANNED:
        return None
    elif briefing.day < day:
        what, step = gettext_lazy("開催日を過ぎた予定"), gettext_lazy("開催済にするか、中止する")
    elif membership.block_id or briefing.is_nationwide:
        what, step = gettext_lazy("これからの予定"), gettext_lazy("開催し、終わったら開催済にする")
    else:
        return None
    return Duty(what, briefing.title, briefing.address, step, briefing.day)


def approvals_of(briefing: Briefing) -> list[Approval]:
    """Every time a second person was asked for, newest first (1 query)."""
    asked = Approval.objects.filter(deed__in=DEEDS, subject=briefing.address).select_related("drafter", "approver")
    return list(asked.order_by("-pk"))


def newest_approvals(found: Iterable[Briefing]) -> dict[str, Approval]:
    """The newest approval asked for of each briefing, by address (1 query)."""
    asked = Approval.objects.filter(deed=PLAN, subject__in=[each.address for each in found]).order_by("pk")
    return {each.subject: each for each in asked.select_related("drafter", "approver")}


def waiting_approval(briefing: Briefing) -> Approval | None:
    """The approval that a briefing waits for, if anybody was asked (1 query)."""
    return next((each for each in approvals_of(briefing) if each.state == Approval.State.DRAFTED), None)


def version_of(briefing: Briefing) -> str:
    """The newest entries of the journal about a briefing and its places: another one means that it changed (1 query)."""
    events = (
        Briefing.pgh_event_model.objects.filter(pgh_obj_id=briefing.pk),  # type: ignore[attr-defined]
        BriefingPrefecture.pgh_event_model.objects.filter(briefing_id=briefing.pk),  # type: ignore[attr-defined]
        BriefingBlock.pgh_event_model.objects.filter(briefing_id=briefing.pk),  # type: ignore[attr-defined]
    )
    newest = [found.order_by().values_list(Max("pgh_id")) for found in events]
    return "-".join(str(entry or 0) for (entry,) in newest[0].union(*newest[1:], all=True))


def public_since(briefing: Briefing) -> datetime | None:
    """When a briefing stopped being a draft, or was entered; what its journal says before is for its planners alone."""
    events = Briefing.pgh_event_model.objects.filter(pgh_obj_id=briefing.pk)  # type: ignore[attr-defined]
    public = events.exclude(state=Briefing.State.DRAFT).order_by("pgh_id").values_list("pgh_created_at", flat=True)
    found: datetime | None = public.first()
    return found


def coverage(as_of: date) -> Coverage:
    """Coverage as of a day: what was held up to it; planned and cancelled briefings never count (4 queries)."""
    # Where a briefing was held is not asked here, only what it counts for.
    known = briefings().exclude(state=Briefing.State.CANCELLED).select_related(None)
    return count_coverage(known, list(prefectures()), as_of)


def count_coverage(known: Iterable[Briefing], all_prefectures: Sequence[Area], as_of: date) -> Coverage:
    """The same for briefings and prefectures already at hand; every block has at least one prefecture."""
    in_order = sorted(known, key=lambda briefing: (briefing.day, briefing.order, briefing.pk))
    held = [each for each in in_order if each.state == Briefing.State.HELD and each.day <= as_of]
    blocks = {area.block.key: area.block for area in sorted(all_prefectures, key=lambda area: area.block.order)}
    of_prefecture = _by_prefecture(held)
    of_block: dict[str, list[Briefing]] = {}
    for briefing in held:
        for counted in briefing.for_blocks:
            of_block.setdefault(counted.block_id, []).append(briefing)
    planned = [each for each in in_order if each.state == Briefing.State.PLANNED]
    ahead = tuple(each for each in planned if each.day >= as_of)
    coming = _by_prefecture([*ahead, *(each for each in in_order if each.day > as_of)])
    return Coverage(
        as_of=as_of,
        held=tuple(held),
        of_prefecture={code: tuple(found) for code, found in sorted(of_prefecture.items())},
        of_block={key: tuple(of_block[key]) for key in blocks if key in of_block},
        of_nation=tuple(briefing for briefing in held if briefing.is_nationwide),
        gaps=tuple(
            Gap(area, min(coming.get(area.code, ()), key=lambda each: (each.day, each.order), default=None))
            for area in all_prefectures
            if area.code not in of_prefecture
        ),
        all_prefectures=tuple(all_prefectures),
        all_blocks=tuple(blocks.values()),
        planned=ahead,
        unconfirmed=tuple(each for each in planned if each.day < as_of),
    )


def through_time(done: Coverage) -> list[Month]:
    """Coverage at the end of every month with a briefing, up to the day of `done`."""
    months: list[Month] = []
    prefectures_reached: set[str] = set()
    blocks_reached: set[str] = set()
    for number, briefing in enumerate(done.held, start=1):
        prefectures_reached |= {each.area.code for each in briefing.for_prefectures}
        blocks_reached |= {each.block_id for each in briefing.for_blocks}
        month = Month(briefing.day.replace(day=1), number, len(prefectures_reached), len(blocks_reached))
        if months and months[-1].first == month.first:
            months.pop()
        months.append(month)
    return months


def planned_by_block(done: Coverage) -> list[tuple[Block, list[Briefing]]]:
    """What is planned for each block or for prefectures in it, blocks without a plan left out."""
    found: dict[str, list[Briefing]] = {}
    for briefing in done.planned:
        keys = {each.block_id for each in briefing.for_blocks} | {
            each.area.block_id for each in briefing.for_prefectures
        }
        for key in keys:
            found.setdefault(key, []).append(briefing)
    return [(block, found[block.pk]) for block in done.all_blocks if block.pk in found]


def _by_prefecture(found: Iterable[Briefing]) -> dict[str, list[Briefing]]:
    sorted_out: dict[str, list[Briefing]] = {}
    for briefing in found:
        for counted in briefing.for_prefectures:
            sorted_out.setdefault(counted.area.code, []).append(briefing)
    return sorted_out


def of_layer(layer: str) -> QuerySet[Briefing]:
    """Briefings that count for a layer: `prefecture`, `block` or `nationwide`."""
    match layer:
        case "prefecture":
            return Briefing.objects.filter(counted_prefectures__isnull=False)
        case "block":
            return Briefing.objects.filter(counted_blocks__isnull=False)
        case _:
            return Briefing.objects.filter(is_nationwide=True)


def of_block(key: str) -> QuerySet[Briefing]:
    """Briefings that count for a block or for a prefecture in it."""
    return Briefing.objects.filter(Q(counted_blocks__block=key) | Q(counted_prefectures__area__block=key))


def briefings_for(prefecture: Area, block: Block) -> list[Briefing]:
    """Briefings that count for a prefecture or for a block, cancelled ones left out (3 queries)."""
    matching = Briefing.objects.filter(Q(counted_blocks__block=block) | Q(counted_prefectures__area=prefecture))
    return _known(matching)


def briefings_for_block(block: Block) -> list[Briefing]:
    """Briefings that count for a block or for a prefecture in it, cancelled ones left out (3 queries)."""
    return _known(of_block(block.key))


def _known(matching: QuerySet[Briefing]) -> list[Briefing]:
    # By key, since each must come once, with all its places and not only those that match.
    return list(briefings().filter(pk__in=matching.values("pk")).exclude(state=Briefing.State.CANCELLED))


def rules_with_counts(held: Iterable[Briefing]) -> list[tuple[Rule, int]]:
    """Every written rule with the number of briefings counted by it."""
    counted = Counter(briefing.rule for briefing in held)
    return [(rule, counted[rule]) for rule in Rule if counted[rule] or rule is not Rule.STATED]


def counting_changes(briefing: Briefing) -> list[CountingChange]:
    """Which place was added to or taken from a briefing when (2 queries)."""
    prefecture_events = BriefingPrefecture.pgh_event_model.objects.filter(briefing=briefing)  # type: ignore[attr-defined]
    block_events = BriefingBlock.pgh_event_model.objects.filter(briefing=briefing)  # type: ignore[attr-defined]
    changes = chain(
        (
            (event.pgh_created_at, event.pgh_label, str(event.area))
            for event in prefecture_events.select_related("area").order_by("pgh_id")
        ),
        (
            (event.pgh_created_at, event.pgh_label, str(event.block))
            for event in block_events.select_related("block").order_by("pgh_id")
        ),
    )
    entries = [CountingChange(at, label != "delete", place) for at, label, place in changes if label != "update"]
    return sorted(entries, key=lambda change: change.at, reverse=True)


class MapShape(NamedTuple):
    """An outline of the national map: its level, whose it is, its line and the box around it."""

    level: str
    code: str
    path: str
    min_x: float
    min_y: float
    max_x: float
    max_y: float


def shapes_of_maps() -> list[MapShape]:
    """Outlines of prefectures and blocks with the frame of a national map (1 query)."""
    shapes = Shape.objects.exclude(level=Shape.Level.MUNICIPALITY)
    return [MapShape(*shape) for shape in shapes.values_list(*MapShape._fields)]


def coverage_map_parts(
    done: Coverage,
    layer: str,
    shapes: Iterable[MapShape],
    link: Callable[[str], str] | None = None,
    *,
    shows_planned: bool = False,
) -> tuple[list[MapPart], str]:
    """Outlines and view box of a map of coverage; `link(code)` leads on from a part.

    `layer`: `prefecture` or `block` shows that layer alone; `both` shows prefectures, lighter where only their block
    was reached. `shows_planned` tells places with a plan from those without; it never counts as done. `shapes` are those of `shapes_of_maps`.
    """
    level = Shape.Level.BLOCK if layer == "block" else Shape.Level.PREFECTURE
    given = list(shapes)
    shown = [shape for shape in given if shape.level in {level, *FRAME_LOOKS}]
    outlines = {shape.code: shape.path for shape in shown if shape.level == level}
    if layer == "block":
        places = [(block.key, str(block), "") for block in done.all_blocks]
    else:
        places = [(area.code, str(area), area.block_id) for area in done.all_prefectures]
    reached = done.of_block if layer == "block" else done.of_prefecture
    in_block = done.of_block if layer == "both" else {}
    planned = done.next_planned(layer) if shows_planned else {}
    parts = [MapPart(shape.path, FRAME_LOOKS[shape.level]) for shape in shown if shape.level != level]
    for code, name, block in places:
        if code in outlines:
            own, of_block = len(reached.get(code, ())), len(in_block.get(block, ()))
            look = "done" if own else "some" if of_block else "planned" if code in planned else "none"
            says = _says(name, own, of_block)
            if code in planned:
                says += _("（予定 %(day)s）") % {"day": planned[code].day.isoformat()}
            parts.append(MapPart(outlines[code], look, says, link(code) if link else ""))
    return parts, view_box((shape.min_x, shape.min_y, shape.max_x, shape.max_y) for shape in given)


def _says(name: str, own: int, of_block: int) -> str:
    if own:
        return _("%(place)s：%(count)s回") % {"place": name, "count": own}
    if of_block:
        return _("%(place)s：地域ブロックとして%(count)s回") % {"place": name, "count": of_block}
    return _("%(place)s：まだ") % {"place": name}


def matter_of(approval: Approval) -> Matter | None:
    """What is asked about a briefing is decided by who may change it (5 queries)."""
    if approval.deed not in DEEDS:
        return None
    briefing = with_drafts().get(slug=approval.subject.rpartition("/")[2])
    able = [each for each in reachable(timezone.localdate()) if can_change(each, briefing)]
    return Matter(say(gettext_lazy("「%(briefing)s」の%(deed)s"), deed=DEEDS[approval.deed], briefing=briefing), able)
