"""Lead sheets: a melody with chord symbols becomes piano music."""

from fractions import Fraction

import numpy as np
import pytest

from lead_sheet_text import note, sheet
from ripieno.errors import FileError, RipienoError, ScoreError
from ripieno.piano.left_hand import PATTERNS, SHUFFLE, STRAIGHT
from ripieno.score import SIXTEENTH
from ripieno_bridges.formats.lead_sheets import (
    LeadSheet,
    off_beat,
    parse_lead_sheet,
    read_lead_sheet,
    realize,
)


def parsed(*measures: str) -> LeadSheet:
    return parse_lead_sheet(sheet(*measures), "song.musicxml")


def chords(found: LeadSheet) -> str:
    """The changes in a line: onset, root above C, bass."""
    return " ".join(f"{c.onset}:{c.chord.root}/{c.chord.bass}" for c in found.changes)


def chance(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_the_melody_stays_and_the_left_hand_has_the_root_below():
    found = parsed("[C major] E4:2 G4:2", "[G dominant] F4:1")
    score = realize(found, chance(), pattern="stride")
    assert [(n.onset, n.duration, n.name) for n in score.voices[0].notes] == [
        (0, 2, "E4"),
        (2, 2, "G4"),
        (4, 4, "F4"),
    ]
    left = [n for v in score.voices[1:] for n in v.notes]
    assert [min(n.pitch for n in left if n.onset == t) % 12 for t in (0, 4)] == [0, 7]
    assert [v.name for v in score.voices][:2] == ["melody", "left hand 1"]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_before_the_first_chord_and_under_no_chord_the_left_hand_rests(pattern):
    found = parsed("G4:1", "[C major] E4:1", "[C none] G4:1", "[F major] A4:1")
    score = realize(found, chance(), pattern=pattern)
    left = [n for v in score.voices[1:] for n in v.notes]
    assert {n.onset // 4 for n in left} == {1, 3}
    assert all(n.onset // 4 == (n.end - SIXTEENTH) // 4 for n in left)


def test_triplets_move_to_sixteenths():
    found = parsed("[C major] C4:12 D4:12 E4:12 r:4 r:2")
    notes = found.melody.voices[0].notes
    assert [(str(n.onset), str(n.duration)) for n in notes] == [("0", "1/4"), ("1/4", "1/2"), ("3/4", "1/4")]


def test_symbols_before_one_note_share_its_time():
    assert chords(parsed("[C major][F major][C major][G major] C4:1")) == "0:0/0 1:5/5 2:0/0 3:7/7"
    assert (
        chords(parsed("[C major] C4:2 [F major][G major] r:4 [C major] C4:4")) == "0:0/0 2:5/5 5/2:7/7 3:0/0"
    )


def test_a_chord_change_falls_on_an_eighth():
    assert chords(parsed("[C major] C4:6 [F major] D4:6 E4:6 r:2")) == "0:0/0 1/2:5/5"


def test_a_slash_chord_keeps_its_bass():
    assert chords(parsed("[C major/E] C4:1")) == "0:0/4"


def test_an_altered_fifth_is_heard_and_an_added_ninth_is_left_to_the_melody():
    data = sheet("[C dominant] C4:1").replace(
        b"</kind>", f"</kind>{degree(5, 'alter')}{degree(9, 'add')}".encode()
    )
    assert parse_lead_sheet(data, "song.musicxml").changes[0].chord.kind == (4, 6, 10)


def degree(value: int, kind: str) -> str:
    words = {"value": value, "alter": -1, "type": kind}
    return f"<degree>{''.join(f'<degree-{k}>{v}</degree-{k}>' for k, v in words.items())}</degree>"


def test_the_left_hand_never_crosses_or_grates_against_the_melody():
    found = parsed("[C major] C3:2 D3:2", "[F dominant] G3:1", "[C major] E3:4 F3:4 G3:2")
    melody, *left = realize(found, chance(), pattern="stride").voices
    for note_below in (n for v in left for n in v.notes):
        over = [n for n in melody.notes if n.onset < note_below.end and note_below.onset < n.end]
        assert all(n.pitch > note_below.pitch + 1 for n in over)


def test_the_left_hand_swings_with_the_melody():
    shuffled = parsed("[C major] C4:8. D4:16 E4:8. F4:16 G4:2").melody.voices[0].notes
    straight = parsed("[C major] C4:8 D4:8 E4:8 F4:8 G4:2").melody.voices[0].notes
    assert (off_beat(shuffled), off_beat(straight)) == (SHUFFLE, STRAIGHT)


def test_the_same_chance_gives_the_same_music():
    found = parsed("[C major] C4:1", "[F dominant] A4:1")
    assert realize(found, chance(3)) == realize(found, chance(3))
    assert len({str(realize(found, chance(seed))) for seed in range(20)}) > 6


def test_a_lead_sheet_is_read_from_a_file(tmp_path):
    path = tmp_path / "song.musicxml"
    path.write_bytes(sheet("[C major] C4:1"))
    assert read_lead_sheet(path) == parsed("[C major] C4:1")
    with pytest.raises(FileError, match="there is no such file"):
        read_lead_sheet(tmp_path / "none.musicxml")


@pytest.mark.parametrize(
    ("measure", "message"),
    [
        (
            "C4:1",
            "song.musicxml: there are no chord symbols; write them above the melody and export it once more",
        ),
        (
            "[C none] C4:1",
            "song.musicxml: there are no chord symbols; write them above the melody and export it once more",
        ),
        (
            "[C Tristan] C4:1",
            'song.musicxml: measure 1: a chord symbol of the kind "Tristan" cannot be voiced; '
            "write it as a letter and a usual kind, as C7 or Fm",
        ),
    ],
)
def test_what_is_no_lead_sheet_is_refused(measure, message):
    with pytest.raises(RipienoError) as caught:
        parsed(measure)
    assert str(caught.value) == message


def test_two_melodies_are_refused():
    two = sheet("[C major] C4:1").replace(
        b"</note>", b"</note><backup><duration>48</duration></backup>" + second()
    )
    with pytest.raises(ScoreError, match="2 voices; a lead sheet has one melody"):
        parse_lead_sheet(two, "song.musicxml")


def second() -> bytes:
    return note("E4:1").replace("<voice>1<", "<voice>2<").encode()


def test_a_function_without_a_root_is_refused():
    data = sheet("[C major] C4:1").replace(
        b"<root><root-step>C</root-step></root>", b"<function>IV</function>"
    )
    with pytest.raises(ScoreError, match="a chord symbol without a root cannot be voiced"):
        parse_lead_sheet(data, "song.musicxml")


def test_a_symbol_with_an_offset_stands_later():
    data = sheet("[C major] C4:1 [F major] r:1").replace(
        b"</harmony><note><rest", b"<offset>-24</offset></harmony><note><rest"
    )
    assert [c.onset for c in parse_lead_sheet(data, "song.musicxml").changes] == [0, Fraction(2)]
