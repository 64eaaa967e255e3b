"""A score as a new MusicXML document and back; other programs read it, too."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import mido
import pytest
from hypothesis import given
from lxml import etree

from common import assert_valid, bare, musescore_or_skip, sounding
from ripieno.errors import FileError, ScoreError
from ripieno.score import VOICE_NAMES, Lyric, Note, Score, Spelling, Tempo, Voice
from ripieno.text.notation import parse_score
from ripieno_bridges.formats.musicxml.reader import read_musicxml
from ripieno_bridges.formats.musicxml.writer import pack_mxl, write_musicxml
from strategies import scores

CHORALE = """
[title Old Hundredth]
[composer Louis Bourgeois]
soprano: [key 1][tempo 80] G4:4"All" | G4 F#4 E4 D4"a-" | G4"-b" A4 B4:2^ | [tempo 66] B4:4 B4 B4 A4~ | A4:2.
alto: D4:4 | E4 D4 C4:8 B3 A3:4 | B3 D4 D#4:2^ | E4:4 D#4 E4 F4 | F4:2.
tenor: B3:4 | B3 A3 G3 F#3 | G3 F#3 F#3:2^ | G3:4 F#3 G3 C4 | C4:2.
bass: G3:4 | E3 B2 C3 D3 | E3 D3 B2:2^ | E3:4 B2 E3 F3 | F2:2.
"""


def read(data: bytes) -> Score:
    return read_musicxml(data, "x.musicxml").score


def written(text: str, **options) -> etree._Element:
    data = write_musicxml(parse_score(text), **options)
    assert_valid(data)
    return etree.fromstring(data)


def texts(root: etree._Element, path: str) -> list[str]:
    return [e.text or "" for e in root.iterfind(path)]


# -- round trips -------------------------------------------------------------------------------------------


def plain(text: str | None) -> str | None:
    """A text as XML keeps it for readers: white space is one blank, and none at the ends."""
    return " ".join(text.split()) or None if text else None


def kept_lyrics(score: Score) -> list[list[tuple[tuple[str, str, int], ...]]]:
    return [
        [tuple((plain(x.text) or "", x.syllabic, x.verse) for x in n.lyrics) for n in voice.notes]
        for voice in score.voices
    ]


@given(scores(on_grid=False))
def test_a_written_score_is_valid_and_reads_back_the_same(score: Score) -> None:
    data = write_musicxml(score)
    assert_valid(data)
    again = read(data)
    assert bare(again) == bare(score)
    assert again.measures == score.measures
    assert again.tempos == score.tempos
    assert [[n.spelling for n in v.notes] for v in again.voices] == [
        [n.spelling for n in v.notes] for v in score.voices
    ]
    assert [[n.fermata for n in v.notes] for v in again.voices] == [
        [n.fermata for n in v.notes] for v in score.voices
    ]
    assert kept_lyrics(again) == kept_lyrics(score)
    assert [v.name for v in again.voices] == [v.name.capitalize() for v in score.voices]
    assert (plain(again.title), plain(again.composer)) == (plain(score.title), plain(score.composer))


@given(scores(on_grid=False, min_voices=4))
def test_a_closed_score_is_valid_and_reads_back_the_same(score: Score) -> None:
    data = write_musicxml(score, layout="closed")
    assert_valid(data)
    again = read(data)
    assert again.measures == score.measures
    singing = [v for v in score.voices if v.notes]
    assert [sounding(v) for v in again.voices if v.notes] == [sounding(v) for v in singing]
    assert len(etree.fromstring(data).findall("part")) == 2


def test_repeated_notes_stay_two_notes() -> None:
    assert bare(read(write_musicxml(parse_score("C4:4 C4 C4:2~ | C4:1")))) == [
        [(0, 1, 60), (1, 1, 60), (2, 6, 60)]
    ]


def test_the_same_score_gives_the_same_bytes() -> None:
    score = parse_score(CHORALE)
    assert write_musicxml(score) == write_musicxml(score)
    assert pack_mxl(write_musicxml(score)) == pack_mxl(write_musicxml(score))


def test_a_text_may_have_characters_that_xml_forbids() -> None:
    note = Note(
        Fraction(0), Fraction(4), 60, Spelling("C", 0, 4), lyrics=(Lyric("a\x00\x0bé\ud800", "single", 1),)
    )
    score = replace(parse_score("C4:1"), voices=(Voice("so\x01lo", (note,)),), title="a\x1fb")
    again = read(write_musicxml(score))
    assert (again.title, again.voices[0].name) == ("ab", "solo")
    assert again.voices[0].notes[0].lyrics[0].text == "aé"


def test_a_document_of_another_program_may_be_packed() -> None:
    data = write_musicxml(parse_score(CHORALE))
    packed = pack_mxl(data)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        assert archive.read("mimetype") == b"application/vnd.recordare.musicxml"
        assert archive.testzip() is None
    document = read_musicxml(packed, "x.mxl")
    assert document.score == read(data)
    assert (document.xml.data, document.xml.packed_as) == (data, "score.musicxml")


@pytest.mark.parametrize(
    ("declared", "codec", "mark"),
    [
        ("UTF-8", "utf-8", b"\xef\xbb\xbf"),
        ("UTF-16", "utf-16-le", b"\xff\xfe"),
        ("UTF-16", "utf-16-be", b"\xfe\xff"),
        ("ISO-8859-1", "latin-1", b""),
        ("windows-1252", "cp1252", b""),
    ],
)
def test_documents_in_old_encodings_are_read(declared: str, codec: str, mark: bytes) -> None:
    text = write_musicxml(parse_score('[title Für]\nC4:1"ü"')).decode().replace("UTF-8", declared)
    score = read(mark + text.encode(codec))
    assert score.title == "Für"
    assert score.voices[0].notes[0].lyrics[0].text == "ü"


# -- what is written ---------------------------------------------------------------------------------------


def test_every_voice_has_its_clef() -> None:
    root = written(CHORALE)
    clefs = [
        (c.findtext("sign"), c.findtext("line"), c.findtext("clef-octave-change")) for c in root.iter("clef")
    ]
    assert clefs == [("G", "2", None), ("G", "2", None), ("G", "2", "-1"), ("F", "4", None)]


def test_a_line_of_another_name_has_the_clef_of_its_register() -> None:
    assert texts(written("flute: C5:1\ncello: C3:1"), ".//clef/sign") == ["G", "F"]


def test_closed_score_has_two_voices_a_staff_with_stems_apart() -> None:
    root = written(CHORALE, layout="closed")
    assert texts(root, ".//part-name") == ["Soprano\nAlto", "Tenor\nBass"]
    stems = {
        (n.findtext("voice"), n.findtext("stem")) for n in root.iter("note") if n.find("pitch") is not None
    }
    assert stems == {("1", "up"), ("2", "down")}
    assert texts(root, ".//clef/sign") == ["G", "F"]


def test_tempo_stands_in_the_first_part_only() -> None:
    parts = written(CHORALE).findall("part")
    assert [texts(p, ".//per-minute") for p in parts] == [["80", "66"], [], [], []]
    assert [s.get("tempo") for s in parts[0].iter("sound")] == ["80", "66"]


def test_a_tempo_inside_a_measure_stands_before_its_note() -> None:
    score = replace(parse_score("C4:4 D4 E4:2 | F4:1"), tempos=(Tempo(Fraction(2), 72.5),))
    root = etree.fromstring(write_musicxml(score))
    following = root.find(".//direction").getnext()
    assert following.findtext("pitch/step") == "E"
    assert read(write_musicxml(score)).tempos == score.tempos


@pytest.mark.parametrize("text", ["C4:2 D4 | E4:1", "r:1 | E4:1", "C4:1~ | C4:1"])
@pytest.mark.parametrize("onset", [Fraction(0), Fraction(1), Fraction(7, 2), Fraction(4), Fraction(8)])
def test_a_tempo_keeps_its_time_wherever_it_stands(text: str, onset: Fraction) -> None:
    score = replace(parse_score(text), tempos=(Tempo(onset, 72.0),))
    data = write_musicxml(score)
    assert_valid(data)
    assert read(data).tempos == score.tempos


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("F4:4 F#4 F#4 F4", [None, "sharp", None, "natural"]),
        ("F#4:4 F#5 F4 F5", ["sharp", "sharp", "natural", "natural"]),
        ("[key 1] F#4:4 F4 F4 F#4", [None, "natural", None, "sharp"]),
        ("[key -2] Bb4:4 B4 Eb4 E4", [None, "natural", None, "natural"]),
        ("F#4:2 F#4 | F#4:1", ["sharp", None, "sharp"]),
        ("F#4:1~ | F#4:2 F#4:2", ["sharp", None, "sharp"]),
        ("F#4:1~ | F#4:5/8 F#4:4.", ["sharp", None, None, "sharp"]),
        ("F##4:4 F#4 Gbb4 Gb4", ["double-sharp", "sharp", "flat-flat", "flat"]),
    ],
)
def test_accidentals_are_shown_only_when_needed(text: str, expected: list[str | None]) -> None:
    assert [n.findtext("accidental") for n in written(text).iter("note")] == expected


def test_an_accidental_is_shown_where_the_other_voice_alters_the_same_line() -> None:
    root = written("F#4:1\nF4:1\nA3:1\nA2:1", layout="closed")
    assert [n.findtext("accidental") for n in root.iter("note")] == ["sharp", "natural", None, None]


def test_a_pickup_is_measure_0_and_implicit_and_a_short_end_is_not() -> None:
    measures = written("C4:4 | D4:1 | E4:2.").findall("part/measure")
    assert [(m.get("number"), m.get("implicit")) for m in measures] == [
        ("0", "yes"),
        ("1", None),
        ("2", None),
    ]
    assert measures[-1].find("barline/bar-style").text == "light-heavy"


def test_an_unknown_layout_is_refused() -> None:
    with pytest.raises(ScoreError) as caught:
        write_musicxml(parse_score("C4:1"), layout="round")
    assert str(caught.value) == 'there is no layout "round"; choose open or closed'


# -- what is read ------------------------------------------------------------------------------------------


def changed(text: str, *replacements: tuple[str, str]) -> Score:
    """A written score, read after replacements in its document."""
    data = write_musicxml(parse_score(text)).decode()
    for old, new in replacements:
        assert old in data
        data = data.replace(old, new)
    return read(data.encode())


def test_a_whole_measure_rest_in_a_pickup_is_as_short_as_the_pickup() -> None:
    score = read(write_musicxml(parse_score("soprano: C5:4 | D5:1\nalto: r:4 | F4:1")))
    assert [m.duration for m in score.measures] == [1, 4]
    alone = read(write_musicxml(parse_score("alto: r:4 | F4:1")))
    assert [m.duration for m in alone.measures] == [1, 4]


def test_a_line_that_changes_its_voice_number_is_one_line() -> None:
    data = write_musicxml(parse_score("C4:1 | D4:1")).decode()
    first, second = data.split('<measure number="2">')
    score = read((first + '<measure number="2">' + second.replace("<voice>1<", "<voice>2<")).encode())
    assert bare(score) == [[(0, 4, 60), (4, 4, 62)]]


def test_cue_notes_are_rests() -> None:
    score = changed(
        "soprano: C5:1 | D5:1\nalto: r:1 | F4:1",
        ('<rest measure="yes"/>', "<cue/><pitch><step>C</step><octave>5</octave></pitch>"),
    )
    assert bare(score)[1] == [(4, 4, 65)]


def test_a_transposing_part_is_read_at_its_sounding_pitch() -> None:
    transposing = "<transpose><diatonic>-1</diatonic><chromatic>-2</chromatic></transpose></attributes>"
    score = changed("[key 2] D5:1", ("</attributes>", transposing))
    assert bare(score) == [[(0, 4, 72)]]
    assert score.measures[0].key.fifths == 0


def test_of_a_chord_the_outer_notes_are_read_and_its_place_is_kept() -> None:
    second = (
        "</note><note><chord/><pitch><step>E</step><octave>4</octave></pitch><duration>1</duration></note>"
    )
    data = write_musicxml(parse_score("C4:4 D4 E4 F4")).decode().replace("</note>", second, 1)
    (line,) = read_musicxml(data.encode(), "x.musicxml").lines
    assert [note.name for note in line.notes] == ["E4", "D4", "E4", "F4"]
    assert [note.name for note in line.lowest] == ["C4", "D4", "E4", "F4"]
    assert line.chords == (0,)
    assert str(line.chord_fault) == (
        "x.musicxml: Soprano, measure 1, beat 1: C4 and E4 sound at once, but a voice is one line; "
        "move one of them to another voice"
    )


def test_each_note_of_a_chord_keeps_its_tie() -> None:
    """The lower notes of two chords are tied, the upper ones are not."""
    pitch = "<pitch><step>E</step><octave>5</octave></pitch>"
    chord = f"<note><chord/>{pitch}<duration>4</duration><voice>1</voice></note>"
    data = write_musicxml(parse_score("C5:1~ | C5:1")).decode().replace("</note>", f"</note>{chord}")
    (line,) = read_musicxml(data.encode(), "x.musicxml").lines
    assert [(n.name, n.duration) for n in line.notes] == [("E5", 4), ("E5", 4)]
    assert [(n.name, n.duration) for n in line.lowest] == [("C5", 8)]


def test_a_note_of_a_chord_that_is_tied_to_a_single_note_is_struck_once() -> None:
    """C E G, of which E is held on into a second measure, where it is alone."""
    tied = write_musicxml(parse_score("E4:1~ | E4:1")).decode()
    for pitch in ("<step>C</step><octave>4</octave>", "<step>G</step><octave>4</octave>"):
        note = f"<note><chord/><pitch>{pitch}</pitch><duration>4</duration><voice>1</voice></note>"
        tied = tied.replace("</note>", f"</note>{note}", 1)
    (line,) = read_musicxml(tied.encode(), "x.musicxml").lines
    held = [(n.name, n.onset, n.duration) for n in line.every_note]
    assert held == [("G4", 0, 4), ("E4", 0, 8), ("C4", 0, 4)]


def test_notes_of_one_voice_that_overlap_are_a_fault_of_its_line() -> None:
    back = "<backup><duration>1</duration></backup>"
    data = write_musicxml(parse_score("C5:4 D5 E5 F5")).decode().replace("</note>", f"</note>{back}", 1)
    (line,) = read_musicxml(data.encode(), "x.musicxml").lines
    assert "C5 and D5 sound at once" in str(line.fault)


@pytest.mark.parametrize(("clef", "kind"), [("percussion", "percussion"), ("TAB", "tablature")])
def test_a_clef_without_pitches_makes_a_line_without_pitches(clef: str, kind: str) -> None:
    data = write_musicxml(parse_score("C5:1")).decode().replace("<sign>G<", f"<sign>{clef}<")
    (line,) = read_musicxml(data.encode(), "x.musicxml").lines
    assert (line.unpitched, line.sings) == (kind, False)


def test_an_opus_is_refused() -> None:
    with pytest.raises(FileError) as caught:
        read(b"<opus/>")
    assert str(caught.value) == "x.musicxml: a list of pieces, not a piece; give ripieno one of them"


# -- other programs ----------------------------------------------------------------------------------------


def test_verovio_reads_every_measure_and_note() -> None:
    verovio = pytest.importorskip("verovio")
    for layout, staves in (("open", 4), ("closed", 2)):
        toolkit = verovio.toolkit()
        toolkit.setOptions({"breaks": "none"})
        assert toolkit.loadData(write_musicxml(parse_score(CHORALE), layout=layout).decode())
        svg = toolkit.renderToSVG(1)
        assert len(re.findall(r'class="measure"', svg)) == 5
        assert len(re.findall(r'class="staff"', svg)) == 5 * staves
        root = etree.fromstring(write_musicxml(parse_score(CHORALE), layout=layout))
        assert len(re.findall(r'class="note"', svg)) == len(root.findall(".//note/pitch"))


ODD_SCORES = {
    "a chorale": CHORALE,
    "triplets": "C4:12 D4 E4 F4:6 G4 A4 | [3/4] C4:24 D4 E4 F4:8 G4:2 | r:2.",
    "compound": "[6/8] C4:8 | D4:4. E4:4 F4:8 | [5/8] G4:5/8 | [12/8] A4:9/8 B4:4. | [2/2] C5:4 D5:2 E5:4",
    "keys": "[key 7] C#4:1 | [key -7] Cb4:1 | [key 0 minor] F##4:2 Gbb4",
    "short end": "C4:4 | D4:1 | E4:2.",
}


@pytest.mark.host
def test_musescore_reads_the_same_notes_and_plays_them(tmp_path: Path) -> None:
    musescore = musescore_or_skip(tmp_path / "home")
    documents = {
        f"{i} {layout}": (text, layout)
        for i, text in enumerate(ODD_SCORES.values())
        for layout in ("open", "closed")
    }
    jobs = []
    for name, (text, layout) in documents.items():
        path = tmp_path / f"{name}.musicxml"
        path.write_bytes(write_musicxml(parse_score(text), layout=layout))
        jobs += [(path, path.with_suffix(".mxl")), (path, path.with_suffix(".mid"))]
    musescore.convert(jobs)
    for name, (text, _) in documents.items():
        score = parse_score(text)
        theirs = read_musicxml((tmp_path / f"{name}.mxl").read_bytes(), name).score
        assert [m.duration for m in theirs.measures] == [m.duration for m in score.measures], name
        assert bare(theirs) == bare(score), name
        played = [m for m in mido.MidiFile(tmp_path / f"{name}.mid") if m.type == "note_on" and m.velocity]
        assert len(played) == sum(len(v.notes) for v in score.voices), name


def test_the_voices_of_a_choir_are_named() -> None:
    assert texts(written(CHORALE), ".//part-name") == [n.capitalize() for n in VOICE_NAMES]
