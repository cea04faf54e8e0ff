"""Reference data of blocks, prefectures and municipalities: names, codes, shapes, neighbours, maps.

    pip install -r tools/requirements.txt
    python tools/build_areas.py

Reads two packages (japancode: codes, kana, office points; reversejp: shapes and English names of the Japan
Meteorological Agency), writes `data/areas/*` and the national map `japan-municipalities.svg`, and prints
what it counted. The same input gives the same bytes. How and why: docs/areas-data.md; terms: data/README.md.
"""

from __future__ import annotations

import csv
import importlib.util
import io
import json
import math
import re
import struct
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import shapely  # type: ignore[import-untyped]
from numpy.typing import NDArray
from shapely import MultiPolygon, Point, Polygon
from shapely.geometry import shape as shape_of  # type: ignore[import-untyped]
from shapely.geometry.base import BaseGeometry  # type: ignore[import-untyped]

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "data" / "areas"
MAP = ROOT / "src" / "itoguchi" / "areas" / "static" / "areas" / "japan-municipalities.svg"

Row = Sequence[str | int | float]
Shapes = dict[str, BaseGeometry]
Array = NDArray[np.float64]

# ------------------------------------------------------------------------------------------------------------
# Kept by hand: what no package holds

BLOCKS = (  # key, name, prefectures (two digits), council, how its name is known
    ("hokkaido", "北海道", "01", "北海道テレコム懇談会", "public"),
    ("tohoku", "東北", "02 03 04 05 06 07", "東北情報通信懇談会", "public"),
    ("kanto", "関東", "08 09 10 11 12 13 14 19", "", "not found"),
    ("shinetsu", "信越", "15 20", "", "not found"),
    ("hokuriku", "北陸", "16 17 18", "北陸情報通信協議会", "seed"),
    ("tokai", "東海", "21 22 23 24", "東海情報通信懇談会", "public"),
    ("kinki", "近畿", "25 26 27 28 29 30", "近畿情報通信協議会", "public"),
    ("chugoku", "中国", "31 32 33 34 35", "中国情報通信懇談会", "seed"),
    ("shikoku", "四国", "36 37 38 39", "四国情報通信懇談会", "public"),
    ("kyushu", "九州", "40 41 42 43 44 45 46", "九州テレコム振興センター（KIAI）", "public"),
    ("okinawa", "沖縄", "47", "", "not found"),
)
BLOCK_OF = {two: key for key, _, members, _, _ in BLOCKS for two in members.split()}

FORMER = (  # code, name, kana, English, kind, last day, code since, what happened
    ("044237", "富谷町", "とみやまち", "Tomiya Town", "town", "2016-10-09", "042161", "became a city"),
    ("282219", "篠山市", "ささやまし", "Sasayama City", "city", "2019-04-30", "282219", "renamed"),
    ("403059", "那珂川町", "なかがわまち", "Nakagawa Town", "town", "2018-09-30", "402311", "became a city"),
)
SINCE = {"042161": "2016-10-10", "282219": "2019-05-01", "402311": "2018-10-01"}

OLD_OFFICES = {"075469"}  # 双葉町: the package still has the stand-in office in Iwaki, left in 2022
ENGLISH_SLIPS = {"Miamiizu Town": "Minamiizu Town"}  # misspelt in the source; its kana are みなみいず

# ------------------------------------------------------------------------------------------------------------
# Sources


class Municipality(NamedTuple):
    """One municipality as the product keeps it."""

    code: str
    name: str
    kana: str
    name_en: str
    kind: str
    prefecture: str
    latitude: float | None
    longitude: float | None


def package_file(package: str, path: str) -> Path:
    """A file of an installed package, without importing it."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise SystemExit(f"{package} is not installed: pip install -r tools/requirements.txt")
    return Path(spec.origin).parent / path


def japancode(path: str) -> list[dict[str, Any]]:
    """Rows of one of japancode's two lists."""
    rows: list[dict[str, Any]] = json.loads(package_file("japancode", path).read_text(encoding="utf-8"))
    return rows


def check_digit(five: str) -> str:
    """Sixth digit of a local government code: weights 6 5 4 3 2, 11 minus the remainder by 11, last digit."""
    total = sum(int(digit) * weight for digit, weight in zip(five, (6, 5, 4, 3, 2), strict=True))
    return str((11 - total % 11) % 10)


