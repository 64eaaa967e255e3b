"""The Python interface: what notebooks and scripts get, and whether the documents' examples run."""

from __future__ import annotations

import contextlib
import io
import json
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import Phase, given, reject, settings
from music21 import chord, expressions, key, metadata, meter, note, stream

import ripieno_bridges
from common import DATA, ROOT, SCORES, bare, beginning_of_twinkle, is_inserted, sounding
from ripieno.errors import FileError, RangeError, RequestError, RipienoError, ScoreError, WeightsError
from ripieno.models.generator import Generator
from ripieno.models.loading import load as load_model
from ripieno.models.lstm.generator import ChoraleGenerator
from ripieno.score import VOICE_NAMES, Score
from ripieno.text.notation import parse_score
from ripieno_bridges import GivenPiece, Version, compose, open_score, piece
from ripieno_bridges.api.settings import settings_of
from ripieno_bridges.cli.main import main
from ripieno_bridges.formats.files import load
from ripieno_bridges.formats.midi import write_midi
from ripieno_bridges.formats.musicxml.reader import read_musicxml
from ripieno_bridges.formats.musicxml.writer import write_musicxml
from ripieno_bridges.service import model_runner
from ripieno_bridges.service.model_runner import ModelRunner
from strategies import scores

TWINKLE = ROOT / "scores" / "twinkle.musicxml"
MELODY = "soprano: C5:4 D5 E5 F5 | G5 G5 G5:2"
PARALLELS = """
soprano: C5:4 D5 E5 F5
alto:    G4:4 G4 A4 A4
tenor:   E4:4 D4 C4 C4
bass:    C3:4 G3 C3 F3
"""
KEYWORDS = {
    "harmonize": piece.HarmonizeSettings,
    "continue": piece.ContinueSettings,
    "infill": piece.InfillSettings,
    "vary": piece.VarySettings,
    "compose": piece.ComposeSettings,
}


@pytest.fixture(scope="module")
def twinkle() -> GivenPiece:
    return open_score(TWINKLE)


@pytest.fixture(scope="module")
def four_measures(tmp_path_factory) -> Path:
    path: Path = tmp_path_factory.mktemp("short") / "short.musicxml"
    path.write_text(beginning_of_twinkle(4), "utf-8")
    return path


@pytest.fixture(scope="module")
def short(four_measures) -> GivenPiece:
    return open_score(four_measures)


@pytest.fixture(scope="module")
def versions(twinkle) -> tuple[Version, ...]:
    return twinkle.harmonize(alternatives=2, seed=7)


@pytest.fixture(scope="module")
def satb(versions) -> GivenPiece:
    return open_score(versions[0])


def file_of(folder: Path, text: str, name: str = "given.musicxml") -> Path:
    """A score in short text, as a file."""
    path = folder / name
    path.write_bytes(write_musicxml(parse_score(text)))
    return path


def saved(version: Version, folder: Path, ending: str = ".musicxml") -> bytes:
    return version.save(folder / f"python{ending}").read_bytes()


# -- what stands in the documents --------------------------------------------------------------------------


def blocks(text: str) -> list[tuple[str, str | None]]:
    """The Python of a document, block by block, and what the text behind a block says that it prints."""
    found = re.findall(r"^```python\n(.*?)^```\n(?:```text\n(.*?)^```\n)?", text, re.DOTALL | re.MULTILINE)
    return [(code, printed or None) for code, printed in found]


def readme() -> str:
    return (ROOT / "README.md").read_text("utf-8").split("\n## From Python\n")[1].split("\n## ")[0]


