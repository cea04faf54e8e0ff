"""The API of support: needs that are open to all (`needs`)."""

from itoguchi.support.api import needs

router = needs.router
__all__ = ["needs", "router"]
