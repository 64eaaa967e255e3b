"""The pitch of a written note: its letter, octave marks and accidental, its key and the measure so far."""

from __future__ import annotations

from fractions import Fraction

from ripieno_bridges.formats.abc.errors import quoted, refuse
from ripieno_bridges.formats.abc.events import AbcNote
from ripieno_bridges.formats.abc.keys import ACCIDENTAL_ALTERS, AbcKey, signature
from ripieno_bridges.formats.abc.tokens import Token

LOWEST_OCTAVE, HIGHEST_OCTAVE = -1, 9
MAX_ALTER = 2  # semitones


def read_pitch(token: Token, key: AbcKey, accidentals: dict[str, Fraction], shift: int) -> AbcNote:
    """The note of a token, not tied. Raises LineError for one that nobody plays.

    accidentals: what holds in this measure so far, by step in all octaves; a written one is added. shift: the
    octaves by which the voice sounds higher than it is written.
    """
    letter, marks = token.parts["letter"], token.parts.get("octave", "")
    octave = 4 + letter.islower() + marks.count("'") - marks.count(",") + shift
    if not LOWEST_OCTAVE <= octave <= HIGHEST_OCTAVE:
        refuse(token.column, f"{quoted(token.text)} is beyond what anybody plays; choose another octave")
    step = letter.upper()
    if "accidental" in token.parts:
        accidentals[step] = written_alter(token)
        return AbcNote(step, octave, accidentals[step], shown=True)
    if step in accidentals:
        return AbcNote(step, octave, accidentals[step])
    signed = key.alters[step]
    return AbcNote(step, octave, Fraction(signed), shown=signed != signature(key.fifths)[step])


def written_alter(token: Token) -> Fraction:
    """The accidental of a token in semitones; "^/" is half a sharp, "^3/2" one and a half."""
    alter = Fraction(ACCIDENTAL_ALTERS[token.parts["accidental"]])
    if micro := token.parts.get("micro"):
        over, under = micro.split("/")
        divisor = int(under[:4]) if under else 2
        if not divisor:
            refuse(token.column, f"{quoted(token.text)} divides by 0; write an accidental such as ^ or ^/")
        alter *= Fraction(int(over[:4]) if over else 1, divisor)
        if abs(alter) > MAX_ALTER:
            refuse(token.column, f"{quoted(token.text)} is beyond a double accidental; write another note")
    return alter
