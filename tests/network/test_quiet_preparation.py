"""What is prepared stays with its body: results, journal, duties of a seat, numbers, embargoes; and two who write at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from itoguchi.core.duties import duties_of, own_duties_of
from itoguchi.network import actions
from itoguchi.network.actions import PaperFacts
from itoguchi.network.models import Meeting, Paper
from tests.network.factories import a_comment, a_thread_member
from tests.network.secretariat import a_body, a_meeting, a_member, a_paper, a_summary
from tests.personas import account_of

pytestmark = pytest.mark.django_db
WORDS = "まだ決まっていない結論"


def test_results_written_beforehand_are_shown_once_it_was_held() -> None:
    meeting = a_meeting(state=Meeting.State.CALLED, results=WORDS, held_on=timezone.localdate(), place="秘密の部屋")
    doors = (f"/meetings/{meeting.slug}", f"/api/v1/meetings/{meeting.slug}", "/search?q=結論", "/meetings/")
    for door in doors:
        assert WORDS not in Client().get(door).content.decode(), door
    actions.hold_meeting(meeting, by=None, today=timezone.localdate())
    for door in doors[:2]:
        assert WORDS in Client().get(door).content.decode(), door


def test_the_journal_of_the_preparation_is_for_its_body_alone(client_of: Callable[[str], Client]) -> None:
    meeting = a_meeting(place="はじめの部屋", held_on=timezone.localdate())
    Meeting.objects.filter(pk=meeting.pk).update(place="次の部屋")
    held = actions.hold_meeting(actions.call_meeting(meeting, by=None), by=None, today=timezone.localdate())
    journal = f"{held.address}/history"
    assert f'hx-get="{journal}"' in Client().get(held.address).content.decode()
    assert "はじめの部屋" in client_of("bureau").get(journal).content.decode()
    assert "<ins>held</ins>" in Client().get(journal).content.decode()
    for path in (held.address, journal):
        assert "はじめの部屋" not in Client().get(path).content.decode(), path


def test_duties_of_a_seat_are_not_handed_over_with_a_role() -> None:
    own = a_member("六花", account="officer")
    actions.write_statement(a_summary(), "発言", member=own, by=None)
    officer = account_of("officer")
    today = timezone.localdate()
    assert [each.what for each in own_duties_of(officer, today) if "statements" in each.path] == ["発言の確認"]
    assert not [each for each in duties_of(officer.terms[0], today) if "statements" in each.path]


def test_another_bureau_is_not_told_the_number_of_a_meeting_in_preparation(client_of: Callable[[str], Client]) -> None:
    a_meeting(41, body=a_body("far-council", block="hokkaido"))
    page = client_of("bureau").get("/meetings/prepare?body=far-council").content.decode()
    assert 'value="42"' not in page


def test_an_embargo_ends_sooner_by_lifting_it_alone_and_the_theme_stays() -> None:
    until = timezone.now() + timedelta(days=1)
    paper = a_paper(a_meeting(state=Meeting.State.CALLED), embargo_until=until)
    Paper.objects.filter(pk=paper.pk).update(theme="主題")
    facts = PaperFacts(title=paper.title, number=paper.number, provider=paper.provider, text=paper.text, access="open")
    for sooner in (None, until - timedelta(hours=1)):
        with pytest.raises(ValidationError, match="解禁を早める"):
            actions.correct_paper(paper, _with(facts, sooner), by=None, now=timezone.now())
    later = actions.correct_paper(paper, _with(facts, until + timedelta(days=1)), by=None, now=timezone.now())
    assert later.theme == "主題"


def test_what_everybody_has_seen_is_not_changed_without_a_note_by_way_of_an_embargo() -> None:
    paper = a_paper(a_meeting(state=Meeting.State.CALLED))
    Paper.objects.filter(pk=paper.pk).update(came_out_at=None, embargo_until=timezone.now())
    facts = PaperFacts(title="別の題名", number=paper.number, provider=paper.provider, text=paper.text, access="open")
    with pytest.raises(ValidationError) as refused:
        actions.correct_paper(
            paper, _with(facts, timezone.now() + timedelta(days=1)), by=None, now=timezone.now() + timedelta(seconds=1)
        )
    assert "note" in refused.value.message_dict


def _with(facts: PaperFacts, until: object) -> PaperFacts:
    return PaperFacts(
        title=facts.title, number=facts.number, provider=facts.provider, text=facts.text, access=facts.access,
        embargo_until=until,  # type: ignore[arg-type]
    )  # fmt: skip


def test_a_speakers_correction_is_not_overwritten_unread(client_of: Callable[[str], Client]) -> None:
    own = a_member("六花", account="adviser")
    statement = actions.write_statement(a_summary(), "はじめの文", member=own, by=None)
    actions.confirm_statement(
        statement, "本人の文", seen=statement.version, by=account_of("adviser"), today=timezone.localdate()
    )
    answer = client_of("bureau").post(
        f"/statements/{statement.pk}", {"text": "事務局の文", "member": own.pk, "seen": statement.version}
    )
    assert answer.status_code == 422
    assert "本人の文" in answer.content.decode()
    statement.refresh_from_db()
    assert statement.text == "本人の文"


def test_an_opinion_that_others_were_merged_into_is_not_refused() -> None:
    kept, other = a_comment("公民館で相談したい"), a_comment("公民館の画面で相談したい")
    today = timezone.localdate()
    actions.moderate_opinions([kept, other], passes=True, by=None, today=today)
    kept.refresh_from_db()
    other.refresh_from_db()
    actions.merge_opinions(kept, [other], by=None, today=today, why="同じこと")
    with pytest.raises(ValidationError, match="整理した意見"):
        actions.moderate_opinions([kept], passes=False, by=None, today=today, reason="x")


def test_a_term_that_is_over_stays_over() -> None:
    today = timezone.localdate()
    member = a_thread_member(since=today - timedelta(days=20), until=today - timedelta(days=1))
    with pytest.raises(ValidationError, match="終わっています"):
        actions.keep_term(member, role="member", valid_to=None, by=None, today=today, why="x")
    standing = a_thread_member(of="282235")
    with pytest.raises(ValidationError, match="過ぎた日"):
        actions.keep_term(standing, role="member", valid_to=today - timedelta(days=1), by=None, today=today, why="x")
