"""Results that are no copies: compared with what the network learned from, and made anew if need be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ripieno.corpus.originality import Library
from ripieno.grid import score_to_grid
from ripieno.limits import SEEDS
from ripieno.results import CopiedPassage, Result
from ripieno.tasks.drafts import DraftSettings

TRIES = 12  # seeds that are tried at the most
NEXT = 7_919  # from one seed to the next

Make = Callable[[DraftSettings], list[Result]]


def original(
    make: Make, settings: DraftSettings, library: Library | None, *, most: float | None = None
) -> list[Result]:
    """The results of ``make``, each with its originality.

    most: the highest share (0..1) of a result's notes that may stand in four measures of one piece. What has
    more is made again with other seeds, the same ones every time; where ``TRIES`` of them do not give enough,
    the least copied results are taken, in the end more than ``most``. None: whatever comes.
    """
    if library is None:
        return make(settings)
    found: list[Result] = []
    for i in range(TRIES):
        seed = (settings.seed + i * NEXT) % SEEDS
        made = make(replace(settings, seed=seed))
        if found and any(result.until is not None for result in made):
            break  # time is up, and what is whole goes before what is not
        found += [compared(result, library) for result in made]
        good = [result for result in found if most is None or share(result) <= most]
        if most is None or len(good) >= settings.alternatives:
            return good[: settings.alternatives]
    return sorted(found, key=share)[: settings.alternatives]


def compared(result: Result, library: Library) -> Result:
    """The result with its originality: that of its new notes, in measures as the score numbers them."""
    grid = score_to_grid(replace(result.score, voices=result.new))
    found = library.compare(grid)

    def numbered(copied: CopiedPassage | None) -> CopiedPassage | None:
        if copied is None:
            return None
        first, last = (result.score.measure_at(grid.edges[step]) for step in (copied.start, copied.end - 1))
        return replace(copied, measures=(first.number, last.number))

    originality = replace(found, closest=numbered(found.closest), run=numbered(found.run))
    return replace(result, originality=originality)


def share(result: Result) -> float:
    """0 to 1: the part of the result's notes that stands in one place of a piece."""
    closest = result.originality.closest if result.originality else None
    return closest.share if closest else 0.0
