"""The page of an area's peers: who is like it and why, and where it stands among them."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client

from itoguchi.areas import sample
from itoguchi.areas.models import Statistic
from itoguchi.areas.queries import WEIGHTS, peers_of
from tests.roadmap.factories import put

pytestmark = pytest.mark.django_db
ClientOf = Callable[[str], Client]
PAGE = "/areas/282219/peers"
USUAL = tuple(sorted(WEIGHTS.items()))


@pytest.fixture
def figures() -> None:
    sample.load_sample(random.Random(1), date(2026, 11, 24))


def test_peers_of_the_same_type_come_first_and_say_what_differs(figures: None) -> None:
    group = peers_of("282219", USUAL)
    assert group.type is not None
    assert len(group.peers) == 20
    same = [peer.is_same_type for peer in group.peers]
    assert same == sorted(same, reverse=True)
    assert abs(sum(share for _trait, share in group.peers[0].shares) - 1) < 1e-6


def test_without_shares_of_industry_there_is_no_type(figures: None) -> None:
    Statistic.objects.filter(measure=Statistic.Measure.TERTIARY).delete()
    group = peers_of("282219", USUAL)
    assert group.type is None
    assert not any(peer.is_same_type for peer in group.peers)
    assert len(group.peers) == 20


def test_weights_of_the_reader_change_who_is_like_it(figures: None, client_of: ClientOf) -> None:
    client = client_of("visitor")
    usual = [peer.code for _area, peer, *_rest in client.get(PAGE).context["peers"]]
    by_size = client.get(f"{PAGE}?elderly_share=0&fiscal_strength_index=0&tertiary_industry_share=0&km2=0&population=5")
    assert [peer.code for _area, peer, *_rest in by_size.context["peers"]] != usual
    for odd in ("population=x", "population=nan", "population=-3", "population=1e999"):
        assert client.get(f"{PAGE}?{odd}").status_code == 200
    nothing = "&".join(f"{trait}=0" for trait in WEIGHTS)
    assert [peer.code for _area, peer, *_rest in client.get(f"{PAGE}?{nothing}").context["peers"]] == usual


def test_it_says_who_of_them_has_a_solution_since_when(figures: None, client_of: ClientOf) -> None:
    codes = [peer.code for peer in peers_of("282219", USUAL).peers]
    put(codes[0], "telework", "running", date(2021, 4, 1))
    put(codes[1], "telework", "shared", date(2022, 4, 1), is_internal=True)
    put("282219", "telework", "trial", date(2022, 4, 1))
    page = client_of("visitor").get(f"{PAGE}?solution=telework")
    first = page.context["position"].solutions[0]
    assert (first.use.solution.key, first.running) == ("telework", 2)
    position = page.context["position"]
    assert (position.own, position.middle, position.ahead) == (0, 0, 2)
    text = page.content.decode()
    assert "令和3年4月1日" in text
    assert "令和4年4月1日" not in text


def test_no_figures_are_said_to_be_missing(client_of: ClientOf) -> None:
    client = client_of("visitor")
    assert client.get(PAGE).status_code == 200
    assert client.get("/areas/280003/peers").status_code == 404
    assert client.get(f"{PAGE}?solution=nothing").status_code == 404


def test_the_page_costs_a_handful_of_queries(
    figures: None, client_of: ClientOf, django_assert_max_num_queries: Any
) -> None:
    client = client_of("officer")
    with django_assert_max_num_queries(13):  # inside a test nothing is remembered
        client.get(f"{PAGE}?solution=telework")
