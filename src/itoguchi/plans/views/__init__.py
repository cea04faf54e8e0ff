"""Pages of first steps and plans: the first step sheet (`first_step`)."""

from itoguchi.plans.views.first_step import ask_form, first_step, panel_first_step

__all__ = ["ask_form", "first_step", "panel_first_step"]
