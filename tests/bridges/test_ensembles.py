"""Every ensemble from a melody to a document: what was given stays, and everybody can sing it."""

from dataclasses import replace
from functools import cache
from itertools import combinations
from pathlib import Path

import mido
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from common import assert_valid, musescore_or_skip
from ripieno.ensembles.read import ensemble_named, ensemble_names
from ripieno.grid import REST, score_to_grid, sounding_pitches
from ripieno.score import transpose
from ripieno.text.reading import parse_score
from ripieno_bridges.api.requests import DocumentRequest, File, Request
from ripieno_bridges.cli.main import main
from ripieno_bridges.formats.files import read_source
from ripieno_bridges.formats.musicxml.writer import write_musicxml
from ripieno_bridges.service.document_task import do_task
from ripieno_bridges.service.model_runner import ModelRunner

TUNE = "Melody: [key 1] G4:4 A4 B4 D5 | C5 B4 A4:2 | B4:4 C5 D5 B4 | A4 F#4 G4:2"
FIVE = ("ssatb", "satbb")
ENSEMBLES = [name for name in ensemble_names() if name != "keyboard"]


@cache
def runner() -> ModelRunner:
    return ModelRunner()


def harmonized(name, tune=TUNE, *, semitones=0, **options):
    """(the document that was given, what do_task made of it, the ensemble)"""
    data = write_musicxml(transpose(parse_score(tune), semitones))
    ensemble = ensemble_named(name)
    request = Request(task="harmonize", seed=1, ensemble=ensemble, compare=False, check=True, **options)
    done = do_task(
        runner(), DocumentRequest(file=File("tune.musicxml", data), request=request), progress=lambda _: None
    )
    return data, done, ensemble


# A melody that is comfortable for the voice that gets it.
SEMITONES = {"ttbb": -7, "tbb": -7, "tb": -9, "barbershop": -9, "recorder-quartet": 7}


@pytest.mark.parametrize("name", ENSEMBLES)
def test_a_melody_keeps_its_bytes_and_gets_the_voices_of_the_ensemble(name, tmp_path):
    data, done, ensemble = harmonized(name, semitones=SEMITONES.get(name, 0))
    result = done.reply.results[0]
    path = tmp_path / "out.musicxml"
    written = done.encode(result, path)[0]
    part = data[data.index(b"<part id=") : data.index(b"</part>")]
    assert part in written
    assert [voice.name for voice in result.score.voices] == list(ensemble.names)
    assert all(voice.notes for voice in result.score.voices)
    for voice in result.new:
        low, high = ensemble.voice(voice.name).range
        assert all(low <= note.pitch <= high for note in voice.notes)
    read = read_source(path, written)
    titles = [line.part for line in read.lines]
    assert [t for t in titles if t != "Melody"] == [
        v.part for v in ensemble.voices if v.name != ensemble.melody
    ]
    for voice, line in zip(result.score.voices, read.score.voices, strict=True):
        assert [(n.onset, n.duration, n.pitch) for n in voice.notes] == [
            (n.onset, n.duration, n.pitch) for n in line.notes
        ]
    rules = {fault.rule for fault in result.faults or ()}
    assert not rules & {"parallel fifths", "parallel octaves"}


@pytest.mark.host
def test_musescore_names_and_hears_every_ensemble_as_we_do(tmp_path):
    musescore = musescore_or_skip(tmp_path / "home")
    jobs, scores = [], {}
    for name in ENSEMBLES:
        _, done, _ = harmonized(name, semitones=SEMITONES.get(name, 0))
        path = tmp_path / f"{name}.musicxml"
        data, _ = done.encode(done.reply.results[0], path)
        assert_valid(data)
        path.write_bytes(data)
        jobs += [(path, path.with_suffix(".mid")), (path, path.with_suffix(".mxl"))]
        scores[name] = done.reply.results[0].score
    musescore.convert(jobs)
    for name, score in scores.items():
        heard = [
            [m.note for m in track if m.type == "note_on" and m.velocity]
            for track in mido.MidiFile(tmp_path / f"{name}.mid").tracks
        ]
        assert [notes for notes in heard if notes] == [[n.pitch for n in v.notes] for v in score.voices], name
        theirs = read_source(tmp_path / f"{name}.mxl", (tmp_path / f"{name}.mxl").read_bytes())
        ours = read_source(tmp_path / f"{name}.musicxml", (tmp_path / f"{name}.musicxml").read_bytes())
        assert [line.part for line in theirs.lines] == [line.part for line in ours.lines]


@pytest.mark.host
def test_musescore_has_an_instrument_for_the_sound_of_every_voice():
    """The plugin adds staves by these sounds. Of several with the same one MuseScore takes the first."""
    musescore_or_skip(Path())
    (listing,) = Path("/usr/share").glob("mscore3*/instruments/instruments.xml")
    instruments: dict[str | None, tuple[str | None, int]] = {}
    for found in etree.parse(listing).iter("Instrument"):
        clef = found.findtext("clef") or found.findtext("transposingClef")
        semitones = int(found.findtext("transposeChromatic", "0"))
        instruments.setdefault(found.findtext("musicXMLid"), (clef, semitones))
    clefs = {
        "treble": "G",
        "treble-8": "G8vb",
        "treble+8": "G8va",
        "alto": "C3",
        "bass": "F",
        "bass+8": "F8va",
    }
    for name in ENSEMBLES:
        for voice in ensemble_named(name).voices:
            assert instruments[voice.sound] == (clefs[voice.clef], voice.transposition), (name, voice.name)


