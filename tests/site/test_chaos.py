"""Site, worker and database are killed in turn while people write: nothing acknowledged is lost, no mail goes out twice."""

from __future__ import annotations

import http.client
import http.cookiejar
import os
import re
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

import psycopg
import pytest
from aiosmtpd.controller import Controller

from tests import database
from tests.site.stand import Stand
from tests.site.test_start import free_port

FIRST = date(2030, 1, 1)
ENOUGH = 4  # writes acknowledged between two kills
PATIENCE = 60.0
COMMANDS = {"site": ["serve"], "worker": ["procrastinate", "worker"]}


class Post:
    """A mail server that counts how often each message came."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.seen[message_from_bytes(envelope.content)["Message-ID"]] += 1
        return "250 OK"


class House:
    """Site and worker under something that starts them again when they end, as systemd does."""

    def __init__(self, stand: Stand) -> None:
        self.stand = stand
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.keep_up()

    def keep_up(self) -> None:
        for name, command in COMMANDS.items():
            if name not in self.running or self.running[name].poll() is not None:
                self.running[name] = self.stand.start(*command)

    def kill(self, name: str) -> None:
        os.killpg(self.running[name].pid, signal.SIGKILL)
        self.running[name].wait()

    def wait_until(self, is_so: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not is_so():
            assert time.monotonic() < deadline, what
            self.keep_up()
            time.sleep(0.1)


class Writer(threading.Thread):
    """An officer of a bureau who drafts one briefing after another, and notes what the site has acknowledged."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self.base, self.acknowledged, self.is_over = base, list[str](), threading.Event()
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opened = urllib.request.build_opener(cookies)

    def ask(self, path: str, **data: str) -> Any:
        sent = urllib.parse.urlencode({"csrfmiddlewaretoken": self.token, **data}).encode() if data else None
        with self.opened.open(f"{self.base}{path}", sent, timeout=10) as answer:
            page = answer.read().decode()
            if found := re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page):
                self.token = found[1]
            return answer

    def sign_in(self) -> None:
        self.ask("/account/sign-in")
        self.ask("/account/demo-sign-in", persona="bureau")
        self.ask("/briefings/plan")

    def run(self) -> None:
        for number in range(10_000):
            if self.is_over.is_set():
                return
            day = FIRST + timedelta(days=number)
            try:
                answer = self.ask(
                    "/briefings/plan", day=day.isoformat(), prefecture="260002", place="京都府", title=f"説明会 {number}",
                    prefectures="260002", why="", deed="ask",
                )  # fmt: skip
                if answer.url.endswith(f"/briefings/{day}-kyoto"):
                    self.acknowledged.append(f"{day}-kyoto")
            except (OSError, http.client.HTTPException):  # away, 503, half an answer: what came of it is not known
                time.sleep(0.1)


@pytest.fixture
def post() -> Iterator[tuple[Post, int]]:
    handler, port = Post(), free_port()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    yield handler, port
    controller.stop()


@pytest.fixture
def stand(django_db_setup: None, post: tuple[Post, int], tmp_path: Path) -> Iterator[Stand]:
    made = Stand(
        tmp_path, database.SAMPLE, ITOGUCHI_SMTP=f"smtp://127.0.0.1:{post[1]}", ITOGUCHI_MAIL_FROM="itoguchi@example.jp"
    )
    with psycopg.connect(made.url) as connection:
        connection.execute("UPDATE accounts_account SET email = sign_in_name || '@example.jp'")
    yield made
    made.server.delete()


def test_nothing_acknowledged_is_lost_and_no_mail_goes_out_twice(stand: Stand, post: tuple[Post, int]) -> None:
    house, writer = House(stand), Writer(f"http://localhost:{stand.port}")
    try:
        stand.wait_for("/health/ready", 200)
        writer.sign_in()
        writer.start()
        for victim in ("worker", "site", "database", "worker"):
            wanted = len(writer.acknowledged) + ENOUGH
            house.wait_until(
                lambda wanted=wanted: len(writer.acknowledged) >= wanted, f"nothing written before {victim}"
            )
            if victim == "database":
                os.kill(stand.server.pid() or 0, signal.SIGKILL)
                house.wait_until(lambda: stand.server.pid() is None, "the database does not die")
                stand.server.ensure_running()
            else:
                house.kill(victim)
        wanted = len(writer.acknowledged) + ENOUGH
        house.wait_until(lambda: len(writer.acknowledged) >= wanted, "nothing written in the end")
        writer.is_over.set()
        writer.join()
        with psycopg.connect(stand.url, autocommit=True) as records:
            waiting = "SELECT count(*) FROM core_mail WHERE state = 'waiting'"
            house.wait_until(lambda: records.execute(waiting).fetchone() == (0,), "mails are left")
            kept = Counter(slug for (slug,) in records.execute("SELECT slug FROM outreach_briefing"))
            assert {slug: kept[slug] for slug in writer.acknowledged} == dict.fromkeys(writer.acknowledged, 1)
            drafts = "SELECT count(*) FROM outreach_briefing WHERE state = 'draft' AND title LIKE '説明会 %'"
            asked = "SELECT count(*) FROM core_approval WHERE deed = 'plan_briefing' AND subject LIKE '/briefings/20__-__-__-kyoto'"
            [made], [approvals] = records.execute(drafts).fetchone(), records.execute(asked).fetchone()
            mails = dict(records.execute("SELECT state, count(*) FROM core_mail GROUP BY state").fetchall())
        assert made == approvals, "a draft without its approval is half written"
        assert sum(mails.values()) == 2 * made, "two of the secretariat are asked about each"
        assert mails["sent"] > 0
        seen = post[0].seen
        assert max(seen.values()) == 1
        # The one mail that was on the line when the worker died may have arrived without our knowing.
        assert mails["sent"] <= len(seen) <= mails["sent"] + mails.get("sending", 0) + mails.get("unknown", 0)
    finally:
        writer.is_over.set()
        for name in COMMANDS:
            house.kill(name)
