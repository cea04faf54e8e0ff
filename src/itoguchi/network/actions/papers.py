"""What people do with papers: lay them in, publish them, lift an embargo on purpose, take back what came out by mistake."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from itoguchi.core.actions import drop_file
from itoguchi.core.journal import journal
from itoguchi.network.actions.entries import index_network
from itoguchi.network.actions.meetings import must_keep
from itoguchi.network.models import Correction, Meeting, Paper
from itoguchi.network.queries.mentions import mentions_of_paper
from itoguchi.network.queries.secretariat import was_handed_out

if TYPE_CHECKING:
    from itoguchi.accounts.models import Account
    from itoguchi.core.models import FrozenFile

WAS_OUT = _("一度見られるようになった資料です。何をどう直したか（正誤）を書いてください。資料とともに示します。")


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperFacts:
    """What is said of a paper; without a `file`, one that is there stays."""

    title: str
    number: str = ""
    theme: str = ""
    provider: str = ""
    text: str = ""
    access: str = Paper.Access.OPEN
    embargo_until: datetime | None = None
    file: FrozenFile | None = None


@transaction.atomic
def add_paper(meeting: Meeting, facts: PaperFacts, *, by: Account | None, today: date) -> Paper:
    """Lay a paper in as a draft, which the secretariat alone sees. Raises PermissionDenied, ValidationError."""
    must_keep(by, meeting.body)
    Meeting.objects.select_for_update().get(pk=meeting.pk)
    place = (meeting.papers.aggregate(last=Max("order"))["last"] or 0) + 1
    paper = Paper(meeting=meeting, order=place, since=today, state=Paper.State.DRAFT)
    paper.slug = f"{meeting.slug}-paper-{place}"
    _write(paper, facts)
    with journal(by=by):
        paper.save()
    return paper


@transaction.atomic
def correct_paper(
    paper: Paper, facts: PaperFacts, *, by: Account | None, now: datetime, note: str = "", why: str = ""
) -> Paper:
    """Change a paper; what others have seen of it changes with a note (正誤) alone.

    Raises PermissionDenied, ValidationError for a missing note, or an embargo that would end sooner: `lift_embargo` does that.
    """
    locked = _locked(paper, by)
    Meeting.objects.select_for_update().get(pk=locked.meeting_id)  # its numbers are each given once
    before, was_out, until = _said(locked), _was_out(locked, now), locked.embargo_until
    _write(locked, facts)
    is_sooner = until is not None and (locked.embargo_until is None or locked.embargo_until < until)
    if locked.state == Paper.State.PUBLISHED and not was_out and is_sooner:
        raise ValidationError(
            {"embargo_until": _("配付した資料の解禁は、「解禁を早める」から、理由を書いて早めてください。")}
        )
    _note(locked, note, now, by=by, is_needed=was_out and _said(locked) != before)
    with journal(by=by, why=why or note):
        locked.save()
    index_network()
    return locked


@transaction.atomic
def publish_paper(paper: Paper, *, by: Account | None, now: datetime, note: str = "") -> Paper:
    """Hand a paper out to those whom its access names, from its embargo on. What was taken back comes out with a note.

    Raises PermissionDenied, ValidationError for a paper that is out already or has nothing to read, or a missing note.
    """
    locked = _locked(paper, by)
    if locked.state == Paper.State.PUBLISHED:
        raise ValidationError(_("この資料は、すでに配付されています。"))
    if not locked.text and locked.file_id is None:
        raise ValidationError(_("ファイルか内容を入れてから配付してください。"))
    _note(locked, note, now, by=by, is_needed=locked.came_out_at is not None)
    locked.state = Paper.State.PUBLISHED
    return _release(locked, by=by, why=note or str(_("資料の配付")), now=now)


@transaction.atomic
def lift_embargo(paper: Paper, *, by: Account | None, now: datetime, why: str) -> Paper:
    """Show a published paper before its embargo has passed, on purpose and with a reason."""
    locked = _locked(paper, by)
    if locked.state != Paper.State.PUBLISHED or locked.is_out_at(now):
        raise ValidationError(_("早められるのは、配付した資料の解禁だけです。"))
    if not why.strip():
        raise ValidationError({"why": _("なぜ解禁の時を待たないのかを書いてください。")})
    locked.lifted_at = now
    return _release(locked, by=by, why=why, now=now)


@transaction.atomic
def take_back_paper(paper: Paper, *, by: Account | None, now: datetime, why: str) -> Paper:
    """Undo: nobody but the secretariat sees the paper any more, at any door; its embargo holds again."""
    locked = _locked(paper, by)
    if locked.state == Paper.State.DRAFT:
        raise ValidationError(_("この資料は、まだ配付されていません。"))
    if not why.strip():
        raise ValidationError({"why": _("なぜ取り消すのかを書いてください。")})
    if locked.is_out_at(now) and locked.came_out_at is None:
        locked.came_out_at = locked.embargo_until or now
    locked.state, locked.lifted_at = Paper.State.DRAFT, None
    with journal(by=by, why=why):
        locked.save()
    index_network()
    return locked


@transaction.atomic
def drop_paper(paper: Paper, *, by: Account | None, why: str) -> None:
    """Take a draft away that was laid in by mistake, with its file; the journal keeps what was said of it.

    Raises PermissionDenied, ValidationError for one that was ever handed out or that something refers to, or without a reason.
    """
    locked = _locked(paper, by)
    if was_handed_out(locked):
        raise ValidationError(_("一度配付した資料は消せません。配付を取り消すと、事務局だけが見られます。"))
    if mentions_of_paper(locked):
        raise ValidationError(_("この資料に結び付いたものがあります。"))
    if not why.strip():
        raise ValidationError({"why": _("なぜ消すのかを書いてください。")})
    with journal(by=by, why=why):
        locked.delete()
        if locked.file:
            drop_file(locked.file)


@transaction.atomic
def bring_out_papers(*, now: datetime) -> int:
    """Note of papers whose embargo has passed that they are out, so that they are found; returns how many."""
    due = Paper.objects.select_for_update(skip_locked=True).filter(
        state=Paper.State.PUBLISHED, came_out_at=None, embargo_until__lte=now
    )
    papers = list(due)
    for each in papers:
        each.came_out_at = each.embargo_until
        with journal(why=str(_("解禁"))):
            each.save()
    if papers:
        index_network()
    return len(papers)


def _release(paper: Paper, *, by: Account | None, why: str, now: datetime) -> Paper:
    if paper.is_out_at(now) and paper.came_out_at is None:
        paper.came_out_at = now
    with journal(by=by, why=why):
        paper.save()
    index_network()
    return paper


def _was_out(paper: Paper, now: datetime) -> bool:
    """Whether others may have seen it, now or before."""
    return paper.came_out_at is not None or paper.is_out_at(now)


def _said(paper: Paper) -> tuple[Any, ...]:
    return (paper.number, paper.title, paper.provider, paper.text, paper.file_id)


def _note(paper: Paper, note: str, now: datetime, *, by: Account | None, is_needed: bool) -> None:
    if is_needed and not note.strip():
        raise ValidationError({"note": WAS_OUT})
    if note.strip():
        correction = Correction(paper=paper, day=timezone.localdate(now), text=note.strip())
        correction.full_clean()
        with journal(by=by):
            correction.save()


def _locked(paper: Paper, by: Account | None) -> Paper:
    locked = Paper.objects.select_for_update(of=("self",)).select_related("meeting__body").get(pk=paper.pk)
    must_keep(by, locked.meeting.body)
    return locked


def _write(paper: Paper, facts: PaperFacts) -> None:
    paper.number, paper.title, paper.theme = (
        facts.number.strip(),
        facts.title.strip(),
        facts.theme.strip() or paper.theme,
    )
    paper.provider, paper.text, paper.access = facts.provider.strip(), facts.text.strip(), facts.access
    if facts.embargo_until != paper.embargo_until:
        paper.lifted_at = None
    paper.embargo_until = facts.embargo_until
    paper.file = facts.file or paper.file
    paper.full_clean()
