"""The Python interface, for notebooks and scripts: a score in, versions with new voices out.

Light to import; torch and music21 are loaded with the first score.
"""

from __future__ import annotations

import os
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypedDict, Unpack

from ripieno.errors import FileError, RangeError, RequestError, count_text
from ripieno.harmony.harmony import HarmonyForm
from ripieno.results import Fault, Originality, Result
from ripieno.score import Key, Phrase, Score
from ripieno_bridges.api.checks import check_any_request
from ripieno_bridges.api.kinds import Argument, Number, Whole
from ripieno_bridges.api.music_text import measures_named
from ripieno_bridges.api.requests import (
    Accompaniment,
    DocumentChords,
    DocumentRequest,
    File,
    Layout,
    Performers,
    Request,
    Style,
    TaskName,
    Words,
)
from ripieno_bridges.api.settings import read_setting, settings_of
from ripieno_bridges.formats.ensemble_file import ensemble_or_file
from ripieno_bridges.formats.exports import check_target
from ripieno_bridges.formats.files import read_score_bytes, save

if TYPE_CHECKING:
    from ripieno_bridges.api.replies import DocumentLine, ReadReply
    from ripieno_bridges.service.document_task import TaskResult
    from ripieno_bridges.service.model_runner import ModelRunner

Progress = Callable[[float], object]
VoiceList = str | Sequence[str]  # "soprano,bass", or a list
Stream = Any  # of music21, which has no types that mypy could check

STREAM_FILE = "stream.musicxml"  # the name in errors about a music21 stream
VERSION_FILE = "version.musicxml"
MAX_SVG = 60_000  # Verovio's highest page, in tenths of a millimeter

_LOCK = threading.RLock()  # neither the models nor music21 are made for two threads at once


class TaskSettings(TypedDict, total=False):
    """The settings of every task. They mean the same as in docs/protocol.md; None is the same as left out."""

    model: str | None
    seed: int | None
    alternatives: int | None
    temperature: float | None
    top_p: float | None
    beam: int | None
    original: float | None
    threshold: float | None
    descent: Mapping[str, float] | None
    style: Style | None
    performers: Performers | None
    deadline: float | None
    chords: str | None
    numerals: str | None
    strict_chords: bool | None
    ensemble: str | Path | None
    range: str | None
    comfortable: str | None
    easy: bool | None
    write_chords: HarmonyForm | None
    piano_reduction: bool | None


class ComposeSettings(TaskSettings, total=False):
    """The settings of ``compose``. pickup: in quarters."""

    bars: int | None
    form: str | None
    key: str | None
    meter: str | None
    pickup: float | None
    layout: Layout | None


class ScoreSettings(TaskSettings, total=False):
    """The settings of every task on a score. transpose: semitones. melody: a part's name or number."""

    melody: str | int | None
    key: str | None
    transpose: int | Literal["auto"] | None
    strict_range: bool | None
    accompaniment: Accompaniment | None
    figures: str | None
    document_chords: DocumentChords | None


class HarmonizeSettings(ScoreSettings, total=False):
    """The settings of ``GivenPiece.harmonize``."""

    given: VoiceList | None
    voices: VoiceList | None
    phrases: str | int | None
    words: Words | None
    layout: Layout | None
    keyboard: bool | None


class ContinueSettings(ScoreSettings, total=False):
    """The settings of ``GivenPiece.continue_``."""

    bars: int | None


class InfillSettings(ScoreSettings, total=False):
    """The settings of ``GivenPiece.infill``."""

    voices: VoiceList | None
    phrases: str | int | None
    words: Words | None


class VarySettings(ScoreSettings, total=False):
    """The settings of ``GivenPiece.vary``."""

    amount: float | None
    given: VoiceList | None
    phrases: str | int | None
    words: Words | None


# -- scores in ---------------------------------------------------------------------------------------------


