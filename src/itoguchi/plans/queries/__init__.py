"""queries of first steps and plans."""

from itoguchi.plans.queries.documents import document_of, lines_of, pdf_of, word_of
from itoguchi.plans.queries.plans import (
    Difference,
    Feed,
    approval_of,
    comments_of,
    content_of,
    content_open_to_all,
    differences,
    duties,
    feeds_of,
    latest_of,
    matter_of,
    plans_by_area,
    plans_seen_by,
    solutions_of_plans,
    versions_of,
)
from itoguchi.plans.queries.watch import watched

__all__ = [
    "Difference",
    "Feed",
    "approval_of",
    "comments_of",
    "content_of",
    "content_open_to_all",
    "differences",
    "document_of",
    "duties",
    "feeds_of",
    "latest_of",
    "lines_of",
    "matter_of",
    "pdf_of",
    "plans_by_area",
    "plans_seen_by",
    "solutions_of_plans",
    "versions_of",
    "watched",
    "word_of",
]
