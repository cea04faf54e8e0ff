"""What people ask of accounts: who is there, in which roles, and what stands in their history."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from copy import copy
from dataclasses import replace
from datetime import date
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from itoguchi.accounts.access import can_decide_hand_over, can_keep_rule, memberships_of
from itoguchi.accounts.models import (
    OUTWARD_ROLES,
    RIGHTS,
    Account,
    ApiToken,
    ApprovalRule,
    HandOver,
    Membership,
    Organisation,
)
from itoguchi.core.duties import Duty
from itoguchi.core.journal import Change, history_of
from itoguchi.core.matters import Matter
from itoguchi.core.models import Approval
from itoguchi.core.wording import say


def memberships_on(day: date) -> QuerySet[Membership]:
    """Memberships of all accounts that stand on a day, with what they are for."""
    return Membership.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gte=day), valid_from__lte=day
    ).select_related("area", "block", "organisation")


def accounts(day: date) -> QuerySet[Account]:
    """All accounts, each with `roles`, its memberships of that day (2 queries)."""
    return Account.objects.prefetch_related(Prefetch("memberships", queryset=memberships_on(day), to_attr="roles"))


def accounts_like(rows: QuerySet[Account], words: str) -> QuerySet[Account]:
    """Those whose name in either language, sign-in name or e-mail holds the words."""
    return rows.filter(
        Q(name__icontains=words)
        | Q(name_en__icontains=words)
        | Q(sign_in_name__icontains=words)
        | Q(email__icontains=words)
    )


def account_named(sign_in_name: str) -> Account | None:
    """The account of a sign-in name, whatever its case."""
    return Account.objects.filter(sign_in_name__iexact=sign_in_name).first()


def organisations() -> QuerySet[Organisation]:
    """All organisations with the number of memberships they have or had."""
    return Organisation.objects.annotate(people=Count("memberships"))


def history_of_account(account: Account) -> list[Change]:
    """What happened to the account and to its roles, newest first (2 queries, 2 more for each role)."""
    found: list[Change] = []
    for each in account.terms:
        found += [replace(change, what=f"{change.what} {each}") for change in history_of(each)]
    found += history_of(account)  # last, so that of things done at once the opening is the oldest
    return in_language_of_page(sorted(found, key=lambda change: change.at, reverse=True))


def history_of_organisation(organisation: Organisation) -> list[Change]:
    """What happened to the organisation, newest first (2 queries)."""
    return in_language_of_page(history_of(organisation))


def in_language_of_page(changes: list[Change]) -> list[Change]:
    """The reasons that `actions` writes down are kept in Japanese and read in the language of the page."""
    return [replace(change, why=gettext(change.why) if change.why else "") for change in changes]


END_RULE = "end_approval_rule"


def colleagues(office: dict[str, Any], day: date) -> QuerySet[Membership]:
    """Who works in an office on a day, with an account that is open."""
    return memberships_on(day).filter(**office, account__is_active=True)


def offices(user: Account, day: date) -> list[Membership]:
    """One membership for each office that publishes and whose rule the user may keep (1 query)."""
    of_office: dict[tuple[Any, ...], Membership] = {}
    for each in memberships_on(day).filter(role__in=OUTWARD_ROLES, account__is_active=True):
        if can_keep_rule(user, each):
            of_office.setdefault(tuple(each.office.values()), each)
    return list(of_office.values())


def open_rules(user: Account) -> list[tuple[ApprovalRule, Approval | None]]:
    """Rules without an end that the user may keep, each with the request to end it that waits (2 queries)."""
    rows = ApprovalRule.objects.filter(until=None).select_related("area", "block", "organisation")
    found = [each for each in rows if can_keep_rule(user, each)]
    asked = Approval.objects.filter(
        deed=END_RULE, state=Approval.State.DRAFTED, subject__in=[each.address for each in found]
    )
    waiting = {each.subject: each for each in asked.select_related("drafter")}
    return [(each, waiting.get(each.address)) for each in found]


def reachable(day: date, roles: Iterable[str] = RIGHTS) -> list[Account]:
    """Who has such a role on a day (one with rights) and an address for notices, all roles at hand (2 queries)."""
    held = memberships_on(day).filter(role__in=list(roles)).values("account")
    found = Account.objects.filter(pk__in=held, is_active=True).exclude(email="").prefetch_related("memberships")
    return list(found)


def matter_of(approval: Approval) -> Matter | None:
    """The end of a rule is decided by who may keep it."""
    if approval.deed != END_RULE:
        return None
    rule = ApprovalRule.objects.select_related("area", "block", "organisation").get(
        pk=approval.subject.rpartition("/")[2]
    )
    able = [each for each in reachable(timezone.localdate()) if can_keep_rule(each, rule)]
    return Matter(say(_("承認の決まり（%(office)s）をやめる"), office=rule), able)


def hand_overs() -> QuerySet[HandOver]:
    """All hand-overs, newest first, with whose and for whom (1 query)."""
    return HandOver.objects.select_related(
        "membership__account", "membership__area", "membership__block", "membership__organisation",
        "successor", "decided_by",
    )  # fmt: skip


def hand_overs_of(account: Account) -> list[HandOver]:
    """Those between the account and somebody else, newest first (1 query)."""
    return list(hand_overs().filter(Q(membership__account=account) | Q(successor=account)))


def hand_overs_around(account: Account) -> tuple[list[HandOver], list[HandOver]]:
    """Proposals that the account may decide, and those between it and somebody else, newest first (1 query)."""
    is_proposed, is_own = Q(state=HandOver.State.PROPOSED), Q(membership__account=account) | Q(successor=account)
    found = list(hand_overs().filter(is_proposed | is_own))
    waiting = [each for each in found if each.state == HandOver.State.PROPOSED and can_decide_hand_over(account, each)]
    return waiting, [each for each in found if account.pk in (each.membership.account_id, each.successor_id)]


def predecessors_of(account: Account, day: date) -> set[int]:
    """Keys of those whose duties the account has taken over, while it holds the role itself (1 query)."""
    held = [(each.role, each.office) for each in memberships_of(account, day)]
    taken = HandOver.objects.filter(state=HandOver.State.ACCEPTED, successor=account, last_day__lt=day)
    return {
        each.membership.account_id
        for each in taken.select_related("membership")
        if (each.membership.role, each.membership.office) in held
    }


def acting_for(membership: Membership) -> Account:
    """Who holds the membership, with the rights of it alone: what somebody would see in this one role."""
    account = copy(membership.account)
    account._roles = [membership]
    return account


def duties(membership: Membership, day: date) -> list[Duty]:
    """Keys of programs end with the role: the successor makes new ones (1 query)."""
    good = ApiToken.objects.filter(membership=membership, revoked_at=None, last_day__gte=day)
    step = _("後任の方が自分の鍵を作り、プログラムの鍵を取り替える")
    return [Duty(_("APIの鍵"), each.name, "/account/tokens", step, each.last_day) for each in good]


def digest_of(secret: str) -> str:
    """What is kept of a key's secret: it is long and random, so that one hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def tokens_of(account: Account) -> QuerySet[ApiToken]:
    """The keys of an account, newest first, with what they are for."""
    return ApiToken.objects.filter(membership__account=account).select_related(
        "membership__account", "membership__area", "membership__block", "membership__organisation"
    )


def tokens_seen_by(account: Account) -> QuerySet[ApiToken]:
    """One's own keys, or everybody's for those who keep accounts."""
    return (
        tokens_of(account)
        if not account.has_perm("accounts.manage")
        else ApiToken.objects.select_related("membership__account")
    )


def holder_of(secret: str, day: date) -> tuple[Account, ApiToken] | None:
    """Who writes with a key on a day, with the rights of that one membership alone; None when it opens nothing (1 query)."""
    found = ApiToken.objects.select_related("membership__account").filter(digest=digest_of(secret)).first()
    if found is None or not found.is_good_on(day) or not found.membership.account.is_active:
        return None
    return acting_for(found.membership), found  # a key never does more than its membership
