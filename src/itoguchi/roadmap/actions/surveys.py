"""What people do with surveys: compose, open, answer, decide, check, send back, bring a workbook in, remind, close."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from itoguchi.accounts.queries import memberships_on, predecessors_of
from itoguchi.core import actions as core
from itoguchi.core.calendar import DatedTo, NotADate, Precision
from itoguchi.core.journal import journal
from itoguchi.core.mail import post
from itoguchi.core.wording import say
from itoguchi.roadmap.access import can_check, can_compose, can_record_for
from itoguchi.roadmap.actions.records import StageFacts, check_stage, write_facts
from itoguchi.roadmap.models import (
    Answer,
    Implementation,
    Question,
    Solution,
    Stage,
    StageChange,
    Survey,
    SurveySolution,
)
from itoguchi.roadmap.queries import records, surveys
from itoguchi.roadmap.queries.surveys import ANSWER, NOTHING, Difference, Line

if TYPE_CHECKING:
    from itoguchi.accounts.models import Account
    from itoguchi.areas.models import Area, Block
    from itoguchi.core.models import Approval


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyFacts:
    """What a survey asks of whom, by when."""

    key: str
    kind: Survey.Kind
    title: str
    as_of: date
    due_on: date
    solutions: tuple[Solution, ...]
    questions: tuple[str, ...] = ()
    note: str = ""
    block: Block | None = None


@transaction.atomic
def compose_survey(facts: SurveyFacts, *, by: Account | None, survey: Survey | None = None) -> Survey:
    """Write a survey, or another version of one that is not open yet.

    Raises PermissionDenied without the right, ValidationError for one that asks nothing or is open already.
    """
    _must_compose(by)
    known = Survey.objects.select_for_update().filter(pk=survey.pk).first() if survey else None
    if known and known.state != Survey.State.DRAFT:
        raise ValidationError(_("受付を始めた調査は変えられません。締め切って、新しい調査を作ってください。"))
    if not facts.solutions and not facts.questions:
        raise ValidationError({"solutions": _("たずねる分野別モデルか設問を、一つ以上選んでください。")})
    made = known or Survey(key=facts.key)
    made.kind, made.title, made.note = facts.kind, facts.title.strip(), facts.note.strip()
    made.as_of, made.due_on, made.block = facts.as_of, facts.due_on, facts.block
    made.full_clean(validate_unique=known is None)
    with journal(by=by, why=str(_("調査の準備"))):
        made.save()
        made.asked.exclude(solution__in=facts.solutions).delete()
        there = set(made.asked.values_list("solution", flat=True))
        for solution in facts.solutions:
            if solution.key not in there:
                SurveySolution.objects.create(survey=made, solution=solution)
        made.questions.all().delete()
        for order, text in enumerate(facts.questions, start=1):
            Question.objects.create(survey=made, order=order, text=text)
    return made


@transaction.atomic
def open_survey(survey: Survey, *, by: Account | None, today: date) -> Survey:
    """Let everybody who is asked find it, filled with what is known."""
    _must_compose(by)
    locked = Survey.objects.select_for_update().get(pk=survey.pk)
    if locked.state == Survey.State.OPEN:
        raise ValidationError(_("この調査は、すでに受付中です。"))
    if locked.due_on < today:
        raise ValidationError(_("締切日が過ぎています。締切日をこれからの日に直してください。"))
    return _set_state(locked, Survey.State.OPEN, by=by, why=str(_("受付の開始")))


@transaction.atomic
def close_survey(survey: Survey, *, by: Account | None, why: str = "") -> Survey:
    """Take no more answers; what is on record stays."""
    _must_compose(by)
    locked = Survey.objects.select_for_update().get(pk=survey.pk)
    if locked.state != Survey.State.OPEN:
        raise ValidationError(_("締め切れるのは、受付中の調査だけです。"))
    return _set_state(locked, Survey.State.CLOSED, by=by, why=why or str(_("締切")))


@transaction.atomic
def save_draft(
    survey: Survey, area: Area, *, lines: Mapping[str, Line], replies: Mapping[int, str], by: Account
) -> Answer:
    """Keep what is not yet said; nobody outside the office sees it, and nothing of it is on record."""
    answer = _locked_answer(survey, area, by=by)
    if answer.is_in:
        raise ValidationError(_("回答は済んでいます。変わったところは、もう一度回答してください。"))
    answer.draft = _payload(lines, replies)
    with journal(by=by, why=str(_("下書き"))):
        answer.save()
    return answer


@transaction.atomic
def answer_survey(
    survey: Survey,
    area: Area,
    *,
    lines: Mapping[str, Line],
    replies: Mapping[int, str],
    by: Account,
    today: date,
    asks: bool = False,
) -> Answer:
    """Say how an area stands: what differs from the record is recorded, the rest is confirmed.

    `lines` holds the solutions of which something is said, by key. With `asks` a second person of the office decides
    first. Raises PermissionDenied without the right, ValidationError for what can't be, keyed "solution's key:attribute".
    """
    answer = _locked_answer(survey, area, by=by)
    asked = {each.key: each for each in surveys.solutions_asked(survey)}
    changes = _changes(area, lines, asked)
    _check(changes, survey, today)
    if asks:
        answer.draft = _payload({each.solution.key: each.said for each in changes}, replies)
        with journal(by=by, why=str(_("承認の依頼"))):
            answer.save()
            core.draft_approval(ANSWER, answer.address, by=by, payload=answer.draft)
        return answer
    return _take(answer, changes, replies, survey, by=by, today=today)


@transaction.atomic
def decide_on_answer(
    answer: Answer, approval: Approval, *, deed: str, by: Account, today: date, remark: str = ""
) -> Answer:
    """`deed` approve, send_back (with a remark) or withdraw one's own; what is approved is said as it was asked."""
    if approval.deed != ANSWER or approval.subject != answer.address:
        raise ValidationError(_("この起案の承認ではありません。ページを開き直してください。"))
    if not any(each.area_id == answer.area_id for each in by.roles_on(today)):
        raise PermissionDenied(_("決裁できるのは、同じ団体の担当者だけです。"))
    locked = _locked_answer(answer.survey, answer.area, by=by)
    if deed == "send_back":
        core.send_back(approval, by=by, remark=remark)
        return locked
    if deed == "withdraw":
        core.withdraw_approval(approval, by=by, predecessors=predecessors_of(by, today))
        return locked
    core.approve(approval, by=by, remark=remark)
    lines = {key: Line.of(line) for key, line in approval.payload["lines"].items()}
    replies = {int(number): text for number, text in approval.payload["replies"].items()}
    asked = {each.key: each for each in surveys.solutions_asked(answer.survey)}
    changes = _changes(answer.area, lines, asked)
    _check(changes, answer.survey, today)
    return _take(locked, changes, replies, answer.survey, by=by, today=today)


