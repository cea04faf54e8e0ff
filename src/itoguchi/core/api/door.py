"""In front of every operation: how often one may ask, what can't be asked, and answers sent only when they changed."""

from __future__ import annotations

import gzip
import hashlib
import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from threading import Lock
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags
from django.utils.translation import gettext_lazy as _

from itoguchi.core import throttle
from itoguchi.core.api.problems import CONTENT_TYPE, Refusal, refused
from itoguchi.core.doors import public
from itoguchi.core.outages import PATIENCE, is_passing
from itoguchi.core.queries import state_of_records
from itoguchi.core.wording import say

View = Callable[..., HttpResponse]
READING = ("GET", "HEAD", "OPTIONS")
MINUTE = 60
MOST_KEPT, LARGEST_KEPT = 64, 1024 * 1024
SMALLEST_PACKED = 500
EXPOSED = "ETag, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After"

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as it is sent again while the records are in the same state."""

    etag: str
    content_type: str
    disposition: str
    content: bytes
    packed: bytes


_kept: OrderedDict[tuple[str, ...], Kept] = OrderedDict()
_lock = Lock()


def open_door(view: View) -> View:
    """The view of an operation behind the API's door; who may come in further is the operation's own matter."""

    @wraps(view)
    def enter(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        used, left = throttle.count(f"api {request.META.get('REMOTE_ADDR', '')}", seconds=MINUTE)
        if used > settings.API_LIMIT:
            response = refused(
                Refusal(429, "too_many", say(_("問い合わせが多すぎます。%(left)s秒待ってください。"), left=left))
            )
            response["Retry-After"] = str(left)
        elif refusal := _never(request):
            response = refused(refusal)
        elif request.method == "OPTIONS":
            response = HttpResponse(status=204)
        elif request.method in READING:
            response = _read(request, lambda: view(request, *args, **kwargs))
        else:
            response = view(request, *args, **kwargs)
        if response.status_code == 405:
            response = _not_this_way(response)
        if request.method in READING:
            _for_other_sites(response)
        response["RateLimit-Limit"] = str(settings.API_LIMIT)
        response["RateLimit-Remaining"] = str(max(0, settings.API_LIMIT - used))
        response["RateLimit-Reset"] = str(left)
        return response

    enter.csrf_exempt = True  # type: ignore[attr-defined]  # a token says who writes; cookies are not looked at
    return public(enter)


def _never(request: HttpRequest) -> Refusal | None:
    """What no operation takes."""
    if any("\x00" in text for key in request.GET for text in (key, *request.GET.getlist(key))):
        return Refusal(400, "nul", _("文字コード0の文字は使えません。除いてください。"))
    try:
        size = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        size = 0
    if size > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1024
        return Refusal(
            413, "too_large", say(_("本文が大きすぎます（%(most)s KBまで）。分けて送ってください。"), most=most)
        )
    return None


def _not_this_way(response: HttpResponse) -> HttpResponse:
    allowed = response.headers.get("Allow", "")
    answer = refused(
        Refusal(405, "method", say(_("この住所では使えない方法です。使えるのは %(allowed)s です。"), allowed=allowed))
    )
    answer["Allow"] = allowed
    return answer


def _for_other_sites(response: HttpResponse) -> None:
    """Pages of other sites may read; nobody is signed in here, so there is nothing to take."""
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Allow-Methods"] = "GET, HEAD, OPTIONS"
    response["Access-Control-Allow-Headers"] = "If-None-Match, Accept"
    response["Access-Control-Expose-Headers"] = EXPOSED
    response["Access-Control-Max-Age"] = "86400"


def _read(request: HttpRequest, build: Callable[[], HttpResponse]) -> HttpResponse:
    """The answer, whole or as "not modified"; built anew only when a record has changed since.

    Inside a transaction, which sees its own writes, nothing is kept.
    """
    is_head = request.method == "HEAD"
    request.method = "GET"
    address = request.build_absolute_uri() if settings.ALLOWED_HOSTS else request.get_full_path()
    key = (state_of_records(), timezone.localdate().isoformat(), address)
    with _lock:
        kept = _kept.get(key) if not connection.in_atomic_block else None
    if kept is None:
        response = build()
        if response.status_code != 200:
            return _emptied(response) if is_head else response
        kept = _keep(key, response)
    answer = _whole(request, kept) if kept.etag not in _known(request) else HttpResponseNotModified()
    answer["ETag"] = kept.etag
    answer["Cache-Control"] = "public, no-cache"
    patch_vary_headers(answer, ("Accept-Encoding",))
    return _emptied(answer) if is_head else answer


def _known(request: HttpRequest) -> list[str]:
    return parse_etags(request.headers.get("If-None-Match", ""))


def _keep(key: tuple[str, ...], response: HttpResponse) -> Kept:
    content = response.content
    kept = Kept(
        etag=f'W/"{hashlib.sha256(content).hexdigest()[:32]}"',
        content_type=response["Content-Type"],
        disposition=response.headers.get("Content-Disposition", ""),
        content=content,
        packed=gzip.compress(content, 5, mtime=0) if len(content) >= SMALLEST_PACKED else b"",
    )
    if len(content) <= LARGEST_KEPT and not connection.in_atomic_block:
        with _lock:
            _kept[key] = kept
            while len(_kept) > MOST_KEPT:
                _kept.popitem(last=False)
    return kept


def _whole(request: HttpRequest, kept: Kept) -> HttpResponse:
    packs = kept.packed and "gzip" in request.headers.get("Accept-Encoding", "")
    answer = HttpResponse(kept.packed if packs else kept.content, content_type=kept.content_type)
    if packs:
        answer["Content-Encoding"] = "gzip"
    if kept.disposition:
        answer["Content-Disposition"] = kept.disposition
    return answer


def _emptied(answer: HttpResponse) -> HttpResponse:
    answer["Content-Length"] = str(len(answer.content))
    answer.content = b""
    return answer


@open_door
def nothing_here(request: HttpRequest, **_more: Any) -> HttpResponse:
    """Any other address under `/api/`."""
    return refused(Refusal(404, "not_found", _("この住所には何もありません。/api/ の説明を見てください。")))


def broken(_request: HttpRequest, error: BaseException | type[Exception]) -> HttpResponse:
    """What nobody foresaw: written down for the administrator, told without details."""
    if isinstance(error, BaseException) and is_passing(error):
        logger.error("a disk or the database is away", exc_info=error)
        text = _("いまは記録に届きません。少し待ってから、同じものをもう一度送ってください。")
        response = refused(Refusal(503, "unavailable", text))
        response["Retry-After"] = str(PATIENCE)
        return response
    logger.error("an operation of the API failed", exc_info=True)
    text = _("こちらの誤りで答えられませんでした。しばらくしてもう一度お試しください。")
    return refused(Refusal(500, "broken", text))


__all__ = ["CONTENT_TYPE", "broken", "nothing_here", "open_door"]
