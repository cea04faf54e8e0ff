"""Documents: one text in four kinds of file, each with headings, contents, words for pictures, and the same bytes twice."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from typing import Any

import docx
import pptx
import pypdfium2
import pytest
from django.utils.translation import override
from docx.oxml.ns import qn

from itoguchi.core.documents import (
    Document,
    Entry,
    Grid,
    Listing,
    Paragraph,
    Picture,
    Row,
    Run,
    Section,
    compose,
    plain,
    words,
)
from itoguchi.core.documents.html import contents, within, write_sections
from itoguchi.core.documents.pdf import write_pdf
from itoguchi.core.documents.slides import write_slides
from itoguchi.core.documents.word import write_word

SVG = '<svg viewBox="0 0 10 10" role="group" aria-label="地図"><a href="/areas/1" aria-label="x"><path class="done" d="M0 0L10 0L5 10Z"><title>x</title></path></a></svg>'
HOSTILE = "<script>alert(1)</script> #set text(red) *x* _y_ $z$ @a & \\ ]"
ROWS = tuple(Row((words(f"行{n}"), words(Run(HOSTILE, to="#figures"))), key=f"row-{n}") for n in range(40))
GIVEN = Document(
    title="状況報告（見本）",
    lead="時点：平成29年3月24日",
    foot="糸口",
    language="ja",
    contents="目次",
    sections=(
        Section(
            "one",
            "1. 会合",
            (
                Paragraph(compose("合計%(count)s回、%(place)s。", count=Run("33", to="#figures", is_figure=True), place="石川県")),
                Paragraph(words(HOSTILE), "note"),
                Paragraph(words("資料の言葉"), "quote"),
                Listing((Entry(words("議事"), (Entry(words("発表「題名」")),), key="item"),), is_ordered=True),
            ),
            (Section("inner", "分科会", (Paragraph(words("一行目\n二行目")),)),),
        ),
        Section(
            "figures",
            "2. 表と地図",
            (
                Grid("一覧", ("名", "値"), ROWS, (1, 2), frozenset({1})),
                Picture(SVG, "地図", "十九の県の地図", (("done", "実施済み"), ("none", "まだ"))),
                Paragraph(words(Run("どこにもない", to="#nowhere"), Run("外", to="/areas/1"))),
            ),
        ),
    ),
)  # fmt: skip
WRITERS: dict[str, Callable[[Document], bytes]] = {"pdf": write_pdf, "docx": write_word, "pptx": write_slides}


@pytest.mark.parametrize("kind", WRITERS)
def test_the_same_document_is_the_same_bytes(kind: str) -> None:
    assert WRITERS[kind](GIVEN) == WRITERS[kind](GIVEN)


def text_of(kind: str, data: bytes) -> str:
    if kind == "pdf":
        return "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(data))
    if kind == "docx":
        file = docx.Document(io.BytesIO(data))
        return "".join(node.text or "" for node in file.element.body.iter(qn("w:t")))
    return "".join(
        "".join(node.text or "" for node in slide._element.iter("{http://schemas.openxmlformats.org/drawingml/2006/main}t"))
        for slide in pptx.Presentation(io.BytesIO(data)).slides
    )  # fmt: skip


def squeezed(text: str) -> str:
    return re.sub(r"[\s\ufffe\x02]+", "", text)


@pytest.mark.parametrize("kind", WRITERS)
def test_every_word_is_in_every_file_and_nothing_is_run(kind: str) -> None:
    text = squeezed(text_of(kind, WRITERS[kind](GIVEN)))
    for wanted in (
        GIVEN.title,
        "合計33回、石川県。",
        "資料の言葉",
        "発表「題名」",
        "一行目",
        "二行目",
        HOSTILE,
        "実施済み",
    ):
        assert squeezed(wanted) in text, wanted
    assert all(f"行{n}" in text for n in range(40))


def test_the_pdf_is_tagged_named_and_has_contents_and_links() -> None:
    data = write_pdf(GIVEN)
    file = pypdfium2.PdfDocument(data)
    assert file.get_metadata_value("Title") == GIVEN.title
    assert [entry.get_title() for entry in file.get_toc()] == ["1. 会合", "分科会", "2. 表と地図"]
    assert b"/MarkInfo" in data
    assert b"pdfuaid" in data
    assert "/Figure" in data.decode("latin-1")


def test_the_word_file_has_headings_contents_alternative_texts_and_heads_that_repeat() -> None:
    file: Any = docx.Document(io.BytesIO(write_word(GIVEN)))
    headings = [(each.style.name, each.text) for each in file.paragraphs if each.style.name.startswith("Heading")]
    assert headings == [("Heading 1", "1. 会合"), ("Heading 2", "分科会"), ("Heading 1", "2. 表と地図")]
    body = file.element.body
    assert [each.get("descr") for each in body.iter(qn("wp:docPr"))] == ["十九の県の地図"]
    assert len(list(body.iter(qn("w:tblHeader")))) == 1
    places = {each.get(qn("w:name")) for each in body.iter(qn("w:bookmarkStart"))}
    links = {each.get(qn("w:anchor")) for each in body.iter(qn("w:hyperlink"))}
    assert links
    assert links <= places
    assert len({each.get(qn("w:id")) for each in body.iter(qn("w:bookmarkStart"))}) == len(places)
    assert "TOC" in "".join(each.text for each in body.iter(qn("w:instrText")))
    assert not any("http" in (rel.target_ref or "") for rel in file.part.rels.values() if rel.is_external)


def test_slides_have_titles_and_none_is_overfull() -> None:
    file: Any = pptx.Presentation(io.BytesIO(write_slides(GIVEN)))
    assert all(slide.shapes.title.text_frame.text for slide in file.slides)
    tables = [shape.table for slide in file.slides for shape in slide.shapes if shape.has_table]
    assert sum(len(table.rows) - 1 for table in tables) == 40
    assert len(tables) > 1
    for table in tables:
        assert sum(row.height for row in table.rows) <= 140 * 36000
    pictures = [shape for slide in file.slides for shape in slide.shapes if shape.shape_type == 13]
    assert [each._element.nvPicPr.cNvPr.get("descr") for each in pictures] == ["十九の県の地図"]


@pytest.mark.parametrize("kind", ["docx", "pptx"])
def test_office_files_carry_no_macros_and_no_clock(kind: str) -> None:
    with zipfile.ZipFile(io.BytesIO(WRITERS[kind](GIVEN))) as file:
        assert not [name for name in file.namelist() if "vba" in name.lower() or "embeddings" in name.lower()]
        assert b"1980-01-01" in file.read("docProps/core.xml")


def test_html_escapes_and_leads_only_where_it_may() -> None:
    page = write_sections(GIVEN.sections, within(GIVEN.sections))
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert '<a class="figure" href="#figures">33</a>' in page
    assert 'href="/areas/1">外' not in page
    assert '<tr id="row-3">' in page
    assert 'data-label="値"' in page
    assert '<a href="#one">1. 会合</a>' in contents(GIVEN)
    elsewhere = write_sections(GIVEN.sections, lambda to: to.replace("#", "/figures/"))
    assert 'href="/areas/1">外</a>' in elsewhere


def test_words_of_records_stay_japanese_on_english_pages() -> None:
    section = Section("x", "題", (Paragraph(words(Run("石川県", is_japanese=True))),), is_japanese=True)
    with override("en"):
        page = write_sections([section], within([section]))
    assert '<h2 id="x" lang="ja">題</h2>' in page
    assert '<span lang="ja">石川県</span>' in page
    assert 'lang="ja"' not in write_sections([section], within([section]))


def test_a_text_is_composed_of_runs() -> None:
    given = compose("%(a)s / %(b)s", a=Run("x", is_bold=True), b=words("y", Run("z")))
    assert plain(given) == "x / yz"
    assert given[0].is_bold
