"""What the worker does by itself every night: look whether the pages of calls still open."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from itoguchi.support import actions


@app.periodic(cron="31 17 * * *")
@app.task(queueing_lock="check_links")
def check_links(timestamp: int = 0) -> None:  # noqa: ARG001 (periodic tasks are told their minute)
    """At 2:31 in Japan; each page once a week, one that did not open every night."""
    actions.check_links(timezone.localdate())