@pytest.mark.parametrize(
    ("text", "count"), [((ROOT / "docs" / "python.md").read_text("utf-8"), 6), (readme(), 1)]
)
def test_the_examples_run_as_they_stand_there(text, count, tmp_path, monkeypatch):
    shutil.copytree(ROOT / "scores", tmp_path / "scores")
    (tmp_path / "scores" / "twinkle.musicxml").write_text(
        beginning_of_twinkle(8), "utf-8"
    )  # they go to measure 8
    monkeypatch.chdir(tmp_path)
    found = blocks(text)
    assert len(found) == count == text.count("```python")
    names: dict[str, object] = {}
    for code, said in found:
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            exec(compile(code, "example", "exec"), names)
        assert said is None or printed.getvalue() == said
    assert list(tmp_path.glob("twinkle-satb*.musicxml"))


def test_every_setting_is_named_in_the_document():
    text = (ROOT / "docs" / "python.md").read_text("utf-8")
    assert [name for name in settings_of("python") if f"`{name}`" not in text] == []


# -- importing ---------------------------------------------------------------------------------------------

HEAVY = ("torch", "music21", "numpy", "lxml", "mido", "click", "starlette", "msgspec")


@pytest.mark.parametrize(
    ("code", "heavy"),
    [
        ("import ripieno_bridges; dir(ripieno_bridges)", HEAVY),
        ("from ripieno_bridges import open_score, compose", ("torch", "music21", "numpy")),
    ],
)
def test_importing_it_loads_nothing_heavy(code, heavy):
    code = f"{code}; import sys; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_package_has_the_public_names_and_no_others():
    assert set(ripieno_bridges.__all__) <= set(dir(ripieno_bridges))
    assert [getattr(ripieno_bridges, name) for name in ripieno_bridges.__all__] == [
        GivenPiece,
        Version,
        compose,
        open_score,
    ]
    with pytest.raises(AttributeError, match="module 'ripieno_bridges' has no attribute 'compost'"):
        ripieno_bridges.compost  # noqa: B018


@pytest.mark.parametrize("package", ["engine/ripieno", "bridges/ripieno_bridges"])
def test_the_packages_say_that_they_are_typed(package):
    assert (ROOT / package / "py.typed").read_bytes() == b""


# -- given notes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["lstm-chorales", "bachbot-chorales", "rbm-chorales", "dbn-chorales"])
def test_a_document_comes_back_byte_for_byte_whatever_the_model(model, tmp_path):
    path = file_of(tmp_path, "soprano: C5:4. D5:8 E5:8. F5:16 G5:4 | A5:12 G5 F5 E5:32 F5 E5 D5 E5:8 C5:2")
    found = open_score(path).harmonize(model=model, seed=1, alternatives=2)
    for version in found:
        data = saved(version, tmp_path, f"-{version.number}.musicxml")
        assert is_inserted(path.read_bytes(), data)
        back = read_musicxml(data, "back.musicxml").score
        assert back.voices[0].notes == load(path).score.voices[0].notes
        assert [bool(voice.notes) for voice in back.voices] == [True] * 4
        assert bare(back) == bare(version.score)


def test_a_piano_is_written_under_a_melody_that_stays_as_it_is(tmp_path):
    path = file_of(tmp_path, MELODY)
    (version,) = open_score(path).harmonize(model="dbn-ragtime", seed=1)
    assert is_inserted(path.read_bytes(), saved(version, tmp_path))
    assert version.faults == ()
    assert repr(version) == "<version 1 by dbn-ragtime, seed 1: 6 voices, 2 measures>"


class OneModel(ModelRunner):
    """Has the same small model, whatever its name."""

    def __init__(self, model: ChoraleGenerator) -> None:
        super().__init__()
        self.only = model

    def model(self, name: str) -> ChoraleGenerator:
        return self.only


REFUSED = ("given.musicxml: there is no note to harmonize", "all four voices are full")


