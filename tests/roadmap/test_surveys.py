"""Surveys: composed once, answered from what is known, in Excel out and back, checked and closed; nothing half written."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from datetime import date
from typing import Any

import openpyxl
import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from itoguchi.accounts.models import Account, ApprovalRule
from itoguchi.areas.models import Area
from itoguchi.core.imports import ImportRefused
from itoguchi.core.models import Approval
from itoguchi.roadmap import actions, queries, workbooks
from itoguchi.roadmap.actions import SurveyFacts
from itoguchi.roadmap.models import Answer, Implementation, Solution, Stage, StageChange, Survey
from itoguchi.roadmap.queries import Line
from tests.roadmap.factories import put

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 24)
Book = openpyxl.Workbook


def a_survey(key: str = "2026", *, solutions: int = 22, questions: tuple[str, ...] = (), **more: Any) -> Survey:
    facts = SurveyFacts(
        key=key,
        kind=Survey.Kind.YEARLY,
        title=f"{key}年度 実装状況調査",
        as_of=date(2026, 10, 1),
        due_on=date(2026, 12, 25),
        solutions=tuple(Solution.objects.all()[:solutions]),
        questions=questions,
        **more,
    )
    return actions.open_survey(actions.compose_survey(facts, by=None), by=None, today=TODAY)


def of_prefecture(code: str) -> list[Area]:
    return list(Area.objects.filter(prefecture__code=code).select_related("prefecture").order_by("code"))


def write_out(survey: Survey, areas: list[Area]) -> bytes:
    solutions, questions = queries.solutions_asked(survey), list(survey.questions.all())
    return workbooks.write_workbook(
        survey, areas, solutions, lines=queries.lines_of(areas, solutions), questions=questions
    )


def read_back(survey: Survey, areas: list[Area], data: bytes) -> workbooks.Given:
    given = workbooks.read_answers(
        data,
        "調査.xlsx",
        survey=survey,
        areas=areas,
        solutions=queries.solutions_asked(survey),
        today=TODAY,
        questions=list(survey.questions.all()),
    )
    workbooks.refuse(actions.problems_of(given.differences, survey, TODAY), data, "調査.xlsx")
    return given


def bring_in(survey: Survey, areas: list[Area], data: bytes, by: Account, **more: Any) -> int:
    given = read_back(survey, areas, data)
    return actions.bring_in(
        survey, given.differences, replies=given.replies, answered=given.answered, by=by, today=TODAY, **more
    )


def changed(data: bytes, change: Callable[[Book], Any]) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(data))
    change(book)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def cells(data: bytes) -> dict[tuple[str, int, int], Any]:
    """Every cell that is not of the hidden sheet."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    return {
        (sheet.title, cell.row, cell.column): cell.value
        for sheet in book
        if sheet.sheet_state == "visible"
        for row in sheet.iter_rows()
        for cell in row
    }


def fill(areas: list[Area], rng: random.Random) -> None:
    for area in areas:
        for solution in Solution.objects.all():
            put(area, solution, rng.choice([stage.value for stage in Stage][:6]), date(2020, 1, rng.randrange(1, 28)))


def journal_of_stages() -> int:
    return StageChange.pgh_event_model.objects.count()  # type: ignore[attr-defined]


