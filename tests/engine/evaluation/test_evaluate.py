"""The figures of a network: against direct computations, and as `ripieno evaluate` tells them."""

import json
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from ripieno.corpus.corpus import Piece, chorale_split, save_corpus, transposed
from ripieno.corpus.originality import Library
from ripieno.errors import RequestError
from ripieno.evaluation.evaluate import benchmark, compare, evaluate, likelihood
from ripieno.evaluation.melody import harmonized
from ripieno.grid import HOLD, REST, bare_grid, column_notes, score_to_grid, sounding_pitches
from ripieno.models.bachbot.network import BachBot, BachBotConfig
from ripieno.models.lstm.context_features import UNKNOWN, step_features
from ripieno.models.sampling import Limits, Sampling
from ripieno.models.weights import save_weights
from ripieno.tasks.drafts import DraftSettings
from ripieno.text.notation import parse_score
from ripieno.theory.ranges import CHORALE_RANGES, parallels
from ripieno.theory.rules import fault_counts
from ripieno_bridges.cli.main import main
from tiny_network import random_generator

LONG = score_to_grid(
    parse_score("""[key 1] G4:4 A4 B4 C5 | B4 A4 G4:2^
D4:4 D4 D4 E4 | D4 D4 D4:2^
B3:4 A3 G3 G3 | G3 F#3 B3:2^
G3:4 F#3 G3 C3 | D3 D3 G2:2^""")
)
SHORT = score_to_grid(parse_score("[2/4] E4:4 D4:8 C4\nC4:2\nG3:4 G3\nC3:4 r"))
PIECES = (Piece("long", LONG), Piece("short", SHORT))
LOWER = {"alto", "tenor", "bass"}


# -- likelihood --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("soprano", [False, True])
def test_likelihood_is_what_filling_says_of_its_own_notes(random_model, soprano):
    """Every step of a filling adds the log p of its token: another way through the same network."""
    fixed = np.zeros(LONG.cells.shape, dtype=np.bool_)
    fixed[:, 0] = soprano
    filled = random_model.fill(
        LONG,
        fixed,
        limits=Limits(tuple(CHORALE_RANGES.values()), np.zeros(LONG.steps, dtype=np.bool_)),
        generator=torch.Generator().manual_seed(3),
        sampling=Sampling(strict=False),
    )[0]
    found = likelihood(random_model, [Piece("new", filled.grid)])
    nats = found.soprano_given if soprano else found.nothing_given
    assert nats == pytest.approx(-filled.log_likelihood / (~fixed).sum(), abs=1e-3)


def test_likelihood_weighs_cells_not_pieces(random_model):
    one, other, both = (likelihood(random_model, pieces) for pieces in (PIECES[:1], PIECES[1:], PIECES))
    cells = LONG.steps + SHORT.steps
    for kind in ("nothing_given", "soprano_given"):
        total = LONG.steps * getattr(one, kind) + SHORT.steps * getattr(other, kind)
        assert getattr(both, kind) == pytest.approx(total / cells, abs=1e-3)


def test_the_mean_is_that_of_the_voices_that_were_foretold(random_model):
    found = likelihood(random_model, PIECES)
    assert set(found.soprano_given_by_voice) == LOWER
    assert set(found.nothing_given_by_voice) == LOWER | {"soprano"}
    for mean, voices in (
        (found.nothing_given, found.nothing_given_by_voice),
        (found.soprano_given, found.soprano_given_by_voice),
    ):
        assert mean == pytest.approx(sum(voices.values()) / len(voices), abs=1e-4)


# -- harmonizations ----------------------------------------------------------------------------------------


