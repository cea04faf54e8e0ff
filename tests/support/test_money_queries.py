"""How many queries the pages of money and dates ask, outside a transaction, where what is remembered counts."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.personas import signed_in
from tests.support.factories import a_need
from tests.support.test_money_pages import CALENDAR, COST, COUNCIL, SHEET, a_scheme


@pytest.mark.usefixtures("own_database")
def test_pages_ask_at_most_twelve_queries() -> None:
    scheme = a_scheme()
    for number in range(8):
        a_scheme(f"more-{number}")
    need = a_need(field="health", solutions=["telework"], is_internal=False)
    pages = (
        f"/money?{COST}&need={need.pk}", f"/money?{COST}&scheme={scheme.pk}&scheme=more-1", "/money", f"{SHEET}?{COST}&need={need.pk}",
        f"{CALENDAR}?scheme={scheme.pk}", COUNCIL, f"/schemes/{scheme.pk}", f"/needs/{need.pk}",
    )  # fmt: skip
    for name in ("officer", "coordinator"):
        client, asked = signed_in(name), dict[str, int]()
        for address in pages:
            assert client.get(address).status_code == 200
            with CaptureQueriesContext(connection) as queries:
                client.get(address)
            asked[address] = len(queries)

        assert {address: number for address, number in asked.items() if number > 12} == {}, asked
