"""A folder of scores becomes a model with a report card; what cannot be is said in a sentence."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import http_support
from quick_learning import use_small_batches
from ripieno.errors import STOPPED
from ripieno.learning import judgement, measure, report_card
from ripieno.learning.installed import work_folder
from ripieno.models import catalog
from ripieno.models.biaxial.generator import BiaxialGenerator
from ripieno.models.loading import load
from ripieno.text.notation import parse_score
from ripieno.training import trainer
from ripieno_bridges.cli.completion import complete_model
from ripieno_bridges.cli.main import main
from ripieno_bridges.formats.midi import write_midi
from ripieno_bridges.formats.musicxml.writer import write_musicxml
from ripieno_bridges.service.service import Service
from tiny_network import random_weights

LOWER = ["E4:4 D4 E4 F4 | D4:2 E4", "C4:4 B3 C4 C4 | B3:2 C4", "C3:4 G3 C3 F3 | G2:2 C3"]
RAG = "a: E5:8 G5 E5 C5:4 r:4. | D5:4 B4 r:2\nb: C3:4 E4 C3 E4 | G2:4 F4 G2 r\nc: r:4 G4 r G4 | r:4 B4 r r"


def hymn(number: int, bars: int = 2) -> bytes:
    """A hymn of so many measures in four voices, with a melody of its own."""
    a, b = "CDEFGA"[number % 6], "CDEFGA"[number // 6 % 6]
    voices = [f"C5:4 {a}5 {b}5 C5 | G4:2 C5", *LOWER]
    return write_musicxml(parse_score("\n".join(" | ".join([voice] * (bars // 2)) for voice in voices)))


@pytest.fixture(scope="module")
def patched() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="module")
def place(patched: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with scores and a tiny model to go on from; models are installed in it, too."""
    place = tmp_path_factory.mktemp("learn")
    patched.setenv(catalog.FOLDER_VARIABLE, str(place / "models"))
    patched.setattr(measure, "COMPOSED", {"choir": 2, "piano": 1})
    patched.setattr(measure, "BARS", {"choir": 2, "piano": 2})
    patched.setattr(judgement, "DRAWS", 10)
    patched.setattr(trainer, "draw_plots", lambda folder, training: None)
    random_weights(place)
    for name, count, bars in (("scores", 3, 2), ("one", 1, 8), ("short", 1, 2)):
        (place / name).mkdir()
        for i in range(count):
            (place / name / f"hymn {i}.musicxml").write_bytes(hymn(i, bars))
    (place / "scores" / "again.musicxml").write_bytes(hymn(0))
    (place / "scores" / "melody.musicxml").write_bytes(write_musicxml(parse_score("C5:4 D5 E5 C5")))
    (place / "scores" / "notes.txt").write_text("not music")
    return place


def run(*arguments: object, exit_code: int = 0) -> str:
    result = CliRunner().invoke(main, [str(a) for a in arguments])
    assert result.exit_code == exit_code, result.output
    return result.output


def learn(place: Path, folder: str, name: str, *more: object, exit_code: int = 0) -> str:
    """What ``ripieno learn`` says, going on from the tiny model, in two steps."""
    options = ("--from", place / "random", "--steps", 2, "-o", place / f"{name}-report", *more)
    return run("learn", place / folder, "--name", name, *options, exit_code=exit_code)


@pytest.fixture(scope="module")
def learned(place: Path) -> tuple[list[str], dict[str, Any], str]:
    """(the lines that were said, the report card for programs, the page) of a model that was learned."""
    said = learn(place, "scores", "mine")
    report = json.loads((place / "mine-report" / "report.json").read_text("utf-8"))
    return said.splitlines(), report, (place / "mine-report" / "report.html").read_text("utf-8")


# -- what it says and writes -------------------------------------------------------------------------------


def test_it_says_what_it_took_and_what_it_left_out_and_why(learned, place):
    said, report, _ = learned
    assert said[:6] == [
        "left out melody.musicxml: 1 voice; four are needed",
        "left out notes.txt: not MusicXML, MIDI or ABC",
        "left out hymn 0: the same notes as again",
        "3 pieces in four voices, 3 files left out",
        f"going on from {place / 'random'}: it was asked for",
        "held out to judge by: hymn 1",
    ]
    assert said[6] == "it took 2 steps, 1 min"
    assert said[7] == report["judgement"]
    assert said[8:] == [
        f"the report card: {place / 'mine-report' / 'report.html'}",
        "try it: ripieno compose --model mine",
    ]


