"""Bring the sample world in: plausible records of every room, each labelled 見本."""

from __future__ import annotations

import random
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction
from django.utils import timezone

from itoguchi.accounts import sample as accounts
from itoguchi.areas import sample as areas
from itoguchi.cases import sample as cases
from itoguchi.core.actions import analyze_tables
from itoguchi.exchange import sample as exchange
from itoguchi.network import sample as network
from itoguchi.outreach import sample as outreach
from itoguchi.plans import sample as plans
from itoguchi.reports import sample as reports
from itoguchi.roadmap import sample as roadmap
from itoguchi.support import sample as support


class Command(BaseCommand):
    help = "見本データを読み込む / load the sample world (never into a database of real records)"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seed", type=int, default=1, help="same seed, same sample")

    @transaction.atomic
    def handle(self, *args: Any, seed: int, **options: Any) -> None:
        if not settings.IS_SAMPLE_WORLD:
            raise CommandError("WORLD=real には見本を入れません / the real world takes no sample records")
        rng, today = random.Random(seed), timezone.localdate()
        for room in (areas, accounts, roadmap, network, support, exchange, cases, outreach, plans, reports):
            room.load_sample(rng, today)
            connection.check_constraints()  # thousands of checks that wait for the end slow every later row
        analyze_tables()
        self.stdout.write("見本データを読み込みました / sample world loaded")
