"""What people do with plans: begin one, write it section by section, ask and decide, open it anew, feed the records."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from itoguchi.accounts.queries import predecessors_of
from itoguchi.cases.actions import show_reuse
from itoguchi.core import actions as core
from itoguchi.core.calendar import DatedTo, Precision, format_date
from itoguchi.core.journal import journal
from itoguchi.core.models import Approval
from itoguchi.core.wording import say
from itoguchi.plans.access import can_plan_for
from itoguchi.plans.content import LONGEST, Content, Heading, YearOfMoney, blanks_of, content_from
from itoguchi.plans.models import Plan, PlanAction, PlanKpi, PlanVersion
from itoguchi.plans.queries import approval_of, content_of, copies_of, feeds_of, latest_of, running_reuses
from itoguchi.plans.queries.plans import APPROVE
from itoguchi.roadmap.actions import StageFacts, record_stage
from itoguchi.roadmap.models import Solution, Stage, StageChange, shown_value
from itoguchi.support.access import needs_open_to

if TYPE_CHECKING:
    from itoguchi.accounts.models import Account
    from itoguchi.areas.models import Area
    from itoguchi.support.models import Need

NOT_YOURS = _("計画を書けるのは、その団体の担当者だけです。")
CLOSED = _("承認待ちか承認済みの計画は直せません。取り下げるか、直し始めてから書いてください。")


class SomebodySavedError(ValidationError):
    """The section says something else than what the writer began from; `version` holds what it says now."""

    def __init__(self, version: PlanVersion) -> None:
        super().__init__(
            say(
                _("%(who)sさんが先に保存しました。二つをくらべて、残したい文にしてから、もう一度保存してください。"),
                who=version.by or "—",
            )
        )
        self.version = version


@transaction.atomic
def begin_plan(
    area: Area,
    content: Content,
    *,
    title: str,
    by: Account | None,
    today: date,
    need: Need | None = None,
    solutions: Iterable[Solution] = (),
    is_internal: bool = True,
) -> Plan:
    """Keep a draft as the first version of a plan. Raises PermissionDenied without the right, ValidationError."""
    _must_write(by, area)
    if need is not None and (need.area_id != area.pk or (by and not _sees(by, need))):
        raise ValidationError(_("計画のもとにできるのは、その団体のニーズだけです。"))
    plan = Plan(area=area, title=title.strip()[:100], need=need, is_internal=is_internal, begun_on=today, begun_by=by)
    plan.full_clean(exclude={"solutions", "advisers"})
    for each in content.parts:
        _check_text(each.text)
    with journal(by=by, why=str(_("計画の作成"))):
        plan.save()
        plan.solutions.set(solutions)
        _write_steps_and_aims(plan, content)
        keep_version(plan, content, by=by, why=str(_("計画の作成")))
    return plan


@transaction.atomic
def change_plan(
    plan: Plan,
    *,
    title: str,
    is_internal: bool,
    solutions: Collection[Solution],
    advisers: Collection[Account],
    by: Account | None,
) -> Plan:
    """Give it another title, open it or keep it internal, say which solutions it is about and who is asked for advice."""
    locked = locked_plan(plan, by)
    locked.title, locked.is_internal = title.strip(), is_internal
    locked.full_clean(exclude={"solutions", "advisers"})
    with journal(by=by, why=str(_("計画の題名・公開・相談先"))):
        locked.save()
        locked.solutions.set(solutions)
        locked.advisers.set(advisers)
        _show_reuses(locked, by)
    if locked.approved_id:
        index_plans()
    return locked


@transaction.atomic
def save_section(
    plan: Plan,
    key: str,
    text: str,
    *,
    seen: int,
    by: Account | None,
    why: str = "",
    money: tuple[YearOfMoney, ...] | None = None,
) -> PlanVersion:
    """Keep a new version with another text (and, where given, other money) in one section; unchanged, none is made.

    `seen` is the number of the version that the writer began from. Raises SomebodySavedError when that section was saved by
    somebody else since (both texts stay), PermissionDenied, ValidationError.
    """
    locked = open_plan(plan, by)
    if key not in Heading.values:
        raise ValidationError(_("この項目はありません。"))
    _check_text(text)
    latest = latest_of(locked)
    now = content_from(latest.content)
    wanted = now.with_text(key, _in_lines(text))
    if money is not None:
        wanted = replace(wanted, money=tuple(sorted(money, key=lambda each: each.year)))
    if _said(wanted, key) == _said(now, key):
        return latest
    begun_from = locked.versions.filter(number=seen).first()
    if begun_from is None or _said(content_from(begun_from.content), key) != _said(now, key):
        raise SomebodySavedError(latest)
    with journal(by=by, why=why):
        return keep_version(locked, wanted, by=by, why=why, section=key)


@transaction.atomic
def restore_version(plan: Plan, number: int, *, by: Account | None) -> PlanVersion:
    """Let the plan say again what it said in an old version: texts and money, as a new version on top of all others.

    KPIs, things to do and copied parts stay as they are: what is done stays done. Raises PermissionDenied, ValidationError.
    """
    locked = open_plan(plan, by)
    old = locked.versions.filter(number=number).first()
    if old is None:
        raise ValidationError(_("この番号の版はありません。"))
    why = str(_("第%(number)s版に戻す") % {"number": number})
    with journal(by=by, why=why):
        return keep_version(locked, content_from(old.content), by=by, why=why)


@transaction.atomic
def ask_for_approval(plan: Plan, *, by: Account, reason: str = "") -> Approval:
    """Ask a colleague to approve what the plan says now. Raises PermissionDenied, ValidationError while it has blanks."""
    locked = open_plan(plan, by)
    content = content_of(locked, content_from(latest_of(locked).content))
    if missing := blanks_of(content):
        names = "、".join(str(Heading(key).label) for key in missing)
        raise ValidationError(say(_("記入されていないところがあります：%(names)s"), names=names))
    with journal(by=by, why=str(_("承認の依頼"))):
        kept = keep_version(locked, content, by=by, why=str(_("承認の依頼")))
        locked.state = Plan.State.ASKED
        locked.save()
        return core.draft_approval(
            APPROVE, locked.address, by=by, reason=reason.strip()[:1000], payload={"version": kept.number}
        )


@transaction.atomic
def decide_on_plan(plan: Plan, *, deed: str, by: Account, today: date, remark: str = "") -> Plan:
    """`deed` approve, send_back (with a remark) or withdraw one's own. Raises PermissionDenied, ValidationError."""
    locked = locked_plan(plan, by)
    approval = approval_of(locked)
    if approval is None or locked.state != Plan.State.ASKED:
        raise ValidationError(_("承認を待っていません。ページを開き直してください。"))
    with journal(by=by, why=remark):
        if deed == "approve":
            core.approve(approval, by=by, remark=remark)
            locked.state = Plan.State.APPROVED
            locked.approved = locked.versions.get(number=approval.payload["version"])
        elif deed == "send_back":
            core.send_back(approval, by=by, remark=remark)
            locked.state = Plan.State.RETURNED
        else:
            core.withdraw_approval(approval, by=by, predecessors=predecessors_of(by, today))
            locked.state = Plan.State.DRAFT
        locked.save()
        _show_reuses(locked, by)
    if deed == "approve":
        index_plans()
    return locked


