"""Pages of recommendations: what is late and whose it is, clause by clause, by thread and by topic."""

from __future__ import annotations

from typing import Any

from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from itoguchi.core.as_of import asked_day
from itoguchi.core.doors import public
from itoguchi.core.journal import history_of
from itoguchi.core.panels import panels_of
from itoguchi.core.tables import Column, Filter, Table
from itoguchi.core.templatetags.core import address, day_marked
from itoguchi.network import queries
from itoguchi.network.access import can_enter
from itoguchi.network.models import Action, Clause, Recommendation, Thread, Topic

LOOKS: dict[str, str] = {Action.State.DONE: "ok", Action.State.UNDERWAY: "key", Action.State.STARTED: "late"}
NONE = "none"


def in_japanese(text: str) -> str:
    """Words of the record; on an English page marked as Japanese."""
    return text if get_language() == "ja" or not text else format_html('<span lang="ja">{}</span>', text)


def _state(clause: Any) -> str:
    """State with its tag, and whether it is late; 未記録 where nothing is on record."""
    newest = clause.newest
    late = format_html(' <span class="tag late">{}</span>', _("遅れ")) if clause.is_late else ""
    if newest is None:
        return format_html('<div><span class="tag">{}</span>{}</div>', _("未記録"), late)
    return format_html(
        '<div><span class="tag {}">{}</span>{}</div>', LOOKS[newest.state], newest.get_state_display(), late
    )


def _evidence(clause: Any) -> str:
    """The evidence of the newest action, else its source, else 未記録."""
    newest = clause.newest
    if newest is None or not (newest.evidence or newest.source):
        return _("未記録")
    return newest.evidence or newest.source


def _evidence_linked(clause: Any) -> str:
    newest, shown = clause.newest, _evidence(clause)
    if newest is None or not newest.evidence:
        return in_japanese(shown) if newest and newest.source else shown
    target = newest.evidence if "://" in newest.evidence else address(newest.evidence)
    return format_html('<a href="{}">{}</a>', target, shown)


COLUMNS = (
    Column("number", gettext_lazy("番号"), lambda row: row.number, ("recommendation", "order")),
    Column(
        "heading",
        gettext_lazy("項目"),
        lambda row: row.heading,
        ("heading",),
        link=Clause.get_absolute_url,
        show=lambda row: in_japanese(row.heading),
    ),
    Column(
        "state",
        gettext_lazy("状態"),
        lambda row: row.newest.get_state_display() if row.newest else _("未記録"),
        ("state",),
        show=_state,
    ),
    Column(
        "done",
        gettext_lazy("いちばん新しい措置"),
        lambda row: row.newest.text if row.newest else "",
        show=lambda row: in_japanese(row.newest.text) if row.newest else "—",
    ),
    Column(
        "day",
        gettext_lazy("日"),
        lambda row: row.newest.day if row.newest else None,
        ("newest_day",),
        show=lambda row: day_marked(row.newest.day) if row.newest else "—",
    ),
    Column(
        "owner",
        gettext_lazy("担当"),
        lambda row: row.owner_now or _("未記録"),
        ("owner_now",),
        show=lambda row: in_japanese(row.owner_now) if row.owner_now else _("未記録"),
    ),
    Column(
        "due",
        gettext_lazy("いつまでに"),
        lambda row: row.due or _("未記録"),
        ("due",),
        show=lambda row: day_marked(row.due) if row.due else _("未記録"),
    ),
    Column("evidence", gettext_lazy("証拠"), _evidence, show=_evidence_linked),
)
# The page says it beside the state.
IN_FILES = (Column("late", gettext_lazy("遅れ"), lambda row: _("遅れ") if row.is_late else ""),)


def _narrow_by_state(rows: QuerySet[Any], value: str) -> QuerySet[Any]:
    return rows.filter(state__isnull=True) if value == NONE else rows.filter(state=value)


DUE = {
    "late": gettext_lazy("遅れている"),
    "ahead": gettext_lazy("期限の前・実施済"),
    "no-day": gettext_lazy("期限が未記録"),
    "no-owner": gettext_lazy("担当が未記録"),
}


def _narrow_by_due(rows: QuerySet[Any], value: str) -> QuerySet[Any]:
    if value == "no-owner":
        return rows.filter(owner_now="")
    if value == "no-day":
        return rows.filter(due=None)
    return rows.filter(is_late=value == "late", due__isnull=False)


@public
@require_GET
def clauses(request: HttpRequest) -> HttpResponse:
    """Every clause with its state as of a day: what is late, and whose it is."""
    form, as_of = asked_day(request)
    table = Table(
        request=request,
        rows=queries.clauses_with_standing(as_of),
        name="clauses",
        title=gettext_lazy("提言の項目と措置状況"),
        order="number",
        columns=(*COLUMNS, *IN_FILES) if "format" in request.GET else COLUMNS,
        filters=[
            Filter(
                "state",
                gettext_lazy("状態"),
                _narrow_by_state,
                [*Action.State.choices, (NONE, gettext_lazy("未記録"))],
            ),
            Filter("owner", gettext_lazy("担当"), lambda rows, value: rows.filter(owner_now__icontains=value)),
            Filter("due", gettext_lazy("期限"), _narrow_by_due, list(DUE.items())),
        ],
    )
    return table.download() or render(
        request,
        "network/clauses.html",
        {
            "form": form,
            "as_of": as_of,
            "day_of_source": queries.DAY_OF_SOURCE,
            "table": table,
            "can_enter": can_enter(request.user),
            "recommendations": Recommendation.objects.filter(since__lte=as_of).select_related("meeting__body"),
            "breadcrumbs": [(_("会合"), reverse("network:index")), (_("提言と措置状況"), "")],
        },
        status=400 if form.errors else 200,
    )


