"""The search: it goes on where it stopped, stops bad trials early, and shows what each setting does."""

import importlib.util
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import ripieno.training.search as under_test
from ripieno.corpus.corpus import Piece, save_corpus
from ripieno.errors import STOPPED, RequestError
from ripieno.training.families.hyperparameters import hyperparameters_of, parse_changes
from ripieno.training.search import SearchPlan, TrialResult, open_study, results_of, search, take_trial
from ripieno.training.search_report import effects, search_figure
from ripieno.training.search_space import SPACES, ValueRange, grid_points, parse_space
from ripieno.training.trainer import TrainProgress
from ripieno_bridges.cli.main import main
from training_pieces import PIECES

# A list of one value holds a setting there.
TINY = ("embedding=12", "time_hidden=12", "context_hidden=4", "voice_hidden=8", "batch=2", "frames=24")


def run(*arguments: object, exit_code: int = 0):
    result = CliRunner().invoke(main, [str(a) for a in arguments])
    assert result.exit_code == exit_code, result.output
    return result


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("corpus") / "songs.npz"
    with path.open("wb") as file:
        save_corpus(file, [Piece(f"song{i:02}", PIECES[0].grid) for i in range(10)])
    return path


Settings = Mapping[str, Any]


@pytest.fixture
def trainings(monkeypatch) -> list[Settings]:
    """In place of real trainings, ten validations that sink towards the dropout; what was tried."""
    tried: list[Settings] = []

    def train_family(*_: object, changes: Settings, report: Callable[[TrainProgress], None], **__: object):
        tried.append({name: changes[name] for name in changes if name != "evaluate_every"})
        for step in range(1, 11):
            score = float(changes.get("dropout") or 0) + (10 - step) / 1000
            report(TrainProgress(step, 10, score, {"token": score}, score))

    monkeypatch.setattr(under_test, "train_family", train_family)
    monkeypatch.setattr(under_test, "best_score", lambda _: float(tried[-1].get("dropout") or 0))
    return tried


def plan_of(corpus: Path, folder: Path, *vary: str, family: str = "bachbot", **more: Any) -> SearchPlan:
    return SearchPlan(family, corpus, folder, parse_space(family, vary), **more)


# -- searching -------------------------------------------------------------------------------------------


def test_a_search_leaves_a_table_a_plot_and_the_trained_networks(corpus, tmp_path):
    vary = [f"--vary={text}" for text in (*TINY, "dropout=0..0.5", "learning_rate=0.001,0.01")]
    arguments = ("search", "lstm", corpus, "-o", tmp_path, "--trials", 3, "--steps", 2, *vary)
    text = run(*arguments).stdout
    head = text.splitlines()[0]
    for name in ("embedding", "time hidden", "dropout", "learning rate"):
        assert name in head
    report = json.loads((tmp_path / "search.json").read_text())
    scores = [trial["score"] for trial in report["trials"]]
    assert len(scores) == 3
    assert scores == sorted(scores)
    assert [f"{score:.4f}" in text for score in scores] == [True] * 3
    best = report["trials"][0]
    card = json.loads(
        (tmp_path / f"trial-{best['number']:03}" / f"lstm-{best['number']:03}.json").read_text()
    )
    assert card["config"]["dropout"] == best["settings"]["dropout"]
    assert card["training"]["learning_rate"] == best["settings"]["learning_rate"]
    assert (tmp_path / "search.png").read_bytes()[:4] == b"\x89PNG"
    again = run(*arguments, "--json").stdout
    assert json.loads(again) == report  # nothing was left to do


def test_an_interrupted_search_ends_as_if_it_had_never_stopped(corpus, tmp_path):
    """Stopped inside the second trial: its training goes on there, and the third is the same."""
    vary = (*TINY, "dropout=0..0.5")
    whole, halves = (
        plan_of(corpus, tmp_path / name, *vary, family="lstm", trials=3, steps=4)
        for name in ("whole", "halves")
    )
    search(whole, open_study(whole))

    def stop(now):
        if (now.done, now.part) == (1, 0.75):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        search(halves, open_study(halves), report=stop)
    assert [r.state for r in results_of(open_study(halves))] == ["complete", "running"]
    parts = []
    search(halves, open_study(halves), report=lambda now: parts.append((now.done, now.part)))
    assert parts[0] == (1, 1.0)  # the step after the last validation
    assert results_of(open_study(halves)) == results_of(open_study(whole))


