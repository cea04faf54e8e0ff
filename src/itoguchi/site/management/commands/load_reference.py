"""Bring the reference data of every room in; again and again without harm."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import transaction

from itoguchi.areas.actions import load_areas
from itoguchi.core.actions import analyze_tables
from itoguchi.learning.actions import load_plan
from itoguchi.network.actions import load_meetings
from itoguchi.outreach.actions import load_briefings
from itoguchi.reports.actions import index_reports
from itoguchi.roadmap.actions import load_roadmap
from itoguchi.support.actions import index_needs, load_schemes


class Command(BaseCommand):
    help = "基準データを読み込む / load the reference data of every room (all or nothing)"

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        load_areas(settings.REFERENCE_DATA / "areas")
        load_roadmap(settings.REFERENCE_DATA / "roadmap")
        load_briefings(settings.REFERENCE_DATA / "outreach")
        load_meetings(settings.REFERENCE_DATA / "network")
        load_plan(settings.REFERENCE_DATA / "learning")
        load_schemes(settings.REFERENCE_DATA / "support")
        index_needs()
        index_reports()
        analyze_tables()
        self.stdout.write("基準データを読み込みました / reference data loaded")
