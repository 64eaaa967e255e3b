"""Loading and saving by a file's extension; nothing half written, nothing overwritten unasked."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

from ripieno.errors import FileError
from ripieno.score import Score
from ripieno_bridges.formats.musicxml.reader import Document

MUSICXML = (".musicxml", ".xml", ".mxl")
MIDI = (".mid", ".midi")
KINDS = "MusicXML (.musicxml, .xml, .mxl) or MIDI (.mid)"
MAX_BYTES = 32 * 1024 * 1024
CHOOSE_OR_FORCE = "choose another name, or add --force to replace it"
MUSESCORE = (".mscz", ".mscx")


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A file as read. document: where it is MusicXML. remarks: what was left out, a sentence each."""

    path: Path
    score: Score
    document: Document | None
    remarks: tuple[str, ...] = ()


def load(path: Path) -> Source:
    """Read a score. Raises FileError or ScoreError, naming file, place, fault and way out."""
    return read_source(path, read_score_bytes(path))


def read_source(path: Path, data: bytes) -> Source:
    """The score in a file's bytes; the file itself is not looked at. Raises FileError or ScoreError."""
    return read_midi_source(path, data) if is_midi(path) else read_musicxml_source(path, data)


def is_midi(path: Path) -> bool:
    """Whether a file's name says that it is MIDI."""
    return path.suffix.lower() in MIDI


def read_score_bytes(path: Path) -> bytes:
    """A file's bytes, of a file whose name says that it is MusicXML or MIDI."""
    if path.suffix.lower() not in MUSICXML + MIDI + MUSESCORE:
        check_readable(path)  # a wrong name is the likelier fault
    check_kind(path)
    return read_bytes(path)


def check_kind(path: Path) -> None:
    """Raise FileError unless a file's name says that it is MusicXML or MIDI."""
    suffix, name = path.suffix.lower(), printable(path.name)
    if suffix in MUSESCORE:
        raise FileError(name, "a MuseScore file; in MuseScore choose File > Export > MusicXML")
    if suffix not in MUSICXML + MIDI:
        raise FileError(name, f"ripieno reads {KINDS}; export it as one of these")


def read_midi_source(path: Path, data: bytes) -> Source:
    """A MIDI file's bytes, read."""
    from ripieno_bridges.formats.midi import read_midi

    score, remarks = read_midi(data, printable(path.name))
    return Source(path, score, None, remarks)


def read_musicxml_source(path: Path, data: bytes) -> Source:
    """A MusicXML file's bytes, read."""
    from ripieno_bridges.formats.musicxml.reader import read_musicxml

    document = read_musicxml(data, printable(path.name))
    return Source(path, document.score, document)


def read_bytes(path: Path) -> bytes:
    """A file's bytes, of a file that is one and not absurdly large."""
    check_readable(path)
    try:
        with path.open("rb") as file:
            data = file.read(path.stat().st_size + 1)  # read takes the memory that it is told
    except OSError as exc:
        raise unreadable(path, exc) from exc
    if len(data) > MAX_BYTES:
        raise too_large(path)
    return data


def check_readable(path: Path) -> None:
    """Raise FileError unless this is a file, of a sensible size; a pipe or a device might never end."""
    try:
        status = path.stat()
    except ValueError as exc:  # a NUL in the name
        raise FileError(printable(str(path)), "there is no such file; check the name and the folder") from exc
    except OSError as exc:
        raise unreadable(path, exc) from exc
    if stat.S_ISDIR(status.st_mode):
        raise FileError(printable(str(path)), "a folder; name a score in it")
    if not stat.S_ISREG(status.st_mode):
        raise FileError(printable(str(path)), "not a file but a device; save the score as a file first")
    if status.st_size > MAX_BYTES:
        raise too_large(path)


def too_large(path: Path) -> FileError:
    """The error for a file that no score is as large as."""
    return FileError(
        printable(path.name), f"larger than {MAX_BYTES >> 20} MB; give ripieno one movement at a time"
    )