def test_the_report_card_has_both_models_side_by_side(learned):
    _, report, _ = learned
    assert (report["learned"], report["held_out"]) == (["again", "hymn 2"], ["hymn 1"])
    for figures in ("held_out_figures", "learned_figures", "agreement"):
        assert report[figures]
        assert all(entry["parent"] is not None for entry in report[figures])
    assert [trait["name"] for trait in report["traits"]] == [
        "ranges",
        "intervals",
        "chords",
        "rhythm",
        "cadences",
    ]
    (soprano,) = [r for r in report["ranges"] if r["voice"] == "soprano" and r["of"] == "your pieces"]
    assert (soprano["lowest"], soprano["highest"]) == (67, 76)
    assert report["keys"]["your pieces"] == {"C major": 1.0}
    assert sum(report["chords"]["your pieces"].values()) == pytest.approx(1, abs=0.01)


def test_the_examples_are_scores_with_their_originality(learned, place):
    _, report, _ = learned
    assert [example["title"] for example in report["examples"]] == [
        "The melody of hymn 1, harmonized",
        "2 measures in C major, 4/4",
        "2 measures in C major, 4/4",
    ]
    for example in report["examples"]:
        assert re.search(r"notes? (of|in)|Not a new note", example["originality"])
        document = ET.fromstring((place / "mine-report" / example["file"]).read_bytes())
        assert len(document.findall("part")) == 4


class Sources(HTMLParser):
    """Everything that a page loads or names, and its pictures' descriptions."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.descriptions: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.loaded += [value for name in ("src", "href") if (value := found.get(name))]
        self.descriptions += [alt for alt in [found.get("alt")] if alt]


def test_the_page_needs_nothing_but_itself_and_the_examples_beside_it(learned, place):
    page = Sources()
    page.feed(learned[2])
    pictures = [source for source in page.loaded if source.startswith("data:image/svg+xml;base64,")]
    assert len(pictures) == len(page.descriptions) == 8
    beside = [source for source in page.loaded if source not in pictures]
    assert beside == [f"example-{i}.musicxml" for i in (1, 2, 3)]
    assert learned[1]["judgement"].split(":")[0] in learned[2]


# -- in every list -----------------------------------------------------------------------------------------


def test_the_model_is_found_by_its_name_at_every_interface(learned, place):
    assert catalog.model_names()[-1] == "mine"
    assert load("mine").name == "mine"
    assert [item.value for item in complete_model(None, None, "mi")] == ["mine"]
    service = Service()
    assert service.models[-1] == "mine"
    with http_support.bare(service) as (server, _), http_support.client(server) as http:
        entry = http.get("/v1/models").json()["models"][-1]
    assert (entry["name"], entry["performers"], entry["meter"]) == ("mine", "choir", "4/4")
    assert entry["about"] == f"Learned from 2 pieces of the folder scores, going on from {place / 'random'}."
    run("compose", "--model", "mine", "--bars", 2, "--seed", 1, "-o", place / "piece.musicxml")
    assert not work_folder("mine").exists()


def test_a_name_that_is_taken_is_not_replaced_unasked(learned, place):
    text = "there is a model mine already; choose another name, or add --force to replace it"
    assert learn(place, "scores", "mine", exit_code=1) == f"ripieno: {text}\n"


def test_a_report_card_that_is_there_is_not_replaced_unasked(learned, place):
    said = learn(place, "scores", "other", "-o", place / "mine-report", exit_code=1)
    assert said == (
        f"ripieno: {place / 'mine-report' / 'report.html'}: is there already; choose another name, or add "
        "--force to replace it\n"
    )
    assert catalog.user_model_names() == ("mine",)


# -- other folders -----------------------------------------------------------------------------------------


@pytest.fixture
def short_card(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures and examples take longer than a short training; the tests above look at them."""
    for name in ("draw_ranges", "draw_shares", "draw_score", "draw_learning"):
        monkeypatch.setattr(f"ripieno_bridges.learning.report_page.{name}", lambda *arguments: b"")
    monkeypatch.setattr("ripieno_bridges.learning.run.make_examples", lambda *arguments: [])
    monkeypatch.setattr(measure, "COMPOSED", {"choir": 1, "piano": 1})


@pytest.mark.usefixtures("short_card")
def test_a_single_piece_is_judged_by_its_end(place):
    said = learn(place, "one", "single").splitlines()
    assert "held out to judge by: hymn 0, its end" in said
    report = json.loads((place / "single-report" / "report.json").read_text("utf-8"))
    assert report["learned"] == ["hymn 0, its beginning"]
    run("models", "remove", "single")


