"""The secretariat's lists find, narrow and count; every page of the room is whole in both languages."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from itoguchi.accounts import actions
from itoguchi.accounts.models import Account, Organisation, Role
from itoguchi.areas.models import Area
from tests.personas import NAMES, account_of

JAPANESE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
# Japanese that English texts quote: the mark on sample records, and how a date may be written.
QUOTED = ("見本", "平成29年3月24日")


@pytest.fixture
def office(client_of: Callable[[str], Client]) -> Client:
    """The secretariat's browser, with every persona on file."""
    for name in NAMES:
        account_of(name)
    return client_of("coordinator")


def found(office: Client, query: str) -> set[str]:
    """Sign-in names in the list."""
    return {account.sign_in_name for account in office.get(f"/account/people?{query}").context["table"].page_rows}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", set(NAMES)),
        ("name=花子", {"officer"}),
        ("name=hanako", {"officer"}),
        ("name=NEIGH", {"neighbour"}),
        ("role=officer", {"officer", "neighbour"}),
        ("role=nonsense", set(NAMES)),
        ("state=closed", set()),
        ("role=bureau&state=open", {"bureau"}),
        ("name=%00", set(NAMES)),
        ("name=%25", set()),
    ],
)
def test_accounts_are_found_by_name_role_and_state(office: Client, query: str, names: set[str]) -> None:
    assert found(office, query) == names


def test_a_role_that_is_over_is_not_listed(office: Client, officer: Account, coordinator: Account) -> None:
    actions.end_membership(officer.terms[0], on=date(2020, 3, 31), by=coordinator)
    assert found(office, "role=officer") == {"neighbour"}
    page = office.get("/account/people?name=花子").content.decode()
    assert "丹波篠山市" not in page


def test_organisations_are_found_by_name_and_kind(office: Client) -> None:
    def names(query: str) -> set[str]:
        return {each.name for each in office.get(f"/account/organisations?{query}").context["table"].page_rows}

    assert names("name=telecom") == {"見本 通信株式会社"}
    assert names("kind=bank") == {"見本 信用金庫"}
    assert len(names("")) == 4


@pytest.mark.parametrize("path", ["/account/people", "/account/organisations"])
def test_lists_ask_the_database_the_same_number_of_times_however_long(
    office: Client, path: str, django_assert_max_num_queries: Any
) -> None:
    town = Area.objects.get(code="282219")
    for number in range(30):
        account = actions.open_account(sign_in_name=f"p{number}", name="x", password=None, by=None)
        company = actions.keep_organisation(Organisation(name=f"会社{number}", kind="company"), by=None)
        today = timezone.localdate()
        actions.grant_membership(account, role=Role.OFFICER, area=town, valid_from=today, by=None)
        actions.grant_membership(account, role=Role.PARTNER, organisation=company, valid_from=today, by=None)
    with django_assert_max_num_queries(6):  # session, account, its roles, count, rows, their roles
        office.get(path)


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
def test_the_list_of_accounts_downloads(office: Client, kind: str) -> None:
    answer = office.get(f"/account/people?format={kind}")
    assert answer.status_code == 200
    assert "attachment" in answer["Content-Disposition"]


def pages() -> list[str]:
    organisation = Organisation.objects.order_by("pk")[0].pk
    return [
        "/account/sign-in",
        "/account/",
        "/account/details",
        "/account/password",
        "/account/people",
        "/account/people?name=zzz",
        "/account/people/new",
        "/account/people/officer",
        "/account/people/officer/change",
        "/account/people/officer/password",
        "/account/organisations",
        "/account/organisations/new",
        f"/account/organisations/{organisation}",
    ]


def has_japanese(text: str) -> bool:
    for quoted in QUOTED:
        text = text.replace(quoted, "")
    return bool(JAPANESE.search(text))


def text_of(page: str) -> str:
    """What is read on a page, without what is marked as Japanese and what people typed."""
    page = re.sub(r"<footer.*?</footer>", "", page, flags=re.S)
    page = re.sub(r"<(\w+)[^>]*\blang=\"ja\"[^>]*>.*?</\1>", "", page, flags=re.S)
    page = re.sub(r"<(del|ins)>.*?</\1>", "", page, flags=re.S)
    return re.sub(r"value=\"[^\"]*\"", "", page)


def test_english_pages_hold_no_japanese(office: Client) -> None:
    """Also the journal's reasons, which were written down in Japanese."""
    office.post("/account/people/officer/close")
    office.post("/account/people/officer/reopen")
    office.get("/account/")  # shows the two messages, which are in the language of the deed
    for path in pages():
        text = text_of(office.get(f"/en{path}").content.decode())
        left = [line.strip() for line in text.splitlines() if has_japanese(line)]
        assert left == [], (path, left)


@pytest.mark.parametrize("language", ["", "/en"])
def test_refused_forms_say_why_in_the_language_of_the_page(office: Client, language: str) -> None:
    for path, data in (
        ("/account/people/new", {"sign_in_name": "new", "name": "", "password": "12345"}),
        ("/account/people/officer", {"role": "officer", "area_code": "280003", "valid_from": "31 February"}),
        ("/account/people/officer", {"role": "officer", "area_code": "280003", "valid_from": "2026-04-01"}),
        ("/account/people/officer", {"role": "bureau", "area_code": "282219", "valid_from": "2026-04-01"}),
        ("/account/people/officer", {"role": "officer", "area_code": "282219", "valid_from": "2026-05-01"}),
        (
            "/account/people/officer",
            {"role": "officer", "area_code": "282235", "valid_from": "2026-05-01", "valid_to": "2026-04-01"},
        ),
        ("/account/organisations/new", {"name": "見本 信用金庫", "kind": "bank", "corporate_number": "123"}),
        ("/account/password", {"old": "x", "new": "y"}),
    ):
        page = office.post(f"{language}{path}", data)
        assert page.status_code == 200, path
        errors = [text for texts in page.context["form"].errors.values() for text in texts]
        assert errors
        for error in errors:
            assert has_japanese(error) is (language == ""), (path, error)


def test_wrong_days_and_codes_are_named(office: Client) -> None:
    page = office.post(
        "/account/people/officer", {"role": "officer", "area_code": "282218", "valid_from": "2026-02-31"}
    )
    assert set(page.context["form"].errors) == {"area_code", "valid_from"}


def test_a_wrong_last_day_is_said_on_the_page(office: Client, officer: Account) -> None:
    membership = officer.terms[0]
    for on in ("2015-01-01", "31 February", ""):
        page = office.post(f"/account/memberships/{membership.pk}/end", {"on": on}, follow=True)
        assert 'class="error"' in page.content.decode()
    membership.refresh_from_db()
    assert membership.valid_to is None


def test_what_people_typed_is_escaped(office: Client, coordinator: Account) -> None:
    bad = '<script>alert("x")</script>'
    actions.open_account(sign_in_name="bad", name=bad, password=None, by=coordinator)
    actions.keep_organisation(Organisation(name=bad, kind="npo"), by=coordinator)
    for path in ("/account/people", "/account/people/bad", "/account/organisations"):
        assert bad not in office.get(path).content.decode()
