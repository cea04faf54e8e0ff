"""What is kept of the network: bodies and meetings, people, recommendations and what was done about them, opinions, and what
the secretariats keep of their meetings."""

from itoguchi.network.models.meetings import AgendaItem, Body, Correction, Meeting, Paper, Presentation
from itoguchi.network.models.opinions import Change, CommentPeriod, Decision, Opinion
from itoguchi.network.models.people import Example, Member, NamedBody
from itoguchi.network.models.recommendations import Action, Clause, PointAtIssue, Recommendation, Thread, Topic
from itoguchi.network.models.secretariat import (
    Attendance,
    MomentAnswer,
    Note,
    ProposedMoment,
    Statement,
    Summary,
    Task,
)

__all__ = [
    "Action",
    "AgendaItem",
    "Attendance",
    "Body",
    "Change",
    "Clause",
    "CommentPeriod",
    "Correction",
    "Decision",
    "Example",
    "Meeting",
    "Member",
    "MomentAnswer",
    "NamedBody",
    "Note",
    "Opinion",
    "Paper",
    "PointAtIssue",
    "Presentation",
    "ProposedMoment",
    "Recommendation",
    "Statement",
    "Summary",
    "Task",
    "Thread",
    "Topic",
]
