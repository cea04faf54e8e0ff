"""Feeds of what can be followed: field, solution, block, thread and case, each at its own address with .atom."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree import ElementTree as ET

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from itoguchi.cases.models import Case
from itoguchi.network import actions
from itoguchi.network.models import Opinion
from tests.cases.factories import a_case
from tests.network.factories import a_thing, an_opinion

pytestmark = pytest.mark.django_db

ClientOf = Callable[[str], Client]
ATOM = "{http://www.w3.org/2005/Atom}"
PLACES = ("/fields/workstyle", "/solutions/telework", "/areas/blocks/kinki", "/threads/diagonal-kinki")


def all_that_happens() -> Case:
    """An opinion, answered, about a solution of a field in a block; a case of it; a thing in the thread of the block."""
    opinion = an_opinion("働く場所を選びたい", field="workstyle", block="kinki", subject="/solutions/telework")
    actions.answer_opinion(opinion, Opinion.Verdict.NOTED, "次の版で答える。", by=None, today=opinion.said_on)
    an_opinion("伏せた意見", field="workstyle", block="kinki", subject="/solutions/telework", may_be_public=False)
    a_thing("diagonal-kinki", title="近畿での資料")
    return a_case(title="テレワークの事例")


def entries_of(client: Client, path: str) -> list[ET.Element]:
    """What a feed tells."""
    answer = client.get(path)
    assert answer.status_code == 200, path
    assert answer["Content-Type"].startswith("application/atom+xml")
    return list(ET.fromstring(answer.content).iter(f"{ATOM}entry"))


def titles_in(client: Client, path: str) -> list[str | None]:
    """The titles of what a feed tells."""
    return [each.findtext(f"{ATOM}title") for each in entries_of(client, path)]


@pytest.mark.parametrize("persona", ["visitor", "officer", "coordinator"])
def test_everybody_reads_the_same_of_what_happened(client_of: ClientOf, persona: str) -> None:
    case, client = all_that_happens(), client_of(persona)
    for path in PLACES[:3]:
        told = titles_in(client, f"{path}.atom")
        assert told.count("働く場所を選びたい") == 1, path
        assert told.count("テレワークの事例") == 1, path
        assert "伏せた意見" not in told
    for path in PLACES[2:]:
        assert titles_in(client, f"{path}.atom").count("近畿での資料") == 1, path
    assert titles_in(client, f"{case.address}.atom") == ["テレワークの事例"]


def test_each_thing_has_one_lasting_name_and_a_link_in_the_readers_language(client: Client) -> None:
    case = all_that_happens()
    for path in (*PLACES, case.address):
        names = [each.findtext(f"{ATOM}id") for each in entries_of(client, f"{path}.atom")]
        assert len(names) == len(set(names)) > 0
        in_english = entries_of(client, f"/en{path}.atom")
        assert [each.findtext(f"{ATOM}id") for each in in_english] == names
        for each in in_english:
            link = each.find(f"{ATOM}link")
            assert link is not None
            assert link.attrib["href"].startswith("http://testserver/en/")


def test_the_page_of_each_leads_to_its_feed(client: Client) -> None:
    for path in (*PLACES, all_that_happens().address):
        for mark in ("", "/en"):
            page = client.get(f"{mark}{path}").content.decode()
            assert '<link rel="alternate" type="application/atom+xml"' in page
            assert f'href="{mark}{path}.atom">' in page
            panel = next(each for each in page.split('hx-get="')[1:] if "/follow/" in each.split('"')[0]).split('"')[0]
            told = client.get(panel, headers={"HX-Request": "true"}).content.decode()
            assert f'<a href="{mark}{path}.atom">' in told


def test_of_what_is_not_there_for_everybody_there_is_no_feed(client_of: ClientOf) -> None:
    draft = a_case(is_published=False)
    for persona in ("visitor", "officer", "coordinator"):
        client = client_of(persona)
        for path in (
            draft.address,
            "/cases/999999",
            "/cases/99999999999999999999",
            "/fields/nothing",
            "/threads/diagonal",
        ):
            assert client.get(f"{path}.atom").status_code == 404, path
    assert ".atom" not in client_of("officer").get(draft.get_absolute_url()).content.decode()


def test_a_character_that_no_feed_holds_stops_none(client: Client) -> None:
    an_opinion("前進と\x08\ufffe後退", field="workstyle")
    for path in ("/opinions.atom", "/fields/workstyle.atom"):
        assert "前進と後退" in titles_in(client, path), path


def test_a_feed_asks_few_times(client: Client, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    for path in (*PLACES, all_that_happens().address):
        with django_assert_max_num_queries(12):
            client.get(f"{path}.atom")
