"""Seconds to bring in 100,000 rows of statistics, from the file to the committed journal.

    python bench/imports.py      # prints a line for each kind of file; exits 1 above 15 s

Each run goes through `itoguchi import_statistics` in a process of its own, into a fresh copy of the reference data.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROWS, BOUND = 100_000, 15.0
PROJECT = Path(__file__).resolve().parents[1]


def write_csv(path: Path) -> None:
    """Every municipality in each of 58 years, numbers counted up: a load, no statistics."""
    lines = (PROJECT / "data/areas/municipalities.csv").read_text(encoding="utf-8").splitlines()[1:]
    codes = [line.split(",")[0] for line in lines]
    rows = (f"{codes[row % len(codes)]},{1900 + row // len(codes)},{10_000 + row}" for row in range(ROWS))
    path.write_text("\n".join(["団体コード,年,人口", *rows]), encoding="utf-8")


def write_excel(path: Path, table: Path) -> None:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("人口")
    for line in table.read_text(encoding="utf-8").splitlines():
        code, *numbers = line.split(",")
        sheet.append([code, *(int(number) if number.isdigit() else number for number in numbers)])
    book.save(path)


def main() -> int:
    sys.path.insert(0, str(PROJECT))
    from tests import database

    database.build_template()
    slow = 0
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print("| import of 100,000 rows | s | bound | |\n|---|--:|--:|---|")
    with tempfile.TemporaryDirectory() as folder:
        table, book = Path(folder, "population.csv"), Path(folder, "population.xlsx")
        write_csv(table)
        write_excel(book, table)
        for file in (table, book):
            env = os.environ | {"DATABASE_URL": database.clone("itoguchi_bench_import")}
            begun = time.perf_counter()
            subprocess.run(
                [sys.executable, "-m", "itoguchi.cli", "import_statistics", str(file), "--source", "bench"],
                env=env, check=True, stdout=subprocess.DEVNULL,
            )  # fmt: skip
            took = time.perf_counter() - begun
            slow += took > BOUND
            print(f"| {file.suffix} | {took:.1f} | ≤ {BOUND:.0f} | {'✓' if took <= BOUND else '未達'} |")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
