"""Reading what people type about meetings and clauses (`meetings`), opinions (`opinions`) and threads (`threads`)."""

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
from itoguchi.network.forms.threads import (
    AdmitForm,
    BoxForm,
    JoinForm,
    MeasureForm,
    PriorityForm,
    TermForm,
    ThingForm,
    said_of,
)

__all__ = [
    "ActionForm",
    "AdmitForm",
    "AnswerForm",
    "AssignForm",
    "BoxForm",
    "ClauseChangeForm",
    "CommentForm",
    "DecisionForm",
    "DraftChangeForm",
    "JoinForm",
    "MeasureForm",
    "MeetingForm",
    "OpinionFileForm",
    "OpinionForm",
    "PeriodForm",
    "PriorityForm",
    "SortForm",
    "TermForm",
    "ThingForm",
    "WhyForm",
    "said_of",
    "sorted_so_far",
    "typed",
]
