"""What a body decided over its whole series of meetings: a table to search and take away, and a paper."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from itoguchi.core.doors import public
from itoguchi.core.tables import Column, Filter, Table
from itoguchi.core.templatetags.core import day_marked
from itoguchi.core.uploads import KINDS
from itoguchi.network import queries
from itoguchi.network.models import Body
from itoguchi.network.views.recommendations import in_japanese
from itoguchi.network.views.statements import WRITERS

COLUMNS = (
    Column(
        "meeting",
        gettext_lazy("会合"),
        lambda row: str(row.meeting),
        ("meeting__number", "id"),
        link=lambda row: row.meeting.get_absolute_url(),
    ),
    Column(
        "held_on",
        gettext_lazy("開催日"),
        lambda row: row.meeting.held_on,
        ("meeting__held_on",),
        show=lambda row: day_marked(row.meeting.held_on),
    ),
    Column(
        "text",
        gettext_lazy("決まったこと"),
        lambda row: row.text,
        link=lambda row: row.get_absolute_url(),
        show=lambda row: in_japanese(row.text),
    ),
    Column("voices", gettext_lazy("もとになった意見"), lambda row: row.voices, ("voices",), is_number=True),
)


@public
@require_GET
def decisions(request: HttpRequest, key: str) -> HttpResponse:
    """What the meetings of a body decided, in the order of the meetings."""
    shown = get_object_or_404(Body, key=key)
    title = _("決まったことの一覧")
    table = Table(
        request=request,
        rows=queries.decisions_of(shown),
        name="decisions",
        title=title,
        order="meeting",
        columns=COLUMNS,
        filters=[Filter("q", gettext_lazy("言葉"), lambda rows, value: rows.filter(text__icontains=value))],
        empty=_("決まったことの記録はまだありません。"),
    )
    return table.download() or render(
        request,
        "network/decisions.html",
        {
            "body": shown,
            "table": table,
            "today": timezone.localdate(),
            "files": [
                (label, reverse("network:decisions_file", args=[shown.key, kind]))
                for kind, label in (("pdf", "PDF"), ("docx", "Word"), ("pptx", "PowerPoint"))
            ],
            "breadcrumbs": [
                (_("会合"), reverse("network:index")),
                (in_japanese(shown.name), shown.get_absolute_url()),
                (title, ""),
            ],
        },
    )


@public
@require_GET
def decisions_file(_request: HttpRequest, key: str, kind: str) -> HttpResponse:
    """The same as PDF, Word or slides."""
    shown = get_object_or_404(Body, key=key)
    if kind not in WRITERS:
        raise Http404
    paper = queries.decisions_document(shown, list(queries.decisions_of(shown)), today=timezone.localdate())
    response = HttpResponse(WRITERS[kind](paper), content_type=KINDS[kind])
    response["Content-Disposition"] = f'attachment; filename="{shown.key}-decisions.{kind}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
