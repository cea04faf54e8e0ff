"""What the worker does by itself: tell shared boxes what is new once a week, note that papers are out every few minutes."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from itoguchi.network import actions


@app.periodic(cron="5 23 * * 0")
@app.task(queueing_lock="tell_boxes")
def tell_boxes(timestamp: int = 0) -> None:  # noqa: ARG001 (periodic tasks are told their minute)
    """On Mondays at 8:05 in Japan, after the digests of people."""
    actions.tell_boxes(timezone.localdate())


@app.periodic(cron="*/2 * * * *")
@app.task(queueing_lock="bring_out_papers")
def bring_out_papers(timestamp: int = 0) -> None:  # noqa: ARG001 (periodic tasks are told their minute)
    """So that the search finds them, and what the API keeps is made anew; readers see them from the second on."""
    actions.bring_out_papers(now=timezone.now())
