"""Pages of meetings: those held up to a day, those to come, and one with its agenda and papers; calling it and calling it off."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from itoguchi.core.as_of import asked_day
from itoguchi.core.doors import public
from itoguchi.core.events import calendar_response
from itoguchi.core.journal import history_of, last_changes
from itoguchi.core.panels import panels_of
from itoguchi.core.remembered import remembered
from itoguchi.core.tables import Column, Filter, Table
from itoguchi.core.templatetags.core import day_marked
from itoguchi.network import actions, queries
from itoguchi.network.access import can_enter, keeps_body, keeps_some_body, sits_in
from itoguchi.network.models import Body, Meeting
from itoguchi.network.views.recommendations import in_japanese

SHOWN, NEXT, BODIES = 50, 10, 8  # meetings held, to come, and bodies on the page of meetings
LISTED = 20  # meetings to come on a page of theirs


def page_of(pages: Paginator[Any], asked: str | int) -> Page[Any]:
    """A page in order of day; those near the end, which are asked for most, are read from there."""
    shown = pages.get_page(asked)
    first, after = shown.start_index() - 1, pages.count - shown.end_index()
    if first > after:
        shown.object_list = list(pages.object_list.reverse()[after : pages.count - first])[::-1]
    return shown


@public
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """The meetings of every body up to a day, in order of day; of many the newest; and the next of those to come."""
    form, as_of = asked_day(request)
    coming = list(queries.coming_meetings(request.user, timezone.localdate())[: NEXT + 1])
    return render(
        request,
        "network/index.html",
        {
            "form": form,
            "as_of": as_of,
            "day_of_source": queries.DAY_OF_SOURCE,
            "held": drawn_held(as_of, request.GET.get("page", "")[:9]),
            "coming": coming[:NEXT],
            "has_more_coming": len(coming) > NEXT,
            "can_enter": keeps_some_body(request.user),
            "can_found": can_enter(request.user),
            "breadcrumbs": [(_("会合"), "")],
        },
        status=400 if form.errors else 200,
    )


@remembered(most=32, of=("areas", "network"))
def drawn_held(as_of: date, page: str) -> str:
    """The bodies that had met by a day and a page of their meetings, which all readers share."""
    held = Paginator(queries.held_until(as_of), SHOWN)
    bodies = list(queries.bodies_until(as_of)[: BODIES + 1])
    said = {
        "as_of": as_of,
        "day_of_source": queries.DAY_OF_SOURCE,
        "meetings": page_of(held, page or held.num_pages),
        "bodies": bodies[:BODIES],
        "has_more_bodies": len(bodies) > BODIES,
    }
    return render_to_string("network/_held.html", said)


def _state(meeting: Any) -> str:
    state = meeting.get_state_display()
    if not meeting.has_passed:
        return format_html('<span class="tag">{}</span>', state)
    late = '<div><span class="tag">{}</span> <span class="tag late">{}</span></div>'
    return format_html(late, state, _("開催日を過ぎている"))


COMING = (
    Column("meeting", gettext_lazy("会合"), str, ("body__kind", "number"), link=Meeting.get_absolute_url),
    Column(
        "body",
        gettext_lazy("会議体"),
        lambda row: row.body.name,
        ("body__order", "number"),
        show=lambda row: in_japanese(row.body.name),
    ),
    Column(
        "day",
        gettext_lazy("開催日"),
        lambda row: row.held_on,
        ("has_passed", "held_on", "body__order"),
        show=lambda row: day_marked(row.held_on),
    ),
    Column("state", gettext_lazy("状態"), lambda row: row.get_state_display(), ("state",), show=_state),
)


@public
@require_GET
def coming(request: HttpRequest) -> HttpResponse:
    """All meetings that were called or that the reader's own bodies prepare, the next first."""
    states = [(each.value, each.label) for each in (Meeting.State.CALLED, Meeting.State.PREPARING)]
    table = Table(
        request=request,
        rows=queries.coming_meetings(request.user, timezone.localdate()),
        name="coming-meetings",
        title=gettext_lazy("これからの会合"),
        empty=_("案内された会合はありません。"),
        order="day",
        page_size=LISTED,
        columns=COMING,
        filters=[
            Filter("body", gettext_lazy("会議体"), lambda rows, value: rows.filter(body__name__icontains=value)),
            Filter("kind", gettext_lazy("種類"), lambda rows, value: rows.filter(body__kind=value), Body.Kind.choices),
            Filter("state", gettext_lazy("状態"), lambda rows, value: rows.filter(state=value), states),
        ],
    )
    return table.download() or render(
        request,
        "network/coming.html",
        {
            "table": table,
            "today": timezone.localdate(),
            "breadcrumbs": [(_("会合"), reverse("network:index")), (_("これからの会合"), "")],
        },
    )


