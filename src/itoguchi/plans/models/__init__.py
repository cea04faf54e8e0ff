"""models of first steps and plans."""

from itoguchi.plans.models.comments import Comment
from itoguchi.plans.models.plans import Plan, PlanAction, PlanKpi, PlanVersion

__all__ = ["Comment", "Plan", "PlanAction", "PlanKpi", "PlanVersion"]
