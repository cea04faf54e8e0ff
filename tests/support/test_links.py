"""Looking at the pages of calls: what is dead, after how many days, never in the own network, nothing without internet."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from threading import Thread
from typing import Any, ClassVar

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from itoguchi.accounts.models import Account
from itoguchi.core import links
from itoguchi.core.links import Looked, is_public, look_at
from itoguchi.roadmap.queries import watched_by
from itoguchi.support.actions import check_links
from itoguchi.support.models import LinkCheck, Scheme
from tests.support.factories import an_open_scheme

ClientOf = Callable[[str], Client]
DAY = date(2026, 11, 24)


class Pages(BaseHTTPRequestHandler):
    """A site whose pages answer with the number they are called by."""

    asked: ClassVar[list[str]] = []
    answers: ClassVar[dict[str, int]] = {}

    def _answer(self) -> None:
        self.asked.append(f"{self.command} {self.path}")
        name = self.path.strip("/").partition("?")[0]
        if name == "round":
            self.send_response(302)
            self.send_header("Location", "/round")
        elif name.startswith("to-"):
            self.send_response(301)
            self.send_header("Location", f"/{name.removeprefix('to-')}")
        elif name == "only-get":
            self.send_response(405 if self.command == "HEAD" else 200)
        elif name == "inside":
            self.send_response(302)
            self.send_header("Location", "http://169.254.169.254/latest")
        else:
            self.send_response(self.answers.get(name) or int(name))
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_HEAD = _answer  # noqa: N815 (the names are the library's)

    def log_message(self, *_args: Any) -> None:
        pass


@pytest.fixture
def pages() -> Iterator[str]:
    Pages.asked.clear()
    Pages.answers.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def _tests_may_look_inside(settings: Any) -> None:
    settings.LINKS_MAY_BE_PRIVATE = True


def a_scheme(key: str, link: str) -> Scheme:
    an_open_scheme(key, "tourism")
    Scheme.objects.filter(key=key).update(link=link)
    return Scheme.objects.get(key=key)


def state(key: str) -> str:
    return Scheme.objects.get(key=key).link_state


def test_head_is_asked_first_and_get_where_it_is_refused(pages: str) -> None:
    asked = [f"{pages}/{name}" for name in ("200", "only-get", "to-200", "404", "to-410", "round", "200?q=検索 語")]
    found = look_at(asked, may_be_private=True)
    assert [each.status for each in found.values()] == [200, 200, 200, 404, 410, None, 200]
    assert "GET /200" not in Pages.asked
    assert {"HEAD /only-get", "GET /only-get", "GET /404"} <= set(Pages.asked)


@pytest.mark.parametrize(
    "link",
    [
        "http://127.0.0.1/",
        "http://localhost:8000/admin",
        "http://10.1.2.3/",
        "http://192.168.0.1/",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://0.0.0.0/",
        "http://user@127.0.0.1:80/",
        "http://2130706433/",
        "ftp://example.jp/x",
        "file:///etc/passwd",
    ],
)
def test_nobody_is_led_into_the_own_network(link: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_args: Any, **_more: Any) -> None:
        raise AssertionError("called")

    monkeypatch.setattr(links.socket, "create_connection", never)
    assert look_at([link]) == {link: Looked(None, "refused")}


def test_a_page_of_the_internet_that_leads_inside_is_refused(pages: str, monkeypatch: pytest.MonkeyPatch) -> None:
    port = pages.rpartition(":")[2]
    monkeypatch.setattr(links, "is_public", lambda place: place == "127.0.0.1")
    link = f"http://127.0.0.1:{port}/inside"
    assert look_at([link]) == {link: Looked(None, "refused")}


def test_numbers_of_the_public_internet_are_told_from_others() -> None:
    assert is_public("203.0.114.1")
    assert is_public("2606:4700::1111")
    for place in ("100.64.0.1", "172.16.0.1", "224.0.0.1", "fe80::1%eth0", "fd00::1", "64:ff9b::a00:1", "2002:a00:1::"):
        assert not is_public(place), place


@pytest.mark.django_db
@pytest.mark.usefixtures("_tests_may_look_inside")
def test_gone_is_dead_at_once_and_an_error_only_on_another_day(pages: str) -> None:
    Pages.answers.update(a=404, b=503, c=200, d=403, e=500)
    for key in "abcde":
        a_scheme(key, f"{pages}/{key}")
    found = check_links(DAY)
    assert (found.dead, found.failing, found.alive, found.is_cut_off) == (("a",), ("b", "e"), 2, False)
    assert [state(key) for key in "abcde"] == ["dead", "unchecked", "alive", "alive", "unchecked"]
    assert check_links(DAY).dead == ("a",)
    assert state("b") == "unchecked"
    Pages.answers.update(a=200, e=200)
    later = check_links(DAY + timedelta(days=1))
    assert (later.looked_at, later.dead, later.alive) == (3, ("b",), 2)
    assert [state(key) for key in "abcde"] == ["alive", "dead", "alive", "alive", "alive"]
    check = LinkCheck.objects.get(scheme="b")
    assert (check.checked_on, check.status, check.failed_on) == (DAY + timedelta(days=1), 503, DAY)


@pytest.mark.django_db
@pytest.mark.usefixtures("_tests_may_look_inside")
def test_each_page_is_looked_at_once_a_week_and_when_it_is_another_one(pages: str) -> None:
    a_scheme("a", f"{pages}/200")
    an_open_scheme("without", "tourism")
    assert check_links(DAY).looked_at == 1
    assert check_links(DAY + timedelta(days=6)).looked_at == 0
    Scheme.objects.update(link=f"{pages}/201")
    assert check_links(DAY + timedelta(days=6)).looked_at >= 1
    events = Scheme.pgh_event_model.objects.filter(pgh_obj_id="a", pgh_label="update")  # type: ignore[attr-defined]
    before = events.count()
    check_links(DAY + timedelta(days=13))
    assert events.count() == before
    Scheme.objects.filter(key="a").update(ended_on=DAY)
    assert "a" not in {each.key for each in Scheme.objects.exclude(ended_on=None).filter(ended_on__gt=DAY)}


@pytest.mark.django_db
@pytest.mark.usefixtures("_tests_may_look_inside")
def test_without_internet_it_says_so_and_changes_nothing() -> None:
    a_scheme("a", "http://127.0.0.1:9/a")
    a_scheme("b", "http://127.0.0.1:9/b")
    for day in range(3):
        assert check_links(DAY + timedelta(days=day)).is_cut_off
    assert not LinkCheck.objects.exists()
    assert state("a") == "unchecked"
    said = StringIO()
    call_command("check_links", stdout=said)
    assert "何も変えていません" in said.getvalue()
    said = StringIO()
    call_command("check_links", "--json", stdout=said)
    assert json.loads(said.getvalue())["is_cut_off"] is True


@pytest.mark.django_db
def test_the_command_tells_what_was_found(pages: str) -> None:
    a_scheme("inside", f"{pages}/200")
    said = StringIO()
    call_command("check_links", "--all", stdout=said)
    assert "/schemes/inside" in said.getvalue()
    assert Pages.asked == []
    assert LinkCheck.objects.get().problem == "refused"
    assert state("inside") == "unchecked"


@pytest.mark.django_db
@pytest.mark.usefixtures("_tests_may_look_inside")
def test_who_keeps_a_scheme_is_told_of_its_dead_link_and_finds_it_in_the_list(
    pages: str, client_of: ClientOf, coordinator: Account, officer: Account, partner: Account
) -> None:
    today = timezone.localdate()
    a_scheme("gone", f"{pages}/404")
    a_scheme("there", f"{pages}/200")
    check_links(today)
    assert [each.key for each in watched_by(coordinator, today) if each.topic == "links"] == [f"link gone {today}"]
    assert watched_by(partner, today) == watched_by(officer, today) == []
    Scheme.objects.filter(key="gone").update(organisation=partner.terms[0].organisation)
    [told] = watched_by(partner, today)
    assert "404" in told.why
    client = client_of("coordinator")
    page = client.get("/schemes/").content.decode()
    assert "開けない支援メニューが1件" in page
    found = client.get("/schemes/?link=dead").context["table"].page_rows
    assert [each.key for each in found] == ["gone"]
    assert "ページがない（404）" in client.get("/schemes/gone").content.decode()
    assert "見に行った結果：開けた" in client.get("/schemes/there").content.decode()
    stranger = client_of("officer").get("/schemes/?link=dead")
    assert stranger.context["table"].count > 1
    assert "開けない支援メニュー" not in stranger.content.decode()
