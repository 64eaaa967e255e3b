"""Two hands -> a piano part in MusicXML and two tracks in MIDI, and back."""

from __future__ import annotations

import io
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import mido
import pytest
from hypothesis import given
from lxml import etree

from common import assert_valid, musescore_or_skip, part_names, unfilled_measures
from ripieno.piano.hands import hand_of, hands
from ripieno.score import Note, Score, Tempo, Voice
from ripieno.text.notation import parse_score
from ripieno_bridges.formats.midi import write_midi
from ripieno_bridges.formats.musicxml.writer import write_musicxml
from ripieno_bridges.formats.polyphony import read_polyphony
from ripieno_bridges.formats.quantize import quantized
from strategies import scores
from two_hands import RAG, all_notes, played, rolls


def written(score: Score) -> etree._Element:
    data = write_musicxml(score)
    assert_valid(data)
    return etree.fromstring(data)


def times(score: Score) -> list[tuple[Fraction, Fraction, int]]:
    return sorted((n.onset, n.duration, n.pitch) for n in all_notes(score))


def read_back(folder: Path, name: str, data: bytes) -> Score:
    path = folder / name
    path.write_bytes(data)
    return read_polyphony(path).score


def on_staff(part: etree._Element, staff: int) -> list[etree._Element]:
    return [n for n in part.iter("note") if n.findtext("staff") == str(staff)]


def as_text(note: etree._Element) -> str:
    """A written note in short: "+" in a chord, "r" a rest, "~" tied on."""
    pitch = note.find("pitch")
    name = "r" if pitch is None else (pitch.findtext("step") or "") + (pitch.findtext("octave") or "")
    chord = "+" if note.find("chord") is not None else ""
    tied = "~" if any(t.get("type") == "start" for t in note.iter("tie")) else ""
    return f"{chord}{name}:{note.findtext('type') or 'measure'}{'.' * len(note.findall('dot'))}{tied}"


def texts(notes: list[etree._Element]) -> str:
    return " ".join(as_text(n) for n in notes)


# -- what is written --------------------------------------------------------------------------------------


def test_two_hands_are_one_piano_on_two_staves() -> None:
    root = written(played(*RAG))
    assert part_names(root) == ["Piano"]
    assert root.findtext(".//instrument-sound") == "keyboard.piano"
    assert root.findtext(".//midi-program") == "1"
    (part,) = root.findall("part")
    assert part.findtext("measure/attributes/staves") == "2"
    clefs = [(c.get("number"), c.findtext("sign"), c.findtext("line")) for c in part.iter("clef")]
    assert clefs == [("1", "G", "2"), ("2", "F", "4")]
    assert texts(on_staff(part, 1)) == (
        "G5:quarter C5:16th E5:16th G5:16th E5:16th A5:eighth G5:eighth E5:quarter"
    )
    chord = "E4:eighth +C4:eighth +G3:eighth"
    assert (
        texts(on_staff(part, 2)) == f"C2:eighth {chord} G2:eighth {chord} C2:eighth {chord} G2:eighth {chord}"
    )
    assert {n.findtext("voice") for n in on_staff(part, 1)} == {"1"}
    assert {n.findtext("voice") for n in on_staff(part, 2)} == {"5"}


def test_each_note_of_a_chord_is_tied_and_only_the_first_is_beamed() -> None:
    root = written(played("C5:4. D5:8~ D5:8 E5:4.", "E5:4. F5:8~ F5:8 G5:4."))
    assert texts(on_staff(root.find("part"), 1)) == (
        "E5:quarter. +C5:quarter. F5:eighth~ +D5:eighth~ F5:eighth +D5:eighth G5:quarter. +E5:quarter."
    )
    root = written(played("C5:8 D5:8 r:2.", "E5:8 F5:8 r:2."))
    beamed = [len(n.findall("beam")) for n in on_staff(root.find("part"), 1) if n.find("rest") is None]
    assert beamed == [1, 0, 1, 0]


def test_a_triplet_has_one_bracket_a_chord() -> None:
    root = written(played("C5:12 D5 E5 r:2.", "E5:12 F5 G5 r:2."))
    notes = [n for n in on_staff(root.find("part"), 1) if n.find("rest") is None]
    assert [len(n.findall("notations/tuplet")) for n in notes] == [1, 0, 0, 0, 1, 0]
    assert all(n.findtext("time-modification/actual-notes") == "3" for n in notes)


