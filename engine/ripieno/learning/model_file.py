"""A model in one file, to be shared: a ZIP archive of a fixed layout, checked like any stranger's file.

``card.json`` says what it is; ``weights.safetensors`` are the weights; ``pieces.npz``, which may be left out,
are the pieces that it learned from, with which its results are compared.
"""

from __future__ import annotations

import io
import json
import tempfile
import zlib
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from ripieno.corpus.corpus import load_pieces
from ripieno.errors import FileError, RipienoError, printable
from ripieno.learning.installed import CARD, PIECES, WEIGHTS, Files, files_of
from ripieno.models.catalog import check_new_name, is_model_name, model_path
from ripieno.models.loading import build_generator
from ripieno.models.weights import MAX_CARD_BYTES, MAX_WEIGHTS_BYTES, load_weights, read_limited
from ripieno.score import Meter

SUFFIX = ".ripieno-model"
MAX_PIECES_BYTES = 4 * 1024 * 1024  # packed; what they may unpack to follows from it
MEMBERS = {  # the name in the archive, the suffix of the file, the most bytes
    "card.json": (CARD, MAX_CARD_BYTES),
    "weights.safetensors": (WEIGHTS, MAX_WEIGHTS_BYTES),
    "pieces.npz": (PIECES, MAX_PIECES_BYTES),
}
MAX_FILE_BYTES = sum(limit for _, limit in MEMBERS.values()) + 65_536
EARLIEST = (1980, 1, 1, 0, 0, 0)  # of ZIP: the same model gives the same bytes
NOT_ONE = "not a model that ripieno exported; ask for it once more"
DAMAGED = "damaged on its way; ask for it once more"
MAX_TEXT = 2_000  # characters of a sentence in a card
METERS = range(1, 65)
# The entries of a card that are kept besides those that ``read_card`` checks, and what each must be.
TEXTS = ("about", "source", "licence", "machine")
FIELDS: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(TEXTS, str),
    "parameters": int,
    "training": dict,
    "changes": dict,
    "start": dict,
    "validation": dict,
    "training_pieces": int,
    "validation_pieces": int,
    "minutes": (int, float),
    "remarks": list,
}
CHECKED = ("name", "family", "version", "sha256", "config")
PLAYS = ("choir", "piano")


# -- out ---------------------------------------------------------------------------------------------------


def pack_model(name: str, *, with_pieces: bool = True) -> bytes:
    """The file of an installed model. Raises RipienoError where there is none, or where it is damaged."""
    stem = model_path(name)
    load_weights(stem)
    files = files_of(stem)
    card = json.loads(files[CARD])
    library = stem.parent / Path(str(card.get("library"))).name
    if with_pieces and "library" in card and library.is_file():
        files[PIECES] = library.read_bytes()
    if not with_pieces:
        files.pop(PIECES, None)
    if PIECES not in files:
        card.pop("library", None)
    files[CARD] = json.dumps(card, indent=1).encode()
    out = io.BytesIO()
    with ZipFile(out, "w", ZIP_STORED) as archive:  # weights and pieces cannot be packed any smaller
        for member, (suffix, _) in MEMBERS.items():
            if suffix in files:
                archive.writestr(ZipInfo(member, EARLIEST), files[suffix])
    return out.getvalue()


def holds_pieces(data: bytes) -> bool:
    """Whether a packed model has the pieces that it learned from."""
    with ZipFile(io.BytesIO(data)) as archive:
        return any(MEMBERS[name][0] == PIECES for name in archive.namelist())


# -- in ----------------------------------------------------------------------------------------------------


def unpack_model(path: Path, *, name: str | None = None) -> tuple[str, Files]:
    """(the name of a model, its files, checked), out of a file that may come from anybody.

    name: another one than it has. Raises FileError, WeightsError or RequestError; nothing is written but in a
    temporary folder.
    """
    label = printable(path.name)
    members = read_members(path, label)
    card = parse_card(members[CARD], label)
    called = name or str(card["name"])
    check_new_name(called)
    if PIECES in members:
        card["library"] = f"{called}{PIECES}"
    files = {**members, CARD: json.dumps({**card, "name": called}, indent=1).encode() + b"\n"}
    with tempfile.TemporaryDirectory(prefix="ripieno-") as folder:
        for suffix, data in files.items():
            (Path(folder) / f"{called}{suffix}").write_bytes(data)
        try:
            build_generator(*load_weights(Path(folder) / called))
            if PIECES in files:
                load_pieces(Path(folder) / f"{called}{PIECES}")
        except RipienoError as exc:
            fault = str(exc).partition(": ")[2].partition(";")[0]
            raise FileError(label, f"its model is not one that ripieno can use ({fault}); {DAMAGED}") from exc
    return called, files


def read_members(path: Path, label: str) -> dict[str, bytes]:
    """The bytes of each member, by the suffix of its file. No name in the archive is ever a path here."""
    try:
        data = read_limited(path, MAX_FILE_BYTES)
    except (OSError, ValueError) as exc:
        reason = getattr(exc, "strerror", None) or "no name that a file can have"
        raise FileError(label, f"cannot be read ({reason}); check the name and the folder") from exc
    if len(data) > MAX_FILE_BYTES:
        raise FileError(label, f"too large to be a model; {NOT_ONE}")
    found: dict[str, bytes] = {}
    try:
        with ZipFile(io.BytesIO(data)) as archive:
            for entry in archive.infolist():
                if entry.filename not in MEMBERS or MEMBERS[entry.filename][0] in found:
                    raise FileError(label, NOT_ONE)
                suffix, limit = MEMBERS[entry.filename]
                if entry.file_size > limit or entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
                    raise FileError(label, f"{entry.filename} in it is too large; {NOT_ONE}")
                with archive.open(entry) as member:
                    found[suffix] = member.read(limit + 1)
                if len(found[suffix]) > limit:
                    raise FileError(label, f"{entry.filename} in it is too large; {NOT_ONE}")
    except (BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError) as exc:
        raise FileError(label, NOT_ONE if not found else DAMAGED) from exc
    if CARD not in found or WEIGHTS not in found:
        raise FileError(label, NOT_ONE)
    return found


def parse_card(data: bytes, label: str) -> dict[str, Any]:
    """A stranger's card: the entries that are known, each of its kind. Raises FileError."""
    try:
        card = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as exc:
        raise FileError(label, f"its card cannot be read; {DAMAGED}") from exc
    name = card.get("name") if isinstance(card, dict) else None
    if not isinstance(name, str) or not is_model_name(name):
        raise FileError(label, f"its card names no model; {DAMAGED}")
    kept = {field: card[field] for field in CHECKED if field in card}
    for field, kind in FIELDS.items():
        if isinstance(card.get(field), kind):
            kept[field] = card[field]
    for field in TEXTS:
        if field in kept:
            kept[field] = printable(kept[field])[:MAX_TEXT]
    kept["plays"] = card["plays"] if card.get("plays") in PLAYS else PLAYS[0]
    if is_meter(card.get("meter")):
        kept["meter"] = card["meter"]
    return kept


def is_meter(text: object) -> bool:
    """Whether a text is a time signature, such as "3/4"."""
    if not isinstance(text, str):
        return False
    beats, _, unit = text.partition("/")
    if not (beats.isascii() and beats.isdecimal() and unit.isascii() and unit.isdecimal()):
        return False
    return len(text) <= 5 and int(beats) in METERS and int(unit) in (1, 2, 4, 8, 16, 32)


def meter_text(meter: Meter) -> str:
    """A time signature as a card has it."""
    return f"{meter.numerator}/{meter.denominator}"
