"""Which lines of a score are which voices, for programs that read their score themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from ripieno.ensembles.ensemble import Ensemble
from ripieno.ensembles.read import MIXED_CHOIR
from ripieno.errors import RequestError, ScoreError
from ripieno.score import Key, Measure, Meter, Note, Score, Voice
from ripieno_bridges.formats.note_lists import MAX_NOTES
from ripieno_bridges.formats.score_lines import ScoreLine
from ripieno_bridges.formats.voice_assignment import Choir, assign_voices
from ripieno_bridges.http_server.build_response import listed_ensemble
from ripieno_bridges.http_server.parse_request import ensemble_of
from ripieno_bridges.http_server.request_models import (
    DEFAULT_TICKS,
    MAX_LINES,
    MAX_NAME,
    DrawnLine,
    LinesBody,
    parse_body,
)
from ripieno_bridges.http_server.response_models import AssignedLine, LinesAnswer

MAX_NOTES_IN_ALL = 100_000
MOST = (MAX_LINES - 1, MAX_LINES, MAX_NOTES)  # of part_number (from 0), staff and chords


def assign_lines(data: bytes) -> LinesAnswer:
    """The voices of the lines in a body. Raises RequestError for what is no line, and no ensemble."""
    body = parse_body(data, LinesBody)
    check_lines(body.lines)
    read, named = tuple(score_lines(body.lines)), ensemble_of(body)
    info = None if named is None else listed_ensemble(named.name)
    try:
        choir = choir_of(read, named)
    except ScoreError as exc:
        left = tuple(AssignedLine(voice=None, left=exc.fault) for _ in read)
        return LinesAnswer(lines=left, melody=0, ensemble=info)
    if choir.ensemble != MIXED_CHOIR:
        info = listed_ensemble(choir.ensemble.name)
    voice_of = {line: voice for voice, line in choir.lines.items() if line is not None}
    found = tuple(AssignedLine(voice=voice_of.get(i), left=choir.left.get(i)) for i in range(len(read)))
    return LinesAnswer(lines=found, melody=melody_of(choir), ensemble=info)


def choir_of(lines: Sequence[ScoreLine], named: Ensemble | None) -> Choir:
    """The lines as the voices of an ensemble. named: None for the one that the parts are named after."""
    end = max((line.notes[-1].end for line in lines if line.notes), default=Fraction(4))
    measure = Measure("1", Fraction(0), end, Meter(4, 4), Key())  # the rule asks for no barlines
    score = Score(tuple(Voice(line.title, line.notes) for line in lines), (measure,))
    return assign_voices(score, lines=lines, ensemble=named)


def melody_of(choir: Choir) -> int:
    """The index of the line to begin with: the melody of the ensemble, else its highest voice with notes."""
    lines = [choir.lines[choir.ensemble.melody], *choir.lines.values()]
    there = [line for line in lines if line is not None]
    return next((line for line in there if choir.read[line].sings), there[0] if there else 0)


def check_lines(lines: Sequence[DrawnLine]) -> None:
    """Raise RequestError for lines that no score has."""
    if not 1 <= len(lines) <= MAX_LINES:
        raise RequestError(f"{len(lines)} lines cannot be read; send 1 to {MAX_LINES}")
    if sum(len(line.notes) for line in lines) > MAX_NOTES_IN_ALL:
        raise RequestError(f"more than {MAX_NOTES_IN_ALL} notes; send fewer measures")
    for line in lines:
        if len(line.part) > MAX_NAME:
            raise RequestError(f"a part's name is longer than {MAX_NAME} letters; shorten it")
        numbers = (line.part_number - 1, line.staff, line.chords)
        if any(not 0 <= number <= most for number, most in zip(numbers, MOST, strict=True)):
            raise RequestError(
                f'the line "{line.part}" is in no score; part_number is 1 to {MAX_LINES}, staff 0 to '
                f"{MAX_LINES}, chords 0 to {MAX_NOTES}"
            )
        if any(not 0 <= pitch <= 127 or ticks < 1 for pitch, ticks in line.notes):
            raise RequestError(
                f'the line "{line.part}" has a note that cannot be; a note is [pitch, ticks], '
                "0 to 127 and 1 or more"
            )


def score_lines(lines: Sequence[DrawnLine]) -> Iterator[ScoreLine]:
    """The lines as the rule reads them, one note after the other."""
    key = Key()
    for i, line in enumerate(lines):
        notes, onset = [], Fraction(0)
        for pitch, ticks in line.notes:
            length = Fraction(ticks, DEFAULT_TICKS)
            notes.append(Note(onset, length, pitch, key.spell(pitch)))
            onset += length
        yield ScoreLine(
            part=line.part,
            part_number=line.part_number,
            number=1 + sum(other.part_number == line.part_number for other in lines[:i]),
            staff=line.staff,
            rank=sum(other.staff == line.staff for other in lines[:i]),
            notes=tuple(notes),
            lowest=tuple(notes),
            every_note=tuple(notes),
            chords=(0,) * min(line.chords, len(notes)),
            words=line.words,
        )
