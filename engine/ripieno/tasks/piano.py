"""The tasks at the piano, for networks that know keys: as those for a choir in ``choir``, but for two hands.

Here, too, each task is a mask over one fill. Given notes stay; new ones are divided between two hands, with
one rhythm a hand (see ``hands``).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np

from ripieno.errors import RequestError, ScoreError
from ripieno.grid import (
    HOLD,
    OPEN,
    REST,
    Grid,
    GridPlan,
    NoteStates,
    bare_grid,
    empty_grid,
    score_to_grid,
    states_to_notes,
)
from ripieno.models.generator import ProgressCallback
from ripieno.models.masks import Mask, whole_notes
from ripieno.models.note_states.key_generator import KeyGenerator, PlayedKeys
from ripieno.models.sampling import Sampling
from ripieno.piano.hands import LEFT, MELODY, RIGHT, divide_hands, hands
from ripieno.piano.lines import lines
from ripieno.results import Result
from ripieno.score import SIXTEENTH, Key, Meter, Note, Score, Tempo, Voice, lay_measures
from ripieno.tasks.checks import check_amount, check_bars, check_length, whole_steps
from ripieno.tasks.choir import cut_at, extended, ignore_progress
from ripieno.tasks.drafts import DraftSettings, check_alternatives, new_generator
from ripieno.theory.home_key import find_home_key

LOW_MELODY = 67  # G4: a melody whose middle lies below it is given to the network an octave higher
OCTAVE = 12
MINOR_BELOW = 9  # semitones from the major tonic of a signature up to its minor one
BATCH = 64  # snippets made at once
PIANO_QPM = 80.0  # "slow march tempo", as Joplin wrote; compose says so in the score


def compose(
    model: KeyGenerator,
    *,
    bars: int = 8,
    meter: Meter = Meter(),
    key: Key | None = None,
    anacrusis: Fraction = Fraction(0),
    settings: DraftSettings = DraftSettings(),
    progress: ProgressCallback = ignore_progress,
) -> list[Result]:
    """Piano music out of nothing, ``bars`` full measures long. key: ``None`` draws one from the seed."""
    check_bars(bars)
    if key is None:
        key = Key(settings.seed % 6 - 4, "major")
    measures = lay_measures(
        anacrusis + bars * meter.length, ((Fraction(0), meter),), ((Fraction(0), key),), anacrusis
    )
    blank = Score((), measures, (Tempo(Fraction(0), PIANO_QPM),), f"Piece in {key}")
    grid = empty_grid(measures, 1)
    if key.mode == "minor":
        grid = plan_in_minor(grid)
    return perform(blank, grid, np.zeros(grid.cells.shape, dtype=np.bool_), model, settings, progress)


def plan_in_minor(grid: Grid) -> Grid:
    """The grid with a plan that says nothing but the mode: it knows signatures only."""
    unknown = np.full(grid.steps, OPEN, dtype=np.int8)
    columns = dict.fromkeys(GridPlan.columns(), unknown)
    home = ((grid.tonic + MINOR_BELOW) % 12).astype(np.int8)
    minor = np.ones(grid.steps, dtype=np.int8)
    return replace(grid, plan=GridPlan(**columns | {"home": home, "minor": minor}))


def harmonize(
    score: Score,
    model: KeyGenerator,
    *,
    settings: DraftSettings = DraftSettings(),
    progress: ProgressCallback = ignore_progress,
) -> list[Result]:
    """A piano part under a melody, which stays as it is and on top. score: one voice that has notes.

    The network sees a melody that lies as low as the middle of the keyboard an octave higher, so that there
    is room for an accompaniment; new notes above the melody are left out, and in a pickup the piano rests.
    """
    singing = [voice for voice in score.voices if voice.notes]
    if not singing:
        raise ScoreError(None, None, None, "there is no note to harmonize; write the melody first")
    if len(singing) > 1:
        raise RequestError(
            f"there are {len(singing)} voices with notes, but a pianist accompanies one melody; take "
            "the others out, or choose a model for choirs, such as lstm-chorales"
        )
    melody = replace(singing[0], name=MELODY)
    alone = replace(score, voices=(melody,))
    grid = piano_grid(alone)
    lift = OCTAVE if melody.mean_pitch < LOW_MELODY else 0
    shown = np.where(grid.cells < HOLD, grid.cells + lift, grid.cells).astype(grid.cells.dtype)
    # A second, empty voice, which is free, makes the melody the highest of two.
    cells = np.concatenate([shown, np.full_like(shown, REST)], 1)
    fixed = np.zeros(cells.shape, dtype=np.bool_)
    fixed[:, 0] = True
    fixed[: grid.step_range(Fraction(0), alone.anacrusis).stop] = True  # the pianist comes in on the barline
    return perform(alone, replace(grid, cells=cells), fixed, model, settings, progress, melody=melody)


def continue_(
    score: Score,
    model: KeyGenerator,
    *,
    bars: int = 4,
    settings: DraftSettings = DraftSettings(),
    progress: ProgressCallback = ignore_progress,
) -> list[Result]:
    """Add ``bars`` measures after the end; everything there stays."""
    check_music(score)
    check_bars(bars)
    longer = replace(score, measures=extended(score.measures, bars))
    grid = piano_grid(longer)
    fixed = np.zeros(grid.cells.shape, dtype=np.bool_)
    fixed[: grid.step_range(Fraction(0), score.duration).stop] = True
    return perform(
        longer,
        grid,
        fixed,
        model,
        settings,
        progress,
        kept=notes_outside(score, score.duration, score.duration),
    )


def infill(
    score: Score,
    model: KeyGenerator,
    *,
    selection: tuple[Fraction, Fraction],
    settings: DraftSettings = DraftSettings(),
    progress: ProgressCallback = ignore_progress,
) -> list[Result]:
    """Regenerate the music from one moment up to another; everything else stays.

    selection: the two moments, in quarters; see ``Score.span`` and ``whole_steps``. A note that sounds into
    it stays whole; of one that sounds beyond its end, the part beyond stays.
    """
    check_music(score)
    onset, end = whole_steps(score, selection)
    score = replace(score, voices=tuple(cut_at(voice, onset, end) for voice in score.voices))
    grid = piano_grid(score)
    steps = grid.step_range(onset, end)
    fixed = np.ones(grid.cells.shape, dtype=np.bool_)
    fixed[steps.start : steps.stop] = False
    return perform(
        score,
        grid,
        whole_notes(fixed, grid.cells),
        model,
        settings,
        progress,
        kept=notes_outside(score, onset, end),
    )


def vary(
    score: Score,
    model: KeyGenerator,
    *,
    amount: float = 0.3,
    settings: DraftSettings = DraftSettings(),
    progress: ProgressCallback = ignore_progress,
) -> list[Result]:
    """The same music, changed a little or much. amount: 0 is what the network makes of it, 1 is new."""
    check_music(score)
    check_amount(amount)
    grid = piano_grid(score)
    fixed = np.zeros(grid.cells.shape, dtype=np.bool_)
    return perform(score, grid, fixed, model, settings, progress, closeness=1 - amount)


def perform(
    score: Score,
    grid: Grid,
    fixed: Mask,
    model: KeyGenerator,
    settings: DraftSettings,
    progress: ProgressCallback,
    *,
    melody: Voice | None = None,
    kept: Sequence[Note] = (),
    closeness: float | None = None,
) -> list[Result]:
    """Fill the free cells, and write the result for two hands.

    score: for its measures; its voices are ignored. kept: the given notes, which every result has. melody: in
    their place, the line that is accompanied.
    """
    check_alternatives(settings)
    played = model.play(
        grid,
        fixed,
        generator=new_generator(settings),
        sampling=settings.override(Sampling(temperature=0.5)),
        candidates=settings.alternatives,
        closeness=closeness,
        progress=progress,
    )
    return [performance_result(score, grid, one, kept, melody) for one in played]


def performance_result(
    score: Score, grid: Grid, played: PlayedKeys, kept: Sequence[Note], melody: Voice | None
) -> Result:
    """What the network played, together with the given notes, as a score."""
    keys = struck_keys(kept)
    fresh = [n for n in notes_of(played, grid) if not clashes(n, keys)]
    if melody is not None:
        fresh = [n for n in fresh if is_under(n, melody)]
    new = tuple(
        replace(voice, notes=tuple(shortened(n, keys) for n in voice.notes))
        for voice in hands(fresh, score, melody=melody)
    )
    voices = new if not kept else joined(kept, new)
    added = tuple(voice for voice in new if voice.name != MELODY)
    return Result(replace(score, voices=voices), added, played.log_likelihood, 0)


def is_under(note: Note, melody: Voice) -> bool:
    """Whether a note lies below every note of the melody that sounds while it does."""
    first = bisect_right(melody.notes, note.onset, key=lambda m: m.end)
    end = bisect_left(melody.notes, note.end, lo=first, key=lambda m: m.onset)
    return all(note.pitch < m.pitch for m in melody.notes[first:end])


def notes_of(played: PlayedKeys, grid: Grid) -> tuple[Note, ...]:
    """The notes that the network played."""
    return states_to_notes(NoteStates(np.concatenate([played.sounds, played.strikes], 1), 0), grid.edges)


def notes_outside(score: Score, onset: Fraction, end: Fraction) -> tuple[Note, ...]:
    """The notes that do not start on [onset, end), from first to last, exactly as they are."""
    kept = [n for voice in score.voices for n in voice.notes if not onset <= n.onset < end]
    return tuple(sorted(kept, key=lambda n: (n.onset, n.pitch)))


@dataclass(frozen=True, slots=True)
class StruckKey:
    """The given notes on one key. onsets: in order. latest: for each, the latest end of those so far."""

    onsets: list[Fraction] = field(default_factory=list)
    latest: list[Fraction] = field(default_factory=list)


def struck_keys(kept: Sequence[Note]) -> dict[int, StruckKey]:
    """The keys that given notes strike. kept: by onset."""
    keys: dict[int, StruckKey] = {}
    for note in kept:
        key = keys.setdefault(note.pitch, StruckKey())
        key.onsets.append(note.onset)
        key.latest.append(max([note.end, *key.latest[-1:]]))
    return keys


def shortened(note: Note, keys: dict[int, StruckKey]) -> Note:
    """The note, cut where a given one strikes its key; a hand's rhythm may have lengthened it."""
    onsets = keys[note.pitch].onsets if note.pitch in keys else []
    end = min([note.end, *onsets[bisect_right(onsets, note.onset) :][:1]])
    return replace(note, duration=end - note.onset)


