"""The tracks of a project: a voice each, or a hand, with its name and colour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ripieno.errors import RipienoError
from ripieno.score import Note, Score
from ripieno_bridges.formats.midi.writer import parts
from ripieno_bridges.formats.musicxml.reader import Document
from ripieno_bridges.formats.voice_assignment import assign_voices

COLOURS = ("#d1495b", "#edae49", "#66a182", "#2e6f95", "#8d6a9f", "#5c6b73")  # from high to low, then again


@dataclass(frozen=True, slots=True)
class ProjectTrack:
    """A track. colour: as #rrggbb. notes: in order."""

    name: str
    colour: str
    notes: tuple[Note, ...]


def project_tracks(document: Document, score: Score) -> list[ProjectTrack]:
    """The tracks of a document's notes. score: all of them; hands are a track each."""
    names = names_of_voices(document, score)
    found = []
    for place, (name, _, voices) in enumerate(parts(score)):
        notes = sorted((n for voice in voices for n in voice.notes), key=lambda n: (n.onset, n.pitch))
        shown = names.get(voices[0].name, " ".join(name.split()))
        found.append(ProjectTrack(shown, COLOURS[place % len(COLOURS)], tuple(notes)))
    return found


def names_of_voices(document: Document, score: Score) -> dict[str, str]:
    """The names of voices that share a part, by those in the score: "Alto" for "Soprano, voice 2"."""
    if score is not document.score:
        return {}
    try:
        lines = assign_voices(score, lines=document.lines).lines
    except RipienoError:  # no voices of a choir
        return {}
    shared = shared_parts([document.locations[i].part for i in range(len(score.voices))])
    return {
        score.voices[line].name: name.capitalize()
        for name, line in lines.items()
        if line is not None and document.locations[line].part in shared
    }


def shared_parts(parts_of_lines: Sequence[str]) -> set[str]:
    """The parts on which several lines stand."""
    return {part for part in parts_of_lines if parts_of_lines.count(part) > 1}
