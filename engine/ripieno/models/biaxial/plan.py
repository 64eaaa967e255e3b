"""Decide, before the first note, what the network is told: the chords, what comes back, how dense it is.

Chords are a path through all chords, one a half measure: drawn where nothing is given, the best one where
something is. What speaks for a chord is the training music (which chords follow each other, and which stand
where in a period), the given notes, and the form: a twelve-bar blues has its scheme, other music a cadence
every eight measures, and both end on the tonic.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ripieno.models.biaxial.chords import (
    CHORDS,
    DOMINANT,
    MAJOR,
    MINOR,
    Chords,
    best_chords,
    chord_scores,
    drawn_chords,
)
from ripieno.models.biaxial.network import Biaxial
from ripieno.models.biaxial.reading import half_measure_sounds, read_density
from ripieno.models.biaxial.view import (
    HALF_MEASURE,
    NEVER,
    PERIOD,
    Steps,
    View,
    half_places,
    with_recall,
)
from ripieno.models.note_states.keyboard import Floats
from ripieno.piano.blues import CHORDS as BLUES_CHORDS
from ripieno.piano.blues import FORMS
from ripieno.piano.blues_scheme import CHORUS
from ripieno.theory.chords import DOMINANT_SEVENTH

# Nats for a chord.
MAX_OFTENER = 0.6  # of that log: a rare chord that came there once says little
PLACE = 0.8  # times the log of how much oftener it stands there in a period than elsewhere
GIVEN = 1.5  # times what the given notes say
CLOSE, CADENCE = 12.0, 3.0  # at the end of the piece, and of a period
OPENING, OPENING_HALVES = 6.0, 4  # in each of so many halves of measures in which a rag begins
SCHEME = 6.0  # in a twelve-bar blues, times the share of the cells that are free
LINE = 4  # measures: a line of a blues, half a period
RETURNS = 6  # measures of a period that come back in the next
SIMPLE_FORMS = {"major": ("basic", "basic", "long dominant", "quick change"), "minor": ("basic",)}
LIKE = 24  # measures of like density among which one is drawn


@dataclass(frozen=True, slots=True)
class HomeChord:
    """The key note and the mode, in C: C major, or A minor."""

    minor: bool = False

    @property
    def root(self) -> int:
        """The pitch class of the key note."""
        return 9 if self.minor else 0

    @property
    def tonics(self) -> tuple[int, ...]:
        """The chords on which music comes to rest."""
        return (12 * MINOR + self.root,) if self.minor else (12 * MAJOR, 12 * DOMINANT)

    @property
    def dominants(self) -> tuple[int, ...]:
        """The chords that lead there."""
        root = (self.root + 7) % 12
        return (12 * MAJOR + root, 12 * DOMINANT + root)


def with_plan(view: View, model: Biaxial, chance: np.random.Generator, home: HomeChord) -> View:
    """The view of a piece with a plan for what is free in it."""
    twelve_bars = model.config.twelve_bars
    free = not view.known.any()
    sources = returning_measures(view, twelve_bars=twelve_bars) if free else np.full(view.measures, NEVER)
    similarity = (
        np.where(chance.random(view.measures) < 0.5, 1, 2) if not twelve_bars else np.ones(view.measures)
    )
    view = with_recall(view, sources, similarity.astype(np.int64))
    view = replace(view, chords=planned_chords(view, model, chance, home, sources))
    return replace(view, density=planned_density(view, model, chance, sources))


# -- what comes back ---------------------------------------------------------------------------------------


def returning_measures(view: View, *, twelve_bars: bool) -> Steps:
    """(M,) the earlier measure that comes back in each, or NEVER.

    The second period of a strain of two begins as the first one does; the second line of a blues repeats the
    call of the first.
    """
    number = measure_numbers(view)
    if twelve_bars:
        place = number % CHORUS
        back = np.where((place >= LINE) & (place < LINE + 2), LINE, 0)
    else:
        place = number % (2 * PERIOD)
        back = np.where((place >= PERIOD) & (place < PERIOD + RETURNS), PERIOD, 0)
    source = np.arange(view.measures) - back
    return np.where((back > 0) & (source >= 0) & (number >= back), source, NEVER)


def measure_numbers(view: View) -> Steps:
    """(M,) the number of each measure, as in ``View``."""
    return view.number[np.searchsorted(view.measure, np.arange(view.measures))]


# -- chords ------------------------------------------------------------------------------------------------


def planned_chords(
    view: View, model: Biaxial, chance: np.random.Generator, home: HomeChord, sources: Steps
) -> Chords:
    """(H,) the chords of a piece."""
    twelve_bars = model.config.twelve_bars
    scores = form_scores(view, home, periods=not twelve_bars)
    changes = model.chord_changes.numpy()
    if twelve_bars:
        scores += SCHEME * (1 - view.known.mean()) * scheme_scores(view, home, chance)
    else:
        places = model.chord_places.numpy()
        usual = np.log(np.exp(places).mean(0))
        oftener = np.minimum(places - usual, MAX_OFTENER)
        scores += PLACE * oftener[half_places(view)]
        scores[0] += usual  # before the first chord there is no other to follow
    if view.known.any():
        given = view.given * view.known[:, None]
        scores += GIVEN * chord_scores(*half_measure_sounds(given, view))
        return best_chords(scores, changes)
    if twelve_bars:
        return best_chords(scores, changes)
    return with_returns(drawn_chords(scores, changes, chance), view, sources)


def form_scores(view: View, home: HomeChord, *, periods: bool) -> Floats:
    """(H, chords) nats for tonics where a rag begins and a period ends, and for a close at the end."""
    scores = np.zeros((view.halves, CHORDS), dtype=np.float32)
    numbers = measure_numbers(view)
    ends = [(view.measures - 1, CLOSE)]
    if periods:
        scores[:OPENING_HALVES, home.tonics[0]] += OPENING
        ends += [(m, CADENCE) for m in range(view.measures - 1) if numbers[m] % PERIOD == PERIOD - 1]
    for m, nats in ends:
        halves = np.unique(view.half[view.measure == m])  # a measure of a few notes may begin none itself
        # A rag ends without a seventh; a blues has one on every chord.
        for chord in home.tonics[:1] if periods else home.tonics:
            scores[halves, chord] += nats
        before = halves[0] - 1
        if before >= 0:
            scores[before, list(home.dominants)] += nats
    return scores


def half_measures(view: View) -> Steps:
    """(H,) the measure of each half measure."""
    return view.measure[np.searchsorted(view.half, np.arange(view.halves))]


def with_returns(chords: Chords, view: View, sources: Steps) -> Chords:
    """The chords with those of the measures that come back repeated."""
    measure, found = half_measures(view), chords.copy()
    for m in np.flatnonzero(sources != NEVER):
        here, there = np.flatnonzero(measure == m), np.flatnonzero(measure == sources[m])
        if len(here) == len(there) and m < view.measures - 2:
            found[here] = found[there]
    return found


def scheme_scores(view: View, home: HomeChord, chance: np.random.Generator) -> Floats:
    """(H, chords) 1 for the chords of a twelve-bar blues. Its last measure is the piece's own to close."""
    mode = "minor" if home.minor else "major"
    forms = SIMPLE_FORMS[mode]
    scores = np.zeros((view.halves, CHORDS), dtype=np.float32)
    words: list[str] = []
    for count in choruses(view.measures):
        form = FORMS[mode][forms[int(chance.integers(len(forms)))]].split()
        head = max(count - LINE, 0)
        words += [*form[:head], *form[CHORUS - (count - head) :]]
    first = np.searchsorted(view.half, np.arange(view.halves))
    for h, m in enumerate(half_measures(view)):
        if m < view.measures - 1:
            parts = words[m].split(",")
            second = view.strength[first[h]] == HALF_MEASURE
            scores[h, blues_chord(parts[-1 if second else 0], home)] = 1
    return scores


