"""How long a class waits that asks all at once, and whether each gets its own notes.

Each client harmonizes eight measures with a seed of its own, at a high temperature: first alone, one after
the other, then all at once; the notes must be the same.

    python benchmarks/many_clients.py [--clients 30] [--workers 1 2] [--versions 1] [--json FILE]

Starts `ripieno serve` on free ports, once for each number of workers. Absolute figures depend on the machine
and on what else it does.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import httpx

from http_server import notes_body, post  # which also finds the harness of the tests
from musescore_support import ripieno_serving

PATH = "/v1/harmonize"


def notes_of(response: httpx.Response) -> Any:
    """The new notes of all versions."""
    response.raise_for_status()
    return [version["voices"] for version in response.json()["alternatives"]]


def measured(address: str, clients: int, versions: int) -> dict[str, Any]:
    """How long each client waits, alone and with all others, and how many got other notes."""
    bodies = [notes_body(seed=seed, alternatives=versions, temperature=1.0) for seed in range(clients)]
    limits = httpx.Limits(max_connections=clients + 1, max_keepalive_connections=clients + 1)
    together = Barrier(clients)
    with httpx.Client(base_url=address, timeout=300, limits=limits) as http:

        def ask(body: dict[str, Any]) -> tuple[float, Any]:
            began = time.perf_counter()
            notes = notes_of(post(http, PATH, body))
            return time.perf_counter() - began, notes

        def ask_with_all(body: dict[str, Any]) -> tuple[float, Any]:
            together.wait()
            return ask(body)

        ask(bodies[0])  # warms up
        alone = [ask(body) for body in bodies]
        with ThreadPoolExecutor(clients) as threads:
            at_once = list(threads.map(ask_with_all, bodies))
    waited = sorted(seconds for seconds, _ in at_once)
    other = sum(notes != expected for (_, notes), (_, expected) in zip(at_once, alone, strict=True))
    return {
        "alone_median_s": statistics.median(seconds for seconds, _ in alone),
        "median_s": statistics.median(waited),
        "p95_s": waited[min(len(waited) - 1, int(0.95 * len(waited)))],
        "worst_s": waited[-1],
        "other_notes": other,
        "different_answers": len({json.dumps(notes) for _, notes in alone}),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--clients", type=int, default=30)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--versions", type=int, default=1)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    found = {}
    for workers in options.workers:
        with (
            tempfile.TemporaryDirectory() as folder,
            ripieno_serving(Path(folder), workers=workers) as address,
        ):
            figures = measured(address, options.clients, options.versions)
        load = f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"
        print(f"{options.clients} clients, {options.versions} version(s), {workers} worker(s), {load}:")
        print("  " + ", ".join(f"{name} {figure:.3g}" for name, figure in figures.items()))
        found[f"{workers}"] = figures
    if options.json:
        options.json.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