def test_a_prefecture_s_workbook_of_60_by_22_comes_back_with_30_changes(coordinator: Account) -> None:
    """Shows 1."""
    rng = random.Random(5)
    areas = of_prefecture("400009")
    assert len(areas) == 60
    fill(areas, rng)
    survey = a_survey()
    out = write_out(survey, areas)
    assert write_out(survey, areas) == out
    places = rng.sample([(row, column) for row in range(2, 62) for column in range(4, 26)], 30)

    def change_30(book: Book) -> None:
        sheet = book["段階"]
        for row, column in places:
            now = sheet.cell(row, column).value
            sheet.cell(row, column).value = rng.choice(
                [each for each in ("計画", "実装", "終了", "対象外") if each != now]
            )

    before, records = journal_of_stages(), Implementation.pgh_event_model.objects.count()  # type: ignore[attr-defined]
    back = changed(out, change_30)
    assert bring_in(survey, areas, back, coordinator) == 30
    assert journal_of_stages() - before == 30
    assert Implementation.pgh_event_model.objects.count() == records  # type: ignore[attr-defined]
    assert actions.rebuild_counts() == 0
    again, first = cells(write_out(survey, areas)), cells(out)
    assert {place[1:] for place, value in again.items() if value != first[place]} == set(places)
    assert again == cells(back)
    # and one bad cell: nothing is changed, the cell is named
    bad = changed(back, lambda book: (change_30(book), book["段階"].cell(7, 9, "やる気")))
    before = journal_of_stages()
    with pytest.raises(ImportRefused) as refused:
        bring_in(survey, areas, bad, coordinator)
    [problem] = refused.value.problems
    heading = first["段階", 1, 9]
    assert (problem.sheet, problem.row, problem.column) == ("段階", 7, heading)
    assert "やる気" in str(problem)
    assert journal_of_stages() == before


def test_a_workbook_sent_back_as_it_was_changes_nothing(coordinator: Account) -> None:
    areas = of_prefecture("280003")[:5]
    fill(areas, random.Random(1))
    survey = a_survey()
    assert bring_in(survey, areas, changed(write_out(survey, areas), lambda book: book.sheetnames), coordinator) == 0


def test_words_beside_a_stage_are_put_right_and_a_new_stage_is_of_the_survey_s_day(officer: Account) -> None:
    put("282219", "telework", "trial", date(2020, 1, 1))
    survey, areas = a_survey(), [Area.objects.get(code="282219")]
    column = {each.key: 3 + place for place, each in enumerate(Solution.objects.all())}

    def change(book: Book) -> None:
        book["備考"].cell(2, column["telework"], "庁内の一部")
        book["段階"].cell(2, column["ehr"] + 1, "計画")
        book["段階"].cell(2, column["phr"] + 1, "実装")
        book["いつから"].cell(2, column["phr"], "2019年度")
        book["担当課"].cell(2, column["phr"], "健康課")

    assert bring_in(survey, areas, changed(write_out(survey, areas), change), officer) == 3
    lines = queries.lines_of(areas, Solution.objects.all())
    assert lines["282219", "telework"] == Line(stage="trial", at="2020-01-01", note="庁内の一部")
    assert lines["282219", "ehr"] == Line(stage="planned", at="2026-10-01")
    assert lines["282219", "phr"] == Line(stage="running", at="FY2019", section="健康課")


def bad_books() -> dict[str, tuple[Callable[[Book], Any], str]]:
    """What is wrong with it → the change, and what is said."""
    return {
        "renamed sheet": (
            lambda book: setattr(book["備考"], "title", "メモ"),
            "シート「備考」.*このシートがありません",
        ),
        "renamed column": (lambda book: book["段階"].cell(1, 5, "べつのもの"), "シート「段階」.*この列がない"),
        "unknown stage": (
            lambda book: book["段階"].cell(2, 5, "導入"),
            "シート「段階」 2行 .*「導入」という段階はありません",
        ),
        "two rows for one area": (
            lambda book: book["段階"].cell(3, 1, "282014"),
            "シート「段階」 3行 団体コード: 282014は2行にも",
        ),
        "a day that is none": (
            lambda book: (book["段階"].cell(2, 5, "計画"), book["いつから"].cell(2, 4, "来年")),
            "シート「いつから」 2行",
        ),
        "a day before the solution": (
            lambda book: (book["段階"].cell(2, 5, "計画"), book["いつから"].cell(2, 4, "2001-04-01")),
            "シート「いつから」 2行 .*から記録できます",
        ),
        "a day to come": (
            lambda book: (book["段階"].cell(2, 5, "計画"), book["いつから"].cell(2, 4, "2031-04-01")),
            "シート「いつから」 2行 .*まだ来ていない日",
        ),
        "a number that is none": (
            lambda book: (book["段階"].cell(2, 5, "計画"), book["数量"].cell(2, 4, "多数")),
            "シート「数量」 2行",
        ),
        "a cost below zero": (
            lambda book: (book["段階"].cell(2, 5, "計画"), book["費用（円）"].cell(2, 4, -5)),
            "シート「費用（円）」 2行",
        ),
        "words without a stage": (
            lambda book: book["備考"].cell(2, 5, "これから"),
            "シート「段階」 2行 .*段階がありません",
        ),
        "a stage taken away": (
            lambda book: setattr(book["段階"].cell(2, 4), "value", None),
            "シート「段階」 2行 .*空欄にできません",
        ),
        "no sheet of what was known": (lambda book: book.remove(book["控え"]), "控えのシートがありません"),
        "a neighbour's area": (
            lambda book: book["段階"].cell(2, 1, "292010"),
            "292010は、あなたが回答できる団体ではありません",
        ),
    }


