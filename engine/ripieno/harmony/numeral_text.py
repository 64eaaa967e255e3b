"""Roman numerals as text: ``V65``, ``viio7/V``, ``bII6``, ``Ger65``, ``Cad64``, ``Vsus4``, in a key.

Upper case has a major third, lower case a minor one; "o" is diminished, "ø" half-diminished, "+" augmented.
In minor, III, VI and VII stand on the natural degrees (a flat before them changes nothing), vi and vii on the
raised ones, bvi and bvii on the natural ones. A seventh is the key's: IV7 in major is a major seventh. On a
root that the key lacks it is that of the minor key on its tonic, so that bVI7 is a major seventh and bVII7 a
dominant one. Keys are written as in RomanText: G major is "G:", G minor "g:".
(Tymoczko, Gotham, Cuthbert and Ariza, The RomanText Format, ISMIR 2019.)
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import NamedTuple

from ripieno.errors import RequestError, short
from ripieno.harmony.chord_symbol import MAJOR_SCALE, ChordDegree, ChordSymbol, Tone, tone_at
from ripieno.harmony.symbol_text import SIGNS, read_kind, read_tone
from ripieno.score import Key

ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii")
MINOR_SCALE_ALTERS = {3: -1, 6: -1, 7: -1}  # of the natural minor scale, from the major one
RAISED_WHEN_SMALL = (6, 7)  # the degrees of minor that lower case takes raised
MAJOR_SEVENTH_SEMITONES = 11
# What lies in the bass, as a degree above the root, and whether the chord has a seventh.
FIGURES: dict[str, tuple[int, bool]] = {
    **dict.fromkeys(("", "5", "53"), (1, False)),
    **dict.fromkeys(("6", "63"), (3, False)),
    "64": (5, False),
    **dict.fromkeys(("7", "75", "753"), (1, True)),
    **dict.fromkeys(("65", "653"), (3, True)),
    **dict.fromkeys(("43", "643"), (5, True)),
    **dict.fromkeys(("42", "2", "642"), (7, True)),
}
TRIADS = {"": "major", "m": "minor", "o": "diminished", "ø": "diminished", "+": "augmented"}
SEVENTHS = {
    "": "dominant",
    "m": "minor-seventh",
    "o": "diminished-seventh",
    "ø": "half-diminished",
    "+": "augmented-seventh",
}
WITH_MAJOR_SEVENTH: dict[str, tuple[str, tuple[ChordDegree, ...]]] = {
    "": ("major-seventh", ()),
    "+": ("augmented", (ChordDegree(7, 1),)),
}
WORDS = {"": "", "m": "m", "o": "dim", "ø": "m7b5", "+": "aug"}  # in chord symbols
WORDS_BEGIN = re.compile(r"(?!4$)[\d(#b]|[Mm]aj|M|Δ|sus|add|no|omit|alt")
AUGMENTED_SIXTHS = {
    **dict.fromkeys(("It", "It6"), "Italian"),
    **dict.fromkeys(("Fr", "Fr6", "Fr43"), "French"),
    **dict.fromkeys(("Ger", "Ger6", "Ger65"), "German"),
}
NAMES = {"N": "bII", "N6": "bII6", "N64": "bII64"}  # Neapolitan
CADENTIAL = ("Cad64", "Cad")
NUMERAL = re.compile(
    r"(?P<sign>#{0,2}|b{0,2})(?P<degree>VII|VI|IV|V|I{1,3}|vii|vi|iv|v|i{1,3})(?P<quality>[oø+]?)(?P<rest>.*)"
)
APPLIED = re.compile(r"(?P<chord>.+)/(?P<target>[#b]*[IViv]+[oø+]?)")
KEY_WORD = re.compile(r"(?P<tonic>[A-Ga-g](?:#|b|))(?P<minor>m?):")
MAX_LENGTH = 60
MAX_ACCIDENTALS = 7  # of a key signature
EXAMPLES = "I, ii6, V7, V65/V, viio7, bVI, N6, It6, Ger65, Cad64 or Vsus4"


class NumeralHome(NamedTuple):
    """The key in which a numeral is read. It may have more accidentals than a signature can."""

    tonic: Tone
    minor: bool


class Degree(NamedTuple):
    """A degree of the scale. alter: semitones from that of the major scale on the tonic."""

    value: int
    alter: int


def numeral_chord(text: str, key: Key) -> ChordSymbol:
    """The chord of a Roman numeral, spelled for the key. Raises RequestError for a text that is none."""
    minor = key.mode == "minor"
    return read_numeral(text, NumeralHome(tone_at(key.fifths + 3 * minor), minor))


def read_numeral(text: str, home: NumeralHome) -> ChordSymbol:
    """The chord of a numeral at home; of one behind a slash, in the key of that degree."""
    plain = "".join(text.split()).translate(SIGNS).replace("°", "o").replace("º", "o")
    applied = APPLIED.fullmatch(plain) if len(plain) <= MAX_LENGTH else None
    while applied is not None:  # V7/V/ii from behind: the last degree is at home
        target = NUMERAL.fullmatch(applied["target"])
        if target is None:
            raise no_numeral(text)
        root = home.tonic.above(*degree_of(target, home))
        home = NumeralHome(root, target["degree"].islower())
        plain = applied["chord"]
        applied = APPLIED.fullmatch(plain)
    if plain in AUGMENTED_SIXTHS:
        return ChordSymbol(home.tonic, AUGMENTED_SIXTHS[plain])
    if plain in CADENTIAL:
        plain = "i64" if home.minor else "I64"
    found = NUMERAL.fullmatch(NAMES.get(plain, plain)) if len(plain) <= MAX_LENGTH else None
    chord = None if found is None else chord_on(found, home)
    if chord is None:
        raise no_numeral(text)
    return chord


def chord_on(found: re.Match[str], home: NumeralHome) -> ChordSymbol | None:
    """The chord of a numeral's parts; ``None`` where what follows the degree is nothing that we know."""
    degree = degree_of(found, home)
    root = home.tonic.above(*degree)
    quality = found["quality"] or ("m" if found["degree"].islower() else "")
    rest = re.sub(r"(?<=\d)/(?=\d)", "", found["rest"])  # 6/5 is 65
    if rest not in FIGURES:
        return chord_with_words(root, quality, rest, degree, home)
    value, seventh = FIGURES[rest]
    seventh |= quality == "ø" and rest == ""
    chord = ChordSymbol(root, (SEVENTHS if seventh else TRIADS)[quality])
    if seventh and quality in WITH_MAJOR_SEVENTH and semitones_up(degree, 7, home) == MAJOR_SEVENTH_SEMITONES:
        kind, degrees = WITH_MAJOR_SEVENTH[quality]
        chord = ChordSymbol(root, kind, None, degrees)
    return chord if value == 1 else replace(chord, bass=chord.members[value])


