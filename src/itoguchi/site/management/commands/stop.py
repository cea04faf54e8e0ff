"""`itoguchi stop`: end site, queue worker and embedded database."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from itoguchi.core.embedded_database import EmbeddedDatabaseError
from itoguchi.site.running import Running, StartError


class Command(BaseCommand):
    help = "サイト、キュー、内蔵データベースを止める / stop site, queue worker and embedded database"
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.stdout.write(Running(settings.ENVIRONMENT).stop_everything())
        except (EmbeddedDatabaseError, StartError) as error:
            raise CommandError(str(error)) from error