def unreadable(path: Path, exc: OSError) -> FileError:
    """The error for what the system said when a file was to be read."""
    if isinstance(exc, (FileNotFoundError, NotADirectoryError)):
        return FileError(printable(str(path)), "there is no such file; check the name and the folder")
    if isinstance(exc, PermissionError):
        return FileError(printable(str(path)), "you may not read it; ask whom it belongs to")
    return FileError(
        printable(str(path)), f"cannot be read ({exc.strerror}); copy it to another folder and try that"
    )


def printable(name: str) -> str:
    """A file's name for a message of one line."""
    return "".join(c if c.isprintable() else "?" for c in name)


def check_target(path: Path, *, force: bool) -> None:
    """Raise FileError, before any work, where a result could not be saved."""
    if path.suffix.lower() not in MUSICXML + MIDI:
        raise FileError(printable(path.name), f"ripieno writes {KINDS}; end the name with one of these")
    check_free(path, force=force)


def check_free(path: Path, *, force: bool) -> None:
    """Raise FileError where a file stands in the way, or there is no folder to save in."""
    name, folder = printable(str(path)), path.parent
    try:
        if path.is_dir():
            raise FileError(name, "a folder; name the file to write")
        if os.path.lexists(path) and not force:
            raise FileError(name, f"is there already; {CHOOSE_OR_FORCE}")
        if path.exists() and not path.is_file():
            raise FileError(name, "not a file but a device; choose another name")
        if not folder.is_dir():
            raise FileError(name, f"there is no folder {printable(str(folder))}; make it first")
        if not os.access(folder, os.W_OK):
            raise FileError(name, "you may not write there; choose another folder")
    except ValueError as exc:  # a NUL in the name
        raise FileError(name, "no name that a file can have; choose another name") from exc
    except OSError as exc:
        raise unwritable(path, exc) from exc


def save(path: Path, data: bytes, *, force: bool = False) -> None:
    """Write a file whole or not at all: a temporary file beside it, flushed to disk, then renamed.

    Without ``force`` an existing file is never replaced, even one that appeared a moment ago. With it, what
    a link leads to is replaced, not the link, and the new file may be read by whom the old one was.
    """
    check_free(path, force=force)
    try:
        target = Path(os.path.realpath(path)) if force else path
        temporary = target.parent / f".ripieno-{secrets.token_hex(8)}"
        try:
            with temporary.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            if force:
                if target.exists():
                    temporary.chmod(stat.S_IMODE(target.stat().st_mode))
                temporary.replace(target)
            else:
                link_new(temporary, target)
        finally:
            with contextlib.suppress(OSError):
                temporary.unlink()
    except FileExistsError as exc:
        raise FileError(printable(str(path)), f"is there already; {CHOOSE_OR_FORCE}") from exc
    except ValueError as exc:  # a NUL in the name
        raise FileError(printable(str(path)), "no name that a file can have; choose another name") from exc
    except OSError as exc:
        raise unwritable(path, exc) from exc
    flush_folder(target.parent)


def link_new(temporary: Path, path: Path) -> None:
    """Give a finished file its name; FileExistsError, and nothing changed, where the name is taken."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links: hold the name, then rename over it
        with path.open("xb"):
            pass
        try:
            temporary.replace(path)
        except OSError:
            path.unlink()
            raise


def flush_folder(folder: Path) -> None:
    """Have the new name on disk too, where the system can; the file stands there in any case."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def unwritable(path: Path, exc: OSError) -> FileError:
    """The error for what the system said when a file was to be written."""
    faults = {
        errno.ENOSPC: "the disk is full; make room and save once more",
        errno.EDQUOT: "the disk is full; make room and save once more",
        errno.EFBIG: "the disk takes no file of this size; choose another folder",
        errno.EACCES: "you may not write there; choose another folder",
        errno.EPERM: "you may not write there; choose another folder",
        errno.EROFS: "you may not write there; choose another folder",
        errno.ENAMETOOLONG: "its name is too long; choose a shorter one",
    }
    said = f"cannot be written ({exc.strerror}); nothing was changed; choose another folder"
    return FileError(printable(str(path)), faults.get(exc.errno or 0, said))


def named(path: Path, number: int) -> Path:
    """The name of the nth alternative: out.musicxml, out-2.musicxml, ..."""
    return path if number == 1 else path.with_name(f"{path.stem}-{number}{path.suffix}")
