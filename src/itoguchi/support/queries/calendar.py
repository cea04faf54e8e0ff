"""What has to be done by when: back from a wanted start and a window to the council, the budget and the papers.

What is assumed: docs/support.md §8 to §15.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.db.models import F, prefetch_related_objects
from django.utils import timezone
from django.utils.dates import MONTHS
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from itoguchi.areas.models import Area
from itoguchi.core.calendar import DatedTo, Precision, format_date
from itoguchi.support.matching import needs_consortium
from itoguchi.support.models import CouncilSession, Scheme, Step, Window

USUAL_MONTHS = (3, 6, 9, 12)
FIRST_BUDGET_MONTH = 3
DRAFTING = (10, 11)  # months in which the first budget of the next fiscal year is usually asked for
PAPERS, ENDORSEMENT = timedelta(days=30), timedelta(days=14)  # rules of thumb
ENDORSED = re.compile(r"(都道府県|[道府県]|知事).*(経由|進達|推薦|協議|取りまとめ|とりまとめ)")
DECIDED = re.compile(r"交付決定|採択|内示")
SEARCHED = 3  # years to come in which a fitting session is looked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One session of a council. `is_usual`: only the month is known, and that from use."""

    name: str
    begins: date
    ends: date
    is_first_budget: bool
    is_month: bool
    is_usual: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedStep:
    """Something to be done between two days, and why then. `is_month`: to the month; `is_usual`: a rule of thumb.

    `japanese`: the part of the label that is Japanese in every language, as it stands on record.
    """

    key: str
    label: str
    begins: date
    ends: date
    why: str
    is_late: bool
    is_month: bool = False
    is_usual: bool = False
    japanese: str = ""

    @property
    def when(self) -> str:
        """`令和8年10月〜令和8年11月`, `令和9年3月1日`: with the era, as councils and budgets are dated."""
        language = get_language() or "ja"
        said = [format_date(each, language) for each in (self.begins, self.ends)]
        if self.is_month and language == "ja":
            said = [f"{each.partition('月')[0]}月" for each in said]
        elif self.is_month:
            said = [DatedTo(each, Precision.MONTH).format(language) for each in (self.begins, self.ends)]
        return said[0] if said[0] == said[1] else _("%(low)s〜%(high)s") % {"low": said[0], "high": said[1]}


@dataclass(frozen=True, slots=True, kw_only=True)
class BackPlan:
    """The steps to a wanted start in their order; `session` has to decide (None where none lies before the start).

    Where it is too late, `earliest` is the first start and `fits` the window for which it is not, None where nothing is
    known of any. `sessions`: those from the day to a year after the start.
    """

    start: date
    steps: list[DatedStep]
    too_late: bool
    fits: Window | None
    session: Session | None
    earliest: date | None
    sessions: list[Session]


def sessions_of(area: Area) -> tuple[list[CouncilSession], bool]:
    """The sessions that an area's council holds, and whether they are only the usual ones (1 query)."""
    own = list(area.council_sessions.all())
    if own:
        return own, False
    return [
        CouncilSession(
            area=area,
            month=month,
            name=_("%(month)s定例会") % {"month": MONTHS[month]},
            is_first_budget=month == FIRST_BUDGET_MONTH,
        )
        for month in USUAL_MONTHS
    ], True


def windows_of(scheme: Scheme) -> list[Window]:
    """All windows of a scheme with their years, those first that close first; one without end comes last (1 query)."""
    windows = Window.objects.filter(year__scheme=scheme).select_related("year")
    return list(windows.order_by(F("closes_at").asc(nulls_last=True), "pk"))


