"""New voices in the user's own MIDI file: every other event stays. mido is the second program that looks."""

from __future__ import annotations

import io
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import mido
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from mido import Message, MetaMessage, MidiFile, MidiTrack

from ripieno.errors import FileError
from ripieno.score import VOICE_NAMES, Key, Note, Score, Voice, transpose
from ripieno_bridges.api.requests import DocumentRequest, File, Request, TaskName
from ripieno_bridges.formats.midi import accompany_midi, patch_midi, read_midi, transpose_midi
from ripieno_bridges.formats.midi.events import join_track, split_file, split_track
from ripieno_bridges.service.document_task import do_task
from ripieno_bridges.service.model_runner import ModelRunner
from tiny_network import random_weights

TICKS = 96
NOTES = ("note_on", "note_off")
MOVING = (*NOTES, "polytouch")  # what has a pitch
few = settings(max_examples=30)
Timed = list[tuple[int, Message | MetaMessage]]

# -- random files ------------------------------------------------------------------------------------------

texts = st.text("Verse é", min_size=1, max_size=8).map(lambda t: t.encode().decode("latin-1"))
sevens = st.integers(0, 127)


def channel_events(channel: int) -> st.SearchStrategy[Message]:
    """Any event of a channel but notes."""
    here = {"channel": st.just(channel)}
    return st.one_of(
        st.builds(Message, st.just("control_change"), **here, control=sevens, value=sevens),
        st.builds(Message, st.just("program_change"), **here, program=sevens),
        st.builds(Message, st.just("pitchwheel"), **here, pitch=st.integers(-8192, 8191)),
        st.builds(Message, st.just("aftertouch"), **here, value=sevens),
        st.builds(Message, st.just("polytouch"), **here, note=sevens, value=sevens),
    )


file_events = st.one_of(
    st.builds(Message, st.just("sysex"), data=st.lists(sevens, max_size=5)),
    *(st.builds(MetaMessage, st.just(k), text=texts) for k in ("marker", "cue_marker", "text", "lyrics")),
    st.builds(MetaMessage, st.just("set_tempo"), tempo=st.integers(1, 2**24 - 1)),
    st.builds(MetaMessage, st.just("key_signature"), key=st.sampled_from(("C", "Eb", "F#m", "Cb"))),
    st.builds(MetaMessage, st.just("sequencer_specific"), data=st.lists(sevens, max_size=4)),
    st.builds(MetaMessage, st.just("channel_prefix"), channel=st.integers(0, 15)),
    st.builds(MetaMessage, st.just("midi_port"), port=st.integers(0, 15)),
)


@st.composite
def lines(draw: st.DrawFn, channel: int) -> Timed:
    """The notes of one voice, of 1 to 10 of them, with a repeated one here and there."""
    events: Timed = []
    tick = draw(st.integers(0, 100))
    for _ in range(draw(st.integers(1, 10))):
        pitch, length = 60 + draw(st.integers(0, 4)), draw(st.integers(1, 200))
        on = Message("note_on", channel=channel, note=pitch, velocity=draw(st.integers(1, 127)))
        kind, velocity = draw(st.sampled_from((("note_off", 0), ("note_off", 99), ("note_on", 0))))
        off = Message(kind, channel=channel, note=pitch, velocity=velocity)
        events += [(tick, on), (tick + length, off)]
        tick += length + draw(st.sampled_from((0, 0, 1, 48)))
    return events


@st.composite
def midi_files(draw: st.DrawFn) -> bytes:
    """Format 0 or 1, one to three voices on channels of their own, and anything else between their notes."""
    channels = draw(st.lists(st.sampled_from((0, 1, 5, 8, 10, 15)), min_size=1, max_size=3, unique=True))
    tracks: list[Timed] = [[]]
    for channel in channels:
        tracks.append(draw(lines(channel)))
    for events in tracks:
        own = {e.channel for _, e in events if e.type in NOTES} or {9}
        noise = st.one_of(file_events, *(channel_events(channel) for channel in own))
        for tick, event in draw(st.lists(st.tuples(st.integers(0, 1200), noise), max_size=6)):
            events.append((tick, event))
    drums = [
        (t, Message(kind, channel=9, note=38, velocity=90)) for t, kind in ((10, NOTES[0]), (30, NOTES[1]))
    ]
    tracks[0] += drums if draw(st.booleans()) else []
    if draw(st.booleans()):
        tracks = [[event for events in tracks for event in events]]
    file = MidiFile(
        type=0 if len(tracks) == 1 else 1, ticks_per_beat=draw(st.sampled_from((TICKS, 480, 100)))
    )
    for events in tracks:
        events.sort(key=lambda event: event[0])
        track, now = MidiTrack(), 0
        for tick, event in events:
            track.append(event.copy(time=tick - now))
            now = tick
        track.append(MetaMessage("end_of_track", time=draw(st.sampled_from((0, 1, 500)))))
        file.tracks.append(track)
    out = io.BytesIO()
    file.save(file=out)
    return out.getvalue()


