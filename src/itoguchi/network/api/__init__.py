"""The API of the network: meetings, recommendations and threads (`meetings`), opinions (`opinions`)."""

from itoguchi.network.api import opinions  # it opens its own operations on the router
from itoguchi.network.api.meetings import router

__all__ = ["opinions", "router"]