def embedded_archives(binary: bytes) -> Iterator[zipfile.ZipFile]:
    """Zip archives lying inside another file: each end record tells where its archive began."""
    for found in re.finditer(rb"PK\x05\x06", binary):
        size, offset, comment = struct.unpack("<IIH", binary[found.start() + 12 : found.start() + 22])
        start = found.start() - size - offset
        if start >= 0 and binary[start : start + 4] == b"PK\x03\x04":
            yield zipfile.ZipFile(io.BytesIO(binary[start : found.start() + 22 + comment]))


def agency_features() -> list[dict[str, Any]]:
    """The agency's municipal warning areas (`landslides_0` to `_9`)."""
    features: list[dict[str, Any]] = []
    for archive in embedded_archives(package_file("reversejp", "reversejp.abi3.so").read_bytes()):
        for name in sorted(archive.namelist()):
            if name.startswith("landslides_"):
                features += json.loads(archive.read(name))["features"]
    return features


def agency_municipality(code: str) -> str:
    """Five digits of an agency area's municipality; wards of Kyoto and Hiroshima belong to their city."""
    five = code[:5]
    if "26101" <= five <= "26111":
        return "26100"
    return "34100" if "34101" <= five <= "34108" else five


def english_name(text: str) -> str:
    """Municipality in the English name of an agency area: 'Northern Gojo City', 'Akan, Kushiro City' …"""
    text = re.sub(r" \(.*\)$", "", text).rsplit(", ", 1)[-1]
    text = re.sub(r" City \w+ Ward$", " City", text)
    return ENGLISH_SLIPS.get(text, text)


