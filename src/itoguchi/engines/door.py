"""How an engine is used alone: one problem as JSON on standard input, its answer or its refusal on standard output."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any


class Refused(ValueError):  # noqa: N818, said as people say it
    """What an engine can do nothing with; `where` names the place, `cure` what to do."""

    def __init__(self, where: str, message: str, cure: str) -> None:
        super().__init__(f"{where}: {message}. {cure}.")
        self.where, self.message, self.cure = where, message, cure


def run(answer_to: Callable[[Any], dict[str, Any]]) -> int:
    """Print the answer and return 0, or print the refusal, `{"error": {where, message, cure}}`, and return 2."""
    try:
        given = json.load(sys.stdin)
    except (ValueError, RecursionError) as error:
        answer = _refusal(Refused("input", f"this is no JSON ({error})", "Send JSON in UTF-8"))
    else:
        try:
            answer = answer_to(given)
        except Refused as error:
            answer = _refusal(error)
    print(json.dumps(answer, ensure_ascii=False))  # noqa: T201, this is the door
    return 2 if "error" in answer else 0


def _refusal(error: Refused) -> dict[str, Any]:
    return {"error": {"where": error.where, "message": error.message, "cure": error.cure}}
