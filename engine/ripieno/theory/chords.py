"""Chords and their Roman numerals: recognise a triad or seventh chord, and name it in a key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ripieno.harmony.chord_symbol import ChordDegree, ChordSymbol, Tone, tone_in
from ripieno.harmony.symbol_text import chord_text
from ripieno.score import Key, Spelling
from ripieno.theory.keys import tonic_of

# Each kind of chord, as the intervals of its other notes above the root, in semitones.
MAJOR, MINOR, DIMINISHED, AUGMENTED = (4, 7), (3, 7), (3, 6), (4, 8)
DOMINANT_SEVENTH, MINOR_SEVENTH, MAJOR_SEVENTH = (4, 7, 10), (3, 7, 10), (4, 7, 11)
HALF_DIMINISHED, DIMINISHED_SEVENTH = (3, 6, 10), (3, 6, 9)
ITALIAN, FRENCH = (4, 10), (4, 6, 10)  # augmented sixths; the German one sounds as a dominant seventh
KINDS = (MAJOR, MINOR, DIMINISHED, AUGMENTED)
AUGMENTED_SIXTHS = (ITALIAN, FRENCH)
SEVENTHS = (DOMINANT_SEVENTH, MINOR_SEVENTH, MAJOR_SEVENTH, HALF_DIMINISHED, DIMINISHED_SEVENTH)
# Sevenths before triads, and those with a major third before those with a minor one.
FULLEST_FIRST = sorted((*KINDS[:3], *SEVENTHS), key=lambda kind: (len(kind), kind[0]), reverse=True)
APPLIED = (MAJOR, DOMINANT_SEVENTH)  # kinds that may be the dominant of another degree
APPLIED_LEADING = (DIMINISHED, HALF_DIMINISHED, DIMINISHED_SEVENTH)  # or be built on its leading note

MAJOR_SCALE = frozenset({0, 2, 4, 5, 7, 9, 11})
NATURAL_MINOR = frozenset({0, 2, 3, 5, 7, 8, 10})
HARMONIC_MINOR = frozenset({0, 2, 3, 5, 7, 8, 11})
DEGREES = {
    "major": ("I", "bII", "II", "bIII", "III", "IV", "#IV", "V", "bVI", "VI", "bVII", "VII"),
    "minor": ("I", "bII", "II", "III", "#III", "IV", "#IV", "V", "VI", "#VI", "VII", "#VII"),
}
# In minor, lower-case vi and vii mean the raised degrees.
SMALL_IN_MINOR = {"vi": "bvi", "#vi": "vi", "vii": "bvii", "#vii": "vii"}
# The degrees that a dominant may be applied to, those with a major or minor triad, and their numerals.
TARGETS = {
    "major": {2: "ii", 4: "iii", 5: "IV", 7: "V", 9: "vi"},
    "minor": {3: "III", 5: "iv", 7: "V", 8: "VI", 10: "VII"},
}
LOW_SIXTH = 8  # semitones above the tonic, where augmented sixths stand
# The kinds of chords as chord symbols name them.
SYMBOL_KINDS: dict[tuple[int, ...], tuple[str, tuple[ChordDegree, ...]]] = {
    MAJOR: ("major", ()),
    MINOR: ("minor", ()),
    DIMINISHED: ("diminished", ()),
    AUGMENTED: ("augmented", ()),
    DOMINANT_SEVENTH: ("dominant", ()),
    MINOR_SEVENTH: ("minor-seventh", ()),
    MAJOR_SEVENTH: ("major-seventh", ()),
    HALF_DIMINISHED: ("half-diminished", ()),
    DIMINISHED_SEVENTH: ("diminished-seventh", ()),
    ITALIAN: ("dominant", ()),
    FRENCH: ("dominant", (ChordDegree(5, -1, "alter"),)),
}
INVERSIONS = {"root": ("", "7"), "third": ("6", "65"), "fifth": ("64", "43"), "seventh": ("", "42")}


@dataclass(frozen=True, slots=True)
class Chord:
    """A triad, seventh chord or augmented sixth.

    root, bass: pitch classes. kind: all its intervals above the root, in semitones.
    """

    root: int
    kind: tuple[int, ...]
    bass: int

    @property
    def pitch_classes(self) -> frozenset[int]:
        """The pitch classes of the whole chord, whether they sound or not."""
        return frozenset((self.root + up) % 12 for up in (0, *self.kind))


def chord_of(notes: Sequence[Spelling]) -> Chord | None:
    """The chord that these notes form, ``None`` if they form none.

    Triads and most seventh chords may lack their fifth: C and E alone are C major.
    """
    if not notes:
        return None
    bass = min(notes, key=lambda n: n.pitch).pitch % 12
    sound = frozenset(n.pitch % 12 for n in notes)
    for kinds, may_lack in ((KINDS, False), (SEVENTHS, False), (SEVENTHS[:3], True), (KINDS[:2], True)):
        for kind in kinds:
            ups = (kind[0], *kind[2:]) if may_lack else kind
            roots = [root for root in sound if frozenset((p - root) % 12 for p in sound) == {0, *ups}]
            if len(roots) > 1:  # only spelling gives the root: the sharpest note of a diminished seventh,
                root_note = (min if kind == AUGMENTED else max)(
                    notes, key=lambda n: n.fifths
                )  # or the flattest
                return Chord(root_note.pitch % 12, kind, bass)
            if roots:
                return Chord(roots[0], kind, bass)
    return None


def plain_chord(root: int, intervals: frozenset[int], bass: int) -> Chord | None:
    """The triad or seventh chord that is in a richer one; None where none is.

    intervals: of the richer one, in semitones above its root. bass: a foreign one counts as the root. A
    seventh chord is found before its triad, and a major third before a minor one, which then is a ninth.
    """
    kind = next((kind for kind in FULLEST_FIRST if intervals.issuperset(kind)), None)
    if kind is None:
        return None
    return Chord(root, kind, bass if (bass - root) % 12 in (0, *kind) else root)


def numeral(chord: Chord, key: Key) -> str:
    """The chord's Roman numeral in a key: "V65", "viio6", "V7/V"; upper case for a major third.

    In minor, VI and VII stand on the natural degrees, vi and viio on the raised ones.
    """
    mode = key.mode or "major"
    degree = (chord.root - tonic_of(key)) % 12
    if chord.kind in AUGMENTED_SIXTHS or (chord.kind == DOMINANT_SEVENTH and degree == LOW_SIXTH):
        return augmented_sixth(chord)
    target = applied_to(chord, degree, mode)
    if target is not None:
        name = "V" if chord.kind in APPLIED else "vii"
        return f"{name}{quality(chord.kind)}{inversion(chord)}/{target}"
    name = DEGREES[mode][degree]
    if chord.kind[0] == 3:
        name = name.replace("I", "i").replace("V", "v")
        name = SMALL_IN_MINOR.get(name, name) if mode == "minor" else name
    return f"{name}{quality(chord.kind)}{inversion(chord)}"


def symbol(chord: Chord, root: Spelling) -> str:
    """The chord's symbol as in a lead sheet, without its bass: "Bb", "F#m7". root: how it is written."""
    kind, degrees = SYMBOL_KINDS[chord.kind]
    return chord_text(ChordSymbol(Tone(root.step, root.alter), kind, None, degrees))


