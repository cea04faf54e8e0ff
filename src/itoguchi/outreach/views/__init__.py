"""Pages of briefings: coverage, the list, one briefing, panels, planning and approving."""

from itoguchi.outreach.views.coverage import (
    briefing,
    briefing_list,
    coverage,
    coverage_map,
    panel_area,
    panel_block,
)
from itoguchi.outreach.views.planning import cancel, change, decide, drafts, hold, plan

__all__ = [
    "briefing",
    "briefing_list",
    "cancel",
    "change",
    "coverage",
    "coverage_map",
    "decide",
    "drafts",
    "hold",
    "panel_area",
    "panel_block",
    "plan",
]