def parsed(data: bytes) -> MidiFile:
    return MidiFile(file=io.BytesIO(data))


def timed(track: MidiTrack) -> list[tuple[int, str]]:
    """The messages with their ticks from the start."""
    now, found = 0, []
    for message in track:
        now += message.time
        found.append((now, str(message.copy(time=0))))
    return found


def is_on(message: str) -> bool:
    return message.startswith("note_on") and "velocity=0 " not in message


def without_notes(track: MidiTrack) -> list[tuple[int, str]]:
    return [event for event in timed(track) if "note_o" not in event[1] and "end_of_track" not in event[1]]


def fifths_of(name: str) -> int:
    """The accidentals of a key that mido names, sharps above zero."""
    fifths = "FCGDAEB".index(name[0]) - 1 + 7 * (name.count("#") - name.count("b"))
    return fifths - 3 * name.endswith("m")


def sung(voice: Voice) -> list[tuple[Fraction, Fraction, int]]:
    return [(note.onset, note.end, note.pitch) for note in voice.notes]


def as_choir(score: Score) -> tuple[dict[str, int | None], Score]:
    """(which line is which voice, the file's voices under the names of a choir's), the file's order kept."""
    held = dict(enumerate(score.voices))
    voices = [Voice(name, held[i].notes if i in held else ()) for i, name in enumerate(VOICE_NAMES)]
    return {name: i if i in held else None for i, name in enumerate(VOICE_NAMES)}, replace(
        score, voices=tuple(voices)
    )


# -- every given event stays ---------------------------------------------------------------------------------


@few
@given(midi_files())
def test_the_events_of_a_file_are_those_that_mido_reads(data: bytes) -> None:
    chunks = split_file(data)
    assert chunks.join() == data
    for chunk, track in zip(chunks.tracks, parsed(data).tracks, strict=True):
        events = split_track(chunk)
        assert [event.tick for event in events] == [tick for tick, _ in timed(track)]
        for event, message in zip(events, track, strict=True):
            if not message.is_meta and message.type != "sysex":
                assert list(event.data) == message.bytes()
        assert split_track(join_track(events)) == events


@few
@given(midi_files())
def test_nothing_new_leaves_every_byte(data: bytes) -> None:
    score = read_midi(data, "x.mid").score
    lines, choir = as_choir(score)
    assert patch_midi(data, lines, score, choir) == (data, [])


@few
@given(midi_files())
def test_new_voices_come_in_tracks_of_their_own_and_all_others_stay(data: bytes) -> None:
    score = read_midi(data, "x.mid").score
    lines, choir = as_choir(score)
    quarter = Fraction(1)
    bass = Voice("bass", (Note(Fraction(0), quarter, 48), Note(quarter, quarter, 50)))
    after = replace(choir, voices=(*choir.voices[:3], bass))
    lines["bass"] = None
    written, remarks = patch_midi(data, lines, score, after)
    before, found = parsed(data), parsed(written)
    assert found.ticks_per_beat == before.ticks_per_beat
    assert found.type == 1
    assert split_file(written).tracks[:-1] == split_file(data).tracks
    assert [timed(track) for track in found.tracks[:-1]] == [timed(track) for track in before.tracks]
    used = {m.channel for track in before.tracks for m in track if hasattr(m, "channel") and not m.is_meta}
    own = {m.channel for m in found.tracks[-1] if not m.is_meta}
    assert len(own) == 1
    assert not own & (used | {9})
    name, program = found.tracks[-1][:2]
    assert (name.name, program.program) == ("bass", 52)
    back = read_midi(written, "x.mid").score
    assert sung(back.voices[-1]) == sung(bass)
    said = ["saved as MIDI format 1, since format 0 has one track only; the first track is the given one"]
    assert remarks == ([] if before.type else said)


