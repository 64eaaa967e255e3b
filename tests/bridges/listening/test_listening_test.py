"""Listening tests as files: the one that ripieno ships, the page in one file, and what is refused."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from common import SCORES
from lead_sheet_text import sheet
from ripieno.corpus.corpus import chorale_split, load_pieces
from ripieno.errors import FileError
from ripieno.models.catalog import model_library
from ripieno.score import Score
from ripieno.text.notation import parse_score
from ripieno_bridges.cli import output
from ripieno_bridges.cli.main import main
from ripieno_bridges.corpora.build import corpus_paths, save_pieces
from ripieno_bridges.formats.files import load
from ripieno_bridges.formats.musicxml.writer import write_musicxml
from ripieno_bridges.formats.voice_assignment import assign_voices
from ripieno_bridges.listening.listening_test import DAMAGED, HeardNote, load_test, parse_test, sample_test
from ripieno_bridges.listening.write_page import (
    ENTRY,
    TEMPLATE,
    modules,
    page_for_server,
    page_in_one_file,
    read,
)
from tiny_network import random_weights

SAMPLE = sample_test()
RAGS = str(model_library("lstm-ragtime"))


def run(*arguments: str | Path) -> tuple[int, str]:
    """Run the command line: its exit status, and all that it says, without its name before an error."""
    done = CliRunner().invoke(main, [str(argument) for argument in ("listening-test", *arguments)])
    return done.exit_code, re.sub("^ripieno: ", "", done.output.strip(), flags=re.MULTILINE)


# -- the sample --------------------------------------------------------------------------------------------


def file_names() -> list[str]:
    return [answer.piece.replace("BWV ", "bwv") for answer in SAMPLE.answers]


def test_no_model_learned_from_a_piece_of_the_sample() -> None:
    assert set(file_names()) <= chorale_split()["test"]
    for model in {answer.model for answer in SAMPLE.answers}:
        library = model_library(model)
        assert library is not None
        assert {piece.name for piece in load_pieces(library)}.isdisjoint(file_names())


def voices_of(name: str) -> Score:
    """The choir of one of music21's chorales, as it is written."""
    (path,) = (path for path in corpus_paths(None) if path.stem == name)
    source = load(path)
    return assign_voices(source.score, lines=source.lines).score


def stands_in(excerpt: tuple[HeardNote, ...], score: Score, quarters: float) -> bool:
    """Whether a passage of the score has exactly these notes; its first and last ones may be longer."""
    written = [
        (float(note.onset), float(note.end), note.pitch, v)
        for v, voice in enumerate(score.voices)
        for note in voice.notes
    ]
    heard = {(onset, onset + duration, pitch, v) for onset, duration, pitch, v in excerpt}
    for begin in {onset for onset, *_ in written}:
        passage = {
            (max(onset - begin, 0.0), min(end - begin, quarters), pitch, v)
            for onset, end, pitch, v in written
            if onset < begin + quarters and end > begin
        }
        if passage == heard:
            return True
    return False


def test_bachs_side_is_note_for_note_what_stands_in_the_chorale_and_the_other_is_not() -> None:
    for name, question, answer in zip(file_names(), SAMPLE.questions, SAMPLE.answers, strict=True):
        score = voices_of(name)
        bach, other = (question.excerpts[place] for place in (answer.right, 1 - answer.right))
        assert answer.authors[answer.right] == ""
        assert stands_in(bach, score, question.quarters), name
        assert not stands_in(other, score, question.quarters), name


def test_both_sides_are_equally_long_and_have_one_melody() -> None:
    for question in SAMPLE.questions:
        ends = {max(onset + duration for onset, duration, _, _ in e) for e in question.excerpts}
        assert ends == {question.quarters}
        one, other = ([note for note in e if note[3] == 0] for e in question.excerpts)
        assert one == other


def test_the_sample_is_small() -> None:
    assert len(SAMPLE.to_json()) < 50_000


