"""Put generated voices into the user's own MIDI file, and leave all its other events as they are.

A voice that the file does not have gets a track of its own. In one that it has, only the events of notes that
are replaced or added change. A track without such notes stays byte for byte.
"""

from __future__ import annotations

import io
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from statistics import mean
from typing import TypeVar

from mido import Message, MidiFile, MidiTrack

from ripieno.ensembles.ensemble import Ensemble
from ripieno.ensembles.read import MIXED_CHOIR
from ripieno.piano.hands import LEFT, RIGHT, hand_of
from ripieno.score import Note, Score, Voice
from ripieno_bridges.formats.changed_measures import changed_measures
from ripieno_bridges.formats.midi.channel_line import channel_line
from ripieno_bridges.formats.midi.events import (
    CONTROL,
    END_OF_TRACK,
    META,
    NOTE_OFF,
    NOTE_ON,
    MidiChunks,
    TrackEvent,
    join_track,
    split_file,
    split_track,
)
from ripieno_bridges.formats.midi.line_change import (
    FileLine,
    LineChange,
    idle_note_offs,
    missing_note_offs,
    shortened_notes,
)
from ripieno_bridges.formats.midi.track_lines import sung_notes
from ripieno_bridges.formats.midi.tracks import TickNote, amount, read_tracks
from ripieno_bridges.formats.midi.writer import (
    CHANNELS,
    PIANO,
    VELOCITY,
    TimedMessage,
    part_track,
    parts,
    track_of,
)

VOLUME, EXPRESSION = 7, 11  # controllers
TRACK_END = bytes((META, END_OF_TRACK, 0))
Played = TypeVar("Played")
NoteTimes = tuple[Fraction, Fraction, int]  # onset, end, pitch


def patch_midi(
    data: bytes,
    lines: Mapping[str, int | None],
    before: Score,
    after: Score,
    ensemble: Ensemble | None = None,
) -> tuple[bytes, list[str]]:
    """(the file's bytes with the voices of ``after`` in them, remarks).

    lines: for each voice of ``after``, its index among the lines of the file; ``None`` for one that gets a
    track. before: the score as ``read_midi`` has it. A line's chords stay where its notes do; in the measures
    in which these change, its new notes are all that begins there. ensemble: whose voices they are; None
    means a mixed choir.

    A new voice sings "ah" on a channel that no track uses, as loud as the highest given voice at that place:
    with its velocities, and its channel's volume and expression. A file of format 0, which can have one track
    only, becomes one of format 1 where a voice is added.
    """
    patcher = MidiPatcher(data, ensemble or MIXED_CHOIR)
    given = [line for line in lines.values() if line is not None and patcher.lines[line].notes]
    melody = patcher.lines[given[0]] if given else None
    for name, index in lines.items():
        if index is not None:
            patcher.change_voice(patcher.lines[index], before, after.voice(name), melody)
    patcher.write_changes()
    new = [after.voice(name) for name, line in lines.items() if line is None and after.voice(name).notes]
    tracks = [(*track_of(voice.name, ensemble), [voice]) for voice in new]
    patcher.add_tracks(tracks, after.duration, melody)
    return patcher.chunks.join(), patcher.remarks


def patch_piano_midi(data: bytes, before: Score, after: Score) -> tuple[bytes, list[str]]:
    """(the file's bytes with its notes changed from ``before`` to ``after``, remarks).

    before: the score as ``polyphony.read_midi_notes`` has it. after: lines of two hands. New notes of the
    right hand go where the file has its highest voice, those of the left where it has its lowest.
    """
    patcher = MidiPatcher(data)
    struck: dict[tuple[Fraction, int], Note] = {
        (note.onset, note.pitch): note for voice in before.voices for note in voice.notes
    }
    played_lines = [line for line in patcher.lines if line.notes]  # all but drums
    by_height = sorted(played_lines, key=lambda line: mean(note.pitch for note in line.notes))
    for line in played_lines:
        own = [(struck[Fraction(n.onset_tick, patcher.ticks), n.pitch], n) for n in line.notes]
        removed, _ = differences(own, after.voices)
        hands = [hand for hand, at in ((RIGHT, by_height[-1]), (LEFT, by_height[0])) if at is line]
        played = [voice for voice in after.voices if hand_of(voice.name) in hands]
        _, added = differences([(note, note) for note in struck.values()], played)
        patcher.change(line, removed, added, None)
    patcher.write_changes()
    return patcher.chunks.join(), patcher.remarks


