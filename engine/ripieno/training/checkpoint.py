"""Where a training stands, on disk: enough to go on as if it had never stopped."""

from __future__ import annotations

import json
import math
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load as parse_tensors
from safetensors.torch import save as tensor_bytes
from torch import Tensor, nn

from ripieno.atomic_write import replace_file
from ripieno.errors import WeightsError

CHECKPOINT = "checkpoint.safetensors"
Weights = dict[str, Tensor]


class TrainState:
    """The step, the averaged weights, the best ones so far, and how long nothing was better."""

    def __init__(self, model: nn.Module) -> None:
        self.step, self.stale, self.score = 0, 0, math.inf
        self.average = copied(model.state_dict())
        self.best = copied(model.state_dict())

    def follow(self, model: nn.Module, keep: float) -> None:
        """Move the average a step towards the model; ``keep`` is what it keeps of itself, less at first."""
        keep = min(keep, self.step / (self.step + 10))
        for name, tensor in model.state_dict().items():
            if tensor.is_floating_point():
                self.average[name].lerp_(tensor.detach(), 1 - keep)
            else:
                self.average[name].copy_(tensor)

    def judge(self, score: float) -> None:
        """Keep the averaged weights if they score lower than all before."""
        if score < self.score:
            self.score, self.stale = score, 0
            self.best = copied(self.average)
        else:
            self.stale += 1

    def pack(self, model: nn.Module, optimizer: torch.optim.Optimizer) -> bytes:
        """Everything that ``unpack`` needs, as a safetensors file."""
        tensors = {f"model.{k}": v for k, v in model.state_dict().items()}
        tensors |= {f"average.{k}": v for k, v in self.average.items()}
        tensors |= {f"best.{k}": v for k, v in self.best.items()}
        for i, moments in optimizer.state_dict()["state"].items():
            tensors |= {f"adam.{i}.{k}": v for k, v in moments.items()}
        numbers = {"step": str(self.step), "stale": str(self.stale), "score": repr(self.score)}
        return tensor_bytes({k: v.contiguous() for k, v in tensors.items()}, metadata=numbers)

    def save(self, folder: Path, model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
        """Write the checkpoint; the old file stays until the new is whole."""
        replace_file(folder / CHECKPOINT, self.pack(model, optimizer))


def copied(weights: Weights) -> Weights:
    """The weights as they are now, whatever becomes of the network."""
    return {name: tensor.detach().clone() for name, tensor in weights.items()}


def resume(folder: Path, model: nn.Module, optimizer: torch.optim.Optimizer) -> TrainState:
    """The state in the folder's checkpoint, loaded into model and optimizer; a fresh one without it.

    Raises WeightsError where the checkpoint is damaged or of another network.
    """
    path = folder / CHECKPOINT
    if not path.exists():
        return TrainState(model)
    try:
        return unpack(path.read_bytes(), model, optimizer)
    except (OSError, SafetensorError, KeyError, ValueError) as exc:
        raise WeightsError(f"{path}: damaged; delete it, or choose another folder") from exc
    except RuntimeError as exc:
        raise WeightsError(f"{path}: belongs to a network of another size; choose another folder") from exc


def unpack(data: bytes, model: nn.Module, optimizer: torch.optim.Optimizer) -> TrainState:
    """The state that was packed, loaded into model and optimizer.

    Raises RuntimeError where it is of another network, and what safetensors raises where it is damaged.
    """
    state = TrainState(model)
    groups: dict[str, Weights] = {"model": {}, "average": {}, "best": {}, "adam": {}}
    device = next(model.parameters()).device
    for name, tensor in parse_tensors(data).items():
        kind, _, rest = name.partition(".")
        groups[kind][rest] = tensor.to(device)
    model.load_state_dict(groups["model"])
    moments: dict[int, Weights] = {}
    for name, tensor in groups["adam"].items():
        index, _, moment = name.partition(".")
        moments.setdefault(int(index), {})[moment] = tensor
    optimizer.load_state_dict({**optimizer.state_dict(), "state": moments})
    state.average, state.best = groups["average"], groups["best"]
    numbers = packed_numbers(data)
    state.step, state.stale = int(numbers["step"]), int(numbers["stale"])
    state.score = float(numbers["score"])
    return state


def packed_numbers(data: bytes) -> dict[str, str]:
    """What stands beside the tensors: a length (8 bytes, the lowest first), then so many bytes of JSON."""
    length = int.from_bytes(data[:8], "little")
    numbers: dict[str, str] = json.loads(data[8 : 8 + length])["__metadata__"]
    return numbers


def best_score(folder: Path) -> float:
    """The lowest score so far of the training in the folder; infinite before the first exam."""
    path = folder / CHECKPOINT
    return float(packed_numbers(path.read_bytes())["score"]) if path.exists() else math.inf
