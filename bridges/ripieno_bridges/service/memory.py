"""Memory that a large document took goes back to the system, where it would otherwise stay with us."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache

LARGE_BYTES = 1 << 20  # a request with so much is worth it


def give_back() -> None:
    """Give free memory back. Does nothing where the C library cannot: other than glibc's keep less."""
    trim = malloc_trim()
    if trim is not None:
        trim(0)


@cache
def malloc_trim() -> Callable[[int], int] | None:
    """Glibc's function of this name; None where there is no such library."""
    try:
        found: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError, TypeError):
        return None
    return found
