"""Pages of a day: choose one, read its report chapter by chapter or as a file, open a figure down to its records."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from itoguchi.core import exports
from itoguchi.core.addresses import address_of
from itoguchi.core.calendar import NotADate, parse_date
from itoguchi.core.documents import place_of
from itoguchi.core.documents.blocks import places
from itoguchi.core.documents.html import write_sections
from itoguchi.core.doors import public
from itoguchi.core.remembered import remembered
from itoguchi.core.templatetags.core import day as written
from itoguchi.network.queries import DAY_OF_SOURCE
from itoguchi.reports import queries
from itoguchi.reports.access import can_publish
from itoguchi.reports.actions import CONTENT_TYPES, file_of_report
from itoguchi.reports.forms import DayForm, WhyForm
from itoguchi.reports.queries.chapters import KIND_OF_KEY, KINDS
from itoguchi.reports.queries.published import before, published, waiting

FILE_KINDS = {"csv", "xlsx", "json"}
# A report's file stands alone: it brings its own style and nothing else, and asks for nothing.
POLICY_OF_FILE = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"


@public
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Choose the day of the report."""
    form = DayForm(request.GET if "day" in request.GET else None)
    if form.is_bound and form.is_valid():
        return redirect("reports:report", day=form.cleaned_data["day"].isoformat())
    return _choose(request, form, status=400 if form.errors else 200)


def _choose(request: HttpRequest, form: DayForm, *, status: int) -> HttpResponse:
    today = timezone.localdate()
    return render(
        request,
        "reports/index.html",
        {
            "form": form,
            "today": today,
            "day_of_source": DAY_OF_SOURCE,
            "newest": queries.newest_day_until(today),
            "published": published()[:50],
            "waiting": waiting() if can_publish(request.user) else (),
            "breadcrumbs": [(_("状況報告"), "")],
        },
        status=status,
    )


@public
@require_GET
def report(request: HttpRequest, day: str) -> HttpResponse:
    """The report of a day: how far things are, its chapters, its files; a wrong day leads to the choice."""
    try:
        as_of = parse_date(day)
    except NotADate:
        return _choose(request, DayForm({"day": day}), status=404)
    if day != as_of.isoformat():
        return redirect("reports:report", day=as_of.isoformat())
    figures = queries.key_figures(as_of)
    return render(
        request,
        "reports/report.html",
        {
            "as_of": as_of,
            "title": queries.title_of(as_of),
            "figures": [(each, address_of("reports:figure", day, each.id)) for each in figures],
            "chapters": [
                (f"{number}. {kind.title}", address_of("reports:chapter", day, kind.key))
                for number, kind in enumerate(KINDS, start=1)
            ],
            "files": FILES,
            "since": published().filter(as_of__lt=as_of).first(),
            "published": list(published().filter(as_of=as_of)),
            "is_empty": not any(each.value for each in figures),
            "day_of_source": DAY_OF_SOURCE,
            "why": WhyForm() if can_publish(request.user) and as_of <= timezone.localdate() else None,
            "breadcrumbs": [(_("状況報告"), reverse("reports:index")), (written(as_of), "")],
        },
    )


FILES = (("report.pdf", "PDF"), ("report.docx", "Word"), ("report.pptx", "PowerPoint"), ("report.html", "HTML"))


def day_of(text: str) -> date:
    """The day of an exact address; anything else is not found."""
    try:
        as_of = date.fromisoformat(text)
    except ValueError as error:
        raise Http404 from error
    if as_of.isoformat() != text:
        raise Http404
    return as_of


@public
@require_GET
def chapter(request: HttpRequest, day: str, key: str) -> HttpResponse:
    """One chapter: a fragment for htmx, and a page of its own for everybody else."""
    as_of = day_of(day)
    kind = KIND_OF_KEY.get(key)
    if kind is None:
        raise Http404
    title, section = _chapter(as_of, key)
    number = KINDS.index(kind)
    return render(
        request,
        "reports/_chapter.html" if request.htmx else "reports/chapter.html",
        {
            "as_of": as_of,
            "title": title,
            "section": section,
            "before": KINDS[number - 1] if number else None,
            "after": KINDS[number + 1] if number + 1 < len(KINDS) else None,
            "breadcrumbs": [
                (_("状況報告"), reverse("reports:index")),
                (written(as_of), reverse("reports:report", args=[day])),
                (title, ""),
            ],
        },
    )


@remembered(most=128)
def _chapter(as_of: date, key: str) -> tuple[str, SafeString]:
    """Title and text of a chapter, marked against the last report published before."""
    section, _figures = queries.chapter_of(KIND_OF_KEY[key], queries.Sources(as_of, before(as_of)))
    return section.title, write_sections([section], leads_of(as_of, set(places([section]))))


def leads_of(as_of: date, known: set[str]) -> Callable[[str], str]:
    """Where a report's words lead on the site: figures to their pages, records to theirs."""
    language = "/en" if get_language() == "en" else ""

    def lead(to: str) -> str:
        if to.startswith("#figure-"):
            return address_of("reports:figure", as_of.isoformat(), to.removeprefix("#figure-"))
        if to.startswith("/"):
            return language + to
        return to if place_of(to) in known else ""

    return lead


@public
@require_GET
def file(request: HttpRequest, day: str, name: str) -> HttpResponse:  # noqa: ARG001 (a view)
    """The report of a day as a file: what is known now."""
    if name not in CONTENT_TYPES:
        raise Http404
    as_of = day_of(day)
    return as_file(file_of_report(as_of, name), name, stem=f"status-report-{day}")


def as_file(content: bytes, name: str, *, stem: str) -> HttpResponse:
    """An answer with a report's file: pages and data are shown, Office files kept."""
    answer = HttpResponse(content, content_type=CONTENT_TYPES[name])
    ending = name.rpartition(".")[2]
    shown = "inline" if ending in {"html", "json", "pdf"} else "attachment"
    answer["Content-Disposition"] = f'{shown}; filename="{stem}.{ending}"'
    answer["Content-Security-Policy"] = POLICY_OF_FILE
    return answer


@public
@require_GET
def figure(request: HttpRequest, day: str, figure: str) -> HttpResponse:
    """One figure: its definition, day and rules, what it counts, and from which rows."""
    as_of = day_of(day)
    shown = queries.figure_of(as_of, figure)
    if shown is None:
        raise Http404
    if (kind := request.GET.get("format")) in FILE_KINDS:
        encoding = "cp932" if request.GET.get("encoding") == "cp932" else "utf-8-sig"
        return exports.download(_file_of(shown), format=kind, encoding=encoding, filename=f"{shown.id}-{day}")
    return render(
        request,
        "reports/figure.html",
        {
            "figure": shown,
            "breadcrumbs": [
                (_("状況報告"), reverse("reports:index")),
                (written(as_of), reverse("reports:report", args=[day])),
                (shown.label, ""),
            ],
        },
    )


def _file_of(figure: queries.Figure) -> exports.Table:
    """A figure as a table: one line for each thing counted and row behind it."""
    rows: list[list[Any]] = [
        [
            item.name,
            item.address,
            record.day,
            record.title,
            f"{record.rule.number} {record.rule.label}" if record.rule else "",
            record.address,
        ]
        for item in figure.items
        for record in item.records
    ]
    return exports.Table(
        columns=[
            ("item", _("数えたもの")),
            ("item_address", _("数えたものの住所")),
            ("day", _("開催日")),
            ("title", _("もとの記録")),
            ("rule", _("規則")),
            ("address", _("もとの記録の住所")),
        ],
        rows=rows,
        title=figure.label,
    )
