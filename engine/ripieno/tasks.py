"""The tasks: compose, harmonize, continue, infill. Each is a mask over one fill, and one shared check.

A task gets a choir score: four voices named soprano, alto, tenor and bass, in this order, an empty one
where nothing is given. What is given comes back as the very same notes, off-grid ones too: the network only
sees them through the grid, and its own notes are set around them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import torch
from numpy.typing import NDArray

from ripieno.errors import RequestError, ScoreError
from ripieno.grid import HOLD, REST, Grid, column_notes, score_to_grid
from ripieno.models.filling import Filled, Generator, Progress
from ripieno.models.masks import Mask, whole_notes
from ripieno.models.sampling import Limits, Sampling
from ripieno.score import (
    VOICE_NAMES,
    Key,
    Measure,
    Meter,
    Note,
    Score,
    Spelling,
    Tempo,
    Voice,
    fifths_shift,
    lay_measures,
)
from ripieno.theory import CHOIR_RANGES, CHORALE_RANGES, estimate_key, final_tonic, parallels

MOST_STEPS = 16_384  # sixteenths: 1024 measures of 4/4
MOST_ALTERNATIVES = 16
CHORALE_QPM = 76.0  # a quiet walk; compose says so in the score
BASS = VOICE_NAMES.index("bass")
LOWEST_CLOSE = 43  # G2: the last bass note lies in the octave from here
DRAFTS = 8  # fillings that are drawn at the least; the best are kept
PARALLEL_COST = 8.0  # nats: what one parallel weighs against likelihood when drafts are ranked


@dataclass(frozen=True, slots=True)
class Settings:
    """How to work. The same settings, request and weights give the same notes."""

    seed: int = 0
    alternatives: int = 1
    sampling: Sampling = Sampling(temperature=0.5)

    @property
    def drafts(self) -> int:
        """How many fillings are drawn, of which the best are kept."""
        return max(DRAFTS, self.alternatives)


@dataclass(frozen=True, slots=True)
class Result:
    """One alternative. ``new`` holds, for each voice, the notes that ripieno wrote; ``score`` all notes.

    log_likelihood: of the new notes, in nats. parallels: fifths and octaves in the whole.
    """

    score: Score
    new: tuple[Voice, ...]
    log_likelihood: float
    parallels: int


def silent_progress(fraction: float) -> None:
    """Tell nobody."""


def harmonize(
    score: Score,
    model: Generator,
    *,
    given: Collection[str] | None = None,
    settings: Settings = Settings(),
    progress: Progress = silent_progress,
) -> list[Result]:
    """Write the missing voices, best alternative first.

    given: the voices whose every note and rest stands; the others are written anew. ``None``: every note in
    the score stands, and what is written is the empty voices, and the empty measures of a voice that has
    notes elsewhere, where another voice sings.
    """
    if given is not None:
        check_voices(given)
        kept = (v if v.name in given else replace(v, notes=()) for v in score.voices)
        score = replace(score, voices=tuple(kept))
    if not any(voice.notes for voice in score.voices):
        part = ", ".join(given).capitalize() if given else None
        fault = "there is no note to harmonize; write the melody first, or use `ripieno compose`"
        raise ScoreError(None, part, None, fault)
    grid = checked_grid(score, model)
    if given is None:
        fixed = fixed_by_notes(score, grid)
    else:
        fixed = np.tile([name in given for name in VOICE_NAMES], (grid.steps, 1))
    if fixed.all():
        raise RequestError(
            "all four voices are full, so there is nothing to add; name those to keep, such as "
            "`--given soprano`, and the others are written anew"
        )
    silent = fixed_silence(grid, fixed)
    last = max(voice.notes[-1].onset for voice in score.voices if voice.notes)
    end = max(voice.notes[-1].end for voice in score.voices if voice.notes)
    close = Close(final_tonic(score), grid.step_range(last, end))
    return run(score, grid, fixed, silent, model, settings, progress, close)


def infill(
    score: Score,
    model: Generator,
    *,
    measures: range,
    voices: Collection[str] = VOICE_NAMES,
    settings: Settings = Settings(),
    progress: Progress = silent_progress,
) -> list[Result]:
    """Write these measures of these voices anew; everything else stands.

    measures: indices into ``score.measures``. A note that sounds into the first of them stays whole; one
    that sounds out of the last keeps what lies behind it.
    """
    check_voices(voices)
    onset, end = score.measures[measures[0]].onset, score.measures[measures[-1]].end
    score = replace(
        score,
        voices=tuple(cut_at(v, onset, end) if v.name in voices else v for v in score.voices),
    )
    grid = checked_grid(score, model)
    steps = grid.step_range(onset, end)
    fixed = np.ones(grid.cells.shape, dtype=np.bool_)
    hole = [VOICE_NAMES.index(name) for name in voices]
    fixed[steps.start : steps.stop, hole] = False
    # Where all were silent, silence stays, unless nothing but silence stood in the hole.
    silent = (grid.cells == REST).all(1)
    if (grid.cells[steps.start : steps.stop][:, hole] == REST).all():
        silent = fixed_silence(grid, fixed)
    return run(score, grid, whole_notes(fixed, grid.cells), silent, model, settings, progress)


def continue_(
    score: Score,
    model: Generator,
    *,
    bars: int = 4,
    settings: Settings = Settings(),
    progress: Progress = silent_progress,
) -> list[Result]:
    """Go on for ``bars`` measures after the end; all that stands stays. Missing voices join in the new bars.

    A short last measure is completed first, so that the new barlines fall where the old ones did.
    """
    if not any(voice.notes for voice in score.voices):
        raise ScoreError(None, None, None, "there is no music to go on from; use `ripieno compose`")
    check_bars(bars)
    longer = replace(score, measures=extended(score.measures, bars))
    grid = checked_grid(longer, model)
    fixed = np.zeros(grid.cells.shape, dtype=np.bool_)
    fixed[: grid.step_range(Fraction(0), score.duration).stop] = True
    silent = np.zeros(grid.steps, dtype=np.bool_)
    return run(longer, grid, fixed, silent, model, settings, progress)


def compose(
    model: Generator,
    *,
    bars: int = 8,
    meter: Meter = Meter(),
    key: Key | None = None,
    anacrusis: Fraction = Fraction(0),
    settings: Settings = Settings(),
    progress: Progress = silent_progress,
) -> list[Result]:
    """Four voices out of nothing, ``bars`` full measures long.

    key: ``None`` draws a major key of up to three accidentals from the seed. As in a chorale, every second
    measure ends a phrase under a fermata, and the last chord stands on the key note.
    """
    check_bars(bars)
    if key is None:
        key = Key(settings.seed % 7 - 3, "major")
    measures = lay_measures(
        anacrusis + bars * meter.length,
        ((Fraction(0), meter),),
        ((Fraction(0), key),),
        anacrusis,
    )
    voices = tuple(Voice(name) for name in VOICE_NAMES)
    blank = Score(voices, measures, (Tempo(Fraction(0), CHORALE_QPM),), f"Chorale in {key}")
    grid, last = with_phrases(checked_grid(blank, model), measures, anacrusis)
    close = Close((7 * key.fifths + (9 if key.mode == "minor" else 0)) % 12, last)
    nothing = np.zeros(grid.cells.shape, dtype=np.bool_)
    silent = np.zeros(grid.steps, dtype=np.bool_)
    several = replace(settings, alternatives=settings.drafts)
    results = [with_mode(r) for r in run(blank, grid, nothing, silent, model, several, progress, close)]
    if key.mode is not None:  # a stable sort: the better draft stays in front among equals
        results.sort(key=lambda r: r.score.measures[0].key.mode != key.mode)
    return results[: settings.alternatives]


# -- shared by all tasks --------------------------------------------------------------------------


def run(
    score: Score,
    grid: Grid,
    fixed: Mask,
    silent: NDArray[np.bool_],
    model: Generator,
    settings: Settings,
    progress: Progress,
    close: Close | None = None,
) -> list[Result]:
    """Fill the free cells several times, set the new notes among the given ones, best first."""
    if not 1 <= settings.alternatives <= MOST_ALTERNATIVES:
        raise RequestError(f"ask for 1 to {MOST_ALTERNATIVES} alternatives")
    ranges = tuple(
        (max(CHOIR_RANGES[name][0], model.lowest), min(CHOIR_RANGES[name][1], model.highest))
        for name in VOICE_NAMES
    )
    shown, held = closed(grid, fixed, close)
    filled = model.fill(
        shown,
        held,
        limits=Limits(ranges, silent),
        generator=new_generator(settings),
        sampling=settings.sampling,
        candidates=settings.drafts,
        progress=progress,
    )
    best = drafts_by_rank(filled)[: settings.alternatives]
    return [finish(score, fixed, draft) for draft in best]


@dataclass(frozen=True, slots=True)
class Close:
    """How a piece closes: the steps of its last chord, and the pitch class of its bass, ``None`` for any."""

    tonic: int | None
    steps: range


def closed(grid: Grid, fixed: Mask, close: Close | None) -> tuple[Grid, Mask]:
    """The grid and mask as the network shall see them: the last bass note is there already.

    It reads ahead what is fixed, so it leads into the cadence. Nothing changes where the bass is given.
    """
    if close is None or close.tonic is None or not close.steps:
        return grid, fixed
    steps = slice(close.steps.start, close.steps.stop)
    if fixed[steps, BASS].any():
        return grid, fixed
    cells, mask = grid.cells.copy(), fixed.copy()
    cells[steps, BASS] = HOLD
    cells[close.steps.start, BASS] = LOWEST_CLOSE + (close.tonic - LOWEST_CLOSE) % 12
    mask[steps, BASS] = True
    return grid.with_cells(cells), mask


def with_phrases(grid: Grid, measures: Sequence[Measure], anacrusis: Fraction) -> tuple[Grid, range]:
    """The grid with a fermata at the end of every second full measure, and the steps of the last one.

    A phrase ends with the second half of its measure; where pieces start with an upbeat, so does what
    follows, and the fermata makes room for it.
    """
    fermata = grid.fermata.copy()
    full = [m for m in measures if m.duration == m.meter.length]
    steps = range(0)
    for measure in full[::-1][::2]:
        beats = measure.meter.length // measure.meter.beat
        end = measure.end - (anacrusis if measure is not full[-1] else 0)
        found = grid.step_range(measure.onset + beats // 2 * measure.meter.beat, end)
        fermata[found.start : found.stop] = True
        steps = steps or found
    return replace(grid, fermata=fermata), steps


def new_generator(settings: Settings) -> torch.Generator:
    """The chances of one request."""
    return torch.Generator().manual_seed(settings.seed)


def drafts_by_rank(filled: Sequence[Filled]) -> list[Filled]:
    """The drafts, best first: the likelier ones, unless they buy it with parallels."""

    def rank(draft: Filled) -> float:
        return draft.log_likelihood - PARALLEL_COST * parallels(draft.grid.cells)

    return sorted(filled, key=rank, reverse=True)


def finish(score: Score, fixed: Mask, draft: Filled) -> Result:
    """The draft as a result: given notes as they were, new ones spelled and set around them."""
    grid = draft.grid
    voices: list[Voice] = []
    new: list[Voice] = []
    for v, voice in enumerate(score.voices):
        kept = kept_notes(voice, grid, fixed[:, v])
        free_onsets = {grid.edges[t] for t in np.flatnonzero(~fixed[:, v])}
        written = [n for n in column_notes(grid, v) if n.onset in free_onsets]
        fresh = tuple(replace(n, spelling=spell_like(n, score)) for n in set_around(written, kept))
        new.append(replace(voice, notes=fresh))
        together = sorted((*kept, *fresh), key=lambda n: n.onset)
        voices.append(replace(voice, notes=tuple(together)))
        assert set(kept) <= set(voices[-1].notes), "a given note changed"
    result = replace(score, voices=tuple(voices))
    return Result(result, tuple(new), draft.log_likelihood, parallels(grid.cells))


def kept_notes(voice: Voice, grid: Grid, fixed: NDArray[np.bool_]) -> tuple[Note, ...]:
    """The given notes of a voice: those that start in a fixed cell."""
    edges = np.array([float(t) for t in grid.edges[:-1]])
    steps = np.searchsorted(edges, [float(n.onset) + 1e-9 for n in voice.notes]) - 1
    return tuple(n for n, t in zip(voice.notes, steps, strict=True) if fixed[t])


def set_around(new: Sequence[Note], kept: Sequence[Note]) -> Iterator[Note]:
    """The new notes, cut where a given note of the same voice sounds between two steps."""
    for note in new:
        onset = max([note.onset, *(k.end for k in kept if k.onset <= note.onset < k.end)])
        end = min([note.end, *(k.onset for k in kept if onset <= k.onset < note.end)])
        if onset < end:
            yield replace(note, onset=onset, duration=end - onset)


def spell_like(note: Note, score: Score) -> Spelling:
    """The spelling that a given note in the same measure has for this pitch class, else the key's."""
    measure = score.measure_at(note.onset)
    for voice in score.voices:
        for other in voice.between(measure.onset, measure.end):
            if other.spelling is not None and (other.pitch - note.pitch) % 12 == 0:
                octaves = (note.pitch - other.pitch) // 12
                return replace(other.spelling, octave=other.spelling.octave + octaves)
    return measure.key.spell(note.pitch)


