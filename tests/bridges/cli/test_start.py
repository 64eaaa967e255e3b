"""The real program, in a process of its own: Ctrl-C, a full disk at stdout, and what it says meanwhile."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from ripieno.corpus.corpus import Piece, save_corpus
from ripieno.errors import STOPPED
from ripieno.training.checkpoint import CHECKPOINT, read_metadata
from ripieno_bridges.cli.output import progress_lines, time_in_words
from training_pieces import PIECES

PROGRAM = "from ripieno_bridges.cli.start import main; main()"
OFTEN = f"from ripieno_bridges.cli import output; output.SAY_EVERY = 0.05; {PROGRAM}"
WITHIN = 120  # seconds, on a machine that has other things to do
SATB = "".join(
    f"<part id='P{i}'><measure number='1'><attributes><divisions>1</divisions></attributes>"
    f"<note><pitch><step>{step}</step><octave>{octave}</octave></pitch><duration>4</duration></note>"
    "</measure></part>"
    for i, (step, octave) in enumerate((("G", 4), ("D", 4), ("B", 3), ("G", 2)))
)
PARTS = "".join(
    f"<score-part id='P{i}'><part-name>{name}</part-name></score-part>"
    for i, name in enumerate(("Soprano", "Alto", "Tenor", "Bass"))
)
DOCUMENT = f"<score-partwise><part-list>{PARTS}</part-list>{SATB}</score-partwise>"


@dataclass
class Program:
    """A running `ripieno`."""

    process: subprocess.Popen[str]

    def read_until(self, pattern: str) -> str:
        """Read stderr up to a line that matches."""
        for line in self.process.stderr:
            if re.search(pattern, line):
                return line
        raise AssertionError(f"it ended with {self.process.wait()} and never said {pattern}")

    def interrupt(self) -> tuple[int, str]:
        """Press Ctrl-C; (the exit status, the rest of stderr)."""
        self.process.send_signal(signal.SIGINT)
        _, said = self.process.communicate(timeout=WITHIN)
        return self.process.returncode, said


def start(*arguments: object, code: str = PROGRAM) -> Program:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return Program(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))


def test_a_fault_of_ripienos_own_is_shown_whole_and_says_where_to_send_it(tmp_path):
    broken = f"from ripieno_bridges.cli import service; service.say = None; {PROGRAM}"
    environment = os.environ | {"RIPIENO_LAST_ERROR": str(tmp_path / "last.json")}
    command = [sys.executable, "-c", broken, "service", "remove"]
    done = subprocess.run(
        command, capture_output=True, text=True, env=environment | {"HOME": str(tmp_path)}, check=False
    )
    assert done.returncode == 1
    first, *_, fault, last = done.stderr.splitlines()
    assert first.startswith("Traceback")
    assert fault == "TypeError: 'NoneType' object is not callable"
    assert last == (
        "ripieno: that is a fault of ripieno's own; please tell its makers in an issue, "
        "with what `ripieno doctor --report` prints"
    )
    assert '"kind":"TypeError"' in (tmp_path / "last.json").read_text("utf-8")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten short chorales, so that some are held out."""
    path = tmp_path_factory.mktemp("corpus") / "c.npz"
    with path.open("wb") as file:
        save_corpus(file, [Piece(f"song{i:02}", PIECES[0].grid) for i in range(12)])
    return path


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "satb.musicxml"
    path.write_text(DOCUMENT)
    return path


# -- Ctrl-C ------------------------------------------------------------------------------------------------

LAST = 10**6  # steps
NO_VALIDATION = ("--set", f"evaluate_every={LAST}")
SMALL = {
    "lstm": ("embedding=12", "context_hidden=4", "time_hidden=12", "voice_hidden=8", "batch=2", "frames=24"),
    "bachbot": ("embedding=4", "hidden=8", "layers=1", "rows=2", "length=16"),
    "rbm": ("hidden=4", "rows=2"),
    "dbn": ("rows=2", "window=16"),
}


