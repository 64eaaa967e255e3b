"""The measures and events of a body -> a score, checked note by note.

An event is a written note, a ``Note`` a sounding one: tied events become one note. Events that make no sense
are errors with part, measure and beat.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction

from ripieno.errors import RequestError, ScoreError
from ripieno.limits import MAX_MEASURE_QUARTERS
from ripieno.score import (
    ACCIDENTALS,
    VOICE_NAMES,
    Key,
    Lyric,
    Measure,
    Meter,
    Note,
    Score,
    Spelling,
    Voice,
)
from ripieno_bridges.api.checks import check_voice
from ripieno_bridges.api.music_text import meter_named, voice_name
from ripieno_bridges.formats.musicxml.validate_numbers import MAX_MEASURES
from ripieno_bridges.http_server.request_models import (
    MAX_TICKS,
    MIN_TICKS,
    Bar,
    CheckBody,
    GivenLine,
    MusicEvent,
    NotesFields,
)

LAST_QUARTER = 4096  # 1024 measures of 4/4
HIGHEST = 127
ROUNDING = 1  # tick by which events may overlap: a seventh of a beat is no whole number of ticks
MAX_SYLLABLE = 100  # letters
SPELLING = re.compile(r"([A-G])(##|#|bb|b)?(-1|[0-9])")
ALTERS = {sign: alter for alter, sign in ACCIDENTALS.items()}
WHOLE_MEASURES = "send whole measures, as the score has them"


def score_of(body: NotesFields | CheckBody, names: Sequence[str] = VOICE_NAMES) -> Score:
    """A score with the voices of an ensemble, without notes where none were sent.

    names: of its voices, highest first. Raises ScoreError and RequestError.
    """
    check_ticks(body.ticks_per_quarter)
    unit = Fraction(1, body.ticks_per_quarter)
    empty = Score((), tuple(measures_of(body.measures, unit)))
    lines: dict[str, GivenLine] = {}
    for line in body.voices:
        name = voice_name(line.voice)
        check_voice(name, names)
        if name in lines:
            raise RequestError(f"the {name} comes twice; send each voice once")
        lines[name] = line
    voices = (voice_of(name, lines[name].events if name in lines else (), empty, unit) for name in names)
    return Score(tuple(voices), empty.measures)


def others_of(body: NotesFields, score: Score) -> tuple[Note, ...]:
    """The notes that sound beside the choir; ties need not be told. Raises ScoreError."""
    unit = Fraction(1, body.ticks_per_quarter)
    for event in body.others:
        check_event("accompaniment", event, 0, score, unit)
    return tuple(
        note_of("accompaniment", event, score, unit) for event in body.others if event.pitch is not None
    )


def check_ticks(ticks_per_quarter: int) -> None:
    """Raise RequestError for ticks that are too coarse or too fine for new notes."""
    if not MIN_TICKS <= ticks_per_quarter <= MAX_TICKS or ticks_per_quarter % MIN_TICKS:
        raise RequestError(
            f"ticks_per_quarter {ticks_per_quarter} is impossible; give a multiple of {MIN_TICKS} up to "
            f"{MAX_TICKS}, such as 480"
        )


# -- measures ----------------------------------------------------------------------------------------------


def measures_of(bars: Sequence[Bar], unit: Fraction) -> Iterable[Measure]:
    """The measures, one after the other from time 0. unit: a tick, in quarters.

    Raises ScoreError and RequestError.
    """
    if not bars:
        raise RequestError(f"there is no measure; {WHOLE_MEASURES}")
    if len(bars) > MAX_MEASURES:
        raise RequestError(f"{len(bars)} measures; send at most {MAX_MEASURES} at a time")
    end = 0
    for bar in bars:
        number = str(bar.number)[:20]
        if bar.tick != end:
            fault = f"it begins at tick {bar.tick}, but what is before it ends at {end}; {WHOLE_MEASURES}"
            raise ScoreError(None, None, number, fault)
        if bar.ticks < 1:
            raise ScoreError(None, None, number, f"it is {bar.ticks} ticks long; {WHOLE_MEASURES}")
        end = bar.tick + bar.ticks
        if end * unit > LAST_QUARTER:
            fault = f"more than {LAST_QUARTER} quarters; send a section at a time"
            raise ScoreError(None, None, number, fault)
        if bar.ticks * unit > MAX_MEASURE_QUARTERS:
            fault = f"it is longer than {MAX_MEASURE_QUARTERS} quarters; divide it by barlines"
            raise ScoreError(None, None, number, fault)
        yield Measure(number, bar.tick * unit, bar.ticks * unit, meter_of(bar, number), key_of(bar, number))


def meter_of(bar: Bar, number: str) -> Meter:
    try:
        return meter_named(bar.meter)
    except RequestError as exc:
        raise ScoreError(None, None, number, f"the meter {exc}") from exc


def key_of(bar: Bar, number: str) -> Key:
    if abs(bar.fifths) > 7:
        fault = f"a key signature of {bar.fifths} fifths is impossible; give -7 (flats) to 7 (sharps)"
        raise ScoreError(None, None, number, fault)
    return Key(bar.fifths, bar.mode)


# -- voices ------------------------------------------------------------------------------------------------


def voice_of(name: str, events: Sequence[MusicEvent], score: Score, unit: Fraction) -> Voice:
    """The sounding notes of one voice. score: gives the measures. Raises ScoreError."""
    notes: list[Note] = []
    start, end, is_tied = -1, 0, False  # of the previous event; times in ticks, tied to the next event
    for event in events:
        check_event(name, event, max(start + 1, end - ROUNDING), score, unit)
        if is_tied:
            notes[-1] = tied(name, notes[-1], event, end, score, unit)
        else:
            if event.tick < end and notes:
                notes[-1] = ended_by(notes[-1], event.tick * unit)
            if event.pitch is not None:
                notes.append(note_of(name, event, score, unit))
        start, end, is_tied = event.tick, event.tick + event.ticks, event.tie
        if is_tied and event.pitch is None:
            raise fault_at(name, event, score, unit, "a rest is tied; take the tie away")
    if is_tied:
        fault = "it is tied to a note that did not come; send that too, or take the tie away"
        raise fault_at(name, events[-1], score, unit, fault)
    return Voice(name, tuple(notes))


def ended_by(note: Note, time: Fraction) -> Note:
    """The note, ending at this time at the latest."""
    return replace(note, duration=min(note.duration, time - note.onset))


def fault_at(name: str, event: MusicEvent, score: Score, unit: Fraction, fault: str) -> ScoreError:
    """The error for an event, with its place."""
    time = max(Fraction(0), min(event.tick * unit, score.duration))
    measure, beat = score.place(time)
    return ScoreError(None, name.capitalize(), measure, fault, beat=beat)


def check_event(name: str, event: MusicEvent, earliest: int, score: Score, unit: Fraction) -> None:
    """Raise ScoreError for an impossible event. earliest: the first tick at which it may begin."""
    fault = None
    if event.ticks < 1:
        fault = f"a length of {event.ticks} ticks; a note or rest has at least one"
    elif event.tick < 0:
        fault = f"it begins at tick {event.tick}; times count from the first measure, which is at 0"
    elif event.tick < earliest:
        fault = (
            "it begins before the note or rest in front of it has ended, but a voice is one line; move one "
            "of them to another voice"
        )
    elif (event.tick + event.ticks) * unit > score.duration:
        fault = f"it ends after the last measure; {WHOLE_MEASURES}"
    elif event.pitch is None and (event.spelling is not None or event.lyric is not None):
        fault = "a rest with a spelling or a lyric; send its pitch, or leave them out"
    if fault is not None:
        raise fault_at(name, event, score, unit, fault)


def note_of(name: str, event: MusicEvent, score: Score, unit: Fraction) -> Note:
    """The note that an event begins."""
    pitch = event.pitch
    assert pitch is not None, "a rest has no note"
    if not 0 <= pitch <= HIGHEST:
        fault = f"there is no pitch {pitch}; give a MIDI number, 0 to {HIGHEST}"
        raise fault_at(name, event, score, unit, fault)
    return Note(
        event.tick * unit,
        event.ticks * unit,
        pitch,
        spelling_of(name, event, score, unit),
        event.fermata,
        lyrics_of(name, event, score, unit),
    )


def spelling_of(name: str, event: MusicEvent, score: Score, unit: Fraction) -> Spelling | None:
    if event.spelling is None:
        return None
    match = SPELLING.fullmatch(event.spelling)
    if match is None:
        fault = f'"{event.spelling[:20]}" is no spelling; write it like F#4, Bb3 or C5, or send null'
        raise fault_at(name, event, score, unit, fault)
    spelling = Spelling(match[1], ALTERS[match[2] or ""], int(match[3]))
    if spelling.pitch != event.pitch:
        fault = f"{spelling} is pitch {spelling.pitch}, not {event.pitch}; send the right one, or null"
        raise fault_at(name, event, score, unit, fault)
    return spelling


def lyrics_of(name: str, event: MusicEvent, score: Score, unit: Fraction) -> tuple[Lyric, ...]:
    if event.lyric is None:
        return ()
    if len(event.lyric) > MAX_SYLLABLE:
        fault = f"a syllable of {len(event.lyric)} letters; send one syllable a note"
        raise fault_at(name, event, score, unit, fault)
    return (Lyric(event.lyric, event.syllabic or "single"),)


def tied(name: str, note: Note, event: MusicEvent, end: int, score: Score, unit: Fraction) -> Note:
    """The note, extended by an event that it is tied to. end: of the note so far, in ticks.

    Raises ScoreError if the event is not its continuation.
    """
    if abs(event.tick - end) > ROUNDING or event.pitch != note.pitch:
        what = "another pitch" if event.pitch is not None and event.pitch != note.pitch else "a rest"
        fault = f"{note.name} in front of it is tied, but {what} follows; take the tie away"
        raise fault_at(name, event, score, unit, fault)
    return Note(
        note.onset,
        (event.tick + event.ticks) * unit - note.onset,
        note.pitch,
        note.spelling or spelling_of(name, event, score, unit),
        note.fermata or event.fermata,
        note.lyrics or lyrics_of(name, event, score, unit),
    )
