"""Deeds every room reuses: keep an imported file, draft and decide an approval, replace search entries."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from itoguchi.core.folding import fold
from itoguchi.core.mail import tell_deciders, tell_drafter
from itoguchi.core.models import (
    AnsweredRequest,
    Approval,
    DataChange,
    FrozenFile,
    ImportedFile,
    SearchEntry,
    SearchWord,
)

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
def replace_search_entries(room: str, entries: Iterable[Entry]) -> int:
    """Replace all entries of a room; returns how many there are now."""
    SearchEntry.objects.filter(room=room).delete()
    return _save_search_entries(room, list(entries))


@transaction.atomic
def keep_search_entries(room: str, entries: Iterable[Entry]) -> int:
    """Put some entries of a room in, or in place of those with their keys; the others stay. Returns how many were given."""
    given = list(entries)
    SearchEntry.objects.filter(room=room, key__in=[entry.key for entry in given]).delete()
    return _save_search_entries(room, given)


def _save_search_entries(room: str, given: list[Entry]) -> int:
    saved = SearchEntry.objects.bulk_create(
        [
            SearchEntry(
                room=room,
                key=entry.key,
                title=entry.title,
                title_en=entry.title_en,
                detail=entry.detail,
                detail_en=entry.detail_en,
                text=entry.text,
                reading=entry.reading,
                path=entry.path,
            )
            for entry in given
        ],
        batch_size=2000,
    )
    SearchWord.objects.bulk_create(
        [
            SearchWord(entry=row, word=word)
            for row, entry in zip(saved, given, strict=True)
            for word in sorted({fold(word) for word in entry.words if word})
        ],
        batch_size=5000,
    )
    return len(saved)
