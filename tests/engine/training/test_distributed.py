"""Several processes that train one network: real ones, talking through gloo."""

import json
import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from forked_module import ForkedModule
from ripieno.corpus.corpus import Corpus, Piece, save_corpus
from ripieno.errors import RequestError
from ripieno.models.bachbot.network import BachBot, BachBotConfig
from ripieno.training.distributed import ProcessGroup
from ripieno.training.families.bachbot import BachBotBatches, BachBotTraining
from ripieno.training.trainer import train, train_family
from training_pieces import CONFIG, PIECES, tiny_training

TINY = {
    "lstm": {
        "embedding": 12,
        "context_hidden": 4,
        "time_hidden": 12,
        "attention_heads": 2,
        "attention_size": 4,
        "voice_hidden": 8,
        "weight_drop": 0,
        "hide": 0,
        "frames": 24,
        "batch": 3,  # so the processes get two pieces and one
    },
    "bachbot": {"embedding": 4, "hidden": 8, "layers": 2, "rows": 5, "length": 16},
}
ENVIRONMENT = {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
# Without noise of their own, and in float32, several processes do what one does.
EXACT = {"dropout": 0, "bfloat16": False, "evaluate_every": 2}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("corpus") / "songs.npz"
    with path.open("wb") as file:
        save_corpus(file, [Piece(f"song{i:02}", PIECES[0].grid) for i in range(10)])
    return path


NOT_THERE = (
    "nope.npz: there is no such file; check the name and the folder, or make one with `ripieno prepare`\n"
)


def command(family: str, corpus: Path, folder: Path, steps: int) -> list[str]:
    """The arguments of ``ripieno.train``."""
    settings = [f"--set={name}={str(value).lower()}" for name, value in (TINY[family] | EXACT).items()]
    return [family, str(corpus), "-o", str(folder), "--steps", str(steps), *settings]


def start_pair(*commands: list[str]) -> list[ForkedModule]:
    """A process for each command, in the order of their ranks, as torchrun would start them."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": str(len(commands))}
    return [
        ForkedModule(
            "ripieno.train",
            command,
            {**ENVIRONMENT, **address, "RANK": str(rank), "LOCAL_RANK": str(rank)},
            imports=["ripieno.training.trainer", "torch._dynamo", "matplotlib.figure"],
        )
        for rank, command in enumerate(commands)
    ]


def finish(processes: list[ForkedModule]) -> list[tuple[int | None, str]]:
    """(exit status, what it said on stderr) of each."""
    return [process.finish() for process in processes]


def alone(family: str, corpus: Path, folder: Path, steps: int) -> None:
    """The same training in this process."""
    train_family(family, corpus, folder, name="alone", steps=steps, changes=TINY[family] | EXACT)


def assert_same_checkpoint(one: Path, other: Path) -> None:
    """The network, its average, the best weights and the optimizer's moments agree."""
    first, second = (load_file(folder / "checkpoint.safetensors") for folder in (one, other))
    assert first.keys() == second.keys()
    for name, tensor in first.items():
        torch.testing.assert_close(second[name], tensor, rtol=1e-4, atol=1e-6, msg=name)


def test_torchrun_with_two_processes_trains_the_same_network_as_one(corpus, tmp_path):
    alone("lstm", corpus, tmp_path / "one", steps=5)
    start = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "ripieno.train"]
    done = subprocess.run(
        [sys.executable, *start, *command("lstm", corpus, tmp_path / "two", 5)],
        env=os.environ | ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("step 4 of 5") == 1
    assert_same_checkpoint(tmp_path / "one", tmp_path / "two")


def test_an_interrupted_pair_goes_on_and_only_the_leader_needs_the_folder(corpus, tmp_path):
    """Killed in the middle; the second has another folder, as on another machine, and leaves it alone."""
    leads = command("lstm", corpus, tmp_path / "led", 6)
    follows = command("lstm", corpus, tmp_path / "other", 6)
    pair = start_pair(leads, follows)
    assert pair[0].stderr.readline().startswith("step 2 of 6")
    for process in reversed(pair):
        process.kill()
    finish(pair)
    [(led, said), (followed, nothing)] = finish(start_pair(leads, follows))
    assert (led, followed, nothing) == (0, 0, ""), said
    assert "step 2 of" not in said
    alone("lstm", corpus, tmp_path / "one", steps=6)
    assert_same_checkpoint(tmp_path / "one", tmp_path / "led")
    assert not (tmp_path / "other").exists()
    log = (tmp_path / "led" / "log.jsonl").read_text().splitlines()
    assert {json.loads(line)["step"] for line in log} == {2, 4, 6}


def test_a_fault_is_one_sentence_for_all_processes(tmp_path):
    missing = command("lstm", tmp_path / "nope.npz", tmp_path / "run", 2)
    [(one, said), (other, nothing)] = finish(start_pair(missing, missing))
    assert (one, other, nothing) == (1, 1, "")
    assert said == NOT_THERE


def test_a_fault_of_one_process_ends_the_others_too(corpus, tmp_path):
    """Nobody waits for ever for a process whose machine lacks the corpus."""
    there, missing = (command("lstm", path, tmp_path / "run", 2) for path in (corpus, tmp_path / "nope.npz"))
    [(one, said), (other, nothing)] = finish(start_pair(there, missing))
    assert (one, other, nothing) == (1, 1, "")
    assert said == NOT_THERE


def test_processes_with_different_commands_refuse_to_start(corpus, tmp_path):
    pair = [command("lstm", corpus, tmp_path / "run", steps) for steps in (2, 3)]
    [(one, said), (other, _)] = finish(start_pair(*pair))
    assert (one, other) == (1, 1)
    assert said.startswith("the processes disagree about the corpus, seed, steps, settings or start;")


def test_two_processes_train_bachbot_nearly_as_one(corpus, tmp_path):
    """Batch normalization sees only a process's own rows, so the weights are near, not the same."""
    pair = [command("bachbot", corpus, tmp_path / "two", 4)] * 2
    [(one, said), (other, _)] = finish(start_pair(*pair))
    assert (one, other) == (0, 0), said
    alone("bachbot", corpus, tmp_path / "one", steps=4)
    ends = [
        json.loads((tmp_path / folder / "log.jsonl").read_text().splitlines()[-1])["token"]
        for folder in ("one", "two")
    ]
    assert ends[0] != ends[1]
    assert ends[0] == pytest.approx(ends[1], rel=0.02)


def test_the_losses_of_bachbots_rows_sum_to_the_loss_of_the_batch():
    """With batch normalization's running statistics, a row's loss does not depend on the other rows."""
    torch.manual_seed(0)
    model = BachBot(BachBotConfig(embedding=4, hidden=8, layers=2)).eval()
    corpus = Corpus(train=PIECES, valid=PIECES[:1], test=())

    def loss(part: int, parts: int) -> tuple[float, int]:
        total, count = BachBotTraining(model, corpus, batches=BachBotBatches(rows=5, length=8)).loss(
            0, part, parts
        )
        return total.item(), count

    total, count = loss(0, 1)
    parts = [loss(part, 2) for part in range(2)]
    assert sum(t for t, _ in parts) == pytest.approx(total, rel=1e-5)
    assert sum(c for _, c in parts) == count


def test_more_processes_than_pieces_in_a_batch_are_refused(tmp_path):
    class Crowd(ProcessGroup):
        """Three processes, as far as it matters here."""

        def min_of(self, number: int) -> int:
            return number

        def broadcast(self, data: bytes, *, source: int = 0) -> bytes:
            return data

    with pytest.raises(RequestError, match="a batch of 2 cannot be split between 3 processes; start fewer"):
        train(tiny_training(), tmp_path, replace(CONFIG, steps=1), group=Crowd(size=3))
