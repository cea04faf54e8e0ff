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
    query = f"?{request.META['QUERY_STRING']}" if request.META.get("QUERY_STRING") else ""
    return {
        "is_sample_world": settings.IS_SAMPLE_WORLD,
        "is_demo": settings.IS_DEMO,
        "rooms": [
            {"label": label, "url": url, "is_here": path_without_language(url).split("/")[1] == plain.split("/")[1]}
            for label, url in ((label, address_of(name)) for name, label in settings.NAVIGATION)
        ],
        "path_ja": plain + query,
        "path_en": f"/en{plain}{query}",
    }
