"""Training: it learns, it resumes exactly, and it never sees what it is judged by."""

import json
import os
import signal
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import torch

from ripieno.corpus.corpus import (
    Corpus,
    Piece,
    chorale_split,
    divide,
    hymn_split,
    possible_transpositions,
    save_corpus,
    transposed,
)
from ripieno.errors import RequestError
from ripieno.grid import HOLD, REST, score_to_grid
from ripieno.models.frames import log_p_sounding
from ripieno.models.lstm.context_features import SIZES
from ripieno.models.lstm.network import ChoraleLSTM
from ripieno.models.weights import load_weights
from ripieno.text.notation import parse_score
from ripieno.theory.ranges import CHORALE_RANGES
from ripieno.training.checkpoint import read_metadata
from ripieno.training.families.base import TrainConfig
from ripieno.training.families.lstm import (
    draw_batch,
    frames_apart,
    nats_by_task,
    opened,
    stack,
)
from ripieno.training.families.registry import set_up_training
from ripieno.training.trainer import learning_rate, train, train_family
from tiny_network import TINY
from training_pieces import CONFIG, CORPUS, PIECES, PLAN, tiny_training


def test_training_learns(tmp_path):
    hardly = train(tiny_training(), tmp_path / "a", replace(CONFIG, steps=1))
    long = replace(CONFIG, steps=60, learning_rate=1e-2, evaluate_every=20)
    known = tiny_training(batches=replace(PLAN, hide_all=0))
    well = train(known, tmp_path / "b", long)
    assert isinstance(hardly, ChoraleLSTM)
    assert isinstance(well, ChoraleLSTM)
    before, after = nats_by_task(hardly, PIECES), nats_by_task(well, PIECES)
    assert after["nothing_given"] < before["nothing_given"] - 1


def test_a_resumed_training_ends_with_the_very_same_weights(tmp_path):
    whole = train(tiny_training(), tmp_path / "whole", CONFIG)

    class StopError(Exception):
        pass

    def stop(progress):
        if progress.step == 4:  # one step after the checkpoint of step 3
            raise StopError

    with pytest.raises(StopError):
        train(tiny_training(), tmp_path / "halves", CONFIG, report=stop)
    resumed = train(tiny_training(), tmp_path / "halves", CONFIG)
    for name, tensor in whole.state_dict().items():
        assert torch.equal(tensor, resumed.state_dict()[name]), name


@pytest.mark.parametrize("moment", ["loss", "validate", "report"])
def test_ctrl_c_at_any_moment_loses_nothing(tmp_path, monkeypatch, moment):
    whole = train(tiny_training(), tmp_path / "whole", CONFIG)
    training, calls = tiny_training(), []

    def press_ctrl_c(*arguments):
        calls.append(arguments)
        if len(calls) == (1 if moment == "validate" else 2):
            os.kill(os.getpid(), signal.SIGINT)  # a real one
        return None if moment == "report" else usual(*arguments)

    usual = getattr(training, moment, None)
    if usual is not None:
        monkeypatch.setattr(training, moment, press_ctrl_c)
    report = press_ctrl_c if usual is None else lambda _: None
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        train(training, tmp_path / "halves", CONFIG, report=report)
    assert signal.getsignal(signal.SIGINT) is before
    state = read_metadata((tmp_path / "halves" / "checkpoint.safetensors").read_bytes())
    expected = ("3", "true") if moment == "validate" else ("2", "false")
    assert (state["step"], state["validation_due"]) == expected
    resumed = train(tiny_training(), tmp_path / "halves", CONFIG)
    for name, tensor in whole.state_dict().items():
        assert torch.equal(tensor, resumed.state_dict()[name]), name
    logs = [(tmp_path / folder / "log.jsonl").read_text().splitlines() for folder in ("whole", "halves")]
    one, two = ([{**json.loads(line), "minutes": 0} for line in lines] for lines in logs)
    assert one == two


def test_log_and_plot_are_written(tmp_path):
    train(tiny_training(), tmp_path, CONFIG)
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [3, 6]
    assert (tmp_path / "loss.png").read_bytes()[:4] == b"\x89PNG"


def test_training_stops_early_when_nothing_gets_better(tmp_path):
    config = replace(CONFIG, steps=300, evaluate_every=1, patience=3, learning_rate=0.0)
    steps = []
    train(tiny_training(), tmp_path, config, report=lambda p: steps.append(p.step))
    assert steps[-1] == 4


