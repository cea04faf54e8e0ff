"""The API of plans: the first step sheet (`first_step`)."""

from itoguchi.plans.api import first_step

router = first_step.router
__all__ = ["first_step", "router"]
