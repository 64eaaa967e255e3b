"""Moving one note of a document: it, what is tied to it, accidentals of its measure, and not a byte more."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from closed_hymn import HYMN, braced
from common import assert_valid, bare
from ripieno.errors import RequestError
from ripieno.score import Score
from ripieno.text.notation import parse_score
from ripieno_bridges.formats.musicxml.edit_note import move_note
from ripieno_bridges.formats.musicxml.reader import read_musicxml
from ripieno_bridges.formats.musicxml.validate import check_document
from ripieno_bridges.formats.musicxml.writer import write_musicxml
from strategies import scores

CLOSED = write_musicxml(parse_score(HYMN), layout="closed")
DOCUMENTS = {"open": write_musicxml(parse_score(HYMN)), "closed": CLOSED, "one part": braced(CLOSED)}


def moved(data: bytes, index: int, **where: int) -> bytes:
    return move_note(check_document(data, "x.musicxml"), index, **where)


def written(data: bytes) -> list[str]:
    """Every note with the accidental that is shown: "F#4 sharp"."""
    found = []
    for note in etree.fromstring(data).iter("note"):
        alter = {"1": "#", "-1": "b", None: ""}[note.findtext("pitch/alter")]
        name = f"{note.findtext('pitch/step')}{alter}{note.findtext('pitch/octave')}"
        found.append(f"{name} {note.findtext('accidental') or ''}".strip())
    return found


def melody(text: str) -> bytes:
    return write_musicxml(parse_score(text))


@pytest.mark.parametrize(
    ("text", "index", "where", "after"),
    [
        ("[key 1] E4:4 A4 B4 C5", 0, {"steps": 1}, ["F#4", "A4", "B4", "C5"]),
        ("[key 1] E4:4 A4 B4 C5", 3, {"steps": -2}, ["E4", "A4", "B4", "A4"]),
        ("[key 1] G4:4 A4 B4 C5", 0, {"semitones": 1}, ["G#4 sharp", "A4", "B4", "C5"]),
        ("[key -3] G4:4 A4:4 B4:4 C5:4", 0, {"semitones": 1}, ["Ab4", "A4 natural", "B4 natural", "C5"]),
        ("F#4:4 F#4 F4 F4", 0, {"steps": 1}, ["G4", "F#4 sharp", "F4 natural", "F4"]),
        ("F#4:4 F#4 G4 F4", 1, {"steps": 2}, ["F#4 sharp", "A4", "G4", "F4 natural"]),
        ("F#4:4 G4 G4 F4", 0, {"steps": 1}, ["G4", "G4", "G4", "F4"]),
        ("G4:4 A4 G4 A4", 0, {"semitones": -1}, ["F#4 sharp", "A4", "G4", "A4"]),
        ("B4:4 C5 D5 E5", 0, {"steps": 1}, ["C5", "C5", "D5", "E5"]),
    ],
)
def test_a_note_goes_where_key_and_measure_say_and_accidentals_stay_true(
    text: str, index: int, where: dict[str, int], after: list[str]
) -> None:
    data = melody(text)
    out = moved(data, index, **where)
    assert_valid(out)
    assert written(out)[: len(after)] == after


def test_notes_that_are_tied_go_together_over_barlines() -> None:
    data = melody("C5:4 D5 E5 F5:4~ | F5:4~ F5:8 G5:8 A5:2")
    for index in (3, 4):
        out = moved(data, index, semitones=1)
        assert_valid(out)
        assert written(out) == ["C5", "D5", "E5", "F#5 sharp", "F#5", "G5", "A5"]


@pytest.mark.parametrize("kind", DOCUMENTS)
@pytest.mark.parametrize("index", [0, 5, 40, 70, 103])
def test_there_and_back_gives_every_pitch_back_and_all_other_bytes_stay(kind: str, index: int) -> None:
    data = DOCUMENTS[kind]
    out = moved(data, index, steps=1)
    assert_valid(out)
    notes = [re.split(rb"(?=<note>)", xml) for xml in (data, out)]
    assert [i for i, (a, b) in enumerate(zip(*notes, strict=True)) if a != b] == [index + 1]
    back = read_musicxml(moved(out, index, steps=-1), "x.musicxml").score
    assert bare(back) == bare(read_musicxml(data, "x.musicxml").score)


@given(scores(), st.data())
def test_any_note_moves_by_a_semitone_and_no_other_sounds_different(
    score: Score, data: st.DataObject
) -> None:
    document = write_musicxml(replace(score, title=None))
    root = etree.fromstring(document)
    places = [i for i, note in enumerate(root.iter("note")) if note.find("pitch") is not None]
    if not places:
        return
    index, semitones = data.draw(st.sampled_from(places)), data.draw(st.sampled_from([-1, 1]))
    out = moved(document, index, semitones=semitones)
    assert_valid(out)
    before, after = (read_musicxml(xml, "x.musicxml").score for xml in (document, out))
    changed = [
        (a, b)
        for one, other in zip(before.voices, after.voices, strict=True)
        for a, b in zip(one.notes, other.notes, strict=True)
        if (a.onset, a.duration, a.pitch) != (b.onset, b.duration, b.pitch)
    ]
    ((old, new),) = changed
    assert (new.onset, new.duration, new.pitch) == (old.onset, old.duration, old.pitch + semitones)


@pytest.mark.parametrize(
    ("index", "where", "message"),
    [
        (4, {"steps": 1}, "the document has no note 4; read it again"),
        (1, {"steps": 1}, "only a note with a pitch can be moved; this is a rest, or percussion"),
        (0, {"steps": 90}, "the note cannot go any further"),
        (0, {"semitones": -100}, "the note cannot go any further"),
        (0, {"steps": 1000}, "a note cannot go further than 127 steps or semitones"),
    ],
)
def test_what_cannot_be_moved_is_refused(index: int, where: dict[str, int], message: str) -> None:
    with pytest.raises(RequestError) as caught:
        moved(melody("C4:4 r:4 E4:4 F4:4"), index, **where)
    assert str(caught.value) == message
