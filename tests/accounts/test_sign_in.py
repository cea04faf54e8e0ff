"""Signing in and out: tries are limited, nobody learns which names exist, the way back stays on this site."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import connection
from django.test import Client
from django.utils import timezone, translation

from itoguchi.accounts import actions
from itoguchi.accounts.models import Account
from itoguchi.core.models import Throttle

SECRET = "a-long-enough-secret-7"


@pytest.fixture
def hanako(db: None) -> Account:
    return actions.open_account(sign_in_name="Hanako", name="花子", password=SECRET, by=None)


def sign_in(client: Client, name: str, password: str, **more: str) -> object:
    return client.post("/account/sign-in", {"username": name, "password": password, **more})


@pytest.mark.parametrize("name", ["Hanako", "hanako", "HANAKO"])
def test_the_right_password_opens_whatever_the_case_of_the_name(client: Client, hanako: Account, name: str) -> None:
    assert sign_in(client, name, SECRET)["Location"] == "/"  # type: ignore[index]
    assert client.get("/account/").status_code == 200
    client.post("/account/sign-out")
    assert client.get("/account/").status_code == 302


def test_wrong_names_and_wrong_passwords_read_alike(client: Client, hanako: Account) -> None:
    known = sign_in(client, "hanako", "wrong")
    unknown = sign_in(client, "nobody", "wrong")
    words = "ログイン名かパスワードが違います。"
    assert known.status_code == unknown.status_code == 200  # type: ignore[attr-defined]
    assert words in known.content.decode()  # type: ignore[attr-defined]
    assert words in unknown.content.decode()  # type: ignore[attr-defined]


def test_after_five_failing_tries_the_name_waits_in_both_languages(client: Client, hanako: Account) -> None:
    for _ in range(5):
        sign_in(client, "hanako", "wrong")
    answer = sign_in(client, "hanako", SECRET)
    assert answer.status_code == 429  # type: ignore[attr-defined]
    assert int(answer["Retry-After"]) > 0  # type: ignore[index]
    assert "しばらくログインできません" in answer.content.decode()  # type: ignore[attr-defined]
    with translation.override("en"):
        english = client.post("/en/account/sign-in", {"username": "hanako", "password": SECRET})
    assert "Too many failing tries" in english.content.decode()


def test_an_empty_password_does_not_clear_the_count(client: Client, hanako: Account) -> None:
    for _ in range(5):
        sign_in(client, "hanako", "wrong")
        assert sign_in(client, "hanako", "").status_code == 200  # type: ignore[attr-defined]
    assert sign_in(client, "hanako", SECRET).status_code == 429  # type: ignore[attr-defined]


def test_empty_fields_count_as_no_try(client: Client, hanako: Account) -> None:
    for _ in range(9):
        sign_in(client, "hanako", "")
        sign_in(client, "", "wrong")
    assert sign_in(client, "hanako", SECRET).status_code == 302  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["HANAKO", "hanako ", "ｈａｎａｋｏ"])
def test_one_name_written_in_other_ways_has_one_count(client: Client, hanako: Account, name: str) -> None:
    for _ in range(5):
        sign_in(client, name, "wrong")
    assert sign_in(client, "hanako", SECRET).status_code == 429  # type: ignore[attr-defined]


def test_after_the_wait_the_name_may_try_again(client: Client, hanako: Account) -> None:
    for _ in range(6):
        sign_in(client, "hanako", "wrong")
    Throttle.objects.update(until=timezone.now() - timedelta(seconds=1))
    assert sign_in(client, "hanako", SECRET).status_code == 302  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["hanako", "nobody", "closed", "without-password"])
def test_every_name_costs_one_hash(
    client: Client, hanako: Account, coordinator: Account, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The time of an answer does not tell which names exist: PBKDF2 is what takes it."""
    closed = actions.open_account(sign_in_name="closed", name="x", password=SECRET, by=None)
    actions.close_account(closed, by=coordinator)
    actions.open_account(sign_in_name="without-password", name="x", password=None, by=None)
    hashed = []
    encode = PBKDF2PasswordHasher.encode
    monkeypatch.setattr(PBKDF2PasswordHasher, "encode", lambda *a, **k: hashed.append(1) or encode(*a, **k))
    sign_in(client, name, "wrong")
    assert len(hashed) == 1


def test_success_clears_the_count(client: Client, hanako: Account) -> None:
    for _ in range(2):
        for _ in range(4):
            sign_in(client, "hanako", "wrong")
        assert sign_in(client, "hanako", SECRET).status_code == 302  # type: ignore[attr-defined]


def test_one_address_can_not_try_many_names(client: Client, hanako: Account) -> None:
    for number in range(50):
        sign_in(client, f"name-{number}", "wrong")
    assert sign_in(client, "hanako", SECRET).status_code == 429  # type: ignore[attr-defined]


def test_the_way_back_stays_on_this_site(client: Client, hanako: Account) -> None:
    for place in ("https://evil.example/", "//evil.example", "javascript:alert(1)"):
        assert sign_in(client, "hanako", SECRET, next=place)["Location"] == "/"  # type: ignore[index]
    assert sign_in(client, "hanako", SECRET, next="/areas/table")["Location"] == "/areas/table"  # type: ignore[index]


def test_the_session_gets_a_new_key(client: Client, hanako: Account) -> None:
    client.get("/account/sign-in")
    session = client.session
    session["before"] = True
    session.save()
    before = session.session_key
    sign_in(client, "hanako", SECRET)
    assert client.session.session_key != before


def test_closed_accounts_do_not_sign_in(client: Client, hanako: Account, coordinator: Account) -> None:
    actions.close_account(hanako, by=coordinator)
    assert sign_in(client, "hanako", SECRET).status_code == 200  # type: ignore[attr-defined]
    actions.reopen_account(hanako, by=coordinator)
    assert sign_in(client, "hanako", SECRET).status_code == 302  # type: ignore[attr-defined]


def test_many_tries_at_once_do_not_slip_past_the_limit(own_database: None) -> None:
    actions.open_account(sign_in_name="hanako", name="花子", password=SECRET, by=None)
    gate, answers = threading.Barrier(6), []

    def come() -> None:
        gate.wait()
        try:
            for _ in range(3):
                answers.append(sign_in(Client(), "hanako", "wrong").status_code)  # type: ignore[attr-defined]
        finally:
            connection.close()

    threads = [threading.Thread(target=come) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (answers.count(200), answers.count(429)) == (5, 13)
