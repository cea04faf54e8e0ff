"""pytest plugin: one PostgreSQL server, one template with the reference data, one clone for each who writes.

Loaded early (`-p tests.database`), before Django reads its settings.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import sql

from itoguchi.core.embedded_database import EmbeddedDatabase

PROJECT = Path(__file__).resolve().parents[1]
HOME = PROJECT / "var" / "test"
TEMPLATE, SAMPLE = "itoguchi_test_template", "itoguchi_test_sample"
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
DAY = os.environ.setdefault("ITOGUCHI_TEST_DAY", str(date.today()))  # of the whole run, which may cross midnight

os.environ["ITOGUCHI_HOME"] = str(HOME)
(HOME / "static").mkdir(parents=True, exist_ok=True)  # filled with the template; a site that is read before warns else
os.environ.pop("ITOGUCHI_MODE", None)
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # the browser driver keeps a loop running in the tests' thread
os.environ["WORLD"] = "sample"
_embedded = None
if "ITOGUCHI_TEST_SERVER" not in os.environ:
    if os.environ.get("DATABASE_URL"):
        os.environ["ITOGUCHI_TEST_SERVER"] = os.environ["DATABASE_URL"]
    else:
        _embedded = EmbeddedDatabase(HOME)
        _embedded.ensure_running()
        os.environ["ITOGUCHI_TEST_SERVER"] = _embedded.url("postgres")
SERVER = os.environ["ITOGUCHI_TEST_SERVER"]


def url_of(name: str) -> str:
    """Address of a database on the test server."""
    return urlunsplit(urlsplit(SERVER)._replace(path=f"/{name}"))


os.environ["DATABASE_URL"] = url_of(f"itoguchi_test_{WORKER}")


def _do(statement: sql.Composed) -> None:
    with psycopg.connect(SERVER, autocommit=True) as connection:
        connection.execute(statement)


def drop(name: str) -> None:
    _do(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def create(name: str, template: str) -> None:
    drop(name)
    _do(sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(*map(sql.Identifier, (name, template))))


def digest() -> str:
    """Of everything that the template is made from."""
    found = hashlib.sha256()
    for path in sorted(path for folder in ("src", "data") for path in (PROJECT / folder).rglob("*") if path.is_file()):
        if "__pycache__" in path.parts:
            continue
        found.update(path.relative_to(PROJECT).as_posix().encode() + b"\0" + path.read_bytes())
    return found.hexdigest()


@contextmanager
def _alone(name: str) -> Iterator[None]:
    HOME.mkdir(parents=True, exist_ok=True)
    with (HOME / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def build_template() -> None:
    """Make the template with the reference data when code, data or day have changed since."""
    with _alone(TEMPLATE):
        if not _is_kept(TEMPLATE):
            create(TEMPLATE, "template0")
            _itoguchi(TEMPLATE, ["migrate", "-v0"], ["load_reference"], ["collectstatic", "--noinput", "-v0"])
            _note(TEMPLATE)


def build_sample() -> None:
    """The same with the sample world beside it, for who needs it: the other worker goes on meanwhile."""
    with _alone(SAMPLE):
        if not _is_kept(SAMPLE):
            with _alone(TEMPLATE):
                create(SAMPLE, TEMPLATE)
            _itoguchi(SAMPLE, ["load_sample"])
            _note(SAMPLE)


def _note(name: str) -> None:
    words = sql.Literal(f"{DAY} {digest()}")
    _do(sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(name), words))


def _is_kept(name: str) -> bool:
    note = _note_on(name)
    return bool(note and os.environ.get("ITOGUCHI_KEEP_TEMPLATE")) or note == f"{DAY} {digest()}"


def _note_on(name: str) -> str | None:
    with psycopg.connect(SERVER, autocommit=True) as connection:
        row = connection.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name]
        ).fetchone()
    return row[0] if row else None


def _itoguchi(name: str, *commands: list[str]) -> None:
    env = os.environ | {"DATABASE_URL": url_of(name)}
    for command in commands:
        subprocess.run([sys.executable, "-m", "itoguchi.cli", *command], check=True, env=env, stdout=subprocess.DEVNULL)


def clone(name: str, *, template: str = TEMPLATE) -> str:
    """A fresh database with the reference data, or with the sample world beside it; returns its address."""
    if template == SAMPLE:
        build_sample()
    with _alone(template):
        create(name, template)
    return url_of(name)


def pytest_unconfigure(config: pytest.Config) -> None:
    if _embedded is not None and WORKER == "main" and os.environ.get("ITOGUCHI_KEEP_TEST_SERVER") is None:
        _embedded.stop()
