"""What only shows between transactions: the same request at the same moment, and answers kept until a record changes."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from itoguchi.areas.models import Block
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


@pytest.mark.usefixtures("own_database")
def test_an_answer_is_kept_until_a_record_changes(client: Client, django_assert_max_num_queries: Any) -> None:
    first = client.get("/api/v1/blocks").content
    with django_assert_max_num_queries(2):
        assert client.get("/api/v1/blocks").content == first
    Block.objects.filter(key="kinki").update(name_en="Kinki, renamed")
    assert b"Kinki, renamed" in client.get("/api/v1/blocks").content
