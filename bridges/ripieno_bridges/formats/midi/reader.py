"""MIDI files -> scores, with exact times."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from mido import MetaMessage

from ripieno.errors import FileError
from ripieno.score import Key, Measure, Meter, Score, Tempo, Voice
from ripieno.theory.home_key import find_home_key
from ripieno_bridges.formats.block_chords import is_chord_name, read_block_chords
from ripieno_bridges.formats.midi.track_lines import FilePosition, read_lines
from ripieno_bridges.formats.midi.tracks import Track, amount, read_tracks
from ripieno_bridges.formats.midi.writer import MINUTE, UNITS, key_name
from ripieno_bridges.formats.note_lists import FlatNote
from ripieno_bridges.formats.score_lines import ScoreLine, lines_of_score

MAX_MEASURES = 10_000
MAX_QUARTERS = 100_000
TRACK_END_SLACK = Fraction(1, 8)  # of a quarter: how much later than its last barline a track may end


@dataclass(frozen=True, slots=True, eq=False)
class MidiScore:
    """A MIDI file as read.

    score: of each line the notes; of chords the highest. lines: of the score's voices, one each. remarks:
    what was left out, mended or guessed, a sentence each.
    """

    score: Score
    lines: tuple[ScoreLine, ...]
    remarks: tuple[str, ...]


def read_midi(data: bytes, file: str) -> MidiScore:
    """Read a MIDI file of format 0 or 1. file: the name that errors show.

    Every channel of a track that holds notes is a line, in the file's order; that of the drums has no notes,
    and a track of block chords that is called "Chords" is the harmony.
    MIDI has no pickup: a first meter that lasts one measure at most, and less than a measure of the second
    meter, is read as the second meter's pickup. Where tracks disagree about a tempo, meter or key at one
    time, the first holds. Where no key is given, it is estimated from the notes. A file has no spellings and
    fermatas, a score no velocities, pedals and pitch bends.

    A line with too many notes in a quarter keeps that as its fault. Raises FileError for what is no sound
    MIDI file, has no notes, or is beyond the limits, and ScoreError where every line has a fault.
    """
    midi_format, ticks, tracks = read_tracks(data, file)
    frame, known, remarks = read_frame(midi_format, ticks, tracks, file)
    lines: list[ScoreLine] = []
    for track in tracks:
        remarks += track.remarks()
        lines += read_lines(track, midi_format, FilePosition(frame, ticks, file), remarks)
    faults = [line.fault for line in lines if line.fault is not None]
    if faults and not any(line.notes for line in lines):
        raise faults[0]
    score = replace(frame, voices=tuple(Voice(line.part, line.notes) for line in lines))
    if not known:
        lowest = tuple(Voice(line.part, line.lowest) for line in lines if line.chords)
        key = find_home_key(replace(score, voices=(*score.voices, *lowest)), signature_known=False).key
        score = in_key(score, key, remarks)
    return MidiScore(score, with_chord_track(placed_lines(lines, score), score), tuple(remarks))


def read_frame(midi_format: int, ticks: int, tracks: list[Track], file: str) -> tuple[Score, bool, list[str]]:
    """(the score without its voices, whether the file gives a key, what was left out)."""
    end = Fraction(max(track.end_tick for track in tracks), ticks)
    if end > MAX_QUARTERS:
        raise FileError(file, f"longer than {MAX_QUARTERS} quarters; cut the silence out of it")
    meters, keys, tempos, remarks = read_marks(tracks, ticks)
    measures = lay_file_measures(end, meters, keys or [(Fraction(0), Key())], file)
    notes_end = Fraction(max(track.notes_end_tick for track in tracks), ticks)
    last = measures[-1].onset
    if len(measures) > 1 and notes_end <= last and end - last < TRACK_END_SLACK:
        measures = measures[:-1]  # many programs end their tracks a tick after the last barline
    return Score((), measures, tempos, read_title(midi_format, tracks)), bool(keys), remarks


def in_key(score: Score, key: Key, remarks: list[str]) -> Score:
    """The score in a key that was estimated; adds to ``remarks`` which it is."""
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


def read_title(midi_format: int, tracks: list[Track]) -> str | None:
    """The name of a format 0 file's track, or of a first track that only conducts."""
    first = tracks[0]
    return (first.name or None) if midi_format == 0 or not first.notes else None


def placed_lines(lines: Sequence[ScoreLine], score: Score) -> tuple[ScoreLine, ...]:
    """The lines with their parts and numbers. score: of these lines."""
    return tuple(
        replace(
            place,
            notes=line.notes,
            lowest=line.lowest,
            every_note=line.every_note,
            chords=line.chords,
            words=line.words,
            unpitched=line.unpitched,
            fault=line.fault,
            chord_fault=line.chord_fault,
        )
        for line, place in zip(lines, lines_of_score(score), strict=True)
    )


def with_chord_track(lines: tuple[ScoreLine, ...], score: Score) -> tuple[ScoreLine, ...]:
    """The lines; the first that is called "Chords" and is block chords, beside others, as the harmony."""
    for place, line in enumerate(lines):
        named = is_chord_name(line.part.partition(", channel ")[0])
        if not named or not any(other.sings for other in lines if other is not line):
            continue
        notes = [FlatNote(0, note.pitch, note.onset, note.duration, 1) for note in line.every_note]
        found = read_block_chords(notes, score)
        if found.mostly_named:
            return (*lines[:place], replace(line, harmony=found), *lines[place + 1 :])
    return lines
