"""Ctrl-C during long work: a step is finished, so that what is saved is whole; other work ends at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Interrupt:
    """Whether somebody pressed Ctrl-C.

    Inside ``at_once`` it raises KeyboardInterrupt, and so does a second one everywhere.
    """

    def __init__(self) -> None:
        self.asked = False
        self._at_once = False

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Here nothing is lost by an interrupt: raise KeyboardInterrupt, also for one that came before."""
        self._at_once = True
        try:
            if self.asked:
                raise KeyboardInterrupt
            yield
        finally:
            self._at_once = False

    def handle(self, _signal: int, _frame: FrameType | None) -> None:
        """Take note of a Ctrl-C."""
        again, self.asked = self.asked, True
        if self._at_once or again:
            raise KeyboardInterrupt


@contextmanager
def delayed_interrupt(*, alone: bool) -> Iterator[Interrupt]:
    """Take note of Ctrl-C instead of raising KeyboardInterrupt between any two instructions.

    alone: of several processes none may stop before the others, so there everything stays as it is. So it
    does in a thread, where Python allows no handlers.
    """
    interrupt = Interrupt()
    if not alone or threading.current_thread() is not threading.main_thread():
        yield interrupt
        return
    before = signal.signal(signal.SIGINT, interrupt.handle)
    try:
        yield interrupt
    finally:
        signal.signal(signal.SIGINT, before)
