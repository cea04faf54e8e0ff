"""Backup and restore: every table comes back equal, and nothing is lost when a file, a disk or a database is not right."""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import resource
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.core.management import CommandError, call_command

from tests import database
from tests.site.test_environment import run

RELEASES = Path(__file__).parent / "backups"


@pytest.fixture(scope="module")
def source(django_db_setup: None) -> Iterator[str]:
    name = f"itoguchi_source_{database.WORKER}"
    yield database.clone(name, template=database.SAMPLE)
    database.drop(name)


@pytest.fixture
def empty(django_db_setup: None) -> Iterator[str]:
    name = f"itoguchi_target_{database.WORKER}"
    database.create(name, "template0")
    yield database.url_of(name)
    database.drop(name)


@pytest.fixture(scope="module")
def backup(source: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("backups")
    done = run("back_up", str(folder), DATABASE_URL=source, WORLD="sample")
    assert done.returncode == 0, done.stderr
    [file] = folder.iterdir()
    assert file.name.startswith("itoguchi-sample-")
    assert file.stat().st_mode & 0o077 == 0, "records are nobody else's business"
    return file


def counted(url: str) -> dict[str, tuple[int, str]]:
    """Every table's rows, digested in a way of the test's own."""
    with psycopg.connect(url) as connection:
        names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        return {
            name: connection.execute(
                f'SELECT count(*), md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM "{name}" t'
            ).fetchone()
            for (name,) in names
        }


def changed(backup: Path, target: Path, old: str, new: str) -> Path:
    """The backup with another word in its manifest."""
    with tarfile.open(backup) as archive, tarfile.open(target, "w") as other:
        for member in archive:
            content = archive.extractfile(member).read()
            if member.name == "manifest.json":
                assert old.encode() in content
                content = content.replace(old.encode(), new.encode())
                member.size = len(content)
            other.addfile(member, io.BytesIO(content))
    return target


def test_every_table_comes_back_equal_and_numbering_goes_on(backup: Path, source: str, empty: str) -> None:
    done = run("restore", str(backup), DATABASE_URL=empty, WORLD="sample")
    assert done.returncode == 0, done.stderr
    there = counted(source)
    assert len(there) > 50
    assert counted(empty) == there
    with psycopg.connect(empty) as connection:
        [last] = connection.execute("SELECT max(id) FROM accounts_account").fetchone()
        [following] = connection.execute("SELECT nextval('accounts_account_id_seq')").fetchone()
    assert following > last
    # A second time it would overwrite: refused, unless asked for, and then equal again.
    assert "--replace" in run("restore", str(backup), DATABASE_URL=empty, WORLD="sample").stderr
    with psycopg.connect(empty) as connection:
        connection.execute("DELETE FROM core_searchword")
    asked = run("restore", str(backup), "--replace", DATABASE_URL=empty, WORLD="sample")
    assert asked.returncode == 1
    assert "--yes" in asked.stdout
    done = run("restore", str(backup), "--replace", "--yes", DATABASE_URL=empty, WORLD="sample")
    assert done.returncode == 0, done.stderr
    assert counted(empty) == there


def test_a_damaged_or_foreign_file_changes_nothing(backup: Path, empty: str, tmp_path: Path) -> None:
    damaged, foreign = tmp_path / "damaged.tar", tmp_path / "foreign.tar"
    content = bytearray(backup.read_bytes())
    content[len(content) // 2] ^= 1
    damaged.write_bytes(content)
    foreign.write_text("a letter")
    (tmp_path / "half.tar").write_bytes(backup.read_bytes()[:50_000])
    newer = changed(backup, tmp_path / "newer.tar", '"core.0001_extensions"', '"core.9999_from_tomorrow"')
    of_other_server = changed(backup, tmp_path / "server.tar", '"server": "', '"server": "9')
    done = run("restore", str(damaged), DATABASE_URL=empty, WORLD="sample")
    assert done.returncode == 1
    assert "damaged" in done.stderr
    assert "Traceback" not in done.stderr
    for file, word in (
        (foreign, "damaged"),
        (tmp_path / "half.tar", "damaged"),
        (newer, "newer release"),
        (of_other_server, "this server is"),
        (tmp_path / "none.tar", "can't be read"),
    ):
        with pytest.raises(CommandError, match=word):
            call_command("restore", file)
    assert "WORLD=sample" in run("restore", str(backup), DATABASE_URL=empty, WORLD="real").stderr
    assert counted(empty) == {}


def test_a_restore_that_fails_half_way_leaves_todays_records(backup: Path, tmp_path: Path) -> None:
    name = f"itoguchi_today_{database.WORKER}"
    url = database.clone(name)
    try:
        before = counted(url)
        with tarfile.open(backup) as archive:
            told = json.load(archive.extractfile("manifest.json"))
        rows = f'"rows": {told["tables"]["areas_area"]["rows"]},'
        other = changed(backup, tmp_path / "other.tar", rows, rows.replace(" ", " 9"))
        done = run("restore", str(other), "--replace", "--yes", DATABASE_URL=url, WORLD="sample")
        assert done.returncode == 1
        assert "areas_area" in done.stderr
        assert counted(url) == before
    finally:
        database.drop(name)


def test_a_full_disk_is_said_and_leaves_no_half_file(source: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "itoguchi.cli", "back_up", str(tmp_path / "all.tar")],
        env=os.environ | {"DATABASE_URL": source, "WORLD": "sample"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "nothing is left behind" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_backup_never_overwrites_another(backup: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CommandError, match="another name"):
        call_command("back_up", backup)
    call_command("back_up", backup, check=True)
    assert "tables" in capsys.readouterr().out


@pytest.mark.parametrize("release", [path.name for path in sorted(RELEASES.glob("*.tar.gz"))])
def test_a_backup_of_an_earlier_release_is_led_to_this_one(release: str, empty: str, tmp_path: Path) -> None:
    file = tmp_path / "earlier.tar"
    file.write_bytes(gzip.decompress((RELEASES / release).read_bytes()))
    done = run("restore", str(file), DATABASE_URL=empty, WORLD="sample")
    assert done.returncode == 0, done.stderr
    with psycopg.connect(empty) as connection:
        assert connection.execute("SELECT name FROM accounts_account WHERE sign_in_name = 'keeper'").fetchone() == (
            "見本の番人",
        )
        assert connection.execute("SELECT role FROM accounts_membership").fetchone() == ("coordinator",)
        assert connection.execute("SELECT title FROM outreach_briefing").fetchone() == ("前の版の説明会",)
        assert connection.execute("SELECT count(*) FROM outreach_briefingevent").fetchone() == (1,)
    assert run("migrate", "--check", DATABASE_URL=empty, WORLD="sample").returncode == 0


def test_an_administrator_restores_yesterdays_backup_by_the_page_on_operations_alone(
    empty: str, tmp_path: Path
) -> None:
    backups, home, settings = tmp_path / "backups", tmp_path / "home", tmp_path / "environment"
    backups.mkdir()
    done = run("back_up", str(backups), DATABASE_URL=database.url_of(database.TEMPLATE), WORLD="real")
    assert done.returncode == 0, done.stderr
    given = (database.PROJECT / "deploy" / "environment.example").read_text()
    given = re.sub(r"(?m)^DATABASE_URL=.*", f"DATABASE_URL='{empty}'", given)
    settings.write_text(given.replace("ITOGUCHI_SECRET_KEY=", f"ITOGUCHI_SECRET_KEY={'k' * 50}"))
    page = (database.PROJECT / "docs" / "operations.md").read_text()
    walk = re.search(r"<!-- walk: restore -->\n```sh\n(.+?)```", page, re.DOTALL)
    assert walk
    steps = walk[1]
    for place, here in (
        ("/opt/itoguchi", database.PROJECT),
        ("/etc/itoguchi/environment", settings),
        ("/var/backups/itoguchi/", f"{backups}/"),
        (".venv/bin/itoguchi", f"{sys.executable} -m itoguchi.cli"),
    ):
        assert place in steps
        steps = steps.replace(place, str(here))
    steps = steps.replace("; set +a", f"; ITOGUCHI_HOME={home}; set +a")
    done = subprocess.run(
        ["/bin/bash", "-eu"], input=steps, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "すべて一致しました" in done.stdout
    assert "33" in done.stdout
    assert (home / "static" / "staticfiles.json").exists()
    assert counted(empty) == counted(database.url_of(database.TEMPLATE))
