"""What an area does with a problem: open a need as one, put it right, publish, put the deadline off, add papers, withdraw."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from itoguchi.accounts.access import needs_second_person
from itoguchi.core.actions import Entry, keep_search_entries, replace_search_entries
from itoguchi.core.journal import journal
from itoguchi.core.wording import say
from itoguchi.exchange.access import can_open_problems_of
from itoguchi.exchange.models import Criterion, Offer, Problem, ProblemFile
from itoguchi.exchange.queries.problems import clock
from itoguchi.support.models import Need

if TYPE_CHECKING:
    from itoguchi.accounts.models import Account
    from itoguchi.areas.models import Area
    from itoguchi.core.models import FrozenFile

NOT_YOURS = _("課題を開き、選べるのは、その団体の担当者だけです。")
MOST_CRITERIA, MOST_FILES = 10, 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemFacts:
    """Everything that is said of a problem; `criteria` are names with weights, in their order."""

    title: str
    wanted: str
    site: str
    asks_until: datetime
    closes_at: datetime
    conditions: str = ""
    criteria: tuple[tuple[str, int], ...] = ()


@transaction.atomic
def open_need(need: Need, facts: ProblemFacts, *, by: Account | None) -> Problem:
    """Begin a problem out of a need, as a draft. Raises PermissionDenied without the right, ValidationError."""
    must_own(by, need.area)
    if need.state in {Need.State.CLOSED, Need.State.MERGED}:
        raise ValidationError(_("終えたニーズや統合したニーズは、課題として開けません。"))
    return _write(Problem(need=need), facts, by=by, why=str(_("ニーズを課題として開く")))


@transaction.atomic
def change_problem(problem: Problem, facts: ProblemFacts, *, by: Account | None) -> Problem:
    """Put a draft right; once published only its deadlines move, and papers are added."""
    locked = locked_problem(problem, by)
    _must_be(locked, Problem.State.DRAFT, _("公開した課題は直せません。締切を延ばすか、資料を加えてください。"))
    return _write(locked, facts, by=by)


@transaction.atomic
def publish_problem(problem: Problem, *, by: Account | None) -> Problem:
    """Show a problem to everybody, from one moment on.

    Raises PermissionDenied, ValidationError for an internal need, a deadline that has passed, no criteria, or where the
    office lets nobody publish alone and `by` wrote it.
    """
    locked = locked_problem(problem, by)
    now = clock()
    _must_be(locked, Problem.State.DRAFT, _("この課題は、すでに公開されています。"))
    if locked.need.is_internal:
        raise ValidationError(_("もとのニーズが庁内限りです。先にニーズを公開してください。"))
    if locked.asks_until <= now:
        raise ValidationError(_("質問の締切を過ぎています。これからの日時に直してください。"))
    if not locked.criteria.exists():
        raise ValidationError(_("評価の観点と重みを、公開の前に決めてください。"))
    if by and locked.written_by_id == by.pk and needs_second_person(by):
        raise ValidationError(_("この団体は、一人では公開しない決まりです。書いた方とは別の担当者が公開してください。"))
    locked.state, locked.published_at = Problem.State.PUBLISHED, now
    save(locked, by=by, why=str(_("課題の公開")))
    keep_search_entries("exchange", [_entry(locked)])
    return locked


@transaction.atomic
def put_off(problem: Problem, *, asks_until: datetime, closes_at: datetime, by: Account | None, why: str) -> Problem:
    """Give everybody more time; a deadline never comes nearer, nor back once it has passed."""
    locked = locked_problem(problem, by)
    now = clock()
    _must_be(locked, Problem.State.PUBLISHED, _("締切を延ばせるのは、公開中の課題だけです。"))
    if now >= locked.closes_at:
        raise ValidationError(_("提案の締切を過ぎたため、延ばせません。"))
    if closes_at < locked.closes_at or asks_until < locked.asks_until:
        raise ValidationError(_("締切は、前の締切より早くできません。"))
    if not why.strip():
        raise ValidationError({"why": _("なぜ延ばすのかを書いてください。")})
    locked.asks_until, locked.closes_at = asks_until, closes_at
    return save(locked, by=by, why=why)


@transaction.atomic
def withdraw_problem(problem: Problem, *, by: Account | None, why: str) -> Problem:
    """Take a problem back before its proposals are opened: they stay sealed for ever. Raises ValidationError for no reason."""
    locked = locked_problem(problem, by)
    if locked.state not in {Problem.State.DRAFT, Problem.State.PUBLISHED}:
        raise ValidationError(_("提案を開けたあとは、取り下げられません。「該当なし」にしてください。"))
    if not why.strip():
        raise ValidationError({"why": _("理由を書いてください。")})
    locked.state, locked.result = Problem.State.WITHDRAWN, why.strip()
    return save(locked, by=by, why=why)


@transaction.atomic
def attach_file(problem: Problem, file: FrozenFile, *, by: Account | None) -> ProblemFile:
    """Add a paper to a problem; once it is published, everybody has it from this moment on."""
    locked = locked_problem(problem, by)
    if locked.state not in {Problem.State.DRAFT, Problem.State.PUBLISHED} or clock() >= locked.closes_at:
        raise ValidationError(_("資料を加えられるのは、提案の締切までです。"))
    if locked.files.count() >= MOST_FILES:
        raise ValidationError(say(_("資料は%(most)s個までです。"), most=MOST_FILES))
    with journal(by=by, why=str(_("課題の資料"))):
        return ProblemFile.objects.create(problem=locked, file=file, added_at=clock())


def must_own(by: Account | None, area: Area) -> None:
    """Raises PermissionDenied for who is no officer of the area."""
    if by and not can_open_problems_of(by, area):
        raise PermissionDenied(NOT_YOURS)


def locked_problem(problem: Problem, by: Account | None) -> Problem:
    """The row, locked, for an officer of its area."""
    found = Problem.objects.select_for_update(of=("self",)).select_related("need__area").get(pk=problem.pk)
    must_own(by, found.need.area)
    return found


def save(problem: Problem, *, by: Account | None, why: str = "") -> Problem:
    """Write a problem that may be written, with who and why."""
    problem.full_clean()
    with journal(by=by, why=why):
        problem.save()
    return problem


def _must_be(problem: Problem, state: Problem.State, else_says: object) -> None:
    if problem.state != state:
        raise ValidationError(else_says)  # type: ignore[arg-type]


def _write(problem: Problem, facts: ProblemFacts, *, by: Account | None, why: str = "") -> Problem:
    for name in ("title", "wanted", "site", "conditions"):
        setattr(problem, name, getattr(facts, name).strip())
    problem.asks_until, problem.closes_at, problem.written_by = facts.asks_until, facts.closes_at, by
    names = [name for name, _weight in facts.criteria]
    if len(names) > MOST_CRITERIA or len(names) != len(set(names)):
        raise ValidationError({"criteria": say(_("評価の観点は、違う名前で%(most)s個までです。"), most=MOST_CRITERIA)})
    save(problem, by=by, why=why)
    with journal(by=by, why=why):
        problem.criteria.all().delete()
        for order, (name, weight) in enumerate(facts.criteria):
            criterion = Criterion(problem=problem, name=name, weight=weight, order=order)
            criterion.full_clean()
            criterion.save()
    return problem


def index_exchange() -> int:
    """Hand the problems that were published and the offers that stand down to the search index: never a proposal."""
    problems = Problem.objects.filter(published_at__isnull=False).select_related("need__area")
    offers = Offer.objects.filter(ended_on=None).select_related("organisation")
    return replace_search_entries("exchange", [*map(_entry, problems), *map(entry_of_offer, offers)])


def _entry(problem: Problem) -> Entry:
    area = problem.need.area
    with override("en"):
        detail_en = f"Problem, {area}"
    return Entry(
        key=f"problem-{problem.pk}",
        title=problem.title,
        path=problem.address,
        words=(problem.title, area.name),
        detail=f"課題 {area.name}",
        detail_en=detail_en,
        text="\n".join([problem.wanted, problem.site, problem.conditions]),
    )


def entry_of_offer(offer: Offer) -> Entry:
    """What an offer is found by."""
    with override("en"):
        detail_en = f"Offer, {offer.organisation}"
    return Entry(
        key=f"offer-{offer.pk}",
        title=offer.title,
        path=offer.address,
        words=(offer.title, offer.organisation.name),
        detail=f"提供 {offer.organisation.name}",
        detail_en=detail_en,
        text=offer.text,
    )