def test_a_grid_visits_every_point_once(corpus, tmp_path, trainings):
    plan = plan_of(corpus, tmp_path, "layers=1,2", "dropout=0,0.1,0.2", sampler="grid")
    assert plan.trial_count == grid_points(plan.space) == 6

    def stop(now):
        if (now.done, now.part) == (3, 0.5):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        search(plan, open_study(plan), report=stop)
    search(plan, open_study(plan))
    points = [(r.settings["layers"], r.settings["dropout"]) for r in results_of(open_study(plan))]
    assert sorted(points) == [(layers, dropout) for layers in (1, 2) for dropout in (0, 0.1, 0.2)]
    assert len(trainings) == 6 + 1  # one was begun twice


def test_a_bad_trial_is_stopped_early(corpus, tmp_path, trainings):
    values = "0.1,0.11,0.12,0.13,0.14,0.15,0.9"
    plan = plan_of(corpus, tmp_path, f"dropout={values}", sampler="grid")
    search(plan, open_study(plan))
    assert [t["dropout"] for t in trainings].index(0.9) >= 5
    states = {r.settings["dropout"]: r.state for r in results_of(open_study(plan))}
    assert states[0.9] == "pruned"
    assert states[0.1] == "complete"


def test_processes_that_share_a_search_divide_its_trials(corpus, tmp_path):
    """A trial belongs to who holds its lock; that of a process that died is free again."""
    plan = plan_of(corpus, tmp_path, "dropout=0..0.5", trials=3)
    mine, yours = open_study(plan), open_study(plan)
    first, lock = take_trial(plan, mine)
    second, held = take_trial(plan, yours)
    assert (first.number, second.number) == (0, 1)
    lock.release()
    taken_up, lock = take_trial(plan, yours)
    third, other = take_trial(plan, mine)
    assert (taken_up.number, third.number) == (0, 2)
    assert take_trial(plan, yours) is None
    for each in (held, lock, other):
        each.release()


def test_another_search_in_the_folder_is_refused(corpus, tmp_path, trainings):
    arguments = ("search", "bachbot", corpus, "-o", tmp_path, "--trials", 2)
    run(*arguments, "--vary", "dropout=0,0.1")
    message = run(*arguments, "--vary", "dropout=0,0.2", "--seed", 1, exit_code=1).stderr
    assert message.startswith(
        f"ripieno: {tmp_path} holds a search with another space, seed; ask for the same"
    )
    run(*arguments[:-1], 1, "--vary", "dropout=0,0.1")  # fewer trials, or more, are the same search


def test_ctrl_c_shows_what_there_is_so_far(corpus, tmp_path, trainings, monkeypatch):
    real = vars(under_test)["train_family"]

    def train_family(*args: Any, **kwargs: Any):
        if len(trainings) == 2:
            raise KeyboardInterrupt
        return real(*args, **kwargs)

    monkeypatch.setattr(under_test, "train_family", train_family)
    done = run("search", "bachbot", corpus, "-o", tmp_path, "--vary", "dropout=0,0.1,0.2", exit_code=STOPPED)
    assert done.stderr.endswith("ripieno: stopped; the same command goes on where it stopped\n")
    assert "… not yet at its end" in done.stdout
    states = [t["state"] for t in json.loads((tmp_path / "search.json").read_text())["trials"]]
    assert states == ["complete", "complete", "running"]


# -- showing ---------------------------------------------------------------------------------------------


