"""Words that mean the same: edited by the secretariat, checked, undone, and in force at the next search."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client

from itoguchi.accounts.models import Account
from itoguchi.core import queries, search
from itoguchi.core.actions import keep_synonyms, undo_synonyms
from itoguchi.core.models import SearchEntry, SynonymGroup

pytestmark = pytest.mark.django_db
ClientOf = Callable[[str], Client]
TELEWORK = "workstyle テレワーク"


@pytest.fixture(autouse=True)
def _index_of_this_test() -> Iterator[None]:
    search._kept.clear()
    yield
    search._kept.clear()


def ids(text: str) -> list[str]:
    search._kept.clear()  # inside a transaction the state of the records keeps its name
    return [hit.document.id for hit in queries.search(text).hits]


def last_change() -> int:
    return int(queries.last_synonym_changes()[0].pgh_id)


def test_names_of_shipped_groups_are_all_different() -> None:
    import yaml
    from django.conf import settings

    given = yaml.safe_load((settings.REFERENCE_DATA / "search/synonyms.yaml").read_text(encoding="utf-8"))
    assert len(search.shipped_synonyms()) == len(given["groups"])


def test_a_new_group_holds_at_once_and_is_undone(coordinator: Account) -> None:
    assert "roadmap/solution-telework" not in ids("ノマド")
    keep_synonyms("workstyle", ["ノマド", "テレワーク"], by=coordinator)
    assert "roadmap/solution-telework" in ids("ノマド")[:3]
    undo_synonyms(last_change(), by=coordinator)
    assert not SynonymGroup.objects.exists()
    undo_synonyms(last_change(), by=coordinator)
    assert SynonymGroup.objects.get().words == ["ノマド", "テレワーク"]


def test_an_index_that_is_kept_takes_other_groups_without_reading_again(coordinator: Account) -> None:
    before = search.index_of("before")
    keep_synonyms("workstyle", ["おうち仕事場", "テレワーク"], by=coordinator)
    after = search.index_of("after")
    assert after is not before
    assert {id(each) for each in after.reads} == {id(each) for each in before.reads}
    assert search.index_of("again") is after


def test_a_shipped_group_is_edited_switched_off_and_comes_back(coordinator: Account) -> None:
    shipped = search.shipped_synonyms()[TELEWORK]
    made = keep_synonyms(shipped.field, [*shipped.words, "在宅仕事"], replaces=TELEWORK, by=coordinator)
    assert "在宅仕事" in search.words_of_field("workstyle")
    again = keep_synonyms(shipped.field, shipped.words, replaces=TELEWORK, is_off=True, by=coordinator)
    assert again.pk == made.pk
    assert "在宅勤務" not in search.words_of_field("workstyle")
    assert next(each for each in queries.synonym_groups() if each.name == TELEWORK).is_off
    undo_synonyms(last_change(), by=coordinator)
    assert "在宅仕事" in search.words_of_field("workstyle")
    assert len(queries.synonym_groups()) == len(search.shipped_synonyms())


def test_what_is_no_group_is_refused(coordinator: Account, officer: Account) -> None:
    for words in ([], ["一つ"], ["同じ", "同じ "], ["ＩｏＴ", "iot"], ["猿", "。"], ["猿", "あ" * 51]):
        with pytest.raises(ValidationError):
            keep_synonyms("health", words, by=coordinator)
    with pytest.raises(ValidationError):
        keep_synonyms("health", ["猿", "鹿"], replaces="nothing such", by=coordinator)
    with pytest.raises(PermissionDenied):
        keep_synonyms("health", ["猿", "鹿"], by=officer)
    keep_synonyms("health", ["猿", "鹿"], by=coordinator)
    first = last_change()
    with pytest.raises(PermissionDenied):
        undo_synonyms(first, by=officer)
    keep_synonyms("health", ["猿", "熊"], group=SynonymGroup.objects.get(), by=coordinator)
    with pytest.raises(ValidationError):
        undo_synonyms(first, by=coordinator)
    with pytest.raises(ValidationError):
        undo_synonyms(0, by=coordinator)


def test_the_page_edits_and_rooms_hand_down_the_new_words(client_of: ClientOf) -> None:
    client = client_of("coordinator")
    assert "テレワーク、在宅勤務" in client.get("/search/synonyms").content.decode()
    added = client.post(
        "/search/synonyms", {"deed": "keep", "field": "workstyle", "words": "おうち仕事場、テレワーク", "why": "声"}
    )
    assert added.status_code == 302
    assert "おうち仕事場" in SearchEntry.objects.get(room="roadmap", key="solution-telework").text
    page = client.get("/search/synonyms").content.decode()
    assert "声" in page
    assert client.post("/search/synonyms", {"deed": "switch", "name": TELEWORK}).status_code == 302
    assert "在宅勤務" not in SearchEntry.objects.get(room="roadmap", key="solution-telework").text
    assert client.post("/search/synonyms", {"deed": "switch", "name": TELEWORK}).status_code == 302
    assert not SynonymGroup.objects.get(replaces=TELEWORK).is_off
    assert client.post("/search/synonyms", {"deed": "undo", "event": str(last_change())}).status_code == 302
    assert SynonymGroup.objects.get(replaces=TELEWORK).is_off
    for odd in (
        {},
        {"deed": "undo", "event": "x"},
        {"field": "nowhere", "words": "猿、鹿"},
        {"field": "health", "words": "猿"},
        {"field": "health", "words": "\x00、猿"},
    ):
        refused = client.post("/search/synonyms", odd)
        assert refused.status_code == 422, odd
    assert client_of("officer").get("/search/synonyms").status_code == 403
    assert "Words that mean the same" in client.get("/en/search/synonyms").content.decode()


def test_few_queries_however_many_groups(
    client_of: ClientOf, coordinator: Account, django_assert_max_num_queries: object
) -> None:
    for word in "猿鹿熊狸":
        keep_synonyms("health", [word, f"{word}害"], by=coordinator)
    client = client_of("coordinator")
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        client.get("/search/synonyms")