@transaction.atomic
def check_answer(answer: Answer, *, by: Account) -> Answer:
    """The prefecture (or the secretariat) has looked at an answer and takes it."""
    locked = _to_check(answer, by)
    locked.state, locked.remark = Answer.State.CHECKED, ""
    with journal(by=by, why=str(_("都道府県の確認"))):
        locked.save()
    return locked


@transaction.atomic
def return_answer(answer: Answer, *, remark: str, by: Account) -> Answer:
    """Send an answer back with what to mend; what it put on record stays until it is mended."""
    locked = _to_check(answer, by)
    if not remark.strip():
        raise ValidationError({"remark": _("差し戻す理由を書いてください。")})
    locked.state, locked.remark = Answer.State.RETURNED, remark.strip()[:300]
    with journal(by=by, why=locked.remark):
        locked.save()
    return locked


@transaction.atomic
def bring_in(
    survey: Survey,
    found: Iterable[Difference],
    *,
    replies: Mapping[str, Mapping[int, str]],
    answered: Collection[str],
    take: Collection[surveys.Where] = (),
    by: Account,
    today: date,
) -> int:
    """Record what a workbook changed; of what was changed on both sides only what is in `take`. Returns how many.

    `replies` are answers to questions by area's code; areas in `answered` have answered with it. All or nothing.
    """
    wanted = [each for each in found if not each.is_conflict or each.where in take]
    areas = {area.code: area for area in surveys.areas_asked(survey)}
    concerned = {each.area.code for each in wanted} | set(replies) | set(answered)
    for code in sorted(concerned):
        if code not in areas or not can_record_for(by, areas[code]):
            raise PermissionDenied(say(_("%(code)sの回答はできません。担当する団体だけにしてください。"), code=code))
    now = surveys.lines_of([each.area for each in wanted], [each.solution for each in wanted])
    if any(now.get(each.where, NOTHING) != each.now for each in wanted):
        raise ValidationError(_("確かめている間に、記録が変わりました。もう一度ファイルを選んで、確かめてください。"))
    _check(wanted, survey, today)
    number = _write_lines(
        wanted, survey, by=by, why=gettext("「%(survey)s」のファイル") % {"survey": survey}, today=today
    )
    for code in sorted(set(replies) | set(answered)):
        answer = _locked_answer(survey, areas[code], by=by)
        if code in answered:
            _take(answer, [], replies.get(code, {}), survey, by=by, today=today)
        else:
            answer.replies = answer.replies | {str(key): text for key, text in replies[code].items()}
            with journal(by=by, why=gettext("「%(survey)s」のファイル") % {"survey": survey}):
                answer.save()
    return number