def chord_with_words(
    root: Tone, quality: str, words: str, degree: Degree, home: NumeralHome
) -> ChordSymbol | None:
    """The chord of a degree whose kind goes on as a chord symbol's: "9", "sus4", "maj7", "(add9)"."""
    if words == "9" and not quality:  # its seventh and ninth are the key's
        words = "maj9" if semitones_up(degree, 7, home) == MAJOR_SEVENTH_SEMITONES else "9"
        words = words.replace("9", "7b9") if semitones_up(degree, 2, home) == 1 else words
    if not WORDS_BEGIN.match(words):
        return None
    named = read_kind(WORDS[quality] + words) or (read_kind(words) if "sus" in words else None)
    return None if named is None else ChordSymbol(root, named[0], None, named[1])


def degree_of(found: re.Match[str], home: NumeralHome) -> Degree:
    """The degree that a numeral stands on. A sign that says what is so anyway changes nothing."""
    name, sign = found["degree"], found["sign"]
    value = ROMAN.index(name.lower()) + 1
    alter = sign.count("#") - sign.count("b")
    if home.minor and value in MINOR_SCALE_ALTERS:
        raised = value in RAISED_WHEN_SMALL and name.islower()
        if raised:
            alter -= alter > 0
        elif alter >= 0:
            alter += MINOR_SCALE_ALTERS[value]
    return Degree(value, alter)


def semitones_up(degree: Degree, steps: int, home: NumeralHome) -> int:
    """From a degree to the tone of the key that many steps above it, counted from 1."""
    alters = MINOR_SCALE_ALTERS if home.minor or degree.alter else {}
    upper = (degree.value + steps - 2) % 7 + 1
    up = MAJOR_SCALE[upper - 1] + alters.get(upper, 0) - MAJOR_SCALE[degree.value - 1] - degree.alter
    return up % 12


def parse_key(text: str) -> Key | None:
    """The key of a word such as "g:" or "Bb:"; ``None`` for another word.

    Raises RequestError for a key of more than seven accidentals.
    """
    found = KEY_WORD.fullmatch(text.translate(SIGNS))
    if found is None:
        return None
    minor = found["tonic"][0].islower() or bool(found["minor"])
    tonic = read_tone(found["tonic"])
    fifths = tonic.fifths - 3 * minor
    if abs(fifths) > MAX_ACCIDENTALS:
        alike = str(tone_at(tonic.fifths - 12 if fifths > 0 else tonic.fifths + 12))
        raise RequestError(
            f'"{text}": {tonic} {"minor" if minor else "major"} has more than seven accidentals; write '
            f"{alike.lower() if minor else alike}:, which sounds alike"
        )
    return Key(fifths, "minor" if minor else "major")


def no_numeral(text: str) -> RequestError:
    """The error for a text that is no numeral."""
    return RequestError(f'"{short(text)}" is no Roman numeral; write one such as {EXAMPLES}')
