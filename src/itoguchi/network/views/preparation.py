"""Pages before and at a meeting: the poll for its day, attendance in 五十音順, notes."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from itoguchi.network import actions, queries
from itoguchi.network.access import keeps_body, seats_of
from itoguchi.network.forms import AttendanceForm, DropForm, FitsForm, MomentsForm, TextForm, written
from itoguchi.network.models import Meeting
from itoguchi.network.views.bodies import drop_page
from itoguchi.network.views.entry import GET_AND_POST, attempt
from itoguchi.network.views.meetings import do, meeting_kept, meeting_seen


@require_http_methods(GET_AND_POST)
def dates(request: HttpRequest, slug: str) -> HttpResponse:
    """日程調整: what suits whom; a member answers for themselves, the secretariat proposes, answers for others, and fixes."""
    shown = meeting_seen(request, slug)
    keeps = keeps_body(request.user, shown.body)
    seats = list(seats_of(request.user).filter(body=shown.body))
    if not keeps and not seats:
        raise PermissionDenied(_("日程調整は、構成員と事務局だけが見られます。"))
    poll = queries.poll_of(shown, timezone.localdate())
    is_open = shown.state == Meeting.State.PREPARING
    members = [member for member, _answers in poll.rows] if keeps else seats
    posted = request.POST if request.method == "POST" else None
    proposes = keeps and (posted is None or posted.get("deed") == "propose")
    proposal = MomentsForm(posted if proposes else None) if keeps else None
    form = FitsForm(posted if not proposes or not keeps else None, moments=poll.moments, members=members)
    if posted is not None:
        if proposal is not None and proposal.is_bound:
            made = attempt(proposal, lambda: actions.propose_moments(shown, **proposal.cleaned_data, by=request.user))
            done = _("候補を出しました。構成員の「やること」に載ります。")
        else:
            made = attempt(
                form, lambda: actions.answer_moments(shown, form.member, form.answers(), by=request.user) or True
            )
            done = _("答えを記録しました。決まるまでは変えられます。")
        if made is not None:
            messages.success(request, done)
            return redirect("network:dates", slug=shown.slug)
    failed = any(each is not None and each.errors for each in (form, proposal))
    return render(
        request,
        "network/dates.html",
        {
            "meeting": shown,
            "poll": poll,
            "heads": [(each, written(each), fit) for each, fit in zip(poll.moments, poll.sums, strict=True)],
            "rows": [
                (member, [(each, written(moment)) for each, moment in zip(answers, poll.moments, strict=True)])
                for member, answers in poll.rows
            ],
            "form": form if poll.moments and members else None,
            "proposal": proposal,
            "keeps": keeps,
            "is_open": is_open,
            "breadcrumbs": _way(shown, _("日程調整")),
        },
        status=422 if failed else 200,
    )


@require_POST
def fix(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Make a moment the meeting's own."""
    shown = meeting_kept(request, slug)
    moment = get_object_or_404(shown.moments.select_related("meeting__body"), pk=pk)
    do(request, lambda: actions.fix_moment(moment, by=request.user), _("日程を決めました。カレンダーも変わります。"))
    return redirect(shown)


@require_http_methods(GET_AND_POST)
def drop_moment(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Asked once more: a moment that was proposed by mistake goes with the answers to it."""
    shown = meeting_kept(request, slug)
    moment = get_object_or_404(shown.moments.select_related("meeting__body"), pk=pk)
    form = DropForm(request.POST if request.method == "POST" else None)
    if attempt(form, lambda: actions.drop_moment(moment, **form.cleaned_data, by=request.user) or True):
        messages.success(request, _("候補の日時を消しました。必要なら、もう一度候補に出せます。"))
        return redirect("network:dates", slug=shown.slug)
    number = moment.answers.count()
    hint = _("この日時への答えが%(number)s件あります。一緒に消えます。") % {"number": number}
    return drop_page(
        request,
        form,
        title=_("候補の日時を消す"),
        trail=[
            (str(shown), shown.get_absolute_url()),
            (_("日程調整"), reverse("network:dates", args=[shown.slug])),
        ],
        lead=written(moment),
        hint=hint if number else _("この日時には、まだだれも答えていません。"),
        mentions=[],
    )


@require_http_methods(GET_AND_POST)
def attendance(request: HttpRequest, slug: str) -> HttpResponse:
    """The form of who takes part, in 五十音順."""
    shown = meeting_kept(request, slug)
    form = AttendanceForm(request.POST or None, rows=queries.attendance_of(shown))
    made = attempt(form, lambda: actions.write_attendance(shown, form.answers(), by=request.user) or True)
    if made is not None:
        messages.success(request, _("出欠を記録しました。"))
        return redirect("network:attendance", slug=shown.slug)
    return render(
        request,
        "network/attendance.html",
        {"meeting": shown, "form": form, "breadcrumbs": _way(shown, _("出欠"))},
        status=422 if form.errors else 200,
    )


@require_POST
def add_note(request: HttpRequest, slug: str) -> HttpResponse:
    """Note something for the secretariat alone."""
    shown = meeting_kept(request, slug)
    form = TextForm(request.POST)
    if attempt(form, lambda: actions.note_down(shown, form.cleaned_data["text"], by=request.user)) is None:
        messages.error(request, _("メモの文を、4000字までで書いてください。"))
    else:
        messages.success(request, _("メモしました。事務局だけが見られます。"))
    return redirect(f"{shown.get_absolute_url()}#notes")


def _way(shown: Meeting, title: str) -> list[tuple[str, str]]:
    return [(_("会合"), reverse("network:index")), (str(shown), shown.get_absolute_url()), (title, "")]
