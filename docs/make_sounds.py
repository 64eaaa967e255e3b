"""Make the sounds of tutorial.md: ``python docs/make_sounds.py``, with FluidSynth and its sound font.

Each sound is the beginning of what the command beside it on the page writes as MIDI, played by FluidSynth
with the sound font TimGM6mb (Debian: fluidsynth, timgm6mb-soundfont).
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import soundfile

from ripieno_bridges.formats.audio.fluidsynth import find_fluidsynth
from ripieno_bridges.formats.audio.samples import RATE, Samples

ROOT = Path(__file__).resolve().parents[1]
SOUNDS = ROOT / "docs" / "sounds"
SOUND_FONT = Path("/usr/share/sounds/sf2/TimGM6mb.sf2")
SECONDS, FADE_SECONDS = 14, 2  # of each sound
THINNING = 2  # half of the samples, 22 050 a second, say enough of a choir
SMALLEST = 0.8  # as soundfile counts: 0 is the best sound, 1 the smallest file
LOUDEST = 0.8  # of full scale


def commands() -> dict[str, list[str]]:
    """The commands of the page in its order, by the name of the file that each writes."""
    lines = re.findall(r"(?m)^ripieno .* -o .*$", (ROOT / "docs" / "tutorial.md").read_text("utf-8"))
    split = [shlex.split(line) for line in lines]
    return {words[words.index("-o") + 1]: words for words in split}


def small_ogg(sound: Samples, path: Path) -> None:
    """Write the beginning of a sound, faded out, as a small Ogg Vorbis file."""
    spectrum = np.fft.rfft(sound)
    few = np.fft.irfft(spectrum[: len(sound) // THINNING // 2 + 1]) / THINNING  # without what folds over
    fade = min(len(few), FADE_SECONDS * RATE // THINNING)
    few[len(few) - fade :] *= np.linspace(1, 0, fade)
    few *= LOUDEST / np.abs(few).max()
    soundfile.write(path, few, RATE // THINNING, format="OGG", subtype="VORBIS", compression_level=SMALLEST)


def main() -> None:
    """Make them all."""
    synth = find_fluidsynth(SOUND_FONT)
    assert synth is not None  # a sound font without FluidSynth is an error by itself
    SOUNDS.mkdir(exist_ok=True)
    ripieno = Path(sys.executable).with_name("ripieno")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "scores").symlink_to(ROOT / "scores")
        for name, (_, *arguments) in commands().items():
            subprocess.run([ripieno, *arguments], cwd=folder, check=True)  # noqa: S603 (our own page's commands)
            if name.endswith(".mid"):
                sound = synth.render(Path(folder, name).read_bytes(), SECONDS * RATE)
                small_ogg(sound, (SOUNDS / name).with_suffix(".ogg"))


if __name__ == "__main__":
    main()
