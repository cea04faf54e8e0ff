"""Search over all rooms: what is found, how it is shown, and what never is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from itoguchi.core import search
from itoguchi.core.actions import Entry, replace_search_entries
from itoguchi.core.models import SearchEntry
from itoguchi.outreach.models import Briefing
from itoguchi.reports.queries.published import published

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _index_of_this_test() -> Iterator[None]:
    """Inside a transaction the state of the records keeps its name."""
    search._kept.clear()
    yield
    search._kept.clear()


@pytest.fixture
def page(client: Client) -> Any:
    """`page("テレワーク", room="roadmap")`: the page as text, without line breaks."""

    def get(asked: str, language: str = "", **more: str) -> str:
        answer = client.get(f"{language}/search", {"q": asked, **more})
        assert answer.status_code == 200
        return re.sub(r"\s+", " ", answer.content.decode())

    return get


def addresses(text: str) -> list[str]:
    return re.findall(r'<h2><a href="([^"]+)"', text)


def test_what_people_say_leads_to_what_helps(page: Any) -> None:
    found = addresses(page("猿が畑を荒らす"))
    assert "/solutions/smart-primary-industry" in found[:5]
    assert "/schemes/regional-iot" in addresses(page("猿が畑を荒らす", room="support"))
    assert addresses(page("在宅勤務"))[0] == "/solutions/telework"
    assert addresses(page("丹波篠山市"))[0] == "/areas/282219"


def test_what_matches_is_marked_and_told(page: Any) -> None:
    assert "<mark>テレワーク</mark>" in page("テレワーク")
    assert "「てれわく」を「テレワーク」として探しました。" in page("てれわく")
    assert "「在宅勤務」と同じ意味の「テレワーク" in page("在宅勤務")
    assert "として探しました" not in page("テレワーク")
    in_english = page("Nara", "/en")
    assert '<a href="/en/areas/290009">' in in_english
    assert "<mark>Nara</mark>" in in_english


def test_rooms_are_counted_and_chosen(page: Any) -> None:
    everywhere = page("テレワーク")
    assert re.search(r"ロードマップ <small>\d+件", everywhere)
    only = page("テレワーク", room="roadmap")
    assert all(address.startswith(("/solutions/", "/fields/", "/kpis/", "/roadmap")) for address in addresses(only))
    assert addresses(page("テレワーク", room="nowhere")) == addresses(everywhere)
    assert "すべての記録から見る" in page("丹波篠山市", room="learning")


def test_pages_follow_each_other(page: Any) -> None:
    first, second = addresses(page("市")), addresses(page("市", page="2"))
    assert len(first) == len(second) == 20
    assert not set(first) & set(second)
    assert '<ol class="results" start="21">' in page("市", page="2")
    assert addresses(page("市", page="9999")) == addresses(page("市", page="99999999"[:4]))


def test_nothing_found_says_what_was_tried(page: Any) -> None:
    text = page("ぺぬぽむ")
    assert "一字か二字の書き間違いも見ましたが" in text
    assert f"/areas/?q={quote('ぺぬぽむ')}" in text
    assert "主なページから見る" in text
    assert "さがせる言葉がありません" in page("！？")


@pytest.mark.parametrize("asked", ["", " ", "　\t", "\0", "\x01\x02", "\u202e\u200b"])
def test_nothing_asked_is_no_question(page: Any, asked: str) -> None:
    assert 'role="status"' not in page(asked)


@pytest.mark.parametrize(
    "asked",
    [
        "テレワーク\0",
        "<script>alert(1)</script>",
        '"><img src=x>',
        "%",
        "';--",
        "👻👨‍👩‍👧",
        "あ" * 5000,
        "ー" * 200,
    ],
)
def test_hostile_questions_do_no_harm(page: Any, client: Client, asked: str) -> None:
    text = page(asked)
    assert "<script>alert" not in text
    assert "<img src=x" not in text
    assert "\0" not in text
    assert client.get("/search/suggest", {"q": asked}, headers={"HX-Request": "true"}).status_code == 200
    assert ("はじめの200文字" in text) == (len(asked) > 200)


def test_what_records_say_is_escaped(page: Any) -> None:
    bad = "<script>悪戯</script>テレワーク"
    replace_search_entries("outreach", [Entry("x", bad, "/briefings/x", (bad,), detail=bad, text=f"{bad}\n{bad}")])
    search._kept.clear()
    text = page("悪戯")
    assert "&lt;script&gt;<mark>悪戯</mark>" in text
    assert "<script>悪戯" not in text


def test_few_queries_however_many_are_found(client: Client, django_assert_num_queries: Any) -> None:
    client.get("/search", {"q": "市"})
    with django_assert_num_queries(2):
        client.get("/search", {"q": "市"})
    with django_assert_num_queries(2):
        client.get("/search", {"q": "丹波篠山市"})
    with django_assert_num_queries(2):
        client.get("/search/suggest", {"q": "たんば"}, headers={"HX-Request": "true"})
    with django_assert_num_queries(0):
        client.get("/search")


def test_typing_is_offered_records_and_words(client: Client) -> None:
    text = client.get("/search/suggest", {"q": "たんばささ"}, headers={"HX-Request": "true"}).content.decode()
    assert '<a href="/areas/282219">' in text
    in_english = client.get("/en/search/suggest", {"q": "おーぷ"}, headers={"HX-Request": "true"}).content.decode()
    assert "/en/" in in_english
    assert client.get("/search/suggest", {"q": "たんば"})["Location"] == f"/search?q={quote('たんば')}"


def test_every_room_hands_down_what_is_public(client: Client) -> None:
    kept = SearchEntry.objects.values_list("room", "path")
    assert {room for room, _path in kept} >= {"areas", "roadmap", "outreach", "network", "learning", "support"}
    for room in ("roadmap", "outreach", "network", "learning", "support"):
        for path in {path.partition("#")[0] for of, path in kept if of == room}:
            assert client.get(path).status_code == 200, path


def test_drafts_and_what_is_internal_are_never_found() -> None:
    paths = set(SearchEntry.objects.values_list("path", flat=True))
    assert not paths & {each.address for each in Briefing.objects.filter(state=Briefing.State.DRAFT)}
    reports = {path for path in paths if path.startswith("/reports/")}
    assert reports == {each.address for each in published()}
    assert not {path for path in paths if path.startswith(("/needs", "/visits", "/account"))}


def test_programs_ask_too(client: Client) -> None:
    found = client.get("/api/v1/search", {"q": "てれわく", "limit": 2}).json()
    assert found["items"][0]["address"] == "/kpis/telework"
    assert {"asked": "てれわく", "form": "near", "found": "テレワーク"} in found["items"][0]["why"]
    assert len(found["items"]) == 2
    after = client.get("/api/v1/search", {"q": "てれわく", "limit": 2, "cursor": found["next"]}).json()
    assert after["count"] == found["count"]
    assert not {each["key"] for each in after["items"]} & {each["key"] for each in found["items"]}
    only = client.get("/api/v1/search", {"q": "テレワーク", "room": "roadmap"}).json()
    assert {each["room"] for each in only["items"]} == {"roadmap"}
    assert client.get("/api/v1/search", {"q": "x", "room": "nowhere"}).status_code == 422
    assert client.get("/api/v1/search").json() == {"count": 0, "next": None, "items": []}
