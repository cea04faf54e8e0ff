"""`itoguchi serve`: the site in the foreground, for `itoguchi start` and for production."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

LOOPBACK = {"127.0.0.1", "::1"}


class Command(BaseCommand):
    help = "サイトを前面で動かす / run the site in the foreground"
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="待ち受ける住所 / address to listen on")

    def handle(self, *args: Any, host: str, **options: Any) -> None:
        environment = settings.ENVIRONMENT
        if environment.is_demo and host not in LOOPBACK:
            raise CommandError(
                "見本は外に開けません。ITOGUCHI_MODE=production で動かしてください。 / "
                "A demo stays on this machine; set ITOGUCHI_MODE=production to listen elsewhere."
            )
        # One process, so that caches are shared; threads, because requests mostly wait for PostgreSQL.
        Granian(
            "itoguchi.site.wsgi:application",
            address=host,
            port=environment.port,
            interface=Interfaces.WSGI,
            workers=1,
            blocking_threads=environment.threads,
            websockets=False,
            respawn_failed_workers=True,
            workers_kill_timeout=10,
            log_level=LogLevels.error,
        ).serve()
