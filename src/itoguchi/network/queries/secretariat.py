"""What people ask of a body's work: its members in 五十音順, who comes when, what is confirmed, what is late and whose it is."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from itoguchi.accounts.queries import acting_for
from itoguchi.core.duties import Duty
from itoguchi.core.remembered import remembered
from itoguchi.core.watched import Watched
from itoguchi.core.wording import say
from itoguchi.network.access import bodies_kept_by, meetings_visible_to, papers_visible_to, seats_of
from itoguchi.network.models import (
    Attendance,
    Body,
    Meeting,
    Member,
    MomentAnswer,
    Paper,
    ProposedMoment,
    Statement,
    Summary,
    Task,
)
from itoguchi.network.queries.happenings import key_at
from itoguchi.network.queries.meetings import meetings

if TYPE_CHECKING:
    from itoguchi.accounts.access import User
    from itoguchi.accounts.models import Account, Membership

TOPIC = "meetings"
LAST = 5  # of a list on another page
DAYS_NEW = 14
SMALL = str.maketrans("ぁぃぅぇぉっゃゅょゎ", "あいうえおつやゆよわ", "ー・ ")
MARKS = dict.fromkeys(map(ord, "\u3099\u309a"))


def kana_order(kana: str) -> tuple[str, str]:
    """By what a reading is sorted in 五十音順: sounds without marks first, then with them; width and katakana don't count.

    >>> sorted(["ばば", "はは", "はば", "ハヤシ"], key=kana_order)
    ['はは', 'はば', 'ばば', 'ハヤシ']
    """
    plain = unicodedata.normalize("NFKC", kana)
    hiragana = "".join(chr(ord(each) - 0x60) if "ァ" <= each <= "ヶ" else each for each in plain)
    bare = unicodedata.normalize("NFD", hiragana.translate(SMALL)).translate(MARKS)
    return bare, hiragana


def in_kana_order(members: Iterable[Member]) -> list[Member]:
    """Members in 五十音順; those whose reading nobody has written down come last, in their own order."""
    return sorted(members, key=lambda each: (not each.kana, kana_order(each.kana), each.order))


def members_on(body: Body, day: date) -> list[Member]:
    """Who sits in a body on a day, in 五十音順 (1 query)."""
    return in_kana_order(body.members.filter(Q(until=None) | Q(until__gte=day), since__lte=day))


def was_handed_out(paper: Paper) -> bool:
    """Whether it was ever handed out, also when that was taken back before anybody saw it (1 query)."""
    if paper.state == Paper.State.PUBLISHED or paper.came_out_at is not None:
        return True
    events: Any = Paper.pgh_event_model  # type: ignore[attr-defined]
    return bool(events.objects.filter(pgh_obj_id=paper.pk, state=Paper.State.PUBLISHED).exists())


def papers_of(meeting: Meeting, user: User) -> list[Paper]:
    """The papers of a meeting that a user may see now, with what was corrected (2 queries)."""
    found = papers_visible_to(user).filter(meeting=meeting).defer("file__content").select_related("meeting", "file")
    return list(found.prefetch_related("corrections").order_by("order"))


def next_number(meeting: Meeting) -> str:
    """The number that the next paper could have: one more than the last one's, and free; 資料1 for the first (1 query)."""
    numbers = list(meeting.papers.exclude(number="").order_by("order").values_list("number", flat=True))
    head, figures = re.findall(r"^(.*?)(\d*)$", numbers[-1] if numbers else "資料0")[0]
    following = (f"{head}{number}" for number in count(int(figures or 0) + 1))
    return next(each for each in following if each not in numbers)


def newest_papers(user: User, most: int = 100) -> list[Paper]:
    """The papers that a user may see, the newest first, with what was corrected (2 queries)."""
    found = papers_visible_to(user).defer("file__content").select_related("meeting__body", "file")
    return list(found.prefetch_related("corrections").order_by("-since", "-pk")[:most])


def last_meetings_of(body: Body, user: User) -> list[Meeting]:
    """The last meetings of a body that a user may see, those to come first (1 query)."""
    return list(
        meetings_visible_to(user).filter(body=body).select_related("body").order_by("-held_on", "-number")[:LAST]
    )


