"""An ensemble by its name, or from a user's own TOML file."""

from __future__ import annotations

from pathlib import Path

from ripieno.ensembles.ensemble import Ensemble
from ripieno.ensembles.read import ensemble_named, parse_ensemble
from ripieno.errors import FileError, RequestError, printable
from ripieno_bridges.formats.decode_text import decode_text
from ripieno_bridges.formats.files import read_bytes

ENDING = ".toml"
MAX_BYTES = 1 << 16


def ensemble_or_file(text: str) -> Ensemble:
    """The ensemble of that name, or of the file that is named. Raises FileError and RequestError."""
    path = Path(text)
    if path.suffix.lower() != ENDING:
        return ensemble_named(text)
    data, name = read_bytes(path), printable(path.name)
    if len(data) > MAX_BYTES:
        raise FileError(name, f"larger than {MAX_BYTES >> 10} KB, which is no ensemble; choose another file")
    try:
        return parse_ensemble(decode_text(data), name.removesuffix(path.suffix))
    except RequestError as error:
        raise FileError(name, str(error)) from error
