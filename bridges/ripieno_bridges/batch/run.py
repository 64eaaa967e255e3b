"""A batch from its beginning to its end, or to where it was stopped."""

from __future__ import annotations

import csv
import io
import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import ripieno
from ripieno.atomic_write import replace_file
from ripieno.errors import FileError, RipienoError, printable
from ripieno.interrupt import Interrupt, delayed_interrupt
from ripieno.models.catalog import model_card
from ripieno_bridges.api.replies import failure_of
from ripieno_bridges.api.requests import DocumentRequest, to_bytes
from ripieno_bridges.batch.dispatch import Pool, done_by
from ripieno_bridges.batch.items import (
    Item,
    ItemReader,
    find_items,
    new_pieces,
    passed_over,
    seed_of,
    sha256_of,
)
from ripieno_bridges.batch.manifest import GONE, DoneEntry, Manifest, open_manifest
from ripieno_bridges.batch.messages import (
    FORMATS,
    LOOKING,
    PARQUET,
    BatchTask,
    ItemDone,
    ItemOrder,
    ItemOutcome,
    ItemPlan,
    ItemRefused,
    refused,
)
from ripieno_bridges.batch.writers import FileWriter, Writer, are_there, file_names
from ripieno_bridges.formats.files import naming_faults, result_suffix

NEW_PIECE = ".musicxml"
ERRORS = "errors.csv"
SURROGATES = range(0xD800, 0xE000)  # that stand for bytes of a name that are no UTF-8
STRANGE_NAME = "its name is not in UTF-8; rename it"
Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRequest:
    """What is wanted. request: without file and seed. options: those that were given, as texts, by name.

    file_format: one of FORMATS; None for files like those that come in. seed: None for a new one, or the
    folder's own. workers: None for as many as there are processors. ray: the address of a cluster.
    """

    task: BatchTask
    sources: tuple[Path, ...]
    output: Path
    request: DocumentRequest
    options: dict[str, str]
    file_format: str | None = None
    count: int = 1
    seed: int | None = None
    workers: int | None = None
    ray: str | None = None
    license_id: str = "unknown"
    force: bool = False


@dataclass(slots=True)
class BatchReport:
    """How far a batch has come. unchanged: done by an earlier run. fault: why it stopped, if it did.

    passed_over: files that are no scores, as PDFs.
    """

    items: int
    seed: int
    made: int = 0
    unchanged: int = 0
    refused: list[ItemRefused] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)
    seconds: float = 0.0
    stopped: bool = False
    fault: str = ""

    @property
    def done(self) -> int:
        """How many items need not be looked at any more in this run."""
        return self.made + self.unchanged + len(self.refused)


def run_batch(request: BatchRequest, progress: Progress) -> BatchReport:
    """Do all items that are not done. Raises RipienoError where nothing can be begun."""
    items = find_items(request.sources, request.output) if request.sources else new_pieces(request.count)
    manifest = open_manifest(request.output, header_of(request), force=request.force)
    try:
        begun = time.monotonic()
        run = BatchRun(request, items, manifest)
        run.report.passed_over = passed_over(request.sources, items, request.output)
        run.go(progress)
        run.report.seconds = time.monotonic() - begun
        return run.report
    finally:
        manifest.close()


def header_of(request: BatchRequest) -> dict[str, Any]:
    """What decides the notes and how they are written, for the manifest."""
    weights = "" if request.task in LOOKING else model_card(request.request.request.model).get("sha256", "")
    return {
        "--task": request.task,
        "--format": request.file_format,
        "seed": request.seed,
        **request.options,
        "weights": weights,
        "ripieno": ripieno.__version__,
    }