@pytest.mark.parametrize("wrong", list(bad_books()))
def test_a_bad_workbook_is_refused_whole_with_sheet_row_and_column(wrong: str, prefecture: Account) -> None:
    areas = of_prefecture("280003")[:3]
    put(areas[0], "education-cloud", "trial", date(2020, 1, 1))
    survey = a_survey()
    change, says = bad_books()[wrong]
    if wrong == "two rows for one area":
        says = says.replace("282014", areas[0].code)
        change = lambda book: book["段階"].cell(3, 1, areas[0].code)  # noqa: E731
    data = changed(write_out(survey, areas), lambda book: (book["段階"].cell(4, 6, "計画"), change(book)))
    with pytest.raises(ImportRefused, match=says):
        bring_in(survey, areas, data, prefecture)
    assert StageChange.objects.count() == 1


def test_a_workbook_of_another_year_is_refused(prefecture: Account) -> None:
    areas = of_prefecture("280003")[:3]
    old, new = a_survey("2025"), a_survey("2026")
    with pytest.raises(ImportRefused, match="別の調査（2025）"):
        bring_in(new, areas, write_out(old, areas), prefecture)


def test_a_neighbour_s_workbook_is_refused_even_where_nothing_changed(officer: Account) -> None:
    survey = a_survey()
    data = write_out(survey, [Area.objects.get(code="282235")])
    own = list(queries.areas_of(officer, survey))
    assert [area.code for area in own] == ["282219"]
    with pytest.raises(ImportRefused, match="282235は、あなたが回答できる団体ではありません"):
        bring_in(survey, own, data, officer)
    difference = queries.differences(
        {("282235", "ehr"): Line(stage="trial")}, {}, [Area.objects.get(code="282235")], Solution.objects.all()
    )
    with pytest.raises(PermissionDenied):
        actions.bring_in(survey, difference, replies={}, answered=[], by=officer, today=TODAY)


def test_a_record_that_changed_since_the_workbook_went_out_is_decided_by_a_person(prefecture: Account) -> None:
    area = Area.objects.get(code="282219")
    put(area, "telework", "trial", date(2020, 1, 1))
    survey = a_survey()
    place = 4 + [each.key for each in Solution.objects.all()].index("telework")
    data = changed(write_out(survey, [area]), lambda book: book["段階"].cell(2, place, "実装"))
    put(area, "telework", "stopped", date(2026, 9, 1))
    [conflict] = read_back(survey, [area], data).differences
    assert (conflict.is_conflict, conflict.base.stage, conflict.now.stage, conflict.said.stage) == (
        True,
        "trial",
        "stopped",
        "running",
    )
    assert bring_in(survey, [area], data, prefecture) == 0
    assert bring_in(survey, [area], data, prefecture, take={conflict.where}) == 1
    assert queries.lines_of([area], Solution.objects.all())["282219", "telework"].stage == "running"


