"""actions of cases and reference models."""

from itoguchi.cases.actions.cases import (
    CaseFacts,
    CostFacts,
    FigureFacts,
    change_case,
    check_case,
    index_cases,
    record_case,
)
from itoguchi.cases.actions.reference_models import (
    MeasureFacts,
    ModelFacts,
    PartFacts,
    change_model,
    end_part,
    keep_part,
    offer_model,
)
from itoguchi.cases.actions.reuses import OutcomeFacts, begin_reuse, report_outcome, show_reuse, withdraw_reuse
from itoguchi.cases.actions.review import ask_for_review, decide_on, end, reopen

__all__ = [
    "CaseFacts",
    "CostFacts",
    "FigureFacts",
    "MeasureFacts",
    "ModelFacts",
    "OutcomeFacts",
    "PartFacts",
    "ask_for_review",
    "begin_reuse",
    "change_case",
    "change_model",
    "check_case",
    "decide_on",
    "end",
    "end_part",
    "index_cases",
    "keep_part",
    "offer_model",
    "record_case",
    "reopen",
    "report_outcome",
    "show_reuse",
    "withdraw_reuse",
]
