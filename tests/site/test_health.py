"""While the database is away all doors say so calmly, and come back by themselves; slow clients hinder nobody; the log names nobody."""

from __future__ import annotations

import json
import logging
import os
import socket
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from django.test import Client

from itoguchi.core.logs import Line
from itoguchi.site.settings import database as entry
from tests.site.stand import Stand

SECRETS = ("hanako", "見本 花子", "hanako@example.jp", "198.51.100.7", "wrong-secret")


@pytest.fixture(scope="module")
def stand(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    made = Stand(tmp_path_factory.mktemp("stand"))
    site = made.start("serve")
    made.wait_for("/health", 200)
    yield made
    os.killpg(site.pid, 9)
    site.wait()
    made.server.delete()


def test_pages_wait_calmly_for_the_database_and_come_back_by_themselves(stand: Stand) -> None:
    stand.wait_for("/meetings/", 200)
    assert json.loads(stand.get("/health/ready")[1])["worker"] == "late"
    stand.server.stop()
    with ThreadPoolExecutor() as asked:
        answers = list(asked.map(stand.get, ("/meetings/", "/health", "/health/ready", "/metrics", "/api/v1/areas")))
    assert [status for status, _told, _headers in answers] == [503, 200, 503, 503, 503]
    (_, page, of_page), _health, (_, ready, _), _metrics, (_, refusal, of_api) = answers
    assert "ただいま準備中です" in page
    assert "waiting for its database" in page
    assert json.loads(ready)["database"] == "unavailable"
    assert json.loads(refusal)["error"]["code"] == "unavailable"
    assert of_page["retry-after"] == of_api["retry-after"] == "30"
    stand.server.ensure_running()
    for path in ("/meetings/", "/api/v1/areas", "/health/ready"):
        stand.wait_for(path, 200, seconds=10)


@pytest.mark.parametrize(
    "sent",
    [
        "G",
        "GET /api/v1/areas?limit=1000 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET /static/areas/japan-municipalities.svg HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ],
    ids=["stalls in the address", "never reads an answer", "never reads a file"],
)
def test_fifty_clients_that_stall_keep_nobody_waiting(stand: Stand, sent: str) -> None:
    stand.wait_for("/meetings/", 200)
    with ExitStack() as stack:
        for _ in range(50):
            client = stack.enter_context(socket.socket())
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect(("127.0.0.1", stand.port))
            client.sendall(sent.encode())
        assert stand.get("/briefings/")[0] == 200


def test_figures_for_the_watch_are_shown_to_this_machine_alone(stand: Stand) -> None:
    stand.wait_for("/meetings/", 200)
    status, told, _headers = stand.get("/metrics")
    assert status == 200
    assert 'itoguchi_requests_total{room="network",status="2xx"}' in told
    assert 'itoguchi_request_seconds_bucket{le="+Inf"}' in told
    assert "itoguchi_database_connections" in told
    assert stand.get("/metrics", **{"X-Forwarded-For": "198.51.100.7"})[0] == 403


def test_the_log_tells_what_happened_and_names_nobody(stand: Stand) -> None:
    stand.wait_for("/meetings/", 200)
    stand.get("/account/people/hanako?q=hanako@example.jp", **{"X-Request-ID": "a-number-of-the-proxy"})
    stand.get("/nowhere/hanako", **{"X-Forwarded-For": "198.51.100.7"})
    form = f"csrfmiddlewaretoken={'a' * 32}&username=hanako&password=wrong-secret".encode()
    status, page, _headers = stand.get("/account/sign-in", form, Cookie=f"csrftoken={'a' * 32}")
    assert (status, "hanako" in page) == (200, True), "the form comes back with what was typed"
    log = (stand.home / "serve.log").read_text()
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    line, *_signing_in = [line for line in lines if line.get("request") == "a-number-of-the-proxy"]
    assert (line["route"], line["status"], line["method"]) == ("accounts:person", 302, "GET")
    assert not [secret for secret in SECRETS if secret in log]


def test_an_error_keeps_its_places_and_loses_its_words() -> None:
    try:
        raise ValueError("見本 花子 hanako@example.jp")
    except ValueError:
        record = logging.LogRecord(
            "django.request", 40, __file__, 1, "Error: %s", ("/account/people/hanako",), sys.exc_info()
        )
    for as_json in (True, False):
        line = Line(as_json=as_json).format(record)
        assert "ValueError" in line
        assert "test_health.py" in line
        assert not [secret for secret in SECRETS if secret in line]


@pytest.mark.django_db
def test_the_token_opens_the_figures_from_elsewhere(client: Client, settings: object) -> None:
    settings.METRICS_TOKEN = "opens-it"  # type: ignore[attr-defined]
    for sent, status in (("Bearer opens-it", 200), ("Bearer other", 403), ("", 403)):
        asked = client.get("/metrics", REMOTE_ADDR="198.51.100.7", headers={"Authorization": sent})
        assert asked.status_code == status


def test_a_database_address_may_name_several_hosts() -> None:
    found = entry("postgresql://u:p%40w@one:5432,two:5433/records?target_session_attrs=read-write")
    assert (found["HOST"], found["PORT"], found["PASSWORD"]) == ("one,two", "5432,5433", "p@w")
    assert found["OPTIONS"]["target_session_attrs"] == "read-write"