@pytest.mark.usefixtures("short_card")
def test_a_folder_of_rags_becomes_a_two_axis_model_for_the_piano(place, monkeypatch):
    (place / "rags").mkdir()
    for i in range(2):
        text = "\n".join(" | ".join([line.split(": ", 1)[1]] * (3 + i)) for line in RAG.splitlines())
        (place / "rags" / f"rag {i}.mid").write_bytes(write_midi(parse_score(text)))
    monkeypatch.setattr(report_card, "MAX_PIECES", 1)
    use_small_batches(monkeypatch)
    options = ("--from", "lstm-ragtime", "--steps", 1, "-o", place / "rags-report", "--json")
    report = json.loads(run("learn", place / "rags", "--name", "rags", *options))
    assert (report["plays"], report["parent"]) == ("piano", "lstm-ragtime")
    for figures in ("held_out_figures", "learned_figures"):
        (figure,) = report[figures]
        assert figure["name"] == "nats a note, nothing given"
        assert 0 < figure["mine"] != figure["parent"] > 0
    assert [trait["name"] for trait in report["traits"]] == ["ranges", "intervals", "chords", "rhythm"]
    assert [voice["voice"] for voice in report["ranges"][:2]] == ["right hand", "left hand"]
    assert report["keys"]["your pieces"] == {"C major": 1.0}
    assert set(report["chords"]["your pieces"]) == {"C", "G"}
    page = (place / "rags-report" / "report.html").read_text("utf-8")
    assert "It began with <b>lstm-ragtime</b>" in page
    assert "The chord of each half measure, by the name that it has where the key note is C." in page
    assert isinstance(load("rags"), BiaxialGenerator)
    run("compose", "--model", "rags", "--bars", 2, "--seed", 1, "-o", place / "rag.musicxml")
    document = ET.fromstring((place / "rag.musicxml").read_bytes())
    assert [sign.text for sign in document.iterfind(".//clef/sign")] == ["G", "F"]
    assert document.findall(".//note/pitch")
    run("models", "remove", "rags")


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "there is no file in it; put your scores there, as MusicXML, MIDI or ABC"),
        (
            {"a.mid": b"nonsense", "b.txt": b"x", "c.mscz": b"x", "d.xml": b""},
            "nothing to learn from among its 4 files (a.mid: not a MIDI file; export it once more as a "
            "standard MIDI file; d.xml: empty; export it from your notation program once more, as MusicXML; "
            "b.txt: not MusicXML, MIDI or ABC; and 1 more); put scores there as MusicXML, MIDI or ABC",
        ),
    ],
    ids=["empty", "rubbish"],
)
def test_a_folder_with_nothing_to_learn_from_is_refused(place, tmp_path, files, message):
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    said = run("learn", tmp_path, "--name", "rubbish", "-o", place / "no-report", exit_code=1)
    assert said == f"ripieno: {tmp_path}: {message}\n"
    assert not (place / "no-report").exists()
    assert not work_folder("rubbish").exists()


def test_a_single_piece_that_is_too_short_is_refused(place):
    assert learn(place, "short", "short", exit_code=1).splitlines()[-1] == (
        "ripieno: hymn 0: 2 measures, and it is the only piece; a single piece needs 8, so that its last "
        "quarter can be held out to judge by"
    )


def test_a_model_for_a_choir_is_no_start_for_the_piano(place):
    said = learn(place, "scores", "wrong", "--for", "piano", exit_code=1)
    assert said.splitlines()[-1] == (
        f"ripieno: {place / 'random'} writes for a choir, and these pieces are not in four voices; "
        "leave out --from"
    )


# -- stopped and gone on with ------------------------------------------------------------------------------


@pytest.mark.usefixtures("short_card")
def test_a_learning_that_was_stopped_goes_on(place, monkeypatch):
    real = trainer.TrainingRun.step
    steps: list[int] = []

    def step(self: trainer.TrainingRun) -> None:
        if len(steps) == 1:
            steps.append(-1)
            raise KeyboardInterrupt
        real(self)
        steps.append(self.state.step)

    monkeypatch.setattr(trainer.TrainingRun, "step", step)
    said = learn(place, "scores", "again", exit_code=STOPPED)
    assert said.splitlines()[-1] == "ripieno: stopped; the same command goes on where it stopped"
    assert "again" not in catalog.user_model_names()
    said = learn(place, "scores", "again")
    assert said.splitlines()[0] == "going on with the training that was stopped"
    assert steps == [1, -1, 2]
    assert "again" in catalog.user_model_names()
    run("models", "remove", "again")