def test_no_validation_or_test_piece_is_for_training():
    split = chorale_split()
    assert len(split["test"]) == 76 + 1 or len(split["test"]) >= 76
    assert not split["test"] & split["valid"]
    names = [*sorted(split["test"])[:2], *sorted(split["valid"])[:2], "bwv1.6"]
    corpus = divide([Piece(name, PIECES[0].grid) for name in names])
    assert [p.name for p in corpus.train] == ["bwv1.6"]
    assert [p.name for p in corpus.test] == names[:2]
    assert [p.name for p in corpus.valid] == names[2:4]


def test_no_hymn_for_validation_is_for_training():
    split = hymn_split()
    assert (len(split["valid"]), len(split["test"])) == (25, 0)
    assert not split["valid"] & split["left_out"]
    names = [
        "Amazing_Grace-New_Britain",
        "Silent_Night-Stille_Nacht",
        "Wake_Awake_For_Night_Is_Flying-Wachet_Auf",
    ]
    corpus = divide([Piece(name, PIECES[0].grid) for name in names])
    assert [[p.name for p in part] for part in (corpus.train, corpus.valid, corpus.test)] == [
        names[:1],
        names[1:2],
        [],
    ]


def test_chorales_and_hymns_in_one_corpus_keep_their_splits():
    names = ["bwv1.6", sorted(chorale_split()["test"])[0], "Silent_Night-Stille_Nacht"]
    corpus = divide([Piece(name, PIECES[0].grid) for name in names])
    assert [[p.name for p in part] for part in (corpus.train, corpus.test, corpus.valid)] == [
        [name] for name in names
    ]


def test_a_foreign_corpus_is_divided_too():
    corpus = divide([Piece(f"song{i:02}", PIECES[0].grid) for i in range(30)])
    assert [len(p) for p in (corpus.train, corpus.valid, corpus.test)] == [24, 3, 3]


def test_transposition_stays_inside_the_voices_ranges():
    grid = PIECES[0].grid
    ranges = list(CHORALE_RANGES.values())
    moves = possible_transpositions(grid.cells, ranges)
    assert 0 in moves
    for v, (low, high) in enumerate(ranges):
        for move in moves:
            moved = transposed(grid, move).cells[:, v]
            assert ((moved >= low) | (moved >= HOLD)).all()
            assert ((moved <= high) | (moved >= HOLD)).all()
    outside = transposed(grid, moves[-1] + 1).cells
    assert any((outside[:, v][outside[:, v] < HOLD] > high).any() for v, (_, high) in enumerate(ranges))


def test_transposition_moves_the_key_and_keeps_holds_and_rests():
    grid = score_to_grid(parse_score("[key 1] G4:4 r:4 A4:2"))
    moved = transposed(grid, 2)
    assert moved.cells[:, 0].tolist() == [69, *[HOLD] * 3, *[REST] * 4, 71, *[HOLD] * 7]
    assert set(moved.tonic.tolist()) == {9}


def test_a_window_that_opens_inside_a_note_begins_with_it():
    cells = score_to_grid(parse_score("C4:2 D4:2")).cells
    assert opened(cells, slice(4, 16))[:5, 0].tolist() == [60, HOLD, HOLD, HOLD, 62]


def test_batches_are_a_matter_of_the_seed():
    one, two = (draw_batch(PIECES, PLAN, np.random.default_rng((0, 5)), TINY) for _ in range(2))
    assert torch.equal(one.frames.tokens, two.frames.tokens)
    assert torch.equal(one.fixed, two.fixed)


def test_padding_never_counts():
    short = score_to_grid(parse_score("\n".join(["C4:4"] * 4)))
    long = PIECES[0].grid
    batch = stack(
        [
            (g.cells, np.zeros(g.cells.shape, bool), np.zeros((g.steps, len(SIZES)), int))
            for g in (short, long)
        ],
        TINY,
    )
    assert batch.counted[0].sum() == 4 * short.steps
    assert batch.counted[1].sum() == 4 * long.steps


