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


def test_the_planted_doubles_are_among_the_first_five() -> None:
    texts = [first for first, _second in DOUBLES] + OTHERS + [second for _first, second in DOUBLES]
    assert len(set(texts)) == 300
    opinions = actions.bring_in_opinions([facts_of_opinion(text) for text in texts], by=None, today=timezone.localdate())
    of_text = {each.text: each for each in opinions}
    missed = []
    for pair in DOUBLES:
        for one, other in (pair, pair[::-1]):
            found = [each.opinion.pk for each in queries.doubles_of(of_text[one])]
            if of_text[other].pk not in found:
                missed.append((one, other, [Opinion.objects.get(pk=each).text for each in found]))
    print(len(missed), *missed, sep="\n")
    assert len(missed) <= 8
