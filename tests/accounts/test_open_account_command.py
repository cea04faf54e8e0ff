"""The command that brings the first of the secretariat in: whole, or nothing with the reason."""

from __future__ import annotations

import io
import sys
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from itoguchi.accounts import access
from itoguchi.accounts.models import Account, Organisation
from itoguchi.accounts.queries import history_of_account

SECRET = "a-long-enough-secret-7"
FIRST = ["first", "--name=最初の人", "--role=coordinator", "--organisation=総務省", "--kind=ministry"]

pytestmark = pytest.mark.django_db


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str, password: str = SECRET) -> str:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{password}\n"))
    out = io.StringIO()
    call_command("open_account", *arguments, "--password-stdin", stdout=out)
    return out.getvalue()


def test_the_first_of_the_secretariat_comes_in(monkeypatch: pytest.MonkeyPatch, client: Client) -> None:
    assert "opened" in run(monkeypatch, *FIRST)
    account = Account.objects.get(sign_in_name="first")
    assert access.can_manage_accounts(account)
    assert client.post("/account/sign-in", {"username": "first", "password": SECRET}).status_code == 302
    assert client.get("/account/people").status_code == 200
    assert {change.door for change in history_of_account(account)} == {"command"}


@pytest.mark.parametrize(
    ("arguments", "password"),
    [
        ([*FIRST[:3], "--organisation=総務省"], SECRET),
        ([*FIRST[:3], "--organisation=会社", "--kind=company"], SECRET),
        (FIRST, "short"),
        ([*FIRST, "--from=2026-02-31"], SECRET),
        ([*FIRST, "--from=2026-04-01", "--until=2025-04-01"], SECRET),
        (["first", "--name=x", "--role=officer", "--area=282218"], SECRET),
        (["first", "--name=x", "--role=officer", "--area=280003"], SECRET),
        (["first", "--name=x", "--role=bureau", "--block=nowhere"], SECRET),
    ],
)
def test_what_does_not_fit_writes_nothing(monkeypatch: pytest.MonkeyPatch, arguments: list[str], password: str) -> None:
    with pytest.raises(CommandError):
        run(monkeypatch, *arguments, password=password)
    assert not Account.objects.exists()
    assert not Organisation.objects.exists()


def test_a_dry_run_writes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "nothing written" in run(monkeypatch, *FIRST, "--dry-run")
    assert not Account.objects.exists()


def test_the_password_is_asked_for_without_being_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("itoguchi.accounts.management.commands.open_account.getpass", lambda *_: SECRET)
    arguments: list[Any] = ["first", "--name=x", "--role=officer", "--area=282219", "--from=令和8年4月1日"]
    call_command("open_account", *arguments, stdout=io.StringIO())
    assert Account.objects.get(sign_in_name="first").check_password(SECRET)