@transaction.atomic
def remind(survey: Survey, *, by: Account | None, today: date) -> int:
    """Write to the officers of every area that has not answered, once a day at most; returns how many areas."""
    _must_compose(by)
    if survey.state != Survey.State.OPEN:
        raise ValidationError(_("催促できるのは、受付中の調査だけです。"))
    waiting = {area.pk: area for area in surveys.not_answered(survey)}
    if settings.SMTP is not None:
        held = memberships_on(today).filter(area__in=waiting, account__is_active=True).select_related("account")
        for each in held:
            area = waiting[each.area_id]  # type: ignore[index]
            post(
                f"survey {survey.key} {area.code}, {today.isoformat()}, to {each.account_id}",
                each.account,
                lambda: gettext("回答のお願い：%(survey)s") % {"survey": survey},
                lambda area=area: (  # type: ignore[misc]
                    gettext("%(area)sの回答がまだ届いていません。締切は%(due)sです。")
                    % {"area": area, "due": DatedTo(survey.due_on, Precision.DAY)}
                ),
                f"{survey.address}/areas/{area.code}",
            )
    return len(waiting)


def read_line(line: Line) -> StageFacts | None:
    """A line as facts, None where it says nothing of a stage; raises ValidationError keyed by attribute."""
    problems: dict[str, Any] = {}

    def read(name: str, parse: Callable[[str], Any]) -> Any:
        text = getattr(line, name)
        try:
            return parse(text) if text else None
        except (NotADate, ValueError, InvalidOperation) as error:
            problems[name] = str(error) if isinstance(error, NotADate) else _UNREADABLE[name]
            return None

    stage, at = read("stage", Stage), read("at", DatedTo.parse)
    quantity, cost = read("quantity", _number), read("cost_yen", lambda text: int(_number(text)))
    for name, longest in (("note", 500), ("section", 100)):
        if len(getattr(line, name)) > longest:
            problems[name] = say(_("長すぎます。%(most)s字までにしてください。"), most=longest)
    if stage is None and line.data and "stage" not in problems:
        problems["stage"] = _("段階がありません。ほかの欄を書くときは、段階も選んでください。")
    if problems:
        raise ValidationError(problems)
    if stage is None:
        return None
    return StageFacts(
        stage=stage,
        at=at or DatedTo(date.min, Precision.DAY),
        quantity=quantity,
        cost_yen=cost,
        note=line.note,
    )


