"""Unpacking the score in an .mxl archive, with checks against zip bombs and other bad entries."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from pathlib import PurePosixPath

from ripieno.errors import FileError
from ripieno_bridges.formats.musicxml.safe_xml import EXPORT_AGAIN, check_text, excerpt, parse_safely
from ripieno_bridges.formats.size_limit import MAX_DOCUMENT_BYTES

MAX_RATIO = 100  # of a zip entry's size to its compressed size ...
ANY_RATIO = 1024 * 1024  # ... of entries larger than this; smaller ones do no harm
MAX_ENTRIES = 1000
CONTAINER = "META-INF/container.xml"
# The errors of zipfile's own code in a damaged archive, besides those of zip and zlib.
DAMAGE = (EOFError, KeyError, ValueError, OSError, RuntimeError, IndexError, OverflowError)


def unpack(data: bytes, file: str) -> tuple[bytes, str]:
    """(the score's bytes, its name in the archive). Raises FileError unless there is one, safe to unpack."""
    count = data.count(b"PK\x01\x02")  # before zipfile makes an object of each
    if count > MAX_ENTRIES:
        raise FileError(file, f"not an .mxl score: {count} files in it; {EXPORT_AGAIN}")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            check_entries(archive, file)
            name = root_file(archive, file)
            return read_entry(archive, name, file), name
    except (zipfile.BadZipFile, zlib.error, *DAMAGE) as exc:
        raise FileError(file, f"a damaged .mxl archive; {EXPORT_AGAIN}") from exc


def check_entries(archive: zipfile.ZipFile, file: str) -> None:
    """Raise FileError for zip bombs, encrypted entries, other compressions, and names that lead outside."""
    names = archive.namelist()
    if len(set(names)) < len(names):
        raise FileError(file, f"two files of one name in this .mxl archive; {EXPORT_AGAIN}")
    for entry in archive.infolist():
        path = PurePosixPath(entry.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or re.match(r"^[A-Za-z]:", entry.filename):
            name = excerpt(entry.filename)
            raise FileError(file, f'not an .mxl score: the name "{name}" in it leads outside; {EXPORT_AGAIN}')
        if entry.flag_bits & 1:
            raise FileError(file, f"locked with a password; {EXPORT_AGAIN}")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise FileError(file, f"packed in a way that .mxl does not know; {EXPORT_AGAIN}")
        largest = max(MAX_RATIO * entry.compress_size, ANY_RATIO)
        if entry.file_size > min(largest, MAX_DOCUMENT_BYTES):
            raise FileError(file, f"it would unpack to far more than a score; {EXPORT_AGAIN}")


def root_file(archive: zipfile.ZipFile, file: str) -> str:
    """The score's name, from the container file, or the only .xml or .musicxml entry."""
    names = archive.namelist()
    if CONTAINER in names:
        data = read_entry(archive, CONTAINER, file)
        container = parse_safely(data, check_text(data, file), file)
        paths = [e.get("full-path") for e in container.iter("{*}rootfile")]
        scores = [n for n in paths if n and not n.lower().endswith((".pdf", ".midi", ".mid", ".png"))]
        if scores and scores[0] in names:
            return scores[0]
    files = [n for n in names if n.lower().endswith((".xml", ".musicxml")) and not n.startswith("META-INF")]
    files = [n for n in files if not PurePosixPath(n).name.startswith(".")]  # a Mac's notes on its files
    there = files if len(files) == 1 else [n for n in files if is_score(archive, n)]
    if len(there) != 1:
        raise FileError(file, f"no single score in this .mxl archive; {EXPORT_AGAIN}")
    return there[0]


def is_score(archive: zipfile.ZipFile, name: str) -> bool:
    """Whether an entry begins as a score does."""
    with archive.open(name) as entry:
        start = entry.read(4096)
    return b"<score-partwise" in start or b"<score-timewise" in start


def read_entry(archive: zipfile.ZipFile, name: str, file: str) -> bytes:
    """One entry's bytes; whatever its header says, no more than the limit is unpacked."""
    with archive.open(name) as entry:
        data = entry.read(MAX_DOCUMENT_BYTES + 1)
    if len(data) > MAX_DOCUMENT_BYTES:
        raise FileError(file, f"it would unpack to far more than a score; {EXPORT_AGAIN}")
    return data
