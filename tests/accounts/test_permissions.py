"""Every address, every method, every persona, as docs/permissions.csv says; nothing is left out of it.

Answers: `yes` a page, `sign in` the way to sign-in, `go` the deed is done and leads on, `no` not allowed, `gone` not
there, `refused` the input is. A row of the door `command` says `no` to all: commands belong to who runs the server.
Through the door `api` a visitor comes without a key, a persona with the key of its membership; `sign in` is 401 there.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl

import pytest
from django.core.management import get_commands
from django.db import transaction
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone, translation

from itoguchi.accounts.actions import make_token
from itoguchi.accounts.models import (
    Account,
    ApiToken,
    ApprovalRule,
    Factor,
    HandedDuty,
    HandOver,
    Membership,
    Organisation,
    OutsideSignIn,
)
from itoguchi.areas.actions import Reading, import_statistics
from itoguchi.areas.models import Area
from itoguchi.cases.actions import show_reuse
from itoguchi.core.actions import freeze_file, save_search
from itoguchi.core.models import Approval, Mail
from itoguchi.exchange.actions import answer_question, ask, attach_file
from itoguchi.network.actions import (
    MeasureFacts,
    PostFacts,
    TaskFacts,
    ThreadMemberFacts,
    ask_to_join,
    assign_task,
    choose_priority,
    keep_box,
    link_of,
    post_in_thread,
    propose_moments,
    take_countermeasure,
    write_statement,
)
from itoguchi.network.models import Action, Meeting, Post, SharedBox, ThreadMember
from itoguchi.outreach.actions import Facts, log_visit, plan_briefing
from itoguchi.outreach.models import Briefing, Visit
from itoguchi.plans.actions import ask_for_approval, comment_on, copy_model, decide_on_plan, plan_action
from itoguchi.roadmap.actions import (
    SurveyFacts,
    answer_survey,
    compose_survey,
    decide_on_state,
    draft_revision,
    freeze_state,
    open_survey,
)
from itoguchi.roadmap.models import Solution, StageChange, Survey
from itoguchi.site.api import api
from itoguchi.support.models import Use
from tests.cases.factories import a_case, a_model
from tests.exchange.factories import a_choice, a_draft, a_problem, a_proposal, a_rater, an_offer, firm_of, opened
from tests.network.factories import a_change, a_comment, a_period, a_strand, a_thing, a_thread_member, an_opinion
from tests.network.secretariat import a_meeting, a_member, a_paper, a_summary
from tests.personas import NAMES, PERSONAS, account_of
from tests.plans.factories import a_plan, filled
from tests.reports.factories import frozen_report
from tests.roadmap.factories import put
from tests.support.factories import a_need

TABLE = Path(__file__).parents[2] / "docs" / "permissions.csv"
ROWS = list(csv.DictReader(TABLE.read_text(encoding="utf-8").splitlines()))
PAGES = [row for row in ROWS if row["door"] == "page"]
OPERATIONS = [row for row in ROWS if row["door"] == "api"]
ANSWERS = {"yes", "sign in", "go", "no", "gone", "refused"}
CLOSED = {"sign in", "no", "gone", "405"}

pytestmark = pytest.mark.django_db


def names_in(resolver: Any, namespace: str = "") -> Iterator[str]:
    """The name of every address of the site."""
    for pattern in resolver.url_patterns:
        if hasattr(pattern, "url_patterns"):
            yield from names_in(pattern, f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace)
        else:
            yield f"{namespace}{pattern.name}"


def answer_of(response: Any) -> str:
    """The word of the table for what came back."""
    place = response.headers.get("Location", "")
    if response.status_code == 302:
        return "sign in" if "/account/sign-in" in place else "go"
    return {200: "yes", 401: "sign in", 403: "no", 404: "gone", 422: "refused"}.get(
        response.status_code, str(response.status_code)
    )


def answer_of_operation(response: Any) -> str:
    """The word of the table for what the API answered."""
    if response.status_code in {200, 201}:
        return "yes" if response.request["REQUEST_METHOD"] == "GET" else "go"
    return {401: "sign in", 403: "no", 404: "gone", 409: "refused", 422: "refused"}.get(
        response.status_code, str(response.status_code)
    )


def a_plan_and_drafts(*, by: Account) -> dict[str, int]:
    """A briefing planned in Kyoto, and a draft there and in Aomori that wait for approval."""
    made = []
    for code, day, state in (
        ("260002", 7, Briefing.State.PLANNED),
        ("260002", 8, Briefing.State.DRAFT),
        ("020001", 8, Briefing.State.DRAFT),
    ):
        area = Area.objects.get(code=code)
        facts = Facts(
            day=date(2030, 1, day), place=area.name, title="x", prefecture=area, prefectures=frozenset({area})
        )
        made.append(plan_briefing(facts, by=by, state=state))
    return {"approval": Approval.objects.get(subject=made[1].address).pk}


def a_hand_over() -> dict[str, int]:
    """The officer of the bureau proposes to hand over to the adviser."""
    found = HandOver.objects.create(
        membership=account_of("bureau").terms[0], successor=account_of("adviser"), last_day=date(2031, 3, 31)
    )
    duty = HandedDuty.objects.create(hand_over=found, what="x", title="x", path="/", next_step="x")
    return {"hand_over": found.pk, "duty": duty.pk}


def a_visit(area: Area, *, is_shared: bool) -> Visit:
    """A visit to the municipality of the persona `officer`."""
    visit = Visit(day=date(2026, 4, 20), block=area.block, spoke_with="x", about="x", is_shared_with_area=is_shared)
    return log_visit(visit, [area], by=None, today=date(2026, 4, 21))


def a_key_of(persona: str) -> ApiToken:
    """A key that the persona made."""
    account, today = account_of(persona), timezone.localdate()
    return make_token(account.terms[0], name="x", last_day=today + timedelta(days=7), today=today, by=account)[0]


def a_safe_sign_in_of(persona: str) -> dict[str, int]:
    """A second factor of the persona, and who it is at an outside provider."""
    account, now = account_of(persona), timezone.now()
    factor = Factor.objects.create(account=account, kind="app", name="x", secret=b"JBSWY3DPEHPK3PXP", created_at=now)
    link = OutsideSignIn.objects.create(account=account, issuer="https://id.example.jp", subject="1", linked_at=now)
    return {"factor": factor.pk, "link": link.pk}


def implementations_and_surveys(area: Area) -> dict[str, int]:
    """An open and an internal stage with evidence, a survey that is answered, and one that is not open yet."""
    file = freeze_file("x.txt", b"x", content_type="text/plain")
    found = {}
    for mark, key, is_internal in (("", "telework", False), ("internal_", "ehr", True)):
        change = put(area, key, "running", date(2020, 1, 1), is_internal=is_internal)
        StageChange.objects.filter(pk=change.pk).update(evidence_file=file)
        found |= {f"{mark}stage": change.pk, f"{mark}implementation": change.implementation_id}
    today = timezone.localdate()
    for key in ("sample", "drafted"):
        facts = SurveyFacts(
            key=key, kind=Survey.Kind.INQUIRY, title="x", as_of=today, due_on=today, solutions=(), questions=("x",)
        )
        compose_survey(facts, by=None)
    survey = open_survey(Survey.objects.get(key="sample"), by=None, today=today)
    question = survey.questions.get()
    answer = answer_survey(
        survey, area, lines={}, replies={question.pk: "人手が足りない"}, by=account_of("officer"), today=today
    )
    return found | {"answer": answer.pk, "survey_question": question.pk}


def frozen_states(drafter: Account, approver: Account) -> dict[str, int]:
    """One that is public, one that waits."""
    today = timezone.localdate()
    freeze_state(date(2025, 12, 31), "x", by=drafter, today=today)
    state = freeze_state(date(2026, 3, 31), "x", by=drafter, today=today)
    decide_on_state(state, deed="approve", by=approver, today=today)
    return {"state": state.pk}


def cases_and_a_model() -> dict[str, int]:
    """A published case and one being written, a model with parts, its use by the officer's area, and a copied part."""
    file = freeze_file("x.txt", b"x", content_type="text/plain; charset=utf-8")
    model, plan = a_model("sample-telework-house"), a_plan(words="x")
    model.parts.update(file=file)
    first, second = model.parts.all()
    [copied] = copy_model(plan, model, [second], by=account_of("officer"), today=timezone.localdate())
    show_reuse(copied.reuse, is_internal=False, by=None)
    return {
        "case": a_case(evidence_file=file).pk,
        "draft_case": a_case(evidence_file=file, is_published=False).pk,
        "part": first.pk,
        "reuse": copied.reuse_id,
        "copying_plan": plan.pk,
        "copied": copied.pk,
    }


