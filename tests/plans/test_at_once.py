"""What only shows between transactions: how often the sheet asks once others have read."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from itoguchi.areas import sample
from itoguchi.areas.queries import WEIGHTS, peers_of
from itoguchi.roadmap.models import Field
from itoguchi.support.actions import SchemeFacts, keep_scheme
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


@pytest.mark.usefixtures("own_database")
def test_a_new_question_asks_twelve_times_at_most_though_needs_were_written_since() -> None:
    sample.load_sample(random.Random(1), timezone.localdate())
    an_open_scheme("for-areas", "primary-industry", rule={"applicant": ["area"]})
    cost = "cost_kind=equipment&cost_year=2030&cost_yen=5000000"
    client = signed_in("officer")
    for page in ("/first-step?area={}&words=" + WORRY + f"&{cost}", "/plans/draft?area={}&solution=telework&" + cost):
        client.get(page.format(TAMBA))
        for code in ("202011", "012025"):
            a_need(code)
            with CaptureQueriesContext(connection) as asked:
                assert client.get(page.format(code)).status_code == 200
            assert len(asked) <= 12, (page, [each["sql"][:90] for each in asked])


@pytest.mark.usefixtures("own_database")
def test_a_scheme_is_on_the_sheet_and_off_it_as_soon_as_it_is_kept() -> None:
    def names() -> str:
        return signed_in("visitor").get(f"{SHEET}&words={WORRY}").content.decode()

    assert "試験の支援 fresh" not in names()
    scheme = an_open_scheme("fresh", "primary-industry", rule={"applicant": ["area"]})
    assert "試験の支援 fresh" in names()
    facts = SchemeFacts(name=str(scheme), kind=scheme.kind, provider="試験省", source="試験", rule=scheme.rule)
    keep_scheme("fresh", replace(facts, fields=frozenset(Field.objects.filter(key="health"))), by=None)
    assert "試験の支援 fresh" not in names()
