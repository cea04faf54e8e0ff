"""Where next: the readiest areas with reasons, checked against a year; what a block pushes first; nothing hidden leaks."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client

from itoguchi.accounts.models import Account
from itoguchi.areas import sample
from itoguchi.areas.models import Area, Kind
from itoguchi.areas.queries import WEIGHTS, peers_of, peers_of_all
from itoguchi.core.templatetags.core import day as written
from itoguchi.roadmap import queries
from itoguchi.roadmap.models import Implementation, Solution, Stage, StageChange, at_or_beyond
from tests.roadmap.factories import put, put_at_random
from tests.support.factories import a_need

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 24)
ClientOf = Callable[[str], Client]
NOBODY = AnonymousUser()


@pytest.fixture
def figures() -> None:
    sample.load_sample(random.Random(1), TODAY)


@pytest.fixture
def solution() -> Solution:
    return Solution.objects.get(key="l-alert")


def beside(area: Area) -> list[Area]:
    return list(area.neighbours.exclude(kind=Kind.PREFECTURE).order_by("code"))


def test_every_reason_raises_an_area_and_what_runs_is_not_listed(solution: Solution) -> None:
    area = Area.objects.get(code="282219")
    put(area, solution, "planned", TODAY - timedelta(days=30))
    put(area, "telework", "running", TODAY - timedelta(days=300))
    put(area, "ehr", "running", TODAY - timedelta(days=3000))
    near = beside(area)
    put(near[0], solution, "running", TODAY - timedelta(days=10))
    put(near[1], solution, "not-applicable", TODAY - timedelta(days=10))
    found = queries.readiest(solution, TODAY, NOBODY)
    first = found[0]
    assert (first.area, first.stage, first.running_neighbours, first.neighbours, first.pace) == (
        area,
        Stage.PLANNED,
        1,
        area.neighbours.count(),
        1,
    )
    assert {each.area for each in found}.isdisjoint({near[0], near[1]})
    assert first.score == pytest.approx((0.75 * 2 + 1 / first.neighbours + first.running_peers / 20 + 0.2) / 6)
    assert [each.score for each in found] == sorted((each.score for each in found), reverse=True)


def test_an_internal_record_moves_nobody_for_a_visitor(solution: Solution, officer: Account) -> None:
    area = Area.objects.get(code="282219")
    plain = queries.readiest(solution, TODAY, NOBODY)
    put(area, solution, "trial", TODAY - timedelta(days=5), is_internal=True)
    seen = queries.readiest(solution, TODAY, NOBODY)
    assert [(each.area, each.score) for each in seen] == [
        (each.area, each.score) for each in plain if each.area != area
    ]
    assert queries.readiest(solution, TODAY, officer)[0].area == area


def test_an_open_need_moves_an_area_up_and_an_internal_one_nobody(
    solution: Solution, officer: Account, client_of: ClientOf
) -> None:
    heard = TODAY - timedelta(days=40)
    a_need("282219", solutions=[solution.key], is_internal=False, on=heard)
    a_need("282227", solutions=[solution.key], on=heard)
    [first, second, *_rest] = queries.readiest(solution, TODAY, officer)
    assert (first.area.code, first.needs_since, first.score) == ("282219", heard, pytest.approx(1 / 6))
    assert (second.needs_since, second.score) == (None, 0)
    assert queries.readiest(solution, heard - timedelta(days=1), NOBODY)[0].needs_since is None
    page = client_of("visitor").get(f"/solutions/{solution.key}/next?as_of={TODAY}").content.decode()
    assert page.count("ニーズあり（") == 1
    assert f"ニーズあり（{written(heard)}）" in page


def test_how_the_order_fared_is_counted_from_the_records(solution: Solution) -> None:
    rng = random.Random(3)
    areas = list(Area.objects.exclude(kind=Kind.PREFECTURE).order_by("code")[:300])
    for area in areas[:100]:
        put(area, solution, "trial", TODAY - timedelta(days=800))
    became = rng.sample(areas[:100], 40) + rng.sample(areas[100:], 7)
    for area in became:
        put(area, solution, "running", TODAY - timedelta(days=rng.randrange(1, 300)))
    fared = queries.fared(solution, TODAY, NOBODY)
    assert fared is not None
    assert (fared.first, fared.first_running, fared.others_running) == (100, 40, 7)
    assert queries.fared(solution, TODAY - timedelta(days=700), NOBODY) is None


def test_what_a_block_lags_in_equals_a_count_by_hand(figures: None) -> None:
    put_at_random(random.Random(7), 2500)
    block = "hokuriku"
    stages = {
        (change.implementation.area.code, change.implementation.solution_id): change.stage
        for change in StageChange.objects.filter(at__lte=TODAY).order_by("at").select_related("implementation__area")
    }
    runs = {pair for pair, stage in stages.items() if stage in at_or_beyond(Stage.RUNNING)}
    alike = peers_of_all()
    for push in queries.to_push(block, TODAY):
        key = push.solution.key
        own = [
            area.code
            for area in Area.objects.filter(block=block).exclude(kind=Kind.PREFECTURE)
            if stages.get((area.code, key)) != Stage.NOT_APPLICABLE
        ]
        assert push.areas == len(own)
        assert push.running == sum((code, key) in runs for code in own)
        expected = sum(sum((other, key) in runs for other in alike[code]) / len(alike[code]) for code in own)
        assert push.expected == pytest.approx(expected)
    lags = [push.lag for push in queries.to_push(block, TODAY)]
    assert lags == sorted(lags, reverse=True)


def test_the_peers_of_all_are_those_of_each(figures: None) -> None:
    alike = peers_of_all()
    assert len(alike) == 1741
    for code in random.Random(1).sample(sorted(alike), 25):
        assert alike[code] == tuple(peer.code for peer in peers_of(code, tuple(WEIGHTS.items())).peers)


def test_a_bureau_goes_from_its_block_to_whom_to_call(figures: None, client_of: ClientOf) -> None:
    put_at_random(random.Random(7), 2500)
    bureau = client_of("bureau")
    panel = bureau.get("/areas/blocks/kinki/push", headers={"HX-Request": "true"}).content.decode()
    assert "声をかける団体を見る" in panel
    page = bureau.get("/solutions/l-alert/next?block=kinki").content.decode()
    assert "教われる似た団体を見る" in page
    assert Implementation.objects.filter(solution="l-alert").exists()
    assert bureau.get("/solutions/l-alert/next?block=nowhere&as_of=2010-01-01").status_code == 200
    assert bureau.get("/areas/blocks/nowhere/push").status_code == 404


def test_without_figures_no_block_is_said_to_lag(client: Client) -> None:
    put_at_random(random.Random(7), 500)
    assert queries.to_push("kinki", TODAY) == ()
    assert "統計が、まだ登録されていません" in client.get("/areas/blocks/kinki/push").content.decode()


@pytest.mark.parametrize("path", ["/solutions/l-alert/next", "/areas/blocks/kinki/push"])
def test_the_pages_cost_a_handful_of_queries(
    client: Client, path: str, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    put_at_random(random.Random(7), 1500)
    client.get(path)
    with django_assert_max_num_queries(24):  # type: ignore[attr-defined]
        client.get(path)
