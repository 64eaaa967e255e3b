"""Chord symbols as text: ``F``, ``Bbm7b5``, ``C7(b9,#11)/E``.

A symbol is its root, the kind, degrees that are added, altered or left out, and a bass behind a slash. People
spell the kinds in many ways, all of which are read; each has one way in which it is written.

Behind a root that is not the chord's own, in parentheses: the augmented sixths (It), (Fr), (Ger) and the
Neapolitan (N6) of the key whose tonic is the root; (ped) is its root alone, (Tristan) Wagner's chord, and
(other) the root with nothing but the degrees that follow.
"""

from __future__ import annotations

import re
from dataclasses import replace

from ripieno.errors import RequestError, short
from ripieno.harmony.chord_symbol import ADDED_SEVENTH, ChordDegree, ChordSymbol, Tone
from ripieno.harmony.kinds import KINDS, OTHER

Named = tuple[str, tuple[ChordDegree, ...]]  # a kind with degrees
SEVENTH, NINTH, MAJOR_SEVENTH = ChordDegree(7), ChordDegree(9), ChordDegree(7, 1)
FLAT_FIFTH, SHARP_FIFTH = ChordDegree(5, -1, "alter"), ChordDegree(5, 1, "alter")
# A sharp tone beside the flat one of its degree, as the neighbour that sounds alike.
ALSO_SHARP = {5: ChordDegree(13, -1), 9: ChordDegree(10, -1)}
SUS4, SUS2 = "suspended-fourth", "suspended-second"

# The words for a kind; the first is written, all are read.
SPELLINGS: dict[Named, tuple[str, ...]] = {
    ("major", ()): ("", "maj"),
    ("minor", ()): ("m",),
    ("augmented", ()): ("aug", "aug5"),
    ("diminished", ()): ("dim", "mb5"),
    ("dominant", ()): ("7", "dom7"),
    ("major-seventh", ()): ("maj7",),
    ("minor-seventh", ()): ("m7",),
    ("diminished-seventh", ()): ("dim7",),
    ("augmented-seventh", ()): ("aug7", "7aug"),
    ("half-diminished", ()): ("m7b5",),
    ("major-minor", ()): ("mMaj7", "m(maj7)"),
    ("major-sixth", ()): ("6", "maj6"),
    ("minor-sixth", ()): ("m6",),
    ("dominant-ninth", ()): ("9",),
    ("major-ninth", ()): ("maj9",),
    ("minor-ninth", ()): ("m9",),
    ("dominant-11th", ()): ("11",),
    ("major-11th", ()): ("maj11",),
    ("minor-11th", ()): ("m11",),
    ("dominant-13th", ()): ("13",),
    ("major-13th", ()): ("maj13",),
    ("minor-13th", ()): ("m13",),
    (SUS2, ()): ("sus2", "(sus2)"),
    (SUS4, ()): ("sus4", "sus", "(sus)", "(sus4)"),
    ("Neapolitan", ()): ("(N6)", "(Neap)"),
    ("Italian", ()): ("(It)", "(It6)"),
    ("French", ()): ("(Fr)", "(Fr6)", "(Fr43)"),
    ("German", ()): ("(Ger)", "(Ger6)", "(Ger65)"),
    ("pedal", ()): ("(ped)",),
    ("power", ()): ("5",),
    ("Tristan", ()): ("(Tristan)", "Tristan"),
    (OTHER, ()): ("(other)",),
    ("major", (ChordDegree(2),)): ("add2", "2"),
    ("major", (ChordDegree(4),)): ("add4", "4"),
    ("minor", (SHARP_FIFTH,)): ("m#5", "maug"),
    ("major-sixth", (NINTH,)): ("6/9", "69", "maj69", "6(9)"),
    ("minor-sixth", (NINTH,)): ("m6/9", "m69", "m6(9)"),
    (SUS4, (SEVENTH,)): ("7sus4", "7sus", "sus7", "sus47"),
    (SUS4, (SEVENTH, NINTH)): ("9sus4", "9sus", "sus9"),
    (SUS4, (SEVENTH, NINTH, ChordDegree(13))): ("13sus4", "13sus", "sus13"),
    (SUS4, (MAJOR_SEVENTH,)): ("maj7sus4", "maj7sus"),
    (SUS4, (MAJOR_SEVENTH, NINTH)): ("maj9sus4", "maj9sus"),
    (SUS4, (ChordDegree(6),)): ("6sus4", "6sus"),
    (SUS4, (ChordDegree(2),)): ("sus24", "sus2sus4", "sus4sus2"),
    (SUS2, (SEVENTH,)): ("7sus2",),
    (SUS2, (MAJOR_SEVENTH,)): ("maj7sus2",),
    ("augmented", (MAJOR_SEVENTH,)): ("aug(maj7)", "augmaj7"),
    ("diminished", (MAJOR_SEVENTH,)): ("dim(maj7)", "dimmaj7"),
    ("major-minor", (NINTH,)): ("mMaj9", "m(maj9)"),
    ("dominant-ninth", (SHARP_FIFTH,)): ("9#5", "aug9", "9aug"),
    ("dominant-13th", (SHARP_FIFTH,)): ("13#5", "aug13", "13aug"),
    ("dominant", (ChordDegree(9, -1), ALSO_SHARP[9])): ("7(b9,#9)",),
    ("dominant", (SHARP_FIFTH, ChordDegree(9, 1))): ("7(#5,#9)", "7alt", "alt"),  # as most play it
}
# What people write for a word of a kind, in the order in which it is looked for.
SYNONYMS = re.compile(
    r"(?P<same>Tristan|other|dom)|(?P<m>[Mm]in(?:or)?|MIN|[Mm]i|MI)"
    r"|(?P<maj>[Mm]aj(?:or)?|MAJ|[Mm]a(?!dd|ug)|MA|M|j)|(?P<no>[Nn]o|[Oo]mit)|(?P<dim>[Dd]im|[°ºo])"
    r"|(?P<aug>[Aa]ug)|(?P<sus>[Ss]usp?)|(?P<add>[Aa]dd)"
)
SIGNS = str.maketrans(
    {
        "♭": "b",
        "♯": "#",
        "\N{EN DASH}": "-",
        "\N{MINUS SIGN}": "-",
        "△": "Δ",
        "^": "Δ",
        "Ø": "ø",
        "[": "(",
        "]": ")",
    }
)
SUS_AT_THE_END = re.compile(r"(?P<head>(?:maj)?\d+)(?P<changes>.*?)\(?(?P<sus>sus[24]?)\)?")
SYMBOL = re.compile(
    r"(?P<root>[A-G](?:##|bb|#|b|))(?P<kind>.*?)(?:/(?P<bass>[A-Ga-g](?:##|bb|#|b|)))?", re.DOTALL
)
CHANGE = re.compile(
    r"(?P<open>[(,]*)(?:(?P<seventh>maj7)|(?P<word>add|no|)(?P<sign>#*|b*)(?P<value>1[0-3]|[1-9]))\)*"
)
MAX_LENGTH = 200  # letters
EXAMPLES = "F, Fm, F7, Fmaj7, Fm7b5, Fdim7, Fsus4, F6/9, Fadd9 or F7(b9,#11)"


