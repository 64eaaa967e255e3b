"""The report card as a page: one HTML file with its pictures and its sound, for any browser."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files

from ripieno.errors import count_text
from ripieno.learning.judgement import ALIKE, NOT, PARTLY, TAKEN
from ripieno.learning.pictures import (
    INTERVALS,
    draw_learning,
    draw_ranges,
    draw_score,
    draw_shares,
)
from ripieno.learning.report_card import Compared, ReportCard
from ripieno.learning.traits import CHOIR, PIANO
from ripieno.training.plots import Log
from ripieno_bridges.corpora.build import Skipped
from ripieno_bridges.learning.examples import ExamplePiece, played_notes

PAGE, STYLE, SCRIPT = "report.html", "report.css", "report.js"
MARKS = {TAKEN: "good", PARTLY: "some", NOT: "none", ALIKE: "same"}
EVERY_KEY = "Keys are no part of a style that is learned: it works in every key."
KEY_NOTES = {CHOIR: "By the last chord.", PIANO: "By the signature and the chords."}
INTERVAL_NOTES = {
    CHOIR: "By how much voices move from note to note.",
    PIANO: "By how much the highest notes of the right hand and the lowest of the left hand move.",
}
SAME_START = {
    CHOIR: "Both harmonized held-out melodies, where there are any, and composed with the same start.",
    PIANO: "Both composed with the same start.",
}
CHORD_NOTES = {
    CHOIR: "What sounds on each quarter, by the notes above the bass.",
    PIANO: "The chord of each half measure, by the name that it has where the key note is C.",
}


def report_page(
    card: ReportCard,
    left_out: Sequence[Skipped],
    remarks: Sequence[str],
    examples: Sequence[ExamplePiece],
    log: Log,
    score_metrics: Sequence[str],
) -> str:
    """The whole page."""
    parts = [
        f"<h1>{escape(card.name)}</h1>",
        f'<p class="judgement">{escape(card.judgement)}</p>',
        *sources(card, left_out, remarks),
        *figures(card),
        *traits(card),
        "<h2>Ranges</h2><p>The thick part of a line holds nine tenths of the notes.</p>",
        picture(draw_ranges(card), "The range of each voice"),
        f"<h2>Keys</h2><p>{KEY_NOTES[card.plays]} {EVERY_KEY}</p>",
        picture(draw_shares(card.keys), "How often each key is there"),
        f"<h2>Intervals</h2><p>{INTERVAL_NOTES[card.plays]}</p>",
        picture(draw_shares(card.intervals, INTERVALS), "How often each interval is there"),
        f"<h2>Chords</h2><p>{CHORD_NOTES[card.plays]}</p>",
        picture(draw_shares(card.chords), "How often each chord is there"),
        "<h2>Three examples</h2>",
        *(part for number, made in enumerate(examples) for part in example_part(number, made)),
        "<h2>While it learned</h2><p>The figures of the held-out music; the best weights are kept.</p>",
        picture(draw_learning(log, score_metrics), "The figures of the held-out music over the steps"),
        *usage(card),
    ]
    notes = json.dumps([played_notes(made.score) for made in examples])
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(card.name)}: report card</title>\n<style>\n{part_of_page(STYLE)}</style>\n"
        f"<main>\n{chr(10).join(parts)}\n</main>\n"
        f"<script>\nconst EXAMPLES = {notes};\n{part_of_page(SCRIPT)}</script>\n</html>\n"
    )


def part_of_page(name: str) -> str:
    """A file of this folder that is put into the page."""
    return files("ripieno_bridges.learning").joinpath(name).read_text("utf-8")


def picture(svg: bytes, description: str) -> str:
    """A picture inside the page."""
    data = b64encode(svg).decode("ascii")
    return f'<img src="data:image/svg+xml;base64,{data}" alt="{escape(description)}">'


def sources(card: ReportCard, left_out: Sequence[Skipped], remarks: Sequence[str]) -> Iterable[str]:
    """What it learned from, what was held out, and what was left out."""
    yield "<h2>What it learned from</h2>"
    learned, held_out = count_text(len(card.learned), "piece"), count_text(len(card.held_out), "piece")
    were = "was" if len(card.held_out) == 1 else "were"
    yield (
        f"<p>It began with <b>{escape(card.parent)}</b> ({escape(card.reason)}) "
        f"and learned from {learned}. {held_out} {were} "
        f"held out to judge by: {escape('; '.join(card.held_out))}.</p>"
    )
    yield folded(f"{learned} it learned from", card.learned)
    early = f", of {card.max_steps} at the most" if card.steps < card.max_steps else ""
    yield f"<p>It took {count_text(card.steps, 'step')}{early}, in {max(1, round(card.minutes))} min.</p>"
    if left_out:
        files = [f"{entry.file}: {entry.reason}" for entry in left_out]
        yield folded(f"{count_text(len(left_out), 'file')} left out", files)
    if remarks:
        yield folded(count_text(len(remarks), "remark"), remarks)


def folded(title: str, lines: Sequence[str]) -> str:
    """A list that opens when its title is clicked."""
    rows = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<details><summary>{escape(title)}</summary><ul>{rows}</ul></details>"


def figures(card: ReportCard) -> Iterable[str]:
    """How much better it is than its parent."""
    parent = escape(card.parent)
    yield f"<h2>Beside {parent}</h2><table>"
    yield f"<tr><th></th><th>{parent}</th><th>{escape(card.name)}</th><th></th></tr>"
    yield from rows("On the held-out music (lower is better)", card.held_out_figures, lower=True)
    yield from rows("On music that it learned from (lower is better)", card.learned_figures, lower=True)
    yield from rows(
        "Held-out melodies harmonized: as in your own (higher is better)", card.agreement, lower=False
    )
    yield "</table>"


def rows(title: str, compared: Sequence[Compared], *, lower: bool) -> Iterable[str]:
    """Figures of one kind as rows of a table."""
    if compared:
        yield f'<tr><th colspan="4" class="group">{escape(title)}</th></tr>'
    for one in compared:
        better = (one.mine < one.parent) == lower and one.mine != one.parent
        change = "" if not one.parent else f"{100 * (one.mine / one.parent - 1):+.0f} %"
        cells = [figure_text(one.parent, lower=lower), figure_text(one.mine, lower=lower)]
        yield (
            f"<tr><td>{escape(one.name)}</td><td>{cells[0]}</td><td>{cells[1]}</td>"
            f'<td class="{"good" if better else "none"}">{change}</td></tr>'
        )


def figure_text(figure: float, *, lower: bool) -> str:
    """A figure, a share in percent."""
    return f"{figure:.3f}" if lower else f"{100 * figure:.0f} %"


def traits(card: ReportCard) -> Iterable[str]:
    """What it has taken over."""
    yield (
        "<h2>What it has taken over</h2><p>How far music by either model is from yours, 0 (alike) to 1. "
        f"{SAME_START[card.plays]} "
        "Sure: in how many of 200 draws of these pieces the new model is the nearer one. Alike before: the "
        "parent was as near to your pieces already as they are to one another.</p><table>"
    )
    yield (
        f"<tr><th></th><th>{escape(card.parent)}</th><th>{escape(card.name)}</th><th>sure</th>"
        "<th>your pieces among themselves</th><th></th></tr>"
    )
    for one in card.traits:
        own = "" if one.among_yours is None else f"{one.among_yours:.2f}"
        yield (
            f"<tr><td>{escape(one.name)}</td><td>{one.parent:.2f}</td><td>{one.mine:.2f}</td>"
            f'<td>{one.nearer:.0%}</td><td>{own}</td><td class="{MARKS[one.verdict]}">{one.verdict}</td></tr>'
        )
    yield "</table>"
    if card.plays == CHOIR:
        yield (
            "<p>When it harmonizes, the plan of chords still comes from ripieno's planner, which does not "
            "learn from your pieces: --chords and --numerals say what you want.</p>"
        )


def example_part(number: int, made: ExamplePiece) -> Iterable[str]:
    """An example with its sound, its picture, and what it has in common with the pieces."""
    yield f"<h3>{number + 1}. {escape(made.title)}</h3>"
    yield (
        f'<p><button type="button" data-example="{number}">Play</button> '
        f'<a href="{escape(made.file)}">{escape(made.file)}</a> (seed {made.seed})</p>'
    )
    yield picture(draw_score(made.score), f"Example {number + 1} as a piano roll")
    yield f"<p>{escape(made.originality or 'Nothing is known about its originality.')}</p>"


def usage(card: ReportCard) -> Iterable[str]:
    """How the model is used and shared."""
    name = escape(card.name)
    lines = [
        f"ripieno harmonize melody.musicxml --model {name}",
        f"ripieno compose --model {name}",
        f"ripieno models export {name}",
    ]
    yield "<h2>To use it</h2>"
    yield "<p>It is in the lists of models of the page, of MuseScore, Max and OSC, and here:</p>"
    yield f"<pre>{chr(10).join(lines)}</pre>"
