"""MuseScore 3 in a real window on a display of its own, controlled by keys and observed by its title.

The title of the main window has a star while the score differs from what was saved, so it shows when notes
were written and when they are gone again. X reports every change of it.
"""

from __future__ import annotations

import copy
import os
import queue
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from lxml import etree

from common import ROOT, MuseScore, find_musescore, host_or_skip
from ripieno_bridges.formats.musicxml.reader import read_musicxml

PATIENCE_SECONDS = 20.0  # a test that waits longer has failed
POLL_SECONDS = 0.05  # for what X does not report by itself
STILL_SECONDS = 0.3  # a picture that stays the same for so long is complete
PLUGIN = ROOT / "plugin" / "musescore"
SERVER = "http://127.0.0.1:7411"  # the plugin's default
STAVES = (("Alto", "G", "2", None), ("Tenor", "G", "2", "-1"), ("Bass", "F", "4", None))
SHORTCUT = "ctrl+alt+r"
SIZE = "1680x1000x24"
SETTINGS = """\
[application]
startup\\firstStart=false

[ui]
application\\startup\\showTours=false
application\\startup\\showStartCenter=false
application\\startup\\checkUpdate=false
application\\startup\\showSplashScreen=false
"""
PLUGINS = """\
<?xml version="1.0" encoding="UTF-8"?>
<museScore version="3.02">
  <Plugin>
    <path>{path}</path>
    <load>1</load>
    <SC>
      <key>ripieno</key>
      <seq>Ctrl+Alt+R</seq>
    </SC>
  </Plugin>
</museScore>
"""


def window_programs_or_skip() -> str:
    """MuseScore 3; skip where it, or a program that a window needs, is not installed."""
    for program, package in (
        ("Xvfb", "xvfb"),
        ("xdotool", "xdotool"),
        ("xprop", "x11-utils"),
        ("import", "imagemagick"),
    ):
        host_or_skip(shutil.which(program), package)
    return host_or_skip(find_musescore(), "MuseScore 3")


def with_empty_staves(data: bytes, *, measures: int | None = None) -> bytes:
    """A document of one part with three empty ones below it, since MuseScore 3.2 lets no plugin add parts.

    measures: how many to keep.
    """
    root = etree.fromstring(data)
    (melody,) = root.findall("part")
    for measure in melody.findall("measure")[measures or len(melody) :]:
        melody.remove(measure)
    divisions = int(root.findtext(".//divisions"))
    lengths = [measure.duration for measure in read_musicxml(data, "score.musicxml").score.measures]
    listed = root.find("part-list")
    for number, (name, sign, line, octave) in enumerate(STAVES, 2):
        entry = etree.SubElement(listed, "score-part", id=f"P{number}")
        etree.SubElement(entry, "part-name").text = name
        part = copy.deepcopy(melody)
        part.set("id", f"P{number}")
        for measure, length in zip(part.findall("measure"), lengths, strict=False):
            empty(measure, int(length * divisions))
        clef = part.find(".//clef")
        clef.find("sign").text, clef.find("line").text = sign, line
        if octave is not None:
            etree.SubElement(clef, "clef-octave-change").text = octave
        root.append(part)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def empty(measure: etree._Element, duration: int) -> None:
    """Replace a measure's notes with a rest; keep its key, time and barlines."""
    for element in list(measure):
        if element.tag not in ("attributes", "barline"):
            measure.remove(element)
    rest = etree.Element("note")
    etree.SubElement(rest, "rest", measure="yes")
    etree.SubElement(rest, "duration").text = str(duration)
    attributes = measure.find("attributes")
    measure.insert(0 if attributes is None else 1, rest)


def notes_as_saved(saved: bytes) -> bytes:
    """A saved score without what MuseScore adds when it first saves a score of another program."""
    return re.sub(rb"\s*<controller ctrl=\"32\"[^\n]*", b"", saved)


