"""The harmony that a MusicXML document asks for: its chord symbols, Roman numerals, and figured bass."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise

from lxml.etree import _Element

from ripieno.errors import count_text
from ripieno.harmony.chord_symbol import ChordSymbol, Tone, tone_at
from ripieno.harmony.harmony import Harmony
from ripieno.score import Key, Score
from ripieno_bridges.formats.musicxml.harmony_chord import (
    ReadChord,
    UnreadableHarmonyError,
    is_numeral,
    read_chord,
)
from ripieno_bridges.formats.musicxml.measure_time import number_in
from ripieno_bridges.formats.musicxml.read_figures import read_figures
from ripieno_bridges.formats.musicxml.read_measure import MeasureContent, read_measure
from ripieno_bridges.formats.musicxml.reader import Document, part_names
from ripieno_bridges.formats.musicxml.transposition import read_transposition

ZERO = Fraction(0)
WAY_OUT = "nothing is asked there; write it as a usual chord symbol, such as C7 or Fm"
FIGURES_WAY_OUT = "nothing is asked there; write figures from 2 to 13 with accidentals or a stroke"

Group = tuple[str, str, bool]  # part's id, staff, whether numerals


@dataclass(frozen=True, slots=True)
class HarmonyRead:
    """The harmony of a document, in order.

    symbols: its chord symbols or Roman numerals, each to the next one or the end. figures: its figured bass,
    each over its bass note. remarks: what was passed over, and what was understood in one of several ways.
    """

    symbols: tuple[Harmony, ...] = ()
    figures: tuple[Harmony, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def harmonies(self) -> tuple[Harmony, ...]:
        """All of it without overlaps: where both ask for something, the chord symbols do."""
        asked = [h for h in self.symbols if h.chord is not None or h.numeral is not None]
        free = [f for f in self.figures if not any(a.onset < f.end and f.onset < a.end for a in asked)]
        kept = asked if free else self.symbols
        return tuple(sorted((*kept, *free), key=lambda harmony: harmony.onset))


@dataclass(frozen=True, slots=True)
class Asked:
    """A <harmony> at its time in the piece.

    note_end: of the note that begins with it. shift: from its written to its sounding pitch, in fifths.
    """

    onset: Fraction
    note_end: Fraction | None
    element: _Element
    key: Key
    shift: int


@dataclass(slots=True)
class PartHarmony:
    """What a part asks for.

    symbols: by their groups. shifts: from its written to its sounding pitch in each measure, in fifths.
    """

    symbols: dict[Group, list[Asked]] = field(default_factory=lambda: defaultdict(list))
    measures: list[MeasureContent] = field(default_factory=list)
    shifts: list[int] = field(default_factory=list)


@dataclass(slots=True)
class HarmonyRemarks:
    """Collects faults: each once, with its first place and how many more there are."""

    score: Score
    places: dict[tuple[str, str], list[Fraction]] = field(default_factory=lambda: defaultdict(list))

    def add(self, part: str, onset: Fraction, sentence: str) -> None:
        """A sentence about a place."""
        self.places[part, sentence].append(onset)

    def sentences(self) -> Iterator[str]:
        """All of them."""
        for (part, sentence), onsets in self.places.items():
            measure, beat = self.score.place(onsets[0])
            more = f" (and {len(onsets) - 1} more)" if len(onsets) > 1 else ""
            yield f'"{part}", measure {measure}, beat {beat}{more}: {sentence}'


def document_harmony(document: Document, *, home: Key | None = None) -> HarmonyRead:
    """The harmony that a document asks for, at its sounding pitch; repeats are not played out.

    Chord symbols, or numerals, are taken from the staff that has the most of them, figures from the part that
    has the most. Those that are not printed count too: they are hidden from singers, not meant less.
    home: the key whose mode holds for numerals where the signature says none; without it, that is major.
    """
    root, score = document.xml.root, document.score
    if next(root.iter("harmony", "figured-bass"), None) is None:
        return HarmonyRead()
    names, remarks = part_names(root), HarmonyRemarks(score)
    parts = {part.get("id", ""): collect(part, score, home) for part in root.findall("part")}
    groups = {key: asked for part in parts.values() for key, asked in part.symbols.items()}
    symbols: tuple[Harmony, ...] = ()
    others: list[str] = []
    if groups:
        chosen = max(groups, key=lambda group: (len(groups[group]), not group[2]))
        symbols = tuple(to_harmonies(groups[chosen], score, names[chosen[0]], remarks))
        others = [left_sentence(g, groups, chosen, names) for g in groups if not is_copy(g, groups, chosen)]
    figures: tuple[Harmony, ...] = ()
    counts = {part: sum(len(m.figures) for m in found.measures) for part, found in parts.items()}
    if any(counts.values()):
        bass = max(reversed(counts), key=lambda part: counts[part])
        found = parts[bass]
        read = read_figures(found.measures, found.shifts, score)
        figures = tuple(read.harmonies)
        for onset, fault in read.faults:
            remarks.add(names[bass], onset, f"{fault} is passed over; {FIGURES_WAY_OUT}")
        others += [
            f'"{names[part]}": {count_of(n, "figure")} passed over; those of "{names[bass]}" count'
            for part, n in counts.items()
            if n and part != bass
        ]
    if figures and any(h.chord is not None or h.numeral is not None for h in symbols):
        others.append("chord symbols and figured bass; where both ask for something, the chord symbols count")
    return HarmonyRead(symbols, figures, (*remarks.sentences(), *others))


def collect(part: _Element, score: Score, home: Key | None) -> PartHarmony:
    """Everything that a part asks for."""
    found, divisions, shift = PartHarmony(), Fraction(1), 0
    key = Key(0, home.mode if home else None)
    part_id = part.get("id", "")
    for element, measure in zip(part.findall("measure"), score.measures, strict=False):
        content = read_measure(element, divisions)
        divisions = content.divisions
        if content.transpositions:
            shift = read_transposition(content.transpositions[-1]).fifths
        for signature in content.signatures:
            key = signature_key(signature, key, home)
        ends = {e.onset: e.end for events in reversed(content.lines.values()) for e in events}
        for onset, harmony in content.harmonies:
            staff = (harmony.findtext("staff") or "1").strip()
            end = measure.onset + ends[onset] if onset in ends else None
            asked = Asked(measure.onset + min(onset, measure.duration), end, harmony, key, shift)
            found.symbols[part_id, staff, is_numeral(harmony)].append(asked)
        for signature in content.later:
            key = signature_key(signature, key, home)
        found.measures.append(content)
        found.shifts.append(shift)
    return found


def signature_key(signature: _Element, before: Key, home: Key | None) -> Key:
    """The key of a <key>; ``before`` for another signature than a usual key's."""
    if signature.tag != "key" or signature.find("fifths") is None:
        return before
    mode = (signature.findtext("mode") or "").strip().lower()
    usual = home.mode if home else None
    return Key(int(number_in(signature.findtext("fifths"))), mode or usual)


