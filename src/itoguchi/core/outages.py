"""What passes by itself: a database that is away, restarting or full, and a disk without room."""

from __future__ import annotations

import errno

from django.db import InterfaceError, OperationalError

FULL = {errno.ENOSPC, errno.EDQUOT}
PATIENCE = 30  # seconds after which it is worth trying again


def is_passing(error: BaseException | None) -> bool:
    """Whether the same request may succeed later although nobody changes the program."""
    if isinstance(error, OSError):
        return error.errno in FULL
    return isinstance(error, OperationalError | InterfaceError)
