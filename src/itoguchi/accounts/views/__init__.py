"""Pages of accounts: sign in and out, my account, and the secretariat's lists of people and organisations."""

from itoguchi.accounts.views.approvals import approval_rules, end_rule
from itoguchi.accounts.views.factors import (
    end_sessions,
    new_app,
    new_passkey,
    new_passkey_question,
    recovery_codes,
    remove_factor,
    second_factor,
    sessions,
    unlink_outside,
)
from itoguchi.accounts.views.hand_over import decide_hand_over, hand_over, one_hand_over, role_duties, tick
from itoguchi.accounts.views.mails import mails, resend_mail
from itoguchi.accounts.views.openid import openid_back, openid_start
from itoguchi.accounts.views.organisations import organisation, organisations
from itoguchi.accounts.views.own import details, me, password
from itoguchi.accounts.views.people import (
    change_person,
    close,
    end_membership,
    end_sessions_of,
    new_password,
    new_person,
    people,
    person,
    remove_second_factor,
    reopen,
)
from itoguchi.accounts.views.sign_in import (
    demo_sign_in,
    passkey_question,
    passkey_sign_in,
    second_step,
    sign_in,
    sign_out,
)
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
    "end_sessions",
    "end_sessions_of",
    "hand_over",
    "mails",
    "me",
    "new_app",
    "new_passkey",
    "new_passkey_question",
    "new_password",
    "new_person",
    "one_hand_over",
    "openid_back",
    "openid_start",
    "organisation",
    "organisations",
    "passkey_question",
    "passkey_sign_in",
    "password",
    "people",
    "person",
    "recovery_codes",
    "remove_factor",
    "remove_second_factor",
    "reopen",
    "resend_mail",
    "revoke_token",
    "role_duties",
    "second_factor",
    "second_step",
    "sessions",
    "sign_in",
    "sign_out",
    "tick",
    "tokens",
    "unlink_outside",
]
