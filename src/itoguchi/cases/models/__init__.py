"""What is kept of cases (`cases`), of reference models with their parts (`reference_models`), and of reuses (`reuses`)."""

from itoguchi.cases.models.cases import Case, CaseCheck, CaseCost, CaseFigure, State
from itoguchi.cases.models.reference_models import ModelMeasure, ModelPart, ReferenceModel
from itoguchi.cases.models.reuses import Outcome, Reuse

__all__ = [
    "Case",
    "CaseCheck",
    "CaseCost",
    "CaseFigure",
    "ModelMeasure",
    "ModelPart",
    "Outcome",
    "ReferenceModel",
    "Reuse",
    "State",
]
