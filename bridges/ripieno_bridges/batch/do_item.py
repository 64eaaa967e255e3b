"""How one item of a batch is done, whoever does it: a process here, or one on another machine."""

from __future__ import annotations

import json
import traceback
from pathlib import Path

from msgspec import structs

from ripieno.errors import RipienoError
from ripieno.tasks.choir import ignore_progress
from ripieno_bridges.api.replies import Failed, failure_of
from ripieno_bridges.api.requests import DocumentRequest
from ripieno_bridges.batch.messages import (
    LOOKING,
    ItemDone,
    ItemOrder,
    ItemOutcome,
    ItemPlan,
    ItemRefused,
    refused,
)
from ripieno_bridges.batch.rows import row_of_result, row_of_score
from ripieno_bridges.service.document_sources import source_of
from ripieno_bridges.service.document_task import do_task
from ripieno_bridges.service.model_runner import ModelRunner
from ripieno_bridges.service.score_report import sung_choir, voice_leading_fields

SEND_IT = "send this file and this line to the makers of ripieno"


def do_item(runner: ModelRunner, plan: ItemPlan, order: ItemOrder) -> ItemOutcome:
    """Do an item; whatever is wrong with it, the next one can be done."""
    try:
        return look_at(plan, order) if plan.task in LOOKING else make(runner, plan, order)
    except RipienoError as exc:
        return refusal(order, failure_of(exc))
    except Exception as exc:  # a document that nobody foresaw
        frame = traceback.extract_tb(exc.__traceback__)[-1]
        where = f"{type(exc).__name__}, {Path(frame.filename).name} line {frame.lineno}"
        return ItemRefused(order.key, "", f"something in it is not understood ({where})", SEND_IT)


def make(runner: ModelRunner, plan: ItemPlan, order: ItemOrder) -> ItemDone:
    """Make music. Raises RipienoError."""
    request = request_for(plan, order)
    done = do_task(runner, request, progress=ignore_progress)
    reply, name = done.reply, None if order.file is None else order.file.name
    if plan.rows:
        rows = tuple(
            row_of_result(
                result,
                number,
                key=order.key,
                source=name,
                task=plan.task,
                seed=reply.seed,
                model=reply.model,
                sha256=reply.sha256,
                remarks=done.remarks,
            )
            for number, result in enumerate(reply.results, 1)
        )
        return ItemDone(order.key, rows=rows, remarks=done.remarks)
    target = Path(f"score{order.suffix}")
    encoded = [done.encode(result, target) for result in reply.results]
    remarks = dict.fromkeys([*done.remarks, *(remark for _, more in encoded for remark in more)])
    return ItemDone(order.key, tuple(data for data, _ in encoded), remarks=tuple(remarks))


def request_for(plan: ItemPlan, order: ItemOrder) -> DocumentRequest:
    """The request of an item."""
    request = structs.replace(plan.request.request, seed=order.seed)
    return structs.replace(plan.request, file=order.file, request=request)


def look_at(plan: ItemPlan, order: ItemOrder) -> ItemDone:
    """Look for faults, and to analyze for chords and cadences, too. Raises RipienoError."""
    from ripieno.theory.analysis import analyse
    from ripieno.theory.rules import faults

    assert order.file is not None, "checked"
    source = source_of(order.file)
    choir, remarks = sung_choir(source)
    found = faults(choir)
    analysis = analyse(choir) if plan.task == "analyze" else None
    name = order.file.name
    if plan.rows:
        row = row_of_score(
            choir,
            key=order.key,
            source=name,
            task=plan.task,
            faults=found,
            analysis=analysis,
            remarks=remarks,
        )
        return ItemDone(order.key, rows=(row,), remarks=tuple(remarks))
    fields = voice_leading_fields(Path(name), choir, found, remarks, analysis, None)
    return ItemDone(order.key, (json.dumps(fields, indent=1).encode(),), remarks=tuple(remarks))


def refusal(order: ItemOrder, failed: Failed) -> ItemRefused:
    """The refusal that a failure is: without the file's name, which its table has in a column."""
    place = failed.place
    where = [] if place is None else [place.part, place.measure and f"measure {place.measure}"]
    if place is not None and place.beat is not None:
        where.append(f"beat {place.beat}")
    fault = failed.fault or failed.text
    return refused(order.key, fault, ", ".join(filter(None, where)))