# -- a new one ---------------------------------------------------------------------------------------------


def test_the_same_seed_makes_the_same_file_and_another_one_another(tmp_path: Path) -> None:
    library = model_library("lstm-chorales")
    assert library is not None
    save_pieces(tmp_path / "mine.npz", list(load_pieces(library)[:40]), force=False)
    options = ("--questions", "2", "--by", "us", "--measures", "2-6", "--model", random_weights(tmp_path))
    for name, seed in (("a", "4"), ("b", "4"), ("c", "5")):
        target = tmp_path / f"{name}.json"
        assert run(tmp_path / "mine.npz", *options, "--seed", seed, "-o", target)[0] == 0
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    assert load_test(tmp_path / "a.json").questions != load_test(tmp_path / "c.json").questions
    assert load_test(tmp_path / "a.json").people == "us"


def test_a_test_at_the_piano_has_whole_periods_of_both_sides_on_one_piano(tmp_path: Path) -> None:
    options = ("--model", "rbm-blues", "--questions", "2", "--by", "Joplin", "--seed", "4")
    assert run(RAGS, *options, "--measures", "4", "-o", tmp_path / "rags.json")[0] == 0
    test = load_test(tmp_path / "rags.json")
    assert (test.plays, test.task, {voice.sound for voice in test.voices}) == ("piano", "compose", {"piano"})
    for question, answer in zip(test.questions, test.answers, strict=True):
        first, last = map(int, answer.measures.split(" to "))
        assert last - first == 3
        assert question.quarters % 4 == 0
        assert sorted(answer.authors) == ["", "rbm-blues"]
        for excerpt in question.excerpts:
            assert max(onset + duration for onset, duration, _, _ in excerpt) <= question.quarters
            assert len(excerpt) > question.quarters


def test_of_a_folder_what_cannot_be_used_is_told_and_the_rest_is_played(tmp_path: Path) -> None:
    melody, bass = "[2/4] " + " | ".join(["E5:4 C5", "D5:4 B4"] * 4), " ".join(["C3:8 E4 G2 E4"] * 8)
    rag = write_musicxml(parse_score(f"right hand: {melody}\nleft hand: {bass}"))
    (tmp_path / "rag.musicxml").write_bytes(rag)
    (tmp_path / "song.musicxml").write_bytes(sheet("[C major] C4:2 [G dominant] D4:2"))
    options = ("--model", "rbm-blues", "--questions", "1", "--show", "single", "--seed", "5")
    status, said = run(tmp_path, *options, "-o", tmp_path / "rag.json")
    assert (status, said.splitlines()) == (
        0,
        [
            "left out: song.musicxml: a lead sheet, which has no left hand",
            f"{tmp_path / 'rag.json'}: 1 question, a person and rbm-blues, seed 5",
        ],
    )
    test = load_test(tmp_path / "rag.json")
    (answer,) = test.answers
    assert (answer.piece, answer.measures, test.questions[0].quarters) == ("rag", "1 to 8", 16)


# -- the page in one file ----------------------------------------------------------------------------------


def test_the_page_in_one_file_names_no_other_file_and_no_address() -> None:
    html = page_in_one_file(SAMPLE)
    assert re.findall(r'(?:src|href)="(?!data:)[^"]*"', html) == []
    assert re.findall(r"https?://", html) == []


def test_every_module_that_is_imported_is_in_it() -> None:
    html = page_in_one_file(SAMPLE)
    texts = {
        name: base64.b64decode(data).decode()
        for name, data in re.findall(r'"ripieno/([\w.]+)": "data:text/javascript;base64,([^"]+)"', html)
    }
    assert {ENTRY, "player.js", "choir_instrument.js", "room.js"} <= texts.keys()
    imported = {name for text in texts.values() for name in re.findall(r'\bfrom "([^"]+)"', text)}
    assert {name.removeprefix("ripieno/") for name in imported} == texts.keys() - {ENTRY}
    assert list(texts) == modules(ENTRY)


