"""How large a score may be: one limit for files, for what an .mxl archive unpacks to, and for uploads.

It stands in a file of its own, which imports no XML library, so that the servers can use it.
"""

from __future__ import annotations

from ripieno.errors import FileError

MAX_DOCUMENT_BYTES = 32 * 1024 * 1024  # the page's script has the same number


def check_size(size: int, file: str) -> None:
    """Raise FileError for a score of more bytes than the limit. file: the name that the error shows."""
    if size > MAX_DOCUMENT_BYTES:
        limit = f"larger than {MAX_DOCUMENT_BYTES >> 20} MB"
        raise FileError(file, f"{limit}; give ripieno one movement at a time")
