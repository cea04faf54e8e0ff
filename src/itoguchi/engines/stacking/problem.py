"""What is asked of the engine stacking: costs, schemes and limits, checked when they are made (§1–§6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from graphlib import CycleError, TopologicalSorter

from itoguchi.engines.door import Refused

LARGEST = 10**13  # yen
LATEST = 9999  # fiscal year
MOST_SCHEMES, MOST_CELLS = 200, 400
# §2: who is asked first. Each stage sees what the stages before it left.
STAGES = {"grant": 0, "private": 0, "bond": 1, "loan": 1, "tax_allocation": 2}


class NotStackable(Refused):
    """A problem that cannot be asked, or that no combination solves."""


class OverBudget(NotStackable):
    """No combination keeps to the most that may be paid from own funds (§8); `helps`: the limits that would help most."""

    def __init__(self, where: str, message: str, cure: str, short: int = 0, helps: tuple[Limit, ...] = ()) -> None:
        super().__init__(where, message, cure)
        self.short, self.helps = short, helps  # yen that are missing in all


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit of the problem that could be loosened: what kind of limit, whose, in which year."""

    name: str
    keys: tuple[str, ...] = ()
    year: int | None = None
    short: int = 0  # least size, missed by so many yen


@dataclass(frozen=True, slots=True)
class Between:
    """Something not known exactly (§9); `high` None: nobody knows an upper end."""

    low: Fraction
    high: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Cost:
    """What one kind of cost takes in one fiscal year, in yen."""

    kind: str
    year: int
    yen: int | Between


@dataclass(frozen=True, slots=True)
class Scheme:
    """A way to pay (§2–§5). No kinds or no years: every one. Yen are whole, shares lie between 0 and 1.

    `returned`: the share of a bond's repayment that comes back as ordinary tax allocation. `after`: schemes of the same
    stage that are asked before, so that this one sees what they left.
    """

    key: str
    instrument: str
    kinds: tuple[str, ...] = ()
    years: tuple[int, ...] = ()
    rate: Fraction | Between = Fraction(1)
    ceiling_by_year: int | Between | None = None
    ceiling: int | Between | None = None
    least_size: int | Between = 0
    least_own: Fraction = Fraction(0)
    returned: Fraction = Fraction(0)
    unit: int = 1
    after: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    excludes_on_item: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()

    @property
    def worth(self) -> Fraction:
        """What a yen of it takes off the own burden (§3)."""
        return {"bond": self.returned, "loan": Fraction(0)}.get(self.instrument, Fraction(1))


@dataclass(frozen=True, slots=True)
class Problem:
    """A project's costs, the schemes that may fit, and the most own funds there are, by year and in all."""

    costs: tuple[Cost, ...]
    schemes: tuple[Scheme, ...]
    most_own: int | None = None
    most_own_by_year: Mapping[int, int] | None = None

    def __post_init__(self) -> None:
        _check_costs(self.costs)
        if len(self.schemes) > MOST_SCHEMES:
            raise NotStackable("schemes", f"{len(self.schemes)} are too many", f"Give at most {MOST_SCHEMES}")
        keys = [scheme.key for scheme in self.schemes]
        kinds, years = {cost.kind for cost in self.costs}, {cost.year for cost in self.costs}
        for number, scheme in enumerate(self.schemes):
            if keys.index(scheme.key) < number:
                raise NotStackable(f"schemes[{number}].key", f"{scheme.key} is given twice", "Name each once")
            _check_scheme(scheme, f"schemes[{number}]", kinds, set(keys))
        earlier(self.schemes)
        for year, yen in (self.most_own_by_year or {}).items():
            if year not in years:
                raise NotStackable(f"most_own_by_year.{year}", "there is no cost in that year", "Leave it out")
            _check_amount(yen, f"most_own_by_year.{year}")
        if self.most_own is not None:
            _check_amount(self.most_own, "most_own")


