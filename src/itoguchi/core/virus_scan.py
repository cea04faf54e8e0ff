"""Files brought in, shown to the virus scanner of the office (clamd) before anybody reads them."""

from __future__ import annotations

import logging
import socket
import struct
from typing import IO
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from itoguchi.core.wording import say

SECONDS = 30
PIECE = 1 << 16
logger = logging.getLogger(__name__)


def refuse_infected(file: IO[bytes]) -> None:
    """A form field's validator: raises ValidationError for a virus, and when the scanner can't be asked."""
    if not settings.CLAMD:
        return
    try:
        answer = scan(file)
    except OSError as error:
        logger.warning("the virus scanner can't be asked: %s", type(error).__name__)
        answer = ""
    file.seek(0)
    if answer.endswith(" FOUND"):
        virus = answer.removeprefix("stream: ").removesuffix(" FOUND")
        raise ValidationError(
            say(
                _("ウイルス（%(virus)s）が見つかったため、取り込んでいません。情報担当に知らせてください。"),
                virus=virus,
            )
        )
    if answer != "stream: OK":
        raise ValidationError(
            _("ウイルス検査ができないため、取り込んでいません。しばらくして、もう一度お試しください。")
        )


def scan(file: IO[bytes]) -> str:
    """What clamd says of the file (`stream: OK`, `stream: … FOUND`); raises OSError when it does not answer.

    Its protocol: zINSTREAM, then pieces with their length in front (4 bytes, network order), then a length of nought.
    """
    address = urlsplit(settings.CLAMD)
    is_here = address.scheme == "unix"
    with socket.socket(socket.AF_UNIX if is_here else socket.AF_INET) as line:
        line.settimeout(SECONDS)
        line.connect(address.path if is_here else (address.hostname, address.port))
        line.sendall(b"zINSTREAM\0")
        file.seek(0)
        while piece := file.read(PIECE):
            line.sendall(struct.pack("!I", len(piece)) + piece)
        line.sendall(struct.pack("!I", 0))
        said = b""
        while not said.endswith(b"\0") and (more := line.recv(4096)):
            said += more
    return said.rstrip(b"\0").decode(errors="replace")
