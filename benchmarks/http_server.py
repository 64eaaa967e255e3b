"""How quick the HTTP server is, measured from outside.

How long eight measures take, as notes and as a document, for one version and for three; how long the status
takes while music is made; and two hundred requests at once.

    python benchmarks/http_server.py [--runs 9] [--json FILE]

Starts `ripieno serve` on free ports. Absolute figures depend on the machine and on what else it does.
"""

import argparse
import json
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))

from musescore_support import ripieno_serving  # noqa: E402 - the harness is the tests'

MELODY = (67, 67, 74, 74, 76, 76, 74)  # two bars: six quarters and a half
TICKS = 480
MEASURES = 8
TOGETHER = 200
DOCUMENT = ROOT / "scores" / "twinkle.musicxml"  # twelve measures
MAX_CONNECTIONS = TOGETHER + 10


@contextmanager
def serving() -> Iterator[httpx.Client]:
    """Yields a client of a server that has loaded its model."""
    limits = httpx.Limits(max_connections=MAX_CONNECTIONS, max_keepalive_connections=MAX_CONNECTIONS)
    with (
        tempfile.TemporaryDirectory() as folder,
        ripieno_serving(Path(folder)) as address,
        httpx.Client(base_url=address, timeout=120, limits=limits) as client,
    ):
        yield client


def notes_body(**settings) -> dict:
    """Eight measures of 4/4 for the soprano."""
    events, tick = [], 0
    for i in range(7 * MEASURES // 2):
        ticks = TICKS * (2 if i % 7 == 6 else 1)
        events.append({"tick": tick, "ticks": ticks, "pitch": MELODY[i % 7]})
        tick += ticks
    length = 4 * TICKS
    measures = [
        {"number": str(i + 1), "tick": i * length, "ticks": length, "meter": "4/4", "fifths": 1, "mode": None}
        for i in range(MEASURES)
    ]
    return {"measures": measures, "voices": [{"voice": "soprano", "events": events}], **settings}


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def post(client: httpx.Client, path: str, body: dict) -> httpx.Response:
    return client.post(path, json=body)


def timed(client: httpx.Client, path: str, body: dict, runs: int) -> dict:
    """Median and worst of some runs after one that warms up."""
    times = []
    for _ in range(runs + 1):
        times.append(seconds(lambda: post(client, path, body).raise_for_status()))
    return {"median_s": statistics.median(times[1:]), "worst_s": max(times[1:])}


def status_while_working(client: httpx.Client) -> dict:
    """How long the status takes while a request is worked on."""
    document = DOCUMENT.read_text("utf-8")
    body = {"document": document, "alternatives": 16, "seed": 1}
    working = threading.Thread(target=post, args=(client, "/v1/musicxml/harmonize", body))
    working.start()
    times = []
    while working.is_alive():
        times.append(seconds(lambda: client.get("/v1/status")))
        time.sleep(0.002)
    working.join()
    times.sort()
    return {"asked": len(times), "p99_s": times[int(0.99 * len(times))], "worst_s": times[-1]}


def together(client: httpx.Client) -> dict:
    """Many requests at once: how many got which status, and how long it took until all had a response."""
    bodies = [notes_body(seed=seed) for seed in range(TOGETHER)]
    begun = time.perf_counter()
    with ThreadPoolExecutor(TOGETHER) as threads:
        responses = list(threads.map(lambda body: post(client, "/v1/harmonize", body), bodies))
    counts = Counter(response.status_code for response in responses)
    return {"answers": dict(sorted(counts.items())), "all_s": time.perf_counter() - begun}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    document = {"document": DOCUMENT.read_text("utf-8")}
    found = {}
    with serving() as client:
        for versions in (1, 3):
            notes = notes_body(alternatives=versions)
            found[f"8 measures as notes, {versions}"] = timed(client, "/v1/harmonize", notes, options.runs)
            body = {**document, "alternatives": versions}
            name = f"12 measures as a document, {versions}"
            found[name] = timed(client, "/v1/musicxml/harmonize", body, options.runs)
        found["reading a document"] = timed(client, "/v1/musicxml/read", document, options.runs)
        found["status while music is made"] = status_while_working(client)
        found[f"{TOGETHER} at once"] = together(client)
    for name, figures in found.items():
        print(name, figures)
    if options.json:
        options.json.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
