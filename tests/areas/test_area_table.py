"""The table of municipalities: each figure with its year, nothing known stands last, files carry all of it."""

from __future__ import annotations

import csv
import io
import re
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from itoguchi.areas.actions import Reading, import_statistics
from itoguchi.areas.models import Area

pytestmark = pytest.mark.django_db


@pytest.fixture
def figures() -> None:
    """Three municipalities with people, one of them in two years; the rest unknown."""
    people = [("282219", 2024, 43_000), ("282219", 2025, 41_490), ("282235", 2020, 61_000), ("011002", 2025, 1_970_000)]
    readings = [
        Reading(Area.objects.get(code=code).pk, "population", year, Decimal(value)) for code, year, value in people
    ]
    import_statistics(readings, name="x.csv", sha256="0" * 64, size=1, rows=4, source="試験", by=None)


def names(page: str) -> list[str]:
    return re.findall(r'<th scope="row"[^>]*><a[^>]*>([^<]+)</a>', page)


def test_the_newest_figure_stands_with_its_year(client: Client, figures: None) -> None:
    page = client.get("/areas/table", {"name": "282219"}).content.decode()
    assert "41,490 <small>2025</small>" in page
    assert "43,000" not in page
    assert page.count("未登録") == 2


@pytest.mark.parametrize(
    ("sort", "first"),
    [("-population", ["札幌市", "丹波市", "丹波篠山市"]), ("population", ["丹波篠山市", "丹波市", "札幌市"])],
)
def test_unknown_figures_stand_last_either_way(client: Client, figures: None, sort: str, first: list[str]) -> None:
    assert names(client.get("/areas/table", {"sort": sort}).content.decode())[:3] == first


def test_the_file_holds_all_rows_and_the_years(client: Client, figures: None) -> None:
    answer: Any = client.get("/areas/table", {"format": "csv"})
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) == 1 + 1741
    place = {label: number for number, label in enumerate(rows[0])}
    (tamba,) = [row for row in rows if row[place["団体コード"]] == "282219"]
    assert (tamba[place["人口"]], tamba[place["人口の年"]]) == ("41490", "2025")


def test_pages_show_where_they_skip(client: Client) -> None:
    page = client.get("/areas/table", {"page": "17"}).content.decode()
    assert re.findall(r'>(\d+|…)<', page[page.index('class="pager"') :]) == [
        "1", "2", "…", "16", "17", "18", "…", "34", "35",
    ]  # fmt: skip


def test_a_prefecture_lists_its_own_and_hands_them_out(client: Client, figures: None) -> None:
    page = client.get("/areas/280003", {"sort": "-population"}).content.decode()
    assert len(names(page)) == 41
    assert names(page)[:2] == ["丹波市", "丹波篠山市"]
    rows = client.get("/areas/280003", {"format": "json"}).json()
    assert len(rows["rows"] if isinstance(rows, dict) else rows) == 41


def test_a_few_queries_however_many_rows(client: Client, django_assert_max_num_queries: Any) -> None:
    for path in ("/areas/table", "/areas/table?sort=-population", "/areas/010006", "/areas/blocks/kyushu"):
        client.get(path)
        with django_assert_max_num_queries(8):
            assert client.get(path).status_code == 200
