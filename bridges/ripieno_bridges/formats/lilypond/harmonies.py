"""Chord symbols as LilyPond's chordmode, figured bass as its figuremode."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ripieno.harmony.chord_symbol import ADDED_SEVENTH, MAJOR_SCALE, ChordSymbol
from ripieno.harmony.figured_bass import Figure
from ripieno.harmony.harmony import Harmony
from ripieno_bridges.formats.lilypond.values import length_text, pitch_name
from ripieno_bridges.formats.notation.events import one_value
from ripieno_bridges.formats.notation.notation import Notation

# What follows the root of each kind of chord; those without are written by their tones.
MODIFIERS = {
    **{"major": "", "minor": "m", "augmented": "aug", "diminished": "dim", "dominant": "7"},
    **{"major-seventh": "maj7", "minor-seventh": "m7", "diminished-seventh": "dim7"},
    **{"augmented-seventh": "aug7", "half-diminished": "m7.5-", "major-minor": "m7+"},
    **{"major-sixth": "6", "minor-sixth": "m6", "dominant-ninth": "9", "major-ninth": "maj9"},
    **{"minor-ninth": "m9", "dominant-11th": "11", "major-11th": "maj11", "minor-11th": "m11"},
    **{"dominant-13th": "13.11", "major-13th": "maj13.11", "minor-13th": "m13.11"},
    **{"suspended-second": "sus2", "suspended-fourth": "sus4", "power": "1.5", "pedal": "1"},
}
SIGNS = {-2: "--", -1: "-", 0: "", 1: "+", 2: "++"}
FIGURE_SIGNS = {-2: "--", -1: "-", 0: "!", 1: "+", 2: "++"}


def harmony_measures(
    notation: Notation, harmonies: Sequence[Harmony], text_of: Callable[[Harmony, str], str]
) -> list[str]:
    """The chords or figures of each measure, without barlines; nothing stands where one goes on.

    harmonies: in order, without overlaps. text_of: (one of them, how long) -> its text.
    """
    texts = []
    waiting = list(harmonies)
    for frame in notation.frames:
        measure, words = frame.measure, list[str]()
        time = measure.onset
        while time < measure.end:
            while waiting and waiting[0].onset < time:
                waiting.pop(0)
            starts = waiting[0].onset if waiting else measure.end
            if starts > time:
                end = min(starts, measure.end)
                words.append(f"s{length_text(one_value(end - time))}")
            else:
                after = waiting[1].onset if len(waiting) > 1 else measure.end
                end = min(waiting[0].end, after, measure.end)
                words.append(text_of(waiting.pop(0), length_text(one_value(end - time))))
            time = end
        texts.append(" ".join(words))
    return texts


def chord_of(harmony: Harmony, length: str) -> str:
    """A chord, or its absence, for so long."""
    if harmony.chord is None:
        return f"{'r' if harmony.numeral is None else 's'}{length}"
    return chord_text(harmony.chord, length)


def chord_text(chord: ChordSymbol, length: str) -> str:
    """A chord of chordmode."""
    root = pitch_name(chord.root.step, chord.root.alter)
    bass = chord.bass
    slash = "" if bass is None or bass == chord.root else f"/{pitch_name(bass.step, bass.alter)}"
    modifier = modifier_of(chord)
    if modifier is None:
        return f"<{' '.join(pitch_name(t.step, t.alter) for t in chord.tones[::-1])}>{length}"
    if slash and bass is not None and bass.pitch_class not in {t.pitch_class for t in chord.members.values()}:
        slash = f"/+{slash[1:]}"
    return f"{root}{length}{':' if modifier else ''}{modifier}{slash}"


def modifier_of(chord: ChordSymbol) -> str | None:
    """What follows the root; ``None`` for a kind that LilyPond has no name for."""
    base = MODIFIERS.get(chord.kind)
    if base is None or not chord.degrees:
        return base
    taken = "".join(f"^{degree.value}" for degree in chord.degrees if degree.action == "subtract")
    if base in ("", "m"):  # a triad is told by its tones where more of them follow
        return ".".join(degree_text(chord, value) for value in sorted(chord.members) if value > 1) + taken
    added = [degree_text(chord, d.value) for d in chord.degrees if d.action != "subtract"]
    return ".".join([base, *added]) + taken


def degree_text(chord: ChordSymbol, value: int) -> str:
    """A degree with the alteration that it has in the chord; a seventh without a sign is a minor one."""
    away = chord.members[value].pitch_class - chord.root.pitch_class
    alter = (away - MAJOR_SCALE[(value - 1) % 7] + 6) % 12 - 6
    return f"{value}{SIGNS[alter + (value == ADDED_SEVENTH)]}"


def figures_of(harmony: Harmony, length: str) -> str:
    """Figures over a bass note."""
    if harmony.figures is None:
        return f"s{length}"
    return f"<{' '.join(figure_text(figure) for figure in harmony.figures) or '_'}>{length}"


def figure_text(figure: Figure) -> str:
    """One figure."""
    sign = FIGURE_SIGNS[figure.alter] if figure.alter is not None else ""
    number = "_" if figure.number is None else str(figure.number)
    return f"{number}{sign}" + ("\\\\" if figure.raised else "")
