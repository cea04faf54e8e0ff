"""Pages of briefings: few queries, clear refusals, both languages."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

pytestmark = pytest.mark.django_db

PAGES = [
    "/briefings/",
    "/briefings/?as_of=2017-03-24",
    "/briefings/?as_of=2016-01-01",
    "/briefings/list",
    "/briefings/2017-01-26-okinawa",
    "/briefings/2017-02-20-nationwide",
    "/briefings/panels/area/282219",
    "/briefings/panels/area/010006",
    "/briefings/panels/block/kinki",
]
JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")


class EnglishText(HTMLParser):
    """What is left of a page without everything marked as Japanese and without the reasons that people wrote."""

    VOID = frozenset({"br", "img", "input", "link", "meta", "hr", "path", "rect"})

    def __init__(self) -> None:
        super().__init__()
        self.left: list[str] = []
        self.open: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        is_other = given.get("lang") == "ja" or given.get("class") == "history"
        self.left += [str(value) for name, value in attrs if name not in {"value", "lang"} and not is_other]
        if tag not in self.VOID:
            self.open.append(is_other or bool(self.open and self.open[-1]))

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if not (self.open and self.open[-1]):
            self.left.append(data.strip())


def japanese_left(html: str) -> list[str]:
    """Japanese words in text and attributes of an English page that nothing marks as Japanese."""
    parser = EnglishText()
    parser.feed(html)
    return [words for words in parser.left if JAPANESE.search(words)]


def main_of(html: str) -> str:
    return html[html.index("<main") : html.index("</main>") + len("</main>")]


@pytest.mark.parametrize("path", PAGES)
def test_pages_ask_few_times(client: Client, path: str, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_max_num_queries(6 if "panels" in path else 12):
        assert client.get(path).status_code == 200


@pytest.mark.parametrize("path", PAGES)
def test_english_pages_are_english(client: Client, path: str) -> None:
    assert japanese_left(main_of(client.get(f"/en{path}").content.decode())) == []


def test_a_panel_is_a_fragment_for_htmx_and_a_page_for_others(client: Client) -> None:
    assert b"<html" in client.get("/briefings/panels/area/282219").content
    fragment = client.get("/briefings/panels/area/282219", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment
    assert "近畿地域ICT利活用セミナー" in fragment
    assert client.get("/briefings/panels/area/999999").status_code == 404
    assert client.get("/briefings/panels/block/nowhere").status_code == 404


def test_panels_are_offered_to_areas_and_blocks(client: Client) -> None:
    assert b'hx-get="/briefings/panels/area/282219"' in client.get("/areas/282219").content
    assert b'hx-get="/briefings/panels/block/kinki"' in client.get("/areas/blocks/kinki").content


@pytest.mark.parametrize(
    ("day", "words"), [("2017-02-31", "日という日はありません"), ("きのう", "日付として読めません")]
)
def test_a_day_that_does_not_exist_is_refused_with_its_cure(client: Client, day: str, words: str) -> None:
    answer = client.get("/briefings/", {"as_of": day})
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert client.get("/en/briefings/", {"as_of": day}).status_code == 400


def test_eras_are_read(client: Client) -> None:
    text = client.get("/briefings/", {"as_of": "平成29年2月1日"}).content.decode()
    assert 'value="2017-02-01"' in text


def test_the_page_shows_where_the_document_contradicts_itself(client: Client) -> None:
    text = client.get("/briefings/").content.decode()
    assert "1月24日以降" in text
    assert "本年1月20日より" in text


@pytest.mark.parametrize(
    ("query", "count"),
    [("layer=nationwide", 3), ("layer=prefecture", 19), ("layer=block", 14), ("block=kinki", 4), ("state=planned", 0)],
)
def test_the_list_is_narrowed(client: Client, query: str, count: int) -> None:
    table = client.get(f"/briefings/list?{query}").context["table"]
    assert table.count == count


def test_a_file_carries_addresses(client: Client) -> None:
    answer = client.get("/briefings/list?format=csv")
    text = answer.content.decode("utf-8-sig")
    assert text.count("\r\n") == 34
    assert "/briefings/2017-03-24-kumamoto-2" in text


def test_history_is_on_the_page(client: Client) -> None:
    assert "数える範囲に加えた" in client.get("/briefings/2017-01-24-kagawa").content.decode()


def test_an_unknown_address_is_not_found(client: Client) -> None:
    assert client.get("/briefings/2017-01-01-nowhere").status_code == 404
