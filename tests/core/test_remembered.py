"""What is remembered is what the database says: nothing changed since, in this language, outside of transactions."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import transaction
from django.db.models.functions import Now
from django.utils import translation

from itoguchi.core import throttle
from itoguchi.core.actions import forget_old_changes
from itoguchi.core.models import DataChange
from itoguchi.core.queries import state_of_records
from itoguchi.core.remembered import remembered
from itoguchi.network.models import Meeting

CALLS: list[date] = []


@remembered(most=2)
def count_until(day: date) -> int:
    CALLS.append(day)
    return Meeting.objects.filter(held_on__lte=day).count()


@pytest.fixture(autouse=True)
def _no_calls() -> None:
    CALLS.clear()


@pytest.mark.usefixtures("own_database")
def test_it_answers_from_memory_until_anything_changes() -> None:
    day = date(2017, 3, 24)
    assert count_until(day) == count_until(day) == 10
    assert len(CALLS) == 1
    with translation.override("en"):
        assert count_until(day) == 10
    assert len(CALLS) == 2
    Meeting.objects.filter(number=4).update(held_on=date(2030, 1, 1))
    assert count_until(day) == 8
    with transaction.atomic():
        Meeting.objects.update(held_on=date(2030, 1, 1))
        assert count_until(day) == 0, "a transaction sees its own writes"
        transaction.set_rollback(True)
    assert count_until(day) == 8


@pytest.mark.usefixtures("own_database")
def test_what_is_no_record_does_not_disturb_it() -> None:
    throttle.take("somebody", limit=5, seconds=60)
    state = state_of_records()
    throttle.take("somebody", limit=5, seconds=60)
    assert state_of_records() == state
    with transaction.atomic():
        Meeting.objects.filter(number=4).update(results="x")
        Meeting.objects.filter(number=5).update(results="x")
    assert state_of_records() != state
    assert DataChange.objects.order_by("at").last().transaction > 0  # type: ignore[union-attr]


@pytest.mark.usefixtures("own_database")
def test_old_changes_are_forgotten_and_the_state_keeps_its_name_while_nothing_changes() -> None:
    Meeting.objects.filter(number=4).update(results="x")
    DataChange.objects.update(at=Now() - timedelta(days=3))
    Meeting.objects.filter(number=4).update(results="y")
    known = DataChange.objects.count()
    assert forget_old_changes() == known - 1
    state = state_of_records()
    Meeting.objects.filter(number=4).update(results="z")
    assert state_of_records() != state


@pytest.mark.usefixtures("own_database")
def test_it_forgets_the_oldest() -> None:
    for day in (date(2017, 1, 1), date(2017, 1, 2), date(2017, 1, 3), date(2017, 1, 1)):
        count_until(day)
    assert len(CALLS) == 4
