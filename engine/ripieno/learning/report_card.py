"""The report card of a learned model: its figures, beside its parent's, as they are saved in JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ripieno.corpus.corpus import Corpus, Piece
from ripieno.evaluation.similarity import MAX_INTERVAL
from ripieno.learning.judgement import Trait, compare_traits, judgement
from ripieno.learning.measure import Exercises, agreement, fit, make_music, on_same_keys
from ripieno.learning.pieces import evenly, is_divided, known_tunes
from ripieno.learning.recipes import Parent
from ripieno.learning.traits import CHOIR, HANDS, Counts, Music, chord_name, count_totals, key_of, read_music
from ripieno.models.generator import Generator
from ripieno.score import VOICE_NAMES

MAX_PIECES = 24  # of the parent's, from which its habits are counted
MAX_LEARNED = 12  # pieces that were learned from and are measured as the held-out ones are
EDGES = (0.05, 0.95)  # quantiles of a range besides its ends
YOURS, PARENT_PIECES, MINE = "your pieces", "its parent's pieces", "new music"


@dataclass(frozen=True, slots=True)
class Compared:
    """A figure of the parent and of the new model."""

    name: str
    parent: float
    mine: float


@dataclass(frozen=True, slots=True)
class VoiceRange:
    """MIDI pitches of a voice: the lowest, where 5 and 95 percent of its notes lie, the highest."""

    voice: str
    of: str
    lowest: int
    low: int
    high: int
    highest: int


@dataclass(frozen=True, slots=True)
class ReportCard:
    """What there is to know of a learned model, but for its examples.

    known_to_parent: those of the held-out pieces whose melody the parent learned, so that it expects them
    too well. held_out_figures: lower is better. learned_figures: the same on pieces that it learned from.
    agreement: of harmonized melodies with the user's own notes, higher is better. keys, intervals, chords:
    shares of what is counted, by the name of a set of pieces.
    """

    name: str
    plays: str
    parent: str
    reason: str
    learned: tuple[str, ...]
    held_out: tuple[str, ...]
    known_to_parent: tuple[str, ...]
    steps: int
    max_steps: int
    minutes: float
    held_out_figures: tuple[Compared, ...]
    learned_figures: tuple[Compared, ...]
    agreement: tuple[Compared, ...]
    traits: tuple[Trait, ...]
    ranges: tuple[VoiceRange, ...]
    keys: dict[str, dict[str, float]]
    intervals: dict[str, dict[str, float]]
    chords: dict[str, dict[str, float]]
    judgement: str


@dataclass(frozen=True, slots=True)
class Training:
    """How a training went. max_steps: how long it might have been."""

    steps: int
    max_steps: int
    minutes: float


def write_report_card(
    name: str,
    plays: str,
    corpus: Corpus,
    models: tuple[Generator, Generator],
    parent: Parent,
    parent_pieces: Sequence[Piece],
    exercises: Exercises,
    training: Training,
    progress: Callable[[float], None] = lambda _: None,
) -> ReportCard:
    """Measure a learned model beside its parent. models: (the parent, the new one)."""
    old, new = models
    learned = evenly(corpus.train, MAX_LEARNED)
    base = on_same_keys(old, new)
    held_out_fit = fit(base, corpus.valid), fit(new, corpus.valid)
    learned_fit = fit(base, learned), fit(new, learned)
    mine = make_music(new, exercises, lambda fraction: progress(0.5 * fraction))
    before = make_music(old, exercises, lambda fraction: progress(0.5 + 0.5 * fraction))
    yours = corpus.train + corpus.valid
    known_before = known_tunes(corpus, parent_pieces)
    pieces = 1 if is_divided(corpus) else len(yours)
    sets = {
        YOURS: [piece.grid for piece in yours],
        PARENT_PIECES: [piece.grid for piece in evenly(parent_pieces, MAX_PIECES)],
        MINE: [*mine.melodies, *mine.composed],
    }
    music = {of: read_music(grids, plays) for of, grids in sets.items() if grids}
    counts = {of: count_totals(some, plays) for of, some in music.items()}
    traits = compare_traits(plays, music[YOURS], before, mine)
    agreed = [agreement(made.melodies, exercises.melodies, corpus.train) for made in (before, mine)]
    return ReportCard(
        name=name,
        plays=plays,
        parent=parent.name,
        reason=parent.reason,
        learned=tuple(piece.name for piece in corpus.train),
        held_out=tuple(piece.name for piece in corpus.valid),
        known_to_parent=known_before,
        steps=training.steps,
        max_steps=training.max_steps,
        minutes=training.minutes,
        held_out_figures=compared(*held_out_fit),
        learned_figures=compared(*learned_fit),
        agreement=compared(*agreed),
        traits=tuple(traits),
        ranges=tuple(r for of, found in counts.items() for r in voice_ranges(found["ranges"], of, plays)),
        keys={of: key_shares(some) for of, some in music.items() if of != MINE},
        intervals={of: interval_shares(found["intervals"]) for of, found in counts.items()},
        chords={of: chord_shares(found["chords"], plays) for of, found in counts.items()},
        judgement=judgement(
            name, pieces, parent.name, traits, held_out_fit, learned_fit, known=len(known_before)
        ),
    )


def compared(parent: dict[str, float], mine: dict[str, float]) -> tuple[Compared, ...]:
    """Figures of both models side by side."""
    return tuple(Compared(name, parent[name], figure) for name, figure in mine.items() if name in parent)


def voice_ranges(counts: Counts, of: str, plays: str) -> list[VoiceRange]:
    """The range of each voice, or of each hand."""
    found = []
    for index, voice in enumerate(VOICE_NAMES if plays == CHOIR else HANDS):
        pitches: list[int] = []
        for key, n in counts.items():
            assert isinstance(key, tuple)
            pitches += [key[1]] * (n if key[0] == index else 0)
        pitches.sort()
        if pitches:
            low, high = (pitches[round(edge * (len(pitches) - 1))] for edge in EDGES)
            found.append(VoiceRange(voice, of, pitches[0], low, high, pitches[-1]))
    return found


def interval_shares(counts: Counts) -> dict[str, float]:
    """How often voices move by so many semitones, up or down, whichever voice it is."""
    found: Counter[str] = Counter()
    for key, n in counts.items():
        assert isinstance(key, tuple)
        found[str(abs(key[1]))] += n
    return shares(Counter({str(size): found[str(size)] for size in range(MAX_INTERVAL + 1)}))


def key_shares(pieces: Sequence[Music]) -> dict[str, float]:
    """How many of some pieces are in each key."""
    return shares(Counter(str(key) for music in pieces if (key := key_of(music))))


def chord_shares(counts: Counts, plays: str) -> dict[str, float]:
    """How often each chord sounds, by its name."""
    found: Counter[str] = Counter()
    for key, n in counts.items():
        found[chord_name(key, plays)] += n
    return shares(found)


def shares(counts: Counter[str]) -> dict[str, float]:
    """Counts as shares of their sum, the most frequent first."""
    everything = counts.total() or 1
    return {name: round(n / everything, 4) for name, n in counts.most_common()}
