"""Whether the site can answer, for machines that watch it; and what to say while the database is away."""

from __future__ import annotations

import hmac
import sys
from functools import cache

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden, JsonResponse
from django.template.loader import render_to_string
from django.views.decorators.http import require_GET

from itoguchi.core.api.door import broken
from itoguchi.core.doors import public
from itoguchi.core.metrics import metrics as metrics_text
from itoguchi.core.outages import PATIENCE, is_passing

LOOPBACK = {"127.0.0.1", "::1"}
LATE = 60
HEARTBEAT = "SELECT extract(epoch FROM now() - max(last_heartbeat)) FROM procrastinate_workers"


@public
@require_GET
def health(_request: HttpRequest) -> JsonResponse:
    """The process answers; nothing else is asked."""
    return JsonResponse({"site": "ok"})


@public
@require_GET
def ready(_request: HttpRequest) -> JsonResponse:
    """200 when pages can be answered: the database is there and on today's tables.

    A worker that is late is told but keeps the site open: pages do not need it, and mails wait.
    """
    parts = {"database": "ok", "migrations": "ok", "worker": "ok"}
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT app || '.' || name FROM django_migrations")
            if not known_migrations() <= {name for (name,) in cursor.fetchall()}:
                parts["migrations"] = "missing"
            else:
                cursor.execute(HEARTBEAT)
                row = cursor.fetchone()
                if row[0] is None or row[0] > LATE:
                    parts["worker"] = "late"
    except DatabaseError:
        parts |= {"database": "unavailable", "migrations": "unknown", "worker": "unknown"}
    is_ready = parts["database"] == parts["migrations"] == "ok"
    return JsonResponse(parts, status=200 if is_ready else 503)


@public
@require_GET
def metrics(request: HttpRequest) -> HttpResponse:
    """For this machine itself, or with the token; never through a proxy without it."""
    sent = request.headers.get("Authorization", "").removeprefix("Bearer ")
    knows = bool(settings.METRICS_TOKEN) and hmac.compare_digest(sent.encode(), settings.METRICS_TOKEN.encode())
    is_here = request.META["REMOTE_ADDR"] in LOOPBACK and "X-Forwarded-For" not in request.headers
    if not (knows or is_here):
        return HttpResponseForbidden("ITOGUCHI_METRICS_TOKEN", content_type="text/plain; charset=utf-8")
    return HttpResponse(metrics_text(), content_type="text/plain; version=0.0.4; charset=utf-8")


@cache
def known_migrations() -> frozenset[str]:
    """Every migration of this release."""
    return frozenset(f"{app}.{name}" for app, name in MigrationLoader(None, ignore_no_migrations=True).disk_migrations)


def server_error(request: HttpRequest) -> HttpResponse:
    """503 when the database is away or a disk is full, and it helps to try again; 500 for a fault of ours."""
    error = sys.exc_info()[1]
    if error is not None and request.path_info.startswith("/api/"):
        return broken(request, error)
    if not is_passing(error):
        return HttpResponse(render_to_string("500.html"), status=500)
    return HttpResponse(render_to_string("503.html"), status=503, headers={"Retry-After": str(PATIENCE)})
