"""MP3 and Ogg Vorbis files, by libsndfile where the package soundfile is installed."""

from __future__ import annotations

import io
from typing import Literal, get_args

from ripieno.errors import RequestError
from ripieno_bridges.formats.audio.samples import RATE, Samples

Compressed = Literal["mp3", "ogg"]
COMPRESSED: tuple[Compressed, ...] = get_args(Compressed)
SUBTYPES = {"mp3": ("MP3", "MPEG_LAYER_III"), "ogg": ("OGG", "VORBIS")}
BLOCK = RATE  # samples at a time: the Vorbis encoder of libsndfile overflows its stack with minutes at once


def check_encoder(kind: Compressed) -> None:
    """Raise RequestError where this system cannot write such files."""
    name, subtype = SUBTYPES[kind]
    try:
        import soundfile
    except (ImportError, OSError) as exc:  # OSError: without its library
        raise RequestError(
            f"{kind} files are written by soundfile, which is not installed; install it with "
            "`pip install soundfile`, or leave out --format for WAV alone"
        ) from exc
    if not soundfile.check_format(name, subtype):
        version = soundfile.__libsndfile_version__
        raise RequestError(
            f"libsndfile {version} writes no {kind}; install a newer soundfile, or leave out --format"
        )


def compressed_bytes(sound: Samples, kind: Compressed) -> bytes:
    """A file with one channel, of the same length as the sound. sound: within -1 and 1.

    ``check_encoder`` says whether it can be made.
    """
    import soundfile

    name, subtype = SUBTYPES[kind]
    out = io.BytesIO()
    with soundfile.SoundFile(out, "w", RATE, 1, subtype, format=name) as file:
        for start in range(0, len(sound), BLOCK):
            file.write(sound[start : start + BLOCK])
    return out.getvalue()
