"""A summary brought out while its last statement is being confirmed, and an opinion into which 5,000 others were merged."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread
from time import sleep

import pytest
from django.core.exceptions import ValidationError
from django.db import connections, transaction
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from itoguchi.network import actions
from itoguchi.network.models import Opinion, Statement, Summary
from tests.network.factories import an_opinion
from tests.network.secretariat import a_member, a_summary
from tests.personas import account_of

MANY = 5000


def a_last_statement() -> Statement:
    """The one statement of a summary, for which its speaker is waited."""
    return actions.write_statement(a_summary(), "はじめの文", member=a_member("六花", account="adviser"), by=None)


def at_once(first: Callable[[], object], second: Callable[[], object]) -> list[str]:
    """What became of two deeds, when the second begins before the first is written down."""
    begun, told = Event(), []

    def slowly() -> None:
        try:
            with transaction.atomic():
                first()
                begun.set()
                sleep(0.5)
            told.append("first")
        finally:
            connections["default"].close()

    def meanwhile() -> None:
        try:
            assert begun.wait(10)
            second()
            told.append("second")
        except ValidationError as refused:
            told.append(" ".join(refused.messages))
        finally:
            connections["default"].close()

    threads = [Thread(target=each) for each in (slowly, meanwhile)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return told


def test_the_summary_waits_for_the_confirmation_on_its_way_and_needs_no_reason_then(own_database: None) -> None:
    statement, today, speaker = a_last_statement(), timezone.localdate(), account_of("adviser")
    with pytest.raises(ValidationError, match="六花"):
        actions.publish_summary(statement.summary, by=None, today=today)
    told = at_once(
        lambda: actions.confirm_statement(statement, "直した文", seen=1, by=speaker, today=today),
        lambda: actions.publish_summary(statement.summary, by=None, today=today),
    )
    assert told == ["first", "second"]
    statement.refresh_from_db()
    summary = Summary.objects.get()
    assert (statement.text, statement.state) == ("直した文", Statement.State.CORRECTED)
    assert (summary.published_on, summary.reason) == (today, "")


def test_what_is_out_is_not_changed_by_a_confirmation_on_its_way(own_database: None) -> None:
    statement, today, speaker = a_last_statement(), timezone.localdate(), account_of("adviser")
    told = at_once(
        lambda: actions.publish_summary(statement.summary, by=None, today=today, reason="出張中のため"),
        lambda: actions.confirm_statement(statement, "直した文", seen=1, by=speaker, today=today),
    )
    assert told == ["first", "議事要旨はすでに公開されています。"]
    statement.refresh_from_db()
    assert (statement.text, statement.state) == ("はじめの文", Statement.State.OPEN)


def test_a_speaker_who_comes_too_late_keeps_what_was_typed(client_of: Callable[[str], Client]) -> None:
    statement = a_last_statement()
    actions.publish_summary(statement.summary, by=None, today=timezone.localdate(), reason="出張中のため")
    told = client_of("adviser").post(f"/statements/{statement.pk}", {"text": "直した文", "seen": 1})
    page = told.content.decode()
    assert (told.status_code, "すでに公開されています" in page, "直した文" in page) == (422, True, True)


def test_an_opinion_into_which_5000_were_merged_is_drawn_on_the_desk(
    client_of: Callable[[str], Client], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    """Waiting to be sorted, then to be answered: as the desk shows it, and on the pages to which the desk leads."""
    root = an_opinion("窓口をひとつにしてほしい", title="窓口をひとつに")
    today = timezone.localdate()
    facts = {"said_on": today, "moderation": "passed", "moderated_on": today, "origin": "comment", "kind": "opinion"}
    text = "見本：窓口をひとつにしてほしい。" * 20
    Opinion.objects.bulk_create(
        [
            Opinion(title=f"同じ意見{number}", text=f"{text}{number}", merged_into=root, merged_on=today, **facts)
            for number in range(MANY)
        ],
        batch_size=1000,
    )
    desk: Client = client_of("coordinator")
    for path in (
        "/opinions/desk?state=received",
        f"/opinions/{root.pk}/sort",
        f"/opinions/{root.pk}/answer",
        f"/opinions/{root.pk}",
        f"/opinions/?into={root.pk}",
    ):
        with django_assert_max_num_queries(12):
            page = desk.get(path)
        assert page.status_code == 200, path
        assert len(page.content) < 300_000, path
    assert "5000" in desk.get(f"/opinions/{root.pk}/answer").content.decode().replace(",", "")