def test_the_originals_agree_with_themselves_in_everything():
    grids = [LONG, SHORT]
    found = compare(grids, grids, Library(PIECES))
    assert found.agreement == dict.fromkeys(("alto", "tenor", "bass"), 1.0)
    assert found.faults == found.original_faults
    assert found.parallels == found.original_parallels
    assert set(found.distances.values()) == {0}
    # Seven notes in each of three voices; once tenor and bass strike the same key, and that is one note.
    assert found.most_copied == "100% of 20 notes, from long, measure 1, at the same pitch"
    assert found.highest_share == found.median_share == 1
    assert found.longest_run == "20 notes, from long, measure 1, at the same pitch"
    assert found.longest_run_notes == 20


def test_agreement_is_the_share_of_cells_that_sound_alike():
    """Half of the alto a third lower; a repeated note held instead sounds the same."""
    cells = SHORT.cells.copy()
    cells[4:, 1] = 57
    cells[4, 2] = HOLD
    found = compare([SHORT.with_cells(cells)], [SHORT], Library(PIECES))
    assert found.agreement == {"alto": 0.5, "tenor": 1.0, "bass": 1.0}


def test_faults_are_counted_per_100_notes():
    """Two fifths in a row: one fault among four notes."""
    fifths = score_to_grid(parse_score("[2/4] r:2\nr:2\nG3:4 A3\nC3:4 D3"))
    found = compare([fifths], [SHORT], Library(()))
    assert found.parallels == found.faults["parallel fifths"] == 25
    assert {name for name, rate in found.faults.items() if rate} == {
        name for name, count in fault_counts(fifths).items() if count
    }
    assert found.original_parallels == parallels(SHORT.cells) == 0


def test_with_nothing_to_copy_from_nothing_is_copied():
    found = compare([LONG], [LONG], Library(()))
    assert (found.most_copied, found.highest_share, found.longest_run) == (None, None, None)
    assert (found.median_share, found.longest_run_notes) == (None, 0)


def test_a_harmonization_keeps_its_soprano_and_the_ranges(random_model):
    made = harmonized(random_model, LONG, DraftSettings(4))
    assert (made.cells[:, 0] == LONG.cells[:, 0]).all()
    for v, (low, high) in enumerate(CHORALE_RANGES.values()):
        assert all(low <= note.pitch <= high for note in column_notes(made, v))
    assert (made.cells == harmonized(random_model, LONG, DraftSettings(4)).cells).all()


def test_a_report_is_a_matter_of_the_seed_and_tells_its_progress(random_model):
    shares: list[float] = []
    report = evaluate(random_model, PIECES, PIECES, progress=shares.append)
    assert report == evaluate(random_model, PIECES, PIECES)
    assert report != evaluate(random_model, PIECES, PIECES, settings=DraftSettings(1))
    assert shares == [0.5, 1.0]
    assert report.pieces == 2
    assert report.nats == likelihood(random_model, PIECES)
    made = [harmonized(random_model, piece.grid, DraftSettings()) for piece in PIECES]
    assert report.harmonization == compare(made, [LONG, SHORT], Library(PIECES))


def test_a_piece_that_the_network_cannot_read_is_named(random_model):
    high = Piece("descant", transposed(LONG, 12))
    fault = "the pitch 83 lies outside 36..81, all that random knows; leave the piece out"
    with pytest.raises(RequestError) as caught:
        evaluate(random_model, [*PIECES, high], PIECES)
    assert str(caught.value) == f"descant: {fault}"
    with pytest.raises(RequestError) as caught:
        benchmark(random_model, [LONG, high.grid])
    assert str(caught.value) == f"piece 2: {fault}"


# -- the benchmark -----------------------------------------------------------------------------------------

rows = st.tuples(*(st.sampled_from((REST, *range(low, high + 1))) for low, high in CHORALE_RANGES.values()))
sounding = st.lists(rows, min_size=2, max_size=7).map(lambda piece: np.array(piece, dtype=np.int16))


@given(sounding)
def test_nothing_but_the_notes_is_known_of_a_bare_grid(pitches):
    grid = bare_grid(pitches)
    assert (sounding_pitches(grid.cells) == pitches).all()
    assert (step_features(grid) == UNKNOWN).all()


