"""The interfaces of ripieno: Python, files, the command line, OSC and HTTP. Only this package knows formats.

``open_score`` and ``compose`` are the Python interface. They are imported when they are first used, so that
importing a module of this package loads nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ripieno_bridges.piece import GivenPiece, Version, compose, open_score

__all__ = ["GivenPiece", "Version", "compose", "open_score"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from ripieno_bridges import piece

    return getattr(piece, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
