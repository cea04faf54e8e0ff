"""Members write opinions for their own body: from the page of a thread, and from the page of a meeting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from itoguchi.network import actions, queries
from itoguchi.network.access import seats_of
from itoguchi.network.forms import VoiceForm
from itoguchi.network.models import Member, Opinion, ThreadMember
from itoguchi.network.views.entry import GET_AND_POST, attempt
from itoguchi.network.views.meetings import meeting_seen
from itoguchi.network.views.threads import strand_asked, way_from


@require_http_methods(GET_AND_POST)
def thread_opinion(request: HttpRequest, key: str) -> HttpResponse:
    """The form in which a member of a thread says something; `?member=` chooses among several parts of one's own."""
    strand, today = strand_asked(key), timezone.localdate()
    own = queries.parts_to_write_as(request.user, strand, today)
    asked = request.GET.get("member", "")
    part = next((each for each in own if asked in {"", str(each.pk)}), None)
    if part is None:
        raise PermissionDenied(actions.NOT_YOUR_PART)
    form = VoiceForm(_posted(request), has_field=strand.field_id is not None, initial=_start(today))
    return _page(
        request,
        form,
        lambda: actions.say_in_thread(part, form.facts_said(), by=request.user, today=today),
        part=part,
        back=strand.get_absolute_url(),
        trail=lambda title: way_from(strand, title),
    )


@require_http_methods(GET_AND_POST)
def meeting_opinion(request: HttpRequest, slug: str) -> HttpResponse:
    """The form in which somebody who sits in a body says something about its meeting."""
    meeting, today = meeting_seen(request, slug), timezone.localdate()
    seat = seats_of(request.user).filter(body=meeting.body_id).first()
    if seat is None:
        raise PermissionDenied(actions.NOT_YOUR_PART)
    form = VoiceForm(_posted(request), has_field=False, initial=_start(min(meeting.held_on, today)))
    return _page(
        request,
        form,
        lambda: actions.say_at_meeting(meeting, seat, form.facts_said(), by=request.user, today=today),
        part=seat,
        back=meeting.get_absolute_url(),
        trail=lambda title: [
            (_("会合"), reverse("network:index")),
            (str(meeting), meeting.get_absolute_url()),
            (title, ""),
        ],
    )


def _posted(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _start(said_on: Any) -> dict[str, Any]:
    return {"may_be_public": True, "said_on": said_on.isoformat()}


def _page(
    request: HttpRequest,
    form: VoiceForm,
    deed: Callable[[], Opinion],
    *,
    part: ThreadMember | Member,
    back: str,
    trail: Callable[[str], list[tuple[Any, str]]],
) -> HttpResponse:
    made = attempt(form, deed)
    if made is not None:
        messages.success(request, _("意見を記録しました。事務局が整理し、回答します。"))
        return redirect(made)
    title = _("構成員として意見を書く")
    return render(
        request,
        "network/deed.html",
        {
            "title": title,
            "lead": str(part),
            "form": form,
            "button": _("記録する"),
            "back": back,
            "breadcrumbs": trail(title),
        },
        status=422 if form.is_bound else 200,
    )
