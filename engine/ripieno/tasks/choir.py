"""The tasks: compose, harmonize, continue, infill, vary. Each is a mask over one fill.

A task gets a choir score: four voices named soprano, alto, tenor and bass, in this order, an empty one
where nothing is given. It says which cells are fixed, where the choir is silent and how the piece closes;
``drafts`` writes the notes. accompaniment: notes that sound beside the choir, whose tones the new ones
follow (see ``models.harmony``). asked: the chords that are asked for, law where they begin (see
``models.chord_law``). guidance: see there. on_notes: called with new notes while they
are made; see ``new_notes.NotesCallback``.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ripieno.errors import RequestError, ScoreError
from ripieno.grid import BEAT, HOLD, REST, Grid, GridPlan, onset_cell
from ripieno.harmony.asked_chord import AskedHarmony
from ripieno.limits import COMPOSED_BARS, CONTINUED_BARS
from ripieno.models.generator import Generator, ProgressCallback, part_of_progress
from ripieno.models.masks import Mask, whole_notes
from ripieno.models.sampling import Sampling
from ripieno.results import Result
from ripieno.score import VOICE_NAMES, Key, Measure, Meter, Note, Score, Tempo, Voice, lay_measures
from ripieno.tasks.checks import check_amount, check_bars, check_voices, checked_grid, whole_steps
from ripieno.tasks.drafts import Close, DraftSettings, PlanMaker, fill_score
from ripieno.tasks.few_voices import is_searched, law_of_plan, searched_results
from ripieno.tasks.guidance import CHORALE, FoundGuidance, Guidance
from ripieno.tasks.new_notes import NotesCallback, onset_steps
from ripieno.tasks.planning import cadence_maker, drawn_plan_maker, plan_maker
from ripieno.theory.home_key import HomeKey, closing_tonic, find_home_key

NotePlace = tuple[str, Fraction]  # a voice, and when its note begins, in quarters
CHORALE_QPM = 76.0  # a quiet walk; compose says so in the score


def ignore_progress(fraction: float) -> None:
    """Do nothing: the progress callback where none is given."""


def harmonize(
    score: Score,
    model: Generator,
    *,
    given: Collection[str] | None = None,
    voices: Collection[str] | None = None,
    accompaniment: Sequence[Note] = (),
    asked: AskedHarmony = AskedHarmony(),
    given_notes: Collection[NotePlace] = (),
    guidance: Guidance = Guidance(),
    settings: DraftSettings = DraftSettings(),
    progress: ProgressCallback = ignore_progress,
    on_notes: NotesCallback | None = None,
) -> list[Result]:
    """Write the missing voices, best alternative first.

    given: the voices that keep every note and rest; the others are regenerated. ``None``: every note in the
    score stays; written are the empty voices, and the empty measures of a voice that has notes elsewhere,
    where another voice sings. voices: the only ones in which something is written; ``None`` means all. Others
    that have no notes are generated and left out, as in ``continue_``. given_notes: single notes that stay in
    the voices that are regenerated.
    """
    voices = VOICE_NAMES if voices is None else voices
    check_voices(voices)
    if given is not None:
        check_voices(given)
        rewritten = set(voices) - set(given)
        kept = (only_given(v, given_notes) if v.name in rewritten else v for v in score.voices)
        score = replace(score, voices=tuple(kept))
    if not any(voice.notes for voice in score.voices):
        part = ", ".join(given).capitalize() if given else None
        fault = "there is no note to harmonize; write the melody first, or compose a new piece"
        raise ScoreError(None, part, None, fault)
    grid = checked_grid(score, model, accompaniment, asked)
    singing = np.array([bool(voice.notes) for voice in score.voices])
    wanted = np.array([name in voices for name in VOICE_NAMES])
    if given is None:
        fixed = fixed_by_notes(score, grid)
        fixed[:, singing & ~wanted] = True
    else:
        whole = np.array([name in given for name in VOICE_NAMES])
        left = np.array([name not in rewritten for name in VOICE_NAMES])
        fixed = whole | (singing & left) | given_cells(score, grid, given_notes)
    if fixed[:, wanted].all():
        who = "all four voices" if wanted.all() else " and ".join(v for v in VOICE_NAMES if v in voices)
        raise RequestError(
            f"{who} {'is' if wanted.sum() == 1 else 'are'} full, so there is nothing to add; say which are "
            "given, such as soprano, and the others are replaced"
        )
    silent = fixed_silence(grid, fixed)
    found = guidance.found_in(score)
    close = close_of(score, grid, silent, found.home)
    present, plan, sampling = singing | wanted, plan_maker(model, close, found), settings.searched_sampling
    return fill_present(
        score, grid, fixed, silent, present, close, plan, model, settings, progress, on_notes, sampling
    )


def infill(
    score: Score,
    model: Generator,
    *,
    selection: tuple[Fraction, Fraction],
    voices: Collection[str] | None = None,
    accompaniment: Sequence[Note] = (),
    asked: AskedHarmony = AskedHarmony(),
    given_notes: Collection[NotePlace] = (),
    guidance: Guidance = Guidance(),
    settings: DraftSettings = DraftSettings(),
    progress: ProgressCallback = ignore_progress,
    on_notes: NotesCallback | None = None,
) -> list[Result]:
    """Regenerate these voices from one moment up to another; everything else stays.

    selection: the two moments, in quarters; see ``Score.span`` and ``whole_steps``. A note that sounds into
    it stays whole; of one that sounds beyond its end, the part beyond stays. voices: ``None`` means those
    that have notes. given_notes: as in ``harmonize``. Missing voices are generated and left out, as in
    ``continue_``.
    """
    present = np.array([bool(voice.notes) for voice in score.voices])
    voices = [v.name for v in score.voices if v.notes] if voices is None else voices
    check_voices(voices)
    if not voices:
        fault = "there is no music in it to regenerate; write some, or compose a new piece"
        raise ScoreError(None, None, None, fault)
    onset, end = whole_steps(score, selection)
    found = guidance.found_in(score)
    score = replace(
        score,
        voices=tuple(cut_at(v, onset, end, given_notes) if v.name in voices else v for v in score.voices),
    )
    grid = checked_grid(score, model, accompaniment, asked)
    steps = grid.step_range(onset, end)
    fixed = np.ones(grid.cells.shape, dtype=np.bool_)
    hole = [VOICE_NAMES.index(name) for name in voices]
    fixed[steps.start : steps.stop, hole] = False
    present[hole] = True
    fixed[:, ~present] = False
    # Where all voices were silent they stay silent, unless there was nothing but silence in the hole.
    silent = (grid.cells == REST).all(1)
    if (grid.cells[steps.start : steps.stop][:, hole] == REST).all():
        silent = fixed_silence(grid, fixed)
    fixed = kept_whole(score, grid, fixed) | given_cells(score, grid, given_notes)
    close = close_of(score, grid, silent, found.home)
    plan = plan_maker(model, close, found)
    return fill_present(score, grid, fixed, silent, present, close, plan, model, settings, progress, on_notes)


def continue_(
    score: Score,
    model: Generator,
    *,
    bars: int = CONTINUED_BARS,
    accompaniment: Sequence[Note] = (),
    asked: AskedHarmony = AskedHarmony(),
    guidance: Guidance = Guidance(),
    settings: DraftSettings = DraftSettings(),
    progress: ProgressCallback = ignore_progress,
    on_notes: NotesCallback | None = None,
) -> list[Result]:
    """Add ``bars`` measures after the end, in the voices that have notes; everything there stays.

    A short last measure is completed first, so that the new barlines fall where the old ones did. The new end
    closes on the key note. The network knows music in four parts only: voices without notes are generated
    too, from the start, and left out of the result.
    """
    if not any(voice.notes for voice in score.voices):
        raise ScoreError(None, None, None, "there is no music to go on from; compose a new piece")
    check_bars(bars)
    longer = replace(score, measures=extended(score.measures, bars))
    grid = checked_grid(longer, model, accompaniment, asked)
    present = np.array([bool(voice.notes) for voice in score.voices])
    fixed = np.zeros(grid.cells.shape, dtype=np.bool_)
    fixed[: grid.step_range(Fraction(0), score.duration).stop, present] = True
    silent = fixed_silence(grid, fixed)
    found = guidance.found_in(score, is_whole=False)
    close = Close(found.home.tonic, last_chord(grid, longer.measures[-1]))
    plan = cadence_maker(model, close, found)
    return fill_present(
        longer, grid, fixed, silent, present, close, plan, model, settings, progress, on_notes
    )


def vary(
    score: Score,
    model: Generator,
    *,
    amount: float = 0.3,
    given: Collection[str] = (),
    accompaniment: Sequence[Note] = (),
    asked: AskedHarmony = AskedHarmony(),
    given_notes: Collection[NotePlace] = (),
    guidance: Guidance = Guidance(),
    settings: DraftSettings = DraftSettings(),
    progress: ProgressCallback = ignore_progress,
    on_notes: NotesCallback | None = None,
) -> list[Result]:
    """The same music with a part of its notes regenerated.

    amount: 0 to 1, the chance of each beat of each voice to be regenerated. given: the voices that stay as
    they are. given_notes: as in ``harmonize``. Missing voices are generated and left out, as in
    ``continue_``.
    """
    check_voices(given)
    if not any(voice.notes for voice in score.voices):
        raise ScoreError(None, None, None, "there is no music in it to vary; compose a new piece")
    check_amount(amount)
    found = guidance.found_in(score)
    grid = checked_grid(score, model, accompaniment, asked)
    present = np.array([bool(voice.notes) for voice in score.voices])
    beat = np.cumsum(grid.strength >= BEAT) - 1
    chance = np.random.default_rng(settings.seed)
    open_beats = chance.random((int(beat[-1]) + 2, len(score.voices))) < amount
    open_beats[:, [VOICE_NAMES.index(name) for name in given]] = False
    fixed = ~open_beats[beat] & present
    silent = (grid.cells == REST).all(1)
    fixed = kept_whole(score, grid, fixed) | given_cells(score, grid, given_notes)
    close = close_of(score, grid, silent, found.home)
    plan = plan_maker(model, close, found)
    return fill_present(score, grid, fixed, silent, present, close, plan, model, settings, progress, on_notes)


def close_of(score: Score, grid: Grid, silent: NDArray[np.bool_], home: HomeKey) -> Close:
    """How a piece closes: on the last notes that stand in it, or where music is to be written behind them.

    silent: (T,) the steps at which the free voices rest.
    """
    lasts = [voice.notes[-1] for voice in score.voices if voice.notes]
    end = max((note.end for note in lasts), default=Fraction(0))
    if not lasts or (end < score.duration and not silent[-1]):
        return Close(home.tonic, last_chord(grid, score.measures[-1]))
    return Close(closing_tonic(score, home), grid.step_range(max(note.onset for note in lasts), end))


def fill_present(
    score: Score,
    grid: Grid,
    fixed: Mask,
    silent: NDArray[np.bool_],
    present: NDArray[np.bool_],
    close: Close,
    plan: PlanMaker,
    model: Generator,
    settings: DraftSettings,
    progress: ProgressCallback,
    on_notes: NotesCallback | None,
    sampling: Sampling | None = None,
) -> list[Result]:
    """``fill_score``, with nothing in the voices that are not present: the networks always write all four."""
    if grid.asked is not None:
        grid = replace(grid, asked=replace(grid.asked, present=present))
    fill = partial(
        fill_score,
        score,
        fixed=fixed,
        silent=silent,
        model=model,
        close=close,
        sampling=sampling,
        on_notes=only_present(present, on_notes),
    )
    plans: Sequence[GridPlan] = ()
    if settings.planned_chords_bind and grid.asked is None:
        plans = plan(grid, fixed, settings.alternatives)
    if plans and on_notes is None and not settings.easy and is_searched(fixed, present):
        return searched_results(score, grid, fixed, present, plans, settings)
    if not plans:
        results = fill(grid=grid, settings=settings, progress=progress, plan=plan)
    else:
        results = []
        each = replace(settings, alternatives=-(-settings.alternatives // len(plans)))
        for i, one in enumerate(plans):
            lawful = replace(grid, asked=law_of_plan(grid, one, present))
            part = part_of_progress(progress, i, len(plans))
            results += fill(grid=lawful, settings=each, progress=part, plan=lambda *_, one=one: [one])
        results = results[: settings.alternatives]
    return [without_absent_voices(result, present) for result in results]


def without_absent_voices(result: Result, present: NDArray[np.bool_]) -> Result:
    """The result with no notes in the voices that are not present."""

    def emptied(voices: tuple[Voice, ...]) -> tuple[Voice, ...]:
        pairs = zip(voices, present, strict=True)
        return tuple(voice if keep else replace(voice, notes=()) for voice, keep in pairs)

    score = replace(result.score, voices=emptied(result.score.voices))
    return replace(result, score=score, new=emptied(result.new))


def only_present(present: NDArray[np.bool_], on_notes: NotesCallback | None) -> NotesCallback | None:
    """The callback, called with the notes of the present voices only."""
    if on_notes is None:
        return None
    callback = on_notes

    def filtered(notes: list[tuple[int, Note]]) -> None:
        if kept := [(voice, note) for voice, note in notes if present[voice]]:
            callback(kept)

    return filtered


def compose(
    model: Generator,
    *,
    bars: int = COMPOSED_BARS,
    meter: Meter = Meter(),
    key: Key | None = None,
    anacrusis: Fraction = Fraction(0),
    style: str = CHORALE,
    voices: Collection[str] = VOICE_NAMES,
    asked: AskedHarmony = AskedHarmony(),
    settings: DraftSettings = DraftSettings(),
    progress: ProgressCallback = ignore_progress,
    on_notes: NotesCallback | None = None,
) -> list[Result]:
    """Four voices out of nothing, ``bars`` full measures long; or some of the four.

    voices: that are heard. key: ``None`` draws a major key of up to three accidentals from the seed. As in a
    chorale, every second measure ends a phrase under a fermata, and the last chord stands on the key note.
    style: of ``STYLES``.
    """
    check_bars(bars)
    key = key or drawn_key(settings.seed)
    measures = new_measures(bars, meter, key, anacrusis)
    silence = tuple(Voice(name) for name in VOICE_NAMES)
    blank = Score(silence, measures, (Tempo(Fraction(0), CHORALE_QPM),), f"Chorale in {key}")
    grid, last = with_phrases(checked_grid(blank, model, asked=asked), measures, anacrusis)
    found = FoundGuidance(HomeKey(key), (), style)
    close = Close(found.home.tonic, last)
    nothing = np.zeros(grid.cells.shape, dtype=np.bool_)
    silent = np.zeros(grid.steps, dtype=np.bool_)
    present = np.array([name in voices for name in VOICE_NAMES])
    plan = drawn_plan_maker(model, close, found, settings.seed)
    several = settings
    if model.planner is None:  # of more drafts, some may be in the mode
        several = replace(settings, alternatives=settings.draft_count(settings.drawn_sampling))
    results = fill_present(
        blank, grid, nothing, silent, present, close, plan, model, several, progress, on_notes
    )
    # A stable sort: among those that sound in the mode asked for, the better draft stays in front.
    results.sort(key=lambda r: find_home_key(r.score, signature_known=False).mode != key.mode)
    return results[: settings.alternatives]


def drawn_key(seed: int) -> Key:
    """The key of a new piece for which none is wanted: major, with up to three accidentals."""
    return Key(seed % 7 - 3, "major")


def new_measures(bars: int, meter: Meter, key: Key, anacrusis: Fraction) -> tuple[Measure, ...]:
    """The measures of a new piece. anacrusis: the pickup before ``bars`` full ones, in quarters."""
    length = anacrusis + bars * meter.length
    return lay_measures(length, ((Fraction(0), meter),), ((Fraction(0), key),), anacrusis)


def only_given(voice: Voice, given_notes: Collection[NotePlace]) -> Voice:
    """The voice with its given notes alone."""
    return replace(voice, notes=tuple(n for n in voice.notes if (voice.name, n.onset) in given_notes))


def given_cells(score: Score, grid: Grid, given_notes: Collection[NotePlace]) -> Mask:
    """(T, V) True where a given note sounds."""
    fixed = np.zeros(grid.cells.shape, dtype=np.bool_)
    for v, voice in enumerate(score.voices):
        for note, step in zip(voice.notes, onset_steps(voice, grid), strict=True):
            if (voice.name, note.onset) in given_notes:
                fixed[[step, *grid.step_range(note.onset, note.end)[:1]], v] = True
    held = grid.cells == HOLD
    for t in range(
        len(held) - 1, 0, -1
    ):  # a note that ends in the step in which a given one begins stays, too
        fixed[t - 1] |= fixed[t] & held[t]
    return whole_notes(fixed, grid.cells)


def kept_whole(score: Score, grid: Grid, fixed: Mask) -> Mask:
    """The mask with every note fixed whole or not at all: in the step in which it begins, and in its cells.

    The first of its cells may be behind that step, where the next one is nearer.
    """
    fixed = whole_notes(fixed, grid.cells)
    for v, voice in enumerate(score.voices):
        for note, step in zip(voice.notes, onset_steps(voice, grid), strict=True):
            if fixed[step, v]:
                fixed[onset_cell(grid.edges, note.onset), v] = True
    return whole_notes(fixed, grid.cells)


def cut_at(voice: Voice, onset: Fraction, end: Fraction, given_notes: Collection[NotePlace] = ()) -> Voice:
    """The voice with a note that starts on [onset, end) and sounds past ``end`` cut in two there.

    A given note stays whole.
    """
    notes: list[Note] = []
    for note in voice.notes:
        if onset <= note.onset < end < note.end and (voice.name, note.onset) not in given_notes:
            notes.append(replace(note, duration=end - note.onset, fermata=False))
            notes.append(replace(note, onset=end, duration=note.end - end, lyrics=()))
        else:
            notes.append(note)
    return replace(voice, notes=tuple(notes))


def fixed_by_notes(score: Score, grid: Grid) -> Mask:
    """(T, V) True where a note or a rest stays: all but a voice's empty measures where others sing."""
    fixed = np.zeros(grid.cells.shape, dtype=np.bool_)
    singing = grid.cells != REST
    for measure in score.measures:
        steps = grid.step_range(measure.onset, measure.end)
        here = singing[steps.start : steps.stop].any(0)  # (V,) who sings in this measure
        fixed[steps.start : steps.stop] = here | ~here.any()
    fixed[:, ~singing.any(0)] = False
    for v, voice in enumerate(score.voices):
        fixed[onset_steps(voice, grid), v] = True  # a note just before a barline has its cell behind it
    return fixed


