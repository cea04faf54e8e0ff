"""What the worker does by itself once a week: tell the shared boxes what is new to what they follow."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from itoguchi.network import actions


@app.periodic(cron="5 23 * * 0")
@app.task(queueing_lock="tell_boxes")
def tell_boxes(timestamp: int = 0) -> None:  # noqa: ARG001 (periodic tasks are told their minute)
    """On Mondays at 8:05 in Japan, after the digests of people."""
    actions.tell_boxes(timezone.localdate())
