"""Pages of briefings: coverage, the list, one briefing, and panels for areas and blocks."""

from itoguchi.outreach.views.coverage import (
    briefing,
    briefing_list,
    coverage,
    coverage_map,
    panel_area,
    panel_block,
)

__all__ = ["briefing", "briefing_list", "coverage", "coverage_map", "panel_area", "panel_block"]
