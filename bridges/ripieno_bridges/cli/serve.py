"""The command ``ripieno serve``."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import click

from ripieno.models.catalog import DEFAULT_MODEL
from ripieno_bridges.api.requests import offered
from ripieno_bridges.cli.output import report_errors, say

OSC_PORT, HTTP_PORT = 7400, 7411
LOOPBACK = "127.0.0.1"
TOKEN_VARIABLE = "RIPIENO_TOKEN"  # noqa: S105 - the name of the environment's variable
FILE = click.Path(path_type=Path)
HOST = click.option(
    "--host",
    default=LOOPBACK,
    show_default=True,
    help="The address for the page and HTTP. With another (0.0.0.0 is all that this computer has) "
    "others in your network can use it, if they have the token.",
)
OSC_HOST = click.option(
    "--osc-host",
    default=LOOPBACK,
    show_default=True,
    help="The address for OSC, whose messages carry no token: any other than this lets whoever is in your "
    "network in.",
)
PORT = click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=OSC_PORT,
    show_default=True,
    help="For OSC, UDP and TCP; 0 takes a free one.",
)
HTTP = click.option(
    "--http-port",
    type=click.IntRange(0, 65_535),
    default=HTTP_PORT,
    show_default=True,
    help="For the page and for MuseScore; 0 takes a free one.",
)
NETWORK = (
    click.option(
        "--name",
        "names",
        multiple=True,
        help="A name by which others open the page, such as music.school.example. Again for more of them.",
    ),
    click.option(
        "--token-file",
        type=FILE,
        help="The file with the token that others have to have; else it is taken from the environment's "
        f"{TOKEN_VARIABLE}, or a new one is made.",
    ),
    click.option("--certificate", type=FILE, help="For TLS: the file with the certificate, as PEM."),
    click.option("--key", type=FILE, help="For TLS: the file with the certificate's key, as PEM."),
    click.option(
        "--proxy",
        "proxies",
        multiple=True,
        help="The address of a proxy before ripieno, which is believed for whom it asks. Again for more.",
    ),
    click.option(
        "--client-requests",
        type=click.IntRange(min=1),
        help="How many requests of one client may wait for their answers at once. "
        "[default: 8 where others can use it, else any number]",
    ),
    click.option(
        "--client-rate",
        type=click.IntRange(min=1),
        help="How many requests a minute one client may send. "
        "[default: 60 where others can use it, else any number]",
    ),
)


def network_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options for a server that others than this computer use."""
    for option in reversed(NETWORK):
        command = option(command)
    return command


@click.command()
@HOST
@HTTP
@OSC_HOST
@PORT
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="How many requests are worked on at once, each in a process of its own, with models of its own.",
)
@click.option(
    "--model",
    "models",
    multiple=True,
    help="The model that is loaded at the start and used where a message names none: a shipped one, or the "
    f"path of trained weights. Again for more of them. [default: {DEFAULT_MODEL}]",
)
@click.option("--open", "open_page", is_flag=True, help="Open the page in your browser.")
@click.option("--with-parent", is_flag=True, help="Stop when the program that started this one has ended.")
@network_options
@report_errors
def serve(
    host: str,
    http_port: int,
    osc_host: str,
    port: int,
    workers: int,
    models: tuple[str, ...],
    open_page: bool,
    with_parent: bool,
    names: tuple[str, ...],
    token_file: Path | None,
    certificate: Path | None,
    key: Path | None,
    proxies: tuple[str, ...],
    client_requests: int | None,
    client_rate: int | None,
) -> None:
    """Wait for Live, Max, Pure Data, MuseScore, the page or any other program, and answer with music."""
    import asyncio

    from ripieno_bridges import servers
    from ripieno_bridges.http_server.access import access_of, token_in
    from ripieno_bridges.http_server.client_limits import ClientLimits

    limits = {"unanswered": client_requests, "per_minute": client_rate}
    given = {name: number for name, number in limits.items() if number is not None}
    access = access_of(
        host,
        names=names,
        token=os.environ.get(TOKEN_VARIABLE) if token_file is None else token_in(token_file),
        certificate=certificate,
        key=key,
        proxies=proxies,
        limits=ClientLimits(**given) if given else None,
    )
    for address in sorted({host, osc_host} - {LOOPBACK}):
        click.echo(f"ripieno: listening on {address}, where other computers can reach it", err=True)
    work = servers.serve(
        osc_host=osc_host,
        port=port,
        access=access,
        http_port=http_port,
        workers=workers,
        models=offered(models),
        open_page=open_page,
        with_parent=with_parent,
        say=say,
    )
    asyncio.run(work)