def made_up_results() -> list[TrialResult]:
    """Sixteen trials in which the dropout decides and the layers do not."""
    return [
        TrialResult(i, "complete", 0.1 * (i // 4), {"dropout": 0.1 * (i // 4), "layers": 1 + i % 4})
        for i in range(16)
    ]


def test_effects_tell_what_decides():
    plan = SearchPlan("bachbot", Path(), Path(), {"dropout": ValueRange(0.0, 0.3), "layers": (1, 2, 3, 4)})
    found = effects(plan, made_up_results())
    assert found["dropout"] > 0.85
    assert found["layers"] == 0
    assert effects(plan, made_up_results()[:7]) == {}


def test_the_plot_names_every_setting():
    plan = SearchPlan(
        "lstm", Path(), Path(), {"learning_rate": ValueRange(1e-4, 1e-2), "layers": (1, 2, 3, 4)}
    )
    results = [
        TrialResult(
            i, "pruned" if i == 15 else "complete", 0.1 * i, {"learning_rate": 1e-3, "layers": 1 + i % 4}
        )
        for i in range(16)
    ]
    axes = search_figure(plan, results).axes
    assert [a.get_title().splitlines()[0] for a in axes] == ["learning rate", "layers"]
    assert [label.get_text() for label in axes[1].get_xticklabels()] == ["1", "2", "3", "4"]
    assert axes[0].get_xscale() == "log"


# -- asking ----------------------------------------------------------------------------------------------


def test_without_optuna_one_sentence_says_how_to_install_it(corpus, tmp_path, monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "optuna" else found(name))
    message = run("search", "lstm", corpus, "-o", tmp_path / "new", exit_code=1).output
    assert message == 'ripieno: a search needs optuna; install it with: pip install "ripieno[search]"\n'
    assert not (tmp_path / "new").exists()


def test_an_unknown_setting_is_refused_with_those_that_are_known(corpus, tmp_path):
    message = run("search", "bachbot", corpus, "-o", tmp_path, "--vary", "layer=1,2", exit_code=1).output
    assert message == (
        'ripieno: there is no setting "layer" of bachbot to change; choose among average, bfloat16, clip, '
        "dropout, embedding, evaluate_every, halve_every, hidden, layers, learning_rate, length, momentum, "
        "patience, rows, warmup, weight_decay\n"
    )


@pytest.mark.parametrize(
    ("vary", "message"),
    [
        ("layers", '"layers": write a setting as name=value, such as dropout=0.2'),
        ("layers=1,two", 'layers: "two" is impossible; say a whole number from 1 to 64'),
        ("layers=0..3", 'layers: "0" is impossible; say a whole number from 1 to 64'),
        ("dropout=0.5..1", 'dropout: "1" is impossible; say a number from 0 to 0.99'),
        ("dropout=0.5..0.1", 'dropout: "0.5..0.1" is no span; write the lower value first'),
        ("bfloat16=yes", 'bfloat16: "yes" is impossible; say true or false'),
        ("bfloat16=false..true", 'bfloat16: "false..true" has nothing between its ends'),
        ("halve_every=0", 'halve_every: "0" is impossible; say a whole number from 1 to 1000000, or none'),
        ("learning_rate=nan", 'learning_rate: "nan" is impossible; say a number from 1e-08 to 10'),
    ],
)
def test_impossible_values_are_refused_with_what_is_possible(vary, message):
    with pytest.raises(RequestError) as caught:
        parse_space("bachbot", [vary])
    assert str(caught.value).startswith(message)


def test_a_grid_of_spans_is_refused():
    with pytest.raises(
        RequestError, match=r"a grid needs lists, and dropout=0.1..0.5 is a span; write dropout="
    ):
        grid_points(parse_space("lstm", ["dropout=0.1..0.5"]))


def test_values_have_the_types_of_their_settings():
    space = parse_space(
        "lstm", ["batch=2..20", "dropout=0,0.5", "halve_every=none,100", "bfloat16=true,false"]
    )
    assert space == {
        "batch": ValueRange(2, 20),
        "dropout": (0.0, 0.5),
        "halve_every": (None, 100),
        "bfloat16": (True, False),
    }
    assert parse_changes("lstm", ["dropout=0.1", "dropout=0.2"]) == {"dropout": 0.2}


@pytest.mark.parametrize("family", SPACES)
def test_every_default_space_is_possible(family):
    texts = [
        f"{name}={choice if isinstance(choice, ValueRange) else ','.join(map(str, choice))}"
        for name, choice in SPACES[family].items()
    ]
    assert parse_space(family, texts) == SPACES[family]


@pytest.mark.parametrize("family", SPACES)
def test_no_two_settings_of_a_family_share_a_name(family):
    from dataclasses import fields

    from ripieno.models.weights import FAMILIES
    from ripieno.training.families.base import TrainConfig
    from ripieno.training.families.hyperparameters import BATCHES

    names = [
        f.name for config in (FAMILIES[family].config, BATCHES[family], TrainConfig) for f in fields(config)
    ]
    assert len(names) == len(set(names))
    assert set(hyperparameters_of(family)) < set(names)


def test_a_training_with_other_settings_says_so_in_its_card(corpus, tmp_path):
    changes = ("hidden=8", "embedding=4", "layers=1", "rows=2", "length=16", "halve_every=none")
    run("train", "bachbot", corpus, "-o", tmp_path, "--steps", 2, *(f"--set={change}" for change in changes))
    card = json.loads((tmp_path / "my-bachbot.json").read_text())
    assert card["config"]["hidden"] == 8
    assert card["training"]["halve_every"] is None
    assert card["changes"]["rows"] == 2