def agency_names(features: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """English name by five digits; all parts of a split municipality must agree."""
    names: dict[str, str] = {}
    for feature in features:
        code, name = feature["properties"]["code"], english_name(feature["properties"]["enName"])
        if not code.endswith("00"):
            name = re.sub(r"^(Eastern|Western|Southern|Northern) ", "", name)
        if names.setdefault(agency_municipality(code), name) != name:
            raise ValueError(f"{code}: {name} or {names[agency_municipality(code)]}?")
    return names


def polygons(geometry: BaseGeometry) -> BaseGeometry:
    """The areal part of a geometry after repair (even-odd, so that enclaves stay holes)."""
    parts = shapely.get_parts(shapely.make_valid(geometry)).tolist()
    return shapely.union_all([part for part in parts if isinstance(part, Polygon | MultiPolygon)])


def agency_shapes(features: Iterable[Mapping[str, Any]]) -> Shapes:
    """Raw shape by five digits, and `hoppo`: the Northern Territories, four islands and their rocks."""
    parts: dict[str, list[BaseGeometry]] = {}
    for feature in features:
        code = agency_municipality(feature["properties"]["code"])
        parts.setdefault(code, []).append(polygons(shape_of(feature["geometry"])))
    return {code: shapely.union_all(parts[code]) for code in sorted(parts)}


def kind_of(code: str, name: str) -> str:
    """Kind of a municipality by its code and the last character of its name."""
    if name.endswith("区"):
        return "special_ward"
    if code[2] == "1" and code[:2] != "13":
        return "designated_city"
    return {"市": "city", "町": "town", "村": "village"}[name[-1]]


def municipalities(english: Mapping[str, str]) -> list[Municipality]:
    """All municipalities by code; wards of designated cities ('札幌市 中央区') are none."""
    found = []
    for row in japancode("data/municipalities.json"):
        code, name = row["lgcode"].zfill(6), row["city"]
        if " " in name:
            continue
        point = (None, None) if code in OLD_OFFICES else (round(row["lat"], 6), round(row["lng"], 6))
        prefecture = code[:2] + "000" + check_digit(code[:2] + "000")
        found.append(
            Municipality(code, name, row["citykana"], english[code[:5]], kind_of(code, name), prefecture, *point)
        )
    return sorted(found)


def prefectures() -> Sequence[Row]:
    """Rows of the 47 prefectures; no source gives the points of their offices."""
    return sorted(
        (
            code,
            row["pref"],
            row["prefkana"],
            row["pref_en"],
            row["pref_en"].lower(),
            BLOCK_OF[code[:2]],
            "",
            "",
        )
        for row in japancode("data/prefectures.json")
        for code in [row["lgcode"]]
    )


# ------------------------------------------------------------------------------------------------------------
# Geometry

FINE, MIDDLE, COARSE = 0.003, 0.008, 0.03  # tolerances of simplification in degrees
SMALL_ISLAND = 0.0015  # square degrees, about 15 km²: left out of prefecture and block shapes
HABOMAI = shapely.box(145.85, 43.35, 146.6, 43.7)  # islets of Nemuro City that are Northern Territories


def apart(raw: Shapes) -> tuple[Shapes, BaseGeometry]:
    """Municipal shapes without the Northern Territories, and these; Habomai moves from Nemuro to them."""
    nemuro = shapely.get_parts(raw["01223"]).tolist()
    islets = [part for part in nemuro if HABOMAI.contains(part)]
    shapes = {code: each for code, each in raw.items() if code != "hoppo"}
    shapes["01223"] = shapely.union_all([part for part in nemuro if part not in islets])
    return shapes, shapely.union_all([raw["hoppo"], *islets])


def clean_coverage(shapes: Shapes) -> Shapes:
    """The same shapes with slivers between neighbours closed, so that borders can be simplified together."""
    cleaned = shapely.coverage_clean(list(shapes.values()), gap_width=0.0003)
    return dict(zip(shapes, cleaned, strict=True))


def simplified(coverage: Shapes, tolerance: float) -> Shapes:
    """Simplified together: borders stay shared, nothing vanishes, everything stays valid."""
    simple = shapely.coverage_simplify(list(coverage.values()), tolerance)
    simple = shapely.orient_polygons(simple)
    if shapely.is_empty(simple).any() or not shapely.is_valid(simple).all():
        raise ValueError(f"shapes lost or broken at {tolerance}")
    return dict(zip(coverage, simple, strict=True))


def dissolved(shapes: Shapes, whole: Callable[[str], str]) -> Shapes:
    """Shapes of one coverage united by what `whole` says of their code."""
    parts: dict[str, list[BaseGeometry]] = {}
    for code, each in shapes.items():
        parts.setdefault(whole(code), []).append(each)
    return {code: shapely.coverage_union_all(parts[code]) for code in sorted(parts)}


def without_islets(geometry: BaseGeometry) -> BaseGeometry:
    """A shape without its small islands and holes, but never without its largest part."""
    parts = [Polygon(part.exterior) for part in shapely.get_parts(geometry).tolist()]
    kept = [part for part in parts if part.area >= SMALL_ISLAND] or [max(parts, key=lambda part: part.area)]
    return MultiPolygon(kept)


def neighbours(shapes: Shapes) -> list[tuple[str, str]]:
    """Pairs of raw shapes that meet on land, be it in one point only."""
    codes, geometries = list(shapes), list(shapes.values())
    pairs = shapely.STRtree(geometries).query(geometries, predicate="intersects").T.tolist()
    return sorted((codes[first], codes[second]) for first, second in pairs if codes[first] < codes[second])


def square_kilometres(geometry: BaseGeometry) -> float:
    """Area on the GRS 80 ellipsoid, by its cylindrical equal-area projection."""
    radius, squared = 6378.137, 0.00669438002290
    e = math.sqrt(squared)

    def equal_area(xy: Array) -> Array:
        sine = np.sin(np.radians(xy[:, 1]))
        q = sine / (1 - squared * sine**2) + np.arctanh(e * sine) / e
        return np.column_stack([radius * np.radians(xy[:, 0]), radius * (1 - squared) * q / 2])

    return float(shapely.transform(geometry, equal_area).area)


# ------------------------------------------------------------------------------------------------------------
# Drawing: coordinates are documented in docs/areas-data.md

WIDTH, HEIGHT = 1000, 988
SCALE, LEFT, TOP = 3560.0, 492.5, 4024.5  # units per radian of the unit cone, and where the cone's axis lies
PARALLELS = (33.0, 43.0)
LOCAL_SCALE, LOCAL_WEST, LOCAL_NORTH = 10_000, 122.0, 46.0


class Zone(NamedTuple):
    """Part of the national map: middle meridian, how far it is shifted, frame (x, y, width, height)."""

    key: str
    meridian: float
    shift: tuple[float, float]
    frame: tuple[float, float, float, float] | None


MAIN = Zone("main", 137.5, (0.0, 0.0), None)
NANSEI = Zone("inset", 127.0, (-233.2, -978.9), (10, 10, 510, 403))
OGASAWARA = Zone("inset-ogasawara", 141.5, (441.6, -405.6), (885, 731, 105, 247))


def zone_of(part: BaseGeometry) -> Zone | None:
    """Zone of an island or mainland; None for Okinotorishima and Minamitorishima, too far out to draw."""
    x, y = part.centroid.x, part.centroid.y
    if y < 30.1 and x < 132:
        return NANSEI
    if y < 28:
        return OGASAWARA if 140 < x < 143 else None
    return MAIN


def lambert(xy: Array, zone: Zone) -> Array:
    """Lambert's conformal conic projection (sphere), y downwards, in units of the national map."""
    first, second = (math.radians(parallel) for parallel in PARALLELS)

    def stretch(latitude: Any) -> Any:
        return np.tan(math.pi / 4 + latitude / 2)

    n = math.log(math.cos(first) / math.cos(second)) / math.log(stretch(second) / stretch(first))
    rho = SCALE * math.cos(first) * stretch(first) ** n / n / stretch(np.radians(xy[:, 1])) ** n
    angle = n * np.radians(xy[:, 0] - zone.meridian)
    return np.column_stack([LEFT + zone.shift[0] + rho * np.sin(angle), rho * np.cos(angle) - TOP + zone.shift[1]])


def national(geometry: BaseGeometry) -> list[BaseGeometry]:
    """Parts of a shape or line, in the space of the national map (0 0 1000 HEIGHT) with its insets."""
    return [
        shapely.transform(part, partial(lambert, zone=zone))
        for part in shapely.get_parts(geometry).tolist()
        if (zone := zone_of(part))
    ]


def local(geometry: BaseGeometry) -> list[BaseGeometry]:
    """Parts of a shape in the local space: Mercator, LOCAL_SCALE units to a degree of longitude."""

    def mercator(latitude: Any) -> Any:
        return np.degrees(np.log(np.tan(math.pi / 4 + np.radians(latitude) / 2)))

    def project(xy: Array) -> Array:
        x, y = xy[:, 0] - LOCAL_WEST, mercator(LOCAL_NORTH) - mercator(xy[:, 1])
        return np.column_stack([x, y]) * LOCAL_SCALE

    return [shapely.transform(part, project) for part in shapely.get_parts(geometry).tolist() if zone_of(part)]


def number(value: int, decimals: int) -> str:
    """Shortest SVG number for an integer count of 10^-decimals."""
    text = f"{value / 10**decimals:.{decimals}f}"
    if decimals:
        text = text.rstrip("0").rstrip(".")
    return re.sub(r"^(-?)0\.", r"\1.", text)


def joined(numbers: Iterable[str]) -> str:
    """SVG numbers with a space only where a sign or point does not part them."""
    text = ""
    before = ""
    for each in numbers:
        apart_already = not before or each.startswith("-") or (each.startswith(".") and "." in before)
        text += each if apart_already else " " + each
        before = each
    return text


def corners(ring: Any, decimals: int) -> list[tuple[int, int]]:
    """Corners of a ring or line on the grid of 10^-decimals, without repeats."""
    points = np.round(shapely.get_coordinates(ring) * 10**decimals).astype(int).tolist()
    return [(x, y) for i, (x, y) in enumerate(points) if i == 0 or [x, y] != points[i - 1]]


class Drawing(NamedTuple):
    """SVG path data with its bounding box."""

    d: str
    box: tuple[float, float, float, float]


def draw(parts: Iterable[BaseGeometry], decimals: int) -> Drawing:
    """Path data of polygons: relative steps on one grid, so that neighbours share each corner exactly."""
    rings = [corners(ring, decimals)[:-1] for part in parts for ring in (part.exterior, *part.interiors)]
    rings = [ring for ring in rings if len(ring) > 2]
    d, at = "", (0, 0)
    for ring in rings:
        steps = [(x - px, y - py) for (x, y), (px, py) in zip(ring, [at, *ring[:-1]], strict=True)]
        d += "m" + joined(number(value, decimals) for step in steps for value in step) + "z"
        at = ring[0]
    x, y = np.array([point for ring in rings for point in ring]).T / 10**decimals
    return Drawing(d, (float(x.min()), float(y.min()), float(x.max()), float(y.max())))


def frames() -> list[Drawing]:
    """Boxes of the insets."""
    boxes = [zone.frame for zone in (NANSEI, OGASAWARA) if zone.frame]
    return [Drawing(f"M{x} {y}h{w}v{h}h-{w}z", (x, y, x + w, y + h)) for x, y, w, h in boxes]


def national_map(shapes: Shapes, grey: BaseGeometry) -> str:
    """The national map as SVG text: a group per prefecture, a path per municipality."""
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" fill="#d8dde6" stroke="#fff"'
        ' stroke-width=".3" stroke-linejoin="round">'
    ]
    drawn = draw(national(grey), 1)
    lines.append(f'<path id="northern_territories" class="grey" fill="#b4b4b4" d="{drawn.d}"/>')
    for two in sorted({code[:2] for code in shapes}):
        lines.append(f'<g id="p{two}" data-c="{two}000{check_digit(two + "000")}">')
        for five in (code for code in shapes if code.startswith(two)):
            six = five + check_digit(five)
            lines.append(f'<path id="m{six}" data-c="{six}" d="{draw(national(shapes[five]), 1).d}"/>')
        lines.append("</g>")
    lines.append('<g class="prefecture-line" fill="none" stroke="#6b7280" stroke-width=".7" pointer-events="none">')
    lines += [
        f'<polyline vector-effect="non-scaling-stroke" points="{points}"/>' for points in prefecture_lines(shapes)
    ]
    lines.append("</g>")
    for zone in (NANSEI, OGASAWARA):
        x, y, width, height = zone.frame or (0, 0, 0, 0)
        lines.append(
            f'<rect class="inset" x="{x}" y="{y}" width="{width}" height="{height}" rx="8" fill="none"'
            ' stroke="#b4b4b4" stroke-width="1"/>'
        )
    return "\n".join([*lines, "</svg>", ""])


