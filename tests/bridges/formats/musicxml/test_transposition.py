"""Parts for transposing instruments: read as they sound, written as their players read them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import mido
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from music21 import converter

from common import assert_valid, harmonized, is_inserted, musescore_or_skip, source_of
from random_notes import RandomNotes
from ripieno.ensembles.read import ensemble_named
from ripieno.score import LINE_OF_FIFTHS, Key, Note, Score, Spelling, Voice
from ripieno.tasks.choir import infill
from ripieno.text.notation import parse_score
from ripieno_bridges.formats.musicxml.elements import part_element, plain_frames
from ripieno_bridges.formats.musicxml.reader import read_musicxml
from ripieno_bridges.formats.musicxml.transpose import transpose_document
from ripieno_bridges.formats.musicxml.transposition import (
    CONCERT_PITCH,
    PartTransposition,
    as_written_in,
    read_transposition,
    transpose_element,
)
from ripieno_bridges.formats.musicxml.writer import write_musicxml
from ripieno_bridges.service.document_job import document_job, encode_result

MODEL = RandomNotes()
CLARINET = PartTransposition(-1, -2)
ALTO_SAXOPHONE = PartTransposition(-5, -9)
INSTRUMENTS = {
    "clarinet in B flat": CLARINET,
    "clarinet in A": PartTransposition(-2, -3),
    "piccolo clarinet in E flat": PartTransposition(2, 3),
    "alto saxophone": ALTO_SAXOPHONE,
    "tenor saxophone": PartTransposition(-1, -2, -1),
    "horn in F": PartTransposition(-4, -7),
    "trumpet in D": PartTransposition(1, 2),
    "double bass": PartTransposition(0, 0, -1),
    "piccolo": PartTransposition(0, 0, 1),
    "concert pitch": CONCERT_PITCH,
}
CHOIR = """
soprano: [key -3] Eb5:4 F5 G5:2 | F5:4 D5 Eb5:2
alto: G4:2 G4 | F4 G4
tenor: Bb3:1 | Bb3:1
bass: Eb3:2 C3 | Bb2 Eb3
"""


def in_part(score: Score, transposition: PartTransposition) -> bytes:
    """A document with one part for an instrument, which is to sound as the score's only voice."""
    data = write_musicxml(score)
    root = etree.fromstring(data)
    (part,) = root.findall("part")
    new = part_element("P1", score.voices, score, plain_frames(score), ("G", 2, 0), transposition)
    root.replace(part, new)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def choir_with(transposition: PartTransposition, part_id: str) -> bytes:
    """A document of four parts, one of which is for a transposing instrument."""
    score = parse_score(CHOIR)
    root = etree.fromstring(write_musicxml(score))
    index = int(part_id[1:]) - 1
    old = root.findall("part")[index]
    frames = plain_frames(score)
    root.replace(old, part_element(part_id, [score.voices[index]], score, frames, ("G", 2, 0), transposition))
    etree.indent(root)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def names(voice: Voice) -> list[str]:
    return [note.name for note in voice.notes]


def written_names(data: bytes, part_id: str) -> list[str]:
    part = next(p for p in etree.fromstring(data).findall("part") if p.get("id") == part_id)
    return [str(spelled(pitch)) for pitch in part.iter("pitch")]


def spelled(pitch: etree._Element) -> Spelling:
    return Spelling(
        pitch.findtext("step", ""), int(pitch.findtext("alter", "0")), int(pitch.findtext("octave", ""))
    )


def part_bytes(data: bytes, part_id: str) -> bytes:
    found = re.search(rb'<part id="%s".*?</part>' % part_id.encode(), data, re.DOTALL)
    assert found
    return found[0]


def infilled(data: bytes, measures: range, voices: Sequence[str]) -> tuple[bytes, Score]:
    job = document_job(source_of(data), MODEL)
    score = job.choir.score
    (result,) = infill(score, MODEL, selection=score.span(measures), voices=voices)
    return encode_result(job, result, Path("out.musicxml"))[0], result.score


# -- new parts ---------------------------------------------------------------------------------------------

tones = st.builds(
    lambda step, alter, octave: Spelling(step, alter, octave),
    st.sampled_from(LINE_OF_FIFTHS),
    st.integers(-1, 1),
    st.integers(3, 5),
)


@settings(max_examples=10, deadline=None)
@given(
    st.lists(tones, min_size=1, max_size=4),
    st.integers(-7, 7),
    st.sampled_from(list(INSTRUMENTS.values())),
)
def test_a_new_part_sounds_as_the_score_says_music21(
    spelled_notes: list[Spelling], fifths: int, instrument: PartTransposition
) -> None:
    melody = parse_score(f"[key {fifths}] {'C4:4 ' * len(spelled_notes)}")
    notes = tuple(
        Note(Fraction(i), Fraction(1), spelling.pitch, spelling) for i, spelling in enumerate(spelled_notes)
    )
    score = Score((Voice("melody", notes),), melody.measures)
    data = in_part(score, instrument)
    assert_valid(data)
    heard = converter.parseData(data, format="musicxml").toSoundingPitch().recurse().notes
    assert [note.pitch.midi for note in heard] == [note.pitch for note in notes]
    written_keys = {int(e.text or "") for e in etree.fromstring(data).iter("fifths")}
    assert all(abs(key) <= 7 for key in written_keys)
    read = read_musicxml(data, "x").score
    assert [note.pitch for note in read.voices[0].notes] == [note.pitch for note in notes]
    if written_keys == {fifths - instrument.fifths}:
        assert names(read.voices[0]) == names(score.voices[0])
        assert {m.key.fifths for m in read.measures} == {fifths}


