"""`itoguchi start`, `stop`, `reset`: real processes in the background, on a clone of the reference data."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from django.core.management import CommandError, call_command
from psycopg import sql

from itoguchi.site.environment import Environment
from itoguchi.site.running import Process, Running, StartError
from tests import database


@dataclass
class Demo:
    """What a person sees who types `itoguchi …` in a folder of their own."""

    home: Path
    port: int
    database_url: str

    def run(self, *command: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "itoguchi.cli", *command],
            env=self.variables | more,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def variables(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME"}}
        return kept | {
            "ITOGUCHI_HOME": str(self.home),
            "PORT": str(self.port),
            "DATABASE_URL": self.database_url,
            "WORLD": "real",
        }

    def pid(self, name: str) -> int:
        return int((self.home / "run" / f"{name}.pid").read_text())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A started site. Its database counts as prepared, since loading is tested elsewhere."""
    database.build_template()
    name = f"itoguchi_start_{database.WORKER}"
    demo = Demo(tmp_path_factory.mktemp("demo") / "var", free_port(), database.clone(name))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORLD", "real")
        prepared = Running(Environment()).prepared()
    with psycopg.connect(demo.database_url, autocommit=True) as connection:
        mark = sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(name), sql.Literal(prepared))
        connection.execute(mark)
    yield demo
    demo.run("reset", "--yes")
    assert not demo.home.exists(), "nothing of ours is left"
    database.drop(name)


def start(demo: Demo) -> str:
    done = demo.run("start")
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_answers_and_says_what_to_open(demo: Demo) -> None:
    told = start(demo)
    for path in ("/", "/areas/282219", "/reports/"):
        address = f"http://localhost:{demo.port}{path}"
        assert address in told
        with urllib.request.urlopen(address, timeout=10) as answer:
            assert answer.status == 200
    assert "sign-in" not in told, "the real world has no demo users"


def test_a_second_start_changes_nothing_and_is_quick(demo: Demo) -> None:
    told = start(demo)
    pids, begun = (demo.pid("site"), demo.pid("worker")), time.perf_counter()
    assert told.endswith(start(demo))
    assert time.perf_counter() - begun < 5
    assert (demo.pid("site"), demo.pid("worker")) == pids


def test_what_was_killed_comes_back(demo: Demo) -> None:
    start(demo)
    os.kill(demo.pid("site"), signal.SIGKILL)
    os.killpg(demo.pid("worker"), signal.SIGKILL)
    start(demo)
    assert Process("site", demo.home).is_alive()
    assert Process("worker", demo.home).is_alive()


def test_two_starts_at_once_make_one_site(demo: Demo) -> None:
    demo.run("stop")
    both = [
        subprocess.Popen([sys.executable, "-m", "itoguchi.cli", "start"], env=demo.variables, stdout=subprocess.DEVNULL)
        for _ in range(2)
    ]
    assert [process.wait(90) for process in both] == [0, 0]
    with urllib.request.urlopen(f"http://localhost:{demo.port}/", timeout=10) as answer:
        assert answer.status == 200


def test_stop_ends_it_and_may_be_said_twice(demo: Demo) -> None:
    start(demo)
    for _ in range(2):
        assert demo.run("stop").returncode == 0
        assert not Process("site", demo.home).is_alive()
        assert not Process("worker", demo.home).is_alive()
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(f"http://localhost:{demo.port}/", timeout=10)


def test_a_taken_port_is_named(demo: Demo, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = Demo(tmp_path / "var", port, demo.database_url).run("start")
    assert done.returncode == 1
    assert f"PORT={port + 1}" in done.stderr


def test_production_is_not_started_in_the_background(demo: Demo, tmp_path: Path) -> None:
    done = Demo(tmp_path / "var", demo.port, demo.database_url).run(
        "start",
        ITOGUCHI_MODE="production",
        ITOGUCHI_SECRET_KEY="k" * 50,
        ITOGUCHI_ALLOWED_HOSTS="itoguchi.example.jp",
    )
    assert done.returncode == 1
    assert "itoguchi serve" in done.stderr


def test_a_demo_does_not_serve_others() -> None:
    with pytest.raises(CommandError, match="ITOGUCHI_MODE"):
        call_command("serve", host="0.0.0.0")


def test_a_reset_asks_first_and_leaves_what_is_not_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / "theirs.txt").write_text("kept")
    (tmp_path / "log" / "site.log").write_text("ours")
    done = Demo(tmp_path, free_port(), "postgresql://nobody@127.0.0.1:1/none").run("reset")
    assert done.returncode == 1
    assert (tmp_path / "log" / "site.log").exists()
    monkeypatch.setenv("ITOGUCHI_HOME", str(tmp_path))
    Running(Environment()).delete()
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["theirs.txt"]


def test_a_process_that_fails_shows_the_end_of_its_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ITOGUCHI_HOME", str(tmp_path))
    monkeypatch.setenv("PORT", str(free_port()))
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho the thread is cut\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(broken))
    with pytest.raises(StartError, match="the thread is cut"):
        Running(Environment()).start()


def test_a_process_lives_until_its_last_child_is_gone(tmp_path: Path) -> None:
    process = Process("family", tmp_path)
    assert not process.is_alive()
    process.start(["/bin/sh", "-c", "sleep 60 & echo born; wait"], dict(os.environ))
    while "born" not in process.last_words():
        time.sleep(0.01)
    os.kill(int((tmp_path / "run" / "family.pid").read_text()), signal.SIGKILL)
    time.sleep(0.05)
    assert process.is_alive()
    process.stop()
    assert not process.is_alive()