def parse_chord(text: str) -> ChordSymbol:
    """The chord of a symbol. Raises RequestError, which says what is wrong and what would be right."""
    root, middle, bass = split_symbol(text)
    named = read_kind(middle)
    if named is not None:
        return ChordSymbol(read_tone(root), named[0], read_tone(bass) if bass else None, named[1])
    kind, slash, below = middle.partition("/")
    if slash and read_kind(kind) is not None:
        raise RequestError(
            f'"{short(text)}": "{short(below)}" is no bass note; write a letter A to G behind the slash, '
            "with # or b where it has one, as C/E or C/Bb"
        )
    raise RequestError(
        f'"{short(text)}": "{short(middle)}" is no kind of chord; write one such as {EXAMPLES}'
    )


def split_symbol(text: str) -> tuple[str, str, str]:
    """The root, the kind and the bass, or "", of a symbol as they are written.

    Raises RequestError where there is no root.
    """
    plain = "".join(text.split()).translate(SIGNS)
    if not plain:
        raise RequestError("an empty chord symbol; write one such as F, Bb7 or Gm7/D")
    found = SYMBOL.fullmatch(plain)
    if found is None or len(plain) > MAX_LENGTH:
        raise RequestError(
            f'"{short(text)}" is no chord symbol; it begins with its root, a capital letter A to G, '
            f"as {EXAMPLES}"
        )
    return found["root"], found["kind"], found["bass"] or ""


def chord_text(chord: ChordSymbol) -> str:
    """The symbol, such as "F#m7b5/A", which ``parse_chord`` reads as the same chord.

    A degree that is altered though the chord lacks it is written, and read, as the added one that it is.
    """
    return f"{chord.root}{kind_text(chord)}{'' if chord.bass is None else f'/{chord.bass}'}"


def kind_text(chord: ChordSymbol) -> str:
    """The symbol without its root and bass: "", "m7b5", "7(b9,#11)"."""
    degrees = plain_degrees(chord)
    count = max(n for n in range(len(degrees) + 1) if (chord.kind, degrees[:n]) in SPELLINGS)
    word = SPELLINGS[chord.kind, degrees[:count]][0]
    changes = [
        change_text(degrees[i], there=degrees[i].value in values(chord.kind, degrees[:i]))
        for i in range(count, len(degrees))
    ]
    if not changes:
        return word
    joins_root = not word and changes[0][0] in "#b"  # F#5 is a fifth on F sharp
    if len(changes) == 1 and not joins_root and read_kind(word + changes[0]) == (chord.kind, degrees):
        return word + changes[0]
    return f"{word}({','.join(changes)})"


def plain_degrees(chord: ChordSymbol) -> tuple[ChordDegree, ...]:
    """The degrees without alterations by nothing; one that is altered though it is missing is added.

    What is altered twice is altered once, by both together.
    """
    degrees: tuple[ChordDegree, ...] = ()
    for degree in chord.degrees:
        if degree.action != "alter":
            degrees = (*degrees, degree)
        elif degree.value not in values(chord.kind, degrees):
            degrees = (*degrees, ChordDegree(degree.value, degree.alter))
        elif degree.alter:
            degrees = altered_again(degrees, degree)
    return degrees


