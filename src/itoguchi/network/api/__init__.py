"""The API of the network: meetings, recommendations and threads (`meetings`), their papers (`papers`), opinions (`opinions`),
members (`threads`)."""

from itoguchi.network.api import opinions, papers, threads  # they open their own operations on the router
from itoguchi.network.api.meetings import router

__all__ = ["opinions", "papers", "router", "threads"]
