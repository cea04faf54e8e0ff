"""`itoguchi write_status_report`: the status report of a day as files, each figure with the records behind it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from itoguchi.accounts.queries import account_named
from itoguchi.core.as_of import add_as_of, day_of
from itoguchi.core.wording import in_both_languages
from itoguchi.reports.actions import draft_report, write_status_report


class Command(BaseCommand):
    help = "状況報告をファイルに書き出す / write the status report of a day: report.html, .pdf, .docx, .pptx and figures.json"

    def add_arguments(self, parser: CommandParser) -> None:
        add_as_of(parser)
        parser.add_argument("--out", metavar="DIR", type=Path, required=True, help="folder; made when missing")
        parser.add_argument("--lang", choices=("ja", "en"), default="ja", help="language of the report")
        parser.add_argument(
            "--publish", action="store_true", help="freeze it and ask a second person to publish it; needs --by"
        )
        parser.add_argument("--by", metavar="NAME", help="with --publish: sign-in name of the drafter")
        parser.add_argument("--why", metavar="TEXT", default="", help="with --publish: reason, shown to readers")

    def handle(self, *args: Any, as_of: str | None, out: Path, lang: str, **options: Any) -> None:
        day = day_of(as_of)
        if options["publish"] != bool(options["by"]):
            raise CommandError(
                "--publish には --by で起案者のログイン名が要ります（--by だけでは使えません）。 / "
                "--publish and --by NAME go together: name the drafter",
                returncode=2,
            )
        try:
            for path in write_status_report(day, out, language=lang):
                self.stdout.write(str(path))
        except OSError as error:
            raise CommandError(
                f"{out}: 書き込めません。書けるフォルダーを --out に指定してください。 / "
                f"can't be written ({error.strerror}); name a folder that you may write to",
                returncode=1,
            ) from error
        if options["publish"]:
            self.publish(day, options["by"], options["why"])

    def publish(self, day: Any, name: str, why: str) -> None:
        """Freeze it; what the rules refuse is said in both languages."""
        account = account_named(name)
        if account is None:
            raise CommandError(f"{name}: このログイン名はありません。 / no such sign-in name", returncode=2)
        try:
            report = draft_report(day, by=account, today=timezone.localdate(), why=why)
        except (ValidationError, PermissionDenied) as refused:
            raise CommandError(said(refused), returncode=1) from refused
        self.stdout.write(
            f"{report.address}: 固定しました。別の担当者がこの住所で承認すると公開されます。 / "
            "frozen; it becomes public when a second person approves it there"
        )


def said(refused: ValidationError | PermissionDenied) -> str:
    """Why a deed was refused, in both languages."""
    texts = [each.message for each in refused.error_list] if isinstance(refused, ValidationError) else refused.args
    return "\n".join(in_both_languages(text) for text in texts)
