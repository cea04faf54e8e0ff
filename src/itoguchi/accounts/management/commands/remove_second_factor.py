"""Take the second factor of somebody away from the command line: when the last of the secretariat has lost it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from itoguchi.accounts.actions import factors
from itoguchi.accounts.queries import account_named
from itoguchi.core.journal import journal


class Command(BaseCommand):
    help = "失われた二要素認証を外す / take the second factor of an account away and end its sessions"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("sign_in_name", help="whose")

    def handle(self, *args: Any, sign_in_name: str, **options: Any) -> None:
        account = account_named(sign_in_name)
        if account is None:
            raise CommandError(f"{sign_in_name}: このログイン名はありません / there is no such account")
        with journal(door="command"):
            number = factors.remove_second_factor(account, by=None)
        self.stdout.write(f"{sign_in_name}: {number} 個を外しました / {number} removed")
