"""The demo's buttons sign in as a persona; outside the demo's sample world they and their address do not exist."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.test import Client

from itoguchi.accounts import actions
from itoguchi.accounts.models import Account
from itoguchi.accounts.sample import PERSONAS

OUTSIDE = """
import django; django.setup()
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory
from django.urls import NoReverseMatch, Resolver404, resolve, reverse
from itoguchi.accounts.views.sign_in import sign_in
try: reverse("accounts:demo_sign_in")
except NoReverseMatch: print("no name")
for path in ("/account/demo-sign-in", "/en/account/demo-sign-in"):
    try: resolve(path)
    except Resolver404: print("no address")
request = RequestFactory().get("/account/sign-in"); request.user = AnonymousUser(); request.session = {}
page = sign_in(request).content
print("form" if b'name="username"' in page else "no form", "buttons" if b'"persona"' in page else "no buttons")
"""
PRODUCTION = {"ITOGUCHI_MODE": "production", "ITOGUCHI_SECRET_KEY": "k" * 60}


@pytest.mark.parametrize("world", [PRODUCTION, PRODUCTION | {"WORLD": "real"}, {"WORLD": "real"}])
def test_outside_the_sample_demo_there_is_neither_address_nor_button(world: dict[str, str]) -> None:
    env = (
        os.environ
        | {"DJANGO_SETTINGS_MODULE": "itoguchi.site.settings", "ITOGUCHI_ALLOWED_HOSTS": "testserver"}
        | world
    )
    done = subprocess.run([sys.executable, "-c", OUTSIDE], env=env, capture_output=True, text=True, check=False)
    assert done.stdout.split("\n")[:4] == ["no name", "no address", "no address", "form no buttons"], done.stderr


@pytest.mark.parametrize(("address", "language"), [("/account/sign-in", "ja"), ("/en/account/sign-in", "en")])
def test_each_persona_has_a_button_that_says_who_and_what(
    client: Client, db: None, address: str, language: str
) -> None:
    page = client.get(address).content.decode()
    assert page.count('name="persona"') == len(PERSONAS) == 10
    for persona in PERSONAS.values():
        assert (persona.name if language == "ja" else persona.name_en) in page


@pytest.mark.parametrize("key", PERSONAS)
def test_a_button_signs_in_as_its_persona(client: Client, officer: Account, key: str) -> None:
    from tests.personas import account_of

    account = account_of(key)
    answer = client.post("/account/demo-sign-in", {"persona": key, "next": "/account/"})
    assert (answer.status_code, answer["Location"]) == (302, "/account/")
    assert client.session["_auth_user_id"] == str(account.pk)


def test_a_button_opens_personas_only(client: Client, officer: Account, coordinator: Account) -> None:
    actions.open_account(sign_in_name="hanako", name="花子", password=None, by=None)
    assert client.post("/account/demo-sign-in", {"persona": "hanako"}).status_code == 404
    assert client.get("/account/demo-sign-in").status_code == 405
    actions.close_account(officer, by=coordinator)
    assert client.post("/account/demo-sign-in", {"persona": "officer"}).status_code == 404


def test_the_sample_loads_twice_and_stays_the_same(db: None) -> None:
    import random
    from datetime import date

    from itoguchi.accounts.models import Membership, Organisation
    from itoguchi.accounts.sample import load_sample

    for _ in range(2):
        load_sample(random.Random(1), date(2026, 11, 23))
        assert (Account.objects.count(), Membership.objects.count(), Organisation.objects.count()) == (10, 10, 4)
    assert {each.valid_from for each in Membership.objects.all()} == {date(2026, 4, 1)}
    assert all(each.name.startswith("見本") for each in [*Account.objects.all(), *Organisation.objects.all()])
    assert not any(each.has_usable_password() for each in Account.objects.all())
