"""What people do with briefings: load the reference ones, plan, change, hold and cancel."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _
from pghistory.models import Context

from itoguchi.areas.models import Area, Block, Kind
from itoguchi.core.actions import Entry, replace_search_entries
from itoguchi.core.calendar import format_date
from itoguchi.core.journal import journal
from itoguchi.outreach.models import Briefing, BriefingBlock, BriefingPrefecture, Rule
from itoguchi.outreach.queries import briefings

if TYPE_CHECKING:
    from itoguchi.accounts.models import Account

REFERENCE_DOOR = "load_reference"


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


@transaction.atomic
def plan_briefing(facts: Facts, *, by: Account | None, why: str = "") -> Briefing:
    """Put a new briefing on the calendar; its address stays the same for ever."""
    check(facts)
    with journal(by=by, why=why):
        # One at a time, so that two briefings of one day and place never ask for the same address.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('outreach_briefing'))")
        slug = free_slug(facts.day, facts.prefecture, set(Briefing.objects.values_list("slug", flat=True)))
        briefing = Briefing(slug=slug, order=1 + Briefing.objects.filter(day=facts.day).count())
        _write(briefing, facts)
    index_briefings()
    return briefing


@transaction.atomic
def change_briefing(briefing: Briefing, facts: Facts, *, by: Account | None, why: str = "") -> Briefing:
    """Correct or move a briefing; its address stays what it was."""
    check(facts)
    locked = _locked(briefing)
    if locked.state == Briefing.State.CANCELLED:
        raise ValidationError(_("中止した説明会は変えられません。新しい説明会として計画してください。"))
    with journal(by=by, why=why):
        _write(locked, facts)
    index_briefings()
    return locked


@transaction.atomic
def hold_briefing(briefing: Briefing, *, today: date, by: Account | None, why: str = "") -> Briefing:
    """Say that a planned briefing took place; from then on it counts as of its day."""
    locked = _locked(briefing)
    if locked.state != Briefing.State.PLANNED:
        raise ValidationError(_("開催済にできるのは、予定の説明会だけです。"))
    if locked.day > today:
        raise ValidationError(_("まだ来ていない日の説明会は、開催済にできません。開催日のあとにもう一度どうぞ。"))
    return _set_state(locked, Briefing.State.HELD, by=by, why=why)


@transaction.atomic
def cancel_briefing(briefing: Briefing, *, by: Account | None, why: str) -> Briefing:
    """Call a planned briefing off; it stays on record with the reason."""
    locked = _locked(briefing)
    if locked.state != Briefing.State.PLANNED:
        raise ValidationError(_("中止できるのは、予定の説明会だけです。"))
    if not why.strip():
        raise ValidationError(_("中止の理由を書いてください。"))
    return _set_state(locked, Briefing.State.CANCELLED, by=by, why=why)


@transaction.atomic
def load_briefings(folder: Path) -> None:
    """Bring `briefings.yaml` in; loading again changes nothing that is the same or that people changed since."""
    given = yaml.safe_load((folder / "briefings.yaml").read_text(encoding="utf-8"))
    areas = {area.code: area for area in Area.objects.filter(kind=Kind.PREFECTURE)}
    blocks = {block.key: block for block in Block.objects.all()}
    known = {briefing.slug: briefing for briefing in briefings()}
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
    """Hand every briefing down to the search index."""
    return replace_search_entries("outreach", map(_entry, briefings()))


def check(facts: Facts) -> None:
    """Refuse what can't be: no title or place, counting for nothing, or for the nation and for places at once."""
    problems: list[Any] = []
    if not facts.title.strip():
        problems.append(_("開催概要（題名）を書いてください。"))
    if not facts.place.strip():
        problems.append(_("開催箇所を書いてください。"))
    if not (facts.is_nationwide or facts.prefectures or facts.blocks):
        problems.append(_("どこに数えるかがありません。都道府県か地域ブロックを選ぶか、全国を対象としてください。"))
    if facts.is_nationwide and (facts.prefectures or facts.blocks):
        problems.append(_("全国を対象とする回は、都道府県や地域ブロックには数えません。どちらかにしてください。"))
    held_in = facts.prefectures | ({facts.prefecture} if facts.prefecture else set())
    problems += [
        _("%(area)sは都道府県ではありません。都道府県を選んでください。") % {"area": area}
        for area in sorted(held_in, key=lambda area: area.code)
        if not area.is_prefecture
    ]
    if problems:
        raise ValidationError(problems)


def free_slug(day: date, prefecture: Area | None, used: Iterable[str]) -> str:
    """The lasting address of a briefing: day and prefecture (else `nationwide`), `-2` for the second one, and so on."""
    first = f"{day.isoformat()}-{prefecture.slug if prefecture else 'nationwide'}"
    taken = set(used)
    return next(slug for n in count(1) if (slug := first if n == 1 else f"{first}-{n}") not in taken)


def facts_of(briefing: Briefing) -> Facts:
    """What is said about a briefing now, ready to be changed with `dataclasses.replace`."""
    counted = [*briefing.counted_prefectures.all(), *briefing.counted_blocks.all()]
    prefectures = {each.area: each.is_derived for each in counted if isinstance(each, BriefingPrefecture)}
    blocks = {each.block: each.is_derived for each in counted if isinstance(each, BriefingBlock)}
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


def _locked(briefing: Briefing) -> Briefing:
    return Briefing.objects.select_for_update().get(pk=briefing.pk)


def _set_state(briefing: Briefing, state: Briefing.State, *, by: Account | None, why: str) -> Briefing:
    briefing.state = state
    with journal(by=by, why=why):
        briefing.save(update_fields=["state"])
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
        words=(
            briefing.title,
            briefing.place,
            briefing.slug,
            day.isoformat(),
            format_date(day, "ja"),
            *((prefecture.name_en, prefecture.kana) if prefecture else ()),
        ),
    )