def prefecture_lines(shapes: Shapes) -> Iterator[str]:
    """Points of the land borders between prefectures."""
    wholes = dissolved(shapes, lambda code: code[:2])
    for first, second in neighbours(wholes):
        shared = shapely.intersection(wholes[first].boundary, wholes[second].boundary)
        for line in national(shapely.line_merge(shared)):
            if line.geom_type == "LineString":
                points = corners(line, 1)
                yield joined(number(value, 1) for point in points for value in point)


# ------------------------------------------------------------------------------------------------------------
# Writing


def write_rows(name: str, header: str, rows: Iterable[Row]) -> None:
    """One CSV file: UTF-8, one line feed per row."""
    with (DATA / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header.split(","))
        writer.writerows(rows)


def bureau(key: str, name: str) -> tuple[str, str]:
    """Name of a block's bureau of telecommunications in Japanese and English."""
    if key == "okinawa":
        return f"{name}総合通信事務所", "Okinawa Office of Telecommunications"
    return f"{name}総合通信局", f"{key.capitalize()} Bureau of Telecommunications"


def write_names(every: Sequence[Municipality], raw: Shapes) -> None:
    """Blocks, prefectures, municipalities and former names."""
    wholes = prefectures()
    name_of = {str(row[0])[:2]: str(row[1]) for row in wholes}
    write_rows(
        "blocks.csv",
        "key,name,name_en,office,office_en,prefectures,council,council_status",
        (
            (
                key,
                name,
                key.capitalize(),
                *bureau(key, name),
                ";".join(name_of[two] for two in members.split()),
                *council,
            )
            for key, name, members, *council in BLOCKS
        ),
    )
    write_rows("prefectures.csv", "code,name,kana,name_en,slug,block,latitude,longitude", wholes)
    write_rows(
        "municipalities.csv",
        "code,name,kana,name_en,kind,prefecture,latitude,longitude,computed_km2,valid_from",
        (
            (
                *("" if value is None else value for value in each),
                round(square_kilometres(raw[each.code[:5]]), 2),
                SINCE.get(each.code, ""),
            )
            for each in every
        ),
    )
    write_rows(
        "history.csv",
        "code,name,kana,name_en,kind,valid_from,valid_to,successor_code,note,source",
        (
            (
                *row,
                "",
                last_day,
                successor,
                f"{what}; reading derived",
                "public knowledge, check digits verified",
            )
            for *row, last_day, successor, what in FORMER
        ),
    )


