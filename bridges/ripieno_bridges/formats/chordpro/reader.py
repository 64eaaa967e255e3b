"""ChordPro files -> what they say, by https://www.chordpro.org/chordpro/chordpro-file-format-specification.

Of the directives those count that say what sounds: grids, tablature and other blocks that are no words,
choruses that come again, transposition and capo. All others say how a song looks, or who wrote it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from ripieno.errors import FileError, RequestError, count_text, short
from ripieno_bridges.formats.chordpro.grid import CellError, grid_measures
from ripieno_bridges.formats.chordpro.sheet import (
    ChordProError,
    ChordSheet,
    Row,
    SheetChord,
    letters_of,
    read_chord,
)
from ripieno_bridges.formats.decode_text import decode_text

MAX_BYTES = 256 * 1024
MAX_WORDS = 1000  # also of chords; long songs have half of them
MAX_LINE = 4000  # letters
MAX_CAPO = 24  # semitones, also of a transposition
DIRECTIVE = re.compile(r"\{\s*([^\s:}]+)\s*:?\s*(.*?)\s*\}")
MARKUP = re.compile(r"</?[A-Za-z][^<>]*>")
LINE_END = re.compile("\r\n|\n|\r")
STARTS = {"soc": "chorus", "sov": "verse", "sob": "bridge", "sot": "tab", "sog": "grid"}
ENDS = ("eoc", "eov", "eob", "eot", "eog")
NO_WORDS = ("tab", "abc", "ly", "svg", "textblock", "strum")  # blocks that are passed over
VALUE = re.compile(r'(?:value\s*=\s*)?["\']?([+-]?\d+)[sf]?["\']?')


def read_chordpro(data: bytes, file: str) -> ChordSheet:
    """The first song of a ChordPro file. Raises FileError, for a fault in a line with its place."""
    if len(data) > MAX_BYTES:
        raise FileError(file, f"larger than {MAX_BYTES >> 10} KB; give ripieno one song at a time")
    text = decode_text(data)
    if "\0" in text:
        raise FileError(file, "not a text but other data; a ChordPro file is a text with [C] over its words")
    song = SongReader(file)
    for number, line in whole_lines(text):
        if not song.read_line(number, line):
            break
    return song.sheet()


def whole_lines(text: str) -> Iterator[tuple[int, str]]:
    """(number of its first line, line) with those joined that a backslash continues; no remarks (#)."""
    joined, first = "", 1
    for number, line in enumerate(LINE_END.split(text), 1):
        if not joined:
            first = number
        joined += line.lstrip() if joined else line
        if joined.endswith("\\"):
            joined = joined[:-1] or " "
            continue
        if not joined.startswith("#"):
            yield first, joined
        joined = ""
    if joined:
        yield first, joined


class SongReader:
    """Reads the lines of a song in order."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.words: list[str] = []
        self.chords: list[SheetChord] = []
        self.grid: list[Row] = []
        self.remarks: list[str] = []
        self.letters = 0
        self.block = ""  # the block that is read: "verse", "grid" ...; empty outside of all
        self.passed_over = False  # whether that is one for other performers
        self.chorus: list[tuple[int, str]] = []  # the lines of the last one
        self.moves: list[int] = []  # transpositions, the last one holds
        self.capo = 0

    def sheet(self) -> ChordSheet:
        """What was read. Raises FileError where there is no chord in it."""
        if not any(chord.word.chord for chord in self.chords) and not self.grid:
            fault = "there is no chord in it; write them over the words, as in [C]Twinkle, or in a grid"
            raise FileError(self.file, fault)
        if self.capo:
            self.remarks.append(
                f"{self.file}: with its capo the chords sound {count_text(self.capo, 'semitone')} higher "
                "than they are written; take the line out if the melody is written as the chords are"
            )
        return ChordSheet(
            self.file, tuple(self.words), tuple(self.chords), tuple(self.grid), tuple(self.remarks)
        )

    @property
    def semitones(self) -> int:
        """How much higher the chords sound than they are written."""
        return self.capo + (self.moves[-1] if self.moves else 0)

    def read_line(self, number: int, line: str) -> bool:
        """Read a line; returns whether the song goes on."""
        if len(line) > MAX_LINE:
            fault = f"more than {MAX_LINE} letters in a line; break it into several"
            raise ChordProError(self.file, number, MAX_LINE + 1, fault)
        if max(len(self.words), len(self.chords), len(self.grid)) > MAX_WORDS:
            raise FileError(self.file, f"more than {MAX_WORDS} words; give ripieno one song at a time")
        plain = line.strip()
        if plain.startswith("{"):
            found = DIRECTIVE.fullmatch(plain)
            if found is None:
                column = line.index("{") + 1
                raise ChordProError(
                    self.file, number, column, 'the directive does not end; close it with "}" on its line'
                )
            return self.read_directive(number, found[1].lower(), found[2])
        if self.passed_over or self.block in NO_WORDS:
            return True
        if self.block == "grid":
            self.read_grid(number, line)
            return True
        if self.block == "chorus":
            self.chorus.append((number, line))
        self.read_words(number, line)
        return True

    def read_directive(self, number: int, name: str, value: str) -> bool:
        """Do what a directive says; returns whether the song goes on."""
        name, _, performer = name.partition("-")
        name = f"start_of_{STARTS[name]}" if name in STARTS else name
        if name in ("new_song", "ns") and (self.words or self.chords or self.grid):
            self.remarks.append(f"{self.file}: only its first song is read")
            return False
        if name.startswith("start_of_"):
            self.block, self.passed_over = name.removeprefix("start_of_"), bool(performer)
            if self.block == "chorus":
                self.chorus = []
        elif name.startswith("end_of_") or name in ENDS:
            self.block, self.passed_over = "", False
        elif performer:
            return True  # for an instrument or a reader of the sheet
        elif name == "chorus":
            for place, line in self.chorus:
                self.read_words(place, line)
        elif name == "transpose" and not value:
            self.moves = self.moves[:-1]
        elif name == "transpose":
            self.moves.append(self.number_of(number, name, value))
        elif name == "capo":
            self.capo = self.number_of(number, name, value)
        return True

    def number_of(self, number: int, name: str, value: str) -> int:
        """The semitones of a directive. number: of its line."""
        found = VALUE.fullmatch(value)
        semitones = int(found[1]) if found and len(found[1]) < 4 else MAX_CAPO + 1
        least = 0 if name == "capo" else -MAX_CAPO
        if not least <= semitones <= MAX_CAPO:
            fault = f'"{short(value)}" is no {name}; give semitones from {least} to {MAX_CAPO}'
            raise ChordProError(self.file, number, 1, fault)
        return semitones

    def read_grid(self, number: int, line: str) -> None:
        """Add the measures of a grid's line."""
        try:
            self.grid += grid_measures(line, self.grid, self.semitones)
        except CellError as error:
            raise ChordProError(self.file, number, error.column, str(error)) from error

    def read_words(self, number: int, line: str) -> None:
        """Add the words of a line and the chords over them."""
        sung = ""
        begins = len(self.chords)
        end = 0
        while (start := line.find("[", end)) >= 0:
            close = line.find("]", start)
            if close < 0:
                fault = 'the chord does not end; close it with "]"'
                raise ChordProError(self.file, number, start + 1, fault)
            sung += line[end:start]
            self.read_symbol(
                number, start + 1, line[start + 1 : close], self.letters + len(plain_letters(sung))
            )
            end = close + 1
        sung += line[end:]
        after = self.letters + len(plain_letters(sung))
        here = self.chords[begins:]
        letters = [*(chord.letter for chord in here), after]
        self.chords[begins:] = [
            SheetChord(chord.word, letter, on_word=behind > letter, line=number)
            for chord, (letter, behind) in zip(here, pairwise(letters), strict=True)
        ]
        self.letters = after
        self.words += [letters_of(word) for word in unmarked(sung).split() if letters_of(word)]

    def read_symbol(self, number: int, column: int, text: str, letter: int) -> None:
        """Add what stands in brackets, unless that is a remark. letter: as of ``SheetChord``."""
        text = unmarked(text).strip()
        if not text or text.startswith("*") or not text.strip("|/%.- "):
            return
        try:
            word = read_chord(text, self.semitones)
        except RequestError as error:
            raise ChordProError(self.file, number, column, str(error)) from error
        self.chords.append(SheetChord(word, letter, on_word=False, line=number))


def unmarked(text: str) -> str:
    """A text without its markup, such as <b>."""
    return MARKUP.sub("", text)


def plain_letters(text: str) -> str:
    return letters_of(unmarked(text))
