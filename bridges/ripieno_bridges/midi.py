"""MIDI files <-> scores: bytes in, bytes out, with exact times.

mido writes. Reading walks the bytes here: the limits must hold before millions of messages are objects
(8 MB of controllers cost mido 11 seconds and 700 MB), and a walk that counts them has read them already.
"""

from __future__ import annotations

import io
import struct
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise
from math import ceil, lcm

from mido import Message, MetaMessage, MidiFile, MidiTrack

from ripieno.errors import FileError, ScoreError
from ripieno.score import ACCIDENTALS, Key, Lyric, Measure, Meter, Note, Score, Tempo, Voice, spelling_at

MOST_BYTES = 8 * 1024 * 1024
MOST_TRACKS = 256
MOST_EVENTS = 400_000
MOST_NOTES = 100_000
MOST_MARKS = 20_000  # tempos, meters, keys, names and lyrics together
MOST_MEASURES = 10_000
MOST_QUARTERS = 100_000
LONGEST_TEXT = 1000  # bytes of a name or a syllable
EXPORT_AGAIN = "export it once more as a standard MIDI file"

SYSEX, SYSEX_GOES_ON, META = 0xF0, 0xF7, 0xFF
TRACK_NAME, LYRIC, END_OF_TRACK, TEMPO, METER, KEY = 0x03, 0x05, 0x2F, 0x51, 0x58, 0x59
MARKS = {TEMPO: ("tempo", 3), METER: ("time signature", 4), KEY: ("key signature", 2)}  # bytes they need
MODES = ("major", "minor")
DRUMS = 9  # General MIDI's channel 10
UNITS = tuple(2**power for power in range(8))  # denominators that MIDI and notation share, 1 to 128
OVERLAP = Fraction(1, 8)  # a performed legato reaches less than a 32nd into the next note

CHOIR, VELOCITY = 52, 80
CHANNELS = tuple(c for c in range(16) if c != DRUMS)
TICKS = 480
MOST_TICKS = 32_767
FINE_TICKS = 30_240  # 2**5 * 3**3 * 5 * 7 a quarter, for scores that no MIDI file holds exactly
LONGEST_DELTA = 2**28 - 1
MINUTE = 60_000_000  # microseconds
SLOWEST = 2**24 - 1  # microseconds a quarter: 3.6 quarters a minute


def read_midi(data: bytes, file: str) -> tuple[Score, tuple[str, ...]]:
    """(the score, what was left out or mended, a sentence each). file: the name that errors show.

    Formats 0 and 1. Every channel of a track that holds notes is a voice, in the file's order. MIDI has
    no pickup: a first meter that lasts one measure at most, and less than a measure of the second meter,
    is read as the second meter's pickup. Where tracks disagree about a tempo, meter or key at one time,
    the first holds. A file has no spellings and fermatas, a score no velocities, pedals and pitch bends.

    Raises FileError for what is no sound MIDI file or beyond the limits above, and ScoreError where two
    notes sound at once in one channel of a track.
    """
    midi_format, ticks, tracks = read_tracks(data, file)
    end = Fraction(max(track.end_tick for track in tracks), ticks)
    if end > MOST_QUARTERS:
        raise FileError(file, f"longer than {MOST_QUARTERS} quarters; cut the silence out of it")
    meters, keys, tempos, dropped = read_marks(tracks, ticks)
    measures = lay(end, meters, keys, file)
    notes_end = Fraction(max((track.notes_end_tick for track in tracks), default=0), ticks)
    last = measures[-1].onset
    if len(measures) > 1 and notes_end <= last and end - last < OVERLAP:
        measures = measures[:-1]  # many programs end their tracks a tick after the last barline
    frame = Score((), measures, tempos, read_title(midi_format, tracks))
    voices: list[Voice] = []
    for track in tracks:
        dropped += track.complaints()
        voices += read_voices(track, midi_format, Place(frame, ticks, file), dropped)
    return replace(frame, voices=tuple(voices)), tuple(dropped)


