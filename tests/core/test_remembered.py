"""What is remembered is what the database says: nothing changed since, in this language, outside of transactions."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import transaction
from django.utils import translation

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
def test_it_forgets_the_oldest() -> None:
    for day in (date(2017, 1, 1), date(2017, 1, 2), date(2017, 1, 3), date(2017, 1, 1)):
        count_until(day)
    assert len(CALLS) == 4
