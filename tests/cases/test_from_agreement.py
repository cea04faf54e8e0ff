"""From agreement to case: what was agreed fills the form, the case remembers its problem, both pages lead to each other (§15)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from itoguchi.areas.models import Area
from itoguchi.cases import actions
from itoguchi.cases.models import Case
from itoguchi.core.calendar import DatedTo, Precision, fiscal_year
from itoguchi.exchange.actions import AgreementFacts, agree
from itoguchi.exchange.models import Agreement
from itoguchi.roadmap.actions import StageFacts, record_stage
from itoguchi.roadmap.models import Solution, Stage
from itoguchi.support.models import Mark
from tests.cases.factories import TAMBA, facts_of_case, published
from tests.cases.test_pages import CASE, EMPTY, text_of
from tests.exchange.factories import a_choice, a_problem
from tests.personas import account_of
from tests.support.factories import an_open_scheme

pytestmark = pytest.mark.django_db

ClientOf = Callable[[str], Client]
HTMX = {"HX-Request": "true"}
FORM = f"/areas/{TAMBA}/cases/new"


def an_agreement(code: str = TAMBA, *, days: int = 400) -> Agreement:
    """Agreed so many days ago as planned, for three million yen; a trial since 300 days before today, for five hundred thousand."""
    today, solution = timezone.localdate(), Solution.objects.get(key="smart-primary-industry")
    agreed_on = today - timedelta(days=days)
    facts = AgreementFacts(text="罠に通信機を付ける。", solution=solution, agreed_on=agreed_on, cost_yen=3_000_000)
    made = agree(a_choice(code), facts, by=account_of("officer"), today=today)
    trial = StageFacts(stage=Stage.TRIAL, at=DatedTo(agreed_on + timedelta(days=100), Precision.DAY), cost_yen=500_000)
    record_stage(Area.objects.get(code=code), solution, trial, by=None, today=today)
    return made


def value_of(form: Any, name: str) -> Any:
    return form[name].value()


def test_the_form_is_filled_with_what_is_on_record(client_of: ClientOf) -> None:
    agreement = an_agreement()
    problem, scheme = agreement.choice.problem, an_open_scheme("trial-money")
    Mark.objects.create(need=problem.need, scheme=scheme, is_useful=True, by=account_of("officer"))
    page = client_of("officer").get(f"{FORM}?problem={problem.pk}")
    form, costs = page.context["form"], page.context["costs"]
    for name, said in {
        "title": problem.title,
        "solution": "smart-primary-industry",
        "worry": problem.need.text,
        "measures": "罠に通信機を付ける。",
        "since_year": fiscal_year(agreement.agreed_on + timedelta(days=100)),
        "partners": agreement.choice.proposal.organisation.name,
        "schemes": [scheme.pk],
    }.items():
        assert value_of(form, name) == said, name
    assert problem.address in value_of(form, "evidence_link")
    spent = [(value_of(each, "year"), value_of(each, "kind"), value_of(each, "yen")) for each in costs][:2]
    assert spent == [
        (fiscal_year(agreement.agreed_on), "", 3_000_000),
        (fiscal_year(agreement.agreed_on + timedelta(days=100)), "", 500_000),
    ]
    assert "確かめて、足りないことを書き足してください" in text_of(page)


def test_the_saved_case_and_its_problem_lead_to_each_other(client_of: ClientOf) -> None:
    problem = an_agreement().choice.problem
    officer, visitor = client_of("officer"), client_of("visitor")
    panel = f"{problem.address}/cases"
    form = f"{FORM}?problem={problem.pk}"
    assert panel in text_of(visitor.get(problem.address))
    assert form in text_of(officer.get(panel, headers=HTMX))
    assert form not in text_of(visitor.get(panel, headers=HTMX))
    assert officer.get(panel).headers["Location"] == form
    answer = officer.post(form, CASE | {"solution": "smart-primary-industry"})
    case = Case.objects.get()
    assert answer.headers["Location"] == case.address
    assert case.problem == problem
    assert f'href="{problem.address}"' in text_of(officer.get(case.address))
    assert form not in text_of(officer.get(panel, headers=HTMX)), "it is told already"
    assert case.address not in text_of(visitor.get(panel, headers=HTMX)), "a draft is nobody else's"
    published(case)
    assert case.address in text_of(visitor.get(panel, headers=HTMX))
    assert visitor.get(panel).headers["Location"] == case.address
    actions.reopen(case, by=None, why="直す")
    officer.post(f"{case.address}/change", CASE | EMPTY | {"solution": "smart-primary-industry", "title": "新しい題"})
    case.refresh_from_db()
    assert (case.title, case.problem) == ("新しい題", problem), "who puts it right keeps where it came from"


def test_the_implementation_leads_to_the_form_too(client_of: ClientOf) -> None:
    agreement = an_agreement()
    use, officer, visitor = agreement.implementation, client_of("officer"), client_of("visitor")
    panel = f"/implementations/{use.pk}/cases"
    assert panel in text_of(visitor.get(use.address))
    assert f"?problem={agreement.choice.problem.pk}" in text_of(officer.get(panel, headers=HTMX))
    assert "?problem=" not in text_of(visitor.get(panel, headers=HTMX))
    type(use).objects.filter(pk=use.pk).update(is_internal=True)
    assert visitor.get(panel, headers=HTMX).status_code == 404
    assert panel not in text_of(visitor.get(use.address))
    assert officer.get(panel, headers=HTMX).status_code == 200


def test_another_areas_problem_or_one_without_agreement_is_refused(client_of: ClientOf) -> None:
    elsewhere, running = an_agreement().choice.problem, a_problem(TAMBA, title="まだ受付中")
    officer = client_of("officer")
    for odd in (str(running.pk), "999999", "x", "", "%00", "9" * 30):
        assert officer.get(f"{FORM}?problem={odd}").status_code == 404, odd
        assert officer.post(f"{FORM}?problem={odd}", CASE).status_code == 404, odd
    assert client_of("neighbour").get(f"/areas/282235/cases/new?problem={elsewhere.pk}").status_code == 404
    assert client_of("neighbour").get(f"{FORM}?problem={elsewhere.pk}").status_code == 403
    today = timezone.localdate()
    for code, problem in (("282235", elsewhere), (TAMBA, running)):
        with pytest.raises(ValidationError, match="合意に至った課題だけ"):
            actions.record_case(Area.objects.get(code=code), facts_of_case(), by=None, today=today, problem=problem)
    assert not Case.objects.exists()


def test_a_kind_of_cost_is_chosen_and_never_supposed(client_of: ClientOf) -> None:
    problem = an_agreement().choice.problem
    said = CASE | {"costs-TOTAL_FORMS": "1", "costs-0-year": "2026", "costs-0-kind": "", "costs-0-yen": "5"}
    answer = client_of("officer").post(f"{FORM}?problem={problem.pk}", said)
    assert answer.status_code == 422
    assert "年度と費用の種類を書いてください" in text_of(answer)


def test_the_api_names_the_problem(client_of: ClientOf) -> None:
    problem = an_agreement().choice.problem
    today = timezone.localdate()
    published(actions.record_case(Area.objects.get(code=TAMBA), facts_of_case(), by=None, today=today, problem=problem))
    answer = client_of("visitor").get("/api/v1/cases").json()
    assert [each["problem"] for each in answer["items"]] == [problem.pk]


def test_pages_stay_within_their_budget(
    client_of: ClientOf, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    agreement = an_agreement()
    problem = agreement.choice.problem
    for client in map(client_of, ("visitor", "officer", "coordinator")):
        for path in (problem.address, agreement.implementation.address):
            with django_assert_max_num_queries(12):
                assert client.get(path).status_code == 200, path
        for path in (f"{problem.address}/cases", f"/implementations/{agreement.implementation.pk}/cases"):
            with django_assert_max_num_queries(6):
                client.get(path, headers=HTMX)
    officer = client_of("officer")
    with django_assert_max_num_queries(12):
        assert officer.get(f"{FORM}?problem={problem.pk}").status_code == 200