def internal_and_open_plans() -> dict[str, int]:
    """A plan being written, with a comment, and one that a colleague approved and everybody reads."""
    officer, chief, today = account_of("officer"), account_of("chief"), timezone.localdate()
    internal, opened = a_plan(), filled(a_plan(is_internal=False))
    ask_for_approval(opened, by=officer)
    decide_on_plan(opened, deed="approve", by=chief, today=today)
    return {
        "plan": internal.pk,
        "open_plan": opened.pk,
        "comment": comment_on(internal, "aim", "x", by=account_of("prefecture"), today=today).pk,
        "plan_action": plan_action(internal, what="x", by_day=today, by=officer).pk,
        "plan_kpi": internal.kpis.all()[0].pk,
    }


def problems_in_every_phase() -> dict[str, Any]:
    """One that is written, one that takes a sealed proposal of the partner, one opened that the adviser rates, one chosen."""
    partner = account_of("partner")
    problem, rated = a_problem(), a_problem()
    question = ask(problem, "x", organisation=firm_of(partner), by=partner)
    answer_question(question, "x", by=None)
    file = freeze_file("x.txt", b"x", content_type="text/plain")
    opened_proposal = a_proposal(rated, partner)
    a_rater(rated, "adviser")
    return {
        "problem": problem.pk,
        "draft_problem": a_draft().pk,
        "question": question.pk,
        "problem_file": attach_file(problem, file, by=None).pk,
        "proposal": a_proposal(problem, partner, file=file).pk,
        "opened_problem": opened(rated).pk,
        "opened_proposal": opened_proposal.pk,
        "chosen_problem": a_choice().problem_id,
        "offer": an_offer(firm_of(partner)).pk,
        "firm": firm_of(partner).pk,
    }


