"""What the sample world lets a small town see of its worry, whatever the day on which the world is made."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from itoguchi.areas import sample as figures
from itoguchi.areas.queries import area_of_code
from itoguchi.plans.content import draft_of
from itoguchi.plans.queries import sheet_of
from itoguchi.support import sample
from itoguchi.support.models import Need, Scheme, Window
from itoguchi.support.queries import Cost, State, unmet, unmet_needs
from tests.support.factories import WORRY

pytestmark = pytest.mark.django_db

TOWN = "203246"  # 立科町, about 6,000 people
THIS_YEAR = timezone.localdate().year
DAYS = [
    *(date(THIS_YEAR + 1, month, day) for month, day in ((2, 28), (3, 31), (4, 1), (9, 15))),
    date(THIS_YEAR + 4 - THIS_YEAR % 4, 2, 29),
]


def opens_around(day: date) -> int:
    """Windows of the sample's schemes that are open or open within four months."""
    soon = Window.objects.filter(opens_at__date__lte=day + timedelta(days=120), closes_at__date__gte=day)
    return soon.filter(year__scheme__origin=Scheme.Origin.SAMPLE).count()


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_a_small_town_finds_its_first_step_on_any_day(day: date) -> None:
    figures.load_sample(random.Random(1), day)
    sample.load_sample(random.Random(1), day)
    assert Scheme.objects.filter(origin=Scheme.Origin.SAMPLE).count() == 300
    assert opens_around(day) > 100
    town = area_of_code(TOWN)
    assert town
    start = date(day.year + 1 + (day.month > 3), 4, 1)
    costs = (Cost(kind="equipment", year=start.year, yen=8_000_000),)
    sheet = sheet_of(town, user=AnonymousUser(), day=day, words=WORRY, costs=costs)

    assert sheet.solution
    assert sheet.solution.key == "smart-primary-industry"
    assert len(sheet.may) >= 2
    assert sheet.may_not
    assert all(each.gaps for each in sheet.may_not)
    windows = [each.timing.window for each in sheet.may if each.timing.window]
    assert windows
    assert sheet.money
    low, high = sheet.money.own
    assert 0 <= low <= 8_000_000
    assert high is None or low <= high <= 8_000_000
    assert sheet.dates
    assert sheet.dates.sessions
    assert all(each.begins <= each.ends for each in sheet.dates.steps)
    assert len(sheet.actions) == 3
    assert all(each.by >= day for each in sheet.actions)
    assert WORRY in str(draft_of(sheet))

    cell = unmet(day, "block")
    shinetsu = unmet_needs(day, by="block", field="primary-industry", group="shinetsu", user=AnonymousUser())
    heard = [need for need, best in shinetsu if need.heard == Need.Heard.BRIEFING and best in {None, State.NO}]
    assert cell.all.needs
    assert len(heard) >= 5
    assert max(need.heard_on for need in heard) <= day - timedelta(days=30)