def open_score(
    source: str | os.PathLike[str] | Stream | Version, *, tune: str | int | None = None
) -> GivenPiece:
    """Read a score: a file (.musicxml, .xml, .mxl, .mid, .abc), a music21 stream, or a version to go on from.

    tune: of an ABC file with several tunes, the number or the title; None: the first. A file is read once; a
    stream is not changed. Raises FileError or ScoreError, and RequestError where there is no such tune.
    """
    from ripieno_bridges.service.document_sources import with_tune
    from ripieno_bridges.service.read_document import read_document

    if isinstance(source, Version):
        file = File(VERSION_FILE, source.musicxml().encode())
    elif isinstance(source, str | os.PathLike):
        file = File(str(source), read_score_bytes(Path(source)))
    else:
        file = File(STREAM_FILE, _bytes_of_stream(source))
    with _LOCK:
        file = with_tune(file, None if tune is None else str(tune))
        return GivenPiece(file, read_document(file))


def _bytes_of_stream(stream: Stream) -> bytes:
    """MusicXML of a music21 stream, written by music21 itself from a copy of it."""
    if "music21" not in sys.modules or not isinstance(stream, sys.modules["music21"].stream.Stream):
        raise TypeError(f"open_score takes a path, a music21 stream or a version, not {stream!r}")
    from music21.musicxml.m21ToXml import GeneralObjectExporter

    try:
        with _LOCK:
            return bytes(GeneralObjectExporter().parse(stream))
    except Exception as exc:  # music21 meets a stream that it does not expect with errors of its own code
        fault = f"music21 cannot write it as MusicXML ({exc}); give one Score or one Part"
        raise FileError(STREAM_FILE, fault) from exc


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class GivenPiece:
    """A score that was read. Its notes are never changed; each task returns new versions, the best first.

    file: its bytes as they came.

    The tasks take the settings of docs/protocol.md as keywords. progress: called with the share that is done,
    0 to 1; an exception that it raises ends the task. They raise RequestError for a setting that makes no
    sense, and other kinds of RipienoError where the task cannot be done.
    """

    file: File
    _read: ReadReply

    @property
    def score(self) -> Score:
        """Its notes."""
        return self._read.score

    @property
    def remarks(self) -> tuple[str, ...]:
        """What was left out, and what ``check`` does not look at; a sentence each."""
        return self._read.remarks

    @property
    def lines(self) -> tuple[DocumentLine, ...]:
        """Every line of it: which voice it is read as, or why it is left as it is."""
        return self._read.lines

    def __repr__(self) -> str:
        return f"<{Path(self.file.name).name}: {_extent(self.score)}>"

    def harmonize(
        self, *, progress: Progress | None = None, **settings: Unpack[HarmonizeSettings]
    ) -> tuple[Version, ...]:
        """Write the voices that are missing; for the piano, an accompaniment to a melody."""
        return _run("harmonize", self.file, settings, progress)

    def infill(
        self, *, measures: str | int, progress: Progress | None = None, **settings: Unpack[InfillSettings]
    ) -> tuple[Version, ...]:
        """Regenerate some measures of some voices. measures: their printed numbers, "5-8" or 5."""
        return _run("infill", self.file, settings, progress, measures=measures_named(str(measures)))

    def continue_(
        self, *, progress: Progress | None = None, **settings: Unpack[ContinueSettings]
    ) -> tuple[Version, ...]:
        """Go on after the end, for ``bars`` measures."""
        return _run("continue", self.file, settings, progress)

    def vary(
        self, *, progress: Progress | None = None, **settings: Unpack[VarySettings]
    ) -> tuple[Version, ...]:
        """Make variations. amount: how much may change, 0 to 1."""
        return _run("vary", self.file, settings, progress)

    def check(self) -> tuple[Fault, ...]:
        """Return the faults of the score's own voice leading, as ``ripieno check`` finds them.

        Raises ScoreError for what is no score for voices.
        """
        from ripieno.theory.rules import faults
        from ripieno_bridges.formats.voice_assignment import sung_voices
        from ripieno_bridges.service.document_sources import source_of

        with _LOCK:
            source = source_of(self.file)
        return tuple(faults(sung_voices(source.score, source.lines)[0]))

    def _repr_svg_(self) -> str | None:
        return _svg(self._read.document.decode())


