"""One voice of a document as lines of ABC: its music, with the words under it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from fractions import Fraction

from ripieno.score import ELISION, Key, Meter
from ripieno_bridges.formats.abc.write_pitch import Accidentals, length_text
from ripieno_bridges.formats.notation.notation import (
    ClefChange,
    GraceNotes,
    NotatedEvent,
    NotatedMark,
    NotatedMeasure,
    NotatedStaff,
    NotatedValue,
    Notation,
    NoteHead,
    place_at,
)
from ripieno_bridges.formats.notation.places import LeftOut
from ripieno_bridges.formats.notation.tuplets import tuplets_of

SIGNS = {
    **{"accent": "!accent!", "strong-accent": "!marcato!", "staccato": ".", "tenuto": "!tenuto!"},
    **{"staccatissimo": "!wedge!", "detached-legato": ".!tenuto!", "breath-mark": "!breath!"},
    **{
        "caesura": "!shortphrase!",
        "trill-mark": "!trill!",
        "turn": "!turn!",
        "inverted-turn": "!invertedturn!",
    },
    **{"mordent": "!lowermordent!", "inverted-mordent": "!uppermordent!", "up-bow": "!upbow!"},
    **{"down-bow": "!downbow!", "arpeggiate": "!arpeggio!", "fermata": "!fermata!"},
    **{"fermata-below": "!invertedfermata!"},
}
WEDGES = {"crescendo": "!crescendo(!", "diminuendo": "!diminuendo(!"}
CLEF_NAMES = {
    **{("G", 2): "treble", ("F", 4): "bass", ("F", 3): "bass3", ("C", 3): "alto", ("C", 4): "tenor"},
    **{("C", 1): "alto1", ("C", 2): "alto2"},
}
DYNAMICS = {"pppp", "ppp", "pp", "p", "mp", "mf", "f", "ff", "fff", "ffff", "sfz"}  # that ABC has
MODES = {"minor": "m"}
STYLES = {"light-light": "||", "light-heavy": "|]", "heavy-light": "[|"}
MEASURES_A_LINE = 4
PERCENT = "\\u0025"  # behind \\% some programs see a comment all the same
SKIP, HOLD = "*", "_"
SIGNS_OF_WORDS = (SKIP, HOLD, "|", "~", "\\")  # that mean something else in a w: line


def key_word(key: Key) -> str:
    """A key: F#m."""
    tonic = str(Key(key.fifths, key.mode)).split()[0].replace("-sharp", "#").replace("-flat", "b")
    return tonic + MODES.get(key.mode or "", "")


def clef_word(clef: ClefChange) -> str:
    """A clef, with the small 8 where it has one."""
    return CLEF_NAMES.get((clef.sign, clef.line), "treble") + {-1: "-8", 1: "+8"}.get(clef.octaves, "")


def meter_word(frame: NotatedMeasure) -> str:
    """A meter: 3/4, C."""
    signs = {("common", Meter(4, 4)): "C", ("cut", Meter(2, 2)): "C|"}
    return signs.get((frame.symbol, frame.measure.meter), str(frame.measure.meter))


def tempo_word(mark: NotatedMark) -> str:
    """A tempo: "Andante" 1/4=96."""
    words = f'"{plain(mark.text)}"' if mark.text else ""
    beat = mark.beat or (NotatedValue(Fraction(1)) if mark.qpm else None)
    if beat is None:
        return words
    count = mark.count or f"{mark.qpm:g}"
    return f"{words} {beat.duration / 4}={count}".strip()


def plain(text: str) -> str:
    """A text for quotation marks."""
    return one_line(text.replace('"', "'"))


def one_line(text: str) -> str:
    """A text on one line, in which nothing is a comment. A backslash would change the sign behind it."""
    return " ".join(text.replace("\\", "/").replace("%", PERCENT).split())


