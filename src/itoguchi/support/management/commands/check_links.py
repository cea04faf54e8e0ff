"""`itoguchi check_links`: which pages of calls can't be opened any more, for people or as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from itoguchi.support.actions import Checked, check_links

CUT_OFF = (
    "{}件の公募のページのどれにも届きませんでした。インターネットにつながっていないようです。何も変えていません。"
    " / None of {} pages could be reached: this machine seems to have no internet. Nothing was changed."
)


class Command(BaseCommand):
    help = "公募のページがまだ開けるかを確かめる / look whether the pages of calls still open"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--all", action="store_true", help="この7日に見たものも / also those seen within 7 days")
        parser.add_argument("--json", action="store_true", help="for machines")

    def handle(self, *args: Any, **options: Any) -> None:
        more = {"every": timedelta()} if options["all"] else {}
        found = check_links(timezone.localdate(), **more)
        if options["json"]:
            self.stdout.write(json.dumps(asdict(found), ensure_ascii=False))
        else:
            self.show(found)

    def show(self, found: Checked) -> None:
        if found.is_cut_off:
            self.stdout.write(CUT_OFF.format(found.looked_at, found.looked_at))
            return
        self.stdout.write(f"見た / looked at: {found.looked_at}　開けた / open: {found.alive}")
        for label, keys in (
            ("開けない / dead", found.dead),
            ("今回は開けない / not opened this time", found.failing),
            ("内部の住所 / of the own network, not looked at", found.refused),
        ):
            if keys:
                self.stdout.write(f"{label}: {len(keys)}")
                for key in keys:
                    self.stdout.write(f"  /schemes/{key}")
