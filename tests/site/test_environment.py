"""The environment: production refuses a demo's open doors, and every fault is said in one line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from itoguchi.site.environment import DEMO_SECRET_KEY, PROJECT, Environment
from tests import database

CLOSED = {
    "ITOGUCHI_MODE": "production",
    "ITOGUCHI_SECRET_KEY": "k" * 50,
    "ITOGUCHI_ALLOWED_HOSTS": "itoguchi.example.jp",
    "DATABASE_URL": "postgresql://itoguchi@db/itoguchi",
}


@pytest.fixture(autouse=True)
def _nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in Environment.model_fields.values():
        monkeypatch.delenv(str(field.validation_alias), raising=False)


def set_all(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


def run(*command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME"}}
    return subprocess.run(
        [sys.executable, "-m", "itoguchi.cli", *command],
        env=kept | variables,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_demo_needs_nothing_and_answers_on_this_machine_only() -> None:
    environment = Environment()
    assert environment.is_demo
    assert environment.hosts == ["localhost", "127.0.0.1", "[::1]"]
    assert environment.home == PROJECT / "var"
    assert environment.database_name == "itoguchi_sample"


def test_the_real_world_has_a_database_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD", "real")
    assert Environment().database_name == "itoguchi"


def test_variables_of_the_shell_are_not_taken_for_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, {"HOME": "/somewhere", "DEBUG": "1", "MODE": "production", "SECRET_KEY": "x"})
    environment = Environment()
    assert environment.home == PROJECT / "var"
    assert environment.is_demo
    assert not environment.debug
    assert environment.secret_key == DEMO_SECRET_KEY


def test_production_starts_when_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, CLOSED)
    environment = Environment()
    assert not environment.is_demo
    assert environment.hosts == ["itoguchi.example.jp"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ITOGUCHI_SECRET_KEY", DEMO_SECRET_KEY),
        ("ITOGUCHI_SECRET_KEY", ""),
        ("ITOGUCHI_SECRET_KEY", "k" * 49),
        ("ITOGUCHI_DEBUG", "1"),
        ("ITOGUCHI_ALLOWED_HOSTS", ""),
        ("ITOGUCHI_ALLOWED_HOSTS", "*"),
        ("ITOGUCHI_ALLOWED_HOSTS", "itoguchi.example.jp,*.example.jp"),
        ("DATABASE_URL", ""),
    ],
)
def test_production_refuses_what_only_a_demo_may_have(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    set_all(monkeypatch, CLOSED | {name: value})
    with pytest.raises(ValidationError, match=f"{name}: "):
        Environment()


def test_a_command_names_what_to_set_and_shows_no_traceback() -> None:
    done = run("check", ITOGUCHI_MODE="production", ITOGUCHI_DEBUG="1")
    assert done.returncode == 2
    for name in ("ITOGUCHI_SECRET_KEY", "ITOGUCHI_DEBUG", "ITOGUCHI_ALLOWED_HOSTS", "DATABASE_URL"):
        assert f"{name}: " in done.stderr
    assert "Traceback" not in done.stderr


def test_a_number_that_is_none_is_named() -> None:
    done = run("check", PORT="eight thousand")
    assert done.returncode == 2
    assert "PORT: " in done.stderr


def test_help_starts_no_server(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert run("version", ITOGUCHI_HOME=str(home)).returncode == 0
    assert not home.exists()


@pytest.mark.parametrize(
    ("tool", "page"),
    [("settings_page.py", "settings.md"), ("commands_page.py", "cli.md"), ("openapi.py", "openapi.json")],
)
def test_the_generated_pages_are_up_to_date(tool: str, page: str) -> None:
    done = subprocess.run([sys.executable, str(PROJECT / "tools" / tool)], capture_output=True, text=True, check=True)
    assert (PROJECT / "docs" / page).read_text(encoding="utf-8") == done.stdout, (
        f"run: python tools/{tool} > docs/{page}"
    )


def test_an_empty_database_is_said_plainly() -> None:
    name = f"itoguchi_empty_{database.WORKER}"
    database.create(name, "template0")
    try:
        done = run("show_coverage", DATABASE_URL=database.url_of(name))
    finally:
        database.drop(name)
    assert done.returncode == 1
    assert "make demo" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_out_of_reach_is_said_plainly() -> None:
    done = run("show_coverage", DATABASE_URL="postgresql://nobody:secret@localhost:1/none")
    assert done.returncode == 1
    assert "DATABASE_URL" in done.stderr
    assert "Traceback" not in done.stderr
    assert "secret" not in done.stderr