def meeting_seen(request: HttpRequest, slug: str) -> Meeting:
    """The meeting, where the reader may see it; to others it is not there."""
    return get_object_or_404(queries.meetings(request.user), slug=slug)


def meeting_kept(request: HttpRequest, slug: str) -> Meeting:
    """The meeting, for the secretariat of its body alone."""
    shown = meeting_seen(request, slug)
    if not keeps_body(request.user, shown.body):
        raise PermissionDenied(actions.NOT_KEEPING)
    return shown


@public
@require_GET
def meeting(request: HttpRequest, slug: str) -> HttpResponse:
    """One meeting: when, agenda, who presented what, papers that the reader may see, results, source, history."""
    shown = get_object_or_404(queries.meetings(request.user).select_related("body", "summary"), slug=slug)
    before, after = queries.neighbours_of(shown)
    keeps, now = keeps_body(request.user, shown.body), timezone.now()
    sits = keeps or sits_in(request.user, shown.body)
    papers = [(each, each.is_out_at(now)) for each in queries.papers_of(shown, request.user)]
    return render(
        request,
        "network/meeting.html",
        {
            "meeting": shown,
            "before": before,
            "after": after,
            "papers": papers,
            "recommendations": shown.recommendations.all(),
            "decisions": shown.decisions.all(),
            "summary": getattr(shown, "summary", None),
            "panels": panels_of("meeting", shown.slug, user=request.user, record=shown),
            "keeps": keeps,
            "sits": sits,
            "notes": shown.notes.select_related("by") if keeps else [],
            "is_record": shown.source and shown.state == Meeting.State.HELD,
            "has_history": sits or shown.state == Meeting.State.HELD,
            "breadcrumbs": [(_("会合"), reverse("network:index")), (str(shown), "")],
        },
    )


@public
@require_GET
def meeting_history(request: HttpRequest, slug: str) -> HttpResponse:
    """The journal of a meeting; for htmx as a panel. What was written while it was prepared is its body's alone."""
    shown = get_object_or_404(queries.with_journal(request.user), slug=slug)
    first = 0 if shown.sits or keeps_body(request.user, shown.body) else shown.held_by
    title = _("変更の記録")
    trail = [(_("会合"), reverse("network:index")), (str(shown), shown.get_absolute_url()), (title, "")]
    return render(
        request,
        "core/_history.html" if request.htmx else "network/meeting_history.html",
        {
            "meeting": shown,
            "history": history_of(shown, first=first) if first is not None else [],
            "breadcrumbs": trail,
        },
    )


@require_POST
def turn(request: HttpRequest, slug: str) -> HttpResponse:
    """Call a meeting, say that it took place, or call it off."""
    shown = meeting_kept(request, slug)
    deed, why = request.POST.get("deed", ""), request.POST.get("why", "").replace("\x00", "")[:300]
    deeds = {
        "call": (lambda: actions.call_meeting(shown, by=request.user), _("案内しました。だれでも見られます。")),
        "hold": (
            lambda: actions.hold_meeting(shown, by=request.user, today=timezone.localdate()),
            _("開催済にしました。発言と決まったことを書けます。"),
        ),
        "cancel": (
            lambda: actions.cancel_meeting(shown, by=request.user, why=why),
            _("中止にしました。カレンダーを購読している人にも伝わります。"),
        ),
    }
    if deed not in deeds:
        raise Http404
    do(request, *deeds[deed])
    return redirect(shown)


def do(request: HttpRequest, deed: Callable[[], Any], done: str) -> bool:
    """Do a deed of a button; says that it is done, or what refused it."""
    try:
        deed()
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
        return False
    messages.success(request, done)
    return True


@public
@require_GET
def meeting_calendar(request: HttpRequest, slug: str) -> HttpResponse:
    """One meeting for a calendar, also while its day is provisional; a later version takes the place of this one."""
    shown = meeting_seen(request, slug)
    changed, site = last_changes(Meeting), request.build_absolute_uri("/").rstrip("/")
    return calendar_response(str(shown), [queries.event_of(shown, changed[shown.pk], site)], filename=shown.slug)


@public
@require_GET
def calendar(request: HttpRequest) -> HttpResponse:
    """All meetings for people's own calendars (iCalendar)."""
    changed, site = last_changes(Meeting), request.build_absolute_uri("/").rstrip("/")
    events = [queries.event_of(each, changed[each.pk], site) for each in queries.meetings()]
    return calendar_response(_("会合"), events, filename="meetings")
