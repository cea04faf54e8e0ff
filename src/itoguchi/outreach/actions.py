"""What people do with briefings: load the reference ones, plan, approve, change, hold and cancel; and log visits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.utils.functional import lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from pghistory.models import Context

from itoguchi.accounts.access import needs_second_person
from itoguchi.accounts.queries import predecessors_of
from itoguchi.areas.models import Area, Block, Kind
from itoguchi.core import actions as core
from itoguchi.core.actions import Entry, replace_search_entries
from itoguchi.core.calendar import format_date
from itoguchi.core.journal import journal
from itoguchi.core.models import Approval
from itoguchi.core.wording import say
from itoguchi.outreach.access import can_change, can_log_visits_in, can_plan_for
from itoguchi.outreach.models import Briefing, BriefingBlock, BriefingPrefecture, Rule, Visit
from itoguchi.outreach.queries import (
    CANCEL,
    CHANGE,
    DEEDS,
    HOLD,
    PLAN,
    approvals_of,
    briefings,
    version_of,
    waiting_approval,
    with_drafts,
)

if TYPE_CHECKING:
    from itoguchi.accounts.models import Account

REFERENCE_DOOR = "load_reference"
NOT_YOURS = _(
    "説明会を計画し、変えられるのは、その地域ブロックの総合通信局等と事務局だけです。全国を対象とする会は事務局だけです。"
)
ASK_FIRST = _("あなたの組織では、公開する行為に別の担当者の承認が必要です。承認を求めてください。")


class NeedsSecondPerson(PermissionDenied):
    """The office of who acts lets nobody publish alone."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that is said about a briefing; `derived` names the places that its words alone do not."""

    day: date
    place: str
    title: str
    prefecture: Area | None = None
    notes: str = ""
    prefectures: frozenset[Area] = frozenset()
    blocks: frozenset[Block] = frozenset()
    is_nationwide: bool = False
    derived: frozenset[Area | Block] = frozenset()
    rule: Rule = Rule.STATED
    reason: str = ""
    source: str = ""


class ChangedMeanwhile(ValidationError):  # noqa: N818, said as people say it
    """Somebody else changed the record after the page with the form was opened."""


@transaction.atomic
def plan_briefing(
    facts: Facts,
    *,
    by: Account | None,
    why: str = "",
    today: date | None = None,
    state: Briefing.State = Briefing.State.PLANNED,
    then: Briefing.State = Briefing.State.PLANNED,
) -> Briefing:
    """Put a new briefing on the calendar; its address stays the same for ever.

    `state` DRAFT lets it wait for a second person, who makes it what `then` says; HELD records one that took place;
    `today` refuses a plan for a day that is past and a record of one to come. Raises PermissionDenied outside the
    places of `by`, and for anything but a draft where the office of `by` lets nobody publish alone.
    """
    check(facts)
    _must_plan(by, facts)
    is_draft = state == Briefing.State.DRAFT
    _check_day(facts.day, then if is_draft else state, today)
    if not is_draft:
        _may_act_alone(by)
    with journal(by=by, why=why):
        # One at a time, so that two briefings of one day and place never ask for the same address.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('outreach_briefing'))")
        slug = free_slug(facts.day, facts.prefecture, set(Briefing.objects.values_list("slug", flat=True)))
        order = 1 + Briefing.objects.filter(day=facts.day).count()
        briefing = Briefing(slug=slug, order=order, state=state)
        _write(briefing, facts)
        if is_draft:
            _ask(briefing, by=by, why=why, payload={"state": then})
    index_briefings()
    return briefing


@transaction.atomic
def change_briefing(
    briefing: Briefing,
    facts: Facts,
    *,
    by: Account | None,
    why: str = "",
    today: date | None = None,
    version: str | None = None,
    asks: bool = False,
) -> Briefing:
    """Correct or move a briefing; its address stays what it was. A draft that nobody decides on is asked for again.

    `version` (of `queries.version_of`, when the form was opened) raises ChangedMeanwhile when somebody was quicker.
    `asks` leaves it as it is and lets a second person decide.
    """
    locked = _free_to_change(briefing, by)
    _check_change(locked, facts, by=by, today=today)
    _check_version(locked, version)
    if by and locked.state == Briefing.State.HELD and not why.strip():
        raise ValidationError({"why": _("開催済の記録を直すときは、理由を書いてください。")})
    is_draft = locked.state == Briefing.State.DRAFT
    if not is_draft and _asks(locked, CHANGE, asks=asks, by=by, why=why, facts=_data_of(facts)):
        return locked
    with journal(by=by, why=why):
        _write(locked, facts)
        if is_draft:
            _ask(locked, by=by, why=why, payload={"state": _state_of_draft(locked)})
    index_briefings()
    return locked


