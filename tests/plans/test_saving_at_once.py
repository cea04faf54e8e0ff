"""Two people who save one section of a plan at the same moment: one is kept, the other is told, both texts are there (§6)."""

from __future__ import annotations

from threading import Barrier, Thread

from django.db import connections

from itoguchi.accounts.models import Account
from itoguchi.plans import actions, queries
from tests.personas import account_of
from tests.plans.factories import a_plan


def test_of_two_who_save_the_same_section_at_once_one_is_told(own_database: None) -> None:
    plan = a_plan()
    start, outcomes = Barrier(2), []

    def save(who: Account) -> None:
        start.wait(10)
        try:
            actions.save_section(plan, "state", f"{who.pk}の文", seen=1, by=who)
            outcomes.append("saved")
        except actions.SomebodySavedError:
            outcomes.append("told")
        finally:
            connections["default"].close()

    threads = [Thread(target=save, args=(account_of(name),)) for name in ("officer", "chief")]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    assert sorted(outcomes) == ["saved", "told"]
    assert queries.latest_of(plan).number == 2
