"""Needs: who may write, change, answer, merge, close and mark them, and what is refused."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from itoguchi.accounts.models import Account
from itoguchi.areas import sample
from itoguchi.areas.models import Area
from itoguchi.core import search as core_search
from itoguchi.core.journal import history_of
from itoguchi.core.models import SearchEntry
from itoguchi.core.queries import search
from itoguchi.roadmap.models import Barrier, Field, Solution
from itoguchi.support.actions import (
    NeedFacts,
    answer_need,
    change_need,
    close_need,
    index_needs,
    mark_scheme,
    merge_needs,
    record_need,
)
from itoguchi.support.models import Mark, Need, Scheme
from itoguchi.support.queries import State, doubles_of, duties, needs_visible_to, proposals, standings, unmet
from tests.support.factories import TAMBA, WORRY, a_need, an_open_scheme

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate()
FACTS = NeedFacts(title="", text=WORRY)


@pytest.fixture
def tamba() -> Area:
    return Area.objects.get(code=TAMBA)


@pytest.fixture
def figures() -> None:
    sample.load_sample(random.Random(1), date(2026, 11, 24))


@pytest.mark.parametrize("persona", ["officer", "prefecture", "bureau", "coordinator"])
def test_who_is_near_an_area_writes_its_needs(persona: str, tamba: Area, request: pytest.FixtureRequest) -> None:
    by = request.getfixturevalue(persona)
    need = record_need(tamba, FACTS, by=by, today=TODAY)
    assert (need.title, need.state, need.is_internal, need.entered_by) == (WORRY, Need.State.OPEN, True, by)
    assert history_of(need)


@pytest.mark.parametrize("persona", ["neighbour", "adviser", "partner", "funder"])
def test_others_write_change_answer_merge_and_close_nothing(
    persona: str, tamba: Area, request: pytest.FixtureRequest
) -> None:
    by, need, other = request.getfixturevalue(persona), a_need(), a_need()
    for deed in (
        lambda: record_need(tamba, FACTS, by=by, today=TODAY),
        lambda: change_need(need, FACTS, by=by),
        lambda: answer_need(need, "x", by=by, today=TODAY),
        lambda: close_need(need, "x", by=by, today=TODAY),
        lambda: merge_needs(need, [other], by=by, why="x"),
        lambda: mark_scheme(need, Scheme.objects.all()[0], is_useful=True, by=by),
    ):
        with pytest.raises(PermissionDenied):
            deed()
    assert Need.objects.count() == 2
    assert not Mark.objects.exists()


@pytest.mark.parametrize(
    ("facts", "field", "says"),
    [
        (NeedFacts(title="", text="猿" * 100_000), "text", "4000字までにしてください（いま100000字）"),
        (NeedFacts(title="", text="  "), "text", ""),
        (NeedFacts(title="猿" * 101, text="猿"), "title", ""),
        (NeedFacts(title="", text="猿", size_yen=0), "size_yen", "1円以上"),
        (NeedFacts(title="", text="猿", wanted_year=27), "wanted_year", "西暦"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(
    facts: NeedFacts, field: str, says: str, tamba: Area, officer: Account
) -> None:
    with pytest.raises(ValidationError) as refused:
        record_need(tamba, facts, by=officer, today=TODAY)
    assert says in refused.value.message_dict[field][0]
    assert not Need.objects.exists()


def test_nothing_is_heard_on_a_day_to_come(tamba: Area, officer: Account) -> None:
    with pytest.raises(ValidationError, match="まだ来ていない"):
        record_need(tamba, FACTS, by=officer, today=TODAY, heard_on=TODAY + timedelta(days=1))


def test_an_answer_is_the_bureaus_and_can_be_put_right(officer: Account, bureau: Account) -> None:
    need = a_need()
    with pytest.raises(PermissionDenied):
        answer_need(need, "専門家派遣があります。", by=officer, today=TODAY)
    with pytest.raises(ValidationError):
        answer_need(need, " ", by=bureau, today=TODAY)
    answer_need(need, "専門家派遣があります。", by=bureau, today=TODAY)
    done = answer_need(need, "専門家派遣と補助金があります。", by=bureau, today=TODAY)
    assert (done.state, done.answered_on) == (Need.State.ANSWERED, TODAY)


def test_closing_needs_a_result_and_ends_changes(officer: Account, bureau: Account) -> None:
    need = a_need()
    with pytest.raises(ValidationError, match="結果"):
        close_need(need, " ", by=officer, today=TODAY)
    done = close_need(need, "罠の通知を試すことにした", by=officer, today=TODAY)
    assert (done.state, done.closed_on) == (Need.State.CLOSED, TODAY)
    with pytest.raises(ValidationError, match="終えたニーズ"):
        change_need(need, FACTS, by=officer)
    with pytest.raises(ValidationError, match="受け付けていません"):
        answer_need(need, "x", by=bureau, today=TODAY)


def test_merged_needs_lead_to_the_first_and_count_once(officer: Account, bureau: Account) -> None:
    kept, other, third = a_need(), a_need(solutions=["telework"]), a_need()
    barrier = Barrier.objects.all()[0]
    other.barriers.add(barrier)
    merge_needs(other, [third], by=officer, why="同じ")
    merge_needs(kept, [other], by=officer, why="同じ")
    third.refresh_from_db()
    assert third.merged_into == kept
    assert list(needs_visible_to(officer)) == [kept]
    assert [each.key for each in kept.solutions.all()] == ["telework"]
    assert list(kept.barriers.all()) == [barrier]
    with pytest.raises(ValidationError, match="すでに統合"):
        merge_needs(kept, [other], by=officer, why="同じ")
    with pytest.raises(ValidationError, match="同じ団体"):
        merge_needs(kept, [a_need("282227")], by=bureau, why="同じ")
    with pytest.raises(ValidationError, match="統合されています"):
        close_need(third, "x", by=officer, today=TODAY)


def test_a_mark_is_one_of_a_person_and_can_be_taken_back(officer: Account, neighbour: Account) -> None:
    need, scheme = a_need(is_internal=False), Scheme.objects.all()[0]
    mark_scheme(need, scheme, is_useful=True, by=officer)
    mark_scheme(need, scheme, is_useful=False, by=officer)
    mark_scheme(need, scheme, is_useful=True, by=neighbour)
    assert list(Mark.objects.order_by("pk").values_list("is_useful", flat=True)) == [False, True]
    mark_scheme(need, scheme, is_useful=None, by=officer)
    assert Mark.objects.get().by == neighbour


def test_words_of_a_worry_speak_for_fields_with_their_reason() -> None:
    fields, solutions = proposals(WORRY, TODAY)
    assert (fields[0].thing, fields[0].words) == (Field.objects.get(key="primary-industry"), ("猿", "畑"))
    assert {each.thing.field_id for each in solutions} == {"primary-industry"}  # type: ignore[union-attr]
    assert proposals("xyzzy", TODAY) == ([], [])
    _fields, solutions = proposals("在宅勤務をすすめたい", TODAY)
    assert solutions[0].thing == Solution.objects.get(key="telework")


def test_doubles_are_needs_of_the_area_that_share_words() -> None:
    near = a_need(text="畑が猿に荒らされている")
    a_need(text="商店街の客が減っている")
    a_need("282227", text="畑が猿に荒らされている")
    found = doubles_of(near.area, WORRY)
    assert [each.need for each in found] == [near]
    assert {"猿", "畑"} <= set(found[0].words)


def test_a_bureau_is_asked_to_answer_what_its_block_wants(bureau: Account, officer: Account) -> None:
    old, new = a_need(on=TODAY - timedelta(days=9)), a_need()
    a_need("011002")
    answer_need(a_need(), "x", by=bureau, today=TODAY)
    found = list(duties(bureau.terms[0], TODAY))
    assert [each.path for each in found] == [old.address, new.address]
    assert list(duties(officer.terms[0], TODAY)) == []


def test_unmet_needs_are_counted_by_the_best_answer_of_open_schemes(figures: None) -> None:
    an_open_scheme("for-all", "tourism", rule={"kind": ["city"]})
    an_open_scheme("perhaps", "education", rule={"applicant": ["consortium"]})
    an_open_scheme("towns", "health", rule={"kind": ["town"]})
    an_open_scheme("over", "disaster", days=-1)
    served, perhaps, refused, without = (a_need(field=key) for key in ("tourism", "education", "health", "disaster"))
    nothing = a_need()
    two = a_need(field="health", solutions=["telework"])
    done = close_need(a_need(field="health"), "x", by=None, today=TODAY)
    known = {key: each.best for key, each in standings(TODAY).items()}
    assert known == {
        served.pk: State.YES,
        perhaps.pk: State.UNKNOWN,
        refused.pk: State.NO,
        without.pk: None,
        nothing.pk: None,
        two.pk: State.NO,
    }
    assert done.pk not in known
    for by in ("block", "population"):
        table = unmet(TODAY, by)
        assert (table.all.needs, table.all.yes, table.all.unknown, table.all.unmet) == (6, 1, 1, 3)
        sums = {row.key if row else None: whole.needs for row, _cells, whole in table.rows}
        assert (sums["health"], sums["workstyle"], sums[None]) == (2, 1, 1)
        assert sum(cell.needs for cell in table.of_groups.values()) == 6
    assert unmet(TODAY - timedelta(days=1), "block").all.needs == 0


def test_a_scheme_of_a_file_that_names_no_field_serves_no_need(figures: None) -> None:
    need = a_need(field="health")
    scheme = an_open_scheme("from-file", rule={"prefecture": ["280003"]})
    assert standings(TODAY)[need.pk].best == State.YES
    Scheme.objects.filter(pk=scheme.pk).update(origin=Scheme.Origin.JGRANTS)
    assert standings(TODAY)[need.pk].best is None
    scheme.solutions.set(Solution.objects.filter(field="health")[:1])
    assert standings(TODAY)[need.pk].best == State.YES


def test_a_scheme_for_any_field_serves_needs_of_every_field(figures: None) -> None:
    towns, cities = a_need(field="health"), a_need(field="tourism")
    without = a_need()
    an_open_scheme("towns-any", rule={"kind": ["town"]})
    assert {standings(TODAY)[each.pk].best for each in (towns, cities)} == {State.NO}
    an_open_scheme("any", rule={"kind": ["city"]})
    assert {standings(TODAY)[each.pk].best for each in (towns, cities)} == {State.YES}
    assert standings(TODAY)[without.pk].best is None
    table = unmet(TODAY, "prefecture")
    assert (table.all.yes, table.all.unmet, table.all.needs) == (2, 0, 3)
    assert table.of_groups["280003"].needs == 3


def found(words: str, room: str = "needs") -> list[str]:
    core_search._kept.clear()  # within the transaction of a test the state of the records stays the same
    return [hit.document.id for hit in search(words, room=room).hits]


def test_what_everybody_may_read_is_found_by_its_words_and_nothing_else(tamba: Area) -> None:
    inside, outside = a_need(), a_need("272272", is_internal=False)
    assert found("猿が畑を荒らす") == [f"needs/{outside.pk}"]
    assert not [each for each in found("猿が畑を荒らす", "support") if each.startswith("needs/")]  # schemes stay apart
    for is_internal, there in ((False, True), (True, False)):
        change_need(inside, replace(FACTS, is_internal=is_internal), by=None)
        assert (f"needs/{inside.pk}" in found("猿が畑を荒らす")) == there
    assert not SearchEntry.objects.filter(key=str(inside.pk), room="needs").exists()
    answer_need(outside, "見回りのロボットの補助があります。", by=None, today=TODAY)
    assert found("見回りのロボット") == [f"needs/{outside.pk}"]
    close_need(outside, "導入した", by=None, today=TODAY)
    assert SearchEntry.objects.get(room="needs").detail.startswith("（終了）")
    other = a_need("272272", is_internal=False)
    merge_needs(other, [outside], by=None, why="x")
    assert found("猿が畑を荒らす") == [f"needs/{other.pk}"]
    SearchEntry.objects.filter(room="needs").delete()
    assert index_needs() == 1
    assert found("猿が畑を荒らす") == [f"needs/{other.pk}"]