@transaction.atomic
def reopen_plan(plan: Plan, *, by: Account | None, why: str) -> Plan:
    """Write on in an approved plan; until it is approved again, others read what was approved before."""
    locked = locked_plan(plan, by)
    if locked.state != Plan.State.APPROVED:
        raise ValidationError(_("直し始められるのは、承認済みの計画だけです。"))
    if not why.strip():
        raise ValidationError({"why": _("なぜ直すのかを書いてください。")})
    locked.state = Plan.State.DRAFT
    with journal(by=by, why=why):
        locked.save()
    return locked


@transaction.atomic
def feed_records(plan: Plan, solutions: Collection[Solution], *, by: Account | None, today: date) -> list[StageChange]:
    """Write the stage 計画 of these solutions into the area's records, with the plan as evidence and its targets as note.

    Raises PermissionDenied, ValidationError for a plan that is not approved, or a solution that is as far already.
    """
    locked = locked_plan(plan, by)
    if locked.state != Plan.State.APPROVED:
        raise ValidationError(_("記録に書けるのは、承認済みの計画だけです。"))
    wanted = {each.pk for each in solutions}
    feeds = [each for each in feeds_of(locked, today) if each.solution.pk in wanted]
    if not feeds or len(feeds) != len(wanted):
        raise ValidationError(_("計画にある分野別モデルを一つ以上選んでください。"))
    for each in feeds:
        if each.why_not:
            raise ValidationError(each.why_not)
    return [
        record_stage(
            locked.area,
            each.solution,
            StageFacts(
                stage=Stage.PLANNED,
                at=DatedTo(today, Precision.DAY),
                note=_note(locked, each.solution),
                evidence_link=f"{settings.ADDRESS}{locked.address}",
            ),
            by=by,
            today=today,
            why=locked.title,
            is_internal=True if each.now is None and locked.is_internal else None,
        )
        for each in feeds
    ]


