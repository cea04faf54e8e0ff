"""Pages of needs: writing one down, the list, what becomes of one, and those that no scheme serves."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from itoguchi.accounts.access import memberships_of
from itoguchi.areas.models import Area, Block
from itoguchi.areas.queries import area_of_code, prefectures
from itoguchi.core import exports
from itoguchi.core.doors import public
from itoguchi.core.folding import fold
from itoguchi.core.maps import draw_map
from itoguchi.core.tables import Column, Filter, Table
from itoguchi.core.templatetags.core import day_marked
from itoguchi.roadmap.models import Field
from itoguchi.support import actions, queries
from itoguchi.support.access import can_answer_need, can_see_unmet, can_write_needs_of
from itoguchi.support.forms.needs import AnswerForm, CloseForm, MergeForm, NeedForm, show_problems
from itoguchi.support.models import Need
from itoguchi.support.queries import Cell
from itoguchi.support.views.match import day_asked_for, need_seen, way_to
from itoguchi.support.views.schemes import japanese

NOT_YOURS = gettext_lazy("ニーズを書けるのは、その団体・都道府県・総合通信局等と事務局だけです。")
NOT_ANSWERING = gettext_lazy("ニーズに答えられるのは、その地域ブロックの総合通信局等と事務局だけです。")
NOT_COUNTING = gettext_lazy("満たされていないニーズを見られるのは、総合通信局等と事務局だけです。")
IN_PANEL = 5
LISTED = 100


def in_japanese(text: object) -> str:
    """Words of the record; on an English page marked as Japanese."""
    return str(text) if get_language() == "ja" or not text else format_html('<span lang="ja">{}</span>', text)


def find_area(code: str) -> Area:
    """The area of an address, by its present code or a former one."""
    area = area_of_code(fold(code))
    if area is None:
        raise Http404
    return area


@require_GET
def new_need(request: HttpRequest) -> HttpResponse:
    """Leads who works for an area to the form of that area, and others to the list, where an area is chosen."""
    own = next((each.area for each in getattr(request.user, "terms", ()) if each.area), None)
    if own and can_write_needs_of(request.user, own):
        return redirect("support:write_need", own.code)
    return redirect("support:need_list")


@require_http_methods(["GET", "POST"])
def write_need(request: HttpRequest, code: str) -> HttpResponse:
    """The form for a new need of an area; what its words speak for is proposed while they are typed."""
    area = find_area(code)
    if not can_write_needs_of(request.user, area):
        raise PermissionDenied(NOT_YOURS)
    return form_page(request, area, None)


@require_http_methods(["GET", "POST"])
def change_need(request: HttpRequest, pk: int) -> HttpResponse:
    """The form that puts a need right."""
    known = need_seen(request, pk)
    if not can_write_needs_of(request.user, known.area):
        raise PermissionDenied(NOT_YOURS)
    return form_page(request, known.area, known)


def form_page(
    request: HttpRequest,
    area: Area,
    known: Need | None,
    *,
    said: queries.Said | None = None,
    way: list[tuple[str, str]] | None = None,
) -> HttpResponse:
    """The form of a need, filled with `said` where a survey heard it; to ask for proposals, or take one, saves nothing."""
    is_asking = request.method == "POST" and (
        bool(request.htmx) or {"propose", "take_field", "take_solution"} & request.POST.keys()
    )
    data = _taken(request) if request.method == "POST" else None
    form = NeedForm(data, need=known, initial={"text": said.words} if said else None)
    if data is not None and not is_asking and form.is_valid():
        try:
            facts, today = form.facts(), timezone.localdate()
            if known:
                made = actions.change_need(known, facts, by=request.user, why=form.cleaned_data["why"])
            elif said:
                made = actions.record_need_said(said, facts, by=request.user, today=today)
            else:
                made = actions.record_need(area, facts, by=request.user, today=today)
        except ValidationError as refused:
            show_problems(form, refused)
        else:
            messages.success(request, _("ニーズを保存しました。合う支援メニューを下に示します。"))
            return redirect(made)
    text = str((data if data is not None else form.initial).get("text", ""))
    shown = {"area": area, "form": form} | _proposed(area, known, text)
    if request.htmx:
        return render(request, "support/_proposals.html", shown)
    title = _("ニーズを直す") if known else _("%(area)sのニーズを書く") % {"area": area}
    return render(
        request,
        "support/need_form.html",
        shown | {"title": title, "need": known, "breadcrumbs": [*(way or way_to(area)), (title, "")]},
        status=422 if data is not None and not is_asking else 200,
    )


def _taken(request: HttpRequest) -> Any:
    """What was typed, with the proposal that was taken."""
    data = request.POST.copy()
    if field := data.get("take_field"):
        data["field"] = field
    if (solution := data.get("take_solution")) and solution not in data.getlist("solutions"):
        data.appendlist("solutions", solution)
    return data


def _proposed(area: Area, known: Need | None, text: str) -> dict[str, Any]:
    """Proposals and doubles for some words; none for words longer than a need may be (4 queries)."""
    words = text.strip()[:4000].replace("\x00", "")
    if not words:
        return {"fields": [], "solutions": [], "doubles": [], "has_words": False}
    fields, solutions = queries.proposals(words, timezone.localdate())
    doubles = queries.doubles_of(area, words, but=known.pk if known else None)[:3]
    return {"fields": fields, "solutions": solutions, "doubles": doubles, "has_words": True}


def _deed_page(
    request: HttpRequest, shown: Need, form: Any, *, title: str, button: str, lead: str = ""
) -> HttpResponse:
    return render(
        request,
        "support/need_deed.html",
        {
            "need": shown,
            "form": form,
            "title": title,
            "button": button,
            "lead": lead,
            "breadcrumbs": [*way_to(shown.area), (japanese(str(shown)), shown.get_absolute_url()), (title, "")],
        },
        status=422 if form.is_bound else 200,
    )


@require_http_methods(["GET", "POST"])
def answer_need(request: HttpRequest, pk: int) -> HttpResponse:
    """The form in which a need is answered."""
    shown = need_seen(request, pk)
    if not can_answer_need(request.user, shown):
        raise PermissionDenied(NOT_ANSWERING)
    form = AnswerForm(request.POST if request.method == "POST" else None, initial={"answer": shown.answer})
    if form.is_valid():
        try:
            actions.answer_need(shown, form.cleaned_data["answer"], by=request.user, today=timezone.localdate())
        except ValidationError as refused:
            show_problems(form, refused)
        else:
            messages.success(request, _("回答しました。"))
            return redirect(shown)
    return _deed_page(request, shown, form, title=_("ニーズに回答する"), button=_("回答する"))


@require_http_methods(["GET", "POST"])
def close_need(request: HttpRequest, pk: int) -> HttpResponse:
    """The form that says what became of a need."""
    shown = need_seen(request, pk)
    if not (can_write_needs_of(request.user, shown.area) or can_answer_need(request.user, shown)):
        raise PermissionDenied(NOT_YOURS)
    form = CloseForm(request.POST if request.method == "POST" else None, initial={"result": shown.result})
    if form.is_valid():
        try:
            actions.close_need(shown, form.cleaned_data["result"], by=request.user, today=timezone.localdate())
        except ValidationError as refused:
            show_problems(form, refused)
        else:
            messages.success(request, _("ニーズを終えました。"))
            return redirect(shown)
    return _deed_page(request, shown, form, title=_("ニーズを終える"), button=_("終える"))


@require_http_methods(["GET", "POST"])
def merge_needs(request: HttpRequest, pk: int) -> HttpResponse:
    """The form that lets needs of one area stand as one; those likest by their words come first."""
    shown = need_seen(request, pk)
    if not can_write_needs_of(request.user, shown.area):
        raise PermissionDenied(NOT_YOURS)
    alike = {each.need.pk: each for each in queries.doubles_of(shown.area, f"{shown.title}\n{shown.text}", but=pk)}
    labels = {
        key: _("%(title)s（同じ言葉：%(words)s）") % {"title": each.need.title, "words": "、".join(each.words)}
        for key, each in alike.items()
    }
    rest = Need.objects.filter(area=shown.area).exclude(Q(state=Need.State.MERGED) | Q(pk__in=[pk, *labels]))
    labels |= {each.pk: each.title for each in rest[:LISTED]}
    form = MergeForm(request.POST if request.method == "POST" else None, need=shown, labels=labels)
    if form.is_valid():
        try:
            said = form.cleaned_data
            actions.merge_needs(shown, said["others"], by=request.user, why=said["why"])
        except ValidationError as refused:
            show_problems(form, refused)
        else:
            messages.success(request, _("ニーズを一つにまとめました。"))
            return redirect(shown)
    lead = _("選んだニーズはこのニーズに統合され、住所はこのニーズに通じます。数は一つになります。")
    return _deed_page(request, shown, form, title=_("同じニーズをまとめる"), button=_("まとめる"), lead=lead)


def _visibility(need: Need) -> str:
    return str(_("庁内限り") if need.is_internal else _("一般に公開"))


COLUMNS = (
    Column(
        "heard_on",
        gettext_lazy("聞いた日"),
        lambda row: row.heard_on,
        ("is_own", "heard_on"),
        show=lambda row: day_marked(row.heard_on),
    ),
    Column("area", gettext_lazy("団体"), lambda row: row.area.name, ("area__code",), show=lambda row: str(row.area)),
    Column("code", gettext_lazy("団体コード"), lambda row: row.area.code, ("area__code",)),
    Column(
        "title",
        gettext_lazy("ひとことで"),
        lambda row: row.title,
        ("title",),
        link=Need.get_absolute_url,
        show=lambda row: in_japanese(row.title),
    ),
    Column(
        "text",
        gettext_lazy("困りごと"),
        lambda row: row.text,
        show=lambda row: in_japanese(Truncator(row.text).chars(60)),
    ),
    Column(
        "field",
        gettext_lazy("分野"),
        lambda row: row.field.name if row.field else "",
        ("field__order",),
        show=lambda row: in_japanese(row.field) if row.field else "—",
    ),
    Column("urgency", gettext_lazy("いつまでに"), lambda row: row.get_urgency_display(), ("urgency",)),
    Column("state", gettext_lazy("状態"), lambda row: row.get_state_display(), ("state",)),
    Column("heard", gettext_lazy("どこで聞いたか"), lambda row: row.get_heard_display(), ("heard",)),
    Column("shown_to", gettext_lazy("見せる範囲"), _visibility, ("is_internal",)),
)
STATES = [(each.value, each.label) for each in Need.State if each != Need.State.MERGED]


def _of_prefecture(rows: QuerySet[Any], value: str) -> QuerySet[Any]:
    return rows.filter(Q(area__prefecture__code=value) | Q(area__code=value))


def _of_field(rows: QuerySet[Any], value: str) -> QuerySet[Any]:
    return rows.filter(field=None if value == "none" else value)


def _with_words(rows: QuerySet[Any], value: str) -> QuerySet[Any]:
    return rows.filter(Q(title__icontains=value) | Q(text__icontains=value))


@public
@require_GET
def need_list(request: HttpRequest) -> HttpResponse:
    """The needs that the user may see, those of the own area first, as a table and as a file."""
    own = [each.area for each in memberships_of(request.user) if each.area]
    table = Table(
        request=request,
        rows=queries.needs_visible_to(request.user).select_related(None).select_related("area", "field"),
        name="needs",
        title=gettext_lazy("ニーズ・課題の一覧"),
        order="-heard_on",
        columns=COLUMNS,
        empty=_("ニーズはまだありません。団体のページから書けます。"),
        filters=[
            Filter("state", gettext_lazy("状態"), lambda rows, value: rows.filter(state=value), STATES),
            Filter(
                "field",
                gettext_lazy("分野"),
                _of_field,
                [*((each.key, each) for each in Field.objects.all()), ("none", gettext_lazy("分野なし"))],
                is_japanese=True,
            ),
            Filter(
                "block",
                gettext_lazy("地域ブロック"),
                lambda rows, value: rows.filter(area__block=value),
                [(each.key, each) for each in Block.objects.all()],
            ),
            Filter(
                "prefecture", gettext_lazy("都道府県"), _of_prefecture, [(each.code, each) for each in prefectures()]
            ),
            Filter(
                "heard",
                gettext_lazy("どこで聞いたか"),
                lambda rows, value: rows.filter(heard=value),
                Need.Heard.choices,
            ),
            Filter("area", gettext_lazy("団体コード"), lambda rows, value: rows.filter(area__code=fold(value))),
            Filter("q", gettext_lazy("言葉"), _with_words),
        ],
    )
    return table.download() or render(
        request,
        "support/need_list.html",
        {
            "table": table,
            "today": timezone.localdate(),
            "own": [each for each in own if can_write_needs_of(request.user, each)],
            "may_see_unmet": can_see_unmet(request.user),
            "breadcrumbs": [(_("ニーズ・課題の一覧"), "")],
        },
    )


@public
@require_GET
def panel_needs(request: HttpRequest, code: str) -> HttpResponse:
    """The open needs of an area, for its page; without scripts the list of all of them."""
    area = find_area(code)
    list_url = f"{reverse('support:need_list')}?area={area.code}"
    if not request.htmx:
        return redirect(list_url)
    found = queries.needs_visible_to(request.user).filter(area=area, state__in=[Need.State.OPEN, Need.State.ANSWERED])
    return render(
        request,
        "support/_needs.html",
        {
            "area": area,
            "needs": found[:IN_PANEL],
            "list_url": list_url,
            "as_of": timezone.localdate(),
            "may_write": can_write_needs_of(request.user, area),
        },
    )


def _size_label(key: str) -> str:
    """A group of areas by its lower end, as people say it."""
    if key in {"prefecture", "none"}:
        return _("都道府県") if key == "prefecture" else _("人口が未登録")
    sizes = (0, *queries.SIZES)
    low = int(key)
    high = next((each for each in sizes if each > low), None)
    if high is None:
        return _("%(low)s人以上") % {"low": f"{low:,}"}
    return (
        _("%(low)s人以上%(high)s人未満") % {"low": f"{low:,}", "high": f"{high:,}"}
        if low
        else _("%(high)s人未満") % {"high": f"{high:,}"}
    )


@require_GET
def unmet(request: HttpRequest) -> HttpResponse:
    """Needs by field and block, prefecture, or size of area, against schemes that can be asked for, as map, table, file.

    `?field=&group=` lists a cell's; the map is of that field.
    """
    if not can_see_unmet(request.user):
        raise PermissionDenied(NOT_COUNTING)
    shown, as_of, status = day_asked_for(request)
    by = request.GET.get("by", "")
    by = by if by in queries.GROUPED else "block"
    hour = queries.hour_of(as_of, timezone.now())
    found = queries.unmet(as_of, by, hour)
    labels = {key: _size_label(key) if by == "population" else str(block) for key, block in found.groups}
    if request.GET.get("format") in exports.CONTENT_TYPES:
        return _as_file(request, found, labels, by, as_of)
    fields: dict[str, Any] = {row.key if row else "none": row for row, _cells, _sum in found.rows}
    field, group = request.GET.get("field", ""), request.GET.get("group", "")
    is_cell = (field in fields or field == "all") and (not group or group in labels)
    of_map = field if field in fields else "all"
    cells = next((cells for row, cells, _sum in found.rows if (row.key if row else "none") == of_map), found.of_groups)
    listed = (
        queries.unmet_needs(as_of, by=by, field=field, group=group, user=request.user, hour=hour) if is_cell else []
    )
    asked = f"by={by}&as_of={as_of.isoformat()}"
    parts, box = (
        queries.unmet_map(cells, labels, by=by, link=f"?{asked}&field={of_map}&group=")
        if by != "population"
        else ([], "")
    )
    return render(
        request,
        "support/unmet.html",
        shown
        | {
            "found": found,
            "by": by,
            "labels": labels,
            "rows": [
                (
                    row,
                    row.key if row else "none",
                    [(group, labels[group], cell) for group, cell in cells.items()],
                    whole,
                )
                for row, cells, whole in found.rows
            ],
            "of_groups": [(labels[group], cell) for group, cell in found.of_groups.items()],
            "asked": asked,
            "map": draw_map(parts, box=box, says=_("満たされていないニーズの地図")) if parts else "",
            "of_map": of_map,
            "map_of": fields.get(of_map) or (_("分野なし") if of_map == "none" else _("すべての分野")),
            "fields": fields,
            "places": [(group, labels[group], cell) for group, cell in cells.items() if cell.needs],
            "cell": (fields.get(field), labels.get(group, ""), field == "all") if is_cell else None,
            "is_cell": is_cell,
            "listed": listed[:LISTED],
            "number": len(listed),
            "downloads": [
                ("CSV", f"?{asked}&format=csv"),
                ("CSV (Shift_JIS)", f"?{asked}&format=csv&encoding=cp932"),
                ("Excel", f"?{asked}&format=xlsx"),
                ("JSON", f"?{asked}&format=json"),
            ],
            "breadcrumbs": [
                (_("ニーズ・課題の一覧"), reverse("support:need_list")),
                (_("満たされていないニーズ"), ""),
            ],
        },
        status=status,
    )


# As the page has it; the file that goes into a budget request says it with every row.
DEFINITION = gettext_lazy(
    "この日までに聞き、終えていないニーズ（庁内限りを含み、統合したものは一つ）。"
    "同じ分野の、または分野を問わない支援メニューでその日に受付中のもので分けた"
)


def _as_file(request: HttpRequest, found: queries.Unmet, labels: dict[str, str], by: str, as_of: date) -> HttpResponse:
    """A row for each field and group of areas, with the sums, the day, the definition, and where its needs are listed."""
    here = request.build_absolute_uri(request.path)

    def row(field: Field | None, name: str, group: str, cell: Cell, key: str) -> list[Any]:
        of_field = "all" if name == _("合計") else field.key if field else "none"
        records = f"{here}?by={by}&as_of={as_of.isoformat()}&field={of_field}&group={key}#cell"
        numbers = [cell.needs, cell.yes, cell.unknown, cell.unmet]
        return [field.key if field else "", name, group, *numbers, as_of, str(DEFINITION), records]

    lines = []
    for field, cells, whole in found.rows:
        name = field.name if field else _("分野なし")
        lines += [row(field, name, labels[group], cell, group) for group, cell in cells.items()]
        lines.append(row(field, name, _("合計"), whole, ""))
    lines += [row(None, _("合計"), labels[group], cell, group) for group, cell in found.of_groups.items()]
    lines.append(row(None, _("合計"), _("合計"), found.all, ""))
    table = exports.Table(
        columns=[
            ("field", _("分野の記号")),
            ("field_name", _("分野")),
            ("group", {"population": _("人口"), "prefecture": _("都道府県")}.get(by, _("地域ブロック"))),
            ("needs", _("ニーズ")),
            ("yes", _("使えるメニューがある")),
            ("unknown", _("使えるか分からない")),
            ("unmet", _("満たされていない")),
            ("as_of", _("時点")),
            ("definition", _("定義")),
            ("records", _("もとのニーズ")),
        ],
        rows=lines,
        title=_("満たされていないニーズ"),
    )
    encoding = "cp932" if request.GET.get("encoding") == "cp932" else "utf-8-sig"
    return exports.download(table, format=request.GET["format"], encoding=encoding, filename="unmet-needs")