class BatchRun:
    """One run over the items."""

    def __init__(self, request: BatchRequest, items: list[Item], manifest: Manifest) -> None:
        self._request, self._items, self._manifest = request, items, manifest
        self._by_key = {item.key: item for item in items}
        self._sources: dict[str, str] = {}  # sha256 of what workers have now
        self._folders = {item.path.parent for item in items if item.path and item.path.parent.is_dir()}
        self._suffixes = {item.key: suffix_of(request, item) for item in items}
        self.report = BatchReport(len(items), manifest.header["seed"])
        self._writer = self._new_writer()

    def go(self, progress: Progress) -> None:
        """Do what is to be done, and write what there is, also where it was stopped."""
        try:
            with delayed_interrupt(alone=True) as interrupt:
                orders = self._orders(interrupt)
                first = next(orders, None)
                if first is not None:
                    left = len(self._items) - self.report.done
                    for outcome in done_by(self._pool(left), chain([first], orders), interrupt):
                        self._take(outcome)
                        progress(self.report.done / len(self._items))
        except KeyboardInterrupt:
            self.report.stopped = True
        except RipienoError as exc:
            self.report.fault = str(exc)
        try:
            self._writer.finish()
            self._write_errors()
            if self._request.file_format == PARQUET:
                self._write_card()
        except RipienoError as exc:
            self.report.fault = self.report.fault or str(exc)

    def _new_writer(self) -> Writer:
        if self._request.file_format == PARQUET:
            from ripieno_bridges.batch.dataset import DatasetWriter

            return DatasetWriter(self._manifest)
        return FileWriter(self._manifest, self._suffixes)

    def plan(self) -> bytes:
        """What the workers do with every item."""
        request = self._request
        return to_bytes(ItemPlan(request.task, request.request, request.file_format == PARQUET))

    def _pool(self, left: int) -> Pool:
        """Workers for so many items."""
        request = self._request
        if request.ray is not None:
            from ripieno_bridges.batch.ray_pool import RayPool

            return RayPool(request.ray, request.workers, self.plan())
        from ripieno_bridges.batch.local_pool import LocalPool

        return LocalPool(min(request.workers or os.cpu_count() or 1, left), self.plan())

    # -- what is to be done --------------------------------------------------------------------------------

    def _orders(self, interrupt: Interrupt) -> Iterator[ItemOrder]:
        """The orders for items that are not done yet. Raises FileError where a folder of scores is gone."""
        reader = ItemReader()
        taken: dict[str, str] = {}
        for item in self._items:
            if interrupt.asked:
                raise KeyboardInterrupt
            if any(ord(sign) in SURROGATES for sign in item.key):  # workers and tables could not take it
                self.report.refused.append(refused(printable(item.key), STRANGE_NAME))
                continue
            if self._request.file_format != PARQUET:
                names = file_names(
                    item.key, self._suffixes[item.key], self._request.request.request.alternatives
                )
                if others := [taken[name] for name in names if name in taken]:
                    fault = f"would be written to the same file as {others[0]}; give one another name"
                    self.report.refused.append(refused(item.key, fault))
                    continue
                taken |= dict.fromkeys(names, item.key)
            try:
                file = reader.read(item)
            except RipienoError as exc:
                self._refuse_unread(item, exc)
                continue
            source, seed = sha256_of(file), seed_of(self.report.seed, item.key)
            before = self._manifest.done.get(item.key)
            if before is not None:
                if before.source == source and are_there(self._manifest.folder, before):
                    self.report.unchanged += 1
                    continue
                self._writer.forget(item.key)
            self._sources[item.key] = source
            yield ItemOrder(item.key, seed, file, self._suffixes[item.key])

    def _refuse_unread(self, item: Item, exc: RipienoError) -> None:
        """Note that a file cannot be read; raise FileError where its whole folder has gone meanwhile."""
        if item.path is not None and item.path.parent in self._folders and not item.path.parent.is_dir():
            raise FileError(printable(str(item.path.parent)), GONE) from exc
        self.report.refused.append(refused(item.key, failure_of(exc).fault or str(exc)))

    # -- what was done -------------------------------------------------------------------------------------

    def _take(self, outcome: ItemOutcome) -> None:
        """Write an outcome, or note that there is none."""
        source = self._sources.pop(outcome.key)
        if isinstance(outcome, ItemRefused):
            self.report.refused.append(outcome)
            return
        assert isinstance(outcome, ItemDone)
        seed = seed_of(self.report.seed, outcome.key)
        self._writer.write(DoneEntry(outcome.key, seed, source, (), outcome.remarks), outcome)
        self.report.made += 1

    def _write_errors(self) -> None:
        """Write the table of errors for other programs; without errors, none."""
        path = self._manifest.folder / ERRORS
        self._manifest.check_there()
        if not self.report.refused:
            with suppress(OSError):
                path.unlink()
            return
        text = io.StringIO()
        table = csv.writer(text)
        table.writerow(("file", "place", "fault", "way out"))
        table.writerows((error.key, error.place, error.fault, error.way_out) for error in self.report.refused)
        with naming_faults(path):
            replace_file(path, text.getvalue().encode())

    def _write_card(self) -> None:
        """Write the card of the data set."""
        from ripieno_bridges.batch.dataset import PARTS, count_rows
        from ripieno_bridges.batch.dataset_card import CARD, card_text

        request, path = self._request, self._manifest.folder / CARD
        text = card_text(
            title=self._manifest.folder.resolve().name,
            task=request.task,
            rows=count_rows(self._manifest.folder),
            errors=len(self.report.refused),
            parts=f"{PARTS}/*.parquet",
            license_id=request.license_id,
            header=self._manifest.header,
            model=model_card(request.request.request.model),
        )
        with naming_faults(path):
            replace_file(path, text.encode())


def suffix_of(request: BatchRequest, item: Item) -> str:
    """How the names of an item's files end."""
    if request.file_format not in (None, PARQUET):
        return FORMATS[request.file_format]
    return NEW_PIECE if item.path is None else result_suffix(item.path)