def test_accidentals_are_remembered_on_each_staff() -> None:
    root = written(played("F#5:4 F#5 F5 F5", "C3:4 F#3 A3 F#3"))
    shown = [[n.findtext("accidental") for n in on_staff(root.find("part"), s)] for s in (1, 2)]
    assert shown == [["sharp", None, "natural", None], [None, "sharp", None, None]]


def test_two_notes_on_one_line_of_a_chord_both_show_their_accidentals() -> None:
    score = parse_score("right hand: F#5:1\nright hand 2: F5:1")
    found = [n.findtext("accidental") for n in on_staff(written(score).find("part"), 1)]
    assert found == ["sharp", "natural"]


def test_what_does_not_move_with_the_first_line_is_another_voice() -> None:
    score = parse_score(
        "right hand: C5:4 D5 E5:2 | F5:1\nright hand 2: A4:2 C5:2 | D5:1\nleft hand: C3:1 | F3"
    )
    root = written(score)
    (part,) = root.findall("part")
    notes = on_staff(part, 1)
    first, second = ([n for n in notes if n.findtext("voice") == v] for v in ("1", "2"))
    assert texts(first) == "C5:quarter D5:quarter E5:half +C5:half F5:whole +D5:whole"
    assert texts(second) == "A4:half r:half"
    assert [n.findtext("stem") for n in second] == ["down", None]
    assert unfilled_measures(part, score.measures) == []


def test_silence_is_two_empty_staves() -> None:
    score = parse_score("r:1 | r")
    root = written(replace(score, voices=hands([], score)))
    (part,) = root.findall("part")
    assert texts(list(part.iter("note"))) == "r:measure r:measure r:measure r:measure"
    assert [n.findtext("staff") for n in part.iter("note")] == ["1", "2", "1", "2"]


def test_other_voices_stand_above_the_piano() -> None:
    score = parse_score("melody: G5:1\nchoir: E5:1\nbass: C3:1")
    melody, *rest = score.voices
    voices = hands([n for v in rest for n in v.notes], score, melody=melody)
    root = written(replace(score, voices=voices))
    assert part_names(root) == ["melody", "Piano"]
    assert root.findall(".//part-group") == []
    parts = root.findall("part")
    assert [len(p.findall("measure/attributes/staves")) for p in parts] == [0, 1]


@pytest.mark.parametrize("layout", ["open", "closed"])
def test_a_choir_keeps_its_bracket_above_a_piano(layout: str) -> None:
    score = parse_score("soprano: G5:1\nalto: E5:1\ntenor: C4:1\nbass: C3:1")
    both = replace(score, voices=(*score.voices, *hands(all_notes(score), score)))
    data = write_musicxml(both, layout=layout)
    assert_valid(data)
    listed = [e.get("type") or e.findtext("part-name") for e in etree.fromstring(data).find("part-list")]
    choir = {
        "open": ["Soprano", "Alto", "Tenor", "Bass"],
        "closed": ["Soprano\nAlto", "Tenor\nBass"],
    }[layout]
    assert listed == ["start", *choir, "stop", "Piano"]


def test_a_tempo_stands_before_a_whole_chord() -> None:
    score = played("C5:4 D5 E5 F5", "E5:4 F5 G5 A5", "C6:4 C6 C6 C6")
    score = replace(score, tempos=(Tempo(Fraction(2), 60.0), Tempo(Fraction(4), 50.0)))
    measure = written(score).find("part/measure")
    after = [e.getnext() for e in measure.findall("direction")]
    assert as_text(after[0]) == "C6:quarter"
    assert after[1].tag == "backup"


def test_a_hand_that_stays_beyond_middle_c_changes_its_clef() -> None:
    low = "C3:1 | D3 | C5 | D5 | C3 | D5"
    root = written(parse_score(f"right hand: {low}\nleft hand: C2:1 | C2 | C2 | C2 | C2 | C2"))
    found = [
        (m.get("number"), c.get("number"), c.findtext("sign"))
        for m in root.iter("measure")
        for c in m.iter("clef")
    ]
    assert found == [("1", "1", "F"), ("1", "2", "F"), ("3", "1", "G")]


