"""What becomes of a line of a MIDI file, and the note-offs that this moves, adds or removes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ripieno_bridges.formats.midi.events import NOTE_OFF, NOTE_ON, TrackEvent
from ripieno_bridges.formats.midi.tracks import TickNote


@dataclass(frozen=True, slots=True)
class FileLine:
    """A line of the file. track: its place among the tracks. notes: all of its channel, in order of time."""

    track: int
    channel: int
    notes: tuple[TickNote, ...]


@dataclass(frozen=True, slots=True)
class LineChange:
    """What becomes of a line of the file: notes of it that go, and the note events that come.

    cut: notes that stay, each with the tick at which it now ends, since a new note of its pitch begins there.
    """

    line: FileLine
    removed: tuple[TickNote, ...]
    added: tuple[TrackEvent, ...]
    cut: tuple[tuple[TickNote, int], ...] = ()


def shortened_notes(
    line: FileLine, removed: Sequence[TickNote], added: Sequence[TrackEvent]
) -> Iterator[tuple[TickNote, int]]:
    """(a note that stays, the tick at which a new one of its pitch begins while it sounds)"""
    onsets: dict[int, list[int]] = {}
    for event in added:
        if event.starts_note:
            onsets.setdefault(event.data[1], []).append(event.tick)
    gone = {(note.onset_tick, note.pitch) for note in removed}
    for note in line.notes:
        if (note.onset_tick, note.pitch) in gone:
            continue
        inside = [tick for tick in onsets.get(note.pitch, ()) if note.onset_tick < tick < note.end_tick]
        if inside:
            yield note, inside[0]


def idle_note_offs(events: Sequence[TrackEvent], change: LineChange) -> set[int]:
    """The places of note-offs that end no note of the file, but would end one that comes."""
    begun: dict[int, int] = {}
    held: dict[int, list[tuple[int, int]]] = {}  # by pitch, in ticks
    for event in change.added:
        pitch = event.data[1]
        if event.starts_note:
            begun[pitch] = event.tick
        else:
            held.setdefault(pitch, []).append((begun[pitch], event.tick))
    used = {place for note in change.line.notes for place in note.events}
    return {
        place
        for place, event in enumerate(events)
        if event.channel == change.line.channel
        and event.kind in (NOTE_ON, NOTE_OFF)
        and not event.starts_note
        and place not in used
        and any(onset < event.tick < end for onset, end in held.get(event.data[1], ()))
    }


def missing_note_offs(
    events: Sequence[TrackEvent], change: LineChange, end_tick: int, *, longer: bool
) -> list[TrackEvent]:
    """Note-offs for notes that stay, and that the end of the track or a note that goes has ended so far.

    longer: whether the track will end later than at ``end_tick``.
    """
    line = change.line
    gone = {(note.onset_tick, note.pitch) for note in change.removed}
    cut = {(note.onset_tick, note.pitch) for note, _ in change.cut}
    return [
        TrackEvent(note.end_tick, bytes((NOTE_OFF | line.channel, note.pitch, 0)))
        for note in line.notes
        if (note.onset_tick, note.pitch) not in gone | cut
        and events[note.events[-1]].starts_note
        and ((note.end_tick, note.pitch) in gone or (longer and note.end_tick == end_tick))
    ]
