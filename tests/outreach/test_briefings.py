"""What people do with briefings, and what is refused."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import translation

from itoguchi.areas.models import Area, Block
from itoguchi.core.journal import history_of
from itoguchi.core.queries import find
from itoguchi.outreach import actions, queries
from itoguchi.outreach.models import Briefing, BriefingPrefecture
from itoguchi.outreach.sample import load_sample

pytestmark = pytest.mark.django_db

DATA = Path(__file__).resolve().parents[2] / "data" / "outreach"


@pytest.fixture(autouse=True)
def _in_japanese() -> Iterator[None]:
    """Messages are compared in Japanese, whatever page an earlier test opened."""
    with translation.override("ja"):
        yield


@pytest.fixture
def aomori() -> Area:
    return Area.objects.get(code="020001")


@pytest.fixture
def facts(aomori: Area) -> actions.Facts:
    return actions.Facts(
        day=date(2030, 5, 1), place="青森県", title="説明会", prefecture=aomori, prefectures=frozenset({aomori})
    )


def briefing_of(slug: str) -> Briefing:
    return queries.briefings().get(slug=slug)


def at_the_end_of_a_transaction(deed: Callable[[], object]) -> None:
    """Do it, and let the database check what it checks when a transaction ends."""
    with transaction.atomic():
        deed()
        connection.check_constraints()


def test_the_address_is_day_and_place(facts: actions.Facts) -> None:
    slugs = [actions.plan_briefing(facts, by=None).slug for _ in range(3)]
    assert slugs == ["2030-05-01-aomori", "2030-05-01-aomori-2", "2030-05-01-aomori-3"]
    everywhere = replace(facts, prefecture=None, prefectures=frozenset(), is_nationwide=True)
    assert actions.plan_briefing(everywhere, by=None).slug == "2030-05-01-nationwide"


def test_addresses_of_the_seed() -> None:
    slugs = set(Briefing.objects.values_list("slug", flat=True))
    assert {"2017-02-24-ishikawa", "2017-03-24-kumamoto", "2017-03-24-kumamoto-2", "2017-01-25-nationwide-2"} <= slugs


def test_okinawa_counts_as_both_and_says_that_one_is_derived() -> None:
    okinawa = briefing_of("2017-01-26-okinawa")
    assert [(each.area.code, each.is_derived) for each in okinawa.counted_prefectures.all()] == [("470007", True)]
    assert [(each.block_id, each.is_derived) for each in okinawa.counted_blocks.all()] == [("okinawa", False)]
    assert okinawa.reason
    assert BriefingPrefecture.objects.filter(is_derived=True).count() == 1


def test_it_refuses_a_briefing_that_counts_for_nothing(facts: actions.Facts) -> None:
    with pytest.raises(ValidationError, match="どこに数えるか"):
        actions.plan_briefing(replace(facts, prefectures=frozenset()), by=None)


def test_it_refuses_nation_and_places_at_once(facts: actions.Facts) -> None:
    with pytest.raises(ValidationError, match="どちらかに"):
        actions.plan_briefing(replace(facts, is_nationwide=True), by=None)


def test_it_refuses_a_municipality_and_empty_words(facts: actions.Facts) -> None:
    town = Area.objects.get(code="282219")
    with pytest.raises(ValidationError) as refused:
        actions.plan_briefing(replace(facts, prefectures=frozenset({town}), title=" ", place=""), by=None)
    assert len(refused.value.messages) == 3


def test_the_database_refuses_a_briefing_that_counts_for_nothing() -> None:
    with pytest.raises(IntegrityError, match="counts for nothing"):
        at_the_end_of_a_transaction(
            lambda: Briefing.objects.create(slug="x", day=date(2030, 1, 1), place="x", title="x")
        )


def test_the_database_refuses_taking_the_last_place_away() -> None:
    last = BriefingPrefecture.objects.filter(briefing__slug="2017-01-24-kagawa")
    with pytest.raises(IntegrityError, match="counts for nothing"):
        at_the_end_of_a_transaction(last.delete)


def test_the_database_refuses_moving_the_last_place_elsewhere() -> None:
    last = BriefingPrefecture.objects.filter(briefing__slug="2017-01-24-kagawa")
    with pytest.raises(IntegrityError, match="counts for nothing"):
        at_the_end_of_a_transaction(lambda: last.update(briefing=briefing_of("2017-01-27-nara")))


def test_the_database_refuses_nation_and_places_at_once() -> None:
    kagawa = Briefing.objects.filter(slug="2017-01-24-kagawa")
    with pytest.raises(IntegrityError, match="counts for nothing"):
        at_the_end_of_a_transaction(lambda: kagawa.update(is_nationwide=True))


def test_the_database_refuses_a_municipality() -> None:
    briefing, town = briefing_of("2017-01-24-kagawa"), Area.objects.get(code="282219")
    with pytest.raises(IntegrityError, match="is no prefecture"), transaction.atomic():
        briefing.counted_prefectures.create(area=town)


def test_a_briefing_may_be_deleted_with_its_places() -> None:
    briefing_of("2017-01-24-kagawa").delete()
    connection.check_constraints()


def test_states_go_forward_only(facts: actions.Facts) -> None:
    planned = actions.plan_briefing(facts, by=None)
    with pytest.raises(ValidationError, match="まだ来ていない"):
        actions.hold_briefing(planned, today=facts.day - timedelta(days=1), by=None)
    with pytest.raises(ValidationError, match="理由"):
        actions.cancel_briefing(planned, by=None, why=" ")
    actions.cancel_briefing(planned, by=None, why="台風")
    for deed in (
        lambda: actions.cancel_briefing(planned, by=None, why="もう一度"),
        lambda: actions.hold_briefing(planned, today=facts.day, by=None),
        lambda: actions.change_briefing(planned, facts, by=None),
    ):
        with pytest.raises(ValidationError):
            deed()
    assert history_of(planned)[0].why == "台風"


def test_changing_the_places_leaves_a_trace(facts: actions.Facts) -> None:
    planned = actions.plan_briefing(facts, by=None)
    tohoku = Block.objects.get(key="tohoku")
    actions.change_briefing(planned, replace(facts, prefectures=frozenset(), blocks=frozenset({tohoku})), by=None)
    changed = briefing_of(planned.slug)
    assert actions.facts_of(changed).blocks == {tohoku}
    assert sorted((change.place, change.is_added) for change in queries.counting_changes(changed)) == [
        ("東北", True),
        ("青森県", False),
        ("青森県", True),
    ]
    connection.check_constraints()


def test_loading_again_changes_nothing() -> None:
    events = Briefing.pgh_event_model.objects.count()  # type: ignore[attr-defined]
    actions.load_briefings(DATA)
    assert Briefing.pgh_event_model.objects.count() == events  # type: ignore[attr-defined]
    assert Briefing.objects.count() == 33


def test_loading_again_mends_what_only_loading_wrote_and_keeps_what_people_changed() -> None:
    changed = briefing_of("2017-01-24-kagawa")
    actions.change_briefing(changed, replace(actions.facts_of(changed), title="直した題名"), by=None, why="誤記")
    actions.load_briefings(DATA)
    assert briefing_of("2017-01-24-kagawa").title == "直した題名"


def test_it_can_be_found(facts: actions.Facts) -> None:
    actions.plan_briefing(facts, by=None)
    assert [entry.path for entry in find("2030-05-01", room="outreach")] == ["/briefings/2030-05-01-aomori"]
    assert "/briefings/2017-02-24-ishikawa" in {entry.path for entry in find("北陸地域", room="outreach")}


def test_the_sample_is_planned_labelled_and_renewed() -> None:
    today = date(2026, 11, 23)
    before = queries.coverage(today).briefings
    load_sample(random.Random(1), today)
    planned = Briefing.objects.filter(state="planned")
    assert planned.count() == 5
    assert all(each.title.startswith("見本：") for each in planned)
    assert all(today < each.day <= today + timedelta(days=60) for each in planned)
    load_sample(random.Random(2), today)
    assert planned.count() == 5
    load_sample(random.Random(3), today + timedelta(days=100))
    assert {each.day > today + timedelta(days=100) for each in planned.all()} == {True}
    assert queries.coverage(today + timedelta(days=200)).briefings == before
