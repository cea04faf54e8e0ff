"""models of first steps and plans."""

from itoguchi.plans.models.comments import Comment
from itoguchi.plans.models.copies import CopiedPart
from itoguchi.plans.models.plans import Plan, PlanAction, PlanKpi, PlanVersion

__all__ = ["Comment", "CopiedPart", "Plan", "PlanAction", "PlanKpi", "PlanVersion"]
