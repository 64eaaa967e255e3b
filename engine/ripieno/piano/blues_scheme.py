"""The twelve-bar scheme: how many measures of some music stand on the chord that a blues has there."""

from __future__ import annotations

from collections.abc import Sequence
from operator import contains

from ripieno.piano.blues import CHORDS, FORMS

CHORUS = 12  # measures


def measures_on_scheme(roots: Sequence[int | None], mode: str) -> int:
    """How many measures have a root that a twelve-bar blues has there.

    roots: of each measure's chord, in semitones above the key note; None for silence. The forms are those of
    ``piano.blues``: I, IV and V with their usual variants. Each chorus is compared with all of them in its
    mode, and the most like counts. A piece's last measure may be the tonic, too.
    """
    hits = 0
    for start in range(0, len(roots), CHORUS):
        chorus = roots[start : start + CHORUS]
        forms = form_roots(mode)
        if start + CHORUS >= len(roots):
            forms = [[*form[: len(chorus) - 1], {0, *form[len(chorus) - 1]}] for form in forms]
        hits += max(sum(map(contains, form, chorus)) for form in forms)
    return hits


def form_roots(mode: str) -> list[list[set[int]]]:
    """The roots that each measure of each form may have, in semitones above the key note."""
    return [
        [{CHORDS[name][0] for name in word.split(",")} for word in form.split()]
        for form in FORMS[mode].values()
    ]