class AbcVoiceWriter:
    """Writes one line of a staff. leads: whether marks of the whole score stand here. unit: of length.

    chords: the texts of chord symbols, by (measure, onset); they stand with the highest voice.
    """

    def __init__(
        self,
        notation: Notation,
        staff: NotatedStaff,
        place: int,
        unit: Fraction,
        left_out: LeftOut,
        *,
        leads: bool,
        chords: dict[int, list[tuple[Fraction, str]]],
    ) -> None:
        self.notation, self.staff, self.line, self.unit = notation, staff, staff.lines[place], unit
        self.first, self.leads, self.chords, self.left_out = place == 0, leads, chords, left_out
        self.open_wedge = ""

    def lines(self) -> Iterator[str]:
        """The lines: a few measures of music, then their words, a line a verse."""
        frames, verses = self.notation.frames, self.line.verses
        row: list[str] = []
        words: dict[int, list[str]] = {verse: [] for verse in verses}
        for index in range(len(frames)):
            row.append(self.measure(index))
            for verse in verses:
                words[verse] += self.words(index, verse)
            pickup = (
                index == 0 and len(frames) > 1 and frames[0].measure.duration < frames[0].measure.meter.length
            )
            if len(row) >= MEASURES_A_LINE + (1 if pickup else 0) or index + 1 == len(frames):
                yield " ".join(row)
                for verse in verses:
                    if any(word not in (SKIP, HOLD) for word in words[verse]) or verse != verses[-1]:
                        yield f"w: {joined_words(words[verse])}".rstrip()
                row, words = [], {verse: [] for verse in verses}

    # -- a measure -----------------------------------------------------------------------------------------

    def measure(self, index: int) -> str:
        """One measure with its barlines."""
        frames = self.notation.frames
        frame, before = frames[index], frames[index - 1] if index else None
        words = []
        if frame.forward and before is None:
            words.append("|:")
        if frame.ending_starts:
            words.append(f"[{','.join(map(str, frame.ending_starts))}")
        if before is not None and frame.measure.meter != before.measure.meter:
            words.append(f"[M:{meter_word(frame)}]")
        if before is not None and self.staff.keys[index] != self.staff.keys[index - 1]:
            words.append(f"[K:{key_word(self.staff.keys[index])}]")
        words += self.events(index)
        return " ".join([*words, self.barline(index)])

    def barline(self, index: int) -> str:
        """The barline at the end of a measure."""
        frames = self.notation.frames
        frame = frames[index]
        if frame.backward > 2 and self.leads:
            self.left_out.add("a repeat played more than twice, which ABC plays twice", frame.measure.number)
        again = index + 1 < len(frames) and frames[index + 1].forward
        if frame.backward or again:
            return "::" if frame.backward and again else ":|" if frame.backward else "|:"
        return STYLES.get(frame.style, "|]" if index + 1 == len(frames) and frame.style else "|")

    def events(self, index: int) -> Iterator[str]:
        """The events of a measure, those of a beam written together."""
        events = self.line.measures[index]
        frame = self.notation.frames[index]
        accidentals = Accidentals(self.staff.keys[index], self.octaves_at(index))
        before = self.before_events(index, events)
        counts = {tuplet.start: len(tuplet) for tuplet in tuplets_of(events)}
        group = ""
        beat = frame.measure.meter.beat
        for place, event in enumerate(events):
            text = ""
            if place in counts:
                text += f"({event.value.ratio[0]}:{event.value.ratio[1]}:{counts[place]}"
            text = "".join(before.get(place, [])) + text + self.event(event, frame, accidentals)
            group += text
            end = event.onset + event.duration
            ends_beam = event.value.quarters >= 1 or not event.heads or (end / beat).denominator == 1
            if ends_beam or (place + 1 < len(events) and place + 1 in counts):
                yield group
                group = ""
        if group:
            yield group

    def octaves_at(self, index: int) -> int:
        """The octaves by which the clef of a measure's beginning sounds higher than it is written."""
        return [c.octaves for c in self.staff.clefs if (c.measure, c.onset) <= (index, 0)][-1]

    def before_events(self, index: int, events: Sequence[NotatedEvent]) -> dict[int, list[str]]:
        """What stands before the events of a measure: clefs, tempos, chord symbols, dynamics, words."""
        found: dict[int, list[str]] = defaultdict(list)
        number = self.notation.frames[index].measure.number
        if not events:
            return found
        for clef in self.staff.clefs:
            if clef.measure == index and (index or clef.onset):
                found[place_from(events, clef.onset)].append(f"[K:clef={clef_word(clef)}]")
        for mark in self.staff.marks[index] if self.first else ():
            if self.leads or mark.kind not in ("tempo", "rehearsal", "segno", "coda"):
                text = self.mark(mark)
                if text and not (mark.kind == "tempo" and index == 0 and not mark.onset):
                    found[place_at(events, mark.onset)].append(text)
        for onset, text in self.chords.get(index, ()) if self.leads else ():
            place = place_at(events, onset)
            if events[place].onset != onset:
                self.left_out.add("the exact place of a chord symbol inside a note", number)
            found[place].append(f'"{text}"')
        return found

    def mark(self, mark: NotatedMark) -> str:
        """A mark of the staff as it stands before a note."""
        if mark.kind == "tempo":
            return f"[Q:{tempo_word(mark)}]"
        if mark.kind == "wedge":
            return self.wedge(mark)
        if mark.kind in ("words", "rehearsal"):
            return f'"{"_" if mark.below else "^"}{plain(mark.text)}"'
        if mark.kind == "dynamic" and mark.text not in DYNAMICS:
            return f'"^{mark.text}"'
        return f"!{mark.text if mark.kind == 'dynamic' else mark.kind}!"

    def wedge(self, mark: NotatedMark) -> str:
        """The beginning or the end of a hairpin."""
        if mark.text in WEDGES:
            self.open_wedge = mark.text
            return WEDGES[mark.text]
        opened, self.open_wedge = self.open_wedge, ""
        return f"!{opened})!" if opened else ""

    # -- an event ------------------------------------------------------------------------------------------

    def event(self, event: NotatedEvent, frame: NotatedMeasure, accidentals: Accidentals) -> str:
        """A note, chord or rest with all that stands at it."""
        value = event.value
        written = value.duration * Fraction(value.ratio[0], value.ratio[1])
        length = length_text(written, self.unit)
        signs = "".join(SIGNS[sign] for sign in dict.fromkeys(event.marks) if sign in SIGNS)
        if not event.heads:
            full = event.full_measure and frame.measure.duration == frame.measure.meter.length
            if full:
                return signs + ("X" if event.hidden else "Z")
            return f"{signs}{'x' if event.hidden else 'z'}{length}"
        opens = "(" * sum(kind == "start" for kind, _ in event.slurs)
        closes = ")" * sum(kind == "stop" for kind, _ in event.slurs)
        graces = graces_text(event.graces, accidentals) if event.graces else ""
        return f"{graces}{signs}{opens}{self.heads(event.heads, length, accidentals)}{closes}"

    def heads(self, heads: Sequence[NoteHead], length: str, accidentals: Accidentals) -> str:
        """A note or a chord."""
        texts = [accidentals.text(head.spelling) for head in heads]
        if len(heads) == 1:
            return f"{texts[0]}{length}{'-' if heads[0].tied else ''}"
        ties = ("-" if head.tied else "" for head in heads)
        return f"[{''.join(text + tie for text, tie in zip(texts, ties, strict=True))}]{length}"

    # -- words ---------------------------------------------------------------------------------------------

    def words(self, index: int, verse: int) -> Iterator[str]:
        """A word of a w: line for each note of a measure."""
        for event in (e for e in self.line.measures[index] if e.heads):
            syllable = next((s for s in event.syllables if s.verse == verse), None)
            if syllable is None:
                yield SKIP
                continue
            text = "".join(syllable.text.split())
            if any(sign in text for sign in SIGNS_OF_WORDS):
                number = self.notation.frames[index].measure.number
                self.left_out.add(f"the signs {' '.join(SIGNS_OF_WORDS)} in words", number)
                text = "".join(sign for sign in text if sign not in SIGNS_OF_WORDS)
            text = text.replace("-", "\\-").replace("%", PERCENT).replace(ELISION, "~") or SKIP
            yield text + ("-" if syllable.syllabic in ("begin", "middle") and text != SKIP else "")


def joined_words(words: Sequence[str]) -> str:
    """A w: line; a note that goes on with a word is marked so."""
    return " ".join(words)


def graces_text(graces: Sequence[GraceNotes], accidentals: Accidentals) -> str:
    """The grace notes before a note."""
    slash = "/" if graces[0].slashed else ""
    texts = []
    for grace in graces:
        notes = [accidentals.text(head.spelling) for head in grace.heads]
        texts.append(notes[0] if len(notes) == 1 else f"[{''.join(notes)}]")
    for step in {head.spelling.step for grace in graces for head in grace.heads}:
        accidentals.forget(step)
    return f"{{{slash}{''.join(texts)}}}"


def place_from(events: Sequence[NotatedEvent], onset: Fraction) -> int:
    """The place of the first event from a time on."""
    return next((i for i, event in enumerate(events) if event.onset >= onset), len(events) - 1)
