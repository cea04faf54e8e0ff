"""A plan as a paper: the same sections on the page, in Word and in PDF, saved or not."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from itoguchi.core.calendar import format_date, format_fiscal_year
from itoguchi.core.documents import Block, Document, Grid, Paragraph, Row, Run, Section, Words, compose, plain, words
from itoguchi.core.documents.pdf import write_pdf
from itoguchi.core.documents.word import write_word
from itoguchi.plans.content import BLANK, Aim, Content, Copied, Heading, Step, yen_in_words
from itoguchi.roadmap.models import shown_value

TO_FILL_IN = re.compile(rf"({BLANK}[^）]*）)")


def document_of(content: Content, *, title: str, area: Any, day: date, state: str) -> Document:
    """The whole paper, in Japanese; `state` is what the reader has to know of it (a draft, approved)."""
    with override("ja"):
        as_of = _("時点：%(day)s") % {"day": format_date(day, "ja")}
        return Document(
            title=title,
            lead=f"{area}　{state}　{as_of}",
            foot=f"{title}　{state}",
            language="ja",
            contents=_("目次"),
            sections=tuple(_section(number, key, content) for number, key in enumerate(Heading, start=1)),
        )


def word_of(content: Content, *, title: str, area: Any, day: date, state: str) -> bytes:
    """The paper as Word file, which the office goes on writing."""
    return write_word(document_of(content, title=title, area=area, day=day, state=state))


def pdf_of(content: Content, *, title: str, area: Any, day: date, state: str) -> bytes:
    """The paper as tagged PDF."""
    return write_pdf(document_of(content, title=title, area=area, day=day, state=state))


def _section(number: int, key: Heading, content: Content) -> Section:
    """One section: its paragraphs, then the table that belongs to it."""
    lines = [each.strip() for each in content.text_of(key).splitlines() if each.strip()]
    blocks: list[Block] = [Paragraph(_marked(each)) for each in lines]
    if key == Heading.AIM and content.aims:
        blocks.append(_aims(content.aims))
    if key == Heading.MONEY and content.money:
        blocks.append(_money(content))
    if key == Heading.SCHEDULE and content.steps:
        blocks.append(_steps(content.steps))
    copies = tuple(_copied(each) for each in content.copies if each.section == key)
    return Section(key.value, f"{number}　{key.label}", tuple(blocks), copies, is_japanese=True)


def _copied(part: Copied) -> Section:
    """A copied part under a heading of its own: what it says, then where it comes from."""
    lines = [each.strip() for each in part.text.splitlines() if each.strip()]
    model = Run(_("参照モデル「%(title)s」") % {"title": part.model_title}, to=f"/reference-models/{part.model}")
    origin = compose(
        _("出典：%(source)s。%(giver)sの%(model)s（第%(version)s版）から%(day)sに写した。利用の条件：%(terms)s。"),
        source=part.source,
        giver=part.giver,
        model=model,
        version=part.version,
        day=format_date(part.copied_on, "ja"),
        terms=part.terms,
    )
    file = Run(part.file, to=f"/copied-parts/{part.key}/file")
    with_file = [Paragraph(compose(_("ファイル：%(file)s"), file=file), "note")] if part.file else []
    notes = [*with_file, Paragraph(origin, "note"), *([Paragraph(words(part.ended), "note")] if part.ended else [])]
    return Section(
        f"copied-{part.key}",
        part.title,
        (*(Paragraph(words(each)) for each in lines), *notes),
        is_japanese=True,
        in_contents=False,
    )


def _marked(line: str) -> Words:
    """A line in which places to fill in stand out."""
    return words(*(Run(part, is_bold=part.startswith(BLANK)) for part in TO_FILL_IN.split(line)))


def _aims(aims: tuple[Aim, ...]) -> Grid:
    missing = f"{BLANK}）"
    return Grid(
        _("KPI"),
        (_("KPI"), _("目標値"), _("いつまでに")),
        tuple(
            Row(
                (
                    words(each.name),
                    words(missing if each.target is None else shown_value(each.target, each.unit)),
                    words(format_date(each.by, "ja") if each.by else missing),
                )
            )
            for each in aims
        ),
        (0.5, 0.25, 0.25),
    )


def _money(content: Content) -> Grid:
    """By year; own and net burden stand there where somebody worked them out."""
    return Grid(
        _("年度ごとの費用"),
        (_("年度"), _("費用"), _("自己負担"), _("交付税措置などを除いた実質の負担")),
        tuple(
            Row(
                (
                    words(format_fiscal_year(each.year, "ja")),
                    words(yen_in_words(each.cost)),
                    words(yen_in_words(each.own) if each.own else "—"),
                    words(yen_in_words(each.net) if each.net else "—"),
                )
            )
            for each in content.money
        ),
        (0.16, 0.28, 0.28, 0.28),
        frozenset({1, 2, 3}),
    )


def _steps(steps: tuple[Step, ...]) -> Grid:
    return Grid(
        _("すること"),
        (_("いつまでに"), _("すること"), _("状態")),
        tuple(
            Row(
                (
                    words(format_date(each.by, "ja")),
                    words(each.what),
                    words(_("済み") if each.is_done else _("これから")),
                )
            )
            for each in sorted(steps, key=lambda each: (each.by, each.what))
        ),
        (0.25, 0.6, 0.15),
    )


def lines_of(content: Content, key: Heading) -> list[str]:
    """A section as plain lines, a row of its table on one line: what two versions are compared by."""
    with override("ja"):
        found = []
        section = _section(0, key, content)
        for block in section.blocks:
            if isinstance(block, Paragraph):
                found.append(plain(block.words))
            elif isinstance(block, Grid):
                found += [" / ".join(plain(cell) for cell in row.cells) for row in block.rows]
        for copied in section.sections:
            found += [copied.title, *(plain(each.words) for each in copied.blocks if isinstance(each, Paragraph))]
        return found
