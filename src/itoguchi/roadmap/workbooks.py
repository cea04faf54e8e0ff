"""A survey as an Excel workbook: one sheet for each thing asked, a row for each area; it goes out and comes back.

What was on record when it went out stands in a hidden sheet, so that a cell somebody changed is told from a record
that changed meanwhile.
"""

from __future__ import annotations

import io
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import override
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from itoguchi.areas.models import Area
from itoguchi.core.calendar import DatedTo, NotADate
from itoguchi.core.exports import with_fixed_time
from itoguchi.core.folding import fold
from itoguchi.core.imports import ImportRefused, Problem, Sheet, read_workbook
from itoguchi.core.wording import say
from itoguchi.roadmap.models import Question, Solution, Stage, Survey
from itoguchi.roadmap.queries import Difference, Line, differences
from itoguchi.roadmap.queries.surveys import NOTHING, Where

# Attribute of a line → title of its sheet, in the order of the sheets.
TITLES = {
    "stage": "段階",
    "at": "いつから",
    "quantity": "数量",
    "cost_yen": "費用（円）",
    "section": "担当課",
    "note": "備考",
}
IN_THE_FILE = "ja"  # offices' workbooks are in Japanese, whatever the page they are taken from
QUESTIONS, ABOUT, KEPT = "設問", "説明", "控え"
CODE, NAME, ANSWERED = "団体コード", "団体", "回答済（○）"
_HEAD = PatternFill("solid", fgColor="E8F1FE")
_HOW = (
    "「段階」のシートで、変わったところだけを選び直してください。空欄は未回答です。",
    "段階：関心 → 検討 → 計画 → 実証 → 実装 → 横展開。ほかに 終了、対象外。",
    "「いつから」は、調査時点とちがう日からのときだけ書いてください（例：2026-04-01、2026年4月、2025年度）。",
    "回答が済んだ団体は、「段階」のシートの「回答済（○）」に○を付けてください。",
    "シートと列の名前、団体コードは変えないでください。一か所でも誤りがあれば、何も取り込みません。",
)


@cache
def stage_names() -> dict[Stage, str]:
    """The stages as the workbook writes them."""
    with override(IN_THE_FILE):
        return {stage: str(stage.label) for stage in Stage}


@dataclass(frozen=True, slots=True)
class Given:
    """What a workbook says: what differs from the record, replies by area's code and question, areas marked as done."""

    differences: list[Difference]
    replies: dict[str, dict[int, str]]
    answered: list[str]


def write_workbook(
    survey: Survey,
    areas: Sequence[Area],
    solutions: Sequence[Solution],
    *,
    lines: Mapping[Where, Line],
    questions: Sequence[Question] = (),
    replies: Mapping[str, Mapping[str, str]] | None = None,
    answered: Iterable[str] = (),
) -> bytes:
    """The workbook of some areas, filled with what is known; the same records give the same bytes."""
    done, known = set(answered), replies or {}
    book = Workbook(write_only=True)
    about = book.create_sheet(ABOUT)
    about.column_dimensions["A"].width = 100
    for text in (survey.title, f"調査時点：{survey.as_of.isoformat()}　締切：{survey.due_on.isoformat()}", *_HOW):
        about.append([text])
    for text in survey.note.splitlines():
        about.append([_text(about, text)])
    for attribute, title in TITLES.items():
        sheet = _sheet(book, title, [solution.name for solution in solutions], is_first=attribute == "stage")
        if attribute == "stage" and solutions:
            choices = DataValidation(type="list", formula1=f'"{",".join(stage_names().values())}"', allow_blank=True)
            choices.add(f"D2:{get_column_letter(3 + len(solutions))}{len(areas) + 1}")
            sheet.data_validations.append(choices)
        for area in areas:
            found = [_shown(attribute, lines.get((area.code, each.key), NOTHING)) for each in solutions]
            marks = ["○" if area.code in done else None] if attribute == "stage" else []
            sheet.append([_text(sheet, each) for each in (area.code, area.name, *marks, *found)])
    if questions:
        sheet = _sheet(book, QUESTIONS, [question.text for question in questions], is_first=False)
        for area in areas:
            said = known.get(area.code, {})
            sheet.append(
                [_text(sheet, each) for each in (area.code, area.name, *(said.get(str(q.pk), "") for q in questions))]
            )
    kept = book.create_sheet(KEPT)
    kept.sheet_state = "veryHidden"
    kept.append(["調査", "団体コード", "分野別モデル", *TITLES])
    kept.append([survey.key, None, None])
    for (code, key), line in sorted(lines.items()):
        kept.append([_text(kept, each) for each in (None, code, key, *(getattr(line, name) for name in TITLES))])
    written = io.BytesIO()
    book.save(written)
    return with_fixed_time(written.getvalue())


