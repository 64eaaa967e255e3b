"""The command ``ripieno midi``: answers a phrase from a MIDI keyboard on four channels."""

from __future__ import annotations

import signal
from contextlib import suppress
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import click

from ripieno.errors import RequestError, RipienoError
from ripieno.score import Key, Meter
from ripieno_bridges.api.replies import Reply
from ripieno_bridges.api.requests import Request
from ripieno_bridges.cli.options import pickup_length, pickup_option, setting_option
from ripieno_bridges.cli.output import counted, report_errors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ripieno_bridges.midi_ports.phrases import PlayedPhrase
    from ripieno_bridges.midi_ports.ports import Port
    from ripieno_bridges.midi_ports.session import SessionNews, SessionOptions
    from ripieno_bridges.service.service import Service

HARMONIZE, CONTINUE = "harmonize", "continue"
MIN_PAUSE = 1.0  # quarters
MAX_NAMES = 24  # of notes in a line
OCTAVE = 12


@click.command()
@click.option(
    "--in", "in_name", metavar="PORT", help="Input port: its name, a part of the name, or its number."
)
@click.option("--out", "out_name", metavar="PORT", help="Output port, in the same way.")
@click.option("--virtual", is_flag=True, help='Make ports called "ripieno" for those that are not named.')
@click.option(
    "--task",
    type=click.Choice([HARMONIZE, CONTINUE]),
    default=HARMONIZE,
    show_default=True,
    help="Play the phrase again with its other voices, or go on after it.",
)
@click.option(
    "--tempo",
    "tempo_qpm",
    type=click.FloatRange(20, 300),
    default=90.0,
    show_default=True,
    help="Quarters a minute.",
)
@setting_option("meter", default="4/4", show_default=True, help="The time signature.")
@pickup_option("Beats of upbeat that a phrase begins with, in the meter's unit.")
@setting_option("key", help='Such as D, Bb, "f# minor" or g. [default: found from the phrase]')
@click.option(
    "--pause",
    type=click.FloatRange(0.25, 64),
    help="Quarters of silence that end a phrase. [default: a measure less a beat]",
)
@click.option("--clock", is_flag=True, help="Take tempo and barlines from the MIDI clock that comes in.")
@click.option("--echo", is_flag=True, help="Send on what you play, on channel 1.")
@click.option("--once", is_flag=True, help="End after one answer.")
@setting_option("model")
@click.option(
    "--bars",
    type=click.IntRange(1, 64),
    help="How many measures to go on for. [default: as many as were played]",
)
@setting_option("temperature")
@setting_option("seed", help="The same seed and phrase give the same notes. [default: a new one each time]")
@report_errors
def midi(in_name: str | None, out_name: str | None, virtual: bool, **options: Any) -> None:
    """Play a phrase on a MIDI keyboard, pause, and hear it answered: soprano to bass on channels 1 to 4.

    Your first note is beat 1 of a measure; the answer begins at a barline. Without options, the ports are
    listed.
    """
    import asyncio

    from ripieno_bridges.midi_ports.ports import choose_port, list_ports, numbered_ports

    inputs, outputs = list_ports("in"), list_ports("out")
    if not (in_name or out_name or virtual):
        show_ports(inputs, outputs)
        return
    for option, name, there in (("in", in_name, inputs), ("out", out_name, outputs)):
        if name is None and not virtual:
            listed = numbered_ports(there)
            ports = f"there are: {listed}" if there else "there is none, so make one with --virtual"
            raise RequestError(f"name a port with --{option} too; {ports}")
    source = None if in_name is None else choose_port(in_name, inputs, "in")
    target = None if out_name is None else choose_port(out_name, outputs, "out")
    session_options = build_session_options(**options)
    with suppress(KeyboardInterrupt, asyncio.CancelledError):
        asyncio.run(run_session(session_options, source, target))
    click.echo("ripieno has stopped")


def show_ports(inputs: Sequence[Port], outputs: Sequence[Port]) -> None:
    """Print the ports, and the next command to use."""
    for title, option, ports in (("you play on", "in", inputs), ("the voices go to", "out", outputs)):
        click.echo(f"{title} (--{option}):")
        for number, port in enumerate(ports, 1):
            click.echo(f"  {number}  {port.name}")
        if not ports:
            click.echo("  no port is there")
    if inputs and outputs:
        click.echo(f'next: ripieno midi --in "{inputs[0].name}" --out "{outputs[0].name}"')
    else:
        click.echo("next: plug something in, or `ripieno midi --virtual` makes ports for other programs")


