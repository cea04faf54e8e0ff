"""Pages of published reports: as frozen, what changed since, corrections, and the way there through two people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from itoguchi.core.addresses import address_of
from itoguchi.core.doors import public
from itoguchi.core.models import Approval
from itoguchi.core.templatetags.core import day as written
from itoguchi.reports import actions
from itoguchi.reports.access import can_publish, can_see_published
from itoguchi.reports.forms import DecisionForm, WhyForm
from itoguchi.reports.models import PublishedReport
from itoguchi.reports.queries import published as queries
from itoguchi.reports.queries import title_of
from itoguchi.reports.views.days import FILES, as_file, day_of

IN_PANEL = 20  # changes beside a report


def _report(request: HttpRequest, slug: str, *without: str) -> PublishedReport:
    """A report that the user may see, without fields that are not shown; others are not even told that it exists."""
    reports = PublishedReport.objects.select_related("approval__drafter", "approval__approver").defer(*without)
    found = get_object_or_404(reports, slug=slug)
    if not can_see_published(request.user, found):
        raise Http404
    return found


def _crumbs(report: PublishedReport, *more: str) -> list[tuple[str, str]]:
    trail = [(_("状況報告"), reverse("reports:index")), (_("公開した報告"), f"{reverse('reports:index')}#published")]
    if more:
        return [*trail, (written(report.as_of), report.get_absolute_url()), (more[0], "")]
    return [*trail, (written(report.as_of), "")]


@require_POST
def publish(request: HttpRequest, day: str) -> HttpResponse:
    """Freeze the report of a day for a second person to publish."""
    _only_publishers(request)
    as_of, form = day_of(day), WhyForm(request.POST)
    form.is_valid()
    try:
        made = actions.draft_report(
            as_of, by=request.user, today=timezone.localdate(), why=form.cleaned_data.get("why", "")
        )
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
        return redirect("reports:report", day=day)
    messages.success(request, _("起案しました。別の担当者が承認すると公開されます。内容はこの時点で固定されています。"))
    return redirect(made)


@public
@require_GET
def published(request: HttpRequest, slug: str) -> HttpResponse:
    """A published report: its files byte for byte, its figures, who published it, its corrections."""
    return _page(request, _report(request, slug, "records"))


def _page(request: HttpRequest, report: PublishedReport, *, status: int = 200, **forms: Any) -> HttpResponse:
    corrections = queries.corrections_of(report)
    shown = [each for each in corrections if each.is_public or can_publish(request.user)]
    return render(
        request,
        "reports/published.html",
        {
            "report": report,
            "title": title_of(report.as_of),
            "figures": [
                (_in_language(each), address_of("reports:published_figure", report.slug, each["id"]))
                for each in report.figures
            ],
            "files": FILES,
            "language": get_language(),
            "corrections": [(each, queries.from_data(each.differences)) for each in shown],
            "is_drafter": report.approval.drafter_id == request.user.pk,
            "can_publish": can_publish(request.user),
            "breadcrumbs": _crumbs(report),
            **forms,
        },
        status=status,
    )


def _in_language(figure: dict[str, Any]) -> dict[str, Any]:
    """A frozen figure with its words in the language of the page."""
    if get_language() != "en":
        return figure
    return figure | {key: figure[f"{key}_en"] for key in ("label", "definition", "unit")}


@public
@require_GET
def published_file(request: HttpRequest, slug: str, language: str, name: str) -> HttpResponse:
    """A file of a published report, the same bytes for ever."""
    report = _report(request, slug)
    found = queries.file_of(report, name, language)
    if found is None:
        raise Http404
    answer = as_file(bytes(found.content), name, stem=f"status-report-{slug}-{language}")
    answer["ETag"] = f'"{found.sha256}"'
    return answer


@public
@require_GET
def published_figure(request: HttpRequest, slug: str, figure: str) -> HttpResponse:
    """A figure as it was published, with what was said of each record behind it."""
    report = _report(request, slug)
    shown = next((_in_language(each) for each in report.figures if each["id"] == figure), None)
    if shown is None:
        raise Http404
    return render(
        request,
        "reports/published_figure.html",
        {
            "report": report,
            "figure": shown,
            "rows": [(address, report.records[address]) for address in shown["records"]],
            "breadcrumbs": _crumbs(report, shown["label"]),
        },
    )


@public
@require_GET
def since(request: HttpRequest, slug: str) -> HttpResponse:
    """What the records say differently since the report was published or last corrected; beside it the first of that."""
    report = _report(request, slug)
    corrections = queries.corrections_of(report)
    found = queries.changes_since(report, tuple(corrections))
    return render(
        request,
        "reports/_since.html" if request.htmx else "reports/since.html",
        {
            "report": report,
            "title": title_of(report.as_of),
            "differences": found[:IN_PANEL] if request.htmx else found,
            "more": len(found) if request.htmx and len(found) > IN_PANEL else 0,
            "numbers": sorted({number for each in found for number in each.figures}),
            "why": WhyForm()
            if can_publish(request.user) and report.is_public and not any(each.is_waiting for each in corrections)
            else None,
            "breadcrumbs": _crumbs(report, _("その後の変更")),
        },
    )


@public
@require_GET
def compare(request: HttpRequest, slug: str) -> HttpResponse:
    """A published report beside the one before it, figure by figure."""
    report = _report(request, slug)
    previous = report.previous
    if previous is None or not can_see_published(request.user, previous):
        raise Http404
    before = {each["id"]: each for each in previous.figures}
    return render(
        request,
        "reports/compare.html",
        {
            "report": report,
            "previous": previous,
            "title": title_of(report.as_of),
            "figures": [
                (_in_language(each), before.get(each["id"]), len(set(each["records"]) - known), len(known - set(each["records"])))
                for each in report.figures
                for known in [set(before.get(each["id"], {"records": ()})["records"])]
            ],
            "breadcrumbs": _crumbs(report, _("前回の報告との比較")),
        },
    )  # fmt: skip


@require_POST
def decide(request: HttpRequest, slug: str) -> HttpResponse:
    """Approve, return or withdraw a draft of a report."""
    report = _report(request, slug)
    return _decide(request, report, report.approval, _("公開しました。住所と中身は、これから変わりません。"))


@require_POST
def correct(request: HttpRequest, slug: str) -> HttpResponse:
    """Draft a correction note out of what the records say now."""
    _only_publishers(request)
    report, form = _report(request, slug), WhyForm(request.POST)
    form.is_valid()
    _tell(
        request,
        lambda: actions.draft_correction(report, by=request.user, why=form.cleaned_data.get("why", "")),
        _("正誤表を起案しました。別の担当者が承認すると公開されます。"),
    )
    return redirect(report)


@require_POST
def decide_correction(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Approve, return or withdraw a draft of a correction note."""
    report = _report(request, slug)
    correction = get_object_or_404(report.corrections.select_related("approval"), number=number)
    return _decide(request, report, correction.approval, _("正誤表を公開しました。"))


def _decide(request: HttpRequest, report: PublishedReport, approval: Approval, done: str) -> HttpResponse:
    _only_publishers(request)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("承認・差戻し・取下げのどれかを選んでください。"))
        return redirect(report)
    given = form.cleaned_data
    said = {"approve": done, "send_back": _("差し戻しました。"), "withdraw": _("取り下げました。")}[given["deed"]]
    _tell(request, lambda: actions.decide(approval, by=request.user, deed=given["deed"], remark=given["remark"]), said)
    return redirect(report)


def _tell(request: HttpRequest, deed: Callable[[], Any], done: str) -> None:
    """Do a deed and say what came of it; one's own draft is refused in words, not with an error page."""
    try:
        deed()
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    except PermissionDenied as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, done)


def _only_publishers(request: HttpRequest) -> None:
    if not can_publish(request.user):
        raise PermissionDenied(_("報告を公開できるのは、事務局の担当者だけです。"))