def back_plan(
    area: Area,
    window: Window | None,
    start: date,
    day: date,
    *,
    scheme: Scheme | None = None,
    windows: Sequence[Window] | None = None,
    held: tuple[list[CouncilSession], bool] | None = None,
) -> BackPlan:
    """What has to be done by when so that a project can start on a day, as seen from `day` (1 to 3 queries).

    `window`: when the scheme is asked for; its scheme's steps and rule say what else there is. What
    `windows_of` the scheme and `sessions_of` the area (`held`) are is asked for where it is not at hand.
    """
    if windows is None:
        windows = windows_of(scheme) if scheme else []
    if scheme:
        prefetch_related_objects([scheme], "steps")
    rows, is_usual = held or sessions_of(area)
    sessions = list(_held(rows, min(start.year, day.year) - 2, max(start.year, day.year) + 2, is_usual=is_usual))
    council = _council_steps(sessions, start, day)
    steps = [*council, *_window_steps(window, scheme, start, day), _start(start, day)]
    too_late = any(each.is_late for each in steps)
    starts = list(_starts(rows, day, is_usual=is_usual))
    if start >= day and not any(each.is_late for each in council):
        starts.insert(0, start)
    ways = ((each, way) for each in starts for way in windows if _is_in_time(way, scheme, each, day))
    earliest, fits = next(ways, (starts[0] if starts else None, None))
    return BackPlan(
        start=start,
        steps=sorted(steps, key=lambda each: (each.ends, each.begins, each.key == "start", each.key)),
        too_late=too_late,
        fits=fits if too_late else window,
        session=_deciding(sessions, start),
        earliest=earliest if too_late else start,
        sessions=[each for each in sessions if day <= each.ends and each.begins <= start + timedelta(days=366)],
    )


# The council and its budget


def _held(rows: Sequence[CouncilSession], first: int, last: int, *, is_usual: bool) -> Iterator[Session]:
    """The sessions of some calendar years in their order."""
    found = []
    for year in range(first, last + 1):
        for row in rows:
            is_dated = row.opens_on is not None and row.opens_on.year == year
            begins = row.opens_on if is_dated else date(year, row.month, 1)
            ends = row.closes_on if is_dated else _last_day(year, row.month)
            if begins and ends:
                found.append(
                    Session(
                        name=row.name,
                        begins=begins,
                        ends=ends,
                        is_first_budget=row.is_first_budget,
                        is_month=not is_dated,
                        is_usual=is_usual,
                    )
                )
    yield from sorted(found, key=lambda each: (each.begins, each.ends))


def _deciding(sessions: Sequence[Session], start: date) -> Session | None:
    """The last session that is over before the start."""
    return next((each for each in reversed(sessions) if each.ends < start), None)


def _drafting(session: Session) -> tuple[date, date]:
    """When money for a session's budget is usually asked for."""
    if session.is_first_budget:
        year = session.begins.year - 1
        return date(year, DRAFTING[0], 1), _last_day(year, DRAFTING[1])
    before = session.begins.replace(day=1) - timedelta(days=1)
    return before.replace(day=1), before


def _council_steps(sessions: Sequence[Session], start: date, day: date) -> list[DatedStep]:
    session = _deciding(sessions, start)
    if session is None:
        return []
    begins, ends = _drafting(session)
    budget = _("当初予算") if session.is_first_budget else _("補正予算")
    said = {"session": session.name, "budget": budget}
    usual = _("月だけを示します。")
    return [
        DatedStep(
            key="budget",
            label=_("予算要求（%(budget)s）") % said,
            begins=begins,
            ends=ends,
            why=_("当初予算の要求は例年の秋（10月・11月）です。日程は財政課に確かめてください。")
            if session.is_first_budget
            else _("補正予算の要求は、例年、開会の前の月です。日程は財政課に確かめてください。"),
            is_late=ends < day,
            is_month=True,
            is_usual=True,
        ),
        DatedStep(
            key="council",
            label=_("%(session)s（%(budget)sの議決）") % said,
            begins=session.begins,
            ends=session.ends,
            why=_("予算は、始める前に終わる最後の会期で議決します（地方自治法 第96条・第211条）。")
            + (usual if session.is_month else ""),
            is_late=session.begins <= day,
            is_month=session.is_month,
            is_usual=session.is_usual,
            japanese="" if session.is_usual else session.name,
        ),
    ]


