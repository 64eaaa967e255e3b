"""Documents in an odd octave, or with an odd signature, are harmonized; what was given stays."""

from __future__ import annotations

import pytest

from common import ROOT, assert_valid, is_inserted
from ripieno.errors import RangeError
from ripieno.models.catalog import model_names
from ripieno.score import Score
from ripieno.text.notation import parse_score
from ripieno.theory.rules import faults
from ripieno_bridges.api.replies import DocumentReply
from ripieno_bridges.api.requests import DocumentRequest, File, Request
from ripieno_bridges.formats.musicxml.reader import read_musicxml
from ripieno_bridges.formats.musicxml.writer import write_musicxml
from ripieno_bridges.service.documents import reply_to
from ripieno_bridges.service.model_runner import ModelRunner

CASES = ROOT / "tests" / "data" / "cases"
LOW_TUNE = "06-low-tune.musicxml"
CONTRADICTED = "07-minor-under-three-sharps.musicxml"
LOW = (
    "G3 in measure 2, beat 1 lies below the soprano's range (A3 to A5), so the piece is heard an "
    "octave higher; "
    "what is given stays where it is written"
)
IN_A_MINOR = (
    "the notes contradict the key signature (3 sharps): they are in A minor, and are heard "
    "so; the signature stays"
)
CHOIRS = [name for name in model_names() if name.endswith("chorales")]


@pytest.fixture(scope="module")
def runner() -> ModelRunner:
    return ModelRunner()


def reply(runner: ModelRunner, file: File, **request) -> DocumentReply:
    quick = {"descent": {"steps": 10}} if request.get("model", "").startswith("dbn") else {}
    request = {"task": "harmonize", "seed": 1, "compare": False, **quick, **request}
    found = reply_to(runner, DocumentRequest(file=file, request=Request(**request)), progress=lambda _: None)
    assert isinstance(found, DocumentReply)
    return found


def case(name: str) -> File:
    return File(name, (CASES / name).read_bytes())


def written(document: bytes) -> Score:
    return read_musicxml(document, "after.musicxml").score


@pytest.mark.parametrize("model", CHOIRS)
def test_a_low_tune_stays_where_it_is_and_the_voices_lie_under_it(runner, model):
    found = reply(runner, case(LOW_TUNE), model=model)
    (document,) = found.documents
    assert is_inserted(case(LOW_TUNE).data, document)
    assert_valid(document)
    tune, *others = written(document).voices
    assert tune.notes == written(case(LOW_TUNE).data).voices[0].notes
    assert max(note.pitch for voice in others for note in voice.notes) < max(
        note.pitch for note in tune.notes
    )
    assert found.remarks[0] == LOW
    assert found.remarks[1].endswith("to E major, everybody could sing it (transpose +4, or auto)")


def test_a_strict_range_refuses_a_low_tune(runner):
    with pytest.raises(RangeError) as caught:
        reply(runner, case(LOW_TUNE), strict_range=True)
    assert str(caught.value) == (
        f"{LOW_TUNE}: Soprano, measure 2, beat 1: G3 lies below the soprano's range (below A3); move "
        "the piece, "
        "or give these notes to another voice"
    )


@pytest.mark.parametrize("model", CHOIRS)
def test_a_signature_that_the_notes_contradict_is_told_and_stays(runner, model):
    found = reply(runner, case(CONTRADICTED), model=model)
    (document,) = found.documents
    assert is_inserted(case(CONTRADICTED).data, document)
    assert_valid(document)
    assert found.remarks == (IN_A_MINOR,)
    assert found.understood == 'melody: "Melody"; key: A minor; 4 measures; written: alto, tenor, bass'
    after = written(document)
    assert {measure.key.fifths for measure in after.measures} == {3}
    new = [note for voice in after.voices[1:] for note in voice.notes]
    assert {
        note.spelling.step + "b#"[note.spelling.alter > 0] * abs(note.spelling.alter) for note in new
    } <= {
        *"ABCDEFG",
        *("F#", "G#", "C#", "D#", "Bb"),
    }
    pitches = [note.pitch for note in new]
    in_a_minor, in_a_major = (
        sum(pitch % 12 in scale for pitch in pitches)
        for scale in ({0, 2, 4, 5, 7, 8, 9, 11}, {1, 2, 4, 6, 8, 9, 11})
    )
    assert in_a_minor > max(in_a_major, 0.8 * len(pitches))


def test_what_is_heard_in_its_own_key_has_no_false_relations(runner):
    after = reply(runner, case(CONTRADICTED)).reply.results[0].score
    assert [fault for fault in faults(after) if fault.rule == "false relation"] == []


@pytest.mark.parametrize("task", ["continue", "vary", "infill"])
def test_every_task_keeps_the_octave_and_the_signature(runner, task):
    for name, remark in ((LOW_TUNE, LOW), (CONTRADICTED, IN_A_MINOR)):
        before = written(case(name).data)
        measures = ("3", "4") if task == "infill" else None
        request = Request(task=task, seed=1, compare=False, bars=1)
        found = reply_to(
            runner,
            DocumentRequest(file=case(name), request=request, measures=measures),
            progress=lambda _: None,
        )
        assert isinstance(found, DocumentReply)
        assert remark in found.remarks
        after = written(found.documents[0])
        assert {m.key.fifths for m in after.measures} == {m.key.fifths for m in before.measures}
        if task != "vary":
            start = 4 * (2 if task == "infill" else 4)
            kept = [n for n in before.voices[0].notes if n.onset < start]
            assert [n for n in after.voices[0].notes if n.onset < start] == kept


def test_a_tenor_written_an_octave_too_high_gets_a_choir_around_it(runner):
    text = """
    soprano: G4:4 A4 B4 C5 | B4 A4 G4:2 | C4:1
    tenor: B4:4 A4 G4 E5 | G4 F#4 B4:2 | E4:1
    """
    file = File("half.musicxml", write_musicxml(parse_score(text)))
    found = reply(runner, file)
    assert found.remarks == (
        "E5 in measure 1, beat 4 lies above the tenor's range (A2 to C5), so the tenor is heard an "
        "octave lower; "
        "what is given stays where it is written",
    )
    after = {voice.name.lower(): voice for voice in written(found.documents[0]).voices}
    before = written(file.data)
    assert [after[name].notes for name in ("soprano", "tenor")] == [voice.notes for voice in before.voices]
    assert max(note.pitch for note in after["bass"].notes) <= 64
