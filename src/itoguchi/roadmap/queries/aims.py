"""What people ask of the roadmap: which edition held on a day, its fields, their KPIs with targets and readings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Prefetch, Q, QuerySet, prefetch_related_objects
from django.utils.translation import gettext as _

from itoguchi.core.calendar import DatedTo, Precision
from itoguchi.core.queries import everyday_words
from itoguchi.roadmap.diffusion import Outlook, outlooks_of
from itoguchi.roadmap.models import (
    Barrier,
    Edition,
    ExpectedEffect,
    Field,
    Kpi,
    Milestone,
    Reading,
    Solution,
    State,
    Target,
    shown_value,
)
from itoguchi.roadmap.queries.counted import with_counted_readings

DAY_OF_SOURCE = date(2017, 3, 24)  # of the ministry's document that speaks of the roadmap first


@dataclass(frozen=True, slots=True)
class Roadmap:
    """The roadmap as of a day; each field holds its solutions, each solution its KPIs, each KPI its readings so far."""

    as_of: date
    editions: tuple[Edition, ...]
    fields: tuple[Field, ...]
    foundations: tuple[Field, ...]
    of_whole: tuple[Kpi, ...]

    @property
    def edition(self) -> Edition | None:
        """The edition in force; None before the first."""
        return next((each for each in reversed(self.editions) if each.published <= self.as_of), None)

    @property
    def solutions(self) -> list[Solution]:
        """The solutions of the fields, the foundations' not among them."""
        return [solution for field in self.fields for solution in field.solutions.all()]

    @property
    def foundation_solutions(self) -> list[Solution]:
        return [solution for field in self.foundations for solution in field.solutions.all()]

    @property
    def published_kpis(self) -> list[Kpi]:
        """KPIs that a public source names, those of the whole roadmap last."""
        of_solutions = [kpi for each in [*self.solutions, *self.foundation_solutions] for kpi in each.kpis.all()]
        return [kpi for kpi in [*of_solutions, *self.of_whole] if kpi.is_published]


URGENT = (State.LATE, State.MISSED, State.NO_VALUE, State.ON_TRACK, State.REACHED)  # what asks to be done, first


@dataclass(frozen=True, slots=True)
class Standing:
    """The state of a KPI as of a day, why it is so, and the outlook it rests on, where there is one."""

    state: State
    why: str
    outlook: Outlook | None = None


@dataclass(frozen=True, slots=True)
class FigureChange:
    """One change of a target or reading, as a page shows it."""

    at: datetime
    what: str
    kind: str
    when: DatedTo
    value: str


def editions() -> list[Edition]:
    """All editions, the first one first (1 query)."""
    return list(Edition.objects.all())


def edition_as_of(day: date) -> Edition | None:
    """The edition in force on a day; None before the first (1 query)."""
    return Edition.objects.filter(published__lte=day).order_by("published").last()


def in_force(day: date) -> Q:
    """Fields and solutions that the edition of a day has."""
    return Q(since__published__lte=day) & not_dropped(day)


def not_dropped(day: date) -> Q:
    """What no edition up to a day dropped."""
    return Q(until=None) | Q(until__published__gt=day)


def roadmap_as_of(day: date) -> Roadmap:
    """Everything of the roadmap as of a day (7 queries)."""
    found = list(
        Field.objects.filter(in_force(day)).prefetch_related(
            Prefetch("solutions", Solution.objects.filter(in_force(day))),
            Prefetch("solutions__kpis", stated_kpis(day)),
        )
    )
    known = editions()
    name_as_in(next((each for each in reversed(known) if each.published <= day), None), found)
    of_whole = list(stated_kpis(day).filter(solution=None)) if found else []
    of_solutions = [kpi for field in found for each in field.solutions.all() for kpi in each.kpis.all()]
    published = [kpi for kpi in [*of_solutions, *of_whole] if kpi.is_published]  # the others have no figures
    prefetch_related_objects(published, *figures_until(day))
    with_counted_readings(published, day)
    return Roadmap(
        as_of=day,
        editions=tuple(known),
        fields=tuple(field for field in found if not field.is_foundation),
        foundations=tuple(field for field in found if field.is_foundation),
        of_whole=tuple(of_whole),
    )


