"""Bring a statistics file in from the command line: all of it, or nothing with every problem named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from itoguchi.areas.actions import import_statistics
from itoguchi.areas.forms import read_statistics
from itoguchi.core.imports import ImportRefused
from itoguchi.core.wording import in_both_languages


class Command(BaseCommand):
    help = "統計のファイルを取り込む / bring a statistics file in (all or nothing)"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="CSV or .xlsx")
        parser.add_argument("--source", required=True, help="where the figures come from, e.g. ministry, table, day")
        parser.add_argument("--dry-run", action="store_true", help="read and check only")

    def handle(self, *args: Any, file: Path, source: str, dry_run: bool, **options: Any) -> None:
        try:
            if file.stat().st_size > settings.LARGEST_UPLOAD:
                raise CommandError(f"{file}: 20 MB まで。年ごとに分けてください / larger than 20 MB; split it by year")
            data = file.read_bytes()
        except OSError as error:
            raise CommandError(f"{file}: 読めません / can't be read ({error.strerror})") from error
        try:
            sheet, readings = read_statistics(data, file.name)
        except ImportRefused as refused:
            lines = "\n".join(f"  {in_both_languages(problem)}" for problem in refused.problems)
            raise CommandError(
                f"{file}: 何も書き込んでいません / nothing was written ({refused.count})\n{lines}"
            ) from refused
        if dry_run:
            self.stdout.write(f"{len(sheet.rows)} 行、誤りなし / rows, no problem; nothing written (--dry-run)")
            return
        done = import_statistics(
            readings, name=file.name, sha256=sheet.sha256, size=len(data), rows=len(sheet.rows), source=source, by=None
        )
        self.stdout.write(f"新規 {done.new} 変更 {done.changed} 同じ {done.same} / new, changed, same")
