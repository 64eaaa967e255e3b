"""From a mask to music: several drafts by the network, the best of them set among the given notes.

Given notes come back exactly, off-grid ones too: the network sees them through the grid only, and its own
notes are set around them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray

from ripieno.ensembles.ensemble import Ranges
from ripieno.errors import RequestError
from ripieno.grid import HOLD, REST, Grid, GridPlan
from ripieno.limits import MAX_ALTERNATIVES
from ripieno.models.easy_parts import hardness
from ripieno.models.generator import FilledGrid, Generator, ProgressCallback, ignore_step
from ripieno.models.harmony import plan_cost
from ripieno.models.masks import Mask
from ripieno.models.sampling import Limits, Sampling
from ripieno.results import Result
from ripieno.score import VOICE_NAMES, Key, Score
from ripieno.tasks.long_rests import ShortGrid, without_long_rests
from ripieno.tasks.mending import Refill, mended
from ripieno.tasks.new_notes import NewNotesReporter, NotesAmongGiven, NotesCallback
from ripieno.theory.ranges import CHOIR_RANGES, KEYBOARD_RANGES, OCTAVE
from ripieno.theory.rules import voice_leading_faults

DRAFTS = 8  # at least so many are drawn; the best are kept
MAX_BEAM_ALTERNATIVES = 4  # more alternatives are drawn without a beam, to be as quick
BEAM = 4
MENDING = 1.0  # the temperature at which the surroundings of a fault are written anew
LIVELY = 1.0  # the temperature where all drafts are what stood there already
FAULT_COST = 8.0  # nats: what one fault weighs against likelihood when drafts are ranked
BASS = VOICE_NAMES.index("bass")
LOWEST_CLOSE = 43  # G2: the last bass note lies in the octave from here


@dataclass(frozen=True, slots=True)
class DraftSettings:
    """How drafts are made. The same settings, request and weights give the same notes.

    temperature, top_p, beam, consensus: as in ``Sampling``; ``None`` is the task's own value. first_draft:
    take the first drafts and compare no others, so that their notes are final as soon as they are made.
    keyboard: the voices above the bass lie within one hand's octave, in the ranges of two hands. ranges: that
    new notes keep to, of the voices that are not named the usual ones. comfortable: ranges that new notes
    leave seldom. planned_chords_bind: the planned chords are law, as those are that are asked for, so that
    among few voices no third is missing. mends: faults, crossings and chords without their third are looked
    for and mended, as faults are where chords are asked for. easy: new voices keep to easy parts
    (``models.easy_parts``).
    """

    seed: int = 0
    alternatives: int = 1
    temperature: float | None = None
    top_p: float | None = None
    beam: int | None = None
    consensus: float | None = None
    strict: bool = True
    first_draft: bool = False
    keyboard: bool = False
    ranges: Ranges = field(default_factory=dict)
    comfortable: Ranges = field(default_factory=dict)
    planned_chords_bind: bool = False
    mends: bool = False
    easy: bool = False

    @property
    def drawn_sampling(self) -> Sampling:
        """For tasks with little given: drawn note by note, at a temperature that avoids the unlikeliest."""
        return self.override(Sampling(temperature=0.5))

    @property
    def searched_sampling(self) -> Sampling:
        """For a given voice: a beam search for the likeliest whole, which also follows the given voice."""
        beam = BEAM if self.alternatives <= MAX_BEAM_ALTERNATIVES else 1
        return self.override(Sampling(temperature=0.3, beam=beam, consensus=1.0))

    def override(self, usual: Sampling) -> Sampling:
        """The usual sampling, with what these settings name in its place."""
        changes = {
            name: value
            for name in ("temperature", "top_p", "beam", "consensus")
            if (value := getattr(self, name)) is not None
        }
        return replace(usual, strict=self.strict, **changes)

    @property
    def voice_ranges(self) -> Ranges:
        """The (lowest, highest) MIDI pitch of the new notes of each voice."""
        return {**(KEYBOARD_RANGES if self.keyboard else CHOIR_RANGES), **self.ranges}

    def moved(self, semitones: int) -> DraftSettings:
        """The settings for music that is heard so much higher."""

        def up(ranges: Ranges) -> Ranges:
            return {name: (low + semitones, high + semitones) for name, (low, high) in ranges.items()}

        return replace(self, ranges=up(self.ranges), comfortable=up(self.comfortable))

    def draft_count(self, sampling: Sampling) -> int:
        """How many drafts to make, of which the best are kept; a beam has compared many already."""
        if self.first_draft or sampling.beam > 1:
            return self.alternatives
        return max(DRAFTS, self.alternatives)


# Makes the plans of a grid, of its held cells (T, V), as many as are asked for or none.
PlanMaker = Callable[[Grid, Mask, int], Sequence[GridPlan]]


DraftCost = Callable[[Grid], float]  # what else a draft costs when it is compared, in nats


def no_cost(grid: Grid) -> float:  # noqa: ARG001
    """Nothing: the ``DraftCost`` where nothing else counts."""
    return 0.0


def no_plans(grid: Grid, held: Mask, count: int) -> Sequence[GridPlan]:  # noqa: ARG001
    """No plan: the ``PlanMaker`` where nothing is planned."""
    return ()


def fill_score(
    score: Score,
    grid: Grid,
    fixed: Mask,
    silent: NDArray[np.bool_],
    model: Generator,
    settings: DraftSettings,
    progress: ProgressCallback,
    close: Close | None = None,
    *,
    sampling: Sampling | None = None,
    plan: PlanMaker = no_plans,
    on_notes: NotesCallback | None = None,
) -> list[Result]:
    """Fill the free cells several times and set the new notes among the given ones; best first.

    sampling: ``None`` is ``settings.drawn_sampling``. plan: makes the harmonic plans that the drafts follow,
    equally many each; the best drafts of the plans come first, in the order of these. on_notes: see
    ``NotesCallback``; needs one alternative and ``first_draft``.
    """
    sampling = sampling or settings.drawn_sampling
    check_alternatives(settings)
    ranges = new_note_ranges(settings.voice_ranges, model)
    shown, held = with_close(grid, fixed, close, ranges[BASS][0])
    plans = plan(grid, fixed, settings.alternatives)  # it closes by itself, so it is not shown that bass
    each = -(-settings.draft_count(sampling) // max(1, len(plans)))  # drafts of a plan
    short = without_long_rests(shown, held, silent)
    span = OCTAVE if settings.keyboard else None
    comfortable = comfortable_ranges(settings.comfortable)
    limits = Limits(ranges, silent[short.steps], span, comfortable, settings.easy)
    among = NotesAmongGiven(score, grid, fixed)
    fill = partial(
        model.fill,
        short.grid,
        held[short.steps],
        limits=limits,
        generator=new_generator(settings),
        candidates=each * max(1, len(plans)),
        plans=[one for one in short.plans(plans) for _ in range(each)],
        progress=progress,
        on_step=short.callback(NewNotesReporter(among, grid, on_notes).step if on_notes else ignore_step),
    )

    def changes_nothing(draft: FilledGrid) -> bool:
        return bool((draft.grid.cells == grid.cells).all())

    best = short.restore(fill(sampling=sampling))
    if (
        all(map(changes_nothing, best)) and not settings.first_draft
    ):  # what stood there is by far the likeliest
        best = short.restore(fill(sampling=replace(sampling, temperature=LIVELY)))
    cost = partial(hardness, fixed=fixed) if settings.easy else no_cost
    best = in_turn(best, plans, changes_nothing, cost)[: settings.alternatives]
    if (grid.asked is not None or settings.mends) and not settings.first_draft:
        refill = refill_around(short, model, limits, sampling, settings, progress)
        also = ("crossing", "missing third") if settings.mends else ()
        best = [mended(draft, held, refill, also) for draft in best]
    return [among.result(draft) for draft in best]


def new_note_ranges(voice_ranges: Ranges, model: Generator) -> tuple[tuple[int, int], ...]:
    """The ranges of the voices, highest voice first, as far as the model can write them.

    Raises RequestError for a range of which it can write nothing.
    """
    found = []
    for name in VOICE_NAMES:
        low, high = max(voice_ranges[name][0], model.lowest), min(voice_ranges[name][1], model.highest)
        if low > high:
            compass = f"{Key().spell(model.lowest)} to {Key().spell(model.highest)}"
            raise RequestError(
                f"{model.name} writes notes from {compass}; give the {name} a range within these"
            )
        found.append((low, high))
    return tuple(found)


def comfortable_ranges(named: Ranges) -> tuple[tuple[int, int], ...]:
    """The comfortable ranges of the voices, highest voice first; none where no voice has one."""
    return tuple(named.get(name, (0, REST)) for name in VOICE_NAMES) if named else ()


def refill_around(
    short: ShortGrid,
    model: Generator,
    limits: Limits,
    sampling: Sampling,
    settings: DraftSettings,
    progress: ProgressCallback,
) -> Refill:
    """Fills holes in a whole grid, of which the model sees the short one; see ``mended``.

    progress: told that the work is nearly done; where it stops the model, there are no drafts.
    """
    generator = new_generator(settings)
    lively = replace(sampling, beam=1, temperature=MENDING, consensus=0.0)

    def refill(grid: Grid, mask: Mask) -> list[FilledGrid]:
        drafts = model.fill(
            short.of(grid),
            mask[short.steps],
            limits=limits,
            generator=generator,
            candidates=DRAFTS,
            sampling=lively,
            progress=lambda _: progress(1.0),
        )
        return short.restore([draft for draft in drafts if draft.steps in (None, len(short.steps))])

    return refill


@dataclass(frozen=True, slots=True)
class Close:
    """How a piece closes: the steps of its last chord, and the pitch class of its bass, ``None`` for any."""

    tonic: int | None
    steps: range


def with_close(grid: Grid, fixed: Mask, close: Close | None, lowest: int = 0) -> tuple[Grid, Mask]:
    """The grid and mask for the network, with the last bass note fixed. lowest: that the bass may sing.

    The network reads ahead what is fixed, so it leads into the cadence. Where the bass is given, or a
    chord is asked for, nothing changes.
    """
    if close is None or close.tonic is None or not close.steps:
        return grid, fixed
    steps = slice(close.steps.start, close.steps.stop)
    if fixed[steps, BASS].any() or (grid.asked is not None and grid.asked.any_in(close.steps)):
        return grid, fixed
    cells, mask = grid.cells.copy(), fixed.copy()
    cells[steps, BASS] = HOLD
    from_here = max(LOWEST_CLOSE, lowest)
    cells[close.steps.start, BASS] = from_here + (close.tonic - from_here) % 12
    mask[steps, BASS] = True
    return grid.with_cells(cells), mask


def check_alternatives(settings: DraftSettings) -> None:
    """Raise RequestError for too few or too many alternatives."""
    if not 1 <= settings.alternatives <= MAX_ALTERNATIVES:
        raise RequestError(f"ask for 1 to {MAX_ALTERNATIVES} alternatives")


def new_generator(settings: DraftSettings) -> torch.Generator:
    """The random generator of one request."""
    return torch.Generator().manual_seed(settings.seed)


def in_turn(
    filled: Sequence[FilledGrid],
    plans: Sequence[GridPlan],
    changes_nothing: Callable[[FilledGrid], bool],
    cost: DraftCost = no_cost,
) -> list[FilledGrid]:
    """The best draft of each plan, then the second best of each, and so on; those that change nothing last.

    filled: as many of each plan, in the order of the plans; without any, all are compared. cost: see
    ``drafts_by_rank``.
    """
    each = len(filled) // max(1, len(plans))
    ranked = [
        sorted(drafts_by_rank(filled[i * each : (i + 1) * each], plan, cost), key=changes_nothing)
        for i, plan in enumerate(plans or [None])
    ]
    return sorted((draft for rank in zip(*ranked, strict=True) for draft in rank), key=changes_nothing)


def drafts_by_rank(
    filled: Sequence[FilledGrid], plan: GridPlan | None = None, cost: DraftCost = no_cost
) -> list[FilledGrid]:
    """The drafts, best first: by likelihood, less ``FAULT_COST`` for each fault of voice leading.

    plan: that all of them follow; what they sound against it counts too. cost: in nats, of a draft's grid.
    """

    def rank(draft: FilledGrid) -> float:
        against = 0.0 if plan is None else plan_cost(draft.grid, plan)
        return (
            draft.worth - against - FAULT_COST * voice_leading_faults(draft.grid.as_heard) - cost(draft.grid)
        )

    return sorted(filled, key=rank, reverse=True) if len(filled) > 1 else list(filled)
