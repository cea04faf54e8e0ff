"""What answers and questions of the API are made of; every text about them is written `日本語 / English`."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from django.utils.translation import get_language
from ninja import Schema
from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _iso(written: Any) -> Any:
    """Days as 2017-03-24 alone: a number would be read as seconds since 1970."""
    if isinstance(written, str) and not _ISO_DAY.fullmatch(written):
        raise ValueError("not a day such as 2017-03-24")
    if isinstance(written, int | float):
        raise ValueError("not a day such as 2017-03-24")
    return written


def _number(written: Any) -> Any:
    """Numbers as numbers: text such as "1,234" or "" has more than one reading."""
    if isinstance(written, str):
        raise PydanticCustomError("decimal_type", "not a number")
    return written


# What a key of any record may look like; what can't be one is told before the records are asked.
Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,100}$")]
Day = Annotated[date, BeforeValidator(_iso)]
Quantity = Annotated[
    Decimal,
    BeforeValidator(_number),
    Field(ge=0, max_digits=14, decimal_places=3),
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": 99_999_999_999, "multipleOf": 0.001}),
]
Text = Annotated[str, StringConstraints(strip_whitespace=False, min_length=1, max_length=200)]


class Answer(Schema):
    """What is sent or received; nothing else than what is named here."""

    model_config = ConfigDict(extra="forbid")


def column(title: str, definition: str = "", *, default: Any = ..., **more: Any) -> Any:
    """A field with its name for people and its definition, both `日本語 / English`."""
    return Field(default, title=title, description=definition or title, **more)


def in_language_of_page(text: str) -> str:
    """The half of `日本語 / English` that the page's reader reads."""
    japanese, _slash, english = text.partition(" / ")
    return english or japanese if get_language() == "en" else japanese
