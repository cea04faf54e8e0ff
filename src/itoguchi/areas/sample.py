"""Plausible statistics for every area of the sample world, from one file labelled 見本."""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal
from hashlib import sha256
from math import exp

from itoguchi.areas.actions import Reading, import_statistics
from itoguchi.areas.models import Area, Kind, Statistic
from itoguchi.core.actions import analyze_tables

# Median population, spread (log scale) and share of disadvantaged areas by kind; rough, and only for the sample.
SIZES = {
    Kind.DESIGNATED_CITY: (1_150_000, 0.45, 0.0),
    Kind.SPECIAL_WARD: (370_000, 0.6, 0.0),
    Kind.CITY: (68_000, 0.75, 0.3),
    Kind.TOWN: (11_000, 0.65, 0.6),
    Kind.VILLAGE: (3_100, 0.7, 0.75),
}


def load_sample(rng: random.Random, today: date) -> None:
    """Five years of figures for every municipality; loaded once, since values of a year do not move."""
    if Statistic.objects.filter(file__name__startswith="見本").exists():
        return
    years = range(today.year - 5, today.year)
    readings: list[Reading] = []
    for area in Area.objects.exclude(kind=Kind.PREFECTURE).order_by("code"):
        median, spread, disadvantaged = SIZES[Kind(area.kind)]
        people = median * exp(rng.gauss(0, spread))
        elderly = min(62.0, max(17.0, 46 - 4.2 * (len(str(int(people))) - 3) + rng.gauss(0, 4)))
        strength = min(1.6, max(0.08, 0.12 * len(str(int(people))) - 0.2 + rng.gauss(0, 0.12)))
        trend = 0.004 - (elderly - 25) / 1500
        is_disadvantaged = rng.random() < disadvantaged
        for passed, year in enumerate(years):
            values = {
                Statistic.Measure.POPULATION: Decimal(int(people * (1 + trend) ** passed)),
                Statistic.Measure.ELDERLY_SHARE: Decimal(f"{elderly + 0.35 * passed:.1f}"),
                Statistic.Measure.FISCAL_STRENGTH: Decimal(f"{strength + rng.gauss(0, 0.004):.2f}"),
            }
            readings += [Reading(area.pk, measure, year, value) for measure, value in values.items()]
        secondary = min(45.0, max(8.0, rng.gauss(25, 7)))
        tertiary = min(98.0 - secondary, max(40.0, rng.gauss(50, 4) + 4.5 * (len(str(int(people))) - 3)))
        shares = {Statistic.Measure.SECONDARY: secondary, Statistic.Measure.TERTIARY: tertiary}
        readings += [Reading(area.pk, each, years[-1], Decimal(f"{share:.1f}")) for each, share in shares.items()]
        readings.append(Reading(area.pk, Statistic.Measure.DISADVANTAGED, years[-1], Decimal(int(is_disadvantaged))))
    written = "\n".join(f"{each.area},{each.measure},{each.year},{each.value}" for each in readings).encode()
    import_statistics(
        readings,
        name="見本_統計.csv",
        sha256=sha256(written).hexdigest(),
        size=len(written),
        rows=len(readings),
        source="見本データ（実在の値ではありません）",
        by=None,
    )
    analyze_tables(Statistic)
