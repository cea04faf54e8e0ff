"""Pages of threads: joining from request to leaving, the lists of a council, weave, card, feed, and following from a page."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from itoguchi.accounts.models import Account
from itoguchi.areas.models import Area
from itoguchi.network import actions, queries
from itoguchi.network.actions import MeasureFacts
from itoguchi.network.models import (
    Countermeasure,
    Follow,
    Meeting,
    Opinion,
    Priority,
    SharedBox,
    Strand,
    ThreadItem,
    ThreadMember,
    Topic,
)
from itoguchi.roadmap.models import Solution
from tests.network.factories import a_strand, a_thing, a_thread_member, an_opinion, an_organisation
from tests.network.secretariat import a_body, a_meeting, a_paper
from tests.outreach.test_pages import japanese_left, main_of
from tests.roadmap.factories import put

pytestmark = pytest.mark.django_db

ClientOf = Callable[[str], Client]
HTMX = {"HX-Request": "true"}
COUNCIL = "/threads/diagonal-kinki"
PAPER = "/meetings/task-force-4#funding-crowdfunding"
ATOM = "{http://www.w3.org/2005/Atom}"


def a_busy_council() -> None:
    """Members of every kind, all three lists, a topic on its way, work of areas, a body with meetings and papers."""
    today = timezone.localdate()
    body = a_body()
    Strand.objects.filter(pk="diagonal-kinki").update(body=body)
    a_paper(a_meeting(1, state=Meeting.State.HELD, body=body))
    a_meeting(2, body=body)
    for kind in ("ministry", "association", "company", "npo", "university", "citizens"):
        a_thread_member(of=an_organisation(f"見本{kind}", kind), fields=["education"], brings="できること")
    a_thread_member(role=ThreadMember.Role.CHAIR)
    for code in ("282235", "280003"):
        a_thread_member(of=code, until=today + timedelta(days=9))
    firm = ThreadMember.objects.get(organisation__kind="company")
    for number in range(8):
        put("282219", "telework", "running", today - timedelta(days=400 + number))
        issue = an_opinion(
            f"課題{number}", block="kinki", field="education", kind=Opinion.Kind.ISSUE, title=f"課題{number}"
        )
        measure = MeasureFacts(text=f"対応{number}", taken_by=firm, due_on=today - timedelta(days=1))
        actions.take_countermeasure(a_strand(), issue, measure, by=None, today=today)
    for key in ("telework", "ehr", "phr", "open-data", "l-alert", "big-data", "g-spatial"):
        actions.choose_priority(a_strand(), Solution.objects.get(pk=key), reason="この地域に合う", since=today, by=None)
    topic = Topic.objects.get(key="ict-people")
    a_thing("horizontal", title="全国での資料", about=PAPER, topic=topic, on=today - timedelta(days=2))
    a_thing(title="近畿での資料", about=PAPER, topic=topic)


@pytest.mark.parametrize("persona", ["visitor", "officer", "bureau", "coordinator"])
@pytest.mark.parametrize(
    "path",
    [
        COUNCIL,
        f"{COUNCIL}/members",
        f"{COUNCIL}/issues",
        f"{COUNCIL}/state",
        "/threads/vertical-education",
        "/threads/horizontal",
        "/threads/diagonal",
        "/threads/weave",
        "/threads/weave/education/kinki",
        "/threads/diagonal-kinki.atom",
        "/topics/ict-people",
        "/areas/blocks/kinki/card",
    ],
)
def test_pages_ask_few_times_however_many_there_are_and_speak_english(
    client_of: ClientOf, persona: str, path: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    a_busy_council()
    client = client_of(persona)
    with django_assert_max_num_queries(12):
        assert client.get(path).status_code == 200
    if path in {f"{COUNCIL}/issues", f"{COUNCIL}/state"}:  # also a panel of the page of the thread
        with django_assert_max_num_queries(6):
            assert "<html" not in client.get(path, headers=HTMX).content.decode()
    if not path.endswith(".atom"):
        assert japanese_left(main_of(client.get(f"/en{path}").content.decode())) == []


@pytest.mark.parametrize(
    "path",
    [
        "/threads/horizontal/join",
        f"{COUNCIL}/members/new",
        f"{COUNCIL}/items/new",
        f"{COUNCIL}/priorities/new",
        f"{COUNCIL}/countermeasures/new",
        "/follow",
        "/follow/boxes/new",
        COUNCIL,
    ],
)
def test_forms_speak_english(client_of: ClientOf, path: str) -> None:
    a_busy_council()
    for persona in ("officer", "coordinator"):
        answer = client_of(persona).get(f"/en{path}")
        if answer.status_code == 200:
            assert japanese_left(main_of(answer.content.decode())) == [], persona


def test_a_council_is_joined_decided_on_and_left_through_the_pages(client_of: ClientOf) -> None:
    officer, bureau, neighbour = (client_of(each) for each in ("officer", "bureau", "neighbour"))
    assert f'href="{COUNCIL}/join"' in officer.get(COUNCIL).content.decode()
    assert f'href="{COUNCIL}/join"' not in bureau.get(COUNCIL).content.decode()
    asked = officer.post(f"{COUNCIL}/join", {"role": "observer", "in_fields": ["education"], "brings": "見守り"})
    assert asked.status_code == 302
    member = ThreadMember.objects.get(state="asked")
    assert "返事を待っています" in officer.get(COUNCIL).content.decode()
    assert member.address in bureau.get(COUNCIL).content.decode()
    assert neighbour.get(member.address).status_code == 404
    again = officer.post(f"{COUNCIL}/join", {"role": "member"})
    assert (again.status_code, "すでに申し込んでいます" in again.content.decode()) == (422, True)
    assert bureau.post(member.address, {"deed": "refuse", "why": ""}).status_code == 422
    until = timezone.localdate() + timedelta(days=300)
    term = {"role": "member", "valid_from": timezone.localdate().isoformat(), "valid_to": until.isoformat()}
    assert bureau.post(member.address, {"deed": "approve", **term}).status_code == 302
    page = neighbour.get(COUNCIL).content.decode()
    assert "丹波篠山市" in page
    assert "見守り" in page
    kept = bureau.post(member.address, {"deed": "keep_term", "role": "chair", "valid_to": "", "why": "座長に選ばれた"})
    assert kept.status_code == 302
    member.refresh_from_db()
    assert (member.role, member.valid_to, member.fields) == ("chair", None, ["education"])
    assert neighbour.post(member.address, {"deed": "leave", "why": "x"}).status_code == 403
    assert officer.post(member.address, {"deed": "leave", "why": "担当がいない"}).status_code == 302
    member.refresh_from_db()
    assert member.valid_to == timezone.localdate()


def test_who_runs_a_thread_adds_a_firm_and_is_told_what_is_wrong(client_of: ClientOf) -> None:
    bureau, firm = client_of("bureau"), an_organisation()
    day = timezone.localdate().isoformat()
    wrong = bureau.post(f"{COUNCIL}/members/new", {"role": "member", "valid_from": day, "area_code": "999999"})
    assert (wrong.status_code, "この団体コードはありません" in wrong.content.decode()) == (422, True)
    other = bureau.post(f"{COUNCIL}/members/new", {"role": "member", "valid_from": day, "area_code": "020001"})
    assert (other.status_code, "別の地域ブロック" in other.content.decode()) == (422, True)
    fine = {"role": "member", "valid_from": day, "organisation": firm.pk, "in_fields": ["education", "health"]}
    assert bureau.post(f"{COUNCIL}/members/new", fine).status_code == 302
    assert ThreadMember.objects.get(organisation=firm).blocks == ["kinki"]
    assert bureau.post(f"{COUNCIL}/members/new", fine).status_code == 422
    odd = bureau.post(
        f"{COUNCIL}/members/new", fine | {"organisation": "\x00", "in_fields": ["\x00"], "brings": "あ" * 301}
    )
    assert odd.status_code == 422


def test_a_council_keeps_its_lists_through_the_pages(client_of: ClientOf) -> None:
    bureau = client_of("bureau")
    issue = an_opinion("谷に電波が届かない", block="kinki", kind=Opinion.Kind.ISSUE, title="谷の電波")
    member = a_thread_member()
    day = timezone.localdate().isoformat()
    chosen = {"solution": "telework", "reason": "山あいの町が多い", "since": day}
    assert bureau.post(f"{COUNCIL}/priorities/new", chosen).status_code == 302
    written = {"issue": issue.pk, "text": "電波を測る", "taken_by": member.pk, "due_on": day}
    assert bureau.post(f"{COUNCIL}/countermeasures/new", written).status_code == 302
    page, issues = bureau.get(COUNCIL).content.decode(), f"{COUNCIL}/issues"
    for said in ("山あいの町が多い", "丹波篠山市", f'hx-get="{issues}"', f'href="{issues}"'):
        assert said in page
    panel = bureau.get(issues, headers=HTMX).content.decode()
    for said in ("谷の電波", "電波を測る", "丹波篠山市"):
        assert said in panel
    change = f"{COUNCIL}/countermeasures/{Countermeasure.objects.get().pk}"
    assert change in bureau.get(issues).content.decode()
    assert change not in client_of("visitor").get(issues).content.decode()
    measure = Countermeasure.objects.get()
    done = {"text": "電波を測った", "taken_by": member.pk, "done_on": day, "why": "済んだ"}
    assert bureau.post(f"{COUNCIL}/countermeasures/{measure.pk}", done).status_code == 302
    priority = Priority.objects.get()
    bureau.post(f"{COUNCIL}/priorities/{priority.pk}/end", {"why": ""})
    priority.refresh_from_db()
    assert priority.until is None
    bureau.post(f"{COUNCIL}/priorities/{priority.pk}/end", {"why": "広がった"})
    assert "重点モデルはまだ選ばれていません" in bureau.get(COUNCIL).content.decode()


def test_a_thing_is_put_in_a_second_thread_and_stands_on_the_page_of_its_topic(client_of: ClientOf) -> None:
    coordinator = client_of("coordinator")
    first = a_thing("horizontal", title="資料を読む", about=PAPER, topic=Topic.objects.get(key="ict-people"))
    form = coordinator.get(f"{COUNCIL}/items/new?like={first.pk}").content.decode()
    assert 'value="資料を読む"' in form
    day = timezone.localdate().isoformat()
    facts = {"title": "資料を読む", "about": PAPER, "topic": "ict-people", "on": day}
    assert coordinator.post(f"{COUNCIL}/items/new", facts).status_code == 302
    page = coordinator.get("/topics/ict-people").content.decode()
    way = page[page.index('id="way"') :]
    assert way.index("横の糸") < way.index("斜めの糸：近畿")
    bad = coordinator.post(f"{COUNCIL}/items/new", facts | {"about": "javascript:alert(1)"})
    assert bad.status_code == 422
    item = ThreadItem.objects.get(strand="diagonal-kinki")
    coordinator.post(f"{COUNCIL}/items/{item.pk}/take-out", {"why": "まちがい"})
    assert not ThreadItem.objects.filter(pk=item.pk).exists()


def test_of_many_members_and_issues_all_are_reached(client: Client) -> None:
    areas = Area.objects.filter(block="kinki").exclude(kind="prefecture").order_by("code")[:25]
    for area in areas:
        a_thread_member(of=area.code)
    for number in range(25):
        an_opinion(f"課題{number:02}", block="kinki", kind=Opinion.Kind.ISSUE, title=f"課題{number:02}")
    page = client.get(COUNCIL).content.decode()
    assert "構成員をすべて見る（25）" in page
    assert f'href="{COUNCIL}/members"' in page
    first, second = (client.get(f"{COUNCIL}/members?page={number}").content.decode() for number in (1, 2))
    members = ThreadMember.objects.filter(strand="diagonal-kinki")
    assert all(each.address in first + second for each in members)
    assert str(areas[7]) in client.get(f"{COUNCIL}/members?name={areas[7].name}").content.decode()
    assert len(client.get(f"{COUNCIL}/members?format=json").json()["rows"]) == 25
    assert "課題と対応策をすべて見る" in page
    panel = client.get(f"{COUNCIL}/issues", headers=HTMX).content.decode()
    assert (panel.count("<h3>"), f'href="{COUNCIL}/issues"' in panel) == (10, True)
    pages = [client.get(f"{COUNCIL}/issues?page={number}").content.decode() for number in (1, 2)]
    assert 'rel="next"' in pages[0]
    assert 'rel="next"' not in pages[1]
    assert all(f"課題{number:02}" in "".join(pages) for number in range(25))
    for odd in ("0", "x", "999999", "99999", "٣"):
        assert client.get(f"{COUNCIL}/issues?page={odd}").status_code == 200
    for key in ("horizontal", "vertical-education", "nothing"):
        assert client.get(f"/threads/{key}/issues").status_code == 404
        assert client.get(f"/threads/{key}/state").status_code == 404


def test_the_weave_leads_to_its_crossings_and_adds_up(client: Client) -> None:
    a_busy_council()
    page = client.get("/threads/weave").content.decode()
    links = re.findall(r'href="(/threads/weave/[a-z-]+/[a-z-]+)"', page)
    weave = queries.weave(timezone.localdate())
    assert len(links) == len(weave.cells) == len(weave.blocks) * len(weave.rows)
    assert "構成員 6" in page
    crossing = client.get("/threads/weave/education/kinki").content.decode()
    assert "見本company" in crossing
    assert client.get("/threads/weave?as_of=2017-02-31").status_code == 400
    before = client.get("/threads/weave?as_of=2017-03-24").content.decode()
    assert "構成員 6" not in before


def test_a_feed_of_a_thread_names_each_thing_once(client: Client) -> None:
    a_busy_council()
    answer = client.get("/threads/diagonal-kinki.atom")
    assert answer["Content-Type"].startswith("application/atom+xml")
    feed = ET.fromstring(answer.content)
    titles = [each.findtext(f"{ATOM}title") for each in feed.iter(f"{ATOM}entry")]
    assert titles.count("近畿での資料") == 1
    assert "全国での資料" not in titles
    ids = [each.findtext(f"{ATOM}id") for each in feed.iter(f"{ATOM}entry")]
    assert len(ids) == len(set(ids))


def test_one_follows_from_the_page_of_a_thing(client_of: ClientOf, officer: Account) -> None:
    browser = client_of("officer")
    for page in ("/fields/education", "/solutions/telework", "/areas/blocks/kinki", COUNCIL):
        assert 'hx-get="/follow/' in browser.get(page).content.decode(), page
    panel = browser.get("/follow/fields/education", headers=HTMX).content.decode()
    assert "フォローする" in panel
    assert "<html" not in panel
    deed = {"subject": "/fields/education", "deed": "follow", "back": "page"}
    assert browser.post("/follow/deed", deed)["Location"] == "/fields/education"
    assert "フォローをやめる" in browser.get("/follow/fields/education", headers=HTMX).content.decode()
    assert "教育" in browser.get("/follow").content.decode()
    browser.post("/follow/deed", deed | {"deed": "unfollow"})
    assert not Follow.objects.exists()
    elsewhere = browser.post("/follow/deed", {"subject": "//evil.example", "back": "page"})
    assert elsewhere["Location"] == "/follow"
    visitor = client_of("visitor")
    assert "ログインしてフォロー" in visitor.get("/follow/fields/education", headers=HTMX).content.decode()


def test_a_box_is_kept_by_its_office_alone(client_of: ClientOf, officer: Account) -> None:
    browser = client_of("officer")
    facts = {"section": "企画課", "email": "kikaku@example.jp", "language": "ja"}
    assert browser.post("/follow/boxes/new", facts).status_code == 302
    assert browser.post("/follow/boxes/new", facts).status_code == 422
    box = SharedBox.objects.get()
    assert client_of("neighbour").get(f"/follow/boxes/{box.pk}").status_code == 403
    follow = {"subject": "/threads/horizontal", "box": box.pk}
    assert client_of("neighbour").post("/follow/deed", follow).status_code == 403
    browser.post("/follow/deed", follow)
    assert "横の糸" in browser.get("/follow").content.decode()
    browser.post(f"/follow/boxes/{box.pk}", facts | {"deed": "stop"})
    box.refresh_from_db()
    assert not box.is_active


def test_open_data_tells_who_takes_part_and_of_no_request(client: Client, client_of: ClientOf) -> None:
    a_busy_council()
    client_of("neighbour").post("/threads/horizontal/join", {"role": "member", "brings": "申込みだけの言葉"})
    for door in ("/api/v1/thread-members", "/api/v1/thread-members.csv", "/threads/horizontal", "/threads/weave"):
        assert "申込みだけの言葉" not in client.get(door).content.decode(), door
    rows = client.get("/api/v1/thread-members?strand=diagonal-kinki").json()["items"]
    assert {row["sector"] for row in rows} >= {"area", "ministry", "university"}
    assert client.get("/api/v1/thread-members?strand=nothing").status_code == 404
    assert [row["title"] for row in client.get("/api/v1/thread-items").json()["items"]] == [
        "全国での資料",
        "近畿での資料",
    ]


def test_threads_are_found(client: Client) -> None:
    assert "/threads/diagonal-kinki" in client.get("/search?q=近畿情報通信協議会").content.decode()


def test_who_takes_part_is_not_asked_to_join_once_more(client_of: ClientOf) -> None:
    officer, address = client_of("officer"), "/threads/diagonal-kinki"
    join = "この糸に加わる"
    assert join in main_of(officer.get(address).content.decode())
    part = a_thread_member()
    assert join not in main_of(officer.get(address).content.decode())
    assert join in main_of(client_of("partner").get(address).content.decode())
    ThreadMember.objects.filter(pk=part.pk).update(valid_to=timezone.localdate() - timedelta(days=1))
    assert join in main_of(officer.get(address).content.decode())
