"""Pages of briefings: coverage, the list, one briefing, panels, planning, approving, and the visit log."""

from itoguchi.outreach.views.coverage import (
    briefing,
    briefing_list,
    coverage,
    coverage_map,
    panel_area,
    panel_block,
)
from itoguchi.outreach.views.planning import cancel, change, decide, drafts, hold, plan
from itoguchi.outreach.views.visits import change_visit, log_visit, visit, visit_list

__all__ = [
    "briefing",
    "briefing_list",
    "cancel",
    "change",
    "change_visit",
    "coverage",
    "coverage_map",
    "decide",
    "drafts",
    "hold",
    "log_visit",
    "panel_area",
    "panel_block",
    "plan",
    "visit",
    "visit_list",
]
