"""Notices by mail: written in the transaction of the deed, sent by the worker, tried again, never sent twice.

A mail is `waiting` until the very moment its text goes over the line: then it is `sending`, written down and committed
first. Whoever finds it `sending` afterwards can't know whether it arrived, and asks the secretariat instead of the line.
"""

from __future__ import annotations

import hashlib
import logging
import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from itoguchi.core.matters import matter_of
from itoguchi.core.models import Approval, Mail

if TYPE_CHECKING:
    from itoguchi.accounts.models import Account
    from itoguchi.network.models import SharedBox

TASK = "itoguchi.core.tasks.send_mails"
SECONDS = 20  # so long one answer of the mail server is waited for
# Minutes until a mail is tried again; one that the server refuses is given up after all of them, about a day.
PAUSES = (1, 2, 5, 15, 30, 60, 120, 240, 480, 480)
LOST = timedelta(minutes=5)  # after which nobody sends it any more
AT_ONCE = 100
KEPT = timedelta(days=90)
logger = logging.getLogger(__name__)


def post(key: str, to: Account | SharedBox, subject: Callable[[], str], text: Callable[[], str], path: str) -> None:
    """Write a notice in the receiver's language, with the page to open; without a mail server there is none.

    The same `key` is the same notice: it is written once. Accounts without an address, or closed, get none.
    """
    if settings.SMTP is None or not to.email or not to.is_active:
        return
    now = timezone.now()
    with translation.override(to.language):
        page = settings.ADDRESS + ("" if to.language == "ja" else f"/{to.language}") + path
        dear = _("%(name)s 様") % {"name": to}
        body = (
            f"{dear}\n\n{text()}\n\n{page}\n\n-- \n{_('糸口（このメールは自動で送っています。返信は届きません。）')}\n"
        )
        one_line = " ".join(f"{subject()}".split())[:200]
    Mail.objects.bulk_create(
        [Mail(key=key, to=to.email, subject=one_line, body=body, queued_at=now, due_at=now, changed_at=now)],
        ignore_conflicts=True,
    )
    transaction.on_commit(wake_the_worker, robust=True)


def tell_deciders(approval: Approval) -> None:
    """Write to everybody who may decide, but for who drafted it."""
    if settings.SMTP is None:
        return
    matter = matter_of(approval)
    for account in matter.deciders:
        if account.pk != approval.drafter_id:
            post(
                f"approval {approval.pk} drafted, to {account.pk}",
                account,
                lambda: _("承認のお願い：%(what)s") % {"what": matter.title},
                lambda: (
                    _("%(who)sさんの起案が承認を待っています。\n理由：%(why)s")
                    % {"who": approval.drafter, "why": approval.reason or _("（書かれていません）")}
                ),
                approval.subject,
            )


def tell_drafter(approval: Approval) -> None:
    """Write to who drafted it what was decided."""
    if settings.SMTP is None:
        return
    is_approved = approval.state == Approval.State.APPROVED
    matter = matter_of(approval)
    post(
        f"approval {approval.pk} {approval.state}, to {approval.drafter_id}",
        approval.drafter,
        lambda: (
            (_("承認されました：%(what)s") if is_approved else _("差し戻されました：%(what)s")) % {"what": matter.title}
        ),
        lambda: (
            _("決めた人：%(who)s\n意見：%(remark)s")
            % {"who": approval.approver, "remark": approval.remark or _("（書かれていません）")}
        ),
        approval.subject,
    )


def wake_the_worker() -> None:
    """Let the worker look now; it looks every minute anyway."""
    with suppress(AlreadyEnqueued):
        app.configure_task(TASK, queueing_lock=TASK).defer()


def send_waiting(now: datetime) -> int:
    """Send what is due, oldest first; returns how many went out. Several workers may do so at once."""
    Mail.objects.filter(state=Mail.State.SENDING, changed_at__lt=now - LOST).update(
        state=Mail.State.UNKNOWN, changed_at=now, problem="the sender was stopped in the middle"
    )
    due = list(Mail.objects.filter(state=Mail.State.WAITING, due_at__lte=now).order_by("due_at", "pk")[:AT_ONCE])
    if not due or settings.SMTP is None:
        return 0
    sent = 0
    try:
        with _line(settings.SMTP) as line:
            for each in due:
                went_out = _send(line, each)
                if went_out is None:
                    break  # the line is gone: the others have not been tried
                sent += went_out
    except (OSError, smtplib.SMTPException) as error:  # no line, or no way in: no fault of any mail
        logger.warning("the mail server can't be used: %s", _named(error))
        for each in Mail.objects.filter(pk__in=[each.pk for each in due], state=Mail.State.WAITING, due_at__lte=now):
            _later(each, error, was=Mail.State.WAITING)
    return sent


