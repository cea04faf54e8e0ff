"""A secretariat's work: papers out and back, agendas of two editors, days, attendance, statements, tasks, files."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from pathlib import Path

import docx
import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from pptx import Presentation
from pytest_django import DjangoAssertNumQueries

from itoguchi.core.duties import duties_of, own_duties_of
from itoguchi.core.events import read_calendar
from itoguchi.core.models import FrozenFile
from itoguchi.core.uploads import LARGEST
from itoguchi.network import actions, queries
from itoguchi.network.models import Attendance, Body, Meeting, Member, MomentAnswer, Paper, Statement, Task
from itoguchi.network.queries.secretariat import kana_order
from tests.network.office import letters_of, letters_of_pdf, needs_writer, opened
from tests.network.secretariat import WORDS, a_body, a_meeting, a_member, a_paper, a_summary, meeting_facts
from tests.outreach.test_pages import japanese_left, main_of
from tests.personas import account_of

pytestmark = pytest.mark.django_db
HELD, CALLED = Meeting.State.HELD, Meeting.State.CALLED
DATA = Path(__file__).resolve().parents[2] / "data" / "network"


def sees(client: Client, meeting: Meeting, words: str = WORDS) -> bool:
    return words in client.get(f"/meetings/{meeting.slug}").content.decode()


# Papers


def test_a_paper_waits_for_its_embargo_and_a_wrong_click_shows_nothing(client_of: Callable[[str], Client]) -> None:
    meeting = a_meeting(state=CALLED)
    paper = a_paper(meeting, embargo_until=timezone.now() + timedelta(hours=1), published=False)
    bureau, visitor = client_of("bureau"), client_of("visitor")
    bureau.post(f"/papers/{paper.slug}/publish")
    assert sees(bureau, meeting)
    assert not sees(visitor, meeting)
    assert bureau.post(f"/papers/{paper.slug}/lift", {"why": "急ぐため"}).status_code == 422  # not meant
    assert bureau.post(f"/papers/{paper.slug}/lift", {"is_meant": "on"}).status_code == 422  # no reason
    assert not sees(visitor, meeting)


def test_what_came_out_too_early_is_taken_back_and_comes_again_with_a_correction(
    client_of: Callable[[str], Client],
) -> None:
    meeting = a_meeting(state=CALLED)
    paper = a_paper(meeting, embargo_until=timezone.now() + timedelta(hours=1))
    bureau, visitor = client_of("bureau"), client_of("visitor")
    bureau.post(f"/papers/{paper.slug}/lift", {"is_meant": "on", "why": "まちがい"})
    assert sees(visitor, meeting)
    bureau.post(f"/papers/{paper.slug}/take-back", {"why": "解禁前に出したため"})
    assert not sees(visitor, meeting)
    assert bureau.post(f"/papers/{paper.slug}/publish", {"note": ""}).status_code == 422
    Paper.objects.filter(pk=paper.pk).update(embargo_until=timezone.now())
    bureau.post(f"/papers/{paper.slug}/publish", {"note": "解禁前に一度出ました。誤：1ページ　正：2ページ"})
    page = visitor.get(f"/meetings/{meeting.slug}").content.decode()
    assert "正誤" in page
    assert "誤：1ページ　正：2ページ" in page
    assert "誤：1ページ　正：2ページ" in visitor.get("/papers.atom").content.decode()


def test_what_others_have_seen_changes_with_a_correction_alone() -> None:
    now, today = timezone.now(), timezone.localdate()
    paper = a_paper(a_meeting(state=CALLED))
    facts = actions.PaperFacts(title="別の題名", number=paper.number, provider="事務局", text=paper.text)
    with pytest.raises(ValidationError, match="正誤"):
        actions.correct_paper(paper, facts, by=None, now=now)
    actions.correct_paper(paper, facts, by=None, now=now, note="誤：前の題名　正：別の題名")
    assert [each.day for each in paper.corrections.all()] == [today]
    draft = a_paper(a_meeting(2), published=False)
    actions.correct_paper(draft, facts, by=None, now=now)
    assert not draft.corrections.exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [("x.pdf", b"MZ no pdf"), ("x.exe", b"MZ"), ("x.docx", b"PK no office"), ("x.txt", b"\0\1")],
)
def test_files_are_what_they_say_they_are(client_of: Callable[[str], Client], name: str, content: bytes) -> None:
    meeting = a_meeting(state=CALLED)
    given = {"title": "x", "provider": "x", "access": "open", "file": SimpleUploadedFile(name, content)}
    assert client_of("bureau").post(f"/meetings/{meeting.slug}/papers/new", given).status_code == 422
    assert not meeting.papers.exists()


def test_files_with_macros_or_too_large_are_refused(client_of: Callable[[str], Client]) -> None:
    meeting, packed = a_meeting(state=CALLED), io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for name in ("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"):
            file.writestr(name, "x")
    for name, content, said in (
        ("x.docx", packed.getvalue(), "マクロのあるファイルは受け取れません"),
        ("x.pdf", b"%PDF-" + b" " * LARGEST, "ファイルが大きすぎます"),
    ):
        given = {"title": "x", "provider": "x", "access": "open", "file": SimpleUploadedFile(name, content)}
        answer = client_of("bureau").post(f"/meetings/{meeting.slug}/papers/new", given)
        assert answer.status_code == 422
        assert said in answer.content.decode()


def test_a_good_file_is_kept_and_comes_out_as_it_went_in(client_of: Callable[[str], Client]) -> None:
    meeting, bureau = a_meeting(state=CALLED), client_of("bureau")
    file = SimpleUploadedFile("計画.pdf", b"%PDF-1.7 x")
    given = {"title": "x", "provider": "x", "access": "open", "number": "資料1-1", "file": file}
    assert bureau.post(f"/meetings/{meeting.slug}/papers/new", given).status_code == 302
    paper = meeting.papers.get()
    bureau.post(f"/papers/{paper.slug}/publish")
    answer = Client().get(f"/papers/{paper.slug}/file")
    assert answer.content == b"%PDF-1.7 x"
    assert answer["Content-Type"] == "application/pdf"
    again = given | {"file": SimpleUploadedFile("計画2.pdf", b"%PDF-1.7 y")}  # of a number that is taken
    assert bureau.post(f"/meetings/{meeting.slug}/papers/new", again).status_code == 422
    assert not FrozenFile.objects.filter(name="計画2.pdf").exists()


def test_a_paper_number_is_unique_in_its_meeting() -> None:
    meeting = a_meeting()
    a_paper(meeting, published=False)
    facts = actions.PaperFacts(title="x", number="資料1-1", provider="x", text="y")
    with pytest.raises(ValidationError, match="同じ番号"):
        actions.add_paper(meeting, facts, by=None, today=timezone.localdate())


# Meetings


def test_a_meeting_in_preparation_is_its_bodys_alone(client_of: Callable[[str], Client]) -> None:
    a_member("六花", account="adviser")
    meeting = a_meeting()
    for persona, status in (
        ("visitor", 404),
        ("officer", 404),
        ("adviser", 200),
        ("bureau", 200),
        ("coordinator", 200),
    ):
        assert client_of(persona).get(f"/meetings/{meeting.slug}").status_code == status
    visitor = client_of("visitor")
    hidden = ("/meetings.ics", "/api/v1/meetings.ics", "/api/v1/meetings", "/meetings/", "/search?q=情報共有")
    for path in (*hidden, "/meetings/coming"):
        assert meeting.slug not in visitor.get(path).content.decode(), path
    assert visitor.get("/meetings/coming?format=json").json()["rows"] == []
    assert meeting.slug in client_of("adviser").get("/meetings/coming").content.decode()
    assert visitor.get(f"/meetings/{meeting.slug}/history").status_code == 404
    actions.call_meeting(meeting, by=account_of("bureau"))
    for path in ("/meetings.ics", "/api/v1/meetings", "/meetings/", "/meetings/coming"):
        assert meeting.slug in visitor.get(path).content.decode(), path


def test_it_counts_as_held_only_when_it_was() -> None:
    today = timezone.localdate()
    before = len(queries.meetings_until(today))
    meeting = a_meeting(state=CALLED, held_on=today)
    assert len(queries.meetings_until(today)) == before
    actions.hold_meeting(meeting, by=None, today=today)
    assert len(queries.meetings_until(today)) == before + 1
    with pytest.raises(ValidationError, match="開催日より前"):
        actions.hold_meeting(a_meeting(2, state=CALLED), by=None, today=today)


def test_two_editors_of_one_agenda_the_second_is_told_and_nothing_is_lost(client_of: Callable[[str], Client]) -> None:
    meeting = a_meeting()
    bureau, coordinator = client_of("bureau"), client_of("coordinator")
    path = f"/meetings/{meeting.slug}/correct"
    both = {"body": meeting.body_id, "number": 1, "held_on": meeting.held_on.isoformat(), "seen": meeting.version}
    assert bureau.post(path, both | {"agenda": "一人目の議事"}).status_code == 302
    told = coordinator.post(path, both | {"agenda": "二人目の議事"})
    page = told.content.decode()
    assert "ほかの人が先に保存しました" in page
    assert "一人目の議事" in page
    assert "二人目の議事" in page
    assert [item.text for item in meeting.agenda.all()] == ["一人目の議事"]
    seen = Meeting.objects.get(pk=meeting.pk).version
    assert f'name="seen" value="{seen}"' in page
    assert coordinator.post(path, both | {"agenda": "一人目の議事\n二人目の議事", "seen": seen}).status_code == 302
    assert [item.text for item in meeting.agenda.all()] == ["一人目の議事", "二人目の議事"]


def test_a_calendar_hears_of_every_change(client_of: Callable[[str], Client]) -> None:
    meeting = a_meeting()
    bureau, now = client_of("bureau"), timezone.now().replace(microsecond=0)

    def event() -> object:
        return read_calendar(bureau.get(f"/meetings/{meeting.slug}/calendar.ics").content, "x.ics")[0]

    first = event()
    starts = now + timedelta(days=9)
    (moment,) = actions.propose_moments(meeting, [(starts, starts + timedelta(hours=2))], answer_by=now.date(), by=None)
    actions.fix_moment(moment, by=None)
    second = event()
    actions.call_meeting(meeting, by=None)
    third = event()
    actions.cancel_meeting(meeting, by=None, why="台風")
    last = event()
    assert first.uid == last.uid  # type: ignore[attr-defined]
    told = [(each.status, each.changes) for each in (first, second, third, last)]  # type: ignore[attr-defined]
    assert [status for status, _changes in told] == ["TENTATIVE", "TENTATIVE", "CONFIRMED", "CANCELLED"]
    assert [changes for _status, changes in told] == sorted({changes for _status, changes in told})
    assert second.start == starts  # type: ignore[attr-defined]
    assert second.end == starts + timedelta(hours=2)  # type: ignore[attr-defined]
    assert "CANCELLED" in Client().get("/meetings.ics").content.decode()


def test_members_stand_in_the_order_of_the_kana() -> None:
    for name, kana in (("渡辺", "ワタナベ"), ("馬場", "ばば"), ("浜", "はま"), ("母", "はは"), ("井", "")):
        a_member(name, kana=kana)
    assert [each.name for each in queries.members_on(a_body(), timezone.localdate())] == [
        "母",
        "馬場",
        "浜",
        "渡辺",
        "井",
    ]
    assert sorted(["きよ", "きょ", "がく", "かく"], key=kana_order) == ["かく", "がく", "きょ", "きよ"]


def test_attendance_present_online_absent_or_by_a_named_proxy(client_of: Callable[[str], Client]) -> None:
    one, two, gone = a_member("一"), a_member("二"), a_member("三")
    actions.release_member(gone, last_day=timezone.localdate() - timedelta(days=30), by=None, why="異動")
    meeting, bureau = a_meeting(state=HELD), client_of("bureau")
    path = f"/meetings/{meeting.slug}/attendance"
    assert f"how_{gone.pk}" not in bureau.get(path).content.decode()
    refused = bureau.post(path, {f"how_{one.pk}": "online", f"how_{two.pk}": "proxy"})
    assert refused.status_code == 422
    assert "代理の人の名" in refused.content.decode()
    assert not Attendance.objects.exists()
    bureau.post(path, {f"how_{one.pk}": "online", f"how_{two.pk}": "proxy", f"proxy_{two.pk}": "四"})
    assert {(each.member.name, each.how, each.proxy) for each in Attendance.objects.all()} == {
        ("一", "online", ""),
        ("二", "proxy", "四"),
    }


def test_notes_are_the_secretariats_alone(client_of: Callable[[str], Client]) -> None:
    meeting = a_meeting(state=CALLED)
    a_member("六花", account="adviser")
    client_of("bureau").post(f"/meetings/{meeting.slug}/notes", {"text": "内々のメモ"})
    assert sees(client_of("coordinator"), meeting, "内々のメモ")
    for persona in ("visitor", "adviser", "officer"):
        assert not sees(client_of(persona), meeting, "内々のメモ")


# Days


def test_members_answer_for_themselves_and_the_secretariat_fixes_the_day(client_of: Callable[[str], Client]) -> None:
    meeting, now = a_meeting(), timezone.now().replace(microsecond=0)
    own, other = a_member("六花", account="adviser"), a_member("他")
    bureau, adviser = client_of("bureau"), client_of("adviser")
    path = f"/meetings/{meeting.slug}/dates"
    bad = bureau.post(path, {"deed": "propose", "moments": "あした", "answer_by": "2031-04-01"})
    assert bad.status_code == 422
    lines = "2031-04-01 10:00-12:00\n令和13年4月2日 13:00-15:00"
    bureau.post(path, {"deed": "propose", "moments": lines, "answer_by": "2031-03-20"})
    first, second = meeting.moments.all()
    (duty,) = (each for each in own_duties_of(account_of("adviser"), now.date()) if each.what == "日程調整")
    assert duty.due.isoformat() == "2031-03-20"  # type: ignore[union-attr]
    answers = {f"moment_{first.pk}": "no", f"moment_{second.pk}": "yes"}
    assert adviser.post(path, {"deed": "answer", "member": own.pk} | answers).status_code == 302
    assert adviser.post(path, {"deed": "answer", "member": other.pk} | answers).status_code == 422
    with pytest.raises(PermissionDenied):
        actions.answer_moments(meeting, other, {first.pk: "yes"}, by=account_of("adviser"))
    bureau.post(path, {"deed": "answer", "member": other.pk, f"moment_{second.pk}": "maybe"})
    poll = queries.poll_of(meeting, now.date())
    assert poll.sums == [(0, 0), (1, 1)]
    assert poll.best == {second.pk}
    assert [each.name for each in poll.silent] == ["他"]
    assert client_of("officer").get(path).status_code == 404
    bureau.post(f"{path}/{second.pk}/fix")
    fixed = Meeting.objects.get(pk=meeting.pk)
    assert fixed.held_on.isoformat() == "2031-04-02"
    actions.call_meeting(fixed, by=None)
    with pytest.raises(ValidationError, match="日程が決まっている"):
        actions.answer_moments(fixed, own, {first.pk: MomentAnswer.Fits.YES}, by=None)


# Statements


def test_speakers_see_and_settle_their_own_statements_alone(client_of: Callable[[str], Client]) -> None:
    summary = a_summary()
    own, other = a_member("六花", account="adviser"), a_member("七海", account="partner")
    mine = actions.write_statement(summary, "私の発言です", member=own, by=None)
    theirs = actions.write_statement(summary, "別の人の発言です", member=other, by=None)
    adviser, path = client_of("adviser"), f"/meetings/{summary.meeting.slug}/statements"
    page = adviser.get(path).content.decode()
    assert "私の発言です" in page
    assert "別の人の発言です" not in page
    assert adviser.get(f"/statements/{theirs.pk}").status_code == 404
    assert adviser.post(f"/statements/{theirs.pk}", {"text": "x", "seen": 1}).status_code == 404
    assert adviser.post(f"/statements/{mine.pk}", {"text": "私の発言を直します", "seen": 1}).status_code == 302
    mine.refresh_from_db()
    assert (mine.state, mine.text) == (Statement.State.CORRECTED, "私の発言を直します")
    assert client_of("officer").get(path).status_code == 403


def test_who_confirms_has_read_the_words_as_they_are() -> None:
    summary, own = a_summary(), a_member("六花", account="adviser")
    statement = actions.write_statement(summary, "はじめの文", member=own, by=None)
    actions.rewrite_statement(statement, "直された文", member=own, by=None)
    by, today = account_of("adviser"), timezone.localdate()
    with pytest.raises(ValidationError, match="開いたあとに直されました"):
        actions.confirm_statement(statement, "はじめの文", seen=1, by=by, today=today)
    done = actions.confirm_statement(statement, "直された文", seen=2, by=by, today=today)
    assert done.state == Statement.State.CONFIRMED
    again = actions.rewrite_statement(done, "また直された文", member=own, by=None)
    assert again.state == Statement.State.OPEN


def test_the_summary_waits_for_its_speakers_or_a_reason_or_the_last_day(client_of: Callable[[str], Client]) -> None:
    summary, own, today = a_summary(), a_member("六花", account="adviser"), timezone.localdate()
    statement = actions.write_statement(summary, "確認前の発言", member=own, by=None)
    slug, bureau = summary.meeting.slug, client_of("bureau")
    bureau.post(f"/meetings/{slug}/summary/publish")
    assert Client().get(f"/meetings/{slug}/summary").status_code == 404
    with pytest.raises(ValidationError, match="六花"):
        actions.publish_summary(summary, by=None, today=today)
    bureau.post(f"/meetings/{slug}/summary/publish", {"reason": "報道の求めのため"})
    page = Client().get(f"/meetings/{slug}/summary").content.decode()
    assert "確認を待たずに公開" in page
    assert "報道の求めのため" in page
    actions.reopen_summary(summary, by=None, why="確認を待つため")
    later = today + timedelta(days=8)
    out = actions.publish_summary(summary, by=None, today=later)
    assert queries.standing_of(statement, out, later) == "期限までに確認なし"


def test_a_member_who_left_with_an_open_statement_holds_nothing_up(client_of: Callable[[str], Client]) -> None:
    today = timezone.localdate()
    summary, own = a_summary(), a_member("六花", account="adviser")
    actions.write_statement(summary, "外れた人の発言", member=own, by=None)
    yesterday = today - timedelta(days=1)
    answer = client_of("bureau").post(
        f"/bodies/kinki-council/members/{own.slug}/release", {"last_day": yesterday.isoformat(), "why": "異動"}
    )
    assert answer.status_code == 302
    actions.publish_summary(summary, by=None, today=today)
    page = Client().get(f"/meetings/{summary.meeting.slug}/summary").content.decode()
    assert "外れた人の発言" in page
    assert "構成員を外れたため、確認なし" in page
    assert client_of("adviser").get(f"/meetings/{summary.meeting.slug}/statements").status_code == 403


def test_a_guest_is_confirmed_by_telephone() -> None:
    summary, today = a_summary(), timezone.localdate()
    statement = actions.write_statement(summary, "講師の発言", speaker="講師", by=None)
    with pytest.raises(ValidationError, match="どのように"):
        actions.note_confirmation(statement, how=" ", seen=1, by=None, today=today)
    done = actions.note_confirmation(statement, how="電話", seen=1, by=None, today=today)
    assert queries.standing_of(done, summary, today) == "確認済（電話）"
    actions.publish_summary(summary, by=None, today=today)


def test_what_a_speaker_changed_during_the_telephone_call_is_not_confirmed_for_them(
    client_of: Callable[[str], Client],
) -> None:
    summary = a_summary()
    statement = actions.write_statement(summary, "はじめの文", member=a_member("六花", account="adviser"), by=None)
    path = f"/meetings/{summary.meeting.slug}/statements"
    secretariat, speaker = client_of("bureau"), client_of("adviser")
    assert 'name="seen" value="1"' in secretariat.get(path).content.decode()
    assert speaker.post(f"/statements/{statement.pk}", {"text": "直した文", "seen": 1}).status_code == 302
    for deed in ("confirm", "drop"):
        told = secretariat.post(
            f"/statements/{statement.pk}/settle", {"how": "電話", "seen": 1, "deed": deed}, follow=True
        ).content.decode()
        assert "いまの文：直した文" in told
        assert ("記録しなかった確認の方法：電話" in told) == (deed == "confirm")
    statement.refresh_from_db()
    assert (statement.text, statement.state, statement.told_by) == ("直した文", "corrected", "")
    told = secretariat.post(f"/statements/{statement.pk}/settle", {"how": "電話", "seen": 2}, follow=True)
    assert "すでに確認されています（発言者が修正）" in told.content.decode()
    assert secretariat.post(f"/statements/{statement.pk}/settle", {"how": "電話"}, follow=True).status_code == 200
    statement.refresh_from_db()
    assert (statement.state, statement.told_by) == ("corrected", "")


# Decisions and tasks


def test_tasks_over_a_series_say_what_is_late_and_whose_it_is(client_of: Callable[[str], Client]) -> None:
    own, today = a_member("六花", account="adviser"), timezone.localdate()
    for number in (1, 2):
        meeting = a_meeting(number, state=HELD)
        decision = actions.decide(meeting, f"第{number}回の決定", [], by=account_of("bureau"))
        due = today - timedelta(days=1) if number == 1 else today
        facts = actions.TaskFacts(text=f"第{number}回の宿題", member=own, due_on=due, decision=decision)
        actions.assign_task(meeting, facts, by=None)
    bureau, adviser, path = client_of("bureau"), client_of("adviser"), "/bodies/kinki-council/tasks"
    late = bureau.get(f"{path}?state=late").content.decode()
    assert "第1回の宿題" in late
    assert "第1回の決定" in late
    assert "第2回の宿題" not in late
    assert "第2回の宿題" in adviser.get(f"{path}?owner=六花&state=open").content.decode()
    assert "遅れ" in bureau.get(f"{path}?format=csv").content.decode()
    assert client_of("officer").get(path).status_code == 403
    own = own_duties_of(account_of("adviser"), today)
    named = [each.title for each in own if each.path.startswith("/tasks/")]
    assert named == ["第1回の宿題", "第2回の宿題"]
    assert any(each.what == "遅れている宿題" for each in duties_of(account_of("bureau").terms[0], today))
    task = Task.objects.get(text="第1回の宿題")
    adviser.post(f"/tasks/{task.pk}", {"outcome": "表にまとめた"})
    assert "第1回の宿題" not in bureau.get(f"{path}?state=late").content.decode()
    assert "第1回の決定" in Client().get("/bodies/kinki-council").content.decode()


def test_who_is_no_secretariat_keeps_nothing() -> None:
    officer, meeting, now = account_of("officer"), a_meeting(state=HELD), timezone.now()
    paper = a_paper(meeting, published=False)
    deeds = [
        lambda: actions.prepare_meeting(meeting_facts(meeting.body, 9), by=officer),
        lambda: actions.call_meeting(meeting, by=officer),
        lambda: actions.add_paper(meeting, actions.PaperFacts(title="x"), by=officer, today=now.date()),
        lambda: actions.publish_paper(paper, by=officer, now=now),
        lambda: actions.begin_summary(meeting, confirm_by=now.date(), by=officer),
        lambda: actions.note_down(meeting, "x", by=officer),
        lambda: actions.decide(meeting, "x", [], by=officer),
        lambda: actions.assign_task(meeting, actions.TaskFacts(text="x", due_on=now.date()), by=officer),
        lambda: actions.keep_body("x", actions.BodyFacts(kind="council", name="x"), by=officer),
        lambda: actions.seat_member(
            meeting.body, actions.MemberFacts(name="x", role=Member.Role.MEMBER, since=now.date()), by=officer
        ),
    ]
    for deed in deeds:
        with pytest.raises(PermissionDenied):
            deed()


# Files and pages


def words_of_html(page: str) -> list[str]:
    """The paper's own words on the page, in their order."""
    inner = page.partition('<div lang="ja">')[2].partition('<ul class="next">')[0]
    return [unescape(text).strip() for text in re.findall(r">([^<]+)<", f">{inner}<") if text.strip()]