def fields_of(edition: Edition) -> list[Field]:
    """Fields and foundations of an edition with their solutions (2 queries)."""
    so_far = Solution.objects.filter(in_force(edition.published))
    fields = list(Field.objects.filter(in_force(edition.published)).prefetch_related(Prefetch("solutions", so_far)))
    name_as_in(edition, fields)
    return fields


def name_as_in(edition: Edition | None, fields: Iterable[Field]) -> None:
    """Give fields and their solutions the names that an edition gave them (no query)."""
    if edition is None or not edition.content:
        return
    for field in fields:
        field.name = edition.content["fields"].get(field.key, {}).get("name", field.name)
        for each in field.solutions.all():
            each.name = edition.content["solutions"].get(each.key, {}).get("name", each.name)


def fields(day: date) -> QuerySet[Field]:
    """All fields, each with its solutions, their KPIs, targets and readings as of a day (5 queries)."""
    so_far = Solution.objects.filter(in_force(day)).prefetch_related(Prefetch("kpis", kpis(day)))
    return Field.objects.select_related("since", "until").prefetch_related(Prefetch("solutions", so_far))


def spoken_words(field: Field) -> str:
    """A field and everyday words for it, so that who uses those finds what belongs to it: 観光：訪日外国人、インバウンド."""
    return f"{field.name}：{everyday_words(field.key)}"


def solutions(day: date) -> QuerySet[Solution]:
    """All solutions with field and first edition, each with its KPIs, targets and readings as of a day (4 queries)."""
    return Solution.objects.select_related("field", "since", "until").prefetch_related(Prefetch("kpis", kpis(day)))


def kpis(day: date) -> QuerySet[Kpi]:
    """KPIs stated by a day, with their targets, and their readings up to it in order of time (3 queries)."""
    return stated_kpis(day).prefetch_related(*figures_until(day))


def stated_kpis(day: date) -> QuerySet[Kpi]:
    """KPIs stated by a day (1 query)."""
    return Kpi.objects.filter(Q(stated_on=None) | Q(stated_on__lte=day), not_dropped(day))


def figures_until(day: date) -> tuple[Prefetch[str], Prefetch[str]]:
    """What belongs to a KPI as of a day: its targets, and its readings up to the day (2 queries)."""
    readings = Reading.objects.filter(at__lte=day).order_by("at", "at_precision")
    targets = Target.objects.filter(Q(stated_on=None) | Q(stated_on__lte=day)).order_by("order")
    return Prefetch("targets", targets), Prefetch("readings", readings)


def all_kpis() -> QuerySet[Kpi]:
    """Every KPI with its solution and field, without regard to days (1 query)."""
    return Kpi.objects.select_related("solution__field", "solution__since", "until")


def milestones_of(kpis: list[Kpi], day: date) -> list[Milestone]:
    """The steps towards some KPIs that stand on a day, the earliest first (1 query)."""
    there = Milestone.objects.filter(not_dropped(day), kpi__in=kpis)
    return list(there.select_related("kpi").order_by("by", "pk"))


def standings(kpis: Iterable[Kpi], as_of: date) -> dict[str, Standing]:
    """How KPIs stand, by the rule of docs/follow-up.md §6, in order of what needs most to be done (1 query).

    Their targets, and their readings as of the day, are asked for before.
    """
    asked = list(kpis)
    outlooks = outlooks_of(asked)
    found = {kpi.key: _standing(kpi, outlooks.get(kpi.key), as_of) for kpi in asked}
    return dict(sorted(found.items(), key=lambda each: URGENT.index(each[1].state)))


