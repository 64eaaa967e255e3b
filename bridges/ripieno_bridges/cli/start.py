"""The program `ripieno`: the command line, and what may end it before or after a command."""

from __future__ import annotations

import errno
import os
import sys

from ripieno.errors import STOPPED

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


def main() -> None:
    """Run the command line. Ctrl-C, also while modules load, and a full stdout end it with a sentence."""
    try:
        try:
            status = run_commands()
        finally:
            sys.stdout.flush()
        sys.exit(status)
    except KeyboardInterrupt:
        end("stopped", STOPPED)
    except BrokenPipeError:  # whoever read has seen enough
        end("", 1)
    except OSError as exc:
        if exc.errno not in NO_ROOM or exc.filename is not None:
            raise
        end(f"what is printed cannot be written ({exc.strerror}); send it to another file, or make room", 1)


def run_commands() -> int:
    """Run the command that the arguments name; its exit status. Raises KeyboardInterrupt at Ctrl-C."""
    import click

    from ripieno_bridges.cli.main import main as commands

    try:
        status = commands.main(prog_name="ripieno", standalone_mode=False)
    except click.Abort as exc:  # click's word for Ctrl-C
        raise KeyboardInterrupt from exc
    except click.ClickException as exc:
        exc.show()
        return exc.exit_code
    return status if isinstance(status, int) else 0


def end(fault: str, status: int) -> None:
    """Print a fault, if there is one, and end at once: a stdout that takes nothing must not be flushed."""
    if fault:
        sys.stderr.write(f"ripieno: {fault}\n")
    sys.stderr.flush()
    os._exit(status)