def test_a_name_cannot_end_the_script_that_it_stands_in() -> None:
    evil = msgspec.structs.replace(SAMPLE, people="</script><script>window.hacked = 1</script>")
    html = page_for_server(evil)
    assert html.count("</script>") == read(TEMPLATE).count("</script>")
    (data,) = re.findall(r'<script type="application/json" id="test">(.*)</script>', html)
    assert json.loads(data)["people"] == evil.people


def test_the_page_for_the_server_has_no_script_or_style_inside_that_runs() -> None:
    html = page_for_server(SAMPLE)
    scripts = re.findall(r"<script([^>]*)>", html)
    assert all("src=" in attributes or "application/json" in attributes for attributes in scripts)
    assert re.findall(r"<style|\son\w+=|\sstyle=|javascript:", html) == []


# -- files that are refused --------------------------------------------------------------------------------


def sealed(answers: object) -> str:
    return base64.b64encode(json.dumps(answers).encode()).decode()


@pytest.mark.parametrize(
    "changes",
    [
        {"questions": []},
        {"questions": SAMPLE.questions[:1]},
        {"sealed": "no base64"},
        {"sealed": sealed([{"right": 2}])},
        {"show": "single"},
        {"tempo_qpm": 0},
        {"voices": SAMPLE.voices[:3]},
        {"other": 1},
    ],
)
def test_a_damaged_file_is_refused_with_a_sentence(changes: dict[str, object]) -> None:
    data = msgspec.to_builtins(SAMPLE) | changes
    with pytest.raises(FileError) as caught:
        parse_test(msgspec.json.encode(data), "mine.json")
    assert str(caught.value) == f"mine.json: {DAMAGED}"


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    assert run("-o", tmp_path / "mine.json")[0] == 0
    assert load_test(tmp_path / "mine.json") == SAMPLE


def test_nothing_is_replaced_unasked(tmp_path: Path) -> None:
    assert run("-o", tmp_path / "class")[0] == 0
    index = tmp_path / "class" / "index.html"
    assert run("-o", tmp_path / "class") == (
        1,
        f"{index}: is there already; choose another name, or add --force to replace it",
    )
    assert run("-o", tmp_path / "class", "--force")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["--seed", "3"], "--seed is for a new test; name what it is made of, such as bach"),
        (["--by", "us"], "--by is for a new test; name what it is made of, such as bach"),
        (["a", "b"], "name one source; CSV files of a class are summed up with --results"),
        (["--results"], "name the CSV files, such as class/*.csv"),
        (
            ["--results", "--seed", "3", "a.csv"],
            "--results sums up CSV files and makes no test; leave the other options out",
        ),
        (["bach", "--measures", "8-4"], '"8-4" is no number of measures; say 4-8, say, or 6'),
        (
            ["bach", "--model", "rbm-blues"],
            "bach is sung by a choir; for a model that plays the piano name a folder of piano music, or a "
            "corpus that `ripieno prepare --any-voices` made",
        ),
        (
            ["bach", "--model", "lstm-chorales", "--model", "rbm-blues"],
            "rbm-blues plays the piano and lstm-chorales writes for a choir, but a listening test is of one "
            "kind of music; name models of one kind",
        ),
        (
            [RAGS, "--questions", "1", "--seed", "1"],
            "entertainer: 7 voices, but lstm-chorales writes for a choir in four; leave "
            "the piece out, or choose a model for the piano, such as lstm-ragtime",
        ),
        (
            ["nowhere"],
            "nowhere: no folder and no corpus; name a folder of scores, a corpus (.npz), a test (.json), or "
            "bach",
        ),
    ],
)
def test_a_mistake_is_told_in_a_sentence(arguments: list[str], fault: str) -> None:
    assert run(*arguments) == (1, fault)