@st.composite
def changed_lines(draw: st.DrawFn) -> tuple[bytes, int, Voice]:
    """(a file, the index of a voice in it, that voice with other notes here and there, more at its end)"""
    data = draw(midi_files())
    score = read_midi(data, "x.mid").score
    index = draw(st.sampled_from([i for i, voice in enumerate(score.voices) if voice.notes]))
    ticks = parsed(data).ticks_per_beat
    notes: list[Note] = []
    for note in score.voices[index].notes:
        kept = draw(st.sampled_from(("kept", "kept", "gone", "moved")))
        if kept == "moved":
            notes.append(replace(note, pitch=60 + draw(st.integers(0, 4))))
        elif kept == "kept":
            notes.append(note)
    time = max(score.duration, *(note.end for note in score.voices[index].notes))
    for _ in range(draw(st.integers(0, 3))):
        length = Fraction(draw(st.integers(1, 2 * ticks)), ticks)
        notes.append(Note(time, length, 60 + draw(st.integers(0, 4))))
        time += length
    return data, index, Voice(VOICE_NAMES[index], tuple(notes))


@few
@given(changed_lines())
def test_a_changed_voice_changes_its_own_notes_only(change: tuple[bytes, int, Voice]) -> None:
    data, index, voice = change
    score = read_midi(data, "x.mid").score
    assume(
        voice.notes or sum(bool(v.notes) for v in score.voices) > 1
    )  # a file without notes is not read again
    lines, choir = as_choir(score)
    voices = list(choir.voices)
    voices[index] = voice
    written, _ = patch_midi(data, lines, score, replace(choir, voices=tuple(voices)))
    before, found = parsed(data), parsed(written)
    assert (found.type, found.ticks_per_beat, len(found.tracks)) == (
        before.type,
        before.ticks_per_beat,
        len(before.tracks),
    )
    assert [without_notes(t) for t in found.tracks] == [without_notes(t) for t in before.tracks]
    old = Counter(event for track in before.tracks for event in timed(track))
    new = Counter(event for track in found.tracks for event in timed(track))
    stays = {times for times in sung(score.voices[index]) if times in sung(voice)}
    for onset, end, pitch in stays:  # its own note-on and note-off, velocities and all
        for time, starts in ((onset, True), (end, False)):
            here = [e for e in old if e[0] == time * before.ticks_per_beat and f"note={pitch} " in e[1]]
            assert all(new[event] for event in here if is_on(event[1]) == starts)
    back = read_midi(written, "x.mid").score
    found_lines = {v.name: sung(v) for v in back.voices}
    for i, given_voice in enumerate(score.voices):
        expected = sung(voice) if i == index else sung(given_voice)
        if expected:
            assert found_lines[given_voice.name] == expected


@few
@given(midi_files(), st.integers(-12, 12))
def test_a_transposed_file_differs_in_pitches_and_keys_only(data: bytes, semitones: int) -> None:
    score = read_midi(data, "x.mid").score
    before = parsed(data)
    keyed = [m for track in before.tracks for m in track if m.type in MOVING and m.channel != 9]
    if not all(0 <= message.note + semitones <= 127 for message in keyed):
        with pytest.raises(FileError) as caught:
            transpose_midi(data, score, semitones, "x.mid")
        fault = f"moved by {semitones:+d} semitones, a note leaves the range of MIDI; move it less"
        assert str(caught.value) == f"x.mid: {fault}"
        return
    moved = transpose_midi(data, score, semitones, "x.mid")
    found = parsed(moved)
    assert (found.type, found.ticks_per_beat) == (before.type, before.ticks_per_beat)
    for old, new in zip(before.tracks, found.tracks, strict=True):
        for a, b in zip(old, new, strict=True):
            if a.type == "key_signature":
                assert (fifths_of(b.key) - fifths_of(a.key) - 7 * semitones) % 12 == 0
                assert b.key.endswith("m") == a.key.endswith("m")
                b = a.copy(time=b.time)
            elif a.type in MOVING and a.channel != 9:
                b = b.copy(note=b.note - semitones)
            assert a == b
    back = read_midi(moved, "x.mid").score
    expected = transpose(score, semitones)
    assert [sung(voice) for voice in back.voices] == [sung(voice) for voice in expected.voices]


# -- loudness and channels -----------------------------------------------------------------------------------


