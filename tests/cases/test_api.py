"""The API gives published cases and models alone, with all that their pages say."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.cases.factories import TAMBA, a_case, a_figure, a_model, a_reuse, cost

pytestmark = pytest.mark.django_db


def test_published_cases_and_models_alone() -> None:
    case = a_case(figures=(a_figure(),), costs=(cost(2026, 100),), other_partners="店")
    a_case(is_published=False)
    model = a_model(cases=frozenset({case}))
    a_model("draft", is_published=False)
    a_reuse(model, "282235")
    client = Client()
    found = client.get(f"/api/v1/cases?area={TAMBA}&solution=telework").json()
    assert found["count"] == 1
    [item] = found["items"]
    assert (item["number"], item["area"], item["partners"]) == (case.pk, TAMBA, ["店"])
    assert item["figures"][0]["after"] == "90.000"
    assert item["costs"] == [{"year": 2026, "kind": "equipment", "yen": 100, "note": ""}]
    [item] = client.get("/api/v1/reference-models").json()["items"]
    assert (item["key"], item["using"], item["withdrawn"], item["cases"]) == ("radio", 1, 0, [case.pk])
    assert [each["licence"] for each in item["parts"]] == ["cc-by-4.0", "cc0-1.0"]
    assert client.get("/api/v1/cases.csv").content.decode("utf-8-sig").count("\n") >= 2
    for path in ("cases?area=999999", "cases?solution=x", "reference-models?area=999999"):
        assert client.get(f"/api/v1/{path}").status_code == 404
