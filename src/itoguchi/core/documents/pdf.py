"""A document as PDF, tagged for readers that speak (PDF/UA-1); same document, same bytes, on any machine."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import typst

from itoguchi.core.documents.blocks import (
    Block,
    Document,
    Entry,
    Grid,
    Listing,
    Paragraph,
    Picture,
    Run,
    Section,
    place_of,
    places,
)
from itoguchi.core.documents.drawing import FONTS, SWATCHES, alone

TEMPLATE = Path(__file__).with_name("document.typ")


def write_pdf(document: Document) -> bytes:
    """The document on A4 with contents; links lead within it."""
    known = set(places(document.sections))
    given = {
        "title": document.title,
        "lead": document.lead,
        "foot": document.foot,
        "language": document.language,
        "contents": document.contents,
        "sections": [_section(each, known) for each in document.sections],
    }
    made = typst.compile(
        TEMPLATE,
        font_paths=[FONTS],
        ignore_system_fonts=True,
        pdf_standards=["ua-1"],
        sys_inputs={"document": json.dumps(given, ensure_ascii=False)},
    )
    if not isinstance(made, bytes):
        raise TypeError("a PDF is one file")
    return made


def _section(section: Section, known: set[str]) -> dict[str, Any]:
    return {
        "key": section.key,
        "title": section.title,
        "is_japanese": section.is_japanese,
        "in_contents": section.in_contents,
        "blocks": [_block(block, known) for block in section.blocks],
        "sections": [_section(each, known) for each in section.sections],
    }


def _block(block: Block, known: set[str]) -> dict[str, Any]:
    match block:
        case Paragraph():
            return {"kind": "paragraph", "look": block.look, "words": _words(block.words, known)}
        case Listing():
            entries = [_entry(each, known) for each in block.entries]
            return {"kind": "listing", "is_ordered": block.is_ordered, "entries": entries}
        case Grid():
            rows = [{"key": row.key, "cells": [_words(cell, known) for cell in row.cells]} for row in block.rows]
            return {
                "kind": "grid",
                "caption": block.caption,
                "columns": block.columns,
                "widths": block.widths,
                "numbers": sorted(block.numbers),
                "rows": rows,
            }
        case Picture():
            legend = [{"colour": SWATCHES.get(look, "#e6e6ea"), "meaning": meaning} for look, meaning in block.legend]
            return {
                "kind": "picture",
                "caption": block.caption,
                "says": block.says,
                "svg": alone(block.svg),
                "legend": legend,
            }


def _entry(entry: Entry, known: set[str]) -> dict[str, Any]:
    return {
        "key": entry.key,
        "words": _words(entry.words, known),
        "below": [_entry(each, known) for each in entry.below],
    }


def _words(given: Iterable[Run], known: set[str]) -> list[dict[str, Any]]:
    return [
        {
            "text": run.text,
            "to": place_of(run.to) if place_of(run.to) in known else "",
            "is_japanese": run.is_japanese,
            "is_bold": run.is_bold,
            "is_figure": run.is_figure,
        }
        for run in given
    ]
