"""When several come at once, on a database of their own since they commit."""

from __future__ import annotations

import threading

from django.core.exceptions import ValidationError
from django.db import connection

from itoguchi.accounts.models import Account
from itoguchi.core import actions, throttle


def test_of_two_who_decide_at_once_one_wins(own_database: None) -> None:
    people = [Account.objects.create(sign_in_name=f"person-{n}", name=f"見本 {n}") for n in range(3)]
    draft = actions.draft_approval("publish_status_report", "/reports/2017-03-24", by=people[0])
    gate, outcomes = threading.Barrier(2), []

    def decide(person: Account) -> None:
        gate.wait()
        try:
            actions.approve(draft, by=person)
            outcomes.append("approved")
        except ValidationError:
            outcomes.append("too late")
        finally:
            connection.close()

    threads = [threading.Thread(target=decide, args=(person,)) for person in people[1:]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["approved", "too late"]


def test_many_at_once_get_no_more_than_the_limit(own_database: None) -> None:
    gate, answers = threading.Barrier(8), []

    def come() -> None:
        gate.wait()
        try:
            for _ in range(5):
                answers.append(throttle.take("door", limit=10, seconds=60))
        finally:
            connection.close()

    threads = [threading.Thread(target=come) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers.count(None) == 10
    assert len(answers) == 40
