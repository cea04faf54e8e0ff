"""How fast needs and schemes are matched, beside three ways that others would take, on a generated country.

    python bench/matching.py       # prints tables; exits 1 where a bound is missed

Areas have their real codes, kinds and places; their figures, and all schemes and needs, are drawn with a seed. 20 needs
for each area, 5,000 schemes, the best ten. Beside, in the same run: a query for each need with the conditions as columns
and an order by what is shared (PostgreSQL, a sample of needs, extended to all), scikit-learn's TF-IDF with sparse
products (all needs; knows no rules), and BM25 of bm25s with a mask of who may use what (a sample, extended to all).
"""

from __future__ import annotations

import csv
import os
import platform
import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from itoguchi.engines.matching.eligibility import Table, answer_all, explain, facts_of, parse, who_may
from itoguchi.engines.matching.ranking import MANY, Matcher, Need, Scheme, Window, applicants

PROJECT = Path(__file__).resolve().parents[1]
DAY = date(2026, 11, 24)
SCHEMES, NEEDS_OF_AREA, TOP, THREADS = 5_000, 20, 10, 2
SAMPLE = 500  # needs asked of the ways that take one at a time
SOLUTIONS = [f"solution-{number}" for number in range(30)]
FIELDS = {solution: f"field-{number // 3}" for number, solution in enumerate(SOLUTIONS)}
SIZES = [1e6, 2e6, 3e6, 5e6, 8e6, 1e7, 1.5e7, 2e7, 3e7, 5e7, 1e8, 2e8]


@dataclass(frozen=True, slots=True)
class World:
    """Facts by area, JSON rules and flat conditions by scheme."""

    areas: dict[str, dict[str, Any]]
    rules: dict[str, Any]
    flat: dict[str, dict[str, Any]]
    schemes: list[Scheme]
    needs: list[Need]


def areas_of(rng: np.random.Generator) -> dict[str, dict[str, Any]]:
    """1,788 areas; 4 % of the figures are not on record."""
    with (PROJECT / "data/areas/prefectures.csv").open() as file:
        blocks = {row["code"]: row["block"] for row in csv.DictReader(file)}
    with (PROJECT / "data/areas/municipalities.csv").open() as file:
        places = {row["code"]: (row["kind"], row["prefecture"]) for row in csv.DictReader(file)}
    places |= {code: ("prefecture", code) for code in blocks}
    middle = {
        "prefecture": 14.4,
        "designated_city": 14.0,
        "special_ward": 12.6,
        "city": 11.0,
        "town": 9.3,
        "village": 7.9,
    }
    found = {}
    for code, (kind, prefecture) in places.items():
        population = int(np.exp(rng.normal(middle[kind], 0.6)))
        figures = {
            "population": population,
            "fiscal_strength": round(float(np.clip(rng.normal(0.06 * np.log(population) - 0.1, 0.2), 0.05, 1.6)), 2),
            "disadvantaged": bool(rng.random() < 0.45),
            "years_since_use": {"ict": "never" if rng.random() < 0.5 else int(rng.integers(0, 12))},
        }
        known = {key: value for key, value in figures.items() if rng.random() > 0.04}
        found[code] = {"area": code, "kind": kind, "prefecture": prefecture, "block": blocks[prefecture], **known}
    return found


def rule_of(rng: np.random.Generator, areas: list[dict[str, Any]], solutions: list[str]) -> tuple[Any, dict[str, Any]]:
    """A rule as JSON, and its conditions as columns for the query."""
    flat: dict[str, Any] = {}
    conditions: list[Any] = []
    if rng.random() < 0.6:
        flat["kinds"] = [["town", "village"], ["city", "town", "village"], ["prefecture"], ["city", "designated_city"]][
            rng.choice(4, p=[0.3, 0.5, 0.05, 0.15])
        ]
        conditions.append({"kind": flat["kinds"]})
    if rng.random() < 0.4:
        flat["fiscal_most"] = float(rng.choice([0.4, 0.5, 0.6, 0.8, 1.0]))
        poor = {"fiscal_strength": {"at_most": flat["fiscal_most"]}}
        flat["or_disadvantaged"] = bool(rng.random() < 0.5)
        conditions.append({"any": [poor, {"disadvantaged": True}]} if flat["or_disadvantaged"] else poor)
    if rng.random() < 0.2:
        low = int(rng.choice([0, 1_000, 5_000, 10_000]))
        flat["population_low"], flat["population_high"] = low, low + int(rng.choice([20_000, 50_000, 100_000]))
        conditions.append({"population": {"at_least": low, "at_most": flat["population_high"]}})
    if rng.random() < 0.3:
        flat["prefectures"] = sorted({areas[place]["prefecture"] for place in rng.integers(0, len(areas), 3)})
        conditions.append({"prefecture": flat["prefectures"]})
    if rng.random() < 0.3:
        flat["solutions_only"] = solutions
        conditions.append({"solution": solutions})
    if rng.random() < 0.2:
        flat["unused_years"] = int(rng.choice([3, 5]))
        conditions.append({"not": {"used_within_years": {"years": flat["unused_years"], "of": "ict"}}})
    return {"all": conditions}, flat


