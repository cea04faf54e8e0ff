"""What people ask of reports: the report of a day, one figure, what was published and what changed since."""

from itoguchi.reports.queries.figures import Figure, Item, Record
from itoguchi.reports.queries.published import duties, matter_of
from itoguchi.reports.queries.report import (
    StatusReport,
    chapter_of,
    document_of,
    figure_of,
    key_figures,
    ledger,
    newest_day_until,
    report_from,
    status_report,
    title_of,
)
from itoguchi.reports.queries.sources import Sources

__all__ = [
    "Figure",
    "Item",
    "Record",
    "Sources",
    "StatusReport",
    "chapter_of",
    "document_of",
    "duties",
    "figure_of",
    "key_figures",
    "ledger",
    "matter_of",
    "newest_day_until",
    "report_from",
    "status_report",
    "title_of",
]
