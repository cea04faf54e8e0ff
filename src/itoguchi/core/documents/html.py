"""A document as HTML: sections for a page of the site, or a file that needs nothing from outside."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from html import escape

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

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

Lead = Callable[[str], str]  # a run's `to` → address of the link, "" for none


def within(sections: Iterable[Section]) -> Lead:
    """Links of a file: only those inside it."""
    known = set(places(sections))
    return lambda to: f"#{place_of(to)}" if place_of(to) in known else ""


def write_sections(sections: Iterable[Section], lead: Lead, *, level: int = 2) -> SafeString:
    """The sections with headings from `level`; every text is escaped."""
    return mark_safe("".join(_section(each, lead, level) for each in sections))


def contents(document: Document) -> SafeString:
    """The list of chapters with links to them."""
    lines = "".join(f'<li><a href="#{each.key}">{escape(each.title)}</a></li>' for each in document.sections)
    return mark_safe(f'<nav aria-label="{escape(document.contents)}"><ol class="contents">{lines}</ol></nav>')


def _section(section: Section, lead: Lead, level: int) -> str:
    inner = "".join(_block(block, lead, level) for block in section.blocks)
    inner += "".join(_section(each, lead, level + 1) for each in section.sections)
    heading = f'<h{level} id="{section.key}"{_lang(section.is_japanese)}>{escape(section.title)}</h{level}>'
    return f'<section aria-labelledby="{section.key}">{heading}{inner}</section>' if level == 2 else heading + inner


def _block(block: Block, lead: Lead, level: int) -> str:
    match block:
        case Paragraph(look="quote"):
            return f"<blockquote><p>{_words(block.words, lead)}</p></blockquote>"
        case Paragraph(look=look):
            kind = {"note": ' class="hint"', "lead": ' class="lead"'}.get(look, "")
            return f"<p{kind}>{_words(block.words, lead)}</p>"
        case Listing():
            return _entries(block.entries, lead, "ol" if block.is_ordered else "ul")
        case Grid():
            return _grid(block, lead)
        case Picture():
            return _picture(block, level + 1)


def _entries(entries: tuple[Entry, ...], lead: Lead, tag: str) -> str:
    lines = "".join(
        f"<li{_id(each.key)}>{_words(each.words, lead)}{_entries(each.below, lead, 'ul') if each.below else ''}</li>"
        for each in entries
    )
    return f"<{tag}>{lines}</{tag}>"


def _grid(grid: Grid, lead: Lead) -> str:
    labels = [f' data-label="{escape(label)}"' for label in grid.columns]
    kinds = [' class="n"' if place in grid.numbers else "" for place in range(len(grid.columns))]
    head = "".join(
        f'<th scope="col"{kind}>{escape(label)}</th>' for label, kind in zip(grid.columns, kinds, strict=True)
    )
    lines = []
    for row in grid.rows:
        cells = [
            f'<th scope="row"{kinds[0]}{labels[0]}><span>{_words(row.cells[0], lead)}</span></th>',
            *(
                f"<td{kind}{label}><span>{_words(cell, lead)}</span></td>"
                for cell, kind, label in zip(row.cells[1:], kinds[1:], labels[1:], strict=True)
            ),
        ]
        lines.append(f"<tr{_id(row.key)}>{''.join(cells)}</tr>")
    return (
        f'<table class="list"><caption>{escape(grid.caption)}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table>"
    )


def _picture(picture: Picture, level: int) -> str:
    legend = "".join(
        f'<li><svg aria-hidden="true" width="22" height="14"><rect class="{look}" width="22" height="14"/></svg>'
        f"{escape(meaning)}</li>"
        for look, meaning in picture.legend
    )
    return (
        f'<figure class="map card"><figcaption><h{level}>{escape(picture.caption)}</h{level}></figcaption>'
        f'{picture.svg}<ul class="legend">{legend}</ul></figure>'
    )


def _words(given: Words, lead: Lead) -> str:
    written = []
    for run in given:
        text = escape(run.text).replace("\n", "<br>")
        lang = _lang(run.is_japanese)
        address = lead(run.to) if run.to else ""
        if address:
            kind = ' class="figure"' if run.is_figure else ""
            text = f'<a{kind} href="{escape(address)}"{lang}>{text}</a>'
        elif lang:
            text = f"<span{lang}>{text}</span>"
        written.append(f"<b>{text}</b>" if run.is_bold else text)
    return "".join(written)


def _lang(is_japanese: bool) -> str:  # noqa: FBT001, one thing
    return ' lang="ja"' if is_japanese and get_language() != "ja" else ""


def _id(key: str) -> str:
    return f' id="{key}"' if key else ""
