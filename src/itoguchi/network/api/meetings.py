"""The API of meetings, members, threads, topics and the recommendation, clause by clause with what was done."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from django.db.models import CharField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Concat
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router
from pydantic import Field

from itoguchi.core.api import (
    Answer,
    Dataset,
    Day,
    Filters,
    Key,
    answers_with,
    column,
    no_key,
    not_there,
    offer,
    sent,
)
from itoguchi.core.events import calendar_response
from itoguchi.core.journal import last_changes
from itoguchi.network import queries
from itoguchi.network.access import PUBLIC
from itoguchi.network.models import (
    Action,
    AgendaItem,
    Body,
    Clause,
    Meeting,
    Member,
    Opinion,
    PointAtIssue,
    Recommendation,
    Thread,
    Topic,
)

router = Router(tags=["meetings"])
SOURCE = "記録ごとに記載 / Named with each record"
ADDRESS = "この記録のページ / Page of this record on the site"
StateName = Literal["started", "underway", "done"]


class PresentationAnswer(Answer):
    """Who presented what."""

    speaker: str = column("発表者 / Speaker")
    title: str = column("題名 / Title")


class ItemAnswer(Answer):
    """An item of an agenda."""

    text: str = column("議事 / Item")
    presentations: list[PresentationAnswer] = column("発表 / Presentations")


class MeetingAnswer(Answer):
    """A meeting that was called, held or called off."""

    slug: str = column("記号 / Slug")
    body: str = column("会議体 / Body", "会議体の記号 / Key of the body")
    body_name: str = column("会議体の名称 / Name of the body")
    number: int = column("第何回 / Number")
    held_on: date = column("開催日 / Held on")
    state: Literal["called", "held", "cancelled"] = column(
        "状態 / State", "開催予定・開催済・中止 / called, held, cancelled"
    )
    starts_at: datetime | None = column("開始 / Begins", "空なら記録にない / Empty where it is not on record")
    ends_at: datetime | None = column("終了 / Ends")
    place: str = column("場所 / Place")
    results: list[str] = column("結果 / Results", "決まったこと・まとまったもの / What was decided or completed")
    agenda: list[ItemAnswer] = column("議事 / Agenda")
    source: str = column("出典 / Source")
    address: str = column("住所 / Address", ADDRESS)


class MemberAnswer(Answer):
    """Somebody whom the source names as a member of a body."""

    slug: str = column("記号 / Slug")
    body: str = column("会議体 / Body", "会議体の記号 / Key of the body")
    name: str = column("氏名 / Name", "資料に書かれたとおり / As written in the source")
    role: Literal["chair", "deputy", "head", "member"] = column(
        "役割 / Role", "座長・座長代理・主査・構成員 / chair, deputy, head, member"
    )
    field: str = column("分野 / Field")
    affiliation: str = column("所属 / Affiliation")
    post: str = column("役職 / Post")
    since: date = column("名がある日 / Since")
    until: date | None = column("いつまで / Until", "空なら、いまも構成員 / Empty for who still is a member")
    source: str = column("出典 / Source")
    address: str = column("住所 / Address", ADDRESS)


class ActionAnswer(Answer):
    """What was done about a clause."""

    clause: str = column("項目 / Clause", "項目の記号 / Slug of the clause")
    day: date = column("日 / Day")
    text: str = column("措置の内容 / What was done")
    owner: str = column("担当 / Owner", "空なら資料にない / Empty where the source names none")
    state: StateName = column("状態 / State", "着手・実施中・実施済 / started, underway, done")
    due_on: date | None = column("次はいつまでに / Next step due on")
    evidence: str = column("証拠 / Evidence", "https:// か、このサイトの住所 / https:// or an address of this site")
    is_derived: bool = column(
        "読み取り / Derived", "状態は資料に書かれず、読み取ったもの / Our reading, not the source's"
    )
    source: str = column("出典 / Source")
    address: str = column("住所 / Address", ADDRESS)


class ClauseAnswer(Answer):
    """A clause of a recommendation, and how far it has come."""

    slug: str = column("記号 / Slug")
    recommendation: str = column("提言 / Recommendation", "提言の記号 / Key of the recommendation")
    number: str = column("番号 / Number")
    heading: str = column("見出し / Heading")
    text: str = column("文 / Text")
    thread: str | None = column("糸 / Thread", "糸の記号 / Key of the thread")
    topic: str | None = column("検討を加速すべき事項 / Topic", "事項の記号 / Key of the topic")
    state: StateName | None = column(
        "状態 / State",
        "時点までの最後の措置の状態、まだなければ空 / State of the last action up to the day, none yet: empty",
    )
    owner: str = column("担当 / Owner", "最後の措置の、なければ項目の担当 / Of the last action, else of the clause")
    due_on: date | None = column("いつまでに / Due on", "空なら未記録 / Empty where it is not recorded")
    is_late: bool = column("遅れ / Late", "期限を過ぎて、実施済でない / After its due day and not done")
    actions: list[ActionAnswer] = column("措置 / Actions")
    address: str = column("住所 / Address", ADDRESS)


class ThreadAnswer(Answer):
    """One of the three threads."""

    key: str = column("記号 / Key")
    name: str = column("名称 / Name")
    members: str = column("想定参加メンバー / Members to be")
    jobs: list[str] = column("役割 / Jobs")
    note: str = column("注 / Note")
    since: date = column("いつから / Since")
    source: str = column("出典 / Source")
    address: str = column("住所 / Address", ADDRESS)


class TopicAnswer(Answer):
    """A topic whose consideration is to be sped up."""

    key: str = column("記号 / Key")
    name: str = column("名称 / Name")
    text: str = column("内容 / Text")
    since: date = column("いつから / Since")
    source: str = column("出典 / Source")
    address: str = column("住所 / Address", ADDRESS)


class PointAnswer(Answer):
    """A question under a topic."""

    slug: str = column("記号 / Slug")
    topic: str = column("事項 / Topic", "事項の記号 / Key of the topic")
    heading: str = column("見出し / Heading")
    text: str = column("論点 / Point at issue")
    opinion: str | None = column(
        "意見 / Opinion",
        "意見としての住所：回答と対応はそこに / Its address as an opinion, where answer and decision are",
    )
    since: date = column("いつから / Since")
    source: str = column("出典 / Source")
    address: str = column("住所 / Address", ADDRESS)


class MeetingFilters(Filters):
    """Which meetings."""

    body: Key | None = Field(None, description="会議体の記号 / Key of a body")
    first_day: Day | None = Field(None, description="この日から / From this day on")
    last_day: Day | None = Field(None, description="この日まで / Up to this day")


class MemberFilters(Filters):
    """Which members."""

    body: Key | None = Field(None, description="会議体の記号 / Key of a body")


class ClauseFilters(Filters):
    """Which clauses, as of which day."""

    as_of: Day | None = Field(None, description="時点（なければ今日） / As of this day, else today")
    recommendation: Key | None = Field(None, description="提言の記号 / Key of a recommendation")
    thread: Key | None = Field(None, description="糸の記号 / Key of a thread")
    topic: Key | None = Field(None, description="事項の記号 / Key of a topic")


class TopicFilters(Filters):
    """Of which topic."""

    topic: Key | None = Field(None, description="事項の記号 / Key of a topic")


def _known(model: type[Any], name: str, key: str | None) -> dict[str, str]:
    """The filter, when a row has the key."""
    if key is None:
        return {}
    if not model.objects.filter(pk=key).exists():
        raise no_key(name, key)
    return {name: key}


def _plain(row: Any, *names: str, **more: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names} | more


def meetings(filters: MeetingFilters) -> QuerySet[Meeting]:
    found = queries.meetings().filter(**_known(Body, "body", filters.body))
    if filters.first_day:
        found = found.filter(held_on__gte=filters.first_day)
    return found.filter(held_on__lte=filters.last_day) if filters.last_day else found


def meeting_item(row: Meeting) -> dict[str, Any]:
    agenda = [
        {
            "text": item.text,
            "presentations": [{"speaker": each.speaker, "title": each.title} for each in item.presentations.all()],
        }
        for item in row.agenda.all()
    ]
    return _plain(
        row, "slug", "number", "held_on", "state", "starts_at", "ends_at", "place", "source", "address",
        body=row.body_id, body_name=row.body.name, results=row.result_lines, agenda=agenda,
    )  # fmt: skip


def members(filters: MemberFilters) -> QuerySet[Member]:
    return Member.objects.filter(**_known(Body, "body", filters.body))


def member_item(row: Member) -> dict[str, Any]:
    names = ("slug", "name", "role", "field", "affiliation", "post", "since", "until", "source", "address")
    return _plain(row, *names, body=row.body_id)


def clauses(filters: ClauseFilters) -> QuerySet[Clause]:
    """Clauses with what was done up to the day (2 queries, 1 more for each key)."""
    wanted = (
        _known(Recommendation, "recommendation", filters.recommendation)
        | _known(Thread, "thread", filters.thread)
        | _known(Topic, "topic", filters.topic)
    )
    return queries.clauses_with_standing(filters.as_of or timezone.localdate()).filter(**wanted)


def action_item(row: Action, clause: Clause | None = None) -> dict[str, Any]:
    facts = _plain(row, "day", "text", "owner", "state", "due_on", "evidence", "is_derived", "source")
    of_clause = clause or row.clause
    return facts | {"clause": of_clause.slug, "address": f"{of_clause.address}#action-{row.pk}"}


def clause_item(row: Any) -> dict[str, Any]:
    return _plain(
        row, "slug", "number", "heading", "text", "address",
        recommendation=row.recommendation_id, thread=row.thread_id, topic=row.topic_id,
        state=row.newest.state if row.newest else None,
        owner=row.owner_now, due_on=row.due, is_late=bool(row.is_late),
        actions=[action_item(each, row) for each in row.known_actions],
    )  # fmt: skip


def thread_item(row: Thread) -> dict[str, Any]:
    return _plain(row, "key", "name", "members", "note", "since", "source", "address", jobs=row.job_lines)


def topic_item(row: Topic) -> dict[str, Any]:
    return _plain(row, "key", "name", "text", "since", "source", "address")


def points(filters: TopicFilters) -> QuerySet[Any]:
    address = Concat(Value("/topics/"), OuterRef("topic"), Value("#"), OuterRef("slug"), output_field=CharField())
    itself = Opinion.objects.filter(PUBLIC, queries.POINT, heard_at=address).order_by("pk")
    found = PointAtIssue.objects.filter(**_known(Topic, "topic", filters.topic))
    return found.annotate(as_opinion=Subquery(itself.values("pk")[:1]))


def point_item(row: Any) -> dict[str, Any]:
    opinion = f"/opinions/{row.as_opinion}" if row.as_opinion else None
    return _plain(row, "slug", "heading", "text", "since", "source", "address", topic=row.topic_id, opinion=opinion)


def _offer(
    key: str, title: str, about: str, page: str, answer: type[Answer], rows: Any, item: Any, order: tuple[str, ...],
    models: tuple[type[Any], ...], filters: type[Filters] = Filters, also: tuple[str, ...] = (),
) -> None:  # fmt: skip
    offer(
        router,
        Dataset(
            key=key, title=title, about=about, source=SOURCE, page=page, answer=answer, filters=filters,
            rows=rows, item=item, order=order, models=models, also=also,
        ),
    )  # fmt: skip


_offer(
    "meetings", "会合 / Meetings", "会議体が開いた会合。議事と発表はJSONに。 / Meetings that bodies held; agenda and presentations are in the JSON.",
    "network:index", MeetingAnswer, meetings, meeting_item, ("held_on", "pk"), (Meeting, AgendaItem), MeetingFilters, ("ics",),
)  # fmt: skip
_offer(
    "members", "構成員 / Members", "資料に名のある構成員。 / Members whom the sources name.",
    "network:members", MemberAnswer, members, member_item, ("body_id", "order"), (Member,), MemberFilters,
)  # fmt: skip
_offer(
    "clauses", "提言の項目 / Clauses of the recommendation", "提言の項目と、時点までの措置の状況。 / What was asked for, clause by clause, and what was done up to the day.",
    "network:clauses", ClauseAnswer, clauses, clause_item, ("recommendation_id", "order"), (Clause, Action), ClauseFilters,
)  # fmt: skip
_offer(
    "actions", "措置 / Actions", "提言の項目について、いつ何がされたか。 / What was done about the clauses, and when.",
    "network:clauses", ActionAnswer, lambda _filters: Action.objects.select_related("clause"), action_item, ("day", "pk"), (Action,),
)  # fmt: skip
_offer(
    "threads", "三つの糸 / The three threads", "縦・横・斜めの糸。 / Vertical, horizontal, diagonal.",
    "network:threads", ThreadAnswer, lambda _filters: Thread.objects.all(), thread_item, ("order",), (Thread,),
)  # fmt: skip
_offer(
    "topics", "検討を加速すべき事項 / Topics to speed up", "提言が挙げた事項。 / Topics that the recommendation names.",
    "network:threads", TopicAnswer, lambda _filters: Topic.objects.all(), topic_item, ("order",), (Topic,),
)  # fmt: skip
_offer(
    "points-at-issue", "論点 / Points at issue", "事項ごとの論点。 / Questions under the topics.",
    "network:threads", PointAnswer, points, point_item, ("topic_id", "order"), (PointAtIssue, Opinion), TopicFilters,
)  # fmt: skip


@router.get(
    "/meetings.ics", auth=None, url_name="meetings_ics", operation_id="calendar_of_meetings",
    summary="会合のカレンダー（iCalendar） / Meetings as a calendar", openapi_extra=answers_with("text/calendar"),
)  # fmt: skip
def calendar(request: HttpRequest, filters: Query[MeetingFilters]) -> HttpResponse:
    """自分のカレンダーで購読できる。 / To subscribe to."""
    changed = last_changes(Meeting)
    site = request.build_absolute_uri("/").rstrip("/")
    found = meetings(filters).order_by("held_on", "pk")
    return calendar_response(
        "会合（糸口）", [queries.event_of(each, changed[each.pk], site) for each in found], filename="meetings"
    )


@router.get(
    "/meetings/{slug}", auth=None, response=MeetingAnswer, url_name="meeting", operation_id="get_meeting",
    summary="一つの会合 / One meeting",
)  # fmt: skip
def meeting(request: HttpRequest, slug: Key) -> HttpResponse:
    """議事と発表とともに。 / With agenda and presentations."""
    found = queries.meetings().filter(slug=slug[:100]).first()
    if found is None:
        raise not_there(slug)
    return sent(meeting_item(found))


@router.get(
    "/clauses/{slug}", auth=None, response=ClauseAnswer, url_name="clause", operation_id="get_clause",
    summary="一つの項目 / One clause",
)  # fmt: skip
def clause(request: HttpRequest, slug: Key) -> HttpResponse:
    """今日までの措置とともに。 / With what was done up to today."""
    found = queries.clauses_with_standing(timezone.localdate()).filter(slug=slug[:100]).first()
    if found is None:
        raise not_there(slug)
    return sent(clause_item(found))
