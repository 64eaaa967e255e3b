"""What a style is made of, as far as it can be counted: ranges, intervals, chords, rhythm, cadences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence

from ripieno.corpus.corpus import Piece
from ripieno.evaluation.setting import read_setting
from ripieno.evaluation.similarity import chord_qualities, intervals, rhythm
from ripieno.grid import HOLD, NO_KEY, Grid
from ripieno.learning.pieces import outer_lines
from ripieno.score import VOICE_NAMES, Key
from ripieno.theory.keys import key_near, signature_on

Counts = Counter[Hashable]
CHOIR = "choir"
CLOSING_CHORDS = 4  # beats before the end of a piece in which its cadence stands
OUTER = (0, 1)  # the lines of ``outer_lines``
LINES = ("the highest notes", "the lowest notes")
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


Trait = Callable[[Iterable[Grid], Sequence[int]], Counts]
TRAITS: dict[str, Trait] = {
    "ranges": ranges,
    "intervals": intervals,
    "chords": chord_qualities,
    "rhythm": rhythm,
    "cadences": cadences,
}


def traits_of(plays: str) -> tuple[str, ...]:
    """The names of what can be counted: closes are known of four voices only."""
    return tuple(name for name in TRAITS if plays == CHOIR or name != "cadences")


def count_trait(name: str, pieces: Iterable[Piece], plays: str) -> Counts:
    """Count something over some pieces; for the piano in the highest and the lowest line, but all chords."""
    return sum(counts_by_piece(name, [piece.grid for piece in pieces], plays), Counter())


def counts_by_piece(
    name: str, grids: Iterable[Grid], plays: str, voices: Sequence[int] = ALL
) -> list[Counts]:
    """Count something in each piece by itself."""
    if plays == CHOIR:
        return [TRAITS[name]([grid], voices) for grid in grids]
    if name == "chords":
        return [chord_qualities([grid], OUTER) for grid in grids]
    return [TRAITS[name]([outer_lines(grid)], OUTER) for grid in grids]


def key_counts(pieces: Sequence[Piece], plays: str) -> Counter[str]:
    """The keys of some pieces; for the piano by their signatures alone, since no voice tells the mode."""
    return Counter(name for piece in pieces if (name := key_name(piece.grid, plays)))


def key_name(grid: Grid, plays: str) -> str:
    """The key of a piece, empty where it is not known."""
    tonic = int(grid.tonic[0]) if grid.steps else NO_KEY
    if tonic == NO_KEY:
        return ""
    if plays != CHOIR:
        return signature_name(signature_on(tonic))
    home = read_setting(grid).home
    return str(key_near(home.tonic, home.mode, 0))


def signature_name(key: Key) -> str:
    """A signature in words: "2 sharps"."""
    if not key.fifths:
        return "no sharps or flats"
    kind = "sharp" if key.fifths > 0 else "flat"
    return f"{abs(key.fifths)} {kind}{'' if abs(key.fifths) == 1 else 's'}"


def chord_name(pitch_classes: Hashable) -> str:
    """What a chord is called by the pitch classes above its bass."""
    return CHORD_NAMES.get(pitch_classes, "other") if isinstance(pitch_classes, tuple) else "other"
