"""Accounts are opened, changed, given a new password, closed; the journal keeps by whom, never a password."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.utils import timezone

from itoguchi.accounts import actions
from itoguchi.accounts.models import Account
from itoguchi.accounts.queries import history_of_account

SECRET, OTHER = "a-long-enough-secret-7", "another-long-secret-8"


@pytest.fixture
def hanako(db: None) -> Account:
    return actions.open_account(sign_in_name="Hanako", name="花子", password=SECRET, by=None)


@pytest.fixture
def office(client_of: Callable[[str], Client]) -> Client:
    """The secretariat's browser."""
    return client_of("coordinator")


def is_out(client: Client) -> bool:
    """Whether the session has ended; a POST, since Django deletes what is left of it."""
    return "/account/sign-in" in client.post("/account/details")["Location"]


def test_the_secretariat_opens_an_account_and_gives_it_a_role(office: Client) -> None:
    new = {"sign_in_name": "taro", "name": "太郎", "email": "t@example.jp", "language": "ja", "password": SECRET}
    assert office.post("/account/people/new", new)["Location"] == "/account/people/taro"
    role = {"role": "officer", "area_code": "２８２２１９", "valid_from": "令和8年4月1日"}
    assert office.post("/account/people/taro", role).status_code == 302
    account = Account.objects.get(sign_in_name="taro")
    assert account.check_password(SECRET)
    assert [str(term.area) for term in account.terms] == ["丹波篠山市"]
    page = office.get("/account/people/taro").content.decode()
    assert "登録 市区町村の担当者 丹波篠山市" in page
    assert "見本 五月" in page


@pytest.mark.parametrize("name", ["new", "New", ".", "..", "a b", "太郎", "-x", "abc\n", "a/b", ""])
def test_a_sign_in_name_that_no_address_can_carry_is_refused(db: None, name: str) -> None:
    with pytest.raises(ValidationError) as refused:
        actions.open_account(sign_in_name=name, name="x", password=None, by=None)
    assert "sign_in_name" in refused.value.error_dict


def test_errors_stand_at_their_fields(office: Client, hanako: Account) -> None:
    new = {"sign_in_name": "HANAKO", "name": "別人", "language": "ja", "password": SECRET}
    page = office.post("/account/people/new", new)
    assert page.status_code == 200
    assert "このログイン名は使われています。" in page.content.decode()
    page = office.post("/account/people/new", new | {"sign_in_name": "jiro", "password": "short"})
    assert "password" in page.context["form"].errors
    assert SECRET not in page.content.decode()
    assert not Account.objects.filter(sign_in_name="jiro").exists()


def test_two_who_open_the_same_name_at_once_get_one_account_and_one_reason(own_database: None) -> None:
    gate, outcomes = threading.Barrier(2), []

    def come(name: str) -> None:
        gate.wait()
        try:
            actions.open_account(sign_in_name=name, name="x", password=None, by=None)
            outcomes.append("opened")
        except ValidationError as refused:
            outcomes.append(refused.messages[0])
        finally:
            connection.close()

    threads = [threading.Thread(target=come, args=(name,)) for name in ("taro", "TARO")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["opened", "このログイン名は使われています。"]


def test_people_change_their_own_details_only(client: Client, hanako: Account) -> None:
    client.force_login(hanako)
    asked = {"email": "h@example.jp", "language": "en", "name": "別人", "is_active": ""}
    assert client.post("/account/details", asked)["Location"] == "/account/"
    hanako.refresh_from_db()
    assert (hanako.email, hanako.language, hanako.name, hanako.is_active) == ("h@example.jp", "en", "花子", True)
    assert client.post("/account/details", {"email": "no mail", "language": "ja"}).status_code == 200
    assert client.post("/account/details", {"email": "", "language": "fr"}).status_code == 200


def test_the_secretariat_corrects_a_name(office: Client, hanako: Account) -> None:
    asked = {"name": "華子", "name_en": "Hanako", "email": "", "language": "ja"}
    assert office.post("/account/people/Hanako/change", asked).status_code == 302
    hanako.refresh_from_db()
    assert hanako.name == "華子"
    assert history_of_account(hanako)[0].why == "アカウントの変更"


def test_nothing_else_of_an_account_is_changed_that_way(hanako: Account, coordinator: Account) -> None:
    with pytest.raises(TypeError, match="is_active"):
        actions.change_account(hanako, by=coordinator, is_active="")


def test_a_password_is_changed_with_the_old_one(client: Client, hanako: Account) -> None:
    client.force_login(hanako)
    elsewhere = Client()
    elsewhere.force_login(hanako)
    assert client.post("/account/password", {"old": "wrong", "new": OTHER}).status_code == 200
    refused = client.post("/account/password", {"old": SECRET, "new": "short"})
    assert "new" in refused.context["form"].errors
    assert client.post("/account/password", {"old": SECRET, "new": OTHER}).status_code == 302
    assert client.get("/account/").status_code == 200
    assert is_out(elsewhere), "other sessions end"
    hanako.refresh_from_db()
    assert hanako.check_password(OTHER)


def test_the_secretariat_gives_a_new_password_for_a_forgotten_one(office: Client, hanako: Account) -> None:
    stolen = Client()
    stolen.force_login(hanako)
    assert office.post("/account/people/Hanako/password", {"password": "short"}).status_code == 200
    assert office.post("/account/people/Hanako/password", {"password": OTHER}).status_code == 302
    assert is_out(stolen)
    hanako.refresh_from_db()
    assert hanako.check_password(OTHER)


def test_one_does_not_get_past_the_old_password_by_giving_oneself_a_new_one(office: Client) -> None:
    answer = office.post("/account/people/coordinator/password", {"password": OTHER})
    assert answer["Location"] == "/account/password"
    assert not Account.objects.get(sign_in_name="coordinator").has_usable_password()


def test_the_journal_keeps_who_changed_a_password_and_when_but_no_password(
    hanako: Account, coordinator: Account
) -> None:
    actions.change_password(hanako, OTHER, at=timezone.now(), by=coordinator)
    newest = history_of_account(hanako)[0]
    assert (newest.who, newest.why) == (str(coordinator), "事務局による新しいパスワードの発行")
    assert [field.label for field in newest.fields] == ["パスワードを変えた時"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(event::text, '') FROM accounts_accountevent AS event")
        assert "pbkdf2" not in cursor.fetchone()[0]
        cursor.execute("SELECT string_agg(metadata::text, '') FROM pghistory_context")
        assert OTHER not in cursor.fetchone()[0]


def test_the_secretariat_closes_and_reopens_an_account(office: Client, hanako: Account) -> None:
    inside = Client()
    inside.force_login(hanako)
    office.post("/account/people/Hanako/close")
    assert inside.get("/account/").status_code == 302
    office.post("/account/people/Hanako/reopen")
    assert Client().post("/account/sign-in", {"username": "Hanako", "password": SECRET}).status_code == 302
    assert [change.why for change in history_of_account(hanako)] == [
        "アカウントの再開",
        "アカウントの閉鎖",
        "アカウントの開設",
    ]


def test_the_secretariat_does_not_close_its_own_account(office: Client) -> None:
    page = office.post("/account/people/coordinator/close", follow=True)
    assert "自分のアカウントは閉じられません" in page.content.decode()
    assert Account.objects.get(sign_in_name="coordinator").is_active
