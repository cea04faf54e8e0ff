"""What people ask of accounts: who is there, in which roles, and what stands in their history."""

from __future__ import annotations

from django.db.models import Count, Prefetch, QuerySet

from itoguchi.accounts.models import Account, Membership, Organisation


def accounts() -> QuerySet[Account]:
    """All accounts with their memberships (2 queries)."""
    memberships = Membership.objects.select_related("area", "block", "organisation")
    return Account.objects.prefetch_related(Prefetch("memberships", queryset=memberships))


def account_named(sign_in_name: str) -> Account | None:
    """The account of a sign-in name, whatever its case."""
    return Account.objects.filter(sign_in_name__iexact=sign_in_name).first()


def memberships_of(account: Account) -> list[Membership]:
    """All memberships, past ones too, newest first (1 query)."""
    return list(account.memberships.select_related("area", "block", "organisation"))


def organisations() -> QuerySet[Organisation]:
    """All organisations with the number of memberships they have or had."""
    return Organisation.objects.annotate(people=Count("memberships"))
