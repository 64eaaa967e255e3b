"""How quick the server is and how much memory it needs, measured from outside, over OSC.

How soon the first and the last notes of a streamed harmonization come, how long a ping takes while music is
made, how soon a cancel is confirmed, a thousand requests at once, and memory, idle and after many requests.

    python benchmarks/service.py [--requests 10000] [--json FILE]

Starts `ripieno serve` on a free port. Absolute figures depend on the machine and on what else it does.
"""

import argparse
import json
import re
import resource
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pythonosc.osc_message_builder import build_msg

from ripieno_bridges.osc.packets import decode

MELODY = (67, 67, 74, 74, 76, 76, 74)  # two bars: six quarters and a half
ENDS = ("/ripieno/done", "/ripieno/error", "/ripieno/cancelled")


class Client:
    """An OSC host with a socket of its own."""

    def __init__(self, port: int) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        self.socket.settimeout(60)
        self.socket.connect(("127.0.0.1", port))

    def send(self, address: str, *args) -> None:
        self.socket.send(build_msg(address, list(args)).dgram)

    def receive(self) -> Iterator:
        """The received messages, each with its time."""
        while True:
            data = self.socket.recv(65_535)
            now = time.perf_counter()
            for message in decode(data):
                yield now, message

    def melody(self, number: int, bars: int) -> None:
        notes, start = [], 0.0
        for i in range(7 * bars // 2):
            length = 2.0 if i % 7 == 6 else 1.0
            notes += [MELODY[i % 7], start, length]
            start += length
        for first in range(0, len(notes), 120):
            self.send("/ripieno/seed", number, *notes[first : first + 120])


@contextmanager
def server() -> Iterator[tuple[int, subprocess.Popen]]:
    """(port, process) of a server with its model loaded."""
    command = [str(Path(sys.executable).with_name("ripieno")), "serve", "--port", "0", "--http-port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            port = int(re.search(r"port (\d+)", process.stdout.readline())[1])
            while "is loaded" not in process.stdout.readline():
                pass
            yield port, process
        finally:
            process.terminate()


def megabytes(process: subprocess.Popen) -> float:
    """Resident memory of the server and its worker."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    total = 0
    for pid in (process.pid, *children):
        total += int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1])
    return total / 1024


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def streamed(port: int, runs: int = 20) -> dict[str, float]:
    """Seconds from a request for 8 bars to its first notes and to its end."""
    client, first, last = Client(port), [], []
    for number in range(runs):
        client.melody(number, 8)
        client.send("/ripieno/set", number, "stream", 1)
        client.send("/ripieno/set", number, "seed", number)
        sent = time.perf_counter()
        client.send("/ripieno/harmonize", number)
        heard = None
        for now, message in client.receive():
            if message.address == "/ripieno/result" and heard is None:
                heard = now - sent
            if message.address in ENDS:
                last.append(now - sent)
                break
        first.append(heard)
    return {
        "first notes, median": statistics.median(first),
        "first notes, worst": max(first),
        "all notes, median": statistics.median(last),
        "all notes, worst": max(last),
    }


def pings(port: int, count: int = 5000, rate: int = 1000) -> dict[str, float]:
    """Round trips of pings, ``rate`` a second, while music is made without a pause."""
    busy, stop = Client(port), threading.Event()

    def work() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            busy.send("/ripieno/set", number, "bars", 16)
            busy.send("/ripieno/compose", number)
            for _, message in busy.receive():
                if message.address in ENDS:
                    break

    worker = threading.Thread(target=work)
    worker.start()
    client = Client(port)
    sent: dict[int, float] = {}
    took: list[float] = []

    def listen() -> None:
        for now, message in client.receive():
            took.append(now - sent[message.args[0]])
            if len(took) == count:
                return

    listener = threading.Thread(target=listen)
    listener.start()
    begun = time.perf_counter()
    for number in range(count):
        while time.perf_counter() < begun + number / rate:
            time.sleep(1e-4)
        sent[number] = time.perf_counter()
        client.send("/ripieno/ping", number)
    listener.join()
    stop.set()
    worker.join()
    return {
        "ping while busy, median": statistics.median(took),
        "ping while busy, p99": percentile(took, 0.99),
        "ping while busy, worst": max(took),
    }


def cancelled(port: int, runs: int = 50) -> dict[str, float]:
    """From the cancel of a long request to its confirmation, and to the first notes of the next one."""
    client = Client(port)
    confirmed: list[float] = []
    following: list[float] = []
    for run in range(runs):
        number = 2 * run
        client.send("/ripieno/set", number, "bars", 256)
        client.send("/ripieno/compose", number)
        for _, message in client.receive():
            if message.address == "/ripieno/progress" and message.args[1] > 0:
                break
        sent = time.perf_counter()
        client.send("/ripieno/cancel", number)
        client.melody(number + 1, 2)
        client.send("/ripieno/set", number + 1, "stream", 1)
        client.send("/ripieno/harmonize", number + 1)
        for now, message in client.receive():
            if message.address == "/ripieno/cancelled":
                confirmed.append(now - sent)
            if message.address == "/ripieno/result" and len(following) == run:
                following.append(now - sent)
            if message.address == "/ripieno/done" and message.args[0] == number + 1:
                break
    return {
        "cancel, median": statistics.median(confirmed),
        "cancel, worst": max(confirmed),
        "cancel to the next request's first notes, median": statistics.median(following),
    }


def flood(port: int, count: int = 1000) -> dict[str, float]:
    """``count`` requests at once, and how many got one final reply."""
    client = Client(port)
    ends: dict[int, list[str]] = {}
    begun = time.perf_counter()
    for number in range(count):
        client.send("/ripieno/seed", number, 67, 0.0, 4.0)
        client.send("/ripieno/harmonize", number)
        if number % 50 == 49:
            time.sleep(0.001)
    for _, message in client.receive():
        if message.address in ENDS:
            ends.setdefault(message.args[0], []).append(message.address)
            if len(ends) == count:
                break
    client.socket.settimeout(1)
    try:
        for _, message in client.receive():
            if message.address in ENDS:
                ends.setdefault(message.args[0], []).append(message.address)
    except TimeoutError:
        pass
    return {
        "1000 at once, seconds": time.perf_counter() - begun - 1,
        "1000 at once, answered": sum(e == ["/ripieno/done"] for e in ends.values()),
        "1000 at once, told that it is busy": sum(e == ["/ripieno/error"] for e in ends.values()),
        "1000 at once, with more or fewer than one end": sum(len(e) != 1 for e in ends.values())
        + count
        - len(ends),
    }


def many(port: int, process: subprocess.Popen, count: int) -> dict[str, float]:
    """Memory after ``count`` requests."""
    before, client = megabytes(process), Client(port)
    for number in range(count):
        client.send("/ripieno/seed", number, 67, 0.0, 1.0, 69, 1.0, 1.0)
        client.send("/ripieno/harmonize", number)
        for _, message in client.receive():
            if message.address in ENDS:
                break
    return {"memory before, MB": before, f"more after {count} requests, MB": megabytes(process) - before}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with server() as (port, process):
        figures = {"idle, MB": megabytes(process)}
        figures |= streamed(port)
        figures |= pings(port)
        figures |= cancelled(port)
        figures |= flood(port)
        figures |= many(port, process, options.requests)
    figures["client, MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    for name, figure in figures.items():
        print(f"{name:50} {figure:10.4g}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
