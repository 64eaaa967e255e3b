"""Figured bass: what the figures over a bass note mean.

(C. P. E. Bach, Versuch über die wahre Art das Clavier zu spielen II, Berlin 1762.)
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure.

    number: 2 to 13, steps above the bass counted from 1; None for an accidental alone, which is the third's.
    alter: of the tone, in semitones, as its accidental says; None as the key signature has it. raised: a
    semitone higher than the signature has it, which a stroke through the figure means. held: a line, the tone
    of the figures before goes on.
    """

    number: int | None = None
    alter: int | None = None
    raised: bool = False
    held: bool = False
