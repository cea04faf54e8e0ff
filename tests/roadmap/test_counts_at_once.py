"""Writers at once: each waits for the other, and no count is lost."""

from __future__ import annotations

from datetime import date
from threading import Thread

from django.db import connection

from itoguchi.areas.models import Area
from itoguchi.roadmap import actions, queries
from itoguchi.roadmap.models import Stage
from tests.roadmap.factories import put


def test_writers_at_once_lose_no_count(own_database: None) -> None:
    codes = list(Area.objects.order_by("code").values_list("code", flat=True)[:40])

    def write(some: list[str]) -> None:
        try:
            for code in some:
                for solution in ("telework", "open-data"):
                    put(code, solution, "running", date(2020, 1, 1))
        finally:
            connection.close()

    threads = [Thread(target=write, args=(codes[start::4],)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert queries.tallies(date(2026, 1, 1))["", "telework"].reached(Stage.RUNNING) == 40
    assert actions.rebuild_counts() == 0
