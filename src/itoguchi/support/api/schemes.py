"""The API of schemes, and of the windows in which they can be asked for."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from ninja import Router
from pydantic import Field as Asked

from itoguchi.core.api import Answer, Dataset, Filters, Key, column, no_key, offer
from itoguchi.roadmap.models import Field, Solution
from itoguchi.support import queries
from itoguchi.support.models import Scheme, Use, UseList, Window

router = Router(tags=["support"])
SOURCE = "記録ごとに記載 / Named with each record"
PAGE = "support:schemes"
ADDRESS = "この記録のページ / Page of this record on the site"
KindName = Literal["grant", "loan", "tax", "allocation", "bond", "people", "know-how"]
LevelName = Literal["national", "prefectural", "municipal", "private"]
KINDS = (
    "grant 補助金・交付金、loan 融資・出資、tax 税制、allocation 特別交付税、bond 地方債、people 人的支援、know-how ノウハウ・計画づくり"
    " / grant, loan, tax, special allocation tax, local bond, people, know-how"
)
LEVELS = (
    "national 国、prefectural 都道府県、municipal 市区町村、private 民間 / national, prefectural, municipal, private"
)
JAPAN = "日本時間。時刻まで公表されていなければ、その日の始まりか終わり / Time of Japan; without a published hour, the beginning or end of the day"


class SchemeAnswer(Answer):
    """A support scheme."""

    key: str = column("記号 / Key")
    name: str = column("名称 / Name")
    name_en: str = column("英語名 / Name in English")
    kind: KindName = column("種類 / Kind", KINDS)
    level: LevelName = column("だれの支援か / Level", LEVELS)
    provider: str = column("実施主体 / Provider")
    summary: str = column("概要 / Summary")
    who: str = column("対象者 / For whom", "公募の言葉 / In the words of its call")
    rule: dict[str, Any] = column(
        "使える条件 / Rule",
        "条件の木。空なら、公の資料から確かめられていない。unentered は、まだ登録されていないほかの条件"
        " / A tree of conditions; empty: no public source tells who may use it; unentered: what else the text asks",
    )
    group: str = column(
        "施策のまとまり / Group", "「過去に使っていない」を、まとめて数えるもの / Counted together in “not used before”"
    )
    fields: list[str] = column("分野 / Fields", "分野の記号 / Keys of fields")
    solutions: list[str] = column("分野別モデル / Solutions", "分野別モデルの記号 / Keys of solutions")
    link: str = column("公募のページ / Page of the call")
    source: str = column("出典 / Source")
    checked_on: date | None = column("最後に確かめた日 / Last checked")
    ended_on: date | None = column("終わった日 / Ended", "終わっていなければ空 / Empty while it goes on")
    origin: str = column("入った経路 / Origin", "jgrants は、Jグランツ（jGrants）からの出典 / jgrants: source jGrants")
    address: str = column("住所 / Address", ADDRESS)


class WindowAnswer(Answer):
    """When one may ask for a scheme."""

    id: int = column("番号 / Number")
    scheme: str = column("支援メニュー / Scheme", "支援メニューの記号 / Key of the scheme")
    fiscal_year: int = column("年度 / Fiscal year", "4月から / From April")
    opens_at: datetime | None = column("受付開始 / Opens", JAPAN)
    closes_at: datetime | None = column("受付終了 / Closes", JAPAN)
    has_time: bool = column("時刻まで公表 / Hour published")
    chosen: int | None = column("採択 / Chosen")
    note: str = column("備考 / Note")
    address: str = column("住所 / Address", ADDRESS)


class UseAnswer(Answer):
    """An area was chosen for a scheme in a fiscal year."""

    id: int = column("番号 / Number")
    scheme: str = column("支援メニュー / Scheme", "支援メニューの記号 / Key of the scheme")
    area: str = column("団体 / Area", "団体コード / Code of the area")
    fiscal_year: int = column("年度 / Fiscal year", "4月から / From April")
    is_whole: bool = column(
        "一覧はそろっているか / List is whole",
        "その年度に使った団体が、すべて記録されているか / Whether all that used it in that year are on record",
    )
    source: str = column("出典 / Source")
    address: str = column("住所 / Address", ADDRESS)


class SchemeFilters(Filters):
    """Which schemes."""

    kind: KindName | None = Asked(None, description=f"種類：{KINDS}")
    level: LevelName | None = Asked(None, description=f"だれの支援か：{LEVELS}")
    field: Key | None = Asked(None, description="分野の記号 / Key of a field")
    solution: Key | None = Asked(None, description="分野別モデルの記号 / Key of a solution")
    state: Literal["open", "coming", "closed", "unknown"] | None = Asked(
        None,
        description="受付：open 受付中、coming これから、closed 受付終了、unknown 公表なし / Window: open, coming, closed, none published",
    )


class WindowFilters(Filters):
    """Which windows."""

    scheme: Key | None = Asked(None, description="支援メニューの記号 / Key of a scheme")
    fiscal_year: int | None = Asked(None, ge=1950, le=2100, description="年度 / Fiscal year")


class UseFilters(WindowFilters):
    """Which uses."""

    area: str | None = Asked(None, pattern=r"^[0-9]{6}$", description="団体コード / Code of an area")


def known(rows: QuerySet[Any], name: str, key: str | None) -> str | None:
    """The key, when a row has it; raises Refusal for one that none has."""
    if key is None or rows.filter(pk=key).exists():
        return key
    raise no_key(name, key)


def schemes(filters: SchemeFilters) -> QuerySet[Scheme]:
    """Schemes, ended ones too (1 query more for each of field and solution)."""
    wanted = {
        "kind": filters.kind,
        "level": filters.level,
        "fields": known(Field.objects.all(), "field", filters.field),
        "solutions": known(Solution.objects.all(), "solution", filters.solution),
    }
    found = Scheme.objects.defer("extra").prefetch_related("fields", "solutions")
    found = found.filter(**{name: value for name, value in wanted.items() if value is not None})
    return queries.in_state(found, filters.state, timezone.now()) if filters.state else found


def scheme_item(row: Scheme) -> dict[str, Any]:
    plain = (
        *("key", "name", "name_en", "kind", "level", "provider", "summary", "who", "rule", "group", "link", "source"),
        *("checked_on", "ended_on", "origin", "address"),
    )
    return {name: getattr(row, name) for name in plain} | {
        "fields": [each.key for each in row.fields.all()],
        "solutions": [each.key for each in row.solutions.all()],
    }


def windows(filters: WindowFilters) -> QuerySet[Window]:
    """Windows of all schemes (1 query more for a scheme)."""
    found = Window.objects.select_related("year__scheme")
    if filters.scheme is not None:
        found = found.filter(year__scheme=known(Scheme.objects.all(), "scheme", filters.scheme))
    return found.filter(year__fiscal_year=filters.fiscal_year) if filters.fiscal_year else found


def window_item(row: Window) -> dict[str, Any]:
    return {
        "id": row.pk,
        "scheme": row.year.scheme_id,
        "fiscal_year": row.year.fiscal_year,
        "opens_at": timezone.localtime(row.opens_at) if row.opens_at else None,
        "closes_at": timezone.localtime(row.closes_at) if row.closes_at else None,
        "has_time": row.has_time,
        "chosen": row.chosen,
        "note": row.note,
        "address": row.year.scheme.address,
    }


def uses(filters: UseFilters) -> QuerySet[Use]:
    """Uses of all schemes (1 query more for a scheme)."""
    whole = UseList.objects.filter(scheme=OuterRef("scheme"), fiscal_year=OuterRef("fiscal_year"))
    found = Use.objects.select_related("area").annotate(is_whole=Exists(whole))
    if filters.scheme is not None:
        found = found.filter(scheme=known(Scheme.objects.all(), "scheme", filters.scheme))
    if filters.area is not None:
        found = found.filter(area__code=filters.area)
    return found.filter(fiscal_year=filters.fiscal_year) if filters.fiscal_year else found


def use_item(row: Any) -> dict[str, Any]:
    return {
        "id": row.pk,
        "scheme": row.scheme_id,
        "area": row.area.code,
        "fiscal_year": row.fiscal_year,
        "is_whole": row.is_whole,
        "source": row.source,
        "address": f"/schemes/{row.scheme_id}/uses",
    }


offer(
    router,
    Dataset(
        key="schemes",
        title="支援メニュー / Support schemes",
        about="お金・税・人・ノウハウの支援と、使える条件。終わったものも入る。 / Support by money, tax, people and know-how, with who may use it; ended ones too.",
        source=SOURCE,
        page=PAGE,
        answer=SchemeAnswer,
        filters=SchemeFilters,
        rows=schemes,
        item=scheme_item,
        order=("key",),
        models=(Scheme,),
    ),
)
offer(
    router,
    Dataset(
        key="scheme-windows",
        title="支援メニューの受付期間 / Windows of support schemes",
        about="いつ申請できるか。片方の端が公表されていないこともある。 / When one may ask; one end may be unpublished.",
        source=SOURCE,
        page=PAGE,
        answer=WindowAnswer,
        filters=WindowFilters,
        rows=windows,
        item=window_item,
        order=("id",),
        models=(Window, Scheme),
    ),
)
offer(
    router,
    Dataset(
        key="scheme-uses",
        title="支援メニューを使った団体 / Uses of support schemes",
        about="どの団体が、どの年度に、どの支援メニューに採択されたか。一覧がそろった年度だけ、ない団体は使っていない。"
        " / Which area was chosen for which scheme in which fiscal year; only where the list is whole did all others not use it.",
        source=SOURCE,
        page=PAGE,
        answer=UseAnswer,
        filters=UseFilters,
        rows=uses,
        item=use_item,
        order=("id",),
        models=(Use, UseList),
    ),
)
