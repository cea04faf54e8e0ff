"""Results of queries, remembered until anything in the database changes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from threading import Lock
from typing import Any, TypeVar

from django.db import connection
from django.utils.translation import get_language

Result = TypeVar("Result")

_states: ContextVar[dict[str, str] | None] = ContextVar("states of the rooms", default=None)


@contextmanager
def one_state() -> Iterator[None]:
    """For who only reads: the state of the records is asked for once, and all that is shown together is of it."""
    token = _states.set({})
    try:
        yield
    finally:
        _states.reset(token)


def _state_now(rooms: Sequence[str]) -> tuple[str, ...]:
    """The states of the rooms, or of all (1 query, or none after the first within `one_state`)."""
    from itoguchi.core.queries import states_of_rooms  # late: rooms offer their duties while models are still loaded

    kept = _states.get()
    states = kept or states_of_rooms()
    if kept is not None and not kept:
        kept.update(states)
    if not rooms:
        return connection.settings_dict["NAME"], states[""]
    return (
        connection.settings_dict["NAME"],
        *(
            state
            for room in rooms
            for name, state in sorted(states.items())
            if name == room or name.startswith(f"{room}_")
        ),
    )


def remembered(*, most: int = 32, of: Sequence[str] = ()) -> Callable[[Callable[..., Result]], Callable[..., Result]]:
    """Decorator for a function that only reads: called again, it answers from memory while the database is the same.

    `of` names the rooms whose tables it reads, where that is not all, or parts of them (`journal.track(part=…)`). The state of the records is asked for each time
    (1 query; once for a page, see `one_state`). Inside a transaction, which sees its own writes, nothing is remembered.
    """

    def decorate(function: Callable[..., Result]) -> Callable[..., Result]:
        known: OrderedDict[tuple[Any, ...], Result] = OrderedDict()
        lock = Lock()

        @wraps(function)
        def answer(*arguments: Any) -> Result:
            if connection.in_atomic_block:
                return function(*arguments)
            key = (_state_now(of), get_language(), *arguments)
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