_UNREADABLE = {
    "stage": _("段階は、関心・検討・計画・実証・実装・横展開・終了・対象外のどれかにしてください。"),
    "at": _("2016-10-01、2016年10月、2016年度、平成28年度 のどれかの形で書いてください。"),
    "quantity": _("数量は、数だけで書いてください（例：12）。"),
    "cost_yen": _("費用は、円の整数で書いてください（例：1200000）。"),
}


def _number(text: str) -> Decimal:
    number = Decimal(text.replace(",", ""))
    if not number.is_finite() or abs(number) >= 10**11:
        raise InvalidOperation
    return number


def _check_difference(
    each: Difference, use: Implementation | None, first_day: date, survey: Survey, today: date
) -> None:
    if each.now.stage and not each.said.stage:
        raise ValidationError(
            {"stage": _("記録のある段階は、空欄にできません。取り消すには、画面で記録を取り消してください。")}
        )
    given = read_line(each.said)
    if given is None:
        return
    facts = _dated(each, given, survey, today)
    check_stage(facts, first_day, today)
    change = _change_to_write(use, each, facts)
    earlier = [other.at for other in use.changes.all() if other.pk != change.pk] if use else []
    if earlier and facts.at.last_day <= max(earlier):
        raise ValidationError(
            {
                "at": say(
                    _("前の段階は%(when)sからです。それより後の日にしてください。"),
                    when=DatedTo(max(earlier), Precision.DAY),
                )
            }
        )


def _dated(each: Difference, facts: StageFacts, survey: Survey, today: date) -> StageFacts:
    """Since when it is so: the day that is written; else that of the record, for another stage the survey's day."""
    if each.said.at and each.said.at != each.base.at:
        at = facts.at
    elif each.said.stage == each.now.stage:
        at = DatedTo.parse(each.now.at)
    else:
        at = DatedTo(min(survey.as_of, today), Precision.DAY)
    return StageFacts(stage=facts.stage, at=at, quantity=facts.quantity, cost_yen=facts.cost_yen, note=facts.note)


def _changes(area: Area, lines: Mapping[str, Line], asked: Mapping[str, Solution]) -> list[Difference]:
    """What lines say that is not on record, in the order of the solutions; a solution that is not asked is refused."""
    if unknown := [key for key in lines if key not in asked]:
        raise ValidationError(
            say(_("この調査がたずねていない分野別モデルです：%(keys)s"), keys="、".join(unknown)[:100])
        )
    now = surveys.lines_of([area], asked.values())
    found = []
    for key, solution in asked.items():
        known = now.get((area.code, key), NOTHING)
        if key in lines and lines[key] != known:
            found.append(Difference(area, solution, known, known, lines[key]))
    return found


def _check(found: Iterable[Difference], survey: Survey, today: date) -> None:
    problems: dict[str, Any] = {}
    for each, refused in problems_of(found, survey, today):
        problems |= {f"{each.solution.key}:{name}": texts for name, texts in refused.error_dict.items()}
    if problems:
        raise ValidationError(problems)


def problems_of(found: Iterable[Difference], survey: Survey, today: date) -> list[tuple[Difference, ValidationError]]:
    """What can't be said, with the reasons keyed by attribute."""
    wanted = list(found)
    known = surveys.implementations_by_place([each.area for each in wanted], [each.solution for each in wanted])
    first_days: dict[str, date] = {}
    problems = []
    for each in wanted:
        key = each.solution.key
        if key not in first_days:
            first_days[key] = records.first_day_of(each.solution)
        try:
            _check_difference(each, known.get(each.where), first_days[key], survey, today)
        except ValidationError as refused:
            problems.append((each, refused))
    return problems


