"""A document as slides: a title, the contents, then each section cut into pages that are not too full."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from math import ceil
from typing import Any

from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.text import PP_ALIGN
from pptx.oxml.ns import qn
from pptx.util import Mm, Pt

from itoguchi.core.documents.blocks import (
    Block,
    Document,
    Entry,
    Grid,
    Listing,
    Paragraph,
    Picture,
    Row,
    Section,
    Words,
    plain,
    words,
)
from itoguchi.core.documents.drawing import as_png
from itoguchi.core.exports import with_fixed_time

FONT = "BIZ UDPゴシック"
FIXED = datetime(1980, 1, 1)  # noqa: DTZ001, what the format calls a time without zone
KEY, SOFT, GROUND = RGBColor(0x00, 0x11, 0x8F), RGBColor(0x59, 0x59, 0x59), RGBColor(0xF1, 0xF1, 0xF4)
WIDTH, HEIGHT, MARGIN, TOP = 338.7, 190.5, 16.0, 34.0  # mm, 16:9
INNER = WIDTH - 2 * MARGIN
LINE, CELL_LINE = 7.6, 5.6  # mm for a line of 16 pt and of 12 pt
FULL = 136.0  # mm that a slide's body takes
HEAD = 8.0  # mm of a table's head
LONGEST_CELL = 240
TITLE_ONLY = 5


def write_slides(document: Document) -> bytes:
    """The document as .pptx; same document, same bytes."""
    writer = _Writer(document)
    writer.begin()
    for section in document.sections:
        writer.section(section, section.title)
    out = io.BytesIO()
    writer.file.save(out)
    return with_fixed_time(out.getvalue())


class _Writer:
    """The slides while they are written."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.file: Any = Presentation()
        self.file.slide_width, self.file.slide_height = Mm(WIDTH), Mm(HEIGHT)
        self.title, self.number, self.used = "", 0, 0.0

    def begin(self) -> None:
        """Title and contents."""
        document = self.document
        about = self.file.core_properties
        about.title, about.author, about.language = document.title, document.foot, document.language
        about.created = about.modified = FIXED
        about.last_modified_by = ""
        first = self._slide(document.title)
        self._text(first, TOP + 30, [(document.lead, 18), (document.foot, 14)])
        listed = [each.title for each in document.sections] if document.contents else []
        for number, part in enumerate(_parts(listed, 14)):
            slide = self._slide(_numbered(document.contents, number))
            self._text(slide, TOP, [(title, 18) for title in part])

    def section(self, section: Section, title: str) -> None:
        """A section's blocks one below the other on as many slides as they need, then those of its sections."""
        if section.blocks:
            self._turn(title)
        lines: list[Words] = []
        for block in section.blocks:
            if isinstance(block, Grid | Picture):
                self._flow(lines)
                lines = []
                self._grid(block) if isinstance(block, Grid) else self._picture(block)
            else:
                lines += _lines(block)
        self._flow(lines)
        for each in section.sections:
            self.section(each, f"{title}：{each.title}" if len(title) + len(each.title) < 40 else each.title)

    def _turn(self, title: str = "") -> None:
        """A new slide; without a title it goes on with the last one."""
        self.number = 0 if title else self.number + 1
        self.title = title or self.title
        self.slide, self.used = self._slide(_numbered(self.title, self.number)), 0.0

    def _flow(self, lines: Sequence[Words]) -> None:
        """Paragraphs and points, as many on a slide as fit."""

        def height(line: Words) -> float:
            return _rows(plain(line), INNER, 5.8) * LINE + 1.5

        for part in self._cut(lines, height):
            self._text(self.slide, TOP + self.used, [(plain(line), 16) for line in part])
            self.used += sum(map(height, part)) + 2

    def _cut(self, rows: Sequence[Any], height: Callable[[Any], float], *, head: float = 0.0) -> Iterator[list[Any]]:
        """Rows in parts that fit what is left of the slide, turning to the next one between them."""
        left = list(rows)
        while left:
            room, part = FULL - self.used - head, []
            while left and height(left[0]) <= room:
                room -= height(left[0])
                part.append(left.pop(0))
            if not part and self.used == 0:  # higher than a slide: it stands alone
                part.append(left.pop(0))
            if part:
                yield part
            if left:
                self._turn()

    def _grid(self, grid: Grid) -> None:
        share = [INNER * width / sum(grid.widths) for width in grid.widths]

        def height(row: Row) -> float:
            cells = zip(row.cells, share, strict=True)
            return max((_rows(_short(plain(cell)), width - 5, 4.4) for cell, width in cells), default=1) * CELL_LINE + 3

        for part in self._cut(grid.rows, height, head=HEAD):
            shape = self.slide.shapes.add_table(
                1 + len(part), len(grid.columns), Mm(MARGIN), Mm(TOP + self.used), Mm(INNER), Mm(HEAD * (1 + len(part)))
            )
            self.used += HEAD + sum(map(height, part)) + 4
            shape.name = grid.caption
            shape._element.nvGraphicFramePr.cNvPr.set("descr", grid.caption)
            for column, width in zip(shape.table.columns, share, strict=True):
                column.width = Mm(width)
            for cell, label in zip(shape.table.rows[0].cells, grid.columns, strict=True):
                self._cell(cell, label, is_head=True)
            for line, row in zip(list(shape.table.rows)[1:], part, strict=True):
                line.height = Mm(height(row))
                for cell, given in zip(line.cells, row.cells, strict=True):
                    self._cell(cell, _short(plain(given)))

    def _picture(self, picture: Picture) -> None:
        title = self.title
        if self.used:
            self._turn()
        self.slide.shapes.title.text_frame.paragraphs[0].runs[0].text = (
            picture.caption if title in picture.caption else f"{title}：{picture.caption}"
        )
        shape = self.slide.shapes.add_picture(io.BytesIO(as_png(picture.svg)), Mm(MARGIN), Mm(TOP), height=Mm(FULL - 8))
        shape.left = Mm((WIDTH - shape.width / 36000) / 2)
        shape._element.nvPicPr.cNvPr.set("descr", picture.says)
        words = "　".join(f"{SIGNS.get(look, '□')} {meaning}" for look, meaning in picture.legend)
        self._text(self.slide, TOP + FULL - 6, [(words, 14)])
        self.used = FULL

    def _slide(self, title: str) -> Any:
        slide = self.file.slides.add_slide(self.file.slide_layouts[TITLE_ONLY])
        head = slide.shapes.title
        head.left, head.top, head.width, head.height = Mm(MARGIN), Mm(8), Mm(INNER), Mm(22)
        head.text_frame.word_wrap = True
        head.text_frame.text = title
        head.text_frame.paragraphs[0].alignment = PP_ALIGN.LEFT
        self._letters(head.text_frame.paragraphs[0].runs[0], 24 if _wide(title) < 60 else 18, KEY, is_bold=True)
        number = len(self.file.slides)
        self._text(slide, HEIGHT - 12, [(f"{self.document.title}　{number}", 10)], colour=SOFT)
        return slide

    def _text(self, slide: Any, top: float, lines: Iterable[tuple[str, int]], *, colour: Any = None) -> None:
        frame = slide.shapes.add_textbox(Mm(MARGIN), Mm(top), Mm(INNER), Mm(8)).text_frame
        frame.word_wrap = True
        for place, (text, size) in enumerate(lines):
            paragraph = frame.paragraphs[0] if place == 0 else frame.add_paragraph()
            paragraph.space_after = Pt(4)
            run = paragraph.add_run()
            run.text = text
            self._letters(run, size, colour)

    def _cell(self, cell: Any, text: str, *, is_head: bool = False) -> None:
        cell.fill.solid()
        cell.fill.fore_color.rgb = GROUND if is_head else RGBColor(0xFF, 0xFF, 0xFF)
        cell.margin_top = cell.margin_bottom = Mm(1)
        cell.margin_left = cell.margin_right = Mm(2)
        cell.text_frame.text = text
        for paragraph in cell.text_frame.paragraphs:
            for run in paragraph.runs:
                self._letters(run, 12, RGBColor(0x1A, 0x1A, 0x1C), is_bold=is_head)

    def _letters(self, run: Any, size: int, colour: Any = None, *, is_bold: bool = False) -> None:
        run.font.size, run.font.bold, run.font.name = Pt(size), is_bold, FONT
        if colour is not None:
            run.font.color.rgb = colour
        properties = run._r.get_or_add_rPr()
        properties.set("lang", "ja-JP" if self.document.language == "ja" else "en-GB")
        east = properties.makeelement(qn("a:ea"), {"typeface": FONT})
        properties.append(east)


