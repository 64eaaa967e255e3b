"""The bytes of an ABC file -> its tunes, each as numbered lines without comments."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from ripieno.errors import FileError
from ripieno_bridges.formats.abc.errors import AbcError
from ripieno_bridges.formats.decode_text import decode_text

MAX_BYTES = 2 * 1024 * 1024  # the largest printed collections are half of it
MAX_LINES = 60_000
MAX_LINE = 20_000  # letters
NO_TUNE = "there is no tune in it; a tune has a line X:1, a line with its key such as K:G, then its notes"
BREAK_IT = "break it into several"
COMMENT = re.compile(r"(?<!\\)%.*")
PERCENT = re.compile(r"\\(?:%|u0025)")
# "e:|" begins with a note, "e: " with the name of a field.
FIELD = re.compile(r"([A-Za-z+]):(.*)")
NOT_FIELD = re.compile(r"[A-Ga-gz]:[|:]")
BEGIN_TEXT = re.compile(r"%%begin(\w+)")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a tune. number: from 1. name: of its field, such as "K"; "%" for a directive; "" for music.

    text: after the name, without comments. column: where the text begins, from 1.
    """

    number: int
    name: str
    text: str
    column: int = 1


@dataclass(frozen=True, slots=True)
class Tune:
    """A tune's lines. number: its X:, "" without one. common: those of the file's own header."""

    number: str
    title: str
    lines: tuple[Line, ...]
    common: Sequence[Line] = ()

    @property
    def first_line(self) -> int:
        """The number of its first line."""
        return self.lines[0].number


@dataclass(slots=True)
class TuneBook:
    """The tunes of a file. remarks: on what belongs to none of them, in sentences."""

    tunes: list[Tune] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def decode(data: bytes, file: str) -> str:
    """The text of an ABC file: UTF-8, else Latin-1, which older files are in. Raises FileError."""
    if len(data) > MAX_BYTES:
        raise FileError(file, f"larger than {MAX_BYTES >> 20} MB; give ripieno a part of the tunes")
    text = decode_text(data)
    if "\0" in text:
        raise FileError(file, "not a text but other data; an ABC file is a text with X: and K: in it")
    return text


def read_lines(text: str, file: str) -> Iterator[Line]:
    """The lines that mean something; an empty one has the name "empty". Raises FileError for endless ones."""
    skipping = ""
    rows = re.split("\r\n|\n|\r", text)
    if len(rows) > MAX_LINES:
        raise FileError(file, f"more than {MAX_LINES} lines; give ripieno a part of the tunes")
    for number, raw in enumerate(rows, 1):
        if len(raw) > MAX_LINE:
            raise AbcError(file, number, MAX_LINE + 1, f"more than {MAX_LINE} letters in a line; {BREAK_IT}")
        if skipping:
            skipping = "" if re.match(rf"%%end{skipping}\b", raw) else skipping
        elif begin := BEGIN_TEXT.match(raw):
            skipping = begin[1]
        elif raw.startswith("%%"):
            yield Line(number, "%", raw[2:], 3)
        elif not raw.strip():
            yield Line(number, "empty", "")
        elif not raw.startswith("%"):
            plain = PERCENT.sub("%", COMMENT.sub("", raw).rstrip())
            found = None if NOT_FIELD.match(plain) else FIELD.fullmatch(plain)
            if found:
                yield Line(number, found[1], found[2], 3)
            elif plain:
                yield Line(number, "", plain)


def joined_fields(lines: Iterable[Line], file: str) -> list[Line]:
    """The lines with each +: put to the end of its field. Raises FileError for endless ones."""
    joined: list[Line] = []
    for line in lines:
        if line.name == "+" and joined and joined[-1].name not in ("", "empty"):
            before = joined[-1]
            if len(before.text) > MAX_LINE:
                fault = f"a field of more than {MAX_LINE} letters; {BREAK_IT}"
                raise AbcError(file, line.number, 1, fault)
            joined[-1] = Line(before.number, before.name, f"{before.text} {line.text.strip()}", before.column)
        elif line.name != "+":
            joined.append(line)
    return joined


def split_tunes(data: bytes, file: str) -> TuneBook:
    """The tunes of a file. One begins with X: and ends at an empty line; a file without X: is one tune.

    What the file says before its first tune holds for all. Raises FileError where there is no tune.
    """
    lines = joined_fields(read_lines(decode(data, file), file), file)
    if not any(line.name == "X" for line in lines):
        lines = [line for line in lines if line.name != "empty"]
        if not any(line.name == "K" for line in lines):
            raise FileError(file, NO_TUNE)
        return TuneBook([tune_of(lines, ())])
    book = TuneBook()
    common: list[Line] = []
    tune: list[Line] | None = None
    stray: list[int] = []
    for line in [*lines, Line(0, "empty", "")]:
        if line.name in ("X", "empty") and tune is not None:
            book.tunes.append(tune_of(tune, common))
            tune = None
        if line.name == "X":
            tune = [line]
        elif tune is not None:
            tune.append(line)
        elif not book.tunes and line.name not in ("", "empty"):
            common.append(line)
        elif looks_like_music(line):
            stray.append(line.number)
    if stray:
        which = (
            f"line {stray[0]} is" if len(stray) == 1 else f"{len(stray)} lines from line {stray[0]} on are"
        )
        book.remarks.append(f"{which} after an empty line, which ends a tune, and were left out")
    return book


def looks_like_music(line: Line) -> bool:
    """Whether a line outside a tune may have been meant as part of one."""
    return (line.name == "" and "|" in line.text) or line.name == "V"


def tune_of(lines: list[Line], common: Sequence[Line]) -> Tune:
    """A tune of these lines. common: those of the file's header."""
    titles = [line.text.strip() for line in lines if line.name == "T" and line.text.strip()]
    number = lines[0].text.strip() if lines[0].name == "X" else ""
    return Tune(number, titles[0] if titles else "", tuple(lines), common)
