"""A running server, asked by a command in place of an engine of its own, which takes seconds to load."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from ripieno.models.catalog import model_card
from ripieno_bridges.cli.serve import HTTP_PORT

if TYPE_CHECKING:
    from ripieno_bridges.api.replies import FilesReply
    from ripieno_bridges.api.requests import DocumentRequest

Command = Callable[..., Any]
VARIABLE = "RIPIENO_NO_SERVER"  # of the environment: as if every command had --no-server


def serve_port_option(command: Command) -> Command:
    """The option for the port of the server, for those who have changed it."""
    return click.option(
        "--serve-port",
        type=click.IntRange(0, 65535),
        default=HTTP_PORT,
        show_default=True,
        help="Where `ripieno serve` answers HTTP; if it runs, its engine is used. 0: never.",
    )(command)


def server_options(command: Command) -> Command:
    """The options that say whether a running server is asked."""
    flag = click.option(
        "--no-server",
        is_flag=True,
        envvar=VARIABLE,
        help="Do all in this process, even if `ripieno serve` runs and would be quicker.",
    )
    return flag(serve_port_option(command))


def reply_of_server(
    request: DocumentRequest, options: dict[str, Any], *, progress: Callable[[float], None]
) -> FilesReply | None:
    """The reply of a running server; None where there is none of this version that has nothing else to do.

    None, too, where it has other weights of that name, or an error, which the command then finds itself.
    """
    if options["no_server"] or not options["serve_port"]:
        return None
    import asyncio

    from ripieno_bridges.api.replies import FilesReply
    from ripieno_bridges.service.running import find_server
    from ripieno_bridges.service.service import AnswerError

    model = request.request.model

    async def ask() -> FilesReply | None:
        server = await find_server(options["serve_port"], model)
        if server is None or not server.is_idle:
            return None
        try:
            reply: FilesReply = await server.ask_any(request, FilesReply, progress=progress)
        except AnswerError:
            return None
        return reply if reply.reply.sha256 == model_card(model).get("sha256") else None

    return asyncio.run(ask())
