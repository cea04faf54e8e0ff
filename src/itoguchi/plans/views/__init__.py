"""Pages of first steps (`first_step`), of unsaved drafts (`draft`), and of plans."""

from itoguchi.plans.views.copies import copied_file, copy, copy_parts, panel_model, remove_copy
from itoguchi.plans.views.deeds import comment, comment_deed, plan_deed, plan_records
from itoguchi.plans.views.draft import begin, draft, draft_file
from itoguchi.plans.views.first_step import ask_form, first_step, panel_first_step
from itoguchi.plans.views.plans import change_plan, panel_plans, plan, plan_calendar, plan_file, plan_list
from itoguchi.plans.views.sections import section
from itoguchi.plans.views.steps import plan_action, plan_kpi, tick
from itoguchi.plans.views.versions import restore, versions

__all__ = [
    "ask_form",
    "begin",
    "change_plan",
    "comment",
    "comment_deed",
    "copied_file",
    "copy",
    "copy_parts",
    "draft",
    "draft_file",
    "first_step",
    "panel_first_step",
    "panel_model",
    "panel_plans",
    "plan",
    "plan_action",
    "plan_calendar",
    "plan_deed",
    "plan_file",
    "plan_kpi",
    "plan_list",
    "plan_records",
    "remove_copy",
    "restore",
    "section",
    "tick",
    "versions",
]
