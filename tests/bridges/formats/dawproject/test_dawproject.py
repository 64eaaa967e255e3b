"""DAWproject files: valid by the format's schema, and read back by a small reader that knows only that."""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from fractions import Fraction
from functools import cache

import pytest
from lxml import etree
from lxml.etree import _Element

from closed_hymn import HYMN
from common import ROOT, SCORES, XSD
from ripieno.score import Score
from ripieno.text.notation import parse_score
from ripieno_bridges.formats.all_notes import document_notes
from ripieno_bridges.formats.dawproject.writer import write_dawproject
from ripieno_bridges.formats.musicxml.reader import read_musicxml
from ripieno_bridges.formats.musicxml.writer import write_musicxml
from two_hands import played

RAG = ("[2/4] C5:16 E5 G5:8~ G5 E5:16 C5 | D5:4 r:8 D5", "E5:8 G5 C6:4 | F5:2", "C3:8 G3 E3 G3 | B2:2")
CHANGES = (
    "[title Changes]\nsoprano: [tempo 90] [key 1 major] [3/4] G4:4 | G4:2.^ | "
    "[key -1 minor] [2/4] [tempo 60] A4:2 | C5:2\nbass: G3:4 | G3:2. | F3:2 | F3:2"
)
DOCUMENTS = {
    "closed": write_musicxml(parse_score(HYMN), layout="closed"),
    "rag": write_musicxml(played(*RAG)),
    "changes": write_musicxml(parse_score(CHANGES)),
    "lead sheet": (ROOT / "tests/data/cases/20-chord-symbol-subtract.musicxml").read_bytes(),
    **{path.stem: path.read_bytes() for path in SCORES},
}


@cache
def schema(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(XSD / "dawproject" / name)))


def parts_of(data: bytes) -> tuple[_Element, _Element]:
    """(the project, the metadata) of a file."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.namelist() == ["project.xml", "metadata.xml"]
        return etree.fromstring(archive.read("project.xml")), etree.fromstring(archive.read("metadata.xml"))


def made(name: str) -> tuple[_Element, _Element]:
    return parts_of(write_dawproject(read_musicxml(DOCUMENTS[name], "piece.musicxml"))[0])


def tracks(project: _Element) -> dict[str, Counter[tuple[float, float, int]]]:
    """The notes of each track, by its name: (onset, length in quarters, key)."""
    names = {track.get("id"): track.get("name", "") for track in project.iter("Track")}
    found: dict[str, Counter[tuple[float, float, int]]] = {}
    for lanes in project.iterfind("Arrangement/Lanes/Lanes"):
        notes = found.setdefault(names[lanes.get("track")], Counter())
        for clip in lanes.iterfind("Clips/Clip"):
            start, first = float(clip.get("time", "")), float(clip.get("playStart", "0"))
            for note in clip.iterfind("Notes/Note"):
                onset = start + float(note.get("time", "")) - first
                notes[onset, float(note.get("duration", "")), int(note.get("key", ""))] += 1
    return found


def notes_of(score: Score) -> Counter[tuple[float, float, int]]:
    def number(time: Fraction) -> float:
        return round(float(time), 6)

    return Counter((number(n.onset), number(n.duration), n.pitch) for v in score.voices for n in v.notes)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_file_is_valid_and_has_every_note(name: str) -> None:
    project, metadata = made(name)
    schema("Project.xsd").assertValid(project)
    schema("MetaData.xsd").assertValid(metadata)
    document = read_musicxml(DOCUMENTS[name], "piece.musicxml")
    assert sum(tracks(project).values(), Counter()) == notes_of(document_notes(document))


def test_a_voice_is_a_track_with_its_name_and_colour() -> None:
    project, metadata = made("closed")
    assert list(tracks(project)) == ["Soprano", "Alto", "Tenor", "Bass"]
    colours = [t.get("color", "") for t in project.iterfind("Structure/Track")][:4]
    assert len(set(colours)) == 4
    assert all(len(colour) == 7 and colour[0] == "#" for colour in colours)
    assert (metadata.findtext("Title"), metadata.findtext("Composer")) == ("Early Spring", "A. Nobody")
    for channel in project.iterfind("Structure/Track/Channel[@role='regular']"):
        master = project.find(f".//Channel[@id='{channel.get('destination')}']")
        assert master is not None
        assert master.get("role") == "master"


def test_hands_are_two_tracks() -> None:
    assert list(tracks(made("rag")[0])) == ["Piano, right hand", "Piano, left hand"]


def test_tempo_meter_keys_phrases_and_fermatas_are_there() -> None:
    project, _ = made("changes")
    tempos = [
        (p.get("time"), p.get("value")) for p in project.iterfind("Arrangement/TempoAutomation/RealPoint")
    ]
    assert tempos == [("0", "90"), ("4", "60")]
    points = project.iterfind("Arrangement/TimeSignatureAutomation/TimeSignaturePoint")
    meters = [(p.get("time"), f"{p.get('numerator')}/{p.get('denominator')}") for p in points]
    assert meters == [("0", "1/4"), ("1", "3/4"), ("4", "2/4")]
    markers = [(m.get("time"), m.get("name")) for m in project.iterfind("Arrangement/Markers/Marker")]
    for marker in (("0", "Key: G major"), ("4", "Key: D minor"), ("0", "Phrase 1"), ("1", "Fermata")):
        assert marker in markers
    target = project.find("Arrangement/TempoAutomation/Target")
    tempo = project.find("Transport/Tempo")
    assert target is not None
    assert tempo is not None
    assert target.get("parameter") == tempo.get("id")


def test_chord_symbols_are_clips_of_a_track_without_notes() -> None:
    project, _ = made("lead sheet")
    found = tracks(project)
    assert found["Chords"] == Counter()
    assert project.findall(".//Track[@name='Chords']")


def test_words_are_said_to_be_missing() -> None:
    _, remarks = write_dawproject(read_musicxml(DOCUMENTS["closed"], "piece.musicxml"))
    assert remarks == ["DAWproject files have no place for words; a MIDI file has"]
