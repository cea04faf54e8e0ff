"""Pages of what meetings left: decisions and tasks over a body's whole series, what is late and whose it is."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from itoguchi.core.tables import Column, Filter, Table
from itoguchi.core.templatetags.core import day_marked
from itoguchi.network import actions, queries
from itoguchi.network.access import keeps_body, seats_of, sits_in
from itoguchi.network.forms import DoneForm, TaskForm, TextForm, typed_task
from itoguchi.network.models import Body, Task
from itoguchi.network.views.bodies import deed_page
from itoguchi.network.views.entry import GET_AND_POST, attempt
from itoguchi.network.views.meetings import meeting_kept
from itoguchi.network.views.recommendations import in_japanese

STATES = {"late": gettext_lazy("遅れ"), "open": gettext_lazy("これから"), "done": gettext_lazy("済")}
LOOKS = {"late": "late", "open": "", "done": "ok"}


def _state(task: Task) -> str:
    if task.done_on is not None:
        return "done"
    return "late" if task.is_late_on(timezone.localdate()) else "open"


def _state_shown(task: Task) -> str:
    state = _state(task)
    done = format_html(" {}", day_marked(task.done_on)) if task.done_on else ""
    return format_html('<div><span class="tag {}">{}</span>{}</div>', LOOKS[state], STATES[state], done)


COLUMNS = (
    Column(
        "text",
        gettext_lazy("すること"),
        lambda row: row.text,
        link=lambda row: reverse("network:task", args=[row.pk]),
        show=lambda row: in_japanese(row.text),
    ),
    Column("owner", gettext_lazy("担当"), lambda row: row.owner, ("owner",), show=lambda row: in_japanese(row.owner)),
    Column(
        "due", gettext_lazy("いつまでに"), lambda row: row.due_on, ("due_on",), show=lambda row: day_marked(row.due_on)
    ),
    Column(
        "state", gettext_lazy("状態"), lambda row: str(STATES[_state(row)]), ("done_on", "due_on"), show=_state_shown
    ),
    Column(
        "meeting",
        gettext_lazy("会合"),
        lambda row: str(row.meeting),
        ("meeting__number",),
        link=lambda row: row.meeting.get_absolute_url(),
    ),
    Column(
        "decision",
        gettext_lazy("もとになった決定"),
        lambda row: row.decision.text if row.decision else "",
        show=lambda row: in_japanese(row.decision.text[:60]) if row.decision else "—",
    ),
    Column(
        "outcome",
        gettext_lazy("どうなったか"),
        lambda row: row.outcome,
        show=lambda row: in_japanese(row.outcome) if row.outcome else "—",
    ),
)
# The page says it beside the state.
IN_FILES = (Column("done_on", gettext_lazy("済んだ日"), lambda row: row.done_on),)


def _of_state(rows: QuerySet[Any], value: str) -> QuerySet[Any]:
    today = timezone.localdate()
    if value == "done":
        return rows.filter(done_on__isnull=False)
    return rows.filter(done_on=None, **{"due_on__lt" if value == "late" else "due_on__gte": today})


@require_GET
def tasks(request: HttpRequest, key: str) -> HttpResponse:
    """What the meetings of a body left, over all of them: what is late, and whose it is."""
    shown = get_object_or_404(Body, key=key)
    keeps = keeps_body(request.user, shown)
    if not keeps and not sits_in(request.user, shown):
        raise PermissionDenied(_("宿題を見られるのは、構成員と事務局だけです。"))
    table = Table(
        request=request,
        rows=queries.tasks_of(shown),
        name="tasks",
        title=gettext_lazy("会合の宿題"),
        order="due",
        columns=(*COLUMNS, *IN_FILES) if "format" in request.GET else COLUMNS,
        filters=[
            Filter("state", gettext_lazy("状態"), _of_state, list(STATES.items())),
            Filter("owner", gettext_lazy("担当"), lambda rows, value: rows.filter(owner__icontains=value)),
        ],
        empty=gettext_lazy("この会議体の宿題はまだありません。会合のページで書きます。"),
    )
    return table.download() or render(
        request,
        "network/tasks.html",
        {
            "body": shown,
            "table": table,
            "today": timezone.localdate(),
            "breadcrumbs": [
                (_("会合"), reverse("network:index")),
                (in_japanese(shown.name), shown.get_absolute_url()),
                (_("会合の宿題"), ""),
            ],
        },
    )


@require_http_methods(GET_AND_POST)
def assign_task(request: HttpRequest, slug: str) -> HttpResponse:
    """The form that says who does what by when."""
    shown = meeting_kept(request, slug)
    members = queries.members_on(shown.body, timezone.localdate())
    form = TaskForm(request.POST or None, meeting=shown, members=members)
    made = attempt(form, lambda: actions.assign_task(shown, form.facts(), by=request.user))
    if made is not None:
        messages.success(request, _("宿題を記録しました。担当の構成員の「やること」に載ります。"))
        return redirect("network:tasks", key=shown.body_id)
    trail = [(str(shown), shown.get_absolute_url())]
    return deed_page(request, form, title=_("宿題を書く"), button=_("記録する"), trail=trail)


@require_http_methods(GET_AND_POST)
def task(request: HttpRequest, pk: int) -> HttpResponse:
    """One task: whose it is says that it is done, the secretariat changes it too."""
    shown = get_object_or_404(Task.objects.select_related("meeting__body", "member"), pk=pk)
    meeting = shown.meeting
    keeps = keeps_body(request.user, meeting.body)
    if not keeps and not seats_of(request.user).filter(pk=shown.member_id).exists():
        raise Http404
    changes = keeps and request.GET.get("deed") == "change"
    posted = request.POST if request.method == "POST" else None
    if changes:
        members = queries.members_on(meeting.body, timezone.localdate())
        form: Any = TaskForm(posted, meeting=meeting, members=members, initial=typed_task(shown))
        made = attempt(
            form,
            lambda: actions.correct_task(shown, form.facts(), by=request.user, why=form.cleaned_data["why"]),
        )
    else:
        form = DoneForm(posted)
        made = attempt(
            form,
            lambda: actions.finish_task(shown, **form.cleaned_data, by=request.user, today=timezone.localdate()),
        )
    if made is not None:
        messages.success(request, _("宿題を記録しました。"))
        return redirect("network:tasks", key=meeting.body_id)
    return deed_page(
        request,
        form,
        title=_("宿題を直す") if changes else _("宿題が済んだと書く"),
        button=_("直す") if changes else _("済んだ"),
        trail=[
            (str(meeting), meeting.get_absolute_url()),
            (_("会合の宿題"), reverse("network:tasks", args=[meeting.body_id])),
        ],
        lead=shown.text,
        task=shown,
        may_change=keeps and not changes,
    )


@require_http_methods(GET_AND_POST)
def add_decision(request: HttpRequest, slug: str) -> HttpResponse:
    """The form that says what a meeting decided, where it is not about opinions."""
    shown = meeting_kept(request, slug)
    form = TextForm(request.POST or None)
    made = attempt(form, lambda: actions.decide(shown, form.cleaned_data["text"], [], by=request.user))
    if made is not None:
        messages.success(request, _("決まったことを記録しました。"))
        return redirect(shown)
    trail = [(str(shown), shown.get_absolute_url())]
    return deed_page(request, form, title=_("決まったことを書く"), button=_("記録する"), trail=trail)
