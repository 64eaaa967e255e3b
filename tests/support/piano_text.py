"""Piano music from short text, as its measures of quality read it."""

from __future__ import annotations

from ripieno.evaluation.piano_music import PianoMusic, piano_music
from ripieno.grid import score_to_grid
from ripieno.text.notation import parse_score

# Two beats of a rag in C and on G, one measure each: a bass, a chord above it, and a melody.
ON_C = ("E5:4 C5", "C3:8 E4 G2 E4", "r:8 C4 r C4", "r:8 G3 r G3")
ON_G = ("D5:4 B4", "G2:8 G4 D3 G4", "r:8 D4 r D4", "r:8 B3 r B3")
ON_F = ("A4:4 C5", "F2:8 A3 C3 A3", "r:8 C4 r C4", "r:8 F4 r F4")
SILENT = ("r:2", "r:2", "r:2", "r:2")


def music_of(*lines: str) -> PianoMusic:
    """Lines of short text, the first with barlines and marks."""
    return piano_music(
        score_to_grid(parse_score("\n".join(f"line{i}: {x}" for i, x in enumerate(lines)))), "x"
    )


def measures_of(*measures: tuple[str, ...], marks: str = "[2/4]") -> PianoMusic:
    """Measures of four lines each, one after the other."""
    first, *others = zip(*measures, strict=True)
    return music_of(f"{marks} {' | '.join(first)}", *(" ".join(line) for line in others))
