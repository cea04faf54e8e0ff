"""Deeds every room reuses: keep a file, decide an approval, replace search entries, save a search, edit equal words."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pgtrigger
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.db.models import Exists, Model, OuterRef, ProtectedError, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from itoguchi.core.access import can_edit_synonyms
from itoguchi.core.folding import fold
from itoguchi.core.journal import journal
from itoguchi.core.mail import tell_deciders, tell_drafter
from itoguchi.core.models import (
    AnsweredRequest,
    Approval,
    DataChange,
    FrozenFile,
    ImportedFile,
    SavedSearch,
    SearchEntry,
    SearchWord,
    SynonymGroup,
)
from itoguchi.core.saving import page_of, question_of
from itoguchi.core.search import is_searchable, shipped_synonyms
from itoguchi.core.wording import say

if TYPE_CHECKING:
    from itoguchi.accounts.models import Account


@transaction.atomic
def keep_imported_file(
    name: str, *, sha256: str, size: int, rows: int, source: str, by: Account | None
) -> ImportedFile:
    """Record which file is brought in; the bytes themselves are not kept."""
    return ImportedFile.objects.create(name=name, sha256=sha256, size=size, rows=rows, source=source, imported_by=by)


@transaction.atomic
def freeze_file(name: str, content: bytes, *, content_type: str, language: str = "") -> FrozenFile:
    """Keep bytes as they are, for ever."""
    digest = hashlib.sha256(content).hexdigest()
    return FrozenFile.objects.create(
        name=name, content=content, content_type=content_type, language=language, sha256=digest
    )


@transaction.atomic
def drop_file(file: FrozenFile) -> bool:
    """Drop bytes that nobody but those who brought them has seen: the one way in which kept bytes go.

    Returns whether they went: while anything refers to them they stay.
    """
    with pgtrigger.ignore("core.FrozenFile:frozen_file_never_changes"), suppress(ProtectedError):
        file.delete()
        return True
    return False


@transaction.atomic
def draft_approval(
    deed: str, subject: str, *, by: Account, reason: str = "", payload: Mapping[str, Any] | None = None
) -> Approval:
    """Ask for a second person; raises ValidationError when the same deed already waits.

    `payload` is what the room carries out once it is approved.
    """
    approval = Approval(deed=deed, subject=subject, drafter=by, reason=reason, payload=payload or {})
    approval.full_clean()
    approval.save()
    tell_deciders(approval)
    return approval


@transaction.atomic
def approve(approval: Approval, *, by: Account, remark: str = "") -> Approval:
    """Approve a draft; raises PermissionDenied for the drafter, ValidationError when it is decided already."""
    return _decide(approval, Approval.State.APPROVED, by=by, remark=remark)


@transaction.atomic
def send_back(approval: Approval, *, by: Account, remark: str) -> Approval:
    """Return a draft with a remark that says what to mend."""
    if not remark.strip():
        raise ValidationError({"remark": _("差し戻す理由を書いてください。")})
    return _decide(approval, Approval.State.RETURNED, by=by, remark=remark)


@transaction.atomic
def withdraw_approval(approval: Approval, *, by: Account, predecessors: Collection[int] = ()) -> Approval:
    """Take one's own draft back, or that of somebody whose duties one has taken over (`predecessors`, by key)."""
    waiting = _waiting(approval)
    if waiting.drafter_id not in {by.pk, *predecessors}:
        raise PermissionDenied(_("取り下げられるのは起案者だけです。"))
    waiting.state = Approval.State.WITHDRAWN
    waiting.save()
    return waiting


def _decide(approval: Approval, state: Approval.State, *, by: Account, remark: str) -> Approval:
    waiting = _waiting(approval)
    if waiting.drafter_id == by.pk:
        raise PermissionDenied(_("自分の起案は承認できません。別の方に承認を頼んでください。"))
    waiting.state, waiting.approver, waiting.remark, waiting.decided_at = state, by, remark, timezone.now()
    waiting.save()
    tell_drafter(waiting)
    return waiting


