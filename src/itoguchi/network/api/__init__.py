"""The API of the network: meetings, recommendations and threads (`meetings`), opinions (`opinions`)."""

from itoguchi.network.api.meetings import router

__all__ = ["router"]
