"""ABC tunes that we write, read again by us, and played by abc2midi."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings

from closed_hymn import HYMN
from common import ROOT, SCORES, host_or_skip
from lilypond_runs import played_notes
from repeat_documents import PLANS, repeat_document
from ripieno.ensembles.read import ensemble_named
from ripieno.score import Score
from ripieno.text.notation import parse_score
from ripieno_bridges.formats.abc.reader import read_abc
from ripieno_bridges.formats.abc.writer import write_abc
from ripieno_bridges.formats.all_notes import document_notes
from ripieno_bridges.formats.musicxml.reader import Document, read_musicxml
from ripieno_bridges.formats.musicxml.writer import write_musicxml
from strategies import scores
from two_hands import played

RAG = ("[2/4] C5:16 E5 G5:8~ G5 E5:16 C5 | D5:4 r:8 D5", "E5:8 G5 C6:4 | F5:2", "C3:8 G3 E3 G3 | B2:2")
ACCIDENTALS = "soprano: [key 2] F#4:4 F5 F#5 F4 | C#5 C#4 C5 C5 | Bb4:2~ Bb4:4 B5:4 | A4:12 Bb4 A4 G4:2."


def document_of(data: bytes | str) -> Document:
    return read_musicxml(data if isinstance(data, bytes) else data.encode(), "piece.musicxml")


def again(document: Document) -> Document:
    """What our reader makes of the tune that we write."""
    return read_musicxml(read_abc(write_abc(document)[0], "piece.abc").data, "piece.abc")


def notes(score: Score) -> Counter[tuple[Fraction, Fraction, int]]:
    return Counter((n.onset, n.duration, n.pitch) for voice in score.voices for n in voice.notes)


def words(document: Document) -> list[list[tuple[Fraction, str, str, int]]]:
    """The syllables of every line; ABC has a space where MusicXML binds two words."""
    return [
        [(n.onset, s.text.replace("\u203f", " "), s.syllabic, s.verse) for n in line.notes for s in n.lyrics]
        for line in document.lines
    ]


DOCUMENTS = {
    "open": write_musicxml(parse_score(HYMN)),
    "closed": write_musicxml(parse_score(HYMN), layout="closed"),
    "rag": write_musicxml(played(*RAG)),
    "accidentals": write_musicxml(parse_score(ACCIDENTALS)),
    **{path.stem: path.read_bytes() for path in SCORES},
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_notes_words_keys_and_meters_come_back(name: str) -> None:
    document = document_of(DOCUMENTS[name])
    read = again(document)
    assert notes(document_notes(read)) == notes(document_notes(document))
    assert words(read) == words(document)
    for old, new in zip(document.score.measures, read.score.measures, strict=True):
        assert (new.onset, new.meter, new.key.fifths) == (old.onset, old.meter, old.key.fifths)
    assert read.score.title == document.score.title or document.score.title is None


@settings(max_examples=25, deadline=None)
@given(scores())
def test_every_score_comes_back(score: Score) -> None:
    document = document_of(write_musicxml(score))
    assert notes(document_notes(again(document))) == notes(document_notes(document))


def test_signs_of_abc_in_titles_and_words_are_no_signs() -> None:
    text = '[title 100% wool]\nsoprano: C5:4"50%" D5"a-b" E5"a*b" F5"a\\\\" | G5:1"\u0434\u043e\u043c"'
    document = document_of(write_musicxml(parse_score(text)))
    read = again(document)
    assert read.score.title == "100% wool"
    assert [word for _, word, _, _ in words(read)[0]] == ["50%", "a-b", "ab", "a", "\u0434\u043e\u043c"]
    assert write_abc(document)[1] == ["left out: the signs * _ | ~ \\ in words (measure 1)"]


@pytest.mark.host
@pytest.mark.parametrize("name", ["open", "closed", "rag", "accidentals", "greensleeves", "saxophones"])
def test_abc2midi_plays_our_notes(tmp_path: Path, name: str) -> None:
    program = host_or_skip(shutil.which("abc2midi"), "abc2midi")
    if name == "saxophones":
        quartet = ensemble_named("saxophone-quartet")
        text = "\n".join(
            f"{v}: {n}:2 {n}" for v, n in zip(quartet.names, ("C5", "G4", "E4", "C3"), strict=True)
        )
        document = document_of(write_musicxml(parse_score(text), ensemble=quartet))
    else:
        document = document_of(DOCUMENTS[name])
    text = write_abc(document)[0].decode()
    # It lengthens what has a fermata, and does not know that a small 8 below a clef means an octave.
    text = re.sub("!(inverted)?fermata!", "", text).replace("clef=treble-8", "clef=treble octave=-1")
    (tmp_path / "x.abc").write_text(text)
    subprocess.run([program, "x.abc", "-o", "x.mid"], cwd=tmp_path, check=True, capture_output=True)
    found = Counter((round(float(onset) * 8), pitch) for onset, _, pitch in played_notes(tmp_path / "x.mid"))
    score = document_notes(document)
    order = (
        [0, *range(1, 9), *range(1, 8), *range(9, 18)]
        if name == "greensleeves"
        else range(len(score.measures))
    )
    time, expected = Fraction(0), Counter[tuple[int, int]]()
    for measure in (score.measures[index] for index in order):
        for voice in score.voices:
            for note in voice.between(measure.onset, measure.end):
                expected[round(float(time + note.onset - measure.onset) * 8), note.pitch] += 1
        time += measure.duration
    assert found == expected


def test_repeats_are_signs_and_endings() -> None:
    lines = write_abc(document_of(repeat_document(PLANS["song"])))[0].decode().splitlines()
    assert lines[-1] == "|: C4 | [1 D4 :| [2 E4 | F4 |"
    _, remarks = write_abc(document_of(repeat_document(PLANS["thrice"])))
    assert remarks == ["left out: a repeat played more than twice, which ABC plays twice (measure 2)"]


def test_a_hymn_reads_as_people_write_it() -> None:
    text = write_abc(document_of(DOCUMENTS["closed"]))[0].decode()
    assert "%%score [(S A) (T B)]" in text
    assert 'V:S clef=treble name="Soprano\\nAlto" snm="S.\\nA."' in text
    assert (
        "w: The hills are green a- gain, the riv- ers run, and" in text or "w: The hills are green a-" in text
    )


def test_chord_symbols_stand_over_the_highest_voice() -> None:
    data = (ROOT / "tests/data/cases/20-chord-symbol-subtract.musicxml").read_bytes()
    text = write_abc(document_of(data))[0].decode()
    assert re.search(r'"[A-G][^"]*"[A-Ga-g\[]', text)