def write_boundaries(shapes: Shapes, grey: BaseGeometry) -> None:
    """Simplified shapes as GeoJSON, one feature per line."""

    def feature(geometry: BaseGeometry, **properties: str | None) -> str:
        geometry = shapely.orient_polygons(shapely.set_precision(geometry, 0.0001))
        if geometry.is_empty or not geometry.is_valid:
            raise ValueError(f"{properties}: broken by rounding")
        outline = json.loads(shapely.to_geojson(geometry))
        return json.dumps({"type": "Feature", "properties": properties, "geometry": outline}, separators=(",", ":"))

    features = [feature(each, code=code + check_digit(code)) for code, each in shapes.items()]
    features.append(feature(grey, code=None, kind="northern_territories"))
    text = '{"type":"FeatureCollection","features":[\n' + ",\n".join(features) + "\n]}\n"
    (DATA / "boundaries.geojson").write_text(text, encoding="utf-8", newline="")


def write_shapes(fine: Shapes, middle: Shapes, grey: BaseGeometry) -> None:
    """Path data of municipalities (local space) and of prefectures, blocks, frames (national space)."""
    wholes = dissolved(middle, lambda code: code[:2] + "000" + check_digit(code[:2] + "000"))
    coarse = simplified({code: without_islets(each) for code, each in wholes.items()}, COARSE)
    blocks = dissolved(coarse, lambda code: BLOCK_OF[code[:2]])
    drawn = [(code + check_digit(code), "municipality", draw(local(each), 0)) for code, each in fine.items()]
    drawn += [(code, "prefecture", draw(national(each), 1)) for code, each in coarse.items()]
    drawn += [(key, "block", draw(national(blocks[key]), 1)) for key, *_ in BLOCKS]
    drawn += [(zone.key, "frame", each) for zone, each in zip((NANSEI, OGASAWARA), frames(), strict=True)]
    islands = simplified({"": without_islets(grey)}, COARSE)[""]
    drawn.append(("northern_territories", "grey", draw(national(islands), 1)))
    write_rows("shapes.csv", "code,level,d,min_x,min_y,max_x,max_y", ((*key, e.d, *e.box) for *key, e in drawn))