def _check_costs(costs: tuple[Cost, ...]) -> None:
    if not costs:
        raise NotStackable("costs", "there is no cost", "Give at least one")
    if len(costs) > MOST_CELLS:
        raise NotStackable("costs", f"{len(costs)} are too many", f"Give at most {MOST_CELLS}")
    seen = set()
    for number, cost in enumerate(costs):
        where = f"costs[{number}]"
        if not 1 <= cost.year <= LATEST:
            raise NotStackable(f"{where}.year", f"{cost.year} is no fiscal year", "Write it as 2027")
        if (cost.kind, cost.year) in seen:
            raise NotStackable(where, f"{cost.kind} in {cost.year} is given twice", "Add the two up")
        seen.add((cost.kind, cost.year))
        _check_amount(cost.yen, f"{where}.yen")
        if isinstance(cost.yen, Between) and cost.yen.high is None:
            raise NotStackable(f"{where}.yen", "a cost without upper end has no own burden", "Give [low, high]")


def _check_scheme(scheme: Scheme, where: str, kinds: set[str], keys: set[str]) -> None:
    if scheme.instrument not in STAGES:
        cure = f"Use {', '.join(STAGES)}"
        raise NotStackable(f"{where}.instrument", f"{scheme.instrument} is not known", cure)
    for kind in scheme.kinds:
        if kind not in kinds:
            raise NotStackable(f"{where}.kinds", f"no cost is of the kind {kind}", "Mend it, or add a cost of 0 yen")
    _check_figures(scheme, where)
    for name in ("after", "excludes", "excludes_on_item", "requires"):
        for key in getattr(scheme, name):
            if key not in keys:
                raise NotStackable(f"{where}.{name}", f"there is no scheme {key}", "Give the key of one of the schemes")
            if key == scheme.key:
                raise NotStackable(f"{where}.{name}", f"{key} names itself", "Leave it out")


def _check_figures(scheme: Scheme, where: str) -> None:
    for name in ("rate", "least_own", "returned"):
        _check_share(getattr(scheme, name), f"{where}.{name}")
    if scheme.returned and scheme.instrument != "bond":
        raise NotStackable(f"{where}.returned", "only a bond's repayment is returned", "Leave it out")
    for name in ("ceiling_by_year", "ceiling", "least_size"):
        if getattr(scheme, name) is not None:
            _check_amount(getattr(scheme, name), f"{where}.{name}")
    if not 1 <= scheme.unit <= LARGEST:
        raise NotStackable(f"{where}.unit", f"{scheme.unit} yen is no unit", "Give 1 or more")


def _ends(given: Fraction | Between | int) -> tuple[Fraction, Fraction | None]:
    if isinstance(given, Between):
        return given.low, given.high
    return Fraction(given), Fraction(given)


def _check_share(given: Fraction | Between, where: str) -> None:
    low, high = _ends(given)
    if high is None or not 0 <= low <= high <= 1:
        ends = [f"{float(end):.0%}" for end in dict.fromkeys((low, high)) if end is not None]
        said = " to ".join(ends)
        raise NotStackable(where, f"{said} is no share of a cost", "Give 0 to 1, the low end first")


def _check_amount(given: int | Between, where: str) -> None:
    low, high = _ends(given)
    if not 0 <= low <= (low if high is None else high) <= LARGEST:
        raise NotStackable(where, f"{low if high in (low, None) else f'{low} to {high}'} yen is no amount",
                           f"Give 0 to {LARGEST}, the low end first")  # fmt: skip
    if low.denominator != 1 or (high is not None and high.denominator != 1):
        raise NotStackable(where, "it is not in whole yen", "Leave parts of a yen out")


def earlier(schemes: Iterable[Scheme]) -> dict[str, frozenset[str]]:
    """For each scheme the keys of all that are asked before it (§2); raises NotStackable where they go round."""
    given = sorted(schemes, key=lambda scheme: scheme.key)
    stage = {scheme.key: STAGES[scheme.instrument] for scheme in given}
    graph = {each.key: {o for o in stage if stage[o] < stage[each.key]} | set(each.after) for each in given}
    try:
        order = tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        ring = " → ".join(error.args[1])
        raise NotStackable("schemes", f"the order goes round: {ring}", "Take one `after` out") from None
    found: dict[str, frozenset[str]] = {}
    for key in order:
        found[key] = frozenset(graph[key]).union(*(found[before] for before in graph[key]))
    return found
