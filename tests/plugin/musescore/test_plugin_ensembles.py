"""The plugin in MuseScore 3 on choirs and quartets other than a mixed choir, with the real server.

The scores are ours, in the clefs and transpositions of the ensembles; the cello of the string quartet is in
the tenor clef.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import pytest

from common import assert_valid
from hymn_words import words_of
from musescore_support import (
    HeadlessMuseScore,
    Json,
    Run,
    parts,
    ripieno_serving,
    send_again,
    voices_of,
    without_layout,
)
from ripieno.ensembles.ensemble import Ensemble
from ripieno.ensembles.read import ensemble_named
from ripieno.harmony.symbol_text import chord_text
from ripieno.score import Key, Note, Voice, transpose
from ripieno.text.notation import parse_score
from ripieno_bridges.formats.musicxml.read_harmony import document_harmony
from ripieno_bridges.formats.musicxml.reader import read_musicxml
from ripieno_bridges.formats.musicxml.writer import write_musicxml

pytestmark = pytest.mark.host
TUNE = (
    '[key 1] G4:4"Praise" A4"God" B4"from" D5"whom" | C5"all" B4"bles-" A4:2"-sings" '
    '| B4:4"Praise" C5"him" D5"all" B4"crea-" | A4"-tures" F#4"here" G4:2"below"'
)
MEASURE = 1920
BASS_CLEF = b"<sign>F</sign>"
TENOR_CLEF = b"<sign>C</sign>"  # on the fourth line, too


class Case(NamedTuple):
    """An ensemble, the voice that has the melody, and how far that lies from where a soprano sings it."""

    name: str
    melody: str
    semitones: int = 0

    @property
    def ensemble(self) -> Ensemble:
        return ensemble_named(self.name)


SAB = Case("sab", "soprano")
TTBB = Case("ttbb", "tenor 2", -12)
STRINGS = Case("string-quartet", "violin 1")
SAXOPHONES = Case("saxophone-quartet", "soprano saxophone")
CASES = (
    *(SAB, TTBB, STRINGS, SAXOPHONES),
    Case("recorder-quartet", "soprano recorder", 12),
    Case("satbb", "soprano"),
    Case("barbershop", "lead", -12),
)


@functools.cache
def given(case: Case) -> bytes:
    """A document with a part for each voice of an ensemble, of which one has notes."""
    score = transpose(parse_score(f"melody: {TUNE}"), case.semitones)
    names = case.ensemble.names
    notes = score.voices[0].notes
    voices = tuple(Voice(name, notes if name == case.melody else ()) for name in names)
    data = write_musicxml(replace(score, voices=voices), ensemble=case.ensemble)
    if case == STRINGS:
        assert data.count(BASS_CLEF) == 1
        data = data.replace(BASS_CLEF, TENOR_CLEF)
    return data


@pytest.fixture(scope="module")
def server(musescore: HeadlessMuseScore, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    # No random network: what it sings is mended again and again, which takes three times as long.
    with ripieno_serving(tmp_path_factory.mktemp("ripieno"), model="lstm-chorales") as address:
        yield address


SETTINGS: Json = {"seed": 7, "alternatives": 1}


@functools.cache
def harmonized(musescore: HeadlessMuseScore, server: str, case: Case) -> Run:
    return musescore.run(given(case), server=server, settings=SETTINGS)


def sounding(data: bytes, case: Case) -> dict[str, tuple[Note, ...]]:
    """The notes of each voice as they sound, read from its part."""
    score = read_musicxml(data, "result.musicxml").score
    assert [voice.name for voice in score.voices] == [voice.part for voice in case.ensemble.voices]
    return {voice.name.lower(): voice.notes for voice in score.voices}


def onsets(notes: Sequence[Note]) -> list[tuple[int, str]]:
    return [(int(note.onset * 480), note.name) for note in notes]


def struck(events: Sequence[Json], *, start: int = 0) -> list[tuple[int, str]]:
    """(tick, name) of every note of a reply that is not tied to the one before it."""
    tied = [False, *(bool(event["tie"]) for event in events)]
    return [
        (event["tick"] + start, event["spelling"])
        for event, held in zip(events, tied, strict=False)
        if event["pitch"] is not None and not held
    ]


def assert_written(notes: Sequence[Note], events: Sequence[Json]) -> None:
    """The notes are those of a reply. One that no plugin can tie is struck again, at a barline."""
    there, wanted = onsets(notes), struck(events)
    again = [note for note in there if note not in wanted]
    assert [note for note in there if note in wanted] == wanted
    assert all(tick % MEASURE == 0 for tick, _ in again)


def assert_untouched(before: bytes, after: bytes, names: Sequence[str]) -> None:
    old, new = parts(before), parts(after)
    for name in names:
        assert without_layout(old[name]) == without_layout(new[name]), name


def part_of(case: Case, voice: str) -> str:
    return case.ensemble.voice(voice).part


# -- harmonize ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_parts_that_are_named_as_an_ensemble_get_its_voices(
    musescore: HeadlessMuseScore, server: str, case: Case
) -> None:
    """Each voice in its own staff as its player reads it, words under it, and the given one as it was."""
    run = harmonized(musescore, server, case)
    assert run.status.startswith("Version 1 of 1, seed 7.")
    assert (run.body["ensemble"], run.body["given"]) == (case.name, [case.melody])
    voices = voices_of(send_again(server, "harmonize", run.body)["alternatives"][0])
    assert list(voices) == [name for name in case.ensemble.names if name != case.melody]
    there = sounding(run.score, case)
    for name, events in voices.items():
        assert_written(there[name], events)
        low, high = case.ensemble.voice(name).range
        assert all(low <= note.pitch <= high for note in there[name])
        assert words_of(there[name], 1)[0] == "Praise"
    assert_valid(run.score)
    plain = musescore.run(given(case), press=[]).score
    assert_untouched(plain, run.score, [part_of(case, case.melody)])


def test_an_ensemble_can_be_chosen_for_parts_without_names(musescore: HeadlessMuseScore, server: str) -> None:
    """Three nameless parts are three voices of men once that is said, and the first of them sings."""
    case = Case("tbb", "tenor", -12)
    data = given(case)
    for voice in case.ensemble.voices:
        data = data.replace(f"<part-name>{voice.part}<".encode(), b"<part-name>Part<")
    assert "ensemble" not in musescore.run(data, server=server, task="check").body
    rows = {name: ["write", staff] for staff, name in enumerate(case.ensemble.names[1:], 1)}
    run = musescore.run(data, server=server, settings=SETTINGS, ensemble="tbb", rows=rows)
    assert run.status.startswith("Version 1 of 1, seed 7.")
    assert (run.body["ensemble"], run.body["given"]) == ("tbb", ["tenor"])
    score = read_musicxml(run.score, "result.musicxml").score
    assert all(voice.notes for voice in score.voices)


def test_staves_that_are_missing_are_named_by_the_voices_of_the_ensemble(
    musescore: HeadlessMuseScore, server: str
) -> None:
    """MuseScore 3.2 can add no staves."""
    data = write_musicxml(parse_score(f'"Tune": {TUNE}'))
    run = musescore.run(data, server=server, ensemble="sab")
    assert "Add them first (key I: alto, baritone), then choose them here." in run.status


# -- the other tasks, on the score that was harmonized -----------------------------------------------------


@pytest.mark.parametrize("case", [SAB, TTBB, STRINGS, SAXOPHONES], ids=lambda case: case.name)
def test_only_what_was_selected_is_regenerated(musescore: HeadlessMuseScore, server: str, case: Case) -> None:
    """The second and third measure of the lowest voice."""
    before = harmonized(musescore, server, case).score
    last = len(case.ensemble.names) - 1
    lowest = case.ensemble.names[last]
    selection = {"start": MEASURE, "end": 3 * MEASURE, "firstStaff": last, "lastStaff": last}
    settings = {"seed": 3, "alternatives": 1, "temperature": "1.2"}
    run = musescore.run(before, server=server, task="infill", selection=selection, settings=settings)
    assert run.status.startswith("Version 1 of 1, seed 3.")
    assert (run.body["ensemble"], run.body["anew"]) == (case.name, [lowest])
    events = voices_of(send_again(server, "infill", run.body)["alternatives"][0])[lowest]
    old, new = sounding(before, case)[lowest], sounding(run.score, case)[lowest]
    assert_written([note for note in new if MEASURE <= note.onset * 480 < 3 * MEASURE], events)
    # Of a note that is held beyond the selection the rest stays.
    held = [(3 * MEASURE, n.name) for n in old if n.onset * 480 < 3 * MEASURE < n.end * 480]
    assert outside(new) == sorted(outside(old) + held)
    assert onsets(new) != onsets(old)
    assert_untouched(before, run.score, [part_of(case, name) for name in case.ensemble.names[:-1]])


def outside(notes: Sequence[Note]) -> list[tuple[int, str]]:
    return [(tick, name) for tick, name in onsets(notes) if not MEASURE <= tick < 3 * MEASURE]


@pytest.mark.parametrize("case", [SAB, TTBB, STRINGS, SAXOPHONES], ids=lambda case: case.name)
def test_the_music_goes_on_after_its_end(musescore: HeadlessMuseScore, server: str, case: Case) -> None:
    before = harmonized(musescore, server, case).score
    settings = {"seed": 3, "alternatives": 1, "bars": 2}
    run = musescore.run(before, server=server, task="continue", settings=settings)
    assert run.status.startswith("Version 1 of 1, seed 3.")
    assert run.body["ensemble"] == case.name
    voices = voices_of(send_again(server, "continue", run.body)["alternatives"][0])
    assert set(voices) == set(case.ensemble.names)
    old, new = sounding(before, case), sounding(run.score, case)
    for name, events in voices.items():
        count = len(old[name])
        assert onsets(new[name])[:count] == onsets(old[name])
        assert_written(new[name][count:], events)
    assert_valid(run.score)


@pytest.mark.parametrize("case", [SAB, TTBB, STRINGS], ids=lambda case: case.name)
def test_faults_are_told_by_the_voices_of_the_ensemble(
    musescore: HeadlessMuseScore, server: str, case: Case
) -> None:
    """The lowest voice goes along with the melody an octave above it."""
    score = transpose(parse_score(f"melody: {TUNE}"), case.semitones)
    notes, high = score.voices[0].notes, transpose(score, 12).voices[0].notes
    lowest = case.ensemble.names[-1]
    own = {case.melody: notes, lowest: high}
    voices = tuple(Voice(name, own.get(name, ())) for name in case.ensemble.names)
    data = write_musicxml(replace(score, voices=voices), ensemble=case.ensemble)
    run = musescore.run(data, server=server, task="check", settings={"mark": True})
    assert run.body["ensemble"] == case.name
    assert [voice["voice"] for voice in run.body["voices"]] == [
        name for name in case.ensemble.names if name in own
    ]
    lines = run.said["faults"].splitlines()
    upper, low = case.melody.capitalize(), lowest.capitalize()
    assert lines[0].startswith(f"Measure 1, beat 2: {upper} and {lowest} move in parallel octaves, from G")
    assert any(line.startswith(f"Measure 1, beat 1: {upper} and {lowest} cross:") for line in lines)
    end = Key().spell(case.ensemble.voice(lowest).highest)
    assert lines[-1].endswith(f"above {end}, the end of its comfortable range.")
    assert lines[-1].startswith(f"Measure 4, beat 3: {low} has ")
    new = parts(run.score)
    texts = {name: [word.text for word in part.iter("words")] for name, part in new.items()}
    assert set(texts[part_of(case, case.melody)]) == {f"parallel octaves: {case.melody}, {lowest}"}
    assert texts[part_of(case, lowest)] == []
    assert sounding(run.score, case) == sounding(data, case)


# -- chord symbols of the measures that come ---------------------------------------------------------------


def test_to_continue_the_chord_symbols_of_the_measures_that_come_are_law(
    musescore: HeadlessMuseScore, server: str
) -> None:
    """Four measures of music, and two empty ones with a symbol each."""
    score = parse_score(f"soprano: {TUNE} | r:1 | r:1")
    data = write_musicxml(score)
    for number, root in (("5", "E"), ("6", "D")):
        head = f'<measure number="{number}">'.encode()
        assert head in data
        symbol = f"<harmony><root><root-step>{root}</root-step></root><kind>minor</kind></harmony>"
        data = data.replace(head, head + symbol.encode(), 1)
    settings = {"seed": 3, "alternatives": 1, "bars": 2}
    run = musescore.run(data, server=server, task="continue", settings=settings)
    assert run.status.startswith("Version 1 of 1, seed 3.")
    assert run.body["harmony"] == [
        {"tick": 4 * MEASURE, "ticks": MEASURE, "symbol": "Em"},
        {"tick": 5 * MEASURE, "ticks": MEASURE, "symbol": "Dm"},
    ]
    chords = send_again(server, "continue", run.body)["alternatives"][0]["chords"]
    assert {c["tick"]: c["symbol"] for c in chords if c["tick"] >= 4 * MEASURE} == {
        4 * MEASURE: "Em",
        5 * MEASURE: "Dm",
    }
    free = musescore.run(data, server=server, task="continue", settings={**settings, "followChords": False})
    assert "harmony" not in free.body
    symbols = document_harmony(read_musicxml(run.score, "x")).symbols
    assert [chord_text(s.chord) for s in symbols if s.chord is not None] == ["Em", "Dm"]
