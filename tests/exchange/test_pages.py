"""Pages of the exchange: forms from need to agreement, what a sealed proposal shows through no door, queries, both languages."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from itoguchi.accounts.models import Account
from itoguchi.exchange import actions
from itoguchi.exchange.models import Agreement, Offer, Problem, Profile, Proposal, Question
from itoguchi.support.models import Need
from tests.exchange.factories import (
    a_choice,
    a_draft,
    a_firm,
    a_problem,
    a_proposal,
    a_rater,
    an_offer,
    firm_of,
    let_time_pass,
    opened,
    rated,
)
from tests.personas import PERSONAS, signed_in
from tests.support.factories import a_need

pytestmark = pytest.mark.django_db

ClientOf = Callable[[str], Client]
HTMX = {"HX-Request": "true"}
SECRET = "秘密の提案ZQX"


def text_of(response: Any) -> str:
    return str(response.content.decode())


def typed(**more: str) -> dict[str, str]:
    return {
        "title": "猿の見回り",
        "wanted": "知らせてほしい",
        "site": "山あい",
        "conditions": "",
        "asks_until": "2030年4月1日 17時",
        "closes_at": "令和12年4月10日　１７：００",
        "criteria": "効果：3\n費用 ２",
    } | more


def test_a_need_becomes_a_public_problem(client_of: ClientOf) -> None:
    need, client = a_need(is_internal=False), client_of("officer")
    panel = client.get(f"/needs/{need.pk}/problem", headers=HTMX)
    assert f"/needs/{need.pk}/problem/new" in text_of(panel)
    form = client.get(f"/needs/{need.pk}/problem/new")
    assert need.text in text_of(form), "entered once"
    wrong = client.post(f"/needs/{need.pk}/problem/new", typed(closes_at="あした", criteria="効果"))
    assert wrong.status_code == 422
    assert "2027-04-01 17:00" in text_of(wrong)
    assert "1行目" in text_of(wrong)
    made = client.post(f"/needs/{need.pk}/problem/new", typed(), follow=True)
    problem = Problem.objects.get()
    assert timezone.localtime(problem.closes_at).isoformat() == "2030-04-10T17:00:00+09:00"
    assert [(each.name, each.weight) for each in problem.criteria.all()] == [("効果", 3), ("費用", 2)]
    assert "公開する" in text_of(made)
    assert client_of("visitor").get(f"/problems/{problem.pk}").status_code == 404
    shown = client.post(f"/problems/{problem.pk}/publish", follow=True)
    assert "課題を公開しました" in text_of(shown)
    assert "質問・提案を受付中" in text_of(client_of("visitor").get(f"/problems/{problem.pk}"))
    assert "猿の見回り" in text_of(client_of("visitor").get("/problems/?phase=open"))
    assert "猿の見回り" not in text_of(client_of("visitor").get("/problems/?phase=closed"))
    assert f"/problems/{problem.pk}" in text_of(client_of("visitor").get(f"/needs/{need.pk}/problem", headers=HTMX))
    assert "猿の見回り" in text_of(client_of("visitor").get("/areas/282219/problems", headers=HTMX))
    assert "猿の見回り" in text_of(client_of("visitor").get("/api/v1/problems"))


def test_a_draft_is_changed_and_papers_are_added(client_of: ClientOf) -> None:
    draft, client = a_draft(), client_of("officer")
    assert client.get(f"/problems/{draft.pk}/change").context["form"]["criteria"].value() == "効果：3\n費用：1"
    client.post(f"/problems/{draft.pk}/change", typed(title="直した題名"))
    assert Problem.objects.get().title == "直した題名"
    bad = client.post(f"/problems/{draft.pk}/files", {"file": SimpleUploadedFile("x.pdf", b"MZ")})
    assert "中身が" in text_of(bad)
    client.post(f"/problems/{draft.pk}/files", {"file": SimpleUploadedFile("地図.pdf", b"%PDF-1.7")})
    file = draft.files.get()
    answer = client.get(f"/problems/{draft.pk}/files/{file.pk}")
    assert (answer.content, answer["X-Content-Type-Options"]) == (b"%PDF-1.7", "nosniff")
    assert answer["Content-Disposition"].startswith("attachment")
    assert client_of("visitor").get(f"/problems/{draft.pk}/files/{file.pk}").status_code == 404


def test_questions_are_answered_to_all_and_reading_is_noted(client_of: ClientOf, partner: Account) -> None:
    problem = a_problem()
    client_of("partner").post(
        f"/problems/{problem.pk}/ask", {"organisation": firm_of(partner).pk, "text": "電波は届きますか"}
    )
    question = Question.objects.get()
    assert "電波は" not in text_of(client_of("visitor").get(f"/problems/{problem.pk}"))
    officer = client_of("officer")
    assert "電波は届きますか" in text_of(officer.get(f"/problems/{problem.pk}"))
    assert firm_of(partner).name not in text_of(officer.get(f"/problems/{problem.pk}")), "who asks is not told"
    officer.post(f"/problems/{problem.pk}/questions/{question.pk}", {"text": "入口まで", "releases_at": ""})
    for persona in ("visitor", "partner", "funder"):
        assert "入口まで" in text_of(client_of(persona).get(f"/problems/{problem.pk}"))
    page = client_of("funder").get(f"/problems/{problem.pk}")
    assert f'hx-post="/problems/{problem.pk}/read"' in text_of(page)
    assert "記録しました" in text_of(client_of("funder").post(f"/problems/{problem.pk}/read", headers=HTMX))
    assert client_of("funder").post(f"/problems/{problem.pk}/read").status_code == 302
    assert "hx-post" not in text_of(client_of("funder").get(f"/problems/{problem.pk}"))
    log = text_of(client_of("funder").get(f"/problems/{problem.pk}/log"))
    assert "1人" in log
    assert "見本 八重" in log
    assert "見本 八重" not in text_of(client_of("partner").get(f"/problems/{problem.pk}/log"))


def everything_seen(client: Client, problem: Problem, proposal: Proposal) -> dict[str, str]:
    """What a reader gets of every door that could tell of a proposal."""
    pk = problem.pk
    paths = [
        f"/problems/{pk}", "/problems/", "/problems/?format=csv", f"/problems/{pk}/log", f"/problems/{pk}/raters",
        f"/problems/{pk}/compare", f"/problems/{pk}/suggestions", f"/proposals/{proposal.pk}",
        f"/proposals/{proposal.pk}/file", f"/proposals/{proposal.pk}/rate", f"/needs/{problem.need_id}",
        f"/needs/{problem.need_id}/problem", "/areas/282219", "/areas/282219/problems", f"/search?q={SECRET}",
        "/search?q=猿", "/account/", "/account/hand-over", "/follow-up/watch", "/follow-up/duties", "/offers/", "/problems/suited",
        "/api/v1/problems", "/api/v1/problems.csv", "/api/v1/offers", f"/api/v1/search?q={SECRET}", "/data/",
        "/data/problems",
    ]  # fmt: skip
    found = {}
    for path in paths:
        for headers in ({}, HTMX) if not path.startswith("/api") else ({},):
            answer = client.get(path, headers=headers)
            found[f"{path} {headers}"] = f"{answer.status_code} {text_of(answer)}"
    return found


def without_tokens(text: str) -> str:

    return re.sub(r'(name="csrfmiddlewaretoken" value=")[^"]+|<time[^>]*>[^<]*</time>|"as_of":"[^"]*"', "", text)


@pytest.mark.parametrize("persona", ["visitor", "officer", "coordinator", "rival", "adviser"])
def test_a_sealed_proposal_changes_nothing_behind_any_door(persona: str, partner: Account) -> None:
    """Every door answers to others what it answered before the proposal was there: not even a count tells of it."""

    problem = a_problem()
    a_rater(problem, "adviser")
    if persona == "rival":
        client = Client()
        client.force_login(a_firm()[1])
    else:
        client = signed_in(persona)
    nothing = Proposal(pk=uuid4())
    before = everything_seen(client, problem, nothing)
    proposal = a_proposal(problem, partner, title=SECRET, text=f"{SECRET}の中身")
    after = everything_seen(client, problem, proposal)
    for (path, was), (_same, now) in zip(before.items(), after.items(), strict=True):
        is_asked_for = SECRET in path
        assert is_asked_for or SECRET not in now, path
        assert without_tokens(was).replace(str(nothing.pk), "?") == without_tokens(now).replace(
            str(proposal.pk), "?"
        ), path


def test_a_proposal_is_made_replaced_and_withdrawn_on_its_pages(client_of: ClientOf, partner: Account) -> None:
    problem, client = a_problem(), client_of("partner")
    said: dict[str, Any] = {
        "organisation": firm_of(partner).pk, "title": SECRET, "text": "x", "cost_yen": "3000000",
        "file": SimpleUploadedFile("a.pdf", b"%PDF-1"),
    }  # fmt: skip
    made = client.post(f"/problems/{problem.pk}/propose", said, follow=True)
    proposal = Proposal.objects.get()
    assert made.redirect_chain == [(f"/proposals/{proposal.pk}", 302)]
    assert "封をしています" in text_of(made)
    assert "3,000,000円" in text_of(made)
    assert client.get(f"/proposals/{proposal.pk}/file").content == b"%PDF-1"
    macros = io.BytesIO()

    with zipfile.ZipFile(macros, "w") as packed:
        for name in ("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"):
            packed.writestr(name, "x")
    refused = client.post(
        f"/problems/{problem.pk}/propose", said | {"file": SimpleUploadedFile("a.docx", macros.getvalue())}
    )
    assert "マクロのあるファイル" in text_of(refused)
    client.post(f"/problems/{problem.pk}/propose", said | {"title": "二", "file": ""})
    proposal.refresh_from_db()
    assert (proposal.title, bytes(proposal.file.content)) == ("二", b"%PDF-1")  # type: ignore[union-attr]
    assert "取り下げました" in text_of(client.post(f"/proposals/{proposal.pk}/withdraw", follow=True))
    let_time_pass(problem)
    late = client.post(f"/problems/{problem.pk}/propose", said | {"file": ""})
    assert late.status_code == 422
    assert "を過ぎたため、受け付けていません" in text_of(late)


def test_the_page_of_an_opened_problem_leads_to_a_choice(client_of: ClientOf, partner: Account) -> None:
    problem, (_organisation, rival) = a_problem(), a_firm()
    ours, theirs = a_proposal(problem, partner, title="ア"), a_proposal(problem, rival, title="イ")
    for name in ("adviser", "chief", "neighbour"):
        a_rater(problem, name, free=False)
    let_time_pass(problem)
    officer = client_of("officer")
    assert "提案を開けました" in text_of(officer.post(f"/problems/{problem.pk}/open", follow=True))
    for name in ("adviser", "chief"):
        client = client_of(name)
        assert "利害関係を申告する" in text_of(client.get(f"/problems/{problem.pk}/compare"))
        client.post(f"/problems/{problem.pk}/declare", {"declares": "free"})
        for proposal, points in ((ours, 5), (theirs, 2)):
            said = {f"points-{each.pk}": points for each in problem.criteria.all()}
            assert client.post(f"/proposals/{proposal.pk}/rate", said).status_code == 302
        if name == "adviser":
            assert client.post(f"/proposals/{ours.pk}/rate", {}).status_code == 422
            assert client.get(f"/proposals/{ours.pk}/rate").status_code == 200
        client.post(f"/problems/{problem.pk}/finish")
    stepped = client_of("neighbour")
    stepped.post(f"/problems/{problem.pk}/declare", {"declares": "conflict", "why": "いとこが勤める"})
    for path in (f"/problems/{problem.pk}/compare", f"/problems/{problem.pk}/declare"):
        assert stepped.get(path).status_code == 403
    assert stepped.get(f"/proposals/{ours.pk}").status_code == 404
    assert "外れました" in text_of(stepped.get(f"/problems/{problem.pk}"))
    assert "いとこが勤める" in text_of(officer.get(f"/problems/{problem.pk}/raters"))
    page = text_of(officer.get(f"/problems/{problem.pk}/compare"))
    assert "5.00" in page
    assert "2.00–2.00" in page
    assert client_of("adviser").post(f"/problems/{problem.pk}/compare", {"proposal": str(ours.pk)}).status_code == 403
    assert officer.post(f"/problems/{problem.pk}/compare", {"proposal": str(ours.pk)}).status_code == 422
    officer.post(f"/problems/{problem.pk}/compare", {"proposal": str(ours.pk), "why": "効果が大きい"})
    shown = text_of(client_of("visitor").get(f"/problems/{problem.pk}"))
    assert "選ばれた提案" in shown
    assert "効果が大きい" in shown
    assert "イ" not in shown.split("選ばれた提案")[1].split("</section>")[0]


def test_points_of_others_are_seen_once_all_are_in(client_of: ClientOf, partner: Account) -> None:
    problem = a_problem()
    proposal = a_proposal(problem, partner)
    opened(problem)
    rated(problem, {"adviser": {str(proposal.pk): (5, 5)}})
    a_rater(problem, "chief")
    page = text_of(client_of("officer").get(f"/problems/{problem.pk}/compare"))
    assert "まだ終えていない方" in page
    assert "5.00" not in page


def test_an_agreement_on_its_page_writes_the_record(client_of: ClientOf) -> None:
    choice = a_choice()
    pk, officer = choice.problem_id, client_of("officer")
    talk = {"day": timezone.localdate().isoformat(), "text": "置き場を決めた"}
    assert client_of("partner").post(f"/problems/{pk}/talks", talk).status_code == 302
    assert "置き場を決めた" in text_of(officer.get(f"/problems/{pk}"))
    assert "置き場を決めた" not in text_of(client_of("visitor").get(f"/problems/{pk}"))
    said = {
        "text": "一年試す", "solution": "smart-primary-industry", "stage": "trial",
        "agreed_on": timezone.localdate().isoformat(), "cost_yen": "",
    }  # fmt: skip
    done = officer.post(f"/problems/{pk}/agreement", said, follow=True)
    assert "実装の記録に段階を書きました" in text_of(done)
    assert Agreement.objects.get().implementation.solution_id == "smart-primary-industry"
    assert "/areas/282219/implementations/smart-primary-industry" in text_of(
        client_of("visitor").get(f"/problems/{pk}")
    )


def test_put_off_and_withdraw_on_their_pages(client_of: ClientOf) -> None:
    problem, officer = a_problem(), client_of("officer")
    said = {"asks_until": "2031-01-01 12:00", "closes_at": "2031-02-01 12:00", "why": "質問が多い"}
    assert officer.post(f"/problems/{problem.pk}/put-off", said).status_code == 302
    nearer = officer.post(f"/problems/{problem.pk}/put-off", said | {"closes_at": "2031-01-15 12:00"})
    assert "早くできません" in text_of(nearer)
    officer.post(f"/problems/{problem.pk}/withdraw", {"why": "見直す"})
    assert "見直す" in text_of(client_of("visitor").get(f"/problems/{problem.pk}"))


def test_offers_are_written_found_near_first_and_suggested(client_of: ClientOf, partner: Account) -> None:
    client, own = client_of("partner"), firm_of(partner)
    assert "まだありません" in text_of(client.get("/problems/suited"))
    said = {
        "organisation": own.pk,
        "kind": "lend",
        "title": "罠の通信機",
        "text": "猿の罠",
        "fields_of": ["primary-industry"],
    }
    client.post("/offers/new", said)
    offer = Offer.objects.get()
    assert "罠の通信機" in text_of(client_of("visitor").get("/offers/"))
    assert (
        client.post("/offers/profile", {"organisation": own.pk, "seat": "000000", "size": "large"}).status_code == 422
    )
    client.post("/offers/profile", {"organisation": own.pk, "seat": "130001", "size": "large"})
    assert Profile.objects.get().seat.code == "130001"
    near, _account = a_firm("near", seat="282219")
    an_offer(near, "近くの罠", fields=["primary-industry"])
    far = text_of(client_of("visitor").get("/offers/?for=130001"))
    assert far.index("罠の通信機") < far.index("近くの罠"), "near to no firm of that region"
    listed = text_of(client_of("officer").get("/offers/"))
    assert listed.index("近くの罠") < listed.index("罠の通信機"), "firms of the region first"
    problem = a_problem(need={"field": "primary-industry"})
    panel = text_of(client_of("visitor").get(f"/problems/{problem.pk}/suggestions", headers=HTMX))
    assert panel.index("近くの罠") < panel.index("罠の通信機")
    assert "同じ都道府県にある" in panel
    suited = text_of(client.get("/problems/suited"))
    assert problem.title in suited
    client.post(f"/offers/{offer.pk}/change", said | {"title": "直した提供"})
    offer.refresh_from_db()
    assert offer.title == "直した提供"
    client.post(f"/offers/{offer.pk}/end")
    assert "直した提供" not in text_of(client_of("visitor").get("/offers/"))
    assert client_of("visitor").get(f"/offers/{offer.pk}").status_code == 200
    assert client_of("funder").post(f"/offers/{offer.pk}/end").status_code == 403
    assert offer.title not in text_of(client_of("visitor").get("/api/v1/offers"))


@pytest.mark.parametrize("persona", PERSONAS)
def test_every_page_is_read_within_12_queries(
    persona: str, client_of: ClientOf, partner: Account, django_assert_max_num_queries: Any
) -> None:
    problem = a_problem(need={"field": "primary-industry"})
    question = actions.ask(problem, "x", organisation=firm_of(partner), by=partner)
    actions.answer_question(question, "y", by=None)
    offer = an_offer(firm_of(partner), fields=["primary-industry"], prefectures=["280003"])
    client = client_of(persona)
    for path in (
        f"/problems/{problem.pk}",
        "/problems/",
        "/offers/",
        f"/offers/{offer.pk}",
        f"/problems/{problem.pk}/log",
    ):
        for language in ("", "/en"):
            with django_assert_max_num_queries(12):
                assert client.get(f"{language}{path}").status_code == 200, path
    with django_assert_max_num_queries(14):  # the panel asks again for what is remembered outside a test
        client.get(f"/problems/{problem.pk}/suggestions", headers=HTMX)


def test_a_rater_and_the_area_compare_within_12_queries(
    client_of: ClientOf, partner: Account, django_assert_max_num_queries: Any
) -> None:
    choice = a_choice()
    for persona in ("officer", "chief", "adviser"):
        client = client_of(persona)
        for path in (
            f"/problems/{choice.problem_id}/compare",
            f"/problems/{choice.problem_id}",
            f"/proposals/{choice.proposal_id}",
        ):
            with django_assert_max_num_queries(12):
                assert client.get(path).status_code == 200, path


def test_the_need_stays_entered_once(client_of: ClientOf) -> None:
    problem = a_problem()
    assert Need.objects.count() == 1
    assert f"/needs/{problem.need_id}" in text_of(client_of("visitor").get(f"/problems/{problem.pk}"))
