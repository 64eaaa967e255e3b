"""The music of one voice, measure by measure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from ripieno_bridges.formats.lilypond.frames import barline_text, measure_words, number_words
from ripieno_bridges.formats.lilypond.spanners import Joins
from ripieno_bridges.formats.lilypond.values import heads_text, length_text, quoted
from ripieno_bridges.formats.notation.events import one_value
from ripieno_bridges.formats.notation.notation import (
    ClefChange,
    GraceNotes,
    NotatedEvent,
    NotatedMark,
    NotatedStaff,
    Notation,
    place_at,
)
from ripieno_bridges.formats.notation.tuplets import tuplets_of

SIGNS = {
    **{"accent": "\\accent", "strong-accent": "\\marcato", "staccato": "\\staccato", "tenuto": "\\tenuto"},
    **{"detached-legato": "\\portato", "staccatissimo": "\\staccatissimo", "trill-mark": "\\trill"},
    **{"turn": "\\turn", "inverted-turn": "\\reverseturn", "mordent": "\\mordent"},
    **{"inverted-mordent": "\\prall", "up-bow": "\\upbow", "down-bow": "\\downbow"},
    **{"arpeggiate": "\\arpeggio", "fermata": "\\fermata", "fermata-below": "_\\fermata"},
}
AFTER = {"breath-mark": "\\breathe", "caesura": "\\caesura"}  # which stand behind the note
CLEFS = {
    **{
        ("G", 2): "treble",
        ("G", 1): "french",
        ("F", 4): "bass",
        ("F", 3): "varbaritone",
        ("F", 5): "subbass",
    },
    **{
        ("C", 1): "soprano",
        ("C", 2): "mezzosoprano",
        ("C", 3): "alto",
        ("C", 4): "tenor",
        ("C", 5): "baritone",
    },
}
OWN_DYNAMICS = {
    *("pppp", "ppp", "pp", "p", "mp", "mf", "f", "ff", "fff", "ffff"),
    *("fp", "sf", "sff", "sp", "spp", "sfz", "rfz", "fz"),
}  # those that LilyPond has


def clef_text(clef: ClefChange) -> str:
    """A clef, with the small 8 where it has one."""
    name = CLEFS.get((clef.sign, clef.line), "treble")
    octave = {-1: "_8", 1: "^8"}.get(clef.octaves, "")
    return f'\\clef "{name}{octave}"' if octave else f"\\clef {name}"


class VoiceWriter:
    """Writes one line of a staff.

    place: of the line on its staff. leads: whether the marks of the whole score stand here, too. octave: that
    of a C without a mark. switches: the words that give the line its stems, by measure. spacers: the grace
    notes that another line has at the beginning of a measure, as skips, so that barlines stay together.
    """

    def __init__(
        self,
        notation: Notation,
        staff: NotatedStaff,
        place: int,
        *,
        octave: int,
        leads: bool,
        sings: bool,
        switches: dict[int, str],
        spacers: dict[int, str],
    ) -> None:
        self.notation, self.staff, self.line = notation, staff, staff.lines[place]
        self.first, self.leads, self.sings, self.octave = place == 0, leads, sings, octave
        self.switches, self.spacers = switches, spacers
        self.joins = Joins(self.line)
        if self.first:
            self.joins.add_hairpins(staff.marks)
        self.numbers = number_words(notation.frames) if leads else {}

    def measures(self) -> list[str]:
        """The text of each measure, without its barline."""
        return [self.measure(index) for index in range(len(self.notation.frames))]

    def measure(self, index: int) -> str:
        """One measure."""
        frames = self.notation.frames
        words = [self.numbers[index]] if index in self.numbers else []
        words += measure_words(frames, self.staff.keys, index)
        if index in self.switches:
            words.append(self.switches[index])
        events = self.line.measures[index]
        marks = self.marks_at(index, events)
        clefs = (
            [c for c in self.staff.clefs if c.measure == index and (index or c.onset)] if self.first else []
        )
        if index in self.spacers and not (events and events[0].graces):
            words.append(self.spacers[index])
        tuplets = tuplets_of(events)
        starts, ends = {tuplet.start for tuplet in tuplets}, {tuplet.stop - 1 for tuplet in tuplets}
        for place, event in enumerate(events):
            due = [clef for clef in clefs if clef.onset <= event.onset]
            words += [clef_text(clef) for clef in due]
            clefs = clefs[len(due) :]
            here = marks.get(place, [])
            inside = [m for m in here if m.kind == "tempo" and m.onset > event.onset]
            words += self.words_before(event, [m for m in here if m not in inside])
            if place in starts:
                actual, normal = event.value.ratio
                words.append(f"\\tuplet {actual}/{normal} {{")
            words.append(with_tempos(self.event(index, place, event, here), event, inside))
            if place in ends:
                words.append("}")
        words += [clef_text(clef) for clef in clefs]
        bar = barline_text(frames, index)
        return " ".join([*words, bar] if bar else words)

    # -- an event ------------------------------------------------------------------------------------------

    def event(self, index: int, place: int, event: NotatedEvent, marks: Sequence[NotatedMark]) -> str:
        """A note, chord or rest with all that stands at it."""
        length = length_text(event.value)
        posts = [p for mark in marks for p in self.mark(mark)]
        posts += self.joins.hairpins.get((index, place), [])
        if not event.heads:
            # in a measure that is shorter than its meter LilyPond takes no rest of a full measure
            full = event.full_measure and event.duration >= self.notation.frames[index].measure.meter.length
            rest = "s" if event.hidden else "R" if full else "r"
            rest_text = f"{rest}{length}"
            if rest in "Rs" and posts:  # what they cannot bear stands at an empty chord before them
                rest_text = f"<>{''.join(posts)} {rest_text}"
                posts = []
            return f"{rest_text}{self.signs(event)}{''.join(posts)}"
        heads, tie = self.joins.ties_at(index, place, event)
        after = "".join(f" {AFTER[sign]}" for sign in event.marks if sign in AFTER)
        slurs = "".join(self.joins.slurs.get((index, place), []))
        text = heads_text(heads, self.octave)
        return f"{text}{length}{tie}{slurs}{self.signs(event)}{''.join(posts)}{after}"

    def signs(self, event: NotatedEvent) -> str:
        """Articulations, ornaments, fermatas."""
        return "".join(SIGNS[sign] for sign in dict.fromkeys(event.marks) if sign in SIGNS)

    def words_before(self, event: NotatedEvent, marks: Sequence[NotatedMark]) -> list[str]:
        """What stands before an event: marks of the whole score, grace notes."""
        words = [word for mark in joined_tempos(marks) for word in score_mark_words(mark)]
        if event.graces:
            words.append(graces_text(event.graces, self.octave))
        return words

    def marks_at(self, index: int, events: Sequence[NotatedEvent]) -> dict[int, list[NotatedMark]]:
        """The marks of a measure, by the place of the event at which they stand: that which sounds then."""
        found: dict[int, list[NotatedMark]] = {}
        for mark in self.staff.marks[index] if self.first and events else ():
            of_score = mark.kind in ("tempo", "rehearsal", "segno", "coda")
            if mark.kind != "wedge" and (self.leads or not of_score):
                found.setdefault(place_at(events, mark.onset), []).append(mark)
        return found

    def mark(self, mark: NotatedMark) -> list[str]:
        """Words and dynamics, as they follow a note."""
        if mark.kind == "words":
            style = "\\italic " if mark.italic else ""
            return [f"{'_' if mark.below else '^'}\\markup {style}{quoted(mark.text)}"]
        if mark.kind == "dynamic":
            side = "_" if self.sings and mark.below else ""
            known = mark.text in OWN_DYNAMICS
            return [f"{side}\\{mark.text}" if known else f"{side}#(make-dynamic-script {quoted(mark.text)})"]
        return []


def graces_text(graces: Sequence[GraceNotes], octave: int) -> str:
    """The grace notes before a note."""
    slashed = len(graces) == 1 and graces[0].slashed
    notes = " ".join(heads_text(g.heads, octave) + length_text(g.value) for g in graces)
    return f"\\{'slashedGrace' if slashed else 'grace'} {{ {notes} }}"


def with_tempos(text: str, event: NotatedEvent, tempos: Sequence[NotatedMark]) -> str:
    """An event during which the tempo changes. text: the event's own. tempos: in order."""
    if not tempos:
        return text
    actual, normal = event.value.ratio
    words, time = list[str](), event.onset
    for tempo in joined_tempos(tempos):
        words += [skip_text((tempo.onset - time) * actual / normal), *tempo_words(tempo)]
        time = tempo.onset
    words.append(skip_text((event.onset + event.duration - time) * actual / normal))
    return f"<< {text} {{ {' '.join(words)} }} >>"