def chord_symbol(chord: Chord, key: Key) -> ChordSymbol:
    """The chord as a lead sheet has it, spelled for a key; with its bass where that is not the root."""
    kind, degrees = SYMBOL_KINDS[chord.kind]
    bass = None if chord.bass == chord.root else tone_in(key, chord.bass)
    return ChordSymbol(tone_in(key, chord.root), kind, bass, degrees)


def augmented_sixth(chord: Chord) -> str:
    """The name of an augmented sixth, such as "It6"; without figures where its bass is another note."""
    name, figures = {ITALIAN: ("It", "6"), FRENCH: ("Fr", "43")}.get(chord.kind, ("Ger", "65"))
    return name + figures * (chord.bass == chord.root)


def applied_to(chord: Chord, degree: int, mode: str) -> str | None:
    """The degree whose dominant or leading-note chord this is, ``None`` where it belongs to the key.

    degree: of its root, in semitones above the tonic.
    """
    ups = {(degree + up) % 12 for up in (0, *chord.kind)}
    scales = (MAJOR_SCALE,) if mode == "major" else (NATURAL_MINOR, HARMONIC_MINOR)
    at_home = any(ups <= scale for scale in scales)
    if mode == "minor":
        # Major I and IV only borrow the raised third and sixth, but a dominant seventh on VII leads to III.
        at_home |= chord.kind == MAJOR and degree in (0, 5)
        at_home &= not (chord.kind == DOMINANT_SEVENTH and degree == 10)
    if at_home:
        return None
    if chord.kind in APPLIED:
        return TARGETS[mode].get((degree + 5) % 12)
    if chord.kind in APPLIED_LEADING:
        return TARGETS[mode].get((degree + 1) % 12)
    return None


def quality(kind: tuple[int, ...]) -> str:
    """The sign after the numeral: "o" diminished, "ø" half-diminished, "+" augmented, else nothing."""
    if kind in (HALF_DIMINISHED, AUGMENTED):
        return "ø" if kind == HALF_DIMINISHED else "+"
    return "o" if kind in (DIMINISHED, DIMINISHED_SEVENTH) else ""


def inversion(chord: Chord) -> str:
    """The figured-bass numbers of the chord's inversion, such as "65"."""
    place = (0, *chord.kind).index((chord.bass - chord.root) % 12)
    return INVERSIONS[("root", "third", "fifth", "seventh")[place]][len(chord.kind) - 2]
