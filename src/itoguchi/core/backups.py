"""One file that holds all records, and back again: written whole or not at all, checked before a row is touched.

The archive is a tar of `database.dump` (pg_dump's custom format) and `manifest.json`, which says of which release,
world and moment it is and keeps row count and SHA-256 of every table, taken from the same snapshot as the dump.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import psycopg
from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from psycopg import sql
from psycopg.conninfo import make_conninfo

from itoguchi import __version__
from itoguchi.core.embedded_database import client_program

FORMAT = 1
DUMP, MANIFEST = "database.dump", "manifest.json"
LARGEST_MANIFEST = 10_000_000
PIECE = 1 << 20
SET_ASIDE = "itoguchi_before_restore"
# The same row gives the same text on every server.
SAME_TEXT = "SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO'; SET LOCAL intervalstyle = 'postgres'; \
SET LOCAL bytea_output = 'hex'; SET LOCAL extra_float_digits = 1"
# Comments on these belong to the server's owner, not to ours.
NOT_OURS = (" COMMENT - EXTENSION ", " COMMENT - SCHEMA ")


class BackupError(RuntimeError):
    """The backup can't be written or restored; the message says why, in both languages, and what to do."""


@dataclass(frozen=True, slots=True)
class Table:
    """What a table held: how many rows, and one digest over all of them in an order of their own."""

    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says about itself."""

    format: int
    release: str
    world: str
    taken_at: str
    server: str
    migrations: list[str]
    tables: dict[str, Table]
    files: dict[str, str]

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(table.rows for table in self.tables.values())


# Writing ------------------------------------------------------------------------------------------------


def write_backup(target: Path, now: datetime) -> tuple[Path, Manifest]:
    """Write all records of this moment to `target`, or to a file named by the moment when it is a folder."""
    if target.is_dir():
        target /= f"itoguchi-{world()}-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}.tar"
    if target.exists():
        raise BackupError(f"{target} はすでにあります。 / {target} is there already: choose another name.")
    draft = target.with_name(f".{target.name}.{os.getpid()}.new")
    try:
        with draft.open("xb") as file:
            draft.chmod(0o600)
            manifest = _write(file, now)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
        folder = os.open(target.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
    except OSError as error:
        raise BackupError(
            f"{target} に書けません（{error.strerror}）。書きかけは残していません。空きと権限を確かめてください。\n"
            f"{target} can't be written ({error.strerror}); nothing is left behind. Check free space and permissions."
        ) from error
    finally:
        draft.unlink(missing_ok=True)
    return target, manifest


def _write(file: IO[bytes], now: datetime) -> Manifest:
    with _connected() as open_connection, open_connection.transaction():
        cursor = open_connection.cursor()
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        snapshot = cursor.execute("SELECT pg_export_snapshot()").fetchone()
        digest = _write_dump(file, str(snapshot and snapshot[0]), _major(open_connection))
        manifest = Manifest(
            format=FORMAT,
            release=__version__,
            world=world(),
            taken_at=now.astimezone(UTC).isoformat(timespec="seconds"),
            server=open_connection.info.parameter_status("server_version") or "",
            migrations=_applied(cursor),
            tables=tables(cursor),
            files={DUMP: digest},
        )
    text = json.dumps(asdict(manifest), ensure_ascii=False, indent=1).encode()
    _add_header(file, MANIFEST, len(text))
    file.write(text + b"\0" * (-len(text) % tarfile.BLOCKSIZE))
    file.write(b"\0" * tarfile.RECORDSIZE)
    return manifest


def _write_dump(file: IO[bytes], snapshot: str, server: int) -> str:
    """Let pg_dump write straight into the archive; its header is put in front once the size is known."""
    start, size, digest = file.tell(), 0, hashlib.sha256()
    file.write(b"\0" * tarfile.BLOCKSIZE)
    command = ["--format=custom", "--no-owner", "--no-privileges"]
    with _program("pg_dump", server, *command, f"--snapshot={snapshot}", stdout=subprocess.PIPE) as process:
        while piece := process.stdout.read(PIECE):
            file.write(piece)
            digest.update(piece)
            size += len(piece)
    file.write(b"\0" * (-size % tarfile.BLOCKSIZE))
    file.seek(start)
    _add_header(file, DUMP, size)
    file.seek(0, os.SEEK_END)
    return digest.hexdigest()


def _add_header(file: IO[bytes], name: str, size: int) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    file.write(member.tobuf(tarfile.GNU_FORMAT))


# Reading and restoring ------------------------------------------------------------------------------------


def read_manifest(path: Path) -> Manifest:
    """Check the archive whole, digest by digest; raises BackupError when it is damaged or none of ours."""
    foreign = BackupError(
        f"{path} は糸口のバックアップではないか、壊れています。何も変えていません。\n"
        f"{path} is no backup of Itoguchi, or is damaged. Nothing was changed."
    )
    try:
        with tarfile.open(path, "r:") as archive:
            member = archive.getmember(MANIFEST)
            file = archive.extractfile(member) if member.size <= LARGEST_MANIFEST else None
            if file is None:
                raise foreign
            told = json.loads(file.read())
            if told["format"] != FORMAT:
                raise _too_new(path, told.get("release", "?"))
            told["tables"] = {name: Table(**table) for name, table in told["tables"].items()}
            manifest = Manifest(**told)
            if DUMP not in manifest.files or any(
                _digest_of(archive, name) != digest for name, digest in manifest.files.items()
            ):
                raise foreign
    except (tarfile.TarError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise foreign from error
    except OSError as error:
        raise BackupError(
            f"{path} を読めません（{error.strerror}）。 / {path} can't be read ({error.strerror})."
        ) from error
    return manifest


def check_fits(path: Path, manifest: Manifest, *, replace: bool) -> None:
    """Raises BackupError when this release, world or database can't take the backup."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    known = {f"{app}.{name}" for app, name in loader.disk_migrations}
    known |= {f"{app}.{old}" for migration in loader.disk_migrations.values() for app, old in migration.replaces}
    if set(manifest.migrations) - known:
        raise _too_new(path, manifest.release)
    if manifest.world != world():
        raise BackupError(
            f"{path} は WORLD={manifest.world} の記録です。WORLD={world()} には戻せません。\n"
            f"{path} holds records of WORLD={manifest.world}; this is WORLD={world()}."
        )
    with _connected() as open_connection:
        _check_server(path, manifest, _major(open_connection))
        others = open_connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
        ).fetchone()
        if others and others[0]:
            raise BackupError(
                "サイトかキューがデータベースを使っています。止めてからもう一度どうぞ。\n"
                "Site or worker still use the database: stop them, then try again."
            )
        _put_back(open_connection)
        if _names(open_connection.cursor()) and not replace:
            raise BackupError(
                "データベースが空ではありません。空のデータベースを用意するか、--replace を付けてください"
                "（今の記録は消えます）。\n"
                "The database is not empty: give an empty one, or add --replace (today's records are then lost)."
            )


