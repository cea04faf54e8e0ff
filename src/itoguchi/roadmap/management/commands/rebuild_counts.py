"""`itoguchi rebuild_counts`: count all implementation records anew, and say whether the roll-ups stood right."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from itoguchi.roadmap.actions import rebuild_counts


class Command(BaseCommand):
    help = (
        "段階ごとの集計を記録から数え直し、差がないことを確かめる / count the records anew and prove the roll-ups equal"
    )

    def handle(self, *args: Any, **options: Any) -> None:
        differences = rebuild_counts()
        if differences:
            raise CommandError(
                f"集計 {differences} 件が記録と合わず、数え直しました / {differences} roll-ups were wrong and are mended"
            )
        self.stdout.write("集計は記録と一致しています / the roll-ups equal the records")
