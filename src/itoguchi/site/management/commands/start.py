"""`itoguchi start`: bring up database, records, site and queue worker, and say what to open."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import ProgrammingError, connection

from itoguchi.site.environment import World
from itoguchi.site.running import Running, StartError


class Command(BaseCommand):
    help = "データベース、サイト、キューを起動する / bring up database, site and queue worker"
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        running = Running(settings.ENVIRONMENT)
        if not running.environment.is_demo:
            raise CommandError(
                "本番では itoguchi migrate と itoguchi serve を使ってください。 / "
                "In production use `itoguchi migrate` and `itoguchi serve`; see docs/settings.md."
            )
        try:
            with running.lock():
                if not running.is_current():
                    self.bring_up(running)
        except StartError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(running.welcome())

    def bring_up(self, running: Running) -> None:
        running.stop()
        if running.port_is_taken():
            port = running.environment.port
            raise StartError(
                f"ポート {port} は別のプログラムが使っています。例: make demo PORT={port + 1}\n"
                f"Port {port} is used by another program. Try: make demo PORT={port + 1}"
            )
        if running.prepared_in_database() != running.prepared():
            self.prepare(running)
        self.say("画面の部品", "static files")
        call_command("collectstatic", interactive=False, verbosity=0)
        connection.close()
        self.say("サイトとキュー", "site and queue worker")
        running.start()

    def prepare(self, running: Running) -> None:
        """Bring the records up to date; the mark is set last, so a load that was killed is done again."""
        self.say("表の準備", "migrations")
        call_command("migrate", interactive=False, verbosity=0)
        self.say("基準データ", "reference data")
        call_command("load_reference")
        if running.environment.world is World.SAMPLE:
            self.say("見本データ", "sample data")
            call_command("load_sample")
        name = connection.ops.quote_name(connection.settings_dict["NAME"])
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"COMMENT ON DATABASE {name} IS %s", [running.prepared()])
        except ProgrammingError:
            # Only its owner may mark a database; for others every start loads again, changing nothing.
            self.say("データベースの印を付けられません", "not the database's owner: every start loads again")

    def say(self, japanese: str, english: str) -> None:
        self.stdout.write(f"… {japanese} / {english}")
        self.stdout.flush()
