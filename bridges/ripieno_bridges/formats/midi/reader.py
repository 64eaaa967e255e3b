"""MIDI files -> scores, with exact times."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from mido import MetaMessage

from ripieno.errors import FileError, ScoreError
from ripieno.score import Key, Lyric, Measure, Meter, Note, Score, Tempo, Voice
from ripieno.theory.keys import estimate_key
from ripieno_bridges.formats.midi.tracks import TickNote, Track, amount, read_tracks
from ripieno_bridges.formats.midi.writer import MINUTE, UNITS, key_name

MAX_MEASURES = 10_000
MAX_QUARTERS = 100_000
MAX_NOTES_A_QUARTER = 32  # of a voice; a harp's glissando has fewer
MAX_OVERLAP = Fraction(1, 8)  # a performed legato reaches less than a 32nd into the next note


def read_midi(data: bytes, file: str) -> tuple[Score, tuple[str, ...]]:
    """(the score, what was left out, mended or guessed, a sentence each). file: the name that errors show.

    Formats 0 and 1. Every channel of a track that holds notes is a voice, in the file's order. MIDI has
    no pickup: a first meter that lasts one measure at most, and less than a measure of the second meter,
    is read as the second meter's pickup. Where tracks disagree about a tempo, meter or key at one time,
    the first holds. Where no key is given, it is estimated from the notes. A file has no spellings and
    fermatas, a score no velocities, pedals and pitch bends.

    Raises FileError for what is no sound MIDI file, has no notes, or is beyond the limits, and ScoreError
    where two notes sound at once in one channel of a track, or too many follow each other in a quarter.
    """
    midi_format, ticks, tracks = read_tracks(data, file)
    frame, known, remarks = read_frame(midi_format, ticks, tracks, file)
    voices: list[Voice] = []
    for track in tracks:
        remarks += track.remarks()
        voices += read_voices(track, midi_format, FilePosition(frame, ticks, file), remarks)
    score = replace(frame, voices=tuple(voices))
    if voices and not known:
        score = with_estimated_key(score, remarks)
    return score, tuple(remarks)


def read_frame(midi_format: int, ticks: int, tracks: list[Track], file: str) -> tuple[Score, bool, list[str]]:
    """(the score without its voices, whether the file gives a key, what was left out)."""
    end = Fraction(max(track.end_tick for track in tracks), ticks)
    if end > MAX_QUARTERS:
        raise FileError(file, f"longer than {MAX_QUARTERS} quarters; cut the silence out of it")
    meters, keys, tempos, remarks = read_marks(tracks, ticks)
    measures = lay_file_measures(end, meters, keys or [(Fraction(0), Key())], file)
    notes_end = Fraction(max(track.notes_end_tick for track in tracks), ticks)
    last = measures[-1].onset
    if len(measures) > 1 and notes_end <= last and end - last < MAX_OVERLAP:
        measures = measures[:-1]  # many programs end their tracks a tick after the last barline
    return Score((), measures, tempos, read_title(midi_format, tracks)), bool(keys), remarks


def with_estimated_key(score: Score, remarks: list[str]) -> Score:
    """The score in the key that its notes are most likely in; adds to ``remarks`` which it is."""
    key = estimate_key(score)
    remarks.append(f"no key signature in the file; taken as {key}")
    return replace(score, measures=tuple(replace(measure, key=key) for measure in score.measures))


# -- measures, meters, keys and tempos ------------------------------------------------------------------


def read_marks(
    tracks: list[Track], ticks: int
) -> tuple[list[tuple[Fraction, Meter]], list[tuple[Fraction, Key]], tuple[Tempo, ...], list[str]]:
    """(meters, keys, tempos, what was left out), in order; meters start at 0, and so do keys if any."""
    named = {key_name(key): key for f in range(-7, 8) for key in (Key(f, "major"), Key(f, "minor"))}
    meters, keys, lengths, odd = {0: Meter()}, dict[int, Key](), dict[int, int](), 0
    for tick, mark in (mark for track in reversed(tracks) for mark in track.marks):
        if mark.type == "set_tempo":
            lengths[tick] = mark.tempo
        elif mark.type == "key_signature":
            keys[tick] = named[mark.key]
        elif meter := read_meter(mark):
            meters[tick] = meter
        else:
            odd += 1
    if keys:
        keys.setdefault(0, Key())
    return (
        [(Fraction(tick, ticks), meters[tick]) for tick in sorted(meters)],
        [(Fraction(tick, ticks), keys[tick]) for tick in sorted(keys)],
        tuple(Tempo(Fraction(t, ticks), quarters_per_minute(lengths[t])) for t in sorted(lengths)),
        [f"{amount(odd, 'time signature')} that no score can show, left out"] if odd else [],
    )


def read_meter(mark: MetaMessage) -> Meter | None:
    """The time signature, ``None`` for 0/4 and for denominators that notation does not have."""
    sound = mark.numerator and mark.denominator in UNITS
    return Meter(mark.numerator, mark.denominator) if sound else None


def quarters_per_minute(length: int) -> float:
    """The tempo with the fewest decimals whose quarter has this length in microseconds."""
    exact = MINUTE / length
    near = (round(exact, decimals) for decimals in range(6))
    return next((qpm for qpm in near if qpm and round(MINUTE / qpm) == length), exact)


def lay_file_measures(
    length: Fraction, meters: list[tuple[Fraction, Meter]], keys: list[tuple[Fraction, Key]], file: str
) -> tuple[Measure, ...]:
    """The measures that these meters and keys make, with a pickup where there is one.

    ``score.lay_measures`` looks at every meter and key for every measure, which takes minutes for 10 000 of
    each; this goes through them once. Raises FileError for too many measures.
    """
    pickup = False
    if len(meters) > 1:
        (_, first), (time, second) = meters[:2]
        pickup = time <= first.length and time < second.length
        meters = [(Fraction(0), second if pickup else first), *meters[1:]]
    meter_times, key_times = [time for time, _ in meters], [time for time, _ in keys]
    measures: list[Measure] = []
    onset, number = Fraction(0), 0 if pickup else 1
    while onset < length or not measures:
        if len(measures) == MAX_MEASURES:
            raise FileError(file, f"more than {MAX_MEASURES} measures; cut the silence out of it")
        following = bisect_right(meter_times, onset)
        meter = meters[following - 1][1]
        end = min([onset + meter.length, *meter_times[following : following + 1]])
        key = keys[bisect_right(key_times, onset) - 1][1]
        measures.append(Measure(str(number), onset, end - onset, meter, key))
        onset, number = end, number + 1
    return tuple(measures)


# -- voices ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FilePosition:
    """What naming a place in an error needs: the measures, ticks a quarter, the file's name."""

    frame: Score
    ticks: int
    file: str


