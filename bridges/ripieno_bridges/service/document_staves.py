"""Which staff of a resulting document each voice has."""

from __future__ import annotations

from collections.abc import Sequence

from ripieno.ensembles.ensemble import Ensemble
from ripieno.piano.hands import LEFT, RIGHT
from ripieno_bridges.formats.musicxml.reader import list_staves
from ripieno_bridges.formats.musicxml.safe_xml import UTF8, parse_safely
from ripieno_bridges.service.document_sources import NEW_NAME
from ripieno_bridges.service.document_task import TaskResult


def staves_of(data: bytes, done: TaskResult) -> dict[str, int]:
    """The staff of each voice or hand in a resulting document, counted from 0 at the top. data: UTF-8."""
    staves = list_staves(parse_safely(data, UTF8, NEW_NAME.name))
    before = done.document
    if before is None:
        return new_staves(staves[:-2] if done.has_reduction else staves, done.ensemble)
    old = {part for part, _ in list_staves(before.xml.root)}
    new = [i for i, (part, _) in enumerate(staves) if part not in old]
    if done.job is None:
        return {RIGHT: new[0], LEFT: new[1]}
    seats = {name: before.locations[line] for name, line in done.job.choir.lines.items() if line is not None}
    places = {name: staves.index((seat.part, seat.staff)) for name, seat in seats.items()}
    written = {voice.name for result in done.reply.results for voice in result.score.voices if voice.notes}
    missing = [name for name in done.ensemble.names if name in written and name not in places]
    if done.has_reduction:
        new = new[:-2]  # of the piano, which stands below the choir
    if len(new) == len(missing):
        return places | dict(zip(missing, new, strict=True))
    shared = {1: min(places.values(), default=0), 2: new[-1] if new else 0}
    return {voice.name: shared[voice.staff] for voice in done.ensemble.voices if new} | places


def new_staves(staves: Sequence[tuple[str, str | None]], ensemble: Ensemble) -> dict[str, int]:
    """The staff of each voice or hand in a new score: a staff a voice, two for all, or two hands.

    staves: see ``list_staves``. A piano part has two; it is the last part where a melody stands above it.
    """
    many = len(staves)
    if staves[-1][1] is not None:
        return {RIGHT: many - 2, LEFT: many - 1}
    if many == len(ensemble.names):
        return dict(zip(ensemble.names, range(many), strict=True))
    return {voice.name: voice.staff - 1 for voice in ensemble.voices} if many == 2 else {}
