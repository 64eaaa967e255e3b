"""Nats a token of BachBot on its own stream: every token after START, the delimiters and END too.

    python benchmarks/bachbot.py chorales.npz [--model NAME] [--split valid]

The figure of Liang, BachBot, Cambridge 2016, with our split; tune on valid, look at test once.
"""

import argparse
from pathlib import Path

from ripieno.corpus.corpus import load_corpus
from ripieno.models.bachbot.network import BachBot
from ripieno.models.catalog import model_path
from ripieno.models.weights import load_weights
from ripieno.training.families.bachbot import nats_per_token


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--model", default="bachbot-chorales")
    parser.add_argument("--split", choices=("valid", "test", "train"), default="valid")
    arguments = parser.parse_args()
    model, _ = load_weights(model_path(arguments.model))
    assert isinstance(model, BachBot), "a model of another family"
    pieces = getattr(load_corpus(arguments.corpus), arguments.split)
    print(f"{len(pieces)} {arguments.split} pieces: {nats_per_token(model, pieces):.4f} nats a token")


if __name__ == "__main__":
    main()
