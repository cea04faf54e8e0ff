"""A document as Word file: headings, contents with links, tables whose heads repeat, pictures said in words."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

import docx
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from itoguchi.core.documents.blocks import (
    Block,
    Document,
    Entry,
    Grid,
    Listing,
    Paragraph,
    Picture,
    Section,
    Words,
    place_of,
    places,
)
from itoguchi.core.documents.drawing import as_png
from itoguchi.core.exports import with_fixed_time

FONT = "BIZ UDPゴシック"  # on every Windows since 10; the same letters as the PDF
FIXED = datetime(1980, 1, 1)  # noqa: DTZ001, what the format calls a time without zone
KEY, SOFT, INK = RGBColor(0x00, 0x11, 0x8F), RGBColor(0x59, 0x59, 0x59), RGBColor(0x1A, 0x1A, 0x1C)
PAGE_WIDTH = 170  # mm between the margins


def write_word(document: Document) -> bytes:
    """The document as .docx; same document, same bytes."""
    writer = _Writer(document)
    writer.begin()
    for section in document.sections:
        writer.section(section, 1)
    out = io.BytesIO()
    writer.file.save(out)
    return with_fixed_time(out.getvalue())


class _Writer:
    """The file while it is written: where bookmarks are, and which number comes next."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.file: Any = docx.Document()
        self.known = {key: number for number, key in enumerate(places(document.sections), start=1)}

    def begin(self) -> None:
        """Paper, letters, title, contents."""
        document, file = self.document, self.file
        page = file.sections[0]
        page.page_width, page.page_height = Mm(210), Mm(297)
        page.left_margin = page.right_margin = Mm(20)
        page.top_margin = page.bottom_margin = Mm(20)
        page.footer.paragraphs[0].text = document.foot
        for style in ("Normal", "Title", "Heading 1", "Heading 2", "Heading 3", "Caption", "Footer"):
            self._letters(file.styles[style], Pt({"Title": 22, "Heading 1": 15, "Heading 2": 12}.get(style, 10)))
        self._language()
        about = file.core_properties
        about.title, about.author, about.language = document.title, document.foot, document.language
        about.created = about.modified = FIXED
        about.last_modified_by = ""
        about.comments = ""
        file.add_paragraph(document.title, style="Title")
        if document.lead:
            file.add_paragraph(document.lead)
        if document.contents:
            self._contents()

    def section(self, section: Section, level: int) -> None:
        """A heading and what stands under it; chapters begin on a new page."""
        heading = self.file.add_heading(level=level)
        heading.paragraph_format.page_break_before = level == 1 and bool(self.document.contents)
        self._bookmark(heading, section.key)
        self._run(heading, section.title, is_japanese=section.is_japanese)
        for block in section.blocks:
            self.block(block)
        for each in section.sections:
            self.section(each, level + 1)

    def block(self, block: Block) -> None:
        """One block of a section."""
        match block:
            case Paragraph():
                paragraph = self.file.add_paragraph()
                if block.look == "quote":
                    paragraph.paragraph_format.left_indent = Mm(8)
                    paragraph.paragraph_format.right_indent = Mm(8)
                self._words(paragraph, block.words, is_note=block.look == "note")
            case Listing():
                self._entries(block.entries, "List Number" if block.is_ordered else "List Bullet", 0)
            case Grid():
                self._grid(block)
            case Picture():
                self._picture(block)

    def _entries(self, entries: tuple[Entry, ...], style: str, depth: int) -> None:
        for number, entry in enumerate(entries, start=1):
            paragraph = self.file.add_paragraph(style="List Bullet" if style == "List Bullet" else "Normal")
            paragraph.paragraph_format.left_indent = Mm(6 + 6 * depth)
            paragraph.paragraph_format.first_line_indent = Mm(-5)
            paragraph.paragraph_format.space_after = Pt(2)
            if style == "List Number":
                self._run(paragraph, f"{number}. ")
            self._bookmark(paragraph, entry.key)
            self._words(paragraph, entry.words)
            self._entries(entry.below, "List Bullet", depth + 1)

    def _grid(self, grid: Grid) -> None:
        caption = self.file.add_paragraph(grid.caption, style="Caption")
        caption.paragraph_format.keep_with_next = True
        table = self.file.add_table(rows=1 + len(grid.rows), cols=len(grid.columns), style="Table Grid")
        table.autofit = False
        table_of = table._tbl.tblPr
        _mark(table_of, "w:tblCaption", grid.caption)
        table_of.append(_lines())
        widths = [Mm(PAGE_WIDTH * share / sum(grid.widths)) for share in grid.widths]
        for column, width in zip(table.columns, widths, strict=True):
            column.width = width
        head, *lines = table.rows
        head._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
        for row, cells in zip(lines, (each.cells for each in grid.rows), strict=True):
            row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
            for place, (cell, given, width) in enumerate(zip(row.cells, cells, widths, strict=True)):
                cell.width = width
                self._words(_close(cell.paragraphs[0], place in grid.numbers), given, size=Pt(9))
        for row, each in zip(lines, grid.rows, strict=True):
            self._bookmark(row.cells[0].paragraphs[0], each.key)
        for place, (cell, label, width) in enumerate(zip(head.cells, grid.columns, widths, strict=True)):
            cell.width = width
            self._run(_close(cell.paragraphs[0], place in grid.numbers), label, is_bold=True, size=Pt(9))
            shade = OxmlElement("w:shd")
            shade.set(qn("w:val"), "clear")
            shade.set(qn("w:fill"), "F1F1F4")
            cell._tc.get_or_add_tcPr().append(shade)
        _small(self.file.add_paragraph())

    def _picture(self, picture: Picture) -> None:
        caption = self.file.add_paragraph(picture.caption, style="Caption")
        caption.paragraph_format.keep_with_next = True
        shape = self.file.add_picture(io.BytesIO(as_png(picture.svg)), width=Mm(PAGE_WIDTH * 0.72))
        shape._inline.docPr.set("descr", picture.says)
        shape._inline.docPr.set("name", picture.caption)
        self.file.add_paragraph("　".join(f"{SIGNS.get(look, '□')} {meaning}" for look, meaning in picture.legend))

    def _contents(self) -> None:
        """A field that Word renews, already filled with the headings and links to them."""
        self.file.add_paragraph().add_run(self.document.contents).bold = True
        entries = [(1, each) for each in self.document.sections]
        listed = [
            pair
            for level, each in entries
            for pair in ((level, each), *((2, inner) for inner in each.sections if inner.in_contents))
        ]
        paragraphs = [self.file.add_paragraph() for _pair in listed]
        for paragraph, (level, _section) in zip(paragraphs, listed, strict=True):
            paragraph.paragraph_format.left_indent = Mm(6 * (level - 1))
            paragraph.paragraph_format.space_after = Pt(1)
        _field(paragraphs[0], "begin", 'TOC \\o "1-2" \\h \\n')
        for paragraph, (_level, section) in zip(paragraphs, listed, strict=True):
            self._run(paragraph, section.title, to=section.key, is_japanese=section.is_japanese)
        _field(paragraphs[-1], "end")

    def _words(self, paragraph: Any, given: Words, *, is_note: bool = False, size: Any = None) -> None:
        for run in given:
            to = place_of(run.to) if place_of(run.to) in self.known else ""
            self._run(
                paragraph,
                run.text,
                to=to,
                is_japanese=run.is_japanese,
                is_bold=run.is_bold or run.is_figure,
                size=Pt(8.5) if is_note else size,
                colour=SOFT if is_note else None,
            )

    def _run(
        self,
        paragraph: Any,
        text: str,
        *,
        to: str = "",
        is_japanese: bool = False,
        is_bold: bool = False,
        size: Any = None,
        colour: Any = None,
    ) -> None:
        run = paragraph.add_run(text)
        run.bold = is_bold or None
        if size:
            run.font.size = size
        if colour or to:
            run.font.color.rgb = colour or KEY
        if is_japanese and self.document.language != "ja":
            language = OxmlElement("w:lang")
            language.set(qn("w:val"), "ja-JP")
            language.set(qn("w:eastAsia"), "ja-JP")
            run._r.get_or_add_rPr().append(language)
        if to:
            link = OxmlElement("w:hyperlink")
            link.set(qn("w:anchor"), self._name(to))
            link.set(qn("w:history"), "1")
            paragraph._p.append(link)
            link.append(run._r)

    def _bookmark(self, paragraph: Any, key: str) -> None:
        if key not in self.known:
            return
        for tag in ("w:bookmarkStart", "w:bookmarkEnd"):
            mark = OxmlElement(tag)
            mark.set(qn("w:id"), str(self.known[key]))
            if tag == "w:bookmarkStart":
                mark.set(qn("w:name"), self._name(key))
            paragraph._p.append(mark)

    def _name(self, key: str) -> str:
        """Word's names of places have 40 letters at most and begin with a letter."""
        return f"p{self.known[key]}_{key.replace('-', '_')}"[:40]

    def _letters(self, style: Any, size: Any) -> None:
        style.font.name = FONT
        style.font.size = size
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for side in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
            fonts.set(qn(side), FONT)
        for side in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
            fonts.attrib.pop(qn(side), None)
        style.font.color.rgb = KEY if style.name.startswith(("Heading", "Title")) else INK

    def _language(self) -> None:
        language = self.file.styles.element.find(f".//{qn('w:rPrDefault')}//{qn('w:lang')}")
        spoken = "ja-JP" if self.document.language == "ja" else "en-GB"
        language.set(qn("w:val"), spoken)
        language.set(qn("w:eastAsia"), "ja-JP")


