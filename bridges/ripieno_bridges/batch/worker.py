"""A worker of a batch: its model stays loaded, and it does one item after the other."""

from __future__ import annotations

import os
import signal
import threading
from multiprocessing.connection import Connection
from queue import SimpleQueue

import ripieno
from ripieno.errors import RipienoError
from ripieno_bridges.api.requests import from_bytes, to_bytes
from ripieno_bridges.batch.messages import LOOKING, ItemOrder, ItemPlan, WorkerReady, WorkerUnfit


class BatchWorker:
    """Takes and gives bytes, so that it can be anywhere. plan: an ``ItemPlan``."""

    def __init__(self, plan: bytes) -> None:
        import torch

        from ripieno_bridges.service.model_runner import ModelRunner

        torch.set_num_threads(1)  # the other processors have workers of their own
        self._plan: ItemPlan = from_bytes(plan, ItemPlan)
        self._runner = ModelRunner()

    def start(self) -> bytes:
        """Load the model; a ``WorkerStart``."""
        if self._plan.task in LOOKING:
            return to_bytes(WorkerReady(ripieno.__version__, ""))
        try:
            model = self._runner.model(self._plan.request.request.model)
        except RipienoError as exc:
            return to_bytes(WorkerUnfit(str(exc)))
        return to_bytes(WorkerReady(ripieno.__version__, model.sha256))

    def do(self, order: bytes) -> bytes:
        """Do an ``ItemOrder``; an ``ItemOutcome``."""
        from ripieno_bridges.batch.do_item import do_item

        return to_bytes(do_item(self._runner, self._plan, from_bytes(order, ItemOrder)))


def work(connection: Connection, plan: bytes) -> None:
    """Do what comes over a connection until the other end is gone: the whole life of a process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the batch, which then ends the worker
    orders: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=read_orders, args=(connection, orders), daemon=True).start()
    worker = BatchWorker(plan)
    try:
        connection.send_bytes(worker.start())
        while True:
            connection.send_bytes(worker.do(orders.get()))
    except OSError:  # the batch is gone
        os._exit(0)


def read_orders(connection: Connection, orders: SimpleQueue[bytes]) -> None:
    """Read orders while others are done, so that neither end waits for the other; end with the batch."""
    try:
        while True:
            orders.put(connection.recv_bytes())
    except (EOFError, OSError):
        os._exit(0)
