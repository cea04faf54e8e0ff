"""Inline maps: paths coloured by class and marked by pattern, each a link with a spoken name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from math import dist
from statistics import median

from django.utils.safestring import SafeString, mark_safe

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class MapPart:
    """One outline: `look` is a class of the stylesheet, `says` what is read out, `url` where it leads ("" nowhere)."""

    path: str
    look: str
    says: str = ""
    url: str = ""


def escaped(value: object) -> str:
    """Text safe inside HTML; what is marked safe stays. Django's own does the same through lazy wrappers, slower."""
    return str(value) if isinstance(value, SafeString) else escape(str(value))


def view_box(boxes: Iterable[Box], *, margin: float = 0.03) -> str:
    """`viewBox` around boxes of (min_x, min_y, max_x, max_y), with a margin of a share of the longer side."""
    found = list(boxes)
    if not found:
        return "0 0 1 1"
    left, top = min(box[0] for box in found), min(box[1] for box in found)
    width, height = max(box[2] for box in found) - left, max(box[3] for box in found) - top
    edge = margin * max(width, height, 1e-6)
    return f"{left - edge:.1f} {top - edge:.1f} {width + 2 * edge:.1f} {height + 2 * edge:.1f}"


def far_away(boxes: Mapping[str, Box]) -> list[str]:
    """Keys of outlines so far from the rest that a map with them would show nothing else: remote islands.

    Far is more than three times the distance, from the median middle, within which four of five lie.
    """
    middles = {key: ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2) for key, box in boxes.items()}
    if len(middles) < 5:
        return []
    middle = median(x for x, _ in middles.values()), median(y for _, y in middles.values())
    distances = {key: dist(middle, place) for key, place in middles.items()}
    usual = sorted(distances.values())[int(len(distances) * 0.8)]
    return [key for key, distance in distances.items() if distance > 3 * usual]


def draw_map(parts: Iterable[MapPart], *, box: str, says: str) -> SafeString:
    """One `<svg>`; parts without address are drawn, not read."""
    drawn = []
    for part in parts:
        path = f'<path class="{escaped(part.look)}" d="{escaped(part.path)}"'
        if part.url:
            name = escaped(part.says)
            drawn.append(f'<a href="{escaped(part.url)}" aria-label="{name}">{path}><title>{name}</title></path></a>')
        else:
            drawn.append(f'{path} aria-hidden="true"/>')
    return mark_safe(  # every value above is escaped
        f'<svg viewBox="{escaped(box)}" role="group" aria-label="{escaped(says)}">{"".join(drawn)}</svg>'
    )
