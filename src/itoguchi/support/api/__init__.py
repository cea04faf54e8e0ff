"""The API of support: schemes and their windows (`schemes`), needs that are open to all (`needs`), who pays (`money`)."""

from itoguchi.support.api import schemes, needs, money  # noqa: I001  (in this order the tables are listed)

router = schemes.router
__all__ = ["money", "needs", "router", "schemes"]