def choruses(measures: int) -> list[int]:
    """How many measures each chorus has; the last one is cut where there are too few."""
    whole, rest = divmod(measures, CHORUS)
    return [CHORUS] * whole + [rest] * (rest > 0)


def blues_chord(numeral: str, home: HomeChord) -> int:
    """The chord of a numeral of the blues grammar."""
    above, kind = BLUES_CHORDS[numeral]
    small = DOMINANT if kind == DOMINANT_SEVENTH else MINOR
    return 12 * small + (home.root + above) % 12


# -- density -----------------------------------------------------------------------------------------------


def planned_density(view: View, model: Biaxial, chance: np.random.Generator, sources: Steps) -> Floats:
    """(M, 2) the density of each measure: like that of the given ones, or of one of the training music.

    The hand below keeps its own, the upper one changes it from measure to measure and has the denser of two
    draws; measures that come back have that of their sources. About the last measure nothing is said.
    """
    table = model.densities.numpy()
    usual = table[int(chance.integers(len(table)))]
    found = np.full((view.measures, 2), NEVER, dtype=np.float32)
    edges = np.searchsorted(view.measure, np.arange(view.measures))
    whole = np.logical_and.reduceat(view.known.all(1), edges)
    if whole.any():
        read = read_density(view.given, view)
        found[whole] = read[whole]
        usual = np.maximum(read[whole].mean(0), table.min(0))
    near = table[np.argsort(np.abs(table[:, 0] - usual[0]), kind="stable")[:LIKE]]
    for m in range(view.measures - 1):
        if not whole[m]:
            found[m] = (usual[0], near[chance.integers(len(near), size=2), 1].max())
        if sources[m] != NEVER:
            found[m] = found[sources[m]]
    return found