def test_a_clarinet_in_b_flat_reads_f_major_where_e_flat_major_sounds() -> None:
    data = in_part(parse_score("[key -3] Eb4:1 G4:1 Ab4:1 F#4:1"), CLARINET)
    assert written_names(data, "P1") == ["F4", "A4", "Bb4", "G#4"]
    root = etree.fromstring(data)
    assert root.findtext(".//fifths") == "-1"
    assert [e.text for e in root.iter("accidental")] == ["sharp"]
    transposition = root.find(".//transpose")
    assert transposition is not None
    assert [(e.tag, e.text) for e in transposition] == [("diatonic", "-1"), ("chromatic", "-2")]


def test_a_key_with_eight_sharps_is_written_with_four_flats() -> None:
    data = in_part(parse_score("[key 6] F#4:4"), CLARINET)
    assert (etree.fromstring(data).findtext(".//fifths"), written_names(data, "P1")) == ("-4", ["Ab4"])


@pytest.mark.parametrize("name", ["saxophone-quartet", "clarinet-quartet", "brass-quartet"])
def test_a_new_score_for_a_quartet_of_winds_is_written_as_they_read_it(name: str) -> None:
    ensemble = ensemble_named(name)
    choir = parse_score(CHOIR)
    voices = tuple(replace(v, name=n) for v, n in zip(choir.voices, ensemble.names, strict=True))
    data = write_musicxml(replace(choir, voices=voices), ensemble=ensemble)
    assert_valid(data)
    heard = converter.parseData(data, format="musicxml").toSoundingPitch().parts
    for part, voice, player, number in zip(heard, voices, ensemble.voices, range(1, 5), strict=True):
        sounding = [note.pitch.midi for note in part.flatten().stripTies().notes]
        assert sounding == [note.pitch for note in voice.notes]
        written = read_written(data, f"P{number}")
        assert written[0] + player.transposition == voice.notes[0].pitch
    assert [names(v) for v in read_musicxml(data, "x").score.voices] == [names(v) for v in choir.voices]


def read_written(data: bytes, part_id: str) -> list[int]:
    part = etree.fromstring(part_bytes(data, part_id))
    return [spelled(pitch).pitch for pitch in part.iter("pitch")]


@pytest.mark.parametrize("transposition", INSTRUMENTS.values(), ids=list(INSTRUMENTS))
def test_what_is_written_is_read(transposition: PartTransposition) -> None:
    assert read_transposition(transpose_element(transposition)) == transposition


# -- reading -----------------------------------------------------------------------------------------------


def test_without_steps_the_plainest_interval_is_meant() -> None:
    data = in_part(parse_score("[key 0] C4:2 Bb3:2"), PartTransposition(-2, -4)).replace(
        b"<diatonic>-2</diatonic>", b""
    )
    read = read_musicxml(data, "x")
    assert names(read.score.voices[0]) == ["C4", "Bb3"]
    (part,) = read.xml.root.findall("part")
    assert names(as_written_in(read.score, part, None).voices[0]) == written_names(data, "P1")


def test_an_octave_clef_alone_moves_no_pitch() -> None:
    """A tenor's part is written by its clef; <octave-change> is what moves an instrument."""
    clef = b"<clef-octave-change>-1</clef-octave-change>"
    plain = in_part(parse_score("[key 0] C4:4"), CONCERT_PITCH).replace(
        b"<line>2</line>", b"<line>2</line>" + clef
    )
    moved = in_part(parse_score("[key 0] C4:4"), PartTransposition(0, 0, -1)).replace(
        b"<line>2</line>", b"<line>2</line>" + clef
    )
    assert names(read_musicxml(plain, "x").score.voices[0]) == ["C4"]
    assert names(read_musicxml(moved, "x").score.voices[0]) == ["C4"]
    assert (written_names(plain, "P1"), written_names(moved, "P1")) == (["C4"], ["C5"])


def test_a_clarinet_in_seven_flats_has_a_key_that_can_be_written() -> None:
    data = in_part(parse_score("[key 3] A4:4"), CLARINET).replace(
        b"<fifths>5</fifths>", b"<fifths>-7</fifths>"
    )
    assert read_musicxml(data, "x").score.measures[0].key == Key(3)


# -- in the user's document --------------------------------------------------------------------------------


