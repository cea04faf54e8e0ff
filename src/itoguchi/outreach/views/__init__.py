"""Pages of briefings: coverage, the list, one briefing, panels, planning, approving, and the visit log, files."""

from itoguchi.outreach.views.coverage import (
    briefing,
    briefing_list,
    coverage,
    coverage_map,
    panel_area,
    panel_block,
)
from itoguchi.outreach.views.files import briefing_calendar, calendar, event_list, import_file
from itoguchi.outreach.views.needs import need_of_briefing, need_of_visit
from itoguchi.outreach.views.planning import cancel, change, decide, drafts, hold, plan
from itoguchi.outreach.views.visits import change_visit, log_visit, panel_visits, visit, visit_list

__all__ = [
    "briefing",
    "briefing_calendar",
    "briefing_list",
    "calendar",
    "cancel",
    "change",
    "change_visit",
    "coverage",
    "coverage_map",
    "decide",
    "drafts",
    "event_list",
    "hold",
    "import_file",
    "log_visit",
    "need_of_briefing",
    "need_of_visit",
    "panel_area",
    "panel_block",
    "panel_visits",
    "plan",
    "visit",
    "visit_list",
]