def accompany_midi(data: bytes, melody: int, after: Score) -> tuple[bytes, list[str]]:
    """(the file's bytes with the hands of ``after`` in them, a piano's track each, remarks).

    melody: the index of the accompanied voice among the voices of the file.
    """
    patcher = MidiPatcher(data)
    played = [part for part in parts(after) if part[1] == PIANO and any(voice.notes for voice in part[2])]
    patcher.add_tracks(played, after.duration, patcher.lines[melody])
    return patcher.chunks.join(), patcher.remarks


class MidiPatcher:
    """A file while tracks of it change. remarks: what the user should know of the changes."""

    def __init__(self, data: bytes, ensemble: Ensemble = MIXED_CHOIR) -> None:
        self.lowest_voice = ensemble.names[-1]
        self.format, self.ticks, tracks = read_tracks(data, "")
        self.chunks: MidiChunks = split_file(data)
        self.events = [split_track(chunk) for chunk in self.chunks.tracks]
        self.lines = [
            FileLine(index, channel, tuple(track.notes.get(channel, ())))
            for index, track in enumerate(tracks)
            for channel in track.channels
        ]
        self.changes: dict[int, list[LineChange]] = {}  # by track
        self.remarks: list[str] = []

    def change_voice(self, line: FileLine, before: Score, voice: Voice, melody: FileLine | None) -> None:
        """Note that a line of the file becomes this voice. before: the file's. melody: as in ``change``."""
        own = channel_line(line.notes, self.ticks, lowest=voice.name == self.lowest_voice)
        pairs = list(zip(sung_notes(own.notes, {}, self.ticks), own.played, strict=True))
        removed, added = differences(pairs, [voice])
        if own.chords:
            changed = changed_measures(before, [note for note, _ in pairs], voice.notes)
            onsets = [measure.onset for measure in before.measures]
            removed += (
                note
                for note, tick in own.others
                if bisect_right(onsets, Fraction(tick, self.ticks)) - 1 in changed
            )
        self.change(line, removed, added, melody)

    def change(
        self, line: FileLine, removed: Sequence[TickNote], added: Sequence[Voice], melody: FileLine | None
    ) -> None:
        """Note that a voice of the file loses and gets notes; ``write_changes`` does it.

        melody: gives the velocities of a voice that has no notes.
        """
        if not removed and not any(voice.notes for voice in added):
            return
        loudness = self.velocities(line if line.notes else melody)
        track = part_track("", None, added, line.channel, self.ticks, 0, velocity_at=loudness)
        events = [e for e in split_track(track_chunk(track, self.ticks)) if e.kind in (NOTE_ON, NOTE_OFF)]
        for voice in added:
            self.count_moved(voice)
        cut = tuple(shortened_notes(line, removed, events))
        self.changes.setdefault(line.track, []).append(LineChange(line, tuple(removed), tuple(events), cut))

    def write_changes(self) -> None:
        """Take out and put in the events of all changes. What is put in ends before what is there begins."""
        tracks = list(self.chunks.tracks)
        for index, changes in self.changes.items():
            old = self.events[index]
            end = next((i for i, event in enumerate(old) if event.ends_track), len(old))
            end_tick = old[min(end, len(old) - 1)].tick
            new = [event for change in changes for event in change.added]
            last = max([end_tick, *(event.tick for event in new)])
            gone: set[int] = set()
            for change in changes:
                gone |= {event for note in change.removed for event in note.events}
                gone |= idle_note_offs(old, change)
                for note, tick in change.cut:
                    gone |= {event for event in note.events if not old[event].starts_note}
                    off = bytes((NOTE_OFF | change.line.channel, note.pitch, 0))
                    new.append(TrackEvent(tick, off))
                new += missing_note_offs(old, change, end_tick, longer=last > end_tick)
            places = [(event.tick, 1, event) for i, event in enumerate(old[:end]) if i not in gone]
            places += [(event.tick, 2 if event.starts_note else 0, event) for event in new]
            places.sort(key=lambda place: place[:2])
            tracks[index] = join_track([*(event for *_, event in places), TrackEvent(last, TRACK_END)])
        self.chunks = replace(self.chunks, tracks=tuple(tracks))

    def add_tracks(
        self, new: Sequence[tuple[str, int, list[Voice]]], duration: Fraction, melody: FileLine | None
    ) -> None:
        """Add a track for each part. new: (name, program, voices), as ``parts`` has them."""
        if not new:
            return
        free = self.free_channels()
        velocity_at = self.velocities(melody)
        end_tick = round(duration * self.ticks)
        made = []
        for name, program, voices in new:
            if free:
                channel = free.pop(0)
                controls = self.volume_of(melody, channel) if melody else []
            else:
                channel, controls = melody.channel if melody else CHANNELS[0], []
                text = f"{name}: all channels are in use; it shares channel {channel + 1}, and its sound"
                self.remarks.append(text)
            track = part_track(
                name,
                program if channel != (melody and melody.channel) else None,
                voices,
                channel,
                self.ticks,
                end_tick,
                velocity_at=velocity_at,
                controls=controls,
            )
            made.append(track_chunk(track, self.ticks))
            for voice in voices:
                self.count_moved(voice)
        if self.format == 0:
            text = (
                "saved as MIDI format 1, since format 0 has one track only; the first track is the given one"
            )
            self.remarks.append(text)
        self.chunks = self.chunks.with_tracks((*self.chunks.tracks, *made))

    def free_channels(self) -> list[int]:
        """The channels that no event of the file is for, without the drums'."""
        used = {event.channel for track in self.events for event in track}
        return [channel for channel in CHANNELS if channel not in used]

    def velocities(self, line: FileLine | None) -> Callable[[int], int]:
        """The velocity of a voice's last note at a tick; of its first note before it begins."""
        if line is None or not line.notes:
            return lambda _: VELOCITY
        onsets = [note.onset_tick for note in line.notes]
        found = [self.events[line.track][note.events[0]].data[2] for note in line.notes]
        return lambda tick: found[max(bisect_right(onsets, tick) - 1, 0)]

    def volume_of(self, line: FileLine, channel: int) -> list[TimedMessage]:
        """The changes of volume and expression on a voice's channel, for another channel."""
        events = [event for track in self.events for event in track if event.channel == line.channel]
        events = [e for e in events if e.kind == CONTROL and e.data[1] in (VOLUME, EXPRESSION)]
        events.sort(key=lambda event: event.tick)
        return [
            (e.tick, Message("control_change", channel=channel, control=e.data[1], value=e.data[2]))
            for e in events
        ]

    def count_moved(self, voice: Voice) -> None:
        """Add a remark on the notes whose times are no whole ticks of this file."""
        moved = sum(any((time * self.ticks).denominator > 1 for time in times(n)[:2]) for n in voice.notes)
        if moved:
            text = (
                f"{voice.name}: {amount(moved, 'note')} moved to the nearest of {self.ticks} ticks a quarter"
            )
            self.remarks.append(text)


def times(note: Note) -> NoteTimes:
    """What makes a note of a voice the same as another."""
    return note.onset, note.end, note.pitch


def track_chunk(track: MidiTrack, ticks: int) -> bytes:
    """A track of mido's as a chunk."""
    out = io.BytesIO()
    MidiFile(type=1, ticks_per_beat=ticks, tracks=[track]).save(file=out)
    return split_file(out.getvalue()).tracks[0]


def differences(
    before: Sequence[tuple[Note, Played]], after: Sequence[Voice]
) -> tuple[list[Played], list[Voice]]:
    """(what stands for the notes that ``after`` lacks, its voices without the notes that were there)."""
    kept = {times(note) for voice in after for note in voice.notes}
    old = {times(note) for note, _ in before}
    added = [replace(voice, notes=tuple(n for n in voice.notes if times(n) not in old)) for voice in after]
    return [played for note, played in before if times(note) not in kept], added
