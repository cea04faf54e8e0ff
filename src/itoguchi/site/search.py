"""Search over all rooms: the page, what it offers while somebody types, and the same for programs."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from math import ceil
from typing import Annotated, Any, Literal, get_args
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET
from ninja import Query, Router, Schema
from pydantic import Field

from itoguchi.core import queries
from itoguchi.core.access import can_edit_synonyms
from itoguchi.core.api import Answer, Filters, column, sent
from itoguchi.core.doors import public
from itoguchi.core.search import Reason, words_of

LONGEST, PAGE, MOST_OFFERED, LAST = 200, 20, 8, 100_000
Room = Literal[
    "areas", "roadmap", "support", "needs", "exchange", "network", "outreach", "learning", "cases", "plans", "reports"
]
ROOMS = dict(
    zip(
        get_args(Room),
        (
            gettext_lazy("自治体"),
            gettext_lazy("ロードマップ"),
            gettext_lazy("支援メニュー"),
            gettext_lazy("団体のニーズ"),
            gettext_lazy("課題と提案"),
            gettext_lazy("会合"),
            gettext_lazy("説明会"),
            gettext_lazy("人材プラン"),
            gettext_lazy("事例"),
            gettext_lazy("実装計画"),
            gettext_lazy("状況報告"),
        ),
        strict=True,
    )
)
# How something was met that was not written so (docs/engines/search.md §6, §7, §9).
WAYS = {
    "synonym": gettext_lazy("「%(asked)s」と同じ意味の「%(found)s」"),
    "sound": gettext_lazy("「%(asked)s」と同じ読みの「%(found)s」"),
    "near": gettext_lazy("「%(asked)s」に近いつづりの「%(found)s」"),
    "part": gettext_lazy("「%(asked)s」の一部「%(found)s」"),
    "kanji": gettext_lazy("「%(asked)s」の漢字「%(found)s」"),
}
BETWEEN_WORDS = re.compile(r"(?<![a-z]) | (?![a-z])")  # words of Japanese are written without

router = Router(tags=["search"])


def cleaned(text: str) -> str:
    """What can be asked: one line, without signs that nobody sees."""
    seen = "".join(" " if unicodedata.category(sign).startswith("C") else sign for sign in text[: LONGEST * 10])
    return " ".join(seen.split())


@public
@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """What answers some words, of all rooms or of one, page by page."""
    whole = cleaned(request.GET.get("q", ""))
    asked, room = whole[:LONGEST], request.GET.get("room", "")
    room = room if room in ROOMS else ""
    number = request.GET.get("page", "")
    page = max(1, int(number)) if number.isascii() and number.isdigit() and len(number) < 5 else 1
    return render(
        request,
        "site/search.html",
        {
            "asked": asked,
            "is_cut": len(whole) > LONGEST,
            "room": room,
            "may_edit_synonyms": can_edit_synonyms(request.user),
            "breadcrumbs": [(_("さがす"), "")],
        }
        | (_results(asked, room, page) if asked else {}),
    )


def _results(asked: str, room: str, page: int) -> dict[str, Any]:
    """One page of what was found (2 queries while the records are the same, else 4)."""
    found = queries.search(asked, top=PAGE, room=room, first=(page - 1) * PAGE)
    pages = max(1, ceil(found.total / PAGE))
    if page > pages:
        return _results(asked, room, pages)
    counts = found.facets.get("room", {})
    results = [
        {
            "room": ROOMS[entry.room],
            "path": entry.path,
            "texts": marked,
            "is_translated": bool(entry.title_en),
            "why": _in_words(hit.why),
        }
        for hit, entry, marked in queries.marked(found)
    ]
    return {
        "results": results,
        "total": found.total,
        "anywhere": sum(counts.values()),
        "rooms_found": [
            (label, counts[key], _address(asked, key), key == room) for key, label in ROOMS.items() if key in counts
        ],
        "everywhere": _address(asked),
        "instead": _instead(reason for hit in found.hits for reason in hit.why),
        "has_words": bool(words_of(asked)),
        "page": page,
        "pages": pages,
        "first": (page - 1) * PAGE + 1,
        "page_links": _page_links(asked, room, page, pages),
    }


def _address(asked: str, room: str = "", page: int = 1) -> str:
    given = {"q": asked} | ({"room": room} if room else {}) | ({"page": str(page)} if page > 1 else {})
    return f"?{urlencode(given)}"


def _page_links(asked: str, room: str, page: int, pages: int) -> list[tuple[int, str, bool]]:
    """Numbers with addresses, and whether pages were left out before, as under tables."""
    numbers = sorted({each for each in (1, 2, page - 1, page, page + 1, pages - 1, pages) if 1 <= each <= pages})
    befores = [0, *numbers]
    return [
        (number, _address(asked, room, number), number > before + 1)
        for before, number in zip(befores, numbers, strict=False)
    ]


def _in_words(why: Iterable[Reason]) -> list[str]:
    """How a hit was met, where a word of the question is not met as it was written."""
    return [WAYS[form] % {"asked": asked, "found": found} for asked, form, found in _others(why)]


def _instead(why: Iterable[Reason]) -> list[tuple[str, str]]:
    """What is met nowhere as it was written → what stood for it."""
    return [(asked, found) for asked, form, found in _others(why) if form in {"sound", "near"}]


def _others(why: Iterable[Reason]) -> list[tuple[str, str, str]]:
    """(asked, form, what was met) for each word of the question that is not met as it was written."""
    as_written, others = set[str](), defaultdict[tuple[str, str], dict[str, None]](dict)
    for reason in why:
        if reason.form == "word":
            as_written.add(reason.asked)
        elif reason.asked != reason.found:
            others[reason.asked, reason.form][BETWEEN_WORDS.sub("", reason.found)] = None
    return [
        (asked, form, _("、").join(list(found)[:3]))
        for (asked, form), found in others.items()
        if asked not in as_written
    ]


@public
@require_GET
def suggest(request: HttpRequest) -> HttpResponse:
    """The list under the box while typing; opened as a page it is the search itself."""
    asked = cleaned(request.GET.get("q", ""))[:LONGEST]
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect(f"{reverse('search')}?{urlencode({'q': asked})}")
    offered = queries.suggestions(asked, top=MOST_OFFERED) if asked else ()
    entries = queries.entries_of(each.id for each in offered if each.id) if offered else {}
    rows = [
        (each.text, entry, ROOMS[entry.room] if entry else "") for each in offered for entry in [entries.get(each.id)]
    ]
    return render(request, "site/_suggestions.html", {"rows": rows})


class ReasonAnswer(Answer):
    """Why something was found."""

    asked: str = column("問い / Asked", "問いの中の言葉 / Of what was asked")
    form: Literal["word", "synonym", "sound", "near", "part", "kanji"] = column(
        "見つけ方 / Form",
        "word 言葉のまま、synonym 同じ意味、sound 同じ読み、near 近いつづり、part 言葉の一部、kanji 漢字一字"
        " / word as it is, of equal meaning, of equal sound, nearly spelt so, part of a word, one kanji",
    )
    found: str = column("見つけた言葉 / Found", "記録の中の言葉 / In the record")


class FoundAnswer(Answer):
    """A record found."""

    room: Room = column("部屋 / Room", "どの部屋の記録か / The room whose record it is")
    key: str = column("記号 / Key", "部屋の中の記号 / Its key in that room")
    title: str = column("見出し / Title")
    title_en: str = column(
        "見出し（英語） / Title in English", "公式の英語名がなければ空 / Empty without an official one"
    )
    detail: str = column("説明 / Detail")
    detail_en: str = column("説明（英語） / Detail in English")
    address: str = column("住所 / Address", "この記録のページ / Page of this record on the site")
    why: list[ReasonAnswer] = column("理由 / Why", "なぜ見つかったか / Why it was found")


class FoundList(Schema):
    """Records found, best first."""

    count: int = Field(title="件数 / Count", description="見つかった全件の数 / How many there are in all")
    next: str | None = Field(
        title="続き / Next", description="続きがあれば次の cursor / The next cursor, when there are more"
    )
    items: list[FoundAnswer] = Field(title="中身 / Items", description="よく答えるものから / Best first")


class SearchQuestions(Filters):
    """What is looked for, where, and how much of it."""

    q: str = Field(
        "",
        max_length=LONGEST,
        pattern=r"^[^\x00]*$",
        description="さがす言葉。ふだんの言葉でよい / Words to look for, in plain Japanese or names in English",
    )
    room: Room | None = Field(None, description="この部屋だけ / This room alone")
    limit: int = Field(PAGE, ge=1, le=100, description="一度に受け取る件数（100まで） / How many at a time, up to 100")
    cursor: Annotated[str, Field(pattern=r"^[0-9]{1,5}$")] | None = Field(
        None, description="前の答えの next をそのまま / What the answer before gave as `next`"
    )


@router.get(
    "/search",
    auth=None,
    response=FoundList,
    url_name="search",
    operation_id="search",
    summary="すべての部屋をさがす / Search all rooms",
    description="公開の記録を、同じ意味の言葉・読み・書き間違いも見て、よく答えるものから返す"
    " / Public records, best first; words of equal meaning, sounds and slips are seen to.",
)
def search_for_programs(request: HttpRequest, asked: Query[SearchQuestions]) -> HttpResponse:  # noqa: ARG001
    first = int(asked.cursor or 0)
    found = queries.search(cleaned(asked.q), top=asked.limit, room=asked.room or "", first=first)
    after = first + asked.limit
    return sent(
        {
            "count": found.total,
            "next": str(after) if found.total > after and after < LAST else None,
            "items": [
                {name: getattr(entry, name) for name in ("room", "key", "title", "title_en", "detail", "detail_en")}
                | {
                    "address": entry.path,
                    "why": [
                        {"asked": each.asked, "form": each.form, "found": BETWEEN_WORDS.sub("", each.found)}
                        for each in hit.why
                    ],
                }
                for hit, entry, _marked in queries.marked(found)
            ],
        }
    )
