"""What every page needs from the site: rooms for the navigation, the other language, the sample banner."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from itoguchi.core.addresses import address_of


def path_without_language(path: str) -> str:
    """`/en/areas/` → `/areas/`; Japanese paths carry no mark."""
    return path[3:] if path.startswith("/en/") else path


def site(request: HttpRequest) -> dict[str, Any]:
    """Template variables of the frame around every page."""
    plain = path_without_language(request.path)
    room = request.resolver_match.namespace if request.resolver_match else ""
    query = f"?{request.META['QUERY_STRING']}" if request.META.get("QUERY_STRING") else ""
    return {
        "is_sample_world": settings.IS_SAMPLE_WORLD,
        "is_demo": settings.IS_DEMO,
        "rooms": [
            {
                "label": label,
                "url": (url := address_of(name)),
                "here": "page" if url == request.path else "true" if name.partition(":")[0] == room else "",
            }
            for name, label in settings.NAVIGATION
        ],
        "path_ja": plain + query,
        "path_en": f"/en{plain}{query}",
    }
