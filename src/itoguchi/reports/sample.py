"""A published report of the sample world and one that waits for approval, both by sample people."""

from __future__ import annotations

import random
from datetime import date

from itoguchi.accounts.models import Account
from itoguchi.network.queries import DAY_OF_SOURCE
from itoguchi.reports.actions import decide, draft_report
from itoguchi.reports.models import PublishedReport

WHY = "見本データ（実在の公開ではありません）"


def load_sample(rng: random.Random, today: date) -> None:
    """The report of the source's day is published by two sample people; today's waits for the second one."""
    if PublishedReport.objects.exists():
        return
    drafter, approver = (Account.objects.get(sign_in_name=name) for name in ("coordinator", "approver"))
    published = draft_report(DAY_OF_SOURCE, by=drafter, today=today, why=WHY)
    decide(published.approval, by=approver, deed="approve")
    draft_report(today, by=drafter, today=today, why=WHY)
