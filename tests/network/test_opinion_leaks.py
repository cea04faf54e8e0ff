"""Every state of an opinion × every persona × every door: who may read it does where it belongs, nobody else anywhere."""

from __future__ import annotations

import io
from collections.abc import Callable

import docx
import pytest
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from itoguchi.network import actions
from itoguchi.network.models import Opinion
from tests.network.factories import MIE, a_change, a_comment, an_opinion
from tests.personas import WITH_SECOND_PERSONS

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
EVERYBODY = set(WITH_SECOND_PERSONS)
SECRETARIAT = {"coordinator", "approver"}
OWN = {
    "officer",
    "chief",
    "prefecture",
    "bureau",
    "coordinator",
    "approver",
}  # of 丹波篠山市, where what is not public was said
V = Opinion.Verdict


def opinions_in_every_state() -> dict[str, tuple[Opinion, set[str]]]:
    """State → an opinion in it, each with words of its own, and who may read it."""
    today = timezone.localdate()
    of_area = {"area": "282219", "origin": Opinion.Origin.AREA, "heard_at": MIE, "subject": "/clauses/first-1-2"}
    of_area |= {"field": "workstyle", "block": "kinki"}
    found: dict[str, tuple[Opinion, set[str]]] = {}

    def words(state: str) -> str:
        return f"合言葉{state.replace('-', '')}の意見です"

    def add(state: str, opinion: Opinion, readers: set[str]) -> Opinion:
        found[state] = (opinion, readers)
        return opinion

    add("held", a_comment(words("held")), SECRETARIAT)
    refused = a_comment(words("refused"))
    actions.moderate_opinions([refused], passes=False, by=None, today=today, reason="合言葉refusedの理由")
    add("refused", refused, SECRETARIAT)
    add("comment-in-confidence", a_comment(words("comment"), may_be_public=False, passes=True), SECRETARIAT)
    stands: dict[str, Opinion] = {}
    for state, is_open, readers in (("open", True, EVERYBODY), ("hidden", False, OWN)):
        add(f"{state}-received", an_opinion(words(f"{state}received"), may_be_public=is_open, **of_area), readers)
        for deed in ("answered", "decided", "merged"):
            key = f"{state}-{deed}"
            made = add(key, an_opinion(words(f"{state}{deed}"), may_be_public=is_open, **of_area), readers)
            stands[key] = made
            if deed != "merged":
                actions.answer_opinion(made, V.PARTLY, f"{words(f'{state}{deed}')}への回答", by=None, today=today)
        a_change(stands[f"{state}-decided"], slug="first-1-2" if is_open else "first-1-3")
        actions.merge_opinions(stands["open-decided"], [stands[f"{state}-merged"]], by=None, today=today, why="同じ")
    return found


def text_of(response: object, kind: str = "") -> str:
    """What a door lets out, a workbook's cells too, and the words of a paper."""
    content: bytes = response.content  # type: ignore[attr-defined]
    if kind not in {"xlsx", "docx"} or response.status_code != 200:  # type: ignore[attr-defined]
        return content.decode("utf-8", "replace")
    if kind == "docx":
        tables = docx.Document(io.BytesIO(content)).tables
        return "\n".join(cell.text for table in tables for row in table.rows for cell in row.cells)
    sheets = load_workbook(io.BytesIO(content)).worksheets
    return "\n".join(str(cell) for sheet in sheets for row in sheet.iter_rows(values_only=True) for cell in row)


