"""A writing request is done once: sent again with the same key, it gets the same answer."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from itoguchi.core.api.problems import CONTENT_TYPE, Refusal, refused
from itoguchi.core.models import AnsweredRequest

HEADER = "Idempotency-Key"
PATTERN = r"^[!-~]{8,100}$"
TAKE = "INSERT INTO core_answeredrequest (key, fingerprint, status, content) VALUES (%s, %s, 0, '')"


def once(request: HttpRequest, write: Callable[[], HttpResponse]) -> HttpResponse:
    """The answer of `write`, or the one that the same request got before; a refused request leaves nothing behind."""
    given = request.headers.get(HEADER, "")
    if not re.fullmatch(PATTERN, given):
        return refused(
            Refusal(
                400,
                "idempotency_key",
                _(
                    "ヘッダー Idempotency-Key に、この書き込みだけの文字列（8〜100文字の英数字・記号）を付けてください。"
                ),
            )
        )
    # The token is part of the key: nobody is answered what another asked.
    key = _digest(request.headers.get("Authorization", ""), given)
    fingerprint = _digest(str(request.method), request.get_full_path(), request.body.hex())
    with transaction.atomic():
        if known := _known(key, fingerprint):
            return _again(known, fingerprint)
        answer = write()
        if answer.status_code >= 400:
            transaction.set_rollback(True)
        else:
            AnsweredRequest.objects.filter(key=key).update(status=answer.status_code, content=answer.content.decode())
    return answer


def _known(key: str, fingerprint: str) -> AnsweredRequest | None:
    """The row that was there; else one is taken, for which the same request sent at the same moment has to wait."""
    with connection.cursor() as cursor:
        cursor.execute(f"{TAKE} ON CONFLICT DO NOTHING", [key, fingerprint])
        is_new = cursor.rowcount == 1
    return None if is_new else AnsweredRequest.objects.get(key=key)


def _again(known: AnsweredRequest, fingerprint: str) -> HttpResponse:
    if known.fingerprint != fingerprint:
        return refused(
            Refusal(
                409,
                "idempotency_key_reused",
                _("この Idempotency-Key は別の書き込みに使われています。書き込みごとに新しくしてください。"),
            )
        )
    answer = HttpResponse(known.content, status=known.status, content_type=CONTENT_TYPE)
    answer["Idempotent-Replayed"] = "true"
    return answer


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