# -- the bytes ------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Chunk:
    """A track's bytes, and how far they have been read."""

    data: bytes
    at: int
    end: int
    file: str

    def damaged(self, what: str) -> FileError:
        """The error for bytes that make no sense."""
        return FileError(self.file, f"damaged at byte {self.at}: {what}; {EXPORT_AGAIN}")

    def take(self, count: int) -> bytes:
        """The next bytes."""
        end = self.at + count
        if end > self.end:
            raise self.damaged("a track ends in the middle of an event")
        taken = self.data[self.at : end]
        self.at = end
        return taken

    def number(self) -> int:
        """The next number of variable length: seven bits a byte, four bytes at most."""
        value = 0
        for _ in range(4):
            byte = self.take(1)[0]
            value = value << 7 | byte & 0x7F
            if byte < 0x80:
                return value
        raise self.damaged("a number of more than four bytes")

    def events(self) -> Iterator[tuple[int, int, bytes]]:
        """(tick, status, data bytes) of each event; a meta event has its kind, below 128, as its status.

        Running status lives on through meta and system events, as some programs write it.
        """
        tick = running = 0
        while self.at < self.end:
            tick += self.number()
            first = self.take(1)[0]
            if first < 0x80 and running:
                yield tick, running, self.channel_data(running, bytes((first,)))
            elif 0x80 <= first < SYSEX:
                running = first
                yield tick, running, self.channel_data(running, b"")
            elif first == META:
                kind = self.take(1)[0]
                if kind >= 0x80:
                    raise self.damaged(f"a meta event of the unknown kind {kind}")
                yield tick, kind, self.take(self.number())
                if kind == END_OF_TRACK:
                    return
            elif first in (SYSEX, SYSEX_GOES_ON):
                yield tick, first, self.take(self.number())
            else:
                raise self.damaged(f"an event cannot start with {first}")

    def channel_data(self, status: int, begun: bytes) -> bytes:
        """The one or two data bytes of a channel event, of which running status may have taken one."""
        size = 1 if status >> 4 in (0xC, 0xD) else 2
        body = begun + self.take(size - len(begun))
        if max(body) >= 0x80:
            raise self.damaged("a note or controller beyond 127")
        return body


def read_tracks(data: bytes, file: str) -> tuple[int, int, list[Track]]:
    """(format, ticks a quarter, tracks); what follows the last track is not looked at."""
    if len(data) > MOST_BYTES:
        raise FileError(file, f"larger than {MOST_BYTES >> 20} MB; give ripieno one piece at a time")
    if data[:4] != b"MThd":
        raise FileError(file, f"not a MIDI file; {EXPORT_AGAIN}")
    if len(data) < 14:
        raise FileError(file, f"damaged: it ends inside its header; {EXPORT_AGAIN}")
    size, midi_format, announced, division = struct.unpack(">LHHH", data[4:14])
    check_header(midi_format, announced, division, file)
    counts, tracks, at = Counts(file), list[Track](), 8 + size
    while len(tracks) < announced:
        head, at = data[at : at + 8], at + 8
        end = at + int.from_bytes(head[4:])
        if len(head) < 8 or end > len(data):
            what = f"{announced} tracks announced, {len(tracks)} whole ones found"
            raise FileError(file, f"cut short: {what}; {EXPORT_AGAIN}")
        if head[:4] == b"MTrk":
            tracks.append(read_track(Chunk(data, at, end, file), len(tracks) + 1, counts))
        at = end
    return midi_format, division, tracks


def check_header(midi_format: int, announced: int, division: int, file: str) -> None:
    """Refuse what is not one piece of music counted in quarters."""
    if midi_format > 1:
        raise FileError(file, f"MIDI format {midi_format} is not one piece; export it as format 1")
    if division >= 0x8000:
        raise FileError(file, "timed by film frames (SMPTE), not by beats; export it with beats")
    if division == 0:
        raise FileError(file, f"damaged: its quarter notes last 0 ticks; {EXPORT_AGAIN}")
    if not 0 < announced <= MOST_TRACKS:
        raise FileError(file, f"{announced} tracks, not 1 to {MOST_TRACKS}; {EXPORT_AGAIN}")


