"""Briefings as files: イベント一覧 and calendars, out and in; a file is shown before it is written, all of it or nothing."""

from __future__ import annotations

import base64
from typing import Any

from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from itoguchi.areas.models import Block
from itoguchi.areas.queries import prefectures
from itoguchi.core import exports
from itoguchi.core.doors import public
from itoguchi.core.events import calendar_response
from itoguchi.core.imports import ImportRefused
from itoguchi.core.journal import last_changes
from itoguchi.outreach import queries
from itoguchi.outreach.access import can_plan
from itoguchi.outreach.event_list import event_of, table_of, unknown_items
from itoguchi.outreach.files import bring_in, read_file
from itoguchi.outreach.forms import FileForm
from itoguchi.outreach.models import Briefing

KINDS = (("CSV", "csv", ""), ("CSV (Shift_JIS)", "csv", "cp932"), ("Excel", "xlsx", ""))
SALT = "outreach.files"
AN_HOUR = 60 * 60


def _site(request: HttpRequest) -> str:
    return request.build_absolute_uri("/").rstrip("/")


def _asked(request: HttpRequest) -> tuple[QuerySet[Briefing], str]:
    """Briefings narrowed by `?block=` and `?prefecture=`; an unknown one is not found."""
    found, query = queries.briefings(), []
    if key := request.GET.get("block", ""):
        if "\x00" in key or not Block.objects.filter(key=key).exists():
            raise Http404
        found = found.filter(pk__in=queries.of_block(key).values("pk"))
        query.append(f"block={key}")
    if code := request.GET.get("prefecture", ""):
        if "\x00" in code or not prefectures().filter(code=code).exists():
            raise Http404
        found = found.filter(counted_prefectures__area__code=code)
        query.append(f"prefecture={code}")
    return found.order_by("day", "order", "pk"), "&".join(query)


@public
@require_GET
def event_list(request: HttpRequest) -> HttpResponse:
    """The briefings as イベント一覧: what the file can't say is listed first, then it is downloaded."""
    asked, query = _asked(request)
    found = list(asked)
    if (kind := request.GET.get("format")) in {"csv", "xlsx"}:
        encoding = "cp932" if request.GET.get("encoding") == "cp932" else "utf-8-sig"
        table = table_of(found, _site(request))
        return exports.download(table, format=kind, encoding=encoding, filename="event-list")
    return render(
        request,
        "outreach/event_list.html",
        {
            "count": len(found),
            "unknown": unknown_items(found),
            "kinds": KINDS,
            "query": query,
            "block": request.GET.get("block", ""),
            "blocks": Block.objects.all(),
            "prefecture": request.GET.get("prefecture", ""),
            "prefectures": prefectures(),
            "calendar": request.build_absolute_uri(reverse("outreach:calendar") + (f"?{query}" if query else "")),
            "spreadsheet": request.build_absolute_uri(
                f"{reverse('api:briefings_csv')}?header={get_language()}&state=planned" + (f"&{query}" if query else "")
            ),
            "can_plan": can_plan(request.user),
            "breadcrumbs": [(_("説明会"), reverse("outreach:coverage")), (_("イベント一覧とカレンダー"), "")],
        },
    )


@public
@require_GET
def calendar(request: HttpRequest) -> HttpResponse:
    """The briefings as a calendar to subscribe to; cancelled ones stay in it, so that calendars strike them out."""
    return _calendar(request, list(_asked(request)[0]), "briefings")


@public
@require_GET
def briefing_calendar(request: HttpRequest, slug: str) -> HttpResponse:
    """One briefing as an event."""
    return _calendar(request, [get_object_or_404(queries.briefings(), slug=slug)], slug)


def _calendar(request: HttpRequest, found: list[Briefing], name: str) -> HttpResponse:
    changed, site = last_changes(Briefing), _site(request)
    events = [event_of(each, changed[each.pk], site) for each in found]
    return calendar_response(_("説明会（糸口）"), events, filename=name)


@require_http_methods(["GET", "POST"])
def import_file(request: HttpRequest) -> HttpResponse:
    """Choose a file, see what it would change, confirm; a file with a problem writes nothing."""
    if not can_plan(request.user):
        raise PermissionDenied(_("説明会を取り込めるのは、事務局と総合通信局等の担当者だけです。"))
    if "packed" in request.POST:
        return _confirm(request)
    form = FileForm(request.POST or None, request.FILES or None)
    if not form.is_valid():
        return _page(request, form, status=422 if form.is_bound else 200)
    file = form.cleaned_data["file"]
    return _preview(request, form, {"name": file.name[:200], "why": form.cleaned_data["why"]}, file.read())


def _preview(request: HttpRequest, form: FileForm, about: dict[str, str], data: bytes) -> HttpResponse:
    try:
        given, _digest = read_file(data, about["name"], timezone.localdate())
    except ImportRefused as refused:
        return _page(request, form, status=422, refused=refused)
    packed = about | {"data": base64.b64encode(data).decode(), "by": request.user.pk, "seen": _seen(given)}
    return _page(
        request,
        form,
        name=about["name"],
        new=[each for each in given if each.briefing is None],
        changed=[each for each in given if each.briefing and not each.is_same],
        same=sum(each.is_same for each in given),
        packed=signing.dumps(packed, salt=SALT, compress=True),
    )


def _seen(given: Any) -> list[str]:
    """What a preview showed, so that something else is never written."""
    return [f"{each.row} {each.briefing and each.briefing.slug} {each.differences!r}" for each in given]


def _confirm(request: HttpRequest) -> HttpResponse:
    form = FileForm()
    try:
        told = signing.loads(request.POST["packed"], salt=SALT, max_age=AN_HOUR)
    except signing.BadSignature:
        told = {}
    if told.get("by") != request.user.pk:
        messages.error(request, _("確かめてから時間がたちました。もう一度ファイルを選んでください。"))
        return redirect("outreach:import_file")
    data = base64.b64decode(told["data"])
    try:
        with transaction.atomic():
            given, digest = read_file(data, told["name"], timezone.localdate())
            if _seen(given) != told["seen"]:
                messages.warning(request, _("確かめたあとに記録が変わりました。もう一度確かめてください。"))
                return _preview(request, form, {"name": told["name"], "why": told["why"]}, data)
            bring_in(
                given,
                name=told["name"],
                sha256=digest,
                size=len(data),
                why=told["why"],
                by=request.user,
                today=timezone.localdate(),
            )
    except ImportRefused as refused:
        return _page(request, form, status=422, refused=refused)
    news = sum(not each.is_same for each in given)
    messages.success(
        request,
        _("取り込みました：新しい・変わった説明会 %(news)s件、変更なし %(same)s件。")
        % {"news": news, "same": len(given) - news},
    )
    return redirect("outreach:briefing_list")


def _page(request: HttpRequest, form: FileForm, *, status: int = 200, **shown: Any) -> HttpResponse:
    nothing: dict[str, Any] = {"refused": None, "packed": "", "new": [], "changed": [], "same": 0, "name": ""}
    crumbs = [(_("説明会"), reverse("outreach:coverage")), (_("ファイルの取り込み"), "")]
    return render(
        request, "outreach/import.html", nothing | {"form": form, "breadcrumbs": crumbs} | shown, status=status
    )
