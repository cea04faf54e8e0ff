"""Small charts as inline SVG, lines and bars over time; the table behind one is the caller's and always shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

WIDTH, HEIGHT, LEFT, BOTTOM = 640, 220, 80, 28
ROW, TOP, NAMED = 46, 34, 6  # of a chart of bars; NAMED: most months that are named
END, JAPANESE = ' text-anchor="end"', ' lang="ja"'


def line_chart(
    points: Sequence[tuple[int, float]],
    *,
    says: str,
    target: tuple[int, float] | None = None,
    ends: tuple[str, str] | None = None,
    expected: Sequence[tuple[int, float, float, float]] = (),
) -> SafeString:
    """Chart of (year, value) points in order of year; zero is always in view. Fewer than two places draw nothing.

    `target` is a place that the values should reach, drawn as a diamond on a dashed line; `ends` are the words under
    both ends of the axis, where the first number of a point is no year (days counted, say). `expected` goes on after
    the last point: (at, low, middle, high), drawn as a band around a dashed line.

    >>> line_chart([(2020, 1.0)], says="x")
    ''
    >>> "goal" in line_chart([(2020, 1.0)], says="x", target=(2021, 2.0))
    True
    """
    after = [(at, high) for at, _low, _middle, high in expected]
    places = [*points, *after, target] if target else [*points, *after]
    first, last = min((at for at, _ in places), default=0), max((at for at, _ in places), default=0)
    if not points or first == last:
        return mark_safe("")
    top = max(value for _, value in places) or 1.0
    left_word, right_word = ends or (str(first), str(last))

    def place(at: int, value: float) -> tuple[float, float]:
        x = LEFT + (at - first) / (last - first) * (WIDTH - LEFT - 24)
        return round(x, 1), round(HEIGHT - BOTTOM - value / top * (HEIGHT - BOTTOM - 20), 1)

    placed = [place(*point) for point in points]
    line = " ".join(f"{x},{y}" for x, y in placed)
    dots = "".join(f'<circle class="dot" cx="{x}" cy="{y}" r="4"/>' for x, y in placed)
    ahead = (
        _expected([(points[-1][0], points[-1][1], points[-1][1], points[-1][1]), *expected], place) if expected else ""
    )
    axis = (
        f'<line class="axis" x1="{LEFT}" x2="{WIDTH - 24}" y1="{HEIGHT - BOTTOM}" y2="{HEIGHT - BOTTOM}"/>'
        f'<text x="{LEFT - 8}" y="{HEIGHT - BOTTOM}" text-anchor="end">0</text>'
        f'<text x="{LEFT - 8}" y="26" text-anchor="end">{top:,.10g}</text>'
        f'<text x="{LEFT}" y="{HEIGHT - 6}">{conditional_escape(left_word)}</text>'
        f'<text x="{WIDTH - 24}" y="{HEIGHT - 6}" text-anchor="end">{conditional_escape(right_word)}</text>'
    )
    return mark_safe(
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{conditional_escape(says)}">'
        f'{axis}{ahead}{_goal(*place(*target)) if target else ""}<polyline class="line" points="{line}"/>{dots}</svg>'
    )


def _expected(
    rows: Sequence[tuple[int, float, float, float]], place: Callable[[int, float], tuple[float, float]]
) -> str:
    """A band from low to high with a dashed line in the middle."""
    lows, middles, highs = ([place(row[0], row[which]) for row in rows] for which in (1, 2, 3))
    band, line = (" ".join(f"{x},{y}" for x, y in each) for each in (lows + highs[::-1], middles))
    return f'<polygon class="band" points="{band}"/><polyline class="middle" points="{line}"/>'


def _goal(x: float, y: float) -> str:
    """The target: a dashed line up to a diamond."""
    return (
        f'<line class="aim" x1="{LEFT}" x2="{x}" y1="{y}" y2="{y}"/>'
        f'<path class="goal" d="M{x - 7} {y}L{x} {y - 7}L{x + 7} {y}L{x} {y + 7}Z"/>'
    )


@dataclass(frozen=True, slots=True)
class Bar:
    """Something between two days, both counted; `look` is a class of the bar beside the chart's own."""

    label: str
    begins: date
    ends: date
    look: str = ""
    is_japanese: bool = False  # on every page


def gantt_chart(bars: Sequence[Bar], *, says: str, today: date, today_word: str) -> SafeString:
    """Bars over the months that they take, one under the other, with a line for today; no bars draw nothing.

    >>> gantt_chart([], says="x", today=date(2027, 1, 1), today_word="today")
    ''
    >>> gantt_chart([Bar("x", date(2027, 1, 1), date(2027, 2, 1))], says="x", today=date(2027, 1, 9), today_word="now").count("<rect")
    1
    """
    if not bars:
        return mark_safe("")
    first = min(today, *(each.begins for each in bars)).replace(day=1)
    last = max(today, *(each.ends for each in bars))
    months = [first]
    while months[-1] <= last:
        months.append((months[-1] + timedelta(days=32)).replace(day=1))
    span, bottom = (months[-1] - first).days, TOP + ROW * len(bars)

    def place(day: date) -> float:
        return round(4 + (day - first).days / span * (WIDTH - 8), 1)

    step = -(-(len(months) - 1) // NAMED)
    grid = "".join(
        f'<line class="axis" x1="{place(month)}" x2="{place(month)}" y1="{TOP - 8}" y2="{bottom}"/>'
        for month in months[::step]
    )
    words = "".join(f'<text x="{place(month)}" y="18">{month:%Y-%m}</text>' for month in months[:-1:step])
    rows = "".join(
        f'<text class="name" x="{place(each.begins) if place(each.begins) < WIDTH / 2 else place(each.ends)}" y="{y + 14}"{JAPANESE if each.is_japanese else ""}'
        f"{'' if place(each.begins) < WIDTH / 2 else END}>{conditional_escape(each.label)}</text>"
        f'<rect class="bar {conditional_escape(each.look)}" x="{place(each.begins)}" y="{y + 20}" height="14" rx="3"'
        f' width="{max(6.0, round(place(each.ends + timedelta(days=1)) - place(each.begins), 1))}"/>'
        for y, each in ((TOP + ROW * number, each) for number, each in enumerate(bars))
    )
    here = place(today)
    now = (
        f'<line class="aim" x1="{here}" x2="{here}" y1="{TOP - 8}" y2="{bottom}"/>'
        f'<text x="{here}" y="{bottom + 18}"{"" if here < WIDTH / 2 else END}>{conditional_escape(today_word)}</text>'
    )
    return mark_safe(
        f'<svg viewBox="0 0 {WIDTH} {bottom + 26}" role="img" aria-label="{conditional_escape(says)}">'
        f"{grid}{words}{now}{rows}</svg>"
    )