@dataclass(slots=True)
class Counts:
    """How much of everything a file has held so far."""

    file: str
    events: int = 0
    notes: int = 0
    marks: int = 0

    def check(self) -> None:
        """Refuse a file that holds more than a score does."""
        for number, most, name in (
            (self.events, MOST_EVENTS, "events"),
            (self.notes, MOST_NOTES, "notes"),
            (self.marks, MOST_MARKS, "tempos, meters, keys, names and lyrics"),
        ):
            if number > most:
                raise FileError(self.file, f"more than {most} {name}; give ripieno one piece at a time")


# -- one track, in ticks --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TickNote:
    """A note as the file has it."""

    onset_tick: int
    end_tick: int
    pitch: int


@dataclass(slots=True)
class Struck:
    """A note that sounds. Notes of its pitch that it cut short may have their note-offs to come."""

    onset_tick: int
    offs_owed: int = 0
    off_tick: int = -1  # of the last note-off that was owed: the note's end if no other follows

    @property
    def has_end(self) -> bool:
        """Whether ``off_tick`` can be its end; at its own onset it was that of the note before."""
        return self.off_tick > self.onset_tick


@dataclass(slots=True)
class Track:
    """What a MIDI track holds: its notes by channel, and what concerns every voice."""

    number: int
    name: str = ""
    end_tick: int = 0
    notes: dict[int, list[TickNote]] = field(default_factory=dict)
    lyrics: list[tuple[int, str]] = field(default_factory=list)
    marks: list[tuple[int, int, bytes]] = field(default_factory=list)  # (tick, kind, data bytes)
    sounding: dict[tuple[int, int], Struck] = field(default_factory=dict)  # by (channel, pitch)
    percussion: bool = False
    lengthless: int = 0
    doubled: int = 0
    unended: int = 0

    @property
    def label(self) -> str:
        """How a sentence about the track begins."""
        return f"track {self.name or self.number}"

    @property
    def notes_end_tick(self) -> int:
        """Where its last note ends."""
        return max((note.end_tick for line in self.notes.values() for note in line), default=0)

    def keep(self, struck: Struck, end_tick: int, channel: int, pitch: int) -> None:
        """A note is over."""
        if end_tick == struck.onset_tick:
            self.lengthless += 1
        else:
            note = TickNote(struck.onset_tick, end_tick, pitch)
            self.notes.setdefault(channel, []).append(note)

    def strike(self, tick: int, channel: int, pitch: int) -> None:
        """A note-on: it ends a note of its pitch that still sounds."""
        before = self.sounding.get((channel, pitch))
        if before is None:
            self.sounding[channel, pitch] = Struck(tick)
        elif before.onset_tick == tick:
            self.doubled += 1
            before.offs_owed += 1
        else:
            self.keep(before, before.off_tick if before.has_end else tick, channel, pitch)
            self.sounding[channel, pitch] = Struck(tick, before.offs_owed + (not before.has_end))

    def release(self, tick: int, channel: int, pitch: int) -> None:
        """A note-off, or a note-on without velocity; one for a note that does not sound says nothing."""
        struck = self.sounding.get((channel, pitch))
        if struck is None:
            return
        if struck.offs_owed:
            struck.offs_owed -= 1
            struck.off_tick = tick
        else:
            del self.sounding[channel, pitch]
            self.keep(struck, tick, channel, pitch)

    def finish(self) -> None:
        """End what still sounds, at an off that was owed or with the track; put the notes in order."""
        for (channel, pitch), struck in self.sounding.items():
            self.unended += not struck.has_end
            self.keep(struck, struck.off_tick if struck.has_end else self.end_tick, channel, pitch)
        self.sounding.clear()
        for line in self.notes.values():
            line.sort(key=lambda note: (note.onset_tick, note.pitch))

    def complaints(self) -> list[str]:
        """What is not in the score as it is in the track."""
        found = []
        if self.percussion:
            found.append("percussion has no pitch to harmonize, left out")
        elif not self.notes and self.name and self.number > 1:
            found.append("no notes in it, left out")
        if self.lengthless:
            found.append(f"{amount(self.lengthless, 'note')} without length, left out")
        if self.doubled:
            found.append(f"{amount(self.doubled, 'note')} struck twice at one moment, kept once")
        if self.unended:
            found.append(f"{amount(self.unended, 'note')} without an end, held to the end of the track")
        return [f"{self.label}: {what}" for what in found]


