"""What a ChordPro file says: chords over words, and grids of chords."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from ripieno.errors import FileError, RequestError
from ripieno.harmony.progression_text import NO_CHORD, HarmonyWord
from ripieno.harmony.symbol_text import chord_text, parse_chord
from ripieno.score import fifths_shift

Row = tuple[HarmonyWord, ...]  # a measure of a grid


class ChordProError(FileError):
    """A fault at a place of a ChordPro file. line, column: from 1, as editors count."""

    def __init__(self, file: str, line: int, column: int, fault: str) -> None:
        self.line, self.column = line, column
        super().__init__(file, f"line {line}, column {column}: {fault}")


@dataclass(frozen=True, slots=True)
class SheetChord:
    """A chord over words. word: its symbol; without a chord, none sounds from here on.

    letter: how many letters of the words stand before it. on_word: whether some stand behind it on its line,
    before the next chord; else it sounds after what was sung. line: of the file, from 1.
    """

    word: HarmonyWord
    letter: int
    on_word: bool
    line: int


@dataclass(frozen=True, slots=True)
class ChordSheet:
    """A song. words: their letters alone, see ``letters_of``. grid: the measures of all its grids.

    remarks: on what was passed over or changed, in sentences.
    """

    file: str
    words: tuple[str, ...]
    chords: tuple[SheetChord, ...]
    grid: tuple[Row, ...]
    remarks: tuple[str, ...] = ()


def letters_of(text: str) -> str:
    """The letters and digits of a text in small, without accents, so that spellings can be compared."""
    return "".join(c for c in unicodedata.normalize("NFKD", text).casefold() if c.isalnum())


@lru_cache(maxsize=200)
def read_chord(text: str, semitones: int) -> HarmonyWord:
    """A chord's word, so many semitones higher. Raises RequestError where it is no chord."""
    plain = text.strip()
    if plain.startswith("(") and plain.endswith(")"):  # played as one likes
        plain = plain[1:-1].strip()
    if plain.lower() in NO_CHORD:
        return HarmonyWord(plain)
    try:
        chord = parse_chord(plain).moved(fifths_shift(semitones, (0,)))
    except RequestError as error:
        raise RequestError(f"{error}; a remark is written [*like this]") from error
    return HarmonyWord(chord_text(chord), chord=chord)
