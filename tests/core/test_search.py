"""Entries of all rooms are found over the bridge, and read again only where they changed."""

from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries

from itoguchi.core import queries, search
from itoguchi.core.actions import Entry, replace_search_entries
from itoguchi.core.models import SearchEntry

pytestmark = pytest.mark.django_db


def entries(*titles: str) -> list[Entry]:
    return [Entry(key=title, title=title, path=f"/{title}", words=(title,), detail="見本") for title in titles]


def ids(text: str, **given: str) -> list[str]:
    return [hit.document.id for hit in queries.search(text, **given).hits]


@pytest.fixture(autouse=True)
def _no_entries_of_others() -> None:
    SearchEntry.objects.all().delete()
    search._kept.clear()


def test_entries_of_all_rooms_stand_in_one_index() -> None:
    replace_search_entries("roadmap", entries("テレワーク", "オープンデータ利活用"))
    replace_search_entries("outreach", entries("テレワーク説明会"))
    found = queries.search("テレワク")
    assert found.facets["room"] == {"outreach": 1, "roadmap": 1}
    assert ids("テレワーク", room="outreach") == ["outreach/テレワーク説明会"]
    assert ids("在宅勤務")[0] == "roadmap/テレワーク"
    assert queries.suggestions("おーぷ")[0].text == "オープンデータ利活用"


def test_asking_again_costs_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    replace_search_entries("roadmap", entries("テレワーク"))
    with django_assert_num_queries(4):
        queries.search("テレワーク")
    with django_assert_num_queries(1):
        queries.search("在宅勤務")


def test_only_what_changed_is_read_again() -> None:
    replace_search_entries("roadmap", entries("テレワーク", "オープンデータ利活用"))
    before = search.index_of("before")
    assert search.index_of("nothing changed") is before
    replace_search_entries("roadmap", entries("テレワーク", "教育クラウド"))
    after = search.index_of("after")
    assert {each.document.title for each in after.reads} == {"テレワーク", "教育クラウド"}
    kept = {each.document.title: each for each in before.reads}["テレワーク"]
    assert any(each is kept for each in after.reads)
