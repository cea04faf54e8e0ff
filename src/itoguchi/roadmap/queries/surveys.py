"""What people ask of surveys: who is asked, what is known already, who has answered, what a file changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from itoguchi.accounts.access import memberships_of
from itoguchi.accounts.models import Role
from itoguchi.accounts.queries import colleagues, predecessors_of
from itoguchi.areas.models import Area
from itoguchi.core.duties import Duty
from itoguchi.core.matters import Matter
from itoguchi.core.models import Approval
from itoguchi.core.wording import say
from itoguchi.roadmap.models import Answer, Implementation, Solution, StageChange, Survey

if TYPE_CHECKING:
    from itoguchi.accounts.access import User
    from itoguchi.accounts.models import Membership

ANSWER = "answer_survey"
IN = (Answer.State.ANSWERED, Answer.State.CHECKED)
_SURVEY = _("調査・照会")
_ANSWER_TO = _("「%(survey)s」への%(area)sの回答")
_DO_ANSWER = _("去年までの記録を確かめ、変わったところだけ直して回答する")
_MEND = _("差し戻された理由を読み、直して回答する")
_ASK = _("承認する方に、決裁を頼む")
_DECIDE = _("中身を読み、承認するか差し戻す")
_CHECK = _("市区町村の回答%(number)s件を確かめる")
_CLOSE = _("締切日を過ぎた調査を締め切る")
Where = tuple[str, str]  # (area's code, solution's key)


@dataclass(frozen=True, slots=True)
class Line:
    """What is said of one solution in one area, as a file carries it: texts in one form, "" where nothing is said."""

    stage: str = ""
    at: str = ""
    quantity: str = ""
    cost_yen: str = ""
    section: str = ""
    note: str = ""

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Line:
        """From a mapping that came from outside; what is no text or no attribute is left out."""
        names = {each.name for each in fields(cls)}
        return cls(**{name: text for name, text in given.items() if name in names and isinstance(text, str)})

    @property
    def data(self) -> dict[str, str]:
        """What it says, without what is empty."""
        return {name: text for name, text in asdict(self).items() if text}


NOTHING = Line()


@dataclass(frozen=True, slots=True)
class Difference:
    """What a file says of one solution in one area, beside what it said when it went out and what is on record now."""

    area: Area
    solution: Solution
    base: Line
    now: Line
    said: Line

    @property
    def where(self) -> Where:
        return self.area.code, self.solution.key

    @property
    def is_conflict(self) -> bool:
        """Whether the record changed since, to something else than the file says."""
        return self.now not in (self.base, self.said)


def differences(
    said: Mapping[Where, Line], base: Mapping[Where, Line], areas: Iterable[Area], solutions: Iterable[Solution]
) -> list[Difference]:
    """What was changed in a file and is not on record already, in order of area and solution (1 query)."""
    by_code = {area.code: area for area in areas}
    by_key = {solution.key: solution for solution in solutions}
    now = lines_of(by_code.values(), by_key.values())
    changed = [where for where, line in said.items() if line != base.get(where, NOTHING)]
    found = [
        Difference(
            by_code[code], by_key[key], base.get((code, key), NOTHING), now.get((code, key), NOTHING), said[code, key]
        )
        for code, key in changed
    ]
    wanted = [each for each in found if each.said != each.now]
    return sorted(wanted, key=lambda each: (each.area.code, each.solution.order))


def surveys() -> QuerySet[Survey]:
    """All surveys and inquiries, those due last first."""
    return Survey.objects.select_related("block")


def surveys_seen_by(user: User) -> QuerySet[Survey]:
    """Drafts are the secretariat's; the others are seen by whoever works for an area, a block or the secretariat."""
    if user.has_perm("roadmap.record"):
        return surveys()
    blocks = {each.area.block_id for each in _with_areas(user) if each.area} | {
        each.block_id for each in memberships_of(user) if each.block_id
    }
    there = surveys().exclude(state=Survey.State.DRAFT)
    return there.filter(Q(block=None) | Q(block__in=blocks)) if blocks else there.none()


def _with_areas(user: User) -> list[Membership]:
    standing = {each.pk for each in memberships_of(user)}
    return [each for each in getattr(user, "terms", []) if each.pk in standing]


def areas_asked(survey: Survey) -> QuerySet[Area]:
    """The areas of which a survey asks, with prefecture and block."""
    areas = Area.objects.select_related("prefecture", "block").order_by("code")
    return areas.filter(block=survey.block_id) if survey.block_id else areas


def areas_of(user: User, survey: Survey) -> QuerySet[Area]:
    """Those of them for which the user may answer."""
    asked = areas_asked(survey)
    if user.has_perm("roadmap.record"):
        return asked
    own = [each.area_id for each in memberships_of(user) if each.area_id]
    return asked.filter(Q(pk__in=own) | Q(prefecture__in=own))


def solutions_asked(survey: Survey) -> list[Solution]:
    """The solutions it asks of, in their order (1 query)."""
    return list(Solution.objects.filter(pk__in=survey.asked.values("solution")).select_related("field", "since"))


