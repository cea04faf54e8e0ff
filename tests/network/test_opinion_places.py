"""Opinions where they belong: on the page of a visit and of a solution, and beside the point at issue that they are."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from itoguchi.areas.models import Area
from itoguchi.network import actions
from itoguchi.network.models import Opinion, PointAtIssue
from itoguchi.outreach.actions import log_visit
from itoguchi.outreach.models import Visit
from tests.network.factories import an_opinion
from tests.outreach.test_pages import japanese_left, main_of

pytestmark = pytest.mark.django_db

ClientOf = Callable[[str], Client]
HTMX = {"HX-Request": "true"}
WORDS = "夜間の見守りを隣の市と分けたい"


def a_visit(*codes: str, is_shared: bool = True) -> Visit:
    """A visit of yesterday to areas in 近畿."""
    day = timezone.localdate() - timedelta(days=1)
    areas = [Area.objects.get(code=code) for code in codes or ("282219",)]
    visit = Visit(day=day, block=areas[0].block, spoke_with="課長", about="話", is_shared_with_area=is_shared)
    return log_visit(visit, areas, by=None, today=timezone.localdate())


def way_to_the_form(page: str) -> str:
    """Where the page leads to write an opinion down."""
    found = re.search(r'href="((?:/en)?/opinions/new\?[^"]*)"', page)
    assert found, page
    return unescape(found[1])


def filled_in(client: Client, path: str) -> dict[str, str]:
    """What the form of an opinion holds at the beginning, as a browser would send it."""
    form = client.get(path).context["form"]
    held = {each.name: each.value() for each in form}
    told = {name: str(getattr(value, "pk", value)) for name, value in held.items() if value not in (None, "", False)}
    return {"kind": "opinion"} | told  # the first that is offered


@pytest.mark.parametrize("persona", ["bureau", "officer", "coordinator"])
def test_what_was_said_on_a_visit_is_written_down_from_its_page_and_found_there(
    client_of: ClientOf, persona: str
) -> None:
    visit, client = a_visit(), client_of(persona)
    page = client.get(visit.get_absolute_url()).content.decode()
    panel = f"{visit.get_absolute_url()}/opinions"
    assert f'hx-get="{panel}"' in page
    assert "記録された意見はまだありません" in client.get(panel, headers=HTMX).content.decode()
    typed = filled_in(client, way_to_the_form(page))
    assert typed["said_on"] == visit.day.isoformat()
    assert typed["area_code"] == "282219"
    assert "may_be_public" not in typed  # what few may read of the visit is not public by mistake
    assert client.post("/opinions/new", typed | {"text": WORDS}).status_code == 302
    made = Opinion.objects.get(text=WORDS)
    assert (made.origin, made.heard_at) == ("visit", visit.get_absolute_url())
    assert made.area is not None
    assert (made.area.code, made.said_on) == ("282219", visit.day)
    assert f'href="{made.get_absolute_url()}"' in client.get(panel, headers=HTMX).content.decode()
    assert f'href="{visit.get_absolute_url()}"' in client.get(made.get_absolute_url()).content.decode()
    assert client.get(panel).headers["Location"] == f"/opinions/?at={visit.get_absolute_url()}"


def test_an_officer_writes_for_the_own_area_of_a_visit_to_two(client_of: ClientOf) -> None:
    visit, client = a_visit("282235", "282219"), client_of("officer")
    typed = filled_in(client, way_to_the_form(client.get(visit.get_absolute_url()).content.decode()))
    assert typed["area_code"] == "282219"
    bureau = client_of("bureau")
    typed = filled_in(bureau, way_to_the_form(bureau.get(visit.get_absolute_url()).content.decode()))
    assert "area_code" not in typed
    assert typed["block"] == "kinki"


def test_the_panel_of_a_visit_shows_nobody_what_is_not_theirs(client_of: ClientOf) -> None:
    visit = a_visit()
    panel = f"{visit.get_absolute_url()}/opinions"
    an_opinion(WORDS, area="282219", origin="visit", heard_at=visit.get_absolute_url(), may_be_public=False)
    for persona in ("officer", "prefecture", "bureau", "coordinator"):
        assert WORDS in client_of(persona).get(panel, headers=HTMX).content.decode(), persona
    for persona in ("visitor", "neighbour", "adviser", "partner", "funder"):
        assert WORDS not in client_of(persona).get(panel, headers=HTMX).content.decode(), persona


def test_an_opinion_about_a_solution_is_written_down_from_its_page_and_found_there(client_of: ClientOf) -> None:
    path, officer = "/solutions/telework", client_of("officer")
    assert f'hx-get="{path}/opinions"' in officer.get(path).content.decode()
    typed = filled_in(officer, way_to_the_form(officer.get(f"{path}/opinions", headers=HTMX).content.decode()))
    assert typed["subject"] == path
    assert typed["area_code"] == "282219"
    today = timezone.localdate().isoformat()
    assert officer.post("/opinions/new", typed | {"text": WORDS, "said_on": today}).status_code == 302
    made, visitor = Opinion.objects.get(text=WORDS), client_of("visitor")
    panel = visitor.get(f"{path}/opinions", headers=HTMX).content.decode()
    assert f'href="{made.get_absolute_url()}"' in panel
    assert "/opinions/new" not in panel
    assert f'href="{path}"' in visitor.get(made.get_absolute_url()).content.decode()
    listed = visitor.get(f"{path}/opinions", follow=True)
    assert listed.redirect_chain == [(f"/opinions/?at={path}", 302)]
    assert f'href="{made.get_absolute_url()}"' in listed.content.decode()


def test_a_point_at_issue_and_its_opinion_lead_to_each_other(client: Client) -> None:
    points = list(PointAtIssue.objects.filter(topic="autonomous-implementation").order_by("order"))
    assert points
    opinion = Opinion.objects.get(heard_at=points[0].address)
    page = main_of(client.get("/topics/autonomous-implementation").content.decode())
    links = re.findall(r'<li id="([a-z0-9-]+)"><span lang="ja">[^<]+</span> <a href="(/opinions/[0-9]+)">', page)
    assert [slug for slug, _href in links] == [each.slug for each in points]
    assert (points[0].slug, opinion.get_absolute_url()) in links
    shown = client.get(opinion.get_absolute_url()).content.decode()
    assert f'<a href="{points[0].address}">論点</a>' in shown
    today = timezone.localdate()
    actions.answer_opinion(opinion, Opinion.Verdict.NOTED, "次の版で答える。", by=None, today=today)
    page = client.get("/topics/autonomous-implementation").content.decode()
    assert f'{opinion.get_absolute_url()}">意見 {opinion.pk}</a> <span class="tag">回答済み</span>' in page
    before = client.get(f"/topics/autonomous-implementation?as_of={points[0].since}").content.decode()
    assert "回答済み" not in before
    items = {each["slug"]: each for each in client.get("/api/v1/points-at-issue").json()["items"]}
    assert items[points[0].slug]["opinion"] == opinion.address
    Opinion.objects.filter(pk=opinion.pk).update(may_be_public=False)
    items = {each["slug"]: each for each in client.get("/api/v1/points-at-issue").json()["items"]}
    assert items[points[0].slug]["opinion"] is None
    assert opinion.get_absolute_url() not in client.get("/topics/autonomous-implementation").content.decode()


def test_these_places_ask_few_times_and_speak_english(
    client_of: ClientOf, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    visit, bureau = a_visit(), client_of("bureau")
    an_opinion(WORDS, area="282219", origin="visit", heard_at=visit.get_absolute_url(), subject="/solutions/telework")
    for panel in (f"{visit.get_absolute_url()}/opinions", "/solutions/telework/opinions"):
        with django_assert_max_num_queries(6):
            assert bureau.get(panel, headers=HTMX).status_code == 200
        assert japanese_left(bureau.get(f"/en{panel}", headers=HTMX).content.decode()) == []
    for path in (visit.get_absolute_url(), "/topics/autonomous-implementation", "/opinions/new"):
        with django_assert_max_num_queries(12):
            assert bureau.get(path).status_code == 200
        assert japanese_left(main_of(bureau.get(f"/en{path}").content.decode())) == [], path
