"""Files as LibreOffice opens them, for tests that hold them against the screen."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
import unicodedata
from pathlib import Path

import pypdfium2
import pytest

SOFFICE = shutil.which("soffice")
needs_writer = pytest.mark.skipif(
    SOFFICE is None, reason="LibreOffice is missing: apt-get install libreoffice-writer libreoffice-impress"
)
needs_calc = pytest.mark.skipif(
    SOFFICE is None or not any(Path(SOFFICE).resolve().parent.glob("libscfiltlo.so")),
    reason="LibreOffice's tables are missing: apt-get install libreoffice-calc",
)
AS_CSV = "csv:Text - txt - csv (StarCalc):44,34,76"  # commas, quotes, UTF-8


def opened(content: bytes, kind: str, to: str, *, within: Path) -> bytes:
    """A file of a kind as LibreOffice writes it anew in another."""
    (within / f"x.{kind}").write_bytes(content)
    command = [str(SOFFICE), f"-env:UserInstallation=file://{within}/office", "--headless", "--convert-to", to]
    command += ["--outdir", str(within), str(within / f"x.{kind}")]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return (within / f"x.{to.partition(':')[0]}").read_bytes()


def table_of(workbook: bytes, *, within: Path) -> list[dict[str, str]]:
    """The rows of an Excel file as LibreOffice shows them, by the heads of the columns."""
    text = opened(workbook, "xlsx", AS_CSV, within=within).decode("utf-8")
    return list(csv.DictReader(io.StringIO(text)))


def letters_of(text: str) -> str:
    """All letters of a text, whatever their width, without spaces and ends of lines."""
    return unicodedata.normalize("NFKC", "".join(text.split()))


def letters_of_pdf(content: bytes) -> str:
    """The same of a PDF."""
    pages = pypdfium2.PdfDocument(content)
    return letters_of("".join(page.get_textpage().get_text_range() for page in pages))
