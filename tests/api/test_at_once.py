"""The same request, sent by many at the same moment, is done once."""

from __future__ import annotations

import threading

import pytest
from django.db import connections

from itoguchi.outreach.models import Briefing
from tests.api.test_writing import PLAN, secret_of, send


@pytest.mark.usefixtures("own_database")
def test_the_same_request_at_the_same_moment_is_done_once() -> None:
    secret, answers = secret_of("bureau"), []

    def write() -> None:
        answers.append(send(secret, "/briefings", PLAN))
        connections.close_all()

    threads = [threading.Thread(target=write) for _ in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert {each.status_code for each in answers} == {201}
    assert len({each.content for each in answers}) == 1
    assert Briefing.objects.filter(title="説明会").count() == 1
