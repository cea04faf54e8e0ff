"""Pages of the network: meetings, recommendations with what was done, threads, topics, members, opinions and what they
changed; the secretariat's entry and desk."""

from itoguchi.network.views.comments import keep_period, period, periods
from itoguchi.network.views.decisions import change, changes, decide, decision, take_back_change, undecide
from itoguchi.network.views.desk import answer, desk, import_opinions, merge, moderate, new_opinion, sort
from itoguchi.network.views.entry import assign, correct, correct_action, enter, record
from itoguchi.network.views.meetings import calendar, index, meeting
from itoguchi.network.views.opinions import feed, opinion, opinions, panel_opinions
from itoguchi.network.views.people import members
from itoguchi.network.views.recommendations import clause, clauses, recommendation, thread, threads, topic

__all__ = [
    "answer",
    "assign",
    "calendar",
    "change",
    "changes",
    "clause",
    "clauses",
    "correct",
    "correct_action",
    "decide",
    "decision",
    "desk",
    "enter",
    "feed",
    "import_opinions",
    "index",
    "keep_period",
    "meeting",
    "members",
    "merge",
    "moderate",
    "new_opinion",
    "opinion",
    "opinions",
    "panel_opinions",
    "period",
    "periods",
    "recommendation",
    "record",
    "sort",
    "take_back_change",
    "thread",
    "threads",
    "topic",
    "undecide",
]
