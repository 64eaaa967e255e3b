"""What a style is made of, as far as it can be counted: ranges, intervals, chords, rhythm, cadences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from contextlib import suppress
from itertools import groupby, pairwise

from ripieno.errors import RequestError
from ripieno.evaluation import piano_similarity
from ripieno.evaluation.piano_music import PianoMusic, piano_music
from ripieno.evaluation.setting import read_setting
from ripieno.evaluation.similarity import bounded_interval, chord_qualities, intervals, rhythm
from ripieno.grid import HOLD, NO_KEY, Grid
from ripieno.score import VOICE_NAMES, Key
from ripieno.theory.chords import Chord, symbol
from ripieno.theory.keys import key_near

Counts = Counter[Hashable]
Music = Grid | PianoMusic  # of a choir, of a pianist
CHOIR, PIANO = "choir", "piano"
CLOSING_CHORDS = 4  # beats before the end of a piece in which its cadence stands
HANDS = ("right hand", "left hand")
SPELLED_IN = Key(-3, "minor")  # C minor: chords foreign to C are Eb, Ab and Bb, not D#, G# and A#
ALL = tuple(range(len(VOICE_NAMES)))
# The pitch classes above the bass -> the name of a chord.
CHORD_NAMES: dict[tuple[int, ...], str] = {
    (0, 4, 7): "major",
    (0, 3, 7): "minor",
    (0, 3, 8): "major 6",
    (0, 4, 9): "minor 6",
    (0, 5, 9): "major 6/4",
    (0, 5, 8): "minor 6/4",
    (0, 3, 6): "diminished",
    (0, 3, 9): "diminished 6",
    (0, 4, 7, 10): "seventh (V7)",
    (0, 3, 6, 8): "seventh 6/5",
    (0, 3, 5, 9): "seventh 4/3",
    (0, 2, 6, 9): "seventh 4/2",
    (0, 3, 7, 10): "minor seventh",
    (0, 4, 7, 11): "major seventh",
    (0, 3, 6, 9): "dim. seventh",
    (0, 7): "open fifth",
    (0, 4): "third alone",
    (0, 3): "minor third alone",
    (0,): "unison, octave",
}


def ranges(grids: Iterable[Grid], voices: Sequence[int]) -> Counts:
    """The pitches of each voice."""
    found: Counts = Counter()
    for grid in grids:
        for v in voices:
            column = grid.cells[:, v]
            found.update((v, int(pitch)) for pitch in column[column < HOLD])
    return found


def cadences(grids: Iterable[Grid], voices: Sequence[int]) -> Counts:  # noqa: ARG001
    """The kind of the last close, and the chords of the last beats, each as a distance to the key note."""
    found: Counts = Counter()
    for grid in grids:
        setting = read_setting(grid)
        found[("close", setting.close)] += CLOSING_CHORDS
        last = [chord for chord in setting.chords if chord is not None][-CLOSING_CHORDS:]
        found.update(
            (place, (chord.root - setting.home.tonic) % 12, chord.bass == chord.root)
            for place, chord in enumerate(reversed(last))
        )
    return found


def hand_ranges(pieces: Iterable[PianoMusic]) -> Counts:
    """The pitches of each hand."""
    return Counter(
        (hand, note.pitch) for music in pieces for hand, notes in enumerate(music.hands) for note in notes
    )


def hand_intervals(pieces: Iterable[PianoMusic]) -> Counts:
    """How the highest notes of the right hand move, and the lowest ones of the left."""
    found: Counts = Counter()
    for music in pieces:
        for hand, notes in enumerate(music.hands):
            outermost = max if hand == piano_similarity.RIGHT else min
            line = [outermost(n.pitch for n in chord) for _, chord in groupby(notes, lambda note: note.onset)]
            found.update((hand, bounded_interval(after - before)) for before, after in pairwise(line))
    return found


CHOIR_TRAITS: dict[str, Callable[[Iterable[Grid], Sequence[int]], Counts]] = {
    "ranges": ranges,
    "intervals": intervals,
    "chords": chord_qualities,
    "rhythm": rhythm,
    "cadences": cadences,
}
PIANO_TRAITS: dict[str, Callable[[Iterable[PianoMusic]], Counts]] = {
    "ranges": hand_ranges,
    "intervals": hand_intervals,
    "chords": piano_similarity.chords,
    "rhythm": piano_similarity.rhythm,
}


def read_music(grids: Iterable[Grid], plays: str) -> list[Music]:
    """Pieces as what is counted in them reads them; without those for the piano that have no meter."""
    if plays == CHOIR:
        return list(grids)
    found: list[Music] = []
    for grid in grids:
        with suppress(RequestError):
            found.append(piano_music(grid, ""))
    return found


def count_traits(music: Iterable[Music], plays: str, voices: Sequence[int] = ALL) -> dict[str, list[Counts]]:
    """Everything that is counted, by name, in each piece by itself. voices: of a choir."""
    if plays == CHOIR:
        grids = [one for one in music if isinstance(one, Grid)]
        return {name: [count([grid], voices) for grid in grids] for name, count in CHOIR_TRAITS.items()}
    pieces = [one for one in music if isinstance(one, PianoMusic)]
    return {name: [count([piece]) for piece in pieces] for name, count in PIANO_TRAITS.items()}


def total(counts: Iterable[Counts]) -> Counts:
    """The counts of several pieces together."""
    found: Counts = Counter()
    for one in counts:
        found.update(one)
    return found


def count_totals(music: Iterable[Music], plays: str) -> dict[str, Counts]:
    """The same over all pieces."""
    return {name: total(of_each) for name, of_each in count_traits(music, plays).items()}


def key_of(music: Music) -> Key | None:
    """The home key of a piece, None where it is not known."""
    if isinstance(music, PianoMusic):
        return music.key
    if not music.steps or int(music.tonic[0]) == NO_KEY:
        return None
    home = read_setting(music).home
    return key_near(home.tonic, home.mode, 0)


def chord_name(chord: Hashable, plays: str) -> str:
    """What a chord is called: by the pitch classes above its bass; at the piano as if the key note were C."""
    if plays == CHOIR:
        return CHORD_NAMES.get(chord, "other") if isinstance(chord, tuple) else "other"
    assert isinstance(chord, tuple)
    root, kind = chord
    return symbol(Chord(root, kind, root), SPELLED_IN.spell(root))
