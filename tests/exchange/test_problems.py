"""Problems: who opens them, what is published and when, what never changes again; questions answered to all at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, ProgrammingError, transaction
from django.utils import timezone

from itoguchi.accounts.models import Account, ApprovalRule
from itoguchi.core.actions import freeze_file
from itoguchi.core.journal import history_of
from itoguchi.core.models import SearchEntry
from itoguchi.core.uploads import LARGEST, refuse_odd_file
from itoguchi.exchange import actions, queries
from itoguchi.exchange.models import Answer, Criterion, FirstReading, Problem, Question
from tests.exchange.factories import DAY, a_draft, a_firm, a_problem, a_proposal, facts, firm_of, let_time_pass, opened
from tests.support.factories import a_need

pytestmark = pytest.mark.django_db


def phase(problem: Problem) -> str:
    return queries.phase_of(problem, queries.clock()).key


def test_an_officer_opens_a_need_and_a_colleague_publishes_it(officer: Account, chief: Account) -> None:
    draft = actions.open_need(a_need(is_internal=False), facts(), by=officer)
    assert (draft.state, phase(draft), draft.written_by) == ("draft", "draft", officer)
    assert [(each.name, each.weight) for each in draft.criteria.all()] == [("効果", 3), ("費用", 1)]
    assert not SearchEntry.objects.filter(room="exchange").exists()
    ApprovalRule.objects.create(area=draft.need.area, since=timezone.localdate())
    with pytest.raises(ValidationError, match="一人では公開しない"):
        actions.publish_problem(draft, by=officer)
    published = actions.publish_problem(draft, by=chief)
    assert (published.state, phase(published)) == ("published", "asking")
    assert SearchEntry.objects.get(room="exchange").title == "猿の見回り"
    assert next(each.why for each in history_of(published)) == "課題の公開"


@pytest.mark.parametrize(
    "persona", ["neighbour", "prefecture", "bureau", "coordinator", "partner", "adviser", "funder"]
)
def test_nobody_else_opens_changes_publishes_opens_or_withdraws(persona: str, request: pytest.FixtureRequest) -> None:
    by, draft, problem = request.getfixturevalue(persona), a_draft(), a_problem("282235", need={"text": "別の町"})
    area_of_persona = persona == "neighbour"
    deeds: list[Any] = [
        lambda: actions.open_need(a_need(), facts(), by=by),
        lambda: actions.change_problem(draft, facts(), by=by),
        lambda: actions.publish_problem(draft, by=by),
        lambda: actions.withdraw_problem(draft, by=by, why="x"),
        lambda: actions.attach_file(draft, freeze_file("x.txt", b"x", content_type="text/plain"), by=by),
    ]
    if not area_of_persona:
        deeds.append(lambda: actions.open_proposals(let_time_pass(problem), by=by))
    for deed in deeds:
        with pytest.raises(PermissionDenied):
            deed()


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"criteria": ()}, "評価の観点と重み"),
        ({"asks_until": timezone.now() - DAY}, "質問の締切を過ぎています"),
    ],
)
def test_it_is_not_published_unready(more: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        actions.publish_problem(a_draft(**more), by=None)


def test_an_internal_need_is_not_published() -> None:
    with pytest.raises(ValidationError, match="庁内限り"):
        actions.publish_problem(a_draft(need={"is_internal": True}), by=None)


@pytest.mark.parametrize(
    "more",
    [
        {"title": ""},
        {"wanted": "猿" * 4001},
        {"criteria": (("効果", 0),)},
        {"criteria": (("効果", 1), ("効果", 2))},
        {"criteria": tuple((str(each), 1) for each in range(11))},
        {"asks_until": timezone.now() + 11 * DAY},
    ],
)
def test_it_refuses_what_can_not_be(more: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        a_draft(**more)
    assert not Problem.objects.exists()


def test_a_need_has_one_open_problem(officer: Account) -> None:
    draft = a_draft()
    with pytest.raises(ValidationError, match="すでに開かれています"):
        actions.open_need(draft.need, facts(), by=officer)
    actions.withdraw_problem(draft, by=officer, why="見直す")
    assert actions.open_need(draft.need, facts(), by=officer).pk != draft.pk


def test_what_was_published_stays_and_a_deadline_only_moves_back(officer: Account) -> None:
    problem = a_problem()
    with pytest.raises(ValidationError, match="公開した課題は直せません"):
        actions.change_problem(problem, facts(), by=officer)
    later = problem.closes_at + DAY
    for asks, closes, why in ((problem.asks_until, problem.closes_at - DAY, "x"), (problem.asks_until, later, " ")):
        with pytest.raises(ValidationError):
            actions.put_off(problem, asks_until=asks, closes_at=closes, by=officer, why=why)
    put_off = actions.put_off(problem, asks_until=problem.asks_until, closes_at=later, by=officer, why="質問が多い")
    assert put_off.closes_at == later
    for wrong in ({"closes_at": later - DAY}, {"published_at": timezone.now()}, {"opened_at": timezone.now()}):
        with pytest.raises(IntegrityError), transaction.atomic():  # whatever the door
            Problem.objects.filter(pk=problem.pk).update(**wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        Criterion.objects.filter(problem=problem).update(weight=9)
    let_time_pass(problem)
    assert phase(problem) == "closed"
    with pytest.raises(ValidationError, match="過ぎたため、延ばせません"):
        actions.put_off(problem, asks_until=later, closes_at=later + DAY, by=officer, why="x")
    with pytest.raises(IntegrityError), transaction.atomic():
        Problem.objects.filter(pk=problem.pk).update(closes_at=later)


def test_a_problem_is_not_withdrawn_once_opened(officer: Account, partner: Account) -> None:
    problem = a_problem()
    a_proposal(problem, partner)
    with pytest.raises(ValidationError, match="取り下げられません"):
        actions.withdraw_problem(opened(problem), by=officer, why="x")


def test_firms_ask_in_time_and_nobody_else(partner: Account, officer: Account) -> None:
    problem, (_organisation, rival) = a_problem(), a_firm()
    question = actions.ask(problem, "電波は届きますか", organisation=firm_of(partner), by=partner)
    assert question.asked_at <= queries.clock()
    for by, organisation in ((officer, firm_of(partner)), (rival, firm_of(partner))):
        with pytest.raises(PermissionDenied):
            actions.ask(problem, "x", organisation=organisation, by=by)
    for text in (" ", "電" * 1001):
        with pytest.raises(ValidationError):
            actions.ask(problem, text, organisation=firm_of(partner), by=partner)
    let_time_pass(problem)
    with pytest.raises(ValidationError, match="質問の締切"):
        actions.ask(problem, "x", organisation=firm_of(partner), by=partner)
    with pytest.raises(IntegrityError), transaction.atomic():
        Question.objects.create(problem=problem, organisation=firm_of(partner), text="x", by=partner)
    with pytest.raises(ProgrammingError), transaction.atomic():
        question.delete()


def test_an_answer_is_there_for_all_at_one_moment_and_the_log_proves_it(
    officer: Account, partner: Account, neighbour: Account
) -> None:
    problem, (_organisation, rival) = a_problem(), a_firm()
    question = actions.ask(problem, "電波は届きますか", organisation=firm_of(partner), by=partner)

    def seen(by: Account) -> list[tuple[str, list[str]]]:
        now = queries.problems_seen_by(by).get(pk=problem.pk)
        return [(each.question.text, [str(one) for one in each.answers]) for each in queries.questions_of(now, by)]

    assert seen(partner) == [("電波は届きますか", [])]
    assert seen(officer) == [("電波は届きますか", [])]
    assert seen(rival) == seen(neighbour) == []
    moment = timezone.now() + timedelta(seconds=1)
    later = actions.answer_question(question, "谷の入口まで届きます", by=officer, releases_at=moment)
    assert later.released_at == moment
    assert seen(partner) == [("電波は届きますか", [])]
    assert seen(rival) == []
    assert actions.note_reading(problem, by=partner) == 0
    with pytest.raises(IntegrityError), transaction.atomic():
        FirstReading.objects.create(answer=later, account=partner)
    while queries.clock() < moment:
        pass
    for by in (partner, rival, neighbour):
        assert seen(by) == [("電波は届きますか", ["谷の入口まで届きます"])]
    assert [actions.note_reading(problem, by=by) for by in (partner, rival, rival, officer)] == [1, 1, 0, 0]
    for wrong in ({"text": "x"}, {"released_at": timezone.now()}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Answer.objects.filter(pk=later.pk).update(**wrong)
    with pytest.raises(ProgrammingError), transaction.atomic():
        FirstReading.objects.all().delete()

    fixed = actions.answer_question(question, "訂正：谷の奥にも届きます", by=officer)
    assert fixed.released_at <= queries.clock()
    assert seen(rival) == [("電波は届きますか", ["谷の入口まで届きます", "訂正：谷の奥にも届きます"])]

    (proof, _of_fixed) = queries.proofs_of(problem, rival)
    assert (proof.answer.released_at, proof.readers, proof.is_equal) == (moment, 2, True)
    assert [each.account for each in proof.readings] == [rival], "who else reads is not told while proposals are sealed"
    assert [each.readings for each in queries.proofs_of(problem, officer)] == [[], []]
    a_proposal(problem, partner)
    problem = opened(problem)
    (proof, _of_fixed) = queries.proofs_of(problem, officer)
    assert {each.account for each in proof.readings} == {partner, rival}
    assert all(each.read_at >= moment for each in proof.readings)
    assert proof.is_equal


def test_an_answer_is_never_dated_back_nor_comes_too_late(officer: Account, partner: Account) -> None:
    problem = a_problem()
    question = actions.ask(problem, "x", organisation=firm_of(partner), by=partner)
    for moment in (timezone.now() - DAY, problem.closes_at):
        with pytest.raises(ValidationError):
            actions.answer_question(question, "x", by=officer, releases_at=moment)
    row = Answer.objects.create(question=question, text="x", released_at=timezone.now() - DAY)
    row.refresh_from_db()
    assert row.released_at > timezone.now() - timedelta(minutes=1), "the database makes it now"
    with pytest.raises(PermissionDenied):
        actions.answer_question(question, "x", by=partner)


OFFICE = "[Content_Types].xml"


def packed(*names: str, types: str = "") -> bytes:
    import io
    import zipfile

    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(OFFICE, types)
        for name in names:
            archive.writestr(name, "x")
    return made.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.exe", b"MZ", "受け取れません"),
        ("a.docm", packed("word/document.xml"), "受け取れません"),
        ("a.pdf", b"MZ\x90", "中身が"),
        ("a.png", b"%PDF-1.7", "中身が"),
        ("a.docx", packed("xl/workbook.xml"), "中身が"),
        ("a.docx", b"PK\x03\x04broken", "中身が"),
        ("a.docx", packed("word/document.xml", "word/vbaProject.bin"), "マクロ"),
        ("a.xlsx", packed("xl/workbook.xml", types="application/vnd.ms-excel.sheet.macroEnabled.main+xml"), "マクロ"),
        ("a.txt", b"\x00\x01", "中身が"),
        ("a.html", b"<script>", "受け取れません"),
        ("noending", b"x", "受け取れません"),
    ],
)
def test_files_are_known_by_their_content(name: str, content: bytes, says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        refuse_odd_file(SimpleUploadedFile(name, content))


def test_a_file_of_2_gigabytes_is_refused_unread() -> None:
    huge = SimpleUploadedFile("a.pdf", b"%PDF-")
    huge.size = 2 << 30
    assert huge.size > LARGEST
    with pytest.raises(ValidationError, match="10 MBまで"):
        refuse_odd_file(huge)


def test_good_files_are_let_in() -> None:
    for name, content in (
        ("a.PDF", b"%PDF-1.7"),
        ("a.docx", packed("word/document.xml")),
        ("a.xlsx", packed("xl/workbook.xml")),
        ("a.csv", "団体,数".encode("cp932")),
    ):
        refuse_odd_file(SimpleUploadedFile(name, content))


def test_papers_are_added_until_the_deadline(officer: Account) -> None:
    problem = a_problem()
    file = freeze_file("地図.pdf", b"%PDF-", content_type="application/pdf")
    assert actions.attach_file(problem, file, by=officer).added_at <= queries.clock()
    with pytest.raises(ValidationError, match="締切まで"):
        actions.attach_file(let_time_pass(problem), file, by=officer)
