"""What people do to revise the roadmap: draft item by item, ask, publish with an effective day; and freeze a state."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from itoguchi.accounts.queries import predecessors_of
from itoguchi.core import actions as core
from itoguchi.core.calendar import DatedTo, NotADate, Precision
from itoguchi.core.journal import journal
from itoguchi.core.models import Approval
from itoguchi.core.wording import say
from itoguchi.roadmap.access import can_revise
from itoguchi.roadmap.actions.aims import index_roadmap
from itoguchi.roadmap.models import (
    Deed,
    Edition,
    Field,
    FrozenState,
    Kpi,
    Milestone,
    Noun,
    Revision,
    RevisionItem,
    Solution,
    Target,
    Unit,
)
from itoguchi.roadmap.queries import revisions as queries

if TYPE_CHECKING:
    from itoguchi.accounts.models import Account

OWN = 1000  # the reference data count theirs from 1, and may grow
NOT_YOURS = _("ロードマップを改定し、時点を固定できるのは事務局だけです。")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What a revision does with one thing: `facts` None drops it; a key that is in force changes it, another adds it."""

    noun: Noun
    key: str
    facts: Mapping[str, Any] | None
    reason: str
    grounds: str = ""


@transaction.atomic
def draft_revision(title: str, note: str, *, by: Account | None, revision: Revision | None = None) -> Revision:
    """Begin a draft of the next edition, or give one another title; raises PermissionDenied, ValidationError."""
    _must_revise(by)
    made = _open(revision) if revision else Revision()
    made.title, made.note = title.strip(), note.strip()
    made.full_clean()
    with journal(by=by, why=str(_("改定の起案"))):
        made.save()
    return made


@transaction.atomic
def put_item(revision: Revision, item: Item, *, by: Account | None, today: date) -> RevisionItem:
    """Say what the revision does with one thing, why, and on what grounds; said again, it replaces what was said.

    Raises PermissionDenied without the right, ValidationError for what can't be, keyed by the fact.
    """
    _must_revise(by)
    locked = _open(revision)
    now = queries.content_in_force(today)[item.noun]
    before, facts = now.get(item.key), dict(item.facts or {})
    if not item.reason.strip():
        raise ValidationError({"reason": _("なぜ改めるのかを書いてください。新旧対照表に載ります。")})
    if item.facts is None:
        if before is None:
            raise ValidationError(_("いまの版にないものは、削除できません。"))
        deed = Deed.DROP
    else:
        if item.noun == Noun.MILESTONE and before is not None:
            raise ValidationError(_("工程は、削除して新しいものを追加してください。"))
        _check_facts(item.noun, item.key, facts)
        if item.noun == Noun.KPI and before is not None:
            _check_series(before, facts)
        if before == facts:
            raise ValidationError(_("いまの版と同じです。変えるところを直してください。"))
        deed = queries.Difference(item.noun, item.key, before, facts).deed
    row = RevisionItem.objects.filter(revision=locked, noun=item.noun, key=item.key).first() or RevisionItem(
        revision=locked, noun=item.noun, key=item.key
    )
    row.deed, row.facts, row.reason, row.grounds = deed, facts, item.reason.strip(), item.grounds.strip()
    row.full_clean()
    with journal(by=by, why=str(_("改定の項目"))):
        row.save()
    return row


@transaction.atomic
def remove_item(item: RevisionItem, *, by: Account | None) -> None:
    """Leave the thing as it is in force."""
    _must_revise(by)
    _open(item.revision)
    with journal(by=by, why=str(_("改定の項目を外す"))):
        item.delete()


@transaction.atomic
def ask_to_publish(revision: Revision, *, effective_on: date, by: Account, today: date) -> Approval:
    """Ask a second person to publish the revision with its effective day.

    Raises PermissionDenied without the right, ValidationError for an empty or contradictory draft, or a day that can't be.
    """
    _must_revise(by)
    locked = _open(revision)
    _check_whole(locked, effective_on, today)
    payload = {"effective_on": effective_on.isoformat()}
    with journal(by=by, why=str(_("承認の依頼"))):
        return core.draft_approval(queries.PUBLISH, locked.address, by=by, payload=payload)


