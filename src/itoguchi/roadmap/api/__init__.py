"""The API of the roadmap: what it aims at (`aims`), what exists where (`records`), and how it fares (`follow_up`)."""

from itoguchi.roadmap.api import aims, records, follow_up  # noqa: I001  (in this order the tables are listed)

router = aims.router
__all__ = ["aims", "follow_up", "records", "router"]
