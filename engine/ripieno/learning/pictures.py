"""The pictures of a report card, as SVG."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ripieno.learning.report_card import MINE, PARENT_PIECES, YOURS, ReportCard, VoiceRange
from ripieno.score import Key, Score, Voice
from ripieno.training.plots import Log, draw_curve, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLORS = {YOURS: "#1b6ca8", MINE: "#d1641f", PARENT_PIECES: "#9aa3ab"}
VOICE_COLORS = ("#c0392b", "#d68910", "#1e8449", "#1b4f8f")
# The names of figures that do not say enough.
CURVES = {
    "nats_a_note": "nats a note, where its plan is known",
    "nats_a_note_untold": "nats a note, nothing known",
}
MIN_PLACES = 8
MAX_BARS = 12  # kinds of chords, or keys; the others are left out
OCTAVE = 12
INTERVALS = (
    *("repeated", "minor 2nd", "major 2nd", "minor 3rd", "major 3rd", "fourth", "tritone", "fifth"),
    *("minor 6th", "major 6th", "minor 7th", "major 7th", "octave or more"),
)


def draw_ranges(card: ReportCard) -> bytes:
    """Where the notes of each voice lie: nine tenths of them in the thick line."""
    voices = list(dict.fromkeys(r.voice for r in card.ranges))
    figure = new_figure(7, 0.75 * len(voices) + 1)
    axes = figure.add_subplot()
    sets = [of for of in COLORS if any(r.of == of for r in card.ranges)]
    for r in card.ranges:
        y = -voices.index(r.voice) - 0.22 * (sets.index(r.of) - (len(sets) - 1) / 2)
        draw_range(axes, r, y)
    lowest, highest = min(r.lowest for r in card.ranges), max(r.highest for r in card.ranges)
    octaves = [p for p in range(lowest - 6, highest + 7) if p % OCTAVE == 0]
    axes.set_xticks(octaves, [f"C{p // OCTAVE - 1}" for p in octaves])
    axes.set_xlim(lowest - OCTAVE / 2, highest + OCTAVE / 2)  # room for the names of the ends
    axes.set_yticks([-i for i in range(len(voices))], voices)
    axes.grid(axis="x", color="0.9")
    for of in sets:
        axes.plot([], [], color=COLORS[of], linewidth=4, label=of)
    return finish(figure, axes)


def draw_range(axes: Axes, r: VoiceRange, y: float) -> None:
    """A range as a thin line with a thick middle, and its ends by name."""
    axes.plot([r.lowest, r.highest], [y, y], color=COLORS[r.of], linewidth=1)
    axes.plot([r.low, r.high], [y, y], color=COLORS[r.of], linewidth=5, solid_capstyle="butt")
    if r.of == YOURS:
        for pitch, side, shift in ((r.lowest, "right", -3), (r.highest, "left", 3)):
            axes.annotate(
                str(Key().spell(pitch)), (pitch, y), (shift, 0), textcoords="offset points",
                ha=side, va="center", fontsize=8, color=COLORS[r.of],
            )  # fmt: skip


def draw_shares(shares: dict[str, dict[str, float]], names: Sequence[str] | None = None) -> bytes:
    """How often each thing is there in each set of pieces: bars side by side.

    names: the labels of all things in their order; None takes the names that are most frequent.
    """
    sets = [of for of in COLORS if shares.get(of)]
    sums: dict[str, float] = {}
    for of in sets:
        for name, share in shares[of].items():
            sums[name] = sums.get(name, 0) + share
    kinds = list(sums) if names is not None else sorted(sums, key=lambda name: -sums[name])[:MAX_BARS]
    if names is not None:
        kinds = sorted(kinds, key=int)
    figure = new_figure(7, 3.2)
    axes = figure.add_subplot()
    width = 0.8 / max(1, len(sets))
    for i, of in enumerate(sets):
        places = [k + (i - (len(sets) - 1) / 2) * width for k in range(len(kinds))]
        axes.bar(places, [100 * shares[of].get(kind, 0) for kind in kinds], width, color=COLORS[of], label=of)
    labels = kinds if names is None else [names[int(kind)] for kind in kinds]
    axes.set_xticks(range(len(kinds)), labels, rotation=35, ha="right", rotation_mode="anchor")
    if len(kinds) < MIN_PLACES:  # few bars stay bars
        axes.set_xlim(-0.5, MIN_PLACES - 0.5)
    axes.set_ylabel("percent")
    return finish(figure, axes)


def draw_learning(lines: Log, score_metrics: Sequence[str]) -> bytes:
    """The figures of the held-out pieces while the network learned."""
    figure = new_figure(7, 2.8)
    axes = figure.add_subplot()
    for name in score_metrics:
        draw_curve(axes, lines, name, CURVES.get(name, name.replace("_", " ")))
    axes.set_xlabel("step")
    axes.set_ylabel("lower is better")
    return finish(figure, axes)


def draw_score(score: Score) -> bytes:
    """A score as a piano roll: time to the right, pitch upwards, a colour a voice, or a hand."""
    figure = new_figure(7, 2.4)
    axes = figure.add_subplot()
    players = list(dict.fromkeys(player_of(voice) for voice in score.voices))
    for voice in score.voices:
        spans = [(float(n.onset), float(n.duration) - 0.06) for n in voice.notes]
        color = VOICE_COLORS[players.index(player_of(voice)) % len(VOICE_COLORS)]
        for (onset, length), note in zip(spans, voice.notes, strict=True):
            axes.plot(
                [onset, onset + length], [note.pitch] * 2, color=color, linewidth=3.5, solid_capstyle="butt"
            )
    for color, player in zip(VOICE_COLORS, players, strict=False):
        axes.plot([], [], color=color, linewidth=3.5, label=player)
    for measure in score.measures:
        axes.axvline(float(measure.onset), color="0.85", linewidth=0.8, zorder=0)
    pitches = [note.pitch for voice in score.voices for note in voice.notes] or [60]
    octaves = [p for p in range(min(pitches) - 3, max(pitches) + 4) if p % OCTAVE == 0]
    axes.set_yticks(octaves, [f"C{p // OCTAVE - 1}" for p in octaves])
    axes.set_xticks([float(m.onset) for m in score.measures], [m.number for m in score.measures])
    return finish(figure, axes, outside=True)


def player_of(voice: Voice) -> str:
    """A voice's name without its number: "right hand 2" is the right hand's second line."""
    return voice.name.rstrip(" 0123456789")


def finish(figure: Figure, axes: Axes, *, outside: bool = False) -> bytes:
    """The SVG of a figure with its legend."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    if outside:
        figure.legend(loc="outside upper right", ncols=4, frameon=False, fontsize=8)
    else:
        axes.legend(frameon=False, fontsize=8)
    out = io.BytesIO()
    with rc_context({"svg.hashsalt": "ripieno"}):  # the same figures give the same bytes
        FigureCanvasSVG(figure).print_figure(out, format="svg", metadata={"Date": None})
    return out.getvalue()