def written_by_hand(*tracks: list[Message | MetaMessage], ticks: int = 480) -> bytes:
    file = MidiFile(type=1, ticks_per_beat=ticks, tracks=[MidiTrack(track) for track in tracks])
    out = io.BytesIO()
    file.save(file=out)
    return out.getvalue()


def melody(channel: int = 0, velocities: tuple[int, ...] = (30, 100), length: int = 960) -> list[Message]:
    notes: list[Message] = []
    for i, velocity in enumerate(velocities):
        notes.append(Message("note_on", channel=channel, note=72 + i, velocity=velocity))
        notes.append(Message("note_off", channel=channel, note=72 + i, time=length))
    return notes


def quarters(*pitches: int) -> tuple[Note, ...]:
    return tuple(Note(Fraction(i), Fraction(1), pitch) for i, pitch in enumerate(pitches))


def with_bass(data: bytes, *pitches: int) -> tuple[MidiFile, list[str]]:
    score = read_midi(data, "x.mid").score
    after = replace(
        score, voices=(Voice("soprano", score.voices[0].notes), Voice("bass", quarters(*pitches)))
    )
    written, remarks = patch_midi(data, {"soprano": 0, "bass": None}, score, after)
    return parsed(written), remarks


def test_a_new_voice_is_as_loud_as_the_melody_at_that_place() -> None:
    volume = [
        Message("control_change", channel=0, control=7, value=90),
        Message("control_change", channel=0, control=64, value=127),
        Message("control_change", channel=0, control=11, value=50, time=480),
    ]
    file, remarks = with_bass(
        written_by_hand([MetaMessage("track_name", name="T")], [*volume, *melody()]), *[48] * 5
    )
    new = file.tracks[-1]
    ons = [message.velocity for message in new if message.type == "note_on"]
    assert ons == [30, 30, 30, 100, 100]  # the melody begins a quarter late, after the last controller
    controls = [event for event in timed(new) if "control_change" in event[1]]
    assert controls == [
        (0, "control_change channel=1 control=7 value=90 time=0"),
        (480, "control_change channel=1 control=11 value=50 time=0"),
    ]
    assert remarks == []


def test_where_no_channel_is_free_a_new_voice_shares_the_melodys_and_says_so() -> None:
    busy = [Message("program_change", channel=channel, program=1) for channel in range(16)]
    file, remarks = with_bass(written_by_hand(busy, melody(channel=3)), 48, 50)
    new = file.tracks[-1]
    assert {message.channel for message in new if not message.is_meta} == {3}
    assert not [message for message in new if message.type == "program_change"]
    assert remarks == ["bass: all channels are in use; it shares channel 4, and its sound"]


def test_times_between_the_ticks_of_the_file_are_moved_and_said() -> None:
    data = written_by_hand([], melody(length=2), ticks=1)
    score = read_midi(data, "x.mid").score
    eighth = Fraction(1, 2)
    bass = Voice(
        "bass", (Note(Fraction(0), eighth, 48), Note(eighth, eighth, 50), Note(Fraction(2), eighth, 52))
    )
    after = replace(score, voices=(Voice("soprano", score.voices[0].notes), bass))
    written, remarks = patch_midi(data, {"soprano": 0, "bass": None}, score, after)
    assert len(read_midi(written, "x.mid").score.voices[-1].notes) == 3
    assert remarks == ["bass: 3 notes moved to the nearest of 1 ticks a quarter"]


def test_what_follows_the_last_track_stays_behind_the_new_ones() -> None:
    data = written_by_hand([], melody()) + b"XFIH" + (2).to_bytes(4) + b"ab"
    score = read_midi(data, "x.mid").score
    after = replace(score, voices=(Voice("soprano", score.voices[0].notes), Voice("bass", quarters(48))))
    written, _ = patch_midi(data, {"soprano": 0, "bass": None}, score, after)
    assert written.endswith(b"XFIH\x00\x00\x00\x02ab")
    assert split_file(written).rest == b"XFIH\x00\x00\x00\x02ab"


def test_a_note_that_has_no_end_is_not_longer_where_the_piece_goes_on() -> None:
    open_ended = [Message("note_on", note=72, velocity=64), MetaMessage("end_of_track", time=1920)]
    data = written_by_hand([], open_ended)
    score = read_midi(data, "x.mid").score
    (given_note,) = score.voices[0].notes
    longer = Voice("soprano", (given_note, Note(Fraction(4), Fraction(4), 74)))
    written, _ = patch_midi(data, {"soprano": 0}, score, replace(score, voices=(longer,)))
    assert sung(read_midi(written, "x.mid").score.voices[0]) == sung(longer)


