"""Coverage is what the records say, on every day."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from itoguchi.areas.models import Area, Block
from itoguchi.outreach import actions, queries
from itoguchi.outreach.models import Briefing

pytestmark = pytest.mark.django_db

DATA = Path(__file__).resolve().parents[2] / "data" / "outreach" / "briefings.yaml"
ROWS: list[dict[str, Any]] = yaml.safe_load(DATA.read_text(encoding="utf-8"))["briefings"]
DAYS = [date(2017, 1, 1) + timedelta(days=passed) for passed in range(120)]
REACHED = "香川 奈良 広島 滋賀 長崎 山梨 三重 佐賀 和歌山 富山 徳島 山形 福島 宮城 長野 北海道 福岡 熊本 沖縄"


def brute_force(day: date) -> tuple[int, list[str], set[str], int, date | None, date | None]:
    """From the file alone, without a database."""
    held = [row for row in ROWS if row["date"] <= day]
    counted = [row["counts_for"] for row in held]
    days = [row["date"] for row in held]
    return (
        len(held),
        sorted({code for counts in counted for code in counts.get("prefectures", ())}),
        {key for counts in counted for key in counts.get("blocks", ())},
        sum(bool(counts.get("nationwide")) for counts in counted),
        min(days, default=None),
        max(days, default=None),
    )


def shown(day: date) -> tuple[int, list[str], set[str], int, date | None, date | None]:
    done = queries.coverage(day)
    assert (done.prefectures, done.blocks) == (len(done.prefecture_codes), len(done.block_keys))
    return done.briefings, done.prefecture_codes, set(done.block_keys), done.nationwide, done.first, done.last


def coverage_as_json(*arguments: str) -> dict[str, Any]:
    out = StringIO()
    call_command("show_coverage", *arguments, "--json", stdout=out)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def test_the_figures_of_the_seed() -> None:
    done = queries.coverage(date(2017, 3, 24))
    assert (done.briefings, done.prefectures, done.blocks, done.nationwide) == (33, 19, 11, 3)
    assert (done.first, done.last) == (date(2017, 1, 20), date(2017, 3, 24))
    names = {area.name for area in Area.objects.filter(code__in=done.prefecture_codes)}
    assert {name if name == "北海道" else name[:-1] for name in names} == set(REACHED.split())
    assert done.block_keys == [block.key for block in Block.objects.all()]


def test_it_equals_brute_force_on_every_day() -> None:
    for day in DAYS:
        assert shown(day) == brute_force(day), day


def test_planned_and_cancelled_briefings_never_count() -> None:
    before = [shown(day) for day in DAYS]
    aomori = Area.objects.get(code="020001")
    facts = actions.Facts(
        day=date(2017, 2, 1), place="青森県", title="説明会", prefecture=aomori, prefectures=frozenset({aomori})
    )
    planned = actions.plan_briefing(facts, by=None)
    actions.plan_briefing(replace(facts, day=date(2017, 2, 2)), by=None)
    assert [shown(day) for day in DAYS] == before
    actions.cancel_briefing(planned, by=None, why="会場が使えなくなった")
    assert [shown(day) for day in DAYS] == before


def test_a_briefing_counts_from_its_day_once_it_has_been_held() -> None:
    aomori = Area.objects.get(code="020001")
    facts = actions.Facts(
        day=date(2017, 4, 10), place="青森県", title="説明会", prefecture=aomori, prefectures=frozenset({aomori})
    )
    planned = actions.plan_briefing(facts, by=None)
    actions.hold_briefing(planned, today=date(2017, 4, 10), by=None)
    assert queries.coverage(date(2017, 4, 9)).prefectures == 19
    assert queries.coverage(date(2017, 4, 10)).prefectures == 20
    moved = actions.change_briefing(planned, replace(facts, day=date(2017, 4, 20)), by=None, why="日付の誤り")
    assert moved.slug == "2017-04-10-aomori"
    assert queries.coverage(date(2017, 4, 10)).prefectures == 19


def test_gaps_name_the_next_briefing() -> None:
    done = queries.coverage(date(2017, 2, 1))
    gaps = {gap.prefecture.slug: gap.next for gap in done.gaps}
    assert len(gaps) == 47 - done.prefectures
    assert gaps["hiroshima"] is not None
    assert gaps["hiroshima"].slug == "2017-02-06-hiroshima"
    assert gaps["aomori"] is None


def test_coverage_asks_four_times(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(4):
        queries.coverage(date(2017, 3, 24))


def test_the_command_prints_figures_and_what_is_behind_them() -> None:
    found = coverage_as_json("--as-of", "2017-03-24")
    assert list(found) == [
        "as_of", "briefings", "prefectures", "blocks", "nationwide", "first", "last",
        "prefecture_codes", "block_keys", "briefing_addresses",
    ]  # fmt: skip
    assert (found["briefings"], found["prefectures"], found["blocks"], found["nationwide"]) == (33, 19, 11, 3)
    assert (found["first"], found["last"]) == ("2017-01-20", "2017-03-24")
    assert found["briefing_addresses"][0] == "/briefings/2017-01-20-ishikawa"
    assert coverage_as_json("--as-of", "平成29年3月24日") == found


def test_the_command_before_any_record() -> None:
    found = coverage_as_json("--as-of", "2016-01-01")
    assert found["briefings"] == found["prefectures"] == found["blocks"] == found["nationwide"] == 0
    assert found["first"] is found["last"] is None


def test_the_command_for_people() -> None:
    out = StringIO()
    call_command("show_coverage", "--as-of", "2017-03-24", stdout=out)
    assert "19 / 47" in out.getvalue()


@pytest.mark.parametrize("day", ["2017-02-31", "昨日", "平成99年1月1日", ""])
def test_the_command_refuses_a_day_that_does_not_exist(day: str) -> None:
    with pytest.raises(CommandError) as refused:
        call_command("show_coverage", "--as-of", day, stdout=StringIO())
    assert refused.value.returncode == 2


def test_every_seed_line_is_a_record(client: Client) -> None:
    known = list(Briefing.objects.values_list("day", "place", "title", "notes"))
    assert known == [(row["date"], row["place"], row["title"], "\n".join(row.get("notes", ()))) for row in ROWS]


def test_repeats_and_months_are_counted_from_the_rows(client: Client) -> None:
    page = client.get("/briefings/?as_of=2017-03-24")
    blocks = dict.fromkeys({key for row in ROWS for key in row["counts_for"].get("blocks", ())}, 0)
    for row in ROWS:
        for key in row["counts_for"].get("blocks", ()):
            blocks[key] += 1
    assert page.context["repeated_prefectures"] == []
    found = {block.key: len(held) for block, held in page.context["repeated_blocks"]}
    assert found == {key: count for key, count in blocks.items() if count > 1}
    months = [
        (f"{month.first:%Y-%m}", month.briefings, month.prefectures, month.blocks) for month in page.context["months"]
    ]
    assert months == [
        (name, *(part if isinstance(part, int) else len(part) for part in brute_force(end)[:3]))
        for name, end in (
            ("2017-01", date(2017, 1, 31)),
            ("2017-02", date(2017, 2, 28)),
            ("2017-03", date(2017, 3, 31)),
        )
    ]


def test_a_plan_has_its_own_look_and_counts_nowhere(client: Client) -> None:
    kyoto = Area.objects.get(code="260002")
    facts = actions.Facts(
        day=date(2017, 4, 20), place="京都府", title="説明会", prefecture=kyoto, prefectures=frozenset({kyoto})
    )
    before = client.get("/briefings/?as_of=2017-03-24").content.decode()
    assert 'class="planned"' not in before
    made = actions.plan_briefing(facts, by=None)
    answer = client.get("/briefings/?as_of=2017-03-24")
    page = answer.content.decode()
    assert page.count('<path class="planned"') == 1
    assert "京都府：まだ（予定 2017-04-20）" in page
    assert answer.context["coverage"].prefectures == 19
    assert len(answer.context["coverage"].gaps) == 28
    assert [(block.key, found) for block, found in answer.context["planned_by_block"]] == [("kinki", [made])]
    actions.cancel_briefing(made, by=None, why="x")
    assert 'class="planned"' not in client.get("/briefings/?as_of=2017-03-24").content.decode()


@pytest.mark.parametrize(("persona", "links"), [("coordinator", 28), ("bureau", 3), ("officer", 0), ("visitor", 0)])
def test_gaps_lead_those_who_may_to_a_plan(
    client_of: Any, persona: str, links: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = client_of(persona)
    with django_assert_max_num_queries(12):
        page = client.get("/briefings/?as_of=2017-03-24").content.decode()
    assert page.count("/briefings/plan?prefecture=") == links


def test_a_plan_whose_day_is_past_asks_whether_it_took_place(client_of: Any) -> None:
    kyoto = Area.objects.get(code="260002")
    facts = actions.Facts(
        day=date(2026, 1, 20), place="京都府", title="x", prefecture=kyoto, prefectures=frozenset({kyoto})
    )
    made = actions.plan_briefing(facts, by=None)
    assert client_of("bureau").get("/briefings/").context["unconfirmed"] == [made]
    assert client_of("visitor").get("/briefings/").context["unconfirmed"] == []
    assert queries.coverage(date(2026, 2, 1)).planned == ()