def test_the_benchmark_is_the_mean_over_all_cells(random_model):
    grids = [bare_grid(sounding_pitches(grid.cells)) for grid in (LONG, SHORT)]
    free = [np.zeros(grid.cells.shape, dtype=np.bool_) for grid in grids]
    logp = [random_model.log_likelihoods(g, f, sounding=True) for g, f in zip(grids, free, strict=True)]
    shares: list[float] = []
    found = benchmark(random_model, grids, progress=shares.append)
    cells = np.concatenate(logp)
    assert found.nats_per_note == pytest.approx(-cells.mean(), abs=1e-4)
    assert list(found.by_voice.values()) == pytest.approx(-cells.mean(0), abs=1e-4)
    assert (found.pieces, found.key_ahead) == (2, False)
    assert shares == [0.5, 1.0]


@given(sounding, st.data())
def test_what_comes_later_changes_nothing_before(random_model, pitches, data):
    """Neither key nor chord of the future is known: nothing before the changed cell is foretold otherwise."""
    step, voice = data.draw(st.integers(0, len(pitches) - 1)), data.draw(st.integers(0, 3))
    low, high = list(CHORALE_RANGES.values())[voice]
    other = pitches.copy()
    other[step, voice] = data.draw(st.integers(low, high).filter(lambda p: p != pitches[step, voice]))
    free = np.zeros(pitches.shape, dtype=np.bool_)
    before, after = (
        random_model.log_likelihoods(bare_grid(p), free, sounding=True) for p in (pitches, other)
    )
    assert before[:step] == pytest.approx(after[:step], abs=1e-5)
    order = random_model.model.config.order
    earlier = list(order[: order.index(voice)])
    assert before[step, earlier] == pytest.approx(after[step, earlier], abs=1e-5)


@pytest.mark.parametrize("voice", range(4))
def test_the_chances_of_all_that_may_sound_make_one(random_model, voice):
    """A pitch counts once, held or struck. Only a hold of silence, in the bass here, never sounds."""
    pitches = sounding_pitches(SHORT.cells)
    free = np.zeros(pitches.shape, dtype=np.bool_)

    def chance(last: int) -> float:
        changed = pitches.copy()
        changed[-1, voice] = last
        return float(np.exp(random_model.log_likelihoods(bare_grid(changed), free, sounding=True)[-1, voice]))

    total = sum(chance(last) for last in (*range(random_model.lowest, random_model.highest + 1), REST))
    if pitches[-2, voice] == REST:
        grid = bare_grid(pitches)
        grid.cells[-1, voice] = HOLD
        total += np.exp(random_model.log_likelihoods(grid, free)[-1, voice])
    assert total == pytest.approx(1, abs=1e-5)


# -- the command -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Weights `tiny` and `key-ahead`, a corpus of three pieces, a benchmark of two."""
    made = tmp_path_factory.mktemp("evaluate")
    save_weights(made / "tiny", random_generator().model, {})
    torch.manual_seed(0)
    save_weights(made / "key-ahead", BachBot(BachBotConfig(embedding=6, hidden=10, layers=2)), {})
    names = [*sorted(chorale_split()["valid"])[:2], "[/b] a\x1b[31m piece"]
    with (made / "corpus.npz").open("wb") as file:
        save_corpus(file, [Piece(name, LONG) for name in names])
    rows = np.where((sounding := sounding_pitches(LONG.cells)) == REST, -1, sounding)
    (made / "jsb.json").write_text(json.dumps({"valid": [rows.tolist()] * 2, "test": [rows.tolist()]}))
    return made


@pytest.fixture
def run(folder: Path) -> Callable[..., str]:
    """`ripieno evaluate` on the tiny network; what it says."""

    def command(*arguments: object, exit_code: int = 0, model: str = "tiny") -> str:
        words = ["evaluate", "--model", folder / model, *arguments]
        result = CliRunner().invoke(main, [str(word) for word in words])
        assert result.exit_code == exit_code, result.output
        assert "Traceback" not in result.output
        return result.output

    return command


