"""Scores -> MIDI files, with exact times."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from fractions import Fraction
from math import ceil, lcm

from mido import Message, MetaMessage, MidiFile, MidiTrack

from ripieno.ensembles.ensemble import Ensemble
from ripieno.piano.hands import hand_of
from ripieno.score import ACCIDENTALS, Key, Measure, Meter, Score, Voice, spelling_at

UNITS = tuple(2**power for power in range(8))  # denominators that MIDI and notation share, 1 to 128
DRUMS = 9  # General MIDI's channel 10
CHOIR, PIANO, VELOCITY = 52, 0, 80
CHANNELS = tuple(c for c in range(16) if c != DRUMS)
TICKS = 480
MAX_TICKS = 32_767
FINE_TICKS = 30_240  # 2**5 * 3**3 * 5 * 7 a quarter, for scores that no MIDI file holds exactly
MAX_DELTA_TICKS = 2**28 - 1
MINUTE = 60_000_000  # microseconds
MAX_QUARTER_LENGTH = 2**24 - 1  # microseconds a quarter: 3.6 quarters a minute

TimedMessage = tuple[int, Message | MetaMessage]  # with its tick, counted from the start


def write_midi(
    score: Score, ensemble: Ensemble | None = None, *, markers: Sequence[tuple[Fraction, str]] = ()
) -> bytes:
    """The score as a format 1 file: a track with title, tempos, meters and keys, then a track a voice.

    ensemble: that the voices are named after; None means a mixed choir. markers: (time in quarters, text),
    such as the beginnings of phrases.

    Times are exact where a quarter can have so many ticks that all are whole (32 767 at most), else on
    the nearest of 30 240 ticks; no note is lost to that. A measure that is not as long as its meter gets
    a time signature of its own length; where there is none (2/3 of a quarter), the next longer one, that
    the next measure's then cuts short. So the barlines stay, but such a measure has the meter written,
    and a full first measure before a longer meter comes back as its pickup.

    Kept: names (as UTF-8), the first verse with a hyphen where a word goes on, tempos to the microsecond
    a quarter and from 3.6 quarters a minute. Lost: spellings, fermatas, measure numbers, further verses,
    the composer, that a key has no mode (it becomes major), which line of a hand had a note. Every voice
    sings "ah" at one loudness; the lines of a hand are one track, a piano's.
    """
    ticks = resolution(score)
    ends = [voice.notes[-1].end for voice in score.voices if voice.notes]
    end_tick = round(max([score.duration, *ends]) * ticks)
    tracks = [conductor_track(score, ticks, end_tick, markers)]
    for index, (name, program, lines) in enumerate(parts(score, ensemble)):
        channel = CHANNELS[index % len(CHANNELS)]
        tracks.append(part_track(name, program, lines, channel, ticks, end_tick))
    out = io.BytesIO()
    MidiFile(type=1, ticks_per_beat=ticks, tracks=tracks).save(file=out)
    return out.getvalue()


def resolution(score: Score) -> int:
    """Ticks a quarter: 480, or more of them so that every time of the score is exact, if that can be."""
    times = [measure.end for measure in score.measures] + [tempo.onset for tempo in score.tempos]
    # A note's end has whole ticks where its onset and its duration have.
    times += [time for voice in score.voices for note in voice.notes for time in (note.onset, note.duration)]
    unit = 1
    for denominator in {time.denominator for time in times}:
        unit = lcm(unit, denominator)
        if unit > MAX_TICKS:
            return FINE_TICKS
    fine = lcm(TICKS, unit)
    return fine if fine <= MAX_TICKS else MAX_TICKS // unit * unit


def conductor_track(
    score: Score, ticks: int, end_tick: int, markers: Sequence[tuple[Fraction, str]] = ()
) -> MidiTrack:
    """The track of title, tempos, meters, keys and markers."""
    events: list[tuple[int, MetaMessage]] = []
    if score.title:
        events.append((0, MetaMessage("track_name", name=midi_text(score.title))))
    for time, meter in signatures(score.measures):
        message = MetaMessage(
            "time_signature",
            numerator=meter.numerator,
            denominator=meter.denominator,
            clocks_per_click=min(int(24 * meter.beat), 255),  # 24 a quarter
        )
        events.append((round(time * ticks), message))
    key: Key | None = None
    for measure in score.measures:
        if measure.key != key:
            key = measure.key
            message = MetaMessage("key_signature", key=key_name(key))
            events.append((round(measure.onset * ticks), message))
    for tempo in score.tempos:
        length = min(max(round(MINUTE / tempo.qpm), 1), MAX_QUARTER_LENGTH)
        events.append((round(tempo.onset * ticks), MetaMessage("set_tempo", tempo=length)))
    events += [(round(time * ticks), MetaMessage("marker", text=midi_text(text))) for time, text in markers]
    return midi_track(events, end_tick)


def signatures(measures: tuple[Measure, ...]) -> list[tuple[Fraction, Meter]]:
    """The time signatures that put the barlines where they are; the last may stand at the very end."""
    written: list[tuple[Fraction, Meter]] = []
    holds: Meter | None = None
    for measure in measures:
        meter = signature(measure)
        if meter != holds:
            written.append((measure.onset, meter))
        holds = meter if meter.length == measure.duration else None
    if holds is None:
        written.append((measures[-1].end, Meter()))
    return written


def signature(measure: Measure) -> Meter:
    """The measure's meter where it has its length, else a meter of its length or of the next longer."""
    own = measure.meter.denominator
    start = UNITS.index(own) if own in UNITS else UNITS.index(4)
    units = [*UNITS[start:], *reversed(UNITS[:start])]  # its own unit, then shorter ones, then longer
    lengths = [measure.duration * unit / 4 for unit in units]
    for unit, length in zip(units, lengths, strict=True):
        if length.denominator == 1 and length <= 255:
            return Meter(int(length), unit)
    for unit, length in zip(units, lengths, strict=True):
        if length <= 255:
            return Meter(ceil(length), unit)
    return Meter(255, 1)


