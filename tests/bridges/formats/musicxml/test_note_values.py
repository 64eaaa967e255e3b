"""Written values: what a singer sees of a note, measure by measure."""

from collections.abc import Iterator
from fractions import Fraction

import pytest
from hypothesis import given

from ripieno.errors import ScoreError
from ripieno.score import Measure, Note, Score, Voice
from ripieno.text.notation import parse_score
from ripieno_bridges.formats.musicxml.elements import is_pickup
from ripieno_bridges.formats.musicxml.note_values import VALUES, WrittenValue, write_measure
from strategies import scores

SHORT = dict(zip(VALUES.values(), ("breve", 1, 2, 4, 8, 16, 32, 64, 128, 256), strict=True))
TUPLET = {"": "", "start": "[t", "inside": "t", "stop": "t]", "alone": "[t]"}


def columns(score: Score) -> Iterator[tuple[Measure, tuple[WrittenValue, ...]]]:
    for i, measure in enumerate(score.measures):
        yield measure, write_measure(score.voices[0], measure, pickup=is_pickup(i, measure))


def word(w: WrittenValue) -> str:
    """A written value: C4:4. with a dot, R a whole measure's rest, ~ a tie, t in a triplet."""
    if w.whole_measure:
        return "R"
    name = w.note.name if w.note else "r"
    tie = "~" if w.note and not w.last else ""
    return f"{name}:{SHORT[w.value]}{'.' * w.dots}{TUPLET[w.triplet]}{tie}"


def written(text: str) -> str:
    return " | ".join(" ".join(word(w) for w in ws) for _, ws in columns(parse_score(text)))


def beams(text: str) -> str:
    """The beams of each note of the first measure, levels joined by +, notes without a beam as a dash."""
    signs = {"begin": "<", "continue": "=", "end": ">", "forward hook": "/", "backward hook": "\\"}
    _, ws = next(columns(parse_score(text)))
    return " ".join("".join(signs[b] for b in w.beams) or "-" for w in ws)


