"""Associations as real ways to all areas: whom each reaches, which organisation it is, and its clauses there and back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from itoguchi.accounts.models import Account, Organisation
from itoguchi.areas.models import Area
from itoguchi.network import actions, queries
from itoguchi.network.actions import ThreadMemberFacts
from itoguchi.network.models import Clause, NamedBody
from tests.network.factories import a_strand, an_organisation

pytestmark = pytest.mark.django_db
ClientOf = Callable[[str], Client]
HTMX = {"HX-Request": "true"}


def mayors() -> NamedBody:
    return NamedBody.objects.get(slug="mayors")


def connected(by: Account | None = None) -> Organisation:
    """The association of the mayors, as it is registered with accounts."""
    association = an_organisation("市長の会", "association")
    actions.connect_body(mayors(), association, by=by, why="同じ団体")
    return association


def test_every_area_is_reached_through_one_association_or_told_not_to_be() -> None:
    reaches = queries.reaches_of(a_strand("horizontal").pk)
    counted = dict(Area.objects.order_by().values_list("kind").annotate(Count("pk")))
    assert [
        (each.body.slug if each.body else "", {str(kind): number for kind, number in each.kinds}) for each in reaches
    ] == [
        ("governors", {"prefecture": counted["prefecture"]}),
        ("mayors", {"designated_city": counted["designated_city"], "city": counted["city"]}),
        ("towns-and-villages", {"town": counted["town"], "village": counted["village"]}),
        ("", {"special_ward": counted["special_ward"]}),  # the document names no way to them
    ]
    assert sum(each.number for each in reaches) == Area.objects.count()


def test_an_association_is_found_by_its_name(client: Client) -> None:
    actions.index_network()
    assert "/named-bodies/mayors" in client.get("/search?q=全国市長会").content.decode()


def test_the_thread_shows_through_whom_how_many_are_reached(client: Client) -> None:
    page = client.get("/threads/horizontal").content.decode()
    cities = Area.objects.filter(kind__in=["city", "designated_city"]).count()
    assert f"{cities:,}団体に届く" in page
    everybody, wards = Area.objects.count(), Area.objects.filter(kind="special_ward").count()
    assert f"{everybody:,}団体のうち{everybody - wards:,}団体に届きます" in page
    assert "/named-bodies/mayors" in page
    assert "道の名が資料にない団体" in page
    assert "参加組織：未登録" in page
    connected()
    assert "市長の会" in client.get("/threads/horizontal").content.decode()
    for path in ("/named-bodies/hokuriku-council", "/threads/diagonal-hokuriku", "/en/named-bodies/mayors"):
        assert client.get(path).status_code == 200, path


def test_an_organisation_that_is_there_is_connected_once_with_a_reason(
    coordinator: Account, officer: Account, client_of: ClientOf
) -> None:
    association = an_organisation("市長の会", "association")
    before = Organisation.objects.count()
    with pytest.raises(PermissionDenied):
        actions.connect_body(mayors(), association, by=officer, why="x")
    with pytest.raises(ValidationError, match="なぜ"):
        actions.connect_body(mayors(), association, by=coordinator, why=" ")
    browser = client_of("coordinator")
    path = "/named-bodies/mayors/connect"
    assert browser.post(path, {"organisation": association.pk, "why": "同じ団体"}).status_code == 302
    assert mayors().organisation == association
    assert Organisation.objects.count() == before
    twice = browser.post("/named-bodies/governors/connect", {"organisation": association.pk, "why": "x"})
    assert (twice.status_code, "すでにほかの団体" in twice.content.decode()) == (422, True)
    assert browser.post(path, {"organisation": "", "why": "まちがい"}).status_code == 302
    assert mayors().organisation is None
    assert browser.post(path, {"organisation": "\x00", "why": "x"}).status_code == 422
    assert "まちがい" in browser.get("/named-bodies/mayors").content.decode()  # the journal says why


def test_a_clause_leads_to_its_association_to_the_organisation_and_back(
    client: Client, client_of: ClientOf, coordinator: Account
) -> None:
    association = connected()
    clause = Clause.objects.get(slug="first-1-2")
    for owner in ("全国市長会", "総務省・全国市長会", "市長の会"):
        actions.assign_clause(clause, owner=owner, due_on=None, by=None)
        assert 'href="/named-bodies/mayors"' in client.get("/clauses/first-1-2").content.decode(), owner
        assert 'href="/clauses/first-1-2"' in client.get("/named-bodies/mayors").content.decode(), owner
    assert 'href="/clauses/first-1-2"' not in client.get("/named-bodies/governors").content.decode()
    browser, page = client_of("coordinator"), f"/account/organisations/{association.pk}"
    assert f'href="{page}"' in browser.get("/named-bodies/mayors").content.decode()
    assert f'href="{page}"' not in client.get("/named-bodies/mayors").content.decode()
    panel = f"/organisations/{association.pk}/named-body"
    assert panel in browser.get(page).content.decode()
    assert 'href="/named-bodies/mayors"' in browser.get(panel, headers=HTMX).content.decode()
    assert browser.get(panel)["Location"] == "/named-bodies/mayors"
    assert "結ばれていません" in browser.get("/organisations/999999/named-body", headers=HTMX).content.decode()


def test_its_part_in_the_thread_is_shown_both_ways(client: Client) -> None:
    association, today = connected(), timezone.localdate()
    assert "この糸にはまだ加わっていません" in client.get("/named-bodies/mayors").content.decode()
    facts = ThreadMemberFacts(organisation=association)
    member = actions.admit(a_strand("horizontal"), facts, valid_from=today, by=None)
    assert member.get_absolute_url() in client.get("/named-bodies/mayors").content.decode()
    assert 'href="/named-bodies/mayors"' in client.get(member.get_absolute_url()).content.decode()


def test_pages_ask_few_times(client_of: ClientOf, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    connected()
    actions.assign_clause(Clause.objects.get(slug="first-1-2"), owner="全国市長会", due_on=None, by=None)
    for persona in ("visitor", "coordinator"):
        browser = client_of(persona)
        for path in ("/named-bodies/mayors", "/threads/horizontal", "/clauses/first-1-2"):
            with django_assert_max_num_queries(12):
                browser.get(path)
