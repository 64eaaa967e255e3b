"""Documents in, documents out: what servers and the command line ask the engine about a score."""

from __future__ import annotations

import functools
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from lxml import etree

from common import ROOT, assert_valid, is_inserted
from ripieno.ensembles.read import ensemble_named
from ripieno.errors import FileError, RipienoError, ScoreError
from ripieno.score import VOICE_NAMES, Note, Score
from ripieno.text.notation import parse_score
from ripieno_bridges.api.replies import AnyReply, CheckReply, DocumentReply, ExportReply, ReadReply, Reply
from ripieno_bridges.api.requests import (
    AnyRequest,
    CheckRequest,
    DocumentRequest,
    ExportRequest,
    File,
    Layout,
    ReadRequest,
    Request,
    from_bytes,
    to_bytes,
)
from ripieno_bridges.formats.files import MIDI
from ripieno_bridges.formats.midi import write_midi
from ripieno_bridges.formats.musicxml.reader import list_staves, part_names, read_musicxml
from ripieno_bridges.formats.musicxml.writer import write_musicxml
from ripieno_bridges.formats.polyphony import read_polyphony_source
from ripieno_bridges.service.documents import reply_to
from ripieno_bridges.service.model_runner import ModelRunner

TWINKLE = File("twinkle.musicxml", (ROOT / "scores" / "twinkle.musicxml").read_bytes())
PARALLELS = """
soprano: C5:4 D5 E5 F5
alto:    G4:4 G4 G4 A4
tenor:   E4:4 D4 C4 C4
bass:    C3:4 G3 C3 F3
"""


@pytest.fixture(scope="module")
def answerer() -> ModelRunner:
    return ModelRunner()


@functools.cache
def answer_to(answerer: ModelRunner, ask: bytes) -> AnyReply:
    return reply_to(answerer, from_bytes(ask, AnyRequest), progress=lambda _: None)


def asked(answerer: ModelRunner, ask: AnyRequest) -> AnyReply:
    """The reply; to the same request, which gets the same one, it is computed once."""
    return answer_to(answerer, to_bytes(ask))


def sung(
    answerer: ModelRunner, file: File | None = TWINKLE, *, layout: Layout = "open", **request
) -> DocumentReply:
    quick = {"descent": {"steps": 10}} if request.get("model", "").startswith("dbn") else {}
    request = {"task": "harmonize", "seed": 3, "compare": False, **quick, **request}
    reply = asked(answerer, DocumentRequest(file=file, request=Request(**request), layout=layout))
    assert isinstance(reply, DocumentReply)
    return reply


def read(answerer: ModelRunner, name: str, data: bytes) -> ReadReply:
    reply = asked(answerer, ReadRequest(File(name, data)))
    assert isinstance(reply, ReadReply)
    return reply


@pytest.mark.parametrize("model", ["lstm-chorales", "dbn-ragtime"])
def test_a_document_in_utf_16_comes_back_in_utf_8_with_the_new_voices(answerer, model):
    data = TWINKLE.data.decode().replace('encoding="UTF-8"', 'encoding="UTF-16"').encode("utf-16")
    reply = sung(answerer, File("twinkle.musicxml", data), model=model)
    usual = sung(answerer, model=model)
    score, usual_score = (
        read_polyphony_source(Path("x.musicxml"), r.documents[0]).score for r in (reply, usual)
    )
    assert score.voices == usual_score.voices


def plain_words(score: Score) -> list[list[Note]]:
    """The notes of each voice, without the lines that prolong their words: readers need none."""
    return [
        [replace(n, lyrics=tuple(replace(lyric, melisma=False) for lyric in n.lyrics)) for n in voice.notes]
        for voice in score.voices
    ]


def test_a_melody_comes_back_with_three_voices_and_every_byte_of_its_own(answerer):
    reply = sung(answerer, alternatives=2, check=True)
    assert len(reply.documents) == len(reply.reply.results) == 2
    for document, result in zip(reply.documents, reply.reply.results, strict=True):
        assert_valid(document)
        assert is_inserted(TWINKLE.data, document)
        back = read_musicxml(document, "out.musicxml").score
        assert plain_words(back) == plain_words(result.score)
        assert result.faults is not None
    assert reply.staves == {"soprano": 0, "alto": 1, "tenor": 2, "bass": 3}