def cut_at(voice: Voice, onset: Fraction, end: Fraction) -> Voice:
    """The voice with a note that starts on [onset, end) and sounds past ``end`` cut in two there."""
    notes: list[Note] = []
    for note in voice.notes:
        if onset <= note.onset < end < note.end:
            notes.append(replace(note, duration=end - note.onset, fermata=False))
            notes.append(replace(note, onset=end, duration=note.end - end, lyrics=()))
        else:
            notes.append(note)
    return replace(voice, notes=tuple(notes))


def fixed_by_notes(score: Score, grid: Grid) -> Mask:
    """(T, V): every note stands, and a voice's silence too, but for its empty measures where others sing."""
    fixed = np.zeros(grid.cells.shape, dtype=np.bool_)
    singing = grid.cells != REST
    for measure in score.measures:
        steps = grid.step_range(measure.onset, measure.end)
        here = singing[steps.start : steps.stop].any(0)  # (V,) who sings in this measure
        fixed[steps.start : steps.stop] = here | ~here.any()
    fixed[:, ~singing.any(0)] = False
    return fixed


def fixed_silence(grid: Grid, fixed: Mask) -> NDArray[np.bool_]:
    """(T,) True where the given voices rest together; the choir breathes with them."""
    rests = grid.cells == REST
    silent: NDArray[np.bool_] = (fixed & rests).any(1) & ~(fixed & ~rests).any(1)
    return silent


