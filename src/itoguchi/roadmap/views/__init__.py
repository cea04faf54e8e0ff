"""Pages of the roadmap: what it aims at (`aims`), and what exists where (`records`)."""

from itoguchi.roadmap.views.aims import edition, field, forecast, index, kpi, kpi_table, solution
from itoguchi.roadmap.views.records import (
    areas,
    correct,
    evidence,
    implementation,
    places,
    record,
    take_back,
    uses,
)

__all__ = [
    "areas",
    "correct",
    "edition",
    "evidence",
    "field",
    "forecast",
    "implementation",
    "index",
    "kpi",
    "kpi_table",
    "places",
    "record",
    "solution",
    "take_back",
    "uses",
]