@pytest.mark.parametrize(
    ("ask", "staves"),
    [
        ({"layout": "closed"}, {"soprano": 0, "alto": 0, "tenor": 1, "bass": 1}),
        ({"model": "dbn-ragtime"}, {"right hand": 1, "left hand": 2}),
        ({"file": None, "task": "compose", "bars": 2}, dict(zip(VOICE_NAMES, range(4), strict=True))),
        (
            {"file": None, "task": "compose", "bars": 2, "layout": "closed"},
            {"soprano": 0, "alto": 0, "tenor": 1, "bass": 1},
        ),
    ],
)
def test_each_voice_is_found_on_its_staff(answerer, ask, staves):
    reply = sung(answerer, **ask)
    assert reply.staves == staves
    assert_valid(reply.documents[0])
    root = etree.fromstring(reply.documents[0])
    names = [part_names(root)[part].lower() for part, _ in list_staves(root)]
    for voice, staff in staves.items():
        if (voice, staff) != ("alto", 0):  # it joins the melody on its staff, whose name stays
            assert ("piano" if "hand" in voice else voice) in names[staff]


def test_only_what_is_selected_is_written_anew(answerer):
    whole = sung(answerer).documents[0]
    part = sung(
        answerer,
        File("satb.musicxml", whole),
        task="infill",
        selection=(Fraction(5), Fraction(8)),
        voices=("alto", "bass"),
        seed=8,
    ).documents[0]
    before, after = (read_musicxml(data, "x.musicxml").score for data in (whole, part))
    assert before != after
    for old, new in zip(before.voices, after.voices, strict=True):
        if old.name.lower() in ("soprano", "tenor"):
            assert old == new
        assert [n for n in old.notes if n.onset < 5] == [n for n in new.notes if n.onset < 5]
        assert [n for n in old.notes if n.onset >= 8] == [n for n in new.notes if n.onset >= 8]


def test_a_document_says_which_voices_it_has(answerer):
    reply = read(answerer, "satb.musicxml", sung(answerer).documents[0])
    assert [(line.voice, line.part, line.staff) for line in reply.lines] == [
        (name, name.capitalize(), i) for i, name in enumerate(VOICE_NAMES)
    ]
    assert [line.notes for line in reply.lines] == [len(v.notes) for v in reply.score.voices]


def test_faults_stand_with_a_document(answerer):
    reply = read(answerer, "x.musicxml", write_musicxml(parse_score(PARALLELS.replace("G4 G4", "G4 A4"))))
    checked = asked(answerer, CheckRequest(parse_score(PARALLELS.replace("G4 G4", "G4 A4"))))
    assert isinstance(checked, CheckReply)
    assert "parallel fifths" in {fault.rule for fault in reply.faults}
    assert [f.sentence for f in checked.faults] == [f.sentence for f in reply.faults]


def test_a_check_knows_the_voices_and_ranges_of_its_ensemble(answerer):
    score = parse_score("soprano: C5:4\nalto: F4:4\nbaritone: F4:4")
    checked = asked(answerer, CheckRequest(score, ensemble_named("sab")))
    assert isinstance(checked, CheckReply)
    assert [fault.sentence for fault in checked.faults if fault.voices == ("baritone",)] == [
        "Baritone has F4, above E4, the end of its comfortable range"
    ]


@pytest.mark.parametrize("suffix", MIDI)
def test_midi_is_read_as_musicxml(answerer, suffix):
    midi = asked(answerer, ExportRequest(TWINKLE, "midi"))
    assert isinstance(midi, ExportReply)
    reply = read(answerer, f"twinkle{suffix}", midi.data)
    assert_valid(reply.document)
    melody = read_musicxml(TWINKLE.data, "t.musicxml").score.voices[0]
    assert [(n.onset, n.pitch) for n in reply.score.voices[0].notes] == [
        (n.onset, n.pitch) for n in melody.notes
    ]
    assert [(line.voice, line.staff) for line in reply.lines] == [("soprano", 0)]


