"""``python -m ripieno.train``: train a network in one process, or in several.

`torchrun --nproc-per-node 2 -m ripieno.train lstm chorales.npz` trains the same network with every batch
split between two processes. ``ripieno train`` of the command line is the same for one process.
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any

from ripieno.errors import STOPPED, RequestError, RipienoError
from ripieno.training.distributed import join_process_group
from ripieno.training.families.hyperparameters import parse_changes
from ripieno.training.options import TRAIN_OPTIONS, TrainOption
from ripieno.training.presets import named_changes
from ripieno.training.trainer import TrainProgress, train_family


def build_parser() -> argparse.ArgumentParser:
    """The parser of the command line: ``TRAIN_OPTIONS``."""
    parser = argparse.ArgumentParser(
        prog="ripieno.train", description="Train a network, in one process or several."
    )
    for option in TRAIN_OPTIONS:
        add_option(parser, option)
    return parser


def add_option(parser: argparse.ArgumentParser, option: TrainOption) -> None:
    """Add a row of the table. argparse checks types and choices; bounds are left to the caller."""
    more: dict[str, Any] = {"help": option.help, "metavar": option.metavar}
    if option.choices:
        more["choices"] = option.choices
    if option.is_argument:
        parser.add_argument(option.python_name, type=option.kind, **more)
        return
    names = [f"-{option.letter}"] if option.letter else []
    more["dest"] = option.python_name
    if option.repeatable:
        parser.add_argument(*names, f"--{option.name}", action="append", default=[], **more)
    else:
        parser.add_argument(*names, f"--{option.name}", type=option.kind, default=option.default, **more)


def check_minimums(arguments: argparse.Namespace) -> None:
    """Raise RequestError for a number below its option's minimum, which argparse does not check."""
    for option in TRAIN_OPTIONS:
        value = getattr(arguments, option.python_name)
        if option.minimum is not None and value is not None and value < option.minimum:
            raise RequestError(f"--{option.name} {value} is impossible; say at least {option.minimum}")


def main() -> int:
    """Train as the command line says, in each process that torchrun starts. Returns the exit status."""
    arguments = build_parser().parse_args()
    with join_process_group() as group:
        try:
            with group.raise_together():
                check_minimums(arguments)
                named = named_changes(arguments.family, preset=arguments.preset, labels=arguments.labels)
                changes = {**named, **parse_changes(arguments.family, arguments.changes)}
            stem = train_family(
                arguments.family,
                arguments.corpus,
                arguments.output,
                name=arguments.name or f"my-{arguments.family}",
                seed=arguments.seed,
                steps=arguments.steps,
                changes=changes,
                start=arguments.start,
                group=group,
                report=print_progress if group.is_leader else lambda _: None,
            )
        except RipienoError as exc:  # ``ProcessGroup.together`` raises it in every process; one prints it
            if group.is_leader:
                sys.stderr.write(f"{exc}\n")
            group.barrier()
            return 1
        except KeyboardInterrupt:
            if group.is_leader:
                sys.stderr.write("stopped; the same command goes on where it stopped\n")
            return STOPPED
        if group.is_leader:
            sys.stdout.write(f"{stem}.safetensors\n")
    return 0


def print_progress(now: TrainProgress) -> None:
    """Print a line for each validation."""
    if now.valid is not None:
        figures = ", ".join(f"{name} {value:.4f}" for name, value in now.valid.items())
        sys.stderr.write(f"step {now.step} of {now.steps}: {figures}\n")


def end_process(status: int) -> None:
    """End this process; one of several ends at once, without taking the interpreter down.

    gloo's threads may hold tensors for a moment after the last message. If they release them while the
    interpreter is being taken down, it aborts, and torchrun would report a finished training as a failed one.
    """
    if "WORLD_SIZE" not in os.environ:
        sys.exit(status)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    end_process(main())
