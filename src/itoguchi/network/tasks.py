"""What the worker does by itself every few minutes: note of papers whose embargo has passed that they are out."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from itoguchi.network import actions


@app.periodic(cron="*/2 * * * *")
@app.task(queueing_lock="bring_out_papers")
def bring_out_papers(timestamp: int = 0) -> None:  # noqa: ARG001 (periodic tasks are told their minute)
    """So that the search finds them, and what the API keeps is made anew; readers see them from the second on."""
    actions.bring_out_papers(now=timezone.now())