SIGNS = {"done": "■", "some": "▨", "planned": "▢"}


def _lines(block: Block) -> list[Words]:
    if isinstance(block, Paragraph):
        return [block.words]
    if isinstance(block, Listing):
        return list(_points(block.entries, is_ordered=block.is_ordered))
    return []


def _points(entries: Iterable[Entry], *, is_ordered: bool = False, depth: int = 0) -> Iterator[Words]:
    for number, entry in enumerate(entries, start=1):
        sign = f"{number}. " if is_ordered else "・"
        yield words("　" * depth + sign, entry.words)
        yield from _points(entry.below, depth=depth + 1)


def _short(text: str) -> str:
    """A cell's text, cut where it would fill the slide; the whole stands in the other files."""
    return text if len(text) <= LONGEST_CELL else f"{text[:LONGEST_CELL]}…"


def _wide(text: str) -> int:
    """Length in half-width letters."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WFA" else 1 for letter in text)


def _rows(text: str, width: float, letter: float) -> int:
    """Lines that a text takes in `width` mm, a full-width letter being `letter` mm wide."""
    return sum(max(1, ceil(_wide(line) * letter / (2 * width))) for line in text.split("\n"))


def _parts(rows: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def _numbered(title: str, number: int) -> str:
    return f"{title}（{number + 1}）" if number else title
