"""The commands that work in Ableton Live: live harmonize, live continue, live vary, live watch."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from ripieno.errors import STOPPED
from ripieno.models.catalog import model_path
from ripieno_bridges.api.music_text import voice_name
from ripieno_bridges.cli.options import setting_option
from ripieno_bridges.cli.output import Command, progress_bar, report_errors, say
from ripieno_bridges.cli.running_server import serve_port_option

if TYPE_CHECKING:
    from ripieno_bridges.ableton.clip import ClipSlot
    from ripieno_bridges.ableton.job import LiveTask, Outcome
    from ripieno_bridges.ableton.live_set import LiveSet
    from ripieno_bridges.api.requests import Request


USED = "using the engine of the running `ripieno serve` (port {port})"


def port_options(command: Command) -> Command:
    """The options for the ports, for those who have changed them."""
    port = click.IntRange(1, 65535)
    command = serve_port_option(command)
    command = click.option(
        "--answer-port", type=port, default=11001, show_default=True, help="Where AbletonOSC answers."
    )(command)
    return click.option(
        "--port", type=port, default=11000, show_default=True, help="Where AbletonOSC listens."
    )(command)


def clip_options(command: Command) -> Command:
    """The options of every command about one clip."""
    number = click.IntRange(1, 9999)
    options: list[Callable[[Command], Command]] = [
        click.option(
            "--track", type=number, help="The clip's track, as Live counts. [default: the selected one]"
        ),
        click.option("--slot", type=number, help="Its scene, as Live counts. [default: the selected one]"),
        setting_option("model"),
        setting_option("ensemble"),
        click.option(
            "--given",
            help="Which voice the clip is. [default: as its track is called, else by how high it lies]",
        ),
        setting_option("key", help="Such as D, Bb, g. [default: Live's scale, or by the notes]"),
        setting_option("temperature"),
        setting_option("alternatives", help="How many versions; the further ones go to free slots below."),
        setting_option("seed"),
        click.option("--json", "as_json", is_flag=True, help="Report in JSON, for programs."),
    ]
    command = port_options(command)
    for option in reversed(options):
        command = option(command)
    return report_errors(command)


@click.group()
def live() -> None:
    """Work on the clips of Ableton Live, through AbletonOSC; docs/live.md says how to set it up."""


@live.command()
@clip_options
@click.option("--force", is_flag=True, help="Replace clips of yours that are where the voices go.")
def harmonize(**options: Any) -> None:
    """Add the missing voices to the selected clip, each on a track of its own."""
    run_command("harmonize", options)


@live.command("continue")
@clip_options
@setting_option("bars", "continue")
def continue_(**options: Any) -> None:
    """Go on after the selected clip, in the next empty slot of its track."""
    run_command("continue", options)


@live.command()
@clip_options
@setting_option("amount")
def vary(**options: Any) -> None:
    """Make a variation of the selected clip, in the next empty slot of its track."""
    run_command("vary", options)


@live.command()
@setting_option("model")
@port_options
@report_errors
def watch(model: str, port: int, answer_port: int, serve_port: int) -> None:
    """Wait for clips that are renamed to `rip: harmonize`, `rip: continue` or `rip: vary`.

    Settings may follow, as in `rip: harmonize alternatives=2 temperature=0.8`.
    """
    import asyncio

    from ripieno_bridges.ableton.client import Ports
    from ripieno_bridges.ableton.watch import watch_live
    from ripieno_bridges.api.requests import Request, offered
    from ripieno_bridges.service.running import WarmEngine

    model_path(model)  # raises for an unknown name before anything else

    async def work() -> None:
        async with WarmEngine(offered((model,)), port=serve_port) as engine:
            if engine.server is not None:
                say(USED.format(port=engine.server.port))
            defaults = Request(task="compose", model=model)
            await watch_live(engine, say=say, defaults=defaults, ports=Ports(port, answer_port))

    try:
        asyncio.run(work())
    except KeyboardInterrupt:
        click.echo("ended")


# -- one clip ----------------------------------------------------------------------------------------------


def run_command(task: LiveTask, options: dict[str, Any]) -> None:
    """Run a job in Live and print its outcome."""
    import asyncio

    from ripieno_bridges.ableton.job import ANSWERED_SHARE

    furthest = 0.0
    with progress_bar("working in Live", quiet=options["as_json"]) as bar:

        def progress(fraction: float) -> None:
            nonlocal furthest
            furthest = fraction
            bar(fraction)

        try:
            outcome, serve_port = asyncio.run(run_job(task, options, progress))
        except KeyboardInterrupt:
            if furthest < ANSWERED_SHARE:
                raise
            click.echo("ripieno: stopped; the clips that were finished are in Live", err=True)
            sys.exit(STOPPED)
    print_outcome(outcome, serve_port=serve_port, as_json=options["as_json"])


async def run_job(
    task: LiveTask, options: dict[str, Any], progress: Callable[[float], None]
) -> tuple[Outcome, int | None]:
    """Run the job; (its outcome, the port of the server whose engine did it). Raises RipienoError."""
    from ripieno_bridges.ableton.client import AbletonOSC, Ports
    from ripieno_bridges.ableton.job import ClipJob, perform
    from ripieno_bridges.ableton.live_set import LiveSet
    from ripieno_bridges.service.running import WarmEngine

    ports = Ports(options["port"], options["answer_port"])
    # The engine first: it loads its model while Live is asked.
    async with (
        WarmEngine((options["model"],), port=options["serve_port"]) as engine,
        AbletonOSC(ports) as osc,
    ):
        live = LiveSet(osc)
        clip_slot = await find_clip_slot(live, options["track"], options["slot"])
        job = ClipJob(task, build_request(options), clip_slot, force=options.get("force", False))
        outcome = await perform(live, engine, job, progress=progress)
        return outcome, None if engine.server is None else engine.server.port


async def find_clip_slot(live: LiveSet, track: int | None, slot: int | None) -> ClipSlot | None:
    """The clip's slot; None for the selected one. track, slot: from 1; None for that of the selected slot."""
    from ripieno_bridges.ableton.clip import ClipSlot

    if track is None and slot is None:
        return None
    if track is None or slot is None:
        selected = await live.selected()
        track = selected.track + 1 if track is None else track
        slot = selected.slot + 1 if slot is None else slot
    return ClipSlot(track - 1, slot - 1)