def test_programs_get_the_benchmark_as_json(run, folder):
    report = json.loads(run("jsb16", folder / "jsb.json", "--json"))
    grid = bare_grid(sounding_pitches(LONG.cells))
    assert report["nats_per_note"] == pytest.approx(
        benchmark(random_generator(), [grid]).nats_per_note, abs=1e-2
    )
    assert (report["pieces"], report["split"], report["key_ahead"]) == (2, "valid", False)
    assert set(report["by_voice"]) == LOWER | {"soprano"}


def test_people_get_the_benchmark_in_five_lines(run, folder):
    lines = run("jsb16", folder / "jsb.json", "--split", "test").splitlines()
    assert lines[0] == f"{folder / 'tiny'} on 1 test piece"
    assert lines[1].startswith("nats a note, what sounds on every sixteenth: ")
    assert [line.split()[0] for line in lines[2:]] == ["soprano", "alto", "tenor", "bass"]


def test_who_hears_the_key_ahead_is_told_that_the_figure_does_not_compare(run, folder):
    text = run("jsb16", folder / "jsb.json", model="key-ahead")
    assert text.endswith("This model takes each piece's key from the whole of it: not comparable.\n")


def test_tables_fit_80_columns_and_names_are_shown_as_they_are(run, folder):
    lines = run(folder / "corpus.npz").splitlines()
    assert lines[0] == f"{folder / 'tiny'} on 2 valid pieces"
    tables = lines[1:-2]
    assert max(map(len, tables)) <= 80
    labels = [line.split("  ")[0] for line in tables if line]
    assert labels[:4] == [
        "by voice",
        "nats a cell, nothing given",
        "nats a cell, soprano given",
        "share of cells as in the original",
    ]
    assert {"chord qualities", "parallel fifths", "static voice"} < set(labels)
    assert lines[-1].startswith("longest run copied: ")
    assert "from [/b] a?[31m piece, measure " in lines[-1]


def test_the_options_reach_the_harmonizations(run, folder):
    corpus = folder / "corpus.npz"
    plain, beam, cold = (
        json.loads(run(corpus, "--json", *options))["harmonization"]
        for options in ((), ("--beam", 2), ("--temperature", 0, "--seed", 5))
    )
    assert plain != beam
    assert plain != cold
    assert cold == json.loads(run(corpus, "--json", "--temperature", 0, "--seed", 6))["harmonization"]


def test_the_chords_are_told_beside_those_of_people_by_mode(run, folder):
    lines = run(folder / "corpus.npz", "--fermatas", "hidden").splitlines()
    start = lines.index(next(line for line in lines if line.startswith("harmony")))
    assert lines[start].split() == ["harmony", "all", "people", "major", "people", "minor", "people"]
    assert lines[start + 1].split() == ["pieces", "2", "2"]
    labels = [line.split("  ")[0] for line in lines[start + 2 :]]
    assert labels[:3] == ["same root", "same root on strong beats", "same first chord"]
    assert "close authentic or plagal" in labels


def test_hidden_fermatas_change_what_is_written_but_not_what_is_likely(run, folder):
    shown, hidden = (
        json.loads(run(folder / "corpus.npz", "--json", "--fermatas", way)) for way in ("shown", "hidden")
    )
    assert (shown["fermatas"], hidden["fermatas"]) == (True, False)
    assert shown["nats"] == hidden["nats"]
    assert shown["harmonization"]["agreement"] != hidden["harmonization"]["agreement"]
    assert shown["harmony"]["all"]["people"] == hidden["harmony"]["all"]["people"]


