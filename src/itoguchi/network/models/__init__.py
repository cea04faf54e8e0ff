"""What is kept of the network: bodies and meetings, people, recommendations and what was done about them, opinions,
threads with their members, and who follows what."""

from itoguchi.network.models.follow import Follow, SharedBox, ToldBox
from itoguchi.network.models.meetings import AgendaItem, Body, Meeting, Paper, Presentation
from itoguchi.network.models.opinions import Change, CommentPeriod, Decision, Opinion
from itoguchi.network.models.people import Example, Member, NamedBody
from itoguchi.network.models.recommendations import Action, Clause, PointAtIssue, Recommendation, Thread, Topic
from itoguchi.network.models.threads import Countermeasure, Priority, Strand, ThreadItem, ThreadMember

__all__ = [
    "Action",
    "AgendaItem",
    "Body",
    "Change",
    "Clause",
    "CommentPeriod",
    "Countermeasure",
    "Decision",
    "Example",
    "Follow",
    "Meeting",
    "Member",
    "NamedBody",
    "Opinion",
    "Paper",
    "PointAtIssue",
    "Presentation",
    "Priority",
    "Recommendation",
    "SharedBox",
    "Strand",
    "Thread",
    "ThreadItem",
    "ThreadMember",
    "ToldBox",
    "Topic",
]
