"""A small line chart as inline SVG; the table behind it is the caller's and always shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

WIDTH, HEIGHT, LEFT, BOTTOM = 640, 220, 80, 28


def line_chart(points: Sequence[tuple[int, float]], *, says: str, label: Callable[[int], str] = str) -> SafeString:
    """Chart of (year, value) points in order of year; zero is always in view. Fewer than two points draw nothing.

    Other steps of time than years are numbered too, and `label` says how the first and the last are written.

    >>> line_chart([(2020, 1.0)], says="x")
    ''
    """
    if len(points) < 2:
        return mark_safe("")
    first, last = points[0][0], points[-1][0]
    top = max(value for _, value in points) or 1.0

    def place(year: int, value: float) -> tuple[float, float]:
        x = LEFT + (year - first) / (last - first) * (WIDTH - LEFT - 24)
        return round(x, 1), round(HEIGHT - BOTTOM - value / top * (HEIGHT - BOTTOM - 20), 1)

    placed = [place(*point) for point in points]
    line = " ".join(f"{x},{y}" for x, y in placed)
    dots = "".join(f'<circle class="dot" cx="{x}" cy="{y}" r="4"/>' for x, y in placed)
    axis = (
        f'<line class="axis" x1="{LEFT}" x2="{WIDTH - 24}" y1="{HEIGHT - BOTTOM}" y2="{HEIGHT - BOTTOM}"/>'
        f'<text x="{LEFT - 8}" y="{HEIGHT - BOTTOM}" text-anchor="end">0</text>'
        f'<text x="{LEFT - 8}" y="26" text-anchor="end">{top:,.10g}</text>'
        f'<text x="{LEFT}" y="{HEIGHT - 6}">{conditional_escape(label(first))}</text>'
        f'<text x="{WIDTH - 24}" y="{HEIGHT - 6}" text-anchor="end">{conditional_escape(label(last))}</text>'
    )
    return mark_safe(
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{conditional_escape(says)}">'
        f'{axis}<polyline class="line" points="{line}"/>{dots}</svg>'
    )
