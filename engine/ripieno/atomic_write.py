"""Writing files so that a stop in the middle, or a full disk, leaves no half-written one.

The bytes go to a temporary file in the target's own folder and are flushed to disk; only then does the file
get its name, in one step of the file system. Errors are the operating system's: OSError, or ValueError for a
name with a NUL in it.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path


def replace_file(path: Path, data: bytes) -> None:
    """Write a file, over an old one where there is one. On an error the old one stays as it was."""
    with temporary_file(path, data) as temporary:
        temporary.replace(path)
    flush_folder(path.parent)


@contextlib.contextmanager
def temporary_file(target: Path, data: bytes) -> Iterator[Path]:
    """A new file beside ``target``, with these bytes on disk; removed at the end unless it was renamed."""
    temporary = target.parent / f".ripieno-{secrets.token_hex(8)}"
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        yield temporary
    finally:
        with contextlib.suppress(OSError, ValueError):
            temporary.unlink()


def link_new(temporary: Path, path: Path) -> None:
    """Give a finished file its name; FileExistsError, and nothing changed, where the name is taken."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links: reserve the name, then rename over it
        with path.open("xb"):
            pass
        try:
            temporary.replace(path)
        except OSError:
            path.unlink()
            raise


def flush_folder(folder: Path) -> None:
    """Flush a folder's entries, new names among them, to disk where the system can do that."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