def fixed_silence(grid: Grid, fixed: Mask) -> NDArray[np.bool_]:
    """(T,) True where the given voices rest together; the choir breathes with them."""
    rests = grid.cells == REST
    silent: NDArray[np.bool_] = (fixed & rests).any(1) & ~(fixed & ~rests).any(1)
    return silent


def extended(measures: tuple[Measure, ...], bars: int) -> tuple[Measure, ...]:
    """The measures and ``bars`` more; before those, what a short last measure lacks to be full."""
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


def with_phrases(grid: Grid, measures: Sequence[Measure], anacrusis: Fraction) -> tuple[Grid, range]:
    """The grid with a fermata at the end of every second full measure, and the steps of the last one.

    A phrase ends with the second half of its measure; where pieces start with an upbeat, so does what
    follows, and the fermata makes room for it.
    """
    fermata = grid.fermata.copy()
    full = [m for m in measures if m.duration == m.meter.length]
    steps = range(0)
    for measure in full[::-1][::2]:
        found = last_chord(grid, measure, anacrusis if measure is not full[-1] else Fraction(0))
        fermata[found.start : found.stop] = True
        steps = steps or found
    return replace(grid, fermata=fermata), steps


def last_chord(grid: Grid, measure: Measure, anacrusis: Fraction = Fraction(0)) -> range:
    """The steps of the second half of a measure, where a phrase ends; less the upbeat to what follows."""
    beats = measure.meter.length // measure.meter.beat
    return grid.step_range(measure.onset + beats // 2 * measure.meter.beat, measure.end - anacrusis)
