"""The sample world has a problem in every phase, each labelled, and loads once."""

from __future__ import annotations

import random
from datetime import date

import pytest
from django.utils import timezone

from itoguchi.accounts import sample as accounts
from itoguchi.exchange import queries, sample
from itoguchi.exchange.models import Offer, Problem, Proposal, Rater
from tests.personas import account_of

pytestmark = pytest.mark.django_db


def test_there_is_a_problem_in_every_phase() -> None:
    today: date = timezone.localdate()
    accounts.load_sample(random.Random(1), today)
    for _time in range(2):
        sample.load_sample(random.Random(1), today)
    problems = Problem.objects.order_by("pk")
    phases = [queries.phase_of(each, queries.clock()).key for each in problems]
    assert phases == ["asking", "closed", "opened", "agreed", "draft"]
    said = [*problems, *Proposal.objects.all(), *Offer.objects.all()]
    assert all(each.title.startswith("見本") for each in said)
    assert {each.declares for each in Rater.objects.filter(problem__state="opened")} == {"", "free", "conflict"}
    assert not queries.proposals_seen_by(account_of("officer")).filter(problem=problems[0]).exists()
    assert len(queries.proofs_of(problems[0], account_of("officer"))) == 1