def read_answers(
    data: bytes,
    name: str,
    *,
    survey: Survey,
    areas: Iterable[Area],
    solutions: Sequence[Solution],
    today: date,
    questions: Sequence[Question] = (),
    replies: Mapping[str, Mapping[str, str]] | None = None,
    answered: Collection[str] = (),
) -> Given:
    """What a workbook that came back says of `areas`, those the sender may answer for.

    `replies` and `answered` are known already: what is the same is left out.

    Raises ImportRefused for another survey's workbook, a sheet or column that is missing, an area that is not the
    sender's or stands there twice, and cells that can't be read: each by sheet, row and column.
    """
    sheets = read_workbook(data, name)
    base, day = _kept(sheets, survey), min(survey.as_of, today)
    by_code = {area.code: area for area in areas}
    said: dict[Where, dict[str, str]] = {}
    problems: list[Problem] = []
    marked: list[str] = []
    known = replies or {}
    by_name = {solution.name: solution.key for solution in solutions}
    for attribute, title in TITLES.items():
        for number, code, cells in _rows(sheets, title, by_name, by_code, problems):
            if attribute == "stage" and cells.pop(ANSWERED, ""):
                marked.append(code)
            for heading, cell in cells.items():
                text = _read(attribute, cell, problems, title, number, heading)
                said.setdefault((code, by_name[heading]), {})[attribute] = text
    written: dict[str, dict[int, str]] = {}
    numbers = {question.text: question.pk for question in questions}
    for number, code, cells in _rows(sheets, QUESTIONS, numbers, by_code, problems) if questions else ():
        for heading, cell in cells.items():
            if len(cell) > 1000:
                problems.append(
                    _problem(QUESTIONS, number, heading, _("長すぎます。"), _("1000字までにしてください。"))
                )
            if cell != known.get(code, {}).get(str(numbers[heading]), ""):
                written.setdefault(code, {})[numbers[heading]] = cell
    if problems:
        raise ImportRefused(problems)
    lines = {where: _line(given, base.get(where, NOTHING), day) for where, given in said.items()}
    return Given(
        differences(lines, base, by_code.values(), solutions),
        written,
        [code for code in marked if code not in answered],
    )


def refuse(found: Iterable[tuple[Difference, Any]], data: bytes, name: str) -> None:
    """Raise ImportRefused for what the action would refuse, by sheet, row and column."""
    rows = {row[0].strip(): number for number, row in read_workbook(data, name)[TITLES["stage"]].rows}
    problems = [
        _problem(TITLES[attribute], rows.get(each.area.code), each.solution.name, text, "")
        for each, refused in found
        for attribute, texts in refused.message_dict.items()
        for text in texts
    ]
    if problems:
        raise ImportRefused(problems)


def _sheet(book: Workbook, title: str, headings: Sequence[str], *, is_first: bool) -> Any:
    sheet = book.create_sheet(title)
    fixed = [CODE, NAME, *([ANSWERED] if is_first else [])]
    sheet.freeze_panes = f"{get_column_letter(len(fixed) + 1)}2"
    for place in range(1, len(fixed) + len(headings) + 1):
        sheet.column_dimensions[get_column_letter(place)].width = 14
    head = []
    for text in (*fixed, *headings):
        cell = WriteOnlyCell(sheet, text)
        cell.font, cell.fill, cell.alignment = Font(bold=True), _HEAD, Alignment(wrap_text=True, vertical="top")
        head.append(cell)
    sheet.append(head)
    return sheet


def _text(sheet: Any, value: str | None) -> Any:
    """A cell that stays text whatever it looks like."""
    if not value:
        return None
    cell = WriteOnlyCell(sheet, value)
    cell.data_type = "s"
    return cell


def _shown(attribute: str, line: Line) -> str:
    """What a cell holds; `いつから` is for what is to be said, not for what is known."""
    if attribute == "at":
        return ""
    if attribute == "stage":
        return stage_names()[Stage(line.stage)] if line.stage else ""
    return str(getattr(line, attribute))


