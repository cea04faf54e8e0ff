"""Three hundred opinions with forty doubles among them: found among the first five, merged by a person, traced both ways.

The doubles were written by hand, in other words than the first ones; no table of equal words was looked at.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from django.utils import timezone

from itoguchi.network import actions, queries
from itoguchi.network.models import Opinion
from tests.network.factories import facts_of_opinion

pytestmark = pytest.mark.django_db

DATA = Path(__file__).parent / "data"
DOUBLES = [line.split(" | ") for line in (DATA / "doubles.txt").read_text(encoding="utf-8").splitlines()]
OTHERS = (DATA / "others.txt").read_text(encoding="utf-8").splitlines()
TEXTS = [first for first, _second in DOUBLES] + OTHERS + [second for _first, second in DOUBLES]


def brought_in() -> dict[str, Opinion]:
    """The three hundred, by their words."""
    found = actions.bring_in_opinions([facts_of_opinion(text) for text in TEXTS], by=None, today=timezone.localdate())
    return {each.text: each for each in found}


def test_the_planted_doubles_are_among_the_first_five() -> None:
    assert len(set(TEXTS)) == 300
    of_text = brought_in()

    def is_found(one: str, other: str) -> bool:
        return of_text[other] in [each.opinion for each in queries.doubles_of(of_text[one])]

    later = {first for first, second in DOUBLES if is_found(second, first)}  # who sorts the double looks for the first
    earlier = {first for first, second in DOUBLES if is_found(first, second)}
    assert len(later) >= 36, set(dict(DOUBLES)) - later
    assert len(earlier) >= 34, set(dict(DOUBLES)) - earlier