def test_chords_are_read_with_all_their_notes(answerer):
    written = sung(answerer, model="dbn-ragtime")
    chords = written.documents[0]
    reply = read(answerer, "rag.musicxml", chords)
    assert reply.document == chords
    assert [(line.voice, line.part, line.place) for line in reply.lines[:2]] == [
        ("soprano", "Soprano", ""),
        (None, "Piano", "staff 1"),
    ]
    notes = sorted((n.onset, n.pitch) for voice in written.reply.results[0].score.voices for n in voice.notes)
    assert sorted((n.onset, n.pitch) for voice in reply.score.voices for n in voice.notes) == notes
    midi = asked(answerer, ExportRequest(File("rag.musicxml", chords), "midi"))
    assert isinstance(midi, ExportReply)


def test_another_encoding_becomes_utf_8_and_its_declaration_too(answerer):
    text = write_musicxml(parse_score("soprano: C5:1")).decode().replace("Soprano", "Tr\xe4ume")
    file = File("traeume.musicxml", text.replace('"UTF-8"', '"ISO-8859-1"').encode("latin-1"))
    for data in (sung(answerer, file).documents[0], read(answerer, file.name, file.data).document):
        assert b'encoding="utf-8"' in data
        assert "Tr\xe4ume" in data.decode("utf-8")
        assert_valid(data)


@pytest.mark.parametrize(
    ("name", "data", "error"),
    [
        (
            "x.pdf",
            b"%PDF",
            "x.pdf: a PDF, which is a picture of a score; export the score itself as MusicXML",
        ),
        ("x.mscz", b"PK", "x.mscz: a MuseScore file; in MuseScore choose File > Export > MusicXML"),
        ("../../etc/x.xml", b"", "x.xml: empty; export it from your notation program once more, as MusicXML"),
        ("x.mid", b"MThd", "x.mid: "),
        ("\0.xml", b"<a/>", "?.xml: not a MusicXML score but <a>"),
    ],
)
def test_what_is_no_score_is_said_to_be_none(answerer, name, data, error):
    for ask in (ReadRequest(File(name, data)), ExportRequest(File(name, data), "midi")):
        with pytest.raises(FileError) as caught:
            asked(answerer, ask)
        assert str(caught.value).startswith(error)
    with pytest.raises(RipienoError, match=r"^[^/]"):
        sung(answerer, File(name, data))


def test_an_error_in_a_document_names_the_file(answerer):
    low = write_musicxml(parse_score("soprano: C3:1"))
    with pytest.raises(ScoreError, match=r"^low\.musicxml: Soprano, measure 1, beat 1: "):
        sung(answerer, File("low.musicxml", low), strict_range=True)


def test_no_name_is_ever_opened(answerer, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "mine.musicxml"
    path.write_bytes(b"something else")
    reply = read(answerer, str(path), TWINKLE.data)
    assert reply.score.voices[0].notes
    assert Path(path).read_bytes() == b"something else"


def test_every_ask_and_reply_crosses_between_processes(answerer):
    score = parse_score(PARALLELS)
    asks: list[AnyRequest] = [
        Request(task="compose", bars=2, seed=1),
        DocumentRequest(file=TWINKLE, request=Request(task="harmonize", seed=1), transposition="auto"),
        ReadRequest(TWINKLE),
        ExportRequest(File("x.mid", write_midi(score)), "midi"),
        CheckRequest(score),
    ]
    for ask, kind in zip(asks, (Reply, DocumentReply, ReadReply, ExportReply, CheckReply), strict=True):
        assert from_bytes(to_bytes(ask), AnyRequest) == ask
        reply = asked(answerer, ask)
        assert isinstance(reply, kind)
        assert from_bytes(to_bytes(reply), AnyReply) == reply


def test_a_pianist_is_not_held_to_the_rules_for_singers(answerer):
    reply = sung(answerer, model="dbn-ragtime", check=True)
    assert reply.reply.results[0].faults is None


def test_an_abc_tune_is_read_as_musicxml_and_a_tune_can_be_chosen() -> None:
    book = b"X:1\nT:One\nM:4/4\nL:1/4\nK:C\nc4|\n\nX:2\nT:Two\nM:4/4\nL:1/4\nK:G\nf4|\n"
    for tune, title, pitch in ((None, "One", 72), ("two", "Two", 78)):
        read = reply_to(
            ModelRunner(), ReadRequest(File("book.abc", book), tune=tune), progress=lambda _: None
        )
        assert isinstance(read, ReadReply)
        assert b"<score-partwise" in read.document
        assert (read.score.title, read.score.voices[0].notes[0].pitch) == (title, pitch)
