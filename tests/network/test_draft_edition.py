"""An opinion that was adopted changes a KPI of the draft edition, through pages alone, and is found once it is published."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from itoguchi.network.models import Change, Decision, Meeting, Opinion
from itoguchi.roadmap.models import Revision, RevisionItem
from tests.network.office import letters_of, letters_of_pdf
from tests.outreach.test_pages import main_of

pytestmark = pytest.mark.django_db

ClientOf = Callable[[str], Client]
HTMX = {"HX-Request": "true"}
WORDS = "小さな町の公開も数えるなら、目標は9割がよい。"
KPI = "/kpis/open-data"


def sent(client: Client, path: str, **said: object) -> str:
    """Where a form that was taken leads on."""
    answer = client.post(path, said)
    assert answer.status_code == 302, (path, answer.content.decode()[:3000])
    return str(answer["Location"])


def an_adopted_opinion(client_of: ClientOf) -> Decision:
    """An officer says something from the page of a KPI; the secretariat sorts and adopts it, and a meeting decides."""
    officer, secretariat = client_of("officer"), client_of("coordinator")
    today = timezone.localdate().isoformat()
    panel = officer.get(f"{KPI}/opinions", headers=HTMX).content.decode()
    (form,) = re.findall(r'href="(/opinions/new[^"]*)"', panel)
    held = officer.get(unescape(form)).context["form"]
    known = {name: held[name].value() for name in ("origin", "subject", "area_code")}
    assert known == {"origin": "area", "subject": KPI, "area_code": "282219"}
    more = {"kind": "proposal", "said_on": today, "author": "area", "may_be_public": "on"}
    opinion = sent(officer, "/opinions/new", text=WORDS, **known, **more)
    sent(
        secretariat,
        f"{opinion}/sort",
        kind="proposal",
        subject=KPI,
        field="public-private-services",
        may_be_public="on",
    )
    sent(secretariat, f"{opinion}/answer", verdict="adopted", answer="次の版の目標を9割にする。")
    meeting = Meeting.objects.get(slug="task-force-4")
    sent(secretariat, f"{opinion}/decide", meeting=meeting.pk, text="目標を9割にする。")
    return Decision.objects.get(opinions__text=WORDS)


def put_in_a_draft(client: Client) -> tuple[str, RevisionItem]:
    """The secretariat drafts the next edition, with another target."""
    draft = sent(client, "/roadmap/revisions/new", title="見本の改定", note="目標を改める。")
    held = client.get(f"{draft}/kpis?key=open-data").context["form"].initial
    told = {name: held.get(name) or "" for name in ("name", "solution", "unit", "definition", "counting", "from_stage")}
    sent(client, f"{draft}/kpis?key=open-data", **told, target="90", by="2027年度", reason="意見を受けて")
    return draft, RevisionItem.objects.get(key="open-data")


def test_what_was_adopted_changes_the_draft_and_is_found_from_both_ends_once_it_is_published(
    client_of: ClientOf,
) -> None:
    decision, secretariat, visitor = an_adopted_opinion(client_of), client_of("coordinator"), client_of("visitor")
    opinion = Opinion.objects.get(text=WORDS)
    draft, item = put_in_a_draft(secretariat)
    assert "見本の改定：" in secretariat.get(f"{decision.address}/change").content.decode()
    assert secretariat.post(f"{decision.address}/change", {"item": item.pk}).status_code == 422  # no reason
    sent(secretariat, f"{decision.address}/change", item=item.pk, reason="丹波篠山市の声による")
    assert secretariat.post(f"{decision.address}/change", {"item": item.pk, "reason": "x"}).status_code == 422  # twice
    assert f'href="{decision.address}"' in secretariat.get(draft).content.decode()  # as its grounds

    table = f"/opinions/changes?of=revision-{item.revision_id}"
    assert "丹波篠山市の声による" in secretariat.get(table).content.decode()
    for path in (
        table,
        decision.address,
        opinion.address,
        draft,
        f"/opinions/changes.pdf?of=revision-{item.revision_id}",
    ):
        for persona in ("visitor", "officer", "bureau"):
            said = client_of(persona).get(path)
            assert "丹波篠山市の声による" not in said.content.decode("utf-8", "replace"), (persona, path)

    today = timezone.localdate().isoformat()
    sent(secretariat, f"{draft}/deed", deed="ask", effective_on=today)
    sent(client_of("approver"), f"{draft}/deed", deed="approve")
    assert Revision.objects.get(pk=item.revision_id).state == Revision.State.PUBLISHED

    page = main_of(visitor.get(table).content.decode())
    for words in ("丹波篠山市の声による", opinion.address, "採用", "次の版の目標を9割にする。", f'href="{KPI}"'):
        assert words in page
    assert "<del>" in page
    assert "<ins>" in page
    paper = letters_of_pdf(visitor.get(f"/opinions/changes.pdf?of=revision-{item.revision_id}").content)
    assert letters_of("丹波篠山市の声による") in paper
    assert "丹波篠山市の声による" in visitor.get(opinion.address).content.decode()
    assert "丹波篠山市の声による" in visitor.get(decision.address).content.decode()
    panel = visitor.get(f"{KPI}/opinions", headers=HTMX).content.decode()
    assert panel.count(f'href="{opinion.address}"') == 1
    assert "90" in main_of(visitor.get(KPI).content.decode())


def test_what_fell_out_of_the_draft_again_is_told_as_that(client_of: ClientOf) -> None:
    decision, secretariat = an_adopted_opinion(client_of), client_of("coordinator")
    draft, item = put_in_a_draft(secretariat)
    sent(secretariat, f"{decision.address}/change", item=item.pk, reason="声による")
    sent(secretariat, f"{draft}/deed", deed="remove", item=RevisionItem.objects.get(key="open-data").pk)
    table = f"/opinions/changes?of=revision-{Change.objects.get().revision_id}"
    assert "改定案から外れました" in secretariat.get(table).content.decode()
    assert "声による" not in client_of("visitor").get(table).content.decode()


def test_nobody_else_changes_the_draft(client_of: ClientOf) -> None:
    decision = an_adopted_opinion(client_of)
    _draft, item = put_in_a_draft(client_of("coordinator"))
    for persona in ("officer", "chief", "bureau", "partner"):
        answer = client_of(persona).post(f"{decision.address}/change", {"item": item.pk, "reason": "x"})
        assert answer.status_code == 403, persona
    assert not Change.objects.exists()
