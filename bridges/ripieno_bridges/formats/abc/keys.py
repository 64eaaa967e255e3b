"""K: fields: tonic and mode, modes of every kind, pipes' keys, and signatures of single accidentals."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ripieno.score import LINE_OF_FIFTHS
from ripieno_bridges.formats.abc.errors import quoted, refuse

# Modes by their first three letters: the name, and how many fifths its signature is from the major one.
MODES = {
    "maj": ("major", 0),
    "ion": ("major", 0),
    "mix": ("mixolydian", -1),
    "dor": ("dorian", -2),
    "min": ("minor", -3),
    "aeo": ("minor", -3),
    "phr": ("phrygian", -4),
    "loc": ("locrian", -5),
    "lyd": ("lydian", 1),
}
MAX_FIFTHS = 7
TONIC = re.compile("([A-G])([#b♯♭]?)")
WORD = re.compile(r"\s*([A-Za-z]+)")
EXPLICIT = re.compile(r"\s*exp\b", re.IGNORECASE)
PROPERTY = re.compile(r"\s*[a-z]+\s*=")
SINGLE = re.compile(r"(\^{1,2}|_{1,2}|=)([A-Ga-g])")
ACCIDENTAL_ALTERS = {"^^": 2, "^": 1, "=": 0, "_": -1, "__": -2}
EXAMPLE = "write it as K:G, K:Em, K:D mix or K:none"


@dataclass(frozen=True, slots=True)
class AbcKey:
    """A key signature. fifths: the nearest signature of sharps or flats. mode: its name where it is written.

    alters: of each step, by its letter. It differs from ``fifths`` where single accidentals were given.
    """

    fifths: int = 0
    mode: str | None = None
    alters: dict[str, int] = field(default_factory=lambda: dict.fromkeys(LINE_OF_FIFTHS, 0))

    @property
    def is_usual(self) -> bool:
        """Whether the signature is one of sharps or flats in their order."""
        return self.alters == signature(self.fifths)


def signature(fifths: int) -> dict[str, int]:
    """The alteration of each step in a usual signature."""
    return {step: (fifths - place + 6) // 7 for place, step in enumerate(LINE_OF_FIFTHS)}


def read_key(text: str, before: AbcKey, column: int = 1) -> tuple[AbcKey, str]:
    """(the key of a K: field, the rest of its text: clef and other properties of a voice).

    before: holds on where the field names none. Raises LineError for what is no key.
    """
    start = column + len(text) - len(text.lstrip())
    words = text.strip()
    head = words.split(maxsplit=1)[0] if words else ""
    if not words or head.lower() == "none":
        return single_accidentals(AbcKey(), words[len(head) :], start)
    if head in ("HP", "Hp"):
        return AbcKey(2, None, signature(2)), words[2:]
    found = TONIC.match(words)
    if found is None:
        if PROPERTY.match(words) or head.rstrip("+-0123456789") in CLEF_WORDS:
            return before, words
        refuse(start, f"{quoted(words)} is no key; {EXAMPLE}")
    rest = words[found.end() :]
    word = WORD.match(rest)
    name, shift = None, 0
    if word and (mode := mode_of(word[1])) is not None:
        (name, shift), rest = mode, rest[word.end() :]
    elif word and not PROPERTY.match(rest) and word[1].lower() != "exp" and word[1] not in CLEF_WORDS:
        refuse(start + found.end() + word.start(1), f"{quoted(word[1])} is no mode; {EXAMPLE}")
    alter = {"#": 1, "♯": 1, "b": -1, "♭": -1, "": 0}[found[2]]
    fifths = LINE_OF_FIFTHS.index(found[1]) - 1 + 7 * alter + shift
    if abs(fifths) > MAX_FIFTHS:
        kind = "sharps" if fifths > 0 else "flats"
        refuse(start, f"a key of {abs(fifths)} {kind}; write it with seven accidentals or fewer")
    if explicit := EXPLICIT.match(rest):
        return single_accidentals(AbcKey(0, name), rest[explicit.end() :], start)
    return single_accidentals(AbcKey(fifths, name, signature(fifths)), rest, start)


CLEF_WORDS = ("treble", "bass", "alto", "tenor", "soprano", "mezzosoprano", "baritone", "perc", "clef")


def mode_of(word: str) -> tuple[str, int] | None:
    """(name, fifths from major) of a mode's name or its beginning; ``None`` for another word."""
    if word in ("m", "M"):  # capitals mean nothing in a mode
        return MODES["min"]
    return MODES.get(word[:3].lower())


def single_accidentals(key: AbcKey, text: str, column: int) -> tuple[AbcKey, str]:
    """(the key with the accidentals that begin a text, the rest of the text)."""
    alters, rest = dict(key.alters), text.strip()
    while found := SINGLE.match(rest):
        alters[found[2].upper()] = ACCIDENTAL_ALTERS[found[1]]
        rest = rest[found.end() :].lstrip()
    if rest and rest[0] in "^_=":
        refuse(column, f"{quoted(rest)} is no accidental of a key; write it as K:D =c or K:D exp ^f _b")
    if alters == key.alters:
        return key, rest
    usual = [f for f in range(-MAX_FIFTHS, MAX_FIFTHS + 1) if signature(f) == alters]
    return AbcKey(usual[0] if usual else key.fifths, key.mode, alters), rest
