"""BachBot: a stack of LSTMs that reads a chorale as one stream of tokens and predicts the next one.

After Liang, BachBot: Automatic composition in the style of Bach chorales, Cambridge 2016, chapter 5: an
embedding of 32, three layers of 256 units, batch normalization between layers, dropout 0.3.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from ripieno.models.bachbot.tokens import Vocabulary
from ripieno.models.initial_weights import normal

# One (h, c) a layer, each (1, B, H).
State = list[tuple[Tensor, Tensor]]


@dataclass(frozen=True, slots=True)
class BachBotConfig:
    """Sizes and dropout; the defaults are the thesis's best."""

    lowest: int = Vocabulary().lowest  # MIDI pitches that the network knows, after the transposition to C ...
    highest: int = Vocabulary().highest  # ... both included
    embedding: int = 32
    hidden: int = 256
    layers: int = 3
    dropout: float = 0.3

    @property
    def vocabulary(self) -> Vocabulary:
        """Its tokens."""
        return Vocabulary(self.lowest, self.highest)


class BachBot(nn.Module):
    """The network that the module's text describes."""

    def __init__(self, config: BachBotConfig) -> None:
        super().__init__()
        self.config = config
        sizes = [config.embedding, *[config.hidden] * config.layers]
        rows = config.vocabulary.size
        self.embedding = nn.Embedding(rows, config.embedding, _weight=normal(rows, config.embedding))
        self.layers = nn.ModuleList(
            nn.LSTM(size, config.hidden, batch_first=True) for size in sizes[: config.layers]
        )
        self.norms = nn.ModuleList(nn.BatchNorm1d(config.hidden) for _ in range(config.layers))
        self.dropout = nn.Dropout(config.dropout)
        self.head = nn.Linear(config.hidden, config.vocabulary.size)

    def forward(self, tokens: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Logits (B, N, K) of the token after each of these, and the state after the last.

        tokens: (B, N) int64. state: the state before the first, ``None`` at the start of a stream.
        """
        x: Tensor = self.embedding(tokens)  # (B, N, E)
        after: State = []
        for i, (layer, norm) in enumerate(zip(self.layers, self.norms, strict=True)):
            x, memory = layer(x, None if state is None else state[i])
            after.append(memory)
            x = self.dropout(norm(x.transpose(1, 2)).transpose(1, 2))  # normalized over B and N
        logits: Tensor = self.head(x)
        return logits, after
