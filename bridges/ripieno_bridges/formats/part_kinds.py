"""What a part is by its name: a kind of voice or instrument, and its number. In six languages.

"Tenor II" is the second tenor, "Altsaxophon" an alto saxophone, "1. Violine" the first violin.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from ripieno_bridges.formats.part_names import is_baritone, is_instrument, voices_of_part, words_of

# The first that is found in a name, in small letters, is the instrument.
INSTRUMENT_PATTERNS = {
    "violoncello": r"cell|chelo|\bvl?c\b",
    "viola": r"viola\b|violas|viole\b|bratsch|altviool|\bvla\b",
    "violin": r"violin|violon\b|violons|viool|violen|geige|\bvln\b|\bvl\b|\bvn\b",
    "trombone": r"trombo|posaun|\btbn\b|\bpos\b",
    "trumpet": r"trump|trompet|tromba|trombe|trompette|\btpt\b|\btrp\b|\btr\b",
    "horn": r"\bhorn|waldhorn|hörner|corno|corni|\bcors?\b|trompa|hoorn|\bhn\b|\bhr\b",
    "saxophone": r"sax|sassof",
    "recorder": r"recorder|blockfl|blokfl|flauto dolce|flauti dolci|flauta dulce|à bec|\brec\b",
    "clarinet": r"clarin|klarin|\bcl\b|\bkl\b",
}
NOT_MEANT = re.compile(
    r"engl|anglais|inglese|inglés|basset|althorn|tenorhorn|bariton(?:e )?horn|piccolo|contrab|kontrab"
)
# Sizes of instruments that are built in families: how a word begins that means one, and a letter that does.
SIZES = {
    "soprano": (("sop",), "s"),
    "alto": (("alt", "contralt"), "a"),
    "tenor": (("ten", "tén"), "t"),
    "baritone": (("bar",), "bari"),
    "bass": (("bas", "baß", "bajo"), "b"),
}
IN_SIZES = ("saxophone", "recorder", "clarinet")
MEN = "men männer herren hommes uomini hombres mannen"
LEAD = "lead melody"
NUMBERS = {
    1: "1 i 1st first erste erster erstes primo prima premier première primero primera eerste",
    2: "2 ii 2nd second zweite zweiter zweites secondo seconda deuxième second segundo segunda tweede mezzo "
    "mezzosopran mezzosoprano",
    3: "3 iii 3rd third dritte dritter terzo terza troisième tercero tercera derde",
}
NUMBERED = re.compile(r"\d+|[^\W\d_]+")

_NUMBER_OF = {word: number for number, words in NUMBERS.items() for word in words.split()}


class PartKind(NamedTuple):
    """A kind, such as "tenor" or "alto saxophone", empty where it is not known; and a number, or 0."""

    kind: str
    number: int


def kind_of_part(name: str) -> PartKind:
    """What a part's name means."""
    text = name.lower()
    number = next((_NUMBER_OF[word] for word in NUMBERED.findall(text) if word in _NUMBER_OF), 0)
    if is_instrument(name) or any(re.search(p, text) for p in INSTRUMENT_PATTERNS.values()):
        return PartKind(instrument_of(text), number)
    words = words_of(name)
    if any(word in LEAD.split() for word in words):
        return PartKind("lead", 0)
    if any(word in MEN.split() for word in words) or is_baritone(name):
        return PartKind("baritone", number)
    voices = voices_of_part(name)
    # "T1" and "B2" are words of a letter and a digit; of several voices on a part the first says what it is.
    return PartKind(voices[0] if voices else "", number)


def kinds_in_part(name: str) -> list[PartKind]:
    """What each voice is that a part's name lists: two in "Tenor 1 Tenor 2", "Bass I, II", "Soprano Alto"."""
    found: list[PartKind] = []
    for word in NUMBERED.findall(name):
        kind = kind_of_part(word)
        if kind.kind:
            found.append(kind)
        elif kind.number and found:
            last = found.pop()
            numbered = PartKind(last.kind, kind.number)
            found += [last, numbered] if last.number else [numbered]
    return found


def instrument_of(text: str) -> str:
    """The instrument that a name in small letters means, with its size; empty where it is none of ours."""
    if NOT_MEANT.search(text):
        return ""
    found = next((kind for kind, pattern in INSTRUMENT_PATTERNS.items() if re.search(pattern, text)), "")
    if found not in IN_SIZES:
        return found
    words = NUMBERED.findall(text)
    for size, (beginnings, letter) in SIZES.items():
        # A letter is a size before the instrument, as in "B. Cl.", and a key behind it.
        if words[:1] == [letter] or any(word.startswith(beginnings) for word in words):
            return f"{size} {found}"
    return found