@pytest.mark.parametrize("name", ["sab", "ssa", "tbb"])
def test_among_three_voices_every_beat_has_its_third(name):
    _, done, _ = harmonized(name, semitones=SEMITONES.get(name, 3))
    grid = score_to_grid(done.reply.results[0].score)
    pitches = sounding_pitches(grid.cells)[:: len(grid.cells) // 16]
    for row in pitches:
        tones = {int(pitch) % 12 for pitch in row if pitch != REST}
        assert any((b - a) % 12 in (3, 4, 8, 9) for a, b in combinations(sorted(tones), 2)), tones


@pytest.mark.parametrize("name", FIVE)
def test_where_four_voices_are_there_only_the_fifth_is_written(name):
    _, done, ensemble = harmonized(name)
    whole = done.reply.results[0].score
    missing = ensemble.names[3 if name == "satbb" else 1]
    four = replace(
        whole, voices=tuple(v if v.name != missing else replace(v, notes=()) for v in whole.voices)
    )
    request = Request(
        task="harmonize", seed=1, ensemble=ensemble, score=four, given=None, compare=False, check=False
    )
    result = runner().answer(request).results[0]
    for before, after in zip(four.voices, result.score.voices, strict=True):
        assert before.notes == after.notes or before.name == missing
    assert result.score.voice(missing).notes
    assert [voice.name for voice in result.new if voice.notes] == [missing]


def test_the_melody_may_lie_in_the_second_voice():
    _, done, _ = harmonized("ttbb", semitones=-9, given=("tenor 2",))
    result = done.reply.results[0]
    melody = transpose(parse_score(TUNE), -9).voices[0]
    assert result.score.voice("tenor 2").notes == melody.notes
    assert [voice.name for voice in result.new if voice.notes] == ["tenor 1", "bass 1", "bass 2"]


def test_a_melody_in_the_wrong_octave_is_sung_where_men_sing():
    _, done, ensemble = harmonized("ttbb")
    result = done.reply.results[0]
    assert result.score.voice("tenor 1").notes == parse_score(TUNE).voices[0].notes
    assert any("the tenor 1 is heard an octave lower" in remark for remark in done.reply.remarks)
    assert (
        max(note.pitch for note in result.score.voice("tenor 2").notes) <= ensemble.voice("tenor 2").highest
    )


def test_what_lies_beyond_the_comfortable_range_is_counted():
    _, done, _ = harmonized("sab", comfortable={"alto": (72, 73)})
    told = [remark for remark in done.reply.remarks if remark.startswith("the alto has ")]
    alto = done.reply.results[0].score.voice("alto").notes
    beyond = sum(not 72 <= note.pitch <= 73 for note in alto)
    assert told == [f"the alto has {beyond} notes of {len(alto)} beyond its comfortable range, C5 to C#5"]


def test_a_users_own_file_is_an_ensemble(tmp_path):
    (tmp_path / "duo.toml").write_text(
        '[[voices]]\nname = "Women"\nrange = "A3-E5"\n[[voices]]\nname = "Men"\nrange = "A2-E4"\n'
    )
    (tmp_path / "tune.musicxml").write_bytes(write_musicxml(parse_score(TUNE)))
    out = tmp_path / "out.musicxml"
    arguments = [
        "harmonize",
        tmp_path / "tune.musicxml",
        "--ensemble",
        tmp_path / "duo.toml",
        "--seed",
        "1",
        "-o",
        out,
    ]
    result = CliRunner().invoke(main, list(map(str, arguments)))
    assert result.exit_code == 0, result.output
    assert [line.part for line in read_source(out, out.read_bytes()).lines] == ["Melody", "Men"]


def test_a_voice_that_the_ensemble_has_not_is_told(tmp_path):
    (tmp_path / "tune.musicxml").write_bytes(write_musicxml(parse_score(TUNE)))
    arguments = ["harmonize", str(tmp_path / "tune.musicxml"), "--ensemble", "sab", "--voices", "tenor"]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code != 0
    assert 'there is no voice "tenor"; name soprano, alto, baritone' in result.output


@settings(max_examples=8, deadline=None)
@given(st.data())
def test_given_notes_come_back_in_every_ensemble_and_family(data):
    name = data.draw(st.sampled_from(["sab", "ttbb", "ssatb", "string-quartet"]))
    ensemble = ensemble_named(name)
    model = data.draw(st.sampled_from(["lstm-chorales", "bachbot-chorales", "rbm-chorales"]))
    voice = data.draw(st.sampled_from(ensemble.names))
    low, high = ensemble.voice(voice).comfortable
    pitches = data.draw(st.lists(st.integers(low, high), min_size=4, max_size=4))
    line = parse_score("x: C4:4 C4 C4 C4").voices[0].notes
    notes = tuple(replace(n, pitch=p, spelling=None) for n, p in zip(line, pitches, strict=True))
    base = parse_score("\n".join(f'"{n}": r:1' for n in ensemble.names))
    score = replace(
        base, voices=tuple(replace(v, notes=notes) if v.name == voice else v for v in base.voices)
    )
    request = Request(
        task="harmonize", seed=1, model=model, ensemble=ensemble, score=score, given=(voice,), compare=False
    )
    result = runner().answer(request).results[0]
    assert result.score.voice(voice).notes == notes
    assert {v.name for v in result.new if v.notes} == set(ensemble.names) - {voice}
