"""The first step of one area towards one solution: who did it, what it costs, which schemes fit, by when, who helps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from statistics import quantiles
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q, Value
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from itoguchi.areas.models import Area
from itoguchi.areas.queries import WEIGHTS, peers_of
from itoguchi.core.calendar import DatedTo, Precision, fiscal_year
from itoguchi.core.remembered import remembered
from itoguchi.exchange.queries import offers_about
from itoguchi.network.models import Strand
from itoguchi.network.queries import strands
from itoguchi.outreach.models import Briefing
from itoguchi.outreach.queries import briefings
from itoguchi.roadmap.models import Solution, Stage
from itoguchi.roadmap.queries import areas_with_stage, in_force, solutions, with_costs
from itoguchi.support.models import Need, Scheme, Window
from itoguchi.support.queries import (
    WHOLE_DAY,
    Asked,
    BackPlan,
    Combination,
    Cost,
    Hour,
    Match,
    State,
    asked_of,
    back_plan,
    combine,
    match_schemes,
    proposals,
    sessions_of,
    windows_of,
)

if TYPE_CHECKING:
    from itoguchi.accounts.access import User

PEERS = 5  # that are shown
NEAR, FAR = 20, 100  # of the areas most like one: who is looked at, and who else where too few of them did it
QUARTILES = 4  # records from which the middle half is told, and not all of them
FEWEST = 2  # records that make a range
OFFERS = 2  # of those who help
SHOWN = 4  # schemes of each answer
RANKED = 500  # schemes that are looked at
SOON, LATER = timedelta(days=7), timedelta(days=14)
DONE = (Stage.RUNNING, Stage.SHARED)
FOREIGN = {"area", "prefecture", "block"}  # facts that no area can change: a scheme for others is none for it
COUNCIL = {"budget", "council"}  # steps of the calendar that the area takes by itself
ASSUMED = "equipment"  # what a cost is spent on while nobody said; the page says so


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """An area like the one that asks: how far it is with the solution, since when, what it paid, and its record."""

    area: Area
    stage: Stage
    since: DatedTo
    yen: int | None
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CostOfPeers:
    """What the areas like it paid: from … to in yen, of how many records; `why` there is no figure, where there is none.

    `is_middle`: the middle half of the records, else all of them. `is_wider`: too few of the 20 most like it told a cost, so
    this is of the 100 most like it.
    """

    low: int | None = None
    high: int | None = None
    records: int = 0
    is_middle: bool = False
    is_wider: bool = False
    why: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Helper:
    """Who helps: what one finds there, and where. `is_on_record`: the label is Japanese in every language."""

    label: str
    what: str
    href: str
    is_on_record: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NextAction:
    """What to do next, by when, and where."""

    what: str
    by: date
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Everything that the first step sheet says; without a solution only what can be said without one.

    `schemes` holds the records of all matches by key, each with `moments`: when its windows close.
    """

    area: Area
    day: date
    need: Need | None
    solution: Solution | None
    words: str
    others: tuple[Solution, ...]
    stage: Stage | None
    peers: tuple[Peer, ...]
    cost: CostOfPeers
    costs: tuple[Cost, ...]
    may: tuple[Match, ...]
    may_not: tuple[Match, ...]
    unknown: tuple[Match, ...]
    schemes: Mapping[str, Scheme]
    money: Combination | None
    dates: BackPlan | None
    helpers: tuple[Helper, ...]
    actions: tuple[NextAction, ...]


def sheet_of(
    area: Area,
    *,
    user: User,
    day: date,
    need: Need | None = None,
    solution: Solution | None = None,
    words: str = "",
    costs: Sequence[Cost] = (),
    hour: Hour = WHOLE_DAY,
) -> Sheet:
    """The sheet of an area for a need, a solution, or what somebody typed (9 queries at most, once what all readers share is remembered).

    Without a solution the best one that the words or the need speak for is taken. Rules are answered for the area asking
    alone, with its stage and the size of what it said that it will cost.
    """
    offered = _offered(need, words, day)
    chosen = solution or next(iter(offered), None)
    peers, cost, stage = _among_peers(area, chosen, day, user)
    asked = _asked(need, chosen, words, stage, _size_of(costs))
    may, may_not, unknown = _matches(area, asked, day, hour)
    schemes = _schemes([*may, *may_not, *unknown])
    best = next((each for each in (*may, *unknown) if each.timing.window), None)
    wanted = date(need.wanted_year, 4, 1) if need and need.wanted_year else None
    dates = dates_of(area, schemes.get(best.scheme) if best else None, *_ends(best), wanted, day)
    reckoned = tuple(costs) or _assumed(cost, wanted or _next_year(day))
    return Sheet(
        area=area,
        day=day,
        need=need,
        solution=chosen,
        words=words,
        others=tuple(each for each in offered if each != chosen),
        stage=stage,
        peers=peers,
        cost=cost,
        costs=tuple(costs),
        may=may,
        may_not=may_not,
        unknown=unknown,
        schemes=schemes,
        money=combine(reckoned, area, None, day, asked=asked, hour=hour) if reckoned else None,
        dates=dates,
        helpers=_helpers(area, chosen, day),
        actions=_actions(area, peers, best, schemes, dates, day),
    )


