"""The arrows of the house hold, and breaking one is noticed."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import grimp
import pytest

PROJECT = Path(__file__).resolve().parents[1]
SOURCE = PROJECT / "src" / "itoguchi"
ROOMS = sorted(
    path.name for path in SOURCE.iterdir() if (path / "apps.py").exists() and path.name not in {"core", "site"}
)
MEETING_PLACES = {"models", "queries", "actions", "access"}


def lint_imports(project: Path) -> subprocess.CompletedProcess[str]:
    """What `make check` runs for the arrows, on a copy of the project."""
    return subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=project,
        env={"PYTHONPATH": str(project / "src"), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the project in which a breach may be planted."""
    shutil.copytree(PROJECT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("*.pyc", "static", "*.egg-info"))
    shutil.copy(PROJECT / "pyproject.toml", tmp_path)
    return tmp_path


def rooms_that_meet_elsewhere(source: Path) -> list[str]:
    """Imports from one room into another that go past models, queries, actions and access."""
    sys.path.insert(0, str(source))
    try:
        graph = grimp.build_graph("itoguchi", cache_dir=None)
    finally:
        sys.path.remove(str(source))
    found = []
    for room in ROOMS:
        for module in graph.find_descendants(f"itoguchi.{room}"):
            for target in graph.find_modules_directly_imported_by(module):
                parts = target.split(".")
                if len(parts) > 1 and parts[1] in ROOMS and parts[1] != room:
                    if len(parts) < 3 or parts[2] not in MEETING_PLACES:
                        found.append(f"{module} → {target}")
    return sorted(found)


def test_the_arrows_hold(copy: Path) -> None:
    done = lint_imports(copy)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("areas/queries.py", "from itoguchi.reports import queries as upward"),
        ("core/journal.py", "import itoguchi.areas.models as upward"),
        ("network/queries.py", "import itoguchi.outreach.models as sideways_up"),
        ("engines/planted.py", "import django.db.models"),
        ("engines/planted.py", "from django.utils import timezone"),
        ("areas/models.py", "import itoguchi.areas.views as inside_up"),
        ("outreach/queries.py", "import itoguchi.areas.views as past_the_door"),
        ("outreach/views/coverage.py", "from itoguchi.areas.views import crumbs as past_the_door"),
        ("reports/views.py", "from itoguchi.areas.forms import StatisticsFileForm as past_the_door"),
    ],
)
def test_a_planted_breach_makes_the_check_fail(copy: Path, file: str, line: str) -> None:
    target = copy / "src" / "itoguchi" / file
    text = (
        target.read_text(encoding="utf-8")
        if target.exists()
        else '"""Planted."""\n\nfrom __future__ import annotations\n'
    )
    target.write_text(
        text.replace("from __future__ import annotations\n", f"from __future__ import annotations\n\n{line}\n", 1)
    )
    assert line in target.read_text()
    done = lint_imports(copy)
    assert done.returncode != 0, done.stdout


def test_a_new_room_has_to_be_given_its_place(copy: Path) -> None:
    (copy / "src" / "itoguchi" / "newroom").mkdir()
    (copy / "src" / "itoguchi" / "newroom" / "__init__.py").write_text('"""Planted."""\n')
    assert lint_imports(copy).returncode != 0


def test_rooms_meet_only_through_models_queries_actions_access() -> None:
    assert rooms_that_meet_elsewhere(PROJECT / "src") == []


def test_no_room_includes_another_rooms_template() -> None:
    crossing = []
    for room in ROOMS:
        for template in (SOURCE / room / "templates").rglob("*.html"):
            for name in re.findall(
                r"{%-?\s*(?:include|extends)\s+[\"']([^\"']+)[\"']", template.read_text(encoding="utf-8")
            ):
                if name.split("/")[0] not in {room, "core"}:
                    crossing.append(f"{template.name} → {name}")
    assert crossing == []


def test_pages_carry_no_inline_style_or_script() -> None:
    for template in SOURCE.rglob("templates/**/*.html"):
        text = template.read_text(encoding="utf-8")
        if template.parent.name == "reports" and template.name == "report_file.html":
            continue  # a file for offices, not a page: it carries its own style
        assert not re.search(r"<[^>]+\sstyle=", text), template
        assert not re.search(r"<script(?![^>]*\bsrc=)", text), template
        assert not re.search(r"\son\w+=", text), template


def test_only_the_catalogue_of_a_room_is_named_by_its_texts() -> None:
    """Every text of the interface has English, and no entry is left over."""
    done = subprocess.run(
        [sys.executable, str(PROJECT / "tools" / "texts.py"), "check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_no_file_names_a_registry() -> None:
    names = ("pypi" + ".org", "pythonhosted" + ".org", "registry." + "npmjs", "deb.debian" + ".org")
    for path in [*PROJECT.glob("*.t*t"), *PROJECT.glob("*.md"), *PROJECT.glob("*.toml"), PROJECT / "Makefile"]:
        assert not any(name in path.read_text(encoding="utf-8") for name in names), path
