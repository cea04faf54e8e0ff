"""Atom feeds: what is new somewhere, for the reader that people already have."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from itoguchi.core.templatetags.core import address

# Characters that people can send and XML can't hold: one of them would stop the whole feed.
_NOT_IN_XML = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF])


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """Something new: the lasting address of its page, when it came and was changed; `key` is its own, else its address."""

    title: str
    path: str
    text: str
    at: datetime
    changed: datetime | None = None
    key: str = ""


def begin_of(day: date) -> datetime:
    """The first moment of a day here."""
    return timezone.make_aware(datetime.combine(day, time()))


def atom(request: HttpRequest, title: Any, news: Iterable[News], *, page: str, at: str) -> HttpResponse:
    """A feed about `page`; both addresses are lasting ones, without mark of language, and so are the keys of its news."""
    site = request.build_absolute_uri("/").rstrip("/")
    feed = Atom1Feed(
        title=_("%(title)s（糸口）") % {"title": title},
        link=site + address(page),
        description=None,
        language=get_language(),
        feed_url=request.build_absolute_uri(request.path),
        feed_guid=site + at,
    )
    for each in news:
        feed.add_item(
            title=each.title.translate(_NOT_IN_XML),
            link=site + address(each.path),
            description=each.text.translate(_NOT_IN_XML),
            unique_id=site + (each.key or each.path),
            pubdate=each.at,
            updateddate=each.changed or each.at,
        )
    response = HttpResponse(content_type="application/atom+xml; charset=utf-8")
    feed.write(response, "utf-8")
    return response