def index_plans() -> int:
    """Hand the plans that everybody may read down to the search index, each with what was approved."""
    found = Plan.objects.filter(is_internal=False, approved__isnull=False).select_related("area", "approved")
    return core.replace_search_entries("plans", map(_entry, found))


def _entry(plan: Plan) -> core.Entry:
    with override("en"):
        detail_en = f"Implementation plan, {plan.area}"
    texts = plan.approved.content["sections"].values() if plan.approved else ()
    return core.Entry(
        key=str(plan.pk),
        title=plan.title,
        path=plan.address,
        words=(plan.title, plan.area.name),
        detail=f"実装計画 {plan.area.name}",
        detail_en=detail_en,
        text="\n".join(texts),
    )


def _note(plan: Plan, solution: Solution) -> str:
    """Which plan, and what it aims at."""
    with override("ja"):
        aims = [
            f"{each.kpi}を{format_date(each.by, 'ja')}までに{shown_value(each.target, each.kpi.unit)}"
            for each in plan.kpis.filter(kpi__solution=solution, target__isnull=False).select_related("kpi__solution")
            if each.by and each.target is not None
        ]
    return (f"「{plan.title}」による。" + (f"目標：{'、'.join(aims)}" if aims else ""))[:500]


def _sees(user: Account, need: Need) -> bool:
    return type(need)._default_manager.filter(needs_open_to(user), pk=need.pk).exists()


def _must_write(by: Account | None, area: Area) -> None:
    if by and not can_plan_for(by, area):
        raise PermissionDenied(NOT_YOURS)


def locked_plan(plan: Plan, by: Account | None) -> Plan:
    locked = Plan.objects.select_for_update(of=("self",)).select_related("area").get(pk=plan.pk)
    _must_write(by, locked.area)
    return locked


def open_plan(plan: Plan, by: Account | None) -> Plan:
    """The plan, locked; one that waits or is approved is not written on."""
    locked = locked_plan(plan, by)
    if not locked.is_being_written:
        raise ValidationError(CLOSED)
    return locked


def _show_reuses(plan: Plan, by: Account | None) -> None:
    """Others see that the area uses the models it copied from once they may read the plan."""
    for reuse in running_reuses(copies_of(plan)):
        show_reuse(reuse, is_internal=plan.is_internal or plan.approved_id is None, by=by)


def _said(content: Content, key: str) -> object:
    return content.text_of(key), content.money if key == Heading.MONEY else ()


def _in_lines(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def _check_text(text: str) -> None:
    if len(text) > LONGEST:
        raise ValidationError(
            {"text": say(_("%(most)s字までにしてください（いま%(now)s字）。"), most=LONGEST, now=len(text))}
        )
    if "\x00" in text:
        raise ValidationError({"text": _("文字コード0の文字は使えません。除いてください。")})


def _write_steps_and_aims(plan: Plan, content: Content) -> None:
    for step in content.steps:
        PlanAction.objects.create(plan=plan, what=step.what, by=step.by)
    for aim in content.aims:
        PlanKpi.objects.create(plan=plan, kpi_id=aim.kpi, target=aim.target, by=aim.by)


def keep_version(plan: Plan, content: Content, *, by: Account | None, why: str, section: str = "") -> PlanVersion:
    """The next version, whole: KPIs, things to do and copied parts as they stand, whatever the version before said."""
    number = (plan.versions.order_by("-number").values_list("number", flat=True).first() or 0) + 1
    kept = content_of(plan, content).as_json()
    return PlanVersion.objects.create(plan=plan, number=number, content=kept, section=section, why=why[:300], by=by)