def read_title(midi_format: int, tracks: list[Track]) -> str | None:
    """The name of a format 0 file's track, or of a first track that only conducts."""
    first = tracks[0]
    return (first.name or None) if midi_format == 0 or not first.notes else None


def read_voices(track: Track, midi_format: int, place: FilePosition, remarks: list[str]) -> list[Voice]:
    """A track's voices, by channel; adds to ``remarks`` what they cannot hold."""
    voices: list[Voice] = []
    syllables, shortened = read_syllables(track.lyrics), 0
    for channel in sorted(track.notes):
        name = track.name or f"track {track.number}"
        if midi_format == 0:
            name = f"channel {channel + 1}"
        elif len(track.notes) > 1:
            name = f"{name}, channel {channel + 1}"
        line, found = one_line(track.notes[channel], name, place)
        voices.append(Voice(name, tuple(sung_notes(line, syllables, place.ticks))))
        shortened += found
    if shortened:
        text = f"{amount(shortened, 'note')} overlapped the next by less than a 32nd, shortened"
        remarks.append(f"{track.label}: {text}")
    remarks += unused_syllables(track, syllables)
    return voices


def sung_notes(notes: Iterable[TickNote], syllables: dict[int, Lyric], ticks: int) -> Iterator[Note]:
    """The notes in quarters; the first of them that starts with a syllable takes it out of ``syllables``."""
    for note in notes:
        lyric = syllables.pop(note.onset_tick, None)
        length = Fraction(note.end_tick - note.onset_tick, ticks)
        onset = Fraction(note.onset_tick, ticks)
        yield Note(onset, length, note.pitch, lyrics=(lyric,) if lyric else ())


def unused_syllables(track: Track, syllables: dict[int, Lyric]) -> list[str]:
    """The remark on syllables that no note took, if there are any."""
    if not syllables:
        return []
    return [f"{track.label}: {amount(len(syllables), 'syllable')} under no note, left out"]


def one_line(notes: list[TickNote], name: str, place: FilePosition) -> tuple[list[TickNote], int]:
    """(the notes as one line, how many were shortened for it); ScoreError where two sound at once.

    Also for more notes in a quarter than anybody sings or writes, which would cost minutes of work.
    """
    for note, later in zip(notes, notes[MAX_NOTES_A_QUARTER:], strict=False):
        if later.onset_tick - note.onset_tick < place.ticks:
            number, beat = place.frame.place(Fraction(note.onset_tick, place.ticks))
            fault = (
                f"more than {MAX_NOTES_A_QUARTER} notes begin within one quarter, and nobody sings so fast; "
                "leave most of them out, or delete this track"
            )
            raise ScoreError(place.file, name, number, fault, beat=beat)
    line, shortened = list(notes), 0
    for index, (note, following) in enumerate(pairwise(notes)):
        overlap = note.end_tick - following.onset_tick
        if overlap <= 0:
            continue
        if note.onset_tick == following.onset_tick or overlap >= MAX_OVERLAP * place.ticks:
            time = Fraction(following.onset_tick, place.ticks)
            key = place.frame.measure_at(time).key
            both = f"{key.spell(note.pitch)} and {key.spell(following.pitch)}"
            fault = f"{both} sound at once, but a voice is one line; put each voice on its own track"
            number, beat = place.frame.place(time)
            raise ScoreError(place.file, name, number, fault, beat=beat)
        line[index] = replace(note, end_tick=following.onset_tick)
        shortened += 1
    return line, shortened


def read_syllables(lyrics: list[tuple[int, str]]) -> dict[int, Lyric]:
    """Lyrics by tick; a syllable that ends in a hyphen is not the last of its word."""
    syllables: dict[int, Lyric] = {}
    inside = False
    for tick, written in lyrics:
        text, goes_on = written.rstrip("- "), written.endswith("-")
        if text:
            syllabic = ("middle" if goes_on else "end") if inside else ("begin" if goes_on else "single")
            syllables[tick] = Lyric(text, syllabic)
            inside = goes_on
    return syllables
