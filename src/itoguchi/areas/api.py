"""The API of local governments: areas, their names through time, blocks, statistics; and statistics brought in."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Literal

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router, Status
from pydantic import Field

from itoguchi.areas import actions, queries
from itoguchi.areas.access import can_import_statistics
from itoguchi.areas.models import Area, AreaName, Block, Kind, Statistic
from itoguchi.core.api import (
    Answer,
    Dataset,
    Filters,
    Key,
    Quantity,
    Text,
    answers_with,
    as_json,
    column,
    no_key,
    not_there,
    offer,
    sent,
    wrong,
)
from itoguchi.core.folding import fold
from itoguchi.core.wording import say

router = Router(tags=["areas"])
GEOJSON = "application/geo+json"
SOURCE = (
    "japancode（CC0）、気象庁ホームページ（予報区等GISデータ）を加工して作成"
    " / japancode (CC0); made by editing GIS data of forecast areas, website of the Japan Meteorological Agency"
)
Measure = Statistic.Measure
KindName = Literal["prefecture", "designated_city", "special_ward", "city", "town", "village"]
MeasureName = Literal[
    "population",
    "fiscal_strength_index",
    "elderly_share",
    "disadvantaged",
    "secondary_industry_share",
    "tertiary_industry_share",
]
Code = Annotated[str, Field(pattern=r"^[0-9]{6}$")]
Year = Annotated[int, Field(ge=1873, le=2200)]


class AreaAnswer(Answer):
    """A local government of today."""

    code: str = column(
        "団体コード / Code", "全国地方公共団体コード、6桁 / Code of local government, 6 digits with check digit"
    )
    name: str = column("名称 / Name")
    kana: str = column("よみ / Reading", "ひらがな / in hiragana")
    name_en: str = column("英語名 / Name in English")
    level: Literal["prefecture", "municipality"] = column(
        "段 / Level", "都道府県か市区町村か / Prefecture or municipality"
    )
    kind: KindName = column("種類 / Kind", "都道府県・政令指定都市・特別区・市・町・村 / Kind of local government")
    prefecture: str | None = column(
        "都道府県 / Prefecture", "市区町村の属する都道府県の団体コード / Code of the prefecture a municipality lies in"
    )
    block: str = column("地域ブロック / Block", "地域ブロックの記号 / Key of the regional block")
    latitude: float | None = column("緯度 / Latitude", "庁舎の緯度（WGS 84） / of the office, WGS 84")
    longitude: float | None = column("経度 / Longitude", "庁舎の経度（WGS 84） / of the office, WGS 84")
    computed_km2: float | None = column(
        "面積（計算） / Computed area",
        "地図から計算した面積（km²）。公式の値ではない / Computed from the map, not official, km²",
    )
    address: str = column("住所 / Address", "この記録のページ / Page of this record on the site")


class NameAnswer(Answer):
    """What an area was called from which day to which."""

    area: str = column("団体 / Area", "いまの団体コード / Present code of the area")
    code: str = column("団体コード / Code", "そのころの団体コード / Code in those days")
    name: str = column("名称 / Name", "そのころの名称 / Name in those days")
    name_en: str = column("英語名 / Name in English")
    kind: KindName = column("種類 / Kind")
    first_day: date | None = column("初めの日 / First day", "分からなければ空 / Empty where it is not known")
    last_day: date | None = column("終わりの日 / Last day", "いまの名称なら空 / Empty while it is in use")
    source: str = column("出典 / Source")


class BlockAnswer(Answer):
    """A regional block."""

    key: str = column("記号 / Key")
    name: str = column("名称 / Name")
    name_en: str = column("英語名 / Name in English")
    office: str = column("総合通信局等 / Bureau")
    office_en: str = column("総合通信局等（英語） / Bureau in English")
    council: str = column("情報通信懇談会等 / Council", "分からなければ空 / Empty where no source names one")
    prefectures: list[str] = column("都道府県 / Prefectures", "団体コード / Codes of its prefectures")
    municipality_count: int = column("市区町村の数 / Municipalities", "市区町村の数 / Number of its municipalities")
    address: str = column("住所 / Address", "この記録のページ / Page of this record on the site")


class StatisticAnswer(Answer):
    """One figure of an area in a year."""

    area: str = column("団体 / Area", "団体コード / Code of the area")
    measure: MeasureName = column(
        "指標 / Measure",
        "population 人口、fiscal_strength_index 財政力指数、elderly_share 高齢化率、disadvantaged 条件不利地域（1 該当、0 非該当）、"
        "secondary_industry_share 第2次産業就業者の割合、tertiary_industry_share 第3次産業就業者の割合（いずれも%）"
        " / population; fiscal_strength_index; elderly_share (%); disadvantaged (1 yes, 0 no);"
        " secondary_industry_share and tertiary_industry_share (% of persons at work)",
    )
    year: int = column("年 / Year")
    value: float = column("値 / Value")
    source: str = column("出典 / Source", "取り込んだときに記した出典 / As named when it was brought in")


class AreaDetail(AreaAnswer):
    """An area with its names through time and its figures."""

    names: list[NameAnswer] = column("名称の履歴 / Names through time")
    statistics: list[StatisticAnswer] = column("統計 / Statistics")


class AreaFilters(Filters):
    """Which areas."""

    level: Literal["prefecture", "municipality"] | None = Field(
        None, description="都道府県か市区町村か / Prefectures or municipalities"
    )
    kind: KindName | None = Field(None, description="種類 / Kind")
    block: Key | None = Field(None, description="地域ブロックの記号 / Key of a regional block")
    prefecture: Code | None = Field(None, description="都道府県の団体コード / Code of a prefecture")
    name: str | None = Field(
        None,
        max_length=60,
        pattern=r"^[^\x00]*$",
        description="名称・よみ・コードの全部か初め（かな・異体字・旧名称も） / Name, reading or code, whole or its beginning; old names too",
    )


class NameFilters(Filters):
    """Whose names."""

    code: Code | None = Field(None, description="いまかそのころの団体コード / Code now or then")


class StatisticFilters(Filters):
    """Which figures."""

    area: Code | None = Field(None, description="団体コード / Code of an area")
    prefecture: Code | None = Field(
        None,
        description="都道府県の団体コード（その市区町村） / Code of a prefecture: its municipalities",
    )
    measure: MeasureName | None = Field(None, description="指標 / Measure")
    year: Year | None = Field(None, description="年 / Year")


NO_PREFECTURE = _("都道府県の団体コードではありません（%(key)s）。")
NO_AREA = _("この団体コードはありません（%(key)s）。")


def area_of(code: str, name: str, *, prefecture: bool = False) -> Area:
    """The area of a code, present or former."""
    found = queries.area_of_code(fold(code))
    if found is None or (prefecture and not found.is_prefecture):
        raise no_key(name, code, NO_PREFECTURE if prefecture else NO_AREA)
    return found


def block_of(key: str) -> Block:
    """The block of a key."""
    found = Block.objects.filter(key=key).first()
    if found is None:
        raise no_key("block", key)
    return found


def areas(filters: AreaFilters) -> QuerySet[Area]:
    """Areas as asked for (1 query more for each of block, prefecture and name)."""
    found = Area.objects.select_related("prefecture")
    if filters.level:
        is_prefecture = filters.level == "prefecture"
        found = found.filter(kind=Kind.PREFECTURE) if is_prefecture else found.exclude(kind=Kind.PREFECTURE)
    if filters.kind:
        found = found.filter(kind=filters.kind)
    if filters.block is not None:
        found = found.filter(block=block_of(filters.block))
    if filters.prefecture is not None:
        found = found.filter(prefecture=area_of(filters.prefecture, "prefecture", prefecture=True))
    if filters.name is not None:
        found = found.filter(code__in=[entry.key for entry in queries.find_areas(filters.name, limit=2000)])
    return found


def area_item(area: Area) -> dict[str, Any]:
    return {
        "code": area.code,
        "name": area.name,
        "kana": area.kana,
        "name_en": area.name_en,
        "level": "prefecture" if area.is_prefecture else "municipality",
        "kind": area.kind,
        "prefecture": area.prefecture.code if area.prefecture else None,
        "block": area.block_id,
        "latitude": area.latitude,
        "longitude": area.longitude,
        "computed_km2": area.computed_km2,
        "address": f"/areas/{area.code}",
    }


def names(filters: NameFilters) -> QuerySet[AreaName]:
    found = AreaName.objects.select_related("area")
    return found if filters.code is None else found.filter(area=area_of(filters.code, "code"))


def name_item(name: AreaName) -> dict[str, Any]:
    return {
        "area": name.area.code,
        "code": name.code,
        "name": name.name,
        "name_en": name.name_en,
        "kind": name.kind,
        "first_day": name.period.lower,
        "last_day": name.last_day,
        "source": name.source,
    }


def blocks(_filters: Filters) -> list[Block]:
    counted = queries.blocks_with_counts()
    codes: dict[str, list[str]] = {}
    for area in queries.prefectures():
        codes.setdefault(area.block_id, []).append(area.code)
    for block in counted:
        block.prefecture_codes = codes[block.pk]  # type: ignore[attr-defined]
    return counted


def block_item(block: Any) -> dict[str, Any]:
    return {name: getattr(block, name) for name in ("key", "name", "name_en", "office", "office_en", "council")} | {
        "prefectures": block.prefecture_codes,
        "municipality_count": block.municipality_count,
        "address": f"/areas/blocks/{block.key}",
    }


def statistics(filters: StatisticFilters) -> QuerySet[Statistic]:
    found = Statistic.objects.select_related("area", "file")
    if filters.area is not None:
        found = found.filter(area=area_of(filters.area, "area"))
    if filters.prefecture is not None:
        found = found.filter(area__prefecture=area_of(filters.prefecture, "prefecture", prefecture=True))
    if filters.measure:
        found = found.filter(measure=filters.measure)
    if filters.year:
        found = found.filter(year=filters.year)
    return found


def statistic_item(figure: Statistic) -> dict[str, Any]:
    return {
        "area": figure.area.code,
        "measure": figure.measure,
        "year": figure.year,
        "value": figure.value,
        "source": figure.file.source if figure.file else "",
    }


AREAS = Dataset(
    key="areas",
    title="地方公共団体 / Local governments",
    about="いまの都道府県と市区町村。旧い名称とコードは area-names に。 / Prefectures and municipalities of today; former names and codes are in area-names.",
    source=SOURCE,
    page="areas:nation",
    answer=AreaAnswer,
    filters=AreaFilters,
    rows=areas,
    item=area_item,
    order=("code",),
    models=(Area,),
    also=("geojson",),
)
offer(router, AREAS)
offer(
    router,
    Dataset(
        key="area-names",
        title="名称とコードの履歴 / Names and codes through time",
        about="団体がいつからいつまで何と呼ばれ、どのコードだったか。 / What an area was called under which code, from when to when.",
        source=SOURCE,
        page="areas:nation",
        answer=NameAnswer,
        filters=NameFilters,
        rows=names,
        item=name_item,
        order=("pk",),
        models=(AreaName,),
    ),
)
offer(
    router,
    Dataset(
        key="blocks",
        title="地域ブロック / Regional blocks",
        about="11の地域ブロックと総合通信局等。 / The 11 regional blocks with their bureaus.",
        source=SOURCE,
        page="areas:nation",
        answer=BlockAnswer,
        filters=Filters,
        rows=blocks,
        item=block_item,
        order=("order",),
        models=(Block,),
    ),
)
offer(
    router,
    Dataset(
        key="statistics",
        title="統計値 / Statistics",
        about="団体・指標・年ごとの値。取り込まれたものだけがあり、値ごとに出典がある。 / One value per area, measure and year, as far as brought in; each with its source.",
        source="値ごとに記載 / Named with each value",
        page="areas:table",
        answer=StatisticAnswer,
        filters=StatisticFilters,
        rows=statistics,
        item=statistic_item,
        order=("area__code", "measure", "year"),
        models=(Statistic,),
    ),
)


class GeoFilters(AreaFilters):
    """Which areas, drawn how."""

    geometry: Literal["point", "boundary"] = Field(
        "point",
        description="庁舎の点か、簡略な境界か（境界は市区町村だけ） / The office as a point, or simplified borders (municipalities only)",
    )


@router.get(
    "/areas.geojson",
    auth=None,
    url_name="areas_geojson",
    operation_id="geojson_areas",
    summary="地方公共団体（GeoJSON） / Local governments as GeoJSON",
    openapi_extra=answers_with(GEOJSON, type="object", required=["type", "features"]),
)
def areas_geojson(request: HttpRequest, filters: Query[GeoFilters]) -> HttpResponse:
    """地図のための FeatureCollection（WGS 84）。境界の出典を必ず示すこと。 / A FeatureCollection for maps, WGS 84; the source of the borders must be named."""
    drawn = _borders() if filters.geometry == "boundary" else None
    features = [
        {
            "type": "Feature",
            "id": area.code,
            "geometry": drawn.get(area.code) if drawn is not None else _point(area),
            "properties": area_item(area),
        }
        for area in areas(filters).order_by("code")
    ]
    content = as_json({"type": "FeatureCollection", "source": SOURCE, "features": features})
    return HttpResponse(content, content_type=GEOJSON)


def _point(area: Area) -> dict[str, Any] | None:
    if area.longitude is None or area.latitude is None:
        return None
    return {"type": "Point", "coordinates": [area.longitude, area.latitude]}


@cache
def _borders() -> dict[str, Any]:
    """Simplified outlines of the reference data by code."""
    file = settings.REFERENCE_DATA / "areas" / "boundaries.geojson"
    features = json.loads(file.read_text(encoding="utf-8"))["features"]
    return {each["properties"]["code"]: each["geometry"] for each in features if each["properties"]["code"]}


@router.get(
    "/areas/{code}",
    auth=None,
    response=AreaDetail,
    url_name="area",
    operation_id="get_area",
    summary="一つの団体 / One local government",
)
def area(request: HttpRequest, code: Code) -> HttpResponse:
    """旧い団体コードでも、いまの団体が返る。 / A former code finds what the area is today."""
    found = queries.area_of_code(code)
    if found is None:
        raise not_there(code)
    of_area = {
        "names": [name_item(each) for each in names(NameFilters(code=code)).order_by(Lower("period"))],
        "statistics": [statistic_item(each) for each in queries.statistics_of(found)],
    }
    return sent(area_item(found) | of_area)


@router.get(
    "/blocks/{key}",
    auth=None,
    response=BlockAnswer,
    url_name="block",
    operation_id="get_block",
    summary="一つの地域ブロック / One regional block",
)
def block(request: HttpRequest, key: Key) -> HttpResponse:
    """総合通信局等と都道府県。 / Its bureau and prefectures."""
    found = next((each for each in blocks(Filters()) if each.key == key), None)
    if found is None:
        raise not_there(key)
    return sent(block_item(found))


class GivenValue(Answer):
    """One figure to bring in."""

    area: Code = column("団体 / Area", "団体コード（旧いものでもよい） / Code of the area, a former one too")
    measure: MeasureName = column("指標 / Measure", "StatisticAnswer の measure と同じ / As in the list of statistics")
    year: Year = column("年 / Year")
    value: Quantity = column("値 / Value")


class GivenStatistics(Answer):
    """Figures to bring in: all of them, or none."""

    source: Text = column("出典 / Source", "どこの、いつの値か / Where the figures come from, of which day")
    values: Annotated[list[GivenValue], Field(min_length=1, max_length=5000)] = column(
        "値 / Values", "5000件まで / Up to 5000"
    )


class BroughtIn(Answer):
    """What an import did."""

    new: int = column("新しい値 / New")
    changed: int = column("変わった値 / Changed")
    same: int = column("前と同じ値 / Same as before")


LARGEST: dict[str, Decimal] = {
    Measure.POPULATION: Decimal(20_000_000),
    Measure.FISCAL_STRENGTH: Decimal(10),
    Measure.ELDERLY_SHARE: Decimal(100),
    Measure.DISADVANTAGED: Decimal(1),
    Measure.SECONDARY: Decimal(100),
    Measure.TERTIARY: Decimal(100),
}


@router.post(
    "/statistics",
    response={201: BroughtIn},
    url_name="statistics",
    operation_id="bring_in_statistics",
    summary="統計値の取り込み / Bring statistics in",
)
def bring_in_statistics(request: HttpRequest, given: GivenStatistics) -> Status[Any]:
    """全部を書き込むか、一つでも誤りがあれば何も書き込まない。事務局の鍵が要る。 / All or nothing; needs a key of the secretariat."""
    if not can_import_statistics(request.auth):  # type: ignore[attr-defined]
        raise PermissionDenied(_("統計を取り込めるのは事務局だけです。"))
    readings = _readings(given)
    digest = hashlib.sha256(request.body).hexdigest()
    done = actions.import_statistics(
        readings,
        name="API",
        sha256=digest,
        size=len(request.body),
        rows=len(readings),
        source=given.source,
        by=request.auth,  # type: ignore[attr-defined]
    )
    return Status(201, {"new": done.new, "changed": done.changed, "same": done.same})


def _readings(given: GivenStatistics) -> list[actions.Reading]:
    """The figures by area; raises Refusal naming each value that can't be brought in."""
    known, seen = queries.areas_by_code(), set()
    readings, problems = [], []
    for place, each in enumerate(given.values):
        found = known.get(each.area)
        key = (found and found.pk, each.measure, each.year)
        if found is None:
            problems.append((f"values.{place}.area", say(NO_AREA, key=each.area)))
        elif key in seen:
            problems.append((f"values.{place}", _("同じ団体・指標・年の値が二つあります。一つにしてください。")))
        elif each.value > LARGEST[each.measure] or (each.measure == "population" and each.value % 1):
            most = LARGEST[each.measure]
            problems.append(
                (f"values.{place}.value", say(_("0から%(most)sまでの値にしてください（人口は整数）。"), most=most))
            )
        elif each.measure == "disadvantaged" and each.value not in (0, 1):
            problems.append((f"values.{place}.value", _("条件不利地域は、該当（1）か非該当（0）です。")))
        else:
            readings.append(actions.Reading(found.pk, each.measure, each.year, each.value))
        seen.add(key)
    if problems:
        raise wrong(*problems)
    return readings
