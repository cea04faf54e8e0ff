"""The API keeps to its description: generated requests, right and wrong ones, get no failure and no answer of another shape."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, settings

from itoguchi.site.wsgi import application
from tests.api.test_writing import secret_of

pytestmark = pytest.mark.django_db
FILE = Path(__file__).parents[2] / "docs" / "openapi.json"
described = schemathesis.openapi.from_dict(json.loads(FILE.read_text(encoding="utf-8")))
described.app = application
bounded = settings(
    max_examples=5,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def _unlimited(settings: Any) -> Iterator[None]:
    """No limit on requests, and no end of the test's transaction with a request."""
    settings.API_LIMIT = 1_000_000
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.usefixtures("_unlimited")
@(described.exclude(method=["POST", "PUT"]).parametrize())
@bounded
def test_reading_keeps_to_the_description(case: schemathesis.Case) -> None:
    case.call_and_validate(headers={"Accept-Encoding": "identity"})


@pytest.mark.usefixtures("_unlimited")
@pytest.mark.parametrize("persona", ["visitor", "coordinator", "bureau", "officer"])
@(described.include(method=["POST", "PUT"]).parametrize())
@bounded
def test_writing_keeps_to_the_description(case: schemathesis.Case, persona: str) -> None:
    headers = {} if persona == "visitor" else {"Authorization": f"Bearer {secret_of(persona)}"}
    case.call_and_validate(headers=headers)
