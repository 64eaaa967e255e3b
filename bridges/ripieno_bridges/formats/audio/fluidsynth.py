"""The sound of FluidSynth with a General MIDI sound font, where both are installed."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ripieno.errors import FileError, RequestError, printable
from ripieno_bridges.file_errors import unreadable
from ripieno_bridges.formats.audio.samples import RATE, Samples

FOLDERS = (
    "/usr/share/sounds/sf2",
    "/usr/share/sounds/sf3",
    "/usr/share/soundfonts",
    "/usr/local/share/soundfonts",
    "/opt/homebrew/share/soundfonts",
    "/Library/Audio/Sounds/Banks",
    "~/Library/Audio/Sounds/Banks",
    "~/.local/share/soundfonts",
    "~/.local/share/sounds/sf2",
    "C:/soundfonts",
)
ENDINGS = (".sf2", ".sf3")
PREFERRED = ("default", "gm", "general")  # in a file's name: it has all instruments
GAIN = "0.4"  # one voice alone stays far from clipping
TIMEOUT_SECONDS = 600


@dataclass(frozen=True, slots=True)
class FluidSynth:
    """The program and the sound font that it plays."""

    program: str
    sound_font: Path

    def render(self, midi: bytes, samples: int) -> Samples:
        """A MIDI file as ``samples`` samples; RequestError where FluidSynth makes no sound of it."""
        with tempfile.TemporaryDirectory() as folder:
            source, target = Path(folder, "voice.mid"), Path(folder, "voice.raw")
            source.write_bytes(midi)
            options = ["-n", "-i", "-q", "-R", "0", "-C", "0", "-g", GAIN, "-r", str(RATE)]
            # In place of a sound font that it cannot read FluidSynth would quietly play another.
            options += ["-o", f"synth.default-soundfont={self.sound_font}"]
            kind = ["-T", "raw", "-O", "s16", "-E", "little", "-F", str(target)]
            try:
                subprocess.run(  # noqa: S603 (no shell, and a program that the user installed)
                    [self.program, *options, *kind, str(self.sound_font), str(source)],
                    capture_output=True,
                    check=True,
                    timeout=TIMEOUT_SECONDS,
                )
                data = np.frombuffer(target.read_bytes(), "<i2")
            except (OSError, subprocess.SubprocessError) as exc:
                raise RequestError(
                    f"FluidSynth failed ({short_fault(exc)}); --plain does without it"
                ) from exc
        both = data[: len(data) // 2 * 2].reshape(-1, 2)[:samples].astype(np.float32)  # (n, left and right)
        sound = np.zeros(samples, np.float32)
        sound[: len(both)] = both.mean(axis=1) / 32_768
        if not sound.any():
            name = printable(str(self.sound_font))
            raise RequestError(
                f"FluidSynth makes no sound with {name}; name another with --sound-font, or say --plain"
            )
        return sound


def short_fault(exc: OSError | subprocess.SubprocessError) -> str:
    """Why a program failed, in a few words."""
    if isinstance(exc, subprocess.CalledProcessError):
        return f"it ended with {exc.returncode}"
    if isinstance(exc, subprocess.TimeoutExpired):
        return "it took more than ten minutes"
    return str(exc.strerror if isinstance(exc, OSError) else exc)


def find_fluidsynth(sound_font: Path | None) -> FluidSynth | None:
    """FluidSynth with a sound font: the one named, else one in the usual places; ``None`` without either.

    Raises FileError for a named file that is no sound font, RequestError where there is no FluidSynth for it.
    """
    program = shutil.which("fluidsynth")
    if sound_font is not None:
        check_sound_font(sound_font)
        if program is None:
            raise RequestError(
                "--sound-font is played by FluidSynth, which is not installed; install it, or leave out "
                "--sound-font for a plain sound"
            )
        return FluidSynth(program, sound_font)
    found = usual_sound_font() if program is not None else None
    return None if program is None or found is None else FluidSynth(program, found)


def usual_sound_font() -> Path | None:
    """A sound font in the usual places, one whose name says that it is a general one before others."""
    found = [
        path
        for folder in FOLDERS
        for path in sorted(Path(folder).expanduser().glob("*"))
        if path.suffix.lower() in ENDINGS and path.is_file() and is_sound_font(path)
    ]
    general = (path for word in PREFERRED for path in found if word in path.name.lower())
    return next(general, found[0] if found else None)


def check_sound_font(path: Path) -> None:
    """Raise FileError unless a file is a sound font."""
    try:
        with path.open("rb") as file:
            head = file.read(12)
    except (OSError, ValueError) as exc:
        if isinstance(exc, IsADirectoryError) or not isinstance(exc, OSError):
            raise FileError(printable(str(path)), "no file; name a sound font (.sf2 or .sf3)") from exc
        raise unreadable(path, exc) from exc
    if head[:4] != b"RIFF" or head[8:] != b"sfbk":
        raise FileError(printable(path.name), "not a sound font; name a file that ends in .sf2 or .sf3")


def is_sound_font(path: Path) -> bool:
    """Whether a file is a sound font, and can be read."""
    try:
        check_sound_font(path)
    except FileError:
        return False
    return True
