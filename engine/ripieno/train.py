"""``python -m ripieno.train``: train a network in one process, or in several.

`torchrun --nproc-per-node 2 -m ripieno.train lstm chorales.npz` trains the same network with every batch
split between two processes. ``ripieno train`` of the command line is the same for one process.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from ripieno.errors import RequestError, RipienoError
from ripieno.training.distributed import joined_process_group
from ripieno.training.families.hyperparameters import read_changes
from ripieno.training.families.registry import FAMILIES
from ripieno.training.presets import LABELS, PRESETS, named_changes
from ripieno.training.trainer import TrainProgress, train_family


def command_line() -> argparse.ArgumentParser:
    """What can be asked for."""
    parser = argparse.ArgumentParser(
        prog="ripieno.train", description="Train a network, in one process or several."
    )
    parser.add_argument("family", choices=FAMILIES)
    parser.add_argument("corpus", type=Path, help="what `ripieno prepare` made")
    parser.add_argument("-o", "--output", type=Path, default=Path("training"), help="the folder to work in")
    parser.add_argument("--name", help="what to call the weights")
    parser.add_argument("--steps", type=int, help="how many batches at the most")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--from", dest="start", help="the model to go on from, by name or path")
    parser.add_argument(
        "--preset", choices=list(PRESETS), default="default", help="settings with a name, of rbm"
    )
    parser.add_argument("--labels", choices=list(LABELS), default="code", help="what a dbn decodes")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="change a setting; may be repeated"
    )
    return parser


def main() -> int:
    """What torchrun runs, in every process."""
    asked = command_line().parse_args()
    with joined_process_group() as team:
        try:
            with team.together():
                if asked.steps is not None and asked.steps < 1:
                    raise RequestError(f"--steps {asked.steps} is nothing to train; say at least 1")
                named = named_changes(asked.family, preset=asked.preset, labels=asked.labels)
                changes = {**named, **read_changes(asked.family, asked.set)}
            stem = train_family(
                asked.family,
                asked.corpus,
                asked.output,
                name=asked.name or f"my-{asked.family}",
                seed=asked.seed,
                steps=asked.steps,
                changes=changes,
                start=asked.start,
                team=team,
                report=print_progress if team.leads else lambda _: None,
            )
        except RipienoError as exc:  # the same in all (``Team.together``); one sentence is enough
            if team.leads:
                sys.stderr.write(f"{exc}\n")
            team.wait()
            return 1
        except KeyboardInterrupt:
            if team.leads:
                sys.stderr.write("stopped; the same command goes on where it stopped\n")
            return 1
        if team.leads:
            sys.stdout.write(f"{stem}.safetensors\n")
    return 0


def print_progress(now: TrainProgress) -> None:
    """A line an exam."""
    if now.valid is not None:
        figures = ", ".join(f"{name} {value:.4f}" for name, value in now.valid.items())
        sys.stderr.write(f"step {now.step} of {now.steps}: {figures}\n")


def leave(status: int) -> None:
    """End this process, one of a team at once.

    gloo's threads may hold tensors for a moment after the last message. If they let go of them while the
    interpreter is being taken down, it aborts, and torchrun would report a finished training as a failed one.
    """
    if "WORLD_SIZE" not in os.environ:
        sys.exit(status)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    leave(main())
