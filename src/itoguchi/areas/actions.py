"""What people do with local governments: load the reference data, bring statistics in, take them back."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import jaconv
from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import gettext_lazy as _

from itoguchi.areas.models import Area, AreaName, Block, Kind, Shape
from itoguchi.core.actions import Entry, keep_imported_file, replace_search_entries
from itoguchi.core.journal import journal
from itoguchi.core.models import ImportedFile

if TYPE_CHECKING:
    from itoguchi.accounts.models import Account

SUFFIXES = {
    "市": "し",
    "町": ("ちょう", "まち"),
    "村": ("むら", "そん"),
    "区": "く",
    "県": "けん",
    "府": "ふ",
    "都": "と",
}


@dataclass(frozen=True, slots=True)
class Reading:
    """One value of one area and year, as read from a file."""

    area: int
    measure: str
    year: int
    value: Decimal


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import did: rows that were new, changed, or the same as before."""

    file: ImportedFile
    new: int
    changed: int
    same: int


@transaction.atomic
def import_statistics(
    readings: Sequence[Reading], *, name: str, sha256: str, size: int, rows: int, source: str, by: Account | None
) -> ImportResult:
    """Write all readings or none, under one journal context; a value that is the same keeps its old file."""
    with journal(by=by, why=str(_("統計の取り込み")), door="import", file=name, sha256=sha256):
        file = keep_imported_file(name, sha256=sha256, size=size, rows=rows, source=source, by=by)
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE TEMPORARY TABLE readings (area_id bigint, measure text, year smallint, value numeric)"
                " ON COMMIT DROP"
            )
            with cursor.copy("COPY readings FROM STDIN") as copy:
                for reading in readings:
                    copy.write_row((reading.area, reading.measure, reading.year, reading.value))
            # One order for all imports, so that two at once wait for each other instead of deadlocking.
            cursor.execute(
                """
                WITH written AS (
                    INSERT INTO areas_statistic AS old (area_id, measure, year, value, file_id)
                    SELECT area_id, measure, year, value, %s FROM readings ORDER BY area_id, measure, year
                    ON CONFLICT (area_id, measure, year) DO UPDATE
                        SET value = excluded.value, file_id = excluded.file_id
                        WHERE old.value <> excluded.value
                    RETURNING xmax = 0 AS is_new
                )
                SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new) FROM written
                """,
                [file.pk],
            )
            new, changed = cursor.fetchone()
            cursor.execute("DROP TABLE readings")
    return ImportResult(file, new, changed, len(readings) - new - changed)


@transaction.atomic
def take_back_import(file: ImportedFile, *, by: Account) -> int:
    """Undo an import: values it changed return to what they were, values it brought go; returns how many rows."""
    with journal(by=by, why=str(_("取り込みの取り消し")), door="import", file=file.name), connection.cursor() as cursor:
        cursor.execute(
            """
            WITH before AS (
                SELECT DISTINCT ON (event.pgh_obj_id) event.pgh_obj_id AS id, event.value, event.file_id
                FROM areas_statisticevent AS event JOIN areas_statistic AS now ON now.id = event.pgh_obj_id
                WHERE now.file_id = %(file)s AND event.file_id IS DISTINCT FROM %(file)s
                ORDER BY event.pgh_obj_id, event.pgh_id DESC
            )
            UPDATE areas_statistic AS now SET value = before.value, file_id = before.file_id
            FROM before WHERE now.id = before.id
            """,
            {"file": file.pk},
        )
        returned = cursor.rowcount
        cursor.execute("DELETE FROM areas_statistic WHERE file_id = %s", [file.pk])
        return int(returned + cursor.rowcount)


@transaction.atomic
def load_areas(folder: Path) -> None:
    """Bring the reference data of `data/areas` in; loading again changes nothing that is the same."""
    with journal(why=str(_("基準データの読み込み")), door="load_reference"):
        _load_blocks(_rows(folder / "blocks.csv"))
        _load_prefectures(_rows(folder / "prefectures.csv"))
        _load_municipalities(_rows(folder / "municipalities.csv"))
        areas = {area.code: area for area in Area.objects.select_related("prefecture", "block")}
        _load_names(areas, _rows(folder / "municipalities.csv"), _rows(folder / "history.csv"))
        _load_neighbours(areas, _rows(folder / "neighbours.csv"))
        _load_shapes(_rows(folder / "shapes.csv"))
        index_areas()


def index_areas() -> int:
    """Hand every area down to the search index under all its names and codes."""
    names: dict[int, list[AreaName]] = {}
    for name in AreaName.objects.order_by("period"):
        names.setdefault(name.area_id, []).append(name)
    return replace_search_entries(
        "areas",
        (_entry(area, names.get(area.pk, [])) for area in Area.objects.select_related("prefecture").order_by("code")),
    )


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _number(text: str) -> float | None:
    return float(text) if text else None


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _upsert(objects: Iterable[Area], fields: Sequence[str]) -> None:
    Area.objects.bulk_create(objects, update_conflicts=True, unique_fields=["code"], update_fields=fields)


def _load_blocks(rows: list[dict[str, str]]) -> None:
    Block.objects.bulk_create(
        [
            Block(
                key=row["key"],
                order=order,
                name=row["name"],
                name_en=row["name_en"],
                office=row["office"],
                office_en=row["office_en"],
                council=row["council"],
                council_status=row["council_status"],
            )
            for order, row in enumerate(rows, start=1)
        ],
        update_conflicts=True,
        unique_fields=["key"],
        update_fields=["order", "name", "name_en", "office", "office_en", "council", "council_status"],
    )


