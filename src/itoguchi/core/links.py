"""Whether a page on the internet still opens: asked with patience, without following anybody into the own network."""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal
from urllib.parse import SplitResult, urljoin, urlsplit

SECONDS = 10  # for each step of a conversation
MOST_TURNS = 5  # redirections followed
AT_ONCE = 8
NAME = "Itoguchi (link check)"
NAT = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("2002::/16"))  # IPv6 that leads to any IPv4

Problem = Literal["", "refused", "no-answer"]


@dataclass(frozen=True, slots=True)
class Looked:
    """What a server answered at last: its number, or why there is none."""

    status: int | None
    problem: Problem = ""


class PrivateAddressError(Exception):
    """The page lies where only machines of the own network should go, or is no page at all."""


def look_at(links: Iterable[str], *, may_be_private: bool = False) -> dict[str, Looked]:
    """What the servers of some pages answer, several at once."""
    asked = list(dict.fromkeys(links))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(zip(asked, pool.map(lambda link: _look(link, may_be_private=may_be_private), asked), strict=True))


def _look(link: str, *, may_be_private: bool) -> Looked:
    """HEAD first; many servers only know GET, so that a refusal of HEAD says nothing."""
    looked = Looked(None, "no-answer")
    for method in ("HEAD", "GET"):
        try:
            looked = Looked(_answer(method, link, may_be_private=may_be_private))
        except PrivateAddressError:
            return Looked(None, "refused")
        except (OSError, ValueError, http.client.HTTPException):  # ValueError: what can't be an address
            looked = Looked(None, "no-answer")
        if looked.status is not None and looked.status < 400:
            break
    return looked


def _answer(method: str, link: str, *, may_be_private: bool) -> int:
    """The number of the last answer, after redirections; every one of them is looked at as the first."""
    for _turn in range(MOST_TURNS):
        parts = urlsplit(link)
        connection = _connection(parts, _place_of(parts, may_be_private=may_be_private))
        try:
            path = parts._replace(scheme="", netloc="", fragment="", path=parts.path or "/").geturl()
            connection.request(method, _ascii(path), headers={"User-Agent": NAME, "Accept": "*/*"})
            answer = connection.getresponse()
            onward = answer.getheader("Location")
            if answer.status not in {301, 302, 303, 307, 308} or not onward:
                return answer.status
        finally:
            connection.close()
        link = urljoin(link, onward)
    raise http.client.HTTPException("it leads round and round")


def _ascii(path: str) -> str:
    """Signs that a request line can't carry, written as bytes in percent."""
    return "".join(
        sign if "!" <= sign <= "~" else "".join(f"%{byte:02X}" for byte in sign.encode("utf-8", "replace"))
        for sign in path
    )


def _place_of(parts: SplitResult, *, may_be_private: bool) -> str:
    """The number a name stands for; only ever this one is called, so that the name can't change in between.

    Raises PrivateAddressError when one of its numbers is not of the public internet.
    """
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise PrivateAddressError
    found = socket.getaddrinfo(parts.hostname, parts.port or 0, type=socket.SOCK_STREAM)
    places = [str(each[4][0]) for each in found]
    if not may_be_private and not all(map(is_public, places)):
        raise PrivateAddressError
    return places[0]


def is_public(place: str) -> bool:
    """Whether a number is one of the public internet, also where IPv6 only wraps IPv4.

    >>> [is_public(place) for place in ("8.8.8.8", "10.0.0.1", "169.254.169.254", "::ffff:127.0.0.1", "64:ff9b::a00:1")]
    [True, False, False, False, False]
    """
    number = ipaddress.ip_address(place.partition("%")[0])
    if isinstance(number, ipaddress.IPv6Address):
        if number.ipv4_mapped:
            return is_public(str(number.ipv4_mapped))
        if any(number in network for network in NAT):
            return False
    return number.is_global and not number.is_multicast


def _connection(parts: SplitResult, place: str) -> http.client.HTTPConnection:
    """A line to the number of a name; the certificate is still asked for the name."""
    host = parts.hostname or ""
    made: http.client.HTTPConnection
    if parts.scheme == "https":
        made = http.client.HTTPSConnection(host, parts.port, timeout=SECONDS, context=ssl.create_default_context())
    else:
        made = http.client.HTTPConnection(host, parts.port, timeout=SECONDS)
    port = made.port
    made._create_connection = lambda *_where, **_more: socket.create_connection((place, port), SECONDS)  # type: ignore[attr-defined]
    return made
