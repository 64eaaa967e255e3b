"""The action in Ardour's own window: its button, its dialog, and one Undo."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from common import host_or_skip
from musescore_window_support import Titles, display, xdotool
from osc_hosts.ardour import NAME, TUNE, Session, action_file, answer, new_session, run
from osc_hosts.running import Program, served

pytestmark = [pytest.mark.host, pytest.mark.long]
NEW = ("Alto", "Tenor", "Bass")
# As Ardour opens its window on such a display: the region, and the button of the first script.
REGION, BUTTON = (290, 365), (1297, 44)
STEP = "0.5"  # seconds
ATTEMPTS = 15
ENTRY, OK = (298, 44), (376, 73)  # in the dialog
CONFIG = """\
<Ardour>
  <Config><Option name="try-autostart-engine" value="1"/></Config>
  <Extra><AudioMIDISetup><EngineStates>
    <State backend="JACK" driver="" device="" input-device="" output-device="" sample-rate="0"
      buffer-size="1024" n-periods="0" input-latency="0" output-latency="0" lm-input="" lm-output=""
      active="1" use-buffered-io="0" midi-option="" lru="1"/>
  </EngineStates></AudioMIDISetup></Extra>
</Ardour>
"""
SCRIPTS = '<UIScripts><ActionScript lua="Lua 5.3">{}</ActionScript><ActionHooks/></UIScripts>'


class Window:
    """Ardour with a session open."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment
        self.main = self.find(f"{NAME} - Ardour")
        self.titles = Titles(self.main, environment)

    def find(self, title: str) -> str:
        """Wait for a window."""
        return self._xdotool("search", "--sync", "--onlyvisible", "--name", title).split()[0]

    def ask(self) -> str:
        """Select the region and press the button; the dialog. A busy Ardour overhears the first clicks."""
        for _ in range(ATTEMPTS):
            self.click(self.main, REGION)
            self.click(self.main, BUTTON)
            words = ("search", "--onlyvisible", "--name", "^ripieno$")
            if found := xdotool(self._environment, *words, check=False).split():
                return found[0]
        raise AssertionError("no dialog came")

    def click(self, window: str, place: tuple[int, int]) -> None:
        """Click into a window, and let it follow."""
        self._xdotool(
            "mousemove", "--window", window, *map(str, place), "sleep", STEP, "click", "1", "sleep", STEP
        )

    def write(self, window: str, place: tuple[int, int], text: str) -> None:
        """Write into a field of a window."""
        self._xdotool("windowfocus", "--sync", window)
        self.click(window, place)
        self._xdotool("type", text)

    def press(self, key: str, title: str) -> None:
        """Press a key in the main window, and wait for its title; a star is before what is not saved."""
        self._xdotool("windowfocus", "--sync", self.main, "key", key)
        self.titles.wait(title)

    def _xdotool(self, *words: str) -> str:
        return xdotool(self._environment, *words)


@pytest.fixture
def server() -> Iterator[int]:
    for program in ("ardour", "jackd", "Xvfb", "xdotool", "xprop"):
        host_or_skip(shutil.which(program), program)
    with served() as port:
        yield port


def settings(home: Path, action: Path) -> None:
    """Settings with JACK as the sound system, and the action in the first row of the scripts."""
    folder = home / "ardour7"
    folder.mkdir(exist_ok=True)
    (folder / ".a7").touch()  # else it welcomes a new user
    (folder / "config").write_text(CONFIG)
    run(home, "ardour_scripts.lua", action, home / "rows")
    (folder / "ui_scripts").write_text(
        SCRIPTS.format(base64.b64encode((home / "rows").read_bytes()).decode())
    )


def test_one_undo_takes_the_new_voices_away_and_redo_brings_them_back(server: int, tmp_path: Path) -> None:
    session = new_session(tmp_path)
    settings(tmp_path, action_file(tmp_path, server))
    jack = f"ripieno-{os.getpid()}"
    with display() as screen:
        environment = {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "HOME": str(tmp_path),
            "XDG_CONFIG_HOME": str(tmp_path),
            "DISPLAY": screen,
            "JACK_DEFAULT_SERVER": jack,
            "JACK_NO_AUDIO_RESERVATION": "1",
        }
        jackd = ["jackd", "-r", "-n", jack, "-d", "dummy", "-r", "48000", "-p", "1024"]
        ardour = ["ardour", "--no-splash", "--no-announcements", str(session.folder / f"{NAME}.ardour")]
        with (
            Program(jackd, folder=tmp_path, environment=environment),
            Program(ardour, folder=tmp_path, environment=environment),
        ):
            window = Window(environment)
            try:
                check(window, session, server)
            finally:
                picture = tmp_path / "window.png"
                subprocess.run(
                    ["import", "-window", "root", picture], env=environment, check=False, timeout=20
                )
                window.titles.close()


def check(window: Window, session: Session, server: int) -> None:
    dialog = window.ask()
    window.write(dialog, ENTRY, "seed 3")
    window.click(dialog, OK)
    window.titles.wait(r"^\*")
    wanted = {name: [(*note, 90) for note in notes] for name, notes in answer(server, TUNE, seed=3).items()}
    window.press("ctrl+s", r"^[^*]")
    assert {name: session.notes(session.regions(name)[0]) for name in NEW} == wanted
    window.press("ctrl+z", r"^\*")
    window.press("ctrl+s", r"^[^*]")
    assert [len(session.regions(name)) for name in ("Melody", *NEW)] == [1, 0, 0, 0]
    window.press("ctrl+r", r"^\*")
    window.press("ctrl+s", r"^[^*]")
    assert {name: session.notes(session.regions(name)[0]) for name in NEW} == wanted
