"""Pages of plans: a visitor's draft and files, writing, two editors, comments, approval, versions, records, queries."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from html import unescape
from typing import Any

import docx
import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from itoguchi.plans import actions, queries
from itoguchi.plans.content import Heading, content_from
from itoguchi.plans.models import Comment, Plan
from tests.personas import account_of
from tests.plans.factories import TAMBA, a_plan, filled
from tests.support.factories import a_need

pytestmark = pytest.mark.django_db

ClientOf = Callable[[str], Client]
DRAFT = f"/plans/draft?area={TAMBA}&solution=telework&words=人が足りない"
FILE = DRAFT.replace("draft?", "draft.docx?")


def text_of(response: Any) -> str:
    return str(response.content.decode())


def words_of_page(response: Any) -> str:
    """What the paper on the page says, without signs between words."""
    papers = re.findall(r'<div class="paper"[^>]*>(.*?)</div>', text_of(response), re.S)
    return re.sub(r"\s", "", unescape(re.sub(r"<[^>]+>", "", "".join(papers))))


def words_of_file(content: bytes) -> str:
    """What the sections of a Word file say; title and contents apart."""
    file = docx.Document(io.BytesIO(content))
    found, is_body = [], False
    for element in file.element.body.iter():
        if element.tag.endswith("}p"):
            style = element.find(".//{*}pStyle")
            name = style.get(next(iter(style.keys()))) if style is not None else ""
            is_body = is_body or name == "Heading1"
            if is_body:
                found.append("".join(each.text or "" for each in element.iter() if each.tag.endswith("}t")))
    return re.sub(r"\s", "", "".join(found))


def test_a_visitor_takes_the_draft_along_and_it_says_what_the_page_says(client_of: ClientOf) -> None:
    client = client_of("visitor")
    page, file = client.get(DRAFT), client.get(FILE)
    assert "保存して計画にする" not in text_of(page)
    assert "Wordで受け取る" in text_of(page)
    assert "人が足りない" in words_of_page(page)
    assert words_of_file(file.content) == words_of_page(page)
    pdf = client.get(FILE.replace("docx", "pdf"))
    assert pdf.content.startswith(b"%PDF-")
    assert b"StructTreeRoot" in pdf.content
    assert client.get(FILE.replace("docx", "exe")).status_code == 404
    assert not Plan.objects.exists()


def test_a_draft_asks_for_an_area_and_takes_odd_questions(client_of: ClientOf) -> None:
    client = client_of("visitor")
    assert "団体と困りごとを書く" in text_of(client.get("/plans/draft"))
    assert client.get("/plans/draft?area=たんばささやま").status_code == 200
    for odd in ("solution=nowhere", "need=x", "need=99999", "need=9999999999999"):
        assert client.get(f"/plans/draft?area={TAMBA}&{odd}").status_code == 404
    assert client.get("/plans/draft?area=%00").status_code == 200
    assert client.get("/plans/draft.docx").status_code == 404
    secret = a_need()
    assert client.get(f"/plans/draft?need={secret.pk}").status_code == 404
    assert client_of("officer").get(f"/plans/draft?need={secret.pk}").status_code == 200


def test_the_officer_saves_the_draft_as_a_plan(client_of: ClientOf) -> None:
    need = a_need(solutions=["telework"])
    client = client_of("officer")
    address = f"/plans/draft?need={need.pk}"
    assert "保存して計画にする" in text_of(client.get(address))
    answer = client.post(address.replace("draft", "begin"), follow=True)
    plan = Plan.objects.get()
    assert answer.redirect_chain == [(f"/plans/{plan.pk}", 302)]
    assert (plan.need, plan.is_internal, plan.begun_by) == (need, True, account_of("officer"))
    assert words_of_page(answer) == words_of_page(client.get(address))
    assert words_of_file(client.get(f"/plans/{plan.pk}/plan.docx").content) == words_of_page(answer)


def test_two_editors_see_both_texts_and_lose_none(client_of: ClientOf) -> None:
    plan = a_plan()
    first, second = client_of("officer"), client_of("chief")
    page = f"/plans/{plan.pk}/sections/state"
    assert 'value="1"' in text_of(first.get(page))
    assert second.post(page, {"text": "課長の文", "seen": 1}).status_code == 302
    refused = first.post(page, {"text": "担当の文", "seen": 1})
    assert refused.status_code == 422
    assert "課長の文" in text_of(refused)
    assert text_of(refused).count("担当の文") == 2  # beside it, and in the form
    assert first.post(page, {"text": "担当と課長の文", "seen": 2}).status_code == 302
    assert "担当と課長の文" in text_of(second.get(f"/plans/{plan.pk}"))
    assert "課長の文" in text_of(second.get(f"/plans/{plan.pk}/versions?old=1&new=2"))


def test_money_is_written_by_year(client_of: ClientOf) -> None:
    plan = a_plan()
    client, page = client_of("officer"), f"/plans/{plan.pk}/sections/money"
    rows = {"form-TOTAL_FORMS": 2, "form-INITIAL_FORMS": 0, "text": "財源", "seen": 1}
    good = {"form-0-year": 2027, "form-0-cost": "3,000,000円から8000000", "form-1-year": 2028, "form-1-cost": "５００"}
    for odd in (
        {"form-0-cost": "5"},
        {"form-0-year": 2027, "form-0-cost": "多い"},
        {"form-0-year": 2027, "form-0-cost": "9から3"},
        {"form-0-year": 2027, "form-1-year": 2027},
    ):
        assert client.post(page, rows | odd).status_code == 422
    assert client.post(page, rows | good).status_code == 302
    money = content_from(queries.latest_of(plan).content).money
    assert [(each.year, each.cost) for each in money] == [(2027, (3_000_000, 8_000_000)), (2028, (500, 500))]
    assert "3,000,000円から8,000,000円" in words_of_page(client.get(f"/plans/{plan.pk}"))
    assert "3000000から8000000" in text_of(client.get(page))


def test_comments_are_written_answered_and_settled_on_the_page(client_of: ClientOf) -> None:
    plan = a_plan()
    prefecture, officer = client_of("prefecture"), client_of("officer")
    assert prefecture.post(f"/plans/{plan.pk}/sections/aim/comment", {"text": ""}).status_code == 422
    assert prefecture.post(f"/plans/{plan.pk}/sections/aim/comment", {"text": "いつまでに"}).status_code == 302
    comment = Comment.objects.get()
    deed = f"/plans/{plan.pk}/comments/{comment.pk}"
    assert "いつまでに" in text_of(officer.get(f"/plans/{plan.pk}"))
    officer.post(deed, {"deed": "answer", "answer": "来年"})
    assert "来年" in text_of(prefecture.get(f"/plans/{plan.pk}"))
    prefecture.post(deed, {"deed": "resolve"})
    comment.refresh_from_db()
    assert comment.state == Comment.State.RESOLVED
    assert officer.post(deed, {"deed": "x"}).status_code == 404


def test_from_asking_to_the_record(client_of: ClientOf) -> None:
    plan = filled(a_plan(is_internal=False))
    officer, chief, visitor = client_of("officer"), client_of("chief"), client_of("visitor")
    page, deed = f"/plans/{plan.pk}", f"/plans/{plan.pk}/deed"
    assert visitor.get(page).status_code == 404
    assert officer.post(deed, {"deed": "ask"}).status_code == 302
    assert "自分の起案は承認できません" in text_of(officer.get(page))
    officer.post(deed, {"deed": "approve"})
    assert Plan.objects.get().state == Plan.State.ASKED
    assert "承認する" in text_of(chief.get(page))
    chief.post(deed, {"deed": "approve"})
    shown = visitor.get(page)
    assert shown.status_code == 200
    assert "本文state" in words_of_page(shown)
    assert "を書く</a>" not in text_of(shown)
    assert visitor.get(f"{page}/plan.docx").status_code == 200
    assert "「計画」と書く" in text_of(officer.get(f"{page}/records"))
    assert officer.post(f"{page}/records", {"solutions": ["telework"]}).status_code == 302
    assert officer.post(f"{page}/records", {"solutions": ["telework"]}).status_code == 422
    officer.post(deed, {"deed": "reopen", "remark": "直す"})
    officer.post(f"{page}/sections/state", {"text": "直した現状", "seen": queries.latest_of(plan).number})
    assert "直した現状" in words_of_page(officer.get(page))
    assert "直した現状" not in text_of(visitor.get(page))


def test_things_to_do_are_added_ticked_and_subscribed(client_of: ClientOf) -> None:
    plan = a_plan()
    client = client_of("officer")
    page = f"/plans/{plan.pk}/actions/new"
    assert client.post(page, {"what": "申請する", "by_day": "x"}).status_code == 422
    assert client.post(page, {"what": "申請する", "by_day": "令和9年3月31日"}).status_code == 302
    action = plan.actions.get()
    calendar = client.get(f"/plans/{plan.pk}/calendar.ics")
    assert "20270331" in text_of(calendar)
    client.post(f"/plans/{plan.pk}/actions/{action.pk}/tick", {"done": "yes"})
    action.refresh_from_db()
    assert action.done_on == timezone.localdate()
    client.post(f"/plans/{plan.pk}/actions/{action.pk}", {"deed": "remove"})
    assert not plan.actions.exists()
    kpi = plan.kpis.first()
    assert kpi is not None
    target = f"/plans/{plan.pk}/kpis/{kpi.pk}"
    assert client.post(target, {"target": "5"}).status_code == 422
    assert client.post(target, {"target": "5", "by_day": "2030-03-31"}).status_code == 302
    client.post(target, {"deed": "remove"})
    assert client.post(f"/plans/{plan.pk}/kpis/new", {"kpi": kpi.kpi_id}).status_code == 302
    assert client.get(f"/plans/{plan.pk}/kpis/new").status_code == 200


def test_versions_are_compared_and_restored(client_of: ClientOf) -> None:
    plan = a_plan()
    client = client_of("officer")
    client.post(f"/plans/{plan.pk}/sections/state", {"text": "新しい現状", "seen": 1, "why": "聞いた"})
    page = text_of(client.get(f"/plans/{plan.pk}/versions"))
    assert "新しい現状" in page
    assert "聞いた" in page
    client.post(f"/plans/{plan.pk}/versions/1/restore")
    assert "新しい現状" not in words_of_page(client.get(f"/plans/{plan.pk}"))
    assert client.get(f"/plans/{plan.pk}/versions?old=x&new=999").status_code == 200


def test_an_adviser_reads_a_draft_once_asked(client_of: ClientOf) -> None:
    plan, adviser = a_plan(), account_of("adviser")
    client = client_of("adviser")
    assert client.get(f"/plans/{plan.pk}").status_code == 404
    said = {"title": "計画", "is_internal": "on", "advisers": [adviser.pk], "solutions": ["telework"]}
    assert client_of("officer").post(f"/plans/{plan.pk}/change", said).status_code == 302
    assert "に意見を書く" in text_of(client.get(f"/plans/{plan.pk}"))
    assert client.get("/plans/").context["table"].count == 1


def test_the_api_gives_approved_open_plans_alone(client_of: ClientOf) -> None:
    plan = filled(a_plan(is_internal=False))
    a_plan()
    client = client_of("visitor")
    assert client.get("/api/v1/plans").json()["count"] == 0
    assert client.get(f"/api/v1/plans/{plan.pk}").status_code == 404
    actions.ask_for_approval(plan, by=account_of("officer"))
    actions.decide_on_plan(plan, deed="approve", by=account_of("chief"), today=timezone.localdate())
    assert [each["number"] for each in client.get(f"/api/v1/plans?area={TAMBA}&solution=telework").json()["items"]] == [
        plan.pk
    ]
    one = client.get(f"/api/v1/plans/{plan.pk}").json()
    assert one["sections"]["state"] == "本文 state"
    assert one["money"] == [{"year": 2030, "cost": [1000, 2000], "own": None, "net": None}]
    assert client.get("/api/v1/plans?area=999999").status_code == 404


PAGES = ("/plans/", "/plans/{pk}", "/plans/{pk}/versions",
         "/plans/{pk}/sections/money", "/plans/{pk}/change", "/plans/{pk}/records", "/plans/{pk}/kpis/new")  # fmt: skip


@pytest.mark.parametrize("persona", ["officer", "prefecture", "adviser", "coordinator"])
def test_pages_ask_at_most_twelve_queries(
    persona: str, client_of: ClientOf, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    plan = a_plan()
    plan.advisers.add(account_of("adviser"))
    for _number in range(5):
        actions.comment_on(plan, Heading.AIM, "x", by=account_of("prefecture"), today=timezone.localdate())
        actions.plan_action(plan, what="x", by_day=timezone.localdate(), by=account_of("officer"))
    client = client_of(persona)
    client.get("/plans/")
    for page in PAGES:
        with django_assert_max_num_queries(12, info=page):
            assert client.get(page.format(pk=plan.pk)).status_code in {200, 403}


def test_the_panel_of_an_area_and_english_pages(client_of: ClientOf) -> None:
    plan = a_plan()
    panel = f"/areas/{TAMBA}/plans"
    assert plan.title in text_of(client_of("officer").get(panel, headers={"HX-Request": "true"}))
    assert plan.title not in text_of(client_of("neighbour").get(panel, headers={"HX-Request": "true"}))
    assert client_of("visitor").get(panel).status_code == 302
    shown = text_of(client_of("officer").get(f"/en/plans/{plan.pk}"))
    assert "Receive in Word" in shown
    assert 'lang="ja"' in shown
