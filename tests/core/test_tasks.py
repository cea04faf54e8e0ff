"""What the worker does by itself: it clears up after one that died, and clears away what is over."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from itoguchi.accounts.models import Session
from itoguchi.core import tasks
from itoguchi.core.models import AnsweredRequest, Throttle

WORKER = "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour') RETURNING id"
JOB = """
INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args, status, worker_id)
VALUES ('default', 'x', NULL, %s, '{}', %s, %s) RETURNING id
"""


@pytest.mark.usefixtures("own_database")
def test_what_a_dead_worker_had_begun_is_cleared_up() -> None:
    with connection.cursor() as cursor:
        cursor.execute(WORKER)
        [dead] = cursor.fetchone()
        ids = []
        for lock, status, whose in (
            ("a", "doing", dead),
            ("a", "doing", dead),
            ("a", "todo", None),
            (None, "doing", dead),
        ):
            cursor.execute(JOB, [lock, status, whose])
            ids += cursor.fetchone()
        with ThreadPoolExecutor(1) as worker:  # where no loop runs, as in a worker
            worker.submit(asyncio.run, tasks.pick_up.func(0)).result()
        cursor.execute("SELECT id, status FROM procrastinate_jobs WHERE id = ANY(%s) ORDER BY id", [ids])
        assert [status for _id, status in cursor.fetchall()] == ["failed", "failed", "todo", "todo"]


@pytest.mark.django_db
def test_what_is_over_is_cleared_away_and_the_rest_stays() -> None:
    now = timezone.now()
    for key, until in (("over", now - timedelta(hours=1)), ("open", now + timedelta(hours=1))):
        Throttle.objects.create(key=key, used=1, until=until)
        Session.objects.create(session_key=key, session_data="", expire_date=until)
    AnsweredRequest.objects.create(key="over", fingerprint="x", at=now - timedelta(days=31))
    AnsweredRequest.objects.create(key="open", fingerprint="x", at=now)
    tasks.clear_away.func(0)
    for model, field in ((Throttle, "key"), (Session, "session_key"), (AnsweredRequest, "key")):
        assert list(model.objects.values_list(field, flat=True)) == ["open"]
