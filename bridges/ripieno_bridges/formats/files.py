"""Loading and saving scores by file extension; a file is saved whole, and never over another unasked."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ripieno.atomic_write import flush_folder, link_new, temporary_file
from ripieno.errors import FileError, RequestError, printable
from ripieno.score import Score
from ripieno_bridges.file_errors import IMPOSSIBLE_NAME, MAY_NOT_WRITE, NO_SUCH_FILE, unreadable, unwritable
from ripieno_bridges.formats.file_kinds import FAULTS
from ripieno_bridges.formats.score_lines import ScoreLine, lines_of_score
from ripieno_bridges.formats.size_limit import check_size

if TYPE_CHECKING:
    from ripieno_bridges.formats.abc.reader import AbcDocument
    from ripieno_bridges.formats.musicxml.reader import Document

MUSICXML = (".musicxml", ".xml", ".mxl")
MIDI = (".mid", ".midi")
ABC = (".abc",)
READABLE = (*MUSICXML, *MIDI, *ABC)
READABLE_KINDS = "MusicXML (.musicxml, .xml, .mxl), MIDI (.mid) or ABC (.abc)"
CHOOSE_OR_FORCE = "choose another name, or add --force to replace it"


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A file as read. document: MusicXML, which an ABC tune becomes, too; ``None`` for MIDI.

    remarks: what was left out, in sentences.
    midi: a MIDI file's bytes, whose events a result keeps; ``None`` unless its voices are those of the file.
    midi_lines: of a MIDI file, its lines.
    """

    path: Path
    score: Score
    document: Document | None
    remarks: tuple[str, ...] = ()
    midi: bytes | None = None
    midi_lines: tuple[ScoreLine, ...] = ()

    @property
    def lines(self) -> tuple[ScoreLine, ...]:
        """What was read for each voice of the score."""
        if self.document is not None:
            return self.document.lines
        return self.midi_lines or lines_of_score(self.score)

    @property
    def chord_track(self) -> ScoreLine | None:
        """The track of a MIDI file whose chords are the harmony of the piece."""
        return next((line for line in self.midi_lines if line.harmony is not None), None)


def load(path: Path) -> Source:
    """Read a score. Raises FileError or ScoreError, naming file, place, fault and way out."""
    return read_source(path, read_score_bytes(path))


def read_source(path: Path, data: bytes) -> Source:
    """The score in a file's bytes; the file itself is not looked at. Raises FileError or ScoreError."""
    if is_abc(path):
        return read_abc_source(path, data)
    return read_midi_source(path, data) if is_midi(path) else read_musicxml_source(path, data)


def is_midi(path: Path) -> bool:
    """Whether a file's name says that it is MIDI."""
    return path.suffix.lower() in MIDI


def is_abc(path: Path) -> bool:
    """Whether a file's name says that it is ABC."""
    return path.suffix.lower() in ABC


def result_suffix(path: Path) -> str:
    """How the name of a result ends where none is given: as the source, or .musicxml where it is ABC."""
    return ".musicxml" if is_abc(path) else path.suffix


def read_score_bytes(path: Path) -> bytes:
    """A file's bytes, of a file whose name says that it is a score."""
    if path.suffix.lower() not in READABLE and path.suffix.lower() not in FAULTS:
        check_readable(path)  # a wrong name is the likelier fault
    check_kind(path)
    return read_bytes(path)


def check_kind(path: Path) -> None:
    """Raise FileError unless a file's name says that it is MusicXML, MIDI or ABC."""
    suffix, name = path.suffix.lower(), printable(path.name)
    if suffix in FAULTS:
        raise FileError(name, FAULTS[suffix])
    if suffix not in READABLE:
        raise FileError(name, f"ripieno reads {READABLE_KINDS}; export it as one of these")


def read_midi_source(path: Path, data: bytes) -> Source:
    """The score in a MIDI file's bytes."""
    from ripieno_bridges.formats.midi import read_midi

    midi = read_midi(data, printable(path.name))
    return Source(path, midi.score, None, midi.remarks, data, midi.lines)


def read_musicxml_source(path: Path, data: bytes) -> Source:
    """The score in a MusicXML file's bytes."""
    from ripieno_bridges.formats.musicxml.reader import read_musicxml

    document = read_musicxml(data, printable(path.name))
    return Source(path, document.score, document, document.remarks)


