"""docs/protocol.md says what the code does: its tables against those of the OSC door."""

from __future__ import annotations

import re

import pytest

from ripieno_bridges import service
from ripieno_bridges.note_lists import MOST_NOTES
from ripieno_bridges.osc import clients as osc_clients
from ripieno_bridges.osc import guard as osc_guard
from ripieno_bridges.osc import outbox as osc_outbox
from ripieno_bridges.osc import runs as osc_runs
from ripieno_bridges.osc import server as osc_server
from ripieno_bridges.osc.addresses import ADDRESSES
from ripieno_bridges.osc.answers import ANSWERS
from ripieno_bridges.osc.settings import SETTINGS
from support import ROOT

TEXT = (ROOT / "docs" / "protocol.md").read_text("utf-8")


def table(heading: str) -> dict[str, str]:
    """The first two columns of the table under a heading, without backticks."""
    section = TEXT.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")][2:]
    cells = [[cell.strip().replace("`", "") for cell in row] for row in rows]
    return {row[0]: row[1] for row in cells}


def test_every_address_and_its_arguments_are_in_the_table() -> None:
    assert table("To ripieno") == {name: address.arguments.text for name, address in ADDRESSES.items()}


def test_every_answer_and_its_arguments_are_in_the_table() -> None:
    assert table("From ripieno") == {name: found.text for name, found in ANSWERS.items()}


def test_every_setting_and_its_values_are_in_the_table() -> None:
    assert table("Settings") == {name: setting.allowed for name, setting in SETTINGS.items()}


def test_every_error_code_is_in_the_table() -> None:
    files = [*(ROOT / "bridges").rglob("*.py"), ROOT / "engine" / "ripieno" / "errors.py"]
    sources = [path.read_text("utf-8") for path in files]
    used = {code for text in sources for code in re.findall(r'(?:Failed|AnswerError)\(\s*"(\w+)"', text)}
    used |= {code for text in sources for code in re.findall(r'^    code = "(\w+)"', text, re.MULTILINE)}
    used.discard("cancelled")  # which OSC tells by a message of its own
    assert used == set(table("Error codes"))


@pytest.mark.parametrize(
    "limit",
    [
        f"127.0.0.1: UDP port {osc_server.PORT}, and TCP port {osc_server.PORT}",
        f"At most {osc_runs.NOTES_A_PACKET['udp']} notes go into a UDP message",
        f"at most {osc_runs.NOTES_A_PACKET['tcp']} into a TCP message",
        f"A UDP packet may have {osc_guard.MOST_UDP_BYTES} bytes",
        f"a TCP message {osc_guard.MOST_TCP_BYTES >> 20} MiB",
        f"may be nested {osc_guard.MOST_NESTING} deep",
        f"A request may have {MOST_NOTES:,} notes".replace(",", " "),
        f"A client may prepare {osc_clients.MOST_DRAFTS} requests at a time",
        f"{service.MOST_WAITING} can wait",
    ],
)
def test_every_limit_is_told(limit: str) -> None:
    assert limit in " ".join(TEXT.split())


def test_the_pace_is_what_pure_data_can_take() -> None:
    assert (osc_outbox.BURST, osc_outbox.PAUSE_SECONDS) == (20, 0.002)
