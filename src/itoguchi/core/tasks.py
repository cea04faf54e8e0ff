"""What the worker does by itself: send mails, and clear away what is over."""

from __future__ import annotations

from django.core.management import call_command
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.jobs import Status

from itoguchi.core import actions, mail, throttle

HOURS_OF_JOBS = 24 * 7


@app.periodic(cron="* * * * *")
@app.task(name=mail.TASK, queueing_lock=mail.TASK)
def send_mails(timestamp: int = 0) -> None:  # noqa: ARG001 (periodic tasks are told their minute)
    """Send what is due; each mail is claimed by itself, so that it does no harm to run twice."""
    while mail.send_waiting(timezone.now()) == mail.AT_ONCE:
        pass


@app.periodic(cron="23 3 * * *")
@app.task(queueing_lock="clear_away")
def clear_away(timestamp: int = 0) -> None:  # noqa: ARG001
    """Delete what is over: counted tries, sessions, marks of changes, old answers and mails."""
    throttle.forget_expired()
    actions.forget_old_changes()
    actions.forget_old_answers()
    mail.forget_old_mails(timezone.now())
    call_command("clearsessions")


@app.periodic(cron="*/5 * * * *")
@app.task(queueing_lock="pick_up")
async def pick_up(timestamp: int = 0) -> None:  # noqa: ARG001
    """Clear up after workers that died, and delete jobs that ended a week ago.

    A job that runs one at a time comes again by itself, and may wait already; any other is queued anew.
    """
    jobs = app.job_manager
    for job in await jobs.get_stalled_jobs():
        if job.queueing_lock:
            await jobs.finish_job(job, status=Status.FAILED, delete_job=False)
        else:
            await jobs.retry_job(job)
    await jobs.delete_old_jobs(nb_hours=HOURS_OF_JOBS, include_failed=True)