def read_abc_source(path: Path, data: bytes) -> Source:
    """The score in an ABC file's bytes; of several tunes the first."""
    from ripieno_bridges.formats.abc.reader import read_abc

    return source_of_tune(path, read_abc(data, printable(path.name)))


def source_of_tune(path: Path, tune: AbcDocument) -> Source:
    """The score of a tune that an ABC file has."""
    source = read_musicxml_source(path, tune.data)
    return replace(source, remarks=(*tune.remarks, *source.remarks))


def with_one_tune(path: Path, data: bytes, tune: str | None) -> bytes:
    """The bytes of an ABC file without its other tunes. tune: the number or the title of the one that stays.

    Raises RequestError where there is none, or where the file is of another kind.
    """
    if tune is None:
        return data
    if not is_abc(path):
        raise RequestError("tune is for ABC files with several tunes; leave it out")
    from ripieno_bridges.formats.abc.tunes import keep_tune

    return keep_tune(data, tune, printable(path.name))


def read_bytes(path: Path) -> bytes:
    """A file's bytes. Raises FileError where it cannot be read, is no regular file, or is too large."""
    check_readable(path)
    try:
        with path.open("rb") as file:
            data = file.read(path.stat().st_size + 1)  # read sets aside as much memory as it may return
    except OSError as exc:
        raise unreadable(path, exc) from exc
    check_size(len(data), printable(path.name))
    return data


def check_readable(path: Path) -> None:
    """Raise FileError unless this is a regular file within the limit; a pipe or a device might never end."""
    try:
        status = path.stat()
    except ValueError as exc:  # a NUL in the name
        raise FileError(printable(str(path)), NO_SUCH_FILE) from exc
    except OSError as exc:
        raise unreadable(path, exc) from exc
    if stat.S_ISDIR(status.st_mode):
        raise FileError(printable(str(path)), "a folder; name a score in it")
    if not stat.S_ISREG(status.st_mode):
        raise FileError(printable(str(path)), "not a file but a device; save the score as a file first")
    check_size(status.st_size, printable(path.name))


def check_free(path: Path, *, force: bool) -> None:
    """Raise FileError where a file is in the way, or there is no folder to save in."""
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
            raise FileError(name, MAY_NOT_WRITE)
    except ValueError as exc:  # a NUL in the name
        raise FileError(name, IMPOSSIBLE_NAME) from exc
    except OSError as exc:
        raise unwritable(path, exc) from exc


def save(path: Path, data: bytes, *, force: bool = False) -> None:
    """Write a file whole or not at all. Raises FileError where it cannot be written.

    Without ``force`` an existing file is never replaced, even one that appeared a moment ago. With it, the
    target of a link is replaced, not the link, and the new file has the old one's permissions.
    """
    save_all([(path, data)], force=force)


def save_all(files: Iterable[tuple[Path, bytes]], *, force: bool = False) -> None:
    """Write several files as ``save`` does; none gets its name before all of them are on disk.

    files: one after the other, so that they may be made meanwhile.
    """
    with ExitStack() as temporaries:
        waiting: list[tuple[Path, Path, Path]] = []
        for path, data in files:
            check_free(path, force=force)
            with naming_faults(path):
                target = Path(os.path.realpath(path)) if force else path
                temporary = temporaries.enter_context(temporary_file(target, data))
            waiting.append((temporary, target, path))
        for temporary, target, path in waiting:
            with naming_faults(path):
                give_name(temporary, target, force=force)
    for folder in {target.parent for _, target, _ in waiting}:
        flush_folder(folder)


def give_name(temporary: Path, target: Path, *, force: bool) -> None:
    """Give a finished file its name, with the permissions of the one that it replaces."""
    if not force:
        link_new(temporary, target)
        return
    if target.exists():
        temporary.chmod(stat.S_IMODE(target.stat().st_mode))
    temporary.replace(target)


@contextmanager
def naming_faults(path: Path) -> Iterator[None]:
    """Turn what the system says of a file that cannot be written into a FileError."""
    try:
        yield
    except FileExistsError as exc:
        raise FileError(printable(str(path)), f"is there already; {CHOOSE_OR_FORCE}") from exc
    except ValueError as exc:  # a NUL in the name
        raise FileError(printable(str(path)), IMPOSSIBLE_NAME) from exc
    except OSError as exc:
        raise unwritable(path, exc) from exc


def alternative_path(path: Path, number: int) -> Path:
    """The name of the nth alternative: out.musicxml, out-2.musicxml, ..."""
    return path if number == 1 else path.with_name(f"{path.stem}-{number}{path.suffix}")
