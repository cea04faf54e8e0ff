"""The API of the follow-up: what every KPI comes to where, how it is likely to go on, and what is done where one is late."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from django.utils import timezone
from pydantic import Field as Asked

from itoguchi.core.api import Answer, Dataset, Key, column, offer
from itoguchi.roadmap import queries
from itoguchi.roadmap.api.aims import ADDRESS, SOURCE, WHEN, known, narrowed, plain, router
from itoguchi.roadmap.api.records import NOT_APPLICABLE, PLACE, UNANSWERED, AsOf, LevelName, PlaceFilters, levels_asked
from itoguchi.roadmap.diffusion import Expected, Outlook, outlooks_of
from itoguchi.roadmap.models import Kpi, Level, Reading, Remedy, StageChange, State, Target
from itoguchi.roadmap.queries import Expectation, Tally, Value

PAGE = "roadmap:follow_up"
OF_KPI = "KPIの記号 / Key of the KPI"
StateName = Literal["reached", "on-track", "late", "missed", "no-value"]


class KpiValueAnswer(Answer):
    """What a KPI comes to in one place as of a day."""

    kpi: str = column("KPI / KPI", OF_KPI)
    level: LevelName = column("段 / Level", "全国、地域ブロック、都道府県 / The nation, a block or a prefecture")
    place: str | None = column("地域 / Place", PLACE)
    at: str | None = column("時点 / At", WHEN)
    value: float | None = column(
        "値 / Value",
        "記録から数えるKPIはその日の値、ほかは公表された最も新しい実績値。なければ空"
        " / Of KPIs counted from records the value of the day, of others the newest one published; empty without one",
    )
    unit: str = column("単位 / Unit", "percent など / e.g. percent, places, areas")
    count: int | None = column("実数 / Count", "割合のもとの数 / Number behind a share")
    denominator: int | None = column(
        "母数 / Denominator",
        "記録から数えるKPIでは、数える団体から対象外を除いた数。未回答は含む"
        " / Of KPIs counted from records, the areas that count but those not applicable; the unanswered are in it",
    )
    not_applicable: int | None = column("対象外 / Not applicable", NOT_APPLICABLE)
    unanswered: int | None = column("未回答 / Unanswered", UNANSWERED)
    state: StateName | None = column(
        "状況 / State",
        "reached 達成、on-track 順調、late 遅れ、missed 未達、no-value 数値なし。目標のある全国だけ"
        " / reached, on-track, late, missed or no-value, against the target; of the nation alone, for which there is one",
    )
    definition: str = column("定義 / Definition", "KPIの定義 / What the KPI counts")
    address: str = column("住所 / Address", ADDRESS)


class ForecastAnswer(Answer):
    """What is expected of a KPI on a day; the rest is the same for every day of the KPI."""

    kpi: str = column("KPI / KPI", OF_KPI)
    day: date = column("日 / Day", "年度末、または目標の期限 / End of a fiscal year, or the day of the target")
    low: int = column("低いほう（10%） / Low (10 %)", "10回に1回はこれより少ない / One time in ten it is less")
    median: int = column("中央（50%） / Median (50 %)")
    high: int = column("高いほう（90%） / High (90 %)", "10回に1回はこれより多い / One time in ten it is more")
    population: int = column("母数 / Population", "これらの数が占める全体 / Of how many these are")
    unit: str = column("単位 / Unit", "数の単位 / What is counted")
    last_day: date = column("最後の実績値の日 / Day of the last reading")
    last_count: int = column("最後の実績値 / Last reading")
    goal: int | None = column("目標の数 / Goal", "目標を数で表したもの / The target as a count")
    by: date | None = column("期限 / By")
    probability: float | None = column(
        "届く見込み / Probability", "期限までに目標に届く確率（0〜1） / Of reaching the goal in time, from 0 to 1"
    )
    reached_by: date | None = column(
        "届く日 / Reached by",
        "五分五分で目標に届く日。25年のうちになければ空 / Even odds; empty if not within 25 years",
    )
    pace: float = column("これまでの速さ / Pace", "最後の1年あまりに、年にいくつ増えたか / A year, of late")
    pace_needed: float | None = column(
        "要る速さ / Pace needed", "期限に届くには、年にいくつ増えるべきか / A year, to reach the goal in time"
    )
    address: str = column("住所 / Address", ADDRESS)


class RemedyAnswer(Answer):
    """What is done about a KPI that is late or missed, what it was expected to bring, and what came."""

    kpi: str = column("KPI / KPI", OF_KPI)
    text: str = column("改善策 / Remedy")
    by_whom: str = column("だれが / By whom")
    due_on: date = column("いつまでに / Due on")
    expected: float | None = column("見込む値 / Expected", "KPIの単位で / In the unit of the KPI")
    expected_on: date | None = column("見込む時点 / Expected on")
    actual: float | None = column(
        "実際の値 / Actual", "見込む時点より後の、最初の実績値 / First reading of that day or later"
    )
    actual_at: str | None = column("実際の時点 / Actual at", WHEN)
    bears_on: str = column("もと / Bears on", "もとになった記録の住所 / Address of the record behind it")
    meeting: str = column("会合 / Meeting", "扱った会合の住所 / Address of the meeting that dealt with it")
    recorded_on: date = column("記録した日 / Recorded on")
    address: str = column("住所 / Address", ADDRESS)


class OfKpiAsOf(AsOf):
    """Of which KPI, as of which day."""

    kpi: Key | None = Asked(None, description="KPIの記号 / Key of a KPI")


class KpiValueFilters(PlaceFilters):
    """Which values."""

    kpi: Key | None = Asked(None, description="KPIの記号 / Key of a KPI")


@dataclass(frozen=True, slots=True)
class KpiValue:
    """A row of the values; the tally is there where it was counted from records."""

    kpi: Kpi
    level: Level
    place: str
    at: str | None
    value: Decimal | None
    count: int | None
    denominator: int | None
    tally: Tally | None = None
    state: State | None = None

    @property
    def rank(self) -> int:
        return list(Level).index(self.level)


@dataclass(frozen=True, slots=True)
class Forecast:
    """One day of an outlook."""

    kpi: Kpi
    outlook: Outlook
    expected: Expected


@dataclass(frozen=True, slots=True)
class Done:
    """A remedy of a KPI with what came of it."""

    kpi: Kpi
    expectation: Expectation


def published_kpis(key: str | None, day: date) -> list[Kpi]:
    """KPIs that had been published by a day, with targets and readings as of it (3 queries, more where some count)."""
    wanted = known(queries.all_kpis(), "kpi", key)
    found = narrowed(queries.kpis(day).exclude(name="").select_related("solution__since"), key=wanted)
    there = [kpi for kpi in found if kpi.known_since is None or kpi.known_since <= day]
    return queries.with_counted_readings(there, day)


def kpi_values(filters: KpiValueFilters) -> list[KpiValue]:
    """Values of every KPI for the nation; of those that are counted from records, for blocks and prefectures too."""
    day, levels = filters.as_of or timezone.localdate(), levels_asked(filters)
    kpis = published_kpis(filters.kpi, day)
    found = [
        _counted(kpi, level, place, day, value)
        for level in levels
        for (key, place), value in queries.values_of(kpis, day, level, place=filters.place).items()
        for kpi in kpis
        if kpi.key == key
    ]
    if Level.NATION in levels:
        found += [_from_outside(kpi) for kpi in kpis if not kpi.is_counted]
        states = {key: each.state for key, each in queries.standings(kpis, day).items()}
        found = [replace(each, state=states[each.kpi.key]) if not each.place else each for each in found]
    return found


def _counted(kpi: Kpi, level: Level, place: str, day: date, value: Value) -> KpiValue:
    is_share = kpi.counting != Kpi.Counting.QUANTITY
    return KpiValue(
        kpi,
        level,
        place,
        at=day.isoformat(),
        value=value.value if value.tally.answered else None,  # nobody has answered: no value, rather than nought
        count=int(value.count) if is_share and value.tally.answered else None,
        denominator=value.tally.denominator if is_share else None,
        tally=value.tally,
    )


def _from_outside(kpi: Kpi) -> KpiValue:
    newest = kpi.newest
    return KpiValue(
        kpi,
        Level.NATION,
        "",
        at=newest.when.written if newest else None,
        value=newest.value if newest else None,
        count=newest.count if newest else None,
        denominator=kpi.denominator,
    )


def kpi_value_item(row: KpiValue) -> dict[str, Any]:
    return plain(
        row,
        "at",
        "value",
        "count",
        "denominator",
        "state",
        kpi=row.kpi.key,
        level=row.level.value,
        place=row.place or None,
        unit=row.kpi.unit,
        not_applicable=row.tally.not_applicable if row.tally else None,
        unanswered=row.tally.unanswered if row.tally else None,
        definition=row.kpi.definition,
        address=row.kpi.address,
    )


def forecasts(filters: OfKpiAsOf) -> list[Forecast]:
    """Every day of the outlooks of the KPIs that have one."""
    kpis = published_kpis(filters.kpi, filters.as_of or timezone.localdate())
    outlooks = outlooks_of(kpis)
    return [
        Forecast(kpi, outlooks[kpi.key], expected)
        for kpi in kpis
        if kpi.key in outlooks
        for expected in outlooks[kpi.key].days
    ]


def forecast_item(row: Forecast) -> dict[str, Any]:
    days = plain(row.expected, "day", "low", "median", "high", "population")
    return days | plain(
        row.outlook,
        "last_count",
        "goal",
        "by",
        "reached_by",
        "probability",
        kpi=row.kpi.key,
        unit=row.kpi.count_unit,
        last_day=row.outlook.last,
        pace=round(row.outlook.pace, 2),
        pace_needed=None if row.outlook.pace_needed is None else round(row.outlook.pace_needed, 2),
        address=f"{row.kpi.address}/forecast",
    )


def remedies(filters: OfKpiAsOf) -> list[Done]:
    """What is done about the KPIs, as the page of the follow-up shows it (up to 9 queries)."""
    wanted = known(queries.all_kpis(), "kpi", filters.kpi)
    return [
        Done(each.kpi, expectation)
        for each in queries.followed(filters.as_of or timezone.localdate())
        if wanted in (None, each.kpi.key)
        for expectation in each.expectations
    ]


def remedy_item(row: Done) -> dict[str, Any]:
    actual = row.expectation.actual
    return plain(
        row.expectation.remedy,
        "text",
        "by_whom",
        "due_on",
        "expected",
        "expected_on",
        "bears_on",
        "meeting",
        "recorded_on",
        "address",
        kpi=row.kpi.key,
        actual=actual.value if actual else None,
        actual_at=actual.when.written if actual else None,
    )


offer(
    router,
    Dataset(
        key="kpi-values",
        title="KPIの値と状況 / KPI values and states",
        about=(
            "公表されたKPIの、その日の値と状況。団体の記録から数えるKPIは、地域ブロックと都道府県ごとにもある（庁内限りの記録も、数だけは入る）。"
            " / Value and state of every published KPI as of a day. KPIs counted from the areas' records have values of"
            " blocks and prefectures too; internal records are in the numbers."
        ),
        source=SOURCE,
        page=PAGE,
        answer=KpiValueAnswer,
        filters=KpiValueFilters,
        rows=kpi_values,
        item=kpi_value_item,
        order=("kpi__key", "rank", "place"),
        models=(Reading, Target, Kpi, StageChange),
    ),
)
offer(
    router,
    Dataset(
        key="forecasts",
        title="見通し / Forecasts",
        about=(
            "その日までの実績値がこのまま続いたときの、KPIの見通し。母数と、日の違う3つ以上の実数のあるKPIだけ。"
            " / How KPIs are likely to go on from the readings up to a day; of KPIs with a total and counts of three days or more."
        ),
        source="実績値からの計算（docs/engines/diffusion.md） / Worked out from the readings (docs/engines/diffusion.md)",
        page=PAGE,
        answer=ForecastAnswer,
        filters=OfKpiAsOf,
        rows=forecasts,
        item=forecast_item,
        order=("kpi__key", "expected__day"),
        models=(Reading, Target, Kpi, StageChange),
    ),
)
offer(
    router,
    Dataset(
        key="remedies",
        title="改善策 / Remedies",
        about=(
            "遅れ・未達のKPIにしていること、その見込みと実際の値。"
            " / What is done about KPIs that are late or missed, what it was expected to bring, and what came."
        ),
        source="事務局の記録 / Records of the secretariat",
        page=PAGE,
        answer=RemedyAnswer,
        filters=OfKpiAsOf,
        rows=remedies,
        item=remedy_item,
        order=("expectation__remedy__due_on", "expectation__remedy__pk"),
        models=(Remedy, Reading, StageChange),
    ),
)
