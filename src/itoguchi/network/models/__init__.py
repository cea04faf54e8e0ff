"""What is kept of the network: bodies and meetings, people, recommendations and what was done about them, opinions."""

from itoguchi.network.models.meetings import AgendaItem, Body, Meeting, Paper, Presentation
from itoguchi.network.models.opinions import Change, CommentPeriod, Decision, Opinion
from itoguchi.network.models.people import Example, Member, NamedBody
from itoguchi.network.models.recommendations import Action, Clause, PointAtIssue, Recommendation, Thread, Topic

__all__ = [
    "Action",
    "AgendaItem",
    "Body",
    "Change",
    "Clause",
    "CommentPeriod",
    "Decision",
    "Example",
    "Meeting",
    "Member",
    "NamedBody",
    "Opinion",
    "Paper",
    "PointAtIssue",
    "Presentation",
    "Recommendation",
    "Thread",
    "Topic",
]
