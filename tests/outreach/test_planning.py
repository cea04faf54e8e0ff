"""Planning, changing, holding and calling off: by whom, with which words refused, and what coverage makes of it."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.utils import timezone, translation
from pytest_django import DjangoAssertNumQueries

from itoguchi.accounts.models import Account
from itoguchi.areas.models import Area, Block
from itoguchi.core.queries import find
from itoguchi.outreach import actions, queries
from itoguchi.outreach.models import Briefing
from tests.outreach.test_pages import japanese_left, main_of

pytestmark = pytest.mark.django_db

Clients = Callable[[str], Client]
AHEAD = (timezone.localdate() + timedelta(days=30)).isoformat()


def given(**changes: Any) -> dict[str, Any]:
    """What a form sends."""
    return {
        "day": AHEAD, "prefecture": "260002", "place": "京都府", "title": "地方自治体向け説明会", "notes": "",
        "prefectures": ["260002"], "blocks": [], "why": "", "deed": "publish",
    } | changes  # fmt: skip


def newest() -> Briefing:
    return queries.with_drafts().order_by("-pk")[0]


def problems_of(client: Client, data: dict[str, Any], path: str = "/briefings/plan") -> str:
    """Everything the page refuses, in one string."""
    answer = client.post(path, data)
    assert answer.status_code == 422
    errors = answer.context["form"].errors
    return " ".join(f"{field}: {words}" for field, found in errors.items() for words in found)


def test_the_bureau_plans_in_its_block_and_nothing_counts_yet(client_of: Clients) -> None:
    before = queries.coverage(timezone.localdate())
    answer = client_of("bureau").post("/briefings/plan", given())
    made = newest()
    assert answer.status_code == 302
    assert (made.slug, made.state) == (f"{AHEAD}-kyoto", "planned")
    done = queries.coverage(timezone.localdate())
    assert (done.briefings, done.prefectures) == (before.briefings, before.prefectures)
    assert {gap.prefecture.code: gap.next for gap in done.gaps}["260002"] == made
    assert [entry.path for entry in find(made.slug)] == [made.address]


def test_the_form_is_prefilled(client_of: Clients) -> None:
    page = client_of("bureau").get("/briefings/plan?prefecture=260002").content.decode()
    assert 'value="260002" id="prefecture-260002" checked' in page
    assert 'value="京都府"' in page
    assert "青森県</label>" not in page


@pytest.mark.parametrize("persona", ["officer", "neighbour", "prefecture", "adviser", "partner", "funder"])
def test_nobody_else_plans(client_of: Clients, persona: str) -> None:
    answer = client_of(persona).post("/briefings/plan", given())
    assert answer.status_code == 403
    assert "総合通信局等と事務局だけ" in answer.content.decode()


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"prefectures": ["020001"]},
        {"prefectures": ["260002", "020001"]},
        {"prefectures": [], "blocks": ["tohoku"]},
        {"prefectures": [], "is_nationwide": "on"},
    ],
)
def test_a_bureau_plans_nowhere_else(client_of: Clients, elsewhere: dict[str, Any]) -> None:
    assert client_of("bureau").post("/briefings/plan", given(**elsewhere)).status_code == 403
    assert client_of("coordinator").post("/briefings/plan", given(**elsewhere)).status_code == 302
    assert client_of("bureau").get("/briefings/plan?prefecture=020001").status_code == 403


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"prefectures": []}, "counts: どこに数えるかがありません"),
        ({"is_nationwide": "on"}, "counts: 全国を対象とする回は、都道府県や地域ブロックには数えません"),
        ({"blocks": ["hokuriku"]}, "counts: 京都府は北陸ブロックの外です"),
        ({"day": "2027年2月31日"}, "day: 2027年2月31日という日はありません"),
        ({"day": "令和9年2月31日"}, "day: "),
        ({"day": "2020-01-01"}, "day: 過ぎた日の説明会は、予定にできません"),
        ({"deed": "record"}, "day: まだ来ていない日の説明会は、開催済として記録できません"),
        ({"day": ""}, "day: 日を入れてください"),
        ({"title": "　"}, "title: "),
        ({"place": ""}, "place: "),
        ({"title": "あ" * 201}, "title: "),
        ({"prefecture": "282219"}, "prefecture: "),
        ({"prefectures": ["282219"]}, "prefectures: "),
        ({"blocks": ["nowhere"]}, "blocks: "),
    ],
)
def test_it_says_which_field_and_the_cure(client_of: Clients, changes: dict[str, Any], words: str) -> None:
    assert words in problems_of(client_of("coordinator"), given(**changes))
    english = problems_of(client_of("coordinator"), given(**changes), "/en/briefings/plan")
    assert english.startswith(words.split(":")[0])
    assert Briefing.objects.exclude(day__lt=date(2018, 1, 1)).count() == 0


@pytest.mark.parametrize(
    "junk", ["\x00", "'; DROP TABLE outreach_briefing; --", "<script>alert(1)</script>", "9" * 400]
)
def test_junk_is_refused_or_shown_as_text(client_of: Clients, junk: str) -> None:
    client = client_of("coordinator")
    for field in given() | {"is_nationwide": "", "version": ""}:
        answer = client.post("/briefings/plan", given(**{field: junk}))
        assert answer.status_code in {302, 400, 422}, field
        assert b"<script>alert(1)" not in answer.content
    for query in ("prefecture", "block"):
        assert client.get("/briefings/plan", {query: junk}).status_code in {200, 400}


def test_a_past_day_is_recorded_as_held(client_of: Clients) -> None:
    client_of("bureau").post("/briefings/plan", given(day="2017-04-10", deed="record"))
    assert newest().state == "held"
    assert queries.coverage(date(2017, 4, 10)).prefectures == 20


def test_a_held_record_is_corrected_with_a_reason_and_keeps_its_address(client_of: Clients) -> None:
    path = "/briefings/2017-02-06-hiroshima"
    known = queries.briefings().get(slug="2017-02-06-hiroshima")
    changed = given(
        day="2017-02-06", prefecture="340006", prefectures=["340006"], place=known.place, title="直した題名"
    )
    client = client_of("coordinator")
    assert "why: " in problems_of(client, changed, f"{path}/change")
    assert client.post(f"{path}/change", changed | {"why": "誤記"}).headers["Location"] == path
    now = queries.briefings().get(pk=known.pk)
    assert (now.slug, now.title, now.state, now.rule) == (known.slug, "直した題名", "held", known.rule)
    assert now.source == known.source
    assert "誤記" in client.get(path).content.decode()
    assert client_of("bureau").post(f"{path}/change", changed | {"why": "x"}).status_code == 403


def test_two_people_at_once_nothing_is_overwritten_unseen(client_of: Clients) -> None:
    bureau, coordinator = client_of("bureau"), client_of("coordinator")
    bureau.post("/briefings/plan", given())
    path = f"{newest().address}/change"
    version = bureau.get(path).context["form"]["version"].value()
    assert coordinator.post(path, given(place="京都市", version=version)).status_code == 302
    typed = given(title="別の題名", prefectures=["260002", "270008"], version=version)
    answer = bureau.post(path, typed)
    assert [area.code for area, is_ticked in answer.context["places"][0][2] if is_ticked] == ["260002", "270008"]
    page = answer.content.decode()
    assert answer.status_code == 409
    assert ("開催箇所", "京都市", "京都府") in answer.context["changed"]
    assert "別の人が変えました" in page
    assert newest().place == "京都市"
    again = answer.context["form"]["version"].value()
    assert bureau.post(path, given(title="別の題名", version=again)).status_code == 302
    assert (newest().place, newest().title) == ("京都府", "別の題名")


def test_a_place_taken_meanwhile_is_a_change_too(client_of: Clients, coordinator: Account) -> None:
    client = client_of("bureau")
    client.post("/briefings/plan", given(prefectures=["260002", "270008"]))
    made = newest()
    version = client.get(f"{made.address}/change").context["form"]["version"].value()
    kyoto = frozenset({Area.objects.get(code="260002")})
    actions.change_briefing(made, actions.replace(actions.facts_of(made), prefectures=kyoto), by=coordinator)
    assert client.post(f"{made.address}/change", given(version=version)).status_code == 409


def test_holding_asks_for_the_real_day(client_of: Clients) -> None:
    client = client_of("bureau")
    client.post("/briefings/plan", given())
    path = f"{newest().address}/hold"
    assert "まだ来ていない日" in problems_of(client, {"day": AHEAD}, path)
    today = timezone.localdate()
    assert client.post(path, {"day": today.isoformat()}).status_code == 302
    assert (newest().state, newest().day) == ("held", today)
    assert "260002" in queries.coverage(today).prefecture_codes
    assert client.get(path).status_code == 302


def test_calling_off_needs_a_reason(client_of: Clients) -> None:
    client = client_of("bureau")
    client.post("/briefings/plan", given())
    path = f"{newest().address}/cancel"
    assert "中止の理由を書いてください" in problems_of(client, {"why": " "}, path)
    client.post(path, {"why": "会場が使えなくなった"})
    assert newest().state == "cancelled"
    assert "会場が使えなくなった" in Client().get(newest().address).content.decode()
    assert client.post(f"{newest().address}/change", given()).status_code == 302
    assert newest().state == "cancelled"


def test_another_bureaus_briefing_stays_as_it_is(client_of: Clients) -> None:
    client_of("coordinator").post("/briefings/plan", given(prefecture="020001", prefectures=["020001"]))
    path = newest().address
    for deed, data in (("change", given()), ("hold", {"day": "2020-01-01"}), ("cancel", {"why": "x"})):
        assert client_of("bureau").post(f"{path}/{deed}", data).status_code == 403
    assert newest().state == "planned"


def test_the_actions_themselves_refuse(bureau: Account, officer: Account) -> None:
    aomori = Area.objects.get(code="020001")
    facts = actions.Facts(
        day=date(2030, 5, 1), place="青森県", title="x", prefecture=aomori, prefectures=frozenset({aomori})
    )
    for account in (bureau, officer):
        with pytest.raises(PermissionDenied):
            actions.plan_briefing(facts, by=account)
    made = actions.plan_briefing(facts, by=None)
    for deed in (
        lambda: actions.change_briefing(made, facts, by=bureau),
        lambda: actions.hold_briefing(made, today=date(2031, 1, 1), by=bureau),
        lambda: actions.cancel_briefing(made, by=bureau, why="x"),
    ):
        with pytest.raises(PermissionDenied):
            deed()


def test_random_deeds_and_a_count_by_hand_agree_on_every_day(coordinator: Account) -> None:
    rng = random.Random(3)
    areas = list(Area.objects.filter(prefecture=None))
    blocks = list(Block.objects.all())
    first = date(2026, 4, 1)
    today = first + timedelta(days=30)
    mine: dict[int, tuple[str, actions.Facts]] = {}

    def some_facts() -> actions.Facts:
        kind = rng.choice(["prefecture", "block", "both", "nation"])
        block = rng.choice(blocks)
        inside = [area for area in areas if area.block_id == block.pk]
        return actions.Facts(
            day=first + timedelta(days=rng.randrange(60)),
            place="x",
            title="x",
            prefectures=frozenset(rng.sample(inside, 1)) if kind in {"prefecture", "both"} else frozenset(),
            blocks=frozenset({block}) if kind in {"block", "both"} else frozenset(),
            is_nationwide=kind == "nation",
        )

    for _step in range(60):
        deed = rng.choice(["plan", "draft", "move", "hold", "cancel"])
        facts = some_facts()
        if deed in {"plan", "draft"} or not mine:
            state = Briefing.State.DRAFT if deed == "draft" else Briefing.State.PLANNED
            made = actions.plan_briefing(facts, by=coordinator, state=state)
            mine[made.pk] = (made.state, facts)
            continue
        key = rng.choice(list(mine))
        state_now, known = mine[key]
        briefing = Briefing.objects.get(pk=key)
        try:
            if deed == "move":
                actions.change_briefing(briefing, facts, by=coordinator, why="x", today=today)
                mine[key] = (state_now, facts)
            elif deed == "hold":
                actions.hold_briefing(briefing, today=today, by=coordinator)
                mine[key] = ("held", known)
            else:
                actions.cancel_briefing(briefing, by=coordinator, why="x")
                mine[key] = ("cancelled", known)
        except ValidationError:
            assert (deed, state_now) != ("cancel", "planned")
    assert {state for state, _facts in mine.values()} == {"draft", "planned", "held", "cancelled"}
    base = queries.coverage(date(2017, 12, 31))
    for passed in range(-1, 61):
        day = first + timedelta(days=passed)
        held = [facts for state, facts in mine.values() if state == "held" and facts.day <= day]
        done = queries.coverage(day)
        assert done.briefings == base.briefings + len(held)
        assert done.nationwide == base.nationwide + sum(facts.is_nationwide for facts in held)
        codes = {area.code for facts in held for area in facts.prefectures}
        assert set(done.prefecture_codes) == set(base.prefecture_codes) | codes
        assert set(done.block_keys) == set(base.block_keys) | {block.pk for facts in held for block in facts.blocks}


@pytest.mark.parametrize("path", ["plan", "plan?prefecture=260002", "drafts", "2017-02-06-hiroshima/change"])
def test_pages_ask_few_times(
    client_of: Clients, path: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = client_of("coordinator")
    with django_assert_max_num_queries(12):
        assert client.get(f"/briefings/{path}").status_code == 200


@pytest.mark.parametrize("path", ["plan", "drafts", "visits", "visits/new", "?as_of=2017-03-24"])
def test_english_pages_are_english(client_of: Clients, path: str) -> None:
    page = client_of("coordinator").get(f"/en/briefings/{path}").content.decode()
    assert japanese_left(main_of(page)) == []


def test_refusals_speak_both_languages(client_of: Clients) -> None:
    with translation.override("en"):
        page = client_of("coordinator").post("/en/briefings/plan", given(blocks=["hokuriku"])).content.decode()
    assert "Kyoto" in page
    assert "Hokuriku" in page
    assert "outside" in page