def test_a_note_that_the_next_one_cut_keeps_its_end_where_that_one_goes() -> None:
    repeated = [
        Message("note_on", note=72, velocity=64),
        Message("note_on", note=72, velocity=64, time=480),
        Message("note_off", note=72, time=480),
    ]
    data = written_by_hand([], repeated)
    score = read_midi(data, "x.mid").score
    first = Voice("soprano", score.voices[0].notes[:1])
    written, _ = patch_midi(data, {"soprano": 0}, score, replace(score, voices=(first,)))
    assert sung(read_midi(written, "x.mid").score.voices[0]) == [(0, 1, 72)]


def test_two_voices_of_one_track_change_together() -> None:
    data = written_by_hand([*melody(channel=0), *melody(channel=1)])
    score = read_midi(data, "x.mid").score
    voices = tuple(
        Voice(name, (*score.voices[i].notes, Note(Fraction(8), Fraction(1), 60 + i)))
        for i, name in enumerate(("soprano", "bass"))
    )
    written, _ = patch_midi(data, {"soprano": 0, "bass": 1}, score, replace(score, voices=voices))
    assert [sung(v) for v in read_midi(written, "x.mid").score.voices] == [sung(v) for v in voices]


def test_piano_music_is_regenerated_among_its_own_events() -> None:
    left = [message.copy(note=message.note - 24) for message in melody(channel=1, velocities=(50, 60))]
    pedal = [Message("control_change", channel=0, control=64, value=127, time=0)]
    head = [MetaMessage("track_name", name="RH"), Message("program_change", channel=0, program=4)]
    data = written_by_hand([MetaMessage("time_signature", numerator=2)], [*head, *pedal, *melody()], left)
    written = done(data, "rbm-blues", "infill", measures=("2", "2"))
    before, found = parsed(data), parsed(written)
    assert [without_notes(t) for t in found.tracks] == [without_notes(t) for t in before.tracks]
    for old, new in zip(before.tracks, found.tracks, strict=True):
        first = [event for event in timed(old) if event[0] < 960 and "note_o" in event[1]]
        assert [event for event in timed(new) if event in first] == first
    assert [timed(t) for t in found.tracks] != [timed(t) for t in before.tracks]


def test_a_piano_under_a_melody_gets_a_track_for_each_hand() -> None:
    data = written_by_hand([], melody())
    score = read_midi(data, "x.mid").score
    hands = (
        Voice("melody", score.voices[0].notes),
        Voice("right hand", quarters(60)),
        Voice("left hand", quarters(40)),
    )
    written, _ = accompany_midi(data, 0, replace(score, voices=hands))
    file = parsed(written)
    assert [track.name for track in file.tracks[2:]] == ["Piano, right hand", "Piano, left hand"]
    assert [track[1].program for track in file.tracks[2:]] == [0, 0]
    assert split_file(written).tracks[:2] == split_file(data).tracks


# -- chords --------------------------------------------------------------------------------------------------

MEASURE = 4 * TICKS


