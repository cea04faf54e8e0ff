"""A KPI counted from records is forecast with its areas' neighbours in mind."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest
from django.test import Client

from itoguchi.areas.models import Area
from itoguchi.roadmap.models import Kpi
from itoguchi.roadmap.queries import kpis, standings, trials_of, with_counted_readings
from tests.roadmap.factories import put_many

pytestmark = pytest.mark.django_db

DAY = date(2021, 3, 31)


@pytest.fixture
def counted() -> Kpi:
    """Open data, counted from records that go from neighbour to neighbour."""
    Kpi.objects.filter(key="open-data").update(counting="share", from_stage="running")
    rng = random.Random(1)
    beside: dict[int, list[int]] = {pk: [] for pk in Area.objects.values_list("pk", flat=True)}
    for one, other in Area.neighbours.through.objects.values_list("from_area", "to_area"):
        beside[one].append(other)
    since: dict[int, date] = {}
    for month in range(48):
        day, there = date(2017, 5, 26) + timedelta(days=29 * month), set(since)
        for pk, others in beside.items():
            near = sum(each in there for each in others) / max(len(others), 1)
            if pk not in there and rng.random() < 0.0007 + 0.06 * near:
                since[pk] = day
    put_many("open-data", "running", since)
    found = kpis(DAY).get(key="open-data")
    return with_counted_readings([found], DAY)[0]


def test_the_outlook_says_how_fast_areas_follow_their_neighbours(counted: Kpi) -> None:
    outlook = standings([counted], DAY)["open-data"].outlook
    assert outlook
    assert outlook.rates
    assert 0.3 < outlook.rates.beside < 1.2
    assert outlook.rates.by_itself < 0.05
    first = outlook.days[0]
    assert outlook.last_count <= first.low <= first.median <= first.high <= first.population


def test_it_is_tried_from_the_ends_of_fiscal_years(counted: Kpi) -> None:
    trials = trials_of(counted)
    assert [each.known_until for each in trials] == [date(2018, 3, 31), date(2019, 3, 31), date(2020, 3, 31)]


def test_the_page_says_in_words_what_a_neighbour_does(counted: Kpi, client: Client) -> None:
    page = client.get(f"/kpis/open-data/forecast?as_of={DAY}").content.decode()
    assert "隣り合う団体がすべて取り組んでいる団体は、1年に" in page


def test_what_is_out_of_the_question_is_no_place(counted: Kpi) -> None:
    not_yet = Area.objects.exclude(implementations__solution="open-data").order_by("code")[:3]
    put_many("open-data", "not-applicable", {area.pk: date(2020, 1, 1) for area in not_yet})
    again = with_counted_readings([kpis(DAY).get(key="open-data")], DAY)[0]
    outlook = standings([again], DAY)["open-data"].outlook
    assert outlook
    assert outlook.days[0].population == 1785
    assert outlook.rates
