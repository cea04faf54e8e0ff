"""Sessions in PostgreSQL that know whose they are, and how somebody signs in: where, when and with which factor."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from django.conf import settings
from django.contrib.auth import SESSION_KEY, login
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.http import HttpRequest
from django.utils import timezone

from itoguchi.accounts.models import Account, Session

BEGUN, DEVICE, ADDRESS, FACTOR = "begun", "device", "address", "factor"
FRESH = 15 * 60  # seconds after sign-in in which factors may be changed


class SessionStore(DatabaseStore):
    """Django's sessions, with account, device and moment in columns of their own."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        made = cast(Session, super().create_model_instance(data))
        made.account_id = data.get(SESSION_KEY)
        made.device, made.address = data.get(DEVICE, ""), data.get(ADDRESS, "")
        made.begun_at = datetime.fromisoformat(data[BEGUN]) if BEGUN in data else None
        return made


def begin(request: HttpRequest, account: Account, factor: str = "") -> None:
    """Sign `account` in on this device; `factor` names the second factor that was shown."""
    login(request, account, backend=settings.AUTHENTICATION_BACKENDS[0])
    request.session[BEGUN] = timezone.now().isoformat()
    request.session[DEVICE] = device_of(request.headers.get("User-Agent", ""))
    request.session[ADDRESS] = request.META.get("REMOTE_ADDR", "")[:100]
    request.session[FACTOR] = factor


def is_fresh(request: HttpRequest) -> bool:
    """Whether the sign-in is so young that nobody else sits at the device by now."""
    begun = request.session.get(BEGUN)
    return begun is not None and (timezone.now() - datetime.fromisoformat(begun)).total_seconds() < FRESH


def device_of(agent: str) -> str:
    """Browser and system in words.

    >>> device_of("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0")
    'Edge / Windows'
    >>> device_of("curl/8.5")
    ''
    """
    browsers = {"Edg/": "Edge", "OPR/": "Opera", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari"}
    systems = {"Windows": "Windows", "Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Mac OS": "macOS",
               "CrOS": "ChromeOS", "Linux": "Linux"}  # fmt: skip
    found = (next((name for mark, name in each.items() if mark in agent), "") for each in (browsers, systems))
    return " / ".join(name for name in found if name)