def last_papers_of(body: Body, user: User) -> list[Paper]:
    """The last papers of a body that are out and that a user may see (1 query)."""
    found = papers_visible_to(user).filter(meeting__body=body, state=Paper.State.PUBLISHED)
    return list(found.select_related("meeting").defer("text").order_by("-since", "-pk")[:LAST])


def attendance_of(meeting: Meeting) -> list[tuple[Member, Attendance | None]]:
    """Who sits in the body on the day of a meeting, and how they take part (2 queries)."""
    known = {each.member_id: each for each in meeting.attendances.all()}
    return [(member, known.get(member.pk)) for member in members_on(meeting.body, meeting.held_on)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """日程調整: the moments, who answered what in the same order, and how many can come (○, △)."""

    moments: list[ProposedMoment]
    rows: list[tuple[Member, list[MomentAnswer | None]]]
    sums: list[tuple[int, int]]

    @property
    def best(self) -> set[int]:
        """Keys of the moments that suit most members (○ first, then △); none while nobody has answered."""
        most = max(self.sums, default=(0, 0))
        if most == (0, 0):
            return set()
        return {each.pk for each, fit in zip(self.moments, self.sums, strict=True) if fit == most}

    @property
    def silent(self) -> list[Member]:
        """Members who have not answered to every moment."""
        return [member for member, answers in self.rows if None in answers]


def poll_of(meeting: Meeting, today: date) -> Poll:
    """The moments proposed for a meeting and the answers of who sits in its body today (3 queries)."""
    moments = list(meeting.moments.prefetch_related("answers").order_by("starts_at"))
    given = {(each.moment_id, each.member_id): each for moment in moments for each in moment.answers.all()}
    members = members_on(meeting.body, today)
    rows = [(member, [given.get((moment.pk, member.pk)) for moment in moments]) for member in members]
    fits = MomentAnswer.Fits
    sums = [
        (
            sum(1 for _member, answers in rows if (each := answers[place]) and each.fits == fits.YES),
            sum(1 for _member, answers in rows if (each := answers[place]) and each.fits == fits.MAYBE),
        )
        for place in range(len(moments))
    ]
    return Poll(moments=moments, rows=rows, sums=sums)


def blocking_statements(summary: Summary, today: date) -> list[Statement]:
    """Statements for whose speakers the summary still waits: not after the last day, nor for who has left (1 query)."""
    if today > summary.confirm_by:
        return []
    waiting = summary.statements.filter(state=Statement.State.OPEN).select_related("member").order_by("order")
    return [each for each in waiting if each.member is None or each.member.sits_on(today)]


def standing_of(statement: Statement, summary: Summary, today: date) -> str:
    """How far a statement is confirmed, in words for who reads the summary; `statement.member` is there."""
    day = summary.published_on or today
    if statement.state != Statement.State.OPEN:
        said = str(statement.get_state_display())
        return f"{said}（{statement.told_by}）" if statement.told_by else said
    if statement.member is not None and not statement.member.sits_on(day):
        return _("構成員を外れたため、確認なし")
    if day > summary.confirm_by:
        return _("期限までに確認なし")
    return _("確認を待たずに公開") if summary.published_on else _("確認待ち")


def statements_of(summary: Summary) -> QuerySet[Statement]:
    """What was said, in its order, with the speakers (1 query)."""
    return summary.statements.select_related("member").order_by("order")


def tasks_of(body: Body) -> QuerySet[Task]:
    """What the meetings of a body left to do, over all of them (1 query)."""
    return Task.objects.filter(meeting__body=body).select_related("meeting__body", "member", "decision")


def series_of(body: Body, user: User) -> list[Meeting]:
    """The meetings of a body that a user may see, with what they decided (2 queries)."""
    found = meetings(user).filter(body=body).prefetch_related("decisions").order_by("number")
    return list(found)


def duties(membership: Membership, day: date) -> list[Duty]:
    """What of the bodies that a secretariat keeps is late: tasks, and summaries that can be published (1–2 queries)."""
    tasks = Task.objects.filter(meeting__body=OuterRef("pk"), done_on=None, due_on__lt=day).order_by()
    summaries = Summary.objects.filter(meeting__body=OuterRef("pk"), published_on=None, confirm_by__lt=day)
    counted = tasks.values("meeting__body").annotate(number=Count("pk")).values("number")
    late = list(
        bodies_kept_by(acting_for(membership))
        .annotate(late=Coalesce(Subquery(counted), 0), has_overdue=Exists(summaries))
        .filter(Q(late__gt=0) | Q(has_overdue=True))
    )
    found = [
        Duty(
            gettext_lazy("遅れている宿題"),
            f"{body.name}：{say(_('%(number)s件'), number=body.late)}",
            f"{body.address}/tasks?state=late",
            gettext_lazy("担当の人に聞き、済んだら書く"),
        )
        for body in late
        if body.late
    ]
    overdue = [body.pk for body in late if body.has_overdue]
    if overdue:
        waiting = Summary.objects.filter(meeting__body__in=overdue, published_on=None, confirm_by__lt=day)
        found += [
            Duty(
                gettext_lazy("公開を待つ議事要旨"),
                name_of(summary.meeting),
                f"{summary.meeting.address}/statements",
                gettext_lazy("確認の期限が過ぎたので、公開する"),
                summary.confirm_by,
            )
            for summary in waiting.select_related("meeting__body")
        ]
    return found


def own_duties(account: Account, day: date) -> list[Duty]:
    """What is open for a member: own statements, days to answer, tasks (4 queries, 1 for who sits in no body)."""
    standing = Member.objects.filter(Q(until=None) | Q(until__gte=day), account=account, since__lte=day)
    seats = list(standing.values_list("pk", flat=True))
    if not seats:
        return []
    found = [
        Duty(
            gettext_lazy("発言の確認"),
            name_of(each.meeting),
            f"{each.meeting.address}/statements",
            gettext_lazy("自分の発言を読み、確認するか直す"),
            each.confirm_by,
        )
        for each in Summary.objects.filter(
            published_on=None, statements__state=Statement.State.OPEN, statements__member__in=seats
        )
        .select_related("meeting__body")
        .distinct()
    ]
    asked = Meeting.objects.filter(state=Meeting.State.PREPARING, body__members__in=seats, moments__isnull=False)
    answered = MomentAnswer.objects.filter(member__in=seats).values("moment")
    for each in asked.filter(~Q(moments__in=answered)).select_related("body").prefetch_related("moments").distinct():
        found.append(
            Duty(
                gettext_lazy("日程調整"),
                name_of(each),
                f"{each.address}/dates",
                gettext_lazy("候補の日時に ○ △ × で答える"),
                min(moment.answer_by for moment in each.moments.all()),
            )
        )
    tasks = Task.objects.filter(done_on=None, member__in=seats).select_related("meeting__body")
    found += [
        Duty(
            gettext_lazy("会合の宿題"),
            each.text,
            f"/tasks/{each.pk}",
            gettext_lazy("済んだら、どうなったかを書く"),
            each.due_on,
        )
        for each in tasks
    ]
    return found


def name_of(meeting: Meeting) -> str:
    """A meeting with the name of its body, as duties and feeds name it, in the words of the record."""
    return f"{meeting.body.name} 第{meeting.number}回会合"


@remembered(most=256)
def watched(account: Account, day: date) -> list[Watched]:
    """Papers of the account's own bodies that came out lately and that it may see now (1 query)."""
    seats = seats_of(account).values("body")
    since = day - timedelta(days=DAYS_NEW)
    papers = papers_visible_to(account).filter(
        state=Paper.State.PUBLISHED, meeting__body__in=seats, came_out_at__date__range=(since, day)
    )
    why = _("あなたが構成員の会議体で、資料が配付されました。")
    return [
        Watched(TOPIC, key_at(each.address), each.name, why, each.address)
        for each in papers.select_related("meeting").order_by("pk")
    ]