@st.composite
def chord_files(draw: st.DrawFn) -> bytes:
    """Four measures of chords on every quarter, some of them longer, with anything else between them."""
    events: Timed = []
    last_onset: dict[int, int] = {}
    for tick in reversed(range(0, 4 * MEASURE, TICKS)):
        for pitch in draw(st.lists(st.integers(60, 66), max_size=3, unique=True)):
            end = min(tick + draw(st.integers(1, 3 * TICKS)), last_onset.get(pitch, 5 * MEASURE))
            last_onset[pitch] = tick
            velocity = draw(st.integers(1, 127))
            events.append((tick, Message("note_on", note=pitch, velocity=velocity)))
            events.append((end, Message("note_off", note=pitch, velocity=velocity // 2)))
    assume(events)
    events += draw(st.lists(st.tuples(st.integers(0, 1200), file_events | channel_events(0)), max_size=6))
    events.sort(key=lambda event: (event[0], event[1].type != "note_off"))
    track = MidiTrack()
    now = 0
    for tick, event in events:
        track.append(event.copy(time=tick - now))
        now = tick
    out = io.BytesIO()
    MidiFile(type=1, ticks_per_beat=TICKS, tracks=[track]).save(file=out)
    return out.getvalue()


Played = tuple[int, int, int]  # onset, pitch, velocity


def played_notes(data: bytes) -> dict[Played, int]:
    """The end of each note, as mido's messages say it."""
    found: dict[Played, int] = {}
    now, sounding = 0, dict[int, Played]()
    for message in parsed(data).tracks[0]:
        now += message.time
        if message.type in NOTES and message.note in sounding:
            found[sounding.pop(message.note)] = now
        if message.type == "note_on" and message.velocity:
            sounding[message.note] = (now, message.note, message.velocity)
    assert not sounding
    return found


def inside(notes: list[tuple[Fraction, Fraction, int]], measure: int) -> list[tuple[Fraction, Fraction, int]]:
    """What sounds in a measure, cut at its barlines."""
    start, end = Fraction(4 * measure), Fraction(4 * measure + 4)
    return [(max(on, start), min(off, end), pitch) for on, off, pitch in notes if on < end and off > start]


@few
@given(chord_files(), st.integers(0, 3), st.sampled_from(("soprano", "bass")), st.data())
def test_a_regenerated_measure_replaces_its_chords_and_no_other(
    data: bytes, measure: int, name: str, more: st.DataObject
) -> None:
    midi = read_midi(data, "x.mid")
    (line,) = midi.lines
    own = Voice(name, line.lowest if name == "bass" else line.notes)
    kept = [note for note in own.notes if not inside([(note.onset, note.end, 0)], measure)]
    new = [
        Note(Fraction(4 * measure + beat), Fraction(1), more.draw(st.integers(60, 66)))
        for beat in more.draw(st.sets(st.integers(0, 3)))
    ]
    voice = Voice(name, tuple(sorted([*kept, *new], key=lambda note: note.onset)))
    written, _ = patch_midi(data, {name: 0}, midi.score, Score((voice,), midi.score.measures))
    assert [without_notes(t) for t in parsed(written).tracks] == [
        without_notes(t) for t in parsed(data).tracks
    ]
    changed = {m for m in range(5) if inside(sung(own), m) != inside(sung(voice), m)}
    old_times, new_times = set(sung(own)), set(sung(voice))
    stays = {(int(on * TICKS), pitch) for on, _, pitch in old_times & new_times}
    added = {(int(on * TICKS), int(off * TICKS), pitch) for on, off, pitch in new_times - old_times}
    before, after = played_notes(data), played_notes(written)
    chordless = not line.chords
    for (onset, pitch, velocity), end in before.items():
        remains = (onset, pitch) in stays
        if not remains and (onset // MEASURE in changed or chordless):
            assert (onset, pitch, velocity) not in after or (onset, pitch) in {(a[0], a[2]) for a in added}
            continue
        begins = [on for on, _, other in added if other == pitch and onset < on < end]
        assert after.pop((onset, pitch, velocity)) == min([end, *begins])
    assert {(onset, end, pitch) for (onset, pitch, _), end in after.items()} == added


def test_a_held_note_of_a_chord_ends_where_a_new_one_of_its_pitch_begins() -> None:
    chord = [Message("note_on", note=72, velocity=80), Message("note_on", note=64, velocity=50)]
    ends = [Message("note_off", note=72, time=MEASURE), Message("note_off", note=64, time=MEASURE)]
    data = written_by_hand([*chord, *ends], ticks=TICKS)
    midi = read_midi(data, "x.mid")
    new = Note(Fraction(4), Fraction(4), 64)
    voice = Voice("soprano", (*midi.score.voices[0].notes, new))
    written, _ = patch_midi(data, {"soprano": 0}, midi.score, Score((voice,), midi.score.measures))
    assert played_notes(written) == {
        (0, 72, 80): MEASURE,
        (0, 64, 50): MEASURE,
        (MEASURE, 64, 80): 2 * MEASURE,
    }


@few
@given(chord_files())
def test_a_voice_beside_chords_leaves_every_byte_of_them(data: bytes) -> None:
    midi = read_midi(data, "x.mid")
    for name, notes in (("soprano", midi.lines[0].notes), ("bass", midi.lines[0].lowest)):
        after = Score((Voice(name, notes), Voice("alto", quarters(60))), midi.score.measures)
        written, _ = patch_midi(data, {name: 0, "alto": None}, midi.score, after)
        assert split_file(written).tracks[:1] == split_file(data).tracks


# -- the tasks themselves ------------------------------------------------------------------------------------

TUNE = (67, 69, 71, 72, 74, 72, 71, 69)


def performed(midi_format: int) -> bytes:
    """Two measures with a program, pedal, bends, names, markers and velocities."""
    head = [MetaMessage("track_name", name="Song"), MetaMessage("set_tempo", tempo=400_000)]
    head += [
        MetaMessage("time_signature"),
        MetaMessage("key_signature", key="G"),
        MetaMessage("marker", text="A"),
    ]
    voice: list[Message | MetaMessage] = [MetaMessage("track_name", name="Fiddle")]
    voice += [Message("program_change", channel=3, program=40), Message("sysex", data=(1, 2))]
    for i, pitch in enumerate(TUNE):
        voice.append(Message("note_on", channel=3, note=pitch, velocity=30 + 10 * i))
        voice.append(Message("control_change", channel=3, control=64, value=127 * (i % 2), time=200))
        voice.append(Message("note_off", channel=3, note=pitch, velocity=7, time=240))
        voice.append(Message("pitchwheel", channel=3, pitch=100, time=40))
    tracks = [MidiTrack(head), MidiTrack(voice)]
    if midi_format == 0:
        tracks = [mido.merge_tracks(tracks)]
    out = io.BytesIO()
    MidiFile(type=midi_format, ticks_per_beat=480, tracks=tracks).save(file=out)
    return out.getvalue()


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(random_weights(tmp_path_factory.mktemp("weights")))


def done(
    data: bytes, model: str, task: TaskName, *, transposition: int | None = None, measures=None, **settings
) -> bytes:
    request = Request(task=task, model=model, seed=1, compare=False, **settings)
    asked = DocumentRequest(
        file=File("tune.mid", data), request=request, transposition=transposition, measures=measures
    )
    finished = do_task(ModelRunner(), asked, progress=lambda _: None)
    written, _ = finished.encode(finished.reply.results[0], Path("out.mid"))
    return written


@pytest.mark.parametrize("midi_format", [0, 1])
def test_harmonizing_keeps_every_given_byte_but_the_header(model: str, midi_format: int) -> None:
    data = performed(midi_format)
    written = done(data, model, "harmonize")
    count = len(split_file(data).tracks)
    assert split_file(written).tracks[:count] == split_file(data).tracks
    assert [track.name for track in parsed(written).tracks[count:]] == ["alto", "tenor", "bass"]


@pytest.mark.parametrize("midi_format", [0, 1])
@pytest.mark.parametrize(
    ("task", "settings", "stays"),
    [
        ("infill", {"measures": ("2", "2")}, range(4)),
        ("continue", {"bars": 1}, range(8)),
        ("vary", {"amount": 0.0}, range(0)),
    ],
)
def test_what_is_not_regenerated_comes_back_event_for_event(
    model: str, midi_format: int, task: TaskName, settings: dict, stays: range
) -> None:
    data = performed(midi_format)
    before, found = parsed(data), parsed(done(data, model, task, **settings))
    assert (found.type, found.ticks_per_beat) == (before.type, before.ticks_per_beat)
    assert [without_notes(t) for t in found.tracks] == [without_notes(t) for t in before.tracks]
    own, new = timed(before.tracks[-1]), timed(found.tracks[-1])
    given_notes = [event for event in own if "note_o" in event[1]][: 2 * len(stays)]
    assert [event for event in new if event in given_notes] == given_notes


@pytest.mark.parametrize("midi_format", [0, 1])
def test_a_transposed_tune_is_harmonized_with_its_events(model: str, midi_format: int) -> None:
    data = performed(midi_format)
    written = done(data, model, "harmonize", transposition=2)
    for old, new in zip(parsed(data).tracks, parsed(written).tracks, strict=False):
        for a, b in zip(old, new, strict=True):
            if a.type == "key_signature":
                assert b.key == "A"
            else:
                assert a == (b.copy(note=b.note - 2) if b.type in NOTES else b)


def test_a_key_leaves_no_key_signature_of_more_than_seven() -> None:
    data = written_by_hand([MetaMessage("key_signature", key="C#")], melody())
    score = read_midi(data, "x.mid").score
    (message, _) = parsed(transpose_midi(data, score, 1, "x.mid")).tracks[0]
    assert message.key == str(Key(2)).split()[0]
