"""Memory that a large document took goes back to the system, where it would otherwise stay with us.

This is for glibc, which keeps what was freed for later; where there is another library, nothing is done.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache

LARGE_BYTES = 1 << 20
MMAP_THRESHOLD = -3  # glibc's M_MMAP_THRESHOLD


def set_large_blocks_apart() -> None:
    """From now on, whatever takes ``LARGE_BYTES`` goes back at once when it is freed.

    For a server, in which documents pass through; the engine computes with such blocks, and needs them again.
    """
    mallopt = of_glibc("mallopt")
    if mallopt is not None:
        mallopt(MMAP_THRESHOLD, LARGE_BYTES)


def give_back() -> None:
    """Give back what is free now."""
    malloc_trim = of_glibc("malloc_trim")
    if malloc_trim is not None:
        malloc_trim(0)


@cache
def of_glibc(name: str) -> Callable[..., int] | None:
    """A function of the C library; None where it has no such one."""
    try:
        found: Callable[..., int] = getattr(ctypes.CDLL(None), name)
    except (OSError, AttributeError, TypeError):  # TypeError: Windows
        return None
    return found
