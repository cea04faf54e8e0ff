"""Documents written once and read as page, PDF, Word and slides: blocks of words, tables and pictures."""

from itoguchi.core.documents.blocks import (
    Block,
    Document,
    Entry,
    Grid,
    Listing,
    Paragraph,
    Picture,
    Row,
    Run,
    Section,
    Words,
    compose,
    place_of,
    plain,
    words,
)

__all__ = [
    "Block",
    "Document",
    "Entry",
    "Grid",
    "Listing",
    "Paragraph",
    "Picture",
    "Row",
    "Run",
    "Section",
    "Words",
    "compose",
    "place_of",
    "plain",
    "words",
]