def world(seed: int = 1) -> World:
    """The same for a seed."""
    rng = np.random.default_rng(seed)
    areas = areas_of(rng)
    listed = list(areas.values())
    common = np.array([f"word-{number}" for number in range(4_000)])
    zipf = 1 / np.arange(10, 4_010)
    zipf /= zipf.sum()
    topical = {solution: rng.choice(common, 60, replace=False) for solution in SOLUTIONS}

    def words(solutions: list[str], of_topic: int, others: int) -> tuple[str, ...]:
        pool = np.concatenate([topical[each] for each in solutions])
        return (*map(str, rng.choice(pool, of_topic)), *map(str, rng.choice(common, others, p=zipf)))

    def some(most: int) -> list[str]:
        return [str(each) for each in rng.choice(SOLUTIONS, int(rng.integers(1, most + 1)), replace=False)]

    rules, flat, schemes, needs = {}, {}, [], []
    for number in range(SCHEMES):
        key, solutions = f"scheme-{number:05}", some(3)
        rules[key], flat[key] = rule_of(rng, listed, solutions)
        opens = [DAY + timedelta(days=int(days)) for days in rng.integers(-200, 200, int(rng.integers(0, 4)))]
        asked = int(rng.integers(0, 60))
        least = float(rng.choice([0, 1e6, 1e7]))
        schemes.append(
            Scheme(
                key,
                parse(rules[key]),
                frozenset() if rng.random() < 0.2 else frozenset(FIELDS[each] for each in solutions),
                frozenset() if rng.random() < 0.2 else frozenset(solutions),
                words(solutions, 15, 15),
                tuple(Window(day, day + timedelta(days=int(rng.integers(20, 60)))) for day in opens),
                least or None,
                least + float(rng.choice([5e6, 3e7, 1e8])) if rng.random() < 0.7 else None,
                asked,
                int(rng.integers(0, asked + 1)),
            )
        )
    for code in areas:
        for number in range(NEEDS_OF_AREA):
            solutions = some(2)
            needs.append(
                Need(
                    f"{code}-{number:02}",
                    code,
                    frozenset(FIELDS[each] for each in solutions),
                    frozenset(solutions),
                    words(solutions, 6, 6),
                    float(rng.choice(SIZES)) if rng.random() < 0.6 else None,
                    date(2027 + int(rng.integers(0, 3)), 3, 31) if rng.random() < 0.5 else None,
                )
            )
    return World(areas, rules, flat, schemes, needs)


def timed(run: Callable[[], Any]) -> tuple[float, float, Any]:
    """Seconds on the clock, seconds of the processor, and the answer; the best of three."""
    best = (float("inf"), float("inf"), None)
    for _ in range(3):
        clock, processor = time.perf_counter(), time.process_time()
        found = run()
        best = min(
            best, (time.perf_counter() - clock, time.process_time() - processor, found), key=lambda each: each[:2]
        )
    return best


def once(what: str, run: Callable[[], Any]) -> Any:
    """Print the seconds that the first call takes."""
    clock, processor = time.perf_counter(), time.process_time()
    found = run()
    print(f"| {what} | {time.perf_counter() - clock:.2f} | {time.process_time() - processor:.2f} |")
    return found