def altered_again(degrees: tuple[ChordDegree, ...], change: ChordDegree) -> tuple[ChordDegree, ...]:
    """The degrees with an alteration, which joins an earlier one of the same degree."""
    at = max((i for i, degree in enumerate(degrees) if degree.value == change.value), default=None)
    if at is None:
        return (*degrees, change)
    both = replace(degrees[at], alter=degrees[at].alter + change.alter)
    return (*degrees[:at], *([both] if both.alter or both.action == "add" else []), *degrees[at + 1 :])


def change_text(degree: ChordDegree, *, there: bool) -> str:
    """The words for a degree: "b5", "add9", "no3". there: whether the chord has it before."""
    sign = "#" * degree.alter if degree.alter > 0 else "b" * -degree.alter
    if degree.action == "subtract":
        return f"no{sign}{degree.value}"
    if degree.action == "alter":
        return f"{sign}{degree.value}"
    if degree.value == ADDED_SEVENTH and degree.alter < 0:
        sign += "b"  # "b7" is the minor seventh, which is added without an alteration
    return f"{'' if sign and not there else 'add'}{sign}{degree.value}"


def read_kind(text: str) -> Named | None:
    """The kind and degrees of a symbol's middle; ``None`` for another text."""
    plain = plain_kind(text)
    if plain.count("(") != plain.count(")"):
        return None
    for length in range(min(len(plain), LONGEST_WORD), -1, -1):
        named = READ.get(plain[:length])
        if named is not None:
            degrees = read_changes(plain, length, *named)
            if degrees is not None:
                return named[0], degrees
    return None


def read_changes(
    text: str, start: int, kind: str, degrees: tuple[ChordDegree, ...]
) -> tuple[ChordDegree, ...] | None:
    """These degrees of a kind, and those of a text from ``start`` on; ``None`` for another text."""
    at = start
    while at < len(text):
        found = CHANGE.match(text, at)
        if found is None:
            return None
        at = found.end()
        if found["seventh"]:
            degrees = (*degrees, MAJOR_SEVENTH)
            continue
        value, sign = int(found["value"]), found["sign"]
        alter = len(sign) if sign.startswith("#") else -len(sign)
        if not (found["word"] or sign or found["open"]):
            return None  # a number alone is an added tone only in parentheses
        if found["word"] == "no":
            degrees = (*degrees, ChordDegree(value, alter, "subtract"))
        elif not found["word"] and sign and value in values(kind, degrees):
            degrees = with_change(degrees, value, alter)
        else:
            alter += value == ADDED_SEVENTH and alter < 0  # "b7" is the minor seventh, as in change_text
            degrees = (*degrees, ChordDegree(value, alter))
    return degrees


def with_change(degrees: tuple[ChordDegree, ...], value: int, alter: int) -> tuple[ChordDegree, ...]:
    """The degrees with one that is altered; flat and sharp of one degree stand beside each other."""
    at = max((i for i, degree in enumerate(degrees) if degree.value == value), default=None)
    if at is None or degrees[at].alter * alter >= 0 or value not in ALSO_SHARP:
        return (*degrees, ChordDegree(value, alter, "alter"))
    flat = replace(degrees[at], alter=min(alter, degrees[at].alter))
    return (*degrees[:at], flat, *degrees[at + 1 :], ALSO_SHARP[value])


def values(kind: str, degrees: tuple[ChordDegree, ...]) -> frozenset[int]:
    """The degrees that a chord has."""
    return frozenset(ChordSymbol(Tone("C"), kind, None, degrees).members)


def plain_kind(text: str) -> str:
    """The kind in the plainest words: "min7-5", "-7b5" and "ø" all as "m7b5"."""
    text = re.sub(
        r"^(mi?n?|-)?t(?![a-z])", r"\1Δ", re.sub(r"^0", "ø", text)
    )  # as MuseScore's fonts have them
    text = re.sub(r"ø7?(\d*)", lambda found: f"m{found[1] or 7}b5", text)
    text = re.sub(r"Δ(?!\d)", "maj7", text).replace("Δ", "maj")
    text = re.sub(r"^\+|\+(?!\d)", "aug", re.sub(r"^-", "m", text))
    text = re.sub(r"\+(?=\d)", "#", re.sub(r"-(?=\d)", "b", text))
    text = SYNONYMS.sub(lambda found: found["same"] or str(found.lastgroup), text)
    found = SUS_AT_THE_END.fullmatch(text)
    return text if found is None else found["head"] + found["sus"] + found["changes"]


def read_tone(text: str) -> Tone:
    """A letter and its accidentals, such as "Bb"."""
    return Tone(text[0].upper(), text.count("#") - text[1:].count("b"))


READ = {plain_kind(word): named for named, words in SPELLINGS.items() for word in words}
LONGEST_WORD = max(map(len, READ))
assert {kind for kind, _ in SPELLINGS} == {*KINDS, OTHER}
