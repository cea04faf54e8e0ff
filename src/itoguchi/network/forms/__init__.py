"""Reading what people type about meetings and clauses (`meetings`) and about opinions (`opinions`)."""

from itoguchi.network.forms.meetings import ActionForm, MeetingForm, typed
from itoguchi.network.forms.opinions import (
    AnswerForm,
    AssignForm,
    ClauseChangeForm,
    CommentForm,
    DecisionForm,
    DraftChangeForm,
    OpinionFileForm,
    OpinionForm,
    PeriodForm,
    SortForm,
    WhyForm,
    sorted_so_far,
)

__all__ = [
    "ActionForm",
    "AnswerForm",
    "AssignForm",
    "ClauseChangeForm",
    "CommentForm",
    "DecisionForm",
    "DraftChangeForm",
    "MeetingForm",
    "OpinionFileForm",
    "OpinionForm",
    "PeriodForm",
    "SortForm",
    "WhyForm",
    "sorted_so_far",
    "typed",
]