def test_an_answer_confirms_what_is_known_and_records_what_differs(officer: Account) -> None:
    area = Area.objects.get(code="282219")
    put(area, "telework", "trial", date(2020, 1, 1))
    survey = a_survey(questions=("困っていること",))
    question = survey.questions.get()
    known = queries.lines_of([area], Solution.objects.all())["282219", "telework"]
    lines = {"telework": known, "ehr": Line(stage="interested")}
    answer = actions.answer_survey(survey, area, lines=lines, replies={question.pk: "人手"}, by=officer, today=TODAY)
    assert (answer.state, answer.replies) == ("answered", {str(question.pk): "人手"})
    assert StageChange.objects.count() == 2
    rate = queries.rates(survey)
    assert (rate["280003"].answered, rate[""].asked, rate[""].answered) == (1, 1788, 1)


def test_a_draft_is_on_no_record_and_for_the_office_alone(officer: Account, neighbour: Account) -> None:
    area, survey = Area.objects.get(code="282219"), a_survey()
    actions.save_draft(survey, area, lines={"ehr": Line(stage="trial")}, replies={}, by=officer)
    assert not StageChange.objects.exists()
    assert queries.rates(survey)[""].answered == 0
    with pytest.raises(PermissionDenied):
        actions.save_draft(survey, area, lines={}, replies={}, by=neighbour)


def test_an_office_may_want_a_second_person(officer: Account) -> None:
    from itoguchi.accounts.models import Membership

    area, survey = Area.objects.get(code="282219"), a_survey()
    ApprovalRule.objects.create(area=area, since=date(2026, 4, 1))
    answer = actions.answer_survey(
        survey, area, lines={"ehr": Line(stage="trial")}, replies={}, by=officer, today=TODAY, asks=True
    )
    assert not StageChange.objects.exists()
    approval = Approval.objects.get()
    with pytest.raises(PermissionDenied):
        actions.decide_on_answer(answer, approval, deed="approve", by=officer, today=TODAY)
    boss = Account.objects.create(sign_in_name="boss", name="課長")
    Membership.objects.create(account=boss, role="officer", area=area, valid_from=date(2026, 4, 1))
    actions.decide_on_answer(answer, approval, deed="approve", by=boss, today=TODAY)
    answer.refresh_from_db()
    assert (answer.state, StageChange.objects.get().stage) == ("answered", "trial")


def test_the_prefecture_checks_and_sends_back_and_the_secretariat_closes(
    officer: Account, prefecture: Account, neighbour: Account
) -> None:
    area, survey = Area.objects.get(code="282219"), a_survey()
    answer = actions.answer_survey(survey, area, lines={}, replies={}, by=officer, today=TODAY)
    with pytest.raises(PermissionDenied):
        actions.check_answer(answer, by=neighbour)
    with pytest.raises(ValidationError):
        actions.return_answer(answer, remark=" ", by=prefecture)
    actions.return_answer(answer, remark="Wi-Fiの数を入れてください", by=prefecture)
    assert queries.rates(survey)[""].answered == 0
    actions.answer_survey(survey, area, lines={}, replies={}, by=officer, today=TODAY)
    assert actions.check_answer(Answer.objects.get(), by=prefecture).state == "checked"
    with pytest.raises(PermissionDenied):
        actions.close_survey(survey, by=prefecture)
    actions.close_survey(survey, by=None)
    with pytest.raises(ValidationError, match="受け付けていません"):
        actions.answer_survey(survey, area, lines={}, replies={}, by=officer, today=TODAY)


def test_a_survey_asks_something_and_does_not_change_once_open() -> None:
    with pytest.raises(ValidationError):
        a_survey(solutions=0)
    survey = a_survey(solutions=2)
    facts = SurveyFacts(
        key="2026",
        kind=Survey.Kind.YEARLY,
        title="x",
        as_of=TODAY,
        due_on=TODAY,
        solutions=(Solution.objects.all()[0],),
    )
    with pytest.raises(ValidationError, match="変えられません"):
        actions.compose_survey(facts, by=None, survey=survey)
