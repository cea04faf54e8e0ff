"""Counting uses in PostgreSQL, so that every process and machine sees the same limit."""

from __future__ import annotations

from math import ceil

from django.db import connection
from django.db.models import F

from itoguchi.core.models import Throttle

TAKE = """
INSERT INTO core_throttle AS t (key, used, until)
VALUES (%(key)s, 1, clock_timestamp() + make_interval(secs => %(seconds)s))
ON CONFLICT (key) DO UPDATE SET
    used = CASE WHEN t.until <= clock_timestamp() THEN 1 ELSE t.used + 1 END,
    until = CASE WHEN t.until <= clock_timestamp() THEN excluded.until ELSE t.until END
RETURNING used, extract(epoch FROM until - clock_timestamp())::float
"""
# A count that a crash may lose is no loss; to wait for the disk at each request would be.
WITHOUT_WAITING = ", set_config('synchronous_commit', 'off', true)"


def count(key: str, *, seconds: int) -> tuple[int, int]:
    """Count one use of `key`; how often it was used in this window of `seconds`, and the seconds left of it (1 query)."""
    with connection.cursor() as cursor:
        alone = "" if connection.in_atomic_block else WITHOUT_WAITING
        cursor.execute(TAKE + alone, {"key": key, "seconds": seconds})
        used, left = cursor.fetchone()[:2]
    return used, max(1, ceil(left))


def take(key: str, *, limit: int, seconds: int) -> int | None:
    """Count one use of `key`; None when it is within `limit` per `seconds`, else the seconds to wait."""
    used, left = count(key, seconds=seconds)
    return None if used <= limit else left


def clear(key: str) -> None:
    """Forget the uses of `key` (after a successful sign-in)."""
    Throttle.objects.filter(key=key).delete()


def give_back(key: str) -> None:
    """Take one use back that turned out not to count."""
    Throttle.objects.filter(key=key, used__gt=0).update(used=F("used") - 1)


def forget_expired() -> int:
    """Delete windows that are over; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM core_throttle WHERE until <= clock_timestamp()")
        return int(cursor.rowcount)
