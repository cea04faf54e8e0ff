"""What people do with what a meeting left: write down who does what by when, and that it is done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from itoguchi.core.journal import journal
from itoguchi.network.access import keeps_body, seats_of
from itoguchi.network.actions.meetings import must_keep
from itoguchi.network.models import Decision, Meeting, Member, Task

if TYPE_CHECKING:
    from itoguchi.accounts.models import Account


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFacts:
    """Who does what by when; the owner is a member, or somebody named."""

    text: str
    due_on: date
    member: Member | None = None
    owner: str = ""
    decision: Decision | None = None


@transaction.atomic
def assign_task(meeting: Meeting, facts: TaskFacts, *, by: Account | None) -> Task:
    """Write a task down that a meeting left. Raises PermissionDenied, ValidationError."""
    must_keep(by, meeting.body)
    return _write(Task(meeting=meeting), facts, by=by)


@transaction.atomic
def correct_task(task: Task, facts: TaskFacts, *, by: Account | None, why: str = "") -> Task:
    """Say something else of a task. Raises PermissionDenied, ValidationError."""
    locked = _locked(task)
    must_keep(by, locked.meeting.body)
    return _write(locked, facts, by=by, why=why)


@transaction.atomic
def finish_task(task: Task, *, outcome: str, by: Account | None, today: date) -> Task:
    """Say that a task is done and what came of it: the secretariat, or whose it is. Raises PermissionDenied, ValidationError."""
    locked = _locked(task)
    if by is not None and not keeps_body(by, locked.meeting.body):
        if locked.member_id is None or not seats_of(by).filter(pk=locked.member_id).exists():
            raise PermissionDenied(_("済んだと書けるのは、担当の人と事務局だけです。"))
    if locked.done_on is not None:
        raise ValidationError(_("この宿題は、もう済んでいます。"))
    locked.done_on, locked.outcome = today, outcome.strip()
    locked.full_clean()
    with journal(by=by):
        locked.save()
    return locked


def _locked(task: Task) -> Task:
    return Task.objects.select_for_update(of=("self",)).select_related("meeting__body").get(pk=task.pk)


def _write(task: Task, facts: TaskFacts, *, by: Account | None, why: str = "") -> Task:
    if facts.member is not None and facts.member.body_id != task.meeting.body_id:
        raise ValidationError({"member": _("この会議体の構成員ではありません。")})
    if facts.decision is not None and facts.decision.meeting_id != task.meeting_id:
        raise ValidationError({"decision": _("この会合で決まったことを選んでください。")})
    task.text, task.due_on, task.decision = facts.text.strip(), facts.due_on, facts.decision
    task.member, task.owner = facts.member, facts.member.name if facts.member else facts.owner.strip()
    task.full_clean()
    with journal(by=by, why=why):
        task.save()
    return task
