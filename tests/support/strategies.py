"""Random scores and grids for property tests: small, valid, and as odd as real music."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from hypothesis import strategies as st

from ripieno.grid import Grid, score_to_grid
from ripieno.score import VOICE_NAMES, Key, Lyric, Measure, Meter, Note, Score, Tempo, Voice, spelling_at

METERS = (Meter(4, 4), Meter(3, 4), Meter(2, 2), Meter(6, 8), Meter(5, 4))
SIXTEENTHS = tuple(Fraction(n, 4) for n in (1, 2, 3, 4, 4, 6, 8, 12, 20))
OFF_GRID = (*SIXTEENTHS, Fraction(1, 8), Fraction(1, 3), Fraction(1, 3), Fraction(2, 3), Fraction(7, 8))
VOICE_CENTRES = (72, 65, 58, 48)
ODD_SIGNS = 'aé-/"\\ \n\r|~^:[]'  # what short text, XML and MIDI must each write in a way of their own

# Duration, interval to the note before (None for a rest), fermata, lyrics.
Event = tuple[Fraction, int | None, bool, tuple[Lyric, ...]]
Measures = tuple[Measure, ...]

keys = st.builds(Key, st.integers(-7, 7), st.sampled_from(("major", "minor", None)))


@st.composite
def measures(draw: st.DrawFn, *, on_grid: bool = True) -> Measures:
    """One to four measures with changes of meter and key; sometimes a pickup, sometimes a short end."""
    made: list[Measure] = []
    meter, key = draw(st.sampled_from(METERS)), draw(keys)
    onset = Fraction(0)
    unit = Fraction(1, 4) if on_grid else draw(st.sampled_from((Fraction(1, 3), Fraction(1, 8))))
    shortest = draw(st.integers(1, 7)) * unit
    pickup, short_end = draw(st.booleans()), draw(st.booleans())
    count = draw(st.integers(1, 4))
    for index in range(count):
        if index and draw(st.integers(0, 3)) == 0:
            meter, key = draw(st.sampled_from(METERS)), draw(keys)
        short = (pickup and index == 0) or (short_end and 0 < index == count - 1)
        duration = min(shortest, meter.length) if short else meter.length
        made.append(Measure("", onset, duration, meter, key))
        onset += duration
    start = 0 if made[0].duration < made[0].meter.length else 1
    return tuple(replace(m, number=str(n)) for n, m in enumerate(made, start))


@st.composite
def lyrics(draw: st.DrawFn) -> tuple[Lyric, ...]:
    """No syllable, or one in each of one or two verses, the first sometimes left out."""
    verses = draw(st.sampled_from(((), (), (), (1,), (1, 2), (2,))))
    syllabic = st.sampled_from(("single", "begin", "middle", "end"))
    return tuple(Lyric(draw(st.text(ODD_SIGNS, max_size=3)), draw(syllabic), verse) for verse in verses)


def events(*, on_grid: bool) -> st.SearchStrategy[list[Event]]:
    interval = st.sampled_from((0, 0, 1, 2, 3, 6, -1, -2, -5, None))
    fermata = st.sampled_from((False, False, False, True))
    duration = st.sampled_from(SIXTEENTHS if on_grid else OFF_GRID)
    return st.lists(st.tuples(duration, interval, fermata, lyrics()), max_size=8)


def line(start: int, played: list[Event], laid: Measures, enharmonic: int) -> tuple[Note, ...]:
    """Notes from the events, one behind the other, until the measures are full."""
    score = Score((), laid)
    notes: list[Note] = []
    time, pitch = Fraction(0), start
    for duration, interval, fermata, syllables in played:
        end = min(time + duration, score.duration)
        if interval is not None and time < end:
            pitch += interval
            spelling = score.measure_at(time).key.spell(pitch)
            if -15 <= spelling.fifths + enharmonic <= 19:
                spelling = spelling_at(spelling.fifths + enharmonic, pitch)
            notes.append(Note(time, end - time, pitch, spelling, fermata, syllables))
        time = end
    return tuple(notes)


@st.composite
def scores(draw: st.DrawFn, *, on_grid: bool = True, min_voices: int = 1, max_voices: int = 4) -> Score:
    """Scores whose voices are named soprano, alto, tenor, bass, with spelled pitches.

    Some voices are spelled twelve fifths away from their key.
    on_grid: every time is a whole number of 16ths; else there are triplets and 32nds too.
    """
    laid = draw(measures(on_grid=on_grid))
    voices = []
    for index in range(draw(st.integers(min_voices, max_voices))):
        enharmonic = draw(st.sampled_from((0, 0, 12, -12)))
        notes = line(VOICE_CENTRES[index], draw(events(on_grid=on_grid)), laid, enharmonic)
        voices.append(Voice(VOICE_NAMES[index], notes))
    sixteenths = st.integers(0, int(4 * laid[-1].end))
    times = sorted(draw(st.lists(sixteenths, max_size=2, unique=True)))
    tempos = tuple(Tempo(Fraction(n, 4), draw(st.sampled_from((60.0, 96.0, 72.5)))) for n in times)
    title, composer = (draw(st.none() | st.text(ODD_SIGNS, max_size=5)) for _ in range(2))
    return Score(tuple(voices), laid, tempos, title, composer)


def grids(*, min_voices: int = 1, max_voices: int = 4) -> st.SearchStrategy[Grid]:
    """The grids of random scores in which nothing is off the grid."""
    return scores(min_voices=min_voices, max_voices=max_voices).map(score_to_grid)
