"""Organisations are kept once, with a corporate number that is right."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client

from itoguchi.accounts import actions
from itoguchi.accounts.models import Organisation

NUMBER = "7000012050002"


def test_the_secretariat_adds_and_changes_an_organisation(client_of: Callable[[str], Client]) -> None:
    office = client_of("coordinator")
    new = {"name": "まちの会", "name_en": "Town Group", "kind": "citizens", "corporate_number": ""}
    assert office.post("/account/organisations/new", new).status_code == 302
    kept = Organisation.objects.get(name="まちの会")
    assert office.post(f"/account/organisations/{kept.pk}", new | {"kind": "npo"}).status_code == 302
    kept.refresh_from_db()
    assert kept.kind == "npo"
    page = office.get(f"/account/organisations/{kept.pk}").content.decode()
    assert "citizens" in page
    assert "npo" in page


@pytest.mark.django_db
@pytest.mark.parametrize(
    "number", ["1000012050002", "1234567890123", "123", "７００００１２０５０００２", "700001205000x"]
)
def test_a_wrong_corporate_number_is_refused(number: str) -> None:
    with pytest.raises(ValidationError, match="13桁"):
        actions.keep_organisation(Organisation(name="x", kind="npo", corporate_number=number), by=None)


@pytest.mark.django_db
def test_name_and_number_stand_for_one_organisation() -> None:
    actions.keep_organisation(Organisation(name="国税庁", kind="ministry", corporate_number=NUMBER), by=None)
    with pytest.raises(ValidationError, match="法人番号の組織"):
        actions.keep_organisation(Organisation(name="別", kind="npo", corporate_number=NUMBER), by=None)
    with pytest.raises(ValidationError) as refused:
        actions.keep_organisation(Organisation(name="国税庁", kind="npo"), by=None)
    assert "name" in refused.value.error_dict
    for name in ("番号なし", "番号なし2"):
        actions.keep_organisation(Organisation(name=name, kind="npo"), by=None)


def test_of_two_who_add_the_same_at_once_one_reads_why_not(own_database: None) -> None:
    gate, outcomes = threading.Barrier(2), []

    def come() -> None:
        gate.wait()
        try:
            actions.keep_organisation(Organisation(name="同じ", kind="npo"), by=None)
            outcomes.append("kept")
        except ValidationError:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=come) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["kept", "refused"]
