"""Drawings for files: an SVG of the site with its colours inside it, and the same as PNG."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import typst

FONTS = Path(__file__).parents[1] / "fonts"
# The colours of look.css for what stands on maps of documents.
COLOURS = (
    "path{fill:#e6e6ea;stroke:#fff;stroke-width:.6}.done{fill:#0031d8}.some{fill:#9db7f9}"
    ".planned{fill:#fff;stroke:#0031d8;stroke-width:1.2;stroke-dasharray:4 3}.grey{fill:#b4b4b4}"
    ".inset{fill:none;stroke:#b4b4b4}"
)
SWATCHES = {"done": "#0031d8", "some": "#9db7f9", "planned": "#ffffff", "grey": "#b4b4b4"}


def alone(svg: str) -> str:
    """An SVG of a page as one that stands by itself: with its namespace and colours, without links."""
    inner = re.sub(r"</?a\b[^>]*>|<title>.*?</title>", "", svg)
    return re.sub(
        r"<svg ([^>]*)>", rf'<svg xmlns="http://www.w3.org/2000/svg" \1><style>{COLOURS}</style>', inner, count=1
    )


@lru_cache(maxsize=32)
def as_png(svg: str, *, width: int = 1200) -> bytes:
    """The drawing as PNG, `width` pixels wide; same drawing, same bytes."""
    made = typst.compile(
        b'#set page(width: 600pt, height: auto, margin: 0pt)\n#image(bytes(sys.inputs.svg), format: "svg", width: 600pt)',
        format="png",
        ppi=72 * width / 600,
        sys_inputs={"svg": alone(svg)},
        ignore_system_fonts=True,
    )
    if not isinstance(made, bytes):
        raise TypeError("a drawing is one page")
    return made
