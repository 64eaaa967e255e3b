"""Pitches as Live names them: middle C, MIDI 60, is C3 there, and C4 elsewhere in ripieno."""

from __future__ import annotations

import re

from ripieno.errors import RipienoError, ScoreError

PITCH = re.compile(
    r'"[^"]*"|(?<![\w#])([A-G](?:##|#|bb|b)?)(-?\d)(?!\w)'
)  # or what somebody called something


def as_live_names(text: str) -> str:
    """The text with its pitches one octave lower in name: "F#4 and Bb-1" becomes "F#3 and Bb-2".

    What stands in quotation marks stays as it is: the names of clips and tracks.
    """
    return PITCH.sub(lambda found: found[0] if found[1] is None else f"{found[1]}{int(found[2]) - 1}", text)


def rename_pitches(exc: RipienoError) -> None:
    """Change an error so that it names pitches as Live does."""
    exc.args = (as_live_names(str(exc)),)
    if isinstance(exc, ScoreError):
        exc.fault = as_live_names(exc.fault)
