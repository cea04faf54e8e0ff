"""Open an account with a role from the command line: how the first of the secretariat comes in."""

from __future__ import annotations

import sys
from datetime import date
from getpass import getpass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from itoguchi.accounts.actions import grant_membership, keep_organisation, open_account
from itoguchi.accounts.models import Language, Organisation, Role
from itoguchi.areas.models import Area, Block
from itoguchi.core.calendar import NotADate, parse_date
from itoguchi.core.journal import journal


class Command(BaseCommand):
    help = "アカウントを開いて役割を登録する / open an account with a role, e.g. the first of the secretariat"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("sign_in_name", help="letters and digits")
        parser.add_argument("--name", required=True, help="名前 / name as shown on pages")
        parser.add_argument("--name-en", default="", help="name on English pages")
        parser.add_argument("--email", default="", help="for notices")
        parser.add_argument("--language", choices=Language.values, default=Language.JAPANESE.value, help="of notices")
        parser.add_argument("--role", choices=Role.values, required=True, help="what the person may do")
        target = parser.add_mutually_exclusive_group(required=True)
        target.add_argument("--area", metavar="CODE", help="6 digits: for officer and prefecture")
        target.add_argument("--block", metavar="KEY", help="e.g. kinki: for bureau")
        target.add_argument("--organisation", metavar="NAME", help="for the other roles")
        parser.add_argument("--kind", choices=Organisation.Kind.values, help="adds the organisation when it is new")
        parser.add_argument("--from", dest="valid_from", metavar="DAY", help="first day of the role (today)")
        parser.add_argument("--until", dest="valid_to", metavar="DAY", help="last day of the role (none)")
        parser.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
        parser.add_argument("--dry-run", action="store_true", help="check only")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with transaction.atomic(), journal(door="command"):
                self.open(options)
                transaction.set_rollback(options["dry_run"])
        except ValidationError as error:
            raise CommandError(
                "何も書き込んでいません / nothing was written\n  " + "\n  ".join(error.messages)
            ) from error
        written = "誤りなし / no problem; nothing written (--dry-run)" if options["dry_run"] else "開きました / opened"
        self.stdout.write(f"{options['sign_in_name']}: {written}")

    def open(self, options: dict[str, Any]) -> None:
        """The deed, inside the command's transaction."""
        facts = {key: options[key] for key in ("sign_in_name", "name", "name_en", "email", "language")}
        account = open_account(**facts, password=self.password(from_stdin=options["password_stdin"]), by=None)
        grant_membership(
            account,
            role=options["role"],
            **self.target(options),
            valid_from=self.day(options["valid_from"]) or timezone.localdate(),
            valid_to=self.day(options["valid_to"]),
            by=None,
        )

    def password(self, *, from_stdin: bool) -> str:
        """Asked for without showing it, or one line from a program."""
        return sys.stdin.readline().rstrip("\r\n") if from_stdin else getpass("パスワード / password: ")

    def day(self, written: str | None) -> date | None:
        """A day as offices write it."""
        try:
            return parse_date(written) if written else None
        except NotADate as error:
            raise CommandError(str(error)) from error

    def target(self, options: dict[str, Any]) -> dict[str, Any]:
        """The area, block or organisation that was named."""
        if options["area"]:
            return {"area": self.found(Area.objects.filter(code=options["area"]).first(), options["area"])}
        if options["block"]:
            return {"block": self.found(Block.objects.filter(key=options["block"]).first(), options["block"])}
        name = options["organisation"]
        organisation = Organisation.objects.filter(name=name).first()
        if organisation is None and options["kind"]:
            organisation = keep_organisation(Organisation(name=name, kind=options["kind"]), by=None)
        return {"organisation": self.found(organisation, f"{name} (--kind)")}

    def found(self, record: Any, name: str) -> Any:
        """The record, or what to mend."""
        if record is None:
            raise CommandError(f"{name}: 見つかりません / not found")
        return record
