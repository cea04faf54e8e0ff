"""The sample world has cases in every state and two reference models, each labelled 見本, and loads once."""

from __future__ import annotations

import random

import pytest
from django.utils import timezone

from itoguchi.accounts import sample as accounts
from itoguchi.cases import queries, sample
from itoguchi.cases.models import Case, ReferenceModel, State

pytestmark = pytest.mark.django_db


def test_the_sample_has_cases_in_every_state_and_models_that_are_used() -> None:
    today = timezone.localdate()
    accounts.load_sample(random.Random(1), today)
    for _time in range(2):
        sample.load_sample(random.Random(1), today)
    cases = Case.objects.order_by("pk")
    assert {each.state for each in cases} == {State.PUBLISHED, State.DRAFT, State.REVIEW}
    assert all(each.title.startswith("見本") for each in cases)
    first = cases[0]
    assert first.area.code == sample.OISHIDA
    assert first.check_due
    assert first.check_due < today
    used = ReferenceModel.objects.get(pk="sample-telework-house")
    counts = queries.counts_of(used)
    assert (counts.using, counts.reported, counts.withdrawn) == (7, 6, 1)
    [effect] = queries.effects_of(used)
    assert effect.spread
    assert effect.spread.n == 7, "a town whose case is packed and that reports a use counts once"
    assert all("見本" in each.source for each in used.parts.all())
    files = [each.file for each in used.parts.all() if each.file] + [each.evidence_file for each in cases]
    kept = [bytes(each.content).decode() for each in files if each]
    assert len(kept) > 1
    assert all(each.startswith("見本データ") for each in kept)
