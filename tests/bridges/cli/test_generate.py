"""The command line, as a user meets it: real files in and out, one clear line when something is wrong."""

import json
import re
import subprocess
import sys
import time
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner

from common import DATA, ROOT, assert_valid, musescore_or_skip
from midi_song import song
from random_notes import RandomNotes
from ripieno.errors import STOPPED
from ripieno.models.lstm.network import LSTMConfig
from ripieno.score import Score
from ripieno.tasks import choir
from ripieno.tasks.drafts import DraftSettings
from ripieno.text.notation import parse_score
from ripieno_bridges.cli.main import main
from ripieno_bridges.formats.files import load
from ripieno_bridges.formats.midi import write_midi
from ripieno_bridges.formats.musicxml.writer import write_musicxml
from tiny_network import TINY

USUAL = LSTMConfig()
SCORES = ROOT / "scores"
TWINKLE = SCORES / "twinkle.musicxml"


def run(*arguments: object, exit_code: int = 0):
    """Run the command in this process; returns click's result."""
    result = CliRunner().invoke(main, [str(a) for a in arguments])
    assert result.exit_code == exit_code, result.output
    return result


@pytest.fixture(scope="module")
def satb(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("satb") / "satb.musicxml"
    run("harmonize", TWINKLE, "-o", out, "--seed", 1)
    return out


@pytest.fixture(scope="module")
def tune(tmp_path_factory) -> Path:
    """Two measures, for what every melody shows."""
    path = tmp_path_factory.mktemp("tune") / "tune.musicxml"
    path.write_bytes(write_musicxml(parse_score("C5:4 C5 G5 G5 | A5 A5 G5:2")))
    return path


def test_harmonize_adds_three_parts_and_says_so(satb):
    score = load(satb).score
    assert [v.name for v in score.voices] == ["Soprano", "Alto", "Tenor", "Bass"]
    assert score.voices[0].notes == load(TWINKLE).score.voices[0].notes


def test_the_same_seed_gives_the_same_file_in_another_process(tune, tmp_path):
    first, out = tmp_path / "first.musicxml", tmp_path / "again.musicxml"
    run("harmonize", tune, "-o", first, "--seed", 1)
    code = "import torch; torch.set_num_threads(2); from ripieno_bridges.cli.main import main; main()"
    arguments = ["harmonize", str(tune), "-o", str(out), "--seed", "1"]
    subprocess.run([sys.executable, "-c", code, *arguments], check=True, capture_output=True)
    assert out.read_bytes() == first.read_bytes()


def test_the_output_says_what_was_written_where_and_with_which_seed(tune, tmp_path):
    out = tmp_path / "out.musicxml"
    text = run("harmonize", tune, "-o", out, "--seed", 5).output
    assert f"{out}: wrote alto " in text
    assert "seed 5, model lstm-chorales (the same seed gives the same notes)" in text


def test_without_a_name_the_result_lies_beside_the_score(tune, tmp_path):
    melody = tmp_path / "tune.musicxml"
    melody.write_bytes(tune.read_bytes())
    run("harmonize", melody, "--seed", 1)
    assert (tmp_path / "tune-satb.musicxml").exists()


SONG = DATA / "cases" / "03-song-with-piano.musicxml"


def test_what_was_understood_and_every_line_that_is_left_stand_on_the_standard_error(tmp_path):
    result = run("harmonize", SONG, "-o", tmp_path / "out.musicxml", "--seed", 5, "--beam", 1)
    assert result.stderr.splitlines() == [
        'melody: "Voice"; key: G major; 4 measures; written: alto, tenor, bass',
        "phrases end in measures 2, 4",
        '"Piano", staff 1 (line 2): left as it is, since "Voice" has the words',
        '"Piano", staff 2 (line 2:2): left as it is, since "Voice" has the words',
    ]
    assert "melody" not in result.stdout


def test_of_a_melody_alone_key_and_phrases_are_told(tune, tmp_path):
    result = run("harmonize", tune, "-o", tmp_path / "out.musicxml", "--seed", 5)
    assert result.stderr.splitlines() == [
        'melody: "Soprano"; key: C major; 2 measures; written: alto, tenor, bass',
        "one phrase, which ends in measure 2",
    ]


def test_each_alternative_has_its_numerals_and_all_but_the_first_say_how_they_differ(tune, tmp_path):
    out = tmp_path / "out.musicxml"
    first, *others = run("harmonize", tune, "-o", out, "--seed", 5, "--alternatives", 3).stdout.split(
        ": wrote "
    )[1:]
    assert [line[:8] for line in first.splitlines()[1:3]] == ["  m. 1  ", "  m. 2  "]
    assert all(re.match(r"  m\. 1 +\S+ (major|minor): +1 ", other.splitlines()[2]) for other in others)
    assert all(not other.splitlines()[1].startswith("  m. ") for other in others)


def test_json_has_the_chords_of_each_alternative(tune, tmp_path):
    options = ("--seed", 5, "--alternatives", 2, "--json")
    report = json.loads(run("harmonize", tune, "-o", tmp_path / "out.musicxml", *options).stdout)
    first, second = report["alternatives"]
    assert first["chords"][0].keys() == {"measure", "beat", "onset", "key", "figure", "symbol"}
    assert (first["difference"], bool(second["difference"])) == ("", True)


def test_of_a_long_piece_as_many_measures_are_printed_as_there_is_room_for(tmp_path):
    result = run("compose", "--bars", 42, "-o", tmp_path / "out.musicxml", "--seed", 5)
    lines = [line for line in result.stdout.splitlines() if line.startswith("  m. ")]
    assert len(lines) == 40
    assert "  ... and 2 measures more, which --json tells" in result.stdout.splitlines()


def test_json_has_what_was_understood_and_the_lines(tmp_path):
    options = ("--melody", "piano", "--seed", 5, "--beam", 1, "--given", "bass", "--json")
    report = json.loads(run("harmonize", SONG, "-o", tmp_path / "out.musicxml", *options).stdout)
    assert report["understood"].startswith('melody: "Piano", staff 1 (the bass); ')
    assert [line["voice"] for line in report["lines"]] == [None, "bass", None]
    assert report["lines"][0] == {
        "voice": None,
        "part": "Voice",
        "staff": 0,
        "notes": 15,
        "melody": "1",
        "place": "",
        "left": '"Piano", staff 1 was chosen as the melody',
        "number": None,
        "empty": 0,
    }


def test_a_new_piece_has_no_lines_to_tell(tmp_path):
    result = run("compose", "--bars", 1, "-o", tmp_path / "out.musicxml", "--seed", 5)
    assert result.stderr == ""


def test_json_tells_programs_everything(tune, tmp_path):
    out = tmp_path / "out.musicxml"
    report = json.loads(run("harmonize", tune, "-o", out, "--seed", 5, "--alternatives", 2, "--json").output)
    assert report["seed"] == 5
    assert report["model"] == "lstm-chorales"
    assert len(report["weights"]) == 64
    assert [Path(a["file"]).name for a in report["alternatives"]] == ["out.musicxml", "out-2.musicxml"]
    assert set(report["alternatives"][0]["notes"]) == {"alto", "tenor", "bass"}


def test_midi_and_mxl_come_by_the_extension(tune, tmp_path):
    for name in ("out.mid", "out.mxl", "out.xml"):
        run("harmonize", tune, "-o", tmp_path / name, "--seed", 1)
        assert len(load(tmp_path / name).score.voices) == 4


def test_a_midi_melody_becomes_a_score(tmp_path):
    midi = tmp_path / "tune.mid"
    run("compose", "-o", tmp_path / "four.mid", "--seed", 1, "--bars", 2)
    score = load(tmp_path / "four.mid").score
    midi.write_bytes(write_midi(Score(score.voices[:1], score.measures)))
    run("harmonize", midi, "-o", tmp_path / "tune.musicxml", "--seed", 1)
    result = load(tmp_path / "tune.musicxml").score
    assert [(n.onset, n.duration, n.pitch) for n in result.voices[0].notes] == [
        (n.onset, n.duration, n.pitch) for n in score.voices[0].notes
    ]


def test_a_midi_song_gets_three_voices_above_its_piano_and_drums(tmp_path):
    (tmp_path / "song.mid").write_bytes(song())
    result = run("harmonize", tmp_path / "song.mid", "-o", tmp_path / "out.mid", "--seed", 1, "--beam", 1)
    assert result.stderr.splitlines() == [
        'melody: "Voice"; key: G major; 4 measures; written: alto, tenor, bass',
        "phrases end in measures 2, 4",
        '"Piano" (line 2): left as it is, since "Voice" has the words',
        '"Drums" (line 3): left as it is, since percussion has no pitches to sing',
    ]
    names = [voice.name for voice in load(tmp_path / "out.mid").score.voices]
    assert names == ["Voice", "Piano", "Drums", "alto", "tenor", "bass"]


def test_closed_layout_puts_the_alto_on_the_melodys_staff(tune, tmp_path):
    out = tmp_path / "closed.musicxml"
    run("harmonize", tune, "-o", out, "--seed", 1, "--layout", "closed")
    before, after = load(tune).score, load(out).score
    assert len(after.voices) == 4
    assert out.read_bytes().count(b"<part id=") == 2
    assert after.voices[0].notes == before.voices[0].notes
    message = fault(
        "harmonize", out, "--given", "soprano,bass", "-o", tmp_path / "x.xml", "--layout", "closed"
    )
    assert message.startswith("ripieno: the layout closed is for a score with nothing but a soprano")


def test_a_melody_that_is_written_anew_loses_its_words(tmp_path):
    satb, out = tmp_path / "satb.musicxml", tmp_path / "new.musicxml"
    run("harmonize", TWINKLE, "-o", satb, "--seed", 1, "--words", "melody")
    run("harmonize", satb, "--given", "bass", "-o", out, "--seed", 2)
    before, after = load(satb).score, load(out).score
    assert after.voices[3] == before.voices[3]
    assert any(n.lyrics for n in before.voices[0].notes)
    assert not any(n.lyrics for n in after.voices[0].notes)


def test_infill_rewrites_only_what_was_named(satb, tmp_path):
    out = tmp_path / "infill.musicxml"
    run("infill", satb, "--measures", "5-6", "--voices", "alto,tenor", "-o", out, "--seed", 3)
    before, after = load(satb).score, load(out).score
    for old, new in zip(before.voices, after.voices, strict=True):
        outside = [(n.onset, n.pitch) for n in old.notes if not 16 <= n.onset < 24]
        assert [(n.onset, n.pitch) for n in new.notes if not 16 <= n.onset < 24] == outside
    assert before.voices[1:3] != after.voices[1:3]
    assert before.voices[0] == after.voices[0]


def test_continue_adds_bars(satb, tmp_path):
    out = tmp_path / "longer.musicxml"
    run("continue", satb, "--bars", 3, "-o", out, "--seed", 3)
    assert len(load(out).score.measures) == 15


def test_a_melody_alone_goes_on_without_new_parts(tmp_path):
    out = tmp_path / "longer.musicxml"
    run("continue", TWINKLE, "--bars", 3, "-o", out, "--seed", 3)
    score = load(out).score
    assert [v.name for v in score.voices] == ["Soprano"]
    assert len(score.measures) == 15


@pytest.mark.parametrize("layout", ["open", "closed"])
def test_compose_writes_four_voices_in_the_key_and_meter(tmp_path, layout):
    out = tmp_path / "new.musicxml"
    arguments = ("--bars", 3, "--key", "g", "--meter", "3/4", "--pickup", 1, "--layout", layout)
    run("compose", *arguments, "-o", out, "--seed", 2)
    score = load(out).score
    assert len(score.voices) == 4
    assert [str(m.meter) for m in score.measures] == ["3/4"] * 4
    assert score.anacrusis == 1
    assert score.measures[0].key.fifths == -2


@pytest.mark.host
def test_a_form_is_written_with_repeats_that_musescore_plays(tmp_path):
    musescore = musescore_or_skip(tmp_path / "home")
    score, midi, played = (tmp_path / name for name in ("form.musicxml", "form.mid", "played.mid"))
    arguments = ("--form", "AABBA", "--bars", 2, "--key", "C", "--seed", 2)
    run("compose", *arguments, "-o", score)
    run("compose", *arguments, "-o", midi)
    assert len(load(score).score.measures) == 6
    assert score.read_bytes().count(b"<repeat ") == 3 * 4  # the first begins without a sign
    assert_valid(score.read_bytes())
    musescore.convert([(score, played)])

    def strikes(path):
        return sorted((round(float(n.onset), 3), n.pitch) for v in load(path).score.voices for n in v.notes)

    assert strikes(played) == strikes(midi)


# -- errors ----------------------------------------------------------------------------------------------


def fault(*arguments: object, exit_code: int = 1) -> str:
    result = run(*arguments, exit_code=exit_code)
    assert "Traceback" not in result.output
    return result.output.strip()


def test_an_existing_file_is_not_replaced_unless_forced(tune, satb, tmp_path):
    out, before = tmp_path / "out.musicxml", satb.read_bytes()
    out.write_bytes(before)
    message = fault("harmonize", tune, "-o", out)
    assert message == f"ripieno: {out}: is there already; choose another name, or add --force to replace it"
    assert out.read_bytes() == before
    run("harmonize", tune, "-o", out, "--force", "--seed", 1)
    assert out.read_bytes() != before


def test_a_missing_file_is_named(tmp_path):
    missing = tmp_path / "nope.musicxml"
    message = fault("harmonize", missing)
    assert message == f"ripieno: {missing}: there is no such file; check the name and the folder"


def test_an_unknown_kind_of_file_is_refused_with_those_that_are_known(tmp_path):
    message = fault("harmonize", TWINKLE, "-o", tmp_path / "out.doc")
    assert message == (
        "ripieno: out.doc: ripieno writes MusicXML (.musicxml, .xml, .mxl), MIDI (.mid), LilyPond (.ly), "
        "PDF (.pdf), ABC (.abc) or DAWproject (.dawproject); end the name with one of these"
    )


def test_a_melody_out_of_range_names_file_measure_beat_and_note(tmp_path):
    low = tmp_path / "low.musicxml"
    low.write_bytes(TWINKLE.read_bytes().replace(b"<octave>4</octave>", b"<octave>3</octave>"))
    out = tmp_path / "out.musicxml"
    message = fault("harmonize", low, "-o", out, "--strict-range")
    assert message == (
        "ripieno: low.musicxml: Soprano, measure 1, beat 1: C3 lies below the soprano's range (below A3); "
        "move the piece, or give these notes to another voice "
        "(`--transpose auto` moves it; `--given alto`, say, tells which voice a melody is)"
    )
    assert not out.exists()
    text = run("harmonize", low, "-o", out, "--transpose", "auto", "--seed", 1).output
    assert "the piece was moved by +" in text
    assert len(load(out).score.voices) == 4


def test_errors_are_objects_for_programs(tmp_path):
    error = json.loads(run("harmonize", tmp_path / "nope.mid", "--json", exit_code=1).output)["error"]
    assert error["kind"] == "FileError"
    assert "there is no such file" in error["text"]


def test_measures_that_are_not_there_are_named(satb, tmp_path):
    message = fault("infill", satb, "--measures", "5-99", "-o", tmp_path / "x.musicxml")
    assert message == "ripieno: there is no measure 99; the score has measures 1 to 12"


def test_an_unknown_model_names_those_there_are(tmp_path):
    message = fault("harmonize", TWINKLE, "-o", tmp_path / "x.mid", "--model", "mozart")
    there = "bachbot-chorales, dbn-chorales, dbn-ragtime, lstm-blues, lstm-chorales, lstm-ragtime, "
    there += "rbm-blues, rbm-chorales"
    assert message == f'ripieno: there is no model "mozart"; choose one of: {there}, or give a path'


@pytest.mark.parametrize(
    "arguments",
    [
        ("harmonize",),
        ("harmonize", "x.mid", "--given", ","),
        ("harmonize", "x.mid", "--temperature", "hot"),
        ("harmonize", "x.mid", "--transpose", "far"),
        ("compose", "--key", "H"),
        ("compose", "--meter", "3/5"),
        ("compose", "--bars", "0"),
        ("infill", "x.mid"),
        ("nonsense",),
    ],
)
def test_wrong_usage_leaves_with_2(arguments):
    run(*arguments, exit_code=2)


@pytest.mark.parametrize(
    ("name", "fifths", "mode"),
    [
        ("D", 2, "major"),
        ("Bb", -2, "major"),
        ("f# minor", 3, "minor"),
        ("g", -2, "minor"),
        ("C#", 7, "major"),
        ("D dorian", -1, "minor"),  # the minor key on D
        ("G mixolydian", 1, "major"),
        ("Bb M", -2, "major"),
        ("B-flat minor", -5, "minor"),  # as ripieno writes it
        ("F-sharp major", 6, "major"),
    ],
)
def test_keys_are_written_as_musicians_write_them(name, fifths, mode):
    from ripieno_bridges.api.music_text import key_named

    key = key_named(name)
    assert (key.fifths, key.mode) == (fifths, mode)


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("4, 8, 12.3", (("4", None), ("8", None), ("12", Fraction(3)))),
        ("4 8.2.5", (("4", None), ("8", Fraction(5, 2)))),  # measure 8, beat 2.5
        ("X1", (("X1", None),)),
        ("none", ()),
    ],
)
def test_ends_of_phrases_are_measures_and_beats(text, places):
    from ripieno_bridges.api.music_text import measure_places

    assert measure_places(text) == places


