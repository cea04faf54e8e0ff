"""What people do with reports: write one to a folder. Nothing is stored."""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import suppress
from datetime import date
from pathlib import Path

from django.template.loader import render_to_string
from django.utils import translation

from itoguchi.reports.queries import ledger, maps_of, status_report


def write_status_report(as_of: date, folder: Path, *, language: str) -> list[Path]:
    """Write `report.html` and `figures.json`: what is known now about a day. Same records, same bytes.

    Raises OSError when the folder can't be made or written; a file is replaced whole or not at all.
    """
    with translation.override(language):
        report = status_report(as_of)
        page = render_to_string(
            "reports/report_file.html", {"report": report, "maps": maps_of(report), "is_file": True}
        )
        figures = json.dumps(ledger(report), ensure_ascii=False, indent=2) + "\n"
    folder.mkdir(parents=True, exist_ok=True)
    return _replace_files(folder, {"report.html": page, "figures.json": figures})


def _replace_files(folder: Path, texts: dict[str, str]) -> list[Path]:
    """Write all files beside their places first, then put each in its place."""
    written: list[tuple[Path, Path]] = []
    try:
        for name, text in texts.items():
            handle, draft = tempfile.mkstemp(prefix=f".{name}.", dir=folder)
            written.append((Path(draft), folder / name))
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
            Path(draft).chmod(0o644)
        for draft_path, place in written:
            draft_path.replace(place)
    finally:
        for draft_path, _place in written:
            with suppress(OSError):
                draft_path.unlink(missing_ok=True)
    return [place for _draft, place in written]