def read_track(chunk: Chunk, number: int, counts: Counts) -> Track:
    """The track's notes, name, lyrics and marks."""
    track = Track(number)
    for tick, status, body in chunk.events():
        counts.events += 1
        track.end_tick = tick
        channel, family = status & 0xF, status >> 4
        if family in (0x8, 0x9) and channel == DRUMS:
            track.percussion = True
        elif family == 0x9 and body[1]:
            counts.notes += 1
            track.strike(tick, channel, body[0])
        elif family in (0x8, 0x9):
            track.release(tick, channel, body[0])
        elif status == TRACK_NAME:
            counts.marks += 1
            track.name = track.name or read_text(body)
        elif status == LYRIC:
            counts.marks += 1
            track.lyrics.append((tick, read_text(body)))
        elif status in MARKS:
            counts.marks += 1
            track.marks.append((tick, status, mark_data(body, status, chunk)))
        if counts.events > MOST_EVENTS or counts.notes > MOST_NOTES or counts.marks > MOST_MARKS:
            counts.check()
    track.finish()
    return track


def mark_data(body: bytes, kind: int, chunk: Chunk) -> bytes:
    """The bytes that a tempo, meter or key needs."""
    name, size = MARKS[kind]
    if len(body) < size:
        raise chunk.damaged(f"a {name} of {len(body)} bytes instead of {size}")
    if kind == TEMPO and not any(body[:size]):
        raise chunk.damaged("a tempo whose quarter notes last no time")
    return body[:size]


def read_text(body: bytes) -> str:
    """A name or syllable in one line: UTF-8 where it can be that (MIDI does not say), else Latin-1."""
    body = body[:LONGEST_TEXT]
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        text = body.decode("latin-1")
    return "".join(c for c in " ".join(text.split()) if c.isprintable()).strip()


# -- measures, meters, keys and tempos ------------------------------------------------------------------


def read_marks(
    tracks: list[Track], ticks: int
) -> tuple[list[tuple[Fraction, Meter]], list[tuple[Fraction, Key]], tuple[Tempo, ...], list[str]]:
    """(meters, keys, tempos, what was left out); meters and keys are in order and start at 0."""
    meters, keys, tempos = {Fraction(0): Meter()}, {Fraction(0): Key()}, dict[Fraction, Tempo]()
    odd = {METER: 0, KEY: 0}
    for tick, kind, body in (mark for track in reversed(tracks) for mark in track.marks):
        time = Fraction(tick, ticks)
        meter = read_meter(body) if kind == METER else None
        key = read_key(body) if kind == KEY else None
        if kind == TEMPO:
            tempos[time] = Tempo(time, quarters_per_minute(int.from_bytes(body)))
        elif meter:
            meters[time] = meter
        elif key:
            keys[time] = key
        else:
            odd[kind] += 1
    return (
        sorted(meters.items(), key=lambda item: item[0]),
        sorted(keys.items(), key=lambda item: item[0]),
        tuple(sorted(tempos.values(), key=lambda tempo: tempo.onset)),
        [f"{amount(n, MARKS[k][0])} that no score can show, left out" for k, n in odd.items() if n],
    )


def read_meter(body: bytes) -> Meter | None:
    """The time signature, ``None`` for 0/4 and for units that nobody writes."""
    return Meter(body[0], UNITS[body[1]]) if body[0] and body[1] < len(UNITS) else None


def read_key(body: bytes) -> Key | None:
    """The key signature, ``None`` beyond seven sharps or flats."""
    fifths = int.from_bytes(body[:1], signed=True)
    return Key(fifths, MODES[body[1]]) if abs(fifths) <= 7 and body[1] < len(MODES) else None