def _starts(rows: Sequence[CouncilSession], day: date, *, is_usual: bool) -> Iterator[date]:
    """The days after the next sessions whose budgets can still be asked for."""
    for session in _held(rows, day.year, day.year + SEARCHED, is_usual=is_usual):
        if _drafting(session)[1] >= day and session.begins > day:
            yield session.ends + timedelta(days=1)


# The window of the scheme


def _is_in_time(window: Window, scheme: Scheme | None, start: date, day: date) -> bool:
    return not any(each.is_late for each in _window_steps(window, scheme, start, day))


def _closes(window: Window) -> date | None:
    return timezone.localdate(window.closes_at) if window.closes_at else None


def _window_steps(window: Window | None, scheme: Scheme | None, start: date, day: date) -> Iterator[DatedStep]:
    if window is None:
        return
    told = _closes(window)
    opens = timezone.localdate(window.opens_at) if window.opens_at else None
    last = told or date(window.year.fiscal_year + 1, 3, 31)
    # Without an end, papers are due before the start; it is never told as the end.
    closes = told or min(last, max(start - timedelta(days=1), opens or date.min))
    end = "" if told else _("終わりは公表されていません。始めたい日より前、受付の年度のうちに出します。")
    is_over = last < day
    yield DatedStep(
        key="papers",
        label=_("申請書類の作成と提出"),
        begins=opens or closes - PAPERS,
        ends=closes,
        why="".join(
            (
                end or _("受付期間の終わりまでに出します。"),
                _("受付は終わりました。") if is_over else "",
                _("始めたい日より後に受付が終わります。") if told and start <= closes else "",
            )
        ),
        is_late=is_over or start <= closes or closes < day,
        is_usual=opens is None or told is None,
    )
    if scheme is None:
        return
    if needs_consortium(scheme):
        yield DatedStep(
            key="consortium",
            label=_("コンソーシアムの合意"),
            begins=closes - PAPERS,
            ends=closes,
            why=_("使える条件が、コンソーシアムでの申請を求めています。申請より前に合意します（目安は30日前から）。"),
            is_late=is_over,
            is_usual=True,
        )
    steps = list(scheme.steps.all())
    if endorsed := next((each for each in steps if ENDORSED.search(each.text)), None):
        yield _endorsement(endorsed, closes, day)
    if scheme.kind == Scheme.Kind.GRANT:
        decided = next((each for each in steps if DECIDED.search(each.text) and each.month), None)
        if decided and decided.month:
            year = closes.year + (decided.month < closes.month)
            ends = _last_day(year, decided.month)
            yield DatedStep(
                key="decision",
                label=decided.text,
                begins=ends.replace(day=1),
                ends=ends,
                why=_("例年の月です。交付決定より前に始めた分は、ふつう補助の対象になりません。"),
                is_late=start <= ends,
                is_month=True,
                is_usual=True,
                japanese=decided.text,
            )


def _endorsement(step: Step, closes: date, day: date) -> DatedStep:
    """The prefecture's part, in its usual month, else two weeks before the window closes."""
    found = DatedStep(
        key="prefecture",
        label=step.text,
        begins=closes - PAPERS,
        ends=closes - ENDORSEMENT,
        why=_("手続きに都道府県の経由があります。月が登録されていないので、受付が終わる2週間前までを目安とします。"),
        is_late=closes - ENDORSEMENT < day,
        is_usual=True,
        japanese=step.text,
    )
    if not step.month:
        return found
    ends = _last_day(closes.year - (step.month > closes.month), step.month)
    why = _("手続きに都道府県の経由があります。例年の月です。")
    return replace(found, begins=ends.replace(day=1), ends=ends, why=why, is_late=ends < day, is_month=True)


def _start(start: date, day: date) -> DatedStep:
    return DatedStep(
        key="start",
        label=_("事業の開始"),
        begins=start,
        ends=start,
        why=_("始めたい日です。"),
        is_late=start < day,
    )


def _last_day(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])