def checked_grid(score: Score, model: Generator) -> Grid:
    """The grid of a choir score, once the network can read it.

    Raises ScoreError for a note outside its voice's range, naming the note and the way out.
    """
    assert tuple(v.name for v in score.voices) == VOICE_NAMES, "not a choir score"
    if score.duration * 4 > MOST_STEPS:
        raise ScoreError(None, None, None, "longer than 1000 measures; give ripieno one movement at a time")
    check_ranges(score, model)
    return score_to_grid(score)


def check_ranges(score: Score, model: Generator) -> None:
    """Raise ScoreError for the first given note that no such voice sings."""
    for voice in score.voices:
        low, high = given_range(voice.name, model)
        for note in voice.notes:
            if low <= note.pitch <= high:
                continue
            side = "above" if note.pitch > high else "below"
            limit = Key().spell(high if note.pitch > high else low)
            number, beat = score.place(note.onset)
            raise ScoreError(
                None,
                voice.name.capitalize(),
                number,
                f"{note.name} lies {side} the {voice.name}'s range ({side} {limit}); move the piece with "
                f"`--transpose auto`, or say with `--given` which voice this is",
                beat=beat,
            )


def given_range(name: str, model: Generator) -> tuple[int, int]:
    """(lowest, highest) MIDI pitch that may be given to a voice."""
    low, high = CHORALE_RANGES[name]
    return max(low, model.lowest), min(high, model.highest)