# -- there and back ---------------------------------------------------------------------------------------


@given(rolls())
def test_hands_are_written_and_read_back_the_same(
    tmp_path_factory: pytest.TempPathFactory, roll: tuple[list[Note], Score]
) -> None:
    notes, frame = roll
    folder = tmp_path_factory.mktemp("piano")
    score = replace(frame, voices=hands(notes, frame))
    data = write_musicxml(score)
    assert_valid(data)
    assert unfilled_measures(etree.fromstring(data).find("part"), score.measures) == []
    again = read_back(folder, "x.musicxml", data)
    assert times(again) == times(score)
    assert again.measures == score.measures
    assert sorted((n.onset, n.name) for n in all_notes(again)) == sorted(
        (n.onset, n.name) for n in all_notes(score)
    )
    if all_notes(score):
        assert times(read_back(folder, "x.mid", write_midi(score))) == times(score)


@given(scores(on_grid=False))
def test_the_hands_of_a_score_with_triplets_can_be_written(score: Score) -> None:
    played_by_hands = replace(score, voices=hands(all_notes(score), score))
    assert_valid(write_musicxml(played_by_hands))
    mended, _ = quantized(played_by_hands)
    assert_valid(write_musicxml(mended))
    for hand in ("right hand", "left hand"):
        rhythm = {(n.onset, n.end) for n in mended.voice(hand).notes}
        lines = [v for v in mended.voices if hand_of(v.name) == hand]
        assert all((n.onset, n.end) in rhythm for v in lines for n in v.notes)


def test_a_hand_is_one_midi_track_with_a_piano_sound() -> None:
    score = played(*RAG)
    score = replace(score, voices=(Voice("melody", score.voices[0].notes), *score.voices))
    file = mido.MidiFile(file=io.BytesIO(write_midi(score)))
    found = []
    for track in file.tracks[1:]:
        programs = {(m.channel, m.program) for m in track if m.type == "program_change"}
        channels = {m.channel for m in track if m.type == "note_on"}
        found.append((track.name, programs, channels))
    assert found == [
        ("melody", {(0, 52)}, {0}),
        ("Piano, right hand", {(1, 0)}, {1}),
        ("Piano, left hand", {(2, 0)}, {2}),
    ]


def test_a_key_that_goes_from_line_to_line_is_released_before_it_is_struck() -> None:
    score = parse_score("right hand: E5:4 C5 r:2\nright hand 2: C5:4 A4 r:2")
    file = mido.MidiFile(file=io.BytesIO(write_midi(score)))
    kinds = [(m.type, m.time > 0) for m in file.tracks[1] if not m.is_meta and getattr(m, "note", 0) == 72]
    assert [kind for kind, _ in kinds] == ["note_on", "note_off", "note_on", "note_off"]


def test_quantized_chords_stay_chords() -> None:
    late = Fraction(1, 50)
    lines = []
    for pitch, onsets in ((76, (0, 1, 2, 3)), (72, (0, 2)), (67, (2, 3))):
        notes = [Note(Fraction(t) + late, Fraction(3, 4), pitch) for t in onsets]
        lines.append(tuple(notes))
    names = ("right hand", "right hand 2", "right hand 3")
    frame = parse_score("r:1")
    score = replace(frame, voices=tuple(Voice(n, x) for n, x in zip(names, lines, strict=True)))
    mended, moved = quantized(score)
    assert moved == 8
    rhythm = {(n.onset, n.end) for n in mended.voices[0].notes}
    assert [n.onset for n in mended.voices[0].notes] == [0, 1, 2, 3]
    assert all((n.onset, n.end) in rhythm for n in all_notes(mended))


# -- another program's opinion ----------------------------------------------------------------------------


@pytest.mark.host
def test_musescore_reads_the_same_notes(tmp_path: Path) -> None:
    musescore = musescore_or_skip(tmp_path / "home")
    score = played(*RAG)
    given_file, copy = tmp_path / "given.musicxml", tmp_path / "copy.musicxml"
    given_file.write_bytes(write_musicxml(score))
    musescore.convert([(given_file, copy)])
    assert times(read_polyphony(copy).score) == times(score)
