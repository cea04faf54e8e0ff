"""Members write opinions for their own body and nobody else's, within their term (docs/opinions.md §1, §4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from itoguchi.accounts.models import Account
from itoguchi.network import actions
from itoguchi.network.models import Opinion, ThreadMember
from itoguchi.network.queries import opinions_visible_to
from tests.exchange.factories import firm_of
from tests.network.factories import a_thread_member, an_opinion, an_organisation, facts_of_opinion
from tests.network.secretariat import a_body, a_meeting, a_member
from tests.outreach.test_pages import japanese_left, main_of
from tests.personas import PERSONAS, account_of

pytestmark = pytest.mark.django_db

ClientOf = Callable[[str], Client]
HTMX = {"HX-Request": "true"}
EDUCATION, COUNCIL = "/threads/vertical-education", "/threads/diagonal-kinki"
SAID = {"text": "小さな町にも機器を貸してほしい。", "kind": "proposal", "may_be_public": "on"}


def typed(**more: Any) -> dict[str, Any]:
    return SAID | {"said_on": timezone.localdate().isoformat()} | more


def a_part(key: str = "vertical-education", **more: Any) -> ThreadMember:
    """The organisation of the persona `partner` takes part."""
    return a_thread_member(key, of=firm_of(account_of("partner")), **more)


def readers_of(opinion: Opinion) -> set[str]:
    found = set()
    for persona in PERSONAS[1:]:
        if opinions_visible_to(account_of(persona), timezone.localdate()).filter(pk=opinion.pk).exists():
            found.add(persona)
    return found


def test_an_organisation_says_something_from_the_page_of_its_thread(client_of: ClientOf) -> None:
    part, partner = a_part(), client_of("partner")
    form = f"{EDUCATION}/opinions/new"
    assert f"{form}?member={part.pk}" in partner.get(EDUCATION).content.decode()
    assert form not in client_of("funder").get(EDUCATION).content.decode()
    answer = partner.post(f"{form}?member={part.pk}", typed())
    opinion = Opinion.objects.get(member=part)
    assert answer.headers["Location"] == opinion.address
    assert (opinion.origin, opinion.author, opinion.field_id) == ("member", "company", "education")
    assert (opinion.heard_at, opinion.is_public, opinion.seat) == (EDUCATION, True, None)
    visitor = client_of("visitor")
    page = visitor.get(opinion.address).content.decode()
    assert part.address in page
    assert "見本 通信株式会社" in page
    panel = visitor.get(f"{EDUCATION}/opinions", headers=HTMX).content.decode()
    assert opinion.address in panel
    assert "この糸の構成員が述べた意見" in panel
    items = visitor.get("/api/v1/opinions?origin=member").json()["items"]
    assert [each["member"] for each in items] == [part.address]


def test_an_area_in_a_thread_speaks_as_itself(client_of: ClientOf, officer: Account) -> None:
    part = a_thread_member()
    assert client_of("officer").post(f"{COUNCIL}/opinions/new", typed(field="education")).status_code == 302
    opinion = Opinion.objects.get(member=part)
    assert opinion.area == part.area
    assert (opinion.author, opinion.block_id, opinion.field_id) == ("area", "kinki", "education")


def test_who_sits_in_a_council_says_something_about_its_meeting(client_of: ClientOf) -> None:
    seat = a_member("六花", account="adviser")
    held = a_meeting(1, state="held")
    adviser = client_of("adviser")
    form = f"{held.address}/opinions/new"
    assert form in adviser.get(f"{held.address}/opinions", headers=HTMX).content.decode()
    assert form not in client_of("partner").get(f"{held.address}/opinions", headers=HTMX).content.decode()
    assert adviser.post(form, typed(said_on=held.held_on.isoformat())).status_code == 302
    opinion = Opinion.objects.get(seat=seat)
    assert (opinion.origin, opinion.heard_at, opinion.block_id) == ("member", held.address, "kinki")
    assert "六花" in client_of("visitor").get(opinion.address).content.decode()
    panel = client_of("visitor").get(f"{held.address}/opinions", headers=HTMX)
    assert opinion.address in panel.content.decode()


@pytest.mark.parametrize("state", ["preparing", "cancelled"])
def test_a_meeting_that_others_know_nothing_of_takes_none(client_of: ClientOf, state: str) -> None:
    a_member("六花", account="adviser")
    meeting, adviser = a_meeting(1, state=state), client_of("adviser")
    assert (
        f"{meeting.address}/opinions/new"
        not in adviser.get(f"{meeting.address}/opinions", headers=HTMX).content.decode()
    )
    answer = adviser.post(f"{meeting.address}/opinions/new", typed())
    assert answer.status_code == 422
    assert "案内された会合か開かれた会合" in answer.content.decode()
    assert not Opinion.objects.filter(origin="member").exists()


def test_nobody_writes_for_a_body_that_is_not_theirs(client_of: ClientOf) -> None:
    others, own = a_thread_member(of=an_organisation()), a_part("diagonal-kinki")
    partner = client_of("partner")
    assert partner.post(f"{COUNCIL}/opinions/new?member={others.pk}", typed()).status_code == 403
    assert partner.post(f"{EDUCATION}/opinions/new", typed()).status_code == 403, "it takes no part there"
    for odd in ("x", "999999", "%00", str(others.pk)):
        assert partner.get(f"{COUNCIL}/opinions/new?member={odd}").status_code == 403, odd
    for persona in ("officer", "neighbour", "prefecture", "bureau", "coordinator", "adviser", "funder"):
        client = client_of(persona)
        assert client.get(f"{COUNCIL}/opinions/new?member={own.pk}").status_code == 403, persona
        assert client.post(f"{COUNCIL}/opinions/new?member={own.pk}", typed()).status_code == 403, persona
        with pytest.raises(PermissionDenied):
            actions.say_in_thread(own, facts_of_opinion(), by=account_of(persona), today=timezone.localdate())
    seat, meeting = a_member("七海", account="funder"), a_meeting(1, state="called")
    with pytest.raises(PermissionDenied):
        actions.say_at_meeting(meeting, seat, facts_of_opinion(), by=account_of("partner"), today=timezone.localdate())
    elsewhere = a_meeting(1, state="called", body=a_body("other", block=None))
    assert client_of("funder").get(f"{elsewhere.address}/opinions/new").status_code == 403
    with pytest.raises(ValidationError, match="自分の会議体"):
        actions.say_at_meeting(elsewhere, seat, facts_of_opinion(), by=account_of("funder"), today=timezone.localdate())
    assert not Opinion.objects.filter(origin="member").exists()


def test_terms_are_honoured(client_of: ClientOf) -> None:
    today, day = timezone.localdate(), timedelta(days=1)
    over = a_part(until=today - day)
    partner, form = client_of("partner"), f"{EDUCATION}/opinions/new"
    assert form not in partner.get(EDUCATION).content.decode()
    assert partner.post(form, typed()).status_code == 403
    ThreadMember.objects.filter(pk=over.pk).update(valid_from=today + day, valid_to=None)
    assert partner.post(form, typed()).status_code == 403, "it has not begun"
    ThreadMember.objects.filter(pk=over.pk).update(valid_from=today, valid_to=today)
    assert partner.post(form, typed()).status_code == 302, "its first and last day"
    answer = partner.post(form, typed(said_on=(today - day).isoformat()))
    assert answer.status_code == 422
    assert "構成員の任期にありません" in answer.content.decode()
    seat = a_member("六花", account="adviser")
    actions.release_member(seat, last_day=today - day, by=None, why="任期満了")
    called = a_meeting(1, state="called")
    assert client_of("adviser").post(f"{called.address}/opinions/new", typed()).status_code == 403


def test_what_is_told_in_confidence_is_read_by_the_organisation_and_the_secretariat(client_of: ClientOf) -> None:
    a_part()
    said = typed()
    del said["may_be_public"]
    assert client_of("partner").post(f"{EDUCATION}/opinions/new", said).status_code == 302
    opinion = Opinion.objects.get(origin="member")
    assert readers_of(opinion) == {"partner", "coordinator"}
    seat, called = a_member("六花", account="adviser"), a_meeting(1, state="called")
    told = actions.say_at_meeting(
        called,
        seat,
        facts_of_opinion(may_be_public=False),
        by=account_of("adviser"),
        today=timezone.localdate(),
    )
    assert readers_of(told) == {"adviser", "bureau", "coordinator"}, "the bureau reads what its block says"
    visitor = client_of("visitor")
    for each in (opinion, told):
        assert visitor.get(each.address).status_code == 404
        assert each.text not in visitor.get("/api/v1/opinions?limit=2000").content.decode()
        assert each.text not in visitor.get("/opinions.atom").content.decode()
    for path in (f"{EDUCATION}/opinions", f"{called.address}/opinions"):
        assert "記録された意見はまだありません" in visitor.get(path, headers=HTMX).content.decode()


def test_the_database_keeps_an_opinion_with_one_member() -> None:
    part, seat = a_thread_member(), a_member("六花")
    opinion = an_opinion(origin=Opinion.Origin.MEMBER, member=part)
    for wrong in ({"seat": seat}, {"origin": "briefing"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Opinion.objects.filter(pk=opinion.pk).update(**wrong)


def test_pages_ask_few_times_and_are_english(
    client_of: ClientOf, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    a_part()
    a_member("六花", account="adviser")
    called = a_meeting(1, state="called")
    for persona, path in (
        ("partner", EDUCATION),
        ("partner", f"{EDUCATION}/opinions/new"),
        ("adviser", called.address),
        ("adviser", f"{called.address}/opinions/new"),
    ):
        client = client_of(persona)
        with django_assert_max_num_queries(12):
            page = client.get(path)
        assert page.status_code == 200
        assert japanese_left(main_of(client.get(f"/en{path}").content.decode())) == []
    adviser = client_of("adviser")
    with django_assert_max_num_queries(6):
        assert adviser.get(f"{called.address}/opinions", headers=HTMX).status_code == 200