@given(score=scores(on_grid=False))
@settings(max_examples=10, phases=set(Phase) - {Phase.shrink})  # an example takes a second
def test_whatever_was_given_comes_back(score: Score, random_model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("given")
    path = folder / "given.musicxml"
    path.write_bytes(write_musicxml(score))
    before = load(path).score
    with mock.patch.object(piece, "_runner", return_value=OneModel(random_model)):
        try:
            (version,) = open_score(path).harmonize(seed=1, beam=1, voices=VOICE_NAMES)
        except RipienoError as exc:
            if not isinstance(exc, RangeError) and not str(exc).startswith(REFUSED):
                raise
            reject()
    after = read_musicxml(saved(version, folder), "after.musicxml").score
    for voice in before.voices:
        back = sounding(after.voices[VOICE_NAMES.index(voice.name.lower())])
        assert set(sounding(voice)) <= set(back)


def test_only_the_measures_and_voices_asked_for_are_regenerated(satb):
    (version,) = satb.infill(measures="5-6", voices="alto,tenor", seed=3)
    start, end = satb.score.span(range(4, 6))
    for name, old, new in zip(VOICE_NAMES, satb.score.voices, version.score.voices, strict=True):
        if name in ("soprano", "bass"):
            assert new.notes == old.notes
        else:
            outside = [n for n in new.notes if not start <= n.onset < end]
            assert outside == [n for n in old.notes if not start <= n.onset < end]
    assert bare(version.score) != bare(satb.score)


def test_a_document_in_other_letters_keeps_them_and_is_text_too(tmp_path):
    text = write_musicxml(replace(parse_score(MELODY), title="Ärger")).decode()
    for encoding in ("utf-16", "iso-8859-1"):
        path = tmp_path / f"{encoding}.musicxml"
        path.write_bytes(re.sub("(?i)utf-8", encoding, text, count=1).encode(encoding))
        for model in ("lstm-chorales", "rbm-blues"):
            (version,) = open_score(path).harmonize(seed=1, model=model)
            assert "Ärger" in version.musicxml()
            data = saved(version, tmp_path, f"-{encoding}-{model}.musicxml")
            assert "Ärger" in data.decode(encoding)


def test_a_file_is_read_once(tmp_path):
    path = file_of(tmp_path, MELODY)
    opened = open_score(str(path))
    path.unlink()
    assert opened.harmonize(seed=1)[0].score.voice("soprano").notes == opened.score.voices[0].notes


# -- the command line --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "task", "settings"),
    [
        (["harmonize"], "harmonize", {}),
        (
            ["harmonize", "--temperature", "0.7", "--top-p", "0.9", "--beam", "2", "--transpose", "2"],
            "harmonize",
            {"temperature": 0.7, "top_p": 0.9, "beam": 2, "transpose": 2},
        ),
        (["harmonize", "--layout", "closed"], "harmonize", {"layout": "closed"}),
        (["harmonize", "--given", "alto"], "harmonize", {"given": "alto"}),
        (["harmonize", "--original", "0.9"], "harmonize", {"original": 0.9}),
        (
            ["harmonize", "--model", "dbn-chorales", "--for", "piano", "--descent", "steps=20"],
            "harmonize",
            {"model": "dbn-chorales", "performers": "piano", "descent": {"steps": 20}},
        ),
        (["infill", "--measures", "2-3"], "infill", {"measures": "2-3"}),
        (
            ["infill", "--measures", "2", "--voices", "soprano"],
            "infill",
            {"measures": 2, "voices": "soprano"},
        ),
        (["continue", "--bars", "2"], "continue_", {"bars": 2}),
        (["vary", "--amount", "0.5"], "vary", {"amount": 0.5}),
        (["vary"], "vary", {}),
    ],
)
def test_the_same_seed_gives_the_file_of_the_command_line(
    arguments, task, settings, four_measures, short, tmp_path
):
    out = tmp_path / "cli.musicxml"
    command, *options = arguments
    done = CliRunner().invoke(main, [command, str(four_measures), "-o", str(out), "--seed", "5", *options])
    assert done.exit_code == 0, done.output
    (version,) = getattr(short, task)(seed=5, **settings)
    assert saved(version, tmp_path) == out.read_bytes()


