"""The options of the commands that train, one row each, for every command line; loads no torch.

``python -m ripieno.train`` reads the rows with argparse, ``ripieno train`` and ``ripieno search`` with click.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ripieno.training.presets import LABELS, PRESETS

FAMILIES = ("lstm", "bachbot", "rbm", "dbn", "biaxial", "planner")
SEARCH_FAMILIES = ("lstm", "bachbot")  # those with a search space of their own
MIN_STEPS = 1


@dataclass(frozen=True, slots=True)
class TrainOption:
    """An option of a command, or a positional argument of it.

    name: as users write it, without dashes. letter: its short form. parameter: its name in Python, if not
    ``name``. kind: the type of the value. minimum: of a whole number, included. repeatable: may be given
    several times; the values are collected.
    """

    name: str
    help: str = ""
    kind: type[str | int | Path] = str
    default: str | int | Path | None = None
    choices: tuple[str, ...] = ()
    minimum: int | None = None
    letter: str = ""
    parameter: str = ""
    metavar: str | None = None
    repeatable: bool = False
    is_argument: bool = False

    @property
    def python_name(self) -> str:
        """The name of the Python parameter that gets the value."""
        return self.parameter or self.name


FAMILY = TrainOption("family", choices=FAMILIES, is_argument=True)
CORPUS = TrainOption("corpus", "A corpus that `ripieno prepare` made.", kind=Path, is_argument=True)
OUTPUT = TrainOption(
    "output",
    "The folder for checkpoints, log, pictures and weights; a training that lies there goes on.",
    kind=Path,
    default=Path("training"),
    letter="o",
)
NAME = TrainOption("name", "What to call the weights; `my-` and the family if not said.")
STEPS = TrainOption("steps", "How many batches at the most.", kind=int, minimum=MIN_STEPS)
SEED = TrainOption("seed", "Of the first weights and of all chances.", kind=int, default=0, minimum=0)
START = TrainOption(
    "from", "Go on from a trained model instead of from nothing.", parameter="start", metavar="MODEL"
)
PRESET = TrainOption(
    "preset",
    "For rbm. blues: the blues composer's, windows of 15 sixteenths that do not overlap, 50 hidden "
    "units, all 88 keys, plain gradient descent for 200 epochs, results by one Gibbs step.",
    choices=tuple(PRESETS),
    default="default",
)
LABEL = TrainOption(
    "labels",
    "For dbn. code: a summary of the music that the network finds itself. random: the inverted net, "
    "every window gets a random label of 64 bits and only the way from label to music is learned.",
    choices=tuple(LABELS),
    default="code",
)
CHANGES = TrainOption(
    "set",
    "Change a setting of the network, its batches or its training, such as dropout=0.2; repeatable.",
    parameter="changes",
    metavar="NAME=VALUE",
    repeatable=True,
)
TRAIN_OPTIONS = (FAMILY, CORPUS, OUTPUT, NAME, STEPS, SEED, START, PRESET, LABEL, CHANGES)
