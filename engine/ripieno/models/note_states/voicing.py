"""From keys to voices: choose a line for each free voice of the choir from the probabilities of the keys.

A network over note states gives the probability of each key, not the voice that sings it. The lines are the
best path through all chords of likely keys: likely keys, little movement, no crossing, no parallels (Viterbi
1967).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, pairwise, product

import numpy as np
from numpy.typing import NDArray

from ripieno.grid import BEAT, HOLD, REST, Cells, Grid, sounding_pitches
from ripieno.models.easy_parts import leap_nats
from ripieno.models.masks import Mask
from ripieno.models.note_states.bound_steps import BoundStep, bound_steps
from ripieno.models.note_states.keyboard import Floats
from ripieno.models.sampling import Limits
from ripieno.theory.ranges import FIFTH, OCTAVE

FOURTH = 5  # semitones
KEYS_A_VOICE = 7  # only so many of the likeliest keys are tried for a voice at each step
CHORDS = 100  # only so many of the best combinations are compared at each step
MAX_LOG_ODDS = 6.0  # greater log-odds are clipped to this


@dataclass(frozen=True, slots=True)
class VoiceLeadingCosts:
    """The costs of voice leading, in nats.

    on_beat, off_beat, between: a change of pitch on a beat, on another eighth, on a sixteenth. semitone: each
    semitone of the motion. leap: each semitone beyond a fourth. overlap: motion beyond the last note of a
    neighbouring voice. parallel: a pair of parallel fifths or octaves. unison: two voices on one key. wide:
    more than an octave between neighbours above the bass. bass: a factor on the motion's cost for the bass,
    which may also leap up to an octave. keys: a factor on the keys' log-odds, against these costs; below 1
    because a held key counts again at every sixteenth. easy: a factor on what leaps cost in easy parts.
    """

    on_beat: float = 0.3
    off_beat: float = 1.5
    between: float = 4.0
    semitone: float = 0.2
    leap: float = 2.0
    overlap: float = 3.0
    parallel: float = 30.0
    unison: float = 1.0
    wide: float = 3.0
    bass: float = 0.3
    keys: float = 0.4
    easy: float = 0.0


# Every step for itself, to measure what the costs gain.
NO_COSTS = VoiceLeadingCosts(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, keys=1)


def keys_to_voices(
    probabilities: Floats,
    grid: Grid,
    fixed: Mask,
    limits: Limits,
    *,
    costs: VoiceLeadingCosts = VoiceLeadingCosts(),
    added: Floats | None = None,
) -> tuple[Cells, float]:
    """(cells (T, V), the score of the best path, in nats): free cells filled, fixed ones as given.

    probabilities: (T, 2, 128) that each pitch sounds, and is struck. added: (T, 128), to the log-odds.
    Every free voice rests in the silent steps of the limits and sings, inside its range, in all others.
    """
    odds = log_odds(probabilities[:, 0])
    if added is not None:
        odds = odds + added
    given = np.where(fixed, sounding_pitches(grid.cells), REST)
    chords, scores = [], []
    bound = bound_steps(grid)
    strain = limits.strain(np.arange(REST)) if limits.comfortable else None  # (V, pitches)
    if strain is not None:
        strain = np.pad(strain, ((0, 0), (0, 1)))  # silence costs nothing
    for t in range(grid.steps):
        silent = bool(limits.silent[t])
        found = step_chords(odds[t], given[t], fixed[t], limits, silent=silent, bound=bound[t])
        worth = chord_scores(found, odds[t], fixed[t], costs)
        if strain is not None:
            worth = worth - (strain[np.arange(found.shape[1]), found] * ~fixed[t]).sum(1)
        best = np.argsort(-worth, kind="stable")[:CHORDS]
        chords.append(found[best])
        scores.append(worth[best])
    path, total = best_path(chords, scores, grid, fixed, costs)
    pitches = np.stack([chords[t][i] for t, i in enumerate(path)]) if path else given
    return with_holds(pitches, probabilities, grid, fixed), total


def log_odds(probabilities: Floats) -> Floats:
    """Log p / (1 - p), clipped to +-MAX_LOG_ODDS."""
    safe = np.clip(probabilities, 1e-6, 1 - 1e-6)
    odds: Floats = np.clip(np.log(safe / (1 - safe)), -MAX_LOG_ODDS, MAX_LOG_ODDS).astype(np.float32)
    return odds


def step_chords(
    odds: NDArray[np.float32],
    given: Cells,
    fixed: NDArray[np.bool_],
    limits: Limits,
    *,
    silent: bool,
    bound: BoundStep | None = None,
) -> NDArray[np.int16]:
    """(M, V) the possible chords of a step, all with the given voices; REST where a voice is silent.

    odds: (128,). given: (V,) pitches. fixed: (V,) bool. Chords with crossing voices are left out unless there
    are no others, and so are those beyond the span. bound: what the user asks for there.
    """
    choices: list[list[int]] = []
    for v, (low, high) in enumerate(limits.ranges):
        if fixed[v] or silent:
            choices.append([int(given[v])] if fixed[v] else [REST])
            continue
        above = [int(given[u]) for u in range(v) if fixed[u] and given[u] != REST]
        below = [int(given[u]) for u in range(v + 1, len(given)) if fixed[u] and given[u] != REST]
        top, bottom = min([high, *above]), max([low, *below])
        if top < bottom:
            top, bottom = high, low
        keys = np.arange(bottom, top + 1)
        if bound is not None:
            keys = bound.keys(keys, lowest_voice=v == len(given) - 1)
        best = np.argsort(-odds[keys], kind="stable")[:KEYS_A_VOICE]
        choices.append([int(k) for k in keys[best]])
    every = np.array(list(product(*choices)), dtype=np.int16)
    ordered = np.ones(len(every), dtype=np.bool_)
    for a, b in combinations(range(every.shape[1]), 2):
        upper, lower = every[:, a], every[:, b]
        ordered &= (upper >= lower) | (upper == REST) | (lower == REST)
    every = every[ordered] if ordered.any() else every
    if limits.span is not None and not silent:
        upper = every[:, :-1]
        sings = upper != REST
        near = upper.max(1, initial=0, where=sings) - upper.min(1, initial=REST, where=sings) <= limits.span
        every = every[near] if near.any() else every
    return every if bound is None or silent else bound.fullest(every)


def chord_scores(
    chords: NDArray[np.int16], odds: NDArray[np.float32], fixed: NDArray[np.bool_], costs: VoiceLeadingCosts
) -> NDArray[np.float32]:
    """(M,) the summed log-odds of each chord's keys, less costs; a key that two voices share counts once."""
    scores = np.zeros(len(chords), dtype=np.float32)
    for v in range(chords.shape[1]):
        if fixed[v]:
            continue
        pitches = chords[:, v]
        sings = pitches != REST
        others = [u for u in range(chords.shape[1]) if u < v or fixed[u]]
        doubled = (chords[:, others] == pitches[:, None]).any(1)
        value = np.where(doubled, -costs.unison, costs.keys * odds[np.where(sings, pitches, 0)])
        scores += np.where(sings, value, 0)
    for u in range(chords.shape[1] - 2):
        gap = chords[:, u] - chords[:, u + 1]
        apart = (gap > OCTAVE) & (chords[:, u] != REST) & (chords[:, u + 1] != REST)
        scores -= costs.wide * apart
    return scores


