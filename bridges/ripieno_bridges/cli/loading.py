"""Loading torch, which takes a second or more, so that Ctrl-C meanwhile does no harm."""

from __future__ import annotations

import os
import signal
import sys
import threading
from types import FrameType

from ripieno.errors import STOPPED


def load_torch() -> None:
    """Load torch; Ctrl-C meanwhile ends the program at once.

    A KeyboardInterrupt inside torch's own start would end it, too, but as a crash ("terminate called after
    throwing an instance of 'pybind11::error_already_set'"). Nothing has been written yet.
    """
    if "torch" in sys.modules or threading.current_thread() is not threading.main_thread():
        return
    before = signal.signal(signal.SIGINT, end_at_once)
    try:
        import torch  # noqa: F401 - for those that import it next
    finally:
        signal.signal(signal.SIGINT, before)


def end_at_once(_signal: int, _frame: FrameType | None) -> None:
    """End the program without taking anything down."""
    sys.stderr.write("ripieno: stopped; nothing was written\n")
    sys.stderr.flush()
    os._exit(STOPPED)
