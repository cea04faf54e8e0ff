"""Needs said in a survey: entered once, with where and when, by those who may, and counted like any other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.utils import timezone

from itoguchi.accounts.models import Account
from itoguchi.areas.models import Area
from itoguchi.roadmap.actions import SurveyFacts, answer_survey, compose_survey, open_survey
from itoguchi.roadmap.models import Answer, Survey
from itoguchi.support.actions import NeedFacts, record_need_said
from itoguchi.support.models import Need
from itoguchi.support.queries import said_in, standings
from tests.support.factories import TAMBA, WORRY

pytestmark = pytest.mark.django_db
ClientOf = Callable[[str], Client]
HTMX = {"HX-Request": "true"}


@pytest.fixture
def answer(officer: Account) -> Answer:
    """The officer's area answered the first of two questions."""
    today = timezone.localdate()
    asked = ("困っていること", "ほかに")
    facts = SurveyFacts(
        key="worries", kind=Survey.Kind.INQUIRY, title="困りごとの照会", as_of=today, due_on=today, solutions=(),
        questions=asked,
    )  # fmt: skip
    survey = open_survey(compose_survey(facts, by=None), by=None, today=today)
    first, second = survey.questions.all()
    area = Area.objects.get(code=TAMBA)
    given = answer_survey(survey, area, lines={}, replies={first.pk: WORRY, second.pk: " "}, by=officer, today=today)
    Answer.objects.filter(pk=given.pk).update(answered_at=timezone.now() - timedelta(days=3))
    return Answer.objects.get(pk=given.pk)


def test_an_answer_in_words_becomes_a_need_once_and_is_counted(
    client_of: ClientOf, answer: Answer, django_assert_max_num_queries: Any
) -> None:
    client, page = client_of("officer"), f"/surveys/worries/areas/{TAMBA}"
    panel = f"/answers/{answer.pk}/needs"
    assert panel in client.get(page).content.decode()
    with django_assert_max_num_queries(12):
        shown = client.get(panel, headers=HTMX).content.decode()
    [said] = said_in(answer)
    form = f"{panel}/{said.question.pk}"
    assert shown.count("ニーズとして書く") == 1
    assert form in shown
    assert WORRY in client.get(form).content.decode()
    made = client.post(form, {"text": WORRY, "urgency": "next", "is_internal": "on", "field": "primary-industry"})
    need = Need.objects.get()
    assert made["Location"] == need.get_absolute_url()
    assert (need.heard, need.heard_at, need.area.code) == ("survey", f"{page}#q{said.question.pk}", TAMBA)
    assert need.heard_on == timezone.localdate() - timedelta(days=3)
    assert need.pk in standings(timezone.localdate())
    assert f"{page}#q" in client.get(need.get_absolute_url()).content.decode()
    assert client.get(form)["Location"] == need.get_absolute_url()
    assert "このニーズを見る" in client.get(panel, headers=HTMX).content.decode()
    client.post(form, {"text": "もう一度", "urgency": "next"})
    assert Need.objects.count() == 1
    assert client_of("officer").get(panel)["Location"] == page


def test_whoever_comes_second_gets_the_need_of_the_first(officer: Account, answer: Answer) -> None:
    [said] = said_in(answer)  # both opened the form before either saved
    first, second = (
        record_need_said(said, NeedFacts(title="", text=text), by=officer, today=timezone.localdate())
        for text in ("a", "b")
    )
    assert first == second
    assert Need.objects.get().text == "a"


def test_nobody_else_reads_an_answer_or_makes_a_need_of_it(
    client_of: ClientOf, neighbour: Account, answer: Answer
) -> None:
    [said] = said_in(answer)
    for persona in ("neighbour", "bureau", "adviser", "partner", "funder"):
        for path in (f"/answers/{answer.pk}/needs", f"/answers/{answer.pk}/needs/{said.question.pk}"):
            assert client_of(persona).get(path, headers=HTMX).status_code == 403, (persona, path)
    with pytest.raises(PermissionDenied):
        record_need_said(said, NeedFacts(title="", text="x"), by=neighbour, today=timezone.localdate())
    assert not Need.objects.exists()


def test_what_is_not_said_is_nothing(client_of: ClientOf, answer: Answer) -> None:
    client = client_of("officer")
    empty = answer.survey.questions.last()
    assert client.get(f"/answers/{answer.pk}/needs/{empty.pk}").status_code == 404
    assert client.get("/answers/999999/needs", headers=HTMX).status_code == 404
    Answer.objects.filter(pk=answer.pk).update(state=Answer.State.DRAFT)
    assert client.get(f"/answers/{answer.pk}/needs", headers=HTMX).status_code == 404
