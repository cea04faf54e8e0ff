"""A proposal that is being written while the proposals are opened: it is among them, or refused, never there afterwards."""

from __future__ import annotations

from datetime import timedelta
from threading import Event, Thread
from time import sleep

import pgtrigger
from django.core.exceptions import ValidationError
from django.db import connections, transaction
from django.utils import timezone

from itoguchi.exchange import actions, queries
from itoguchi.exchange.models import Problem
from tests.exchange.factories import a_firm, a_problem, a_proposal
from tests.personas import account_of


def test_the_opening_waits_for_a_proposal_on_its_way(own_database: None) -> None:
    """A proposal written in time but not committed at the deadline is either in what is opened, or refused: never after it."""
    problem, partner = a_problem(), account_of("partner")
    soon = timezone.now() + timedelta(seconds=1.5)
    with pgtrigger.ignore("exchange.Problem:moments_stay"):
        Problem.objects.filter(pk=problem.pk).update(asks_until=soon, closes_at=soon)
    written, outcomes = Event(), []

    def propose_slowly() -> None:
        try:
            with transaction.atomic():
                a_proposal(problem, partner)
                written.set()
                while queries.clock() < soon + timedelta(seconds=1):
                    sleep(0.05)
        finally:
            connections["default"].close()

    def propose_late() -> None:
        try:
            a_proposal(problem, a_firm()[1])
        except ValidationError:
            outcomes.append("late")
        finally:
            connections["default"].close()

    slow = Thread(target=propose_slowly)
    slow.start()
    assert written.wait(10)
    while queries.clock() < soon:
        sleep(0.05)
    late = Thread(target=propose_late)
    late.start()
    before = queries.clock()
    actions.open_proposals(problem, by=None)
    assert queries.clock() - before > timedelta(seconds=0.4), "it waited"
    slow.join(10)
    late.join(10)
    assert outcomes == ["late"]
    assert [str(each) for each in queries.proposals_seen_by(account_of("officer"))] == ["罠の通知"]