@transaction.atomic
def decide_on_revision(
    revision: Revision, approval: Approval, *, deed: str, by: Account, today: date, remark: str = ""
) -> Revision:
    """`deed` approve (takes effect on its day), send_back (with a remark) or withdraw one's own."""
    _must_revise(by)
    if approval.deed != queries.PUBLISH or approval.subject != revision.address:
        raise ValidationError(_("この起案の承認ではありません。ページを開き直してください。"))
    locked = Revision.objects.select_for_update().get(pk=revision.pk)
    with journal(by=by, why=remark):
        if deed == "send_back":
            core.send_back(approval, by=by, remark=remark)
            return locked
        if deed == "withdraw":
            core.withdraw_approval(approval, by=by, predecessors=predecessors_of(by, today))
            return locked
        core.approve(approval, by=by, remark=remark)
        return publish_revision(locked, effective_on=date.fromisoformat(approval.payload["effective_on"]), today=today)


@transaction.atomic
def publish_revision(revision: Revision, *, effective_on: date, today: date) -> Revision:
    """Make the draft an edition from `effective_on`; before that day it waits, and the worker publishes it."""
    locked = Revision.objects.select_for_update().get(pk=revision.pk)
    if locked.state == Revision.State.PUBLISHED:
        raise ValidationError(_("この改定案は、すでに公表されています。"))
    _check_whole(locked, effective_on, today)
    locked.effective_on = effective_on
    if effective_on > today:
        locked.state = Revision.State.SCHEDULED
        locked.save()
        return locked
    locked.before = queries.content_in_force(effective_on)
    key = f"{effective_on:%Y-%m}"
    locked.edition = Edition.objects.create(
        key=effective_on.isoformat() if Edition.objects.filter(key=key).exists() else key,
        published=effective_on,
        published_precision=Precision.DAY.value,
        note=locked.note,
        source=locked.address,
    )
    for item in sorted(locked.items.all(), key=_order):
        _carry_out(item, locked.edition)
    locked.edition.content = queries.content_in_force(effective_on)
    locked.edition.save()
    locked.state = Revision.State.PUBLISHED
    locked.save()
    index_roadmap()
    return locked


def publish_due(today: date) -> list[Revision]:
    """Publish what was approved for a day that has come; the worker does so every night."""
    due = Revision.objects.filter(state=Revision.State.SCHEDULED, effective_on__lte=today).order_by("effective_on")
    with journal(why=str(_("改定の施行"))), override("ja"):
        return [publish_revision(each, effective_on=each.effective_on or today, today=today) for each in due]


@transaction.atomic
def freeze_state(as_of: date, title: str, *, by: Account, today: date) -> FrozenState:
    """Keep what is known now about a day, for a second person to make public; it never changes again."""
    _must_revise(by)
    if as_of > today:
        raise ValidationError({"as_of": _("まだ来ていない日は固定できません。今日までの日を選んでください。")})
    if not title.strip():
        raise ValidationError({"title": _("題名を書いてください。")})
    with override("ja"):
        counts, records = queries.counts_to_freeze(as_of), queries.records_to_freeze(as_of)
    number = FrozenState.objects.filter(as_of=as_of).count() + 1
    slug = as_of.isoformat() if number == 1 else f"{as_of.isoformat()}-{number}"
    with journal(by=by, why=str(_("時点の固定"))):
        return FrozenState.objects.create(
            slug=slug,
            as_of=as_of,
            title=title.strip()[:200],
            counts=core.freeze_file("counts.json", _as_json(counts), content_type="application/json"),
            records=core.freeze_file("records.json", _as_json(records), content_type="application/json"),
            approval=core.draft_approval(queries.FREEZE, f"/roadmap/frozen/{slug}", by=by),
        )