def clashes(note: Note, keys: dict[int, StruckKey]) -> bool:
    """Whether a given note sounds on the same key while this one would."""
    if note.pitch not in keys:
        return False
    key = keys[note.pitch]
    before = bisect_left(key.onsets, note.end)
    return before > 0 and key.latest[before - 1] > note.onset


def joined(kept: Sequence[Note], new: Sequence[Voice]) -> tuple[Voice, ...]:
    """Given and new notes in two hands; a given note is in the hand that suits it, and stays as it is."""
    upper, lower = divide_hands(kept)
    voices: list[Voice] = []
    for name, given in ((RIGHT, upper), (LEFT, lower)):
        rows: list[list[Note]] = [[]]
        for note in sorted(given, key=lambda n: (n.onset, -n.pitch)):
            place_note(note, rows)
        for voice in new:
            if voice.name.startswith(name):
                for note in voice.notes:
                    place_note(note, rows)
        voices += [Voice(name if i == 1 else f"{name} {i}", tuple(row)) for i, row in enumerate(rows, 1)]
    return tuple(voices)


def place_note(note: Note, rows: list[list[Note]]) -> None:
    """Put a note into the first row that is silent while it sounds, or into a new one."""
    for row in rows:
        place = bisect_right(row, note.onset, key=lambda n: n.onset)
        free_before = not place or row[place - 1].end <= note.onset
        if free_before and (place == len(row) or note.end <= row[place].onset):
            row.insert(place, note)
            return
    rows.append([note])


