"""False relations: a note in one voice, and right after it the same letter altered in another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ripieno.grid import REST
from ripieno.score import Note
from ripieno.theory.beat_sounds import fifths_of
from ripieno.theory.texture import Texture

ENHARMONIC = 12  # steps on the line of fifths from a note to the same key under another name


def false_relations(texture: Texture) -> Iterator[tuple[int, int, int]]:
    """(row of the second note, the first note's voice, the second note's voice) of each false relation.

    It is none where the altered note comes by a chromatic step in its own voice, where the first voice goes
    on to it, too, where a phrase begins, and where one of the notes fits what sounds with it better under
    another name, as the B flat over F sharp that a program wrote. A letter counts once a row.
    """
    starts = texture.phrase_starts()
    for row in range(1, len(texture.onsets)):
        if starts[row]:
            continue
        before, after = sounding(texture, row - 1), sounding(texture, row)
        seen: set[str] = set()
        for second, note in after.items():
            step = letter(note)
            if texture.notes[row - 1, second] == texture.notes[row, second] or step in seen:
                continue
            for first, earlier in before.items():
                if letter(earlier) != step or alteration(earlier) == alteration(note) or first == second:
                    continue
                own = before.get(second)
                if own is not None and letter(own) == step:
                    continue
                if first in after and letter(after[first]) == step:
                    continue
                if misnamed(earlier, before.values()) or misnamed(note, after.values()):
                    continue
                seen.add(step)
                yield row, first, second
                break


def sounding(texture: Texture, row: int) -> dict[int, Note]:
    """The notes at a row, by voice."""
    return {v: texture.note(row, v) for v, p in enumerate(texture.pitches[row].tolist()) if p != REST}


def misnamed(note: Note, chord: Iterable[Note]) -> bool:
    """Whether a note lies nearer to the notes of its chord, on the line of fifths, under its other name."""
    away = [fifths_of(note) - fifths_of(other) for other in chord]
    other_name = -ENHARMONIC if sum(away) > 0 else ENHARMONIC
    return sum(abs(a + other_name) for a in away if a) < sum(abs(a) for a in away)


def letter(note: Note) -> str:
    """The letter of a note of a texture, "C" of C sharp."""
    assert note.spelling is not None, "a texture's notes are spelled"
    return note.spelling.step


def alteration(note: Note) -> int:
    """The semitones by which a note of a texture is altered."""
    assert note.spelling is not None, "a texture's notes are spelled"
    return note.spelling.alter