@transaction.atomic
def decide_on_state(state: FrozenState, *, deed: str, by: Account, today: date, remark: str = "") -> None:
    """`deed` approve (makes it public), send_back (with a remark) or withdraw one's own."""
    _must_revise(by)
    with journal(by=by, why=remark):
        if deed == "approve":
            core.approve(state.approval, by=by, remark=remark)
        elif deed == "send_back":
            core.send_back(state.approval, by=by, remark=remark)
        else:
            core.withdraw_approval(state.approval, by=by, predecessors=predecessors_of(by, today))


def _as_json(content: object) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


def _must_revise(by: Account | None) -> None:
    if by and not can_revise(by):
        raise PermissionDenied(NOT_YOURS)


def _open(revision: Revision) -> Revision:
    """The draft, locked; one that waits for its approval or its day is no longer changed."""
    locked = Revision.objects.select_for_update().get(pk=revision.pk)
    if locked.state != Revision.State.DRAFT:
        raise ValidationError(_("この改定案は、すでに決まっています。"))
    if queries.waiting_approval(locked.address):
        raise ValidationError(_("承認を待っている間は変えられません。取り下げてから直してください。"))
    return locked


def _check_facts(noun: Noun, key: str, facts: Mapping[str, Any]) -> None:
    """What can be said of one thing by itself."""
    problems: dict[str, Any] = {}
    name = "text" if noun == Noun.MILESTONE else "name"
    if not str(facts.get(name, "")).strip():
        problems[name] = _("書いてください。")
    if noun != Noun.MILESTONE and slugify(key) != key:
        problems["key"] = _("記号は、小文字の英字・数字・ハイフンで書いてください。")
    if noun == Noun.KPI:
        problems |= _problems_of_kpi(facts)
    if noun in {Noun.KPI, Noun.MILESTONE} and (facts.get("by") or noun == Noun.MILESTONE):
        try:
            DatedTo.read(str(facts.get("by", "")))
        except NotADate as refused:
            problems["by"] = str(refused)
    if problems:
        raise ValidationError(problems)


def _problems_of_kpi(facts: Mapping[str, Any]) -> dict[str, Any]:
    problems: dict[str, Any] = {}
    unit = facts.get("unit")
    if unit not in Unit.values:
        problems["unit"] = _("単位を選んでください。")
    if bool(facts.get("target")) != bool(facts.get("by")):
        problems["by" if facts.get("target") else "target"] = _("目標値と期限は、両方書いてください。")
    if facts.get("target"):
        try:
            target = Decimal(str(facts["target"]))
        except InvalidOperation:
            problems["target"] = _("数で書いてください。")
        else:
            if (
                not target.is_finite()
                or target < 0
                or (unit in {Unit.PERCENT, Unit.PERCENT_OF_POPULATION} and target > 100)
            ):
                problems["target"] = _("0以上、割合は100までの値にしてください。")
    counted = facts.get("counting") != Kpi.Counting.OUTSIDE
    if counted and not (facts.get("from_stage") and facts.get("solution")):
        problems["from_stage"] = _("記録から数えるKPIには、分野別モデルと、数える段階が必要です。")
    if facts.get("counting") == Kpi.Counting.SHARE and unit != Unit.PERCENT:
        problems["unit"] = _("団体の割合のKPIの単位は、%にしてください。")
    return problems


