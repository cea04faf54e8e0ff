"""Pages of plans: the list, one plan section by section, its files and calendar, and what it is called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Case, QuerySet, Value, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from itoguchi.accounts.access import memberships_of
from itoguchi.areas.models import Block
from itoguchi.areas.queries import area_of_code, prefectures
from itoguchi.core.documents.html import write_sections
from itoguchi.core.doors import public
from itoguchi.core.events import Event, calendar_response
from itoguchi.core.folding import fold
from itoguchi.core.tables import Column, Filter, Table
from itoguchi.core.templatetags.core import address, day_marked
from itoguchi.plans import actions, queries
from itoguchi.plans.access import can_plan_for, can_see_draft
from itoguchi.plans.actions.plans import NOT_YOURS
from itoguchi.plans.content import Content, Copied, Heading, blanks_of, content_from
from itoguchi.plans.forms.plans import AboutForm, CommentForm, show_problems
from itoguchi.plans.models import Comment, CopiedPart, Plan, PlanAction
from itoguchi.plans.views.draft import as_file

IN_PANEL = 5


def plan_seen(request: HttpRequest, pk: int) -> Plan:
    """A plan that the user may read; another one is not there."""
    found: Plan = get_object_or_404(queries.plans_seen_by(request.user).prefetch_related("actions"), pk=pk)
    return found


def plan_drafted(request: HttpRequest, pk: int) -> Plan:
    """A plan that the user may read while it is written; others who may read it at all are told so."""
    found = plan_seen(request, pk)
    if not can_see_draft(request.user, found):
        raise PermissionDenied(_("下書きと版を見られるのは、その団体・都道府県・総合通信局等と事務局などだけです。"))
    return found


def plan_written(request: HttpRequest, pk: int) -> Plan:
    """A plan that the user may write."""
    found = plan_seen(request, pk)
    if not can_plan_for(request.user, found.area):
        raise PermissionDenied(NOT_YOURS)
    return found


def trail_of(plan: Plan, *more: str) -> list[tuple[str, str]]:
    """The way from all plans to a page of one."""
    found = [
        (_("実装計画"), reverse("plans:plan_list")),
        (_japanese(str(plan)), plan.get_absolute_url() if more else ""),
    ]
    return found + [(each, "") for each in more]


def _japanese(title: str) -> SafeString:
    """A title, which stays Japanese on an English page."""
    return format_html('<span lang="ja">{}</span>', title)


def form_page(
    request: HttpRequest, plan: Plan, form: Any, *, title: str, button: str, lead: str = "", **more: Any
) -> HttpResponse:
    """A form about a plan on a page of its own."""
    shown = {"plan": plan, "form": form, "title": title, "button": button, "lead": lead, "remove": "", "rows": None}
    status = 422 if form.is_bound else 200
    return render(request, "plans/plan_form.html", shown | more | {"breadcrumbs": trail_of(plan, title)}, status=status)


def content_for(plan: Plan, *, sees_draft: bool, copies: Sequence[CopiedPart]) -> tuple[Content, int, str]:
    """What a reader reads of a plan, its version's number and its state: as it stands, else as approved (3 queries)."""
    if sees_draft:
        latest = queries.latest_of(plan)
        now = queries.content_of(plan, content_from(latest.content), copies)
        return queries.with_news(now, copies), latest.number, str(plan.get_state_display())
    open_to_all = queries.content_open_to_all(plan)
    if open_to_all is None or plan.approved is None:
        raise Http404
    return queries.with_news(open_to_all, copies), plan.approved.number, str(Plan.State.APPROVED.label)


COLUMNS = (
    Column(
        "title",
        gettext_lazy("題名"),
        lambda row: row.title,
        ("title",),
        link=lambda row: row.get_absolute_url(),
        show=lambda row: _japanese(row.title),
    ),
    Column(
        "area",
        gettext_lazy("団体"),
        lambda row: str(row.area),
        ("is_own", "area__code"),
        show=lambda row: str(row.area),
    ),
    Column("state", gettext_lazy("状態"), lambda row: str(row.get_state_display()), ("state",)),
    Column(
        "begun_on",
        gettext_lazy("作り始めた日"),
        lambda row: row.begun_on,
        ("begun_on",),
        show=lambda row: day_marked(row.begun_on),
    ),
    Column(
        "visibility",
        gettext_lazy("見せる範囲"),
        lambda row: str(_("庁内限り") if row.is_internal else _("一般に公開")),
        ("is_internal",),
    ),
)


def _filters() -> tuple[Filter, ...]:
    def of_area(rows: QuerySet[Any], code: str) -> QuerySet[Any]:
        area = area_of_code(fold(code))
        return rows.filter(area=area) if area else rows.none()

    return (
        Filter("state", gettext_lazy("状態"), lambda rows, value: rows.filter(state=value), Plan.State.choices),
        Filter(
            "block",
            gettext_lazy("地域ブロック"),
            lambda rows, value: rows.filter(area__block=value),
            [(each.key, str(each)) for each in Block.objects.all()],
        ),
        Filter(
            "prefecture",
            gettext_lazy("都道府県"),
            lambda rows, value: rows.filter(area__prefecture__code=value) | rows.filter(area__code=value),
            [(each.code, str(each)) for each in prefectures()],
        ),
        Filter(
            "solution",
            gettext_lazy("分野別モデル"),
            lambda rows, value: rows.filter(solutions=value),
            [(each.key, each.name) for each in queries.solutions_of_plans()],
            is_japanese=True,
        ),
        Filter("area", gettext_lazy("団体コード"), of_area),
    )