def _waiting(approval: Approval) -> Approval:
    """The row, locked, so that two people deciding at once can't both win."""
    locked = Approval.objects.select_for_update().get(pk=approval.pk)
    if locked.state != Approval.State.DRAFTED:
        raise ValidationError(_("この件はすでに決裁されています。"))
    return locked


def analyze_tables(*models: type[Model]) -> None:
    """Let the database count rows after a large load, of some models or of all.

    Its plans rest on that, and by itself it does so a minute late.
    """
    names = (connection.ops.quote_name(each._meta.db_table) for each in models)
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(names)}")


def forget_old_changes() -> int:
    """Delete the marks of changes whose transactions ended long ago, but for each room's last; returns how many."""
    later = DataChange.objects.filter(room=OuterRef("room"), at__gt=OuterRef("at"))
    old = DataChange.objects.filter(Exists(later), at__lt=timezone.now() - timedelta(days=2))
    return old.delete()[0]


def forget_old_answers() -> int:
    """Delete answers to writing requests so old that nobody sends the same again; returns how many."""
    return AnsweredRequest.objects.filter(at__lt=timezone.now() - timedelta(days=30)).delete()[0]


@dataclass(frozen=True, slots=True)
class Entry:
    """What a room hands down to make one of its public records findable; `text` is what it says, line by line."""

    key: str
    title: str
    path: str
    words: tuple[str, ...]
    title_en: str = ""
    detail: str = ""
    detail_en: str = ""
    text: str = ""
    reading: str = ""


@transaction.atomic
def replace_search_entries(room: str, entries: Iterable[Entry], *, but: str = "") -> int:
    """Replace all entries of a room, those apart whose keys begin with `but`; returns how many were given."""
    there = SearchEntry.objects.filter(room=room)
    return _save_search_entries(room, list(entries), there.exclude(key__startswith=but) if but else there)


@transaction.atomic
def keep_search_entries(room: str, entries: Iterable[Entry]) -> int:
    """Put some entries of a room in, or in place of those with their keys; the others stay. Returns how many were given."""
    given = list(entries)
    return _save_search_entries(
        room, given, SearchEntry.objects.filter(room=room, key__in=[each.key for each in given])
    )


@transaction.atomic
def drop_search_entries(room: str, keys: Collection[str]) -> None:
    """Take some entries of a room out, by their keys."""
    SearchEntry.objects.filter(room=room, key__in=keys).delete()


SAID = ("title", "title_en", "detail", "detail_en", "text", "reading", "path")


def _save_search_entries(room: str, given: list[Entry], there: QuerySet[SearchEntry]) -> int:
    """Write entries in place of those that are there; what says the same as before keeps the day it began to."""
    now = timezone.now()
    known = {each.key: each for each in there}
    there.delete()
    rows = []
    for entry in given:
        row = SearchEntry(room=room, key=entry.key, **{name: getattr(entry, name) for name in SAID})
        before = known.get(entry.key)
        row.made_at = before.made_at if before else now
        is_same = before is not None and all(getattr(before, name) == getattr(row, name) for name in SAID)
        row.changed_at = before.changed_at if before and is_same else now
        rows.append(row)
    saved = SearchEntry.objects.bulk_create(rows, batch_size=2000)
    SearchWord.objects.bulk_create(
        [
            SearchWord(entry=row, word=word)
            for row, entry in zip(saved, given, strict=True)
            for word in sorted({fold(word) for word in entry.words if word})
        ],
        batch_size=5000,
    )
    return len(saved)


MOST_SAVED = 50  # searches of one account
NOT_ASKED = _("さがす言葉か条件を入れてから、保存してください。")


@transaction.atomic
def save_search(path: str, given: Mapping[str, str], *, name: str = "", by: Account, now: datetime) -> SavedSearch:
    """Save the question to a page; what comes or changes from `now` on is news.

    Raises ValidationError for a page whose questions can't be saved, for no question, one that is saved already, or too
    many of them.
    """
    page = page_of(path)
    question = question_of(page, given) if page else {}
    if page is None or not question:
        raise ValidationError(NOT_ASKED)
    if by.saved_searches.count() >= MOST_SAVED:
        raise ValidationError(
            say(_("保存できる検索は%(most)s件までです。使わないものを消してください。"), most=MOST_SAVED)
        )
    called = (" ".join(name.split()) or question.get("q", "") or str(page.label))[:100]
    saved = SavedSearch(account=by, name=called, page=path, question=question, seen_at=now)
    saved.full_clean()
    with journal(by=by, why=str(_("検索の保存"))):
        saved.save()
    return saved


