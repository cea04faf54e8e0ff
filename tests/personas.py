"""The personas of the product as fixtures: `officer`, `neighbour` … are accounts, `client_of("officer")` is signed in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from django.test import Client

    from itoguchi.accounts.models import Account

NAMES = ["officer", "neighbour", "prefecture", "bureau", "coordinator", "adviser", "partner", "funder"]
PERSONAS = ["visitor", *NAMES]
WITH_SECOND_PERSONS = [*PERSONAS, "chief", "approver"]  # who decide on what the officer and the coordinator drafted
SINCE = date(2016, 4, 1)


def account_of(persona: str) -> Account:
    """The account of a persona, opened on first use."""
    from itoguchi.accounts import sample
    from itoguchi.accounts.models import Account

    found = Account.objects.filter(sign_in_name=persona).first()
    return found or sample.open_persona(persona, sample.PERSONAS[persona], since=SINCE)


def _fixture(persona: str) -> Any:
    @pytest.fixture(name=persona)
    def account(db: None) -> Account:
        return account_of(persona)

    return account


officer = _fixture("officer")
chief = _fixture("chief")
neighbour = _fixture("neighbour")
prefecture = _fixture("prefecture")
bureau = _fixture("bureau")
coordinator = _fixture("coordinator")
approver = _fixture("approver")
adviser = _fixture("adviser")
partner = _fixture("partner")
funder = _fixture("funder")


@pytest.fixture(autouse=True)
def _no_language_stays_behind() -> Iterator[None]:
    """A request to an English page leaves its thread speaking English; the next test begins in Japanese."""
    yield
    from django.utils import translation

    translation.deactivate()


def signed_in(persona: str) -> Client:
    """A browser of a persona; "visitor" is nobody."""
    from django.test import Client
    from django.utils import timezone

    from itoguchi.accounts.sessions import BEGUN

    made = Client()
    if persona != "visitor":
        made.force_login(account_of(persona))
        session = made.session
        session[BEGUN] = timezone.now().isoformat()
        session.save()
    return made


@pytest.fixture
def client_of(db: None) -> Callable[[str], Client]:
    """`client_of("visitor")` is nobody, any other persona is signed in."""
    return signed_in
