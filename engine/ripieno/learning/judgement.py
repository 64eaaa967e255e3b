"""What a new model has taken over of a style: how far its music and its parent's are from the user's.

Both models make music of the same start, so their distances can be compared pair by pair: the pairs are drawn
again and again with repetition (Efron 1979), and only what holds in nearly all draws is called certain.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ripieno.errors import count_text
from ripieno.evaluation.similarity import total_variation
from ripieno.learning.measure import Made
from ripieno.learning.traits import Counts, Music, count_traits, read_music, total
from ripieno.score import VOICE_NAMES

VERDICTS = TAKEN, PARTLY, NOT, ALIKE = "taken over", "in part", "not", "alike before"
DRAWS = 200
CLEAR, SLIGHT = 0.15, 0.05  # by which share of its distance the new model must be nearer
CERTAIN, LIKELY = 0.9, 0.75  # in which share of the draws
MIN_GAIN = 0.01  # of the parent's figure on held-out pieces; less is no gain
HALVES = 10  # ways to divide the user's pieces
GAP = 3  # times the gain on the pieces for learning may be that on others; above it they are known by heart
LOWER = tuple(range(1, len(VOICE_NAMES)))


@dataclass(frozen=True, slots=True)
class Trait:
    """Something that makes a style, in the music of both models.

    parent, mine: distances to the user's pieces, 0 alike to 1. among_yours: of the user's pieces from one
    another, None where there are too few. nearer: in which share of the draws the new model is nearer.
    """

    name: str
    among_yours: float | None
    parent: float
    mine: float
    nearer: float
    verdict: str


def compare_traits(
    plays: str, yours: Sequence[Music], parent: Made, mine: Made, *, seed: int = 0
) -> list[Trait]:
    """How near the music of both models is to the user's, trait by trait."""
    rng = np.random.default_rng(seed)
    original = count_traits(yours, plays)
    made = [made_counts(music, plays) for music in (parent, mine)]
    found: list[Trait] = []
    for name in original:
        pairs = list(zip(*(counts[name] for counts in made), strict=True))
        draws = rng.integers(0, len(pairs), (DRAWS, len(pairs)))
        all_yours = total(original[name])
        before, after = (total_variation(total(music), all_yours) for music in zip(*pairs, strict=True))
        wins = 0.0
        for draw in draws:
            one, other = (
                total_variation(total(music), all_yours)
                for music in zip(*(pairs[i] for i in draw.tolist()), strict=True)
            )
            wins += 1.0 if other < one else 0.5 if other == one else 0.0
        spread = among(original[name], rng)
        share = wins / DRAWS
        found.append(
            Trait(
                name,
                None if spread is None else round(spread, 4),
                round(before, 4),
                round(after, 4),
                round(share, 3),
                verdict(before, after, share, spread),
            )
        )
    return found


def made_counts(made: Made, plays: str) -> dict[str, list[Counts]]:
    """What is counted in each piece that a model made; of a harmonized melody in the lower voices only."""
    settled = count_traits(read_music(made.melodies, plays), plays, LOWER)
    composed = count_traits(read_music(made.composed, plays), plays)
    return {name: [*settled[name], *composed[name]] for name in composed}


def among(counts: Sequence[Counts], rng: np.random.Generator) -> float | None:
    """The mean distance of one half of the pieces from the other; None for fewer than four."""
    if len(counts) < 4:
        return None
    found = []
    for _ in range(HALVES):
        order = rng.permutation(len(counts)).tolist()
        half = len(order) // 2
        found.append(
            total_variation(
                total([counts[i] for i in order[:half]]), total([counts[i] for i in order[half:]])
            )
        )
    return float(np.mean(found))


def verdict(before: float, after: float, nearer: float, among_yours: float | None) -> str:
    """What was taken over of a trait."""
    gain = (before - after) / before if before else 0.0
    if gain >= CLEAR and nearer >= CERTAIN:
        return TAKEN
    if gain >= SLIGHT and nearer >= LIKELY:
        return PARTLY
    if among_yours is not None and before <= among_yours:
        return ALIKE
    return NOT


# -- in words ----------------------------------------------------------------------------------------------


def judgement(
    name: str,
    pieces: int,
    parent: str,
    traits: Sequence[Trait],
    held_out: tuple[dict[str, float], dict[str, float]],
    learned: tuple[dict[str, float], dict[str, float]],
    *,
    known: int = 0,
) -> str:
    """What came of it, in plain sentences.

    pieces: how many there were in all. held_out, learned: figures of the parent and of the new model, on
    pieces held out and on those that it learned from. known: how many held-out pieces have a melody that the
    parent learned from.
    """
    many = count_text(pieces, "piece")
    on_others, by_heart = gain_of(*held_out), gain_of(*learned)
    if on_others >= MIN_GAIN:
        better = f"it expects your held-out music {percent(on_others)} better"
        text = f"{name} knows your style better than {parent}: {better}"
    else:
        better = "it does not expect your held-out music any better"
        text = f"{name} knows your style no better than {parent}: {better}"
    if by_heart >= MIN_GAIN and by_heart > GAP * max(on_others, 0):
        few = (
            f"{many} {'is' if pieces == 1 else 'are'} few, and it learned their notes rather than their style"
        )
        text += f", and what it learned from {percent(by_heart)}; {few}"
    if known:
        what = f"{count_text(known, 'melody')} of" if known == 1 else f"{known} melodies of"
        text += f" ({parent} has learned {what} what was held out, so this comparison is unfair to {name})"
    return f"{text}. {what_was_taken(traits)}"


def what_was_taken(traits: Sequence[Trait]) -> str:
    """Which traits were taken over, in one sentence."""
    named = {kind: [trait.name for trait in traits if trait.verdict == kind] for kind in VERDICTS}
    parts = []
    if named[TAKEN]:
        parts.append(f"it has taken over your {listed(named[TAKEN])}")
    if named[PARTLY]:
        parts.append(f"{'' if parts else 'it has taken over '}in part your {listed(named[PARTLY])}")
    if named[NOT]:
        not_taken = f"not your {listed(named[NOT], 'or')}"
        parts.append(not_taken if parts else f"it has {not_taken.replace('not', 'not taken over', 1)}")
    text = ", ".join(parts)
    if named[ALIKE]:
        known = f"{verb(named[ALIKE])} much like its parent's before"
        text = (
            f"{text}; your {listed(named[ALIKE])} {known}" if text else f"your {listed(named[ALIKE])} {known}"
        )
    return f"{text[0].upper()}{text[1:]}." if text else ""


def verb(names: Sequence[str]) -> str:
    """Rhythm alone was, chords were."""
    return "was" if list(names) == ["rhythm"] else "were"


def gain_of(parent: dict[str, float], mine: dict[str, float]) -> float:
    """How much lower the new model's figures are, as a share of the parent's; their mean."""
    gains = [(parent[name] - mine[name]) / parent[name] for name in parent if name in mine and parent[name]]
    return float(np.mean(gains)) if gains else 0.0


def percent(share: float) -> str:
    """A share in percent, at least 1."""
    return f"{max(1, round(100 * share))} %"


def listed(names: Sequence[str], last: str = "and") -> str:
    """Names in a sentence."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {last} {names[-1]}"