def best_path(
    chords: list[NDArray[np.int16]],
    scores: list[NDArray[np.float32]],
    grid: Grid,
    fixed: Mask,
    costs: VoiceLeadingCosts,
) -> tuple[list[int], float]:
    """(the index of the chord at each step, the score of the path), by the Viterbi algorithm.

    chords: (M, V) of each step. scores: (M,) of each step.
    """
    if not chords:
        return [], 0.0
    total = scores[0].astype(np.float64)
    back: list[NDArray[np.intp]] = []
    for t in range(1, len(chords)):
        cost = step_costs(chords[t - 1], chords[t], int(grid.strength[t]), fixed[t], costs)
        through = total[:, None] - cost
        back.append(through.argmax(0))
        total = through.max(0) + scores[t]
    path = [int(total.argmax())]
    for pointers in reversed(back):
        path.append(int(pointers[path[-1]]))
    return path[::-1], float(total.max())


def step_costs(
    before: NDArray[np.int16],
    after: NDArray[np.int16],
    strength: int,
    fixed: NDArray[np.bool_],
    costs: VoiceLeadingCosts,
) -> NDArray[np.float64]:
    """(M, M') the cost of the motion from each chord to each next one; given voices cost nothing.

    strength: of the step of ``after``, as in ``Grid``. fixed: (V,) bool.
    """
    new_note = costs.on_beat if strength >= BEAT else costs.off_beat if strength == 1 else costs.between
    voices = range(before.shape[1])
    a = [before[:, v, None].astype(np.int32) for v in voices]  # (M, 1) each
    b = [after[None, :, v].astype(np.int32) for v in voices]  # (1, M')
    moves = [(x != y) & (x != REST) & (y != REST) for x, y in zip(a, b, strict=True)]
    total = np.zeros((len(before), len(after)))
    for v in voices:
        if fixed[v]:
            continue
        calm, reach = (costs.bass, OCTAVE) if v == voices[-1] else (1.0, FOURTH)
        way = np.abs(a[v] - b[v])
        cost = new_note + calm * (costs.semitone * way + costs.leap * np.maximum(way - reach, 0))
        if costs.easy:
            cost = cost + costs.easy * leap_nats(way)
        total += np.where(moves[v], cost, 0)
    for u, v in pairwise(voices) if costs.overlap else ():
        both = (a[u] != REST) & (b[v] != REST) & moves[v]
        total += costs.overlap * (both & (b[v] > a[u]))
        both = (a[v] != REST) & (b[u] != REST) & moves[u]
        total += costs.overlap * (both & (b[u] < a[v]))
    if costs.parallel:
        for u, v in combinations(voices, 2):
            if fixed[u] and fixed[v]:
                continue
            first = np.abs(a[u] - a[v]) % OCTAVE
            second = np.abs(b[u] - b[v]) % OCTAVE
            perfect = (first == second) & ((first == 0) | (first == FIFTH))
            total += costs.parallel * (perfect & moves[u] & moves[v])
    return total


def with_holds(pitches: NDArray[np.int16], probabilities: Floats, grid: Grid, fixed: Mask) -> Cells:
    """(T, V) cells of sounding pitches: a pitch that goes on is held, unless the network strikes it again.

    It may strike it again on an eighth or a beat only, not on a sixteenth.
    A free cell never lengthens a given note: after one, a repeated pitch is struck.
    """
    cells = pitches.copy()
    for t in range(1, len(pitches)):
        for v in range(pitches.shape[1]):
            pitch = int(pitches[t, v])
            stays = pitch == pitches[t - 1, v] != REST
            again = probabilities[t, 1, pitch] > 0.5 and grid.strength[t] >= 1 if pitch < HOLD else False
            if stays and not again and not fixed[t - 1, v]:
                cells[t, v] = HOLD
    cells[fixed] = grid.cells[fixed]
    return cells