@contextmanager
def _line(server: Any) -> Iterator[smtplib.SMTP]:
    checked = (
        ssl.create_default_context()
    )  # that it is the server it says; SSL_CERT_FILE names an authority of one's own
    if server.security == "tls":
        line: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=SECONDS, context=checked)
    else:
        line = smtplib.SMTP(server.host, server.port, timeout=SECONDS)
    with line:
        if server.security == "starttls":
            line.starttls(context=checked)
        if server.user:
            line.login(server.user, server.password)
        line.ehlo_or_helo_if_needed()
        yield line


def _send(line: smtplib.SMTP, mail: Mail) -> bool | None:
    """Hand one mail over: whether it went out; None when the line broke.

    Everything that goes wrong before the text is sent is tried again.
    """
    try:
        line.rset()
        for code, said in (line.mail(settings.MAIL_FROM), line.rcpt(mail.to)):
            if code >= 400:
                raise smtplib.SMTPResponseException(code, said)
    except smtplib.SMTPResponseException as error:
        return _refused(mail, error, was=Mail.State.WAITING)
    except (OSError, smtplib.SMTPException) as error:
        _later(mail, error, was=Mail.State.WAITING)
        return None
    if not _now(mail, Mail.State.SENDING, was=[Mail.State.WAITING]):
        return False  # another worker has it
    try:
        code, said = line.data(message(mail).as_bytes())
        if code != 250:
            raise smtplib.SMTPDataError(code, said)
    except smtplib.SMTPDataError as error:  # the server says that it has not taken it
        return _refused(mail, error, was=Mail.State.SENDING)
    except (OSError, smtplib.SMTPException) as error:
        _now(mail, Mail.State.UNKNOWN, was=[Mail.State.SENDING], problem=_named(error))
        return None
    return _now(mail, Mail.State.SENT, was=[Mail.State.SENDING, Mail.State.UNKNOWN])


def _refused(mail: Mail, error: smtplib.SMTPResponseException, *, was: str) -> bool:
    """What the server said of this mail: for good with 5xx, or once the last pause is over."""
    if error.smtp_code >= 500 or mail.tries >= len(PAUSES):
        _now(mail, Mail.State.FAILED, was=[was], problem=_named(error), tries=mail.tries + 1)
    else:
        _later(mail, error, was=was)
    return False


def _later(mail: Mail, error: Exception, *, was: str) -> None:
    """Try again later, and later still."""
    pause = timedelta(minutes=PAUSES[min(mail.tries, len(PAUSES) - 1)])
    due = timezone.now() + pause
    _now(mail, Mail.State.WAITING, was=[was], problem=_named(error), tries=mail.tries + 1, due_at=due)


def _named(error: Exception) -> str:
    """The kind of an error and the server's number; its words may hold an address."""
    return " ".join(map(str, filter(None, (type(error).__name__, getattr(error, "smtp_code", 0)))))


def _now(mail: Mail, state: str, *, was: list[str], **more: object) -> bool:
    """Write the new state down, if it is still what it was; whether it was."""
    changed = {"problem": "", **more, "state": state, "changed_at": timezone.now()}
    return bool(Mail.objects.filter(pk=mail.pk, state__in=was).update(**changed))


def message(mail: Mail) -> EmailMessage:
    """The mail as it goes over the line; its number is always the same, so that receivers know it again."""
    made = EmailMessage()
    made["Subject"], made["From"], made["To"] = mail.subject, settings.MAIL_FROM, mail.to
    made["Date"] = format_datetime(mail.queued_at)
    digest = hashlib.sha256(mail.key.encode()).hexdigest()[:32]
    made["Message-ID"] = f"<{digest}@{urlsplit(settings.ADDRESS).hostname}>"
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(mail.body)
    return made


def send_again(mail: Mail) -> bool:
    """Queue a mail anew that was not sent, or may not have been; whether it was one of those."""
    now = timezone.now()
    stuck = Mail.objects.filter(pk=mail.pk, state__in=[Mail.State.FAILED, Mail.State.UNKNOWN])
    done = stuck.update(state=Mail.State.WAITING, tries=0, problem="", due_at=now, changed_at=now)
    if done:
        transaction.on_commit(wake_the_worker, robust=True)
    return bool(done)


def forget_old_mails(now: datetime) -> int:
    """Delete mails whose fate was settled long ago: they hold names and addresses."""
    settled = [Mail.State.SENT, Mail.State.FAILED, Mail.State.UNKNOWN]
    return Mail.objects.filter(state__in=settled, changed_at__lt=now - KEPT).delete()[0]