def _check_change(locked: Briefing, facts: Facts, *, by: Account | None, today: date | None) -> None:
    check(facts)
    _must_plan(by, facts)
    if locked.state == Briefing.State.CANCELLED:
        raise ValidationError(_("中止した説明会は変えられません。新しい説明会として計画してください。"))
    if locked.state == Briefing.State.DRAFT:
        _check_day(facts.day, _state_of_draft(locked), today)
    elif facts.day != locked.day:
        _check_day(facts.day, Briefing.State(locked.state), today)


@transaction.atomic
def hold_briefing(
    briefing: Briefing,
    *,
    today: date,
    by: Account | None,
    why: str = "",
    day: date | None = None,
    version: str | None = None,
    asks: bool = False,
) -> Briefing:
    """Say that a planned briefing took place, on `day` where it was another one; from then on it counts as of it.

    `asks` leaves it planned and lets a second person decide.
    """
    locked = _free_to_change(briefing, by)
    held_on = day or locked.day
    _check_hold(locked, held_on, today=today)
    _check_version(locked, version)
    if not _asks(locked, HOLD, asks=asks, by=by, why=why, day=held_on.isoformat()):
        locked.day = held_on
        _set_state(locked, Briefing.State.HELD, by=by, why=why)
    return locked


def _check_hold(locked: Briefing, day: date, *, today: date) -> None:
    if locked.state != Briefing.State.PLANNED:
        raise ValidationError(_("開催済にできるのは、予定の説明会だけです。"))
    if day > today:
        raise ValidationError(
            {"day": _("まだ来ていない日の説明会は、開催済にできません。開催日のあとにもう一度どうぞ。")}
        )


@transaction.atomic
def cancel_briefing(briefing: Briefing, *, by: Account | None, why: str, asks: bool = False) -> Briefing:
    """Call a planned briefing off; it stays on record with the reason. `asks` lets a second person decide first."""
    locked = _free_to_change(briefing, by)
    _check_cancel(locked)
    if not why.strip():
        raise ValidationError({"why": _("中止の理由を書いてください。")})
    if not _asks(locked, CANCEL, asks=asks, by=by, why=why):
        _set_state(locked, Briefing.State.CANCELLED, by=by, why=why)
    return locked


def _check_cancel(locked: Briefing) -> None:
    if locked.state != Briefing.State.PLANNED:
        raise ValidationError(_("中止できるのは、予定の説明会だけです。"))


@transaction.atomic
def write_given(
    briefing: Briefing | None, facts: Facts, state: Briefing.State, *, by: Account | None, why: str, today: date
) -> Briefing:
    """What a file says of one briefing: a new one, or changed facts and then the step to another state.

    Raises ValidationError for steps that lead back, and for days that do not fit the state.
    """
    if briefing is None:
        if state == Briefing.State.CANCELLED:
            raise ValidationError(_("中止した会は、新しくは登録できません。予定か開催済にしてください。"))
        return plan_briefing(facts, by=by, why=why, today=today, state=state)
    if facts_of(briefing) != facts:
        briefing = change_briefing(briefing, facts, by=by, why=why)
    if briefing.state == state:
        _check_day(facts.day, state, today if state == Briefing.State.HELD else None)
        return briefing
    if state == Briefing.State.CANCELLED:
        return cancel_briefing(briefing, by=by, why=why)
    if state == Briefing.State.HELD:
        return hold_briefing(briefing, today=today, by=by, why=why)
    raise ValidationError(_("開催済・中止の説明会は、予定に戻せません。"))