def _check_server(path: Path, manifest: Manifest, here: int) -> None:
    needed = manifest.server.split(".")[0]
    if here < int(needed):
        raise BackupError(
            f"{path} は PostgreSQL {needed} のバックアップです。ここは {here} です。{needed} 以上に戻してください。\n"
            f"{path} comes from PostgreSQL {needed}; this server is {here}: restore it on {needed} or newer."
        )
    client_program("pg_restore", here)


def restore_backup(path: Path, manifest: Manifest) -> None:
    """Bring the records back and compare every table with the manifest; on any failure all is as it was before.

    What was there is set aside first and dropped at the very end. Migrations are the caller's next step.
    """
    connection.close()
    with _connected() as open_connection:
        _set_aside(open_connection)
        try:
            _load(path, _major(open_connection))
            with open_connection.transaction():
                found = tables(open_connection.cursor())
            wrong = [name for name in {*found, *manifest.tables} if found.get(name) != manifest.tables.get(name)]
            if wrong:
                raise BackupError(
                    f"戻した記録がバックアップと違うため、元に戻しました：{'、'.join(sorted(wrong))}\n"
                    f"What was restored differs from the backup, so all was put back: {', '.join(sorted(wrong))}"
                )
            open_connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(SET_ASIDE)))
        except BaseException:
            _put_back(open_connection)
            raise


def _load(path: Path, server: int) -> None:
    with tarfile.open(path, "r:") as archive:
        dump = archive.extractfile(DUMP)
        assert dump is not None  # noqa: S101 (read_manifest has read it already)
        contents = _list_of(dump, server)
        dump.seek(0)
        command = ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"]
        name = connection.settings_dict["NAME"]
        with tempfile.NamedTemporaryFile() as list_file:
            list_file.write(contents)
            list_file.flush()
            more = [*command, f"--use-list={list_file.name}", f"--dbname={make_conninfo(dbname=name)}"]
            with _program("pg_restore", server, *more, stdin=subprocess.PIPE, own_name=False) as process:
                _pour(dump, process.stdin)


def _list_of(dump: IO[bytes], server: int) -> bytes:
    # To a file and not a pipe: pg_restore prints while it is still being fed.
    with tempfile.TemporaryFile() as printed:
        with _program("pg_restore", server, "--list", stdin=subprocess.PIPE, stdout=printed, own_name=False) as process:
            _pour(dump, process.stdin)
        printed.seek(0)
        lines = printed.read().splitlines()
    return b"\n".join(line for line in lines if not any(each.encode() in line for each in NOT_OURS))


def _pour(source: IO[bytes], target: IO[bytes]) -> None:
    try:
        while piece := source.read(PIECE):
            target.write(piece)
        target.close()
    except BrokenPipeError:
        pass  # it has read what it wanted, or says itself what is wrong


def _set_aside(open_connection: psycopg.Connection[Any]) -> None:
    with open_connection.transaction():
        aside = sql.Identifier(SET_ASIDE)
        open_connection.execute(sql.SQL("ALTER SCHEMA public RENAME TO {}").format(aside))
        open_connection.execute("CREATE SCHEMA public")
        _move_extensions(open_connection)


