"""Files of opinions, as answers to a questionnaire or notes of a briefing come: read and checked whole, then written whole."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from itoguchi.areas.models import Area, Block
from itoguchi.core.actions import keep_imported_file
from itoguchi.core.exports import MISSING_IN_CP932
from itoguchi.core.imports import (
    Column,
    ImportRefused,
    Problem,
    Row,
    Unreadable,
    choice,
    day,
    flag,
    parse_rows,
    read_sheet,
    text,
)
from itoguchi.core.journal import journal
from itoguchi.core.models import ImportedFile
from itoguchi.core.wording import say
from itoguchi.network.actions import OpinionFacts, bring_in_opinions
from itoguchi.network.models import Opinion
from itoguchi.network.models.opinions import LONGEST
from itoguchi.roadmap.models import Field

if TYPE_CHECKING:
    from itoguchi.accounts.models import Account

LARGEST_ROWS = 20_000


def _area_in(areas: dict[str, Area]) -> Callable[[str], Area]:
    """An area by its code; to list all of them as a cure would help nobody."""

    def parse(written: str) -> Area:
        if written not in areas:
            raise Unreadable(
                say(_("「%(text)s」という団体コードはありません。"), text=written[:40]),
                _("6桁の団体コードを書いてください。"),
            )
        return areas[written]

    return parse


def _names(choices: Any) -> dict[str, Any]:
    """Choices by their key and by their Japanese name."""
    with override("ja"):
        return {name: each for each in choices for name in (each.value, str(each.label))}


def _columns() -> tuple[Column, ...]:
    """The columns of a file, with what may stand in each (3 queries)."""
    fields = {name: each for each in Field.objects.all() for name in (each.key, each.name)}
    blocks = {name: each for each in Block.objects.all() for name in (each.key, each.name)}
    areas = {each.code: each for each in Area.objects.select_related("block")}
    origins = {name: each for name, each in _names(Opinion.Origin).items() if each != Opinion.Origin.CITIZEN}
    return (
        Column("text", "意見の文", "text", text(LONGEST), aliases=("意見", "内容", "自由記述")),
        Column("said_on", "述べられた日", "said on", day(), aliases=("日", "日付")),
        Column("title", "ひとことで", "title", text(100), required=False),
        Column("kind", "種類", "kind", choice(_names(Opinion.Kind)), required=False),
        Column("origin", "どこから", "origin", choice(origins), required=False),
        Column("heard_at", "聞いた場所", "heard at", text(300), required=False, aliases=("聞いた場所（住所）",)),
        Column("author", "述べた人", "author", choice(_names(Opinion.Author)), required=False),
        Column("field", "分野", "field", choice(fields), required=False),
        Column("block", "地域ブロック", "block", choice(blocks), required=False),
        Column("area", "団体コード", "area", _area_in(areas), required=False),
        Column("subject", "何についてか", "subject", text(300), required=False, aliases=("何についてか（住所）",)),
        Column("may_be_public", "公開", "public", flag(), required=False),
    )


def read_opinions(data: bytes, name: str, today: date) -> tuple[list[OpinionFacts], str]:
    """What a file says, and its SHA-256 (5 queries); raises ImportRefused with every problem of every row."""
    sheet = read_sheet(data, name, largest_rows=LARGEST_ROWS)
    if ImportedFile.objects.filter(sha256=sheet.sha256).exists():
        twice = Problem(None, None, _("このファイルは、もう取り込まれています。"), _("別のファイルを選んでください。"))
        raise ImportRefused([twice])

    def check(row: Row) -> Problem | None:
        if MISSING_IN_CP932 in row["text"]:
            said = say(_("「%(sign)s」は、Shift_JISで書けなかった文字の跡です。"), sign=MISSING_IN_CP932)
            cure = _("元の文字に直すか、UTF-8のCSVかExcelで書き出し直してください。")
            return Problem(row.number, row.headers["text"], said, cure)
        if row["said_on"] > today:
            return Problem(
                row.number, row.headers["said_on"], _("まだ来ていない日です。"), _("日付を確かめてください。")
            )
        return None

    rows = parse_rows(sheet, _columns(), one_row_per=["text", "said_on"], check=check)
    return [_facts(row) for row in rows], sheet.sha256


def _facts(row: Row) -> OpinionFacts:
    return OpinionFacts(
        text=row["text"],
        said_on=row["said_on"],
        title=row["title"] or "",
        kind=row["kind"] or Opinion.Kind.OPINION,
        origin=row["origin"] or Opinion.Origin.BRIEFING,
        heard_at=row["heard_at"] or "",
        author=row["author"] or Opinion.Author.UNKNOWN,
        field=row["field"],
        block=row["block"],
        area=row["area"],
        subject=row["subject"] or "",
        may_be_public=row["may_be_public"] is not False,
    )


@transaction.atomic
def bring_in_file(data: bytes, name: str, *, source: str, by: Account | None, today: date) -> int:
    """Write what a file says, all of it or nothing; returns how many. Raises ImportRefused."""
    facts, sha256 = read_opinions(data, name, today)
    with journal(by=by, door="import", file=name, sha256=sha256):
        keep_imported_file(name, sha256=sha256, size=len(data), rows=len(facts), source=source, by=by)
        try:
            bring_in_opinions(facts, by=by, today=today)
        except ValidationError as refused:
            problems = [Problem(None, None, each, _("その行を直してください。")) for each in refused.messages]
            raise ImportRefused(problems) from refused
    return len(facts)