def lines_of(areas: Iterable[Area], solutions: Iterable[Solution]) -> dict[Where, Line]:
    """What is on record of areas and solutions now (1 query)."""
    newest = (
        StageChange.objects.filter(implementation__area__in=list(areas), implementation__solution__in=list(solutions))
        .order_by("implementation_id", "-at")
        .distinct("implementation_id")
        .select_related("implementation")
        .annotate(code=F("implementation__area__code"))
    )
    return {(each.code, each.implementation.solution_id): line_of(each) for each in newest}


def line_of(change: StageChange) -> Line:
    """A stage on record as a file carries it."""
    quantity, cost = change.quantity, change.cost_yen
    return Line(
        stage=change.stage,
        at=change.when.written,
        quantity="" if quantity is None else f"{quantity.normalize():f}",
        cost_yen="" if cost is None else str(cost),
        section=change.implementation.section,
        note=change.note,
    )


def answer_of(survey: Survey, area: Area) -> Answer | None:
    """Where an area stands with a survey (1 query)."""
    return Answer.objects.select_related("answered_by").filter(survey=survey, area=area).first()


def waiting_answer(answer: Answer | None) -> Approval | None:
    """The answer that waits for a second person of its office (1 query)."""
    if answer is None:
        return None
    return (
        Approval.objects.filter(deed=ANSWER, subject=answer.address, state=Approval.State.DRAFTED)
        .select_related("drafter")
        .first()
    )


@dataclass(frozen=True, slots=True)
class Rate:
    """How many of the areas asked have answered, and how many of those answers are checked."""

    asked: int
    answered: int
    checked: int

    @property
    def percent(self) -> int:
        return round(100 * self.answered / self.asked) if self.asked else 0


def rates(survey: Survey) -> dict[str, Rate]:
    """Code of a prefecture → rate of the areas in it and itself; "" the rate of all (2 queries)."""
    prefecture = Coalesce("prefecture__code", "code")
    asked = dict(areas_asked(survey).order_by().values_list(prefecture).annotate(Count("pk")))
    rows = (
        Answer.objects.filter(survey=survey)
        .order_by()
        .values_list(Coalesce("area__prefecture__code", "area__code"))
        .annotate(
            answered=Count("pk", filter=Q(state__in=IN)), checked=Count("pk", filter=Q(state=Answer.State.CHECKED))
        )
    )
    given = {code: (answered, checked) for code, answered, checked in rows}
    found = {code: Rate(number, *given.get(code, (0, 0))) for code, number in asked.items()}
    return found | {
        "": Rate(*(sum(getattr(each, name) for each in found.values()) for name in ("asked", "answered", "checked")))
    }


def not_answered(survey: Survey) -> QuerySet[Area]:
    """The areas whose answer is not in (1 query)."""
    return areas_asked(survey).exclude(pk__in=Answer.objects.filter(survey=survey, state__in=IN).values("area"))


def matter_of(approval: Approval) -> Matter | None:
    """An answer is decided by the office that gives it (4 queries)."""
    if approval.deed != ANSWER:
        return None
    _root, _surveys, key, _areas, code = approval.subject.split("/")
    answer = Answer.objects.select_related("survey", "area").get(survey=key, area__code=code)
    day = approval.drafted_at.date()
    office = colleagues({"area": answer.area_id, "block": None, "organisation": None}, day).select_related("account")
    return Matter(say(_ANSWER_TO, survey=answer.survey, area=answer.area), [each.account for each in office])


def duties(membership: Membership, day: date) -> list[Duty]:
    """What a survey asks of who holds this role: to answer, to decide, to check, to close (up to 4 queries)."""
    open_ones = Survey.objects.filter(state=Survey.State.OPEN)
    if membership.role == Role.COORDINATOR:
        over = open_ones.filter(due_on__lt=day)
        return [Duty(_SURVEY, str(each), each.address, _CLOSE, each.due_on) for each in over]
    if membership.area is None:
        return []
    asked = [each for each in open_ones if each.block_id in (None, membership.area.block_id)]
    found = []
    for survey in asked:
        answer = Answer.objects.filter(survey=survey, area=membership.area).select_related("area", "survey").first()
        where = f"{survey.address}/areas/{membership.area.code}"
        if waiting := waiting_answer(answer):
            own = waiting.drafter_id in {membership.account_id, *predecessors_of(membership.account, day)}
            found.append(Duty(_SURVEY, str(survey), where, _ASK if own else _DECIDE, survey.due_on))
        elif answer is None or not answer.is_in:
            step = _MEND if answer and answer.state == Answer.State.RETURNED else _DO_ANSWER
            found.append(Duty(_SURVEY, str(survey), where, step, survey.due_on))
        if membership.area.is_prefecture:
            waits = Answer.objects.filter(
                survey=survey, area__prefecture=membership.area, state=Answer.State.ANSWERED
            ).count()
            if waits:
                found.append(Duty(_SURVEY, str(survey), survey.address, say(_CHECK, number=waits), survey.due_on))
    return found


def implementations_by_place(areas: Iterable[Area], solutions: Iterable[Solution]) -> dict[Where, Implementation]:
    """The records of areas and solutions, with their newest change first (2 queries)."""
    found = (
        Implementation.objects.filter(area__in=list(areas), solution__in=list(solutions))
        .annotate(code=F("area__code"))
        .prefetch_related("changes")
    )
    return {(each.code, each.solution_id): each for each in found}