def _take(
    answer: Answer,
    changes: Iterable[Difference],
    replies: Mapping[int, str],
    survey: Survey,
    *,
    by: Account,
    today: date,
) -> Answer:
    """Record what differs, and that the area has answered."""
    why = gettext("「%(survey)s」への回答") % {"survey": survey}
    _write_lines(changes, survey, by=by, why=why, today=today)
    answer.state, answer.draft, answer.remark = Answer.State.ANSWERED, {}, ""
    answer.replies = answer.replies | {str(number): text.strip() for number, text in replies.items()}
    answer.answered_at, answer.answered_by = timezone.now(), by
    with journal(by=by, why=why):
        answer.save()
    return answer


def _write_lines(found: Iterable[Difference], survey: Survey, *, by: Account, why: str, today: date) -> int:
    """One change of stage for each difference: another stage is added, words on the present one are put right."""
    wanted = list(found)
    known = surveys.implementations_by_place([each.area for each in wanted], [each.solution for each in wanted])
    number = 0
    with journal(by=by, why=why):
        for each in wanted:
            given = read_line(each.said)
            if given is None:
                continue
            facts = _dated(each, given, survey, today)
            use = known.get(each.where) or Implementation(area=each.area, solution=each.solution)
            if use.pk is None or use.section != each.said.section:
                use.section = each.said.section
                use.save()
            if each.now.stage and _without_section(each.said) == _without_section(each.now):
                number += 1
                continue
            write_facts(_change_to_write(use, each, facts), facts)
            number += 1
    return number


def _without_section(line: Line) -> dict[str, str]:
    return {name: text for name, text in line.data.items() if name != "section"}


def _change_to_write(use: Implementation | None, each: Difference, facts: StageFacts) -> StageChange:
    """The change in force when it is put right (the same stage, or a day no later than its own), else a new one."""
    newest = max(use.changes.all(), key=lambda change: change.at, default=None) if use and use.pk else None
    if newest is None or (each.said.stage != each.now.stage and facts.at.last_day > newest.at):
        return StageChange(implementation=use)
    return newest


def _payload(lines: Mapping[str, Line], replies: Mapping[int, str]) -> dict[str, Any]:
    return {
        "lines": {key: line.data for key, line in lines.items()},
        "replies": {str(number): text for number, text in replies.items()},
    }


def _locked_answer(survey: Survey, area: Area, *, by: Account) -> Answer:
    """The row, locked, so that two officers answering at once do so one after the other."""
    if not can_record_for(by, area):
        raise PermissionDenied(
            say(_("%(area)sの回答ができるのは、その団体と都道府県の担当者、事務局だけです。"), area=area)
        )
    fresh = Survey.objects.select_for_update(of=("self",)).get(pk=survey.pk)
    if fresh.state != Survey.State.OPEN:
        raise ValidationError(_("この調査は受け付けていません。締切のあとの変更は、実装の記録から直してください。"))
    if fresh.block_id not in (None, area.block_id):
        raise ValidationError(say(_("%(area)sは、この調査の対象ではありません。"), area=area))
    return Answer.objects.select_for_update().filter(survey=fresh, area=area).first() or Answer(survey=fresh, area=area)


def _to_check(answer: Answer, by: Account) -> Answer:
    if not can_check(by, answer.area):
        raise PermissionDenied(_("回答を確かめられるのは、その都道府県の担当者と事務局だけです。"))
    locked = Answer.objects.select_for_update().select_related("survey", "area").get(pk=answer.pk)
    if not locked.is_in:
        raise ValidationError(_("まだ回答されていません。"))
    return locked


def _set_state(survey: Survey, state: Survey.State, *, by: Account | None, why: str) -> Survey:
    survey.state = state
    with journal(by=by, why=why):
        survey.save()
    return survey


def _must_compose(by: Account | None) -> None:
    if by and not can_compose(by):
        raise PermissionDenied(_("調査・照会を作り、締め切れるのは事務局だけです。"))
