"""What was entered by mistake goes, asked once more, with a reason in the journal: a draft paper, a moment, a clause."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from itoguchi.accounts.models import Account
from itoguchi.core.actions import freeze_file
from itoguchi.core.models import FrozenFile
from itoguchi.core.queries import find
from itoguchi.network import actions
from itoguchi.network.actions import ActionFacts, ClauseFacts
from itoguchi.network.models import Clause, MomentAnswer, Paper, ProposedMoment, Recommendation
from tests.network.factories import a_change, a_thing, an_opinion
from tests.network.secretariat import a_meeting, a_member, a_paper
from tests.personas import account_of

pytestmark = pytest.mark.django_db
ClientOf = Callable[[str], Client]
MISTAKE = "まちがえて入れた"


def why_gone(model: Any, key: int) -> list[str]:
    """What the journal says of the end of a row."""
    gone = model.pgh_event_model.objects.filter(pgh_obj_id=key, pgh_label="delete").select_related("pgh_context")
    return [each.pgh_context.metadata["why"] for each in gone]


# Papers


def a_draft() -> Paper:
    return a_paper(
        a_meeting(), file=freeze_file("x.txt", b"x", content_type="text/plain; charset=utf-8"), published=False
    )


def test_a_draft_goes_with_its_file(client_of: ClientOf) -> None:
    paper, browser = a_draft(), client_of("bureau")
    path, key = f"/papers/{paper.slug}/drop", paper.pk
    meeting = browser.get(paper.meeting.get_absolute_url()).content.decode()
    assert path in meeting
    assert paper.name in browser.get(path).content.decode()
    assert browser.post(path).status_code == 422  # not without a reason
    assert browser.post(path, {"why": MISTAKE}).status_code == 302
    assert not Paper.objects.filter(pk=key).exists()
    assert not FrozenFile.objects.filter(pk=paper.file_id).exists()
    assert why_gone(Paper, key) == [MISTAKE]
    assert browser.get(path).status_code == 404


def test_what_was_ever_handed_out_stays(client_of: ClientOf) -> None:
    """Also when that was taken back before its embargo passed, and nobody has seen it."""
    now = timezone.now()
    paper = a_paper(a_meeting(state="called"), embargo_until=now + timedelta(days=1))
    actions.take_back_paper(paper, by=None, now=now, why="x")
    paper.refresh_from_db()
    assert (paper.state, paper.came_out_at) == ("draft", None)
    with pytest.raises(ValidationError, match="一度配付した"):
        actions.drop_paper(paper, by=None, why=MISTAKE)
    told = client_of("bureau").post(f"/papers/{paper.slug}/drop", {"why": MISTAKE}, follow=True)
    assert "一度配付した資料は消せません" in told.content.decode()
    assert Paper.objects.filter(pk=paper.pk).exists()


def test_a_draft_to_which_a_thread_leads_says_so(client_of: ClientOf, officer: Account) -> None:
    paper = a_draft()
    a_thing("horizontal", title="資料を読む", about=paper.address)
    page = client_of("bureau").get(f"/papers/{paper.slug}/drop").content.decode()
    assert "消せません" in page
    assert "資料を読む" in page
    with pytest.raises(ValidationError, match="結び付いた"):
        actions.drop_paper(paper, by=None, why=MISTAKE)
    with pytest.raises(PermissionDenied):
        actions.drop_paper(paper, by=officer, why=MISTAKE)


# Moments


def moments() -> list[ProposedMoment]:
    """Two moments of a poll; a member has answered the first."""
    meeting, now = a_meeting(), timezone.now().replace(microsecond=0)
    made = actions.propose_moments(
        meeting,
        [(now + timedelta(days=day), now + timedelta(days=day, hours=1)) for day in (9, 10)],
        answer_by=timezone.localdate() + timedelta(days=5),
        by=None,
    )
    member = a_member("六花", account="adviser")
    actions.answer_moments(meeting, member, {made[0].pk: MomentAnswer.Fits.YES}, by=None)
    return made


def test_a_moment_goes_with_its_answers_while_the_day_is_asked_for(client_of: ClientOf, officer: Account) -> None:
    first, second = moments()
    browser, dates = client_of("bureau"), f"/meetings/{first.meeting.slug}/dates"
    path = f"{dates}/{first.pk}/drop"
    assert path in browser.get(dates).content.decode()
    assert path not in client_of("adviser").get(dates).content.decode()
    assert "答えが1件" in browser.get(path).content.decode()
    with pytest.raises(PermissionDenied):
        actions.drop_moment(first, by=officer, why=MISTAKE)
    assert browser.post(path).status_code == 422
    assert browser.post(path, {"why": MISTAKE}).status_code == 302
    assert [each.pk for each in ProposedMoment.objects.all()] == [second.pk]
    assert not MomentAnswer.objects.exists()
    assert why_gone(ProposedMoment, first.pk) == [MISTAKE]
    actions.propose_moments(
        first.meeting, [(first.starts_at, first.ends_at)], answer_by=first.answer_by, by=None
    )  # it can be proposed again
    assert ProposedMoment.objects.count() == 2


def test_the_moment_that_was_fixed_stays() -> None:
    first, second = moments()
    actions.fix_moment(first, by=None)
    with pytest.raises(ValidationError, match="決まった日時"):
        actions.drop_moment(first, by=None, why=MISTAKE)
    actions.drop_moment(second, by=None, why=MISTAKE)
    actions.call_meeting(first.meeting, by=None)
    with pytest.raises(ValidationError, match="日程が決まっている"):
        actions.drop_moment(first, by=None, why=MISTAKE)


# Clauses


def a_clause(number: str = "9(1)") -> Clause:
    facts = ClauseFacts(number=number, heading="二度書いた項目", text="まちがえて書いた文")
    return actions.keep_clause(Recommendation.objects.get(key="first"), facts, by=account_of("coordinator"))


def test_a_clause_to_which_nothing_refers_goes(client_of: ClientOf, officer: Account) -> None:
    clause, browser = a_clause(), client_of("coordinator")
    path, key = f"/clauses/{clause.slug}/drop", clause.pk
    assert path in browser.get(clause.get_absolute_url()).content.decode()
    with pytest.raises(PermissionDenied):
        actions.drop_clause(clause, by=officer, why=MISTAKE)
    assert browser.post(path).status_code == 422
    assert browser.post(path, {"why": MISTAKE})["Location"] == "/recommendations/first"
    assert browser.get(clause.get_absolute_url()).status_code == 404
    assert why_gone(Clause, key) == [MISTAKE]
    assert all(each.path != clause.address for each in find("二度書いた項目"))
    again = a_clause()  # the same number can be written down rightly
    assert again.slug == clause.slug


def test_what_refers_to_a_clause_is_named_and_keeps_it(
    client_of: ClientOf, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    clause, today = a_clause(), timezone.localdate()
    facts = ActionFacts(day=today, text="措置の文", state="started")
    actions.record_action(clause, facts, by=account_of("coordinator"))
    an_opinion("意見の文", title="意見の題", subject=clause.address)
    a_thing("horizontal", title="糸の題", about=clause.address)
    browser, path = client_of("coordinator"), f"/clauses/{clause.slug}/drop"
    browser.get(path)
    with django_assert_max_num_queries(12):
        page = browser.get(path).content.decode()
    for words in ("消せません", "措置の文", "意見の題", "糸の題"):
        assert words in page, words
    assert browser.post(path, {"why": MISTAKE}).status_code == 422
    assert Clause.objects.filter(pk=clause.pk).exists()


def test_a_clause_that_a_decision_changed_or_the_document_brought_stays(client_of: ClientOf) -> None:
    change = a_change(an_opinion())
    assert change.clause is not None
    page = client_of("coordinator").get(f"/clauses/{change.clause.slug}/drop").content.decode()
    assert "対応による変更" in page
    assert "基準データ" in page
    for clause in (change.clause, Clause.objects.get(slug="first-2-3")):
        with pytest.raises(ValidationError, match="結び付いた"):
            actions.drop_clause(clause, by=None, why=MISTAKE)