def a_council_at_work() -> dict[str, Any]:
    """A council of the block: one meeting in preparation, one called with papers, one held; the adviser sits in it."""
    file = freeze_file("x.txt", b"x", content_type="text/plain; charset=utf-8")
    seat = a_member("六花", account="adviser")
    held, called, poll = a_meeting(1, state="held"), a_meeting(2, state="called"), a_meeting(3)
    now = timezone.now()
    (moment,) = propose_moments(poll, [(now, now + timedelta(hours=1))], answer_by=now.date(), by=None)
    a_paper(called, file=file)
    a_paper(called, file=file, published=False)
    a_paper(called, embargo_until=now + timedelta(days=1))
    task = TaskFacts(text="x", member=seat, due_on=now.date())
    return {
        "seat": seat.pk,
        "moment": moment.pk,
        "statement": write_statement(a_summary(held), "x", member=seat, by=None).pk,
        "task": assign_task(held, task, by=None).pk,
    }


def opinions_and_what_they_changed() -> dict[str, int]:
    """A public opinion, another one with its decision and change, and a comment that nobody has looked through."""
    opinion, other = an_opinion(), an_opinion("x")
    change = a_change(other)
    held = a_comment("x", period=a_period("sample-roadmap"))
    return {
        "opinion": opinion.pk,
        "other_opinion": other.pk,
        "held_opinion": held.pk,
        "decision": change.decision_id,
        "change": change.pk,
    }


def a_box(area: Area | None) -> dict[str, Any]:
    """A box of the officer's section, and the link that was sent to its address."""
    box = keep_box(SharedBox(area=area, section="x", email="x@example.jp"), by=None)
    SharedBox.objects.filter(pk=box.pk).update(asked_at=timezone.now())
    return {"box": box.pk, "box_link": link_of(SharedBox.objects.get(pk=box.pk))}


def threads_and_a_box() -> dict[str, Any]:
    """A member (the officer's area), a request of its neighbour, what a council keeps, and a box of the officer's section."""
    today, council = timezone.localdate(), a_strand()
    member, item = a_thread_member(), a_thing()
    facts = ThreadMemberFacts(area=Area.objects.get(code="282235"))
    ask_to_join(council, facts, by=account_of("neighbour"), today=today)
    issue = an_opinion("x", block="kinki")
    solution = Solution.objects.get(pk="telework")
    return {
        "thread_member": member.pk,
        "thread_request": ThreadMember.objects.get(state="asked").pk,
        "thread_item": item.pk,
        **posts_of(member),
        "issue": issue.pk,
        "priority": choose_priority(council, solution, reason="x", since=today, by=None).pk,
        "measure": take_countermeasure(council, issue, MeasureFacts(text="x"), by=None, today=today).pk,
        **a_box(member.area),
    }


