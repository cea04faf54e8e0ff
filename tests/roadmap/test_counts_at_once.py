"""What commits: writers at once lose no count, and many readers cost one working out."""

from __future__ import annotations

from datetime import date
from threading import Thread

from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from itoguchi.areas.models import Area
from itoguchi.roadmap import actions, queries
from itoguchi.roadmap.models import Solution, Stage
from tests.personas import signed_in
from tests.roadmap.factories import put
from tests.roadmap.test_counted_kpis import a_late_kpi


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


def test_the_follow_up_is_worked_out_once_for_all_its_readers(own_database: None) -> None:
    a_late_kpi()
    client = signed_in("coordinator")
    for path in ("/follow-up/", "/follow-up/l-alert/remedy"):
        client.get(path)
        Solution.objects.filter(pk="telework").update(order=F("order"))  # somebody changes a record of the roadmap
        counted = []
        for _reader in range(2):
            with CaptureQueriesContext(connection) as asked:
                assert "l-alert" in client.get(path).content.decode()
            counted.append(len(asked))
        first, second = counted
        assert second < first <= 12


def test_what_there_is_to_do_is_read_again_with_few_queries(own_database: None) -> None:
    for persona in ("officer", "bureau", "coordinator"):
        client = signed_in(persona)
        for path in ("/follow-up/watch", "/follow-up/duties"):
            client.get(path)
            with CaptureQueriesContext(connection) as asked:
                assert client.get(path).status_code == 200
            assert len(asked) <= 12, (path, persona, [each["sql"][:90] for each in asked])
