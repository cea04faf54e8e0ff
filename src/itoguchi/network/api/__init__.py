"""The API of the network: meetings, recommendations and threads (`meetings`), opinions (`opinions`), members (`threads`)."""

from itoguchi.network.api import opinions, threads  # they open their own operations on the router
from itoguchi.network.api.meetings import router

__all__ = ["opinions", "router", "threads"]
