"""The page on which the secretariat sees which notices went out, and sends again what did not."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from itoguchi.accounts.access import can_manage_accounts
from itoguchi.accounts.views.guards import only_for
from itoguchi.core.mail import send_again
from itoguchi.core.models import Mail
from itoguchi.core.tables import Column, Filter, Table

STUCK = [Mail.State.UNKNOWN, Mail.State.FAILED]
AT_ONCE = 20


@require_GET
@only_for(can_manage_accounts)
def mails(request: HttpRequest) -> HttpResponse:
    """All notices, newest first, and on top those that wait for somebody's decision."""
    table = Table(
        request=request,
        rows=Mail.objects.all(),
        name="mails",
        title=gettext_lazy("送ったメール"),
        order="-queued_at",
        empty=gettext_lazy("送ったメールはまだありません。"),
        columns=(
            Column("subject", gettext_lazy("件名"), str),
            Column("to", gettext_lazy("宛先"), lambda row: row.to, ("to",)),
            Column("state", gettext_lazy("状態"), lambda row: row.get_state_display(), ("state",)),
            Column(
                "queued_at",
                gettext_lazy("書いた日時"),
                lambda row: timezone.localtime(row.queued_at).strftime("%Y-%m-%d %H:%M"),
                ("queued_at",),
            ),
            Column("tries", gettext_lazy("失敗した回数"), lambda row: row.tries, ("tries",), is_number=True),
        ),
        filters=[
            Filter(
                "state",
                gettext_lazy("状態"),
                lambda rows, value: rows.filter(state=value),
                [(state.value, state.label) for state in Mail.State],
            )
        ],
    )
    return table.download() or render(
        request,
        "accounts/mails.html",
        {
            "table": table,
            "stuck": Mail.objects.filter(state__in=STUCK)[:AT_ONCE],
            "is_on": settings.SMTP is not None,
            "breadcrumbs": [(_("自分のアカウント"), reverse("accounts:me")), (_("送ったメール"), "")],
        },
    )


@require_POST
@only_for(can_manage_accounts)
def resend_mail(request: HttpRequest, pk: int) -> HttpResponse:
    """Send one again that did not go out, or may not have."""
    if send_again(get_object_or_404(Mail, pk=pk)):
        messages.success(request, _("もう一度送ります。数分後に、この一覧で確かめてください。"))
    else:
        messages.error(request, _("このメールは送信待ちか、すでに送られています。"))
    return redirect("accounts:mails")
