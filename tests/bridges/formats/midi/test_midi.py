"""MIDI bytes -> Score and back: exact times, lines, limits."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import time
import tracemalloc
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mido import Message, MidiFile, MidiTrack

from ripieno.errors import FileError, ScoreError
from ripieno.harmony.chord_symbol import ChordSymbol, Tone
from ripieno.score import Key, Lyric, Measure, Meter, Note, Score, Tempo, Voice, lay_measures
from ripieno.text.notation import parse_score
from ripieno_bridges.formats.document_midi import write_document_midi
from ripieno_bridges.formats.midi import read_midi, write_midi
from ripieno_bridges.formats.midi.chord_texts import with_chord_texts
from ripieno_bridges.formats.midi.reader import MidiScore, lay_file_measures, quarters_per_minute
from ripieno_bridges.formats.midi.tracks import MAX_BYTES
from ripieno_bridges.formats.midi.writer import signatures
from ripieno_bridges.formats.musicxml.reader import read_musicxml
from ripieno_bridges.formats.musicxml.write_harmony import WrittenHarmony, write_harmony
from ripieno_bridges.formats.musicxml.writer import write_musicxml
from strategies import scores

AGAIN = "export it once more as a standard MIDI file"
SHORT = f"damaged: it ends too early; {AGAIN}"
IMPOSSIBLE = f"damaged: it holds something that no MIDI file can hold; {AGAIN}"
IN_C = "00 ff 59 02 00 00"  # a key signature, so that none is estimated
C4_QUARTER = "00 90 3c 40  04 80 3c 40"
QUARTER = Fraction(1)


# -- MIDI written by hand -------------------------------------------------------------------------------


def unhex(text: str) -> bytes:
    """Bytes from hex with comments."""
    return bytes.fromhex("".join(line.split("#")[0] for line in text.splitlines()))


def track(text: str) -> bytes:
    body = unhex(text)
    return b"MTrk" + len(body).to_bytes(4) + body


def header(midi_format: int = 0, tracks: int = 1, division: int = 4) -> bytes:
    """The first chunk; 4 ticks a quarter unless said otherwise."""
    numbers = (midi_format, tracks, division)
    return b"MThd" + (6).to_bytes(4) + b"".join(n.to_bytes(2) for n in numbers)


def read(*tracks: str, midi_format: int = 0) -> tuple[Score, tuple[str, ...]]:
    midi = read_lines(*tracks, midi_format=midi_format)
    return midi.score, midi.remarks


def read_lines(*tracks: str, midi_format: int = 0) -> MidiScore:
    return read_midi(header(midi_format, len(tracks)) + b"".join(track(t) for t in tracks), "x.mid")


def sung(voice: Voice) -> str:
    """A voice as "pitch@onset-end"."""
    return " ".join(f"{note.pitch}@{note.onset}-{note.end}" for note in voice.notes)


def line(text: str) -> str:
    """The only voice of a format 0 track."""
    score, _ = read(text)
    (voice,) = score.voices
    return sung(voice)


END = "00 ff 2f 00"


def test_format_0_is_read() -> None:
    score, dropped = read(
        """
        00 ff 03 04 54 75 6e 65     # track name "Tune"
        00 ff 51 03 07 a1 20        # tempo 500000: 120 a minute
        00 ff 58 04 03 02 18 08     # 3/4
        00 ff 59 02 fe 01           # two flats, minor
        00 90 3c 40                 # C4 on
        04 80 3c 40                 # off, 4 ticks later: a quarter
        02 90 3e 40                 # D4 on, after an eighth's rest
        06 80 3e 40                 # off: a dotted quarter
        """
        + END
    )
    assert sung(score.voices[0]) == "60@0-1 62@3/2-3"
    assert score.voices[0].name == "channel 1"
    assert score.title == "Tune"
    assert score.tempos == (Tempo(Fraction(0), 120.0),)
    assert score.measures == (Measure("1", Fraction(0), Fraction(3), Meter(3, 4), Key(-2, "minor")),)
    assert dropped == ()


def test_each_channel_of_a_format_0_file_is_a_voice() -> None:
    score, _ = read(f"00 91 48 40  00 90 3c 40  04 81 48 00  04 80 3c 00  {END}")
    assert [(v.name, sung(v)) for v in score.voices] == [
        ("channel 1", "60@0-2"),
        ("channel 2", "72@0-1"),
    ]


def test_each_track_of_a_format_1_file_is_a_voice() -> None:
    score, dropped = read(
        f"00 ff 03 01 41  {IN_C}  {END}",  # "A" conducts
        f"00 ff 03 01 42  00 90 48 40  04 80 48 00  {END}",  # "B"
        f"00 90 3c 40  04 80 3c 00  {END}",  # has no name
        midi_format=1,
    )
    assert [(v.name, sung(v)) for v in score.voices] == [("B", "72@0-1"), ("track 3", "60@0-1")]
    assert score.title == "A"
    assert dropped == ()


def test_channels_of_one_track_are_voices() -> None:
    score, _ = read(
        f"00 ff 03 01 41  00 90 48 40  00 93 30 40  04 80 48 00  00 83 30 00 {END}", midi_format=1
    )
    assert [v.name for v in score.voices] == ["A, channel 1", "A, channel 4"]
    assert score.title is None


@pytest.mark.parametrize(
    ("claim", "text", "expected"),
    [
        ("running status", "00 90 3c 40  04 3c 00  00 3e 40  04 3e 00", "60@0-1 62@1-2"),
        ("running status goes on after a meta event", "00 90 3c 40  00 ff 01 01 41  04 3c 00", "60@0-1"),
        ("note-on without velocity is a note-off", "00 90 3c 40  04 90 3c 00", "60@0-1"),
        (
            "a repeated note stays two notes",
            "00 90 3c 40  04 80 3c 40  00 90 3c 40  04 80 3c 40",
            "60@0-1 60@1-2",
        ),
        ("a note-on ends a note of its pitch", "00 90 3c 40  04 90 3c 40  04 80 3c 40", "60@0-1 60@1-2"),
        (
            "off after on at one tick",
            "00 90 3c 40  04 90 3c 40  00 80 3c 40  04 80 3c 40",
            "60@0-1 60@1-2",
        ),
        (
            "that off, then a third",
            "00 90 3c 40 04 3c 40 00 3c 00 04 3c 40 04 3c 00",
            "60@0-1 60@1-2 60@2-3",
        ),
        (
            "a note-off ends the note that sounds",
            "00 90 3c 40  04 90 3c 40  01 80 3c 40  03 80 3c 40",
            "60@0-1 60@1-5/4",
        ),
        ("an off twice ends once", "00 90 3c 40  04 80 3c 40  04 80 3c 40", "60@0-1"),
        (
            "system exclusive bytes are stepped over",
            "00 f0 03 7e 09 f7  00 90 3c 40  04 80 3c 40",
            "60@0-1",
        ),
        ("so are escapes and what they hold", "00 f7 02 73 01  00 90 3c 40  04 80 3c 40", "60@0-1"),
        (
            "a meta event of any kind keeps its time",
            "00 90 3c 40  04 ff 08 01 41  04 80 3c 40  04 ff 6f 00  00 90 3e 40  04 80 3e 40",
            "60@0-2 62@3-4",
        ),
        ("aftertouch has one byte", "00 90 3c 40  02 d0 05  02 80 3c 40", "60@0-1"),
        (
            "nothing follows the end of a track",
            "00 90 3c 40  04 3c 00  00 ff 2f 00  00 90 3e 40  04 3e 00",
            "60@0-1",
        ),
        (
            "programs and bends are stepped over",
            "00 c0 05  00 90 3c 40  01 e0 01 02  03 80 3c 40",
            "60@0-1",
        ),
        (
            "a legato of a tick is one line",
            "00 90 3c 40  08 90 3e 40  00 80 3c 40  04 80 3e 40",
            "60@0-2 62@2-3",
        ),
    ],
)
def test_notes_start_and_end(claim: str, text: str, expected: str) -> None:
    assert line(f"{text} {END}") == expected, claim


def test_performed_legato_is_shortened_and_said() -> None:
    data = header(division=480) + track(
        f"""
        {IN_C}
        00 90 3c 40         # C4 on
        83 60 90 3e 40      # D4 on after 480 ticks
        3b 80 3c 40         # C4 off 59 ticks later, less than a 32nd
        83 60 80 3e 40 {END}
        """
    )
    midi = read_midi(data, "x.mid")
    score, dropped = midi.score, midi.remarks
    assert sung(score.voices[0]) == f"60@0-1 62@1-{Fraction(480 + 59 + 480, 480)}"
    assert dropped == ("track 1: 1 note reaches into the next by a sixteenth at most, read as legato",)


def test_an_unfinished_note_ends_with_its_track() -> None:
    score, dropped = read(f"{IN_C}  00 90 3c 40  08 ff 2f 00")
    assert sung(score.voices[0]) == "60@0-2"
    assert dropped == ("track 1: 1 note without an end, held to the end of the track",)


def test_a_track_without_an_end_mark_ends_with_its_last_event() -> None:
    assert line("00 90 3c 40  04 80 3c 40") == "60@0-1"


def test_a_note_without_length_is_left_out_and_said() -> None:
    score, dropped = read(f"{IN_C}  00 90 3c 40  00 80 3c 40  00 90 3e 40  04 80 3e 40 {END}")
    assert sung(score.voices[0]) == "62@0-1"
    assert dropped == ("track 1: 1 note without length, left out",)


def test_a_note_struck_twice_at_once_is_one_and_said() -> None:
    score, dropped = read(f"{IN_C}  00 90 3c 40  00 90 3c 40  04 80 3c 40  00 80 3c 40 {END}")
    assert sung(score.voices[0]) == "60@0-1"
    assert dropped == ("track 1: 1 note struck twice at one moment, kept once",)


def test_percussion_is_a_line_without_notes() -> None:
    midi = read_lines(
        f"00 ff 03 05 44 72 75 6d 73  {IN_C}  00 99 24 40  04 89 24 40 {END}",  # "Drums", channel 10
        f"00 90 3c 40  04 80 3c 40 {END}",
        f"00 ff 03 01 58 {END}",  # "X", empty
        midi_format=1,
    )
    assert [(v.name, len(v.notes)) for v in midi.score.voices] == [("Drums", 0), ("track 2", 1)]
    assert [line.unpitched for line in midi.lines] == ["percussion", ""]
    assert midi.remarks == ("track X: no notes in it, left out",)


def test_a_chord_is_kept_as_a_fault_for_whoever_wants_none() -> None:
    (line,) = read_lines(
        f"""
        00 ff 03 05 50 69 61 6e 6f  # "Piano"
        12 90 3c 40                 # C4 after 18 ticks: measure 2, second eighth
        00 90 40 40                 # E4
        04 80 3c 40
        00 80 40 40 {END}
        """,
        midi_format=1,
    ).lines
    assert (line.fault, line.chords) == (None, (1,))
    assert str(line.chord_fault) == (
        "x.mid: Piano, measure 2, beat 1.5: C4 and E4 sound at once, but a voice is one line; "
        "put each voice on its own track"
    )


@pytest.mark.parametrize(
    ("claim", "notes", "top", "bottom", "chords"),
    [
        ("block chords", "C5:4 D5|E4:4 F4|C4:4 B3", "72@0-1 74@1-2", "60@0-1 59@1-2", 2),
        ("a sixteenth too long", "C5:4+ D5+ C5+", "72@0-1 74@1-2 72@2-13/4", None, 0),
        ("a tune over held notes", "C5:4 D5 E5|C4:2.", "72@0-1 74@1-2 76@2-3", "60@0-3", 1),
        ("a bass under a held note", "C5:2.|C4:4 D4 E4", "72@0-3", "60@0-1 62@1-2 64@2-3", 3),
        ("a chord that is rolled a little", "C5:4|E4:4/ ", "72@0-1", "64@1/32-1", 1),
    ],
)
def test_of_a_channel_one_line_is_read(
    claim: str, notes: str, top: str, bottom: str | None, chords: int
) -> None:
    midi = read_midi(played(*notes.split("|")), "x.mid")
    (line,) = midi.lines
    assert (sung(Voice("", line.notes)), sung(Voice("", line.lowest))) == (top, bottom or top), claim
    assert len(line.chords) == chords, claim
    assert midi.score.voices[0].notes == line.notes


def played(*lines: str) -> bytes:
    """A file of one track with these lines. "+": each note a sixteenth too long, "/": a 128th late."""
    events: list[tuple[int, Message]] = []
    for text in lines:
        late, long = ("/" in text) * 15, ("+" in text) * 120
        for note in parse_score(text.replace("+", "").replace("/", "")).voices[0].notes:
            on, off = int(note.onset * 480) + late, int(note.end * 480) + long
            events += [(on, Message("note_on", note=note.pitch)), (off, Message("note_off", note=note.pitch))]
    events.sort(key=lambda event: (event[0], event[1].type))
    ticks = [0, *(tick for tick, _ in events)]
    body = [m.copy(time=tick - before) for before, (tick, m) in zip(ticks, events, strict=False)]
    out = io.BytesIO()
    MidiFile(type=1, ticks_per_beat=480, tracks=[MidiTrack(body)]).save(file=out)
    return out.getvalue()


def test_the_channel_that_is_sung_gets_the_syllables() -> None:
    piano = "00 90 40 40  00 ff 05 02 4c 61  00 91 43 40  02 80 40 40  00 90 40 40"
    rest = "02 80 40 40  00 90 40 40  00 81 43 40  02 80 40 40"
    lines = read_lines(f"{IN_C}  {piano}  {rest} {END}").lines
    assert [(line.part, line.words) for line in lines] == [("channel 1", False), ("channel 2", True)]


def test_a_crowded_line_refuses_no_file_that_has_another() -> None:
    one_tick = "".join(f"00 90 {0x3C + i % 2:x} 40  01 80 {0x3C + i % 2:x} 40" for i in range(33))
    data = header(1, 2, division=33) + track(f"{one_tick} {END}") + track(f"00 91 3c 40  21 81 3c 40 {END}")
    crowded, plain = read_midi(data, "x.mid").lines
    assert str(crowded.fault).startswith("x.mid: track 1, measure 1, beat 1: more than 32 notes begin within")
    assert (crowded.notes, len(plain.notes), plain.fault) == ((), 1, None)


def test_a_voice_of_more_than_32_notes_in_a_quarter_is_refused_by_name_and_place() -> None:
    one_tick = "".join(f"00 90 {0x3C + i % 2:x} 40  01 80 {0x3C + i % 2:x} 40" for i in range(33))
    with pytest.raises(ScoreError) as caught:
        read_midi(header(division=33) + track(f"84 10 {one_tick[3:]} {END}"), "x.mid")  # after 16 quarters
    assert str(caught.value) == (
        "x.mid: channel 1, measure 5, beat 1: more than 32 notes begin within one quarter, and nobody sings "
        "so fast; leave most of them out, or delete this track"
    )
    score = read_midi(header(division=32) + track(f"{one_tick} {END}"), "x.mid").score
    assert len(score.voices[0].notes) == 33


def test_notes_at_once_are_named_in_the_key() -> None:
    (line,) = read_lines(f"00 ff 59 02 fb 00  00 90 3d 40  00 90 41 40  04 3d 00  00 41 00 {END}").lines
    assert "Db4 and F4 sound at once" in str(line.chord_fault)


def test_a_first_meter_of_one_short_measure_is_a_pickup() -> None:
    score, _ = read(
        f"""
        00 ff 58 04 01 02 18 08     # 1/4
        00 90 3c 40  04 80 3c 40
        00 ff 58 04 04 02 18 08     # 4/4 after a quarter
        00 90 3c 40  10 80 3c 40 {END}
        """
    )
    assert score.anacrusis == 1
    assert [(m.number, m.onset, m.meter) for m in score.measures] == [
        ("0", 0, Meter(4, 4)),
        ("1", 1, Meter(4, 4)),
    ]


def test_two_measures_of_a_shorter_meter_are_no_pickup() -> None:
    score, _ = read(
        f"00 ff 58 04 01 02 18 08  {C4_QUARTER}  04 ff 58 04 04 02 18 08  10 ff 2f 00"  # 1/4 twice, then 4/4
    )
    assert score.anacrusis == 0
    assert [m.meter for m in score.measures] == [Meter(1, 4), Meter(1, 4), Meter(4, 4)]


def test_a_meter_that_is_set_again_is_no_pickup() -> None:
    score, _ = read(
        f"00 ff 58 04 04 02 18 08  {C4_QUARTER}  0c ff 58 04 04 02 18 08  10 ff 2f 00"
    )  # 4/4 twice
    assert [m.number for m in score.measures] == ["1", "2"]


def test_what_follows_the_last_track_is_not_looked_at() -> None:
    score = read_midi(header() + NOTE + b"XFIH" + (4).to_bytes(4) + bytes(4), "x.mid").score
    assert sung(score.voices[0]) == "60@0-1"


def test_a_track_that_ends_a_tick_late_makes_no_measure() -> None:
    data = header(division=480) + track("00 90 3c 40  8f 00 80 3c 40  01 ff 2f 00")  # 4/4, one tick more
    score = read_midi(data, "x.mid").score
    assert len(score.measures) == 1
    data = header(division=8) + track("00 90 3c 40  20 80 3c 40  01 ff 2f 00")  # a 32nd more is music
    assert len(read_midi(data, "x.mid").score.measures) == 2


def test_where_tracks_disagree_the_first_holds() -> None:
    score, _ = read(
        f"00 ff 58 04 03 02 18 08  00 ff 51 03 0f 42 40  {END}",  # 3/4, 60
        f"00 ff 58 04 04 02 18 08  00 ff 51 03 07 a1 20  00 90 3c 40  04 80 3c 40 {END}",  # 4/4, 120
        midi_format=1,
    )
    assert score.measures[0].meter == Meter(3, 4)
    assert score.tempos == (Tempo(Fraction(0), 60.0),)


def test_meters_that_no_score_can_show_are_left_out_and_said() -> None:
    score, dropped = read(
        f"""
        00 ff 58 04 00 02 18 08     # 0/4
        00 ff 58 04 04 ff 18 08     # 4/2**255
        {IN_C} {C4_QUARTER} {END}
        """
    )
    assert score.measures == (Measure("1", Fraction(0), Fraction(4), key=Key(0, "major")),)
    assert dropped == ("2 time signatures that no score can show, left out",)


TUNES = {  # pitches in hex, a quarter each, and the key that they are in
    "G major": "43 45 47 48 4a 4c 4e 4f 4a 47 43",
    "D minor": "3e 40 41 43 45 41 3e 3d 3e 45 3e",
    "Bb major": "46 48 4a 4b 4d 4f 51 52 4d 4a 46",
    "C major": "3c 3d 3e 3f 40 41 42 43 44 45 46 47",  # the chromatic scale is in none
}


@pytest.mark.parametrize("key", TUNES)
def test_a_key_that_is_not_given_is_estimated_and_said(key: str) -> None:
    said = key.replace("Bb", "B-flat")
    score, remarks = read(" ".join(f"00 90 {p} 40  04 80 {p} 40" for p in TUNES[key].split()) + END)
    assert {str(measure.key) for measure in score.measures} == {said}
    assert len(score.measures) == 3
    assert remarks == (f"no key signature in the file; taken as {said}",)


def test_a_key_that_is_given_late_is_not_estimated() -> None:
    score, remarks = read(f"00 90 43 40  10 80 43 40  00 90 43 40  00 ff 59 02 01 00  10 80 43 40 {END}")
    assert [measure.key for measure in score.measures] == [Key(), Key(1, "major")]
    assert remarks == ()


def test_latin_1_and_utf_8_names_are_read() -> None:
    note = f"00 90 3c 40  04 80 3c 40 {END}"
    latin, utf = f"00 ff 03 04 54 e9 6e 00 {note}", f"00 ff 03 05 54 c3 a9 6e 0a {note}"
    score, _ = read(latin, utf, midi_format=1)
    assert [v.name for v in score.voices] == ["Tén", "Tén"]  # without the zero byte and the new line


def test_lyrics_go_to_the_notes_that_start_there() -> None:
    score, dropped = read(
        f"""
        {IN_C}
        00 ff 05 04 54 77 69 6e     # "Twin"... with its hyphen in the next line
        00 ff 05 05 54 77 69 6e 2d  # "Twin-", the later one holds
        00 90 3c 40
        04 ff 05 04 6b 6c 65 20     # "kle "
        00 80 3c 40  00 90 3c 40  04 80 3c 40
        04 ff 05 01 61 {END}        # "a", after the last note
        """
    )
    assert [n.lyrics for n in score.voices[0].notes] == [
        (Lyric("Twin", "begin"),),
        (Lyric("kle", "end"),),
    ]
    assert dropped == ("track 1: 1 syllable under no note, left out",)


# -- damaged and hostile files --------------------------------------------------------------------------

NOTE = track(f"00 90 3c 40  04 80 3c 40 {END}")
BAD_FILES = {
    "empty": (b"", f"not a MIDI file; {AGAIN}"),
    "another kind": (b"RIFF....RMID", f"not a MIDI file; {AGAIN}"),
    "header cut": (header()[:13], f"damaged: it ends inside its header; {AGAIN}"),
    "format 2": (header(2) + NOTE, "MIDI format 2 is not one piece; export it as format 1"),
    "format 7": (header(7) + NOTE, "MIDI format 7 is not one piece; export it as format 1"),
    "zero division": (header(division=0) + NOTE, f"damaged: its quarter notes last 0 ticks; {AGAIN}"),
    "SMPTE": (
        header(division=0xE728) + NOTE,
        "timed by film frames (SMPTE), not by beats; export it with beats",
    ),
    "no tracks": (header(tracks=0), f"0 tracks, not 1 to 256; {AGAIN}"),
    "many tracks": (header(tracks=257) + NOTE, f"257 tracks, not 1 to 256; {AGAIN}"),
    "a track missing": (header(1, 2) + NOTE, SHORT),
    "truncated": ((header() + NOTE)[:-3], SHORT),
    "event cut": (header() + track("00 90 3c 40  04 80 3c"), SHORT),
    "event over the end of its track": (header(1, 2) + track("00 90 3c 40  04 80 3c") + NOTE, IMPOSSIBLE),
    "no track": (header() + b"XFIH" + (4).to_bytes(4) + bytes(4) + NOTE, IMPOSSIBLE),
    "data byte": (header() + track("00 90 80 40"), IMPOSSIBLE),
    "no status": (header() + track("00 3c 40"), IMPOSSIBLE),
    "unknown status": (header() + track("00 f4 00 00"), IMPOSSIBLE),
    "meta kind": (
        header() + track("00 ff 99 00"),
        f"damaged: an event of the unknown kind 153; {AGAIN}",
    ),
    "meta length": (header() + track("00 ff 03 ff ff ff 7f 41"), IMPOSSIBLE),
    "number without end": (
        header() + track("ff" * 4096 + "7f 90 3c 40"),
        f"damaged: a number in it has no end; {AGAIN}",
    ),
    "short tempo": (header() + track("00 ff 51 02 07 a1"), IMPOSSIBLE),
    "short meter": (header() + track("00 ff 58 01 04"), IMPOSSIBLE),
    "short key": (header() + track("00 ff 59 00"), IMPOSSIBLE),
    "film time": (header() + track("00 ff 54 05 ff 00 00 00 00"), IMPOSSIBLE),
    "eight sharps": (
        header() + track("00 ff 59 02 08 00"),
        f"damaged: a key signature of more than seven sharps or flats; {AGAIN}",
    ),
    "zero tempo": (
        header() + track("00 ff 51 03 00 00 00"),
        f"damaged: a tempo whose quarter notes last no time; {AGAIN}",
    ),
    "huge delta": (
        header() + track(f"00 90 3c 40  ff ff ff 7f 80 3c 40 {END}"),
        "longer than 100000 quarters; cut the silence out of it",
    ),
    "long delta": (
        header() + track(f"00 90 3c 40  8a f0 00 80 3c 40 {END}"),  # 178 176 ticks: 44 544 quarters
        "more than 10000 measures; cut the silence out of it",
    ),
    "tiny meter": (
        header() + track(f"{C4_QUARTER}  00 ff 58 04 01 07 18 08  8f 00 ff 2f 00"),  # 1/128 for 480 quarters
        "more than 10000 measures; cut the silence out of it",
    ),
    "endless delta": (
        header() + track("00 90 3c 40" + "ff" * 4000 + f"7f 80 3c 40 {END}"),
        "longer than 100000 quarters; cut the silence out of it",
    ),
    "notes": (
        header() + track("00 90 3c 40" + "01 3c 00 00 3c 40" * 50_001 + END),
        "more than 50000 notes; give ripieno one piece at a time",
    ),
    "not a note": (header() + track(END), "there is not a note in it; write a melody first"),
    "only drums": (
        header() + track(f"00 99 24 40  04 89 24 40 {END}"),
        "there is only percussion in it; write a melody first",
    ),
    "size": (header() + bytes(1 << 20), "larger than 400 KB; give ripieno one piece at a time"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_refused_with_a_way_out(name: str) -> None:
    data, fault = BAD_FILES[name]
    with pytest.raises(FileError) as caught:
        read_midi(data, "x.mid")
    assert str(caught.value) == f"x.mid: {fault}"


def full(event: str, first: str = "", *, size: int = MAX_BYTES) -> bytes:
    """A file as large as may be, of one event over and over."""
    room = size - 22 - len(unhex(first))
    return header() + track(first + event * (room // len(unhex(event))))


COSTLY_FILES = {
    "controllers": full("00 07 40", "00 b0 07 40"),
    "programs": full("00 05", "00 c0 05"),
    "clocks": full("00 f8"),
    "notes": full("01 3c 00 00 3c 40", "00 90 3c 40"),
    "empty system exclusives": full("00 f0 00"),
    "a long name": header() + track("00 ff 03 98 ea 40" + "41" * 406_848),
    "names without letters": full("00 ff 03 01 20"),
    "long delta times": full("ff" * 4095 + "00 f8"),
    "high bytes": full("ff" * 4095 + "00"),
    "a meter for each measure": (
        header() + track("".join(f"04 ff 58 04 0{1 + i % 2} 02 18 08" for i in range(9_999)) + END)
    ),
    "meters": full("00 ff 58 04 04 02 18 08"),
    "keys": full("01 ff 59 02 01 00 01 ff 59 02 02 00"),
    "tempos": full("01 ff 51 03 07 a1 21"),
    "syllables": full("01 ff 05 01 41"),
    "measures": header() + track("00 90 3c 40  89 e2 00 80 3c 40"),
}


def read_or_refuse(data: bytes) -> Score | None:
    """The score, or nothing where the file is refused; any other error goes on."""
    try:
        return read_midi(data, "x.mid").score
    except (FileError, ScoreError) as exc:
        fault = str(exc)
    assert fault.startswith("x.mid: ")
    assert ";" in fault
    return None


@pytest.mark.no_cover  # it measures time or memory
@pytest.mark.parametrize("name", COSTLY_FILES)
def test_the_most_costly_file_takes_a_second_or_two(name: str) -> None:
    started = time.process_time()
    read_or_refuse(COSTLY_FILES[name])
    assert time.process_time() - started < 2.5


@pytest.mark.no_cover  # it measures time or memory
@pytest.mark.parametrize("text", ["00 05", "00 c0 05 00 05", "01 ff 51 03 07 a1 21", "01 90 3c 40 00 3c 00"])
def test_a_byte_of_a_file_takes_less_than_200_bytes(text: str) -> None:
    data = full(text, "00 c0 05", size=1 << 16)
    tracemalloc.start()
    try:
        read_or_refuse(data)
        assert tracemalloc.get_traced_memory()[1] < 200 * len(data)
    finally:
        tracemalloc.stop()


@pytest.mark.no_cover  # it measures time or memory
@given(
    scores(on_grid=False).map(write_midi),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=6),
    st.floats(0, 1),
    st.booleans(),
)
def test_a_mutated_file_is_a_score_or_a_named_error(
    data: bytes, changes: list[tuple[float, int]], rest: float, cut: bool
) -> None:
    mutated = bytearray(data)
    for place, byte in changes:
        mutated[int(place * len(mutated))] = byte
    started = time.process_time()
    score = read_or_refuse(bytes(mutated[: int(rest * len(mutated))] if cut else mutated))
    assert time.process_time() - started < 1
    if score:
        assert bare(again(score)) == bare(score)


# -- measures -------------------------------------------------------------------------------------------

times = st.fractions(0, 20, max_denominator=4)
meter_sorts = st.sampled_from((Meter(4, 4), Meter(3, 4), Meter(6, 8)))
meter_changes = st.dictionaries(times, meter_sorts, max_size=4)
key_changes = st.dictionaries(times, st.builds(Key, st.integers(-7, 7)), max_size=4)


@given(times, meter_changes, key_changes)
def test_measures_are_those_that_lay_measures_lays(
    length: Fraction, meters: dict[Fraction, Meter], keys: dict[Fraction, Key]
) -> None:
    changes = sorted({Fraction(0): Meter(4, 4), **meters}.items(), key=lambda item: item[0])
    key_list = sorted({Fraction(0): Key(), **keys}.items(), key=lambda item: item[0])
    laid = lay_file_measures(length, changes, key_list, "x.mid")
    if laid[0].number == "0":  # a pickup: from there on the second meter holds
        pickup = changes[1][0]
        assert pickup < laid[0].meter.length
        changes = [(Fraction(0), changes[1][1]), *changes[1:]]
        assert laid == lay_measures(length, tuple(changes), tuple(key_list), pickup)
    else:
        assert laid == lay_measures(length, tuple(changes), tuple(key_list))


# -- writing --------------------------------------------------------------------------------------------


def bare(score: Score) -> list[list[tuple[Fraction, Fraction, int]]]:
    """Onset, duration and pitch of every voice that sings."""
    return [[(n.onset, n.duration, n.pitch) for n in v.notes] for v in score.voices if v.notes]


def barlines(score: Score) -> list[tuple[Fraction, Fraction]]:
    return [(m.onset, m.duration) for m in score.measures]


def again(score: Score) -> Score:
    return read_midi(write_midi(score), "x.mid").score


sung_scores = scores(on_grid=False).filter(lambda score: any(voice.notes for voice in score.voices))


@given(sung_scores)
def test_a_score_survives(score: Score) -> None:
    midi = read_midi(write_midi(score), "x.mid")
    read_back, dropped = midi.score, midi.remarks
    assert bare(read_back) == bare(score)
    assert barlines(read_back) == barlines(score)
    assert read_back.tempos == score.tempos
    signs = [(m.key.fifths, m.key.mode or "major") for m in score.measures]
    assert [(m.key.fifths, m.key.mode) for m in read_back.measures] == signs
    assert [v.name for v in read_back.voices] == [v.name for v in score.voices if v.notes]
    silent = [v.name for v in score.voices if not v.notes]
    assert dropped == tuple(f"track {name}: no notes in it, left out" for name in silent)


@given(scores(on_grid=False))
def test_another_library_reads_the_same_notes(score: Score) -> None:
    file = mido.MidiFile(file=io.BytesIO(write_midi(score)))
    assert (file.type, len(file.tracks)) == (1, 1 + len(score.voices))
    for voice, messages in zip(score.voices, file.tracks[1:], strict=True):
        tick, events = 0, []
        for message in messages:
            tick += message.time
            if message.type in ("note_on", "note_off"):
                events.append((Fraction(tick, file.ticks_per_beat), message.type, message.note))
        expected = [[(n.onset, "note_on", n.pitch), (n.end, "note_off", n.pitch)] for n in voice.notes]
        assert events == [event for note in expected for event in note]
        assert Fraction(tick, file.ticks_per_beat) == score.duration


def test_music21_reads_the_same_chorale() -> None:
    from music21.midi.translate import midiStringToStream

    score = parse_score(
        "soprano: [key 1] [3/4] G4:4 | G4 F#4:8 E4 D4:4 | B4:2.\nbass: G3:4 | G3:2 F#3:4 | G3:2."
    )
    parts = midiStringToStream(write_midi(score)).parts
    heard = [[(n.offset, n.quarterLength, n.pitch.midi) for n in p.flatten().notes] for p in parts]
    expected = [[(float(n.onset), float(n.duration), n.pitch) for n in v.notes] for v in score.voices]
    assert [voice for voice in heard if voice] == expected


def test_the_bytes_are_those_of_the_standard() -> None:
    score = parse_score('[title T]\nsoprano: [key -2 minor] [6/8] [tempo 120] D5:4.^"Ah" r')
    assert write_midi(score) == header(1, 2, 480) + track(
        """
        00 ff 03 01 54              # track name "T"
        00 ff 58 04 06 03 24 08     # 6/8, 36 clocks a beat
        00 ff 59 02 fe 01           # two flats, minor
        00 ff 51 03 07 a1 20        # 500000
        8b 20 ff 2f 00              # the end after 1440 ticks
        """
    ) + track(
        """
        00 ff 03 07 73 6f 70 72 61 6e 6f    # "soprano"
        00 c0 34                            # choir
        00 ff 05 02 41 68                   # "Ah"
        00 90 4a 50                         # D5
        85 50 80 4a 40                      # off after 720 ticks
        85 50 ff 2f 00
        """
    )


@pytest.mark.parametrize(
    ("claim", "text", "written"),
    [
        ("full measures", "soprano: C4:1 | C4:1", [(0, "4/4")]),
        ("a pickup", "soprano: C4:4 | C4:1", [(0, "1/4"), (1, "4/4")]),
        (
            "a pickup of an eighth in 6/8",
            "soprano: [6/8] C4:8 | C4:2.",
            [(0, "1/8"), (Fraction(1, 2), "6/8")],
        ),
        ("a short end", "soprano: C4:4 | C4:1 | C4:2.", [(0, "1/4"), (1, "4/4"), (5, "3/4")]),
        (
            "a short measure inside",
            "soprano: C4:1 | C4:4. | C4:1",
            [(0, "4/4"), (4, "3/8"), (Fraction(11, 2), "4/4")],
        ),
        (
            "a long measure inside",
            "soprano: C4:1 | C4:1 | C4:1 C4:4 | C4:1",
            [(0, "4/4"), (8, "5/4"), (13, "4/4")],
        ),
        (
            "a triplet measure",
            "soprano: C4:1 | C4:6 | C4:1",
            [(0, "4/4"), (4, "1/4"), (Fraction(14, 3), "4/4")],
        ),
        ("a triplet end", "soprano: C4:1 | C4:6", [(0, "4/4"), (4, "1/4"), (Fraction(14, 3), "4/4")]),
        ("a triplet pickup", "soprano: C4:6 | C4:1", [(0, "1/4"), (Fraction(2, 3), "4/4")]),
    ],
)
def test_time_signatures_put_barlines_where_they_are(
    claim: str, text: str, written: list[tuple[Fraction, str]]
) -> None:
    score = parse_score(text)
    assert [(time, str(meter)) for time, meter in signatures(score.measures)] == written, claim
    assert barlines(again(score)) == barlines(score), claim
    assert again(score).anacrusis == score.anacrusis, claim


def one_note(duration: Fraction, meter: Meter = Meter(), *, onset: Fraction = Fraction(0)) -> Score:
    measure = Measure("1", Fraction(0), onset + duration, meter)
    return Score((Voice("soprano", (Note(onset, duration, 60),)),), (measure,))


@pytest.mark.parametrize(
    ("duration", "meter"),
    [(Fraction(300), Meter(4, 4)), (Fraction(1021), Meter(4, 4)), (Fraction(8, 3), Meter(4, 6))],
)
def test_a_measure_beyond_midi_keeps_its_notes(duration: Fraction, meter: Meter) -> None:
    assert bare(again(one_note(duration, meter))) == bare(one_note(duration, meter))


@pytest.mark.parametrize(
    ("denominators", "ticks"),
    [
        ((1, 4), 480),
        ((3,), 480),
        ((7,), 3360),
        ((64,), 960),
        ((7, 11), 425 * 77),
        ((181, 191), 30240),
    ],
)
def test_ticks_are_as_fine_as_the_score_needs(denominators: tuple[int, ...], ticks: int) -> None:
    notes = [Note(Fraction(i), Fraction(1, d), 60) for i, d in enumerate(denominators)]
    score = Score((Voice("soprano", tuple(notes)),), lay_measures(Fraction(4)))
    data = write_midi(score)
    assert int.from_bytes(data[12:14]) == ticks
    assert (bare(again(score)) == bare(score)) == (ticks != 30240)


def test_notes_finer_than_the_ticks_stay_in_order() -> None:
    tiny = Fraction(1, 10**9)
    notes = tuple(Note(i * tiny, tiny, 60 + i % 2) for i in range(5))
    read_back = again(Score((Voice("soprano", notes),), lay_measures(Fraction(4))))
    assert [n.pitch for n in read_back.voices[0].notes] == [n.pitch for n in notes]


def test_a_rest_longer_than_a_delta_time_is_written() -> None:
    fine = (Tempo(Fraction(1, 181 * 181), 60.0),)  # 181 * 181 ticks a quarter
    score = replace(one_note(QUARTER, onset=Fraction(9_999)), tempos=fine)
    assert bare(again(score)) == bare(score)


@pytest.mark.parametrize("name", ["Soprán", "合唱", "Сопрано", "bad \ud800 half", "a\nb\x00c", ""])
def test_any_name_can_be_written(name: str) -> None:
    score = replace(one_note(QUARTER), title=name)
    read_back = again(replace(score, voices=(replace(score.voices[0], name=name),)))
    expected = " ".join(name.replace("\ud800", "?").replace("\x00", "").split())
    assert read_back.title == (expected or None)
    assert read_back.voices[0].name == (expected or "track 2")


def test_the_first_verse_survives() -> None:
    text = 'soprano: C4:4"Hal-/x" D4"-le-/y" E4"-lu-/z" F4"-jah" | C4"A"  D4 E4 F4'
    score = parse_score(text)
    lyrics = [[lyric for lyric in n.lyrics if lyric.verse == 1] for n in score.voices[0].notes]
    assert [list(n.lyrics) for n in again(score).voices[0].notes] == lyrics


@given(sung_scores)
def test_odd_syllables_never_fail(score: Score) -> None:
    read_back = again(score)
    written = [n.lyrics for v in score.voices if v.notes for n in v.notes]
    found = [n.lyrics for v in read_back.voices for n in v.notes]
    for before, after in zip(written, found, strict=True):
        texts = [" ".join(s.text.split()).rstrip("- ") for s in before if s.verse == 1]
        assert [s.text for s in after] == [text for text in texts if text]


def test_voices_get_channels_without_the_drums() -> None:
    voice = one_note(QUARTER).voices[0]
    score = replace(one_note(QUARTER), voices=tuple(replace(voice, name=f"v{i}") for i in range(17)))
    file = mido.MidiFile(file=io.BytesIO(write_midi(score)))
    channels = [next(m.channel for m in t if m.type == "note_on") for t in file.tracks[1:]]
    assert channels == [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 0, 1]
    assert len(again(score).voices) == 17


def test_every_key_is_written_as_mido_and_the_standard_name_it() -> None:
    for fifths in range(-7, 8):
        for mode in ("major", "minor"):
            measure = Measure("1", Fraction(0), Fraction(4), key=Key(fifths, mode))
            data = write_midi(Score((), (measure,)))
            assert bytes((0xFF, 0x59, 2, fifths % 256, mode == "minor")) in data


@pytest.mark.parametrize("qpm", [30.0, 60.0, 72.5, 90.0, 96.0, 100.3, 117.0, 143.0, 208.0, 400.0])
def test_a_tempo_comes_back_as_it_was_written(qpm: float) -> None:
    assert again(replace(one_note(QUARTER), tempos=(Tempo(Fraction(0), qpm),))).tempos[0].qpm == qpm


@pytest.mark.parametrize("qpm", [1e-9, 1.0, 1e9])
def test_a_tempo_beyond_midi_is_the_nearest(qpm: float) -> None:
    (tempo,) = again(replace(one_note(QUARTER), tempos=(Tempo(Fraction(0), qpm),))).tempos
    assert tempo.qpm == pytest.approx(min(max(qpm, 3.57628), 60e6), rel=1e-5)


def test_every_length_of_a_quarter_has_a_tempo() -> None:
    for length in (1, 2, 3, 7, 12_345_678, 2**24 - 1):
        assert round(60_000_000 / quarters_per_minute(length)) == length


# -- a notation program ---------------------------------------------------------------------------------


@pytest.mark.host
@pytest.mark.skipif(not shutil.which("mscore3"), reason="MuseScore 3 (mscore3) is not installed")
def test_musescore_opens_what_is_written(tmp_path: Path) -> None:
    score = parse_score(
        "[title Übung]\n"
        'soprano: [key 1] [3/4] [tempo 96] G4:4"Grö-" | G4"-ße" F#4:8 E4 D4:4 | G4:4 G4 A4 | B4:2\n'
        "bass: G3:4 | G3:2 F#3:4 | G3:4 G3 F#3 | G3:2"
    )
    (tmp_path / "in.mid").write_bytes(write_midi(score))
    subprocess.run(
        [shutil.which("mscore3") or "", "-o", tmp_path / "out.musicxml", tmp_path / "in.mid"],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "HOME": str(tmp_path)},
        check=True,
        capture_output=True,
        timeout=60,
    )
    root = ElementTree.parse(tmp_path / "out.musicxml").getroot()
    parts = root.findall("part")
    notes = [[step.text for step in part.iter("step")] for part in parts]
    assert notes == [list("GGFEDGGAB"), list("GGFGGFG")]
    names = [name.text or "" for name in root.iter("part-name")]
    assert [name.removeprefix("Choir Aahs, ") for name in names] == ["soprano", "bass"]
    assert {text.text for text in root.iter("text")} == {"Grö-", "ße"}
    measures = parts[0].findall("measure")
    assert [m.get("implicit") for m in measures] == ["yes", None, None, None]  # the pickup
    meters = [(m.get("number"), m.findtext("attributes/time/beats")) for m in measures]
    assert meters == [("0", "3"), ("1", None), ("2", None), ("3", "2")]


# -- for sequencers ----------------------------------------------------------------------------------------


def test_a_document_for_a_sequencer_has_markers_and_chords_and_a_track_a_voice() -> None:
    melody = "soprano: [3/4] [key 1 major] [tempo 90] G4:4 | G4:2.^ | D5:2 D5:4 | G4:2."
    text = f"{melody}\nbass: G3:4 | G3:2. | D3 | G2"
    data = write_musicxml(parse_score(text))
    chord = WrittenHarmony(Fraction(1), Fraction(4), ChordSymbol(Tone("G")))
    after = WrittenHarmony(Fraction(4), Fraction(7), ChordSymbol(Tone("D"), "dominant"))
    document = read_musicxml(write_harmony(data, [chord, after], "symbols").data, "sheet.musicxml")
    file = MidiFile(file=io.BytesIO(write_document_midi(document)[0]))
    events: list[tuple[int, int, str]] = []
    for number, track in enumerate(file.tracks):
        tick = 0
        for message in track:
            tick += message.time
            if message.type in ("marker", "text"):
                events.append((number, tick, message.text))
    assert [track.name for track in file.tracks[1:]] == ["Soprano", "Bass", "Chords"]
    assert (0, 480, "Fermata") in events
    assert (0, 0, "Phrase 1") in events
    assert [event for event in events if event[0] == 3] == [(3, 480, "G"), (3, 1920, "D7")]
    kinds = {message.type for message in file.tracks[0]}
    assert {"set_tempo", "time_signature", "key_signature", "marker"} <= kinds


def test_chord_texts_leave_every_other_byte_of_a_file() -> None:
    before = write_midi(parse_score("C5:4 D5"))
    after = with_chord_texts(before, [(Fraction(0), "C"), (Fraction(1), "G7")])
    assert before[14:] in after
    assert bare_notes(after) == bare_notes(before)
    assert with_chord_texts(before, []) == before


def bare_notes(data: bytes) -> list[tuple[Fraction, int]]:
    return [(n.onset, n.pitch) for v in read_midi(data, "x.mid").score.voices for n in v.notes]
