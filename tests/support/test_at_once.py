"""Two people of the secretariat at one list of uses, and an answer sent back while somebody writes its need."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread
from time import sleep

from django.db import connections, transaction
from django.test import Client
from django.utils import timezone

from itoguchi.areas.models import Area
from itoguchi.core.calendar import fiscal_year
from itoguchi.roadmap.actions import SurveyFacts, answer_survey, compose_survey, open_survey, return_answer
from itoguchi.roadmap.models import Answer, Survey
from itoguchi.support.actions import record_need_said, record_use
from itoguchi.support.actions.needs import NeedFacts
from itoguchi.support.models import Need, Use, UseList
from itoguchi.support.queries import said_in
from tests.personas import account_of
from tests.support.factories import TAMBA, WORRY, an_open_scheme

NISHI = "282065"


def close() -> None:
    connections["default"].close()


def test_two_who_record_the_uses_of_one_scheme_at_once_both_are_heard(own_database: None) -> None:
    """The one who is later waits, learns that one of the areas is on record by then, and adds the other."""
    scheme, today = an_open_scheme("at-once"), timezone.localdate()
    both = [Area.objects.get(code=code) for code in (TAMBA, NISHI)]
    year, written, told = fiscal_year(today), Event(), {}

    def first() -> None:
        try:
            with transaction.atomic():
                told["first"] = record_use(scheme, both[:1], year, source="名簿一", today=today, by=None)
                written.set()
                sleep(0.5)
        finally:
            close()

    def second() -> None:
        try:
            assert written.wait(10)
            told["second"] = record_use(scheme, both, year, source="名簿二", today=today, by=None, is_whole=True)
        finally:
            close()

    threads = [Thread(target=each) for each in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert told == {"first": 1, "second": 1}
    assert sorted(Use.objects.filter(scheme=scheme).values_list("area__code", "source")) == [
        (NISHI, "名簿二"),
        (TAMBA, "名簿一"),
    ]
    assert UseList.objects.filter(scheme=scheme, fiscal_year=year).count() == 1


def an_answer() -> Answer:
    """The officer's area answered a question in words."""
    today = timezone.localdate()
    facts = SurveyFacts(
        key="at-once", kind=Survey.Kind.INQUIRY, title="困りごとの照会", as_of=today, due_on=today, solutions=(),
        questions=("困っていること",),
    )  # fmt: skip
    survey = open_survey(compose_survey(facts, by=None), by=None, today=today)
    question, area = survey.questions.get(), Area.objects.get(code=TAMBA)
    return answer_survey(survey, area, lines={}, replies={question.pk: WORRY}, by=account_of("officer"), today=today)


def test_what_was_typed_stays_when_the_answer_is_sent_back_meanwhile(client_of: Callable[[str], Client]) -> None:
    answer, officer = an_answer(), client_of("officer")
    [said] = said_in(answer)
    path = f"/answers/{answer.pk}/needs/{said.question.pk}"
    typed = {"text": "猿の見回りを、機械に任せたい", "urgency": "next"}
    assert officer.get(path).status_code == 200
    return_answer(answer, remark="数を確かめてください", by=account_of("prefecture"))
    told = officer.post(path, typed)
    page = told.content.decode()
    assert (told.status_code, "いま差し戻されています" in page, typed["text"] in page) == (422, True, True)
    assert not Need.objects.exists()
    assert officer.get(path).status_code == 404  # it is not begun anew
    answer_survey(
        answer.survey,
        answer.area,
        lines={},
        replies={said.question.pk: WORRY},
        by=account_of("officer"),
        today=timezone.localdate(),
    )
    assert officer.post(path, typed).status_code == 302
    assert Need.objects.get().text == typed["text"]


def test_a_need_on_its_way_and_the_return_of_its_answer_come_one_after_the_other(own_database: None) -> None:
    answer = an_answer()
    [said] = said_in(answer)
    written, told = Event(), []

    def write() -> None:
        try:
            with transaction.atomic():
                facts = NeedFacts(title="", text=WORRY)
                record_need_said(said, facts, by=account_of("officer"), today=timezone.localdate())
                written.set()
                sleep(0.5)
                told.append("written")
        finally:
            close()

    def send_back() -> None:
        try:
            assert written.wait(10)
            return_answer(answer, remark="数を確かめてください", by=account_of("prefecture"))
            told.append("sent back")
        finally:
            close()

    threads = [Thread(target=each) for each in (write, send_back)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert told == ["written", "sent back"]
    assert Need.objects.get().heard_at == said.address
    assert Answer.objects.get(pk=answer.pk).state == Answer.State.RETURNED