@transaction.atomic
def decide_on_draft(
    briefing: Briefing, approval: Approval, *, deed: str, by: Account, today: date, remark: str = ""
) -> Briefing:
    """`deed` approve (carries out what was asked for), send_back (with a remark) or withdraw one's own.

    Raises PermissionDenied on one's own draft, ValidationError when the approval is decided already, or when the
    briefing changed since it was asked for.
    """
    locked = _locked(briefing)
    _must_change(by, locked)
    if approval.deed not in DEEDS or approval.subject != locked.address:
        raise ValidationError(_("この起案の承認ではありません。ページを開き直してください。"))
    with journal(by=by, why=approval.reason if deed == "approve" else remark):
        if deed == "approve":
            core.approve(approval, by=by, remark=remark)
            _carry_out(locked, approval, by=by, today=today)
        elif deed == "send_back":
            core.send_back(approval, by=by, remark=remark)
        else:
            core.withdraw_approval(approval, by=by, predecessors=predecessors_of(by, today))
    index_briefings()
    return locked


def _carry_out(locked: Briefing, approval: Approval, *, by: Account, today: date) -> None:
    """Do what was approved, as it was asked for; whether it may be done is looked at again, for the approver."""
    asked = approval.payload
    if approval.deed != PLAN and asked["version"] != version_of(locked):
        raise ValidationError(
            _("起案のあとに、この説明会の記録が変わりました。差し戻して、いまの記録から起案し直してもらってください。")
        )
    if approval.deed == PLAN:
        state = Briefing.State(asked.get("state", Briefing.State.PLANNED))
        if state == Briefing.State.PLANNED and locked.day < today:
            raise ValidationError(_("開催日が過ぎているため承認できません。差し戻して、日を直してもらってください。"))
        locked.state = state
        locked.save(update_fields=["state"])
    elif approval.deed == CHANGE:
        facts = facts_asked_for(approval)
        _check_change(locked, facts, by=by, today=today)
        _write(locked, facts)
    elif approval.deed == HOLD:
        locked.day = date.fromisoformat(asked["day"])
        _check_hold(locked, locked.day, today=today)
        _set_state(locked, Briefing.State.HELD, by=by, why=approval.reason)
    else:
        _check_cancel(locked)
        _set_state(locked, Briefing.State.CANCELLED, by=by, why=approval.reason)


@transaction.atomic
def log_visit(visit: Visit, areas: Iterable[Area], *, by: Account | None, today: date, why: str = "") -> Visit:
    """Write down a visit, or correct one (`visit` with its new values, `areas` the whole set)."""
    given = sorted(set(areas), key=lambda area: area.code)
    before = Visit.objects.select_for_update().filter(pk=visit.pk).first() if visit.pk else None
    for block in [visit.block, *([before.block] if before else [])]:
        if by and not can_log_visits_in(by, block):
            raise PermissionDenied(_("訪問を記録できるのは、その地域ブロックの総合通信局等と事務局だけです。"))
    _check_visit(visit, given, today)
    if before is None:
        visit.entered_by = by
    with journal(by=by, why=why):
        visit.save()
        known = {row.area_id: row for row in visit.visited.all()}
        for area in given:
            if known.pop(area.pk, None) is None:
                visit.visited.create(area=area)
        for row in known.values():
            row.delete()
    return visit


def _check_visit(visit: Visit, areas: list[Area], today: date) -> None:
    problems: dict[str, Any] = {}
    if visit.day > today:
        problems["day"] = _("まだ来ていない日の訪問は記録できません。今日までの日を入れてください。")
    if not areas:
        problems["areas"] = _("相手の団体を一つ以上選んでください。")
    problems |= {
        name: _("空欄です。書いてください。") for name in ("spoke_with", "about") if not getattr(visit, name).strip()
    }
    outside = [area for area in areas if area.block_id != visit.block_id]
    if outside:
        problems["areas"] = [
            say(
                _("%(area)sは%(block)sブロックの団体ではありません。団体か地域ブロックを選び直してください。"),
                area=area,
                block=visit.block,
            )
            for area in outside
        ]
    if problems:
        raise ValidationError(problems)