SIGNS = {"done": "■", "some": "▨", "planned": "▢"}


def _close(paragraph: Any, is_number: bool) -> Any:  # noqa: FBT001, one thing
    paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(2)
    if is_number:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    return paragraph


def _small(paragraph: Any) -> None:
    """The paragraph that Word needs after a table, so low that it never takes a page of its own."""
    paragraph.paragraph_format.space_after = Pt(0)
    paragraph.paragraph_format.line_spacing = Pt(4)


def _mark(parent: Any, tag: str, value: str) -> None:
    element = OxmlElement(tag)
    element.set(qn("w:val"), value)
    parent.append(element)


def _lines() -> Any:
    """Thin grey lines between rows, none between columns."""
    borders = OxmlElement("w:tblBorders")
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        line = OxmlElement(f"w:{side}")
        line.set(qn("w:val"), "none" if side in {"left", "right", "insideV"} else "single")
        line.set(qn("w:sz"), "4")
        line.set(qn("w:color"), "B4B4B4")
        borders.append(line)
    return borders


def _field(paragraph: Any, kind: str, instruction: str = "") -> None:
    def sign(name: str) -> None:
        run = paragraph.add_run()
        mark = OxmlElement("w:fldChar")
        mark.set(qn("w:fldCharType"), name)
        run._r.append(mark)

    sign(kind)
    if instruction:
        text = OxmlElement("w:instrText")
        text.set(qn("xml:space"), "preserve")
        text.text = f" {instruction} "
        paragraph.add_run()._r.append(text)
        sign("separate")
