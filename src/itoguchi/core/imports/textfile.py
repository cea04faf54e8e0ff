"""CSV and TSV: UTF-8 or cp932, told apart by content."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from itoguchi.core.imports.problems import ImportRefused, Problem, Problems, column_name
from itoguchi.core.wording import say


def decode(data: bytes, name: str) -> tuple[str, str]:
    """Text and encoding; raises ImportRefused naming the place that neither UTF-8 nor cp932 explains."""
    failed = []
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return data.decode(encoding), "cp932" if encoding == "cp932" else "utf-8"
        except UnicodeDecodeError as error:
            failed.append((error.start, encoding))
    start, encoding = max(failed)
    before = data[:start].decode(encoding, "replace")
    rows = list(csv.reader(io.StringIO(before + "?", newline=""), delimiter=delimiter_of(before)))
    raise ImportRefused(
        [
            Problem(
                len(rows),
                column_name(next((row for row in rows[:-1] if any(row)), []), len(rows[-1]) - 1),
                say(_("文字コードが壊れています（「%(name)s」）。"), name=name),
                _("元のファイルをExcelで開き、「CSV UTF-8（コンマ区切り）」として保存し直してください。"),
            )
        ]
    )


def delimiter_of(text: str) -> str:
    """Comma, tab or semicolon, whichever the first line has most of."""
    first = next((line for line in text[:100_000].splitlines() if line.strip()), "")
    return max(",\t;", key=first.count)


def text_rows(text: str, delimiter: str, problems: Problems) -> Iterator[tuple[int, list[str]]]:
    """(row number, cells) of every row; broken quoting becomes a problem."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    try:
        for number, row in enumerate(reader, start=1):
            yield number, row
    except csv.Error:
        problems.add(
            number + 1,
            None,
            _('引用符（"）が閉じていないか、1つのセルが長すぎます。'),
            _("この行の引用符を確かめるか、Excelで開いてCSVとして保存し直してください。"),
        )