@pytest.mark.parametrize(
    ("options", "settings"),
    [
        (["--bars", "2", "--key", "g minor"], {"bars": 2, "key": "g minor"}),
        (
            ["--bars", "2", "--meter", "3/4", "--pickup", "1", "--layout", "closed"],
            {"bars": 2, "meter": "3/4", "pickup": 1, "layout": "closed"},
        ),
        (["--model", "rbm-blues", "--bars", "2"], {"model": "rbm-blues", "bars": 2}),
    ],
)
def test_the_same_seed_composes_the_file_of_the_command_line(options, settings, tmp_path):
    out = tmp_path / "cli.musicxml"
    done = CliRunner().invoke(main, ["compose", "-o", str(out), "--seed", "5", *options])
    assert done.exit_code == 0, done.output
    assert saved(compose(seed=5, **settings)[0], tmp_path) == out.read_bytes()


@pytest.mark.parametrize("ending", [".mid", ".mxl"])
def test_alternatives_are_those_of_the_command_line_in_every_kind_of_file(ending, versions, tmp_path):
    out = tmp_path / f"cli{ending}"
    options = ["--seed", "7", "--alternatives", "2"]
    assert CliRunner().invoke(main, ["harmonize", str(TWINKLE), "-o", str(out), *options]).exit_code == 0
    assert [version.number for version in versions] == [1, 2]
    assert saved(versions[0], tmp_path, ending) == out.read_bytes()
    assert saved(versions[1], tmp_path, f"-2{ending}") == (tmp_path / f"cli-2{ending}").read_bytes()


def test_midi_in_gives_the_file_of_the_command_line(tmp_path):
    path = tmp_path / "tune.mid"
    path.write_bytes(write_midi(parse_score(MELODY)))
    out = tmp_path / "cli.musicxml"
    assert CliRunner().invoke(main, ["harmonize", str(path), "-o", str(out), "--seed", "1"]).exit_code == 0
    (version,) = open_score(path).harmonize(seed=1)
    assert saved(version, tmp_path) == out.read_bytes()


# -- settings ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("task", KEYWORDS)
def test_the_keywords_of_a_task_are_the_settings_of_the_table(task):
    table = {name for name, setting in settings_of("python").items() if task in setting.tasks}
    assert set(KEYWORDS[task].__annotations__) == table


def test_what_is_none_is_left_out(short):
    nothing = dict.fromkeys(piece.HarmonizeSettings.__annotations__)
    (version,) = short.harmonize(**(nothing | {"seed": 7}))
    assert bare(version.score) == bare(short.harmonize(seed=7)[0].score)


