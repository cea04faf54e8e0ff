"""A limit counts in the database, also when many come at once."""

from __future__ import annotations

import pytest
from django.db import connection

from itoguchi.core import throttle


@pytest.mark.django_db
def test_the_limit_holds_and_says_how_long_to_wait() -> None:
    assert [throttle.take("door", limit=2, seconds=60) for _ in range(2)] == [None, None]
    assert 0 < (throttle.take("door", limit=2, seconds=60) or 0) <= 60
    assert throttle.take("another door", limit=2, seconds=60) is None
    throttle.clear("door")
    assert throttle.take("door", limit=2, seconds=60) is None


@pytest.mark.django_db
def test_a_window_that_is_over_counts_no_more() -> None:
    throttle.take("door", limit=1, seconds=60)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE core_throttle SET until = clock_timestamp() - interval '1 second'")
    assert throttle.take("door", limit=1, seconds=60) is None
    with connection.cursor() as cursor:
        cursor.execute("UPDATE core_throttle SET until = clock_timestamp() - interval '1 second'")
    assert throttle.forget_expired() == 1