def peak() -> float:
    """MB that this process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class Quality:
    """What the first ten of some needs are worth, whoever ranked them."""

    def __init__(self, world: World, areas: Table) -> None:
        self.world = world
        self.place = {scheme.key: at for at, scheme in enumerate(world.schemes)}
        self.rules = [(scheme.key, scheme.rule) for scheme in world.schemes]
        self.areas = areas

    def of(self, needs: Sequence[Need], chosen: Sequence[Sequence[str]]) -> tuple[float, float]:
        """Percent that the area may or may perhaps use, and percent of these that are for a solution it needs."""
        states = answer_all(self.rules, applicants(needs, self.areas)).states()
        may = fits = shown = 0
        for at, (need, keys) in enumerate(zip(needs, chosen, strict=True)):
            for key in keys:
                shown += 1
                if states[self.place[key], at] >= 0:
                    may += 1
                    fits += bool(need.solutions & self.world.schemes[self.place[key]].solutions)
        return 100 * may / max(shown, 1), 100 * fits / max(shown, 1)


QUERY = """
SELECT key FROM scheme
WHERE (kinds IS NULL OR %(kind)s = ANY (kinds))
  AND (prefectures IS NULL OR %(prefecture)s = ANY (prefectures))
  AND (fiscal_most IS NULL OR coalesce(%(fiscal)s <= fiscal_most, true)
       OR (or_disadvantaged AND coalesce(%(disadvantaged)s, true)))
  AND (population_high IS NULL OR coalesce(%(population)s BETWEEN population_low AND population_high, true))
  AND (unused_years IS NULL OR coalesce(%(used)s >= unused_years, true))
  AND (solutions_only IS NULL OR solutions_only && %(solutions)s)
ORDER BY (solutions && %(solutions)s) DESC, (fields && %(fields)s) DESC, (closes >= %(day)s) DESC NULLS LAST, key
LIMIT 10
"""
COLUMNS = {
    "kinds": "text[]",
    "prefectures": "text[]",
    "fiscal_most": "float",
    "or_disadvantaged": "bool",
    "population_low": "int",
    "population_high": "int",
    "unused_years": "int",
    "solutions_only": "text[]",
}


def by_query(world: World, needs: Sequence[Need]) -> tuple[float, float, list[list[str]]]:
    """Seconds for these needs, one query each on one connection, in the tests' PostgreSQL."""
    sys.path.insert(0, str(PROJECT))
    import psycopg
    from tests import database

    with psycopg.connect(database.SERVER) as connection:
        columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
        connection.execute(
            f"CREATE TEMP TABLE scheme (key text, fields text[], solutions text[], closes date, {columns})"
        )
        for scheme in world.schemes:
            flat = world.flat[scheme.key]
            row = [scheme.key, list(scheme.fields), list(scheme.solutions)]
            row += [max((window.closes for window in scheme.windows), default=None), *map(flat.get, COLUMNS)]
            connection.execute(f"INSERT INTO scheme VALUES ({', '.join(['%s'] * len(row))})", row)
        connection.execute("CREATE INDEX ON scheme USING gin (solutions)")
        connection.execute("ANALYZE scheme")
        begun, processor, found = time.perf_counter(), time.process_time(), []
        for need in needs:
            area = world.areas[need.area]
            used = area.get("years_since_use", {}).get("ict")
            given = {
                "kind": area["kind"],
                "prefecture": area["prefecture"],
                "fiscal": area.get("fiscal_strength"),
                "disadvantaged": area.get("disadvantaged"),
                "population": area.get("population"),
                "used": 999 if used == "never" else used,
                "solutions": list(need.solutions),
                "fields": list(need.fields),
                "day": DAY,
            }
            found.append([key for (key,) in connection.execute(QUERY, given)])
        return time.perf_counter() - begun, time.process_time() - processor, found