@pytest.mark.parametrize("transposition", INSTRUMENTS.values(), ids=list(INSTRUMENTS))
def test_a_wind_part_as_the_melody_keeps_its_bytes_and_gets_a_choir_at_sounding_pitch(
    transposition: PartTransposition,
) -> None:
    melody = in_part(parse_score("[key -3] Eb5:4 F5 G5:2 | F5:4 D5 Eb5:2"), transposition)
    made, result = harmonized(melody, MODEL)
    assert is_inserted(melody, made)
    assert part_bytes(made, "P1") == part_bytes(melody, "P1")
    assert_valid(made)
    read = read_musicxml(made, "x").score
    assert [names(v) for v in read.voices] == [names(v) for v in result.score.voices]
    assert names(read.voices[0])[:3] == ["Eb5", "F5", "G5"]
    new = etree.fromstring(made).findall("part")[1:]
    assert {part.findtext(".//fifths") for part in new} == {"-3"}
    assert not any(part.findall(".//transpose") for part in new)


@pytest.mark.parametrize("transposition", INSTRUMENTS.values(), ids=list(INSTRUMENTS))
def test_new_notes_in_a_part_for_an_instrument_are_written_as_its_player_reads_them(
    transposition: PartTransposition,
) -> None:
    data = choir_with(transposition, "P2")
    before = read_musicxml(data, "x").score
    made, after = infilled(data, range(1), ("alto",))
    assert_valid(made)
    assert names(after.voices[1]) != names(before.voices[1])
    heard = converter.parseData(made, format="musicxml").toSoundingPitch()
    notes = list(heard.parts[1].flatten().stripTies().notes)
    assert [n.pitch.midi for n in notes] == [n.pitch for n in after.voices[1].notes]
    assert names(read_musicxml(made, "x").score.voices[1]) == names(after.voices[1])
    for part_id in ("P1", "P3", "P4"):
        assert part_bytes(made, part_id) == part_bytes(data, part_id)


def test_notes_that_stay_in_a_rewritten_measure_stay_as_they_are_written() -> None:
    data = choir_with(CLARINET, "P2")
    job = document_job(source_of(data), MODEL)
    (result,) = infill(job.choir.score, MODEL, selection=(Fraction(0), Fraction(2)), voices=("alto",))
    made, _ = encode_result(job, result, Path("out.musicxml"))
    assert written_names(made, "P2")[-3:] == ["A4", "G4", "A4"]


def test_a_horn_without_a_signature_shows_every_accidental() -> None:
    """Horns are often written without a signature, whatever the key."""
    data = choir_with(PartTransposition(-4, -7), "P2")
    head, tail = data.split(b'<part id="P2"')
    data = head + b'<part id="P2"' + tail.replace(b"<fifths>-2</fifths>", b"<fifths>0</fifths>", 1)
    made, after = infilled(data, range(2), ("alto",))
    part = etree.fromstring(part_bytes(made, "P2"))
    assert next(spelled(p).pitch - 7 for p in part.iter("pitch")) == after.voices[1].notes[0].pitch
    for measure in part.findall("measure"):
        known: dict[str, int] = {}
        for note in measure.findall("note[pitch]"):
            pitch = spelled(note.find("pitch"))
            place = f"{pitch.step}{pitch.octave}"
            tied = note.find("tie[@type='stop']") is not None
            assert (note.find("accidental") is not None) == (known.get(place, 0) != pitch.alter and not tied)
            known[place] = known.get(place, 0) if tied else pitch.alter


@pytest.mark.parametrize("semitones", [2, -3, 6, 1])
def test_a_document_with_a_part_for_an_instrument_is_transposed_as_a_whole(semitones: int) -> None:
    document = read_musicxml(choir_with(ALTO_SAXOPHONE, "P2"), "x")
    moved = transpose_document(document, semitones)
    for before, after in zip(document.score.voices, moved.score.voices, strict=True):
        assert [n.pitch + semitones for n in before.notes] == [n.pitch for n in after.notes]
    job = document_job(source_of(document.xml.data), MODEL, transposition=semitones)
    first, second = document.score.voices[1].notes[0], job.source.score.voices[1].notes[0]
    assert first.spelling is not None
    assert second.spelling is not None
    assert (second.spelling.fifths - first.spelling.fifths - job.shift) % 12 == 0


@pytest.mark.host
def test_musescore_hears_every_instrument_as_we_do(tmp_path: Path) -> None:
    musescore = musescore_or_skip(tmp_path / "home")
    jobs, expected = [], {}
    for i, (name, transposition) in enumerate(INSTRUMENTS.items()):
        made, after = infilled(choir_with(transposition, "P2"), range(1), ("alto",))
        given, out = tmp_path / f"{i}.musicxml", tmp_path / f"{i}.mid"
        given.write_bytes(made)
        jobs.append((given, out))
        expected[name] = (out, [n.pitch for n in after.voices[1].notes])
    musescore.convert(jobs)
    for name, (out, pitches) in expected.items():
        heard = [
            [m.note for m in track if m.type == "note_on" and m.velocity]
            for track in mido.MidiFile(out).tracks
        ]
        assert [notes for notes in heard if notes][1] == pitches, name
