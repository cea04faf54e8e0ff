"""What people do in the network: load the reference records (`reference`), keep meetings (`meetings`), say what was done
about clauses (`recommendations`), send comments (`comments`), tend opinions (`opinions`) and decide on them (`decisions`), take part in threads (`threads`), do the
work of a block's council (`councils`), and follow (`follow`)."""

from itoguchi.network.actions.comments import CommentFacts, PeriodFacts, keep_period, send_comment
from itoguchi.network.actions.councils import (
    MeasureFacts,
    choose_priority,
    end_priority,
    take_countermeasure,
)
from itoguchi.network.actions.decisions import ChangeFacts, decide, record_change, take_back_change, undecide
from itoguchi.network.actions.entries import index_network, index_opinions
from itoguchi.network.actions.follow import NOT_YOUR_BOX, follow, keep_box, office_of, tell_boxes, unfollow
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
from itoguchi.network.actions.threads import (
    NOT_RUNNING,
    NOT_SPEAKING,
    MemberFacts,
    ThingFacts,
    admit,
    ask_to_join,
    decide_on_member,
    keep_term,
    leave,
    open_strand,
    put_in_thread,
    take_out_of_thread,
)

__all__ = [
    "NOT_RUNNING",
    "NOT_SPEAKING",
    "NOT_TENDING",
    "NOT_WRITING",
    "NOT_YOUR_BOX",
    "ActionFacts",
    "ChangeFacts",
    "CommentFacts",
    "MeasureFacts",
    "MeetingFacts",
    "MemberFacts",
    "OpinionFacts",
    "PeriodFacts",
    "ThingFacts",
    "admit",
    "answer_opinion",
    "ask_to_join",
    "assign_clause",
    "bring_in_opinions",
    "choose_priority",
    "correct_action",
    "correct_meeting",
    "decide",
    "decide_on_member",
    "end_priority",
    "enter_meeting",
    "facts_of",
    "follow",
    "index_network",
    "index_opinions",
    "keep_box",
    "keep_period",
    "keep_term",
    "leave",
    "load_meetings",
    "merge_opinions",
    "moderate_opinions",
    "office_of",
    "open_strand",
    "part_opinion",
    "put_in_thread",
    "record_action",
    "record_change",
    "record_opinion",
    "send_comment",
    "sort_opinion",
    "take_back_action",
    "take_back_change",
    "take_countermeasure",
    "take_out_of_thread",
    "tell_boxes",
    "undecide",
    "unfollow",
]
