"""The words of LilyPond's language: pitches, lengths, texts, names of variables."""

from __future__ import annotations

import re
from collections.abc import Collection
from fractions import Fraction

from ripieno.score import Key, Spelling, spelling_at
from ripieno_bridges.formats.notation.notation import NotatedValue, NoteHead

ALTERATIONS = {-2: "eses", -1: "es", 0: "", 1: "is", 2: "isis"}
SHORTENED = {"ees": "es", "aes": "as", "eeses": "eses", "aeses": "ases"}  # as Dutch says them
LONG_VALUES = {Fraction(8): "\\breve", Fraction(16): "\\longa", Fraction(32): "\\maxima"}
NUMBERS = (
    *("Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten"),
    *("Eleven", "Twelve", "Thirteen", "Fourteen", "Fifteen", "Sixteen", "Seventeen", "Eighteen", "Nineteen"),
)
PLAIN_SYLLABLE = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*[,.;:!?]*")


def pitch_name(step: str, alter: int) -> str:
    """A pitch without its octave: fis, es."""
    name = step.lower() + ALTERATIONS[alter]
    return SHORTENED.get(name, name)


def pitch_text(spelling: Spelling, octave: int) -> str:
    """A pitch, with the marks of its octave. octave: that of pitches without one."""
    away = spelling.octave - octave
    return pitch_name(spelling.step, spelling.alter) + ("'" * away if away > 0 else "," * -away)


def octave_text(octave: int) -> str:
    """A C of an octave: c' for 4."""
    return pitch_text(Spelling("C", 0, octave), 3)


def length_text(value: NotatedValue) -> str:
    """The length of a note, such as 4. for a dotted quarter; of the triplet's notes as they are written."""
    base = LONG_VALUES.get(value.quarters) or str(4 / value.quarters)
    scale = "" if value.scale == 1 else f"*{value.scale}"
    return f"{base}{'.' * value.dots}{scale}"


def moment_text(quarters: Fraction) -> str:
    """A length as Scheme has it: 3/4 for three quarters."""
    return str(Fraction(quarters) / 4)


def heads_text(heads: Collection[NoteHead], octave: int) -> str:
    """A note or a chord, without its length; in a chord a tie stands at the note that it is for."""
    if len(heads) == 1:
        return pitch_text(next(iter(heads)).spelling, octave)
    apart = len({head.tied for head in heads}) > 1
    notes = (pitch_text(h.spelling, octave) + ("~" if apart and h.tied else "") for h in heads)
    return f"<{' '.join(notes)}>"


def key_text(key: Key) -> str:
    """A key signature."""
    mode = "minor" if key.mode == "minor" else "major"
    tonic = spelling_at(key.fifths + (3 if mode == "minor" else 0), 60)
    return f"\\key {pitch_name(tonic.step, tonic.alter)} \\{mode}"


def quoted(text: str) -> str:
    """A text between quotation marks."""
    plain = " ".join(text.split())
    escaped = plain.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def syllable_text(text: str) -> str:
    """A syllable, between quotation marks where it is more than letters."""
    return text if PLAIN_SYLLABLE.fullmatch(text) else quoted(text)


def number_word(number: int) -> str:
    """One, Two, ...: names of variables have no digits."""
    return NUMBERS[number] if number < len(NUMBERS) else "".join(NUMBERS[int(d)] for d in str(number))


def variable_name(text: str) -> str:
    """The words of a text as the name of a variable, "clarinetInBflat"; empty where it has no letters.

    Letters that are not English lose their accents.
    """
    import unicodedata

    def worded(found: re.Match[str]) -> str:
        return f" {number_word(int(found[0]))} "

    plain = unicodedata.normalize("NFKD", text.replace("♭", " flat").replace("♯", " sharp"))
    plain = re.sub(r"\d{1,3}", worded, plain.encode("ascii", "ignore").decode().replace("'", ""))
    words = re.findall("[A-Za-z]+", plain)
    return "".join(w.lower() if i == 0 else w[0].upper() + w[1:] for i, w in enumerate(words))