@transaction.atomic
def tune_search(saved: SavedSearch, *, name: str, tells: bool, by: Account) -> SavedSearch:
    """Call a saved search otherwise, or say whether it tells of news. Raises ValidationError for no name."""
    saved.name, saved.tells = " ".join(name.split()), tells
    saved.full_clean()
    with journal(by=by, why=str(_("保存した検索を直す"))):
        saved.save()
    return saved


@transaction.atomic
def mark_search_as_seen(saved: SavedSearch, *, by: Account, now: datetime) -> SavedSearch:
    """What has come up to now is no news any more."""
    with journal(by=by, why=str(_("保存した検索を見た"))):
        saved.seen_at = now
        saved.save(update_fields=["seen_at"])
    return saved


@transaction.atomic
def drop_search(saved: SavedSearch, *, by: Account) -> None:
    """Forget a saved search."""
    with journal(by=by, why=str(_("保存した検索を消す"))):
        saved.delete()


NOT_EDITING = _("同じ意味の言葉を直せるのは、事務局だけです。")


@transaction.atomic
def keep_synonyms(
    field: str, words: Iterable[str], *, replaces: str = "", group: SynonymGroup | None = None,
    is_off: bool = False, by: Account, why: str = "",
) -> SynonymGroup:  # fmt: skip
    """Say which words mean the same in a field: a new group, one put right, or one in place of a shipped one.

    Raises PermissionDenied without the right, ValidationError for fewer than two different words, or a word that
    nothing is searched by.
    """
    if not can_edit_synonyms(by):
        raise PermissionDenied(NOT_EDITING)
    if replaces and replaces not in shipped_synonyms():
        raise ValidationError({"words": _("もとの組がありません。新しい組として書いてください。")})
    said = list(dict.fromkeys(" ".join(word.split()) for word in words if word.strip()))
    if len({fold(word) for word in said}) < 2:
        raise ValidationError({"words": _("違う言葉を二つ以上書いてください。")})
    if wrong := [word for word in said if len(word) <= 50 and not is_searchable(word)]:
        raise ValidationError({"words": say(_("「%(word)s」には、さがせる言葉がありません。"), word=wrong[0])})
    known = group or SynonymGroup.objects.filter(replaces=replaces).exclude(replaces="").first()
    kept = known or SynonymGroup(replaces=replaces)
    kept.field, kept.words, kept.is_off = field, said, is_off
    kept.full_clean()
    with journal(by=by, why=why):
        kept.save()
    return kept


@transaction.atomic
def undo_synonyms(event: int, *, by: Account) -> None:
    """Take back the last change of a group, by the number of its entry in the journal; that is a change itself.

    Raises PermissionDenied without the right, ValidationError when the group has been changed since.
    """
    if not can_edit_synonyms(by):
        raise PermissionDenied(NOT_EDITING)
    events: Any = SynonymGroup.pgh_event_model  # type: ignore[attr-defined]
    undone = events.objects.filter(pgh_id=event).first()
    of_group = list(events.objects.filter(pgh_obj_id=undone.pgh_obj_id).order_by("-pgh_id")[:2]) if undone else []
    if not of_group or of_group[0].pgh_id != event:
        raise ValidationError(_("この変更のあとに、ほかの変更があります。新しい変更から取り消してください。"))
    row = SynonymGroup.objects.filter(pk=undone.pgh_obj_id).first()
    before = undone if undone.pgh_label == "delete" else of_group[-1]  # a change has another one before it
    with journal(by=by, why=str(_("取り消し"))):
        if undone.pgh_label == "insert":
            if row:
                row.delete()
            return
        row = row or SynonymGroup(pk=undone.pgh_obj_id)
        for name in ("field", "words", "replaces", "is_off"):
            setattr(row, name, getattr(before, name))
        row.full_clean()
        row.save()
