"""Rights come from memberships, on the days of their term, for open accounts."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from itoguchi.accounts import access, actions
from itoguchi.accounts.models import Account, Role
from itoguchi.areas.models import Area, Block

pytestmark = pytest.mark.django_db
TOWN, PREFECTURE = "282219", "280003"


def area(code: str) -> Area:
    return Area.objects.get(code=code)


@pytest.fixture
def somebody() -> Account:
    return actions.open_account(sign_in_name="somebody", name="だれか", password=None, by=None)


def test_visitors_have_no_rights() -> None:
    visitor = AnonymousUser()
    assert access.memberships_of(visitor) == []
    assert not access.has_role(visitor, Role.COORDINATOR)
    assert not access.is_coordinator(visitor)
    assert not access.works_for_area(visitor, area(TOWN))
    assert not access.works_for_block(visitor, Block.objects.get(key="kinki"))
    assert not access.can_see_accounts(visitor)
    assert not access.can_manage_accounts(visitor)


def test_only_the_secretariat_sees_and_manages_accounts(client_of: Any) -> None:
    from tests.personas import NAMES, account_of

    for right in (access.is_coordinator, access.can_see_accounts, access.can_manage_accounts):
        assert [name for name in NAMES if right(account_of(name))] == ["coordinator"]


def test_officers_work_for_their_own_body_and_no_other(officer: Account, neighbour: Account, bureau: Account) -> None:
    assert access.works_for_area(officer, area(TOWN))
    assert not access.works_for_area(neighbour, area(TOWN))
    assert not access.works_for_area(officer, area(PREFECTURE))
    assert access.works_for_block(bureau, Block.objects.get(key="kinki"))
    assert not access.works_for_block(bureau, Block.objects.get(key="kanto"))
    assert not access.works_for_area(bureau, area(TOWN))


@pytest.mark.parametrize(
    ("day", "stands"),
    [
        (date(2026, 3, 31), False),
        (date(2026, 4, 1), True),
        (date(2027, 3, 31), True),
        (date(2027, 4, 1), False),
    ],
)
def test_a_term_has_its_first_and_its_last_day(somebody: Account, day: date, stands: bool) -> None:
    actions.grant_membership(
        somebody,
        role=Role.OFFICER,
        area=area(TOWN),
        valid_from=date(2026, 4, 1),
        valid_to=date(2027, 3, 31),
        by=None,
    )
    assert access.has_role(somebody, Role.OFFICER, day) is stands
    assert access.works_for_area(somebody, area(TOWN), day) is stands
    assert bool(access.memberships_of(somebody, day)) is stands


@pytest.mark.parametrize(("first", "last", "stands"), [(-9, -1, False), (-9, 0, True), (0, None, True), (1, 9, False)])
def test_without_a_day_today_counts(somebody: Account, first: int, last: int | None, stands: bool) -> None:
    today = timezone.localdate()
    actions.grant_membership(
        somebody,
        role=Role.OFFICER,
        area=area(TOWN),
        valid_from=today + timedelta(first),
        valid_to=None if last is None else today + timedelta(last),
        by=None,
    )
    assert access.works_for_area(somebody, area(TOWN)) is stands


def test_a_closed_account_has_no_rights(coordinator: Account, officer: Account) -> None:
    actions.close_account(officer, by=coordinator)
    assert access.memberships_of(officer) == []
    assert not access.works_for_area(officer, area(TOWN))
    coordinator.is_active = False
    assert not access.can_manage_accounts(coordinator)


def test_one_query_a_request_for_whatever_is_asked(coordinator: Account, django_assert_num_queries: Any) -> None:
    town, fresh = area(TOWN), Account.objects.get(pk=coordinator.pk)
    with django_assert_num_queries(1):
        access.is_coordinator(fresh)
        access.works_for_area(fresh, town)
        access.has_role(fresh, Role.OFFICER, date(2020, 1, 1))
        access.can_manage_accounts(fresh)
        access.memberships_of(fresh)
