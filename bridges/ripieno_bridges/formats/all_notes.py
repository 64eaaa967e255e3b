"""Every note of a source as voices, also where a line of it has chords."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ripieno.errors import ScoreError
from ripieno.piano.hands import LEFT, RIGHT
from ripieno.piano.lines import lines as split_lines
from ripieno.score import Note, Score, Voice
from ripieno_bridges.formats.files import Source
from ripieno_bridges.formats.musicxml.reader import Document
from ripieno_bridges.formats.polyphony import read_polyphony_source
from ripieno_bridges.formats.score_lines import ScoreLine


def with_all_notes(source: Source, data: bytes) -> Source:
    """The source with all notes of its chords in its score, as lines; as it is where it has no chords.

    data: the bytes that it was read from. Each line of a MIDI file with chords becomes several, "Piano line
    1", "Piano line 2"; drums are left out.
    """
    if source.midi_lines:
        drums = [
            f"{line.title}: percussion, which is not in the score" for line in source.lines if line.unpitched
        ]
        score = replace(source.score, voices=all_voices(source.lines))
        return replace(source, score=score, midi_lines=(), remarks=(*source.remarks, *drums))
    if not any(line.chords for line in source.lines):
        return source
    try:
        return read_polyphony_source(Path(source.path), data)
    except ScoreError:  # a quarter tone
        return source


def document_notes(document: Document) -> Score:
    """Every note of a document, a voice or several a line; a part on two staves is a pianist's two hands.

    The score of the document itself where no line has chords, and no part two staves.
    """
    lines, places = document.lines, document.locations
    staves = {
        part: {p.staff for p in places if p.part == part} for part in dict.fromkeys(p.part for p in places)
    }
    piano = next((part for part, found in staves.items() if len(found) == 2), None)
    if piano is None and not any(line.chords for line in lines):
        return document.score
    voices: list[Voice] = []
    hands = dict(zip(sorted(staves[piano], key=str), (RIGHT, LEFT), strict=True)) if piano else {}
    played: dict[str, list[Note]] = {hand: [] for hand in hands.values()}
    for line, place, voice in zip(lines, places, document.score.voices, strict=True):
        if line.unpitched:
            continue
        if place.part == piano:
            played[hands[place.staff]] += line.every_note
        elif line.chords:
            voices += split_lines(line.every_note, f"{voice.name} line")
        else:
            voices.append(voice)
    for hand, notes in played.items():
        voices += split_lines(notes, hand)
    return replace(document.score, voices=tuple(voices))


def all_voices(read: Sequence[ScoreLine]) -> tuple[Voice, ...]:
    """Every note of a MIDI file's lines, as voices; a line with chords is several."""
    found: list[Voice] = []
    for line in read:
        if line.chords:
            found += split_lines(line.every_note, f"{line.part} line")
        elif not line.unpitched:
            found.append(Voice(f"{line.part}, {line.place}" if line.place else line.part, line.notes))
    return tuple(found)
