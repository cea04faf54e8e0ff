"""Results of queries, remembered until anything in the database changes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from threading import Lock
from typing import Any, TypeVar

from django.db import connection
from django.utils.translation import get_language

from itoguchi.core.queries import state_of_records

Result = TypeVar("Result")


def remembered(*, most: int = 32) -> Callable[[Callable[..., Result]], Callable[..., Result]]:
    """Decorator for a function that only reads: called again, it answers from memory while the database is the same.

    The state of the records is asked for each time (1 query). Inside a transaction, which sees its own writes, nothing
    is remembered.
    """

    def decorate(function: Callable[..., Result]) -> Callable[..., Result]:
        known: OrderedDict[tuple[Any, ...], Result] = OrderedDict()
        lock = Lock()

        @wraps(function)
        def answer(*arguments: Any) -> Result:
            if connection.in_atomic_block:
                return function(*arguments)
            key = (state_of_records(), get_language(), *arguments)
            with lock:
                if key in known:
                    known.move_to_end(key)
                    return known[key]
            found = function(*arguments)
            with lock:
                known[key] = found
                while len(known) > most:
                    known.popitem(last=False)
            return found

        return answer

    return decorate
