"""Files that are brought in to be handed out again: what they may be is told by their content, not by their name."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from itoguchi.core.wording import say

if TYPE_CHECKING:
    from itoguchi.core.models import FrozenFile

MEGABYTES = 10
LARGEST = MEGABYTES * 1024 * 1024  # bytes
OFFICE = "application/vnd.openxmlformats-officedocument."
# Documents and pictures alone, never a page that a browser would run.
KINDS = {
    "pdf": "application/pdf",
    "docx": f"{OFFICE}wordprocessingml.document",
    "xlsx": f"{OFFICE}spreadsheetml.sheet",
    "pptx": f"{OFFICE}presentationml.presentation",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "txt": "text/plain; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
}
BEGINS = {"pdf": b"%PDF-", "png": b"\x89PNG\r\n\x1a\n", "jpg": b"\xff\xd8\xff", "jpeg": b"\xff\xd8\xff"}
HOLDS = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml", "pptx": "ppt/presentation.xml"}
PARTS = "[Content_Types].xml"
MOST_OF_PARTS = 1 << 20  # bytes that the list of parts of an Office file may have


def refuse_odd_file(given: Any) -> None:
    """A form field's validator: raises ValidationError for a file too large, of no kind named here, or with macros."""
    if given.size > LARGEST:
        raise ValidationError(say(_("ファイルが大きすぎます。%(most)s MBまでにしてください。"), most=MEGABYTES))
    ending = given.name.rpartition(".")[2].lower()
    if ending not in KINDS:
        raise ValidationError(
            say(_("「%(ending)s」のファイルは受け取れません。PDFなどにしてください。"), ending=ending[:20])
        )
    given.seek(0)
    content = given.read()
    given.seek(0)
    if not _is(ending, content):
        raise ValidationError(
            say(_("中身が「%(ending)s」ではありません。正しい形で保存し直してください。"), ending=ending)
        )


def kind_of(name: str) -> str:
    """The content type of a file that was let in."""
    return KINDS[name.rpartition(".")[2].lower()]


def hand_out(file: FrozenFile, name: str, *, is_private: bool = False) -> HttpResponse:
    """A kept file as a download under a plain `name`: never run by a browser, whatever it says it is."""
    response = HttpResponse(bytes(file.content), content_type=file.content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}.{file.name.rpartition(".")[2].lower()}"'
    response["X-Content-Type-Options"] = "nosniff"
    if is_private:
        response["Cache-Control"] = "private, no-store"
    return response


def _is(ending: str, content: bytes) -> bool:
    if ending in BEGINS:
        return content.startswith(BEGINS[ending])
    return _is_office(content, HOLDS[ending]) if ending in HOLDS else _is_text(content)


def _is_text(content: bytes) -> bool:
    if b"\0" in content:
        return False
    for encoding in ("utf-8", "cp932"):
        try:
            content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False


def _is_office(content: bytes, part: str) -> bool:
    """Whether it is an Office file with that part; raises ValidationError for one with macros."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            names = set(packed.namelist())
            if not {PARTS, part} <= names or packed.getinfo(PARTS).file_size > MOST_OF_PARTS:
                return False
            parts = packed.read(PARTS)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError):
        return False
    has_macros = any(name.lower().endswith("vbaproject.bin") for name in names) or b"macroenabled" in parts.lower()
    if has_macros:
        raise ValidationError(_("マクロのあるファイルは受け取れません。マクロを除いて保存し直してください。"))
    return True