def quarters_per_minute(length: int) -> float:
    """The tempo with the fewest decimals whose quarter has this length in microseconds."""
    exact = MINUTE / length
    near = (round(exact, decimals) for decimals in range(6))
    return next((qpm for qpm in near if qpm and round(MINUTE / qpm) == length), exact)


def lay(
    length: Fraction, meters: list[tuple[Fraction, Meter]], keys: list[tuple[Fraction, Key]], file: str
) -> tuple[Measure, ...]:
    """``lay_measures`` in one pass, with the pickup found and the number of measures limited.

    The one in ``score`` looks at every meter and key for every measure: minutes, for 10 000 of each.
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
        if len(measures) == MOST_MEASURES:
            raise FileError(file, f"more than {MOST_MEASURES} measures; cut the silence out of it")
        following = bisect_right(meter_times, onset)
        meter = meters[following - 1][1]
        end = min([onset + meter.length, *meter_times[following : following + 1]])
        key = keys[bisect_right(key_times, onset) - 1][1]
        measures.append(Measure(str(number), onset, end - onset, meter, key))
        onset, number = end, number + 1
    return tuple(measures)


# -- voices ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """What it takes to name a place: the measures, ticks a quarter, the file's name."""

    frame: Score
    ticks: int
    file: str


def read_title(midi_format: int, tracks: list[Track]) -> str | None:
    """The name of a format 0 file's track, or of a first track that only conducts."""
    first = tracks[0]
    return (first.name or None) if midi_format == 0 or not first.notes else None


def read_voices(track: Track, midi_format: int, place: Place, dropped: list[str]) -> list[Voice]:
    """A track's voices, by channel; adds to ``dropped`` what they cannot hold."""
    voices: list[Voice] = []
    syllables, shortened = read_syllables(track.lyrics), 0
    for channel in sorted(track.notes):
        name = track.name or f"track {track.number}"
        if midi_format == 0:
            name = f"channel {channel + 1}"
        elif len(track.notes) > 1:
            name = f"{name}, channel {channel + 1}"
        notes: list[Note] = []
        line, found = one_line(track.notes[channel], name, place)
        for note in line:
            lyric = syllables.pop(note.onset_tick, None)
            length = Fraction(note.end_tick - note.onset_tick, place.ticks)
            onset = Fraction(note.onset_tick, place.ticks)
            notes.append(Note(onset, length, note.pitch, lyrics=(lyric,) if lyric else ()))
        voices.append(Voice(name, tuple(notes)))
        shortened += found
    if shortened:
        text = f"{amount(shortened, 'note')} overlapped the next by less than a 32nd, shortened"
        dropped.append(f"{track.label}: {text}")
    if syllables:
        dropped.append(f"{track.label}: {amount(len(syllables), 'syllable')} under no note, left out")
    return voices


def one_line(notes: list[TickNote], name: str, place: Place) -> tuple[list[TickNote], int]:
    """(the notes as one line, how many were shortened for it); ScoreError where two sound at once."""
    line, shortened = list(notes), 0
    for index, (note, following) in enumerate(pairwise(notes)):
        overlap = note.end_tick - following.onset_tick
        if overlap <= 0:
            continue
        if note.onset_tick == following.onset_tick or overlap >= OVERLAP * place.ticks:
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
    """Lyrics by tick; a hyphen at a syllable's end says that the word goes on."""
    syllables: dict[int, Lyric] = {}
    inside = False
    for tick, written in lyrics:
        text, goes_on = written.rstrip("-").strip(), written.endswith("-")
        if text:
            syllabic = ("middle" if goes_on else "end") if inside else ("begin" if goes_on else "single")
            syllables[tick] = Lyric(text, syllabic)
            inside = goes_on
    return syllables


