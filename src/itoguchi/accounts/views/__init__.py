"""Pages of accounts: sign in and out, my account, and the secretariat's lists of people and organisations."""

from itoguchi.accounts.views.approvals import approval_rules, end_rule
from itoguchi.accounts.views.hand_over import decide_hand_over, hand_over, one_hand_over, tick
from itoguchi.accounts.views.organisations import organisation, organisations
from itoguchi.accounts.views.own import details, me, password
from itoguchi.accounts.views.people import (
    change_person,
    close,
    end_membership,
    new_password,
    new_person,
    people,
    person,
    reopen,
)
from itoguchi.accounts.views.sign_in import demo_sign_in, sign_in, sign_out
from itoguchi.accounts.views.tokens import revoke_token, tokens

__all__ = [
    "approval_rules",
    "change_person",
    "close",
    "decide_hand_over",
    "demo_sign_in",
    "details",
    "end_membership",
    "end_rule",
    "hand_over",
    "me",
    "new_password",
    "new_person",
    "one_hand_over",
    "organisation",
    "organisations",
    "password",
    "people",
    "person",
    "reopen",
    "revoke_token",
    "sign_in",
    "sign_out",
    "tick",
    "tokens",
]
