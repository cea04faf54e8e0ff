"""What people do with reports: write one to a folder, freeze one for a second person to publish, correct one."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from itoguchi import __version__
from itoguchi.accounts.queries import predecessors_of
from itoguchi.core import actions as core
from itoguchi.core.documents.html import contents, within, write_sections
from itoguchi.core.documents.pdf import write_pdf
from itoguchi.core.documents.slides import write_slides
from itoguchi.core.documents.word import write_word
from itoguchi.core.journal import journal
from itoguchi.core.models import Approval
from itoguchi.core.remembered import remembered
from itoguchi.reports.access import can_publish
from itoguchi.reports.models import Correction, FileOfReport, PublishedReport
from itoguchi.reports.queries.published import (
    CORRECT,
    PUBLISH,
    as_data,
    before,
    changes_since,
    corrections_of,
    last_published_before,
    published,
    snapshot_now,
    snapshot_of,
    waiting,
)
from itoguchi.reports.queries.report import StatusReport, document_of, ledger, status_report, title_of

if TYPE_CHECKING:
    from itoguchi.accounts.models import Account

LANGUAGES = ("ja", "en")
CONTENT_TYPES = {
    "report.html": "text/html; charset=utf-8",
    "report.pdf": "application/pdf",
    "report.docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "report.pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "figures.json": "application/json",
}


def report_since_last(as_of: date) -> StatusReport:
    """The report as of a day in the language of the moment, marked against the last one published before it."""
    return status_report(as_of, before=before(as_of))


@remembered(most=8)
def file_of_report(as_of: date, name: str) -> bytes:
    """One file of the report, written from what is known now, in the language of the moment."""
    return _write(report_since_last(as_of), name)


def _write(report: StatusReport, name: str) -> bytes:
    document = document_of(report)
    match name:
        case "report.pdf":
            return write_pdf(document)
        case "report.docx":
            return write_word(document)
        case "report.pptx":
            return write_slides(document)
        case "figures.json":
            return (json.dumps(ledger(report), ensure_ascii=False, indent=2) + "\n").encode()
        case _:
            shown = {
                "report": report,
                "document": document,
                "contents": contents(document),
                "sections": write_sections(document.sections, within(document.sections)),
            }
            return render_to_string("reports/report_file.html", shown).encode()


def write_status_report(as_of: date, folder: Path, *, language: str) -> list[Path]:
    """Write the report in all its kinds: what is known now about a day. Same records, same bytes; nothing is stored.

    Raises OSError when the folder can't be made or written; a file is replaced whole or not at all.
    """
    with translation.override(language):
        report = report_since_last(as_of)
        files = {name: _write(report, name) for name in CONTENT_TYPES}
    folder.mkdir(parents=True, exist_ok=True)
    return _replace_files(folder, files)


def _replace_files(folder: Path, contents_of: Mapping[str, bytes]) -> list[Path]:
    """Write all files beside their places first, then put each in its place."""
    written: list[tuple[Path, Path]] = []
    try:
        for name, content in contents_of.items():
            handle, draft = tempfile.mkstemp(prefix=f".{name}.", dir=folder)
            written.append((Path(draft), folder / name))
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(draft).chmod(0o644)
        for draft_path, place in written:
            draft_path.replace(place)
    finally:
        for draft_path, _place in written:
            with suppress(OSError):
                draft_path.unlink(missing_ok=True)
    return [place for _draft, place in written]


@transaction.atomic
def draft_report(as_of: date, *, by: Account, today: date, why: str = "") -> PublishedReport:
    """Freeze the report of a day as it is now, in both languages; it waits for a second person to publish it.

    Raises ValidationError for a day still to come, before any record, or with a draft that already waits.
    """
    _must_publish(by)
    with connection.cursor() as cursor:  # one at a time, so that two drafts of a day never ask for one address
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('reports_publishedreport'))")
    if as_of > today:
        raise ValidationError(_("まだ来ていない日の報告は公開できません。今日までの日を選んでください。"))
    if waiting().filter(as_of=as_of).exists():
        raise ValidationError(_("この日の報告が、すでに承認を待っています。先にそちらを決裁するか取り下げてください。"))
    with translation.override("ja"):
        report = report_since_last(as_of)
    if report.is_empty:
        raise ValidationError(_("この日までの記録がないため、公開できません。あとの日を選んでください。"))
    with translation.override("en"):
        in_english = report_since_last(as_of)
    said = snapshot_of(report)
    for each in said.figures:
        each |= {f"{key}_en": getattr(in_english.figures[each["id"]], key) for key in ("label", "definition", "unit")}
    slug = free_slug(as_of)
    with journal(by=by, why=why):
        frozen = PublishedReport.objects.create(
            slug=slug,
            as_of=as_of,
            version=__version__,
            previous=last_published_before(as_of),
            figures=said.figures,
            records=said.records,
            approval=core.draft_approval(PUBLISH, f"/reports/published/{slug}", by=by, reason=why),
        )
        for language in LANGUAGES:
            with translation.override(language):
                in_language = report if language == "ja" else in_english
                for name, content_type in CONTENT_TYPES.items():
                    file = core.freeze_file(
                        name, _write(in_language, name), content_type=content_type, language=language
                    )
                    FileOfReport.objects.create(report=frozen, file=file)
    return frozen


def free_slug(as_of: date) -> str:
    """Lasting address of a frozen report: its day, `-2` for the second one of that day, and so on."""
    taken = set(PublishedReport.objects.filter(as_of=as_of).values_list("slug", flat=True))
    number, slug = 1, as_of.isoformat()
    while slug in taken:
        number += 1
        slug = f"{as_of.isoformat()}-{number}"
    return slug


@transaction.atomic
def draft_correction(report: PublishedReport, *, by: Account, why: str) -> Correction:
    """Draft a correction note out of what the records say now; a second person publishes it."""
    _must_publish(by)
    if not why.strip():
        raise ValidationError({"why": _("なぜ直すのかを書いてください。読む人に伝わります。")})
    locked = PublishedReport.objects.select_for_update().get(pk=report.pk)
    if not locked.is_public:
        raise ValidationError(_("正誤表は、公開した報告だけに付けられます。"))
    earlier = corrections_of(locked)
    if any(each.is_waiting for each in earlier):
        raise ValidationError(_("承認を待つ正誤表がすでにあります。先にそちらを決裁するか取り下げてください。"))
    with translation.override("ja"):
        found = changes_since(locked, tuple(earlier))
    if not found:
        raise ValidationError(_("報告と記録に違いはありません。正誤表はいりません。"))
    now = snapshot_now(locked.as_of)
    number = len(earlier) + 1
    with journal(by=by, why=why):
        return Correction.objects.create(
            report=locked,
            number=number,
            differences=as_data(found),
            figures=now.figures,
            records=now.records,
            approval=core.draft_approval(CORRECT, f"{locked.address}#correction-{number}", by=by, reason=why),
        )


def decide(approval: Approval, *, by: Account, deed: str, remark: str = "") -> None:
    """`deed` approve (publishes), send_back (with a remark) or withdraw; raises PermissionDenied on one's own draft."""
    _must_publish(by)
    with journal(by=by, why=remark):
        if deed == "approve":
            core.approve(approval, by=by, remark=remark)
            index_reports()
        elif deed == "send_back":
            core.send_back(approval, by=by, remark=remark)
        else:
            core.withdraw_approval(approval, by=by, predecessors=predecessors_of(by, timezone.localdate()))


def index_reports() -> int:
    """Hand every published report down to the search index, with the names of its figures."""
    return core.replace_search_entries("reports", map(_entry, published().defer(None)))


def _entry(report: PublishedReport) -> core.Entry:
    titles = {}
    for language in LANGUAGES:
        with translation.override(language):
            titles[language] = title_of(report.as_of)
    return core.Entry(
        key=report.slug,
        title=titles["ja"],
        title_en=titles["en"],
        path=report.address,
        reading=report.slug,
        detail="公開した状況報告",
        detail_en="published status report",
        text="\n".join(dict.fromkeys(each["label"] for each in report.figures)),
        words=(report.slug, report.as_of.isoformat(), *titles.values()),
    )


def _must_publish(by: Account) -> None:
    if not can_publish(by):
        raise PermissionDenied(_("報告を公開できるのは、事務局の担当者だけです。"))
