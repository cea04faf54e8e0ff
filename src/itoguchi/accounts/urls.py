"""Addresses of accounts; the demo's sign-in buttons have an address in the demo's sample world only."""

from django.conf import settings
from django.urls import path

from itoguchi.accounts import views

app_name = "accounts"
urlpatterns = [
    path("", views.me, name="me"),
    path("sign-in", views.sign_in, name="sign_in"),
    path("sign-in/second-step", views.second_step, name="second_step"),
    path("sign-in/passkey", views.passkey_sign_in, name="passkey_sign_in"),
    path("sign-in/passkey/question", views.passkey_question, name="passkey_question"),
    path("sign-in/office", views.openid_start, name="openid_start"),
    path("sign-in/office/back", views.openid_back, name="openid_back"),
    path("sign-out", views.sign_out, name="sign_out"),
    path("second-factor", views.second_factor, name="second_factor"),
    path("second-factor/app", views.new_app, name="new_app"),
    path("second-factor/passkey", views.new_passkey, name="new_passkey"),
    path("second-factor/passkey/question", views.new_passkey_question, name="new_passkey_question"),
    path("second-factor/codes", views.recovery_codes, name="recovery_codes"),
    path("second-factor/<int:pk>/remove", views.remove_factor, name="remove_factor"),
    path("second-factor/outside/<int:pk>/remove", views.unlink_outside, name="unlink_outside"),
    path("sessions", views.sessions, name="sessions"),
    path("sessions/end", views.end_sessions, name="end_sessions"),
    path("details", views.details, name="details"),
    path("password", views.password, name="password"),
    path("tokens", views.tokens, name="tokens"),
    path("tokens/<int:pk>/revoke", views.revoke_token, name="revoke_token"),
    path("hand-over", views.hand_over, name="hand_over"),
    path("hand-over/roles/<int:pk>", views.role_duties, name="role_duties"),
    path("hand-over/<int:pk>", views.one_hand_over, name="one_hand_over"),
    path("hand-over/<int:pk>/decide", views.decide_hand_over, name="decide_hand_over"),
    path("hand-over/duties/<int:pk>", views.tick, name="tick"),
    path("approval-rules", views.approval_rules, name="approval_rules"),
    path("approval-rules/<int:pk>", views.end_rule, name="end_rule"),
    path("mails", views.mails, name="mails"),
    path("mails/<int:pk>/resend", views.resend_mail, name="resend_mail"),
    path("people", views.people, name="people"),
    path("people/new", views.new_person, name="new_person"),
    path("people/<str:sign_in_name>", views.person, name="person"),
    path("people/<str:sign_in_name>/change", views.change_person, name="change_person"),
    path("people/<str:sign_in_name>/password", views.new_password, name="new_password"),
    path("people/<str:sign_in_name>/second-factor", views.remove_second_factor, name="remove_second_factor"),
    path("people/<str:sign_in_name>/sessions", views.end_sessions_of, name="end_sessions_of"),
    path("people/<str:sign_in_name>/close", views.close, name="close"),
    path("people/<str:sign_in_name>/reopen", views.reopen, name="reopen"),
    path("memberships/<int:pk>/end", views.end_membership, name="end_membership"),
    path("organisations", views.organisations, name="organisations"),
    path("organisations/new", views.organisation, name="new_organisation"),
    path("organisations/<int:pk>", views.organisation, name="organisation"),
]
if settings.IS_DEMO and settings.IS_SAMPLE_WORLD:
    urlpatterns.append(path("demo-sign-in", views.demo_sign_in, name="demo_sign_in"))