def build_request(options: dict[str, Any]) -> Request:
    """Build a request, without notes, from a command's options."""
    from ripieno_bridges.api.requests import Request

    names = ("model", "ensemble", "key", "temperature", "alternatives", "seed", "bars", "amount")
    given = None if options["given"] is None else (voice_name(options["given"]),)
    settings = {name: options[name] for name in names if options.get(name) is not None}
    return Request(task="compose", given=given, **settings)


def print_outcome(outcome: Outcome, *, serve_port: int | None, as_json: bool) -> None:
    """Print which clips were written where. serve_port: of the server whose engine did it, if one did."""
    reply = outcome.reply
    if as_json:
        clips = [
            {
                "part": clip.part,
                "name": clip.name,
                "track": clip.clip_slot.track + 1,
                "slot": clip.clip_slot.slot + 1,
                "notes": clip.notes,
            }
            for clip in outcome.clips
        ]
        fields: dict[str, Any] = {"seed": reply.seed, "model": reply.model, "weights": reply.sha256}
        if serve_port is not None:
            fields["serve_port"] = serve_port
        click.echo(json.dumps({**fields, "remarks": list(outcome.remarks), "clips": clips}))
        return
    for remark in outcome.remarks:
        click.echo(remark)
    for clip in outcome.clips:
        click.echo(f'{clip.clip_slot}: wrote {clip.notes} notes, "{clip.name}"')
    if serve_port is not None:
        click.echo(USED.format(port=serve_port))
    click.echo(f"seed {reply.seed}, model {reply.model} (the same seed gives the same notes)")
