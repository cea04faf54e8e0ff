"""What people do with needs: write them down once, change, merge, answer and close them; say whether a scheme was useful."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from itoguchi.core.actions import Entry, drop_search_entries, keep_search_entries, replace_search_entries
from itoguchi.core.journal import journal
from itoguchi.core.wording import say
from itoguchi.roadmap.models import Answer, Barrier, Field, Solution
from itoguchi.support.access import can_answer_need, can_write_needs_of, needs_open_to
from itoguchi.support.models import Mark, Need, Scheme
from itoguchi.support.models.needs import LONGEST
from itoguchi.support.queries import Said

if TYPE_CHECKING:
    from itoguchi.accounts.models import Account
    from itoguchi.areas.models import Area


ROOM = "needs"  # of entries: apart from the schemes, which are looked for alone


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedFacts:
    """Everything that is said about a need."""

    title: str
    text: str
    field: Field | None = None
    barriers: frozenset[Barrier] = frozenset()
    solutions: frozenset[Solution] = frozenset()
    size_yen: int | None = None
    wanted_year: int | None = None
    urgency: Need.Urgency = Need.Urgency.NEXT
    is_internal: bool = True


@transaction.atomic
def record_need(
    area: Area,
    facts: NeedFacts,
    *,
    by: Account | None,
    today: date,
    heard: Need.Heard = Need.Heard.TYPED,
    heard_at: str = "",
    heard_on: date | None = None,
) -> Need:
    """Write down what an area wants solved. Raises PermissionDenied without the right, ValidationError."""
    _must_write(by, area)
    need = Need(area=area, heard=heard, heard_at=heard_at, heard_on=heard_on or today, entered_by=by)
    if need.heard_on > today:
        raise ValidationError({"heard_on": _("まだ来ていない日です。")})
    return _write(need, facts, by=by)


@transaction.atomic
def record_need_said(said: Said, facts: NeedFacts, *, by: Account | None, today: date) -> Need:
    """Write down a need that a survey heard; whoever comes second gets the need of the first.

    Raises as `record_need`, and ValidationError for an answer that was sent back meanwhile: its words may yet change.
    """
    answer = Answer.objects.select_for_update(of=("self",)).select_related("area", "survey").get(pk=said.answer.pk)
    known = Need.objects.filter(heard_at=said.address).exclude(state=Need.State.MERGED).first()
    if known:
        return known
    if not answer.is_in:
        raise ValidationError(
            _(
                "この回答は、いま差し戻されています。回答を出し直してから、もう一度保存してください（書いた文は残っています）。"
            )
        )
    heard_on = timezone.localdate(answer.answered_at) if answer.answered_at else today
    return record_need(
        answer.area, facts, by=by, today=today, heard=Need.Heard.SURVEY, heard_at=said.address, heard_on=heard_on
    )


@transaction.atomic
def change_need(need: Need, facts: NeedFacts, *, by: Account | None, why: str = "") -> Need:
    """Put a need right while it is open. Raises PermissionDenied without the right, ValidationError when it is over."""
    locked = Need.objects.select_for_update().select_related("area").get(pk=need.pk)
    _must_write(by, locked.area)
    if locked.state in {Need.State.CLOSED, Need.State.MERGED}:
        raise ValidationError(_("終えたニーズや統合したニーズは変えられません。新しく書いてください。"))
    return _write(locked, facts, by=by, why=why)


@transaction.atomic
def answer_need(need: Need, answer: str, *, by: Account | None, today: date) -> Need:
    """Answer a need, or put the answer right. Raises PermissionDenied without the right, ValidationError."""
    locked = Need.objects.select_for_update().select_related("area").get(pk=need.pk)
    if by and not can_answer_need(by, locked):
        raise PermissionDenied(_("ニーズに答えられるのは、その地域ブロックの総合通信局等と事務局だけです。"))
    if locked.state not in {Need.State.OPEN, Need.State.ANSWERED}:
        raise ValidationError(_("このニーズは、もう受け付けていません。"))
    locked.answer, locked.answered_on, locked.state = answer.strip(), today, Need.State.ANSWERED
    _save(locked, by=by)
    index_needs([locked])
    return locked


@transaction.atomic
def close_need(need: Need, result: str, *, by: Account | None, today: date) -> Need:
    """Say what became of a need. Raises PermissionDenied without the right, ValidationError without a result."""
    locked = Need.objects.select_for_update().select_related("area").get(pk=need.pk)
    if by and not (can_write_needs_of(by, locked.area) or can_answer_need(by, locked)):
        raise PermissionDenied(_("このニーズを終えられるのは、その団体の担当者などだけです。"))
    if locked.state == Need.State.MERGED:
        raise ValidationError(_("このニーズは、ほかのニーズに統合されています。"))
    if not result.strip():
        raise ValidationError({"result": _("結果を書いてください。")})
    locked.result, locked.closed_on, locked.state = result.strip(), today, Need.State.CLOSED
    _save(locked, by=by)
    index_needs([locked])
    return locked


@transaction.atomic
def merge_needs(into: Need, others: Iterable[Need], *, by: Account | None, why: str) -> Need:
    """Let needs of the same area that say the same stand as one: the others lead to it and count no more.

    Raises PermissionDenied without the right, ValidationError for needs of two areas, or one that is over.
    """
    keys = {into.pk, *(each.pk for each in others)}
    locked = {each.pk: each for each in Need.objects.select_for_update().select_related("area").filter(pk__in=keys)}
    kept = locked.pop(into.pk)
    _must_write(by, kept.area)
    for each in locked.values():
        if each.area_id != kept.area_id:
            raise ValidationError(_("統合できるのは、同じ団体のニーズだけです。"))
    if any(each.state == Need.State.MERGED for each in (kept, *locked.values())):
        raise ValidationError(_("すでに統合されたニーズがあります。"))
    with journal(by=by, why=why):
        for each in locked.values():
            each.state, each.merged_into = Need.State.MERGED, kept
            each.save()
            each.merged.update(merged_into=kept)
            kept.solutions.add(*each.solutions.all())
            kept.barriers.add(*each.barriers.all())
    index_needs((kept, *locked.values()))
    return kept


@transaction.atomic
def mark_scheme(need: Need, scheme: Scheme, *, is_useful: bool | None, by: Account, why: str = "") -> Mark | None:
    """Say whether a scheme was useful for a need; None takes the mark back. Raises PermissionDenied for a need not seen."""
    if not Need.objects.filter(needs_open_to(by), pk=need.pk).exists():
        raise PermissionDenied(_("見られないニーズには、印をつけられません。"))
    mark = Mark.objects.filter(need=need, scheme=scheme, by=by).first()
    with journal(by=by, why=why):
        if is_useful is None:
            if mark:
                mark.delete()
            return None
        mark = mark or Mark(need=need, scheme=scheme, by=by)
        mark.is_useful, mark.why = is_useful, why.strip()
        mark.full_clean()
        mark.save()
    return mark


def _must_write(by: Account | None, area: Area) -> None:
    if by and not can_write_needs_of(by, area):
        raise PermissionDenied(
            say(_("%(area)sのニーズを書けるのは、その団体・都道府県・総合通信局等と事務局だけです。"), area=area)
        )


def _write(need: Need, facts: NeedFacts, *, by: Account | None, why: str = "") -> Need:
    if len(facts.text) > LONGEST:
        raise ValidationError(
            {"text": say(_("%(most)s字までにしてください（いま%(now)s字）。"), most=LONGEST, now=len(facts.text))}
        )
    if facts.size_yen is not None and facts.size_yen < 1:
        raise ValidationError({"size_yen": _("1円以上で書いてください。分からなければ空のままにしてください。")})
    if facts.wanted_year is not None and not 2000 <= facts.wanted_year <= 2100:
        raise ValidationError({"wanted_year": _("年度は西暦で書いてください（例：2027）。")})
    need.title, need.text = facts.title.strip() or facts.text.strip()[:40], facts.text.strip()
    for name in ("field", "size_yen", "wanted_year", "urgency", "is_internal"):
        setattr(need, name, getattr(facts, name))
    _save(need, by=by, why=why)
    need.solutions.set(facts.solutions)
    need.barriers.set(facts.barriers)
    index_needs([need])
    return need


def _save(need: Need, *, by: Account | None, why: str = "") -> None:
    need.full_clean()
    with journal(by=by, why=why):
        need.save()


def index_needs(changed: Iterable[Need] | None = None) -> int:
    """Hand the needs that everybody may read down to the search index, all or those that changed; takes the others out."""
    found = Need.objects.exclude(state=Need.State.MERGED).filter(needs_open_to(AnonymousUser()))
    found = found.select_related("area", "field").prefetch_related("solutions")
    if changed is None:
        return replace_search_entries(ROOM, map(_entry, found))
    keys = {each.pk for each in changed}
    shown = list(found.filter(pk__in=keys))
    drop_search_entries(ROOM, [str(key) for key in keys - {each.pk for each in shown}])
    return keep_search_entries(ROOM, map(_entry, shown))


def _entry(need: Need) -> Entry:
    about = [str(need.field.name)] if need.field else []
    with override("en"):
        detail_en = f"Need, {need.area}" + (" (closed)" if need.state == Need.State.CLOSED else "")
    return Entry(
        key=str(need.pk),
        title=need.title,
        path=need.address,
        words=(need.title, need.area.name),
        detail=" ".join(["（終了）" if need.state == Need.State.CLOSED else "ニーズ・課題", need.area.name, *about]),
        detail_en=detail_en,
        text="\n".join(
            filter(None, [need.text, *(each.name for each in need.solutions.all()), need.answer, need.result])
        ),
    )
