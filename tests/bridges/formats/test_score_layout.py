"""An open score closed, and a closed one opened: the notes, words and marks stay what they were."""

from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from lxml import etree

from closed_hymn import HYMN
from common import assert_valid, musescore_or_skip, part_names, source_of
from ripieno.errors import ScoreError
from ripieno.score import VOICE_NAMES, Note, Score, Voice
from ripieno.text.notation import parse_score
from ripieno_bridges.cli.main import main
from ripieno_bridges.formats.musicxml.reader import read_musicxml
from ripieno_bridges.formats.musicxml.writer import write_musicxml
from ripieno_bridges.formats.score_layout import with_layout
from strategies import scores

SIGNS = """
soprano: [key 1 major] [4/4] G4:4"Sing" A4"a-" B4:2^"-gain" | C5:4 C#5"to" D5:2"him"
alto: D4:4 F#4 G4:2^ | G4:2 F#4
tenor: B3:4 D4 D4:2^ | E4:2 D4
bass: G3:4 D3 G2:2^ | C3:4 A2 D3:2
"""


def laid_out(data: bytes, layout: str) -> tuple[bytes, list[str]]:
    made, remarks = with_layout(source_of(data), layout)
    assert_valid(made)
    return made, remarks


def lines_of(data: bytes) -> list[list[tuple]]:
    """(onset, duration, spelling, fermata) of the notes of each line."""
    score = read_musicxml(data, "made.musicxml").score
    return [[(n.onset, n.duration, n.spelling, n.fermata) for n in v.notes] for v in score.voices]


def words_of(data: bytes) -> list[list[tuple]]:
    score = read_musicxml(data, "made.musicxml").score
    return [[(n.onset, n.lyrics) for n in v.notes if n.lyrics] for v in score.voices]


def clefs(data: bytes) -> list[tuple[str, str | None]]:
    found = etree.fromstring(data).iter("clef")
    return [(c.findtext("sign"), c.findtext("clef-octave-change")) for c in found]


def with_marks(data: bytes) -> bytes:
    """The first two notes of every part under a slur, and mf at its beginning."""
    root = etree.fromstring(data)
    mf = "<direction><direction-type><dynamics><mf/></dynamics></direction-type></direction>"
    for part in root.findall("part"):
        notes = part.findall(".//note")[:2]
        for note, kind in zip(notes, ("start", "stop"), strict=True):
            notations = note.find("notations")
            if notations is None:
                notations = etree.Element("notations")
                lyrics = note.findall("lyric")
                lyrics[0].addprevious(notations) if lyrics else note.append(notations)
            etree.SubElement(notations, "slur", type=kind, number="1")
        notes[0].addprevious(etree.fromstring(mf))
    return etree.tostring(root)


# -- closed ------------------------------------------------------------------------------------------------


def test_a_closed_score_has_two_staves_with_stems_up_and_down() -> None:
    made, remarks = laid_out(write_musicxml(parse_score(HYMN)), "closed")
    assert remarks == []
    assert part_names(etree.fromstring(made)) == ["Soprano\nAlto", "Tenor\nBass"]
    assert clefs(made) == [("G", None), ("F", None)]
    stems = {(n.findtext("voice"), n.findtext("stem")) for n in etree.fromstring(made).iter("note")}
    assert stems == {("1", "up"), ("2", "down")}


def test_the_notes_are_those_that_the_writer_would_close() -> None:
    score = parse_score(SIGNS)
    made, _ = laid_out(write_musicxml(score), "closed")
    assert lines_of(made) == lines_of(write_musicxml(score, layout="closed"))


def test_both_voices_show_an_accidental_where_they_differ() -> None:
    made, _ = laid_out(
        write_musicxml(parse_score("soprano: F#5:4 F#5:2.\nalto: F5:2 F5:2\nbass: F3:1")), "closed"
    )
    first = etree.fromstring(made).find("part")
    shown = [(n.findtext("voice"), n.findtext("accidental")) for n in first.iter("note")]
    assert shown == [("1", "sharp"), ("1", "sharp"), ("2", "natural"), ("2", "natural")]


def test_words_that_both_sing_stand_once_a_staff() -> None:
    score = parse_score('soprano: C5:2"Glo-" D5"-ria"\nalto: A4:2"Glo-" B4"-ria"\nbass: A3:2"Glo-" G3"-ria"')
    made, remarks = laid_out(write_musicxml(score), "closed")
    assert [len(words) for words in words_of(made)] == [2, 0, 2]
    assert remarks == []