def outside(every: Iterable[Municipality], shapes: Shapes) -> list[str]:
    """Municipalities whose office point does not lie in their shape."""
    return [
        f"{each.code} {each.name}"
        for each in every
        if each.latitude and not shapes[each.code[:5]].covers(Point(each.longitude, each.latitude))
    ]


def main() -> None:
    """Build everything and say what came out."""
    features = agency_features()
    raw = agency_shapes(features)
    every = municipalities(agency_names(features))
    shapes, grey = apart(raw)
    if [each.code[:5] for each in every] != list(shapes) or any(
        each.code[5] != check_digit(each.code[:5]) for each in every
    ):
        raise ValueError("codes of names and shapes differ, or a check digit is wrong")

    coverage = clean_coverage(shapes)
    fine, middle = simplified(coverage, FINE), simplified(coverage, MIDDLE)
    pairs = neighbours(shapes)
    grey_middle = simplified({"": grey}, MIDDLE)[""]

    DATA.mkdir(parents=True, exist_ok=True)
    write_names(every, raw)
    write_boundaries(middle, grey_middle)
    write_rows("neighbours.csv", "code_a,code_b", ([five + check_digit(five) for five in pair] for pair in pairs))
    write_shapes(fine, middle, grey)
    MAP.parent.mkdir(parents=True, exist_ok=True)
    MAP.write_text(national_map(middle, grey_middle), encoding="utf-8", newline="")

    bounds = shapely.total_bounds([part for each in middle.values() for part in national(each)])
    print(f"{len(every)} municipalities, {len(pairs)} pairs, map bounds {bounds.round(1).tolist()}")
    for label, which in (("raw", shapes), ("simplified", middle)):
        print(f"office outside the {label} shape: {', '.join(outside(every, which))}")
    for path in (*sorted(DATA.iterdir()), MAP):
        print(f"{path.stat().st_size:>9,} {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