@transaction.atomic
def load_briefings(folder: Path) -> None:
    """Bring `briefings.yaml` in; loading again changes nothing that is the same or that people changed since."""
    given = yaml.safe_load((folder / "briefings.yaml").read_text(encoding="utf-8"))
    areas = {area.code: area for area in Area.objects.filter(kind=Kind.PREFECTURE)}
    blocks = {block.key: block for block in Block.objects.all()}
    known = {briefing.slug: briefing for briefing in with_drafts()}
    touched = _touched_by_people()
    used: set[str] = set()
    of_day: dict[date, int] = {}
    with journal(why=str(_("基準データの読み込み")), door=REFERENCE_DOOR):
        for row in given["briefings"]:
            facts = _facts_of_row(row, given["source"], areas, blocks)
            check(facts)
            slug = free_slug(facts.day, facts.prefecture, used)
            used.add(slug)
            of_day[facts.day] = order = of_day.get(facts.day, 0) + 1
            briefing = known.get(slug)
            if briefing is None:
                _write(Briefing(slug=slug, order=order, state=Briefing.State.HELD), facts)
            elif briefing.pk not in touched and facts_of(briefing) != facts:
                _write(briefing, facts)
    index_briefings()


def index_briefings() -> int:
    """Hand every briefing down to the search index, but drafts."""
    return replace_search_entries("outreach", map(_entry, briefings()))


def check(facts: Facts) -> None:
    """Refuse what can't be: no title or place, counting for nothing, for the nation and for places at once, or for a
    block and a prefecture outside it; the problems are keyed by field."""
    problems: dict[str, list[Any]] = {}
    if not facts.title.strip():
        problems["title"] = [_("開催概要（題名）を書いてください。")]
    if not facts.place.strip():
        problems["place"] = [_("開催箇所を書いてください。")]
    counts: list[Any] = []
    if not (facts.is_nationwide or facts.prefectures or facts.blocks):
        counts.append(_("どこに数えるかがありません。都道府県か地域ブロックを選ぶか、全国を対象としてください。"))
    if facts.is_nationwide and (facts.prefectures or facts.blocks):
        counts.append(_("全国を対象とする回は、都道府県や地域ブロックには数えません。どちらかにしてください。"))
    in_order = sorted(facts.prefectures, key=lambda area: area.code)
    blocks = sorted(facts.blocks, key=lambda block: block.order)
    counts += [_no_prefecture(area) for area in in_order if not area.is_prefecture]
    counts += [
        say(
            _(
                "%(prefecture)sは%(block)sブロックの外です。一つの会を両方には数えられません。"
                "%(prefecture)sか%(block)sブロックの、どちらかを外してください。"
            ),
            prefecture=area,
            block=say_all(blocks),
        )
        for area in in_order
        if area.is_prefecture and blocks and area.block_id not in {block.pk for block in blocks}
    ]
    if counts:
        problems["counts"] = counts
    if facts.prefecture and not facts.prefecture.is_prefecture:
        problems["prefecture"] = [_no_prefecture(facts.prefecture)]
    if problems:
        raise ValidationError(problems)


def _no_prefecture(area: Area) -> Any:
    return say(_("%(area)sは都道府県ではありません。都道府県を選んでください。"), area=area)


def say_all(places: Iterable[Area | Block]) -> Any:
    """Names of places in the language of the reader."""
    given = list(places)
    return lazy(lambda: gettext("、").join(map(str, given)), str)()


def _check_day(day: date, state: Briefing.State, today: date | None) -> None:
    """A plan lies ahead, a record of what was held behind."""
    if today is None:
        return
    if state == Briefing.State.HELD and day > today:
        raise ValidationError(
            {"day": _("まだ来ていない日の説明会は、開催済として記録できません。予定として計画してください。")}
        )
    if state != Briefing.State.HELD and day < today:
        raise ValidationError(
            {"day": _("過ぎた日の説明会は、予定にできません。これからの日に直すか、開催済として記録してください。")}
        )


def _check_version(locked: Briefing, version: str | None) -> None:
    if version is not None and version != version_of(locked):
        raise ChangedMeanwhile(
            _("この説明会は、ページを開いたあとに別の人が変えました。下で両方をくらべ、もう一度保存してください。")
        )


def _must_plan(by: Account | None, facts: Facts) -> None:
    """The server itself (None) may do everything."""
    if by and not can_plan_for(by, [*facts.prefectures, *facts.blocks], is_nationwide=facts.is_nationwide):
        raise PermissionDenied(NOT_YOURS)


def _must_change(by: Account | None, briefing: Briefing) -> None:
    if by and not can_change(by, briefing):
        raise PermissionDenied(NOT_YOURS)