def test_of_words_with_and_without_a_melisma_the_fuller_stand() -> None:
    text = 'soprano: C5:1"A-"\nalto: A4:1"A-"\ntenor: E4:1"A-"\nbass: C3:2"A-" G2:2"-men"'
    made, remarks = laid_out(write_musicxml(parse_score(text)), "closed")
    assert [len(words) for words in words_of(made)] == [1, 0, 0, 2]
    assert remarks == []


def test_one_text_stands_once_where_an_alto_is_late_with_a_syllable_or_joins_two() -> None:
    text = 'soprano: C5:4"Glo-" D5"-ria," C5"glo-" B4"-ria"\nalto: A4:8"Glo-" B4 A4"-ria," B4 A4:2"gloria"'
    made, remarks = laid_out(write_musicxml(parse_score(text + "\nbass: A3:1")), "closed")
    assert [len(words) for words in words_of(made)] == [4, 0, 0]
    assert remarks == []


def test_one_text_that_is_imitated_stands_twice() -> None:
    text = 'soprano: C5:4"A-" D5"-men" r:2\nalto: r:2 A4:4"A-" B4"-men"\nbass: A3:1'
    made, remarks = laid_out(write_musicxml(parse_score(text)), "closed")
    assert [len(words) for words in words_of(made)] == [2, 2, 0]
    assert len(remarks) == 1


def test_words_of_their_own_stand_above_and_below_and_are_told() -> None:
    score = parse_score('soprano: C5:2"Glo-" D5"-ria"\nalto: A4:2"in" B4"terra"')
    made, remarks = laid_out(
        write_musicxml(
            Score((*score.voices, Voice("bass", parse_score("C3:1").voices[0].notes)), score.measures)
        ),
        "closed",
    )
    places = [lyric.get("placement") for lyric in etree.fromstring(made).iter("lyric")]
    assert places == ["above", "above", None, None]
    assert remarks == ["Soprano and Alto have words of their own: the Soprano's stand above the staff"]


def test_slurs_of_two_voices_on_one_staff_have_two_numbers_and_equal_dynamics_stand_once() -> None:
    made, _ = laid_out(with_marks(write_musicxml(parse_score(SIGNS))), "closed")
    root = etree.fromstring(made)
    assert [s.get("number") for s in root.find("part").iter("slur")] == ["1", "1", "1", "1"]
    assert [len(list(part.iter("mf"))) for part in root.findall("part")] == [1, 1]


def test_slurs_that_overlap_in_the_file_do_not_share_a_number() -> None:
    text = "soprano: C5:1 | D5\nalto: A4:1 | B4\nbass: C3:1 | D3"
    made, _ = laid_out(with_marks(write_musicxml(parse_score(text))), "closed")
    found = [(s.get("type"), s.get("number")) for s in etree.fromstring(made).find("part").iter("slur")]
    assert found == [("start", "1"), ("start", "2"), ("stop", "1"), ("stop", "2")]


def test_other_parts_stay_as_they_are() -> None:
    data = write_musicxml(parse_score("soprano: C5:1\nalto: A4:1\nright hand: E5:1\nleft hand: C3:1"))
    made, _ = laid_out(data, "closed")
    before, after = etree.fromstring(data).findall("part")[-1], etree.fromstring(made).findall("part")[-1]
    assert part_names(etree.fromstring(made))[-1] == "Piano"
    assert [n.findtext("pitch/step") for n in after.iter("note")] == [
        n.findtext("pitch/step") for n in before.iter("note")
    ]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["Soprano", "Alto", "Baritone"], [("Soprano\nAlto", "G"), ("Baritone", "F")]),
        (["Soprano 1", "Soprano 2", "Alto"], [("Soprano 1\nSoprano 2", "G"), ("Alto", "G")]),
        (["Tenor 1", "Tenor 2", "Bass 1", "Bass 2"], [("Tenor 1\nTenor 2", "G"), ("Bass 1\nBass 2", "F")]),
        (["Sopran", "Alt", "Tenor", "Bass"], [("Sopran\nAlt", "G"), ("Tenor\nBass", "F")]),
    ],
)
def test_any_choir_is_closed_on_two_staves(names: list[str], expected: list[tuple[str, str]]) -> None:
    pitches = {"S": "C5", "A": "A4", "T": "E4", "B": "C3"}
    score = parse_score("\n".join(f"{name}: {pitches[name[0]]}:1" for name in names))
    made, _ = laid_out(write_musicxml(score), "closed")
    root = etree.fromstring(made)
    assert list(zip(part_names(root), [sign for sign, _ in clefs(made)], strict=True)) == expected


