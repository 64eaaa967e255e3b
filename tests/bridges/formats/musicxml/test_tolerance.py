"""What can be understood is understood, and what does not concern the notes refuses nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from common import DATA, harmonized, is_inserted, schema_faults, unfilled_measures
from random_notes import RandomNotes
from ripieno.errors import ScoreError
from ripieno.score import Key, Score
from ripieno_bridges.formats.musicxml.measure_time import note_length
from ripieno_bridges.formats.musicxml.reader import Document, read_musicxml
from ripieno_bridges.formats.musicxml.safe_xml import UTF8, as_utf8

MODEL = RandomNotes()
CASES = DATA / "cases"
OPEN = (
    "<attributes><divisions>{}</divisions><time><beats>4</beats><beat-type>4</beat-type></time></attributes>"
)
NAMES = '<score-part id="P1"><part-name>Soprano</part-name></score-part>'


def document(*measures: str, part_list: str = NAMES, part: str = '<part id="P1">') -> bytes:
    inside = "".join(f'<measure number="{i}">{m}</measure>' for i, m in enumerate(measures, 1))
    text = f'<score-partwise version="4.0"><part-list>{part_list}</part-list>{part}{inside}</part>'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}</score-partwise>'.encode()


def sung(step: str, duration: object, kind: str = "", more: str = "") -> str:
    value = f"<type>{kind}</type>" if kind else ""
    pitch = f"<pitch><step>{step}</step><octave>4</octave></pitch>"
    return f"<note>{pitch}<duration>{duration}</duration><voice>1</voice>{value}{more}</note>"


def read(data: bytes) -> Document:
    return read_musicxml(data, "x.musicxml")


def lengths(score: Score) -> list[Fraction]:
    return [m.duration for m in score.measures]


def check_result(data: bytes) -> Score:
    """Harmonize; the given bytes stay, the result is valid, and every new measure is full."""
    before = read(data).xml.data
    out, result = harmonized(data, MODEL)
    assert is_inserted(before, out)
    before, out = as_utf8(before, UTF8), as_utf8(out, UTF8)  # with characters for their names
    assert set(faults(out)) <= set(faults(before))
    old = {p.get("id") for p in etree.fromstring(before).findall("part")}
    new = [p for p in etree.fromstring(out).findall("part") if p.get("id") not in old]
    assert new
    for part in new:
        assert unfilled_measures(part, result.score.measures) == []
    return result.score


def faults(data: bytes) -> list[str]:
    return [fault.split(": ", 1)[1] for fault in schema_faults(data)]


# -- files that others found ---------------------------------------------------------------------------------


@pytest.mark.parametrize("number", ["08", "13", "17", "18", "19", "20", "21", "22", "23"])
def test_a_file_that_was_refused_or_read_wrongly_is_harmonized(number: str) -> None:
    (path,) = CASES.glob(f"{number}-*")
    score = check_result(path.read_bytes())
    assert set(lengths(score)) == {4}


def test_a_key_that_is_none_is_told_with_its_place() -> None:
    document = read((CASES / "21-non-traditional-key.musicxml").read_bytes())
    assert document.remarks == ("measure 1: a key signature of single accidentals, read as none",)
    assert {m.key for m in document.score.measures} == {Key()}


def test_a_chord_is_a_chord_whatever_stands_between() -> None:
    score = read((CASES / "13-chord-with-text-between.musicxml").read_bytes()).score
    assert [n.onset for n in score.voices[0].notes][-2:] == [12, 14]


# -- time ----------------------------------------------------------------------------------------------------

ROUNDED = OPEN.format(10) + "".join(
    sung(
        "C",
        d,
        "eighth",
        "<time-modification><actual-notes>3</actual-notes><normal-notes>2</normal-notes></time-modification>",
    )
    for d in (3, 3, 4) * 4
)
FOUR = sung("C", 4, "whole")
# name -> (the measures, the lengths that they have)
TIMES: dict[str, tuple[list[str], list[object]]] = {
    "rounded thirds": ([ROUNDED], [4]),
    "a forward at the end": (
        [OPEN.format(1) + sung("C", 3) + "<forward><duration>1</duration></forward>"],
        [4],
    ),
    "backup past the start": (
        [
            OPEN.format(1)
            + FOUR
            + "<backup><duration>384</duration></backup>"
            + sung("C", 1).replace("<voice>1", "<voice>2")
        ],
        [4],
    ),
    "no divisions": (["<attributes/>" + sung("C", 1) * 4], [4]),
    "no duration": ([OPEN.format(2) + sung("C", 1, "half").replace("<duration>1</duration>", "") * 2], [4]),
    "more dots than anybody writes": ([OPEN.format(1) + sung("C", 4, "half", "<dot/>" * 5)], [4]),
    "overfull": ([OPEN.format(1) + FOUR, FOUR + sung("D", 1), FOUR], [4, 5, 4]),
    "underfull": ([OPEN.format(1) + FOUR, sung("D", 3), FOUR], [4, 3, 4]),
    "a fifth of a quarter too much": ([OPEN.format(5) + sung("C", 21), sung("C", 20)], ["17/4", 4]),
    "a rounded end": ([OPEN.format(480) + sung("C", 1921), sung("C", 1920)], [4, 4]),
    "a divisions change": (
        [OPEN.format(1) + sung("C", 2) + "<attributes><divisions>2</divisions></attributes>" + sung("D", 4)],
        [4],
    ),
    "a longa": (
        [
            "<attributes><divisions>1</divisions><time><beats>16</beats><beat-type>4</beat-type></time>"
            "</attributes>" + sung("C", 16, "long")
        ],
        [16],
    ),
    "tiny values": (
        [
            "<attributes><divisions>64</divisions><time><beats>2</beats><beat-type>64</beat-type>"
            "</time></attributes>" + sung("C", 4, "64th") + sung("C", 2) + sung("C", 2)
        ],
        ["1/8"],
    ),
    "no meter": (
        [
            "<attributes><divisions>1</divisions><time><senza-misura/></time></attributes>" + sung("C", 7),
            sung("C", 2),
        ],
        [7, 2],
    ),
    "a sum of meters": (
        [
            "<attributes><divisions>2</divisions><time><beats>3</beats><beat-type>8</beat-type>"
            "<beats>2</beats><beat-type>4</beat-type></time></attributes>" + sung("C", 7)
        ],
        ["7/2"],
    ),
    "a meter inside": (
        [
            OPEN.format(1) + sung("C", 2) + "<attributes><time><beats>3</beats><beat-type>4"
            "</beat-type></time></attributes>" + sung("C", 2),
            sung("D", 3),
        ],
        [4, 3],
    ),
}


@pytest.mark.parametrize("name", TIMES)
def test_a_measure_is_as_long_as_its_notes_mean(name: str) -> None:
    measures, expected = TIMES[name]
    score = check_result(document(*measures))
    assert lengths(score) == [Fraction(str(e)) for e in expected]


@given(st.lists(st.tuples(st.integers(1, 40), st.integers(1, 24)), min_size=1, max_size=3))
def test_new_voices_fill_measures_of_any_length(measures: list[tuple[int, int]]) -> None:
    """Whatever a program left in a measure, the new voices are exactly as long."""
    inside = [
        f"<attributes><divisions>{unit}</divisions></attributes>" + sung("C", min(count, 4 * unit))
        for count, unit in measures
    ]
    check_result(document(*inside))


def test_a_whole_rest_in_any_measure_keeps_its_length() -> None:
    note = etree.fromstring("<note><rest/><duration>3</duration><type>whole</type></note>")
    assert note_length(note, Fraction(1)) == 3


# -- remarks -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fifths", "key", "remark"),
    [
        (8, -4, "measure 1: a key signature of 8 sharps, read as 4 flats"),
        (-9, 3, "measure 1: a key signature of 9 flats, read as 3 sharps"),
        (-11, 1, "measure 1: a key signature of 11 flats, read as 1 sharp"),
    ],
)
def test_a_key_of_more_than_seven_accidentals_is_its_enharmonic(fifths: int, key: int, remark: str) -> None:
    found = read(document(f"<attributes><key><fifths>{fifths}</fifths></key></attributes>" + FOUR))
    assert (found.score.measures[0].key.fifths, found.remarks) == (key, (remark,))


def test_a_key_inside_a_measure_holds_from_the_next_barline() -> None:
    inside = "<attributes><key><fifths>2</fifths></key></attributes>"
    found = read(document(OPEN.format(1) + sung("C", 2) + inside + sung("C", 2), FOUR))
    assert [m.key.fifths for m in found.score.measures] == [0, 2]
    assert found.remarks == ("measure 1: a key signature inside the measure holds from the next barline on",)


def test_measures_that_are_not_full_are_told() -> None:
    found = read(document(OPEN.format(1) + FOUR, sung("C", 3), FOUR))
    text = "measure 2: not as long as the meter says; every voice is written as long as the notes there"
    assert found.remarks == (text,)


def test_a_measure_divided_by_a_repeat_is_no_fault() -> None:
    found = read(document(OPEN.format(1) + FOUR, sung("C", 3), sung("C", 1), FOUR))
    assert found.remarks == ()


# -- documents that lack something ---------------------------------------------------------------------------


def test_a_part_that_is_not_listed_is_added_to_the_list() -> None:
    data = document(OPEN.format(1) + FOUR, part_list="")
    assert read(data).remarks == ('not in the document\'s list of parts, and added to it: "P1"',)
    out, _ = harmonized(data, MODEL)
    assert schema_faults(out) == []


def test_a_part_without_an_id_gets_the_one_that_is_listed() -> None:
    data = document(OPEN.format(1) + FOUR, part="<part>")
    assert read(data).locations[0].part == "P1"
    out, _ = harmonized(data, MODEL)
    assert schema_faults(out) == []


def test_a_time_wise_score_comes_back_part_wise() -> None:
    data = document(OPEN.format(1) + FOUR, sung("D", 4))
    timewise = re.sub(rb"<part id=.P1.>|</part>(?=</score)", b"", data).replace(
        b"score-partwise", b"score-timewise"
    )
    timewise = re.sub(rb"(<measure [^>]*>)", rb'\1<part id="P1">', timewise).replace(
        b"</measure>", b"</part></measure>"
    )
    found = read(timewise)
    assert found.remarks == ("the time-wise score comes back part-wise, with everything in it",)
    assert found.score == read(data).score
    out, _ = harmonized(timewise, MODEL)
    assert schema_faults(out) == []


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_read(codec: str) -> None:
    text = document(OPEN.format(1) + FOUR).decode().replace("UTF-8", "UTF-16")
    assert read(text.encode(codec)).score == read(document(OPEN.format(1) + FOUR)).score


# -- what still refuses --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("measure", "fault"),
    [
        (OPEN.format(1) + sung("C", 65), "a length of 65 divisions is more than 64 quarters; write shorter "
         "notes, and divide the measure by barlines"),
        (OPEN.format(1) + sung("C", 40) * 2, "longer than 64 quarters; divide it by barlines"),
        (OPEN.format(1).replace("<beats>4", "<beats>64").replace("type>4", "type>1"),
         "its time signature is 256 quarters long, which is more than 64; write shorter measures"),
    ],
)  # fmt: skip
def test_an_absurd_measure_is_refused_with_its_place(measure: str, fault: str) -> None:
    with pytest.raises(ScoreError) as caught:
        read(document(measure))
    assert str(caught.value) == f"x.musicxml: Soprano, measure 1: {fault}"


@pytest.mark.parametrize("more", ["<print><measure-numbering>9e99</measure-numbering></print>",
    '<sound tempo="999999999" dynamics="-1"/>', "<harmony><kind>x</kind><offset>y</offset></harmony>",
    "<figured-bass><figure><figure-number>1e9</figure-number></figure><duration>z</duration></figured-bass>",
    '<direction><direction-type><wedge type="stop" number="x"/></direction-type><offset>q</offset>'
    "</direction>",
])  # fmt: skip
def test_numbers_that_make_no_notes_refuse_nothing(more: str) -> None:
    plain = read(document(OPEN.format(1) + FOUR)).score
    found = read(document(OPEN.format(1) + more + FOUR)).score
    assert replace(found, tempos=()) == plain
