"""Pages of briefings: coverage as of a day, the list, one briefing, and panels for areas and blocks."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from itoguchi.areas.models import Area, Block
from itoguchi.areas.queries import area_of_code
from itoguchi.core.addresses import address_of
from itoguchi.core.as_of import asked_day
from itoguchi.core.charts import line_chart
from itoguchi.core.doors import public
from itoguchi.core.folding import fold
from itoguchi.core.journal import history_of
from itoguchi.core.maps import draw_map
from itoguchi.core.models import Approval
from itoguchi.core.panels import panels_of
from itoguchi.core.tables import Column, Filter, Table
from itoguchi.core.templatetags.core import day as written
from itoguchi.core.templatetags.core import day_marked
from itoguchi.network.queries import DAY_OF_SOURCE
from itoguchi.outreach import queries
from itoguchi.outreach.access import (
    can_change,
    can_log_visits,
    can_plan_in,
    can_see,
)
from itoguchi.outreach.models import Briefing
from itoguchi.outreach.views.planning import asked_for

# Lines over a colour, so that maps are read without colour too; classes of look.css refer to them.
PATTERNS = mark_safe(  # a constant
    '<span class="hidden-text" aria-hidden="true"><svg focusable="false"><defs>'
    '<pattern id="hatch-some" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect class="ground" width="6" height="6"/><rect class="stripe" width="1.6" height="6"/></pattern>'
    '<pattern id="hatch-planned" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)">'
    '<rect class="blank" width="7" height="7"/><rect class="stripe" width="2" height="7"/></pattern>'
    "</defs></svg></span>"
)


def coverage_map(
    done: queries.Coverage,
    layer: str = "both",
    shapes: Iterable[queries.MapShape] | None = None,
    *,
    shows_planned: bool = False,
) -> SafeString:
    """A map of Japan by what the briefings have reached; every part leads to its area or block (1 query or none)."""
    link = partial(address_of, "areas:block" if layer == "block" else "areas:area")
    parts, box = queries.coverage_map_parts(
        done, layer, shapes or queries.shapes_of_maps(), link, shows_planned=shows_planned
    )
    says = {
        "prefecture": _("都道府県単位の説明会の実施状況の地図"),
        "block": _("地域ブロック単位の説明会の実施状況の地図"),
    }.get(layer, _("説明会の実施状況の地図"))
    drawn = draw_map(parts, box=box, says=says)
    return PATTERNS + drawn if layer == "both" else drawn


def _month(number: int) -> str:
    """`2017-03` of a month counted from the year 0."""
    return f"{number // 12}-{number % 12 + 1:02}"


@public
@require_GET
def coverage(request: HttpRequest) -> HttpResponse:
    """How far the briefings have reached as of a day: four figures, two maps, gaps, records and rules."""
    form, as_of = asked_day(request)
    done = queries.coverage(as_of)
    shapes = queries.shapes_of_maps()
    areas = {area.code: area for area in done.all_prefectures}
    months = queries.through_time(done)
    may_plan = {block.pk for block in done.all_blocks if can_plan_in(request.user, block)}
    visited = queries.last_visits(request.user) if can_log_visits(request.user) else {}
    with_plan = done.next_planned("prefecture").keys() - done.of_prefecture.keys()
    return render(
        request,
        "outreach/coverage.html",
        {
            "form": form,
            "as_of": as_of,
            "day_of_source": DAY_OF_SOURCE,
            "coverage": done,
            "gaps_by_block": [
                (
                    block,
                    [
                        (gap, block.pk in may_plan, visited.get(gap.prefecture.code))
                        for gap in done.gaps
                        if gap.prefecture.block_id == block.key
                    ],
                    block.key in done.of_block,
                )
                for block in done.all_blocks
            ],
            "may_plan": bool(may_plan),
            "unconfirmed": [each for each in done.unconfirmed if may_plan and can_change(request.user, each)],
            "planned_by_block": queries.planned_by_block(done),
            "planned_for_nation": [each for each in done.planned if each.is_nationwide],
            "with_plan": len(with_plan),
            "blocks_with_plan": len(done.next_planned("block").keys() - done.of_block.keys()),
            "repeated_prefectures": [
                (areas[code], found) for code, found in done.of_prefecture.items() if len(found) > 1
            ],
            "repeated_blocks": [
                (each, done.of_block[each.key]) for each in done.all_blocks if len(done.of_block.get(each.key, ())) > 1
            ],
            "months": months,
            "chart": line_chart(
                [(month.number, month.prefectures) for month in months],
                says=_("実施済みの都道府県の数の、月ごとの動き"),
                ends=(_month(months[0].number), _month(months[-1].number)) if months else None,
            ),
            "prefectures": [(areas[code], found) for code, found in done.of_prefecture.items()],
            "blocks": [(each, done.of_block[each.key]) for each in done.all_blocks if each.key in done.of_block],
            "blocks_not_yet": [each for each in done.all_blocks if each.key not in done.of_block],
            "rules": queries.rules_with_counts(done.held),
            "map_prefectures": coverage_map(done, "prefecture", shapes, shows_planned=True),
            "map_blocks": coverage_map(done, "block", shapes, shows_planned=True),
            "patterns": PATTERNS,
            "breadcrumbs": [(_("説明会"), "")],
        },
        status=400 if form.errors else 200,
    )


@public
@require_GET
def briefing_list(request: HttpRequest) -> HttpResponse:
    """All briefings as a table; a file of it also carries the address of each."""
    table = Table(
        request=request,
        rows=queries.briefings(),
        name="briefings",
        title=gettext_lazy("説明会の一覧"),
        order="date",
        columns=(*COLUMNS, ADDRESS) if "format" in request.GET else COLUMNS,
        filters=[
            Filter("layer", gettext_lazy("数える範囲"), _narrow_by_layer, list(LAYERS.items())),
            Filter("block", gettext_lazy("地域ブロック"), _narrow_by_block, [(b.key, b) for b in Block.objects.all()]),
            Filter("state", gettext_lazy("状態"), _narrow_by_state, STATES),
        ],
    )
    return table.download() or render(
        request,
        "outreach/briefing_list.html",
        {
            "table": table,
            "today": timezone.localdate(),
            "breadcrumbs": [(_("説明会"), reverse("outreach:coverage")), (_("説明会の一覧"), "")],
        },
    )


# Drafts are in no list.
STATES = [choice for choice in Briefing.State.choices if choice[0] != Briefing.State.DRAFT]
LAYERS = {
    "prefecture": gettext_lazy("都道府県"),
    "block": gettext_lazy("地域ブロック"),
    "nationwide": gettext_lazy("全国"),
}


def _narrow_by_layer(rows: Any, value: str) -> Any:
    return rows.filter(pk__in=queries.of_layer(value))


def _narrow_by_block(rows: Any, value: str) -> Any:
    return rows.filter(pk__in=queries.of_block(value))


def _narrow_by_state(rows: Any, value: str) -> Any:
    return rows.filter(state=value)


def in_japanese(text: str) -> str:
    """Words of the record; on an English page marked as Japanese."""
    return text if get_language() == "ja" or not text else format_html('<span lang="ja">{}</span>', text)


# Class of the tag that shows a state.
LOOKS: dict[str, str] = {
    Briefing.State.DRAFT: "late",
    Briefing.State.HELD: "ok",
    Briefing.State.PLANNED: "key",
    Briefing.State.CANCELLED: "",
}
COLUMNS = (
    Column(
        "date",
        gettext_lazy("開催日"),
        lambda row: row.day,
        ("day", "order"),
        show=lambda row: day_marked(row.day),
    ),
    Column(
        "place", gettext_lazy("開催箇所"), lambda row: row.place, ("place",), show=lambda row: in_japanese(row.place)
    ),
    Column(
        "title",
        gettext_lazy("開催概要"),
        lambda row: row.title,
        ("title",),
        link=Briefing.get_absolute_url,
        show=lambda row: in_japanese(row.title),
    ),
    Column("counts_for", gettext_lazy("数える範囲"), lambda row: row.counts_for),
    Column(
        "notes",
        gettext_lazy("参加者・説明者"),
        lambda row: " ".join(row.note_lines),
        show=lambda row: in_japanese(" ".join(row.note_lines)) or "—",
    ),
    Column(
        "state",
        gettext_lazy("状態"),
        lambda row: row.get_state_display(),
        ("state",),
        show=lambda row: format_html('<span class="tag {}">{}</span>', LOOKS[row.state], row.get_state_display()),
    ),
)
ADDRESS = Column("address", gettext_lazy("住所"), lambda row: row.address)


@public
@require_GET
def briefing(request: HttpRequest, slug: str) -> HttpResponse:
    """One briefing: facts, what it counts for and by which rule, source, history."""
    shown = get_object_or_404(queries.with_drafts(), slug=slug)
    if not can_see(request.user, shown):
        raise Http404
    may_change = can_change(request.user, shown)
    approvals = queries.approvals_of(shown) if may_change else []
    waiting = next((each for each in approvals if each.state == Approval.State.DRAFTED), None)
    # What happened while it was a draft stays with those who plan.
    since = None if may_change else queries.public_since(shown)
    return render(
        request,
        "outreach/briefing.html",
        {
            "briefing": shown,
            "look": LOOKS[shown.state],
            "history": [each for each in history_of(shown) if not since or each.at >= since],
            "counting_changes": [each for each in queries.counting_changes(shown) if not since or each.at >= since],
            "may_change": may_change,
            "may_hear": can_log_visits(request.user) and shown.day <= timezone.localdate(),
            "approvals": [(queries.DEEDS[each.deed], each) for each in approvals],
            "waiting": waiting,
            "asked_for": asked_for(shown, waiting),
            "is_past": shown.day <= timezone.localdate(),
            "panels": (
                panels_of("briefing", shown.slug, user=request.user, record=shown)
                if shown.state != Briefing.State.DRAFT
                else []
            ),
            "breadcrumbs": [
                (_("説明会"), reverse("outreach:coverage")),
                (_("説明会の一覧"), reverse("outreach:briefing_list")),
                (written(shown.day), ""),
            ],
        },
    )


@public
@require_GET
def panel_area(request: HttpRequest, code: str) -> HttpResponse:
    """What the briefings have brought to an area: those of its prefecture and of its block."""
    area = area_of_code(fold(code))
    if area is None:
        raise Http404
    prefecture = area.prefecture or area
    found = queries.briefings_for(prefecture, area.block)
    of_prefecture = [each for each in found if prefecture in [row.area for row in each.for_prefectures]]
    of_block = [each for each in found if area.block in [row.block for row in each.for_blocks]]
    return _panel(
        request,
        place=area,
        groups=[(str(prefecture), of_prefecture), (_("%(block)sブロック") % {"block": area.block}, of_block)],
        list_query=f"block={area.block_id}",
        keep_query=f"prefecture={prefecture.code}",
    )


@public
@require_GET
def panel_block(request: HttpRequest, key: str) -> HttpResponse:
    """What the briefings have brought to a block: its own, and those of its prefectures."""
    block = get_object_or_404(Block, key=key)
    found = queries.briefings_for_block(block)
    of_block = [each for each in found if block in [row.block for row in each.for_blocks]]
    of_prefectures = [each for each in found if each.for_prefectures]
    return _panel(
        request,
        place=block,
        groups=[
            (_("%(block)sブロック") % {"block": block}, of_block),
            (_("ブロック内の都道府県"), of_prefectures),
        ],
        list_query=f"block={block.key}",
        keep_query=f"block={block.key}",
    )


def _panel(
    request: HttpRequest,
    *,
    place: Area | Block,
    groups: list[tuple[str, list[Briefing]]],
    list_query: str,
    keep_query: str,
) -> HttpResponse:
    """A fragment for htmx, and a page of its own for everybody else."""
    today = timezone.localdate()
    return render(
        request,
        "outreach/_panel.html" if request.htmx else "outreach/panel.html",
        {
            "place": place,
            "as_of": today,
            "groups": [
                {
                    "name": name,
                    "held": [each for each in found if each.state == Briefing.State.HELD and each.day <= today],
                    "coming": [each for each in found if each.state == Briefing.State.PLANNED and each.day >= today],
                }
                for name, found in groups
            ],
            "list_url": f"{reverse('outreach:briefing_list')}?{list_query}",
            "keep_url": f"{reverse('outreach:event_list')}?{keep_query}",
            "breadcrumbs": [(str(place), place.get_absolute_url()), (_("説明会"), "")],
        },
    )
