"""Pages of reports: the report of a day with its chapters and figures, and what was published."""

from itoguchi.reports.views.days import chapter, figure, file, index, report
from itoguchi.reports.views.frozen import (
    compare,
    correct,
    decide,
    decide_correction,
    publish,
    published,
    published_figure,
    published_file,
    since,
)

__all__ = [
    "chapter",
    "compare",
    "correct",
    "decide",
    "decide_correction",
    "figure",
    "file",
    "index",
    "publish",
    "published",
    "published_figure",
    "published_file",
    "report",
    "since",
]