def fitting_transposition(score: Score, model: Generator) -> int:
    """The smallest move, in semitones, that brings every given note into its voice's range.

    A semitone farther is worth each accidental that it spares beyond three. Raises ScoreError where no move
    does it.
    """
    down, up = -127, 127
    for voice in score.voices:
        low, high = given_range(voice.name, model)
        for note in voice.notes:
            down, up = max(down, low - note.pitch), min(up, high - note.pitch)
    if down > up:
        raise ScoreError(
            None,
            None,
            None,
            "no transposition brings every given note into its voice's range; "
            "say with `--given` which voice each line is, or split the piece",
        )
    if down <= 0 <= up:
        return 0
    signatures = tuple(m.key.fifths for m in score.measures)

    def cost(move: int) -> tuple[int, int]:
        shift = fifths_shift(move, signatures)
        accidentals = max(abs(f + shift) for f in signatures)
        return abs(move) + max(0, accidentals - 3), abs(move)

    return min(range(down, up + 1), key=cost)


def with_mode(result: Result) -> Result:
    """A composed result with its mode found by ear, and spelled accordingly."""
    heard = estimate_key(result.score)
    first = result.score.measures[0].key
    key = replace(first, mode=heard.mode if heard.fifths == first.fifths else None)
    measures = tuple(replace(m, key=key) for m in result.score.measures)
    voices = tuple(
        replace(v, notes=tuple(replace(n, spelling=key.spell(n.pitch)) for n in v.notes))
        for v in result.score.voices
    )
    return replace(result, score=replace(result.score, voices=voices, measures=measures), new=voices)


def extended(measures: tuple[Measure, ...], bars: int) -> tuple[Measure, ...]:
    """The measures and ``bars`` more; before them, what a short last measure lacks to be full."""
    last = measures[-1]
    out = list(measures)
    missing = last.meter.length - last.duration
    if missing > 0 and len(measures) > 1:
        out.append(replace(last, onset=last.end, duration=missing, number=f"{last.number}b"))
    first = int(last.number) + 1 if last.number.isdigit() else len(measures)
    for i in range(bars):
        onset = out[-1].end
        out.append(Measure(str(first + i), onset, last.meter.length, last.meter, last.key))
    return tuple(out)


def check_voices(names: Collection[str]) -> None:
    """Raise RequestError for a voice that a choir does not have."""
    for name in names:
        if name not in VOICE_NAMES:
            raise RequestError(f'there is no voice "{name}"; name {", ".join(VOICE_NAMES)}')


def check_bars(bars: int) -> None:
    """Raise RequestError for a number of measures that makes no sense."""
    if not 1 <= bars <= 512:
        raise RequestError(f"{bars} measures cannot be written; ask for 1 to 512")