def _free_to_change(briefing: Briefing, by: Account | None) -> Briefing:
    """The row, locked; it stays as the approver reads it while something waits to be done with it."""
    locked = _locked(briefing)
    _must_change(by, locked)
    if waiting_approval(locked):
        raise ValidationError(
            _("承認を待つ間は変えられません。起案者が取り下げるか、承認者が差し戻すと、直せるようになります。")
        )
    return locked


def _may_act_alone(by: Account | None) -> None:
    if by and needs_second_person(by):
        raise NeedsSecondPerson(ASK_FIRST)


def _asks(locked: Briefing, deed: str, *, asks: bool, by: Account | None, why: str, **payload: Any) -> bool:
    """Whether a second person was asked; raises PermissionDenied where one has to be and was not."""
    if not asks:
        _may_act_alone(by)
        return False
    with journal(by=by, why=why):
        _ask(locked, deed, by=by, why=why, payload={"version": version_of(locked), **payload})
    return True


def _ask(
    briefing: Briefing, deed: str = PLAN, *, by: Account | None, why: str, payload: dict[str, Any] | None = None
) -> None:
    if by is None:
        raise PermissionDenied(_("承認を求めるには、ログインしてください。"))
    core.draft_approval(deed, briefing.address, by=by, reason=why, payload=payload)


def _state_of_draft(draft: Briefing) -> Briefing.State:
    """What a draft becomes once it is approved: planned, or held where one that took place was recorded."""
    asked = next(iter(approvals_of(draft)), None)
    return Briefing.State(asked.payload.get("state", Briefing.State.PLANNED) if asked else Briefing.State.PLANNED)


def _data_of(facts: Facts) -> dict[str, Any]:
    """Facts as an approval keeps them, places by their keys."""

    def keys(places: Iterable[Area | Block]) -> list[str]:
        return sorted(place.code if isinstance(place, Area) else place.key for place in places)

    return {
        **{name: getattr(facts, name) for name in ("place", "title", "notes", "is_nationwide", "reason", "source")},
        "day": facts.day.isoformat(),
        "rule": facts.rule.value,
        "prefecture": facts.prefecture and facts.prefecture.code,
        **{name: keys(getattr(facts, name)) for name in ("prefectures", "blocks", "derived")},
    }


def facts_asked_for(approval: Approval) -> Facts:
    """What a briefing is to say once the change is approved (2 queries)."""
    data = approval.payload["facts"]
    areas = {area.code: area for area in Area.objects.filter(code__in=[*data["prefectures"], data["prefecture"]])}
    blocks = {block.key: block for block in Block.objects.filter(key__in=data["blocks"])}
    places: dict[str, Any] = areas | blocks
    return Facts(
        **{
            **data,
            "day": date.fromisoformat(data["day"]),
            "rule": Rule(data["rule"]),
            "prefecture": areas.get(data["prefecture"]),
            **{name: frozenset(places[key] for key in data[name]) for name in ("prefectures", "blocks", "derived")},
        }
    )


def free_slug(day: date, prefecture: Area | None, used: Iterable[str]) -> str:
    """The lasting address of a briefing: day and prefecture (else `nationwide`), `-2` for the second one, and so on."""
    first = f"{day.isoformat()}-{prefecture.slug if prefecture else 'nationwide'}"
    taken = set(used)
    return next(slug for n in count(1) if (slug := first if n == 1 else f"{first}-{n}") not in taken)


def facts_of(briefing: Briefing) -> Facts:
    """What is said about a briefing now, ready to be changed with `dataclasses.replace` (2 queries)."""
    return facts_with(
        briefing, briefing.counted_prefectures.select_related("area"), briefing.counted_blocks.select_related("block")
    )


def facts_with(
    briefing: Briefing, in_prefectures: Iterable[BriefingPrefecture], in_blocks: Iterable[BriefingBlock]
) -> Facts:
    """The same with the places that it counts for at hand (no query)."""
    prefectures = {each.area: each.is_derived for each in in_prefectures}
    blocks = {each.block: each.is_derived for each in in_blocks}
    return Facts(
        day=briefing.day,
        place=briefing.place,
        title=briefing.title,
        prefecture=briefing.prefecture,
        notes=briefing.notes,
        prefectures=frozenset(prefectures),
        blocks=frozenset(blocks),
        is_nationwide=briefing.is_nationwide,
        derived=frozenset(place for place, is_derived in (prefectures | blocks).items() if is_derived),
        rule=Rule(briefing.rule),
        reason=briefing.reason,
        source=briefing.source,
    )


