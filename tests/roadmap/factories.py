"""Implementation records for tests, plausible or at random."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.db import connection

if TYPE_CHECKING:
    from django.db.models import Model

    from itoguchi.areas.models import Area
    from itoguchi.roadmap.models import Solution, StageChange


def put(
    area: Area | str,
    solution: Solution | str,
    stage: str,
    at: date,
    *,
    is_internal: bool = False,
    quantity: int | None = None,
) -> StageChange:
    """One stage on record, past the checks of the doors."""
    from itoguchi.areas.models import Area
    from itoguchi.roadmap.models import Implementation, Solution, Stage, StageChange

    where = Area.objects.get(code=area) if isinstance(area, str) else area
    what = Solution.objects.get(key=solution) if isinstance(solution, str) else solution
    use, _new = Implementation.objects.get_or_create(area=where, solution=what, defaults={"is_internal": is_internal})
    return StageChange.objects.create(implementation=use, at=at, stage=Stage(stage), quantity=quantity)


def put_at_random(rng: random.Random, number: int, *, start: date = date(2016, 12, 9), days: int = 3650) -> None:
    """So many stages of random areas and solutions, each on a day of its own, written in bulk."""
    from itoguchi.areas.models import Area
    from itoguchi.roadmap.models import Implementation, Solution, Stage, StageChange

    areas = list(Area.objects.order_by("code").values_list("pk", flat=True))
    solutions = list(Solution.objects.values_list("pk", flat=True))
    wanted = {
        (rng.choice(areas), rng.choice(solutions), start + timedelta(days=rng.randrange(days))) for _ in range(number)
    }
    pairs = sorted({(area, solution) for area, solution, _at in wanted})
    uses = Implementation.objects.bulk_create(
        [Implementation(area_id=area, solution_id=solution) for area, solution in pairs]
    )
    by_pair = dict(zip(pairs, uses, strict=True))
    StageChange.objects.bulk_create(
        [
            StageChange(
                implementation=by_pair[area, solution],
                at=at,
                stage=rng.choice(list(Stage)),
                quantity=rng.choice([None, 0, 1, 5]),
            )
            for area, solution, at in sorted(wanted)
        ]
    )
    know_how_many(Implementation, StageChange)


def put_many(solution: str, stage: str, since: dict[int, date]) -> None:
    """One stage of each area (by its key) from its day on, written in bulk."""
    from itoguchi.roadmap.models import Implementation, StageChange

    uses = Implementation.objects.bulk_create(
        [Implementation(area_id=pk, solution_id=solution) for pk in sorted(since)]
    )
    StageChange.objects.bulk_create(
        [StageChange(implementation=use, at=since[use.area_id], stage=stage) for use in uses]
    )
    know_how_many(Implementation, StageChange)


def know_how_many(*kinds: type[Model]) -> None:
    """Let the database count what was written, as it does by itself when a transaction is over."""
    with connection.cursor() as cursor:
        for kind in kinds:
            cursor.execute(f'ANALYZE "{kind._meta.db_table}"')
