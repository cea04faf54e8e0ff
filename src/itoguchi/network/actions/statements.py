"""What people do with what was said: write statements down, confirm or correct their own, and bring the summary (議事要旨) out."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from itoguchi.core.journal import journal
from itoguchi.core.wording import say
from itoguchi.network.access import seats_of
from itoguchi.network.actions.meetings import must_keep
from itoguchi.network.models import Meeting, Member, Statement, Summary
from itoguchi.network.queries.secretariat import blocking_statements

if TYPE_CHECKING:
    from itoguchi.accounts.models import Account

NOT_YOURS = _("確認できるのは、自分の発言だけです。")
OUT = _("議事要旨はすでに公開されています。")


@transaction.atomic
def begin_summary(meeting: Meeting, *, confirm_by: date, by: Account | None) -> Summary:
    """Say until when speakers confirm what they said, for the first time or anew. Raises PermissionDenied, ValidationError."""
    must_keep(by, meeting.body)
    if meeting.state != Meeting.State.HELD:
        raise ValidationError(_("発言を記録できるのは、開催済の会合です。"))
    summary = Summary.objects.select_for_update().filter(meeting=meeting).first() or Summary(meeting=meeting)
    _still_open(summary)
    summary.confirm_by = confirm_by
    with journal(by=by):
        summary.save()
    return summary


@transaction.atomic
def write_statement(
    summary: Summary, text: str, *, member: Member | None = None, speaker: str = "", by: Account | None
) -> Statement:
    """Write down what somebody said, at the end. Raises PermissionDenied, ValidationError."""
    locked = _locked_summary(summary, by)
    place = (locked.statements.aggregate(last=Max("order"))["last"] or 0) + 1
    statement = Statement(summary=locked, order=place)
    return _say(statement, text, member=member, speaker=speaker, by=by)


@transaction.atomic
def rewrite_statement(
    statement: Statement,
    text: str,
    *,
    member: Member | None = None,
    speaker: str = "",
    seen: int | None = None,
    by: Account | None,
) -> Statement:
    """Write it anew: its speaker confirms it anew.

    Raises PermissionDenied, ValidationError when its speaker has changed it since version `seen` was read.
    """
    _locked_summary(statement.summary, by)
    locked = _locked(statement)
    if seen is not None:
        _as_seen(locked, seen)
    if (locked.text, locked.member, locked.speaker) == (text.strip(), member, _name(member, speaker)):
        return locked
    locked.version += 1
    locked.state, locked.settled_on, locked.told_by = Statement.State.OPEN, None, ""
    return _say(locked, text, member=member, speaker=speaker, by=by)


@transaction.atomic
def drop_statement(statement: Statement, *, seen: int, by: Account | None, why: str) -> None:
    """Take a statement out that was written down by mistake; the journal keeps it.

    Raises PermissionDenied, ValidationError when its speaker has changed it since version `seen` was read.
    """
    _locked_summary(statement.summary, by)
    locked = _locked(statement)
    _as_seen(locked, seen)
    if not why.strip():
        raise ValidationError({"why": _("なぜ取り消すのかを書いてください。")})
    with journal(by=by, why=why):
        locked.delete()


@transaction.atomic
def confirm_statement(statement: Statement, text: str, *, seen: int, by: Account, today: date) -> Statement:
    """A speaker's own word: the statement as it stands, or as the speaker corrects it.

    `seen` is the version that the speaker read. Raises PermissionDenied for another's statement, ValidationError when it was
    written anew since, or the summary is out.
    """
    Summary.objects.select_for_update().get(pk=statement.summary_id)  # as bringing it out does: one of the two is first
    locked = _locked(statement)
    if locked.member_id is None or not seats_of(by).filter(pk=locked.member_id).exists():
        raise PermissionDenied(NOT_YOURS)
    _still_open(locked.summary)
    if locked.version != seen:
        raise ValidationError(_("発言の文が、開いたあとに直されました。いまの文を読んで、もう一度確認してください。"))
    was, locked.text = locked.text, "\n".join(text.strip().splitlines())
    changed = locked.text != "\n".join(was.splitlines())
    locked.state = Statement.State.CORRECTED if changed else Statement.State.CONFIRMED
    locked.version += changed
    locked.settled_on, locked.told_by = today, ""
    locked.full_clean()
    with journal(by=by):
        locked.save()
    return locked


@transaction.atomic
def note_confirmation(statement: Statement, *, how: str, seen: int, by: Account | None, today: date) -> Statement:
    """Write down that a speaker confirmed a statement to the secretariat by other ways (telephone, mail).

    Raises PermissionDenied, ValidationError when its speaker has changed it since version `seen` was read, or has confirmed
    it: the own word stands above what the secretariat heard.
    """
    _locked_summary(statement.summary, by)
    locked = _locked(statement)
    _as_seen(locked, seen)
    if locked.state != Statement.State.OPEN:
        raise ValidationError(
            _("この発言は、すでに確認されています（%(state)s）。") % {"state": locked.get_state_display()}
        )
    if not how.strip():
        raise ValidationError({"how": _("どのように確認したかを書いてください（電話、メールなど）。")})
    locked.state, locked.settled_on, locked.told_by = Statement.State.CONFIRMED, today, how.strip()[:100]
    with journal(by=by, why=how):
        locked.save()
    return locked


@transaction.atomic
def publish_summary(summary: Summary, *, by: Account | None, today: date, reason: str = "") -> Summary:
    """Bring the summary out. While a statement waits for its speaker it takes the last day to have passed, or a reason.

    Raises PermissionDenied, ValidationError that names the speakers who are waited for.
    """
    locked = _locked_summary(summary, by)
    if not locked.statements.exists():
        raise ValidationError(_("発言が一つもありません。"))
    waiting = blocking_statements(locked, today)
    if waiting and not reason.strip():
        names = "、".join(dict.fromkeys(each.speaker for each in waiting))
        raise ValidationError(
            say(_("確認を待っている発言があります：%(names)s。待たずに出すなら、理由を書いてください。"), names=names)
        )
    locked.published_on, locked.reason = today, reason.strip() if waiting else ""
    locked.full_clean()
    with journal(by=by, why=reason):
        locked.save()
    return locked


@transaction.atomic
def reopen_summary(summary: Summary, *, by: Account | None, why: str) -> Summary:
    """Take the summary off the public pages again, to put it right. Raises PermissionDenied, ValidationError."""
    locked = Summary.objects.select_for_update(of=("self",)).select_related("meeting__body").get(pk=summary.pk)
    must_keep(by, locked.meeting.body)
    if not why.strip():
        raise ValidationError({"why": _("なぜ取り消すのかを書いてください。")})
    locked.published_on, locked.reason = None, ""
    with journal(by=by, why=why):
        locked.save()
    return locked


def _say(statement: Statement, text: str, *, member: Member | None, speaker: str, by: Account | None) -> Statement:
    if member is not None and member.body_id != statement.summary.meeting.body_id:
        raise ValidationError({"member": _("この会議体の構成員ではありません。")})
    statement.member, statement.speaker = member, _name(member, speaker)
    statement.text = "\n".join(text.strip().splitlines())
    statement.full_clean()
    with journal(by=by):
        statement.save()
    return statement


def _name(member: Member | None, speaker: str) -> str:
    return member.name if member is not None else speaker.strip()


def _locked_summary(summary: Summary, by: Account | None) -> Summary:
    locked = Summary.objects.select_for_update(of=("self",)).select_related("meeting__body").get(pk=summary.pk)
    must_keep(by, locked.meeting.body)
    _still_open(locked)
    return locked


def _locked(statement: Statement) -> Statement:
    found = Statement.objects.select_for_update(of=("self",)).select_related("summary__meeting__body")
    return found.get(pk=statement.pk)


def _as_seen(statement: Statement, seen: int) -> None:
    """Refuse a deed about words that were read before their speaker changed them, and say what they are now."""
    if statement.version != seen:
        raise ValidationError(say(_("開いたあとに、発言者が直しました。いまの文：%(text)s"), text=statement.text))


def _still_open(summary: Summary) -> None:
    if summary.published_on is not None:
        raise ValidationError(OUT)
