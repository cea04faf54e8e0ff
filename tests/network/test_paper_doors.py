"""Every state of a paper × every persona × every door: who may see it does where it belongs, nobody else anywhere."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from itoguchi.core.actions import freeze_file
from itoguchi.core.watched import offered_to
from itoguchi.network import actions
from itoguchi.network.models import Meeting, Paper
from tests.network.factories import a_strand
from tests.network.office import letters_of_pdf
from tests.network.secretariat import a_body, a_meeting, a_member, a_paper, a_summary
from tests.personas import WITH_SECOND_PERSONS, account_of

pytestmark = pytest.mark.django_db

EVERYBODY = frozenset(WITH_SECOND_PERSONS)
SECRETARIAT = frozenset({"bureau", "coordinator", "approver"})  # of a council of the block
MEMBERS = SECRETARIAT | {"adviser"}  # who sits in it
READERS = {Paper.Access.OPEN: EVERYBODY, Paper.Access.MEMBERS: MEMBERS, Paper.Access.SECRETARIAT: SECRETARIAT}
STATES = ("draft", "embargoed", "passed", "lifted", "taken-back", "published")
MEETINGS = {"preparing": Meeting.State.PREPARING, "called": Meeting.State.CALLED, "held": Meeting.State.HELD}


def papers_in_every_state() -> dict[str, tuple[Paper, str, frozenset[str]]]:
    """State → a paper in it, the words that only it carries, and who may see it."""
    body, now = a_body(), timezone.now()
    speaker = a_member("六花", kana="ろっか", account="adviser")
    kinki = a_strand("diagonal-kinki")
    actions.open_strand(kinki.thread, block=kinki.block, body=body, by=None)
    education = a_strand("vertical-education")
    actions.open_strand(education.thread, field=education.field, body=body, by=None)
    found = {}
    for number, (name, state) in enumerate(MEETINGS.items(), start=1):
        meeting = a_meeting(number, state=state, body=body)
        for access in Paper.Access.values:
            for paper_state in STATES:
                words = f"合言葉{name}{access}{paper_state.replace('-', '')}終"
                paper = _paper_in(paper_state, meeting, access, words)
                readers = SECRETARIAT if paper_state in {"draft", "embargoed", "taken-back"} else READERS[access]
                if name == "preparing":
                    readers &= MEMBERS
                found[f"{name} {access} {paper_state}"] = (paper, words, readers)
    summary = a_summary(Meeting.objects.get(body=body, state=Meeting.State.HELD))
    actions.write_statement(summary, "発言", member=speaker, by=None)
    actions.publish_summary(summary, by=None, today=timezone.localdate(), reason="見本")
    actions.bring_out_papers(now=now)
    return found


def _paper_in(state: str, meeting: Meeting, access: str, words: str) -> Paper:
    now = timezone.now()
    moment = {"embargoed": now + timedelta(hours=1), "lifted": now + timedelta(hours=1), "passed": now}.get(state)
    file = freeze_file("x.txt", f"{words}のファイル".encode(), content_type="text/plain; charset=utf-8")
    paper = a_paper(meeting, words, access=access, embargo_until=moment, file=file, published=state != "draft")
    if state == "lifted":
        paper = actions.lift_embargo(paper, by=None, now=now, why="見本")
    if state == "taken-back":
        paper = actions.take_back_paper(paper, by=None, now=now, why="見本")
    return paper


def text_of(response: object) -> str:
    """What a door lets out, an Office file's parts and a PDF's letters too."""
    content: bytes = response.content  # type: ignore[attr-defined]
    if content.startswith(b"%PDF"):
        return letters_of_pdf(content)
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            return "\n".join(packed.read(name).decode("utf-8", "replace") for name in packed.namelist())
    return content.decode("utf-8", "replace")


# What only ever holds what everybody may see, whoever asks.
OPEN_DOORS = [
    "/api/v1/papers?limit=2000",
    "/api/v1/papers.csv",
    "/api/v1/meetings?limit=2000",
    "/api/v1/meetings.ics",
    "/meetings.ics",
    "/topics/autonomous-implementation",
    "/reports/{today}",
    "/threads/diagonal-kinki.atom",
    "/threads/vertical-education.atom",
    "/fields/education.atom",
    "/areas/blocks/kinki.atom",
    "/en/areas/blocks/kinki.atom",
    "/areas/blocks/kinki/card",
    "/bodies/",
    "/threads/diagonal-kinki/state",
    "/threads/diagonal-kinki/issues",
    "/threads/diagonal-kinki/members",
]
# What shows more to some, and nothing to others.
OWN_DOORS = [
    "/meetings/",
    "/en/meetings/",
    "/meetings/coming",
    "/meetings/coming?format=csv",
    "/papers.atom",
    "/en/papers.atom",
    "/bodies/kinki-council",
    "/threads/diagonal-kinki",
    "/members",
    "/follow-up/watch",
    "/follow-up/duties",
    "/account/hand-over",
]
OF_A_MEETING = [
    "/meetings/{slug}",
    "/en/meetings/{slug}",
    "/meetings/{slug}/history",
    "/meetings/{slug}/agenda",
    "/meetings/{slug}/agenda.pdf",
    "/meetings/{slug}/agenda.docx",
    "/meetings/{slug}/agenda.pptx",
    "/meetings/{slug}/summary",
    "/meetings/{slug}/summary.pdf",
    "/meetings/{slug}/summary.docx",
    "/meetings/{slug}/summary.pptx",
    "/meetings/{slug}/calendar.ics",
    "/meetings/{slug}/opinions",
    "/api/v1/meetings/{slug}",
    "/decisions/1",
]
OF_A_PAPER = ["/papers/{slug}/file", "/papers/{slug}/correct", "/papers/{slug}/publish", "/papers/{slug}/lift"]
SEARCHES = ["/search?q={words}", "/search/suggest?q={words}", "/api/v1/search?q={words}"]


def said_at(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code in {200, 204, 302, 403, 404}, (path, answer.status_code)
    return text_of(answer) if answer.status_code == 200 else ""


def told_to(persona: str) -> str:
    """What the digest would tell somebody."""
    if persona == "visitor":
        return ""
    return "\n".join(each.title for each in offered_to(account_of(persona), timezone.localdate()))


@pytest.mark.parametrize("persona", WITH_SECOND_PERSONS)
def test_nobody_sees_a_paper_that_is_not_for_them_at_any_door(client_of: Callable[[str], Client], persona: str) -> None:
    found = papers_in_every_state()
    client = client_of(persona)
    slugs = sorted({paper.meeting.slug for paper, _words, _readers in found.values()})
    today = timezone.localdate().isoformat()
    doors = {path: said_at(client, path.format(today=today)) for path in [*OPEN_DOORS, *OWN_DOORS]}
    doors |= {
        path.format(slug=slug): said_at(client, path.format(slug=slug)) for path in OF_A_MEETING for slug in slugs
    }
    doors["notice"] = told_to(persona)
    leaks, missing = [], []
    for state, (paper, words, readers) in found.items():
        own = {path.format(slug=paper.slug): said_at(client, path.format(slug=paper.slug)) for path in OF_A_PAPER}
        asked = {path.format(words=words): said_at(client, path.format(words=words)) for path in SEARCHES}
        is_public = readers == EVERYBODY
        for path, text in (doors | own).items():
            may = persona in readers and (path not in OPEN_DOORS or is_public)
            if words in text and not may:
                leaks.append((state, path))
        for path, text in asked.items():
            if (paper.slug in text or f"{words}の" in text) and not is_public:
                leaks.append((state, path))
        wanted = [f"/meetings/{paper.meeting.slug}", f"/papers/{paper.slug}/file", "/papers.atom"]
        wanted += [f"/meetings/{paper.meeting.slug}/agenda{kind}" for kind in ("", ".pdf", ".docx")]
        if is_public:
            wanted += OPEN_DOORS[:2]
            missing += [
                (state, path) for path, text in asked.items() if paper.slug not in text and "/suggest" not in path
            ]
        if persona in readers:
            missing += [(state, path) for path in wanted if words not in (doors | own)[path]]
        if persona == "adviser" and persona in readers:
            missing += [(state, "notice")] if words not in doors["notice"] else []
    assert leaks == []
    assert missing == []
    assert "発言" in doors[f"/meetings/{slugs[-1]}/summary.pdf"]
    assert len(found) == len(MEETINGS) * len(READERS) * len(STATES)


def test_the_api_and_the_search_find_a_paper_once_its_embargo_has_passed(client: Client) -> None:
    now = timezone.now()
    paper = a_paper(a_meeting(state=Meeting.State.CALLED), "合言葉", embargo_until=now + timedelta(hours=1))
    assert "合言葉" not in text_of(client.get("/api/v1/papers"))
    assert actions.bring_out_papers(now=now) == 0
    Paper.objects.filter(pk=paper.pk).update(embargo_until=now)
    assert actions.bring_out_papers(now=now) == 1
    assert actions.bring_out_papers(now=now) == 0
    assert paper.slug in text_of(client.get("/search?q=合言葉"))
    assert "合言葉の題名" in text_of(client.get("/api/v1/papers"))