def test_a_pitch_that_stays_is_scored_as_hold_or_onset():
    """The benchmark has no holds: p(sounding) = p(hold) + p(onset of the same pitch)."""
    p = TINY.pitches
    logits = torch.zeros(1, 2, 1, p + 2)
    logits[0, 1, 0, 5], logits[0, 1, 0, p] = 2.0, 1.0
    chances = logits.softmax(-1)
    expected = [chances[0, 0, 0, 5].log(), (chances[0, 1, 0, 5] + chances[0, 1, 0, p]).log()]
    found = log_p_sounding(logits.log_softmax(-1), torch.tensor([[[5], [5]]]))
    assert found.flatten().tolist() == pytest.approx([float(x) for x in expected], abs=1e-6)


def test_the_learning_rate_warms_up_and_ends_at_zero():
    config = TrainConfig(steps=100, warmup=10, learning_rate=1.0)
    assert learning_rate(0, config) == pytest.approx(0.1)
    assert learning_rate(10, config) == pytest.approx(1.0)
    assert learning_rate(55, config) == pytest.approx(0.5)
    assert learning_rate(100, config) == pytest.approx(0.0)


def test_grid_times_of_a_corpus_are_sixteenths():
    assert PIECES[0].grid.edges[1] == Fraction(1, 4)


def test_processes_that_share_a_batch_see_together_what_one_sees_alone():
    alone = tiny_training()
    alone.model.eval()
    total, count = alone.loss(4, 0, 1)
    parts = [alone.loss(4, part, 2) for part in range(2)]
    assert count == sum(c for _, c in parts)
    assert total.item() == pytest.approx(sum(t.item() for t, _ in parts), rel=1e-5)


def test_frames_apart_know_nothing_of_each_other():
    """Where frames are foretold one by one, another chord before changes nothing."""
    model = tiny_training().model.eval()
    fixed = np.zeros(PIECES[0].grid.cells.shape, dtype=np.bool_)
    fixed[:, 0] = True
    other = PIECES[0].grid.cells.copy()
    other[8, 1:] += 2
    rows = [
        (cells, fixed, np.zeros((len(cells), len(SIZES)), int)) for cells in (PIECES[0].grid.cells, other)
    ]
    batch = frames_apart(stack(rows, TINY), torch.tensor([True, True]), TINY)
    with torch.no_grad():
        one, two = model(batch.frames, batch.fixed, batch.features, None, batch.apart)
    changed = (one != two).flatten(1).any(1)
    assert set(changed.nonzero().flatten().tolist()) <= set(range(8, 12))
    assert changed.any()


def test_a_training_goes_on_from_another_model_and_says_so(tmp_path):
    corpus = tmp_path / "songs.npz"
    with corpus.open("wb") as file:
        save_corpus(file, [Piece(f"song{i:02}", PIECES[0].grid) for i in range(10)])
    sizes = {
        name: getattr(TINY, name) for name in ("embedding", "context_hidden", "time_hidden", "voice_hidden")
    }
    sizes |= {"attention_heads": 2, "attention_size": 4}
    small = {**sizes, "batch": 2, "frames": 24}
    first = train_family("lstm", corpus, tmp_path / "one", name="first", steps=2, changes=small)
    begun, card = load_weights(first)
    still = {"batch": 2, "frames": 24, "learning_rate": 0.0}
    second = train_family(
        "lstm", corpus, tmp_path / "two", name="second", steps=2, changes=still, start=str(first)
    )
    gone_on, second_card = load_weights(second)
    assert second_card["start"] == {"name": "first", "sha256": card["sha256"]}
    for name, tensor in begun.state_dict().items():
        assert torch.allclose(tensor, gone_on.state_dict()[name], atol=1e-3), name


def test_going_on_from_a_model_of_other_sizes_or_family_says_what_is_wrong():
    start = ChoraleLSTM(TINY)
    with pytest.raises(RequestError, match="has other sizes; change only what leaves its size as it is"):
        set_up_training("lstm", CORPUS, changes={"embedding": 16}, start=start)
    with pytest.raises(RequestError, match="is of another family; name one of the same"):
        set_up_training("bachbot", CORPUS, start=start)


def test_a_pitch_that_the_family_does_not_know_is_told_before_training():
    low = Piece("deep", score_to_grid(parse_score("G4:4\nD4:4\nB3:4\nG1:4")))
    with pytest.raises(RequestError) as caught:
        set_up_training("lstm", Corpus(train=(*PIECES, low), valid=PIECES, test=()))
    wanted = "deep: the pitch 31 lies outside 36..81, all that this family knows; leave the piece out"
    assert str(caught.value) == wanted
