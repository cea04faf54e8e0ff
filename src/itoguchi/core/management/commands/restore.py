"""`itoguchi restore`: bring the records of a backup back, compare them with it, and lead them to this release."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from itoguchi.core.backups import BackupError, check_fits, read_manifest, restore_backup
from itoguchi.core.embedded_database import EmbeddedDatabaseError


class Command(BaseCommand):
    help = "バックアップから記録を戻す / bring the records of a backup back, into an empty database"
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="back_up のファイル / file of `itoguchi back_up`")
        parser.add_argument("--replace", action="store_true", help="今の記録と入れ替える / replace today's records")
        parser.add_argument("--yes", action="store_true", help="確認しない / do not ask before replacing")
        parser.add_argument("--dry-run", action="store_true", help="確かめるだけ / check only, change nothing")

    def handle(self, *args: Any, file: Path, replace: bool, yes: bool, dry_run: bool, **options: Any) -> None:
        try:
            manifest = read_manifest(file)
            check_fits(file, manifest, replace=replace)
            if not dry_run:
                if replace and not yes and not self.is_sure():
                    raise CommandError("何も変えていません。 / Nothing was changed.")
                restore_backup(file, manifest)
        except (BackupError, EmbeddedDatabaseError) as error:
            raise CommandError(str(error)) from error
        rows = f"{len(manifest.tables)} 表 {manifest.rows} 行"
        in_english = f"{len(manifest.tables)} tables, {manifest.rows} rows"
        if dry_run:
            self.stdout.write(f"戻せます：{manifest.taken_at} の {rows} / It can be restored: {in_english}")
            return
        self.stdout.write(f"{manifest.taken_at} の {rows}を戻し、すべて一致しました / {in_english} restored, all equal")
        call_command("migrate", interactive=False, verbosity=0)
        self.stdout.write(
            f"版 {manifest.release} から今の版に移しました / brought from release {manifest.release} to this"
        )

    def is_sure(self) -> bool:
        self.stdout.write("今の記録はすべて消えます。 / All records of today will be lost.")
        if not sys.stdin.isatty():
            self.stdout.write("確認できないので --yes を付けてください。 / Nobody to ask: add --yes.")
            return False
        return input("yes? ").strip().lower() in {"y", "yes"}