def by_scikit_learn(world: World) -> tuple[float, float, list[list[str]]]:
    """Seconds for all needs: TF-IDF, sparse products in blocks, argpartition."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    keys = np.array([scheme.key for scheme in world.schemes])
    vectorizer = TfidfVectorizer(analyzer=lambda words: words, sublinear_tf=True, dtype=np.float32)
    schemes = vectorizer.fit_transform([scheme.words for scheme in world.schemes]).T.tocsr()
    begun, processor, found = time.perf_counter(), time.process_time(), []
    needs = vectorizer.transform([need.words for need in world.needs])
    for start in range(0, needs.shape[0], 512):
        scores = (needs[start : start + 512] @ schemes).toarray()
        best = np.argpartition(scores, -TOP, axis=1)[:, -TOP:]
        order = np.argsort(-np.take_along_axis(scores, best, 1), axis=1)
        found += keys[np.take_along_axis(best, order, 1)].tolist()
    return time.perf_counter() - begun, time.process_time() - processor, found


def by_bm25(world: World, needs: Sequence[Need], areas: Table) -> tuple[float, float, list[list[str]]]:
    """Seconds for these needs: BM25 with a mask of who may or may perhaps; the masks are ours and not counted."""
    import bm25s

    keys = [scheme.key for scheme in world.schemes]
    ranked = bm25s.BM25()
    ranked.index([list(scheme.words) for scheme in world.schemes], show_progress=False)
    rules = [(scheme.key, scheme.rule) for scheme in world.schemes]
    masks = (answer_all(rules, applicants(needs, areas)).states() >= 0).T.astype(np.float32)
    begun, processor, found = time.perf_counter(), time.process_time(), []
    for need, mask in zip(needs, masks, strict=True):
        best, _scores = ranked.retrieve([list(need.words)], k=TOP, weight_mask=mask, show_progress=False)
        found.append([keys[place] for place in best[0]])
    return time.perf_counter() - begun, time.process_time() - processor, found


def held(what: str, spent: float, bound: float, unit: str) -> bool:
    print(f"| {what} | {spent:,.3g} {unit} | ≤ {bound:g} {unit} {'✓' if spent <= bound else '未達'} |")
    return spent <= bound


def measure_rules(world: World, areas: Table) -> bool:
    """Rules of all schemes for all areas, and one scheme's for all areas."""
    print("| rules | spent | bound |\n|---|--:|--:|")
    rules = [(scheme.key, scheme.rule) for scheme in world.schemes]
    spent, _processor, states = timed(lambda: answer_all(rules, areas).states())
    ok = held(f"{len(rules):,} schemes × {len(areas.keys):,} areas ({(states == 0).mean():.0%} unknown)", spent, 1, "s")
    largest = max(world.rules, key=lambda key: len(str(world.rules[key])))
    rule = next(rule for key, rule in rules if key == largest)

    def reverse() -> None:
        who_may(rule, areas, largest)
        for at in range(50):
            explain(rule, areas.row(at), largest)

    ok &= held("reverse match of the longest rule, with the reasons of 50 areas", 1000 * timed(reverse)[0], 20, "ms")
    spent = timed(lambda: [parse(rule) for rule in world.rules.values()])[0]
    print(f"| reading and checking all rules, once | {spent:.2f} s | |")
    return ok


def measure_matching(world: World, areas: Table) -> bool:
    """All needs at once, and parts of them."""
    print("\n| once in a process | s | s of the processor |\n|---|--:|--:|")
    need = world.needs[0]
    matcher = once("schemes made ready", lambda: Matcher(world.schemes, DAY))
    once("their rules answered for all areas, with the first need", lambda: matcher.match(need, areas, TOP))
    once(f"compiled, with the first {MANY:,} needs", lambda: matcher.rank(world.needs[:MANY], areas, TOP, THREADS))
    clock, processor, _matches = timed(lambda: [matcher.match(each, areas, TOP) for each in world.needs[:SAMPLE]])
    print(f"\nOne need with all its reasons, of {SAMPLE}: {1000 * clock / SAMPLE:.1f} ms,", end=" ")
    print(f"{1000 * processor / SAMPLE:.1f} ms of the processor.")
    print(
        f"\n| needs × {len(world.schemes):,} schemes, best {TOP} | s | s of the processor | µs a need |\n|--:|--:|--:|--:|"
    )
    for share in (4, 2, 1):
        needs = world.needs[::share]
        spent, processor, ranking = timed(lambda needs=needs: matcher.rank(needs, areas, TOP, THREADS))  # type: ignore[misc]
        print(f"| {len(needs):,} | {spent:.2f} | {processor:.2f} | {1e6 * spent / len(needs):.0f} |")
    memory = peak()
    print("\n| matching | spent | bound |\n|---|--:|--:|")
    ok = held(f"{len(world.needs):,} needs on {THREADS} threads", spent, 1, "s")
    ok &= held("peak memory", memory, 1024, "MB")

    quality = Quality(world, areas)
    step = len(world.needs) // SAMPLE
    sample = world.needs[::step]
    ours = [ranking.of(at) for at in range(0, len(world.needs), step)]
    whole = len(world.needs)
    query, words, masked = by_query(world, sample), by_scikit_learn(world), by_bm25(world, sample, areas)
    print("\n| way | s for all needs | s of the processor | measured on | may use | and for its solution |")
    print("|---|--:|--:|--:|--:|--:|")
    for way, number, (clock, busy, chosen) in (
        ("**ours**", whole, (spent, processor, ours)),
        ("a query for each need, PostgreSQL", len(sample), query),
        ("TF-IDF, scikit-learn", whole, (words[0], words[1], words[2][::step])),
        ("BM25 with our mask, bm25s", len(sample), masked),
    ):
        may, fits = quality.of(sample, chosen)
        print(
            f"| {way} | {clock * whole / number:.2f} | {busy * whole / number:.2f} "
            f"| {number:,} | {may:.0f} % | {fits:.0f} % |"
        )
    return ok


def main() -> int:
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}"
    )
    drawn = world()
    areas = Table.of({key: facts_of(facts) for key, facts in drawn.areas.items()})
    ok = measure_rules(drawn, areas)
    ok &= measure_matching(drawn, areas)
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
