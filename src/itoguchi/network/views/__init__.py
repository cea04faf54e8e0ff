"""Pages of the network: meetings, recommendations with what was done, threads, topics, members; the secretariat's entry."""

from itoguchi.network.views.entry import correct, correct_action, enter, record
from itoguchi.network.views.meetings import calendar, index, meeting
from itoguchi.network.views.people import members
from itoguchi.network.views.recommendations import clause, clauses, recommendation, thread, threads, topic

__all__ = [
    "calendar",
    "clause",
    "clauses",
    "correct",
    "correct_action",
    "enter",
    "index",
    "meeting",
    "members",
    "recommendation",
    "record",
    "thread",
    "threads",
    "topic",
]
