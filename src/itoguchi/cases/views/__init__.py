"""Pages of cases (`cases`), several side by side (`side_by_side`), reference models with parts, and reuses."""

from itoguchi.cases.views.cases import (
    case,
    case_deed,
    case_file,
    case_history,
    case_list,
    change_case,
    check_case,
    panel_area,
    panel_implementation,
    panel_problem,
    panel_solution,
    write_case,
)
from itoguchi.cases.views.parts import part, part_file
from itoguchi.cases.views.reference_models import (
    change_model,
    model_deed,
    model_history,
    model_list,
    offer_model,
    reference_model,
)
from itoguchi.cases.views.reuses import report, reuses
from itoguchi.cases.views.side_by_side import side_by_side

__all__ = [
    "case",
    "case_deed",
    "case_file",
    "case_history",
    "case_list",
    "change_case",
    "change_model",
    "check_case",
    "model_deed",
    "model_history",
    "model_list",
    "offer_model",
    "panel_area",
    "panel_implementation",
    "panel_problem",
    "panel_solution",
    "part",
    "part_file",
    "reference_model",
    "report",
    "reuses",
    "side_by_side",
    "write_case",
]
