"""`itoguchi reset`: stop everything and delete all that was made under `ITOGUCHI_HOME`, records included."""

from __future__ import annotations

import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from itoguchi.core.embedded_database import EmbeddedDatabaseError
from itoguchi.site.running import Running, StartError


class Command(BaseCommand):
    help = "すべて止めて、作ったものを消す / stop everything and delete what was made"
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--yes", action="store_true", help="確認しない / do not ask")

    def handle(self, *args: Any, yes: bool, **options: Any) -> None:
        running = Running(settings.ENVIRONMENT)
        if not yes and not self.is_sure(running):
            raise CommandError("何も消していません。 / Nothing was deleted.")
        try:
            running.delete()
        except (EmbeddedDatabaseError, StartError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write("消しました。 / Deleted.")

    def is_sure(self, running: Running) -> bool:
        self.stdout.write(
            f"{running.home} の記録とログをすべて消します。戻せません。\n"
            f"All records and logs of {running.home} will be deleted for good."
        )
        if not sys.stdin.isatty():
            self.stdout.write("確認できないので --yes を付けてください。 / Nobody to ask: add --yes.")
            return False
        return input("yes? ").strip().lower() in {"y", "yes"}