def test_key_and_phrases_that_are_given_are_told_and_wrong_ones_refused(tune, tmp_path):
    command = ("harmonize", tune, "-o", tmp_path / "out.musicxml", "--seed", 5)
    given = run(*command, "--key", "a minor", "--phrases", "1, 2", "--json")
    report = json.loads(given.stdout)
    ends = [(end["measure"], end["beat"]) for end in report["phrases"]]
    assert (report["key"], [measure for measure, _ in ends]) == ("A minor", ["1", "2"])
    refused = run(*command, "--force", "--phrases", "40", exit_code=1)
    assert refused.stderr == "ripieno: phrases: there is no measure 40; the piece has measures 1 to 2\n"


def test_help_loads_nothing_heavy():
    code = (
        "import sys; from click.testing import CliRunner; from ripieno_bridges.cli.main import main; "
        "CliRunner().invoke(main, ['--help']); "
        "print([m for m in ('torch', 'numpy', 'music21', 'lxml', 'rich', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


def test_an_interrupted_command_leaves_nothing(tmp_path, monkeypatch):
    """Ctrl-C in the middle of the work: one line, exit code 130, no file."""

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("ripieno.tasks.choir.harmonize", stop)
    result = run("harmonize", TWINKLE, "-o", tmp_path / "out.musicxml", exit_code=STOPPED)
    assert result.stderr.strip() == "ripieno: stopped; nothing was written"
    assert list(tmp_path.iterdir()) == []


# -- learning --------------------------------------------------------------------------------------------


def test_prepare_train_and_use_ones_own_network(satb, tmp_path):
    """The whole way of a user with a folder of scores, on a very short training."""
    folder = tmp_path / "songs"
    folder.mkdir()
    for i in range(10):
        song = choir.compose(RandomNotes(), bars=2, settings=DraftSettings(i))[0].score
        (folder / f"song{i}.musicxml").write_bytes(write_musicxml(song))
    (folder / "broken.mid").write_bytes(b"nonsense")
    corpus = tmp_path / "songs.npz"
    text = run("prepare", folder, "-o", corpus).output
    assert "skipped broken.mid:" in text
    assert "10 pieces, 1 files skipped" in text
    start = time.monotonic()
    sizes = [f"--set={name}={size}" for name, size in asdict(TINY).items() if size != getattr(USUAL, name)]
    run("train", "lstm", corpus, "-o", tmp_path / "run", "--steps", 2, "--name", "mine", *sizes)
    assert time.monotonic() - start < 120
    out = tmp_path / "out.musicxml"
    run("harmonize", TWINKLE, "-o", out, "--model", tmp_path / "run" / "mine", "--seed", 1)
    assert len(load(out).score.voices) == 4
    report = json.loads(run("evaluate", corpus, "--model", tmp_path / "run" / "mine", "--json").output)
    assert report["pieces"] == 1
    assert 0 < report["nats"]["soprano_given"] < 10
    assert set(report["harmonization"]["agreement"]) == {"alto", "tenor", "bass"}