@public
@require_GET
def plan_list(request: HttpRequest) -> HttpResponse:
    """Plans that the reader may read, those of the own area first."""
    own = [each.area for each in memberships_of(request.user) if each.area]
    rows = queries.plans_seen_by(request.user).annotate(
        is_own=Case(When(area__in=[each.pk for each in own], then=Value(0)), default=Value(1))
    )
    table = Table(
        request,
        rows,
        COLUMNS,
        title=_("実装計画の一覧"),
        name="plans",
        filters=_filters(),
        order="area",
        empty=_("読める計画はまだありません。"),
    )
    return table.download() or render(
        request,
        "plans/plan_list.html",
        {"table": table, "own": own, "today": timezone.localdate(), "breadcrumbs": [(_("実装計画"), "")]},
    )


@dataclass(frozen=True, slots=True)
class Shown:
    """A section on the page: its words, how many places are to be filled in, and what was said to it."""

    key: str
    label: str
    body: SafeString
    blanks: int
    comments: list[Comment]
    copies: list[Copied]


@public
@require_GET
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    """One plan, section by section, with what the reader may do with it."""
    return plan_page(request, plan_seen(request, pk))


def plan_page(request: HttpRequest, found: Plan, form: CommentForm | None = None, at: str = "") -> HttpResponse:
    """The page; `form` is a refused comment on the section `at`."""
    user, today = request.user, timezone.localdate()
    sees_draft = can_see_draft(user, found)
    copies = queries.copies_of(found)
    content, number, state = content_for(found, sees_draft=sees_draft, copies=copies)
    may_write = can_plan_for(user, found.area)
    comments = queries.comments_of(found) if sees_draft else []
    approval = queries.approval_of(found) if sees_draft else None
    blanks = blanks_of(content) if may_write else {}
    paper = queries.document_of(content, title=found.title, area=found.area, day=today, state=state)
    return render(
        request,
        "plans/plan.html",
        {
            "plan": found,
            "state": state,
            "number": number,
            "sections": [
                Shown(
                    key.value,
                    str(key.label),
                    write_sections([section], address),
                    blanks.get(key, 0),
                    [each for each in comments if each.section == key],
                    [each for each in content.copies if each.section == key],
                )
                for key, section in zip(Heading, paper.sections, strict=True)
            ],
            "solutions": list(found.solutions.all()),
            "removed": [each for each in copies if each.removed_on] if sees_draft else [],
            "models": {each.part.model.pk: each.part.model for each in copies if not each.removed_on}.values(),
            "reuses": queries.running_reuses(copies) if may_write else [],
            "blanks": sum(blanks.values()),
            "things": list(found.actions.all()) if sees_draft else [],
            "aims": list(found.kpis.select_related("kpi__solution")) if may_write else [],
            "today": today,
            "sees_draft": sees_draft,
            "may_write": may_write,
            "is_open": may_write and found.is_being_written,
            "may_comment": sees_draft and not may_write,
            "approval": approval if found.state in {Plan.State.ASKED, Plan.State.RETURNED} else None,
            "is_own_draft": approval is not None and approval.drafter_id == user.pk,
            "comment": form or CommentForm(),
            "comment_at": at,
            "breadcrumbs": trail_of(found),
        },
        status=422 if form else 200,
    )


@public
@require_GET
def plan_file(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """The plan as Word or PDF file, as the reader may read it."""
    found = plan_seen(request, pk)
    sees_draft = can_see_draft(request.user, found)
    content, number, state = content_for(found, sees_draft=sees_draft, copies=queries.copies_of(found))
    return as_file(
        kind,
        f"plan-{found.pk}-{number}",
        content=content,
        title=found.title,
        area=found.area,
        day=timezone.localdate(),
        state=state,
    )


@require_GET
def plan_calendar(request: HttpRequest, pk: int) -> HttpResponse:
    """What the plan wants done, for people's own calendars."""
    found = plan_drafted(request, pk)
    events = [_event(request, found, each) for each in found.actions.all()]
    return calendar_response(found.title, events, filename=f"plan-{found.pk}")


def _event(request: HttpRequest, found: Plan, action: PlanAction) -> Event:
    return Event(
        uid=f"plans/{found.pk}/actions/{action.pk}@itoguchi",
        start=action.by,
        summary=action.what if action.done_on is None else f"✓ {action.what}",
        description=found.title,
        url=request.build_absolute_uri(found.get_absolute_url()),
    )


@require_http_methods(["GET", "POST"])
def change_plan(request: HttpRequest, pk: int) -> HttpResponse:
    """The form of what the plan is called, about what, who may read it, and who is asked for advice."""
    found = plan_written(request, pk)
    today: date = timezone.localdate()
    form = AboutForm(request.POST if request.method == "POST" else None, plan=found, day=today)
    if form.is_valid():
        try:
            made = actions.change_plan(found, **form.cleaned_data, by=request.user)
        except ValidationError as refused:
            show_problems(form, refused)
        else:
            messages.success(request, _("保存しました。"))
            return redirect(made)
    return form_page(request, found, form, title=_("題名・公開・相談先"), button=_("保存する"))


@public
@require_GET
def panel_plans(request: HttpRequest, code: str) -> HttpResponse:
    """Plans of an area that the reader may read; for htmx as a panel on the area's page."""
    area = area_of_code(fold(code))
    if area is None:
        raise Http404
    list_url = f"{reverse('plans:plan_list')}?area={area.code}"
    if not request.htmx:
        return redirect(list_url)
    return render(
        request,
        "plans/_plans.html",
        {
            "area": area,
            "plans": queries.plans_by_area(area, request.user)[:IN_PANEL],
            "list_url": list_url,
            "may_write": can_plan_for(request.user, area),
        },
    )