def build_session_options(
    *,
    task: str,
    tempo_qpm: float,
    meter: Meter,
    pickup: int,
    key: Key | None,
    pause: float | None,
    clock: bool,
    echo: bool,
    once: bool,
    bars: int | None,
    **request_settings: Any,
) -> SessionOptions:
    """Build the options of a session. Raises RequestError where they contradict each other."""
    from ripieno_bridges.midi_ports.phrases import PhraseFrame
    from ripieno_bridges.midi_ports.session import SessionOptions

    if bars is not None and task != CONTINUE:
        raise RequestError("--bars says how long to go on; leave it out, or add --task continue")
    if pickup and clock:
        raise RequestError("with --clock, the clock says where the barlines are; leave out --pickup")
    anacrusis = pickup_length(pickup, meter)
    kind: Any = task
    request = Request(task=kind, bars=bars, find_key=key is None, compare=False, **request_settings)
    if pause is None:
        pause = max(float(meter.length - meter.beat), MIN_PAUSE)
    frame = PhraseFrame(meter, key, anacrusis)
    return SessionOptions(request, tempo_qpm, pause, frame, clock=clock, echo=echo, once=once)


async def run_session(options: SessionOptions, source: Port | None, target: Port | None) -> None:
    """Open the ports, start the engine, and play until Ctrl-C or SIGTERM. None is a virtual port."""
    import asyncio

    from ripieno_bridges.midi_ports.ports import NAME, Input, Output
    from ripieno_bridges.midi_ports.session import Session
    from ripieno_bridges.service.service import Service

    loop = asyncio.get_running_loop()
    this = asyncio.current_task()
    assert this is not None, "called in a task"
    for name in ("SIGTERM", "SIGHUP"):  # the second when the terminal is closed
        with suppress(NotImplementedError, AttributeError):  # Windows
            loop.add_signal_handler(getattr(signal, name), this.cancel)
    with Output(target) as out:
        async with Service((options.request.model,)) as service:
            click.echo(f"loading {options.request.model}")
            await service.ready()
            seconds = await warm_up(service, options.request)
            session = Session(options, ask=service.ask, send=out.send, say=say, patience_seconds=seconds)

            def on_message(message: Any, seconds: float) -> None:
                loop.call_soon_threadsafe(session.receive, message, seconds)

            with Input(source, on_message):
                names = [NAME if port is None else port.name for port in (source, target)]
                click.echo(f"play on {names[0]}, and the answer comes on {names[1]}; stop with Ctrl-C")
                await session.run()


async def warm_up(service: Service, request: Request) -> float:
    """Let the engine answer one note, so that later replies are quick. Returns twice the seconds it took."""
    from msgspec import structs

    from ripieno_bridges.formats.note_lists import FlatNote, choir_score

    note = FlatNote(0, 72, Fraction(0), Fraction(4), 80)
    reply = await service.ask(structs.replace(request, score=choir_score([note]), bars=1))
    return 2 * reply.milliseconds / 1000


# -- output ------------------------------------------------------------------------------------------------


def say(news: SessionNews) -> None:
    """Print news of the session in a line."""
    if isinstance(news, Reply):
        click.echo(reply_line(news))
    elif isinstance(news, RipienoError):
        click.echo(f"ripieno: {news}", err=True)
    else:
        click.echo(news if isinstance(news, str) else phrase_line(news))


def phrase_line(phrase: PlayedPhrase) -> str:
    """The line for a phrase that was played."""
    key = phrase.score.measures[0].key
    names = [str(key.spell(note.pitch - OCTAVE * phrase.octaves)) for note in phrase.notes]
    line = " ".join(names[:MAX_NAMES])
    if len(names) > MAX_NAMES:
        line += f" and {len(names) - MAX_NAMES} more"
    if phrase.left_out:
        lower = "1 lower note" if phrase.left_out == 1 else f"{phrase.left_out} lower notes"
        line += f"; {lower} left out, since a melody is one line"
    if phrase.octaves:
        many = "an octave" if abs(phrase.octaves) == 1 else f"{abs(phrase.octaves)} octaves"
        line += f"; read {many} {'higher' if phrase.octaves > 0 else 'lower'}, where sopranos sing"
    return f"heard {line}"


def reply_line(reply: Reply) -> str:
    """The line for the reply to a phrase."""
    result = reply.results[0]
    written = ", ".join(f"{name} {count}" for name, count in counted(result.new).items())
    line = f"answer: {written or 'no'} notes, seed {reply.seed}"
    if result.until is not None:
        line += f"; there was time up to measure {result.score.place(result.until)[0]} only"
    return line
