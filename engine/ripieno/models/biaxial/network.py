"""A two-axis LSTM over note states: along time with all keys alike, then along the keys with all times alike.

D. D. Johnson, "Generating Polyphonic Music Using Tied Parallel Networks", EvoMUSART 2017. Every key of every
step is a cell that is silent, held or struck. The time axis runs over the steps, the same LSTM for every key;
the note axis runs from the lowest key to the highest, the same LSTM for every step, and hears what was chosen
for the keys below.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ripieno.models.biaxial.chords import CHORDS
from ripieno.models.biaxial.inputs import INPUTS
from ripieno.models.biaxial.view import PERIOD
from ripieno.models.note_states.keyboard import KeyboardCompass

BELOW = 12  # keys below whose choices the note axis sees at once, so that it knows its octaves
CHOICES = BELOW + 1  # and whether the key just below is struck
DENSITIES = 256  # measures of the training music whose density is kept
PLAYS, STRIKES = 0, 1  # the two outputs of a cell
NEVER_PLAYED = -9.2  # log-odds of a key that the training music does not have


@dataclass(frozen=True, slots=True)
class BiaxialConfig:
    """Sizes. Dropout is for training: PyTorch enlarges what it keeps, so composing needs no correction."""

    lowest: int = 21  # MIDI pitch of the first key, after the transposition to C
    keys: int = 88  # P
    time_hidden: int = 160
    time_layers: int = 2
    note_hidden: int = 96
    dropout: float = 0.35  # between the layers
    input_dropout: float = 0.1  # of what the time axis reads
    twelve_bars: bool = (
        False  # whether the training music is twelve-bar blues, so that plans follow its scheme
    )

    @property
    def compass(self) -> KeyboardCompass:
        """The keys of the network."""
        return KeyboardCompass(self.lowest, self.keys)


class Biaxial(nn.Module):
    """The two logits of every cell: that the key plays, and that it is struck if it plays.

    The second one counts only where the key played a step before: after silence a key that plays is struck.
    The buffers describe the training music, for plans. key_odds: (P,) log-odds that each key sounds.
    chord_changes: (chords, chords) log p of the next half measure's chord. chord_places: (2 PERIOD, chords)
    log p of the chords in each half measure of a period. densities: (DENSITIES, 2) of some measures, see
    ``View``.
    """

    key_odds: Tensor
    chord_changes: Tensor
    chord_places: Tensor
    densities: Tensor

    def __init__(self, config: BiaxialConfig) -> None:
        super().__init__()
        c = self.config = config
        self.time = nn.LSTM(INPUTS, c.time_hidden, c.time_layers, dropout=c.dropout)
        self.note = nn.LSTM(c.time_hidden + CHOICES, c.note_hidden)
        self.head = nn.Linear(c.time_hidden + c.note_hidden, 2)
        self.register_buffer("key_odds", torch.zeros(c.keys))
        self.register_buffer("chord_changes", torch.zeros(CHORDS, CHORDS))
        self.register_buffer("chord_places", torch.zeros(2 * PERIOD, CHORDS))
        self.register_buffer("densities", torch.zeros(DENSITIES, 2))

    def forward(self, inputs: Tensor, states: Tensor) -> Tensor:
        """(B, T, P, 2) logits of every cell, given all before it: earlier steps, then lower keys.

        inputs: (B, T, P, INPUTS), see ``inputs``. states: (B, T, 2, P), what plays and what is struck.
        """
        c = self.config
        batch, steps, keys, _ = inputs.shape
        along_time = inputs.permute(1, 0, 2, 3).flatten(1, 2)  # (T, B P, I): one sequence a key
        heard, _ = self.time(F.dropout(along_time, c.input_dropout, self.training))
        heard = F.dropout(heard, c.dropout, self.training).view(steps, batch, keys, -1)
        heard = heard.permute(2, 1, 0, 3).flatten(1, 2)  # (P, B T, H): one sequence a step
        below = choices_below(states).to(heard.dtype).permute(2, 0, 1, 3).flatten(1, 2)
        chosen, _ = self.note(torch.cat([heard, below], -1))
        chosen = F.dropout(chosen, c.dropout, self.training)
        logits: Tensor = self.head(torch.cat([heard, chosen], -1))
        return logits.view(keys, batch, steps, 2).permute(1, 2, 0, 3)

    def on_keys(self, compass: KeyboardCompass) -> Biaxial:
        """The same network on more keys: all keys share its weights. compass: with its own keys in it."""
        own = slice(self.config.lowest - compass.lowest, self.config.compass.pitches.stop - compass.lowest)
        odds = torch.full((compass.keys,), NEVER_PLAYED)
        odds[own] = self.key_odds
        wider = Biaxial(replace(self.config, lowest=compass.lowest, keys=compass.keys))
        wider.load_state_dict(self.state_dict() | {"key_odds": odds})
        return wider.train(self.training)


def choices_below(states: Tensor) -> Tensor:
    """(B, T, P, CHOICES) what was chosen for the keys below: which play, from an octave below up to the next.

    The last entry is whether the next one below is struck. states: (B, T, 2, P).
    """
    plays = F.pad(states[:, :, PLAYS], (BELOW, 0))[..., :-1].unfold(-1, BELOW, 1)  # (B, T, P, BELOW)
    strikes = F.pad(states[:, :, STRIKES], (1, 0))[..., :-1].unsqueeze(-1)
    return torch.cat([plays, strikes], -1)


def cell_nats(logits: Tensor, states: Tensor) -> Tensor:
    """(B, T, P) -log p of every cell as it is, in nats. states: (B, T + 1, 2, P), with the step before."""
    now, before = states[:, 1:].float(), states[:, :-1, PLAYS].float()
    bits = F.binary_cross_entropy_with_logits(logits.float(), now.transpose(2, 3), reduction="none")
    return bits[..., PLAYS] + bits[..., STRIKES] * now[:, :, PLAYS] * before