@public
@require_GET
def recommendation(request: HttpRequest, key: str) -> HttpResponse:
    """A recommendation clause by clause, in its own words, with the state of each as of a day."""
    form, as_of = asked_day(request)
    shown = get_object_or_404(Recommendation.objects.select_related("meeting__body"), key=key)
    return _page(
        request,
        "network/recommendation.html",
        shown,
        {
            "form": form,
            "as_of": as_of,
            "clauses": queries.clauses(as_of).filter(recommendation=shown),
            "looks": LOOKS,
            "can_enter": can_enter(request.user),
        },
        trail=[(_("提言と措置状況"), reverse("network:clauses"))],
        status=400 if form.errors else 200,
    )


@public
@require_GET
def clause(request: HttpRequest, slug: str) -> HttpResponse:
    """One clause: its words, its thread or topic, where it stands on a day, and what was done by then."""
    form, as_of = asked_day(request)
    shown = get_object_or_404(Clause.objects.select_related("recommendation", "thread", "topic"), slug=slug)
    done = list(shown.actions.filter(day__lte=as_of).order_by("day", "pk"))
    standing = queries.clauses_with_standing(as_of).filter(pk=shown.pk).first()
    return _page(
        request,
        "network/clause.html",
        shown,
        {
            "form": form,
            "as_of": as_of,
            "done": done,
            "newest": done[-1] if done else None,
            "look": LOOKS.get(done[-1].state if done else "", ""),
            "later": shown.actions.filter(day__gt=as_of).count(),
            "standing": standing,
            "owners": queries.bodies_named_in(standing.owner_now) if standing else [],
            "panels": panels_of("clause", shown.slug, user=request.user, record=shown),
            "can_enter": can_enter(request.user),
        },
        trail=[
            (_("提言と措置状況"), reverse("network:clauses")),
            (in_japanese(shown.recommendation.name), shown.recommendation.get_absolute_url()),
        ],
        status=400 if form.errors else 200,
    )


@public
@require_GET
def threads(request: HttpRequest) -> HttpResponse:
    """The three threads as they stood on a day, the topics beside them, and the bodies that carry them."""
    form, as_of = asked_day(request)
    return render(
        request,
        "network/threads.html",
        {
            "form": form,
            "as_of": as_of,
            "day_of_source": queries.DAY_OF_SOURCE,
            "threads": queries.threads_as_of(as_of),
            "topics": queries.topics_as_of(as_of),
            "bodies": queries.named_bodies_as_of(as_of),
            "breadcrumbs": [(_("会合"), reverse("network:index")), (_("三つの糸"), "")],
        },
        status=400 if form.errors else 200,
    )


@public
@require_GET
def thread(request: HttpRequest, key: str) -> HttpResponse:
    """What the document says of one thread: who is to take part, to do what, which clause asked for it; and where it runs."""
    shown = get_object_or_404(Thread.objects.prefetch_related("clauses"), key=key)
    return _page(
        request,
        "network/thread.html",
        shown,
        {"strands": queries.strands_with_members(timezone.localdate()).filter(thread=shown)},
        trail=[(_("三つの糸"), reverse("network:threads"))],
    )


@public
@require_GET
def topic(request: HttpRequest, key: str) -> HttpResponse:
    """One topic to speed up: its points at issue, its clause, and the papers that meetings had on it."""
    form, as_of = asked_day(request)
    shown = get_object_or_404(Topic.objects.prefetch_related("clauses"), key=key)
    return _page(
        request,
        "network/topic.html",
        shown,
        {
            "form": form,
            "as_of": as_of,
            "points": queries.points_of(shown, request.user, as_of),
            "papers": queries.papers_until(as_of) if key == "autonomous-implementation" else (),
            "way": queries.way_of(shown, as_of),
        },
        trail=[(_("三つの糸"), reverse("network:threads"))],
        status=400 if form.errors else 200,
    )


def _page(
    request: HttpRequest,
    template: str,
    shown: Model,
    more: dict[str, Any],
    *,
    trail: list[tuple[Any, str]],
    status: int = 200,
) -> HttpResponse:
    """A page of one record with its history and the way back."""
    crumbs = [(_("会合"), reverse("network:index")), *trail, (in_japanese(str(shown)), "")]
    return render(
        request,
        template,
        {
            "shown": shown,
            "history": history_of(shown),
            "day_of_source": queries.DAY_OF_SOURCE,
            "breadcrumbs": crumbs,
            **more,
        },
        status=status,
    )
