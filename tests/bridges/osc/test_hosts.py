"""Programs that speak OSC without a plugin: the examples of docs/supercollider.md, as they stand there."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from common import ROOT, host_or_skip
from osc_hosts.running import Port, Program, free_udp_port, served
from osc_support import SOON, flat, notes_in

pytestmark = pytest.mark.host
GUIDE = (ROOT / "docs" / "supercollider.md").read_text("utf-8")
READY_SECONDS, ATTEMPTS = 0.2, 50

Numbers = tuple[float, ...]


@pytest.fixture(scope="module")
def server() -> Iterator[int]:
    with served() as port:
        yield port


def example(language: str) -> str:
    """The one block of code in that language."""
    (block,) = re.findall(rf"^```{language}\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)
    return block


def answer(server: int, notes: Sequence[Numbers]) -> list[Numbers]:
    """What a plain client gets for this melody with seed 3."""
    with Port(server) as client:
        client.send("seed", 1, *flat(list(notes)))
        client.send("set", 1, "seed", 3)
        client.send("harmonize", 1, len(notes))
        return notes_in(client.final())


# -- liblo -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def oscsend() -> str:
    return host_or_skip(shutil.which("oscsend"), "liblo-tools")


@pytest.fixture
def listening(oscsend: str, tmp_path: Path) -> Iterator[tuple[Program, int]]:
    """oscdump, and the port on which it listens."""
    port = free_udp_port()
    with Program(["oscdump", "-L", str(port)], folder=tmp_path) as oscdump:
        for _ in range(ATTEMPTS):
            subprocess.run([oscsend, "localhost", str(port), "/ready"], check=True, timeout=SOON)
            if oscdump.line_or_none("/ready", seconds=READY_SECONDS):
                break
        yield oscdump, port


def test_the_lines_for_a_shell_harmonize_a_melody(
    server: int, oscsend: str, listening: tuple[Program, int]
) -> None:
    oscdump, port = listening
    started, *lines = example("sh").replace("7400", str(server)).replace("7401", str(port)).splitlines()
    assert started == f"oscdump -L {port} &"
    for line in lines:
        subprocess.run([oscsend, *shlex.split(line)[1:]], check=True, timeout=SOON)
    assert dumped(oscdump.line("/ripieno/ok")) == ("/ripieno/ok", "i", str(port))
    done = dumped(oscdump.line("/ripieno/done"))
    results = [dumped(line) for line in oscdump.lines if "/ripieno/result" in line]
    notes = [
        tuple(map(float, numbers))
        for _, _, _, _, *values in results
        for numbers in zip(*[iter(values)] * 5, strict=True)
    ]
    assert notes == answer(server, [(67, 0.0, 1.0), (69, 1.0, 1.0), (71, 2.0, 2.0)])
    assert done[1:4] == ("iiiii", "9001", str(len(notes)))
    assert done[5:] == ("3", "1")


def test_an_id_with_a_port_of_its_own_is_answered_there(
    server: int, oscsend: str, listening: tuple[Program, int]
) -> None:
    oscdump, port = listening
    for words in (f"reply_to ii {port} 7", "ping i 7", "models i 7", "harmonize i 7"):
        address, types, *values = words.split()
        subprocess.run(
            [oscsend, "localhost", str(server), f"/ripieno/{address}", types, *values],
            check=True,
            timeout=SOON,
        )
    assert dumped(oscdump.line("/ripieno/pong"))[:3] == ("/ripieno/pong", "is", "7")
    assert dumped(oscdump.line("/ripieno/models"))[3] == "lstm-chorales"
    assert dumped(oscdump.line("/ripieno/error"))[2:4] == ("7", "bad_request")


def test_chords_go_in_as_one_text_and_come_out_as_events(
    server: int, oscsend: str, listening: tuple[Program, int]
) -> None:
    oscdump, port = listening
    asked = "G D7/F# G . | Em . Am D7"
    tune = ["67", "0", "1", "69", "1", "1", "71", "2", "2", "71", "4", "2", "72", "6", "1", "69", "7", "1"]
    types = "i" + "iff" * (len(tune) // 3)
    for words in (
        ["reply_to", "ii", str(port), "8"],
        ["seed", types, "8", *tune],
        ["set", "iss", "8", "chords", asked],
        ["set", "isi", "8", "send_chords", "1"],
        ["set", "isi", "8", "seed", "3"],
        ["harmonize", "i", "8"],
    ):
        address, *values = words
        command = [oscsend, "localhost", str(server), f"/ripieno/{address}", *values]
        subprocess.run(command, check=True, timeout=SOON)
    oscdump.line("/ripieno/done")
    chords = [dumped(line) for line in oscdump.lines if "/ripieno/chord" in line]
    assert {chord[1] for chord in chords} == {"iisfssfs"}
    told = [(measure, float(beat), symbol) for _, _, _, _, measure, beat, symbol, *_ in chords]
    wanted = [("1", 1, "G"), ("1", 2, "D7/F#"), ("1", 3, "G"), ("2", 1, "Em"), ("2", 3, "Am"), ("2", 4, "D7")]
    assert told == wanted
    assert [float(onset) for *_, onset, _ in chords] == [0, 1, 2, 4, 6, 7]


def dumped(line: str) -> tuple[str, ...]:
    """A line of oscdump: address, types and arguments, without the time in front."""
    words = shlex.split(line)
    return tuple(words[next(i for i, word in enumerate(words) if word.startswith("/")) :])


# -- SuperCollider -----------------------------------------------------------------------------------------

MELODY = [(67, 0, 1), (69, 1, 1), (71, 2, 1), (72, 3, 1), (74, 4, 2), (67, 6, 2)]
END = """OSCdef(\\end, { { 0.exit }.defer(0.2) }, '/ripieno/done');
OSCdef(\\bad, { { 1.exit }.defer(0.2) }, '/ripieno/error');
)
"""


def test_the_lines_for_supercollider_harmonize_a_melody(server: int, tmp_path: Path) -> None:
    sclang = host_or_skip(shutil.which("sclang"), "SuperCollider")
    script = tmp_path / "harmonize.scd"
    script.write_text(
        example("supercollider").replace("7400", str(server)).removesuffix(")\n") + END, "utf-8"
    )
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "XDG_RUNTIME_DIR": str(tmp_path),
        "QT_QPA_PLATFORM": "offscreen",
        "QTWEBENGINE_DISABLE_SANDBOX": "1",
    }
    with Program([sclang, script], folder=tmp_path, environment=environment) as program:
        program.line("^done")
        assert program.ended() == 0
    printed = [re.findall(r"[\d.]+", line) for line in program.lines if line.startswith("voice ")]
    notes = [tuple(map(float, numbers)) for numbers in printed]
    assert notes == [note[:4] for note in answer(server, MELODY)]
    assert f"done: {len(notes)} notes, seed 3" in program.lines
