"""A role fits what it is for and has a term; the database refuses the rest."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from itoguchi.accounts import access, actions
from itoguchi.accounts.models import Account, Membership, Organisation, Role
from itoguchi.areas.models import Area, Block
from itoguchi.core.journal import history_of

pytestmark = pytest.mark.django_db
APRIL = date(2026, 4, 1)


@pytest.fixture
def somebody() -> Account:
    return actions.open_account(sign_in_name="somebody", name="だれか", password=None, by=None)


@pytest.fixture
def company() -> Organisation:
    return actions.keep_organisation(Organisation(name="会社", kind="company"), by=None)


def test_a_role_begins_and_ends(somebody: Account, coordinator: Account) -> None:
    town = Area.objects.get(code="282219")
    membership = actions.grant_membership(somebody, role=Role.OFFICER, area=town, valid_from=APRIL, by=coordinator)
    assert access.works_for_area(Account.objects.get(pk=somebody.pk), town)
    actions.end_membership(membership, on=date(2026, 4, 30), by=coordinator)
    assert not access.works_for_area(Account.objects.get(pk=somebody.pk), town)
    assert [change.what for change in history_of(membership)] == ["変更", "登録"]
    assert history_of(membership)[0].who == str(coordinator)


@pytest.mark.parametrize(
    ("role", "target"),
    [
        (Role.OFFICER, {"area": "280003"}),
        (Role.PREFECTURE, {"area": "282219"}),
        (Role.OFFICER, {"block": "kinki"}),
        (Role.BUREAU, {"area": "282219"}),
        (Role.PARTNER, {}),
        (Role.COORDINATOR, {"organisation": "会社"}),
        (Role.OFFICER, {"area": "282219", "block": "kinki"}),
    ],
)
def test_a_role_that_does_not_fit_is_refused(
    somebody: Account, company: Organisation, role: Role, target: dict[str, str]
) -> None:
    with pytest.raises(ValidationError):
        actions.grant_membership(
            somebody,
            role=role,
            area=Area.objects.get(code=target["area"]) if "area" in target else None,
            block=Block.objects.get(key=target["block"]) if "block" in target else None,
            organisation=company if "organisation" in target else None,
            valid_from=APRIL,
            by=None,
        )
    assert not Membership.objects.filter(account=somebody).exists()


def test_the_same_role_does_not_stand_twice_on_a_day(somebody: Account, company: Organisation) -> None:
    actions.grant_membership(somebody, role=Role.PARTNER, organisation=company, valid_from=APRIL, by=None)
    with pytest.raises(ValidationError, match="同じ期間"):
        actions.grant_membership(
            somebody, role=Role.PARTNER, organisation=company, valid_from=date(2027, 4, 1), by=None
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(account=somebody, role=Role.PARTNER, organisation=company, valid_from=APRIL)


def test_a_term_does_not_end_before_it_begins(somebody: Account, company: Organisation) -> None:
    with pytest.raises(ValidationError, match="いつまで"):
        actions.grant_membership(
            somebody, role=Role.PARTNER, organisation=company, valid_from=APRIL, valid_to=date(2026, 3, 31), by=None
        )


def test_the_secretariat_can_not_close_its_own_account(coordinator: Account) -> None:
    with pytest.raises(ValidationError):
        actions.close_account(coordinator, by=coordinator)


@pytest.mark.parametrize("number", ["1234567890123", "123", "７００００１２０５０００２", "700001205000x"])
def test_a_wrong_corporate_number_is_refused(number: str) -> None:
    with pytest.raises(ValidationError, match="13桁"):
        actions.keep_organisation(Organisation(name="x", kind="npo", corporate_number=number), by=None)


def test_sign_in_names_differ_by_more_than_case(somebody: Account) -> None:
    with pytest.raises(ValidationError):
        actions.open_account(sign_in_name="SomeBody", name="別人", password=None, by=None)


def test_roles_are_asked_for_once_a_request(somebody: Account, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(1):  # type: ignore[operator]
        for _ in range(3):
            access.is_coordinator(somebody)
            access.can_manage_accounts(somebody)


def test_somebody_of_the_secretariat_is_always_left(coordinator: Account, approver: Account) -> None:
    first, second = coordinator.terms[0], approver.terms[0]
    actions.end_membership(first, on=date(2026, 5, 31), by=approver)
    with pytest.raises(ValidationError, match="最後の一人"):
        actions.end_membership(second, on=date(2026, 6, 30), by=approver)
    with pytest.raises(ValidationError, match="最後の一人"):
        actions.close_account(approver, by=coordinator)
    # The row that was asked to end still has its end in memory only.
    assert Membership.objects.get(pk=second.pk).valid_to is None
    assert Account.objects.get(pk=approver.pk).is_active


def test_the_secretariat_may_end_when_a_successor_begins_the_day_after(coordinator: Account, somebody: Account) -> None:
    membership = coordinator.terms[0]
    ministry = membership.organisation
    actions.grant_membership(
        somebody, role=Role.COORDINATOR, organisation=ministry, valid_from=date(2027, 4, 2), by=coordinator
    )
    with pytest.raises(ValidationError, match="最後の一人"):
        actions.end_membership(membership, on=date(2027, 3, 31), by=coordinator)
    actions.end_membership(membership, on=date(2027, 4, 1), by=coordinator)
