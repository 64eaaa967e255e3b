"""Several processes that train one network together, each with a part of every batch.

`torchrun` starts them and says by environment variables who they are. They talk through gloo where they
compute on processors and through nccl where each has a GPU.
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
    """Who this process is among ``size``, and where it computes."""

    rank: int = 0
    size: int = 1
    device: torch.device = torch.device("cpu")

    @property
    def leads(self) -> bool:
        """Is it this one that writes files and reports?"""
        return self.rank == 0

    def total(self, number: int) -> int:
        """The sum of everybody's number."""
        if self.size == 1:
            return number
        tensor = torch.tensor(number, device=self.device)
        dist.all_reduce(tensor)
        return int(tensor)

    def share(self, data: bytes, *, source: int = 0) -> bytes:
        """Everybody gets the bytes of one process, the leader's if not said; the others' do not matter."""
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
    def together(self) -> Iterator[None]:
        """A fault of one inside this is raised in all: nobody waits for one who has left.

        Only for a RipienoError; at any other fault torchrun ends all processes.
        """
        fault: RipienoError | None = None
        try:
            yield
        except RipienoError as exc:
            fault = exc
        first = self.lowest(self.size if fault is None else self.rank)
        if first == self.size:
            return
        text = self.share(str(fault).encode(), source=first).decode()
        raise fault or RipienoError(text)

    def lowest(self, number: int) -> int:
        """The lowest of everybody's numbers."""
        if self.size == 1:
            return number
        tensor = torch.tensor(number, device=self.device)
        dist.all_reduce(tensor, dist.ReduceOp.MIN)
        return int(tensor)

    def sum_gradients(self, model: nn.Module) -> None:
        """Everybody's gradients become their sum, in one message."""
        if self.size == 1:
            return
        gradients = [p.grad for p in model.parameters() if p.grad is not None]
        together = torch.cat([g.flatten() for g in gradients])
        dist.all_reduce(together)
        parts = torch.split(together, [g.numel() for g in gradients])
        for gradient, part in zip(gradients, parts, strict=True):
            gradient.copy_(part.view_as(gradient))

    def share_buffers(self, model: nn.Module) -> None:
        """Everybody's running statistics become their mean: batch normalization sees a part only."""
        if self.size == 1:
            return
        for buffer in model.buffers():
            if buffer.is_floating_point():
                dist.all_reduce(buffer)
                buffer /= self.size

    def wait(self) -> None:
        """Go on when everybody is here."""
        if self.size > 1:
            dist.barrier()


@contextmanager
def joined_process_group() -> Iterator[ProcessGroup]:
    """The team that torchrun started this process in, or a team of one."""
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
