"""A real batch: its workers and itself are killed with -9, and in the end every file is there once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from batch_support import HerePool
from ripieno.interrupt import Interrupt
from ripieno_bridges.api.requests import DocumentRequest, Request, to_bytes
from ripieno_bridges.batch.dispatch import done_by
from ripieno_bridges.batch.items import new_pieces, seed_of
from ripieno_bridges.batch.manifest import MANIFEST, read_manifest
from ripieno_bridges.batch.messages import ItemDone, ItemOrder, ItemPlan
from tiny_network import random_weights

COUNT, SEED = 16, 5
COMMAND = (sys.executable, "-c", "from ripieno_bridges.cli.start import main; main()")


def command(model: Path, output: Path, workers: int) -> list[str]:
    task = ["--task", "compose", "-n", str(COUNT), "--bars", "1", "--model", str(model), "--seed", str(SEED)]
    return [*COMMAND, "batch", *task, "-o", str(output), "--workers", str(workers)]


def wait_for_files(output: Path, count: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 120
    while len(list(output.glob("*.musicxml"))) < count:
        assert process.poll() is None, "it ended too early"
        assert time.monotonic() < deadline, "it is too slow"
        time.sleep(0.02)


def workers_of(process: subprocess.Popen[bytes]) -> list[int]:
    """The processes that a batch has started to work for it."""
    listed = subprocess.run(
        ["pgrep", "-f", "spawn_main", "-P", str(process.pid)], capture_output=True, text=True, check=True
    )
    return [int(pid) for pid in listed.stdout.split()]


def expected(model: Path) -> dict[str, bytes]:
    """What a worker in this process makes of the same pieces."""
    request = Request(task="compose", model=str(model), bars=1)
    plan = to_bytes(ItemPlan("compose", DocumentRequest(file=None, request=request), False))
    orders = (ItemOrder(item.key, seed_of(SEED, item.key), None, ".musicxml") for item in new_pieces(COUNT))
    made = done_by(HerePool(plan), orders, Interrupt())
    return {done.key: done.files[0] for done in made if isinstance(done, ItemDone)}


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_killed_workers_and_a_killed_batch_cost_no_file_and_change_no_note(tmp_path):
    model, output = random_weights(tmp_path), tmp_path / "out"
    process = subprocess.Popen(command(model, output, 2))
    wait_for_files(output, 1, process)
    os.kill(workers_of(process)[0], signal.SIGKILL)
    wait_for_files(output, 5, process)
    process.kill()
    process.wait()
    before = len(read_manifest(output / MANIFEST)[1])
    assert 4 <= before < COUNT
    again = subprocess.run(command(model, output, 1), capture_output=True, text=True, check=True)
    assert again.stderr == ""
    assert f"{COUNT - before} of {COUNT} items done" in again.stdout
    assert {path.stem: path.read_bytes() for path in output.glob("*.musicxml")} == expected(model)
    assert sorted(path.name for path in output.iterdir() if path.suffix != ".musicxml") == [MANIFEST]
