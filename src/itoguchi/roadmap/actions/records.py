"""What people do with implementation records: record a stage, correct or take it back, describe, share, count anew."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from itoguchi.core.calendar import DatedTo, Precision
from itoguchi.core.journal import journal
from itoguchi.core.models import FrozenFile
from itoguchi.core.wording import say
from itoguchi.roadmap.access import can_record_for
from itoguchi.roadmap.models import Implementation, JointUse, Solution, Stage, StageChange, StageCount
from itoguchi.roadmap.models.counts import COUNT_ANEW, LOCK
from itoguchi.roadmap.queries import first_day_of, version_of

if TYPE_CHECKING:
    from itoguchi.accounts.models import Account
    from itoguchi.areas.models import Area


@dataclass(frozen=True, slots=True, kw_only=True)
class StageFacts:
    """What is said of one stage of one area."""

    stage: Stage
    at: DatedTo
    quantity: Decimal | None = None
    cost_yen: int | None = None
    note: str = ""
    evidence_link: str = ""
    evidence_file: FrozenFile | None = None


@transaction.atomic
def record_stage(
    area: Area,
    solution: Solution,
    facts: StageFacts,
    *,
    by: Account | None,
    today: date,
    why: str = "",
    version: str | None = None,
    section: str | None = None,
    is_internal: bool | None = None,
) -> StageChange:
    """Write down that an area came to a stage; the first of an area and a solution opens their record.

    Raises PermissionDenied without the right, ValidationError for a day to come or before the solution was there, for a
    day that has a stage already, or when the record is no longer the one that `version` names.
    """
    implementation = _locked(area, solution, by=by, version=version)
    check_stage(facts, first_day_of(solution), today)
    if implementation is not None and implementation.changes.filter(at=facts.at.last_day).exists():
        raise ValidationError({"at": _("この日の段階は、すでに記録されています。その記録を直してください。")})
    with journal(by=by, why=why):
        use = implementation or Implementation(area=area, solution=solution)
        _describe(use, section=section, is_internal=is_internal)
        return write_facts(StageChange(implementation=use), facts)


@transaction.atomic
def correct_stage(
    change: StageChange,
    facts: StageFacts,
    *,
    by: Account | None,
    today: date,
    why: str,
    version: str | None = None,
    section: str | None = None,
    is_internal: bool | None = None,
) -> StageChange:
    """Put what was recorded wrongly right; what stood there stays in the journal with the reason."""
    use = change.implementation
    _locked(use.area, use.solution, by=by, version=version)
    check_stage(facts, first_day_of(use.solution), today)
    _must_say_why(why)
    if use.changes.filter(at=facts.at.last_day).exclude(pk=change.pk).exists():
        raise ValidationError({"at": _("この日の段階は、すでに記録されています。その記録を直してください。")})
    with journal(by=by, why=why):
        _describe(use, section=section, is_internal=is_internal)
        return write_facts(StageChange.objects.get(pk=change.pk), facts)


@transaction.atomic
def take_back_stage(change: StageChange, *, by: Account | None, why: str, version: str | None = None) -> None:
    """Take a stage back that was never so; what stood there stays in the journal with the reason."""
    use = change.implementation
    _locked(use.area, use.solution, by=by, version=version)
    _must_say_why(why)
    with journal(by=by, why=why):
        change.delete()


@transaction.atomic
def share_implementation(
    areas: Iterable[Area], solution: Solution, *, name: str, by: Account | None, why: str = ""
) -> JointUse | None:
    """Say that exactly these areas share one implementation; each keeps its own record, and none ends the sharing.

    Raises PermissionDenied unless one may record for each of them, ValidationError for fewer than two areas or an area
    without record.
    """
    given = sorted(set(areas), key=lambda area: area.code)
    if len(given) == 1:
        raise ValidationError({"areas": _("共同実装には、二つ以上の団体を選んでください。")})
    joint = JointUse.objects.select_for_update().filter(solution=solution, name=name.strip()).first()
    joined = list(joint.implementations.select_related("area")) if joint else []
    _must_record(by, [*given, *(each.area for each in joined)])
    uses = {each.area_id: each for each in Implementation.objects.filter(area__in=given, solution=solution)}
    if missing := [area for area in given if area.pk not in uses]:
        raise ValidationError(
            {
                "areas": [
                    say(_("%(area)sには、まだ記録がありません。先に段階を記録してください。"), area=area)
                    for area in missing
                ]
            }
        )
    with journal(by=by, why=why):
        for use in joined:
            if use.area_id not in uses:
                use.joint_use = None
                use.save()
        if not given:
            if joint:
                joint.delete()
            return None
        joint = joint or JointUse(solution=solution, name=name.strip())
        joint.full_clean()
        joint.save()
        for use in uses.values():
            use.joint_use = joint
            use.save()
    return joint


def check_stage(facts: StageFacts, first_day: date, today: date) -> None:
    """Refuse what can't be; the problems are keyed by field."""
    problems: dict[str, Any] = {}
    if facts.at.last_day > today:
        problems["at"] = (
            _(
                "まだ来ていない日の段階は記録できません。計画していることは、段階「計画」として今日までの日で記録してください。"
            )
            if facts.at.precision == Precision.DAY or facts.at.day > today
            else _("今の月・年・年度のことは、日まで書いてください（例：2026-04-01）。")
        )
    elif facts.at.last_day < first_day:
        problems["at"] = say(
            _(
                "この分野別モデルは%(first)sから記録できます。それより前からのことは%(first)sとし、備考に本当の時期を"
                "書いてください。"
            ),
            first=DatedTo(first_day, Precision.DAY),
        )
    if facts.quantity is not None and facts.quantity < 0:
        problems["quantity"] = _("数量は0以上にしてください。")
    if facts.cost_yen is not None and facts.cost_yen < 0:
        problems["cost_yen"] = _("費用は0円以上にしてください。")
    if facts.evidence_link and urlsplit(facts.evidence_link).scheme not in {"http", "https"}:
        problems["evidence_link"] = _("http:// か https:// で始まるリンクを書いてください。")
    if problems:
        raise ValidationError(problems)


