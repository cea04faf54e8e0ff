"""Files brought in are shown to the scanner first: what it finds, or can't tell, is not brought in."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from itoguchi.core.models import ImportedFile

pytestmark = pytest.mark.django_db
MARK = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def serve(listener: socket.socket, seen: list[bytes]) -> None:
    """Speak clamd's protocol: INSTREAM, and find the mark that every scanner finds."""
    while True:
        try:
            line, _address = listener.accept()
        except OSError:
            return
        with line, line.makefile("rb") as said:
            assert said.read(10) == b"zINSTREAM\0"
            content = b""
            while size := struct.unpack("!I", said.read(4))[0]:
                content += said.read(size)
            seen.append(content)
            line.sendall(b"stream: Win.Test.EICAR_HDB-1 FOUND\0" if MARK in content else b"stream: OK\0")


@pytest.fixture
def scanner(settings: Any) -> Iterator[list[bytes]]:
    seen: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        settings.CLAMD = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
        thread = threading.Thread(target=serve, args=(listener, seen))
        thread.start()
        yield seen
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()


def bring(client: Client, path: str, content: bytes) -> str:
    given = {"file": SimpleUploadedFile("x.csv", content), "source": "x", "why": "x"}
    return client.post(path, given).content.decode()


PAGES = ["/areas/statistics/import", "/briefings/import"]


@pytest.mark.parametrize("path", PAGES)
def test_a_virus_is_named_and_nothing_kept(scanner: list[bytes], path: str, client_of: Callable[[str], Client]) -> None:
    page = bring(client_of("coordinator"), path, b"a,b\n" + MARK)
    assert "Win.Test.EICAR_HDB-1" in page
    assert "取り込んでいません" in page
    assert not ImportedFile.objects.exists()


@pytest.mark.parametrize("path", PAGES)
def test_a_clean_file_is_read_from_its_beginning(
    scanner: list[bytes], path: str, client_of: Callable[[str], Client]
) -> None:
    content = b"x,y\r\n" * 30_000
    page = bring(client_of("coordinator"), path, content)
    assert scanner == [content]
    assert "ウイルス" not in page
    assert "列" in page, "the reader has seen the heading"


def test_a_scanner_that_is_away_lets_nothing_in(settings: Any, client_of: Callable[[str], Client]) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        settings.CLAMD = f"tcp://127.0.0.1:{closed.getsockname()[1]}"
        assert "ウイルス検査ができない" in bring(client_of("coordinator"), PAGES[0], b"x")
    settings.CLAMD = "unix:///nowhere/clamd.ctl"
    assert "ウイルス検査ができない" in bring(client_of("coordinator"), PAGES[0], b"x")
