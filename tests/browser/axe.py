"""axe finds nothing on any page: the tests that the files for Japanese and English run in their language."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from django.urls import reverse

from tests.conftest import Site

TABLE = Path(__file__).parents[2] / "docs" / "permissions.csv"
# Data for programs, files, and pages that the stories open: forms about a plan, a hand-over, one record.
NO_PAGES = {
    "accounts:one_hand_over",
    "cases:case_file",
    "cases:part_file",
    "api:openapi-json",
    "areas:map_values",
    "exchange:problem_file",
    "health",
    "metrics",
    "ready",
    "network:calendar",
    "network:changes_file",
    "network:confirm_box",
    "network:feed",
    "network:field_feed",
    "network:solution_feed",
    "network:block_feed",
    "network:case_feed",
    "network:thread_feed",
    "network:meeting_calendar",
    "network:decisions_file",
    "network:meeting_file",
    "network:paper_file",
    "network:post_file",
    "network:papers_feed",
    "outreach:briefing_calendar",
    "outreach:calendar",
    "outreach:cancel",
    "outreach:hold",
    "plans:copied_file",
    "plans:draft_file",
    "plans:plan_calendar",
    "plans:plan_file",
    "reports:file",
    "reports:published_file",
    "roadmap:correct",
    "roadmap:evidence",
    "roadmap:frozen_file",
    "roadmap:survey_file",
    "roadmap:take_back",
    "support:calendar_file",
    "support:scheme_calendar",
}
IDS = {
    "file": 1,
    "organisation": 1,
    "action": 1,
    "visit": 1,
    "shared_visit": 1,
    "revision": 1,
    "need": 2,
    "use": 1,
    "open_need": 1,
    "plan": 1,
    "open_plan": 4,
    "problem": 1,
    "offer": 1,
    "case": 1,
    "draft_case": 16,
    "part": 6,
    "reuse": 2,
    "copying_plan": 1,
    "copied": 1,
    "opinion": 11,
    "held_opinion": 7,
    "decision": 1,
    "thread_member": 2,
    "thread_request": 9,
    "thread_item": 1,
    "post_thread": "horizontal",
    "open_post": 1,
    "members_post": 3,
    "measure": 1,
    "statement": 1,
    "moment": 1,
    "task": 1,
}  # of rows of the sample world


def paths_of(persona: str) -> dict[str, str]:
    """The address of every page that the table of permissions opens to a persona, by its name."""
    return {
        row["name"]: reverse(row["name"], kwargs=dict(parse_qsl(row["args"].format(**IDS))))
        for row in csv.DictReader(TABLE.read_text(encoding="utf-8").splitlines())
        if row["door"] == "page"
        and row["method"] == "GET"
        and row[persona] == "yes"
        and row["scope"] != "draft"
        and row["name"] not in NO_PAGES
    }


OPEN_TO_ALL = [
    *paths_of("visitor").values(),
    # The same pages in other states: many found, none found, no such thing, another day, another kind of area.
    "/money?area=282219&kind=equipment&year=2027&yen=500万&kind=operation&year=2028&yen=1000000-3000000&most_own=1",
    "/money?area=282219&kind=equipment&year=x&yen=y",
    "/areas/282219/calendar?start=2020-04-01",
    "/areas/282219/finance-sheet?kind=equipment&year=2027&yen=500万&what=見本",
    "/areas/?q=那珂川町",
    "/areas/?q=どこにもない",
    "/search?q=猿が畑を荒らす",
    "/search?q=てれわく&page=2",
    "/search?q=ぺぬぽむ",
    "/areas/table?block=none&name=zzzz",
    "/areas/blocks/okinawa",
    "/areas/280003",
    "/areas/000000",
    "/briefings/?as_of=2017-03-24",
    "/briefings/?as_of=2016-01-01",
    "/briefings/?as_of=2017-02-31",
    "/reports/2016-01-01",
    "/reports/2017-02-31",
    "/figures/2016-01-01/prefectures",
    "/meetings/task-force-4",
    "/roadmap/?as_of=2017-03-24",
    "/roadmap/?as_of=2016-12-08",
    "/fields/child-rearing?as_of=2017-03-24",
    "/fields/iot-infrastructure",
    "/solutions/phr",
    "/kpis/telework",
    "/learning/plan?as_of=2017-03-23",
    "/learning/programmes/literacy",
    "/plans/draft?area=282219&solution=telework&words=人が足りない",
]
STATUS = {
    "/money?area=282219&kind=equipment&year=x&yen=y": 400,
    "/areas/000000": 404,
    "/briefings/?as_of=2017-02-31": 400,
    "/reports/2017-02-31": 404,
}
BEHIND_SIGN_IN = [path for name, path in paths_of("coordinator").items() if name not in paths_of("visitor")]

# Every panel that loads by itself has been answered and put in its place.
PANELS_ARE_THERE = """() => document.readyState === "complete"
  && !document.querySelector(".htmx-request, .htmx-swapping, .htmx-settling")
  && [...document.querySelectorAll("[hx-trigger='load'][hx-get]")].every((panel) => {
    const asked = performance.getEntriesByName(new URL(panel.getAttribute("hx-get"), location).href);
    return asked.some((each) => each.responseEnd > 0);
  })"""


RUN_AXE = "options => axe.run(options).then(({ violations }) => ({ violations }))"


def nothing_found(page: Any) -> None:
    """Wait for the panels, ask axe, and see that nothing has to be scrolled sideways at any width.

    axe looks at the wide page in Japanese and at the narrow one, where English words are longest. Colours are the same
    in both; weighing them once takes longer than all other rules together.
    """
    page.wait_for_function(PANELS_ARE_THERE)
    page.evaluate(AXE_SCRIPT)
    is_japanese = page.locator("html").get_attribute("lang") == "ja"
    rules = {"color-contrast": {"enabled": is_japanese}}
    for width in (320, 1280) if is_japanese else (1280, 320):
        page.set_viewport_size({"width": width, "height": 800})
        wide = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        assert wide[0] <= wide[1], f"{page.url} is {wide[0]} px wide on a screen of {wide[1]}"
    found = AxeResults(page.evaluate(RUN_AXE, {"resultTypes": ["violations"], "rules": rules}))
    assert found.violations_count == 0, f"{page.url} at {width} px: {found.generate_report()}"


def look_at(page: Any, path: str, status: int = 200) -> None:
    answer = page.goto(path)
    assert answer.status == status, path
    nothing_found(page)


@pytest.mark.parametrize("path", OPEN_TO_ALL)
def test_public_pages(page: Any, path: str, language: str) -> None:
    look_at(page, language + path, STATUS.get(path, 200))


def test_pages_behind_sign_in(page: Any, site: Site, language: str) -> None:
    sign_in(page, "coordinator")
    for path in BEHIND_SIGN_IN:
        look_at(page, language + path)


OF_A_PLAN = [
    "1",
    "1/copy",
    "1/copy/sample-telework-house",
    "1/sections/state",
    "1/sections/money",
    "1/change",
    "1/actions/new",
    "1/kpis/new",
    "1/versions",
    "4/records",
]


def test_pages_of_an_officers_plan(page: Any, site: Site, language: str) -> None:
    sign_in(page, "officer")
    for path in OF_A_PLAN:
        look_at(page, f"{language}/plans/{path}")


OF_THE_EXCHANGE = {  # whose pages: running, closed, rated, agreed and written problems of the sample world
    "officer": [
        *("problems/1", "problems/1/raters", "problems/1/put-off", "problems/1/withdraw", "problems/1/files"),
        *("problems/1/questions/1", "problems/2", "problems/3", "problems/3/raters", "problems/3/compare"),
        *("problems/4", "problems/4/compare", "problems/5", "problems/5/change", "needs/1/problem/new"),
    ],
    "partner": [
        "problems/1",
        "problems/1/ask",
        "problems/1/propose",
        "problems/suited",
        "offers/new",
        "offers/profile",
    ],
    "chief": ["problems/3", "problems/3/declare", "problems/3/compare"],
}


@pytest.mark.parametrize("persona", OF_THE_EXCHANGE)
def test_pages_of_the_exchange(page: Any, site: Site, language: str, persona: str) -> None:
    sign_in(page, persona)
    for path in OF_THE_EXCHANGE[persona]:
        page.goto(f"{language}/{path}")
        nothing_found(page)


def test_pages_that_refuse(page: Any, site: Site, tmp_path: Path, language: str) -> None:
    page.goto(f"{language}/account/sign-in")
    page.locator("input[name=username]").fill("nobody")
    page.locator("input[name=password]").fill("wrong")
    page.locator("input[name=password]").press("Enter")
    nothing_found(page)
    sign_in(page, "officer")
    look_at(page, f"{language}/account/people", 403)
    sign_in(page, "coordinator")
    page.goto(f"{language}/areas/statistics/import")
    file = tmp_path / "bad.csv"
    file.write_text("団体コード,年,人口\n282210,2025,1\n282219,2025,abc\n", encoding="utf-8")
    page.locator("input[type=file]").set_input_files(file)
    page.locator("input[name=source]").fill("試験")
    page.locator("main form button").last.click()
    page.wait_for_selector("[role=alert]")
    nothing_found(page)


def sign_in(page: Any, persona: str) -> None:
    """Press the demo's button of a persona."""
    page.goto("/account/sign-in")
    page.locator(f"button[value={persona}]").click()
    page.wait_for_load_state("networkidle")
