"""The error messages for files that the operating system cannot read or write."""

from __future__ import annotations

import errno
from pathlib import Path

from ripieno.errors import FileError, printable

NO_SUCH_FILE = "there is no such file; check the name and the folder"
IMPOSSIBLE_NAME = "no name that a file can have; choose another name"  # one with a NUL in it
MAY_NOT_WRITE = "you may not write there; choose another folder"
NO_FOLDER = "a file, where a folder is needed; choose another name"
DISK_FULL = "the disk is full; make room and save once more"
WRITE_FAULTS = {
    errno.ENOSPC: DISK_FULL,
    errno.EDQUOT: DISK_FULL,
    errno.EFBIG: "the disk takes no file of this size; choose another folder",
    errno.EACCES: MAY_NOT_WRITE,
    errno.EPERM: MAY_NOT_WRITE,
    errno.EROFS: MAY_NOT_WRITE,
    errno.EEXIST: NO_FOLDER,
    errno.ENOTDIR: NO_FOLDER,
    errno.ENAMETOOLONG: "its name is too long; choose a shorter one",
}


def unreadable(path: Path, exc: OSError) -> FileError:
    """The error for a file that could not be read, from the operating system's error."""
    if isinstance(exc, (FileNotFoundError, NotADirectoryError)):
        fault = NO_SUCH_FILE
    elif isinstance(exc, PermissionError):
        fault = "you may not read it; ask whom it belongs to"
    else:
        fault = f"cannot be read ({exc.strerror}); copy it to another folder and try that"
    return FileError(printable(str(path)), fault)


def unwritable(path: Path, exc: OSError) -> FileError:
    """The error for a file that could not be written, from the operating system's error."""
    other = f"cannot be written ({exc.strerror}); nothing was changed; choose another folder"
    return FileError(printable(str(path)), WRITE_FAULTS.get(exc.errno or 0, other))
