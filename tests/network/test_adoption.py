"""A new recommendation is written down clause by clause on pages, by the secretariat alone (docs/meetings.md §10)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from itoguchi.core.queries import find
from itoguchi.network import actions
from itoguchi.network.actions import ClauseFacts, RecommendationFacts
from itoguchi.network.models import Clause, Meeting, Recommendation
from tests.network.factories import a_change
from tests.network.secretariat import a_meeting
from tests.outreach.test_pages import japanese_left, main_of
from tests.personas import account_of

pytestmark = pytest.mark.django_db

ClientOf = Callable[[str], Client]
CLAUSE = {"number": "1（2）", "heading": "相談の窓口", "text": "窓口を置くべき。", "thread": "horizontal"}


def typed(**more: Any) -> dict[str, Any]:
    meeting = Meeting.objects.get(slug="task-force-4")
    return {"key": "second", "name": "第二次提言", "meeting": meeting.pk, "source": "第二次提言（本文）"} | more


def test_the_secretariat_writes_a_recommendation_down_and_everybody_reads_it(client_of: ClientOf) -> None:
    coordinator, visitor = client_of("coordinator"), client_of("visitor")
    assert "/recommendations/new" in coordinator.get("/recommendations/").content.decode()
    assert "/recommendations/new" not in visitor.get("/recommendations/").content.decode()
    assert coordinator.post("/recommendations/new", typed()).headers["Location"] == "/recommendations/second"
    made = Recommendation.objects.get(pk="second")
    assert made.since == made.meeting.held_on
    assert "項目はまだ記録されていません" in visitor.get("/recommendations/second").content.decode()
    for number, heading in (("1（2）", "相談の窓口"), ("1（3）", "人の育成")):
        said = CLAUSE | {"number": number, "heading": heading}
        assert coordinator.post("/recommendations/second/clauses/new", said).status_code == 302
    assert list(made.clauses.values_list("slug", "order")) == [("second-1-2", 1), ("second-1-3", 2)]
    page = visitor.get("/recommendations/second").content.decode()
    assert page.index("相談の窓口") < page.index("人の育成")
    assert "/threads/horizontal" in page
    assert "相談の窓口" in visitor.get("/clauses/second-1-2").content.decode()
    assert find("相談の窓口", room="network")
    items = visitor.get("/api/v1/clauses?limit=2000").json()["items"]
    assert "窓口を置くべき。" in [each["text"] for each in items]
    assert "第二次提言" in visitor.get("/recommendations/").content.decode()
    what = {"day": "2017-05-01", "text": "検討会", "state": "started"}
    assert coordinator.post("/clauses/second-1-2/record", what).status_code == 302


def test_what_was_copied_wrongly_is_put_right_with_a_reason_and_the_address_stays(client_of: ClientOf) -> None:
    coordinator = client_of("coordinator")
    coordinator.post("/recommendations/new", typed())
    coordinator.post("/recommendations/second/clauses/new", CLAUSE)
    assert coordinator.post("/recommendations/second/edit", typed(name="提言（二）")).status_code == 422
    assert coordinator.post("/recommendations/second/edit", typed(name="提言（二）", why="名の誤り")).status_code == 302
    assert Recommendation.objects.get(pk="second").name == "提言（二）"
    new = CLAUSE | {"number": "2", "text": "窓口を三つ置くべき。"}
    assert coordinator.post("/clauses/second-1-2/edit", new).status_code == 422
    assert coordinator.post("/clauses/second-1-2/edit", new | {"why": "写し誤り"}).status_code == 302
    clause = Clause.objects.get(slug="second-1-2")
    assert (clause.number, clause.text, clause.order) == ("2", "窓口を三つ置くべき。", 1)


def test_words_that_a_decision_changed_change_by_decisions_alone(client_of: ClientOf) -> None:
    a_change(slug="first-1-2")
    clause = Clause.objects.get(slug="first-1-2")
    said = {"number": clause.number, "heading": "新しい見出し", "text": "別の文", "why": "x"}
    answer = client_of("coordinator").post("/clauses/first-1-2/edit", said)
    assert answer.status_code == 422
    assert "文は、対応で変えてください" in answer.content.decode()
    assert client_of("coordinator").post("/clauses/first-1-2/edit", said | {"text": clause.text}).status_code == 302
    clause.refresh_from_db()
    assert clause.heading == "新しい見出し"


@pytest.mark.parametrize(
    "wrong",
    [{"key": "new"}, {"key": "First One"}, {"key": "first"}, {"name": ""}, {"meeting": "0"}, {"meeting": "\x00"}],
)
def test_what_cant_be_is_refused(client_of: ClientOf, wrong: dict[str, Any]) -> None:
    before = Recommendation.objects.count()
    assert client_of("coordinator").post("/recommendations/new", typed(**wrong)).status_code == 422
    assert Recommendation.objects.count() == before


@pytest.mark.parametrize("wrong", [{"number": "（二）"}, {"number": "1(2)"}, {"text": "x" * 4001}, {"thread": "x"}])
def test_a_clause_that_cant_be_is_refused(client_of: ClientOf, wrong: dict[str, Any]) -> None:
    before = Clause.objects.count()
    answer = client_of("coordinator").post("/recommendations/first/clauses/new", CLAUSE | wrong)
    assert answer.status_code == 422
    assert "errorlist" in answer.content.decode()
    assert Clause.objects.count() == before


def test_nobody_else_writes_one_and_a_meeting_has_to_be_held() -> None:
    first = Recommendation.objects.get(pk="first")
    facts = RecommendationFacts(name="x", meeting=first.meeting, source="x")
    for persona in ("officer", "bureau", "partner"):
        with pytest.raises(PermissionDenied):
            actions.keep_recommendation("second", facts, by=account_of(persona), is_new=True)
        with pytest.raises(PermissionDenied):
            actions.keep_clause(first, ClauseFacts(number="9", heading="x", text="x"), by=account_of(persona))
    called = RecommendationFacts(name="x", meeting=a_meeting(1, state="called"), source="x")
    with pytest.raises(ValidationError, match="開かれた会合"):
        actions.keep_recommendation("second", called, by=account_of("coordinator"), is_new=True)


def test_pages_ask_few_times_and_speak_english(
    client_of: ClientOf, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    coordinator = client_of("coordinator")
    coordinator.post("/recommendations/new", typed())
    for path in (
        "/recommendations/new",
        "/recommendations/second",
        "/recommendations/second/edit",
        "/recommendations/second/clauses/new",
        "/clauses/first-1-2/edit",
    ):
        with django_assert_max_num_queries(12):
            assert coordinator.get(path).status_code == 200, path
        assert japanese_left(main_of(coordinator.get(f"/en{path}").content.decode())) == [], path
