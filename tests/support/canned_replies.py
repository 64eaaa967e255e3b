"""Replies that every ear can check."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from ripieno.results import Result
from ripieno.score import Note, Voice
from ripieno_bridges.api.replies import Reply
from ripieno_bridges.api.requests import Request


def parallel(request: Request) -> Reply:
    """An answer that every ear can check: thirds below the melody, or one long note after it."""
    score = request.score
    soprano, alto, *rest = score.voices
    if request.task == "harmonize":
        thirds = tuple(replace(note, pitch=note.pitch - 4) for note in soprano.notes)
        voices = (soprano, Voice("alto", thirds), *rest)
        new = (Voice("soprano"), voices[1], *rest)
    else:
        last = Note(score.duration, request.bars * Fraction(4), soprano.notes[-1].pitch + 1)
        voices = new = (Voice("soprano", (last,)), alto, *rest)
    result = Result(replace(score, voices=voices), new, 0.0, 0)
    return Reply(results=(result,), seed=7, model="lstm-chorales", sha256="", milliseconds=0)