def _load_prefectures(rows: list[dict[str, str]]) -> None:
    _upsert(
        [
            Area(
                code=row["code"],
                name=row["name"],
                kana=row["kana"],
                name_en=row["name_en"],
                kind=Kind.PREFECTURE,
                block_id=row["block"],
                slug=row["slug"],
                latitude=_number(row["latitude"]),
                longitude=_number(row["longitude"]),
            )
            for row in rows
        ],
        ["name", "kana", "name_en", "kind", "block", "slug", "latitude", "longitude"],
    )


def _load_municipalities(rows: list[dict[str, str]]) -> None:
    prefectures = {area.code: area for area in Area.objects.filter(kind=Kind.PREFECTURE)}
    _upsert(
        [
            Area(
                code=row["code"],
                name=row["name"],
                kana=row["kana"],
                name_en=row["name_en"],
                kind=row["kind"],
                prefecture=prefectures[row["prefecture"]],
                block_id=prefectures[row["prefecture"]].block_id,
                latitude=_number(row["latitude"]),
                longitude=_number(row["longitude"]),
                computed_km2=_number(row["computed_km2"]),
            )
            for row in rows
        ],
        ["name", "kana", "name_en", "kind", "prefecture", "block", "latitude", "longitude", "computed_km2"],
    )


def _load_names(areas: dict[str, Area], present: list[dict[str, str]], former: list[dict[str, str]]) -> None:
    since = {row["code"]: _day(row["valid_from"]) for row in present}
    sources = {row["successor_code"]: row["source"] for row in former}
    names = [
        AreaName(
            area=area,
            code=code,
            name=area.name,
            kana=area.kana,
            name_en=area.name_en,
            kind=area.kind,
            period=DateRange(since.get(code), None),
            source=sources.get(code, "data/areas"),
        )
        for code, area in areas.items()
    ] + [
        AreaName(
            area=areas[row["successor_code"]],
            code=row["code"],
            name=row["name"],
            kana=row["kana"],
            name_en=row["name_en"],
            kind=row["kind"],
            period=DateRange(_day(row["valid_from"]), date.fromisoformat(row["valid_to"]) + timedelta(days=1)),
            source=row["source"],
        )
        for row in former
    ]
    known = {_name_facts(name) for name in AreaName.objects.all()}
    wanted = {_name_facts(name) for name in names}
    if known != wanted:
        AreaName.objects.all().delete()
        AreaName.objects.bulk_create(names)


def _name_facts(name: AreaName) -> tuple[object, ...]:
    period = name.period
    return (name.area_id, name.code, name.name, name.kana, name.name_en, name.kind, period.lower, period.upper)


def _load_neighbours(areas: dict[str, Area], rows: list[dict[str, str]]) -> None:
    through = Area.neighbours.through
    pairs = {(areas[row["code_a"]].pk, areas[row["code_b"]].pk) for row in rows}
    both = pairs | {(second, first) for first, second in pairs}
    if set(through.objects.values_list("from_area_id", "to_area_id")) != both:
        through.objects.all().delete()
        through.objects.bulk_create(
            [through(from_area_id=first, to_area_id=second) for first, second in sorted(both)], batch_size=5000
        )


def _load_shapes(rows: list[dict[str, str]]) -> None:
    Shape.objects.all().delete()
    Shape.objects.bulk_create(
        [
            Shape(
                level=row["level"],
                code=row["code"],
                path=row["d"],
                min_x=float(row["min_x"]),
                min_y=float(row["min_y"]),
                max_x=float(row["max_x"]),
                max_y=float(row["max_y"]),
            )
            for row in rows
        ],
        batch_size=500,
    )


def _entry(area: Area, names: list[AreaName]) -> Entry:
    former = [name for name in names if name.period.upper]
    prefecture, prefecture_en = ("", "") if area.prefecture is None else (area.prefecture.name, area.prefecture.name_en)
    words: set[str] = set()
    for name in names:
        words |= _words(name.code, name.name, name.kana, name.name_en)
        words |= {prefecture + name.name}
    until = [(name.name, name.name_en, name.period.upper - timedelta(days=1)) for name in former]
    return Entry(
        key=area.code,
        title=area.name,
        title_en=area.name_en,
        reading=area.kana,
        path=f"/areas/{area.code}",
        detail="　".join(
            [prefecture, area.code, *(f"{day.year}年{day.month}月{day.day}日まで{old}" for old, _, day in until)]
        ).strip(),
        detail_en=", ".join(
            filter(None, [prefecture_en, area.code, *(f"{old} until {day:%Y-%m-%d}" for _, old, day in until)])
        ),
        words=tuple(words),
    )


def _romaji(kana: str) -> set[str]:
    """Usual ways to write a reading in Latin letters: tanba and tamba, oosaka, osaka and ohsaka."""
    plain = jaconv.kana2alphabet(kana)
    short = re.sub(r"ou|oo", "o", re.sub(r"uu", "u", plain))
    spelt = {plain, short, re.sub(r"ou|oo", "oh", plain)}
    return spelt | {re.sub(r"n(?=[bmp])", "m", word) for word in spelt}


def _words(code: str, name: str, kana: str, name_en: str) -> set[str]:
    """All spellings under which people look for one name: code with and without check digit, kanji, kana, romaji."""
    words = {code, code[:5], name, kana, name_en, *_romaji(kana)}
    suffix = name[-1]
    if suffix in SUFFIXES and len(name) > 2:
        words.add(name[:-1])
    endings = SUFFIXES.get(suffix, ())
    for ending in (endings,) if isinstance(endings, str) else endings:
        if kana.endswith(ending) and len(kana) > len(ending):
            words |= {kana.removesuffix(ending), *_romaji(kana.removesuffix(ending))}
    words.add(name_en.rpartition(" ")[0] or name_en)
    return words
