"""Pure Data without a window: the plugin's patches, and a bench patch that a test controls over TCP."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from common import ROOT
from osc_hosts.running import PATIENCE_SECONDS, Program
from osc_support import LOCAL

FOLDER = ROOT / "plugin" / "puredata"
BENCHES = Path(__file__).parent

Numbers = tuple[float, ...]


def pd_command(pd: str, *patches: str | Path) -> list[str | Path]:
    """Pd with these patches open and the plugin's folder in its search path."""
    opened = [word for patch in patches for word in ("-open", patch)]
    return [pd, "-nogui", "-noaudio", "-nomidi", "-noprefs", "-stderr", "-path", FOLDER, *opened]


def listener() -> socket.socket:
    """A TCP port to which a patch connects to receive commands."""
    opened = socket.create_server((LOCAL, 0))
    opened.settimeout(PATIENCE_SECONDS)
    return opened


class Pd(Program):
    """Pd with the bench patch open; what the patch prints are the program's lines."""

    def __init__(self, pd: str, folder: Path, server: int, *, copies: int = 1) -> None:
        """server: the port of ripieno. copies: how often the bench is open, each with its own [ripieno]."""
        with closing(listener()) as control:
            patch = (BENCHES / "harmonize.pd").read_text("utf-8").replace("7400", str(server))
            patch = patch.replace("7401", str(control.getsockname()[1]))
            benches = [folder / f"bench-{copy}.pd" for copy in range(copies)]
            for bench in benches:
                bench.write_text(patch, "utf-8")
            super().__init__(pd_command(pd, *benches), folder=folder)
            self._connections: list[socket.socket] = []
            try:
                for _ in benches:
                    self._connections.append(control.accept()[0])
                    self._connections[-1].settimeout(PATIENCE_SECONDS)
            except TimeoutError:
                self.__exit__()
                raise

    def __exit__(self, *_: object) -> None:
        for connection in self._connections:
            connection.close()
        super().__exit__()

    def tell(self, *messages: str, copy: int = 0) -> None:
        """Send messages to the bench: "request harmonize", "setting seed 3", "note 60 0 1", "player play"."""
        self._connections[copy].sendall("".join(f"{message};\n" for message in messages).encode())

    def give(self, notes: Sequence[Numbers], *, copy: int = 0) -> None:
        """Send notes to the third inlet."""
        self.tell(*("note " + " ".join(f"{number:g}" for number in note) for note in notes), copy=copy)

    def printed(self, name: str) -> list[Numbers]:
        """The numbers of all lines so far that [print name] wrote."""
        start = f"{name}: "
        lines = [line.removeprefix(start) for line in self.lines if line.startswith(start)]
        return [tuple(map(float, line.split())) for line in lines]
