"""Files of briefings brought in: read beside the records, then written all or nothing under one entry of the journal."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from itoguchi.areas.queries import prefectures
from itoguchi.core.actions import keep_imported_file
from itoguchi.core.events import read_calendar
from itoguchi.core.imports import ImportRefused, Problem, read_sheet
from itoguchi.core.journal import journal
from itoguchi.core.models import ImportedFile
from itoguchi.outreach.actions import NeedsSecondPerson, write_given
from itoguchi.outreach.event_list import Given, Records, read_event_list, read_events
from itoguchi.outreach.queries import briefings

if TYPE_CHECKING:
    from itoguchi.accounts.models import Account

LARGEST_FILE = 1024 * 1024  # bytes; ten thousand briefings are a quarter of it


def read_file(data: bytes, name: str, today: date) -> tuple[list[Given], str]:
    """What a file (CSV, Excel or iCalendar, told by its content) says, and its SHA-256; raises ImportRefused."""
    records = Records.of(briefings(), prefectures(), today)
    if data.lstrip(b"\xef\xbb\xbf \r\n").upper().startswith(b"BEGIN:VCALENDAR"):
        given = read_events(read_calendar(data, name), records)
    else:
        given = read_event_list(read_sheet(data, name, largest_rows=10_000, largest_bytes=LARGEST_FILE), records)
    return given, hashlib.sha256(data).hexdigest()


@transaction.atomic
def bring_in(
    given: Sequence[Given], *, name: str, sha256: str, size: int, why: str, by: Account | None, today: date
) -> ImportedFile | None:
    """Write what is new or changed; None when nothing is. Raises ImportRefused, naming each row that can't be written."""
    news = [each for each in given if not each.is_same]
    if not news:
        return None
    problems: list[Problem] = []
    with journal(by=by, why=why, door="import", file=name, sha256=sha256):
        file = keep_imported_file(name, sha256=sha256, size=size, rows=len(given), source=why, by=by)
        for each in news:
            try:
                with transaction.atomic():
                    write_given(each.briefing, each.facts, each.state, by=by, why=why, today=today)
            except ValidationError as refused:
                for said in refused.messages:
                    problems.append(Problem(each.row, "", said, _("その行を直してください。")))
            except NeedsSecondPerson as refused:
                problems.append(
                    Problem(
                        each.row, "", refused, _("ファイルではなく、説明会のページで一件ずつ承認を求めてください。")
                    )
                )
            except PermissionDenied as refused:
                problems.append(Problem(each.row, "備考", refused, _("ほかの地域ブロックの行を除いてください。")))
        if problems:
            raise ImportRefused(problems)
    return file
