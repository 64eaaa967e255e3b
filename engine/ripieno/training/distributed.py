"""Several processes that train one network together, each with a part of every batch.

`torchrun` starts them and gives each its rank in environment variables. They communicate by gloo on CPUs, and
by nccl where each has a GPU.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import nn

from ripieno.errors import RipienoError


@dataclass(frozen=True, slots=True)
class ProcessGroup:
    """The rank of this process among ``size``, its device, and the collective operations."""

    rank: int = 0
    size: int = 1
    device: torch.device = torch.device("cpu")

    @property
    def is_leader(self) -> bool:
        """Whether this process writes the files and reports."""
        return self.rank == 0

    def sum_of(self, number: int) -> int:
        """The sum of a number over all processes."""
        if self.size == 1:
            return number
        tensor = torch.tensor(number, device=self.device)
        dist.all_reduce(tensor)
        return int(tensor)

    def broadcast(self, data: bytes, *, source: int = 0) -> bytes:
        """The bytes that process ``source`` gave, in every process; those of the others are ignored."""
        if self.size == 1:
            return data
        length = torch.tensor(len(data), device=self.device)
        dist.broadcast(length, source)
        tensor = torch.zeros(int(length), dtype=torch.uint8, device=self.device)
        if self.rank == source:
            tensor.copy_(torch.frombuffer(bytearray(data), dtype=torch.uint8))
        dist.broadcast(tensor, source)
        return tensor.cpu().numpy().tobytes()

    @contextmanager
    def raise_together(self) -> Iterator[None]:
        """Raise a RipienoError of one process in all of them, so that none waits for one that has left.

        After any other error torchrun ends all processes.
        """
        fault: RipienoError | None = None
        try:
            yield
        except RipienoError as exc:
            fault = exc
        first = self.min_of(self.size if fault is None else self.rank)
        if first == self.size:
            return
        text = self.broadcast(str(fault).encode(), source=first).decode()
        raise fault or RipienoError(text)

    def min_of(self, number: int) -> int:
        """The lowest of a number over all processes."""
        if self.size == 1:
            return number
        tensor = torch.tensor(number, device=self.device)
        dist.all_reduce(tensor, dist.ReduceOp.MIN)
        return int(tensor)

    def sum_gradients(self, model: nn.Module) -> None:
        """Replace each gradient by its sum over all processes, in one message."""
        if self.size == 1:
            return
        gradients = [p.grad for p in model.parameters() if p.grad is not None]
        together = torch.cat([g.flatten() for g in gradients])
        dist.all_reduce(together)
        parts = torch.split(together, [g.numel() for g in gradients])
        for gradient, part in zip(gradients, parts, strict=True):
            gradient.copy_(part.view_as(gradient))

    def average_buffers(self, model: nn.Module) -> None:
        """Replace running statistics by their mean: batch normalization sees only a process's own rows."""
        if self.size == 1:
            return
        for buffer in model.buffers():
            if buffer.is_floating_point():
                dist.all_reduce(buffer)
                buffer /= self.size

    def barrier(self) -> None:
        """Wait until every process is here."""
        if self.size > 1:
            dist.barrier()


@contextmanager
def join_process_group() -> Iterator[ProcessGroup]:
    """Join the processes that torchrun started; without torchrun, a group of one."""
    size = int(os.environ.get("WORLD_SIZE", "1"))
    gpu = torch.cuda.is_available()
    if size == 1:
        yield ProcessGroup(device=torch.device("cuda" if gpu else "cpu"))
        return
    device = torch.device("cuda", int(os.environ["LOCAL_RANK"])) if gpu else torch.device("cpu")
    if gpu:
        torch.cuda.set_device(device)  # where nccl's own messages go
    dist.init_process_group("nccl" if gpu else "gloo")
    try:
        yield ProcessGroup(dist.get_rank(), size, device)
    finally:
        dist.destroy_process_group()
