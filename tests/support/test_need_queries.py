"""How many queries the pages of needs ask, outside a transaction, where what is remembered counts."""

from __future__ import annotations

from typing import Any

from tests.personas import signed_in
from tests.support.factories import TAMBA, a_need, an_open_scheme

HTMX = {"HX-Request": "true"}


def test_pages_ask_at_most_twelve_queries_however_many_there_are(
    own_database: None, django_assert_max_num_queries: Any
) -> None:
    an_open_scheme("health", "health", rule={"kind": ["city"]})
    need = a_need(field="health", solutions=["telework"])
    for number in range(60):
        a_need("282227" if number % 2 else TAMBA, field="health", is_internal=bool(number % 3))
    client = signed_in("bureau")
    for address in (
        f"/needs/{need.pk}",
        "/needs/",
        "/needs/unmet",
        f"/areas/{TAMBA}/needs/new",
        f"/needs/{need.pk}/merge",
    ):
        client.get(address)  # what is remembered while the records are the same
        with django_assert_max_num_queries(12):
            assert client.get(address).status_code == 200
    for address in (f"/needs/{need.pk}/peers", f"/areas/{TAMBA}/needs"):
        client.get(address, headers=HTMX)
        with django_assert_max_num_queries(9):  # 3 of them say who asks
            assert client.get(address, headers=HTMX).status_code == 200
