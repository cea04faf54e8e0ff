"""Pages of the human resources plan: the plan as diagram and table, and one programme with its measures."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from itoguchi.core.as_of import asked_day
from itoguchi.core.doors import public
from itoguchi.core.journal import history_of
from itoguchi.core.tables import Column, Table
from itoguchi.learning import queries
from itoguchi.learning.models import Link
from itoguchi.network.queries import DAY_OF_SOURCE


@public
@require_GET
def plan(request: HttpRequest) -> HttpResponse:
    """The plan in force on a day: aim, issues, the programmes side by side, and the same as a table."""
    form, as_of = asked_day(request)
    shown = queries.plan_as_of(as_of)
    if shown:
        table = Table(
            request=request,
            rows=queries.measures_of(shown),
            columns=FILE_COLUMNS,
            title=shown.name,
            name=f"plan-{shown.key}",
            order="programme",
        )
        if download := table.download():
            return download
    day = f"&as_of={as_of.isoformat()}"
    return render(
        request,
        "learning/plan.html",
        {
            "form": form,
            "as_of": as_of,
            "day_of_source": DAY_OF_SOURCE,
            "plan": shown,
            "connections": [link for link in shown.links.all() if link.kind == Link.Kind.CONNECTION] if shown else [],
            "rules": [link for link in shown.links.all() if link.kind == Link.Kind.RULE] if shown else [],
            "downloads": [(label, address + day) for label, address in table.downloads] if shown else [],
            "history": history_of(shown) if shown else [],
            "breadcrumbs": [(_("人材プラン"), "")],
        },
        status=400 if form.errors else 200,
    )


# A file has one row for each measure, and says of each line whether the record ends it with 等.
FILE_COLUMNS = (
    Column(
        "programme",
        gettext_lazy("プログラム名"),
        lambda row: row.line.group.programme.name,
        ("line__group__programme__order", "line__group__order", "line__order", "order"),
    ),
    Column("axis", gettext_lazy("軸"), lambda row: row.line.group.programme.axis),
    Column("group", gettext_lazy("まとまり"), lambda row: row.line.group.name),
    Column("targets", gettext_lazy("主要ターゲット"), lambda row: row.line.group.shown_targets),
    Column(
        "targets_on_page",
        gettext_lazy("主要ターゲット（プログラムのページ）"),
        lambda row: row.line.group.shown_targets_on_page,
    ),
    Column("line", gettext_lazy("施策の柱"), lambda row: row.line.name),
    Column("measure", gettext_lazy("施策"), lambda row: row.text),
    Column("and_more", gettext_lazy("等"), lambda row: "等" if row.line.and_more else ""),
    Column("address", gettext_lazy("住所"), lambda row: row.address),
)


@public
@require_GET
def programme(request: HttpRequest, key: str) -> HttpResponse:
    """One programme: axis, groups with targets, lines with measures, links, source, history."""
    shown = get_object_or_404(queries.programmes(), key=key)
    name = shown.name if get_language() == "ja" else format_html('<span lang="ja">{}</span>', shown.name)
    return render(
        request,
        "learning/programme.html",
        {
            "programme": shown,
            "links": queries.links_on(shown),
            "others": queries.beside(shown),
            "history": history_of(shown),
            "breadcrumbs": [(_("人材プラン"), reverse("learning:plan")), (name, "")],
        },
    )
