"""The chords of a result, as they are written into its document."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from ripieno.harmony.chord_symbol import tone_of
from ripieno.harmony.harmony import HarmonyForm
from ripieno.harmony.shortest_figures import shortest_figures
from ripieno.results import CadenceKind, ChordLabel, Result
from ripieno.score import Score
from ripieno_bridges.formats.landmarks import chord_word
from ripieno_bridges.formats.musicxml.write_harmony import WrittenHarmony

# As theory books abbreviate them; whole names would push the next numeral out of its line.
CADENCES: dict[CadenceKind, str] = {
    "perfect authentic": "PAC",
    "imperfect authentic": "IAC",
    "plagal": "PC",
    "half": "HC",
    "deceptive": "DC",
}


def written_chords(result: Result, kind: HarmonyForm) -> list[WrittenHarmony]:
    """The chords of an analysed result, each to the next one."""
    assert result.analysis is not None
    spans = list(label_spans(result))
    if kind == "figures":
        return list(figures_under(result.score, spans))
    cadences = {cadence.onset: CADENCES[cadence.kind] for cadence in result.analysis.cadences}
    found = []
    before = None
    for label, end in spans:
        numeral = label.figure if label.key == before else f"{label.key}: {label.figure}"
        before = label.key
        ends = (name for onset, name in cadences.items() if label.onset <= onset < end)
        found.append(WrittenHarmony(label.onset, end, label.symbol, numeral, next(ends, None)))
    return found


def chord_texts(result: Result, kind: HarmonyForm) -> list[tuple[Fraction, str]]:
    """The same as texts with their times in quarters; where figures are wanted, as chord symbols."""
    written = written_chords(result, "symbols" if kind == "figures" else kind)
    numerals = kind == "numerals"
    return [(h.onset, (numerals and h.numeral) or chord_word(h.chord)) for h in written]


def label_spans(result: Result) -> Iterator[tuple[ChordLabel, Fraction]]:
    """Each chord with the time of the next one."""
    assert result.analysis is not None
    labels = result.analysis.chords
    ends = [label.onset for label in labels[1:]] + [result.score.duration]
    yield from zip(labels, ends, strict=True)


def figures_under(score: Score, spans: list[tuple[ChordLabel, Fraction]]) -> Iterator[WrittenHarmony]:
    """The figures under each note of the lowest voice: of its chords, as far as the note belongs to them."""
    lowest = next(voice for voice in reversed(score.voices) if voice.notes)
    for label, end in spans:
        for note in lowest.notes:
            onset, until = max(note.onset, label.onset), min(note.end, end)
            if onset >= until:
                continue
            key = score.measure_at(onset).key
            bass = tone_of(note, key)
            if bass.pitch_class in label.symbol.pitch_classes:
                yield WrittenHarmony(onset, until, figures=shortest_figures(label.symbol.tones, bass, key))