@pytest.mark.parametrize("family", SMALL)
def test_a_training_that_is_stopped_before_any_validation_is_kept_and_goes_on(tmp_path, corpus, family):
    small = [word for change in SMALL[family] for word in ("--set", change)]
    command = ("train", family, corpus, "-o", tmp_path / "run", *small, *NO_VALIDATION)
    steps = [0]
    for _ in range(2 if family == "rbm" else 1):  # the trainer is the same for all, and so is its going on
        program = start(*command, "--steps", LAST, code=OFTEN)
        assert re.search(r"training: \d+%, \d+ \w+ left", program.read_until("training"))
        status, said = program.interrupt()
        assert status == STOPPED
        assert said.endswith("ripieno: stopped; the same command goes on where it stopped\n")
        assert "Traceback" not in said
        steps.append(int(read_metadata((tmp_path / "run" / CHECKPOINT).read_bytes())["step"]))
    assert steps == sorted(set(steps))
    assert steps[-1] > 0


@pytest.mark.parametrize("delay", [0.1, 0.3, 0.6, 0.9, 1.2])
def test_ctrl_c_while_modules_load_is_no_traceback(tmp_path, document, delay):
    signalled = f"import os; os.write(2, b'begun\\n'); {PROGRAM}"
    program = start("harmonize", document, "-o", tmp_path / "out.musicxml", code=signalled)
    program.read_until("begun")
    time.sleep(delay)  # whatever is being loaded then
    status, said = program.interrupt()
    assert status == STOPPED
    # Between the two places that catch it, click ends the line of the terminal's ^C first.
    assert said.lstrip("\n") in ("ripieno: stopped\n", "ripieno: stopped; nothing was written\n")
    assert not (tmp_path / "out.musicxml").exists()


# -- stdout ------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("command", ["check {}", "check {} --json", "--help"])
def test_a_full_disk_at_stdout_is_a_sentence(document, command):
    words = command.format(document).split()
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, *words],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr) == (
        1,
        "ripieno: what is printed cannot be written (No space left on device); send it to another file, or "
        "make room\n",
    )


def test_a_reader_that_has_seen_enough_is_no_fault(document):
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as broken:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, "check", str(document)],
            stdout=broken,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr) == (1, "")


# -- progress ----------------------------------------------------------------------------------------------


def test_progress_is_said_every_half_minute_from_where_it_began(monkeypatch, capsys):
    now = [1000.0]
    monkeypatch.setattr("ripieno_bridges.cli.output.time.monotonic", lambda: now[0])
    report = progress_lines("training")
    for seconds in range(0, 121, 20):  # from the half on, an hour for the rest
        now[0] = 1000.0 + seconds
        report(0.5 + seconds / 7200)
    assert capsys.readouterr().err.splitlines() == [
        "training: 51%, 59 minutes left",
        "training: 51%, 59 minutes left",
        "training: 52%, 58 minutes left",
    ]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "1 second"), (45, "45 seconds"), (119, "119 seconds"), (150, "2 minutes"), (7300, "2 hours")],
)
def test_times_are_said_in_a_unit_that_fits(seconds, words):
    assert time_in_words(seconds) == words


# -- names that are mistyped ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    [
        "harmonize scoers/tune.mid",
        "vary scoers/tune.musicxml",
        "interpolate scoers/a.mid b.mid",
        "check scoers/a.mid",
    ],
)
def test_a_mistyped_folder_is_not_to_be_made(command, monkeypatch, tmp_path):
    from click.testing import CliRunner

    from ripieno_bridges.cli.main import main

    monkeypatch.chdir(tmp_path)
    words = [*command.split(), *(("--model", "dbn-ragtime") if "inter" in command else ())]
    done = CliRunner().invoke(main, words)
    assert (done.exit_code, done.stderr) == (
        1,
        f"ripieno: {words[1]}: there is no such file; check the name and the folder\n",
    )
