"""Chord symbols and figured bass in MuseScore 3: new voices keep to them, and the plugin writes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

import pytest

from common import beginning_of_twinkle
from musescore_support import (
    TICKS,
    HeadlessMuseScore,
    Json,
    parts,
    ripieno_serving,
    send_again,
    with_staves,
    written,
)
from ripieno.harmony.figure_text import parse_figures
from ripieno.harmony.symbol_text import chord_text, parse_chord
from ripieno.text.notation import parse_score
from ripieno_bridges.formats.musicxml.read_harmony import document_harmony
from ripieno_bridges.formats.musicxml.reader import read_musicxml
from ripieno_bridges.formats.musicxml.write_harmony import WrittenHarmony, write_harmony
from ripieno_bridges.formats.musicxml.writer import write_musicxml

MEASURE = 4 * TICKS
LENGTH = 28  # of the tune, in quarters
TUNE = with_staves(beginning_of_twinkle(LENGTH // 4).encode())
WRITE = {voice: ["write", staff] for staff, voice in enumerate(("alto", "tenor", "bass"), 1)}
SETTINGS = {"seed": 7, "alternatives": 1}
# By hand: the beat in quarters, the symbol, its pitch classes, its bass.
SYMBOLS = [
    (0, "C", {0, 4, 7}, 0),
    (4, "Fmaj7", {5, 9, 0, 4}, 5),
    (6, "C/E", {0, 4, 7}, 4),
    (9, "Dm7b5", {2, 5, 8, 0}, 2),
    (10, "Gsus4", {7, 0, 2}, 7),
    (12, "G7/B", {7, 11, 2, 5}, 11),
    (14, "Am", {9, 0, 4}, 9),
    (20, "N.C.", None, None),
    (24, "Bb6", {10, 2, 5, 7}, 10),
]


@pytest.fixture(scope="module")
def server(musescore: HeadlessMuseScore, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("ripieno")
    with ripieno_serving(folder) as address:
        yield address


def with_symbols(data: bytes, symbols: Sequence[tuple[int, str]] = ()) -> bytes:
    asked = symbols or [(beat, symbol) for beat, symbol, *_ in SYMBOLS]
    ends = [*(beat for beat, _ in asked[1:]), LENGTH]
    chords = [
        WrittenHarmony(Fraction(beat), Fraction(end), None if symbol == "N.C." else parse_chord(symbol))
        for (beat, symbol), end in zip(asked, ends, strict=True)
    ]
    return write_harmony(data, chords, "symbols").data


def sounding(score: bytes, tick: int) -> dict[str, int]:
    """The pitch classes that sound at a tick, by part."""
    steps = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
    found = {}
    for name, part in parts(score).items():
        for note in written(part):
            if note.tick <= tick < note.tick + note.ticks:
                letter, sign = note.spelling[0], note.spelling[1:-1]
                found[name] = (steps[letter] + sign.count("#") - sign.count("b")) % 12
    return found


def symbols_in(score: bytes) -> dict[int, str]:
    """The chord symbols of a document by their ticks, as our own reader finds them."""
    read = document_harmony(read_musicxml(score, "result.musicxml"))
    return {int(h.onset * TICKS): chord_text(h.chord) for h in read.symbols if h.chord is not None}


def words_in(score: bytes, name: str) -> list[str]:
    return [word.text or "" for word in parts(score)[name].iter("words")]


def chords_of_reply(alternative: Json) -> dict[int, str]:
    return {chord["tick"]: chord["symbol"] for chord in alternative["chords"]}


@pytest.mark.host
def test_new_voices_keep_to_the_chord_symbols_of_the_score(musescore: HeadlessMuseScore, server: str) -> None:
    run = musescore.run(with_symbols(TUNE), server=server, rows=WRITE, settings=SETTINGS)
    assert run.status.startswith("Version 1 of 1, seed 7.")
    assert [(s["tick"] // TICKS, s.get("symbol")) for s in run.body["harmony"]] == [
        (beat, None if symbol == "N.C." else symbol) for beat, symbol, *_ in SYMBOLS
    ]
    for beat, symbol, classes, bass in SYMBOLS:
        if classes is None:
            continue
        heard = sounding(run.score, beat * TICKS)
        assert {heard[name] for name in ("Alto", "Tenor", "Bass")} <= classes, symbol
        assert heard["Bass"] == bass, symbol


@pytest.mark.host
def test_a_symbol_in_the_middle_of_a_note_counts_from_there(
    musescore: HeadlessMuseScore, server: str
) -> None:
    """The tune's half notes begin in beats 6 and 14."""
    given = with_symbols(TUNE, [(0, "C"), (7, "Em"), (8, "F"), (15, "Am/C")])
    run = musescore.run(given, server=server, rows=WRITE, settings=SETTINGS)
    assert [s["tick"] // TICKS for s in run.body["harmony"]] == [0, 7, 8, 15]
    for beat, classes, bass in ((7, {4, 7, 11}, 4), (15, {9, 0, 4}, 0)):
        heard = sounding(run.score, beat * TICKS)
        assert {heard[name] for name in ("Alto", "Tenor", "Bass")} <= classes
        assert heard["Bass"] == bass


@pytest.mark.host
def test_a_symbol_that_cannot_be_read_is_told_with_its_place(
    musescore: HeadlessMuseScore, server: str
) -> None:
    given = with_symbols(TUNE).replace(b">major-seventh</kind>", b">other</kind>")
    given = given.replace(b'text="maj7">other', b'text="Lydian">other')
    run = musescore.run(given, server=server, rows=WRITE, settings=SETTINGS)
    assert run.status.startswith(
        'Measure 2, beat 1: "FLydian": "Lydian" is no kind of chord; write one such as F, Fm, F7,'
    )
    assert written(parts(run.score)["Alto"]) == []


@pytest.mark.host
def test_symbols_with_degrees_of_a_document_are_followed(musescore: HeadlessMuseScore, server: str) -> None:
    """MusicXML prints C7(b9) as the text 7 and a degree."""
    given = with_symbols(TUNE, [(0, "C"), (4, "F6/9"), (8, "Bdim7"), (9, "C7b9"), (10, "Gaug")])
    run = musescore.run(given, server=server, rows=WRITE, settings=SETTINGS)
    asked = [parse_chord(s["symbol"]).pitch_classes for s in run.body["harmony"]]
    assert asked == [{0, 4, 7}, {5, 9, 0, 2, 7}, {11, 2, 5, 8}, {0, 4, 7, 10, 1}, {7, 11, 3}]


@pytest.mark.host
def test_the_chord_symbols_need_not_be_followed(musescore: HeadlessMuseScore, server: str) -> None:
    settings = SETTINGS | {"followChords": False}
    run = musescore.run(with_symbols(TUNE), server=server, rows=WRITE, settings=settings)
    assert "harmony" not in run.body
    assert run.status.startswith("Version 1 of 1, seed 7.")


@pytest.mark.host
def test_symbols_are_written_where_none_stand_and_come_back_as_the_same_chords(
    musescore: HeadlessMuseScore, server: str
) -> None:
    settings = SETTINGS | {"writeChords": "symbols"}
    run = musescore.run(TUNE, server=server, rows=WRITE, settings=settings)
    told = chords_of_reply(send_again(server, "harmonize", run.body)["alternatives"][0])
    assert len(told) > 12
    assert symbols_in(run.score) == told
    again = musescore.run(
        run.score, server=server, rows={v: ["anew", s] for v, (_, s) in WRITE.items()}, settings=settings
    )
    assert symbols_in(again.score) == told


@pytest.mark.host
def test_another_version_brings_its_own_symbols(musescore: HeadlessMuseScore, server: str) -> None:
    settings = {"seed": 7, "alternatives": 2, "writeChords": "symbols"}
    press = ["start", "next"]
    run = musescore.run(TUNE, server=server, rows=WRITE, settings=settings, press=press)
    first, second = map(chords_of_reply, send_again(server, "harmonize", run.body)["alternatives"])
    assert first != second
    assert symbols_in(run.score) == second
    run = musescore.run(TUNE, server=server, rows=WRITE, settings=settings, press=[*press, "previous"])
    assert symbols_in(run.score) == first


@pytest.mark.host
def test_numerals_stand_below_the_bass(musescore: HeadlessMuseScore, server: str) -> None:
    settings = SETTINGS | {"writeChords": "numerals"}
    run = musescore.run(TUNE, server=server, rows=WRITE, settings=settings)
    chords = send_again(server, "harmonize", run.body)["alternatives"][0]["chords"]
    assert words_in(run.score, "Bass") == [chord["figure"] for chord in chords]
    places = {e.get("placement") for e in parts(run.score)["Bass"].iter("direction")}
    assert places == {"below"}
    rows = {v: ["anew", s] for v, (_, s) in WRITE.items()}
    again = musescore.run(run.score, server=server, rows=rows, settings=settings)
    assert again.status.startswith("Version 1 of 1, seed 7.")
    assert words_in(again.score, "Bass") == words_in(run.score, "Bass")  # none twice


@pytest.mark.host
def test_numerals_are_written_under_chord_symbols(musescore: HeadlessMuseScore, server: str) -> None:
    settings = SETTINGS | {"writeChords": "numerals"}
    run = musescore.run(with_symbols(TUNE), server=server, rows=WRITE, settings=settings)
    assert run.status.startswith("Version 1 of 1, seed 7.")
    chords = send_again(server, "harmonize", run.body)["alternatives"][0]["chords"]
    assert words_in(run.score, "Bass") == [chord["figure"] for chord in chords]


@pytest.mark.host
def test_only_in_the_selection_chords_are_written(musescore: HeadlessMuseScore, server: str) -> None:
    settings = SETTINGS | {"writeChords": "symbols"}
    selection = {"start": 2 * MEASURE, "end": 4 * MEASURE, "firstStaff": 0, "lastStaff": 3}
    run = musescore.run(TUNE, server=server, rows=WRITE, settings=settings, selection=selection)
    assert {tick // MEASURE for tick in symbols_in(run.score)} == {2, 3}


@pytest.mark.host
def test_a_symbol_over_a_clarinet_is_read_as_it_sounds(musescore: HeadlessMuseScore, server: str) -> None:
    """A clarinet in B flat reads D where C sounds, in the chord symbols over its staff, too."""
    given = with_symbols(TUNE).replace(b"<fifths>0</fifths>", b"<fifths>2</fifths>")
    transpose = b"<transpose><diatonic>-1</diatonic><chromatic>-2</chromatic></transpose></attributes>"
    head, _, tail = given.partition(b"</attributes>")
    run = musescore.run(
        head + transpose + tail, server=server, melody=0, melodyVoice="soprano", rows=WRITE, settings=SETTINGS
    )
    asked = [s.get("symbol") for s in run.body["harmony"]]
    assert asked[:5] == ["Bb", "Ebmaj7", "Bb/D", "Cm7b5", "Fsus4"]


@pytest.mark.host
def test_figures_under_a_given_bass_are_realized(musescore: HeadlessMuseScore, server: str) -> None:
    bass = "bass: [4/4] [key 0] C3:4 E3 F3 G3 | A3:4 B3 C4:2"
    given = with_staves(write_musicxml(parse_score(bass)), names=("Tenor", "Alto"))
    figures = {0: "0", 1: "6", 2: "65", 3: "7", 4: "0", 5: "6", 6: "0"}
    stretches = [
        WrittenHarmony(Fraction(beat), Fraction(beat + 1), figures=parse_figures(text))
        for beat, text in figures.items()
    ]
    given = write_harmony(given, stretches, "figures").data
    rows = {"soprano": ["out", None], "alto": ["write", 2], "tenor": ["write", 1]}
    run = musescore.run(given, server=server, melody=0, melodyVoice="bass", rows=rows, settings=SETTINGS)
    asked = [(s["tick"] // TICKS, s["ticks"] // TICKS, s["figures"]) for s in run.body["harmony"]]
    assert asked == [(1, 1, "6"), (2, 1, "6,5"), (3, 1, "7"), (5, 1, "6")]
    realized = [{0, 4, 7}, {0, 4, 7}, {5, 9, 0, 2}, {7, 11, 2, 5}, {9, 0, 4}, {11, 2, 7}, {0, 4, 7}]
    for beat, classes in enumerate(realized):  # a bass note without figures carries its triad
        heard = sounding(run.score, beat * TICKS)
        assert set(heard.values()) <= classes, beat
