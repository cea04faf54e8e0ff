"""`itoguchi match_schemes`: which schemes suit a need of an area, whether it may use them and why, for people or as JSON."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from rich.console import Console
from rich.table import Table

from itoguchi.areas.models import Area
from itoguchi.areas.queries import area_of_code
from itoguchi.core.as_of import add_as_of, day_of
from itoguchi.support.models import Scheme
from itoguchi.support.queries import WHOLE_DAY, Asked, Match, hour_of, match_as_data, match_schemes, reason_of

EXAMPLE = '{"text": "猿が畑を荒らす", "fields": ["primary-industry"], "size_yen": 5000000}'
LISTS, TEXTS = {"fields", "solutions", "members"}, {"text", "applicant", "stage"}
KNOWN = LISTS | TEXTS | {"size_yen", "wanted", "recommended"}
SIGNS = {"yes": "✓", "no": "✗", "unknown": "?"}


class Command(BaseCommand):
    help = "ある団体のニーズに合う支援メニューを、使えるか・理由とともに示す / which schemes suit a need, and why"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--area", required=True, help="団体コード / code of the area")
        parser.add_argument("--need-file", required=True, help=f"JSON: {EXAMPLE}")
        parser.add_argument("--top", type=int, default=10, help="how many")
        parser.add_argument("--json", action="store_true", help="for machines")
        add_as_of(parser)

    def handle(self, *args: Any, area: str, need_file: str, top: int, as_of: str | None, **options: Any) -> None:
        found = area_of_code(area)
        if found is None:
            raise CommandError(f"{area}: この団体コードはありません / no such area", returncode=2)
        if top < 1:
            raise CommandError("--top: 1以上 / 1 or more", returncode=2)
        day = day_of(as_of)
        hour = hour_of(day, timezone.now()) if as_of is None else WHOLE_DAY
        matches = match_schemes(found, _asked(Path(need_file)), day, top=top, hour=hour)
        if options["json"]:
            said = [match_as_data(each) for each in matches]
            data = {"area": found.code, "as_of": day.isoformat(), "schemes": said}
            self.stdout.write(json.dumps(data, ensure_ascii=False, indent=2))
        else:
            self.show(found, day, matches)

    def show(self, area: Area, day: date, matches: tuple[Match, ...]) -> None:
        names = dict(Scheme.objects.values_list("key", "name"))
        table = Table(title=f"{area} {day.isoformat()}", title_justify="left")
        for title in ("", "支援メニュー / scheme", "点 / score", "理由 / why", "足りないもの / gaps"):
            table.add_column(title)
        for each in matches:
            why, gaps = ("、".join(map(reason_of, rows)) for rows in (each.reasons, each.gaps))
            table.add_row(SIGNS[each.eligible], names[each.scheme], f"{each.score:.2f}", why, gaps)
        Console(file=self.stdout).print(table)  # type: ignore[arg-type]


def _asked(file: Path) -> Asked:
    """The need of a file; raises CommandError that names what is wrong."""
    try:
        given = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise CommandError(f"{file}: 読めません / can't be read", returncode=2) from error
    except ValueError as error:
        raise CommandError(f"{file}: JSONではありません（例：{EXAMPLE}） / no JSON", returncode=2) from error
    if not isinstance(given, dict) or (unknown := sorted(given.keys() - KNOWN)):
        wrong = unknown[0] if isinstance(given, dict) else "—"
        raise CommandError(f"{wrong}: {', '.join(sorted(KNOWN))} だけ / these alone", returncode=2)
    for name, value in given.items():
        if (name in LISTS and not _is_list(value)) or (name in TEXTS and not isinstance(value, str)):
            raise CommandError(
                f"{name}: {'文字の並び / list of texts' if name in LISTS else '文字 / text'}", returncode=2
            )
    said: dict[str, Any] = dict(given) | {name: frozenset(given[name]) for name in LISTS & given.keys()}
    if "size_yen" in said and (type(said["size_yen"]) is not int or said["size_yen"] < 1):
        raise CommandError("size_yen: 1以上の円 / yen, 1 or more", returncode=2)
    if "wanted" in said:
        said["wanted"] = day_of(said["wanted"])
    return Asked(**said)


def _is_list(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)
