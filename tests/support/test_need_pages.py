"""Pages of needs: what each shows to whom, forms with proposals, marks, files, how many queries; nothing internal leaks."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from itoguchi.areas import sample
from itoguchi.core.models import SearchEntry
from itoguchi.support.models import Mark, Need
from tests.roadmap.factories import put
from tests.support.factories import TAMBA, WORRY, a_need, an_open_scheme

pytestmark = pytest.mark.django_db

ClientOf = Callable[[str], Client]
NEW = f"/areas/{TAMBA}/needs/new"
HTMX = {"HX-Request": "true"}
SECRET = "秘密の困りごと：猿が来る"


@pytest.fixture
def figures() -> None:
    sample.load_sample(random.Random(1), date(2026, 11, 24))


def text_of(response: Any) -> str:
    return str(response.content.decode())


def test_a_worry_alone_makes_a_need_and_leads_to_what_fits(client_of: ClientOf, figures: None) -> None:
    an_open_scheme("monkeys", "primary-industry", rule={"kind": ["city"]})
    answer = client_of("officer").post(NEW, {"text": WORRY, "urgency": "next", "is_internal": "on"}, follow=True)
    made = Need.objects.get()
    assert answer.redirect_chain == [(f"/needs/{made.pk}", 302)]
    assert (made.text, made.field, made.is_internal) == (WORRY, None, True)
    shown = text_of(answer)
    assert "試験の支援 monkeys" in shown
    assert "受付中：あと12日" in shown
    assert "17:00まで" in shown
    assert "合う度合い" in shown


def test_proposals_come_with_their_reason_and_set_nothing(client_of: ClientOf) -> None:
    client = client_of("officer")
    fragment = client.post(NEW, {"text": WORRY}, headers=HTMX)
    assert "<html" not in text_of(fragment)
    assert "「猿」" in text_of(fragment)
    asked = client.post(NEW, {"text": WORRY, "propose": "1"})
    assert asked.status_code == 200
    assert asked.context["form"]["field"].value() in {None, ""}
    taken = client.post(NEW, {"text": WORRY, "take_field": "primary-industry"})
    assert taken.context["form"]["field"].value() == "primary-industry"
    assert not Need.objects.exists()


def test_what_is_much_too_long_or_odd_is_refused_with_a_clear_word(client_of: ClientOf) -> None:
    client = client_of("officer")
    long = client.post(NEW, {"text": "猿" * 100_000, "urgency": "next"})
    assert long.status_code == 422
    assert "4000字までにしてください（いま100000字）" in text_of(long)
    for odd in ({"text": ""}, {"text": "\x00"}, {"text": "x", "field": "\x00"}, {"text": "x", "solutions": ["none"]}):
        assert client.post(NEW, {"urgency": "next"} | odd).status_code == 422
    assert not Need.objects.exists()


def test_a_double_is_shown_while_its_words_are_typed(client_of: ClientOf) -> None:
    known = a_need(text="畑が猿に荒らされている")
    assert known.get_absolute_url() in text_of(client_of("officer").post(NEW, {"text": WORRY}, headers=HTMX))


def test_gaps_are_said_in_words_and_answers_about_the_project_change_them(client_of: ClientOf, figures: None) -> None:
    an_open_scheme("poor", "health", rule={"fiscal_strength": {"at_most": 0.1}})
    an_open_scheme("group", "health", rule={"all": [{"applicant": ["consortium"]}, {"members": ["area", "bank"]}]})
    need = a_need(text="試験", field="health", is_internal=False)
    client, page = client_of("visitor"), need.get_absolute_url()

    def card(key: str, query: str = "") -> Any:
        shown = client.get(f"{page}?all=1&{query}").context["schemes"]
        return next(each for each in shown if each.scheme.key == key)

    assert card("poor").sign == "✗"
    assert "財政力指数は0." in card("poor").gaps[0][0]
    assert "（条件：0.10以下）" in card("poor").gaps[0][0]
    assert (card("group").sign, card("group").gaps[0][1]) == ("?", "#project")
    assert card("group", "applicant=consortium&members=area&members=bank").sign == "✓"
    assert card("group", "applicant=consortium&members=area").sign == "✗"
    assert card("group", "applicant=company").sign == "✗"
    for odd in ("?applicant=x&members=y&recommended=z&stage=q", "?applicant=%00", "?as_of=x", "?as_of=2999-01-01"):
        assert client.get(page + odd).status_code in {200, 400}


def test_a_mark_is_made_counted_and_taken_back(client_of: ClientOf) -> None:
    scheme = an_open_scheme("health", "health")
    need = a_need(field="health", is_internal=False)
    address, client = f"/needs/{need.pk}/mark", client_of("neighbour")
    said = {"scheme": scheme.key, "useful": "yes", "query": "applicant=area"}
    assert client.post(address, said).headers["Location"] == f"/needs/{need.pk}?applicant=area#scheme-health"
    assert "役に立つ 1・役に立たない 0" in text_of(client.get(need.get_absolute_url()))
    client.post(address, said | {"useful": "back"})
    assert not Mark.objects.exists()
    assert client.post(address, said | {"useful": "x"}).status_code == 404
    assert client.post(address, said | {"scheme": "\x00"}).status_code == 404


def test_deeds_are_done_by_who_may_and_told_in_the_history(client_of: ClientOf) -> None:
    need, other = a_need(), a_need(text="畑に猿が来て困る")
    page, officer, bureau = need.get_absolute_url(), client_of("officer"), client_of("bureau")
    assert officer.get(f"{page}/answer").status_code == 403
    assert bureau.post(f"{page}/answer", {"answer": ""}).status_code == 422
    assert bureau.post(f"{page}/answer", {"answer": "専門家派遣があります。"}).status_code == 302
    assert "専門家派遣があります。" in text_of(officer.get(page))
    merging = officer.get(f"{page}/merge")
    assert "同じ言葉：" in text_of(merging)
    assert officer.post(f"{page}/merge", {"others": [other.pk]}).status_code == 422
    assert officer.post(f"{page}/merge", {"others": [other.pk], "why": "同じ"}).status_code == 302
    assert officer.get(other.get_absolute_url()).headers["Location"] == page
    assert officer.post(f"{page}/change", {"text": "直した", "urgency": "now"}).status_code == 302
    assert officer.post(f"{page}/close", {"result": "試すことにした"}).status_code == 302
    shown = text_of(officer.get(page))
    assert "試すことにした" in shown
    assert "変更の記録" in shown
    assert "変更の記録" not in text_of(client_of("visitor").get(page))


def test_the_own_area_comes_first_in_the_list_and_filters_narrow_it(client_of: ClientOf) -> None:
    mine = a_need(on=date(2020, 4, 1))
    other = a_need("011002", text="雪", field="health", is_internal=False)
    rows = client_of("officer").get("/needs/").context["table"].page_rows
    assert [each.pk for each in rows] == [mine.pk, other.pk]
    client = client_of("coordinator")
    for query, found in (
        ("state=open", [other, mine]),
        ("state=closed", []),
        ("field=health", [other]),
        ("field=none", [mine]),
        ("block=kinki", [mine]),
        ("prefecture=010006", [other]),
        ("heard=typed", [other, mine]),
        ("heard=visit", []),
        ("q=猿", [mine]),
        (f"area={TAMBA}", [mine]),
    ):
        rows = client.get(f"/needs/?{query}").context["table"].page_rows
        assert [each.pk for each in rows] == [each.pk for each in found], query
    assert "猿が畑を荒らす" in text_of(client.get("/needs/?format=csv"))


@pytest.mark.parametrize("persona", ["visitor", "neighbour", "adviser", "partner", "funder"])
def test_an_internal_need_is_nowhere_for_who_may_not_see_it(persona: str, client_of: ClientOf, figures: None) -> None:
    an_open_scheme("monkeys", "primary-industry")
    need, other = a_need(text=SECRET, field="primary-industry"), a_need("282227", "近所の困りごと", is_internal=False)
    client, page = client_of(persona), need.get_absolute_url()
    for address in (
        "/needs/",
        "/needs/?q=秘密",
        "/needs/?format=csv",
        "/needs/?format=json",
        f"/needs/?area={TAMBA}",
        f"/areas/{TAMBA}",
        other.get_absolute_url(),
        "/api/v1/needs",
        f"/api/v1/needs?area={TAMBA}",
        "/api/v1/needs.csv",
    ):
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert "秘密" not in text_of(answer).replace("q=秘密", "").replace('value="秘密"', ""), address
    assert client.get("/needs/?q=秘密").context["table"].count == 0
    panel = client.get(f"/areas/{TAMBA}/needs", headers=HTMX)
    assert "秘密" not in text_of(panel)
    for address in ("", "/change", "/answer", "/close", "/merge", "/peers"):
        assert client.get(page + address).status_code in {302, 404}, address
        assert "秘密" not in text_of(client.get(page + address, follow=True)), address
    assert "秘密" not in text_of(client.post("/areas/282227/needs/new", {"text": SECRET[:4]}, headers=HTMX))
    assert client.get("/needs/unmet", follow=True).status_code in {200, 403}
    assert not SearchEntry.objects.filter(title__contains="秘密").exists()


def test_the_panel_of_an_area_has_its_open_needs_and_the_way_to_write(client_of: ClientOf) -> None:
    need = a_need()
    address = f"/areas/{TAMBA}/needs"
    shown = text_of(client_of("officer").get(address, headers=HTMX))
    assert need.get_absolute_url() in shown
    assert NEW in shown
    assert NEW not in text_of(client_of("neighbour").get(address, headers=HTMX))
    assert client_of("visitor").get(address).headers["Location"] == f"/needs/?area={TAMBA}"
    assert address in text_of(client_of("visitor").get(f"/areas/{TAMBA}"))


def test_peers_say_since_when_they_run_what_is_in_mind(client_of: ClientOf, figures: None) -> None:
    from itoguchi.areas.queries import WEIGHTS, peers_of

    codes = [peer.code for peer in peers_of(TAMBA, tuple(sorted(WEIGHTS.items()))).peers]
    put(codes[0], "telework", "running", date(2021, 4, 1))
    put(codes[1], "telework", "running", date(2021, 4, 1), is_internal=True)
    need = a_need(solutions=["telework"], is_internal=False)
    shown = text_of(client_of("visitor").get(f"/needs/{need.pk}/peers", headers=HTMX))
    assert f"/areas/{codes[0]}/implementations/telework" in shown
    assert codes[1] not in shown
    assert "2021年4月1日" in shown


def test_unmet_needs_are_for_the_secretariat_and_bureaux_down_to_each_need(client_of: ClientOf) -> None:
    need = a_need(field="health")
    for persona in ("officer", "neighbour", "prefecture", "adviser", "partner", "funder"):
        assert client_of(persona).get("/needs/unmet").status_code == 403
    assert client_of("visitor").get("/needs/unmet").status_code == 302
    client = client_of("coordinator")
    for query in ("", "?by=population", "?as_of=2020-01-01", "?as_of=x", "?field=x&group=y", "?by=\x00"):
        assert client.get(f"/needs/unmet{query}").status_code in {200, 400}
    assert need.get_absolute_url() in text_of(client.get("/needs/unmet?field=health&group=kinki"))
    assert need.get_absolute_url() not in text_of(client.get("/needs/unmet?field=health&group=okinawa"))
    lines = text_of(client.get("/needs/unmet?format=csv")).splitlines()
    [line] = [line for line in lines if line.startswith("health,") and "近畿" in line]
    assert f",1,0,0,1,{timezone.localdate()}," in line
    assert "終えていないニーズ" in line
    assert line.endswith("&field=health&group=kinki#cell")
    listed = line.rpartition(",")[2].removeprefix("http://testserver")
    assert need.get_absolute_url() in text_of(client.get(listed))
    assert client.get("/needs/unmet?format=xlsx").content[:2] == b"PK"


def test_the_map_of_unmet_needs_has_the_same_table_behind_it(client_of: ClientOf) -> None:
    need = a_need(field="health")
    client = client_of("coordinator")
    for by, place, key in (("block", "近畿", "kinki"), ("prefecture", "兵庫県", "280003")):
        shown = text_of(client.get(f"/needs/unmet?by={by}"))
        assert f'aria-label="{place}：1件のうち満たされていないもの1件"' in shown
        assert 'class="v5"' in shown
        assert f'field=all&amp;group={key}#cell"' in shown
        assert need.get_absolute_url() in text_of(client.get(f"/needs/unmet?by={by}&field=all&group={key}"))
        assert 'class="v5" d=' not in text_of(client.get(f"/needs/unmet?by={by}&field=tourism"))
    assert "<figure" not in text_of(client.get("/needs/unmet?by=population"))


def test_english_pages_are_whole(client_of: ClientOf) -> None:
    need = a_need(field="health", is_internal=False)
    for persona, address in (
        ("officer", f"/en{NEW}"),
        ("officer", f"/en/needs/{need.pk}"),
        ("visitor", "/en/needs/"),
        ("coordinator", "/en/needs/unmet?by=population"),
    ):
        assert client_of(persona).get(address).status_code == 200
    assert "Needs" in text_of(client_of("visitor").get("/en/needs/"))


def test_a_need_heard_at_a_briefing_or_on_a_visit_keeps_where(client_of: ClientOf) -> None:
    from itoguchi.areas.models import Area
    from itoguchi.outreach.actions import log_visit
    from itoguchi.outreach.models import Visit

    tamba = Area.objects.get(code=TAMBA)
    visit = Visit(day=date(2026, 4, 20), block=tamba.block, spoke_with="x", about="x")
    log_visit(visit, [tamba], by=None, today=date(2026, 4, 21))
    bureau = client_of("bureau")
    for page, heard in ((f"/briefings/visits/{visit.pk}", "visit"), ("/briefings/2017-02-24-ishikawa", "briefing")):
        assert f"{page}/need" in text_of(bureau.get(page))
        assert bureau.get(f"{page}/need").status_code == 200
        assert bureau.post(f"{page}/need", {"area": "どこにもない", "text": WORRY}).status_code == 422
        assert bureau.post(f"{page}/need", {"area": "札幌市", "text": WORRY}).status_code == 422
        answer = bureau.post(f"{page}/need", {"area": "丹波篠山市", "text": WORRY, "is_internal": "on"})
        made = Need.objects.get(heard=heard)
        assert answer.headers["Location"] == made.get_absolute_url()
        assert (made.heard_at, made.area) == (page, tamba)
        assert made.field_id == "primary-industry"  # its words say so
        assert page in text_of(client_of("officer").get(made.get_absolute_url()))
    assert client_of("officer").get("/briefings/2017-02-24-ishikawa/need").status_code == 403
    assert f"{page}/need" not in text_of(client_of("officer").get(page))
    told = {"area": "丹波篠山市", "text": "ほにゃらら", "field": "health"}
    bureau.post(f"{page}/need", told)
    assert Need.objects.get(text="ほにゃらら").field_id == "health"
    unknown = bureau.post(f"{page}/need", told | {"text": "ふにゃらら", "field": ""}, follow=True)
    assert "分野が分かりません" in text_of(unknown)