def skip_text(quarters: Fraction) -> str:
    """Nothing, for so long."""
    return f"s{length_text(one_value(quarters))}"


def joined_tempos(marks: Sequence[NotatedMark]) -> list[NotatedMark]:
    """The marks, of several tempos at one time a single one, which LilyPond wants: the last that says it."""
    joined: list[NotatedMark] = []
    for mark in marks:
        before = next((m for m in joined if m.kind == mark.kind == "tempo" and m.onset == mark.onset), None)
        if before is None:
            joined.append(mark)
        else:
            counts = before if mark.qpm is None else mark
            joined[joined.index(before)] = replace(counts, text=mark.text or before.text)
    return joined


def score_mark_words(mark: NotatedMark) -> list[str]:
    """A tempo or a rehearsal mark, as it stands before a note."""
    if mark.kind == "tempo":
        return tempo_words(mark)
    if mark.kind == "rehearsal":
        return [f"\\mark \\markup \\box {quoted(mark.text)}"]
    if mark.kind in ("segno", "coda"):
        return [f"\\{mark.kind}Mark 1"]
    return []


def tempo_words(mark: NotatedMark) -> list[str]:
    """A tempo: as it is printed, and where that says it less exactly, as it is played."""
    words = quoted(mark.text) if mark.text else ""
    count = Fraction(mark.count) if mark.count else Fraction(0)
    number = "" if mark.beat is None else f"{length_text(mark.beat)} = {round(count)}"
    found = [f"\\tempo {' '.join(filter(None, (words, number)))}"] if words or number else []
    if mark.qpm is not None and (mark.beat is None or count.denominator != 1):
        wholes = Fraction(mark.qpm).limit_denominator(1000) / 4
        found.append(f"\\set Score.tempoWholesPerMinute = #(ly:make-moment {wholes})")
    return found
