"""MIDI bytes -> tracks: mido's messages as notes with a start and an end, in ticks."""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

from mido import KeySignatureError, Message, MetaMessage, MidiFile, UnknownMetaMessage
from mido.midifiles.meta import MetaSpec_sequencer_specific, add_meta_spec, build_meta_message

from ripieno.errors import FileError
from ripieno_bridges.formats.midi.writer import DRUMS

MAX_BYTES = 400 * 1024  # a second and 55 MB at the worst, most of it in mido
MAX_TRACKS = 256
MAX_NOTES = 50_000
MAX_TEXT_BYTES = 1000  # bytes of a name or a syllable
# A variable-length number has at most four bytes, all but the last with the high bit set. mido reads on while
# it is set, in time that grows with the square of the length.
ENDLESS_NUMBER = re.compile(rb"(?<![\x80-\xff])[\x80-\xff]{4096}")
MARKS = ("set_tempo", "time_signature", "key_signature")
EXPORT_AGAIN = "export it once more as a standard MIDI file"


@dataclass(frozen=True, slots=True)
class TickNote:
    """A note in the file's ticks. events: the places in its track of the messages that begin and end it."""

    onset_tick: int
    end_tick: int
    pitch: int
    events: list[int]

    @property
    def start(self) -> int:
        """Its onset, for ``outer_line``."""
        return self.onset_tick

    @property
    def duration(self) -> int:
        """Its length."""
        return self.end_tick - self.onset_tick


@dataclass(frozen=True, slots=True)
class SoundingNote:
    """A note that has begun. events: as in ``TickNote``, so far.

    cut: the events of a note of its pitch that it cut short, whose note-off may come at this tick.
    """

    onset_tick: int
    events: list[int]
    cut: list[int] | None = None


@dataclass(slots=True)
class Track:
    """A MIDI track: its notes by channel, its lyrics, and its marks (tempos, meters and keys).

    percussion: whether it has notes on the drums' channel, which have no pitches. lengthless, doubled,
    unended: how many notes have no length, begin where one of their pitch begins, or have no note-off.
    """

    number: int
    name: str = ""
    end_tick: int = 0
    notes: dict[int, list[TickNote]] = field(default_factory=dict)
    lyrics: list[tuple[int, str]] = field(default_factory=list)
    marks: list[tuple[int, MetaMessage]] = field(default_factory=list)
    sounding: dict[tuple[int, int], SoundingNote] = field(default_factory=dict)  # by (channel, pitch)
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
        """The end of its last note."""
        return max((note.end_tick for line in self.notes.values() for note in line), default=0)

    @property
    def channels(self) -> list[int]:
        """The channels with notes, the drums' too: each is a line."""
        return sorted([*self.notes, *([DRUMS] if self.percussion else [])])

    def note_on(self, tick: int, channel: int, pitch: int, event: int) -> None:
        """Start a note; it ends one of its pitch that still sounds. event: its place in the track."""
        before = self.sounding.get((channel, pitch))
        if before and before.onset_tick == tick:
            before.events.append(event)
            self.doubled += 1
            return
        if before:
            self.end_note(tick, channel, pitch)
        self.sounding[channel, pitch] = SoundingNote(tick, [event], before.events if before else None)

    def note_off(self, tick: int, channel: int, pitch: int, event: int) -> None:
        """End a note, unless none of its pitch sounds. event: its place in the track.

        Some programs write a repeated note's on before the off of the note before, at one tick.
        """
        struck = self.sounding.get((channel, pitch))
        if struck and struck.cut is not None and struck.onset_tick == tick:
            struck.cut.append(event)
            self.sounding[channel, pitch] = SoundingNote(tick, struck.events)
        elif struck:
            struck.events.append(event)
            self.end_note(tick, channel, pitch)

    def end_note(self, tick: int, channel: int, pitch: int) -> None:
        """Move a note from those that sound to those that are complete."""
        struck = self.sounding.pop((channel, pitch))
        if struck.onset_tick == tick:
            self.lengthless += 1
        else:
            note = TickNote(struck.onset_tick, tick, pitch, struck.events)
            self.notes.setdefault(channel, []).append(note)

    def finish(self) -> None:
        """End the notes that still sound where the track ends, and sort all."""
        self.unended = len(self.sounding)
        for channel, pitch in list(self.sounding):
            self.end_note(self.end_tick, channel, pitch)
        for line in self.notes.values():
            line.sort(key=lambda note: (note.onset_tick, note.pitch))

    def remarks(self) -> list[str]:
        """What the score does not have as the track has it, a sentence each."""
        found = []
        if not self.channels and self.name and self.number > 1:
            found.append("no notes in it, left out")
        if self.lengthless:
            found.append(f"{amount(self.lengthless, 'note')} without length, left out")
        if self.doubled:
            found.append(f"{amount(self.doubled, 'note')} struck twice at one moment, kept once")
        if self.unended:
            found.append(f"{amount(self.unended, 'note')} without an end, held to the end of the track")
        return [f"{self.label}: {what}" for what in found]


