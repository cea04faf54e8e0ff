"""The personas of the product as fixtures: `officer`, `neighbour` … are accounts, `client_of("officer")` is signed in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from django.test import Client

    from itoguchi.accounts.models import Account

NAMES = ["officer", "neighbour", "prefecture", "bureau", "coordinator", "adviser", "partner", "funder"]
SINCE = date(2016, 4, 1)


def account_of(persona: str) -> Account:
    """The account of a persona, opened on first use."""
    from itoguchi.accounts.models import Account
    from itoguchi.accounts.sample import PERSONAS, open_persona

    found = Account.objects.filter(sign_in_name=persona).first()
    return found or open_persona(persona, PERSONAS[persona], since=SINCE)


def _fixture(persona: str) -> Any:
    @pytest.fixture(name=persona)
    def account(db: None) -> Account:
        return account_of(persona)

    return account


officer = _fixture("officer")
neighbour = _fixture("neighbour")
prefecture = _fixture("prefecture")
bureau = _fixture("bureau")
coordinator = _fixture("coordinator")
adviser = _fixture("adviser")
partner = _fixture("partner")
funder = _fixture("funder")


@pytest.fixture
def client_of(db: None) -> Callable[[str], Client]:
    """`client_of("visitor")` is nobody, any other persona is signed in."""
    from django.test import Client

    def client(persona: str) -> Client:
        made = Client()
        if persona != "visitor":
            made.force_login(account_of(persona))
        return made

    return client
