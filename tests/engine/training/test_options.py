"""One table of training options: both command lines have what stands in it, and the engine can do it."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ripieno.errors import RequestError
from ripieno.models.weights import FAMILIES as NETWORKS
from ripieno.train import build_parser, check_minimums
from ripieno.training.options import FAMILIES, SEARCH_FAMILIES, TRAIN_OPTIONS
from ripieno.training.search_space import SPACES
from ripieno_bridges.cli.main import main

GIVEN = ["lstm", "songs.npz"]


def click_parameters(command: str) -> dict:
    return {parameter.name: parameter for parameter in main.commands[command].params}


def test_the_table_loads_no_torch():
    code = "import sys, ripieno.training.options; print('torch' in sys.modules, 'numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"


def test_the_families_are_those_that_can_be_trained_and_searched():
    assert set(FAMILIES) == set(NETWORKS)
    assert set(SEARCH_FAMILIES) == set(SPACES)


def test_argparse_has_the_options_of_the_table_with_their_defaults():
    usual: dict[str, Any] = {option.python_name: option.default for option in TRAIN_OPTIONS}
    usual |= {"family": "lstm", "corpus": Path("songs.npz"), "changes": []}
    assert vars(build_parser().parse_args(GIVEN)) == usual


@pytest.mark.parametrize(
    ("words", "name", "value"),
    [
        (["-o", "run"], "output", Path("run")),
        (["--output", "run"], "output", Path("run")),
        (["--from", "lstm-chorales"], "start", "lstm-chorales"),
        (["--steps", "7"], "steps", 7),
        (["--set", "a=1", "--set", "b=2"], "changes", ["a=1", "b=2"]),
        (["--labels", "random"], "labels", "random"),
    ],
)
def test_argparse_reads_what_a_user_writes(words, name, value):
    assert getattr(build_parser().parse_args([*GIVEN, *words]), name) == value


def test_click_has_the_options_of_the_table():
    found = click_parameters("train")
    names = ["source" if option.python_name == "corpus" else option.python_name for option in TRAIN_OPTIONS]
    assert [name for name in found if name != "help"] == names
    for option in TRAIN_OPTIONS[2:]:
        parameter = found[option.python_name]
        assert parameter.opts == [f"-{option.letter}"] * bool(option.letter) + [f"--{option.name}"]
        assert (parameter.help, parameter.multiple) == (option.help, option.repeatable)
        assert tuple(getattr(parameter.type, "choices", ())) == option.choices
        assert getattr(parameter.type, "min", None) == option.minimum


def test_a_search_shares_the_options_that_every_trial_has():
    found = click_parameters("search")
    assert tuple(found["family"].type.choices) == SEARCH_FAMILIES
    assert found["output"].opts == ["-o", "--output"]
    assert (found["steps"].type.min, found["seed"].type.min) == (1, 0)


@pytest.mark.parametrize(("option", "value", "least"), [("steps", "0", 1), ("seed", "-1", 0)])
def test_a_number_below_its_bound_is_named(option, value, least):
    with pytest.raises(RequestError) as caught:
        check_minimums(build_parser().parse_args([*GIVEN, f"--{option}", value]))
    assert str(caught.value) == f"--{option} {value} is impossible; say at least {least}"