def _standing(kpi: Kpi, outlook: Outlook | None, as_of: date) -> Standing:
    target, newest, baseline = kpi.target, kpi.newest, kpi.baseline or _first(kpi)
    if target is None or newest is None or baseline is None or target.unit != kpi.unit:
        return Standing(State.NO_VALUE, _("目標か実績値が公表されていません。"), outlook)
    if newest.value >= target.value:
        return Standing(State.REACHED, _("%(when)sの実績値が目標に届いています。") % {"when": newest.when}, outlook)
    if newest.when.last_day >= target.when.last_day:
        return Standing(State.MISSED, _("期限の後の実績値も目標に届いていません。"), outlook)
    if as_of > target.when.last_day:
        return Standing(State.NO_VALUE, _("期限は過ぎましたが、期限の後の実績値が公表されていません。"), outlook)
    if outlook and outlook.probability is not None:
        state = State.ON_TRACK if outlook.probability >= 0.5 else State.LATE
        if outlook.probability < 0.01:
            return Standing(state, _("期限までに目標に届く見込みは1 %未満です。"), outlook)
        chance = _("期限までに目標に届く見込みは%(chance)s %%です。") % {"chance": round(100 * outlook.probability)}
        return Standing(state, chance, outlook)
    if newest == baseline:
        return Standing(State.NO_VALUE, _("実績値が1つだけで、進み方がわかりません。"), outlook)
    ahead = newest.value - _on_the_way(baseline, target, newest.when.last_day)
    state = State.ON_TRACK if ahead >= 0 else State.LATE
    said = _("基準値から目標への直線と比べて%(points)s。") % {"points": _points(ahead, kpi.unit)}
    return Standing(state, said, outlook)


def _first(kpi: Kpi) -> Reading | None:
    return min(kpi.readings.all(), key=lambda reading: reading.at, default=None)


def _on_the_way(baseline: Reading, target: Target, day: date) -> Decimal:
    """The value on a day of the straight line from the baseline to the target."""
    start, end = baseline.when.last_day, target.when.last_day
    return baseline.value + (target.value - baseline.value) * (day - start).days / max((end - start).days, 1)


def _points(ahead: Decimal, unit: str) -> str:
    """`3.2ポイント上です` of shares, `420か所上です` of counts."""
    if unit.startswith("percent"):
        size = _("%(number)sポイント") % {"number": abs(ahead).quantize(Decimal("0.1"))}
    else:
        size = shown_value(abs(ahead).quantize(Decimal(1)), unit)
    return (_("%(size)s上です") if ahead >= 0 else _("%(size)s下です")) % {"size": size}


def history_of_figures(kpi: Kpi, *, limit: int = 50) -> list[FigureChange]:
    """Every target and reading of a KPI as it was written, newest first (2 queries)."""
    verbs = {"insert": _("登録"), "update": _("変更"), "delete": _("削除")}
    changes = []
    for model, dated, unit in ((Target, "by", ""), (Reading, "at", kpi.unit)):
        events = model.pgh_event_model.objects.filter(kpi=kpi).order_by("-pgh_created_at", "pgh_id")  # type: ignore[union-attr]
        changes += [
            FigureChange(
                event.pgh_created_at,
                verbs[event.pgh_label],
                str(model._meta.verbose_name),
                DatedTo(getattr(event, dated), Precision(getattr(event, f"{dated}_precision"))),
                shown_value(event.value, unit or event.unit),
            )
            for event in events[:limit]
        ]
    return sorted(changes, key=lambda change: change.at, reverse=True)[:limit]


def barriers() -> list[Barrier]:
    """What local governments named in the way of acting (1 query)."""
    return list(Barrier.objects.all())


def expected_effects() -> list[ExpectedEffect]:
    """What the roadmap is expected to bring: in all first, then by field (1 query)."""
    return sorted(
        ExpectedEffect.objects.select_related("field"),
        key=lambda effect: (effect.fiscal_year, effect.field.order if effect.field else 0),
    )
