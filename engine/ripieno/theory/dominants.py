"""The rules on dominant chords: leading notes and sevenths must resolve.

Only clear cases count: a dominant seventh (or a diminished triad) that goes to its tonic, anywhere, in any
key; and a major triad that does so at the end of a phrase. Elsewhere I-IV looks just like V-I; at the end of
a phrase it does so only where the triad stands on the key note of the signature.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from ripieno.grid import REST
from ripieno.score import Note
from ripieno.theory.texture import Hit, Texture, capitalize_first

# Intervals above the dominant's root. A diminished triad on its third counts as a dominant without its root.
MAJOR = frozenset({0, 4, 7})
SEVENTH = frozenset({0, 4, 7, 10})
SEVENTH_WITHOUT_FIFTH = frozenset({0, 4, 10})
DIMINISHED = frozenset({4, 7, 10})
# Semitones from a leading note to the fifth, the minor third and the major third of the tonic chord.
INNER_LEAPS = (-4, 4, 5)


@dataclass(frozen=True, slots=True)
class Resolution:
    """A dominant on the texture's rows [start, row), and its tonic, which begins at ``row``.

    root: the dominant's pitch class. kind: its intervals in the row before it resolves. closing: whether the
    tonic ends a phrase. on_key_note: whether the dominant's root is the signature's major key note; then its
    third is no leading note.
    """

    start: int
    row: int
    root: int
    kind: frozenset[int]
    closing: bool
    on_key_note: bool

    @property
    def leading(self) -> int:
        """The pitch class of the leading note."""
        return (self.root + 4) % 12

    @property
    def tonic(self) -> int:
        """The pitch class of the tonic."""
        return (self.root + 5) % 12

    @property
    def seventh(self) -> int:
        """The pitch class of the dominant's seventh."""
        return (self.root + 10) % 12


def doubled_leading_note(texture: Texture) -> Iterator[Hit]:
    """Two voices have the leading note of a dominant at once."""
    for found in resolutions(texture):
        if found.on_key_note:
            continue
        for row in range(found.start, found.row):
            voices = voices_with(texture, row, found.leading)
            if len(voices) > 1:
                a, b = voices[:2]
                names = f"{capitalize_first(texture.names[a])} and {texture.names[b]}"
                sentence = f"{names} double the leading note, {texture.note(row, a).name}"
                yield Hit(texture.onsets[row], (a, b), sentence)
                break


def unresolved_leading_note(texture: Texture) -> Iterator[Hit]:
    """At the end of a phrase a leading note does not rise to the tonic.

    An inner voice may go to the fifth or third of the tonic chord instead.
    """
    outer = (0, len(texture.names) - 1)
    for found in resolutions(texture):
        if not found.closing or found.on_key_note:
            continue
        for v in voices_with(texture, found.row - 1, found.leading):
            note, after = texture.note(found.row - 1, v), next_note(texture, found.row - 1, v)
            if after is None or after.pitch == note.pitch + 1:
                continue
            if v not in outer and after.pitch - note.pitch in INNER_LEAPS:
                continue
            sentence = f"{capitalize_first(texture.names[v])} has the leading note {note.name} and goes to "
            yield Hit(after.onset, (v,), f"{sentence}{after.name} instead of rising to the tonic")


def unresolved_seventh(texture: Texture) -> Iterator[Hit]:
    """The seventh of a dominant does not fall by step; into a tonic in first inversion it may rise."""
    for found in resolutions(texture):
        if found.kind not in (SEVENTH, SEVENTH_WITHOUT_FIFTH):
            continue
        for v in voices_with(texture, found.row - 1, found.seventh):
            note, after = texture.note(found.row - 1, v), next_note(texture, found.row - 1, v)
            if after is None or note.pitch - after.pitch in (1, 2):
                continue
            if after.pitch - note.pitch in (1, 2) and bass_has_third(texture, found):
                continue
            sentence = (
                f"{capitalize_first(texture.names[v])} has the seventh {note.name} and goes to {after.name}"
            )
            yield Hit(after.onset, (v,), f"{sentence} instead of falling by step")


def resolutions(texture: Texture) -> list[Resolution]:
    """Every clear case of a dominant that goes to its tonic; see the module's text."""
    chords = [pitch_classes(row) for row in texture.pitches.tolist()]
    roots = [dominant_of(chord) for chord in chords]
    starts, ends = texture.phrase_starts(), set(texture.phrase_ends())
    found: list[Resolution] = []
    for row in range(1, len(chords)):
        before = roots[row - 1]
        if starts[row] or before is None:
            continue
        root, kind = before
        if not is_tonic(chords[row], (root + 5) % 12):
            continue
        closing = row in ends
        if kind == MAJOR and not closing:
            continue
        start = row - 1
        while start and not starts[start] and (roots[start - 1] or (None,))[0] == root:
            start -= 1
        found.append(Resolution(start, row, root, kind, closing, root == texture.tonics[row]))
    return found


def bass_has_third(texture: Texture, found: Resolution) -> bool:
    """Whether the tonic chord is in first inversion."""
    lowest = min(p for p in texture.pitches[found.row].tolist() if p != REST)
    return (lowest - found.tonic) % 12 in (3, 4)


def pitch_classes(pitches: list[int]) -> frozenset[int]:
    """The pitch classes that sound."""
    return frozenset(p % 12 for p in pitches if p != REST)


@cache
def dominant_of(chord: frozenset[int]) -> tuple[int, frozenset[int]] | None:
    """(root, kind) of a chord that may be a dominant, ``None`` for another."""
    for root in range(12):
        kind = frozenset((p - root) % 12 for p in chord)
        if kind in (MAJOR, SEVENTH, SEVENTH_WITHOUT_FIFTH, DIMINISHED):
            return root, kind
    return None


def is_tonic(chord: frozenset[int], tonic: int) -> bool:
    """Whether a chord is a major or minor triad on ``tonic``, or just its root and third."""
    kind = frozenset((p - tonic) % 12 for p in chord)
    return kind in ({0, 4, 7}, {0, 3, 7}, {0, 4}, {0, 3})


def voices_with(texture: Texture, row: int, pitch_class: int) -> list[int]:
    """The voices that sound a pitch class at a row."""
    pitches = texture.pitches[row].tolist()
    return [v for v, p in enumerate(pitches) if p != REST and p % 12 == pitch_class]


def next_note(texture: Texture, row: int, voice: int) -> Note | None:
    """The note that follows in a voice without a rest, ``None`` where there is none."""
    line, index = texture.lines[voice], int(texture.notes[row, voice])
    following = line[index + 1 : index + 2]
    return following[0] if following and following[0].onset == line[index].end else None