# -- open --------------------------------------------------------------------------------------------------


def test_an_open_score_has_a_staff_and_the_words_for_each_voice() -> None:
    data = write_musicxml(parse_score(HYMN), layout="closed")
    made, remarks = laid_out(data, "open")
    assert part_names(etree.fromstring(made)) == ["Soprano", "Alto", "Tenor", "Bass"]
    assert clefs(made) == [("G", None), ("G", None), ("G", "-1"), ("F", None)]
    soprano, *others = words_of(made)
    assert soprano == words_of(data)[0]
    assert others == [soprano, soprano, soprano]
    assert remarks == []
    assert list(etree.fromstring(made).iter("stem")) == []


def test_a_syllable_without_a_note_is_told_with_its_measure() -> None:
    data = write_musicxml(
        parse_score('soprano: C5:2"A-" D5"-men"\nalto: A4:1\ntenor: E4:1\nbass: C3:1'), layout="closed"
    )
    made, remarks = laid_out(data, "open")
    assert [len(words) for words in words_of(made)] == [2, 1, 1, 1]
    assert remarks == [
        f"{name}: 1 syllable has no note of its own (measures 1); write them by hand"
        for name in ("Alto", "Tenor", "Bass")
    ]


def test_a_transposing_instrument_is_refused_in_a_sentence() -> None:
    data = write_musicxml(parse_score("soprano: C5:1\nalto: A4:1")).replace(
        b"</clef>", b"</clef><transpose><chromatic>-2</chromatic></transpose>", 1
    )
    with pytest.raises(ScoreError) as caught:
        laid_out(data, "closed")
    assert str(caught.value) == (
        "given.musicxml: Soprano: a transposing instrument cannot share a choir's staves; "
        "write it at sounding pitch first"
    )


# -- there and back ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [HYMN, SIGNS])
def test_closed_and_opened_again_it_is_the_same_score(text: str) -> None:
    data = with_marks(write_musicxml(parse_score(text)))
    back, _ = laid_out(laid_out(data, "closed")[0], "open")
    assert lines_of(back) == lines_of(data)
    assert words_of(back)[0] == words_of(data)[0]
    marks = ("slur", "mf", "fermata", "tie", "beam")
    count = [[len(list(etree.fromstring(d).iter(mark))) for mark in marks] for d in (data, back)]
    assert count[0] == count[1]


@given(scores())
@settings(max_examples=25, deadline=None)
def test_so_is_any_score_of_four_voices(score: Score) -> None:
    least = Note(score.measures[0].onset, min(score.measures[0].duration, Fraction(1)), 60)
    voices = [score.voices[i].notes if i < len(score.voices) else () for i in range(4)]
    score = Score(
        tuple(Voice(n, v or (least,)) for n, v in zip(VOICE_NAMES, voices, strict=True)), score.measures
    )
    data = write_musicxml(score)
    back, _ = laid_out(laid_out(data, "closed")[0], "open")
    assert lines_of(back) == lines_of(data)


@pytest.mark.host
def test_musescore_reads_the_same_notes(tmp_path: Path) -> None:
    musescore = musescore_or_skip(tmp_path / "home")
    data = with_marks(write_musicxml(parse_score(SIGNS)))
    (tmp_path / "closed.musicxml").write_bytes(laid_out(data, "closed")[0])
    musescore.convert([(tmp_path / "closed.musicxml", tmp_path / "read.musicxml")])
    assert lines_of((tmp_path / "read.musicxml").read_bytes()) == lines_of(laid_out(data, "closed")[0])


def test_the_command_closes_a_score_and_says_where_it_is(tmp_path: Path) -> None:
    path = tmp_path / "hymn.musicxml"
    path.write_bytes(write_musicxml(parse_score(HYMN)))
    result = CliRunner().invoke(main, ["score", str(path), "--layout", "closed"])
    assert (result.exit_code, result.output) == (0, f"saved as {tmp_path / 'hymn-closed.musicxml'}\n")