@transaction.atomic
def rebuild_counts() -> int:
    """Count all records anew; returns how many roll-ups stood wrong (with every write counted at once: none)."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK.replace("PERFORM", "SELECT"))
        before = _counts()
        cursor.execute("DELETE FROM roadmap_stagecount")
        cursor.execute(COUNT_ANEW)
        after = _counts()
    return sum(before.get(key) != after.get(key) for key in before.keys() | after.keys())


def _counts() -> dict[Any, Any]:
    """Roll-ups that count anything: what of → (areas, quantity)."""
    rows = StageCount.objects.exclude(areas=0, quantity=0)
    found = rows.values_list("level", "place", "kind", "solution", "stage", "quarter", "areas", "quantity")
    return {row[:-2]: row[-2:] for row in found}


def write_facts(change: StageChange, facts: StageFacts) -> StageChange:
    """Put checked facts into a row, inside the journal of the action."""
    change.at, change.at_precision = facts.at.last_day, facts.at.precision.value
    change.stage, change.quantity, change.cost_yen = facts.stage, facts.quantity, facts.cost_yen
    change.note, change.evidence_link = facts.note.strip(), facts.evidence_link.strip()
    change.evidence_file = facts.evidence_file or change.evidence_file
    change.clean_fields()
    change.save()
    return change


def _describe(use: Implementation, *, section: str | None, is_internal: bool | None) -> Implementation:
    """Which section is responsible and whether the record is open, where something is said of it."""
    said = (
        use.section if section is None else section.strip(),
        use.is_internal if is_internal is None else is_internal,
    )
    if use.pk is None or said != (use.section, use.is_internal):
        use.section, use.is_internal = said
        use.clean_fields()
        use.save()
    return use


def _locked(area: Area, solution: Solution, *, by: Account | None, version: str | None) -> Implementation | None:
    """The record, locked; raises ValidationError when somebody wrote it since `version` was looked at."""
    _must_record(by, [area])
    found = Implementation.objects.select_for_update().filter(area=area, solution=solution).first()
    if version is not None and version_of(found) != version:
        raise ValidationError(
            _("開いている間に、ほかの方がこの記録を変えました。下の内容を確かめ、もう一度記録してください。"),
            code="changed",
        )
    return found


def _must_record(by: Account | None, areas: Iterable[Area]) -> None:
    for area in areas:
        if by and not can_record_for(by, area):
            raise PermissionDenied(
                say(_("%(area)sの実装を記録できるのは、その団体と都道府県の担当者、事務局だけです。"), area=area)
            )


def _must_say_why(why: str) -> None:
    if not why.strip():
        raise ValidationError({"why": _("直す理由を書いてください。")})