@remembered(most=4, of=("roadmap",))
def solutions_by_key(day: date) -> dict[str, Solution]:
    """The solutions in force on a day, each with field, edition and KPIs (5 queries)."""
    return {each.key: each for each in solutions(day).filter(in_force(day))}


def _offered(need: Need | None, words: str, day: date) -> list[Solution]:
    """Solutions that a need has in mind, then those that its words or what was typed speak for."""
    known = solutions_by_key(day)
    keys = [each.key for each in need.solutions.all()] if need else []
    said = f"{need.title}\n{need.text}" if need else words
    keys += [each.thing.pk for each in proposals(said, day)[1]] if said else []
    return [known[key] for key in dict.fromkeys(keys) if key in known]


def _among_peers(
    area: Area, solution: Solution | None, day: date, user: User
) -> tuple[tuple[Peer, ...], CostOfPeers, Stage | None]:
    """Who of the 20 most like an area did it, what they paid, and the area's own stage (1 query).

    Where too few of them did it, or told what it cost, of the 100 most like it.
    """
    if solution is None:
        return (), CostOfPeers(why=_("分野別モデルが決まると、似た団体の費用を示します。")), None
    alike = [] if area.is_prefecture else _likest(area.code)
    found = _stages_of([area.code, *alike], solution, day, user)
    own = found.pop(area.code, None)
    there = {code: found[code] for code in alike[:NEAR] if code in found}
    did, cost = _who_did(there), _cost_of(_paid(there))
    if len(did) < PEERS or cost.records < FEWEST:
        did += _who_did({code: each for code, each in found.items() if code not in there})
        paid = _paid(found)
        if cost.records < FEWEST <= len(paid):
            cost = replace(_cost_of(paid), is_wider=True)
    peers = tuple(_peer(each, solution) for each in did[:PEERS])
    return peers, cost, Stage(own.stage) if own and own.stage else None


def _likest(code: str) -> list[str]:
    """Codes of the 100 areas most like one, the likest first."""
    return [each.code for each in peers_of(code, tuple(sorted(WEIGHTS.items())), FAR).peers]


def _stages_of(codes: Sequence[str], solution: Solution, day: date, user: User) -> dict[str, Any]:
    """Some areas with stage and cost, in the order of their codes given (1 query)."""
    there = areas_with_stage(solution, day, user).filter(code__in=codes)
    found = {each.code: each for each in with_costs(there, solution, day, user)}
    return {code: found[code] for code in codes if code in found}


def _who_did(areas: Mapping[str, Any]) -> list[Any]:
    """Those that run or share it, then those that try it."""
    return [each for stages in (DONE, (Stage.TRIAL,)) for each in areas.values() if each.stage in stages]


def _paid(areas: Mapping[str, Any]) -> list[int]:
    return sorted(each.cost_yen for each in areas.values() if each.cost_yen)


def _peer(area: Any, solution: Solution) -> Peer:
    return Peer(
        area=area,
        stage=Stage(area.stage),
        since=DatedTo(area.since, Precision(area.since_precision)),
        yen=area.cost_yen,
        href=reverse("roadmap:implementation", args=[area.code, solution.key]),
    )