def posts_of(member: ThreadMember) -> dict[str, Any]:
    """What the officer's area told openly in a thread, and to its members alone, each with a file."""
    officer, today = account_of("officer"), timezone.localdate()
    file = freeze_file("x.txt", b"x", content_type="text/plain; charset=utf-8")
    return {"post_thread": member.strand_id} | {
        name: post_in_thread(
            member,
            PostFacts(kind=Post.Kind.MATERIAL, title="x", text="x", file=file, is_open=is_open),
            by=officer,
            today=today,
        ).pk
        for name, is_open in (("open_post", True), ("members_post", False))
    }


@pytest.fixture
def records() -> dict[str, Any]:
    """One record of each kind that an address may name by number."""
    for persona in NAMES:
        account_of(persona)
    drafter, approver = account_of("approver"), account_of("coordinator")
    frozen_report(date(2017, 3, 24), by=drafter, approved_by=approver)
    frozen_report(date(2017, 2, 24), by=drafter)
    area = Area.objects.get(code="282219")
    plans = a_plan_and_drafts(by=drafter)
    file = import_statistics(
        [Reading(area.pk, "population", 2025, 1)], name="x.csv", sha256="0" * 64, size=1, rows=1, source="x", by=None
    ).file
    return {
        "action": Action.objects.filter(clause__slug="first-1").order_by("pk").first().pk,  # type: ignore[union-attr]
        **plans,
        **a_hand_over(),
        **implementations_and_surveys(area),
        "revision": draft_revision("x", "x", by=drafter).pk,
        **frozen_states(drafter, approver),
        "visit": a_visit(area, is_shared=False).pk,
        "shared_visit": a_visit(area, is_shared=True).pk,
        "file": file.pk,
        "saved_search": save_search("/search", {"q": "x"}, by=account_of("officer"), now=timezone.now()).pk,
        "need": a_need().pk,
        "open_need": a_need(is_internal=False).pk,
        "use": Use.objects.create(scheme_id="public-wifi", area=area, fiscal_year=2025, source="x").pk,
        **internal_and_open_plans(),
        **problems_in_every_phase(),
        **cases_and_a_model(),
        **opinions_and_what_they_changed(),
        **threads_and_a_box(),
        **a_council_at_work(),
        "token": a_key_of("bureau").pk,
        **a_safe_sign_in_of("coordinator"),
        "held_meeting": Meeting.objects.get(slug="task-force-4").pk,
        "day": timezone.localdate().isoformat(),
        "mail": Mail.objects.create(
            key="x",
            to="x@example.jp",
            subject="x",
            state=Mail.State.FAILED,
            queued_at=timezone.now(),
            due_at=timezone.now(),
            changed_at=timezone.now(),
        ).pk,
        "membership": Membership.objects.get(account__sign_in_name="neighbour").pk,
        "office": account_of("coordinator").terms[0].organisation_id,
        "rule": ApprovalRule.objects.create(block_id="kinki", since=date(2030, 1, 1)).pk,
        "organisation": Organisation.objects.order_by("pk").first().pk,  # type: ignore[union-attr]
    }


class UndoError(Exception):
    """Ends a deed so that nothing of it stays."""


def go_through(client: Client, row: dict[str, str], records: dict[str, Any], language: str) -> str:
    arguments = dict(parse_qsl(row["args"].format(**records)))
    with translation.override(language):
        path = reverse(row["name"], kwargs=arguments)
    outcome = ""
    try:
        with transaction.atomic():
            if row["method"] == "GET":
                outcome = answer_of(client.get(path))
            else:
                outcome = answer_of(client.post(path, parse_qs(row["data"].format(**records))))
            raise UndoError
    except UndoError:
        return outcome


# The answer does not hang on the language; in English a stranger, a local officer and the secretariat walk too.
WALKS = [(persona, "ja") for persona in PERSONAS] + [
    (persona, "en") for persona in ("visitor", "officer", "coordinator")
]


