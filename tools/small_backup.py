"""Write a small backup of this release for the tests of the next one: `python tools/small_backup.py tests/site/backups`."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROWS = """
from datetime import date
from itoguchi.accounts.models import Account, Membership, Organisation
from itoguchi.core.journal import journal
from itoguchi.outreach.actions import Facts, plan_briefing

with journal(why="a release ago", door="command"):
    office = Organisation.objects.create(name="見本の府省", kind="ministry")
    keeper = Account.objects.create(sign_in_name="keeper", name="見本の番人", email="keeper@example.jp")
    Membership.objects.create(account=keeper, role="coordinator", organisation=office, valid_from=date(2026, 4, 1))
    facts = Facts(day=date(2026, 10, 1), place="東京都", title="前の版の説明会", is_nationwide=True)
    plan_briefing(facts, by=keeper, why="a release ago")
"""


def main(folder: Path) -> None:
    """A database of its own: migrations, and a few rows with their journal."""
    import itoguchi

    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | {"ITOGUCHI_HOME": home, "WORLD": "sample"}
        environment.pop("DATABASE_URL", None)
        target = str(folder / f"{itoguchi.__version__}.tar")
        for command in (["migrate", "-v0"], ["shell", "-v0", "-c", ROWS], ["back_up", target], ["reset", "--yes"]):
            subprocess.run([sys.executable, "-m", "itoguchi.cli", *command], env=environment, check=True)
    # PostgreSQL leaves the list of contents as plain text: most of so small a backup.
    Path(f"{target}.gz").write_bytes(gzip.compress(Path(target).read_bytes()))
    Path(target).unlink()


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
