"""Install a wheel or an sdist as users do, in an environment of its own, and use it: no repository, no Node.

    python .ci/check_installed.py dist/ripieno-1.0-py3-none-any.whl [--chromium]

--chromium: the page is used in Chromium, too, which is not on the user's PATH.
Ends with 1 at the first thing that does not hold.
"""

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]
PATHS = ("v1/status", "v1/settings", "v1/examples/twinkle", "page/vendor/verovio-toolkit-wasm.js")
PLUGINS = {
    "ardour": "ripieno.lua",
    "maxforlive": "ripieno.amxd",
    "musescore": "ripieno.qml",
    "puredata": "ripieno.pd",
    "reaper": "ripieno.lua",
    "sonicpi": "ripieno.rb",
}
WITHIN = 120  # seconds, for a server on a slow machine


def main(distribution: Path, *, in_browser: bool) -> None:
    """Install and check the distribution."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        folder = Path(temporary)
        program = install(distribution.absolute(), folder / "environment")
        home = folder / "home of a user"
        home.mkdir()
        user = User(program, home)
        version = re.fullmatch(r"ripieno, version (\S+)\s*", user.run("--version"))
        assert version, "ripieno --version says no version"
        assert f"ripieno-{version[1]}" in distribution.name, (
            f"{version[0]!r} is not that of {distribution.name}"
        )
        (home / "tune.musicxml").write_bytes((ROOT / "scores" / "twinkle.musicxml").read_bytes())
        said = user.run("harmonize", "tune.musicxml", "-o", "satb.musicxml", "--seed", "1")
        assert "alto" in said, said
        assert (home / "satb.musicxml").read_bytes().count(b"<part ") == 4
        for program, file in PLUGINS.items():
            folder_of_plugins = home / program
            folder_of_plugins.mkdir()
            user.run("install-plugin", program, "--folder", program)
            assert list(folder_of_plugins.rglob(file)), f"install-plugin {program} left no {file}"
        completion = {**user.environment, "_RIPIENO_COMPLETE": "bash_complete", "COMP_CWORD": "1"}
        words = user.run(environment={**completion, "COMP_WORDS": "ripieno harmo"})
        assert "harmonize" in words, words
        user.serve(in_browser=in_browser)
    sys.stdout.write(f"{distribution.name}: installed, and all of it works\n")


def install(distribution: Path, folder: Path) -> Path:
    """Make an environment with the distribution in it; the path of its `ripieno`."""
    venv.create(folder, with_pip=True)
    programs = folder / ("Scripts" if sys.platform == "win32" else "bin")
    constraints = ROOT / "constraints.txt"
    pip = [programs / "python", "-m", "pip", "install", "--quiet", "-c", constraints, distribution]
    subprocess.run(pip, check=True)  # noqa: S603
    return programs / "ripieno"


class User:
    """Somebody with ripieno and nothing else on the PATH."""

    def __init__(self, program: Path, home: Path) -> None:
        self.program, self.home = program, home
        passed_on = ("SYSTEMROOT", "TEMP", "TMP", "TMPDIR")
        self.environment = {name: os.environ[name] for name in passed_on if name in os.environ}
        self.environment |= {"HOME": str(home), "USERPROFILE": str(home), "PATH": str(program.parent)}
        self.environment |= {"APPDATA": str(home / "roaming"), "PYTHONUTF8": "1"}

    def run(self, *arguments: str, environment: dict[str, str] | None = None) -> str:
        """What a command prints. Raises CalledProcessError where it fails."""
        command = [self.program, *arguments]
        done = subprocess.run(  # noqa: S603
            command,
            env=environment or self.environment,
            cwd=self.home,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            check=True,
        )
        return done.stdout

    def serve(self, *, in_browser: bool) -> None:
        """Start the server, fetch the page's files, and see the doctor."""
        osc, http = free_port(), free_port()
        ports = ("--port", str(osc), "--http-port", str(http))
        command = [self.program, "serve", *ports, "--with-parent"]
        with subprocess.Popen(command, env=self.environment, cwd=self.home, stdin=subprocess.PIPE) as server:  # noqa: S603
            try:
                address = f"http://127.0.0.1:{http}/"
                page = get(address).decode()
                scripts = re.findall(r'(?:src|href)="(page/[^"]+)"', page)
                assert scripts, "the page has no files"
                for path in (*scripts, *PATHS):
                    assert get(address + path), f"{path} is empty"
                if in_browser:
                    use_page(address)
                findings = json.loads(self.run("doctor", "--json", *ports))
            finally:
                server.terminate()
        wrong = [finding for finding in findings if finding["grade"] == "wrong"]
        assert not wrong, wrong
        good = " ".join(finding["what"] for finding in findings if finding["grade"] == "good")
        for needed in ("the page has all that it needs", "harmonizes a measure", "answers HTTP", "models: "):
            assert needed in good, f"the doctor does not say {needed!r}: {findings}"


def use_page(address: str) -> None:
    """Harmonize a melody on the page."""
    from chromium import in_chromium  # only where it is asked for: it needs Node and pytest

    staves = in_chromium("use_page.mjs", address)
    has_new = [fresh > 0 for _, (_, fresh) in sorted(staves.items())]
    assert has_new == [False, True, True, True], f"the page shows {staves}"


def get(address: str) -> bytes:
    """What the server answers with status 200; while it starts and loads, it is asked again."""
    deadline = time.monotonic() + WITHIN
    while True:
        try:
            with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310 - our own server
                body: bytes = answer.read()
                return body
        except OSError as exc:  # HTTP's errors are among them
            fault = f"{address}: {exc}"
            is_final = isinstance(exc, urllib.error.HTTPError) and exc.code != 503
        if is_final or time.monotonic() > deadline:
            sys.exit(fault)
        time.sleep(0.5)


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


if __name__ == "__main__":
    main(Path(sys.argv[1]), in_browser="--chromium" in sys.argv)
