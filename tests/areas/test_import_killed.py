"""A large import that is killed halfway, server and database, leaves everything as it was."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg

from itoguchi.core.embedded_database import EmbeddedDatabase
from tests import database
from tests.site.stand import Stand

ROWS = 100_000


def table(path: Path) -> Path:
    """A file of 100,000 rows: every municipality in each of many years."""
    codes = [
        line.split(",")[0] for line in (database.PROJECT / "data/areas/municipalities.csv").read_text().splitlines()[1:]
    ]
    lines = [f"{codes[row % len(codes)]},{1900 + row // len(codes)},{10_000 + row}" for row in range(ROWS)]
    path.write_text("\n".join(["団体コード,年,人口", *lines]), encoding="utf-8")
    return path


def test_killed_halfway_nothing_is_written_and_then_all_of_it(django_db_setup: None, tmp_path: Path) -> None:
    stand = Stand(tmp_path)  # with a database server of its own, since it will be killed
    server, env = stand.server, stand.environment
    itoguchi = [sys.executable, "-m", "itoguchi.cli"]

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*itoguchi, *command], env=env, capture_output=True, text=True, check=False)

    try:
        file = table(tmp_path / "population.csv")
        importing = subprocess.Popen(
            [*itoguchi, "import_statistics", str(file), "--source", "test"],
            env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        _wait_until_writing(env["DATABASE_URL"])
        importing.send_signal(signal.SIGKILL)
        postmaster, _ = server._postmaster()
        assert postmaster
        os.kill(postmaster, signal.SIGKILL)
        importing.wait()
        env["DATABASE_URL"] = _up_again(server)
        assert _count(env["DATABASE_URL"]) == (0, 0, 0)
        done = run("import_statistics", str(file), "--source", "test")
        assert done.returncode == 0, done.stderr
        assert _count(env["DATABASE_URL"]) == (ROWS, 1, 1)
    finally:
        server.stop()


def _up_again(server: EmbeddedDatabase) -> str:
    server.ensure_running()
    return server.url("itoguchi_sample")


def _wait_until_writing(url: str) -> None:
    """Until the import holds its lock on the table, that is, stands in the middle of its transaction."""
    with psycopg.connect(url, autocommit=True) as connection:
        for _ in range(2000):
            row = connection.execute(
                "SELECT count(*) FROM pg_locks JOIN pg_class ON pg_class.oid = relation"
                " WHERE relname = 'areas_statistic' AND mode = 'RowExclusiveLock'"
            ).fetchone()
            if row and row[0]:
                return
            time.sleep(0.01)
    raise AssertionError("the import never began to write")


def _count(url: str) -> tuple[int, ...]:
    """Statistics, imported files, and journal contexts of the statistics."""
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT (SELECT count(*) FROM areas_statistic), (SELECT count(*) FROM core_importedfile),"
            " (SELECT count(DISTINCT pgh_context_id) FROM areas_statisticevent)"
        ).fetchone()
    assert row
    return tuple(row)