def read_tracks(data: bytes, file: str) -> tuple[int, int, list[Track]]:
    """(format, ticks a quarter, tracks); what follows the last track is not looked at.

    Raises FileError for what is no sound MIDI file, has no notes, or is beyond the limits.
    """
    check_header(data, file)
    midi = parse(data, file)
    tracks = [read_track(messages, number, file) for number, messages in enumerate(midi.tracks, 1)]
    notes = sum(len(line) for track in tracks for line in track.notes.values())
    if notes > MAX_NOTES:
        raise FileError(file, f"more than {MAX_NOTES} notes; give ripieno one piece at a time")
    if not notes:
        what = "only percussion" if any(track.percussion for track in tracks) else "not a note"
        raise FileError(file, f"there is {what} in it; write a melody first")
    return midi.type, midi.ticks_per_beat, tracks


def check_header(data: bytes, file: str) -> None:
    """Raise FileError for what is not one piece timed in quarters, or would take mido too long."""
    if len(data) > MAX_BYTES:
        raise FileError(file, f"larger than {MAX_BYTES >> 10} KB; give ripieno one piece at a time")
    if data[:4] != b"MThd":
        raise FileError(file, f"not a MIDI file; {EXPORT_AGAIN}")
    if len(data) < 14:
        raise FileError(file, f"damaged: it ends inside its header; {EXPORT_AGAIN}")
    midi_format, tracks, division = struct.unpack(">HHH", data[8:14])
    if midi_format > 1:
        raise FileError(file, f"MIDI format {midi_format} is not one piece; export it as format 1")
    if division >= 0x8000:
        raise FileError(file, "timed by film frames (SMPTE), not by beats; export it with beats")
    if division == 0:
        raise FileError(file, f"damaged: its quarter notes last 0 ticks; {EXPORT_AGAIN}")
    if not 0 < tracks <= MAX_TRACKS:
        raise FileError(file, f"{tracks} tracks, not 1 to {MAX_TRACKS}; {EXPORT_AGAIN}")
    if ENDLESS_NUMBER.search(data):
        raise FileError(file, f"damaged: a number in it has no end; {EXPORT_AGAIN}")


def parse(data: bytes, file: str) -> MidiFile:
    """The file as mido reads it. Raises FileError where mido finds it damaged."""
    keep_times_of_unknown_kinds()
    try:
        return MidiFile(file=io.BytesIO(data))
    except EOFError as exc:
        what = "it ends too early"
        raise FileError(file, f"damaged: {what}; {EXPORT_AGAIN}") from exc
    except KeySignatureError as exc:
        what = "a key signature of more than seven sharps or flats"
        raise FileError(file, f"damaged: {what}; {EXPORT_AGAIN}") from exc
    except (OSError, ValueError, LookupError) as exc:
        what = "it holds something that no MIDI file can hold"
        raise FileError(file, f"damaged: {what}; {EXPORT_AGAIN}") from exc


@cache
def keep_times_of_unknown_kinds() -> None:
    """Register the kinds of meta events that mido does not know.

    mido 1.3 drops the delta time of an event of an unknown kind, and all that follows it would be early.
    """
    for kind in range(0x80):
        if isinstance(build_meta_message(kind, [0] * 5), UnknownMetaMessage):
            named = {"type_byte": kind, "type": f"kind_{kind}"}
            add_meta_spec(type(f"MetaSpec_kind_{kind}", (MetaSpec_sequencer_specific,), named))


def read_track(messages: Iterable[Message | MetaMessage], number: int, file: str) -> Track:
    """The track's notes, name, lyrics and marks."""
    track = Track(number)
    for event, message in enumerate(messages):
        track.end_tick += message.time
        kind = message.type
        if kind == "end_of_track":
            break
        if kind in ("note_on", "note_off"):
            read_note(message, track, event)
        elif kind == "track_name":
            track.name = track.name or read_text(message.name)
        elif kind == "lyrics":
            track.lyrics.append((track.end_tick, read_text(message.text)))
        elif kind in MARKS:
            track.marks.append((track.end_tick, message))
        elif kind == "unknown_meta":
            what = f"an event of the unknown kind {message.type_byte}"
            raise FileError(file, f"damaged: {what}; {EXPORT_AGAIN}")
        if kind == "set_tempo" and not message.tempo:
            what = "a tempo whose quarter notes last no time"
            raise FileError(file, f"damaged: {what}; {EXPORT_AGAIN}")
    track.finish()
    return track


def read_note(message: Message, track: Track, event: int) -> None:
    """Start or end a note of the track. event: the message's place in it."""
    if message.channel == DRUMS:
        track.percussion = True
    elif message.type == "note_on" and message.velocity:
        track.note_on(track.end_tick, message.channel, message.note, event)
    else:
        track.note_off(track.end_tick, message.channel, message.note, event)


def read_text(latin: str) -> str:
    """A name or syllable on one line. latin: its bytes as Latin-1; if they can be UTF-8, they are read so."""
    try:
        text = latin[:MAX_TEXT_BYTES].encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        text = latin[:MAX_TEXT_BYTES]
    return "".join(c for c in " ".join(text.split()) if c.isprintable()).strip()


def amount(number: int, what: str) -> str:
    """1 note, 2 notes."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
