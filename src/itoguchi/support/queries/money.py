"""Who pays for a project: from its costs and the schemes an area may use to the smallest own burden, and what stays unknown.

What is assumed: docs/support.md §1 to §7.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from itoguchi.areas.models import Area
from itoguchi.core.calendar import format_fiscal_year
from itoguchi.core.remembered import remembered
from itoguchi.support import models
from itoguchi.support.matching import WHOLE_DAY, Asked, Hour, Reason, State, judged, match
from itoguchi.support.models import Scheme, SchemeYear
from itoguchi.support.stacking import (
    INSTRUMENTS,
    Limit,
    NotStackable,
    Offer,
    OverBudget,
    Plan,
    Stack,
    World,
    stack_up,
)
from itoguchi.support.wording import names_at_hand, number, reason_of

COST_KINDS: Sequence[tuple[str, Any]] = models.Cost.choices
MOST_YEN = 10**13
MOST_OFFERS, IN_SIGHT = 12, 80  # schemes that are reckoned with where none is named; looked at for that
STANDING = {Scheme.Kind.BOND, Scheme.Kind.ALLOCATION}  # these have no windows of their own


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one kind of cost takes in one fiscal year: yen, between two sums, or not known."""

    kind: str
    year: int
    yen: int | tuple[int, int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What a scheme pays of one kind of cost in one fiscal year, in yen."""

    scheme: Scheme
    kind: str
    year: int
    yen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class YearOfMoney:
    """A fiscal year in yen: its cost, what has to be found now, what stays in the end."""

    year: int
    cost: int
    now: int
    net: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanOfMoney:
    """A combination of schemes, what each pays, and the own burden it leaves, in yen."""

    schemes: tuple[Scheme, ...]
    shares: tuple[Share, ...]
    years: tuple[YearOfMoney, ...]

    @property
    def cost(self) -> int:
        return sum(each.cost for each in self.years)

    @property
    def now(self) -> int:
        return sum(each.now for each in self.years)

    @property
    def net(self) -> int:
        return sum(each.net for each in self.years)

    @property
    def sources(self) -> list[tuple[Scheme, list[int], int]]:
        """Of each scheme that pays: its yen by year, and in all."""
        found = []
        for scheme in self.schemes:
            by_year = [
                sum(each.yen for each in self.shares if (each.scheme.pk, each.year) == (scheme.pk, year.year))
                for year in self.years
            ]
            found.append((scheme, by_year, sum(by_year)))
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Combination:
    """The best way to pay, the next best three, and between what the own burden lies in the end (`own`, yen; None: no end).

    `by_year`: (fiscal year, to be found now, left in the end) of the best. `binds`: what would make it smaller;
    `unknown`: why `own` is a range; `why`: what was reckoned with, and how. `over_budget` says what is missing where no
    combination keeps to the most own funds. `offers`: the schemes reckoned with.
    """

    best: PlanOfMoney | None
    alternatives: list[PlanOfMoney] = field(default_factory=list)
    own: tuple[int, int | None]
    by_year: list[tuple[int, int, int]] = field(default_factory=list)
    binds: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    why: list[str] = field(default_factory=list)
    over_budget: str | None = None
    offers: list[Scheme] = field(default_factory=list)


def combine(
    costs: Sequence[Cost],
    area: Area,
    schemes: Sequence[Scheme] | None,
    day: date,
    *,
    most_own: int | None = None,
    asked: Asked | None = None,
    hour: Hour = WHOLE_DAY,
) -> Combination:
    """The combination with the smallest own burden for an area, as known on a day (some 10 queries; asked again, none).

    Without schemes: those that it may or may perhaps use and that are open or will open, `asked` narrowing them to a
    need's fields and solutions. Costs of the same kind and year are added up.
    """
    keys = None if schemes is None else tuple(each.pk for each in schemes)
    return _combined(tuple(costs), area, keys, day, most_own, asked or Asked(), hour)


@remembered(most=256, of=("areas", "roadmap", "support_schemes"))
def _combined(
    costs: tuple[Cost, ...],
    area: Area,
    schemes: tuple[str, ...] | None,
    day: date,
    most_own: int | None,
    asked: Asked,
    hour: Hour,
) -> Combination:
    given, doubts_of_costs = _summed(costs)
    is_open_ended = any(each.yen is None for each in costs)
    said = replace(asked, size_yen=_size(given))
    found = _candidates(area, day, said, hour) if schemes is None else _loaded(Scheme.objects.all(), schemes)
    with names_at_hand():
        offers, doubts, left = _offers(found, area, day, said, given, is_chosen=schemes is not None)
    names = {each.pk: each for each in found}
    reckoned = [names[each.key] for each in offers]
    unknown = [*doubts_of_costs, *doubts]
    if not given:
        return Combination(
            best=None,
            own=(0, None if unknown else 0),
            unknown=unknown,
            why=[_("費用が書かれていないので、計算していません。"), *left],
            offers=reckoned,
        )
    try:
        taken, over = _within(given, offers, most_own, names)
        good, bad = (_stacked(given, offers, world, taken, most_own) for world in (World.GOOD, World.BAD))
    except NotStackable as refused:
        text = _("この組合せは計算できません。支援メニューを減らすか、順序を確かめてください（%(where)s）。")
        return Combination(best=None, own=(0, None), why=[text % {"where": refused.where}], offers=reckoned)
    plans = [_plan(each, names) for each in (taken.best, *taken.alternatives)]
    best = plans[0]
    unknown += _doubled(best)
    low = min(good.low, taken.low, best.net)
    high = None if is_open_ended or bad.high is None else max(bad.high, taken.high or 0, best.net)
    unused = [str(each) for each in reckoned if each not in best.schemes]
    return Combination(
        best=best,
        alternatives=plans[1:],
        own=(low, high),
        by_year=[(each.year, each.now, each.net) for each in best.years],
        binds=[
            _("%(limit)s。これがなければ、自己負担は%(yen)s減ります。")
            % {"limit": _limit(each.limit, names), "yen": number("size", each.saves)}
            for each in taken.binds
            if each.limit.name not in {"window", "most_own"}
        ],
        unknown=unknown,
        why=[
            *(
                [_("計算に入れたが、使わないほうがよいもの：%(names)s") % {"names": _("、").join(unused)}]
                if unused
                else []
            ),
            *left,
        ],
        over_budget=over,
        offers=reckoned,
    )


def _within(
    given: Mapping[tuple[str, int], Any], offers: Sequence[Offer], most_own: int | None, names: Mapping[str, Scheme]
) -> tuple[Stack, str | None]:
    """The best that keeps to the own funds; where there is none, the best of all, and what is missing in words."""
    try:
        return stack_up(given, offers, World.TAKEN, most_own), None
    except OverBudget as refused:
        helps = _("、").join(_limit(each, names) for each in refused.helps)
        text = _("どの組合せでも、すぐに用意する額が%(yen)s足りません。") % {"yen": number("size", refused.short)}
        if helps:
            text += _("妨げているのは：%(limits)s。") % {"limits": helps}
        else:
            text += _("妨げているのは、用意できる額の上限そのものです。支援メニューを足すか、費用を減らしてください。")
        return stack_up(given, offers, World.TAKEN), text


def _stacked(given: Any, offers: Sequence[Offer], world: World, taken: Stack, most_own: int | None) -> Stack:
    """Another world, where it is another one."""
    sure = all(each.is_sure and {year for _kind, year in given} <= each.years for each in offers)
    sure = sure and sum(each.is_national for each in offers) < 2
    known = all(each.returned is not None or each.instrument != "bond" for each in offers)
    if most_own is None and (known if world == World.GOOD else sure):
        return taken
    return stack_up(given, offers, world)


def _summed(costs: Iterable[Cost]) -> tuple[dict[tuple[str, int], Any], list[str]]:
    """Costs by kind and year, added up, and in words those of which the size is not known, or not exactly."""
    ends: dict[tuple[str, int], tuple[int, int]] = {}
    unknown = []
    for each in costs:
        if each.yen is None:
            said = {"kind": models.Cost(each.kind).label, "year": _year(each.year)}
            unknown.append(_("%(year)sの%(kind)sの費用が分かりません。その分は計算に入っていません。") % said)
            continue
        low, high = (each.yen, each.yen) if isinstance(each.yen, int) else each.yen
        before = ends.get((each.kind, each.year), (0, 0))
        ends[each.kind, each.year] = before[0] + low, before[1] + high
    for (kind, year), (low, high) in ends.items():
        if low != high:
            said = {"kind": models.Cost(kind).label, "year": _year(year)}
            said |= {"low": number("size", low), "high": number("size", high)}
            unknown.append(_("%(year)sの%(kind)sの費用は、%(low)sから%(high)sのどこかです。") % said)
    return {place: low if low == high else (low, high) for place, (low, high) in ends.items()}, unknown


def _size(given: Mapping[tuple[str, int], Any]) -> int | None:
    """What the project costs, where that is one figure: conditions on the size ask for it."""
    if any(not isinstance(yen, int) for yen in given.values()):
        return None
    return sum(given.values()) or None


def _loaded(rows: QuerySet[Scheme], keys: Sequence[str], most: int | None = None) -> list[Scheme]:
    """The schemes of some keys, in their order, with what they exclude and come after (2 queries).

    Each has `told`: the years of which rates are published, the newest first, each with `published`: its rates.
    """
    found = (
        rows.filter(pk__in=keys)
        .defer("extra", "detail")
        .annotate(
            not_with=ArraySubquery(Scheme.objects.filter(excludes=OuterRef("pk")).values("pk")),
            comes_after=ArraySubquery(Scheme.objects.filter(before=OuterRef("pk")).values("pk")),
        )
    )
    place = {key: at for at, key in enumerate(keys)}
    first: list[Any] = sorted(found, key=lambda each: place[each.pk])[:most]
    told: dict[str, dict[int, Any]] = {each.pk: {} for each in first}
    rates = models.Rate.objects.filter(year__scheme__in=first).select_related("year")
    for rate in rates.order_by("-year__fiscal_year", "order"):
        year: Any = told[rate.year.scheme_id].setdefault(rate.year_id, rate.year)
        year.published = [*getattr(year, "published", ()), rate]
    for each in first:
        each.told = list(told[each.pk].values())
    return first


def _candidates(area: Area, day: date, asked: Asked, hour: Hour) -> list[Scheme]:
    """Schemes that pay, with published rates, that the area may (perhaps) use and that are open or will open."""
    matches = [
        each
        for each in match(area, asked, day, top=IN_SIGHT, hour=hour)
        if each.eligible != State.NO and each.timing.state != "closed"
    ]
    timed = {each.scheme for each in matches if each.timing.state in {"open", "coming"}}
    rows = Scheme.objects.filter(pk__in=[each.scheme for each in matches], kind__in=list(INSTRUMENTS))
    rows = rows.filter(Q(pk__in=timed) | Q(kind__in=STANDING), years__rates__isnull=False)
    if asked.fields or asked.solutions:
        rows = rows.filter(
            Q(fields__in=asked.fields)
            | Q(fields__solutions__in=asked.solutions)
            | Q(solutions__in=asked.solutions)
            | Q(solutions__field__in=asked.fields)
            | Q(fields=None, solutions=None)
        )
    fitting = Scheme.objects.filter(pk__in=rows.values("pk"))
    return _loaded(fitting, [each.scheme for each in matches], MOST_OFFERS)


def _offers(
    schemes: Sequence[Scheme],
    area: Area,
    day: date,
    asked: Asked,
    given: Mapping[tuple[str, int], Any],
    *,
    is_chosen: bool,
) -> tuple[list[Offer], list[str], list[str]]:
    """What each scheme pays, in words what is not known of it, and in words which were left out."""
    alone = judged(area, replace(asked, applicant=asked.applicant or "area"), day)
    together = judged(area, replace(asked, applicant="consortium"), day)
    kinds, years = {kind for kind, _at in given}, sorted({year for _kind, year in given})
    offers, doubts, left = [], list[tuple[str, str]](), list[str]()
    for scheme in schemes:
        said = {"scheme": scheme}
        if scheme.kind not in INSTRUMENTS:
            left.append(_("%(scheme)s：お金を出す支援ではないので、計算に入れていません。") % said)
            continue
        judge, (state, gaps) = alone, alone(scheme.rule, scheme.pk)
        if state == State.NO:
            judge, (state, gaps_together) = together, together(scheme.rule, scheme.pk)
            gaps = gaps_together if state != State.NO else gaps
            if state != State.NO:
                state = State.UNKNOWN
                doubts.append((_("%(scheme)s：コンソーシアムで申請するときだけ使えます。"), str(scheme)))
        if state == State.NO:
            left.append(_("%(scheme)s：使えません（%(gap)s）。") % {**said, "gap": _gap(gaps)})
            continue
        if scheme.costs and kinds and not kinds & set(scheme.costs):
            left.append(_("%(scheme)s：対象経費に当たる費用がありません。") % said)
            continue
        terms = _terms(scheme, years)
        rates = _rates(terms, scheme, judge)
        if terms is None or not rates:
            if not is_chosen:
                continue
            doubts.append((_("%(scheme)s：補助率が公表・登録されていません。"), str(scheme)))
        offer, more = _offer(scheme, terms, rates, years, is_sure=state == State.YES)
        if state == State.UNKNOWN and judge is alone:
            gap = _gap(gaps) or _("使える条件が登録されていません")
            text = _("%(scheme)s：使えるか、まだ分かりません（%(gap)s）。")
            more.insert(0, (text % {"scheme": "%(scheme)s", "gap": gap.replace("%", "%%")}, str(scheme)))
        offers.append(offer)
        doubts += more
    return offers, _grouped(doubts), left


def _gap(gaps: Sequence[Reason]) -> str:
    return _("、").join(reason_of(each) for each in gaps[:2])


def _terms(scheme: Scheme, years: Sequence[int]) -> SchemeYear | None:
    """The newest published terms up to the last year of the project, else the newest of all."""
    told: list[SchemeYear] = scheme.told  # type: ignore[attr-defined]
    in_time = [each for each in told if not years or each.fiscal_year <= years[-1]]
    return next(iter(in_time or told), None)


def _rates(terms: SchemeYear | None, scheme: Scheme, judge: Any) -> list[models.Rate]:
    """The rates that the area may get: the first whose rule it meets, and those before of which that is not known."""
    found = []
    for rate in terms.published if terms else ():  # type: ignore[attr-defined]
        state = judge(rate.rule, scheme.pk)[0] if rate.rule else State.YES
        if state != State.NO:
            found.append(rate)
        if state == State.YES:
            break
    return found


def _offer(
    scheme: Scheme, terms: SchemeYear | None, rates: Sequence[models.Rate], years: Sequence[int], *, is_sure: bool
) -> tuple[Offer, list[tuple[str, str]]]:
    """A scheme as the engine takes it, and what is not known of it: texts with a place for its name, and that."""
    doubts = []
    shares = [Fraction(each.numerator, each.denominator) for each in rates] or [Fraction(0), Fraction(1)]
    ceilings = [_lower(each.max_yen, terms.max_yen if terms else None) for each in rates]
    known = [each for each in ceilings if each is not None]
    ceiling = (min(known), max(known) if len(known) == len(ceilings) else None) if known else None
    if len(rates) > 1:
        options = _("・").join(str(each) for each in rates)
        text = _("%(scheme)s：補助率が%(rates)sのどれになるか、分かりません。")
        doubts.append((text % {"scheme": "%(scheme)s", "rates": options}, str(scheme)))
    if ceiling is None and scheme.kind == Scheme.Kind.GRANT and rates:
        doubts.append((_("%(scheme)s：上限が公表・登録されていません。ないものとして計算しました。"), str(scheme)))
        is_sure = False
    if not scheme.costs:
        doubts.append(
            (_("%(scheme)s：対象経費が登録されていません。すべての費用を対象として計算しました。"), str(scheme))
        )
        is_sure = False
    told = frozenset(each.fiscal_year for each in scheme.told)  # type: ignore[attr-defined]
    if (ahead := [year for year in years if year not in told]) and terms:
        text = _("%(scheme)s：%(years)sの条件は未公表です。%(terms)sの条件が続くものとして計算しました。")
        of = {"years": _("・").join(map(_year, ahead)), "terms": _year(terms.fiscal_year)}
        doubts.append((text % {"scheme": "%(scheme)s", **of}, str(scheme)))
    returned = None
    if scheme.kind == Scheme.Kind.BOND and all(each.returned_percent is not None for each in rates) and rates:
        returned = Fraction(min(each.returned_percent or 0 for each in rates), 100)
    elif scheme.kind == Scheme.Kind.BOND:
        doubts.append((_("%(scheme)s：交付税措置率が登録されていません。0 %%として計算しました。"), str(scheme)))
    is_private = scheme.level == Scheme.Level.PRIVATE and scheme.kind == Scheme.Kind.GRANT
    return Offer(
        key=scheme.pk,
        instrument="private" if is_private else INSTRUMENTS[scheme.kind],
        rate=(min(shares), max(shares)),
        ceiling=ceiling,
        least_size=(terms.min_yen if terms else None) or 0,
        least_own=Fraction(scheme.least_own_percent or 0, 100),
        returned=returned,
        unit=scheme.unit_yen,
        kinds=frozenset(scheme.costs),
        years=told,
        after=frozenset(scheme.comes_after),  # type: ignore[attr-defined]
        excludes=frozenset(scheme.not_with),  # type: ignore[attr-defined]
        is_sure=is_sure,
        is_national=scheme.kind == Scheme.Kind.GRANT and scheme.level == Scheme.Level.NATIONAL,
    ), doubts


def _lower(*limits: int | None) -> int | None:
    return min((each for each in limits if each is not None), default=None)


def _grouped(doubts: Iterable[tuple[str, str]]) -> list[str]:
    """What is not known, said once for all schemes of which the same is not known."""
    names: dict[str, list[str]] = {}
    for text, name in doubts:
        names.setdefault(text, []).append(name)
    return [text % {"scheme": _("、").join(of)} for text, of in names.items()]


def _plan(plan: Plan, names: Mapping[str, Scheme]) -> PlanOfMoney:
    return PlanOfMoney(
        schemes=tuple(names[key] for key in plan.schemes),
        shares=tuple(
            Share(scheme=names[each.scheme], kind=each.kind, year=each.year, yen=each.yen) for each in plan.payments
        ),
        years=tuple(YearOfMoney(year=each.year, cost=each.cost, now=each.now, net=each.net) for each in plan.years),
    )


def _doubled(plan: PlanOfMoney) -> list[str]:
    """In words the grants of the nation that pay of the same cost, which is seldom allowed."""
    cells: dict[tuple[str, int], set[str]] = {}
    for each in plan.shares:
        if each.scheme.kind == Scheme.Kind.GRANT and each.scheme.level == Scheme.Level.NATIONAL:
            cells.setdefault((each.kind, each.year), set()).add(str(each.scheme))
    names = sorted({name for found in cells.values() if len(found) > 1 for name in found})
    if not names:
        return []
    text = _("%(names)s：国の補助金を同じ経費に重ねることは、認められないことが多いので、実施主体に確かめてください。")
    return [text % {"names": _("、").join(names)}]


def _limit(limit: Limit, names: Mapping[str, Scheme]) -> str:
    """A limit in words."""
    first, second = (*(str(names[key]) for key in limit.keys), "", "")[:2]
    said = {"a": first, "b": second, "year": _year(limit.year or 0), "yen": number("size", limit.short)}
    texts = {
        "ceiling": _("%(a)sの上限"),
        "ceiling_by_year": _("%(a)sの%(year)sの上限"),
        "least_own": _("%(a)sが求める自己負担の下限"),
        "excludes": _("%(a)sと%(b)sは併用できない"),
        "excludes_on_item": _("%(a)sと%(b)sは同じ経費に充てられない"),
        "requires": _("%(a)sには%(b)sが要る"),
        "least_size": _("%(a)sの下限に%(yen)s足りない"),
        "window": _("%(a)sはほかの年度のもの"),
        "most_own": _("すぐに用意できる額"),
    }
    return texts[limit.name] % said


def _year(year: int) -> str:
    return format_fiscal_year(year, get_language() or "ja")
