"""A chord of MusicXML's <harmony> -> ChordSymbol: root or numeral, kind, inversion, bass and degrees."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import cast

from lxml.etree import _Element

from ripieno.errors import short
from ripieno.harmony import symbol_text
from ripieno.harmony.chord_symbol import STEPS, ChordDegree, ChordSymbol, DegreeAction, Tone, tone_at
from ripieno.harmony.kinds import FUNCTIONAL, KIND_NAMES, NO_CHORD, OTHER
from ripieno.score import LINE_OF_FIFTHS, Key

CHORD_STARTS = ("root", "numeral", "function")
CHORD_PARTS = (*CHORD_STARTS, "kind", "inversion", "bass", "degree")
MAX_DEGREE, MAX_ALTER = 13, 2
ACTIONS = ("add", "alter", "subtract")
# The key note's distance from the signature's major key, in fifths.
TONICS = {"ionian": 0, "dorian": 2, "phrygian": 4, "lydian": -1, "mixolydian": 1, "aeolian": 3, "locrian": 5}
TONICS |= {"major": 0, "minor": 3, "natural minor": 3, "melodic minor": 3, "harmonic minor": 3}
RAISED = {"harmonic minor": (7,), "melodic minor": (6, 7)}
ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII")
BARE_NUMERAL = re.compile("(?P<alter>[b#♭♯]*)(?P<roman>[IViv]+)")
NUMERAL_TEXT = re.compile(r"[b#♭♯]*([IViv]+|It|Fr|Ger|N|Cad)[\w+°øΔ#b♭♯/().-]*")
MINOR_KINDS = ("minor", "diminished", "half-diminished", "major-minor")
NO_CHORD_TEXT = re.compile(r"n\.?\s*c\.?|no chord", re.IGNORECASE)


class UnreadableHarmonyError(ValueError):
    """What nobody can read as a chord: the fault, for a remark."""


@dataclass(frozen=True, slots=True)
class ReadChord:
    """What a <harmony> says: a chord, or a Roman numeral whose text says more, or neither for no chord.

    doubt: how it was understood where it could mean something else, in a sentence; empty where it is plain.
    """

    chord: ChordSymbol | None = None
    numeral: str | None = None
    doubt: str = ""


def is_numeral(harmony: _Element) -> bool:
    """Whether a <harmony> counts the degrees of a key in place of naming its roots."""
    return harmony.find("numeral") is not None or harmony.find("function") is not None


def read_chord(harmony: _Element, key: Key) -> ReadChord:
    """What a <harmony> says. key: of the numerals that name none. Raises UnreadableHarmonyError."""
    groups = split_chords(harmony)
    if not groups:
        raise UnreadableHarmonyError("a chord symbol without a kind and a root")
    if any(group[0].tag == "function" and not is_bare(group[0]) for group in groups):
        return read_function_text(groups)
    first, *below = groups
    if says_no_chord(first):
        return ReadChord()
    if first[0].tag in ("numeral", "function"):
        applied = False
        for group in reversed(below):
            chord = read_group(group, key, applied=applied)
            key, applied = key_of(chord), True
        return ReadChord(read_group(first, key, applied=applied))
    chord = read_group(first, key)
    if below:
        lowest = read_group(below[-1], key)
        doubt = "chords on top of each other; read as the first one over the root of the last"
        return ReadChord(replace(chord, bass=lowest.root), doubt=doubt)
    return ReadChord(chord, doubt=contradiction(first, chord))


def contradiction(group: Sequence[_Element], chord: ChordSymbol) -> str:
    """The sentence about a kind that prints the text of another one; empty where it does not."""
    text = printed_text(group)
    printed = symbol_text.read_kind(text)
    if not text or printed is None:
        return ""
    kinds = [ChordSymbol(chord.root, printed[0], None, more) for more in (printed[1], chord.degrees)]
    kinds.append(replace(kinds[0], degrees=(*printed[1], *chord.degrees)))
    if replace(chord, bass=None).pitch_classes in [kind.pitch_classes for kind in kinds]:
        return ""
    return f'a chord symbol of the kind {chord.kind} that prints "{short(text)}"; read as {chord.kind}'


def printed_text(group: Sequence[_Element]) -> str:
    """What a chord prints behind its root, in plain signs; empty where it leaves that to the program."""
    kind = child_of(group, "kind")
    text = "" if kind is None else "".join((kind.get("text") or "").split())
    return text.translate(symbol_text.SIGNS) if len(text) <= symbol_text.MAX_LENGTH else ""


def split_chords(harmony: _Element) -> list[list[_Element]]:
    """The chords of a <harmony>, each as its elements: V of II is two of them."""
    groups: list[list[_Element]] = []
    for child in harmony:
        if child.tag not in CHORD_PARTS:
            continue
        if child.tag in CHORD_STARTS or not groups:
            groups.append([])
        groups[-1].append(child)
    return groups


def says_no_chord(group: Sequence[_Element]) -> bool:
    """Whether a chord is N.C.; a kind of "other" with that text is what some programs write for it."""
    kind = child_of(group, "kind")
    if kind is None:
        return False
    name, text = (kind.text or "").strip(), (kind.get("text") or "").strip()
    return name == NO_CHORD or (name == OTHER and NO_CHORD_TEXT.fullmatch(text) is not None)


def read_group(group: Sequence[_Element], key: Key, *, applied: bool = False) -> ChordSymbol:
    """One chord. applied: whether its numeral counts in the key of another chord, as V of II."""
    kind = read_kind(group)
    root = read_root(group[0], kind, key, applied=applied)
    degrees = tuple(read_degree(child) for child in group if child.tag == "degree")
    printed = symbol_text.read_kind(printed_text(group))
    if kind == OTHER and not degrees and printed_text(group) and printed is not None:
        kind, degrees = printed  # what the standard's kinds cannot say stands in the text alone
    chord = ChordSymbol(root, kind, None, degrees)
    bass = child_of(group, "bass")
    if bass is not None:
        return replace(chord, bass=read_tone(bass, "bass"))
    return inverted(chord, child_of(group, "inversion"))


def read_kind(group: Sequence[_Element]) -> str:
    """The kind of a chord."""
    kind = child_of(group, "kind")
    name = "" if kind is None else (kind.text or "").strip()
    if name not in KIND_NAMES or name == NO_CHORD:
        what = f'of the unknown kind "{short(name)}"' if name else "without a kind"
        raise UnreadableHarmonyError(f"a chord symbol {what}")
    return name


def read_root(element: _Element, kind: str, key: Key, *, applied: bool) -> Tone:
    """The root that a <root>, <numeral> or <function> names."""
    if element.tag == "root":
        return read_tone(element, "root")
    if element.tag == "function":
        found = BARE_NUMERAL.fullmatch((element.text or "").strip())
        assert found is not None, "others are read as texts"
        degree = ROMAN.index(found["roman"].upper()) + 1
        alter = sum(1 if sign in "#♯" else -1 for sign in found["alter"])
        return degree_of(key, degree, alter + leading_note(key, degree, kind))
    if element.tag != "numeral":
        raise UnreadableHarmonyError("a chord symbol without a root")
    numeral_key = element.find("numeral-key")
    if numeral_key is not None:
        fifths = whole(numeral_key.findtext("numeral-fifths"), 11, "the key of a numeral")
        key = Key(fifths, (numeral_key.findtext("numeral-mode") or "").strip())
    degree = whole(element.findtext("numeral-root"), 7, "a numeral")
    if degree < 1:
        raise UnreadableHarmonyError(f'a numeral of "{degree}"')
    alter = whole(element.findtext("numeral-alter") or "0", MAX_ALTER, "a numeral's alteration")
    return degree_of(key, degree, alter + (leading_note(key, degree, kind) if applied else 0))


def degree_of(key: Key, degree: int, alter: int) -> Tone:
    """The tone of a degree of a key, altered by semitones; minor is natural minor unless its mode says."""
    mode = key.mode or "major"
    tonic = tone_at(key.fifths + TONICS.get(mode, 0))
    step = STEPS[(STEPS.index(tonic.step) + degree - 1) % 7]
    signature = (key.fifths + 6 - LINE_OF_FIFTHS.index(step)) // 7
    return tone_at(Tone(step, signature + alter + (degree in RAISED.get(mode, ()))).fifths)


def leading_note(key: Key, degree: int, kind: str) -> int:
    """1 where a diminished chord on the seventh degree of minor stands on the leading note, else 0."""
    return int(degree == 7 and key.mode == "minor" and "diminished" in kind)


def key_of(chord: ChordSymbol) -> Key:
    """The key in which a chord is the first degree."""
    minor = chord.kind.startswith(MINOR_KINDS)
    return Key(chord.root.fifths - (TONICS["minor"] if minor else 0), "minor" if minor else "major")


def inverted(chord: ChordSymbol, inversion: _Element | None) -> ChordSymbol:
    """The chord with the bass that an <inversion> asks for."""
    members = chord.members
    number = 0 if inversion is None else whole(inversion.text, MAX_DEGREE, "an inversion")
    if number == 0 or chord.kind in FUNCTIONAL:  # whose bass is in their name
        return chord
    if not 0 < number < len(members):
        raise UnreadableHarmonyError(f"inversion {number} of a chord of {len(members)} tones")
    return replace(chord, bass=members[sorted(members)[number]])


def read_degree(element: _Element) -> ChordDegree:
    """A <degree>."""
    value = whole(element.findtext("degree-value"), MAX_DEGREE, "a degree")
    action = (element.findtext("degree-type") or "").strip()
    if value < 1 or action not in ACTIONS:
        raise UnreadableHarmonyError(f'a degree of "{value}" with "{short(action)}"')
    alter = whole(element.findtext("degree-alter") or "0", MAX_ALTER, "a degree's alteration")
    return ChordDegree(value, alter, cast("DegreeAction", action))


def read_tone(element: _Element, name: str) -> Tone:
    """The tone in a <root> or <bass>."""
    step = (element.findtext(f"{name}-step") or "").strip()
    if step not in STEPS or not step:
        raise UnreadableHarmonyError(f'a chord symbol with the {name} "{short(step)}"')
    return Tone(step, whole(element.findtext(f"{name}-alter") or "0", MAX_ALTER, f"a {name}'s alteration"))


def whole(text: str | None, limit: int, what: str) -> int:
    """The whole number in a text, at most ``limit`` away from 0."""
    plain = (text or "").strip()
    if not re.fullmatch(r"[+-]?[0-9]{1,3}(\.0{0,9})?", plain) or abs(Fraction(plain)) > limit:
        raise UnreadableHarmonyError(f'"{short(plain)}" as {what}')
    return int(Fraction(plain))


def is_bare(function: _Element) -> bool:
    """Whether a <function> is a degree alone, whose kind stands beside it: II, but not V65."""
    found = BARE_NUMERAL.fullmatch((function.text or "").strip())
    kind = next(function.itersiblings("kind"), None)
    named = kind is not None and (kind.text or "").strip() not in (NO_CHORD, "")
    return named and found is not None and found["roman"].upper() in ROMAN


def read_function_text(groups: Sequence[Sequence[_Element]]) -> ReadChord:
    """Roman numerals that say all by their texts, as V65/ii."""
    text = "/".join("".join((group[0].text or "").split()) for group in groups)
    if not NUMERAL_TEXT.fullmatch(text):
        raise UnreadableHarmonyError(f'the function "{short(text)}"')
    return ReadChord(numeral=text)


def child_of(group: Sequence[_Element], tag: str) -> _Element | None:
    """The first element of a chord that has a tag."""
    return next((child for child in group if child.tag == tag), None)
