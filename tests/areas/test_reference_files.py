"""The committed files of data/areas hold what docs/areas-data.md promises (plain Python, no database)."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "data" / "areas"
DOCS = ROOT / "docs" / "areas-data.md"
MAP = ROOT / "src" / "itoguchi" / "areas" / "static" / "areas" / "japan-municipalities.svg"


@cache
def rows(name: str) -> list[dict[str, str]]:
    csv.field_size_limit(10**7)
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def features() -> list[dict[str, Any]]:
    content: dict[str, Any] = json.loads((DATA / "boundaries.geojson").read_text(encoding="utf-8"))
    return content["features"]  # type: ignore[no-any-return]


def codes(name: str) -> list[str]:
    return [row["code"] for row in rows(name)]


def check_digit(five: str) -> str:
    total = sum(int(digit) * weight for digit, weight in zip(five, (6, 5, 4, 3, 2), strict=True))
    return str(11 - total % 11)[-1]


def listed_exceptions() -> set[str]:
    """Codes in the table of docs/areas-data.md under 'Office points outside their own shape'."""
    section = DOCS.read_text(encoding="utf-8").split("## Office points outside their own shape", 1)[1]
    return set(re.findall(r"^\| (\d{6}) \|", section.split("\n## ", 1)[0], re.M))


def rings(geometry: dict[str, Any]) -> list[list[list[float]]]:
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    return [ring for polygon in polygons for ring in polygon]


def inside(x: float, y: float, geometry: dict[str, Any]) -> bool:
    """Even-odd rule: a ray from the point crosses the rings an odd number of times."""
    odd = False
    for ring in rings(geometry):
        for (x1, y1), (x2, y2) in pairwise(ring):
            if (y1 > y) != (y2 > y) and x < x1 + (y - y1) / (y2 - y1) * (x2 - x1):
                odd = not odd
    return odd


def test_it_has_1741_municipalities_47_prefectures_11_blocks() -> None:
    assert len(rows("municipalities.csv")) == 1741
    assert len(rows("prefectures.csv")) == 47
    assert len(rows("blocks.csv")) == 11
    every = codes("municipalities.csv") + codes("prefectures.csv")
    assert len(set(every)) == 1788
    assert codes("municipalities.csv") == sorted(codes("municipalities.csv"))


def test_every_code_has_its_check_digit() -> None:
    every = codes("municipalities.csv") + codes("prefectures.csv") + codes("history.csv")
    assert [code for code in every if len(code) != 6 or check_digit(code[:5]) != code[5]] == []


def test_each_prefecture_stands_in_one_block_and_each_municipality_in_its_prefecture() -> None:
    members = [name for row in rows("blocks.csv") for name in row["prefectures"].split(";")]
    assert sorted(members) == sorted(row["name"] for row in rows("prefectures.csv"))
    by_name = {name: row["key"] for row in rows("blocks.csv") for name in row["prefectures"].split(";")}
    assert all(row["block"] == by_name[row["name"]] for row in rows("prefectures.csv"))
    known = set(codes("prefectures.csv"))
    assert all(row["prefecture"] in known for row in rows("municipalities.csv"))
    assert all(row["prefecture"][:2] == row["code"][:2] for row in rows("municipalities.csv"))
    assert len({row["slug"] for row in rows("prefectures.csv")}) == 47


def test_kinds_add_up() -> None:
    kinds = Counter(row["kind"] for row in rows("municipalities.csv"))
    assert kinds == {"designated_city": 20, "special_ward": 23, "city": 772, "town": 743, "village": 183}
    ends = {"designated_city": "市", "special_ward": "区", "city": "市", "town": "町", "village": "村"}
    assert all(row["name"].endswith(ends[row["kind"]]) for row in rows("municipalities.csv"))


def test_kana_are_hiragana_and_english_names_are_there() -> None:
    every = rows("municipalities.csv") + rows("prefectures.csv") + rows("history.csv")
    assert [row["name"] for row in every if not re.fullmatch(r"[ぁ-ゖー]+", row["kana"])] == []
    english = {"town": "Town", "village": "Village"}
    for row in rows("municipalities.csv") + rows("history.csv"):
        assert re.fullmatch(r"[A-Z][A-Za-z' -]+ " + english.get(row["kind"], "City"), row["name_en"])
    assert all(re.fullmatch(r"[A-Z][a-z]+", row["name_en"]) for row in rows("prefectures.csv"))


def test_todays_names_follow_on_the_former_ones() -> None:
    today = {row["code"]: row for row in rows("municipalities.csv")}
    names = {code: (today[code]["name"], today[code]["name_en"]) for code in ("042161", "402311", "282219")}
    assert names == {
        "042161": ("富谷市", "Tomiya City"),
        "402311": ("那珂川市", "Nakagawa City"),
        "282219": ("丹波篠山市", "Tanba Sasayama City"),
    }
    for row in rows("history.csv"):
        since = date.fromisoformat(today[row["successor_code"]]["valid_from"])
        assert (since - date.fromisoformat(row["valid_to"])).days == 1
    changed = {code for code, row in today.items() if row["valid_from"]}
    assert {row["successor_code"] for row in rows("history.csv")} == changed


def test_every_municipality_has_a_closed_outline() -> None:
    outlines = [feature for feature in features() if feature["properties"]["code"]]
    assert [feature["properties"]["code"] for feature in outlines] == codes("municipalities.csv")
    for feature in features():
        assert all(len(ring) >= 4 and ring[0] == ring[-1] for ring in rings(feature["geometry"]))
    others = [feature["properties"] for feature in features() if not feature["properties"]["code"]]
    assert others == [{"code": None, "kind": "northern_territories"}]


def test_offices_lie_in_their_own_outline_but_for_those_listed() -> None:
    outline = {feature["properties"]["code"]: feature["geometry"] for feature in features()}
    given = [row for row in rows("municipalities.csv") if row["latitude"]]
    away = {
        row["code"]
        for row in given
        if not inside(float(row["longitude"]), float(row["latitude"]), outline[row["code"]])
    }
    assert away == listed_exceptions()
    assert len(away) <= 0.005 * len(given)
    assert [row["code"] for row in rows("municipalities.csv") if not row["latitude"]] == ["075469"]


def test_neighbours_are_known_ordered_and_named_once() -> None:
    known = set(codes("municipalities.csv"))
    pairs = [(row["code_a"], row["code_b"]) for row in rows("neighbours.csv")]
    assert all(first < second and {first, second} <= known for first, second in pairs)
    assert pairs == sorted(set(pairs))
    beside = {code for pair in pairs if "282219" in pair for code in pair} - {"282219"}
    names = {row["code"]: row["name"] for row in rows("municipalities.csv")}
    assert {"福知山市", "丹波市", "三田市", "西脇市"} <= {names[code] for code in beside}


def test_every_level_of_shapes_is_complete_and_drawn() -> None:
    shapes = {(row["level"], row["code"]): row for row in rows("shapes.csv")}
    assert len(shapes) == len(rows("shapes.csv"))
    wanted = {("municipality", code) for code in codes("municipalities.csv")}
    wanted |= {("prefecture", code) for code in codes("prefectures.csv")}
    wanted |= {("block", row["key"]) for row in rows("blocks.csv")}
    wanted |= {("frame", "inset"), ("frame", "inset-ogasawara"), ("grey", "northern_territories")}
    assert set(shapes) == wanted
    for row in shapes.values():
        assert re.fullmatch(r"[mM][mhvz0-9 .-]+z", row["d"])
        assert float(row["min_x"]) < float(row["max_x"])
        assert float(row["min_y"]) < float(row["max_y"])
    national = [row for (level, _), row in shapes.items() if level != "municipality"]
    assert all(float(row["min_x"]) >= 0 and float(row["max_x"]) <= 1000 for row in national)
    assert all(float(row["min_y"]) >= 0 and float(row["max_y"]) <= 988 for row in national)
    assert sum(len(row["d"]) for (level, _), row in shapes.items() if level == "prefecture") <= 30_000


def test_the_national_map_holds_every_municipality_in_its_prefecture() -> None:
    text = MAP.read_text(encoding="utf-8")
    assert text.startswith('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 988"')
    assert re.findall(r'<path id="m(\d{6})" data-c="\1" d="m', text) == codes("municipalities.csv")
    assert re.findall(r'<g id="p\d\d" data-c="(\d{6})">', text) == codes("prefectures.csv")
    assert "style=" not in text
    assert len(text) <= 700_000


def test_computed_areas_add_up_to_the_country() -> None:
    areas = [float(row["computed_km2"]) for row in rows("municipalities.csv")]
    assert min(areas) > 3
    assert 372_000 < sum(areas) < 374_500