def a_summary_that_is_out() -> Meeting:
    """A meeting with a paper, an attendance by proxy, a statement, a decision, and its summary out with a reason."""
    own, today = a_member("六花", kana="ろっか"), timezone.localdate()
    meeting = a_meeting(state=HELD, place="会議室")
    a_paper(meeting)
    actions.write_attendance(meeting, {own: ("proxy", "代わりの人")}, by=None)
    summary = a_summary(meeting)
    actions.write_statement(summary, "一行目\n二行目", member=own, by=None)
    actions.decide(meeting, "決まったことの文", [], by=None)
    actions.publish_summary(summary, by=None, today=today, reason="見本")
    return meeting


def test_files_say_what_the_screen_says() -> None:
    meeting = a_summary_that_is_out()
    client = Client()
    for document in ("agenda", "summary"):
        path = f"/meetings/{meeting.slug}/{document}"
        shown = words_of_html(client.get(path).content.decode())
        assert len(shown) > 5
        word = docx.Document(io.BytesIO(client.get(f"{path}.docx").content))
        text = "\n".join(each.text for each in word.paragraphs)
        text += "\n".join(cell.text for table in word.tables for row in table.rows for cell in row.cells)
        slides = Presentation(io.BytesIO(client.get(f"{path}.pptx").content)).slides
        said = []
        for slide in slides:
            for shape in slide.shapes:
                if shape.has_text_frame:
                    said.append(shape.text_frame.text)
                elif shape.has_table:
                    said += [cell.text_frame.text for row in shape.table.rows for cell in row.cells]
        in_slides = "\n".join(said)
        for line in shown:
            assert line in text, line
            assert line in in_slides or "構成員の出欠" in line, line
        in_pdf = letters_of_pdf(client.get(f"{path}.pdf").content)
        assert [line for line in shown if letters_of(line) not in in_pdf] == []
    assert client.get(f"/meetings/{meeting.slug}/agenda.exe").status_code == 404