def _cost_of(paid: Sequence[int]) -> CostOfPeers:
    """From what was paid, in order: the middle half of four records or more, else the least and the most.

    >>> _cost_of([1, 2, 3, 4, 5]).low, _cost_of([1, 2, 3, 4, 5]).high, _cost_of([7]).high
    (2, 4, 7)
    """
    if not paid:
        return CostOfPeers(why=_("似た団体の記録に、費用が書かれたものがまだありません。"))
    if len(paid) < QUARTILES:
        return CostOfPeers(low=paid[0], high=paid[-1], records=len(paid))
    low, _middle, high = quantiles(paid, n=4, method="inclusive")
    return CostOfPeers(low=round(low), high=round(high), records=len(paid), is_middle=True)


def _assumed(cost: CostOfPeers, start: date) -> tuple[Cost, ...]:
    """While the area said nothing: what its peers paid, in the year it may begin, all of it of one kind."""
    if cost.low is None or cost.high is None:
        return ()
    return (Cost(kind=ASSUMED, year=fiscal_year(start), yen=(cost.low, cost.high)),)


def _size_of(costs: Sequence[Any]) -> int | None:
    """What all costs that were said come to; None where one of them is no single figure."""
    known = [each.yen for each in costs if isinstance(each.yen, int)]
    return sum(known) if costs and len(known) == len(costs) else None


def _asked(need: Need | None, solution: Solution | None, words: str, stage: Stage | None, size: int | None) -> Asked:
    """What schemes are matched with: the area asks alone."""
    known = asked_of(need) if need else Asked(text=words)
    return replace(
        known,
        fields=known.fields | ({solution.field_id} if solution else frozenset()),
        solutions=frozenset({solution.key}) if solution else known.solutions,
        size_yen=size or known.size_yen,
        applicant="area",
        stage=stage.value if stage else None,
    )


@remembered(most=256, of=("areas", "roadmap", "support_schemes"))
def _matches(area: Area, asked: Asked, day: date, hour: Hour) -> list[tuple[Match, ...]]:
    """Of the schemes in sight the best that it may use, may not, and may perhaps (some 10 queries)."""
    found = [each for each in match_schemes(area, asked, day, top=RANKED, hour=hour) if _is_in_sight(each)]
    return [
        tuple(each for each in found if each.eligible == state)[:SHOWN]
        for state in (State.YES, State.NO, State.UNKNOWN)
    ]


def _is_in_sight(match: Match) -> bool:
    """Whether a scheme is about it, can be asked for now or later, and is not for other places alone."""
    is_about = any(part.key in {"field", "solution", "words"} and part.about for part in match.parts)
    is_foreign = any(gap.condition.fact in FOREIGN and gap.value is not None for gap in match.gaps)
    return is_about and not is_foreign and match.timing.state != "closed"


def _schemes(matches: Sequence[Match]) -> dict[str, Any]:
    """Their records by key, with the moments at which windows close, where the hour is told (1 query)."""
    timed = Q(years__windows__has_time=True, years__windows__closes_at__isnull=False)
    moments = ArrayAgg("years__windows__closes_at", filter=timed, default=Value([]))
    return Scheme.objects.annotate(moments=moments).in_bulk([each.scheme for each in matches])


@remembered(most=4, of=("areas", "outreach"))
def _briefings_to_come(day: date) -> list[Briefing]:
    """All planned briefings with what they count for, the next first (3 queries)."""
    return list(briefings().filter(state=Briefing.State.PLANNED, day__gte=day))


def _is_for(briefing: Briefing, prefecture: Area) -> bool:
    places = {each.area_id for each in briefing.for_prefectures}, {each.block_id for each in briefing.for_blocks}
    return prefecture.pk in places[0] or prefecture.block_id in places[1]


@remembered(most=4, of=("areas", "network", "roadmap"))
def _threads(_day: date) -> list[Strand]:
    """The threads as they run, with field and block (1 query)."""
    return list(strands())


