"""Published reports for tests that need one to be there and not how it came about: all figures, one short file."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.utils.translation import override

from itoguchi.core import actions as core
from itoguchi.reports.models import FileOfReport, PublishedReport
from itoguchi.reports.queries import status_report
from itoguchi.reports.queries.published import last_published_before, snapshot_of

if TYPE_CHECKING:
    from itoguchi.accounts.models import Account


def frozen_report(as_of: date, *, by: Account, approved_by: Account | None = None) -> PublishedReport:
    """A report of a day that waits, or is published when somebody approved it."""
    with override("ja"):
        said = snapshot_of(status_report(as_of))
    for figure in said.figures:
        figure |= {f"{key}_en": figure[key] for key in ("label", "definition", "unit")}
    approval = core.draft_approval("publish_status_report", f"/reports/published/{as_of.isoformat()}", by=by)
    if approved_by:
        approval = core.approve(approval, by=approved_by)
    report = PublishedReport.objects.create(
        slug=as_of.isoformat(),
        as_of=as_of,
        version="0",
        figures=said.figures,
        records=said.records,
        approval=approval,
        previous=last_published_before(as_of),
    )
    file = core.freeze_file("report.html", b"<!doctype html>", content_type="text/html", language="ja")
    FileOfReport.objects.create(report=report, file=file)
    return report
