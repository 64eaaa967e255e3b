"""The average of two weights of one network, of which one goes on from the other.

    python benchmarks/average_weights.py three/lstm-chorales four/lstm-chorales -o lstm-chorales

It forgets less of the first and keeps most of what the second learned. (Wortsman et al., "Model soups", ICML
2022.) The model card is the second one's.
"""

import argparse
from pathlib import Path

from ripieno.models.weights import load_weights, save_weights

COMPUTED = ("name", "family", "version", "sha256", "parameters", "config")  # what saving writes itself


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("weights", type=Path, nargs=2)
    parser.add_argument("-o", "--output", type=Path, required=True)
    arguments = parser.parse_args()
    (network, _), (other, card) = (load_weights(path) for path in arguments.weights)
    ours, theirs = network.state_dict(), other.state_dict()
    network.load_state_dict({name: (ours[name] + theirs[name]) / 2 for name in ours})
    kept = {name: value for name, value in card.items() if name not in COMPUTED}
    save_weights(arguments.output, network, kept)


if __name__ == "__main__":
    main()
