"""actions of first steps and plans."""

from itoguchi.plans.actions.comments import answer_comment, comment_on, resolve_comment
from itoguchi.plans.actions.copies import copy_model, remove_copy, withdraw_model
from itoguchi.plans.actions.plans import (
    SomebodySavedError,
    ask_for_approval,
    begin_plan,
    change_plan,
    decide_on_plan,
    feed_records,
    index_plans,
    reopen_plan,
    restore_version,
    save_section,
)
from itoguchi.plans.actions.steps import aim_at, drop_aim, plan_action, remove_action, tick_action

__all__ = [
    "SomebodySavedError",
    "aim_at",
    "answer_comment",
    "ask_for_approval",
    "begin_plan",
    "change_plan",
    "comment_on",
    "copy_model",
    "decide_on_plan",
    "drop_aim",
    "feed_records",
    "index_plans",
    "plan_action",
    "remove_action",
    "remove_copy",
    "reopen_plan",
    "resolve_comment",
    "restore_version",
    "save_section",
    "tick_action",
    "withdraw_model",
]
