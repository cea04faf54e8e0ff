"""Schemes as files, out and in; a file is shown as what would change before it is written, all of it or nothing."""

from __future__ import annotations

import base64
import zlib
from typing import Any

from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from itoguchi.core import exports
from itoguchi.core.doors import public
from itoguchi.core.imports import ImportRefused, Problem
from itoguchi.support.access import can_keep_schemes
from itoguchi.support.actions.schemes import NOT_YOURS
from itoguchi.support.exchange import CREDIT, JGRANTS
from itoguchi.support.forms.schemes import SchemeFileForm
from itoguchi.support.scheme_files import SchemeFile, bring_in, jgrants_of, outgoing, read_file, table_of, too_long
from itoguchi.support.views.schemes import crumbs

KINDS = (
    ("CSV", "?format=csv"),
    ("CSV (Shift_JIS)", "?format=csv&encoding=cp932"),
    ("Excel", "?format=xlsx"),
    ("Jグランツ JSON", "?format=jgrants"),
)
SALT = "support.scheme_files"
AN_HOUR = 60 * 60
LARGEST_PACKED = 1_800_000  # characters that a form may carry back
FEW = 20


@public
@require_GET
def scheme_files(request: HttpRequest) -> HttpResponse:
    """All schemes as 支援制度情報一覧 or as jGrants answers; what a file would lose is said first."""
    found, asked = outgoing(), request.GET.get("format", "")
    if asked == "jgrants":
        answer = HttpResponse(jgrants_of(found), content_type="application/json; charset=utf-8")
        answer["Content-Disposition"] = 'attachment; filename="jgrants.json"'
        answer["X-Content-Type-Options"] = "nosniff"
        return answer
    table = table_of(found)
    if asked in {"csv", "xlsx"}:
        encoding = "cp932" if request.GET.get("encoding") == "cp932" else "utf-8-sig"
        return exports.download(table, format=asked, encoding=encoding, filename="support-schemes")
    _data, replaced = exports.write_csv(table, encoding="cp932")
    return render(
        request,
        "support/scheme_files.html",
        {
            "count": len(found),
            "kinds": KINDS,
            "long": too_long(found),
            "replaced": replaced[:FEW],
            "replaced_count": len(replaced),
            "credit": CREDIT,
            "may_keep": can_keep_schemes(request.user),
            "breadcrumbs": crumbs((_("ファイルで書き出す"), "")),
        },
    )


@require_http_methods(["GET", "POST"])
def import_schemes(request: HttpRequest) -> HttpResponse:
    """Choose a file, see what it would change, confirm; a file with a problem writes nothing."""
    if not can_keep_schemes(request.user):
        raise PermissionDenied(NOT_YOURS)
    if "packed" in request.POST:
        return _confirm(request)
    form = SchemeFileForm(*([request.POST, request.FILES] if request.method == "POST" else []))
    if not form.is_valid():
        return _page(request, form, status=422 if form.is_bound else 200)
    file = form.cleaned_data["file"]
    about = {"name": file.name[:200]} | {name: form.cleaned_data[name] for name in ("source", "why")}
    return _preview(request, form, about, file.read())


def _preview(request: HttpRequest, form: SchemeFileForm, about: dict[str, str], data: bytes) -> HttpResponse:
    try:
        file = read_file(data, about["name"], about["source"])
    except ImportRefused as refused:
        return _page(request, form, status=422, refused=refused)
    told = about | {
        "data": base64.b64encode(zlib.compress(data, 9)).decode(),
        "by": request.user.pk,
        "seen": _seen(file),
    }
    packed = signing.dumps(told, salt=SALT)
    if len(packed) > LARGEST_PACKED:
        large = Problem(
            None, None, _("ファイルが大きすぎます。"), _("実施主体や検索の言葉ごとに、いくつかに分けてください。")
        )
        return _page(request, form, status=422, refused=ImportRefused([large]))
    return _page(
        request,
        form,
        name=about["name"],
        new=[each for each in file.given if each.scheme is None],
        changed=[each for each in file.given if each.scheme and each.changes],
        kept=[each for each in file.given if each.scheme and each.kept],
        same=sum(each.is_same for each in file.given),
        gone=file.gone,
        credit=CREDIT if file.format is JGRANTS else "",
        packed=packed,
    )


def _seen(file: SchemeFile) -> str:
    """What a preview showed, so that something else is never written."""
    said = [f"{each.row} {each.scheme and each.scheme.key} {each.changes!r}" for each in file.given]
    return f"{zlib.crc32(repr(said).encode())} {len(said)}"


def _confirm(request: HttpRequest) -> HttpResponse:
    form = SchemeFileForm()
    try:
        told = signing.loads(request.POST["packed"], salt=SALT, max_age=AN_HOUR)
    except signing.BadSignature:
        told = {}
    if told.get("by") != request.user.pk:
        messages.error(request, _("確かめてから時間がたちました。もう一度ファイルを選んでください。"))
        return redirect("support:import_schemes")
    data = zlib.decompress(base64.b64decode(told["data"]))
    about = {name: told[name] for name in ("name", "source", "why")}
    try:
        with transaction.atomic():
            file = read_file(data, told["name"], told["source"])
            if _seen(file) != told["seen"]:
                messages.warning(request, _("確かめたあとに記録が変わりました。もう一度確かめてください。"))
                return _preview(request, form, about, data)
            bring_in(file, size=len(data), by=request.user, **about)
    except ImportRefused as refused:
        return _page(request, form, status=422, refused=refused)
    except ValidationError as refused:
        problems = [Problem(None, None, text, _("その行を直してください。")) for text in refused.messages]
        return _page(request, form, status=422, refused=ImportRefused(problems))
    news = len(file.news)
    messages.success(
        request,
        _("取り込みました：新しい・変わった支援メニュー %(news)s件、変更なし %(same)s件。")
        % {"news": news, "same": len(file.given) - news},
    )
    return redirect("support:schemes")


def _page(request: HttpRequest, form: SchemeFileForm, *, status: int = 200, **shown: Any) -> HttpResponse:
    nothing: dict[str, Any] = {
        "refused": None,
        "packed": "",
        "new": [],
        "changed": [],
        "kept": [],
        "gone": [],
        "same": 0,
        "name": "",
    }
    crumb = crumbs((_("ファイルの取り込み"), ""))
    return render(
        request, "support/scheme_import.html", nothing | {"form": form, "breadcrumbs": crumb} | shown, status=status
    )