@needs_writer
def test_files_open_in_libreoffice_and_say_what_the_screen_says(tmp_path: Path) -> None:
    meeting, client = a_summary_that_is_out(), Client()
    for document in ("agenda", "summary"):
        path = f"/meetings/{meeting.slug}/{document}"
        shown = words_of_html(client.get(path).content.decode())
        for kind in ("docx", "pptx"):
            said = letters_of_pdf(opened(client.get(f"{path}.{kind}").content, kind, "pdf", within=tmp_path))
            assert [line for line in shown if letters_of(line) not in said and "構成員の出欠" not in line] == []


@pytest.mark.parametrize(("key", "number"), [("task-force", 5), ("literacy-subcommittee", 7), ("sample-group", 1)])
def test_the_seeds_bodies_and_a_new_working_group_are_kept_through_the_pages_alone(
    client_of: Callable[[str], Client], key: str, number: int
) -> None:
    today, secretariat, slug = timezone.localdate().isoformat(), client_of("coordinator"), f"{key}-{number}"

    def send(path: str, **said: object) -> None:
        answer = secretariat.post(path, said)
        assert answer.status_code == 302, (path, answer.content.decode()[:3000])

    if key == "sample-group":
        new = {"key": key, "kind": "working-group", "name": "見本ワーキンググループ", "purpose": "進め方を考える"}
        send("/bodies/new", **new)
        again = secretariat.post("/bodies/new", new | {"name": "別の名"})
        assert again.status_code == 422
        assert "この記号の会議体は、すでにあります" in again.content.decode()
        assert Body.objects.get(key=key).name == "見本ワーキンググループ"
        send(f"/bodies/{key}/members/new", name="見本 構成員", kana="みほん", role="member", since="2016-09-29")
        page = Client().get(f"/bodies/{key}").content.decode()
        assert "進め方を考える" in page
        assert f'href="/bodies/{key}"' in Client().get("/meetings/").content.decode()
    member, speaker = Member.objects.filter(body=key).order_by("order")[0], client_of("adviser")
    seat = {"name": member.name, "kana": "よみがな", "role": "member", "since": "2016-09-29"}
    send(f"/bodies/{key}/members/{member.slug}", **seat, sign_in_name="adviser")
    send("/meetings/prepare", body=key, number=number, held_on=today, agenda="進捗の確認")
    send(f"/meetings/{slug}/papers/new", number="資料1", title="進捗", provider="事務局", access="open", text="一覧")
    send(f"/papers/{slug}-paper-1/publish")
    send(f"/meetings/{slug}/turn", deed="call")
    send(f"/meetings/{slug}/turn", deed="hold")
    send(f"/meetings/{slug}/attendance", **{f"how_{member.pk}": "present"})
    send(f"/meetings/{slug}/statements", deed="begin", confirm_by="2031-04-01")
    send(f"/meetings/{slug}/statements", deed="add", member=member.pk, text="進めましょう")
    statement = Statement.objects.get(summary__meeting__slug=slug)
    assert speaker.post(f"/statements/{statement.pk}", {"text": "進めましょう", "seen": 1}).status_code == 302
    send(f"/meetings/{slug}/summary/publish")
    send(f"/meetings/{slug}/decisions/new", text="次の版に入れる")
    send(f"/meetings/{slug}/tasks/new", text="案を作る", member=member.pk, due_on="2031-05-01")
    read = Client().get(f"/meetings/{slug}/summary").content.decode()
    for words in ("進めましょう", "確認済", "次の版に入れる", member.name):
        assert words in read
    assert "案を作る" in speaker.get(f"/bodies/{key}/tasks").content.decode()
    actions.load_meetings(DATA)  # the reference data leaves alone what people keep
    member.refresh_from_db()
    assert member.kana == "よみがな"
    assert Meeting.objects.get(slug=slug).state == HELD


