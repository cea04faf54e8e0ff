"""How many queries the pages of needs ask, outside a transaction, where what is remembered counts."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.personas import signed_in
from tests.support.factories import TAMBA, a_need, an_open_scheme

MOST_ON_WATCH = 12
HTMX = {"HX-Request": "true"}


@pytest.mark.usefixtures("own_database")
def test_pages_ask_at_most_twelve_queries_however_many_there_are() -> None:
    for number in range(12):
        an_open_scheme(f"health-{number}", "health", rule={"all": [{"prefecture": ["280003"]}, {"kind": ["city"]}]})
    need = a_need(field="health", solutions=["telework"])
    for number in range(60):
        a_need("282227" if number % 2 else TAMBA, field="health", is_internal=bool(number % 3))
    page, asked = f"/needs/{need.pk}", dict[str, int]()
    pages: list[tuple[str, Any]] = [
        (each, {})
        for each in (
            page,
            "/needs/",
            "/needs/unmet",
            "/needs/unmet?field=health",
            "/needs/unmet?by=prefecture",
            "/schemes/?link=dead",
            f"/areas/{TAMBA}/needs/new",
            f"{page}/merge",
        )
    ]
    for persona in ("bureau", "coordinator"):
        client = signed_in(persona)
        for address, headers in [*pages, (f"{page}/peers", HTMX), (f"/areas/{TAMBA}/needs", HTMX)]:
            assert client.get(address, headers=headers).status_code == 200  # remembered while the records are the same
            with CaptureQueriesContext(connection) as queries:
                client.get(address, headers=headers)
            # A panel has 6, and 3 that say who asks.
            if len(queries) > (9 if headers else 12):
                asked[f"{persona} {address}"] = len(queries)
    assert asked == {}


@pytest.mark.usefixtures("own_database")
def test_the_page_of_what_to_look_at_asks_no_more_the_more_moves() -> None:
    def asked() -> int:
        client = signed_in("officer")
        client.get("/follow-up/watch")
        with CaptureQueriesContext(connection) as queries:
            page = client.get("/follow-up/watch").content.decode()
        assert "試験の支援 health-0" in page
        return len(queries)

    an_open_scheme("health-0", "health")
    a_need(field="health", solutions=["telework"])
    few = asked()
    for number in range(1, 12):
        an_open_scheme(f"health-{number}", "health")
        a_need(field="health", solutions=["telework"])
    assert asked() == few <= MOST_ON_WATCH
