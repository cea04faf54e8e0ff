"""Lines of the log, as text or JSON, without personal data: errors keep their places in the code, not their values."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

_number: ContextVar[str] = ContextVar("number", default="")
# What these say may hold a path with a sign-in name or a header of a visitor.
TALKATIVE = ("django.", "procrastinate.")


@contextmanager
def numbered(number: str) -> Iterator[None]:
    """Every line written inside bears the number of the request."""
    token = _number.set(number)
    try:
        yield
    finally:
        _number.reset(token)


class Line(logging.Formatter):
    """One record as one line."""

    def __init__(self, *, as_json: bool = False) -> None:
        super().__init__()
        self.as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        said: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": self._message(record),
        }
        if number := _number.get():
            said["request"] = number
        said |= getattr(record, "facts", {})
        if record.exc_info and record.exc_info[1]:
            said["error"] = _trace(record.exc_info[1])
        if self.as_json:
            return json.dumps(said, ensure_ascii=False)
        return " ".join(f"{value}" if key in {"time", "level"} else f"{key}={value}" for key, value in said.items())

    @staticmethod
    def _message(record: logging.LogRecord) -> str:
        if record.name.startswith(TALKATIVE) and (record.args or record.exc_info):
            return "error" if record.exc_info else record.levelname.lower()
        return record.getMessage()


def _trace(error: BaseException | None) -> list[str]:
    """Kind of each error of the chain, and the places it came through; never its words, which may quote a record."""
    lines: list[str] = []
    while error is not None:
        state = getattr(error, "sqlstate", None)
        lines.append(type(error).__qualname__ + (f" {state}" if state else ""))
        lines += [f"{each.filename}:{each.lineno} {each.name}" for each in traceback.extract_tb(error.__traceback__)]
        error = error.__cause__ or error.__context__
    return lines
