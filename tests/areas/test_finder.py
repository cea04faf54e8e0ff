"""Any spelling leads to the area, in one step and few queries."""

from __future__ import annotations

import pytest
from django.test import Client

from itoguchi.areas import queries
from itoguchi.areas.models import Area

pytestmark = pytest.mark.django_db


def titles(text: str) -> list[str]:
    return [entry.title for entry in queries.find_areas(text)]


@pytest.mark.parametrize("text", ["たんば", "タンバ", "ﾀﾝﾊﾞ", "Tamba", "ＴＡＭＢＡ", "丹波", "tanba"])
def test_tamba_offers_both(text: str) -> None:
    assert titles(text)[0] == "丹波市"
    assert "丹波篠山市" in titles(text)


@pytest.mark.parametrize(
    "text",
    [
        "282219",
        "２８２２１９",
        "28221",
        "丹波篠山",
        "たんばささやま",
        "Tambasasayama",
        "兵庫県丹波篠山市",
        "篠山市",
        "ささやまし",
    ],
)
def test_one_that_fits_is_opened_at_once(client: Client, text: str) -> None:
    answer = client.get("/areas/", {"q": text})
    assert (answer.status_code, answer["Location"]) == (302, "/areas/282219")


def test_a_former_name_offers_what_it_became(client: Client) -> None:
    page = client.get("/areas/", {"q": "那珂川町"}).content.decode()
    assert 'href="/areas/402311"' in page
    assert 'href="/areas/094111"' in page
    assert "福岡県" in page
    assert "2018年9月30日まで那珂川町" in page
    assert "栃木県" in page


def test_a_former_code_leads_to_what_the_area_is_today(client: Client) -> None:
    assert client.get("/areas/403059")["Location"] == "/areas/402311"
    assert client.get("/areas/044237")["Location"] == "/areas/042161"
    assert client.get("/en/areas/403059")["Location"] == "/en/areas/402311"


def test_nothing_found_says_what_to_do(client: Client) -> None:
    page = client.get("/areas/", {"q": "どこにもない町"}).content.decode()
    assert "あてはまる自治体がありません" in page
    assert 'href="/areas/table"' in page


@pytest.mark.parametrize("text", ["たんば", "282219", "Tamba", "那珂川町"])
def test_it_takes_fewer_than_six_queries(client: Client, django_assert_max_num_queries: object, text: str) -> None:
    with django_assert_max_num_queries(5):  # type: ignore[operator]
        client.get("/areas/", {"q": text})
    with django_assert_max_num_queries(2):  # type: ignore[operator]
        client.get("/areas/find", {"q": text}, headers={"HX-Request": "true"})


@pytest.mark.parametrize("text", ["%", "_", "\x00", "'; DROP TABLE areas_area;--", "あ" * 5000, "<script>"])
def test_hostile_words_do_no_harm(client: Client, text: str) -> None:
    answer = client.get("/areas/", {"q": text})
    assert answer.status_code == 200
    assert "<script>" not in answer.content.decode().replace("<script ", "")


def test_every_area_is_found_by_code_name_and_kana() -> None:
    for area in Area.objects.order_by("?")[:25]:
        for text in (area.code, area.name, area.kana, area.name_en):
            assert area.code in {entry.key for entry in queries.find_areas(text, limit=100)}, (area, text)