def _line(given: Mapping[str, str], base: Line, day: date) -> Line:
    """A line of cells; without a day another stage is of `day`, and the same one stays since when it was."""
    at = given.get("at") or (base.at if given.get("stage") in (base.stage, "") else day.isoformat())
    return replace(base, **{**given, "at": at})


def _kept(sheets: Mapping[str, Sheet], survey: Survey) -> dict[Where, Line]:
    """What was on record when the workbook went out."""
    kept = sheets.get(KEPT)
    if kept is None or not kept.rows:
        raise ImportRefused(
            [
                Problem(
                    None,
                    None,
                    _("この調査から書き出したブックではありません（控えのシートがありません）。"),
                    _("調査のページからブックを書き出し、それに書き込んで取り込んでください。"),
                )
            ]
        )
    key = kept.rows[0][1][0]
    if key != survey.key:
        raise ImportRefused(
            [
                Problem(
                    None,
                    None,
                    say(_("別の調査（%(key)s）のブックです。"), key=key[:40]),
                    say(_("「%(survey)s」から書き出したブックに書き込んでください。"), survey=survey),
                )
            ]
        )
    found = {}
    for _number, (_survey, code, solution, *texts) in kept.rows[1:]:
        found[code, solution] = Line.of(dict(zip(TITLES, texts, strict=False)))
    return found


def _rows(
    sheets: Mapping[str, Sheet],
    title: str,
    headings: Mapping[str, Any],
    areas: Mapping[str, Area],
    problems: list[Problem],
) -> list[tuple[int, str, dict[str, str]]]:
    """(row number, area's code, heading → cell) of one sheet."""
    sheet = sheets.get(title)
    if sheet is None:
        problems.append(
            _problem(
                title,
                None,
                None,
                _("このシートがありません。"),
                _("シートの名前を、書き出したときのままにしてください。"),
            )
        )
        return []
    header = [cell.strip() for cell in sheet.header]
    wanted = [CODE, *headings]
    for heading in wanted:
        if header.count(heading) != 1:
            problems.append(
                _problem(
                    title,
                    sheet.header_row,
                    heading,
                    _("この列がない、または二つ以上あります。"),
                    _("列の名前を、書き出したときのままにしてください。"),
                )
            )
    if any(header.count(heading) != 1 for heading in wanted):
        return []
    places = {heading: header.index(heading) for heading in headings}
    if title == TITLES["stage"] and ANSWERED in header:
        places[ANSWERED] = header.index(ANSWERED)
    found: list[tuple[int, str, dict[str, str]]] = []
    seen: dict[str, int] = {}
    for number, row in sheet.rows:
        code = fold(row[header.index(CODE)])
        code = code.zfill(6) if code.isdigit() else code
        if code in seen:
            problems.append(
                _problem(
                    title,
                    number,
                    CODE,
                    say(_("%(code)sは%(row)s行にもあります。"), code=code, row=seen[code]),
                    _("どちらか1行だけを残してください。"),
                )
            )
        elif code not in areas:
            problems.append(
                _problem(
                    title,
                    number,
                    CODE,
                    say(_("%(code)sは、あなたが回答できる団体ではありません。"), code=code or "—"),
                    _("自分の団体のブックを書き出し、それに書き込んでください。"),
                )
            )
        else:
            seen[code] = number
            found.append((number, code, {heading: row[place].strip() for heading, place in places.items()}))
    return found


def _read(attribute: str, cell: str, problems: list[Problem], title: str, number: int, heading: str) -> str:
    """The text of a cell in the one form that lines have."""
    if not cell:
        return ""
    if attribute == "stage":
        plain = fold(cell)
        for stage, name in stage_names().items():
            if plain in (fold(name), fold(stage.value)):
                return stage.value
        problems.append(
            _problem(
                title,
                number,
                heading,
                say(_("「%(text)s」という段階はありません。"), text=cell[:40]),
                say(_("次のどれかにしてください：%(choices)s"), choices="、".join(stage_names().values())),
            )
        )
    elif attribute == "at":
        try:
            return DatedTo.parse(cell).written
        except NotADate as error:
            problems.append(_problem(title, number, heading, error.message, error.cure))
    elif attribute in ("quantity", "cost_yen"):
        return cell.replace(",", "").removesuffix(".0")
    return cell


def _problem(sheet: str, row: int | None, column: Any, message: Any, cure: Any) -> Problem:
    return Problem(row, column, message, cure, sheet)