def facts_as_said(
    known: Facts | None, *, prefectures: frozenset[Area], blocks: frozenset[Block], is_nationwide: bool, **words: Any
) -> Facts:
    """What people say of a briefing, with the rule and the source that are known already; other places need no rule."""
    counted: dict[str, Any] = {"is_nationwide": is_nationwide, "prefectures": prefectures, "blocks": blocks}
    words["notes"] = "\n".join(line.strip() for line in words["notes"].splitlines() if line.strip())
    if known is None:
        return Facts(**words, **counted)
    if all(getattr(known, name) == value for name, value in counted.items()):
        return replace(known, **words)
    derived = known.derived & (prefectures | blocks)
    return replace(known, **words, **counted, derived=derived, rule=Rule.STATED, reason="")


def _locked(briefing: Briefing) -> Briefing:
    return Briefing.objects.select_for_update().get(pk=briefing.pk)


def _set_state(briefing: Briefing, state: Briefing.State, *, by: Account | None, why: str) -> Briefing:
    briefing.state = state
    with journal(by=by, why=why):
        briefing.save(update_fields=["state", "day"])
    index_briefings()
    return briefing


def _write(briefing: Briefing, facts: Facts) -> None:
    """Write a briefing and its places; places that stay are left alone."""
    for name in ("day", "place", "title", "prefecture", "notes", "is_nationwide", "rule", "reason", "source"):
        setattr(briefing, name, getattr(facts, name))
    briefing.save()
    for rows, name, places in (
        (briefing.counted_prefectures, "area", facts.prefectures),
        (briefing.counted_blocks, "block", facts.blocks),
    ):
        wanted = {place: place in facts.derived for place in places}
        for row in rows.select_related(name):
            place = getattr(row, name)
            if place not in wanted:
                row.delete()
            elif row.is_derived != wanted.pop(place):
                row.is_derived = not row.is_derived
                row.save(update_fields=["is_derived"])
        for place in sorted(wanted, key=lambda place: place.pk):
            rows.create(**{name: place, "is_derived": wanted[place]})


def _touched_by_people() -> set[int]:
    """Briefings that somebody changed after they were loaded: the reference data no longer overwrites them."""
    of_loading = Context.objects.filter(metadata__door=REFERENCE_DOOR)
    touched: set[int] = set()
    for model, key in ((Briefing, "pgh_obj_id"), (BriefingPrefecture, "briefing_id"), (BriefingBlock, "briefing_id")):
        events: Any = model.pgh_event_model  # type: ignore[union-attr]
        touched |= set(events.objects.exclude(pgh_context__in=of_loading).values_list(key, flat=True))
    return touched


def _facts_of_row(row: dict[str, Any], source: str, areas: dict[str, Area], blocks: dict[str, Block]) -> Facts:
    counts = row["counts_for"]
    facts = Facts(
        day=row["date"],
        place=row["place"],
        title=row["title"],
        prefecture=areas[row["prefecture"]] if "prefecture" in row else None,
        notes="\n".join(row.get("notes", ())),
        prefectures=frozenset(areas[code] for code in counts.get("prefectures", ())),
        blocks=frozenset(blocks[key] for key in counts.get("blocks", ())),
        is_nationwide=counts.get("nationwide", False),
        rule=Rule(row["rule"]),
        reason=row.get("reason", ""),
        source=source,
    )
    derived: set[Area | Block] = set()
    for layer in row.get("derived", ()):
        derived |= getattr(facts, layer)
    return replace(facts, derived=frozenset(derived))


def _entry(briefing: Briefing) -> Entry:
    day = briefing.day
    prefecture = briefing.prefecture
    return Entry(
        key=briefing.slug,
        title=briefing.title,
        path=briefing.address,
        reading=briefing.slug,
        detail=f"{format_date(day, 'ja')}　{briefing.place}",
        detail_en=", ".join(filter(None, [format_date(day, "en"), prefecture.name_en if prefecture else ""])),
        text=briefing.notes,
        words=(
            briefing.title,
            briefing.place,
            briefing.slug,
            day.isoformat(),
            format_date(day, "ja"),
            *((prefecture.name_en, prefecture.kana) if prefecture else ()),
        ),
    )
