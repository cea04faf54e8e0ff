"""Odd addresses get a page that helps, never an error of the server."""

from __future__ import annotations

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("language", ["", "/en"])
@pytest.mark.parametrize(
    "path",
    [
        "/areas/{}",
        "/areas/{}/history",
        "/areas/blocks/{}",
        "/areas/files/{}",
        "/briefings/{}",
        "/briefings/panels/area/{}",
        "/briefings/panels/block/{}",
        "/meetings/{}",
        "/reports/{}",
        "/reports/{}/figures.json",
        "/figures/{}/prefectures",
        "/figures/2017-03-24/{}",
    ],
)
@pytest.mark.parametrize("odd", ["%00", "282219%00", "%F0%9F%91%BB", "%C3%28", "9" * 400, "-1", "%27%3B--", "..%2F"])
def test_nothing_there(client: Client, path: str, odd: str, language: str) -> None:
    assert client.get(language + path.format(odd)).status_code in {404, 400}


@pytest.mark.parametrize("odd", ["\0", "%", "9" * 5000, "👻", "'; --", "<script>"])
@pytest.mark.parametrize(
    "key", ["q", "name", "sort", "page", "kind", "block", "as_of", "day", "format", "state", "room"]
)
def test_odd_questions(client: Client, key: str, odd: str) -> None:
    for path in ("/", "/areas/", "/areas/table", "/areas/280003", "/areas/map-values", "/briefings/", "/briefings/list",
                 "/meetings/", "/reports/", "/search"):  # fmt: skip
        assert client.get(path, {key: odd}).status_code in {200, 400, 404}
