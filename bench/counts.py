"""Roll-ups of implementation records: what pages read, beside the same counted from the records.

    python bench/counts.py       # prints a table; exits 1 when a bound is missed

1 × is the size of the country: every area with every solution, its stages spread over 40 quarters. 10 × is a country
of ten times as many areas. Times are those of the statement as its caller waits for it, on this machine's server.
"""

from __future__ import annotations

import io
import os
import platform
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

TODAY = date(2026, 9, 30)
FIRST = date(2016, 10, 1)
ROUNDS = 30

FROM_RECORDS = """
SELECT solution_id, stage, count(*) FROM (
    SELECT DISTINCT ON (implementation_id) solution_id, stage
    FROM roadmap_stagechange c JOIN roadmap_implementation use ON use.id = c.implementation_id
    WHERE at <= %s ORDER BY implementation_id, at DESC
) AS now GROUP BY 1, 2
"""
HISTORY_FROM_RECORDS = """
WITH steps AS (
    SELECT solution_id, stage, at, lag(stage) OVER (PARTITION BY implementation_id ORDER BY at) AS was
    FROM roadmap_stagechange c JOIN roadmap_implementation use ON use.id = c.implementation_id
), moves AS (
    SELECT solution_id, stage, at, 1 AS areas FROM steps
    UNION ALL SELECT solution_id, was, at, -1 FROM steps WHERE was IS NOT NULL
)
SELECT solution_id, stage, date_trunc('quarter', at), sum(sum(areas)) OVER (
    PARTITION BY solution_id, stage ORDER BY date_trunc('quarter', at)) FROM moves GROUP BY 1, 2, 3
"""


def ready() -> None:
    """Point Django at a database of its own with the reference data."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from tests import database

    database.build_template()
    os.environ["DATABASE_URL"] = database.clone("itoguchi_bench_counts")
    os.environ["DJANGO_SETTINGS_MODULE"] = "itoguchi.site.settings"
    import django

    django.setup()


def fill(times: int) -> int:
    """Records of `times` as many areas as there are, in bulk and counted anew; returns how many stages."""
    from django.db import connection

    from itoguchi.areas.models import Area, check_digit
    from itoguchi.roadmap.actions import rebuild_counts
    from itoguchi.roadmap.models import LADDER, Solution

    rng = random.Random(times)
    real = list(Area.objects.exclude(kind="prefecture").filter(code__lt="480000").select_related("prefecture"))
    more = 1788 * times - Area.objects.count()
    Area.objects.bulk_create(
        Area(
            code=f"{number}{check_digit(str(number))}",
            name=f"計測{number}",
            kana="ケイソク",
            name_en=f"Bench {number}",
            kind=rng.choice(real).kind,
            block_id=(like := rng.choice(real)).block_id,
            prefecture_id=like.prefecture_id,
        )
        for number in range(50000, 50000 + more)
    )
    solutions = list(Solution.objects.values_list("pk", flat=True))
    ladder = [stage.value for stage in LADDER]
    uses, changes = io.StringIO(), io.StringIO()
    key = number = 0
    for area in Area.objects.order_by("pk").values_list("pk", flat=True):
        for solution in solutions:
            key += 1
            uses.write(f"{key}\t{area}\t{solution}\t\tf\n")
            days = sorted(rng.sample(range((TODAY - FIRST).days), rng.randrange(1, 6)))
            for place, day in enumerate(days):
                number += 1
                changes.write(f"{number}\t{key}\t{FIRST + timedelta(days=day)}\tday\t{ladder[place]}\t\t\n")
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # in bulk: no triggers
        cursor.execute("TRUNCATE roadmap_stagechange, roadmap_implementation")
        for table, columns, rows in (
            ("roadmap_implementation", "id, area_id, solution_id, section, is_internal", uses),
            (
                "roadmap_stagechange",
                "id, implementation_id, at, at_precision, stage, note, evidence_link",
                changes,
            ),
        ):
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                copy.write(rows.getvalue())
        cursor.execute("SET session_replication_role = DEFAULT")
    rebuild_counts()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return number


def timed(run: Callable[[], Any], rounds: int = ROUNDS) -> float:
    """Median milliseconds."""
    spent = []
    for _ in range(rounds):
        before = time.perf_counter()
        run()
        spent.append((time.perf_counter() - before) * 1000)
    return statistics.median(spent)


def changes_of(changes: Iterable[Any]) -> Callable[[], Any]:
    """Each call changes the stage of the next record."""
    turn = iter(list(changes))

    def change_one() -> None:
        one = next(turn)
        one.stage = "stopped"
        one.save()

    return change_one


def measure() -> int:
    from django.db import connection

    from itoguchi.roadmap.models import Level, StageChange
    from itoguchi.roadmap.queries import counts, end_of_quarter

    def asks(sql: str, given: Any) -> Callable[[], Any]:
        def run() -> Any:
            with connection.cursor() as cursor:
                cursor.execute(sql, given)
                return cursor.fetchall()

        return run

    given = {"level": Level.NATION.value, "kinds": [""], "solutions": [], "quarter": end_of_quarter(TODAY)}
    over = 0
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}; median of {ROUNDS}")
    print("| records | what | ms | bound | from the records, ms |\n|--:|---|--:|--:|--:|")
    for times in (1, 10):
        number = fill(times)
        change_one = changes_of(StageChange.objects.order_by("pk")[1000 : 1000 + ROUNDS])
        table = asks(counts.as_of_sql(one=True, by_solution=False), given | {"places": [""], "day": TODAY})
        history = asks(counts.history_sql(by_solution=False), given | {"places": [""], "day": TODAY})
        aside = len(table()), len(history())
        assert {(row[1], row[2]): row[3] for row in table()} == {
            (row[0], row[1]): row[2] for row in asks(FROM_RECORDS, [TODAY])()
        }
        rows = [
            (f"national table ({aside[0]} rows)", timed(table), 3, timed(asks(FROM_RECORDS, [TODAY]), 3)),
            (f"history of 40 quarters ({aside[1]} rows)", timed(history), 10, timed(asks(HISTORY_FROM_RECORDS, []), 3)),
            ("one changed record, journal and roll-ups", timed(change_one), 5, None),
        ]
        for what, spent, bound, beside in rows:
            over += spent > bound
            shown = "" if beside is None else f"{beside:,.0f}"
            print(f"| {number:,} | {what} | {spent:.2f} | ≤ {bound} {'✓' if spent <= bound else '未達'} | {shown} |")
    return 1 if over else 0


if __name__ == "__main__":
    ready()
    sys.exit(measure())