VALUE_TABLE = {
    "a syncopation off the beat shows the middle": (
        "C4:8 D4:4 E4:4 F4:4 G4:8",
        "C4:8 D4:4 E4:8~ E4:8 F4:4 G4:8",
    ),
    "a half note on beat two may hide the middle": ("C4:4 D4:2 E4:4", "C4:4 D4:2 E4:4"),
    "a dotted half on beat two stays whole": ("C4:4 D4:2.", "C4:4 D4:2."),
    "3+3+2": ("C4:4. D4:4. E4:4", "C4:4. D4:8~ D4:4 E4:4"),
    "a half note off the beat": ("C4:8 D4:2 E4:4.", "C4:8 D4:4.~ D4:8 E4:4."),
    "a dotted quarter, then an eighth": ("C4:4. D4:8 E4:4. F4:8", "C4:4. D4:8 E4:4. F4:8"),
    "sixteenths around a beat": ("C4:8. D4:8 E4:16 F4:8 G4:2", "C4:8. D4:16~ D4:16 E4:16 F4:8 G4:2"),
    "seven eighths": ("C4:7/8 D4:8", "C4:2~ C4:4. D4:8"),
    "five sixteenths": ("C4:5/16 D4:8. E4:2", "C4:4~ C4:16 D4:8. E4:2"),
    "3/4 whole": ("[3/4] C4:2. | D4:2 E4:4 | F4:4 G4:2", "C4:2. | D4:2 E4:4 | F4:4 G4:2"),
    "3/4 five eighths": ("[3/4] C4:5/8 D4:8", "C4:2~ C4:8 D4:8"),
    "6/8 in beats": ("[6/8] C4:4. D4:4 E4:8 | F4:2.", "C4:4. D4:4 E4:8 | F4:2."),
    "6/8 shows its beat": ("[6/8] C4:4 D4:4 E4:4", "C4:4 D4:8~ D4:8 E4:4"),
    "6/8 five eighths": ("[6/8] C4:5/8 D4:8", "C4:4.~ C4:4 D4:8"),
    "9/8 whole": ("[9/8] C4:9/8", "C4:2.~ C4:4."),
    "12/8": ("[12/8] C4:1. | D4:2. E4:2. | F4:9/8 G4:4.", "C4:1. | D4:2. E4:2. | F4:2.~ F4:4. G4:4."),
    "5/4 falls into two and three": ("[5/4] C4:5/4 | D4:2. E4:2", "C4:2~ C4:2. | D4:2. E4:2"),
    "5/8": ("[5/8] C4:5/8 | D4:4. E4:4", "C4:4~ C4:4. | D4:4. E4:4"),
    "7/4": ("[7/4] C4:7/4", "C4:1~ C4:2."),
    "2/2": ("[2/2] C4:4 D4:2 E4:4 | F4:1", "C4:4 D4:2 E4:4 | F4:1"),
    "4/2": ("[4/2] C4:2/1 | D4:1. E4:2", "C4:breve | D4:1. E4:2"),
    "3/2": ("[3/2] C4:1. | D4:1 E4:2", "C4:1. | D4:1 E4:2"),
    "a pickup counts back from the barline": (
        "C4:8 D4:4 | E4:1",
        "C4:8 D4:4 | E4:1",
    ),
    "a pickup of three eighths in 4/4": ("C4:8 D4:8. E4:16 | F4:1", "C4:8 D4:8. E4:16 | F4:1"),
    "a pickup in 6/8": ("[6/8] C4:8 | D4:2.", "C4:8 | D4:2."),
    "a long pickup shows the middle": ("C4:8 D4:4 E4:4 F4:8 | G4:1", "C4:8 D4:8~ D4:8 E4:4 F4:8 | G4:1"),
    "a tie over a barline": ("C4:2 D4:2~ | D4:4 E4:2.", "C4:2 D4:2~ | D4:4 E4:2."),
    "a tie over two barlines": ("C4:1~ | C4:1~ | C4:2 D4:2", "C4:1~ | C4:1~ | C4:2 D4:2"),
    "a repeated note is not tied": ("C4:4 C4:4 C4:2", "C4:4 C4:4 C4:2"),
    "triplet eighths": ("C4:12 D4 E4 F4:2.", "C4:8[t D4:8t E4:8t] F4:2."),
    "a triplet of a quarter and an eighth": ("C4:6 D4:12 E4:2.", "C4:4[t D4:8t] E4:2."),
    "quarter triplets": ("C4:6 D4 E4 F4:2", "C4:4[t D4:4t E4:4t] F4:2"),
    "quarter triplets on beat two of 3/4": ("[3/4] C4:4 D4:6 E4 F4", "C4:4 D4:4[t E4:4t F4:4t]"),
    "a triplet over beats two and three": ("C4:4 D4:3 E4:6 F4:4", "C4:4 D4:2[t E4:4t] F4:4"),
    "a half and a quarter in a triplet": ("C4:3 D4:6 E4:2", "C4:2[t D4:4t] E4:2"),
    "half triplets are tied over the beat": ("C4:3 D4 E4", "C4:2[t D4:4t]~ D4:4[t E4:2t]"),
    "sixteenth triplets take half a beat": (
        "C4:24 D4 E4 F4:8 G4:2.",
        "C4:16[t D4:16t E4:16t] F4:8 G4:2.",
    ),
    "sextuplets are two to a beat": (
        "C4:24 D4 E4 F4 G4 A4 B4:2.",
        "C4:16[t D4:16t E4:16t] F4:16[t G4:16t A4:16t] B4:2.",
    ),
    "a rest in a triplet": ("C4:12 r D4 E4:2.", "C4:8[t r:8t D4:8t] E4:2."),
    "a tie into a triplet": ("C4:4 D4:3 E4:12 F4:3", "C4:4 D4:4~ D4:8[t E4:8t F4:8t]~ F4:4"),
    "a pickup of one triplet eighth": ("C4:12 | D4:1", "C4:8[t] | D4:1"),
    "a whole-measure rest": ("[3/4] C4:2. | r:2. | D4:2.", "C4:2. | R | D4:2."),
    "rests show the beats": ("C4:8 r:2..", "C4:8 r:8 r:4 r:2"),
    "a rest never hides the middle": ("C4:4 r:2 D4:4", "C4:4 r:4 r:4 D4:4"),
    "a rest has no dot in 4/4": ("C4:4 r:2.", "C4:4 r:4 r:2"),
    "a rest before an off-beat": ("r:4. C4:8 D4:2", "r:4 r:8 C4:8 D4:2"),
    "rests in 3/4": ("[3/4] r:2 C4:4 | D4:4 r:2", "r:2 C4:4 | D4:4 r:4 r:4"),
    "rests in 6/8": ("[6/8] C4:4. r:4. | r:4 C4:8 D4:8 r:4", "C4:4. r:4. | r:4 C4:8 D4:8 r:8 r:8"),
}


@pytest.mark.parametrize(("text", "expected"), VALUE_TABLE.values(), ids=VALUE_TABLE.keys())
def test_written_values(text: str, expected: str) -> None:
    assert written(text) == expected


