"""The checkpoint of a training: all it needs to go on as if it had never stopped."""

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
    """The step, the running average of the weights, and the best average so far.

    score: of the best, lower is better. stale: validations since then. losses: of the batches since the last
    validation. validation_due: whether the next thing to do is a validation.
    """

    def __init__(self, model: nn.Module) -> None:
        self.step, self.stale, self.score = 0, 0, math.inf
        self.losses: list[float] = []
        self.validation_due = False
        self.average = clone_weights(model.state_dict())
        self.best = clone_weights(model.state_dict())

    def update_average(self, model: nn.Module, decay: float) -> None:
        """Move the average towards the model. decay: what it keeps of itself; less in the first steps."""
        decay = min(decay, self.step / (self.step + 10))
        for name, tensor in model.state_dict().items():
            if tensor.is_floating_point():
                self.average[name].lerp_(tensor.detach(), 1 - decay)
            else:
                self.average[name].copy_(tensor)

    def update_best(self, score: float) -> None:
        """Keep the averaged weights if they score lower than all before."""
        if score < self.score:
            self.score, self.stale = score, 0
            self.best = clone_weights(self.average)
        else:
            self.stale += 1

    def pack(self, model: nn.Module, optimizer: torch.optim.Optimizer) -> bytes:
        """Everything that ``unpack`` needs, as a safetensors file."""
        tensors = {f"model.{k}": v for k, v in model.state_dict().items()}
        tensors |= {f"average.{k}": v for k, v in self.average.items()}
        tensors |= {f"best.{k}": v for k, v in self.best.items()}
        for i, moments in optimizer.state_dict()["state"].items():
            tensors |= {f"adam.{i}.{k}": v for k, v in moments.items()}
        numbers = {
            "step": str(self.step),
            "stale": str(self.stale),
            "score": repr(self.score),
            "losses": json.dumps(self.losses),
            "validation_due": json.dumps(self.validation_due),
        }
        return tensor_bytes({k: v.contiguous() for k, v in tensors.items()}, metadata=numbers)

    def save(self, folder: Path, model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
        """Write the checkpoint; the old file stays until the new is whole."""
        replace_file(folder / CHECKPOINT, self.pack(model, optimizer))


def clone_weights(weights: Weights) -> Weights:
    """A copy of the weights."""
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
    numbers = read_metadata(data)
    state.step, state.stale = int(numbers["step"]), int(numbers["stale"])
    state.score = float(numbers["score"])
    state.losses = json.loads(numbers.get("losses", "[]"))  # neither is in checkpoints of ripieno 0.1.0
    state.validation_due = json.loads(numbers.get("validation_due", "false"))
    return state


def read_metadata(data: bytes) -> dict[str, str]:
    """The metadata of a safetensors file: a length (8 bytes, little endian), then as many bytes of JSON."""
    length = int.from_bytes(data[:8], "little")
    numbers: dict[str, str] = json.loads(data[8 : 8 + length])["__metadata__"]
    return numbers


def best_score(folder: Path) -> float:
    """The lowest score so far of the training in the folder; infinite before the first validation."""
    path = folder / CHECKPOINT
    return float(read_metadata(path.read_bytes())["score"]) if path.exists() else math.inf
