"""What the worker does by itself: note every night how KPIs stand."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from itoguchi.roadmap import actions


@app.periodic(cron="7 19 * * *")
@app.task(queueing_lock="note_standings")
def note_standings(timestamp: int = 0) -> None:  # noqa: ARG001 (periodic tasks are told their minute)
    """At 4:07 in Japan; a KPI that stands as it stood leaves no trace."""
    actions.note_standings(timezone.localdate())
