"""How KPIs stand (docs/follow-up.md §6), and how they are likely to go on from what was known on a day."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from django.utils.translation import override

from itoguchi.roadmap import queries
from itoguchi.roadmap.models import Kpi, Reading, State, Target, Unit
from itoguchi.roadmap.queries import Standing
from tests.roadmap.test_pages import text_of

pytestmark = pytest.mark.django_db

DAY = date(2019, 6, 30)


def a_kpi(*values: tuple[int, float], target: float = 50, by: int = 2021, unit: str = "percent") -> Kpi:
    """A KPI with a value at the end of each given year and a target."""
    kpi = Kpi.objects.create(key="x", solution_id="open-data", name="x", unit="percent", source="x")
    for year, value in values:
        Reading.objects.create(kpi=kpi, at=date(year, 12, 31), value=Decimal(str(value)), source="x")
    Target.objects.create(kpi=kpi, order=1, value=Decimal(str(target)), unit=unit, by=date(by, 12, 31))
    return kpi


def a_counted_kpi(*counts: tuple[date, int], population: int, target: int, by: date) -> Kpi:
    """A KPI of which counts are known."""
    kpi = Kpi.objects.create(
        key="x",
        solution_id="open-data",
        name="x",
        unit="percent",
        count_unit="areas",
        denominator=population,
        source="x",
    )
    for day, count in counts:
        share = Decimal(100 * count) / population
        Reading.objects.create(kpi=kpi, at=day, value=round(share, 1), count=count, source="x")
    Target.objects.create(kpi=kpi, order=1, value=target, unit="percent", by=by)
    return kpi


def standing(kpi: Kpi, day: date = DAY) -> Standing:
    found = queries.kpis(day).get(key=kpi.key)
    return queries.standings([found], day)[kpi.key]


@pytest.mark.parametrize(
    ("values", "target", "by", "state"),
    [
        ([], 50, 2021, State.NO_VALUE),
        ([(2016, 50)], 50, 2021, State.REACHED),
        ([(2016, 10), (2018, 60)], 50, 2021, State.REACHED),
        ([(2016, 10), (2018, 40)], 50, 2018, State.MISSED),
        ([(2016, 10), (2018, 40)], 50, 2017, State.MISSED),
        ([(2015, 10), (2016, 40)], 50, 2018, State.NO_VALUE),
        ([(2018, 10)], 50, 2021, State.NO_VALUE),
        ([(2016, 10), (2018, 26.1)], 50, 2021, State.ON_TRACK),
        ([(2016, 10), (2018, 25.9)], 50, 2021, State.LATE),
        ([(2016, 10), (2018, 25.9), (2019, 50)], 50, 2021, State.LATE),  # the last is not known yet
    ],
)
def test_the_state_follows_the_rule(values: list[tuple[int, float]], target: float, by: int, state: State) -> None:
    found = standing(a_kpi(*values, target=target, by=by))
    assert found.state == state
    assert found.why


def test_a_target_in_another_unit_says_nothing() -> None:
    assert standing(a_kpi((2016, 10), (2018, 60), unit=Unit.REGIONS)).state == State.NO_VALUE


QUICK = tuple((date(year, 3, 31), 20 * (year - 2012)) for year in range(2013, 2019))


@pytest.mark.parametrize(("target", "state"), [(65, State.ON_TRACK), (95, State.LATE)])
def test_with_counts_the_forecast_decides(target: int, state: State) -> None:
    found = standing(a_counted_kpi(*QUICK, population=200, target=target, by=date(2019, 3, 31)), date(2018, 6, 30))
    assert found.state == state
    assert found.outlook
    assert found.outlook.on_target_day
    assert found.outlook.on_target_day.day == date(2019, 3, 31)
    assert found.outlook.pace == pytest.approx(20, abs=0.1)
    assert found.outlook.pace_needed == pytest.approx(2 * target - 120, abs=0.5)


def test_a_forecast_knows_nothing_later_than_its_day() -> None:
    kpi = a_counted_kpi(*QUICK, (date(2019, 3, 31), 200), population=200, target=95, by=date(2020, 3, 31))
    found = standing(kpi, date(2018, 6, 30)).outlook
    assert found
    assert (found.known, found.last, found.last_count) == (6, date(2018, 3, 31), 120)
    assert [each.day.year for each in found.days] == [2019, 2020, 2021, 2022, 2023]
    assert all(each.low <= each.median <= each.high <= 200 for each in found.days)
    assert standing(kpi, date(2019, 6, 30)).state == State.REACHED


def test_forecasts_are_tried_on_what_came_a_year_later() -> None:
    trials = queries.trials_of(a_counted_kpi(*QUICK, population=200, target=95, by=date(2020, 3, 31)))
    assert [(each.known_until.year, each.expected.day.year, each.count) for each in trials] == [
        (2015, 2016, 80),
        (2016, 2017, 100),
        (2017, 2018, 120),
    ]


@pytest.mark.parametrize(
    ("counts", "population"),
    [
        (QUICK[:2], 200),
        (QUICK, 119),  # more than all: a wrong total
    ],
)
def test_too_little_or_wrong_figures_give_no_forecast(counts: tuple[tuple[date, int], ...], population: int) -> None:
    kpi = a_counted_kpi(*counts, population=population, target=100, by=date(2020, 3, 31))
    assert standing(kpi).outlook is None


def test_what_asks_to_be_done_comes_first() -> None:
    today = date(2018, 12, 31)
    found = queries.standings(queries.kpis(today).exclude(name=""), today)
    places = [queries.URGENT.index(each.state) for each in found.values()]
    assert places == sorted(places)
    assert found["open-data"].state == State.LATE


def test_the_page_says_what_the_forecast_means_and_what_to_do(client: Client) -> None:
    text = text_of(client, "/kpis/open-data/forecast?as_of=2018-12-31")
    assert "遅れ 期限までに目標に届く見込みは1 %未満です。" in text
    assert "年に570団体" in text
    assert "4回のうち4回" in text
    assert "2019年3月11日" not in text
    assert "平成31年3月11日" not in text
    with override("en"):
        assert "The chance of reaching the target in time is below 1 %." in text_of(
            client, "/en/kpis/open-data/forecast?as_of=2018-12-31"
        )


@pytest.mark.parametrize("path", ["/kpis/wifi/forecast", "/kpis/telework/forecast", "/kpis/areas-with-iot/forecast"])
def test_without_counts_the_page_says_what_is_missing(client: Client, path: str) -> None:
    assert "見通しは出せません" in text_of(client, path)


def test_before_a_kpi_was_known_there_is_no_forecast(client: Client) -> None:
    assert "まだありません" in text_of(client, "/kpis/open-data/forecast?as_of=2017-03-24")
    assert "見通しを見る" not in text_of(client, "/kpis/open-data?as_of=2017-03-24")
    assert client.get("/kpis/phr/forecast").status_code == 404
    assert client.get("/kpis/nothing/forecast").status_code == 404


def test_the_page_of_a_solution_says_how_its_kpis_stand(client: Client) -> None:
    assert "達成 2020年の実績値が目標に届いています。" in text_of(client, "/solutions/telework")
    assert "数値なし 実績値が1つだけで、進み方がわかりません。" in text_of(client, "/solutions/wifi?as_of=2017-01-31")
    text = text_of(client, "/solutions/wifi?as_of=2018-12-31")
    assert re.search(r"順調 基準値から目標への直線と比べて[0-9],[0-9]{3}か所上です。", text)


def test_the_list_of_kpis_says_how_each_stands(client: Client) -> None:
    text = text_of(client, "/roadmap/table")
    assert "目標に対する状況" in text
    assert "期限は過ぎましたが、期限の後の実績値が公表されていません。" in text
    assert "達成" in text
