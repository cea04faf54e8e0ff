"""Pages of the network: meetings, recommendations with what was done, threads, topics, members, opinions and what they
changed; threads where they run, councils of blocks, the weave, following; the secretariat's entry and desk."""

from itoguchi.network.views.comments import keep_period, period, periods
from itoguchi.network.views.councils import block_card, end_priority, measure, prioritise
from itoguchi.network.views.decisions import change, changes, decide, decision, take_back_change, undecide
from itoguchi.network.views.desk import answer, desk, import_opinions, merge, moderate, new_opinion, sort
from itoguchi.network.views.entry import assign, correct, correct_action, enter, record
from itoguchi.network.views.follow import follow, follows, keep_box, panel_follow
from itoguchi.network.views.meetings import calendar, index, meeting
from itoguchi.network.views.opinions import feed, opinion, opinions, panel_opinions
from itoguchi.network.views.people import members
from itoguchi.network.views.recommendations import clause, clauses, recommendation, threads, topic
from itoguchi.network.views.threads import admit, join, put, take_out, thread, thread_feed, thread_member
from itoguchi.network.views.weave import crossing, weave

__all__ = [
    "admit",
    "answer",
    "assign",
    "block_card",
    "calendar",
    "change",
    "changes",
    "clause",
    "clauses",
    "correct",
    "correct_action",
    "crossing",
    "decide",
    "decision",
    "desk",
    "end_priority",
    "enter",
    "feed",
    "follow",
    "follows",
    "import_opinions",
    "index",
    "join",
    "keep_box",
    "keep_period",
    "measure",
    "meeting",
    "members",
    "merge",
    "moderate",
    "new_opinion",
    "opinion",
    "opinions",
    "panel_follow",
    "panel_opinions",
    "period",
    "periods",
    "prioritise",
    "put",
    "recommendation",
    "record",
    "sort",
    "take_back_change",
    "take_out",
    "thread",
    "thread_feed",
    "thread_member",
    "threads",
    "topic",
    "undecide",
    "weave",
]
