"""The shipped models, made quick where their notes may be any: loaded once, and with few steps."""

from __future__ import annotations

import functools
from dataclasses import replace

from ripieno.models.generator import Generator
from ripieno.models.loading import load
from ripieno.models.note_states.dbn_sampler import CodeSearch, DBNSampler
from ripieno.models.note_states.generator import NoteStateGenerator
from ripieno.models.note_states.rbm_sampler import RBMSampler
from tiny_network import random_generator


@functools.cache
def quick(name: str, *, descent_steps: int = 10, gibbs_steps: int = 10) -> Generator:
    """The model of that name; an RBM and a DBN with few of their steps, which come before the first note."""
    if name == "random":
        return random_generator()
    model = load(name)
    if isinstance(model, NoteStateGenerator) and isinstance(model.sampler, DBNSampler):
        model.sampler.search = CodeSearch(steps=descent_steps, restarts=4)
    if isinstance(model, NoteStateGenerator) and isinstance(model.sampler, RBMSampler):
        network = model.sampler.model
        network.config = replace(network.config, gibbs_steps=gibbs_steps)
    return model
