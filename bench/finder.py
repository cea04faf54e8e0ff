"""What the search over all rooms costs the site: memory, the first question, those after it, and one after a change.

    python bench/finder.py       # prints a table; exits 1 where a bound is missed

On the sample world, through the page. Milliseconds are the smaller of clock and processor of this process, since others
use the machine and two threads read.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

if __package__ is None:
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from bench.pages import ready

FIRST, LATER = 1_000, 50  # bounds in milliseconds: the first question of all, and any after it
ASKED = [
    "テレワーク",
    "猿が畑を荒らす",
    "てれわく",
    "丹波篠山市",
    "市",
    "ヌルポンガ",
    "ー" * 200,
    "ろぬせよほめつ" * 28,
]


def memory() -> float:
    """Resident memory of this process in MB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


def main() -> int:
    """Print each step and whether its bound holds."""
    ready()
    from django.db import connection
    from django.test import Client

    from itoguchi.areas.models import Block
    from itoguchi.core.models import SearchEntry

    client, held = Client(), True

    def ask(path: str, data: dict[str, str] | None = None, *, name: str, most: float | None = None) -> None:
        nonlocal held
        before, clock, processor = memory(), time.perf_counter(), time.process_time()
        assert client.get(path, data or {}, headers={"HX-Request": "true"}).status_code == 200
        ms = min(time.perf_counter() - clock, time.process_time() - processor) * 1000
        told = "" if most is None else f"bound ≤ {most:.0f} {'✓' if ms <= most else '✗'}"
        held &= most is None or ms <= most
        print(f"| {name} | {ms:,.0f} | {memory() - before:+.0f} | {told} |")

    print(f"{SearchEntry.objects.count():,} entries of {SearchEntry.objects.values('room').distinct().count()} rooms\n")
    print("| | ms | MB | |\n|---|--:|--:|---|")
    ask("/", name="the home page, before anybody searched")
    ask("/", name="the same again")
    ask("/search", name="the page of the search, nothing asked")
    ask("/search", {"q": ASKED[0]}, name=f"the first question ({ASKED[0]})", most=FIRST)
    ask("/search/suggest", {"q": "たん"}, name="the first letters typed", most=FIRST)
    ask("/search/suggest", {"q": "てれ"}, name="more letters", most=LATER)
    for each in ASKED:
        ask("/search", {"q": each}, name=each if len(each) < 20 else f"{each[:7]}… ({len(each)} signs)", most=LATER)
    Block.objects.filter(key="kinki").update(council="")
    ask("/search", {"q": ASKED[0]}, name="a record changed, no entry")
    entry = SearchEntry.objects.filter(room="support").first()
    assert entry is not None
    SearchEntry.objects.filter(pk=entry.pk).update(detail="テレワークを支える")
    Block.objects.filter(key="kinki").update(council="x")
    ask("/search", {"q": ASKED[0]}, name="an entry changed", most=FIRST)
    connection.close()
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
