"""What the worker does by itself every night: publish revisions whose day has come, note how KPIs stand; and once a week tell people."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from itoguchi.roadmap import actions


@app.periodic(cron="3 15 * * *")
@app.task(queueing_lock="publish_due_revisions")
def publish_due_revisions(timestamp: int = 0) -> None:  # noqa: ARG001 (periodic tasks are told their minute)
    """At 0:03 in Japan, so that a revision holds from the beginning of its day."""
    actions.publish_due(timezone.localdate())


@app.periodic(cron="0 23 * * 0")
@app.task(queueing_lock="send_digests")
def send_digests(timestamp: int = 0) -> None:  # noqa: ARG001 (periodic tasks are told their minute)
    """On Mondays at 8:00 in Japan."""
    actions.send_digests(timezone.localdate())


@app.periodic(cron="7 19 * * *")
@app.task(queueing_lock="note_standings")
def note_standings(timestamp: int = 0) -> None:  # noqa: ARG001 (periodic tasks are told their minute)
    """At 4:07 in Japan; a KPI that stands as it stood leaves no trace."""
    actions.note_standings(timezone.localdate())