def _helpers(area: Area, solution: Solution | None, day: date) -> tuple[Helper, ...]:
    """Who can be asked: the block's bureau, the prefecture, who offers something, the threads, briefings, and how to learn."""
    prefecture = area.prefecture or area
    briefing = next((each for each in _briefings_to_come(day) if _is_for(each, prefecture)), None)
    found = [
        Helper(
            label=str(area.block),
            what=_("総合通信局等：ニーズを聞き、支援メニューを示す"),
            href=area.block.get_absolute_url(),
        )
    ]
    if area.prefecture:
        found.append(
            Helper(label=str(prefecture), what=_("県内の団体の進みぐあいを知る"), href=prefecture.get_absolute_url())
        )
    found += [
        Helper(
            label=each.title,
            what=_("%(organisation)sの提供（%(kind)s）")
            % {"organisation": each.organisation, "kind": each.get_kind_display()},
            href=each.get_absolute_url(),
            is_on_record=True,
        )
        for each in (offers_about(solution, area, day)[:OFFERS] if solution else ())
    ]
    found += [
        Helper(label=str(each), what=_("同じ課題を持つ仲間と話し、意見を届ける"), href=each.get_absolute_url())
        for each in _threads(day)
        if each.block_id == area.block_id or (solution and each.field_id == solution.field_id)
    ]
    if briefing:
        found.append(
            Helper(
                label=briefing.title, what=_("これから開く説明会"), href=briefing.get_absolute_url(), is_on_record=True
            )
        )
    found.append(
        Helper(label=_("人材プラン"), what=_("人を育て、分かち合うプランを読む"), href=reverse("learning:plan"))
    )
    return tuple(found)


def _actions(
    area: Area,
    peers: Sequence[Peer],
    wanted: Match | None,
    schemes: Mapping[str, Scheme],
    dates: Any | None,
    day: date,
) -> tuple[NextAction, ...]:
    """Three things to do, the first one first: ask who did it, make the budget, apply."""
    if peers:
        ask = NextAction(
            what=_("%(area)sに、費用と効果を尋ねる") % {"area": peers[0].area}, by=day + SOON, href=peers[0].href
        )
    else:
        ask = NextAction(
            what=_("%(block)sの総合通信局等に相談する") % {"block": area.block},
            by=day + SOON,
            href=area.block.get_absolute_url(),
        )
    found = [ask, _budget(dates, day), _apply(wanted, schemes, day)]
    return tuple(sorted(found, key=lambda each: each.by))


def _budget(dates: Any | None, day: date) -> NextAction:
    """Ask for the budget, or have the council decide, whichever comes next; without a calendar, an estimate."""
    steps = [each for each in dates.steps if each.key in COUNCIL and not each.is_late] if dates else []
    step = next((each for each in steps if each.ends >= day), None)
    if step is None:
        return NextAction(what=_("見積りを取り、費用を入れる"), by=day + LATER, href="#cost")
    return NextAction(what=str(step.label), by=step.ends, href="#dates")


def _apply(wanted: Match | None, schemes: Mapping[str, Scheme], day: date) -> NextAction:
    """Ask for the scheme that suits best, or get ready for it."""
    if wanted is None or wanted.timing.window is None:
        return NextAction(what=_("支援メニューをさがす"), by=day + LATER, href=reverse("support:schemes"))
    scheme, window = schemes[wanted.scheme], wanted.timing.window
    named = {"scheme": scheme}
    if window.opens and window.opens > day:
        return NextAction(
            what=_("「%(scheme)s」の申請を用意する") % named, by=window.opens, href=scheme.get_absolute_url()
        )
    by = window.closes or day + LATER  # where no end is told, soon
    return NextAction(what=_("「%(scheme)s」に申請する") % named, by=by, href=scheme.get_absolute_url())


def _ends(match: Match | None) -> tuple[date | None, date | None]:
    """The days on which the window of a match opens and closes."""
    window = match.timing.window if match else None
    return (window.opens, window.closes) if window else (None, None)


@remembered(most=256, of=("areas", "roadmap", "support"))
def dates_of(
    area: Area, scheme: Scheme | None, opens: date | None, closes: date | None, wanted: date | None, day: date
) -> BackPlan:
    """The calendar planned back from the start and the window of a scheme that opens and closes on these days.

    Where nobody said from when, from the next fiscal year, or from the first start for which it is not too late.
    """
    windows, held = windows_of(scheme) if scheme else [], sessions_of(area)
    window = next((each for each in windows if (opens or closes) and _days(each) == (opens, closes)), None)
    start = max(wanted or _next_year(day), day)
    plan = back_plan(area, window, start, day, scheme=scheme, windows=windows, held=held)
    if plan.too_late and plan.earliest and wanted is None:
        return back_plan(area, plan.fits, plan.earliest, day, scheme=scheme, windows=windows, held=held)
    return plan


def _days(window: Window) -> tuple[date | None, date | None]:
    opens, closes = (timezone.localdate(at) if at else None for at in (window.opens_at, window.closes_at))
    return opens, closes


def _next_year(day: date) -> date:
    """When the next fiscal year begins."""
    return date(fiscal_year(day) + 1, 4, 1)