BEAM_TABLE = {
    "eighths by beats": ("C4:8 D4 E4 F4 G4:2", "< > < > -"),
    "four eighths in 2/2": ("[2/2] C4:8 D4 E4 F4 G4:2", "< = = > -"),
    "three eighths in 6/8": ("[6/8] C4:8 D4 E4 F4 G4 A4", "< = > < = >"),
    "two and three in 5/8": ("[5/8] C4:8 D4 E4 F4 G4", "< > < = >"),
    "a dotted eighth and a sixteenth": ("C4:8. D4:16 E4:2.", "< >\\ -"),
    "a sixteenth and a dotted eighth": ("C4:16 D4:8. E4:2.", "</ > -"),
    "sixteenth, eighth, sixteenth": ("C4:16 D4:8 E4:16 F4:2.", "</ = >\\ -"),
    "an eighth and two sixteenths": ("C4:8 D4:16 E4 F4:2.", "< =< >> -"),
    "a lone eighth has none": ("C4:8 r:8 D4:2.", "- - -"),
    "a rest breaks the beam": ("C4:16 r D4 E4 F4:2.", "- - << >> -"),
    "triplets": ("C4:12 D4 E4 F4:2.", "< = > -"),
}


@pytest.mark.parametrize(("text", "expected"), BEAM_TABLE.values(), ids=BEAM_TABLE.keys())
def test_beams(text: str, expected: str) -> None:
    assert beams(text) == expected


def joined(score: Score) -> list[tuple[Fraction, Fraction, int]]:
    """The notes again, from the written values alone."""
    notes: list[tuple[Fraction, Fraction, int]] = []
    for measure, values in columns(score):
        for w in values:
            if w.note is None:
                continue
            onset = measure.onset + w.onset
            if w.first:
                notes.append((onset, w.duration, w.note.pitch))
            else:
                before, length, pitch = notes.pop()
                assert before + length == onset
                assert pitch == w.note.pitch
                notes.append((before, length + w.duration, pitch))
            assert w.last == (notes[-1][0] + notes[-1][1] == w.note.end)
    return notes


@given(scores(on_grid=False, max_voices=1))
def test_written_values_fill_every_measure_and_join_to_the_same_notes(score: Score) -> None:
    for measure, values in columns(score):
        time = Fraction(0)
        for w in values:
            assert w.onset == time
            time += w.duration
        assert time == measure.duration
    assert joined(score) == [(n.onset, n.duration, n.pitch) for n in score.voices[0].notes]


@given(scores(on_grid=False, max_voices=1))
def test_every_written_value_is_one_that_musicxml_can_write(score: Score) -> None:
    lengths = {name: length for length, name in VALUES.items()}
    for _, values in columns(score):
        for w in values:
            if not w.whole_measure:
                dotted = lengths[w.value] * (Fraction(3, 2) if w.dots else 1)
                assert w.dots <= 1
                assert w.duration == dotted * (Fraction(2, 3) if w.triplet else 1)


@given(scores(on_grid=False, max_voices=1))
def test_triplets_open_and_close(score: Score) -> None:
    for _, values in columns(score):
        inside = False
        for w in values:
            assert inside == (w.triplet in ("inside", "stop"))
            inside = w.triplet in ("start", "inside")
        assert not inside


@given(scores(on_grid=False, max_voices=1))
def test_beams_open_and_close(score: Score) -> None:
    for _, values in columns(score):
        open_levels: set[int] = set()
        for w in values:
            for level in range(4):
                beam = w.beams[level] if level < len(w.beams) else None
                assert (level in open_levels) == (beam in ("continue", "end"))
                if beam == "begin":
                    open_levels.add(level)
                elif beam == "end":
                    open_levels.discard(level)
        assert not open_levels


@pytest.mark.parametrize(
    ("text", "place"),
    [("C4:20 D4 E4 F4 G4 A4:2.", "beat 1"), ("[6/8] C4:4. D4:20 E4:5/8", "beat 2")],
)
def test_a_quintuplet_is_refused_with_its_place(text: str, place: str) -> None:
    fault = "its rhythm is neither straight nor in triplets; write it in simpler values"
    with pytest.raises(ScoreError) as caught:
        written(text)
    assert str(caught.value) == f"soprano, measure 1, {place}: {fault}"


def test_a_measure_longer_than_its_meter_is_full_too() -> None:
    measure = Measure("1", Fraction(0), Fraction(11))
    values = write_measure(Voice("soprano", (Note(Fraction(0), Fraction(11), 60),)), measure)
    assert sum(w.duration for w in values) == 11
