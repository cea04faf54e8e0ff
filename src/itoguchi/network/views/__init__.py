"""Pages of the network: bodies and meetings with their papers, preparation, statements and tasks; recommendations with what was
done, topics, members, opinions and what they changed; threads where they run, councils of blocks, the weave, following; the
secretariat's entry and desk."""

from itoguchi.network.views.adoption import keep_clause, keep_recommendation
from itoguchi.network.views.bodies import bodies, body, keep_body, keep_member, release
from itoguchi.network.views.comments import keep_period, period, periods
from itoguchi.network.views.councils import block_card, end_priority, issues, measure, prioritise, state
from itoguchi.network.views.decisions import change, changes, decide, decision, take_back_change, undecide
from itoguchi.network.views.desk import answer, desk, import_opinions, merge, moderate, new_opinion, sort
from itoguchi.network.views.entry import assign, correct, correct_action, enter, prepare, record
from itoguchi.network.views.follow import follow, follows, keep_box, panel_follow
from itoguchi.network.views.meetings import calendar, coming, index, meeting, meeting_calendar, meeting_history, turn
from itoguchi.network.views.opinions import feed, opinion, opinions, panel_opinions
from itoguchi.network.views.papers import (
    add_paper,
    correct_paper,
    lift_embargo,
    paper_file,
    papers_feed,
    publish_paper,
    take_back_paper,
)
from itoguchi.network.views.people import members
from itoguchi.network.views.posts import answer_post, correct_post, new_post, post, post_file, posts, take_back_post
from itoguchi.network.views.preparation import add_note, attendance, dates, fix
from itoguchi.network.views.recommendations import clause, clauses, recommendation, threads, topic
from itoguchi.network.views.series import decisions, decisions_file
from itoguchi.network.views.statements import (
    agenda,
    meeting_file,
    publish_summary,
    settle,
    statement,
    statements,
    summary,
)
from itoguchi.network.views.tasks import add_decision, assign_task, task, tasks
from itoguchi.network.views.threads import (
    admit,
    join,
    keep_strand,
    put,
    take_out,
    thread,
    thread_feed,
    thread_member,
    thread_members,
)
from itoguchi.network.views.voices import meeting_opinion, thread_opinion
from itoguchi.network.views.weave import crossing, weave

__all__ = [
    "add_decision",
    "add_note",
    "add_paper",
    "admit",
    "agenda",
    "answer",
    "answer_post",
    "assign",
    "assign_task",
    "attendance",
    "block_card",
    "bodies",
    "body",
    "calendar",
    "change",
    "changes",
    "clause",
    "clauses",
    "coming",
    "correct",
    "correct_action",
    "correct_paper",
    "correct_post",
    "crossing",
    "dates",
    "decide",
    "decision",
    "decisions",
    "decisions_file",
    "desk",
    "end_priority",
    "enter",
    "feed",
    "fix",
    "follow",
    "follows",
    "import_opinions",
    "index",
    "issues",
    "join",
    "keep_body",
    "keep_box",
    "keep_clause",
    "keep_member",
    "keep_period",
    "keep_recommendation",
    "keep_strand",
    "lift_embargo",
    "measure",
    "meeting",
    "meeting_calendar",
    "meeting_file",
    "meeting_history",
    "meeting_opinion",
    "members",
    "merge",
    "moderate",
    "new_opinion",
    "new_post",
    "opinion",
    "opinions",
    "panel_follow",
    "panel_opinions",
    "paper_file",
    "papers_feed",
    "period",
    "periods",
    "post",
    "post_file",
    "posts",
    "prepare",
    "prioritise",
    "publish_paper",
    "publish_summary",
    "put",
    "recommendation",
    "record",
    "release",
    "settle",
    "sort",
    "state",
    "statement",
    "statements",
    "summary",
    "take_back_change",
    "take_back_paper",
    "take_back_post",
    "take_out",
    "task",
    "tasks",
    "thread",
    "thread_feed",
    "thread_member",
    "thread_members",
    "thread_opinion",
    "threads",
    "topic",
    "turn",
    "undecide",
    "weave",
]
