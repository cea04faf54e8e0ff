"""How many areas stand at which stage: added up by the database itself with every write, so that pages only read.

A row says how much a count changed in a quarter (of January, April, July or October, which fiscal years share): the
sum of the rows up to a quarter is the count on its last day. Changes rather than counts, so that one record touches
a handful of rows however long the history after it is. docs/follow-up.md §2-4 says what is counted.
"""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from itoguchi.areas.models import Area
from itoguchi.roadmap.models.aims import Solution
from itoguchi.roadmap.models.records import Stage, StageChange


class Level(models.TextChoices):
    """What a count is of."""

    NATION = "nation", _("全国")
    BLOCK = "block", _("地域ブロック")
    PREFECTURE = "prefecture", _("都道府県")


class StageCount(models.Model):
    """In one quarter so many areas of a place came to a stage of a solution (or, below zero, left it).

    `place` is "" for the nation, a block's key, or a prefecture's code; `kind` is "" for areas of every kind.
    """

    level = models.CharField(_("段"), max_length=10, choices=Level)
    place = models.CharField(_("地域"), max_length=20, blank=True)
    kind = models.CharField(_("種類"), max_length=20, blank=True)
    solution = models.ForeignKey(
        Solution, on_delete=models.CASCADE, related_name="+", db_index=False, verbose_name=_("分野別モデル")
    )
    stage = models.CharField(_("段階"), max_length=14, choices=Stage)
    quarter = models.DateField(_("四半期の末日"))
    areas = models.IntegerField(_("団体数の増減"))
    quantity = models.DecimalField(_("数量の増減"), max_digits=20, decimal_places=3)

    class Meta:
        verbose_name = _("段階ごとの集計")
        constraints = (
            models.UniqueConstraint(
                fields=["level", "place", "kind", "solution", "stage", "quarter"],
                include=["areas", "quantity"],
                name="one_count_per_place_and_quarter",
            ),
        )

    def __str__(self) -> str:
        return f"{self.place or self.level} {self.solution_id} {self.stage} {self.quarter} {self.areas:+d}"


_COLUMNS = "id, implementation_id, at, stage, COALESCE(quantity, 0) AS quantity"

# From steps (sign, implementation_id, at, stage, quantity, was, had) to rows: each step brings an area to one stage
# and takes it from the one before.
_COUNTED = """
moves AS (
    SELECT implementation_id, at, stage, sign AS areas, sign * quantity AS quantity FROM steps
    UNION ALL
    SELECT implementation_id, at, was, -sign, -sign * had FROM steps WHERE was IS NOT NULL
)
INSERT INTO roadmap_stagecount (level, place, kind, solution_id, stage, quarter, areas, quantity)
SELECT found.level, found.place, found.kind, use.solution_id, moves.stage,
    (date_trunc('quarter', moves.at) + interval '3 months - 1 day')::date AS quarter,
    sum(moves.areas), sum(moves.quantity)
FROM moves
JOIN roadmap_implementation use ON use.id = moves.implementation_id
JOIN areas_area area ON area.id = use.area_id
JOIN areas_area prefecture ON prefecture.id = COALESCE(area.prefecture_id, area.id)
CROSS JOIN LATERAL (VALUES
    ('nation', '', ''), ('nation', '', area.kind),
    ('block', area.block_id, ''), ('block', area.block_id, area.kind),
    ('prefecture', prefecture.code, ''), ('prefecture', prefecture.code, area.kind)
) AS found (level, place, kind)
GROUP BY 1, 2, 3, 4, 5, 6
HAVING sum(moves.areas) <> 0 OR sum(moves.quantity) <> 0
ORDER BY 1, 2, 3, 4, 5, 6
"""

_STEPS = """
SELECT {sign} AS sign, implementation_id, at, stage, quantity,
    lag(stage) OVER in_order AS was, lag(quantity) OVER in_order AS had
FROM {rows} WINDOW in_order AS (PARTITION BY implementation_id ORDER BY at)
"""

# Writers take turns (until they commit): what one adds to a count, the next has to see.
LOCK = "PERFORM pg_advisory_xact_lock(hashtext('roadmap_stagecount'));"

COUNT_ANEW = (
    f"WITH records AS (SELECT {_COLUMNS} FROM roadmap_stagechange), "
    f"steps AS ({_STEPS.format(sign=1, rows='records')}), {_COUNTED}"
)


def _count(*, old: bool, new: bool) -> str:
    """Body of a trigger: what the changed rows' implementations came to now, less what they came to before."""
    changed = " UNION ".join(
        f"SELECT implementation_id FROM {rows}" for rows, is_there in (("old_rows", old), ("new_rows", new)) if is_there
    )
    kept = "SELECT * FROM now" + (" WHERE id NOT IN (SELECT id FROM new_rows)" if new else "")
    before = kept + (f" UNION ALL SELECT {_COLUMNS} FROM old_rows" if old else "")
    return f"""
{LOCK}
WITH now AS (
    SELECT {_COLUMNS} FROM roadmap_stagechange WHERE implementation_id IN ({changed})
),
before AS ({before}),
steps AS ({_STEPS.format(sign=1, rows="now")} UNION ALL {_STEPS.format(sign=-1, rows="before")}),
{_COUNTED}
ON CONFLICT (level, place, kind, solution_id, stage, quarter) DO UPDATE
SET areas = roadmap_stagecount.areas + EXCLUDED.areas, quantity = roadmap_stagecount.quantity + EXCLUDED.quantity;
RETURN NULL;
"""


pgtrigger.register(
    *(
        pgtrigger.Trigger(
            name=f"count_{name}",
            level=pgtrigger.Statement,
            when=pgtrigger.After,
            operation=operation,
            referencing=pgtrigger.Referencing(old="old_rows" if old else None, new="new_rows" if new else None),
            func=_count(old=old, new=new),
        )
        for name, operation, old, new in (
            ("insert", pgtrigger.Insert, False, True),
            ("update", pgtrigger.Update, True, True),
            ("delete", pgtrigger.Delete, True, False),
        )
    )
)(StageChange)  # one for each way of writing, since each sees other rows


class CountedArea(Area):
    """An area as it is counted: one that becomes a city, or moves to another prefecture, is counted there."""

    class Meta:
        proxy = True
        verbose_name = _("集計する団体")
        triggers = (
            pgtrigger.Trigger(
                name="count_area",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Update,
                referencing=pgtrigger.Referencing(old="old_rows", new="new_rows"),
                func=f"""
IF EXISTS (
    SELECT FROM old_rows was JOIN new_rows is_now USING (id)
    WHERE (was.code, was.kind, was.block_id, was.prefecture_id)
        IS DISTINCT FROM (is_now.code, is_now.kind, is_now.block_id, is_now.prefecture_id)
) THEN
    {LOCK}
    DELETE FROM roadmap_stagecount;
    {COUNT_ANEW};
END IF;
RETURN NULL;
""",
            ),
        )