def _put_back(open_connection: psycopg.Connection[Any]) -> None:
    """Undo a restore that failed or was killed; nothing to do when there is nothing set aside."""
    with open_connection.transaction():
        if not open_connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [SET_ASIDE]).fetchone():
            return
        aside = sql.Identifier(SET_ASIDE)
        for (name,) in _extensions(open_connection, "public"):
            open_connection.execute(sql.SQL("ALTER EXTENSION {} SET SCHEMA {}").format(sql.Identifier(name), aside))
        open_connection.execute("DROP SCHEMA public CASCADE")
        open_connection.execute(sql.SQL("ALTER SCHEMA {} RENAME TO public").format(aside))


def _move_extensions(open_connection: psycopg.Connection[Any]) -> None:
    for (name,) in _extensions(open_connection, SET_ASIDE):
        open_connection.execute(sql.SQL("ALTER EXTENSION {} SET SCHEMA public").format(sql.Identifier(name)))


def _extensions(open_connection: psycopg.Connection[Any], schema: str) -> list[tuple[str]]:
    return open_connection.execute(
        "SELECT extname FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace WHERE nspname = %s", [schema]
    ).fetchall()


# Small parts ----------------------------------------------------------------------------------------------


def world() -> str:
    """Which records these are; the two never meet."""
    return "sample" if settings.IS_SAMPLE_WORLD else "real"


def tables(cursor: psycopg.Cursor[Any]) -> dict[str, Table]:
    """Row count and digest of every table; must run in a transaction."""
    cursor.execute(SAME_TEXT)
    found = {}
    for name in _names(cursor):
        cursor.execute(
            sql.SQL(
                "SELECT count(*), encode(sha256(coalesce(string_agg(row, ''::bytea ORDER BY row), '')), 'hex')"
                " FROM (SELECT sha256(convert_to(t::text, 'UTF8')) AS row FROM public.{} t) AS rows"
            ).format(sql.Identifier(name))
        )
        rows, digest = cursor.fetchone() or (0, "")
        found[name] = Table(rows, digest)
    return found


def _names(cursor: psycopg.Cursor[Any]) -> list[str]:
    cursor.execute(
        "SELECT relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace"
        " WHERE nspname = 'public' AND relkind = 'r' ORDER BY relname COLLATE \"C\""
    )
    return [name for (name,) in cursor.fetchall()]


def _applied(cursor: psycopg.Cursor[Any]) -> list[str]:
    cursor.execute("SELECT app || '.' || name FROM django_migrations ORDER BY id")
    return [name for (name,) in cursor.fetchall()]


def _digest_of(archive: tarfile.TarFile, name: str) -> str:
    file, digest = archive.extractfile(name), hashlib.sha256()
    while file and (piece := file.read(PIECE)):
        digest.update(piece)
    return digest.hexdigest()


def _too_new(path: Path, release: str) -> BackupError:
    return BackupError(
        f"{path} は新しい版（{release}）のバックアップです。この版（{__version__}）を上げてから戻してください。\n"
        f"{path} comes from a newer release ({release}) than this one ({__version__}): upgrade, then restore."
    )


def _parameters() -> dict[str, Any]:
    given = connection.get_connection_params()
    return {key: value for key, value in given.items() if key not in {"cursor_factory", "context"}}


@contextmanager
def _connected() -> Iterator[psycopg.Connection[Any]]:
    """A connection of its own, past the pool: snapshots and whole schemas are no page's business."""
    parameters = _parameters() | {"autocommit": True, "connect_timeout": 10}
    parameters.pop("prepare_threshold", None)
    with psycopg.connect(**parameters) as opened:
        yield opened


def _major(open_connection: psycopg.Connection[Any]) -> int:
    return open_connection.info.server_version // 10_000


@contextmanager
def _program(name: str, server: int, *arguments: str, own_name: bool = True, **pipes: Any) -> Iterator[Any]:
    """Run one of PostgreSQL's programs; the password goes by the environment, which other users can't read."""
    parameters = {
        key: value
        for key, value in _parameters().items()
        if isinstance(value, str | int) and key in {"host", "port", "user", "sslmode", "sslrootcert"}
    }
    environment = {"PATH": os.environ.get("PATH", ""), "PGPASSWORD": str(_parameters().get("password", ""))}
    environment |= {f"PG{key.upper()}": str(value) for key, value in parameters.items()}
    if own_name:
        arguments = (*arguments, f"--dbname={make_conninfo(dbname=connection.settings_dict['NAME'])}")
    process = subprocess.Popen(  # noqa: S603 (PostgreSQL's own program, no shell)
        [str(client_program(name, server)), *arguments], env=environment, stderr=subprocess.PIPE, **pipes
    )
    try:
        yield process
    except BaseException:
        process.kill()
        raise
    finally:
        for pipe in (process.stdin, process.stdout):
            if pipe and not pipe.closed:
                pipe.close()
        said = process.stderr.read().decode(errors="replace") if process.stderr else ""
        if process.stderr:
            process.stderr.close()
        process.wait()
    if process.returncode:
        raise BackupError(f"{name} が失敗しました。 / {name} failed:\n{said.strip()[-1500:]}")
