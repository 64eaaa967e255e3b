"""The command ``ripieno service``: `ripieno serve` in the background, started by the system."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ripieno.errors import RequestError, printable
from ripieno_bridges.cli.output import report_errors, say
from ripieno_bridges.cli.serve import serve

if TYPE_CHECKING:
    from ripieno_bridges.background.plan import ServicePlan

YES = click.option("--yes", is_flag=True, help="Do it without asking.")
SHOW = click.option("--show", is_flag=True, help="Only show what would be done.")
MODEL = "--model"
NOT_IN_BACKGROUND = ("open_page", "with_parent")  # options of `serve` that make no sense there


@click.group()
def service() -> None:
    """Run `ripieno serve` in the background whenever you are logged in."""


@service.command()
@YES
@SHOW
@click.argument("serve_options", nargs=-1, type=click.UNPROCESSED)
@report_errors
def install(yes: bool, show: bool, serve_options: tuple[str, ...]) -> None:
    """Let the system start `ripieno serve` now and at each login.

    Options for `ripieno serve` come after two dashes: ripieno service install -- --workers 2
    """
    from ripieno_bridges.background import systems

    plan = chosen_plan(checked(serve_options))
    say(
        f"This {plan.title} replaces {place(plan)}:"
        if plan.path.exists()
        else f"{place(plan)}, a {plan.title}:"
    )
    say(indented(plan.text))
    show_commands("Then these commands start it:", plan.install)
    if show or not agreed(yes, "Write and start it?"):
        return
    systems.install(plan)
    say("ripieno serve runs in the background, and is started at each login; `ripieno doctor` says how it is")


@service.command()
@YES
@SHOW
@report_errors
def remove(yes: bool, show: bool) -> None:
    """Stop `ripieno serve` in the background, and start it no more."""
    from ripieno_bridges.background import systems

    plan = chosen_plan(())
    if not plan.path.exists():
        say(f"nothing to remove: there is no {place(plan)}")
        return
    show_commands("These commands stop it:", (*plan.stop, *plan.remove))
    say(f"Then this is deleted: {place(plan)}")
    if show or not agreed(yes, "Stop and delete it?"):
        return
    systems.remove(plan)
    say("ripieno serve runs no more in the background")


@service.command()
@report_errors
def status() -> None:
    """Say whether the system runs `ripieno serve`, in the system's own words."""
    from ripieno_bridges.background import systems

    plan = chosen_plan(())
    if not plan.path.exists():
        say(f"not installed: there is no {place(plan)}; `ripieno service install` makes it")
        sys.exit(1)
    done = systems.call(plan.status)
    say((done.stdout + done.stderr).rstrip())
    sys.exit(1 if done.returncode else 0)


def checked(options: tuple[str, ...]) -> list[str]:
    """The options of `ripieno serve`, as the background needs them. Raises click's error for a wrong one.

    Paths become whole, since the service starts in another folder.
    """
    values = serve.make_context("ripieno serve", list(options)).params
    for name in NOT_IN_BACKGROUND:
        if values[name]:
            raise RequestError(
                f"--{name.replace('_page', '').replace('_', '-')} is nothing for the background; leave it out"
            )
    return list(with_whole_paths(options))


def with_whole_paths(options: Sequence[str]) -> Iterator[str]:
    """The options and their values; a file's path is whole."""
    of_files = {name for p in serve.params if isinstance(p.type, click.Path) for name in p.opts}
    option = ""
    for word in options:
        if not word.startswith("-"):
            equals, value = "", word
        else:
            option, equals, value = word.partition("=")
        path = Path(value)
        # A model is a name, or the path of its file.
        is_path = option in of_files or (option == MODEL and bool(path.suffix) and path.is_file())
        head = f"{option}=" if equals else ""
        yield f"{head}{path.absolute()}" if value and is_path else word


def chosen_plan(options: list[str] | tuple[str, ...]) -> ServicePlan:
    """The plan for this machine and these options of `ripieno serve`."""
    from ripieno_bridges.background.plan import ripieno_program
    from ripieno_bridges.background.systems import plan_for
    from ripieno_bridges.plugins.musescore_folders import this_machine

    program = ripieno_program()
    if program is None:
        raise RequestError(
            "the program `ripieno` is not beside its Python; install ripieno as docs/install.md says"
        )
    return plan_for([str(program), "serve", *options], this_machine())


def place(plan: ServicePlan) -> str:
    """Where the plan's file is."""
    return printable(str(plan.path))


def show_commands(title: str, commands: tuple[tuple[str, ...], ...]) -> None:
    """Show commands before they run."""
    say(title)
    for words in commands:
        say(indented(printable(" ".join(words))))


def indented(text: str) -> str:
    """A text set apart from what ripieno says."""
    return "\n".join(f"    {line}".rstrip() for line in text.splitlines())


def agreed(yes: bool, question: str) -> bool:
    """Whether the user wants it; asked on the terminal unless that was said before."""
    if not yes and not sys.stdin.isatty():
        raise RequestError("nobody can be asked here; say --yes to do it, or --show to see it only")
    return yes or click.confirm(question)
