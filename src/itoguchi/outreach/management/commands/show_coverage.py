"""`itoguchi show_coverage`: how far the briefings have reached as of a day, for people or as JSON."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from rich.console import Console
from rich.table import Table

from itoguchi.core.as_of import add_as_of, day_of
from itoguchi.outreach.queries import Coverage, coverage


class Command(BaseCommand):
    help = "説明会の実施状況を、ある日の時点で示す / show how far the briefings have reached as of a day"

    def add_arguments(self, parser: CommandParser) -> None:
        add_as_of(parser)
        parser.add_argument("--json", action="store_true", help="for machines")

    def handle(self, *args: Any, as_of: str | None, **options: Any) -> None:
        done = coverage(day_of(as_of))
        if options["json"]:
            self.stdout.write(json.dumps(as_data(done), ensure_ascii=False, indent=2))
        else:
            self.show(done)

    def show(self, done: Coverage) -> None:
        table = Table(title=f"説明会の実施状況 / coverage, {done.as_of.isoformat()}", title_justify="left")
        table.add_column("何 / what")
        table.add_column("数 / number", justify="right")
        table.add_row("説明会 / briefings", str(done.briefings))
        table.add_row("都道府県 / prefectures", f"{done.prefectures} / 47")
        table.add_row("地域ブロック / regional blocks", f"{done.blocks} / 11")
        table.add_row("全国を対象とする回 / nationwide", str(done.nationwide))
        table.add_row("最初の日 / first day", done.first.isoformat() if done.first else "—")
        table.add_row("最後の日 / last day", done.last.isoformat() if done.last else "—")
        console = Console(file=self.stdout)  # type: ignore[arg-type]
        console.print(table)
        if not done.held:
            console.print("この日までに開催の記録はありません。 / No briefing on record up to this day.")
        else:
            console.print("もとの記録の住所は --json で / addresses of the records behind it: --json")


def as_data(done: Coverage) -> dict[str, Any]:
    """Figures and the records behind them, in an order that never changes."""
    return {
        "as_of": done.as_of.isoformat(),
        "briefings": done.briefings,
        "prefectures": done.prefectures,
        "blocks": done.blocks,
        "nationwide": done.nationwide,
        "first": done.first and done.first.isoformat(),
        "last": done.last and done.last.isoformat(),
        "prefecture_codes": done.prefecture_codes,
        "block_keys": done.block_keys,
        "briefing_addresses": [briefing.address for briefing in done.held],
    }
