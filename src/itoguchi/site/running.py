"""Site and queue worker in the background: whether they run as they should, how they are started and ended.

Knows no Django, so that `itoguchi start` answers at once when there is nothing to do.
"""

from __future__ import annotations

import fcntl
import hashlib
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, LiteralString

from itoguchi.core.embedded_database import EmbeddedDatabase
from itoguchi.site.environment import PROJECT, Environment, World

LONGEST_LOG = 10_000_000
PATIENCE = 60.0
WORKER = ("procrastinate", "worker", "--shutdown-graceful-timeout", "5")
NEWEST_WORKER = "SELECT max(id) FROM procrastinate_workers"


class StartError(RuntimeError):
    """The site could not be brought up; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Process:
    """One program in the background, with all that it starts itself.

    It holds a lock on its pid file for as long as anything of it lives: no guessing from a number that
    another program may bear by now.
    """

    name: str
    home: Path

    @property
    def log(self) -> Path:
        """Everything it prints."""
        return self.home / "log" / f"{self.name}.log"

    @property
    def _pid_file(self) -> Path:
        return self.home / "run" / f"{self.name}.pid"

    def is_alive(self) -> bool:
        """Whether any part of it runs."""
        try:
            with self._pid_file.open() as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        return False

    def start(self, command: Sequence[str], environment: dict[str, str]) -> None:
        """Start it in a session of its own, so that closing the terminal does not end it."""
        for folder in (self._pid_file.parent, self.log.parent):
            folder.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LONGEST_LOG:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self._pid_file.open("w") as pid_file, self.log.open("a") as log:
            fcntl.flock(pid_file, fcntl.LOCK_EX)
            process = subprocess.Popen(  # noqa: S603 (our own command, no shell)
                command,
                env=environment,
                cwd=PROJECT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=[pid_file.fileno()],
            )
            pid_file.write(str(process.pid))
            # It is meant to outlive us; without this Python warns that nobody waited for it.
            process.returncode = 0

    def stop(self) -> None:
        """End it with everything it started, kindly first."""
        for how, patience in ((signal.SIGTERM, 15.0), (signal.SIGKILL, 5.0)):
            if not self.is_alive():
                return
            with suppress(ProcessLookupError, ValueError):
                os.killpg(int(self._pid_file.read_text()), how)
            wait_until_dead = time.monotonic() + patience
            while self.is_alive() and time.monotonic() < wait_until_dead:
                time.sleep(0.02)
        if self.is_alive():
            raise StartError(f"{self.name} が止まりません。 / {self.name} does not stop: see {self.log}")

    def delete(self) -> None:
        """Delete what it left behind."""
        for path in (self._pid_file, self.log, self.log.with_suffix(".log.1")):
            path.unlink(missing_ok=True)

    def last_words(self) -> str:
        """The end of its log."""
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-25:])


class Running:
    """Site and worker of one `home`, as the environment wants them."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.home = environment.home.expanduser().resolve()
        self.server = EmbeddedDatabase(self.home)
        self.site = Process("site", self.home)
        self.worker = Process("worker", self.home)

    @property
    def is_embedded(self) -> bool:
        """Whether the records lie in the embedded database."""
        return self.database_url == self.server.url(self.environment.database_name)

    @property
    def database_url(self) -> str:
        """The database that the environment asks for."""
        return self.environment.database_url or self.server.url(self.environment.database_name)

    def is_current(self) -> bool:
        """Whether site and worker run on today's code, settings and records, and answer."""
        return (
            self._started_as.exists()
            and self.site.is_alive()
            and self.worker.is_alive()
            and self._started_as.read_text() == self.wanted()
            and self.prepared() == self.prepared_in_database()
            and self.status_of_home() == HTTPStatus.OK
        )

    def wanted(self) -> str:
        """One digest of everything that makes a new start necessary: code, data, lock, settings, server."""
        settings = self.environment.model_dump_json(exclude={"home", "database_url"})
        server = self.server.pid() if self.is_embedded else None
        settings += f"{self.home} {self.database_url} {server} {sys.executable}"
        return digest([PROJECT / "requirements.txt", *code(), *data()], settings)

    def stop_everything(self) -> str:
        """End site, worker and embedded database; what to tell."""
        with self.lock():
            self.stop()
            self.server.stop()
        return "止めました。 / Stopped."

    def delete(self) -> None:
        """End everything and delete what was made: records, logs, static files. Files of others stay."""
        with self.lock():
            self.stop()
            self.server.delete()
            for process in (self.site, self.worker):
                process.delete()
            if (self.home / "static" / "staticfiles.json").exists():
                shutil.rmtree(self.home / "static")
            for name in ("postgres.lock", "run/started_as", "run/start.lock"):
                (self.home / name).unlink(missing_ok=True)
        for folder in (self.home / "run", self.home / "log", self.home):
            with suppress(OSError):
                folder.rmdir()

    def stop(self) -> None:
        """End site and worker."""
        self._started_as.unlink(missing_ok=True)
        self.site.stop()
        self.worker.stop()

    def start(self) -> None:
        """Start site and worker, and return once the home page has answered and the worker waits for jobs."""
        command = [sys.executable, "-m", "itoguchi.cli"]
        environment = os.environ | {
            "DATABASE_URL": self.database_url,
            "ITOGUCHI_HOME": str(self.home),
            "PYTHONUNBUFFERED": "1",
        }
        newest = self.value(NEWEST_WORKER)
        self.site.start([*command, "serve"], environment)
        self.worker.start([*command, *WORKER], environment)
        deadline = time.monotonic() + PATIENCE
        self._await(self.site, lambda: self.status_of_home() is not None, deadline)
        if self.status_of_home() != HTTPStatus.OK:
            raise self._failure(self.site)
        self._await(self.worker, lambda: self.value(NEWEST_WORKER) != newest, deadline)
        self._started_as.write_text(self.wanted())

    def status_of_home(self) -> int | None:
        """The HTTP status that the home page answers with, if it answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.environment.port, timeout=10)
        try:
            connection.request("GET", "/", headers={"Host": f"{self.environment.hosts[0]}:{self.environment.port}"})
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def port_is_taken(self) -> bool:
        """Whether another program answers at the site's port, at either address that `localhost` may mean."""
        for address in ("127.0.0.1", "::1"):
            with suppress(OSError), socket.create_connection((address, self.environment.port), timeout=2):
                return True
        return False

    def prepared(self) -> str:
        """What the database's comment says once migrations, reference and sample data of today are in it."""
        return f"itoguchi {self.environment.world} {digest(contents())}"

    def prepared_in_database(self) -> str:
        """What the database's comment says now; nothing when there is no such database."""
        query = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
        return str(self.value(query) or "")

    def value(self, query: LiteralString) -> Any:
        """The one value that a query finds; None when there is no such table or database."""
        import psycopg

        try:
            with psycopg.connect(self.database_url, connect_timeout=5) as connection:
                row = connection.execute(query).fetchone()
        except (psycopg.OperationalError, psycopg.errors.UndefinedTable):
            return None
        return row[0] if row else None

    def welcome(self) -> str:
        """What to open, in both languages."""
        address = f"http://localhost:{self.environment.port}"
        pages = [
            ("入口", "home", "/"),
            ("丹波篠山市", "Tamba-Sasayama", "/areas/282219"),
            ("状況報告", "status report", "/reports/"),
        ]
        if self.environment.is_demo and self.environment.world is World.SAMPLE:
            pages.insert(1, ("見本の利用者で入る", "sign in as a demo user", "/account/sign-in"))
        lines = [f"  {address}{path:<20} {japanese} / {english}" for japanese, english, path in pages]
        return "\n".join(["糸口が動いています。 / Itoguchi is running.", *lines, "  止める / stop: make stop"])

    @contextmanager
    def lock(self) -> Iterator[None]:
        """One process at a time starts or stops."""
        (self.home / "run").mkdir(parents=True, exist_ok=True)
        with (self.home / "run" / "start.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    @property
    def _started_as(self) -> Path:
        return self.home / "run" / "started_as"

    def _await(self, process: Process, is_ready: Callable[[], bool], deadline: float) -> None:
        while not is_ready():
            if not process.is_alive() or time.monotonic() > deadline:
                raise self._failure(process)
            time.sleep(0.05)

    def _failure(self, process: Process) -> StartError:
        words = process.last_words()
        self.stop()
        return StartError(
            f"{process.name} が始まりません。ログ: {process.log}\n"
            f"The {process.name} does not start; the end of its log:\n{words}"
        )


def code() -> Iterable[Path]:
    """Every file of the product that a running process may have read."""
    return (path for path in (PROJECT / "src" / "itoguchi").rglob("*") if "__pycache__" not in path.parts)


def data() -> Iterable[Path]:
    """Every file of the reference data."""
    return (PROJECT / "data").rglob("*")


def contents() -> Iterable[Path]:
    """Every file that decides what a freshly prepared database holds."""
    names = {"sample.py", "load_reference.py", "load_sample.py"}
    return [*data(), *(path for path in code() if path.name in names or "migrations" in path.parts)]


def digest(files: Iterable[Path], more: str = "") -> str:
    """SHA-256 over names and contents, and over `more`."""
    total = hashlib.sha256(more.encode())
    for path in sorted(path for path in files if path.is_file()):
        total.update(f"\0{path.relative_to(PROJECT)}\0".encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()[:32]