def test_a_lead_sheet_is_no_piano_piece_by_people(tmp_path: Path) -> None:
    (tmp_path / "song.musicxml").write_bytes(sheet("[C major] C4:2 [G dominant] D4:2"))
    status, said = run(tmp_path, "--model", "rbm-blues")
    assert (status, said.splitlines()[-1]) == (
        1,
        f"{tmp_path}: no piece for the piano among 1 score; song.musicxml: a lead sheet, which has no left "
        "hand; choose another folder",
    )


def test_reading_and_writing_tell_how_far_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line where there is no terminal for a bar, every half minute: here each time."""
    monkeypatch.setattr(output, "SAY_EVERY", 0.0)
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.musicxml").write_bytes(SCORES[0].read_bytes())
    _, said = run(tmp_path)
    assert [line.partition("%")[0] for line in said.splitlines() if "%" in line] == ["reading: 67"]


def test_a_folder_without_choirs_says_why(tmp_path: Path) -> None:
    (tmp_path / "tune.musicxml").write_bytes(SCORES[0].read_bytes())
    status, said = run(tmp_path, "--seed", "1")
    assert (status, said.splitlines()[-1]) == (
        1,
        f"{tmp_path}: no piece in four voices among 1 score; tune.musicxml: 1 voice; four are needed; "
        "choose another folder",
    )


# -- the results -------------------------------------------------------------------------------------------

NOT_OURS = "no results of a listening test; choose files that its page saved with Save as CSV"
HEAD = "test,listener,show,task,people,model,question,piece,measures,author,answer,correct\r\n"


def results(folder: Path, name: str, listener: str, rights: dict[str, str]) -> Path:
    """A file of results. rights: by model, its answers: 1 is right."""
    rows = [(model, right) for model, answers in rights.items() for right in answers]
    text = "".join(
        f"{SAMPLE.id},{listener},pairs,harmonize,Bach,{model},{number},"
        f'"BWV 1, 6",1 to 4,first,first,{right}\r\n'
        for number, (model, right) in enumerate(rows, 1)
    )
    path = folder / name
    path.write_bytes((HEAD + text).encode())
    return path


def test_a_class_is_summed_up_by_model(tmp_path: Path) -> None:
    files = [
        results(tmp_path, "a.csv", "aa", {"x": "11110", "y": "10"}),
        results(tmp_path, "b.csv", "bb", {"x": "11111", "y": "01"}),
        results(tmp_path, "again.csv", "aa", {"x": "11110", "y": "10"}),
    ]
    status, said = run("--results", *files)
    assert status == 0
    assert said.splitlines() == [
        "x and Bach (harmonize, pairs): 9 of 10 right, 90 % (60 to 98 %), 2 listeners: told apart",
        "y and Bach (harmonize, pairs): 2 of 4 right, 50 % (15 to 85 %), 2 listeners: not told apart",
        "7 answers stood there twice, and counted once",
    ]


def test_a_file_that_a_spreadsheet_saved_with_semicolons_is_read(tmp_path: Path) -> None:
    path = results(tmp_path, "a.csv", "aa", {"x": "10"})
    rows = path.read_text("utf-8").replace('"BWV 1, 6"', "BWV 1").replace(",", ";")
    path.write_bytes(b"\xef\xbb\xbf" + rows.encode())
    assert run("--results", path)[1].startswith("x and Bach (harmonize, pairs): 1 of 2 right")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", f"{{path}}: {NOT_OURS}"),
        (
            "a,b\n1,2\n",
            f"{{path}}, line 2: {NOT_OURS}",
        ),
        (HEAD, "{path}: no answer in it; leave the file out"),
        (
            HEAD + "t,l,pairs,harmonize,Bach,x,1,p,m,first,first,yes\r\n",
            '{path}, line 2: an answer is "1" for right or "0" for wrong; use the file as the page saved it',
        ),
    ],
)
def test_what_is_no_result_is_refused_with_its_place(tmp_path: Path, text: str, fault: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode())
    assert run("--results", path) == (1, fault.format(path=path))
