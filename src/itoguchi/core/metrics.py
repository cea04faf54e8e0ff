"""What this process has answered so far, how fast, and what waits: as the text that Prometheus reads."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from threading import Lock

from django.db import connection

BOUNDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
WAITING = """
SELECT 'itoguchi_jobs{state="' || status || '"}', count(*)::float FROM procrastinate_jobs GROUP BY status
UNION ALL SELECT 'itoguchi_oldest_job_seconds', coalesce(extract(epoch FROM now() - min(at)), 0)::float
  FROM procrastinate_events JOIN procrastinate_jobs j ON j.id = job_id
  WHERE type = 'deferred' AND status = 'todo' AND coalesce(scheduled_at, now()) <= now()
UNION ALL SELECT 'itoguchi_worker_heartbeat_seconds', extract(epoch FROM now() - max(last_heartbeat))::float
  FROM procrastinate_workers HAVING max(last_heartbeat) IS NOT NULL
UNION ALL SELECT 'itoguchi_database_connections', count(*)::float
  FROM pg_stat_activity WHERE datname = current_database()
"""

_lock = Lock()
_answered: Counter[tuple[str, int]] = Counter()
_slots: Counter[int] = Counter()
_seconds = [0.0]


def count_request(room: str, status: int, seconds: float) -> None:
    """Count one answer of a room."""
    with _lock:
        _answered[room, status // 100] += 1
        _slots[bisect_left(BOUNDS, seconds)] += 1
        _seconds[0] += seconds


def metrics() -> str:
    """All of it; the figures from the database are left out while that is away."""
    with _lock:
        answered, slots, seconds = dict(_answered), dict(_slots), _seconds[0]
    lines = ["# TYPE itoguchi_requests_total counter"]
    lines += [
        f'itoguchi_requests_total{{room="{room}",status="{status}xx"}} {number}'
        for (room, status), number in sorted(answered.items())
    ]
    lines.append("# TYPE itoguchi_request_seconds histogram")
    total = 0
    for index, bound in enumerate((*map(str, BOUNDS), "+Inf")):
        total += slots.get(index, 0)
        lines.append(f'itoguchi_request_seconds_bucket{{le="{bound}"}} {total}')
    lines += [f"itoguchi_request_seconds_sum {seconds:.6f}", f"itoguchi_request_seconds_count {total}"]
    lines += [f"{name} {value:g}" for name, value in waiting()]
    return "\n".join(lines) + "\n"


def waiting() -> list[tuple[str, float]]:
    """What the database says of queue and connections (1 query)."""
    with connection.cursor() as cursor:
        cursor.execute(WAITING)
        return [(str(name), float(value)) for name, value in cursor.fetchall()]