def to_harmonies(
    asked: Sequence[Asked], score: Score, part: str, remarks: HarmonyRemarks
) -> Iterator[Harmony]:
    """The symbols of a staff, each to the next one or the end of the piece."""
    found: list[tuple[ReadChord, Asked]] = []
    for symbol in sorted(asked, key=lambda symbol: symbol.onset):
        if symbol.onset >= score.duration:
            remarks.add(part, symbol.onset, f"a chord symbol after the last note is passed over; {WAY_OUT}")
            continue
        if symbol.element.get("type") == "alternate":
            remarks.add(part, symbol.onset, "another reading of a chord, passed over")
            continue
        try:
            read = read_chord(symbol.element, symbol.key)
        except UnreadableHarmonyError as exc:
            remarks.add(part, symbol.onset, f"{exc} is passed over; {WAY_OUT}")
            read = ReadChord()
        if read.doubt:
            remarks.add(part, symbol.onset, read.doubt)
        found.append((read, symbol))
    times = shared_times([symbol for _, symbol in found], score.duration)
    for (onset, end), (read, symbol) in zip(times, found, strict=True):
        chord = None if read.chord is None else moved(read.chord, symbol.shift)
        key = symbol.key if symbol.key.mode else None
        yield Harmony(onset, end, chord, read.numeral, key if read.numeral else None)


def shared_times(asked: Sequence[Asked], end: Fraction) -> Iterator[tuple[Fraction, Fraction]]:
    """(onset, end) of each symbol; several before one note share its time evenly."""
    alike = Counter(symbol.onset for symbol in asked)  # in their order
    note_ends = {symbol.onset: symbol.note_end for symbol in asked}
    for onset, after in pairwise([*alike, end]):
        share = (min(note_ends[onset] or after, after) - onset) / alike[onset]
        for place in range(1, alike[onset] + 1):
            last = place == alike[onset]
            yield onset + (place - 1) * share, after if last else onset + place * share


def moved(chord: ChordSymbol, shift: int) -> ChordSymbol:
    """The chord so many places further on the line of fifths."""

    def up(tone: Tone) -> Tone:
        return tone_at(tone.fifths + shift)

    return replace(chord, root=up(chord.root), bass=None if chord.bass is None else up(chord.bass))


def is_copy(group: Group, groups: dict[Group, list[Asked]], chosen: Group) -> bool:
    """Whether a staff has nothing but the symbols of the chosen one, or is it."""

    def written(asked: Sequence[Asked]) -> set[tuple[Fraction, str, str]]:
        texts = [(a, a.element.findtext("root/root-step"), a.element.findtext("kind")) for a in asked]
        return {(a.onset, root or "", kind or "") for a, root, kind in texts}

    return group == chosen or (group[2] == chosen[2] and written(groups[group]) <= written(groups[chosen]))


def left_sentence(
    group: Group, groups: dict[Group, list[Asked]], chosen: Group, names: dict[str, str]
) -> str:
    """The remark on a staff whose symbols are passed over."""

    def title(of: Group) -> str:
        several = {g[1] for g in groups if g[0] == of[0]} != {of[1]}
        return f'"{names[of[0]]}"' + (f", staff {of[1]}" if several else "")

    kind = "Roman numeral" if group[2] else "chord symbol"
    others = "chord symbols" if not chosen[2] else "Roman numerals"
    whose = f"those of {title(chosen)}" if group[2] == chosen[2] else f"the {others} of {title(chosen)}"
    return f"{title(group)}: {count_of(len(groups[group]), kind)} passed over; {whose} count"


def count_of(number: int, what: str) -> str:
    """As "1 chord symbol is" or "3 chord symbols are"."""
    return f"{count_text(number, what)} {'is' if number == 1 else 'are'}"
