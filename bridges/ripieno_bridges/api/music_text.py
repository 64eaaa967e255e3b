"""Voices, keys, meters, measures and times as musicians write them, for every interface that takes text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction

from ripieno.ensembles.read import pitch_of
from ripieno.errors import RequestError, number_text, short
from ripieno.limits import MAX_MEASURE_QUARTERS
from ripieno.score import LINE_OF_FIFTHS, VOICE_NAMES, Key, Meter

KEY = re.compile(r"([A-Ga-g])\s*(#|b|♯|♭|-flat|-sharp)?\s*([A-Za-z]+)?")
# Modes by the first letters of their names: whether their third is minor. Only m and M stand alone.
MODES = {"maj": False, "ion": False, "lyd": False, "mix": False}
MODES |= {"min": True, "aeo": True, "dor": True, "phr": True}
METER = re.compile(r"(\d{1,2})/(1|2|4|8|16|32)")
PLACE = re.compile(r"([^\s,.]*\d[^\s,.]*)(?:\.(\d{1,3}(?:\.\d{1,6})?))?")
NO_PLACES = "none"
NUMBERED = re.compile(r"[^\s\d]+(?: ?\d)?")  # a voice, and its number where it has one
RANGE_WORD = re.compile(r"(?<=\d)[\s,]+(?=[^\W\d_])")  # between two ranges
RANGE = re.compile(
    r"([^\W\d_]+(?:[ -][^\W\d_]+)*[ -]?\d?)=([A-Ga-g])(#|b|♯|♭|)(-?\d)-([A-Ga-g])(#|b|♯|♭|)(-?\d)"
)
MeasurePlace = tuple[str, Fraction | None]  # a measure's printed number, and a beat from 1
MEASURES = re.compile(r"\s*([^\s-]+)\s*(?:-\s*([^\s-]+)\s*)?")
FIFTHS = {None: 0, "#": 7, "♯": 7, "-sharp": 7, "b": -7, "♭": -7, "-flat": -7}


SPELLINGS = {"harmonise": "harmonize"}  # of tasks, in commands, messages and names of clips


def usual_spelling(text: str) -> str:
    """A command, an address or a word with its tasks spelled as ripieno does: /ripieno/harmonize."""
    for other, usual in SPELLINGS.items():
        text = text.replace(other, usual)
    return text


def voices_named(text: str) -> tuple[str, ...]:
    """The voices of "soprano, bass" or "tenor 1, bass 2", each once. Raises RequestError where there is none.

    Spaces may stand for commas, where no name has any. Those of a mixed choir come highest first. Which
    voices there are, the request's ensemble says; see ``api.checks``.
    """
    parts = text.split(",") if "," in text else NUMBERED.findall(text)
    names = [voice_name(part) for part in parts if part.strip()]
    if not names:
        raise RequestError(f'"{short(text)}": name some voices, such as alto, tenor, with commas between')
    return in_choir_order(names)


def voice_name(text: str) -> str:
    """The name of one voice as an ensemble has it: "tenor 1" of "Tenor1"."""
    words = " ".join(text.lower().replace("-", " ").split())
    return re.sub(r"(?<=[^\d ])(\d)$", r" \1", words)


def in_choir_order(names: Iterable[str]) -> tuple[str, ...]:
    """The names, those of a mixed choir highest first."""
    found = tuple(dict.fromkeys(names))
    known = set(found) <= set(VOICE_NAMES)
    return tuple(sorted(found, key=VOICE_NAMES.index)) if known else found


def ranges_named(text: str) -> dict[str, tuple[int, int]]:
    """The (lowest, highest) MIDI pitch of the voices of "alto=A3-C5, tenor=C3-E4". Raises RequestError."""
    found: dict[str, tuple[int, int]] = {}
    if not text.strip(" ,"):
        raise RequestError("no range is named; write one such as alto=A3-C5")
    for word in RANGE_WORD.split(text.strip(" ,")):
        match = RANGE.fullmatch(word.strip())
        if match is None:
            raise RequestError(
                f'"{short(word)}" is no range of a voice; write a voice with its lowest and highest note, '
                "such as alto=A3-C5"
            )
        low, high = pitch_of(*match.group(2, 3, 4)), pitch_of(*match.group(5, 6, 7))
        if low > high:
            raise RequestError(f'"{short(word)}" begins above its end; write the lowest note first')
        found[voice_name(match[1])] = low, high
    return found


def key_named(text: str) -> Key:
    """The key of "D", "Eb", "f# minor" or "g"; a small letter alone means minor. Raises RequestError.

    A key as ripieno writes it, "B-flat minor", is one too. Of another mode, such as "D dorian", it is the
    major or minor key on the same tonic with the same third.
    """
    match = KEY.fullmatch(text.strip())
    minor = None if match is None else is_minor(match[1], match[3])
    if match is not None and minor is not None:
        letter, accidental, _ = match.groups()
        fifths = LINE_OF_FIFTHS.index(letter.upper()) - 1 - 3 * minor + FIFTHS[accidental]
        if abs(fifths) <= 7:
            return Key(fifths, "minor" if minor else "major")
    raise RequestError(f'"{short(text)}" is no key; write it like D, Bb, "f# minor" or g')


def is_minor(letter: str, mode: str | None) -> bool | None:
    """Whether a key written with that letter and mode has a minor third; None where there is no such mode."""
    if mode is None:
        return letter.islower()
    return mode == "m" if mode in ("m", "M") else MODES.get(mode.lower()[:3])


def measure_places(text: str) -> tuple[MeasurePlace, ...]:
    """The places of "4, 8, 12.3": measures by their printed numbers, and a beat; of "none" none.

    Raises RequestError.
    """
    words = text.replace(",", " ").split()
    if words == [NO_PLACES]:
        return ()
    found = [PLACE.fullmatch(word) for word in words]
    if not words or not all(found):
        wrong = next((word for word, match in zip(words, found, strict=True) if match is None), text)
        raise RequestError(
            f'"{short(wrong)}" is no measure in which a phrase ends; write them like 4, 8, 12.3 (measure 12, '
            "beat 3), or none"
        )
    return tuple((match[1], Fraction(match[2]) if match[2] else None) for match in found if match)


def meter_named(text: str) -> Meter:
    """The time signature of "3/4". Raises RequestError."""
    match = METER.fullmatch(text.strip())
    if not match or int(match[1]) == 0:
        raise RequestError(f'"{short(text)}" is no time signature; write it like 3/4')
    meter = Meter(int(match[1]), int(match[2]))
    if meter.length > MAX_MEASURE_QUARTERS:
        fault = (
            f"a measure of {meter} has {meter.length} quarters; at most {MAX_MEASURE_QUARTERS} are possible"
        )
        raise RequestError(f"{fault}, so write shorter measures")
    return meter


def measures_named(text: str) -> tuple[str, str]:
    """The first and the last measure of "5-8" or "5", by their printed numbers. Raises RequestError."""
    match = MEASURES.fullmatch(text)
    if not match:
        raise RequestError(f'"{short(text)}": write the measures like 5-8')
    return match[1], match[2] or match[1]


UNITS = (96, 80, 56)  # of a quarter: what is played in twos and threes, fives, sevens
NEAR = Fraction(1, 2000)  # of a quarter; the error of a 32-bit float is 1/2000 from beat 4096 on
FINEST = 960  # of a quarter, for what nobody quantized
LAST_BEAT = 100_000


def beats(value: float) -> Fraction:
    """A time in quarters that came as a float, 32-bit ones too: 0.33333334 is 1/3.

    What lies on no usual division of a beat is rounded to 1/960. Raises RequestError for an impossible time.
    """
    if not abs(value) <= LAST_BEAT:  # nor NaN
        raise RequestError(
            f"a time of {number_text(value)} beats is impossible; no piece is longer than {LAST_BEAT}"
        )
    exact = Fraction(value)
    for unit in UNITS:
        near = Fraction(round(exact * unit), unit)
        if abs(near - exact) <= NEAR:
            return near
    return Fraction(round(exact * FINEST), FINEST)