def amount(number: int, what: str) -> str:
    """1 note, 2 notes."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


# -- writing --------------------------------------------------------------------------------------------


def write_midi(score: Score) -> bytes:
    """The score as a format 1 file: a track with title, tempos, meters and keys, then a track a voice.

    Times are exact where a quarter can have so many ticks that all are whole (32 767 at most), else on
    the nearest of 30 240 ticks; no note is lost to that. A measure that is not as long as its meter gets
    a time signature of its own length; where there is none (2/3 of a quarter), the next longer one, that
    the next measure's then cuts short. So the barlines stay, but such a measure has the meter written,
    and a full first measure before a longer meter comes back as its pickup.

    Kept: names (as UTF-8), the first verse with a hyphen where a word goes on, tempos to the microsecond
    a quarter and from 3.6 quarters a minute. Lost: spellings, fermatas, measure numbers, further verses,
    the composer, that a key has no mode (it becomes major). Every voice sings "ah" at one loudness.
    """
    ticks = resolution(score)
    ends = [voice.notes[-1].end for voice in score.voices if voice.notes]
    end_tick = round(max([score.duration, *ends]) * ticks)
    tracks = [conductor_track(score, ticks, end_tick)]
    for index, voice in enumerate(score.voices):
        tracks.append(voice_track(voice, CHANNELS[index % len(CHANNELS)], ticks, end_tick))
    out = io.BytesIO()
    MidiFile(type=1, ticks_per_beat=ticks, tracks=tracks).save(file=out)
    return out.getvalue()


def resolution(score: Score) -> int:
    """Ticks a quarter: 480, or more of them so that every time of the score is exact, if that can be."""
    times = [measure.end for measure in score.measures] + [tempo.onset for tempo in score.tempos]
    times += [time for voice in score.voices for note in voice.notes for time in (note.onset, note.end)]
    unit = 1
    for denominator in {time.denominator for time in times}:
        unit = lcm(unit, denominator)
        if unit > MOST_TICKS:
            return FINE_TICKS
    fine = lcm(TICKS, unit)
    return fine if fine <= MOST_TICKS else MOST_TICKS // unit * unit


def conductor_track(score: Score, ticks: int, end_tick: int) -> MidiTrack:
    """Title, tempos, meters and keys."""
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
        length = min(max(round(MINUTE / tempo.qpm), 1), SLOWEST)
        events.append((round(tempo.onset * ticks), MetaMessage("set_tempo", tempo=length)))
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


def voice_track(voice: Voice, channel: int, ticks: int, end_tick: int) -> MidiTrack:
    """A voice's name, notes and first verse."""
    events: list[tuple[int, Message | MetaMessage]] = [
        (0, MetaMessage("track_name", name=midi_text(voice.name))),
        (0, Message("program_change", channel=channel, program=CHOIR)),
    ]
    tick = 0
    for note in voice.notes:
        onset_tick = max(round(note.onset * ticks), tick)
        tick = max(round(note.end * ticks), onset_tick + 1)
        verse = next((lyric for lyric in note.lyrics if lyric.verse == 1 and lyric.text), None)
        if verse:
            text = verse.text + ("-" if verse.syllabic in ("begin", "middle") else "")
            events.append((onset_tick, MetaMessage("lyrics", text=midi_text(text))))
        on = Message("note_on", channel=channel, note=note.pitch, velocity=VELOCITY)
        events += [(onset_tick, on), (tick, Message("note_off", channel=channel, note=note.pitch))]
    return midi_track(events, max(end_tick, tick))


def midi_track(events: list[tuple[int, Message | MetaMessage]], end_tick: int) -> MidiTrack:
    """The events with delta times; those at one tick keep their order."""
    track = MidiTrack()
    now = 0
    for tick, message in sorted([*events, (end_tick, MetaMessage("end_of_track"))], key=lambda e: e[0]):
        while tick - now > LONGEST_DELTA:  # a delta time has four bytes
            track.append(MetaMessage("text", time=LONGEST_DELTA))
            now += LONGEST_DELTA
        track.append(message.copy(time=tick - now))
        now = tick
    return track


def midi_text(text: str) -> str:
    """The text such that mido, which writes Latin-1, writes its UTF-8 bytes."""
    return text.encode("utf-8", errors="replace").decode("latin-1")
