"""Saved searches: a question is saved, tells once of what came or changed since, is tuned and forgotten by its owner alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from itoguchi.accounts.models import Account
from itoguchi.core import actions, search
from itoguchi.core.actions import Entry, keep_search_entries, replace_search_entries, save_search
from itoguchi.core.models import SavedSearch, SearchEntry
from itoguchi.roadmap.queries import watched_by
from tests.support.factories import an_open_scheme

pytestmark = pytest.mark.django_db
ClientOf = Callable[[str], Client]


@pytest.fixture(autouse=True)
def _index_of_this_test() -> Iterator[None]:
    search._kept.clear()
    yield
    search._kept.clear()


def entry(title: str, text: str = "") -> Entry:
    return Entry(key=title, title=title, path=f"/{title}", words=(title,), text=text)


def told(account: Account) -> list[str]:
    search._kept.clear()  # inside a transaction the state of the records keeps its name
    return [each.title for each in watched_by(account, timezone.localdate())]


def test_only_what_came_or_changed_since_is_told(partner: Account) -> None:
    replace_search_entries("outreach", [entry("蛍光ペンの催し"), entry("蛍光ペンの会")])
    saved = save_search("/search", {"q": "蛍光ペン", "page": "2"}, by=partner, now=timezone.now())
    assert saved.question == {"q": "蛍光ペン"}
    assert told(partner) == []
    replace_search_entries("outreach", [entry("蛍光ペンの催し"), entry("蛍光ペンの会")])
    assert told(partner) == []
    keep_search_entries("outreach", [entry("蛍光ペンの会", "直した"), entry("蛍光ペンの店")])
    assert sorted(told(partner)) == ["蛍光ペンの会", "蛍光ペンの店"]
    whys = {each.title: each.why for each in watched_by(partner, timezone.localdate())}
    assert "変わりました" in whys["蛍光ペンの会"]
    assert "加わりました" in whys["蛍光ペンの店"]
    actions.mark_search_as_seen(saved, by=partner, now=timezone.now())
    assert told(partner) == []


def test_a_saved_search_of_one_room_sees_that_room(partner: Account) -> None:
    save_search("/search", {"q": "蛍光ペン", "room": "network"}, by=partner, now=timezone.now())
    keep_search_entries("outreach", [entry("蛍光ペンの店")])
    assert told(partner) == []
    keep_search_entries("network", [entry("蛍光ペンの会合")])
    assert told(partner) == ["蛍光ペンの会合"]


@pytest.mark.parametrize(
    ("page", "question"),
    [("/search", {}), ("/search", {"q": " \x00"}), ("/nowhere", {"q": "x"}), ("", {"q": "x"}), ("/search", {"x": "y"})],
)
def test_nothing_asked_is_not_saved(partner: Account, page: str, question: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        save_search(page, question, by=partner, now=timezone.now())


def test_a_question_is_saved_once_and_not_too_many(partner: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    saved = save_search("/search", {"q": "猿" * 300}, by=partner, now=timezone.now())
    assert len(saved.question["q"]) == 200
    assert len(saved.name) == 100
    with pytest.raises(ValidationError, match="同じ検索"):
        save_search("/search", {"q": "猿" * 300}, by=partner, now=timezone.now())
    monkeypatch.setattr(actions, "MOST_SAVED", 1)
    with pytest.raises(ValidationError, match="1件まで"):
        save_search("/search", {"q": "鹿"}, by=partner, now=timezone.now())


def test_the_pages_save_tune_and_forget(client_of: ClientOf, officer: Account) -> None:
    client = client_of("officer")
    assert "この検索を保存して" in client.get("/search?q=猿").content.decode()
    assert "ログインすると、この検索を保存できます" in client_of("visitor").get("/search?q=猿").content.decode()
    assert "この検索を保存して" in client.get("/schemes/?kind=grant").content.decode()
    assert "この検索を保存して" not in client.get("/schemes/").content.decode()
    assert client.post("/search/save", {"of": "/search", "q": "猿", "room": ""}).status_code == 302
    assert client.post("/search/save", {"of": "/search", "q": "猿"}).status_code == 422
    assert client.post("/search/save", {"of": "/schemes/", "kind": "grant", "name": "補助"}).status_code == 302
    one, other = SavedSearch.objects.order_by("pk")
    assert (one.path, other.path) == ("/search?q=%E7%8C%BF", "/schemes/?kind=grant")
    an_open_scheme("new-one", "tourism")
    page = client.get("/search/saved").content.decode()
    assert "補助" in page
    assert "試験の支援 new-one" in page
    assert client.post(f"/search/saved/{one.pk}", {"name": "猿の話"}).status_code == 302
    one.refresh_from_db()
    assert (one.name, one.tells) == ("猿の話", False)
    assert client.post(f"/search/saved/{one.pk}", {"name": " "}).status_code == 422
    assert client_of("neighbour").post(f"/search/saved/{one.pk}", {"deed": "drop"}).status_code == 404
    assert client.post(f"/search/saved/{other.pk}", {"deed": "seen"}).status_code == 302
    assert client.post(f"/search/saved/{one.pk}", {"deed": "drop"}).status_code == 302
    assert list(SavedSearch.objects.all()) == [other]
    assert "Saved searches" in client.get("/en/search/saved").content.decode()
    assert "まだありません" in client_of("bureau").get("/search/saved").content.decode()


def test_few_queries_for_a_page_of_saved_searches(
    client_of: ClientOf, officer: Account, django_assert_max_num_queries: Any
) -> None:
    save_search("/search", {"q": "猿"}, by=officer, now=timezone.now())
    client = client_of("officer")
    client.get("/search/saved")
    with django_assert_max_num_queries(12):
        client.get("/search/saved")


def test_entries_keep_the_day_on_which_they_came() -> None:
    replace_search_entries("outreach", [entry("一つ"), entry("二つ")])
    before = SearchEntry.objects.get(key="一つ")
    replace_search_entries("outreach", [entry("一つ", "文"), entry("二つ")])
    after = SearchEntry.objects.get(key="一つ")
    assert after.made_at == before.made_at
    assert after.changed_at > before.changed_at
