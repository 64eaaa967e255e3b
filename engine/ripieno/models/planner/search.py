"""Plans from the planner's scores: the likeliest that close and really differ, or some that are drawn."""

from __future__ import annotations

from collections.abc import Collection

import torch
import torch.nn.functional as F
from torch import Tensor

from ripieno.models.planner.chain import best_path, draw_path
from ripieno.models.planner.network import PieceScores
from ripieno.theory.chords import MAJOR, MINOR
from ripieno.theory.plans import PLAN_KINDS, last_changes

DIFFERENT = 0.4  # nats: the cost of a root that an earlier plan has on the same beat
PHRASE_END = 3.0  # nats: its cost where the last note of a phrase begins, and on no later beat of that note
WEIGHTS = (1, 2, 4, 8, 16, 32)  # of what is shared, until a plan is a new one
NO_CADENCE = 8.0  # nats: the cost of a close without one
PLAGAL = 4.0  # nats: the cost of a close from the subdominant, which few tunes have where a dominant fits
INVERTED = 0.3  # nats for an inversion: the likeliest plans have too few of them, with this as many as people
FAR_OPENING = 2.5  # nats: the cost of a first chord that is neither the tonic nor the dominant
DRAWN_TEMPERATURE = 0.9  # of plans by chance: as lively as people's, without their rarest chords
DOMINANT, SUBDOMINANT = 7, 5  # degrees from whose chords a piece may close
TRIADS = (PLAN_KINDS.index(MAJOR), PLAN_KINDS.index(MINOR))


def find_plans(
    scores: PieceScores, vocabulary: Tensor, count: int, *, closes: bool, phrase_ends: Collection[int]
) -> list[tuple[int, ...]]:
    """``count`` plans, the likeliest first: the state of each beat.

    closes: whether the piece ends on the key note's triad in root position, after a dominant or subdominant.
    phrase_ends: the beats at which phrases end. Other openings than on tonic or dominant cost. Each further
    plan pays for every root that it shares with an earlier one, most at the ends of phrases, but for the last
    two chords of the piece; where that changes nothing, for every chord but the last. (Batra, Yadollahpour,
    Guzman-Rivera, Shakhnarovich, "Diverse M-best solutions in Markov random fields", ECCV 2012.)
    """
    roots, _, basses = vocabulary.unbind(-1)
    scores = scores._replace(chords=scores.chords + INVERTED * (roots != basses))
    chords, moves = close_scores(scores, vocabulary) if closes else (scores.chords, scores.moves)
    found: list[tuple[int, ...]] = []
    opening = opening_costs(scores, vocabulary)
    shared, taken = torch.zeros_like(opening), torch.zeros_like(opening)
    for _ in range(count):
        for weight in WEIGHTS:  # a short piece needs more to become another one
            cost = opening + weight * shared + (weight - 1) * taken
            extended = F.pad(cost, (0, chords.shape[1] - cost.shape[1]))
            path = [original(state, scores, vocabulary) for state in best_path(chords - extended, moves)[0]]
            if tuple(path) not in found:
                break
        found.append(tuple(path))
        taken[torch.arange(len(path) - 1), path[:-1]] += DIFFERENT
        for t, state in enumerate(path[: last_changes(roots[path].tolist())]):
            price = DIFFERENT if t not in phrase_ends else 0.0 if t - 1 in phrase_ends else PHRASE_END
            shared[t] += price * (roots == roots[state])
    return found


def draw_plans(
    scores: PieceScores, vocabulary: Tensor, count: int, generator: torch.Generator
) -> list[tuple[int, ...]]:
    """``count`` plans, each as often as it is probable: the state of each beat. Openings cost as above.

    Where nothing is given, the likeliest plan keeps to few chords; drawn ones move as those of pieces do.
    """
    chords = (scores.chords - opening_costs(scores, vocabulary)) / DRAWN_TEMPERATURE
    moves = scores.moves / DRAWN_TEMPERATURE
    return [tuple(draw_path(chords, moves, generator)) for _ in range(count)]


def opening_costs(scores: PieceScores, vocabulary: Tensor) -> Tensor:
    """(N, S) nats: what first chords cost that are neither on the tonic nor on the dominant."""
    costs = torch.zeros_like(scores.chords)
    roots = vocabulary[:, 0]
    costs[0] = FAR_OPENING * ((roots != 0) & (roots != DOMINANT))
    return costs


def close_scores(scores: PieceScores, vocabulary: Tensor) -> tuple[Tensor, Tensor]:
    """(chords (N, S + C), moves (N, S + C, S + C)): the scores with C closing states behind the others.

    A closing state is the key note's triad in root position, when it is the last chord of the piece: it is
    entered from a dominant, or at a cost, and never left.
    """
    tonic = closing_states(vocabulary)
    chords = torch.cat([scores.chords, scores.chords[:, tonic]], dim=1)
    count, states = scores.chords.shape
    chords[0, states:] -= NO_CADENCE
    moves = torch.full((count, chords.shape[1], chords.shape[1]), -1e9)
    moves[:, :states, :states] = scores.moves
    moves[:, :states, states:] = scores.moves[:, :, tonic] - cadence_costs(vocabulary).unsqueeze(-1)
    for i, state in enumerate(tonic.tolist()):
        moves[:, states + i, states + i] = scores.moves[:, state, state]
    chords[-1, :states] = -1e9
    return chords, moves


def closing_states(vocabulary: Tensor) -> Tensor:
    """(C,) the states on which a piece closes."""
    root, kind, bass = vocabulary.unbind(-1)
    closing = (root == 0) & (bass == 0) & torch.isin(kind, torch.tensor(TRIADS))
    return closing.nonzero().squeeze(-1)


def cadence_costs(vocabulary: Tensor) -> Tensor:
    """(S,) nats for a close from each chord: none from a dominant with its leading note."""
    root, kind, bass = vocabulary.unbind(-1)
    leading = torch.tensor([intervals[0] == MAJOR[0] for intervals in PLAN_KINDS])
    dominant = (root == DOMINANT) & leading[kind]
    plagal = (root == SUBDOMINANT) & (bass == SUBDOMINANT) & torch.isin(kind, torch.tensor(TRIADS))
    costs = torch.full(root.shape, NO_CADENCE)
    costs[plagal], costs[dominant] = PLAGAL, 0.0
    return costs


def original(state: int, scores: PieceScores, vocabulary: Tensor) -> int:
    """The state that a closing state stands for."""
    states = scores.chords.shape[1]
    return state if state < states else int(closing_states(vocabulary)[state - states])
