"""`itoguchi back_up`: write all records of this moment to one file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from itoguchi.core.backups import BackupError, read_manifest, write_backup
from itoguchi.core.embedded_database import EmbeddedDatabaseError


class Command(BaseCommand):
    help = (
        "すべての記録を一つのファイルに書き出す / write all records of this moment to one file; the site keeps running"
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("target", type=Path, help="ファイルかフォルダ / file, or folder (the name is the moment)")
        parser.add_argument("--check", action="store_true", help="書かずに確かめる / only check a file that is there")

    def handle(self, *args: Any, target: Path, check: bool, **options: Any) -> None:
        try:
            if check:
                manifest = read_manifest(target)
            else:
                target, manifest = write_backup(target, timezone.now())
        except (BackupError, EmbeddedDatabaseError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{target}：{manifest.taken_at} の {len(manifest.tables)} 表 {manifest.rows} 行（版 {manifest.release}） / "
            f"{len(manifest.tables)} tables, {manifest.rows} rows of {manifest.taken_at} (release {manifest.release})"
        )
