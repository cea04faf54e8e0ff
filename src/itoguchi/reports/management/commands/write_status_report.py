"""`itoguchi write_status_report`: the status report of a day as files, each figure with the records behind it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from itoguchi.core.as_of import add_as_of, day_of
from itoguchi.reports.actions import write_status_report


class Command(BaseCommand):
    help = "状況報告をファイルに書き出す / write the status report of a day: report.html and figures.json"

    def add_arguments(self, parser: CommandParser) -> None:
        add_as_of(parser)
        parser.add_argument("--out", metavar="DIR", type=Path, required=True, help="folder; made when missing")
        parser.add_argument("--lang", choices=("ja", "en"), default="ja", help="language of the report")

    def handle(self, *args: Any, as_of: str | None, out: Path, lang: str, **options: Any) -> None:
        try:
            written = write_status_report(day_of(as_of), out, language=lang)
        except OSError as error:
            raise CommandError(
                f"{out}: 書き込めません。書けるフォルダーを --out に指定してください。 / "
                f"can't be written ({error.strerror}); name a folder that you may write to",
                returncode=1,
            ) from error
        for path in written:
            self.stdout.write(str(path))
