"""What somebody should look at by their roles, each with why: late answers, old records, missed steps, new standings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import chain
from typing import TYPE_CHECKING

from django.db.models import Exists, F, OuterRef, Subquery
from django.utils.translation import gettext as _

from itoguchi.accounts.access import memberships_of
from itoguchi.accounts.queries import acting_for
from itoguchi.core.templatetags.core import day as written
from itoguchi.core.watched import Watched, offered_to
from itoguchi.roadmap.access import can_compose
from itoguchi.roadmap.models import (
    LADDER,
    Answer,
    Milestone,
    Stage,
    StageChange,
    StandingChange,
    Survey,
    Told,
    Topic,
    Watching,
)
from itoguchi.roadmap.models.follow_up import ASKS
from itoguchi.roadmap.queries.aims import all_kpis, not_dropped
from itoguchi.roadmap.queries.surveys import areas_asked, rates

if TYPE_CHECKING:
    from itoguchi.accounts.models import Account, Membership
    from itoguchi.areas.models import Area

STALE_AFTER = timedelta(days=730)
SOON = timedelta(days=7)
NEWS_FOR = timedelta(days=92)  # so long a change of standing is news
ON_THE_WAY = LADDER[: LADDER.index(Stage.RUNNING)]


def watching_of(account: Account) -> Watching:
    """How the account wants to be told (1 query)."""
    return Watching.objects.filter(account=account).first() or Watching(account=account)


def watched_by(account: Account, day: date, watching: Watching | None = None) -> list[Watched]:
    """What concerns the account on a day, of the topics it wants, each thing once, with every reason for it.

    Some 5 queries a role, and those of the rooms that hand something down (core.watched).
    """
    topics = (watching or watching_of(account)).topics
    found: dict[str, Watched] = {}
    of_roles = (each for membership in memberships_of(account, day) for each in _of(membership, day))
    for each in chain(of_roles, offered_to(account, day)):
        if each.topic in topics:
            known = found.setdefault(each.key, each)
            if each.why != known.why:
                found[each.key] = replace(known, why=f"{known.why} {each.why}")
    order = Topic.values
    return sorted(found.values(), key=lambda each: order.index(each.topic))


def not_yet_told(account: Account, watched: list[Watched]) -> list[Watched]:
    """Those of which no digest has told (1 query)."""
    told = set(
        Told.objects.filter(account=account, key__in=[each.key for each in watched]).values_list("key", flat=True)
    )
    return [each for each in watched if each.key not in told]


def _of(membership: Membership, day: date) -> Iterator[Watched]:
    if can_compose(acting_for(membership)):
        yield from _surveys_to_close(day)
        yield from _missed_milestones(day)
        yield from _standings(day)
    elif membership.block_id:
        yield from _standings(day)
    elif membership.area:
        yield from _surveys_of(membership.area, day)
        yield from _stale_records(membership.area, day)


def _surveys_of(area: Area, day: date) -> Iterator[Watched]:
    """Own answers that are due or late; of a prefecture, also how many of its municipalities are late."""
    for survey in Survey.objects.filter(state=Survey.State.OPEN, due_on__lte=day + SOON):
        if survey.block_id not in (None, area.block_id):
            continue
        answer = Answer.objects.filter(survey=survey, area=area).first()
        is_late = survey.due_on < day
        due = written(survey.due_on)
        if answer is None or not answer.is_in:
            why = _("締切（%(due)s）を過ぎましたが、回答が届いていません。") if is_late else _("締切は%(due)sです。")
            state = "late" if is_late else "due"
            path = f"{survey.address}/areas/{area.code}"
            yield Watched(
                Topic.SURVEYS, f"survey {survey.key} {area.code} {state}", str(survey), why % {"due": due}, path
            )
        if area.is_prefecture and is_late:
            rate = rates(survey).get(area.code)
            if rate and rate.answered < rate.asked:
                why = _("締切（%(due)s）を過ぎましたが、%(of)s団体のうち%(number)sの回答が届いていません。") % {
                    "due": due,
                    "of": rate.asked,
                    "number": rate.asked - rate.answered,
                }
                yield Watched(
                    Topic.SURVEYS, f"survey {survey.key} in {area.code} late", str(survey), why, survey.address
                )


def _surveys_to_close(day: date) -> Iterator[Watched]:
    for survey in Survey.objects.filter(state=Survey.State.OPEN, due_on__lt=day):
        number = (
            areas_asked(survey).count()
            - Answer.objects.filter(survey=survey, state__in=(Answer.State.ANSWERED, Answer.State.CHECKED)).count()
        )
        why = _("締切（%(due)s）を過ぎました。%(number)s団体の回答が届いていません。") % {
            "due": written(survey.due_on),
            "number": number,
        }
        yield Watched(Topic.SURVEYS, f"survey {survey.key} over", str(survey), why, survey.address)


def _stale_records(area: Area, day: date) -> Iterator[Watched]:
    """Stages on the way to running that nobody has changed or confirmed for two years."""
    newest = StageChange.objects.filter(implementation=OuterRef("implementation"), at__lte=day).order_by("-at")
    found = list(
        StageChange.objects.filter(implementation__area=area, pk=Subquery(newest.values("pk")[:1]))
        .filter(stage__in=ON_THE_WAY, at__lte=day - STALE_AFTER)
        .select_related("implementation__solution")
        .annotate(place=F("implementation__solution__order"))
        .order_by("place")
    )
    if not found:
        return
    confirmed = (
        Answer.objects.filter(
            area=area, state__in=(Answer.State.ANSWERED, Answer.State.CHECKED), answered_at__isnull=False
        )
        .order_by("-answered_at")
        .values_list("answered_at", flat=True)
        .first()
    )
    if confirmed and confirmed.date() > day - STALE_AFTER:
        return
    for change in found:
        solution = change.implementation.solution
        why = _("「%(stage)s」のまま、%(since)sから2年以上、直しも確かめもされていません。") % {
            "stage": change.get_stage_display(),
            "since": change.when,
        }
        path = f"/areas/{area.code}/implementations/{solution.key}"
        yield Watched(Topic.STALE, f"stale {change.pk}", str(solution), why, path)


def _missed_milestones(day: date) -> Iterator[Watched]:
    """Steps of KPIs in force whose day has passed within a year: has it been done?"""
    passed = Milestone.objects.filter(not_dropped(day), by__lt=day, by__gte=day - timedelta(days=365))
    for step in passed.filter(kpi__in=all_kpis().filter(not_dropped(day))).select_related("kpi").order_by("by", "pk"):
        why = _("期限（%(by)s）が過ぎました。できたかを確かめ、遅れていれば改善策か改定を記録してください。") % {
            "by": step.when
        }
        yield Watched(Topic.MILESTONES, f"milestone {step.pk}", f"{step.kpi}：{step.text}", why, step.kpi.address)


def _standings(day: date) -> Iterator[Watched]:
    """KPIs whose standing is another than before, within the last quarter; the first note of a KPI is no change."""
    before = StandingChange.objects.filter(kpi=OuterRef("kpi"), day__lt=OuterRef("day"))
    changes = StandingChange.objects.filter(Exists(before), day__gt=day - NEWS_FOR, day__lte=day).select_related("kpi")
    for change in changes.order_by("-day", "kpi"):
        why = _("%(day)sから「%(state)s」です。") % {"day": written(change.day), "state": change.get_state_display()}
        path = f"/follow-up/#{change.kpi_id}" if change.state in ASKS else change.kpi.address
        yield Watched(Topic.STANDINGS, f"standing {change.pk}", str(change.kpi), why, path)
