"""What only shows between transactions: how often the sheet asks once others have read."""

from __future__ import annotations

import random
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from itoguchi.areas import sample
from itoguchi.areas.queries import WEIGHTS, peers_of
from tests.personas import signed_in
from tests.roadmap.factories import put
from tests.support.factories import TAMBA, WORRY, a_need, an_open_scheme

SHEET = f"/first-step?area={TAMBA}"


@pytest.mark.usefixtures("own_database")
def test_a_page_asks_twelve_times_at_most() -> None:
    sample.load_sample(random.Random(1), timezone.localdate())
    near = [each.code for each in peers_of(TAMBA, tuple(sorted(WEIGHTS.items()))).peers]
    put(near[0], "smart-primary-industry", "running", date(2021, 4, 1))
    an_open_scheme("for-areas", "primary-industry", rule={"applicant": ["area"]})
    need = a_need(is_internal=False)
    pages = (
        f"{SHEET}&words={WORRY}",
        f"/first-step?need={need.pk}",
        f"{SHEET}&solution=telework",
        f"/plans/draft?area={TAMBA}&solution=telework",
    )
    for persona in ("visitor", "officer", "coordinator"):
        client = signed_in(persona)
        for page in pages:
            client.get(page)
            with CaptureQueriesContext(connection) as asked:
                assert client.get(page).status_code == 200
            assert len(asked) <= 12, (persona, page, [each["sql"][:90] for each in asked])
