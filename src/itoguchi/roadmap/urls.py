"""Addresses of the room roadmap."""

from __future__ import annotations

from typing import Any

app_name = "roadmap"
urlpatterns: list[Any] = []