def piano_grid(score: Score) -> Grid:
    """The grid of a score, in minor where its notes are. Raises ScoreError where it is too long."""
    check_length(score)
    grid = score_to_grid(score)
    home = find_home_key(score)
    is_minor = home.mode == "minor" and home.tonic == (grid.tonic[-1] + MINOR_BELOW) % 12
    return plan_in_minor(grid) if is_minor else grid


def check_music(score: Score) -> None:
    """Raise ScoreError where there is not a note."""
    if not any(voice.notes for voice in score.voices):
        raise ScoreError(None, None, None, "there is no music in it; write some, or compose a new piece")


def interpolate(first: Score, last: Score, model: KeyGenerator, *, steps: int = 3) -> list[Result]:
    """Music between two pieces: ``steps`` results on the way from one DBN code to the other.

    It has the length and the measures of the longer one.
    """
    for score in (first, last):
        check_music(score)
    longer = max(first, last, key=lambda s: s.duration)
    grids = [
        in_own_key(piano_grid(replace(score, measures=longer.measures)), score) for score in (first, last)
    ]
    return [
        performance_result(longer, grids[0], played, (), None)
        for played in model.interpolate(grids[0], grids[1], steps=steps)
    ]


def snippets(
    model: KeyGenerator, *, count: int, settings: DraftSettings = DraftSettings()
) -> Iterator[Score]:
    """``count`` windows of the network's own length out of nothing, in C: quick, not divided into hands.

    They are made ``BATCH`` at a time.
    """
    chance = new_generator(settings)
    slots = model.window
    measures = lay_measures(slots * SIXTEENTH)
    frame = Score((), measures, (Tempo(Fraction(0), PIANO_QPM),))
    grid = bare_grid(np.full((slots, 1), REST, dtype=np.int16))
    free = np.zeros(grid.cells.shape, dtype=np.bool_)
    sampling = settings.override(Sampling(temperature=0.5))
    for start in range(0, count, BATCH):
        many = min(BATCH, count - start)
        for one in model.play(grid, free, generator=chance, sampling=sampling, candidates=many):
            yield replace(frame, voices=lines(notes_of(one, grid), "piano"))


def in_own_key(grid: Grid, score: Score) -> Grid:
    """The grid of a score that was laid into other measures, with the keys of its own."""
    tonic = [7 * score.measure_at(time).key.fifths % 12 for time in grid.edges[:-1]]
    return replace(grid, tonic=np.array(tonic, dtype=np.int8))
