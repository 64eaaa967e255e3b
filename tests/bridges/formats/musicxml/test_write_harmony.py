"""Chord symbols, numerals and figures come into a document at their times, and nothing else changes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from common import DATA, SCORES, assert_valid, bare, is_inserted, musescore_or_skip
from harmony_documents import EVERY_CHORD, chords, column, document, harmony_of, note, spelled, symbol
from ripieno.harmony.chord_symbol import ChordSymbol, Tone
from ripieno.harmony.figured_bass import Figure
from ripieno.harmony.harmony import HarmonyForm
from ripieno.harmony.kinds import KINDS
from ripieno.score import Score
from ripieno.text.notation import parse_score
from ripieno_bridges.formats.musicxml.reader import VoiceLocation, read_musicxml
from ripieno_bridges.formats.musicxml.write_harmony import WrittenHarmony, write_harmony
from ripieno_bridges.formats.musicxml.writer import pack_mxl, write_musicxml
from strategies import scores

C, F, G = (ChordSymbol(Tone(step)) for step in "CFG")
G7 = ChordSymbol(Tone("G"), "dominant")
KIND_NAMES = ("symbols", "numerals", "figures")
DOCUMENTS = [
    *SCORES,
    *sorted((DATA / "cases").glob("*.musicxml")),
    *sorted((DATA / "valid").glob("*.musicxml")),
]
HYMN = """
soprano: [key -1 major] C5:4 | F4:2 A4 | Bb4:4. A4:8 G4:4 F4 | E4:2 F4:4
alto: C4:4 | C4:2 F4 | F4 E4:4 C4 | C4:2 C4:4
tenor: A3:4 | A3:2 C4 | D4 C4:4 A3 | G3:2 A3:4
bass: F3:4 | F3:2 F3 | Bb2 C3:2 | C3:2 F3:4
"""
BESIDE = "the divisions of the document cannot say its time; it stands at the nearest that they can"


def at(*times: object, **what: Any) -> WrittenHarmony:
    onset, end = (Fraction(str(time)) for time in times)
    return WrittenHarmony(onset, end, **what)


def written(
    data: bytes, harmonies: Sequence[WrittenHarmony], kind: HarmonyForm = "symbols", **options: Any
) -> bytes:
    """The document with the harmonies, of which nothing is to be said; as the schema wants it."""
    made = write_harmony(data, harmonies, kind, **options)
    assert made.remarks == ()
    assert_valid(made.data)
    return made.data


def symbols(data: bytes) -> list[str]:
    return [spelled(harmony) for harmony in harmony_of(data).symbols]


def figures(data: bytes) -> list[str]:
    return [spelled(harmony) for harmony in harmony_of(data).figures]


def texts(data: bytes) -> list[tuple[Fraction, str]]:
    """(time, text) of every text, as music21 places them."""
    from music21.converter import parseData

    parsed = parseData(data.decode(), format="musicxml").flatten().getElementsByClass("TextExpression")
    return [(Fraction(text.offset), text.content) for text in parsed]


def parts_with(data: bytes, tag: str) -> list[str | None]:
    root = etree.fromstring(data)
    return [part.get("id") for part in root.findall("part") for _ in part.iter(tag)]


# -- chord symbols -----------------------------------------------------------------------------------------


def test_every_kind_is_read_as_it_was_written():
    made = [at(4 * i, 4 * i + 4, chord=ChordSymbol(Tone("B", -1), kind)) for i, kind in enumerate(KINDS)]
    score = parse_score("soprano: " + " | ".join(["C5:1"] * len(made)))
    found = harmony_of(written(write_musicxml(score), made)).symbols
    assert [(h.onset, h.end, h.chord) for h in found] == [(m.onset, m.end, m.chord) for m in made]


@settings(max_examples=2 * settings().max_examples)
@given(st.data())
def test_random_chords_are_read_as_they_were_written(data):
    score = data.draw(scores(on_grid=False, min_voices=1))
    sixths = st.integers(0, max(0, int(6 * score.duration) - 1))
    times = sorted({Fraction(0), *(Fraction(n, 6) for n in data.draw(st.lists(sixths, max_size=6)))})
    drawn = [data.draw(chords()) for _ in times]
    layout = data.draw(st.sampled_from(("open", "closed")))
    given_harmonies = [
        WrittenHarmony(onset, end, chord)
        for (onset, end), chord in zip(pairwise([*times, score.duration]), drawn, strict=True)
    ]
    made = write_harmony(write_musicxml(score, layout=layout), given_harmonies, "symbols")
    assert_valid(made.data)
    changes = [h for i, h in enumerate(given_harmonies) if not i or h.chord != given_harmonies[i - 1].chord]
    found = harmony_of(made.data)
    assert found.remarks == ()
    if made.remarks:  # a time that the document cannot say; then the chords are as near as they can be
        assert all(BESIDE in remark for remark in made.remarks)
        assert all(any(abs(h.onset - f.onset) < 1 for f in found.symbols) for h in changes)
    else:
        assert [(h.onset, h.chord) for h in found.symbols] == [(h.onset, h.chord) for h in changes]


def test_music21_hears_the_same_chords_at_the_same_times():
    from music21.converter import parseData

    chord = ChordSymbol(Tone("F", 1), "half-diminished", Tone("A"))
    data = written(
        write_musicxml(parse_score(HYMN)), [at(0, 3, chord=F), at(3, 6, chord=chord), at(6, 9, chord=G7)]
    )
    heard = parseData(data.decode(), format="musicxml").flatten().getElementsByClass("ChordSymbol")
    names = [(float(c.offset), c.root().name, c.bass().name, c.chordKind) for c in heard]
    assert names == [
        (0.0, "F", "F", "major"),
        (3.0, "F#", "A", "half-diminished-seventh"),
        (6.0, "G", "G", "dominant-seventh"),
    ]


@pytest.mark.parametrize("layout", ["open", "closed"])
def test_symbols_stand_with_the_highest_voice_and_each_change_once(layout):
    data = write_musicxml(parse_score(HYMN), layout=layout)
    made = written(data, [at(0, 1, chord=F), at(1, 3, chord=F), at(3, 5, chord=G7), at(5, 9, chord=C)])
    assert symbols(made) == ["0-3 F major", "3-5 G dominant", "5-12 C major"]
    assert set(parts_with(made, "harmony")) == {"P1"}


def test_a_chord_inside_a_note_stands_at_its_time():
    data = document(note(8), divisions=2)
    assert symbols(written(data, [at(0, 1.5, chord=C), at(1.5, 4, chord=G7)])) == [
        "0-3/2 C major",
        "3/2-4 G dominant",
    ]


def test_no_chord_is_written_where_a_chord_ends():
    data = document(note(4) + note(4))
    made = written(data, [at(0, 1), at(1, 2, chord=C), at(2, 3), at(3, 4)])
    assert symbols(made) == ["1-2 C major", "2-4 none"]
    assert b'<kind text="N.C.">none</kind>' in made


def test_a_time_that_the_divisions_cannot_say_is_told():
    made = write_harmony(document(note(8)), [at(0, "1/3", chord=C), at("1/3", 4, chord=G)], "symbols")
    assert symbols(made.data) == ["0-1/2 C major", "1/2-4 G major"]
    assert made.remarks == (f'"Song", measure 1, beat 1.333: a chord symbol: {BESIDE}',)


def test_the_documents_own_symbols_stay_and_are_not_doubled():
    data = document(symbol("A", "minor") + note(4) + note(4), note(8))
    made = written(data, [at(0, 2, chord=C), at(2, 3, chord=C), at(3, 4, chord=G)])
    assert symbols(made) == ["0-2 A minor", "2-3 C major", "3-4 G major"]
    assert is_inserted(data, made)


@pytest.mark.parametrize("kind", KIND_NAMES)
def test_writing_twice_is_writing_once(kind):
    given_harmonies = [
        at(0, 3, chord=F, numeral="I", figures=(Figure(6), Figure(4, 1))),
        at(3, 5, chord=G7, numeral="V65", cadence="half cadence", figures=(Figure(7),)),
    ]
    once = written(write_musicxml(parse_score(HYMN)), given_harmonies, kind)
    assert written(once, given_harmonies, kind) == once


def test_a_part_for_a_transposing_instrument_shows_its_own_chords():
    clarinet = "<transpose><diatonic>-1</diatonic><chromatic>-2</chromatic></transpose>"
    made = written(
        document(note(8), transpose=clarinet), [at(0, 4, chord=ChordSymbol(Tone("B", -1), bass=Tone("D")))]
    )
    (element,) = etree.fromstring(made).iter("harmony")
    assert (element.findtext("root/root-step"), element.findtext("bass/bass-step")) == ("C", "E")
    assert symbols(made) == ["0-4 Bb major/D"]


def test_a_measure_without_an_inside_is_told():
    data = document(note(8) + "|").replace(b'<measure number="2"></measure>', b'<measure number="2"/>')
    made = write_harmony(data, [at(0, 4, chord=C), at(4, 8, chord=G)], "symbols")
    assert symbols(made.data) == ["0-8 C major"]
    assert made.remarks == ('"Song", measure 2, beat 1: an empty measure, in which nothing can be written',)


def test_a_voice_may_be_chosen():
    data = document(note(8), note(8))
    made = written(data, [at(0, 4, chord=C)], location=VoiceLocation("P2", None, "1"))
    assert parts_with(made, "harmony") == ["P2"]


def test_a_packed_document_comes_back_packed():
    made = write_harmony(pack_mxl(document(note(8))), [at(0, 4, chord=C)], "symbols").data
    assert made.startswith(b"PK")
    assert symbols(made) == ["0-4 C major"]


# -- numerals ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("layout", ["open", "closed"])
def test_numerals_stand_below_the_bass_at_their_times(layout):
    data = write_musicxml(parse_score(HYMN), layout=layout)
    numerals = [(0, "I"), (3, "V43"), (5, "viio7/V"), (8, "I")]  # the last one inside a half note
    given_harmonies = [at(time, time + 1, numeral=numeral) for time, numeral in numerals]
    given_harmonies[-1] = replace(given_harmonies[-1], cadence="authentic cadence")
    made = written(data, given_harmonies, "numerals")
    assert [(time, text.strip()) for time, text in texts(made)] == [
        (0, "I"), (3, "V⁴₃"), (5, "vii°⁷/V"), (8, "I"), (8, "authentic cadence"),
    ]  # fmt: skip
    below = {"open": "P4", "closed": "P2"}[layout]
    assert set(parts_with(made, "words")) == {below}
    assert bare(read_musicxml(made, "x").score) == bare(read_musicxml(data, "x").score)


def test_a_numeral_is_written_where_it_changes_or_closes():
    given_harmonies = [
        at(0, 1, numeral="I"),
        at(1, 2, numeral="I"),
        at(2, 3, numeral="I", cadence="plagal cadence"),
        at(3, 4),
    ]
    made = written(document(note(2) * 4), given_harmonies, "numerals")
    assert [(time, text.strip()) for time, text in texts(made)] == [(0, "I"), (2, "I"), (2, "plagal cadence")]


def test_numerals_are_no_harmony_for_the_next_reading():
    made = written(document(note(8)), [at(0, 4, numeral="V7")], "numerals")
    assert harmony_of(made).harmonies == ()


# -- figures -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("layout", ["open", "closed"])
def test_figures_stand_under_the_bass_notes(layout):
    data = write_musicxml(parse_score(HYMN), layout=layout)
    given_harmonies = [
        at(1, 2, figures=(Figure(6), Figure(4))),
        at(2, 3, figures=(Figure(5), Figure(3))),
        at(3, 5, figures=(Figure(6, raised=True),)),
        at(8, 9, figures=(Figure(7, -1), Figure(None, 0))),
    ]
    made = written(data, given_harmonies, "figures")
    assert figures(made) == ["1-2 6 4", "2-3 5 3", "3-5 6+", "8-9 b7 n"]
    assert set(parts_with(made, "figured-bass")) == {{"open": "P4", "closed": "P2"}[layout]}


columns_of_figures = st.lists(
    st.builds(
        Figure, st.integers(2, 13), st.sampled_from((None, None, -2, -1, 0, 1, 2)), raised=st.booleans()
    ),
    min_size=1,
    max_size=3,
).map(tuple)


@settings(max_examples=100, deadline=None)
@given(st.lists(columns_of_figures, min_size=8, max_size=8))
def test_random_figures_are_read_as_they_were_written(drawn):
    given_harmonies = [at(i, i + 1, figures=one) for i, one in enumerate(drawn)]
    data = document(note(4) + note(2) + note(2) + "|" + note(8))
    found = harmony_of(written(data, given_harmonies, "figures")).figures
    heard = [next(h.figures for h in found if h.onset <= i < h.end) for i in range(8)]
    assert heard == drawn


def test_held_figures_are_lines():
    given_harmonies = [
        at(0, 1, figures=(Figure(6), Figure(5))),
        at(1, 2, figures=(Figure(held=True), Figure(4))),
        at(2, 4, figures=(Figure(held=True), Figure(3))),
    ]
    made = written(document(note(2) + note(2) + note(4)), given_harmonies, "figures")
    lines = [figure.find("extend") for figure in etree.fromstring(made).iter("figure")]
    assert [None if line is None else line.get("type") for line in lines] == [
        "start", None, "continue", None, "stop", None,
    ]  # fmt: skip
    assert figures(made) == ["0-1 6 5", "1-2 _ 4", "2-4 _ 3"]


def test_a_triad_is_written_only_beside_other_figures():
    given_harmonies = [
        at(0, 2, figures=()), at(2, 3, figures=()), at(3, 4, figures=(Figure(6),)), at(4, 8, figures=()),
    ]  # fmt: skip
    made = written(document(note(4) + note(4) + "|" + note(8)), given_harmonies, "figures")
    assert figures(made) == ["2-3 5", "3-4 6"]


def test_figures_inside_a_note_leave_its_start_free():
    made = written(document(note(8)), [at(2, 3, figures=(Figure(6),))], "figures")
    assert figures(made) == ["2-3 6"]


def test_figures_without_a_bass_note_are_told():
    rest = "<note><rest/><duration>4</duration><voice>1</voice></note>"
    made = write_harmony(document(note(4) + rest), [at(2, 4, figures=(Figure(6),))], "figures")
    assert figures(made.data) == []
    assert made.remarks == ('"Song", measure 1, beat 3: no bass note there, so its figures are left out',)


def test_figures_of_the_document_stay_and_are_not_doubled():
    data = document(column("7") + note(4) + note(4))
    made = written(data, [at(0, 2, figures=(Figure(6),)), at(2, 4, figures=(Figure(6),))], "figures")
    assert figures(made) == ["0-2 7", "2-4 6"]


# -- documents ---------------------------------------------------------------------------------------------


def every_half_measure(score: Score) -> list[WrittenHarmony]:
    """Something to write twice a measure, inside notes too."""
    made = []
    for i, measure in enumerate(score.measures):
        middle = measure.onset + measure.duration / 2
        for half, (onset, end) in enumerate(pairwise((measure.onset, middle, measure.end))):
            if onset < end:
                chord = (C, F, G7, G)[(2 * i + half) % 4]
                numeral = ("I", "IV6", "V7", "V")[(2 * i + half) % 4]
                made.append(WrittenHarmony(onset, end, chord, numeral, None, (Figure(6 + half),)))
    return made


INSERTED = {
    "symbols": rb'\s*<harmony placement="above">.*?</harmony>',
    "figures": rb"\s*<figured-bass( print-object=\"no\")?>.*?</figured-bass>",
}


@pytest.mark.parametrize("kind", ["symbols", "figures"])
@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_every_other_byte_of_a_document_stays(path, kind):
    data = path.read_bytes()
    given_document = read_musicxml(data, path.name)
    mended = given_document.xml.data
    made = write_harmony(data, every_half_measure(given_document.score), kind)
    own = len(re.findall(INSERTED[kind], mended, re.DOTALL))
    if own:
        assert is_inserted(mended, made.data)
    else:
        assert re.sub(INSERTED[kind], b"", made.data, flags=re.DOTALL) == mended
    assert bare(read_musicxml(made.data, path.name).score) == bare(given_document.score)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_numerals_leave_the_music_as_it_is(path):
    given_document = read_musicxml(path.read_bytes(), path.name)
    made = write_harmony(path.read_bytes(), every_half_measure(given_document.score), "numerals")
    assert is_inserted(given_document.xml.data, made.data)
    assert bare(read_musicxml(made.data, path.name).score) == bare(given_document.score)


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1"])
@pytest.mark.parametrize("kind", KIND_NAMES)
def test_a_document_keeps_its_encoding(encoding, kind):
    data = document(note(8)).decode().replace("UTF-8", encoding).replace("Song", "Für").encode(encoding)
    made = written(data, [at(0, 4, chord=C, numeral="V65", figures=(Figure(6),))], kind)
    assert "Für" in made.decode(encoding)
    assert is_inserted(data, made)


# -- MuseScore ---------------------------------------------------------------------------------------------


@pytest.mark.host
def test_musescore_reads_back_every_kind_bass_and_degree(tmp_path):
    """MuseScore 3 keeps all of them; there is no kind that it cannot keep."""
    program = musescore_or_skip(tmp_path / "home")
    score = parse_score("soprano: " + " | ".join(["C5:2. D5:4"] * len(EVERY_CHORD)))
    given_harmonies = [
        at(2 * i, 2 * i + 2, chord=chord) for i, chord in enumerate(EVERY_CHORD)
    ]  # inside a note, too
    path, out = tmp_path / "given.musicxml", tmp_path / "out.musicxml"
    path.write_bytes(written(write_musicxml(score), given_harmonies))
    program.convert([(path, out)])
    found = harmony_of(out.read_bytes())
    assert found.remarks == ()
    assert [(h.onset, h.chord) for h in found.symbols] == [(h.onset, h.chord) for h in given_harmonies]


@pytest.mark.host
@pytest.mark.parametrize("layout", ["open", "closed"])
def test_musescore_reads_back_figures_and_numerals(tmp_path, layout):
    program = musescore_or_skip(tmp_path / "home")
    given_harmonies = [
        at(0, 1, numeral="I", figures=(Figure(5), Figure(3))),
        at(1, 2, numeral="V43", figures=(Figure(6), Figure(4, 1))),
        at(2, 3, numeral="I6", figures=(Figure(5), Figure(3, 0))),
        at(3, 5, numeral="viio7/V", figures=(Figure(7, -1), Figure(None, 1))),
        at(7, 8, numeral="I64", figures=(Figure(6), Figure(4))),
        at(8, 9, numeral="V", figures=(Figure(6, raised=True), Figure(5, raised=True))),
    ]
    data = written(write_musicxml(parse_score(HYMN), layout=layout), given_harmonies, "figures")
    data = written(data, given_harmonies, "numerals")
    path, out = tmp_path / "given.musicxml", tmp_path / "out.musicxml"
    path.write_bytes(data)
    program.convert([(path, out)])
    assert figures(out.read_bytes()) == figures(data)
    assert texts(out.read_bytes()) == texts(data)
