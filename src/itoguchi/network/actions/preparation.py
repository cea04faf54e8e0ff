"""What people do before and at a meeting: find a day for it, write down who comes, and note things for themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from itoguchi.core.journal import journal
from itoguchi.core.wording import say
from itoguchi.network.access import keeps_body, seats_of
from itoguchi.network.actions.meetings import must_keep
from itoguchi.network.models import Attendance, Meeting, Member, MomentAnswer, Note, ProposedMoment

if TYPE_CHECKING:
    from itoguchi.accounts.models import Account

MOST_MOMENTS = 20
FIXED = _("日程が決まっているので、答えは変えられません。事務局に知らせてください。")


@transaction.atomic
def propose_moments(
    meeting: Meeting, moments: Iterable[tuple[datetime, datetime]], *, answer_by: date, by: Account | None
) -> list[ProposedMoment]:
    """Ask the members of a body which moments suit them; moments that are there already keep their answers.

    Raises PermissionDenied, ValidationError for a meeting that was called, no moment, or too many.
    """
    must_keep(by, meeting.body)
    _preparing(meeting)
    known = {each.starts_at: each for each in meeting.moments.all()}
    wanted = dict(moments)
    if not wanted:
        raise ValidationError({"moments": _("候補の日時を一つ以上書いてください。")})
    if len(known.keys() | wanted.keys()) > MOST_MOMENTS:
        raise ValidationError({"moments": say(_("候補は%(most)s件までです。"), most=MOST_MOMENTS)})
    made = []
    with journal(by=by):
        for starts, ends in sorted(wanted.items()):
            moment = known.get(starts) or ProposedMoment(meeting=meeting, starts_at=starts)
            moment.ends_at, moment.answer_by = ends, answer_by
            moment.full_clean()
            moment.save()
            made.append(moment)
        meeting.moments.exclude(starts_at__in=wanted).update(answer_by=answer_by)
    return made


@transaction.atomic
def answer_moments(meeting: Meeting, member: Member, answers: Mapping[int, str], *, by: Account | None) -> None:
    """Say for a member which moments suit (key of the moment → ○ △ ×); members answer for themselves, the secretariat for any.

    Raises PermissionDenied, ValidationError once the day is fixed.
    """
    if member.body_id != meeting.body_id:
        raise ValidationError(_("この会議体の構成員ではありません。"))
    if by is not None and not keeps_body(by, meeting.body) and not seats_of(by).filter(pk=member.pk).exists():
        raise PermissionDenied(_("自分の都合だけを答えられます。"))
    locked = _preparing(meeting)
    moments = {each.pk: each for each in locked.moments.all()}
    with journal(by=by):
        for key, fits in answers.items():
            if key not in moments or fits not in MomentAnswer.Fits.values:
                raise ValidationError(_("選べるのは、候補の日時への ○ △ × だけです。"))
            MomentAnswer.objects.update_or_create(moment=moments[key], member=member, defaults={"fits": fits})


@transaction.atomic
def fix_moment(moment: ProposedMoment, *, by: Account | None) -> Meeting:
    """Make a moment the meeting's own; calendars that hold the meeting are told by its next version."""
    locked = _preparing(moment.meeting)
    must_keep(by, locked.body)
    locked.held_on = timezone.localdate(moment.starts_at)
    locked.starts_at, locked.ends_at = moment.starts_at, moment.ends_at
    locked.version += 1
    locked.full_clean()
    with journal(by=by, why=str(_("日程の決定"))):
        locked.save()
    return locked


@transaction.atomic
def drop_moment(moment: ProposedMoment, *, by: Account | None, why: str) -> None:
    """Take a moment out of the poll that was proposed by mistake, with the answers to it; the journal keeps them.

    Raises PermissionDenied, ValidationError for the moment that was fixed, a meeting that was called, or without a reason.
    """
    locked = _preparing(moment.meeting)
    must_keep(by, locked.body)
    if moment.starts_at == locked.starts_at:
        raise ValidationError(_("決まった日時は消せません。先に、ほかの日時に決めてください。"))
    if not why.strip():
        raise ValidationError({"why": _("なぜ消すのかを書いてください。")})
    with journal(by=by, why=why):
        moment.delete()


@transaction.atomic
def write_attendance(meeting: Meeting, answers: Mapping[Member, tuple[str, str]], *, by: Account | None) -> None:
    """Write down how members take part: (how, name of the proxy); an empty `how` is no answer yet.

    Raises PermissionDenied, ValidationError naming the member.
    """
    must_keep(by, meeting.body)
    known = {each.member_id: each for each in Attendance.objects.select_for_update().filter(meeting=meeting)}
    with journal(by=by):
        for member, (how, proxy) in answers.items():
            if not member.sits_on(meeting.held_on) or member.body_id != meeting.body_id:
                raise ValidationError(say(_("%(name)sさんは、この日の構成員ではありません。"), name=member.name))
            found = known.get(member.pk)
            if not how:
                if found is not None:
                    found.delete()
                continue
            proxy = proxy.strip() if how == Attendance.How.PROXY else ""
            if found is not None and (found.how, found.proxy) == (how, proxy):
                continue
            row = found or Attendance(meeting=meeting, member=member)
            row.how, row.proxy = how, proxy
            try:
                row.full_clean()
            except ValidationError as refused:
                raise ValidationError(f"{member.name}：{' '.join(refused.messages)}") from refused
            row.save()


@transaction.atomic
def note_down(meeting: Meeting, text: str, *, by: Account | None) -> Note:
    """Note something for the secretariat alone. Raises PermissionDenied, ValidationError."""
    must_keep(by, meeting.body)
    note = Note(meeting=meeting, text=text.strip(), by=by)
    note.full_clean(exclude=["written_at"])
    with journal(by=by):
        note.save()
    return note


def _preparing(meeting: Meeting) -> Meeting:
    locked = Meeting.objects.select_for_update(of=("self",)).select_related("body").get(pk=meeting.pk)
    if locked.state != Meeting.State.PREPARING:
        raise ValidationError(FIXED)
    return locked
