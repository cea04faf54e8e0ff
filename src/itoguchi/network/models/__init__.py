"""What is kept of the network: bodies and meetings, what secretariats keep of them, people, recommendations and what was done
about them, opinions, threads with their members and what those tell one another, and who follows what."""

from itoguchi.network.models.follow import Follow, SharedBox, ToldBox
from itoguchi.network.models.meetings import AgendaItem, Body, Correction, Meeting, Paper, Presentation
from itoguchi.network.models.opinions import Change, CommentPeriod, Decision, Opinion, issues_first
from itoguchi.network.models.people import Example, Member, NamedBody
from itoguchi.network.models.posts import Post
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
from itoguchi.network.models.threads import Countermeasure, Priority, Strand, ThreadItem, ThreadMember

__all__ = [
    "Action",
    "AgendaItem",
    "Attendance",
    "Body",
    "Change",
    "Clause",
    "CommentPeriod",
    "Correction",
    "Countermeasure",
    "Decision",
    "Example",
    "Follow",
    "Meeting",
    "Member",
    "MomentAnswer",
    "NamedBody",
    "Note",
    "Opinion",
    "Paper",
    "PointAtIssue",
    "Post",
    "Presentation",
    "Priority",
    "ProposedMoment",
    "Recommendation",
    "SharedBox",
    "Statement",
    "Strand",
    "Summary",
    "Task",
    "Thread",
    "ThreadItem",
    "ThreadMember",
    "ToldBox",
    "Topic",
    "issues_first",
]