def test_a_judge_can_be_trained_and_its_verdict_is_told(run, folder):
    lines = run(folder / "corpus.npz", "--judge").splitlines()
    start = lines.index(next(line for line in lines if line.startswith("a trained judge")))
    assert lines[start].split() == ["a", "trained", "judge", "right", "95", "of", "100:", "from", "to"]
    assert lines[start + 1].startswith("4 windows of 4 pieces")
    assert lines[start + 2].split()[0] == "pieces"
    assert max(map(len, lines[:-2])) <= 80
    report = json.loads(run(folder / "corpus.npz", "--judge", "--json"))
    assert report["judge"]["windows"] == 4
    assert len(report["judge"]["tells"]) == 8
    assert json.loads(run(folder / "corpus.npz", "--json"))["judge"] is None


def test_a_judge_needs_two_pieces(run, folder):
    names = folder / "one.txt"
    names.write_text(sorted(chorale_split()["valid"])[0])
    assert run(folder / "corpus.npz", "--judge", "--only", names, exit_code=1) == (
        "ripieno: a judge learns from some pieces and judges others; give it two pieces or more\n"
    )


def test_pieces_can_be_named(run, folder):
    name = sorted(chorale_split()["valid"])[1]
    names = folder / "names.txt"
    names.write_text(f"# one of two\n{name}\n\n")
    report = json.loads(run(folder / "corpus.npz", "--only", names, "--json"))
    assert (report["pieces"], report["only"]) == (1, str(names))
    names.write_text("bwv1.6\n")
    assert run(folder / "corpus.npz", "--only", names, exit_code=1) == (
        f'ripieno: {names}: no valid piece is called "bwv1.6"; choose another part with --split\n'
    )
    names.write_text("# nothing\n")
    assert run(folder / "corpus.npz", "--only", names, exit_code=1) == (
        f"ripieno: {names}: there is no name in it; write the names of pieces, one a line\n"
    )


def test_the_list_without_melody_twins_names_test_pieces():
    lines = files("ripieno.corpus").joinpath("test_without_melody_twins.txt").read_text().splitlines()
    names = {line for line in lines if not line.startswith("#")}
    assert len(names) == 44
    assert names <= chorale_split()["test"]


@pytest.mark.parametrize("arguments", [("jsb16",), ("one", "two"), ("jsb16", "one", "two")])
def test_wrong_arguments_are_told_in_one_sentence(run, arguments):
    said = "ripieno: name one corpus, or `jsb16` and the benchmark's file\n"
    assert run(*arguments, exit_code=1) == said


def test_no_argument_is_wrong_usage(run):
    assert "Missing argument 'CORPUS | jsb16 FILE'" in run(exit_code=2)


def test_an_option_that_the_benchmark_has_no_use_for_is_refused(run, folder):
    assert run("jsb16", folder / "jsb.json", "--beam", 2, exit_code=1) == (
        "ripieno: --beam is for harmonizations, and the benchmark asks for none\n"
    )


def test_an_empty_part_of_a_corpus_is_named(run, folder):
    corpus = folder / "corpus.npz"
    assert run(corpus, "--split", "test", exit_code=1) == f"ripieno: there are no test pieces in {corpus}\n"


def test_a_report_is_saved_and_not_replaced_unasked_nor_is_anything_computed(run, folder, monkeypatch):
    out = folder / "report.json"
    benchmark_file = folder / "jsb.json"
    text = run("jsb16", benchmark_file, "-o", out, "--json")
    assert out.read_text() == text
    with monkeypatch.context() as patch:
        patch.setattr("ripieno.models.loading.load", lambda name: pytest.fail("it went to work"))
        there = "is there already; choose another name, or add --force to replace it"
        assert run("jsb16", benchmark_file, "-o", out, exit_code=1) == f"ripieno: {out}: {there}\n"
    assert out.read_text() == text
    run("jsb16", benchmark_file, "--split", "test", "-o", out, "--force")
    assert json.loads(out.read_text())["split"] == "test"