@contextmanager
def display() -> Iterator[str]:
    """Start a display: its name."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", SIZE, "-nolisten", "tcp", "-noreset"]
    with subprocess.Popen(
        command, pass_fds=[writing], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        os.close(writing)
        try:
            with os.fdopen(reading) as said:
                yield f":{said.readline().strip()}"
        finally:
            process.terminate()


def opened(program: str, folder: Path, data: bytes, port: int) -> Window:
    """The window for a MusicXML document, with our plugin, whose server is at that port."""
    given, score, plugin = folder / "given.musicxml", folder / "score.mscx", folder / "plugin"
    given.write_bytes(data)
    MuseScore(program, folder / "converting").convert([(given, score)])
    shutil.copytree(PLUGIN, plugin)
    window = plugin / "RipienoWindow.qml"
    text = window.read_text("utf-8")
    assert text.count(SERVER) == 1
    window.write_text(text.replace(SERVER, f"http://127.0.0.1:{port}"), "utf-8")
    return Window(program, folder, score, plugin / "ripieno.qml")


class Titles:
    """The titles of a window, one after the other, as X reports them."""

    def __init__(self, window: str, environment: dict[str, str]) -> None:
        self._new: queue.SimpleQueue[tuple[float, str]] = queue.SimpleQueue()
        self.now = ""
        self._process = subprocess.Popen(
            ["xprop", "-spy", "-id", window, "WM_NAME"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def close(self) -> None:
        self._process.terminate()
        self._process.wait()
        self._thread.join()

    def wait(self, pattern: str, *, seconds: float = PATIENCE_SECONDS) -> float:
        """Wait until the title matches the pattern. Returns the time (time.perf_counter)."""
        deadline = time.perf_counter() + seconds
        when = time.perf_counter()
        self.latest()
        while not re.search(pattern, self.now):
            try:
                when, self.now = self._new.get(timeout=max(0.0, deadline - time.perf_counter()))
            except queue.Empty:
                pytest.fail(f"the window's title stayed {self.now!r}, and never was {pattern!r}")
        return when

    def latest(self) -> str:
        while not self._new.empty():
            _, self.now = self._new.get()
        return self.now

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self._new.put((time.perf_counter(), line.partition(" = ")[2].strip().strip('"')))


def xdotool(environment: dict[str, str], *words: str, check: bool = True) -> str:
    """Press, click or look on the display of an environment; what xdotool says."""
    return subprocess.run(
        ["xdotool", *words],
        env=environment,
        check=check,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
    ).stdout


class Window:
    """MuseScore with one score open. Use it in a ``with``."""

    def __init__(self, program: str, folder: Path, score: Path, plugin: Path) -> None:
        """folder: for its settings and pictures. score: an .mscx file, which saving changes."""
        self.score, self.folder, self.program, self._plugin = score, folder, program, plugin
        self._running = ExitStack()

    def __enter__(self) -> Window:
        with ExitStack() as running:
            own = running.enter_context(TemporaryDirectory(prefix="ms"))
            self.environment = self._home(running.enter_context(display()), own)
            configuration = str(self.folder / "settings")
            command = [self.program, "-c", configuration, "-m", str(self.score)]
            log = running.enter_context((self.folder / "musescore.log").open("w"))
            self._process = running.enter_context(
                subprocess.Popen(
                    command,
                    env=self.environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                )
            )
            running.callback(self._process.kill)
            self.main = self.find(f"^MuseScore 3: {re.escape(self.score.stem)}")
            self.titles = Titles(self.main, self.environment)
            running.callback(self.titles.close)
            self._running = running.pop_all()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is not None:
            self.picture("failed")
        self._running.close()

    def _home(self, screen: str, own: str) -> dict[str, str]:
        """Make a home with the plugin switched on. Returns the program's environment.

        own: a temporary folder. Through a shared one, a MuseScore hands its scores to one that runs already.
        """
        home, settings = self.folder / "home", self.folder / "settings"
        (settings / "MuseScore").mkdir(parents=True)
        home.mkdir(mode=0o700)
        (settings / "MuseScore" / "MuseScore3.ini").write_text(SETTINGS)
        (settings / "plugins.xml").write_text(PLUGINS.format(path=self._plugin))
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "XDG_RUNTIME_DIR": str(home),
            "TMPDIR": own,
            "QT_QPA_PLATFORM": "xcb",
            "LANG": "C.UTF-8",
            "DISPLAY": screen,
        }

    # -- windows

    def windows(self, title: str) -> list[str]:
        """The visible windows whose title matches the pattern."""
        found = self._xdotool("search", "--onlyvisible", "--name", title, check=False)
        return found.split()

    def find(self, title: str, *, seconds: float = PATIENCE_SECONDS) -> str:
        """Wait for a window."""
        deadline = time.perf_counter() + seconds
        while time.perf_counter() < deadline:
            if found := self.windows(title):
                return found[0]
            time.sleep(POLL_SECONDS)
        pytest.fail(f"no window {title!r} came; see {self.picture('missing')}")

    def open_dialog(self, title: str) -> str:
        """Press the plugin's shortcut until its window is there."""
        deadline = time.perf_counter() + PATIENCE_SECONDS
        while time.perf_counter() < deadline:
            self.focus(self.main)
            self.press(SHORTCUT)  # lost where the program is not ready yet
            retry = time.perf_counter() + 1.0
            while time.perf_counter() < retry:
                if found := self.windows(title):
                    return found[0]
                time.sleep(POLL_SECONDS)
        pytest.fail(f"the dialog never opened; see {self.picture('no-dialog')}")

    def place(self, window: str, x: int, y: int) -> None:
        self._xdotool("windowmove", "--sync", window, str(x), str(y))

    # -- keys

    def focus(self, window: str) -> None:
        self._xdotool("windowfocus", "--sync", window)

    def press(self, *keys: str) -> None:
        self._xdotool("key", *keys)

    def write(self, text: str) -> None:
        self._xdotool("type", text)

    def click(self, x: int, y: int) -> None:
        self._xdotool("mousemove", str(x), str(y), "click", "1")

    def undo(self) -> None:
        self.focus(self.main)
        self.press("ctrl+z")

    # -- the score

    def wait_changed(self) -> float:
        """Wait until the score differs from what was saved. Returns the time."""
        return self.titles.wait(r"\*$")

    def wait_unchanged(self) -> float:
        return self.titles.wait(r"[^*]$")

    def changed(self) -> bool:
        return self.titles.latest().endswith("*")

    def save(self) -> bytes:
        """Save the score, if it has changed. Returns the file's bytes."""
        self.focus(self.main)
        self.press("ctrl+s")
        self.wait_unchanged()
        return self.score.read_bytes()

    def undo_all(self) -> None:
        """Undo until the score is what was saved."""
        for _ in range(10):
            if not self.changed():
                return
            self.undo()
            time.sleep(POLL_SECONDS)  # the title follows in a moment
        pytest.fail("ten times undo did not bring back what was saved")

    # -- pictures

    def picture(self, name: str, window: str = "root") -> Path:
        """Save a picture of the screen, or of one window."""
        path = self.folder / f"{name}.png"
        subprocess.run(
            ["import", "-window", window, str(path)],
            env=self.environment,
            check=True,
            timeout=PATIENCE_SECONDS,
        )
        return path

    def wait_still(self, window: str, *, other_than: bytes | None = None) -> bytes:
        """Wait until a window's picture differs from ``other_than`` and no longer changes: the picture."""
        deadline = time.perf_counter() + PATIENCE_SECONDS
        last, since = b"", 0.0
        while time.perf_counter() < deadline:
            now = self._pixels(window)
            if now != last:
                last, since = now, time.perf_counter()
            elif now != other_than and time.perf_counter() - since >= STILL_SECONDS:
                return now
            time.sleep(POLL_SECONDS)
        pytest.fail(f"the window's picture did not change, or did not rest; see {self.picture('restless')}")

    def _pixels(self, window: str) -> bytes:
        return subprocess.run(
            ["import", "-window", window, "ppm:-"],
            env=self.environment,
            check=True,
            capture_output=True,
            timeout=PATIENCE_SECONDS,
        ).stdout

    def _xdotool(self, *words: str, check: bool = True) -> str:
        return xdotool(self.environment, *words, check=check)
