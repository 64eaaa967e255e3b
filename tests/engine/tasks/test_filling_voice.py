"""A fifth voice by search: the cheapest of all lines, and one that a teacher would accept."""

from dataclasses import replace
from itertools import pairwise, product

from ripieno.ensembles.ensemble import EnsembleVoice
from ripieno.ensembles.read import ensemble_named
from ripieno.score import Score, Voice
from ripieno.tasks.filling_voice import cheapest_line, filled_voice, moments_of, note_cost, step_cost
from ripieno.text.reading import parse_score
from ripieno.theory.rules import faults

SATB = """
soprano: E5:4 D5 C5 D5 | E5 F5 E5:2 | D5:4 C5 C5 B4 | C5:1
alto: G4:4 G4 A4 G4 | G4 A4 G4:2 | F4:4 G4 G4 G4 | G4:1
tenor: C4:4 B3 C4 B3 | C4 C4 C4:2 | A3:4 E4 D4 D4 | E4:1
bass: C3:4 G3 F3 G3 | C3 F3 C3:2 | D3:4 C3 G3 G2 | C3:1
"""
SSATB = ensemble_named("ssatb")


def with_second_soprano() -> Score:
    four = parse_score(SATB)
    soprano, *others = four.voices
    voices = (replace(soprano, name="soprano 1"), Voice("soprano 2"), *others)
    return replace(four, voices=voices)


def test_the_line_is_the_cheapest_of_all():
    moments = moments_of(with_second_soprano(), 1)[:5]
    narrow = EnsembleVoice("Soprano 2", "S. 2", "treble", 67, 74, (67, 72))

    def total(line) -> float:
        alone = sum(note_cost(m, p, narrow, 1) for m, p in zip(moments, line, strict=True))
        steps = zip(pairwise(moments), pairwise(line), strict=True)
        return alone + sum(step_cost(*two, *pitches) for two, pitches in steps)

    every = product(range(narrow.lowest, narrow.highest + 1), repeat=len(moments))
    assert total(cheapest_line(moments, narrow, 1)) == min(map(total, every))


def test_a_fifth_voice_stays_in_its_place_without_faults():
    score = with_second_soprano()
    voice = SSATB.voice("soprano 2")
    new = filled_voice(score, voice)
    assert new.notes
    assert new.notes[0].onset == 0
    assert new.notes[-1].end == score.duration
    assert all(a.end == b.onset for a, b in pairwise(new.notes))
    assert all(voice.lowest <= note.pitch <= voice.highest for note in new.notes)
    whole = replace(score, voices=tuple(new if v.name == new.name else v for v in score.voices))
    found = {fault.rule for fault in faults(whole, SSATB.ranges) if "soprano 2" in fault.voices}
    assert not found & {
        "parallel fifths",
        "parallel octaves",
        "crossing",
        "augmented leap",
        "doubled leading note",
    }


def test_only_a_span_is_filled_and_the_rest_stays():
    score = with_second_soprano()
    whole = filled_voice(score, SSATB.voice("soprano 2"))
    part = filled_voice(score, SSATB.voice("soprano 2"), (score.measures[1].onset, score.measures[2].onset))
    assert {note.onset for note in part.notes} <= {note.onset for note in whole.notes}
    assert all(note.onset >= 4 and note.end <= 8 for note in part.notes)


def test_the_voice_rests_where_all_rest():
    score = with_second_soprano()
    voices = tuple(replace(v, notes=tuple(n for n in v.notes if not 4 <= n.onset < 8)) for v in score.voices)
    new = filled_voice(replace(score, voices=voices), SSATB.voice("soprano 2"))
    assert not [note for note in new.notes if note.onset < 8 and note.end > 4]