def _check_series(before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Published values of two meanings never stand in one series."""
    if after["counting"] != Kpi.Counting.OUTSIDE:
        return
    means_another = before["definition"] not in {"", after["definition"]} or before["unit"] != after["unit"]
    if before["counting"] != Kpi.Counting.OUTSIDE or means_another:
        raise ValidationError(
            _("公表された値の意味が変わるKPIは、削除して、新しいKPIを追加してください。前の系列もそのまま読めます。")
        )


def _check_whole(revision: Revision, effective_on: date, today: date) -> None:
    """That the edition would hold together, and comes after the last one."""
    newest = Edition.objects.order_by("published").last()
    if effective_on < today:
        raise ValidationError({"effective_on": _("過ぎた日です。今日かこれからの日にしてください。")})
    if newest and effective_on <= newest.published:
        raise ValidationError({"effective_on": say(_("%(edition)sよりあとの日にしてください。"), edition=newest)})
    items = list(revision.items.all())
    if not items:
        raise ValidationError(_("改めるものがありません。項目を追加してください。"))
    if problems := queries.contradictions(queries.content_with(queries.content_in_force(effective_on), items)):
        raise ValidationError(problems)


def _order(item: RevisionItem) -> tuple[bool, int]:
    """Things before what hangs on them; when dropping, the other way round."""
    place = list(Noun).index(Noun(item.noun))
    return (item.deed != Deed.DROP, -place if item.deed == Deed.DROP else place)


def _carry_out(item: RevisionItem, edition: Edition) -> None:
    model: type[models.Model] = {
        Noun.FIELD: Field,
        Noun.SOLUTION: Solution,
        Noun.KPI: Kpi,
        Noun.MILESTONE: Milestone,
    }[Noun(item.noun)]
    rows = model._default_manager
    is_new_step = item.noun == Noun.MILESTONE and item.deed == Deed.ADD  # its key is not yet the row's
    row: Any = None if is_new_step else rows.filter(pk=item.key).first()
    if item.deed == Deed.DROP:
        row.until = edition
        row.save()
        return
    facts = item.facts
    match Noun(item.noun):
        case Noun.FIELD | Noun.SOLUTION:
            row = row or model(key=item.key, since=edition, order=1 + (_last_order(model)))
            row.name, row.until = facts["name"], None
            if item.noun == Noun.FIELD:
                row.kind = facts["kind"]
            else:
                row.field_id, row.source = facts["field"], row.source or edition.source
        case Noun.KPI:
            row = row or Kpi(key=item.key)
            row.stated_on = row.stated_on if row.is_published and not row.until_id else edition.published
            row.solution_id, row.until, row.source = facts["solution"] or None, None, row.source or edition.source
            for name in ("name", "unit", "definition", "counting", "from_stage", "kinds"):
                setattr(row, name, facts[name])
        case Noun.MILESTONE:
            by = DatedTo.read(facts["by"])
            row = Milestone(
                kpi_id=facts["kpi"],
                text=facts["text"],
                by=by.last_day,
                by_precision=by.precision.value,
                source=edition.source,
            )
    row.full_clean()
    row.save()
    if item.noun == Noun.KPI:
        _aim(row, facts, edition)
    if item.noun == Noun.MILESTONE:
        item.key = str(row.pk)  # from now on it is known by the row it became
        item.save()


def _last_order(model: type[models.Model]) -> int:
    return max(OWN, int(model._default_manager.aggregate(last=models.Max("order"))["last"] or 0))


def _aim(kpi: Kpi, facts: Mapping[str, Any], edition: Edition) -> None:
    """A target that differs from the one in force is stated beside it; the earlier one stays readable."""
    targets = list(Target.objects.filter(kpi=kpi).order_by("order"))
    if not facts["target"]:
        return
    by = DatedTo.read(facts["by"])
    wanted = (Decimal(facts["target"]), kpi.unit, by.last_day)
    if targets and (targets[-1].value, targets[-1].unit, targets[-1].by) == wanted:
        return
    Target.objects.create(
        kpi=kpi,
        order=targets[-1].order + 1 if targets else 1,
        value=wanted[0],
        unit=wanted[1],
        by=by.last_day,
        by_precision=by.precision.value,
        stated_on=edition.published,
    )
