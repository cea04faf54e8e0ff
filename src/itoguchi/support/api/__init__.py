"""The API of support: schemes and their windows (`schemes`), and needs that are open to all (`needs`)."""

from itoguchi.support.api import schemes, needs  # noqa: I001  (in this order the tables are listed)

router = schemes.router
__all__ = ["needs", "router", "schemes"]