def compose(*, progress: Progress | None = None, **settings: Unpack[ComposeSettings]) -> tuple[Version, ...]:
    """Compose a chorale, or a piece for the piano, out of nothing. See ``GivenPiece`` for the arguments."""
    return _run("compose", None, settings, progress)


# -- versions out ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Version:
    """One result of a task: the given document with new notes in it, or a new score.

    result: its notes, likelihood and parallels. number: 1 is the best of its task.
    """

    result: Result
    number: int
    _task: TaskResult

    @property
    def score(self) -> Score:
        """All its notes, given and new."""
        return self.result.score

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What a harmony teacher would mark in it. Empty for the piano: the rules are for voices."""
        return self.result.faults or ()

    @property
    def difference(self) -> str:
        """How it differs from the first: "closes on the dominant in measure 8"; empty for that one."""
        return self.result.difference

    @property
    def numerals(self) -> list[str]:
        """Its Roman numerals, one line a measure; none for the piano."""
        return self.result.numerals

    @property
    def originality(self) -> Originality | None:
        """What it has in common with the music that the model learned from; None where that is not known."""
        return self.result.originality

    @property
    def understood(self) -> str:
        """The task in one line: the melody, the key, what was written; empty for a new piece."""
        return self._task.understood

    @property
    def lines(self) -> tuple[DocumentLine, ...]:
        """Every line of the document: which voice it was read as, or why it was left as it is."""
        return self._task.lines

    @property
    def key(self) -> Key | None:
        """The home key of the given music or the new piece, as it was given or found; None for the piano."""
        return self.result.key

    @property
    def phrases(self) -> tuple[Phrase, ...]:
        """The phrases of the given melody, as given or found; none for a new piece and the piano."""
        return self.result.phrases or ()

    @property
    def seed(self) -> int:
        """The seed that gives the same notes again, with the same settings."""
        return self._task.reply.seed

    @property
    def model(self) -> str:
        """The name of the model that wrote it."""
        return self._task.reply.model

    @property
    def complete(self) -> bool:
        """False where the deadline came before its end."""
        return self.result.until is None

    @property
    def remarks(self) -> tuple[str, ...]:
        """What was left out or changed, a sentence each."""
        return (*self._task.remarks, *self._encoded(Path(VERSION_FILE))[1])

    def save(self, path: str | os.PathLike[str], *, force: bool = False) -> Path:
        """Write it to a file whose ending decides the kind: .musicxml, .mxl, .mid, .ly, .pdf, .abc ...

        force: replace a file that is there already. Raises FileError.
        """
        path = Path(path)
        with _with_note(FileError, "force=True replaces it", "--force"):
            check_target(path, force=force)
            save(path, self._encoded(path)[0], force=force)
        return path

    def musicxml(self) -> str:
        """Return it as a MusicXML document, in UTF-8."""
        from ripieno_bridges.formats.musicxml.safe_xml import as_utf8
        from ripieno_bridges.formats.musicxml.validate import check_document

        checked = check_document(self._encoded(Path(VERSION_FILE))[0], VERSION_FILE)
        return as_utf8(checked.data, checked.encoding).decode()

    def music21(self) -> Stream:
        """Return it as a music21 stream, read from its MusicXML by music21. Raises FileError."""
        from music21.converter import parseData

        from ripieno_bridges.formats.musicxml.reader import wrap_music21_errors

        with _LOCK, wrap_music21_errors(VERSION_FILE):
            return parseData(self.musicxml(), format="musicxml")

    def _encoded(self, path: Path) -> tuple[bytes, list[str]]:
        """(its bytes for a file of that name, remarks)"""
        return self._task.encode(self.result, path)

    def __repr__(self) -> str:
        made = f"{self.model}, seed {self.seed}"
        return f"<version {self.number} by {made}: {_extent(self.score)}{self._marks()}>"

    def _marks(self) -> str:
        """How many faults, warnings and remarks it has, for its repr."""
        from ripieno.theory.rules import SEVERITIES

        if self.result.faults is None:
            return ""
        counts = Counter(fault.severity for fault in self.faults)
        marks = [count_text(counts[severity], severity) for severity in SEVERITIES if counts[severity]]
        return f"; {', '.join(marks) or 'no faults'}"

    def _repr_svg_(self) -> str | None:
        return _svg(self.musicxml())


def _svg(musicxml: str) -> str | None:
    """A document as a picture for notebooks; None where Verovio is not installed."""
    try:
        import verovio
    except ImportError:
        return None
    toolkit = verovio.toolkit()
    toolkit.setOptions({"pageHeight": MAX_SVG, "adjustPageHeight": True, "scale": 40, "footer": "none"})
    return str(toolkit.renderToSVG(1)) if toolkit.loadData(musicxml) else None


def _extent(score: Score) -> str:
    """How large a score is: "4 voices, 8 measures"."""
    voices = sum(1 for voice in score.voices if voice.notes)
    return f"{count_text(voices, 'voice')}, {count_text(len(score.measures), 'measure')}"


# -- the work ----------------------------------------------------------------------------------------------


@cache
def _runner() -> ModelRunner:
    """The models of this process, which stay loaded."""
    from ripieno_bridges.service.model_runner import ModelRunner

    return ModelRunner()


def _run(
    task: TaskName,
    file: File | None,
    settings: Mapping[str, object],
    progress: Progress | None,
    measures: tuple[str, str] | None = None,
) -> tuple[Version, ...]:
    """Do a task as the command line and the servers do it."""
    fields = dict(_setting(task, name, value) for name, value in settings.items() if value is not None)
    of_document = {name: fields.pop(name) for name in DocumentRequest.__struct_fields__ if name in fields}
    request = Request(task=task, check=True, analyse=True, **fields)
    on_document = DocumentRequest(file=file, request=request, measures=measures, **of_document)
    check_any_request(on_document)
    from ripieno_bridges.service.document_task import do_task

    def report(fraction: float) -> None:
        if progress is not None:
            progress(fraction)

    note = "transpose='auto' moves it; given='alto', say, tells which voice a melody is"
    with _LOCK, _with_note(RangeError, note):
        done = do_task(_runner(), on_document, progress=report)
    return tuple(Version(result, number, done) for number, result in enumerate(done.reply.results, 1))


def _setting(task: TaskName, name: str, value: object) -> tuple[str, Any]:
    """(field, value) of a setting. Raises RequestError, which says what there is, or what it takes."""
    known = settings_of("python")
    if name == "ensemble":
        return name, ensemble_or_file(str(value))
    field, parsed = read_setting(name, _argument(value), known)
    tasks, kind = known[name].tasks, known[name].kind
    if task not in tasks:
        raise RequestError(f"{name} is for {' and '.join(tasks)}, not to {task}; leave it out")
    if isinstance(value, float) and isinstance(kind, Number) and not isinstance(kind, Whole):
        parsed = kind.from_json(float(value))  # with all its digits
    return field, parsed


def _argument(value: object) -> Argument:
    """A value as the table of settings reads it: a list or a dict as text."""
    match value:
        case int() | float() | str():
            return value
        case Real():
            return float(value)
        case Mapping():
            return ",".join(f"{name}={number:.12f}" for name, number in value.items())
        case Sequence():
            return ",".join(map(str, value))
    return str(value)


@contextmanager
def _with_note(kind: type[Exception], note: str, where: str = "") -> Iterator[None]:
    """Add a note to errors of a kind whose text contains ``where``; the text itself stays as it is."""
    try:
        yield
    except kind as exc:
        if where in str(exc):
            exc.add_note(note)
        raise
