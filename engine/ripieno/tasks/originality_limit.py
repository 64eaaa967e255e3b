"""A limit on copying: results are compared with the training pieces, and regenerated if need be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ripieno.corpus.originality import Library
from ripieno.grid import score_to_grid
from ripieno.limits import SEEDS
from ripieno.results import CopiedPassage, Result
from ripieno.tasks.drafts import DraftSettings

MAX_TRIES = 12  # seeds
SEED_STEP = 7_919  # from one seed to the next

GenerateResults = Callable[[DraftSettings], list[Result]]


def limit_originality(
    generate: GenerateResults,
    settings: DraftSettings,
    library: Library | None,
    *,
    max_share: float | None = None,
) -> list[Result]:
    """The results of ``generate``, each with its originality.

    max_share: the highest share (0..1) of a result's new notes that may stand in four measures of one piece;
    ``None`` is no limit. Results above it are regenerated with other seeds, the same ones every time; where
    ``MAX_TRIES`` seeds give too few, the least copied results are taken, even above the limit.
    """
    if library is None:
        return generate(settings)
    found: list[Result] = []
    for i in range(MAX_TRIES):
        seed = (settings.seed + i * SEED_STEP) % SEEDS
        made = generate(replace(settings, seed=seed))
        if found and any(result.until is not None for result in made):
            break  # time is up: results that are complete go before those that are not
        found += [with_originality(result, library) for result in made]
        good = [result for result in found if max_share is None or copied_share(result) <= max_share]
        if max_share is None or len(good) >= settings.alternatives:
            return good[: settings.alternatives]
    return sorted(found, key=copied_share)[: settings.alternatives]


def with_originality(result: Result, library: Library) -> Result:
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


def copied_share(result: Result) -> float:
    """0 to 1: the share of the result's new notes that stands in one place of a piece."""
    closest = result.originality.closest if result.originality else None
    return closest.share if closest else 0.0
