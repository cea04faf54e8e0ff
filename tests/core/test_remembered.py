"""What is remembered is what the database says: nothing changed since, in this language, outside of transactions."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from itoguchi.areas.models import Area
from itoguchi.core import throttle
from itoguchi.core.actions import forget_old_changes
from itoguchi.core.models import DataChange
from itoguchi.core.queries import state_of_records, states_of_rooms
from itoguchi.core.remembered import one_state, remembered
from itoguchi.network.models import Meeting
from itoguchi.support.models import Need, Scheme
from tests.support.factories import a_need, an_open_scheme

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
    known, rooms = DataChange.objects.count(), states_of_rooms()
    forgotten = forget_old_changes()
    assert forgotten == known - DataChange.objects.count() > 0
    assert DataChange.objects.filter(room="network").count() == 1
    assert states_of_rooms().keys() == rooms.keys()
    state = state_of_records()
    Meeting.objects.filter(number=4).update(results="z")
    assert state_of_records() != state


@pytest.mark.usefixtures("own_database")
def test_it_forgets_the_oldest() -> None:
    for day in (date(2017, 1, 1), date(2017, 1, 2), date(2017, 1, 3), date(2017, 1, 1)):
        count_until(day)
    assert len(CALLS) == 4


@remembered(of=("areas",))
def count_areas() -> int:
    CALLS.append(date.max)
    return Area.objects.count()


@pytest.mark.usefixtures("own_database")
def test_what_reads_one_room_is_not_disturbed_by_the_others() -> None:
    assert count_areas() == count_areas() == 1788
    Meeting.objects.filter(number=4).update(results="x")
    assert count_areas() == 1788
    assert len(CALLS) == 1
    with one_state():
        Area.objects.filter(code="282219").update(name_en="x")
        assert count_areas() == 1788
        assert len(CALLS) == 2
        with CaptureQueriesContext(connection) as asked:
            count_areas()
            count_until(date(2017, 1, 1))
        assert len(asked) == 1, "what is shown together is of one state"


def test_every_table_counts_for_its_room() -> None:
    for model in apps.get_models():
        if model._meta.app_config.name.startswith("itoguchi.") and not model._meta.proxy:
            assert model._meta.db_table.split("_")[0] == model._meta.app_label


@remembered(of=("support_schemes",))
def count_schemes() -> int:
    CALLS.append(date.max)
    return Scheme.objects.count()


@remembered(of=("support",))
def count_support() -> int:
    CALLS.append(date.min)
    return Scheme.objects.count() + Need.objects.count()


@pytest.mark.usefixtures("own_database")
def test_a_part_of_a_room_is_not_disturbed_by_the_rest_but_the_room_by_its_part() -> None:
    schemes, all_of_it = count_schemes(), count_support()
    a_need()
    assert (count_schemes(), count_support()) == (schemes, all_of_it + 1)
    assert [date.max, date.min, date.min] == CALLS
    an_open_scheme("fresh", "health")
    assert (count_schemes(), count_support()) == (schemes + 1, all_of_it + 2)
    assert CALLS[3:] == [date.max, date.min]
