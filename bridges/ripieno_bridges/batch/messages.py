"""What a batch tells its workers and what they send back, as bytes: to a process or another machine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from ripieno.errors import count_text
from ripieno_bridges.api.exports import EXPORTS
from ripieno_bridges.api.requests import DocumentRequest, File
from ripieno_bridges.batch.rows import PieceRow

BatchTask = Literal["harmonize", "compose", "continue", "infill", "vary", "check", "analyze"]
LOOKING: tuple[BatchTask, ...] = ("check", "analyze")  # they tell about the music, and make none

PARQUET = "parquet"  # one data set, in place of files
FORMATS: dict[str, str] = {  # what a batch writes, and the usual endings of the files' names
    "musicxml": ".musicxml",
    "mxl": ".mxl",
    **{kind.name: kind.endings[0] for kind in EXPORTS},
    "json": ".json",
    PARQUET: "",
}


class ItemPlan(msgspec.Struct, frozen=True):
    """What is done with every item. request: has neither file nor seed.

    rows: whether rows of a data set are wanted, in place of files.
    """

    task: BatchTask
    request: DocumentRequest
    rows: bool


class ItemOrder(msgspec.Struct, frozen=True):
    """Do this item. key: see ``Item``. file: None to compose. suffix: of the files that are wanted."""

    key: str
    seed: int
    file: File | None
    suffix: str


class ItemDone(msgspec.Struct, frozen=True, tag="done"):
    """An item that was done: its files, the best alternative first, or its rows. sha256: of the weights."""

    key: str
    files: tuple[bytes, ...] = ()
    rows: tuple[PieceRow, ...] = ()
    remarks: tuple[str, ...] = ()


class ItemRefused(msgspec.Struct, frozen=True, tag="refused"):
    """An item that could not be done: where in it the fault is, the fault, and a way out."""

    key: str
    place: str
    fault: str
    way_out: str


class WorkerReady(msgspec.Struct, frozen=True, tag="ready"):
    """A worker has loaded its model. version: of ripieno. sha256: of the weights; empty without a model."""

    version: str
    sha256: str


class WorkerUnfit(msgspec.Struct, frozen=True, tag="unfit"):
    """A worker cannot load the model, and no other one could."""

    fault: str


ItemOutcome = ItemDone | ItemRefused
WorkerStart = WorkerReady | WorkerUnfit


def refused(key: str, fault: str, place: str = "") -> ItemRefused:
    """The refusal for a sentence of ripieno's: its way out stands after the first semicolon."""
    what, _, way_out = fault.partition("; ")
    return ItemRefused(key, place, what, way_out)


def died_too_often(order: ItemOrder, deaths: int, why: Sequence[str]) -> ItemRefused:
    """The refusal of an item at which so many workers ended. why: how they did."""
    fault = f"{count_text(deaths, 'worker')} ended while they did it ({', '.join(dict.fromkeys(why))})"
    return ItemRefused(order.key, "", fault, "do it alone, with fewer workers, where there is more memory")