PAGES = [
    "/meetings/",
    "/meetings/coming",
    "/meetings/kinki-council-1",
    "/meetings/kinki-council-1/history",
    "/meetings/kinki-council-1/agenda",
    "/meetings/kinki-council-1/summary",
    "/meetings/kinki-council-1/statements",
    "/meetings/kinki-council-1/attendance",
    "/meetings/kinki-council-1/papers/new",
    "/meetings/kinki-council-1/tasks/new",
    "/meetings/kinki-council-2/dates",
    "/meetings/prepare",
    "/bodies/",
    "/bodies/kinki-council",
    "/bodies/kinki-council/tasks",
    "/bodies/kinki-council/edit",
    "/bodies/kinki-council/members/new",
    "/bodies/kinki-council/members/kinki-council-member-1/release",
    "/papers/kinki-council-1-paper-1/correct",
    "/papers.atom",
    "/meetings/kinki-council-1/calendar.ics",
]


def test_pages_ask_few_times_and_are_english(
    client_of: Callable[[str], Client], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    members = [a_member(f"見本{number}", kana="みほん") for number in range(12)]
    held, poll, now = a_meeting(1, state=HELD), a_meeting(2), timezone.now()
    for _number in range(6):
        a_paper(held)
    moments = actions.propose_moments(
        poll,
        [(now + timedelta(days=n), now + timedelta(days=n, hours=1)) for n in range(5)],
        answer_by=now.date(),
        by=None,
    )
    for each in members:
        actions.answer_moments(poll, each, {moment.pk: "yes" for moment in moments}, by=None)
    summary = a_summary(held)
    for each in members:
        actions.write_statement(summary, "発言", member=each, by=None)
        actions.assign_task(held, actions.TaskFacts(text="宿題", member=each, due_on=now.date()), by=None)
    bureau = client_of("bureau")
    for path in PAGES:
        with django_assert_max_num_queries(12):
            assert bureau.get(path).status_code == 200, path
        if not path.endswith((".atom", ".ics")):
            assert japanese_left(main_of(bureau.get(f"/en{path}").content.decode())) == [], path
    visitor = client_of("visitor")
    for path in (
        "/meetings/",
        "/meetings/kinki-council-1",
        "/meetings/kinki-council-1/agenda",
        "/bodies/kinki-council",
    ):
        with django_assert_max_num_queries(12):
            assert visitor.get(path).status_code == 200, path