# What only ever holds what is public, whoever asks; {words} are those of the opinion.
OPEN_DOORS = [
    "/api/v1/opinions?limit=2000",
    "/api/v1/opinions.csv",
    "/opinions.atom",
    "/fields/workstyle.atom",
    "/areas/blocks/kinki.atom",
    "/solutions/telework.atom",
    "/search?q={words}",
    "/search/suggest?q={words}",
    "/api/v1/search?q={words}",
]
# What shows more to some, and nothing to others; the second is the kind of file.
OWN_DOORS = [
    ("/opinions/", ""),
    ("/en/opinions/", ""),
    ("/opinions/?q={words}", ""),
    ("/opinions/?state=held", ""),
    ("/opinions/?state=refused", ""),
    ("/opinions/?state=not-wished", ""),
    ("/opinions/?format=csv", "csv"),
    ("/opinions/?format=json", "json"),
    ("/opinions/?format=xlsx", "xlsx"),
    ("/opinions/changes", ""),
    ("/opinions/changes?format=xlsx", "xlsx"),
    ("/opinions/changes?format=json", "json"),
    ("/opinions/changes.docx", "docx"),
    ("/opinions/desk", ""),
    ("/opinions/{other}", ""),
    ("/decisions/{decision}", ""),
    ("/comments/2026-roadmap", ""),
    ("/meetings/task-force-4", ""),
    ("/clauses/first-1-2", ""),
    ("/briefings/2017-02-16-mie/opinions", ""),
    ("/meetings/task-force-4/opinions", ""),
    ("/clauses/first-1-2/opinions", ""),
    ("/clauses/first-1-3/opinions", ""),
    ("/solutions/telework/opinions", ""),
    ("/briefings/visits/1/opinions", ""),
]


def shown_to(client: Client, standing: Opinion, decisions: list[int]) -> dict[str, str]:
    """Address → what somebody is shown there, of the doors that do not ask for words."""
    found = {}
    for path, kind in OWN_DOORS:
        for decision in decisions if "{words}" not in path else []:
            where = path.format(other=standing.pk, decision=decision)
            if where not in found:
                found[where] = text_of(client.get(where, headers=HTMX if path.endswith("/opinions") else {}), kind)
    return found


def found_with_words(client: Client, opinion: Opinion) -> dict[str, str]:
    """Address → what somebody is shown of an opinion whose very words they know; what was asked is not counted."""
    said = opinion.text.removesuffix("の意見です")
    paths = [*OPEN_DOORS, *(path for path, _kind in OWN_DOORS if "{words}" in path)]
    asked = [path.format(words=said) for path in paths]
    return {path: text_of(client.get(path)) for path in (*asked, f"/opinions/{opinion.pk}")}


@pytest.mark.parametrize("persona", WITH_SECOND_PERSONS)
def test_nobody_finds_what_is_not_theirs_at_any_door(client_of: Callable[[str], Client], persona: str) -> None:
    found = opinions_in_every_state()
    for each in (standing := found["open-decided"][0], hidden := found["hidden-decided"][0]):
        each.refresh_from_db()
    client = client_of(persona)
    pages = shown_to(client, standing, [standing.decision_id or 0, hidden.decision_id or 0])
    leaks, missing = [], []
    for state, (opinion, readers) in found.items():
        doors = pages | found_with_words(client, opinion)
        allowed = (
            set(doors)
            if readers == EVERYBODY
            else set()
            if persona not in readers
            else set(doors) - open_doors(opinion)
        )
        leaks += [(state, path) for path, text in doors.items() if opinion.text in text and path not in allowed]
        wanted = [f"/opinions/{opinion.pk}", "/opinions/?format=json"] if persona in readers else []
        missing += [(state, path) for path in wanted if opinion.text not in doors[path]]
    assert leaks == []
    assert missing == []
    assert len(found) == 11
    assert len(pages) >= len(OWN_DOORS)


def open_doors(opinion: Opinion) -> set[str]:
    """The doors where even those who may read what is not public find only what is."""
    said = opinion.text.removesuffix("の意見です")
    return {path.format(words=said) for path in OPEN_DOORS}


def test_public_ones_are_found_at_every_open_door(client_of: Callable[[str], Client]) -> None:
    found = opinions_in_every_state()
    visitor = client_of("visitor")
    for state in ("open-received", "open-answered", "open-decided"):
        opinion = found[state][0]
        said = opinion.text.removesuffix("の意見です")
        feeds = ("/opinions.atom", "/fields/workstyle.atom", "/areas/blocks/kinki.atom")
        for path in ("/api/v1/opinions?limit=2000", "/api/v1/opinions.csv", *feeds, f"/search?q={said}"):
            text = text_of(visitor.get(path))
            assert opinion.text in text or f"/opinions/{opinion.pk}" in text, (state, path)
    merged = found["open-merged"][0]
    items = visitor.get("/api/v1/opinions?state=merged").json()["items"]
    assert [each["number"] for each in items] == [merged.pk]
    assert items[0]["merged_into"] == found["open-decided"][0].pk
