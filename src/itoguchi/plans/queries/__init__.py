"""What people ask of plans: the first step of an area (`first_step`)."""

from itoguchi.plans.queries.first_step import (
    Cost,
    CostOfPeers,
    Helper,
    NextAction,
    Peer,
    Sheet,
    sheet_of,
    solutions_by_key,
)

__all__ = [
    "Cost",
    "CostOfPeers",
    "Helper",
    "NextAction",
    "Peer",
    "Sheet",
    "sheet_of",
    "solutions_by_key",
]