@pytest.mark.parametrize(("persona", "language"), WALKS)
def test_the_table_holds(
    persona: str, language: str, records: dict[str, Any], client_of: Callable[[str], Client]
) -> None:
    wrong = {}
    client = client_of(persona)
    for row in PAGES:
        outcome = go_through(client, row, records, language)
        if row["method"] != "GET":
            client = client_of(persona)
        if outcome != row[persona]:
            wrong[f"{row['method']} {row['name']} ({row['deed']})"] = f"{outcome}, not {row[persona]}"
    assert wrong == {}


@pytest.mark.parametrize("persona", PERSONAS)
def test_the_table_holds_for_programs(persona: str, records: dict[str, Any]) -> None:
    headers = {"Idempotency-Key": "a-walk-through-the-table"}
    if persona != "visitor":
        account, today = account_of(persona), timezone.localdate()
        _token, secret = make_token(
            account.terms[0], name="x", last_day=today + timedelta(days=7), today=today, by=account
        )
        headers["Authorization"] = f"Bearer {secret}"
    wrong = {}
    for row in OPERATIONS:
        path = reverse(row["name"], kwargs=dict(parse_qsl(row["args"].format(**records))))
        with transaction.atomic():
            answer = Client().generic(
                row["method"], path, row["data"], content_type="application/json", headers=headers
            )
            transaction.set_rollback(True)
        outcome = answer_of_operation(answer)
        if outcome != row[persona]:
            wrong[f"{row['method']} {row['name']}"] = f"{outcome}, not {row[persona]}: {answer.content[:200]!r}"
    assert wrong == {}


def test_every_address_and_command_is_in_the_table() -> None:
    operations = {(f"api:{operation.url_name}", method) for operation, method in all_operations()}
    assert operations == {(row["name"], row["method"]) for row in OPERATIONS}
    for doors, found in (
        ({"page", "api"}, set(names_in(get_resolver()))),
        ({"command"}, {name for name, app in get_commands().items() if app.startswith("itoguchi.")}),
    ):
        known = {row["name"] for row in ROWS if row["door"] in doors}
        assert (found - known, known - found) == (set(), set())


def all_operations() -> Iterator[tuple[Any, str]]:
    """Every operation of the API with each of its methods."""
    for bound in api._get_bound_routers():
        for view in bound.path_operations.values():
            for operation in view.operations:
                for method in operation.methods:
                    yield operation, method


def test_the_table_is_well_written() -> None:
    for row in ROWS:
        methods = {"page": {"GET", "POST"}, "api": {"GET", "POST", "PUT"}, "command": {""}}
        assert row["method"] in methods[row["door"]], row
        assert row["scope"] in {"public", "own", "other", "draft", "any"}, row
        assert {row[persona] for persona in PERSONAS} <= ({"no"} if row["door"] == "command" else ANSWERS), row
        assert row["door"] != "api" or not row["data"] or json.loads(row["data"]), row
        assert row["scope"] != "public" or "sign in" not in row.values(), row


@pytest.mark.parametrize("persona", PERSONAS)
def test_methods_outside_the_table_are_closed(
    persona: str, records: dict[str, Any], client_of: Callable[[str], Client]
) -> None:
    client = client_of(persona)
    known = {(row["name"], row["method"]) for row in [*PAGES, *OPERATIONS]}
    examples = {row["name"]: row["args"].format(**records) for row in reversed([*PAGES, *OPERATIONS])}
    for name, arguments in examples.items():
        path = reverse(name, kwargs=dict(parse_qsl(arguments)))
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            if (name, method) not in known:
                outcome = answer_of(getattr(client, method.lower())(path))
                assert outcome in CLOSED, (method, path, outcome)


def test_a_role_that_is_over_opens_nothing(client_of: Callable[[str], Client]) -> None:
    client = client_of("coordinator")
    assert client.get("/account/people").status_code == 200
    Membership.objects.filter(account__sign_in_name="coordinator").update(valid_to=date(2020, 3, 31))
    assert client.get("/account/people").status_code == 403


def test_a_closed_account_is_out_at_once(client_of: Callable[[str], Client]) -> None:
    client = client_of("coordinator")
    account = account_of("coordinator")
    account.is_active = False
    account.save()
    assert client.get("/account/people").status_code == 302


def test_no_permission_says_what_to_do(client_of: Callable[[str], Client]) -> None:
    page = client_of("officer").get("/account/people").content.decode()
    assert "事務局だけ" in page
    assert 'href="/account/"' in page
