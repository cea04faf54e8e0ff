"""What people do with cases: write one, change it, say a year later whether it still holds; hand them to the search."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from itoguchi.accounts.models import Organisation
from itoguchi.cases.access import can_write_for
from itoguchi.cases.models import Case, CaseCheck, CaseCost, CaseFigure, ReferenceModel, State
from itoguchi.core import actions as core
from itoguchi.core.journal import journal
from itoguchi.core.wording import say
from itoguchi.exchange.models import Problem
from itoguchi.support.models import Scheme

if TYPE_CHECKING:
    from itoguchi.accounts.models import Account
    from itoguchi.areas.models import Area
    from itoguchi.core.models import FrozenFile
    from itoguchi.roadmap.models import Solution

NOT_YOURS = _("書けるのは、その団体の担当者と事務局だけです。")
CLOSED = _("確認待ちや公開中のものは直せません。取り下げるか、直し始めてから書いてください。")
ROOM = "cases"


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureFacts:
    """What changed, before and after, each value with its day."""

    name: str
    unit: str
    before: Decimal | None = None
    before_on: date | None = None
    after: Decimal | None = None
    after_on: date | None = None
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CostFacts:
    """Yen of one fiscal year for one kind of thing."""

    year: int
    kind: str
    yen: int
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFacts:
    """Everything that is said about a case."""

    solution: Solution
    title: str
    worry: str
    measures: str
    evidence: str
    since_year: int | None = None
    people: str = ""
    partners: frozenset[Organisation] = frozenset()
    other_partners: str = ""
    schemes: frozenset[Scheme] = frozenset()
    pitfalls: str = ""
    evidence_link: str = ""
    evidence_file: FrozenFile | None = None
    figures: tuple[FigureFacts, ...] = ()
    costs: tuple[CostFacts, ...] = ()


@transaction.atomic
def record_case(
    area: Area, facts: CaseFacts, *, by: Account | None, today: date, problem: Problem | None = None
) -> Case:
    """Begin a case of an area as a draft, of the `problem` whose agreement it came from, if any.

    Raises PermissionDenied without the right, ValidationError, also for a problem of others or without agreement.
    """
    if by and not can_write_for(by, area):
        raise PermissionDenied(NOT_YOURS)
    if problem and not Problem.objects.filter(pk=problem.pk, need__area=area, state=Problem.State.AGREED).exists():
        raise ValidationError(_("事例のもとにできるのは、その団体の、合意に至った課題だけです。"))
    return _write(Case(area=area, problem=problem, written_by=by), facts, by=by, today=today)


@transaction.atomic
def change_case(case: Case, facts: CaseFacts, *, by: Account | None, today: date, why: str = "") -> Case:
    """Put a case right while it is written. Raises PermissionDenied, ValidationError for one that waits or is published."""
    locked = _locked(case, by)
    if not locked.is_being_written:
        raise ValidationError(CLOSED)
    return _write(locked, facts, by=by, today=today, why=why)


@transaction.atomic
def check_case(
    case: Case,
    *,
    holds: bool,
    by: Account | None,
    today: date,
    note: str = "",
    figures: tuple[FigureFacts, ...] | None = None,
    costs: tuple[CostFacts, ...] | None = None,
) -> CaseCheck:
    """Say whether a published case still holds, and bring its figures and costs up to date where they are given.

    Raises PermissionDenied, ValidationError for a case that is not published.
    """
    locked = _locked(case, by)
    if locked.state != State.PUBLISHED:
        raise ValidationError(_("確かめるのは、公開中の事例だけです。"))
    made = CaseCheck(case=locked, on=today, holds=holds, note=note.strip(), by=by)
    made.full_clean()
    with journal(by=by, why=note or str(_("いまも当てはまるかの確かめ"))):
        made.save()
        locked.checked_on, locked.still_holds = today, holds
        locked.save()
        if figures is not None:
            _write_figures(locked, figures, today)
        if costs is not None:
            _write_costs(locked, costs)
        index_cases([locked])
    return made


def index_cases(changed: Iterable[Case | ReferenceModel] | None = None) -> int:
    """Hand what everybody may read down to the search index; only what `changed`, where that is published (some queries)."""
    if changed is not None and all(each.state == State.PUBLISHED for each in changed):
        return core.keep_search_entries(ROOM, [_entry(each) for each in changed])
    cases = Case.objects.filter(state=State.PUBLISHED).select_related("area", "solution")
    models = ReferenceModel.objects.filter(state=State.PUBLISHED).select_related("area", "solution")
    return core.replace_search_entries(ROOM, [*map(_entry, cases), *map(_entry, models)])


def _entry(record: Case | ReferenceModel) -> core.Entry:
    is_case = isinstance(record, Case)
    area = record.area.name if record.area else ""
    with override("en"):
        detail_en = f"{'Case' if is_case else 'Reference model'}, {record.area or 'secretariat'}"
    texts = (
        (record.worry, record.measures, record.people, record.pitfalls) if isinstance(record, Case) else (record.about,)
    )
    return core.Entry(
        key=record.address,
        title=record.title,
        path=record.address,
        words=(record.title, area, record.solution.name),
        detail=f"{'事例' if is_case else '参照モデル'} {area or '事務局'} {record.solution.name}",
        detail_en=detail_en,
        text="\n".join(texts),
    )


def _locked(case: Case, by: Account | None) -> Case:
    locked = Case.objects.select_for_update(of=("self",)).select_related("area", "solution").get(pk=case.pk)
    if by and not can_write_for(by, locked.area):
        raise PermissionDenied(NOT_YOURS)
    return locked


def _write(case: Case, facts: CaseFacts, *, by: Account | None, today: date, why: str = "") -> Case:
    names = (
        "solution", "title", "worry", "measures", "evidence", "since_year", "people",
        "other_partners", "pitfalls", "evidence_link", "evidence_file",
    )  # fmt: skip
    for name in names:
        said = getattr(facts, name)
        setattr(case, name, said.strip() if isinstance(said, str) else said)
    case.full_clean(exclude={"partners", "schemes"})
    with journal(by=by, why=why or str(_("事例の記録"))):
        case.save()
        case.partners.set(facts.partners)
        case.schemes.set(facts.schemes)
        _write_figures(case, facts.figures, today)
        _write_costs(case, facts.costs)
    return case


def _write_figures(case: Case, figures: Iterable[FigureFacts], today: date) -> None:
    """The figures as they are given now; those of other names go."""
    known = {each.name: each for each in case.figures.all()}
    for facts in figures:
        row = known.pop(facts.name, None) or CaseFigure(case=case, name=facts.name)
        for name in ("unit", "before", "before_on", "after", "after_on", "source"):
            setattr(row, name, getattr(facts, name))
        if any(day and day > today for day in (row.before_on, row.after_on)):
            raise ValidationError(say(_("「%(name)s」：まだ来ていない日です。"), name=facts.name))
        row.full_clean()
        row.save()
    for gone in known.values():
        gone.delete()


def _write_costs(case: Case, costs: Iterable[CostFacts]) -> None:
    known = {(each.year, each.kind): each for each in case.costs.all()}
    for facts in costs:
        row = known.pop((facts.year, facts.kind), None) or CaseCost(case=case, year=facts.year, kind=facts.kind)
        row.yen, row.note = facts.yen, facts.note
        row.full_clean()
        row.save()
    for gone in known.values():
        gone.delete()
