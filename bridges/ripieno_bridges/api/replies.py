"""Replies and events, in one form for every interface."""

from __future__ import annotations

import msgspec

from ripieno.ensembles.read import MIXED_CHOIR
from ripieno.errors import FileError, RangeError, RipienoError, ScoreError
from ripieno.harmony.chord_symbol import ChordSymbol
from ripieno.results import Fault, Result
from ripieno.score import Key, Note, Phrase, Score

OUR_FAULT = (
    "something went wrong inside ripieno, and it is not your fault; try again, or with another seed. "
    "The terminal where ripieno runs says more"
)


class Reply(msgspec.Struct, frozen=True, kw_only=True, tag="reply"):
    """The results, best first, and what reproduces them: the seed, the model and its weights.

    complete: False where a deadline came before the end. remarks: how the given notes were heard, where that
    is not as they are written, a sentence each.
    """

    results: tuple[Result, ...]
    seed: int
    model: str
    sha256: str
    milliseconds: int
    complete: bool = True
    remarks: tuple[str, ...] = ()


class DocumentLine(msgspec.Struct, frozen=True):
    """A line of a document.

    voice: the choir's voice that it is, or None. part: the name of its part. staff: counted from 0 at the
    top. notes: how many it has, of a chord one. melody: the value of the setting melody that chooses it.
    place: what tells it from other lines of its part, such as "staff 2". left: why it is left as it is; empty
    where it is a voice. number: its <voice> in the document where others share the staff, else None. empty:
    of a voice of the choir, in how many measures it is silent while another is not.
    """

    voice: str | None
    part: str
    staff: int
    notes: int
    melody: str = ""
    place: str = ""
    left: str = ""
    number: str | None = None
    empty: int = 0

    @property
    def sentence(self) -> str:
        """What became of it: ``"Piano", staff 2: left as it is, since "Voice" has the words``."""
        title = f'"{self.part}"' + (f", {self.place}" if self.place else "")
        if self.voice is not None:
            return f"{title} (line {self.melody}): read as the {self.voice}"
        return f"{title} (line {self.melody}): left as it is, since {self.left}"


class DocumentReply(msgspec.Struct, frozen=True, tag="document"):
    """The documents, MusicXML, one for each result of ``reply``.

    staves: for each voice or hand that a document has, its staff, counted from 0 at the top. moved: by how
    many semitones the piece was transposed first. remarks: what was left out or changed, a sentence each.
    lines: those of the document as it came; none where there was none. understood: the task in one line.
    """

    reply: Reply
    documents: tuple[bytes, ...]
    staves: dict[str, int]
    moved: int = 0
    remarks: tuple[str, ...] = ()
    lines: tuple[DocumentLine, ...] = ()
    understood: str = ""


class ReadReply(msgspec.Struct, frozen=True, tag="read"):
    """A document as it was read. document: MusicXML. score: its lines, named as in the document.

    key, phrases: as in ``Result``; None where no voices of a choir were found. ensemble: whose voices the
    lines are, by its name. voices: those that it has, highest first.
    """

    document: bytes
    score: Score
    lines: tuple[DocumentLine, ...]
    faults: tuple[Fault, ...]
    remarks: tuple[str, ...] = ()
    key: Key | None = None
    phrases: tuple[Phrase, ...] | None = None
    ensemble: str = MIXED_CHOIR.name
    voices: tuple[str, ...] = MIXED_CHOIR.names


class EncodedFile(msgspec.Struct, frozen=True):
    """A result as the bytes of a file, and remarks on what it does not have."""

    data: bytes
    remarks: tuple[str, ...]


class FilesReply(msgspec.Struct, frozen=True, tag="files"):
    """A file for each result of ``reply``. remarks, lines, understood: as in ``DocumentReply``."""

    reply: Reply
    files: tuple[EncodedFile, ...]
    remarks: tuple[str, ...]
    lines: tuple[DocumentLine, ...]
    understood: str


class ExportReply(msgspec.Struct, frozen=True, tag="export"):
    """A file of another kind, and what is not in it, a sentence each."""

    data: bytes
    remarks: tuple[str, ...] = ()


class FoundChord(msgspec.Struct, frozen=True):
    """A chord that fits somewhere. share: how probable the planner holds it there; None: it was typed."""

    symbol: ChordSymbol
    share: float | None = None


class ChordsReply(msgspec.Struct, frozen=True, tag="chords"):
    """The chords that fit a stretch, the likeliest first, and the one that was typed."""

    fitting: tuple[FoundChord, ...]
    typed: FoundChord | None = None


class CheckReply(msgspec.Struct, frozen=True, tag="check"):
    """The faults that the rules find, and remarks on what was not checked."""

    faults: tuple[Fault, ...]
    remarks: tuple[str, ...] = ()


AnyReply = Reply | DocumentReply | FilesReply | ReadReply | ExportReply | ChordsReply | CheckReply


class Progress(msgspec.Struct, frozen=True, tag="progress"):
    """The share that is done, 0 to 1."""

    fraction: float


class NewNotes(msgspec.Struct, frozen=True, tag="heard"):
    """New notes that will not change any more, while others are still made. notes: (voice, note)."""

    notes: tuple[tuple[int, Note], ...]


class Done(msgspec.Struct, frozen=True, tag="done"):
    """The request succeeded: its reply."""

    reply: AnyReply


class Place(msgspec.Struct, frozen=True):
    """Where in a document a fault is, as a musician says it."""

    file: str | None = None
    part: str | None = None
    measure: str | None = None
    beat: str | None = None


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """The request failed.

    code: one of docs/protocol.md. text: what is wrong and what to do, in one line. fault: the same without
    its place, which is in ``place`` as far as it is known. setting: one of a document's settings that would
    help.
    """

    code: str
    text: str
    fault: str | None = None
    place: Place | None = None
    setting: str | None = None


class Cancelled(msgspec.Struct, frozen=True, tag="cancelled"):
    """The request was cancelled."""


STOPPING = Failed("stopping", "ripieno is being stopped; start it again")
BUSY = Failed("busy", "too many requests wait already; try again in a moment")
Final = Done | Failed | Cancelled
Event = Progress | NewNotes | Final


def failure_of(exc: RipienoError) -> Failed:
    """The error as an event."""
    if isinstance(exc, ScoreError):
        measure = None if exc.measure is None else str(exc.measure)
        place = Place(exc.file, exc.part, measure, exc.beat)
        return Failed(
            exc.code, str(exc), exc.fault, place, "transpose" if isinstance(exc, RangeError) else None
        )
    if isinstance(exc, FileError):
        return Failed(exc.code, str(exc), exc.fault, Place(exc.file))
    return Failed(exc.code, str(exc))