def key_name(key: Key) -> str:
    """A key as mido names it: Bb, F#m."""
    minor = key.mode == "minor"
    tonic = spelling_at(key.fifths + 3 * minor, 60)
    return f"{tonic.step}{ACCIDENTALS[tonic.alter]}{'m' if minor else ''}"


def parts(score: Score, ensemble: Ensemble | None = None) -> list[tuple[str, int, list[Voice]]]:
    """(name, General MIDI program counted from 0, voices) of each track: a voice, or the lines of a hand."""
    found: list[tuple[str, int, list[Voice]]] = []
    by_hand: dict[str, list[Voice]] = {}
    for voice in score.voices:
        hand = hand_of(voice.name)
        if hand is None:
            found.append((*track_of(voice.name, ensemble), [voice]))
        elif hand in by_hand:
            by_hand[hand].append(voice)
        else:
            by_hand[hand] = [voice]
            found.append((f"Piano, {hand}", PIANO, by_hand[hand]))
    return found


def track_of(name: str, ensemble: Ensemble | None) -> tuple[str, int]:
    """(name, program) of a voice's track."""
    if ensemble is None or ensemble.is_choir or name not in ensemble.names:
        return name, CHOIR
    voice = ensemble.voice(name)
    return voice.part, voice.program - 1


def usual_velocity(tick: int) -> int:  # noqa: ARG001 - one loudness everywhere
    """The velocity of the notes of a new file."""
    return VELOCITY


def part_track(
    name: str,
    program: int | None,
    voices: Sequence[Voice],
    channel: int,
    ticks: int,
    end_tick: int,
    *,
    velocity_at: Callable[[int], int] = usual_velocity,
    controls: Sequence[tuple[int, Message]] = (),
) -> MidiTrack:
    """A track with a name, a program, and the notes and first verse of its voices.

    program: ``None`` leaves the channel's as it is. velocity_at: of the notes that begin at a tick. controls:
    further messages with their ticks.
    """
    head: list[TimedMessage] = [(0, MetaMessage("track_name", name=midi_text(name)))]
    if program is not None:
        head.append((0, Message("program_change", channel=channel, program=program)))
    events = [event for voice in voices for event in note_events(voice, channel, ticks, velocity_at)]
    # At one tick note-offs come first: a key may go from one line to another.
    events.sort(key=lambda e: (e[0], e[1].type != "note_off"))
    return midi_track([*head, *controls, *events], max([end_tick, *(tick for tick, _ in events[-1:])]))


def note_events(
    voice: Voice, channel: int, ticks: int, velocity_at: Callable[[int], int]
) -> list[TimedMessage]:
    """A voice's notes and first verse, with their ticks."""
    events: list[TimedMessage] = []
    tick = 0
    for note in voice.notes:
        onset_tick = max(nearest_tick(note.onset, ticks), tick)
        tick = max(nearest_tick(note.end, ticks), onset_tick + 1)
        verse = next((lyric for lyric in note.lyrics if lyric.verse == 1 and lyric.text), None)
        if verse:
            text = verse.text + ("-" if verse.syllabic in ("begin", "middle") else "")
            events.append((onset_tick, MetaMessage("lyrics", text=midi_text(text))))
        velocity = velocity_at(onset_tick)
        on = Message("note_on", channel=channel, note=note.pitch, velocity=velocity)
        events += [(onset_tick, on), (tick, Message("note_off", channel=channel, note=note.pitch))]
    return events


def nearest_tick(time: Fraction, ticks: int) -> int:
    """The tick that is nearest to a time, without a fraction where one is met."""
    whole, rest = divmod(time.numerator * ticks, time.denominator)
    return round(time * ticks) if rest else whole


def midi_track(events: Sequence[TimedMessage], end_tick: int) -> MidiTrack:
    """The events with delta times; those at one tick keep their order."""
    track = MidiTrack()
    now = 0
    for tick, message in sorted([*events, (end_tick, MetaMessage("end_of_track"))], key=lambda e: e[0]):
        while tick - now > MAX_DELTA_TICKS:  # a delta time has four bytes
            track.append(MetaMessage("text", time=MAX_DELTA_TICKS))
            now += MAX_DELTA_TICKS
        delta = tick - now  # mido need not check again the messages that were made here
        checked = isinstance(message, Message)
        track.append(message.copy(skip_checks=True, time=delta) if checked else message.copy(time=delta))
        now = tick
    return track


def midi_text(text: str) -> str:
    """A text of which mido, which encodes in Latin-1, writes the UTF-8 bytes."""
    return text.encode("utf-8", errors="replace").decode("latin-1")
