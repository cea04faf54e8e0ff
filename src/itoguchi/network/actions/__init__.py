"""What people do in the network: load the reference records (`reference`), keep meetings (`meetings`), say what was done
about clauses (`recommendations`), send comments (`comments`), tend opinions (`opinions`) and decide on them (`decisions`)."""

from itoguchi.network.actions.comments import CommentFacts, PeriodFacts, keep_period, send_comment
from itoguchi.network.actions.decisions import ChangeFacts, decide, record_change, take_back_change, undecide
from itoguchi.network.actions.entries import index_network, index_opinions
from itoguchi.network.actions.meetings import MeetingFacts, correct_meeting, enter_meeting, facts_of
from itoguchi.network.actions.opinions import (
    NOT_TENDING,
    NOT_WRITING,
    OpinionFacts,
    answer_opinion,
    bring_in_opinions,
    merge_opinions,
    moderate_opinions,
    part_opinion,
    record_opinion,
    sort_opinion,
)
from itoguchi.network.actions.recommendations import (
    ActionFacts,
    assign_clause,
    correct_action,
    record_action,
    take_back_action,
)
from itoguchi.network.actions.reference import load_meetings

__all__ = [
    "NOT_TENDING",
    "NOT_WRITING",
    "ActionFacts",
    "ChangeFacts",
    "CommentFacts",
    "MeetingFacts",
    "OpinionFacts",
    "PeriodFacts",
    "answer_opinion",
    "assign_clause",
    "bring_in_opinions",
    "correct_action",
    "correct_meeting",
    "decide",
    "enter_meeting",
    "facts_of",
    "index_network",
    "index_opinions",
    "keep_period",
    "load_meetings",
    "merge_opinions",
    "moderate_opinions",
    "part_opinion",
    "record_action",
    "record_change",
    "record_opinion",
    "send_comment",
    "sort_opinion",
    "take_back_action",
    "take_back_change",
    "undecide",
]
