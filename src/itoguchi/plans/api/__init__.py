"""The API of plans: the first step sheet (`first_step`), and plans that are approved and open to all (`plans`)."""

from itoguchi.plans.api import first_step, plans

router = first_step.router
__all__ = ["first_step", "plans", "router"]
