"""`itoguchi write_status_report`: the status report of a day as files, each figure with the records behind it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone, translation

from itoguchi.core.calendar import NotADate, parse_date
from itoguchi.reports.actions import write_status_report


class Command(BaseCommand):
    help = "状況報告をファイルに書き出す / write the status report of a day: report.html and figures.json"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--as-of", metavar="DAY", help="2017-03-24 or 平成29年3月24日 (default: today)")
        parser.add_argument("--out", metavar="DIR", type=Path, required=True, help="folder; made when missing")
        parser.add_argument("--lang", choices=("ja", "en"), default="ja", help="language of the report")

    def handle(self, *args: Any, as_of: str | None, out: Path, lang: str, **options: Any) -> None:
        try:
            day = parse_date(as_of) if as_of is not None else timezone.localdate()
        except NotADate as error:
            raise CommandError(f"--as-of: {in_both_languages(error)}", returncode=2) from error
        try:
            written = write_status_report(day, out, language=lang)
        except OSError as error:
            raise CommandError(
                f"{out}: 書き込めません。書けるフォルダーを --out に指定してください。 / "
                f"can't be written ({error.strerror}); name a folder that you may write to",
                returncode=1,
            ) from error
        for path in written:
            self.stdout.write(str(path))


def in_both_languages(error: NotADate) -> str:
    """What is wrong with a day, and what to write instead."""
    said = []
    for language in ("ja", "en"):
        with translation.override(language):
            said.append(str(error))
    return " / ".join(said)
