"""Training the RBM and the DBN: from few pieces, in presets, stopped and resumed, with pictures."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from matplotlib.image import imread

from ripieno.corpus.corpus import Corpus, Piece, load_pieces, save_corpus
from ripieno.corpus.originality import load_library
from ripieno.errors import FileError, RequestError
from ripieno.grid import score_to_grid
from ripieno.models.weights import load_weights
from ripieno.text.notation import parse_score
from ripieno.training.families.dbn import DBNTraining
from ripieno.training.families.hyperparameters import Value, parse_changes
from ripieno.training.families.rbm import RBMTraining
from ripieno.training.families.registry import set_up_training
from ripieno.training.log import unused_remark
from ripieno.training.plots import strongest_filters
from ripieno.training.presets import BLUES, RANDOM_LABELS, named_changes
from ripieno.training.trainer import train, train_family

pytestmark = pytest.mark.usefixtures("without_plots")
RAG = [
    "r:8 E5 G5 E5 C5:4 r:8 C5 | D5:8 F5 D5 B4:4. r:4",
    "C3:4 E4 C3 E4 | G2:4 F4 G2 F4",
    "r:4 G4 r G4 | r:4 B4 r B4",
]
WALTZ = ["C5:2. | B4:2. | C5:2. | C5:2.", "C3:4 E4 E4 | G2 F4 F4 | C3 E4 E4 | C3 E4 E4"]
SMALL: dict[str, dict[str, Value]] = {
    "rbm": {"hidden": 6, "rows": 3, "evaluate_every": 2},
    "dbn": {"layers": (6, 4, 3), "rows": 3, "pretraining": 2, "evaluate_every": 2},
}


def piece(name, lines, meter="4/4", times=1):
    text = "\n".join(" | ".join([line] * times) for line in lines)
    return Piece(name, score_to_grid(parse_score(f"[{meter}] {text}")))


RAGS = tuple(piece(f"rag {i}", RAG, times=i + 2) for i in range(3))
CORPUS = Corpus(train=RAGS, valid=RAGS[:1], test=())


def saved(path, pieces):
    with path.open("wb") as file:
        save_corpus(file, pieces)
    return path


def train_small(family, folder, changes=None, pieces=CORPUS, **more):
    training, config = set_up_training(family, pieces, steps=10, changes=SMALL[family] | (changes or {}))
    return train(training, folder, config, **more)


def figures(folder):
    return [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]


# -- learning ----------------------------------------------------------------------------------------------


def test_an_rbm_learns(tmp_path):
    training, config = set_up_training("rbm", CORPUS, steps=150, changes={"hidden": 20, "rows": 6})
    before = training.validate()
    train(training, tmp_path, replace(config, evaluate_every=50, learning_rate=0.02))
    after = training.validate()
    assert after["wrong_cells"] < before["wrong_cells"] / 2
    assert after["pseudo"] < before["pseudo"]


def test_a_dbn_learns_layer_by_layer_and_then_all_at_once(tmp_path):
    changes: dict[str, Value] = {"layers": (12, 3), "pretraining": 4}
    training, _ = set_up_training("dbn", CORPUS, changes=changes)
    assert isinstance(training, DBNTraining)
    assert training.phases == ((0, "RBM 1"), (4, "RBM 2"), (8, "autoencoder"))
    assert [training.layer_of(step) for step in (0, 3, 4, 7, 8)] == [0, 0, 1, 1, None]
    training, config = set_up_training(
        "dbn", CORPUS, steps=400, changes={"layers": (12, 3), "pretraining": 50}
    )
    before = training.validate()["wrong_cells"]
    train(training, tmp_path, replace(config, evaluate_every=50))
    assert training.validate()["wrong_cells"] < before / 2


def test_held_out_pieces_decide_which_weights_of_a_dbn_are_best_where_that_is_asked(tmp_path):
    changes: dict[str, Value] = {"held_out_decides": True}
    names = ("wrong_cells", "wrong_cells_held_out")
    for asked, name in zip(({}, changes), names, strict=True):
        folder = tmp_path / name
        training, config = set_up_training("dbn", CORPUS, steps=10, changes=SMALL["dbn"] | asked)
        train(training, folder, config)
        best = min(line[name] for line in figures(folder))
        assert training.validate()[name] == pytest.approx(best, abs=1e-3)
    alone = Corpus(RAGS, (), ())
    training, _ = set_up_training("dbn", alone, changes=SMALL["dbn"] | changes)
    assert training.score_metrics == ("wrong_cells",)


def test_the_figure_of_few_windows_is_near_the_mean_over_all_their_units():
    """Of one unit a window it would say which units were drawn rather than how good the RBM is."""
    training, _ = set_up_training("rbm", CORPUS, changes=SMALL["rbm"])
    assert isinstance(training, RBMTraining)
    rows = training.valid.float()
    assert len(rows) < 10
    with torch.no_grad():
        energy = training.model.free_energy
        units = torch.eye(rows.shape[1])
        flipped = [energy((row - units).abs()) - energy(row[None]) for row in rows]
        exact = -torch.nn.functional.logsigmoid(torch.stack(flipped)).mean()
    found = []
    for seed in range(4):
        training.seed = seed
        found.append(training.validate()["pseudo"])
    assert found == pytest.approx([float(exact)] * 4, rel=0.4)


def test_the_upper_rbms_are_told_no_difference_between_means_and_the_same_means():
    """Drawn, the dream would differ from its data even where the machine has nothing left to learn."""
    training, _ = set_up_training("dbn", CORPUS, changes=SMALL["dbn"])
    assert isinstance(training, DBNTraining)
    with torch.no_grad():
        for weights in training.model.W:
            weights.zero_()
        training.model.up_bias[0].fill_(1)
        training.model.down_bias[1].fill_(1)
    chance = torch.Generator().manual_seed(0)
    found = training.divergence(training.train.float(), 1, chance).item()
    assert found == pytest.approx(0, abs=1e-4)


def test_without_pretraining_the_weights_begin_large_enough_to_learn_through_all_layers():
    with_it, _ = set_up_training("dbn", CORPUS)
    without, _ = set_up_training("dbn", CORPUS, changes={"pretraining": 0})
    assert isinstance(with_it, DBNTraining)
    assert isinstance(without, DBNTraining)
    assert with_it.model.W[1].std().item() == pytest.approx(0.01, rel=0.05)
    assert without.model.W[1].std().item() == pytest.approx(4 * (2 / (512 + 256)) ** 0.5, rel=0.05)


@pytest.mark.parametrize(
    ("family", "changes"),
    [
        ("rbm", {"persistent": False}),
        ("rbm", {"persistent": False, "momentum": 0.0}),
        ("rbm", {"persistent": False, "momentum": 0.5, "dropout": 0.3, "sparsity_cost": 1.0}),
        ("dbn", {}),
        ("dbn", {"momentum": 0.0}),
        ("dbn", {"momentum": 0.5, "noise": 0.1}),
        ("dbn", {"random_labels": True}),
    ],
)
def test_a_resumed_training_ends_with_the_very_same_weights(tmp_path, family, changes):
    whole = train_small(family, tmp_path / "whole", changes)

    class StopError(Exception):
        pass

    def stop(progress):
        if progress.step == 5:  # one step after a checkpoint
            raise StopError

    with pytest.raises(StopError):
        train_small(family, tmp_path / "halves", changes, report=stop)
    resumed = train_small(family, tmp_path / "halves", changes)
    for name, tensor in whole.state_dict().items():
        assert torch.equal(tensor, resumed.state_dict()[name]), name


@pytest.mark.parametrize(
    ("family", "text"),
    [
        ("rbm", "momentum=0.5"),
        ("rbm", "dropout=0.3"),
        ("rbm", "persistent=false"),
        ("rbm", "sparsity_cost=1"),
        ("rbm", "epochs=3"),
        ("dbn", "momentum=0.5"),
        ("dbn", "layers=8,6,4"),
    ],
)
def test_a_setting_changes_the_training_and_the_card_names_it(tmp_path, family, text):
    corpus = saved(tmp_path / "rags.npz", RAGS)
    small = SMALL[family] | {"learning_rate": 0.5}
    changes = small | parse_changes(family, [text])
    usual = train_family(family, corpus, tmp_path / "usual", name="x", steps=4, changes=small)
    stem = train_family(family, corpus, tmp_path / "other", name="x", steps=4, changes=changes)
    name, value = next(iter(parse_changes(family, [text]).items()))
    card = json.loads(stem.with_suffix(".json").read_text())
    saved_value = card["changes"][name]
    assert (tuple(saved_value) if isinstance(saved_value, list) else saved_value) == value
    if name != "epochs":  # which says nothing where steps are asked for
        assert card["sha256"] != json.loads(usual.with_suffix(".json").read_text())["sha256"]


# -- what is left ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", ["rbm", "dbn"])
def test_few_pieces_are_enough_and_the_card_says_that_nothing_was_held_out(tmp_path, family):
    corpus = saved(tmp_path / "rags.npz", RAGS)
    stem = train_family(family, corpus, tmp_path / "run", name="ragtime", steps=4, changes=SMALL[family])
    _, card = load_weights(stem)
    remark = "nothing was held out; the figures are of music that the network learned from"
    assert card["remarks"] == [remark]
    assert (card["training_pieces"], card["validation_pieces"]) == (3, 0)
    assert card["plays"] == "piano"


def test_few_pieces_are_too_few_for_a_choir(tmp_path):
    corpus = saved(tmp_path / "rags.npz", RAGS)
    with pytest.raises(FileError) as caught:
        train_family("lstm", corpus, tmp_path / "run", name="x")
    assert str(caught.value) == "rags.npz: too few pieces to learn from and to judge by; it needs at least 10"


def test_four_voices_throughout_are_a_choir(tmp_path):
    four = [piece(f"hymn {i}", [*RAG, "C2:1 | C2:1"]) for i in range(2)]
    corpus = saved(tmp_path / "hymns.npz", four)
    stem = train_family("rbm", corpus, tmp_path / "run", name="x", steps=2, changes=SMALL["rbm"])
    assert load_weights(stem)[1]["plays"] == "choir"


def test_the_pieces_that_were_learned_from_lie_beside_the_weights(tmp_path):
    ten = [piece(f"rag {i}", RAG) for i in range(10)]
    corpus = saved(tmp_path / "rags.npz", ten)
    stem = train_family("rbm", corpus, tmp_path / "run", name="my.rags", steps=2, changes=SMALL["rbm"])
    card = json.loads((tmp_path / "run" / "my.rags.json").read_text())
    assert card["library"] == "my.rags.npz"
    assert [p.name for p in load_pieces(stem.parent / card["library"])] == [
        f"rag {i}" for i in (1, 2, 3, 4, 6, 7, 8, 9)
    ]
    assert load_library(stem.parent / card["library"]).compare(ten[0].grid).closest.share == 1


def test_a_piece_that_does_not_fill_the_bars_of_the_others_is_named(tmp_path):
    corpus = saved(tmp_path / "mixed.npz", [*RAGS, piece("waltz", WALTZ, "3/4")])
    stem = train_family("rbm", corpus, tmp_path / "run", name="x", steps=2, changes=SMALL["rbm"])
    _, card = load_weights(stem)
    why = "too short, or in measures that do not fill the bars of the others"
    assert f"nothing was learned from waltz: {why}" in card["remarks"]
    assert card["unheard_pieces"] == ["waltz"]


def test_many_pieces_that_taught_nothing_are_one_line():
    remark = unused_remark([f"waltz {i}" for i in range(7)])
    assert remark.startswith(
        "nothing was learned from waltz 0, waltz 1, waltz 2, waltz 3, waltz 4 and 2 more: "
    )


def test_a_corpus_of_waltzes_has_windows_of_whole_bars():
    training, _ = set_up_training("rbm", Corpus((piece("waltz", WALTZ, "3/4"),), (), ()))
    assert isinstance(training, RBMTraining)
    assert (training.model.config.window, training.model.config.bar, training.batches.hop) == (24, 12, 12)


# -- pictures ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["rbm", "dbn"])
def trained(request, tmp_path_factory):
    """The folder of a training; being made before ``without_plots``, it has plots."""
    folder = tmp_path_factory.mktemp("trained")
    train_small(request.param, folder)
    return folder


@pytest.mark.parametrize("name", ["loss.png", "filters.png"])
def test_pictures_are_drawn_and_not_blank(trained, name):
    picture = imread(trained / name)[..., :3]
    assert min(picture.shape[:2]) > 400
    colors = (picture * 255).round().astype(np.int64) @ (1 << 16, 1 << 8, 1)
    assert len(np.unique(colors)) > 50


def test_the_strongest_hidden_unit_comes_first():
    training, _ = set_up_training("rbm", CORPUS, changes=SMALL["rbm"])
    assert isinstance(training, RBMTraining)
    config = training.model.config
    with torch.no_grad():
        training.model.W[7 * 2 * config.keys + 3, 2] = 5  # the fourth key, sounding, in the eighth slot
    rolls = strongest_filters(training.model.W, training.model)
    assert rolls.shape == (6, config.window, config.keys)
    assert np.unravel_index(rolls[0].argmax(), rolls[0].shape) == (7, 3)


def test_a_training_of_one_exam_has_pictures_too(plots, tmp_path):
    train_small("rbm", tmp_path, {"evaluate_every": 10})
    assert len(figures(tmp_path)) == 1
    assert (tmp_path / "loss.png").exists()


# -- presets -----------------------------------------------------------------------------------------------


def test_the_blues_preset_is_the_blues_composers_machine():
    training, config = set_up_training("rbm", CORPUS, changes=named_changes("rbm", preset="blues"))
    assert isinstance(training, RBMTraining)
    sizes, batches = training.model.config, training.batches
    assert (sizes.window, sizes.hidden, sizes.gibbs_steps) == (15, 50, 1)
    assert (sizes.lowest, sizes.lowest + sizes.keys - 1) == (21, 108)  # A0 to C8
    assert (batches.hop, batches.rows, batches.cd_steps, batches.persistent) == (15, 100, 1, False)
    assert (config.learning_rate, config.momentum, config.weight_decay) == (0.005, 0.0, 0.0)
    assert config.steps == 200 * -(-len(training.train) // 100)


def test_the_windows_of_the_blues_preset_do_not_overlap():
    training, _ = set_up_training("rbm", CORPUS, changes=named_changes("rbm", preset="blues"))
    assert isinstance(training, RBMTraining)
    steps = [p.grid.steps for p in RAGS]
    assert len(training.train) == sum(1 + (step - 15) // 15 for step in steps)


def test_steps_that_are_asked_for_count_more_than_epochs():
    assert set_up_training("rbm", CORPUS, steps=7, changes=BLUES)[1].steps == 7


def test_random_labels_are_64_bits_without_pretraining(plots, tmp_path):
    training, config = set_up_training("dbn", CORPUS, steps=4, changes=named_changes("dbn", labels="random"))
    assert isinstance(training, DBNTraining)
    assert training.labels.shape == (len(training.train), 64)
    assert set(training.labels.flatten().tolist()) == {-1.0, 1.0}
    assert training.layer_of(0) is None
    assert not training.held_out
    before = training.model.up_bias[0].clone()
    train(training, tmp_path, config)
    assert torch.equal(training.model.up_bias[0], before)  # only the way down learns


def test_a_preset_is_named_in_the_card(plots, tmp_path):
    corpus = saved(tmp_path / "rags.npz", RAGS)
    stem = train_family("rbm", corpus, tmp_path / "run", name="x", steps=2, changes=BLUES)
    _, card = load_weights(stem)
    assert card["changes"] == dict(BLUES)
    assert card["config"]["gibbs_steps"] == 1


@pytest.mark.parametrize(
    ("family", "named", "message"),
    [
        ("dbn", {"preset": "blues"}, "the preset blues is for rbm; train rbm, or leave it out"),
        ("lstm", {"preset": "blues"}, "the preset blues is for rbm; train rbm, or leave it out"),
        ("rbm", {"labels": "random"}, "random labels are for dbn; train dbn, or leave them out"),
    ],
)
def test_a_preset_of_another_family_is_refused(family, named, message):
    with pytest.raises(RequestError) as caught:
        named_changes(family, **named)
    assert str(caught.value) == message


def test_nothing_named_changes_nothing():
    assert all(named_changes(family) == {} for family in ("lstm", "bachbot", "rbm", "dbn"))
    layers = dict(RANDOM_LABELS)["layers"]
    assert isinstance(layers, tuple)
    assert layers[-1] == 64
