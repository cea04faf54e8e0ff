"""Fifty clients at once for a minute on the mix that visitors ask for, against the bare page on the same server.

    python bench/load.py [seconds]     # prints a table; exits 1 on any error or when the mix costs more than 5 × the bare page

Clients keep their connection and ask again as soon as they are answered. The two runs take turns of a quarter of the time,
so that whatever else the machine does meets both. The clients run on the same machine and take their share of it.
"""

from __future__ import annotations

import asyncio
import os
import platform
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CLIENTS, SECONDS, TURNS, BOUND = 50, 60, 4, 5
KINDS = {
    "bare page": ["/bare"],
    "home": ["/"],
    "map values": ["/areas/map-values?measure=population", "/areas/map-values?measure=elderly_share"],
    "municipality": [],
    "table": ["/areas/table", "/areas/table?sort=-name", "/areas/table?page=9", "/areas/table?block=kinki"],
    "API list": ["/api/v1/areas", "/api/v1/areas?level=prefecture", "/api/v1/briefings", "/api/v1/readings"],
}
MIX = [kind for kind in KINDS if kind != "bare page"]
Times = dict[str, list[float]]


async def client(port: int, kinds: list[str], until: float, times: Times, errors: list[str]) -> None:
    """Ask for one kind of page after another, each time in a new order, until the time is over."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while time.perf_counter() < until:
        for kind in random.sample(kinds, len(kinds)):
            path = random.choice(KINDS[kind])
            begun = time.perf_counter()
            writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nAccept-Encoding: gzip\r\n\r\n".encode())
            try:
                status, length = await head(reader)
                await reader.readexactly(length)
            except (asyncio.IncompleteReadError, OSError, ValueError) as error:
                errors.append(f"{path}: {error!r}")
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                continue
            times[kind].append(time.perf_counter() - begun)
            if status != 200:
                errors.append(f"{path}: {status}")
    writer.close()


async def head(reader: asyncio.StreamReader) -> tuple[int, int]:
    """Status and length of an answer."""
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    fields = dict(line.lower().split(": ", 1) for line in lines[1:] if line)
    return int(lines[0].split()[1]), int(fields["content-length"])


async def run(port: int, kinds: list[str], seconds: float, times: Times, errors: list[str]) -> float:
    """Seconds that the clients really took."""
    begun = time.perf_counter()
    await asyncio.gather(*(client(port, kinds, begun + seconds, times, errors) for _ in range(CLIENTS)))
    return time.perf_counter() - begun


def serve() -> tuple[subprocess.Popen[bytes], int]:
    """The site as `itoguchi serve` runs it, over the sample world."""
    sys.path.insert(0, str(ROOT))
    from tests import database

    database.build_template()
    home = Path(tempfile.mkdtemp())
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = os.environ | {
        "DATABASE_URL": database.clone("itoguchi_load", template=database.SAMPLE),
        "DJANGO_SETTINGS_MODULE": "bench.settings",
        "ITOGUCHI_API_LIMIT": "1000000000",  # all clients come from one address
        "ITOGUCHI_HOME": str(home),
        "PORT": str(port),
        "PYTHONPATH": str(ROOT),
        "WORLD": "sample",
    }
    cli = [sys.executable, "-m", "itoguchi.cli"]
    subprocess.run([*cli, "collectstatic", "--noinput", "-v0"], env=env, check=True)
    KINDS["municipality"] = [f"/areas/{code}" for code in codes(env["DATABASE_URL"])]
    process = subprocess.Popen([*cli, "serve"], env=env, start_new_session=True)
    for _ in range(200):
        try:
            urllib.request.urlopen(f"http://localhost:{port}/", timeout=5).close()
            return process, port
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the site does not start")


def codes(database_url: str) -> list[str]:
    """Codes of 200 municipalities."""
    import psycopg

    with psycopg.connect(database_url) as connection:
        found = connection.execute(
            "SELECT code FROM areas_area WHERE kind <> 'prefecture' ORDER BY md5(code) LIMIT 200"
        )
        return [code for (code,) in found]


def p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1] * 1000


def measure(seconds: float) -> int:
    process, port = serve()
    times: Times = defaultdict(list)
    errors: list[str] = []
    took = {"bare page": 0.0, "the mix": 0.0}
    try:
        for kinds in (["bare page"], MIX):  # warm
            asyncio.run(run(port, kinds, 2, defaultdict(list), errors))
        for _ in range(TURNS):
            took["bare page"] += asyncio.run(run(port, ["bare page"], seconds / TURNS, times, errors))
            took["the mix"] += asyncio.run(run(port, MIX, seconds / TURNS, times, errors))
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()
    rows = {"bare page": times["bare page"], "the mix": [value for kind in MIX for value in times[kind]]}
    rate = {name: len(values) / took[name] for name, values in rows.items()}
    slower = {
        "throughput": rate["bare page"] / rate["the mix"],
        "p95": p95(rows["the mix"]) / p95(rows["bare page"]),
    }
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}; {CLIENTS} clients, {seconds} s each"
    )
    print(
        "| | requests | per second | p95 ms | × bare, throughput | × bare, p95 | bound | |\n|---|--:|--:|--:|--:|--:|--:|---|"
    )
    print(
        f"| bare page | {len(rows['bare page'])} | {rate['bare page']:.0f} | {p95(rows['bare page']):.0f} | 1.0 | 1.0 | | |"
    )
    fits = max(slower.values()) <= BOUND
    print(
        f"| the mix | {len(rows['the mix'])} | {rate['the mix']:.0f} | {p95(rows['the mix']):.0f} | {slower['throughput']:.1f} "
        f"| {slower['p95']:.1f} | ≤ {BOUND} × | {'✓' if fits else '未達'} |"
    )
    for kind in MIX:
        print(f"| — {kind} | {len(times[kind])} | | {p95(times[kind]):.0f} | | | | |")
    print(f"errors: {len(errors)}", *errors[:5], sep="\n")
    return 0 if fits and not errors else 1


if __name__ == "__main__":
    sys.exit(measure(float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS))
