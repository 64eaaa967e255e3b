"""Notes for two hands, from short text or at random."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from ripieno.piano.hands import hands
from ripieno.score import SIXTEENTH, Note, Score
from ripieno.text.notation import parse_score
from strategies import measures


def played(*lines: str) -> Score:
    """Lines of short text as a score of hands."""
    score = parse_score("\n".join(f"line{i}: {line}" for i, line in enumerate(lines)))
    return replace(score, voices=hands(all_notes(score), score))


def all_notes(score: Score) -> list[Note]:
    return [note for voice in score.voices for note in voice.notes]


RAG = (
    "G5:4 C5:16 E5 G5 E5 A5:8 G5 E5:4",  # a melody
    "C2:8 E4 G2 E4 C2 E4 G2 E4",  # a bass, and above it ...
    "r:8 C4 r C4 r C4 r C4",  # ... the rest of its chords
    "r:8 G3 r G3 r G3 r G3",
)


@st.composite
def rolls(draw: st.DrawFn) -> tuple[list[Note], Score]:
    """What a piano roll may hold: notes of whole 16ths, anywhere."""
    frame = Score((), draw(measures()))
    last = int(frame.duration / SIXTEENTH)
    place = st.tuples(st.integers(0, last - 1), st.integers(1, 12), st.integers(21, 108))
    notes = [
        Note(SIXTEENTH * onset, min(SIXTEENTH * length, frame.duration - SIXTEENTH * onset), pitch)
        for onset, length, pitch in draw(st.lists(place, max_size=40))
    ]
    return notes, frame