@pytest.mark.parametrize(
    ("task", "name", "value", "held"),
    [
        ("harmonize", "given", ["bass", "soprano"], ("given", ("soprano", "bass"))),
        ("harmonize", "given", "soprano bass", ("given", ("soprano", "bass"))),
        ("infill", "voices", ("alto",), ("voices", ("alto",))),
        ("vary", "seed", np.int64(7), ("seed", 7)),
        ("vary", "amount", np.float32(0.3), ("amount", 0.3)),
        ("vary", "original", 1 / 3, ("original", 1 / 3)),
        ("vary", "seed", 7.0, ("seed", 7)),
        ("vary", "descent", {"steps": 20, "rate": 1e-7}, ("descent", {"steps": 20, "rate": 1e-7})),
        ("vary", "deadline", 1500, ("deadline_seconds", 1.5)),
        ("vary", "transpose", "auto", ("transposition", "auto")),
    ],
)
def test_a_value_may_come_in_every_usual_form(task, name, value, held):
    found = piece._setting(task, name, value)
    assert found == held
    assert type(found[1]) is type(held[1])


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"temperature": 3}, 'temperature cannot be "3"; it takes 0-2'),
        ({"temperature": "warm"}, 'temperature cannot be "warm"; it takes 0-2'),
        ({"temperature": float("nan")}, 'temperature cannot be "nan"; it takes 0-2'),
        ({"temperature": 2.00000001}, "temperature 2 is impossible; give 0 to 2"),
        ({"seed": 1.5}, 'seed cannot be "1.5"; it takes 0-2147483647'),
        ({"seed": [1, 2]}, 'seed cannot be "1,2"; it takes 0-2147483647'),
        ({"alternatives": 0}, 'alternatives cannot be "0"; it takes 1-16'),
        ({"layout": "round"}, 'layout cannot be "round"; it takes open or closed'),
        ({"transpose": 25}, 'transpose cannot be "25"; it takes semitones or `auto`'),
        ({"given": "viola"}, 'there is no voice "viola"; name soprano, alto, tenor, bass'),
        ({"given": []}, '"": name some voices, such as alto, tenor, with commas between'),
        ({"bars": 4}, "bars is for compose and continue, not to harmonize; leave it out"),
        ({"threshold": 0.5}, "threshold is for an RBM or a DBN, and lstm-chorales is neither; leave it out"),
        ({"performers": "piano"}, "lstm-chorales writes for a choir only; for the piano choose one that "
         "plays it, such as lstm-ragtime"),
        ({"model": "dbn-ragtime", "layout": "closed"}, "layout is for choirs; leave it out, or let a choir "
         "perform"),
        ({"model": "dbn-ragtime", "given": "bass"}, "given is for choirs; leave it out, or let a choir "
         "perform"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_told_as_at_the_other_interfaces(settings, text, twinkle):
    with pytest.raises(RequestError) as caught:
        twinkle.harmonize(**settings)
    assert str(caught.value) == text


def test_an_unknown_setting_is_told_with_those_that_there_are(twinkle):
    with pytest.raises(RequestError) as caught:
        twinkle.harmonize(tempo=90)
    there = ", ".join(settings_of("python"))
    assert str(caught.value) == f'there is no setting "tempo"; there are {there}'


@pytest.mark.parametrize(
    ("measures", "text"),
    [
        ("99", "there is no measure 99; the score has measures 1 to 12"),
        ("3-2", "measure 3 comes after measure 2; give the earlier one first"),
        ("the first", '"the first": write the measures like 5-8'),
    ],
)
def test_wrong_measures_are_told(measures, text, twinkle):
    with pytest.raises(RequestError) as caught:
        twinkle.infill(measures=measures)
    assert str(caught.value) == text


def test_an_unknown_key_meter_and_model_are_told(twinkle):
    with pytest.raises(RequestError, match=r'^"H" is no key; write it like D, Bb, "f# minor" or g$'):
        compose(key="H")
    with pytest.raises(RequestError, match=r'^"3" is no time signature; write it like 3/4$'):
        compose(meter="3")
    with pytest.raises(WeightsError, match=r'^there is no model "bach"; choose one of: bachbot-chorales, '):
        twinkle.vary(model="bach")


# -- wrong files -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(p.name for p in (DATA / "invalid").iterdir()))
def test_a_wrong_file_is_told_in_the_words_of_the_command_line(name):
    with pytest.raises((FileError, ScoreError)) as caught:
        open_score(DATA / "invalid" / name)
    with pytest.raises((FileError, ScoreError)) as usual:
        load(DATA / "invalid" / name)
    assert str(caught.value) == str(usual.value)


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(
        FileError, match=r"none\.musicxml: there is no such file; check the name and the folder$"
    ):
        open_score(tmp_path / "none.musicxml")


def test_of_chords_the_top_notes_are_the_melody_and_a_pianist_hears_all():
    opened = open_score(stream.Part([chord.Chord("C5 E5", type="whole")]))
    over = '"part 1", measure 1: of a chord the highest note is read, the others stay'
    assert opened.remarks == (over,)
    assert sorted(note.pitch for voice in opened.score.voices for note in voice.notes) == [72, 76]
    (version,) = opened.harmonize(seed=1)
    assert version.understood == 'melody: "part 1"; key: C major; 1 measure; written: alto, tenor, bass'
    assert [note.name for note in version.score.voice("soprano").notes] == ["E5"]
    assert version.remarks == (
        '"part 1" is chords, of which the top notes are taken as the melody; '
        "melody or given choose otherwise",
        over,
    )
    assert [line.voice for line in version.lines] == [line.voice for line in opened.lines] == ["soprano"]
    assert opened.check() == ()
    assert opened.continue_(model="dbn-ragtime", bars=2, seed=1)[0].score.duration == 12


def test_a_melody_out_of_range_is_told_with_a_way_out(tmp_path):
    path = file_of(tmp_path, "soprano: C3:4 D3 E3 F3")
    with pytest.raises(RangeError) as caught:
        open_score(path).harmonize(strict_range=True)
    done = CliRunner().invoke(
        main, ["harmonize", str(path), "--strict-range", "-o", str(tmp_path / "out.mid")]
    )
    assert done.output.startswith(f"ripieno: {caught.value}")
    assert caught.value.__notes__ == [
        "transpose='auto' moves it; given='alto', say, tells which voice a melody is"
    ]
    assert open_score(path).harmonize(transpose="auto")[0].remarks == ("the piece was moved by +9 semitones",)


@pytest.mark.parametrize("thing", [None, 3, b"<score/>", note.Note("C4"), ["a.mid"]])
def test_what_is_no_score_at_all_is_a_fault_of_the_program(thing):
    with pytest.raises(TypeError, match=r"^open_score takes a path, a music21 stream or a version, not "):
        open_score(thing)


# -- saving ------------------------------------------------------------------------------------------------


def test_saving_never_replaces_a_file_unless_told_to(versions, tmp_path):
    path = tmp_path / "mine.musicxml"
    path.write_text("mine")
    with pytest.raises(FileError) as caught:
        versions[0].save(path)
    assert str(caught.value) == (
        f"{path}: is there already; choose another name, or add --force to replace it"
    )
    assert caught.value.__notes__ == ["force=True replaces it"]
    assert path.read_text() == "mine"
    assert versions[0].save(str(path), force=True) == path
    assert load(path).score.voices[0].notes == load(TWINKLE).score.voices[0].notes
    assert list(tmp_path.iterdir()) == [path]


def test_an_ending_that_says_no_kind_is_told_and_nothing_is_written(versions, tmp_path):
    with pytest.raises(FileError) as caught:
        versions[0].save(tmp_path / "satb.doc")
    midi_and_more = "MIDI (.mid), LilyPond (.ly), PDF (.pdf), ABC (.abc) or DAWproject (.dawproject)"
    kinds = f"MusicXML (.musicxml, .xml, .mxl), {midi_and_more}"
    assert str(caught.value) == f"satb.doc: ripieno writes {kinds}; end the name with one of these"
    assert not hasattr(caught.value, "__notes__")
    assert list(tmp_path.iterdir()) == []


# -- versions ----------------------------------------------------------------------------------------------


def test_a_version_says_what_the_command_line_reports(versions, tmp_path):
    out = tmp_path / "out.musicxml"
    arguments = ["harmonize", str(TWINKLE), "-o", str(out), "--seed", "7", "--alternatives", "2", "--json"]
    report = json.loads(CliRunner().invoke(main, arguments).output)
    assert len(versions) == 2
    for version, alternative in zip(versions, report["alternatives"], strict=True):
        assert (version.seed, version.model) == (report["seed"], report["model"]) == (7, "lstm-chorales")
        assert version.originality.closest.source == alternative["copied"]["from"]
        assert list(version.remarks) == report["remarks"]
        assert version.complete
        assert version.result.parallels == alternative["parallels"]


def test_the_seed_that_was_drawn_gives_the_same_notes_again(short):
    (drawn,) = short.harmonize()
    assert bare(short.harmonize(seed=drawn.seed)[0].score) == bare(drawn.score)


def test_faults_are_those_that_check_finds(tmp_path):
    path = file_of(tmp_path, PARALLELS)
    report = json.loads(CliRunner().invoke(main, ["check", str(path), "--json"]).output)["faults"]
    opened = open_score(path)
    found = opened.check()
    assert [(f.rule, f.measure, f.beat, f.sentence) for f in found] == [
        (f["rule"], f["measure"], f["beat"], f["sentence"]) for f in report
    ]
    assert "parallel fifths" in [fault.rule for fault in found]
    (version,) = opened.vary(amount=0, seed=1)
    assert version.faults == found


def test_parts_that_check_does_not_look_at_are_told(tmp_path):
    text = PARALLELS + "Violin: C5:16"
    assert open_score(file_of(tmp_path, text)).remarks == ("not looked at: Violin",)


def test_a_deadline_that_came_is_told(twinkle):
    long = compose(bars=8, seed=1, beam=8, alternatives=1, deadline=50_000)[0]
    assert long.complete
    with pytest.raises(RequestError, match=r"^not a note was ready by the deadline"):
        compose(bars=64, beam=16, seed=1, deadline=0.001)


def test_pieces_and_versions_show_what_they_are(twinkle, versions):
    assert repr(twinkle) == "<twinkle.musicxml: 1 voice, 12 measures>"
    assert re.fullmatch(
        r"<version 2 by lstm-chorales, seed 7: 4 voices, 12 measures; "
        r"(no faults|\d+ (fault|warning|remark)s?(, \d+ (warning|remark)s?)*)>",
        repr(versions[1]),
    )


def test_a_notebook_shows_a_picture_where_verovio_is_installed(twinkle, versions, monkeypatch):
    for shown in (twinkle, versions[0]):
        picture = shown._repr_svg_()
        assert picture.startswith("<svg")
        assert "Twinkle, Twinkle, Little Star" in picture
    monkeypatch.setitem(sys.modules, "verovio", None)
    assert (twinkle._repr_svg_(), versions[0]._repr_svg_()) == (None, None)


# -- music21 -----------------------------------------------------------------------------------------------


def m21_melody() -> stream.Score:
    """A melody as somebody writes it in music21: with a title, an upbeat, a triplet, words and a fermata."""
    part = stream.Part(id="tune")
    part.partName = "Melody"
    part.append([key.KeySignature(-1), meter.TimeSignature("3/4")])
    for name, length in (("F4", 1), ("A4", 0.5), ("B-4", 0.5), ("C5", 2), ("D5", "1/3"), ("C5", "1/3")):
        part.append(note.Note(name, quarterLength=length if isinstance(length, (int, float)) else 1 / 3))
    part.append(note.Note("B-4", quarterLength=1 / 3, lyric="la"))
    part.append(note.Note("A4", quarterLength=3.5))
    part.notes[-1].expressions.append(expressions.Fermata())
    score = stream.Score([part])
    score.metadata = metadata.Metadata(title="Tune", composer="Somebody")
    return score


def state(thing: stream.Stream) -> list[tuple[object, ...]]:
    """All that stands in a stream, with the very objects."""
    found: list[tuple[object, ...]] = []
    for element in (thing, *thing.recurse()):
        found.append((id(element), repr(element), element.getOffsetInHierarchy(thing) if element is not thing
                      else 0, element.quarterLength, dict(vars(element.editorial)), element.id))  # fmt: skip
    return found


def pitches(thing: stream.Stream) -> list[tuple[str, float]]:
    return [(n.nameWithOctave, float(n.quarterLength)) for n in thing.stripTies().recurse().notes]


def scored() -> stream.Score:
    """The same with measures, as it is after it was shown once."""
    score = m21_melody()
    score.parts[0].makeNotation(inPlace=True)
    return score


@pytest.mark.parametrize(
    "made",
    [
        m21_melody,
        scored,
        lambda: m21_melody().parts[0],
        lambda: stream.Stream([note.Note(name) for name in ("C5", "D5", "E5", "F5", "G5", "G5")]),
        lambda: stream.Measure([note.Note(name) for name in ("C5", "D5", "E5", "F5")]),
    ],
)
def test_a_stream_keeps_its_notes_and_is_not_changed(made):
    given_stream = made()
    before, notes = state(given_stream), pitches(given_stream)
    (version,) = open_score(given_stream).harmonize(seed=1)
    assert state(given_stream) == before
    back = version.music21()
    assert pitches(back.parts[0]) == notes
    assert len(back.parts) == 4


def test_a_version_as_a_stream_has_its_notes_and_names(versions):
    back = versions[0].music21()
    assert isinstance(back, stream.Score)
    assert [part.partName for part in back.parts] == ["Soprano", "Alto", "Tenor", "Bass"]
    found = [[n.pitch.midi for n in part.stripTies().flatten().notes] for part in back.parts]
    assert found == [[n.pitch for n in voice.notes] for voice in versions[0].score.voices]


def test_a_stream_goes_there_and_back_again(versions):
    again = open_score(versions[0].music21())
    assert bare(again.score) == bare(versions[0].score)
    assert again.check() == versions[0].faults


def test_a_stream_that_music21_cannot_write_is_told():
    with pytest.raises(FileError) as caught:
        open_score(stream.Opus([m21_melody(), m21_melody()]))
    assert str(caught.value).startswith("stream.musicxml: music21 cannot write it as MusicXML (")
    assert str(caught.value).endswith("); give one Score or one Part")


# -- work --------------------------------------------------------------------------------------------------


def test_progress_is_called_and_an_exception_stops_the_task(short):
    shares: list[float] = []
    short.harmonize(seed=7, progress=shares.append)
    assert shares == sorted(shares)
    assert shares[0] >= 0
    assert shares[-1] == 1

    def stop(share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        short.harmonize(seed=7, progress=stop)
    again: list[float] = []
    short.harmonize(seed=7, progress=again.append)
    assert again == shares


@pytest.fixture
def loaded(monkeypatch) -> Iterator[list[str]]:
    """The names of the models that are loaded from now on, in a process that has none yet."""
    names: list[str] = []

    def load_and_note(name: str) -> Generator:
        names.append(name)
        return load_model(name)

    monkeypatch.setattr(model_runner, "load", load_and_note)
    piece._runner.cache_clear()
    yield names
    piece._runner.cache_clear()


def test_a_model_is_loaded_once_for_all_threads_and_they_take_turns(loaded, tmp_path):
    opened = open_score(file_of(tmp_path, MELODY))
    at_work, most, found = 0, 0, {}

    def work(seed: int) -> None:
        def progress(share: float) -> None:
            nonlocal at_work, most
            if not started:
                started.append(True)
                at_work += 1
            most = max(most, at_work)
            if share == 1:
                at_work -= 1

        started: list[bool] = []
        found[seed] = bare(opened.harmonize(seed=seed, progress=progress)[0].score)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert loaded == ["lstm-chorales"]
    assert most == 1
    assert found == {seed: bare(opened.harmonize(seed=seed)[0].score) for seed in range(4)}


def test_a_callback_may_ask_for_more(short):
    inner: list[Version] = []

    def progress(share: float) -> None:
        if not inner:
            inner.extend(short.harmonize(seed=2))

    (outer,) = short.harmonize(seed=7, progress=progress)
    assert bare(outer.score) == bare(short.harmonize(seed=7)[0].score)
    assert bare(inner[0].score) == bare(short.harmonize(seed=2)[0].score)


@pytest.mark.parametrize("path", SCORES, ids=lambda path: path.stem)
def test_every_melody_that_comes_with_ripieno_can_be_opened(path):
    assert open_score(path).score.voices
