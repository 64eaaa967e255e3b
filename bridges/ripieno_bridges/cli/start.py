"""The program `ripieno`: the command line, and what may end it before or after a command."""

from __future__ import annotations

import errno
import os
import sys

from ripieno.errors import STOPPED

PLEASE_REPORT = (
    "that is a fault of ripieno's own; please tell its makers in an issue, "
    "with what `ripieno doctor --report` prints"
)
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
        if exc.errno in NO_ROOM and exc.filename is None:
            end(
                f"what is printed cannot be written ({exc.strerror}); send it to another file, or make room",
                1,
            )
        end_by_own_fault()
    except Exception:
        end_by_own_fault()


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


def end_by_own_fault() -> None:
    """Print the error that is handled, with its traceback, and where to send it; then end."""
    sys.excepthook(*sys.exc_info())
    end(PLEASE_REPORT, 1)


def end(fault: str, status: int) -> None:
    """Print a fault, if there is one, and end at once: a stdout that takes nothing must not be flushed."""
    if fault:
        sys.stderr.write(f"ripieno: {fault}\n")
    sys.stderr.flush()
    os._exit(status)
