"""Which chords fit a stretch of a piece while those around it stay."""

import functools
from fractions import Fraction

import pytest

from ripieno.errors import RequestError
from ripieno.models.catalog import DEFAULT_MODEL
from ripieno.models.loading import load
from ripieno.tasks.fitting_chords import MAX_FITTING, fitting_chords
from ripieno.tasks.guidance import Guidance
from ripieno.tasks.hearing import only_voices
from ripieno.text.notation import parse_score

loaded = functools.cache(load)
CHORALE = """
soprano: C5:4 D5 E5 D5 | C5 C5 B4 D5 | C5 D5 E5 D5 | C5 B4 C5:2
alto: G4:4 G4 G4 G4 | A4 A4 G4 G4 | G4 G4 G4 G4 | E4 D4 E4:2
tenor: E4:4 D4 C4 B3 | E4 D4 D4 B3 | E4 D4 C4 D4 | G3 G3 G3:2
bass: C3:4 B2 C3 G3 | A3 F#3 G3 G3 | C3 B2 C3 B2 | C3 G2 C3:2
"""


def fitting(score, start, end, given=("soprano",)):
    guidance = Guidance().found_in(only_voices(score, given))
    selection = (Fraction(start), Fraction(end))
    return fitting_chords(score, loaded(DEFAULT_MODEL), given=given, selection=selection, guidance=guidance)


def test_before_the_last_tonic_a_dominant_under_the_leading_note_is_likeliest():
    found = fitting(parse_score(CHORALE), 13, 14)
    assert found[0].chord.root == 7
    assert len(found) <= MAX_FITTING


def test_every_chord_holds_the_melody_and_the_likeliest_is_first():
    found = fitting(parse_score(CHORALE), 2, 3)  # the soprano has E
    assert all(4 in {(one.chord.root + up) % 12 for up in (0, *one.chord.kind)} for one in found)
    shares = [one.share for one in found]
    assert shares == sorted(shares, reverse=True)
    assert 0 < sum(shares) <= 1 + 1e-6


def test_the_chords_around_decide_and_those_of_the_stretch_itself_do_not():
    plain = parse_score(CHORALE)
    here = parse_score(CHORALE.replace("A3 F#3 G3 G3", "F3 F#3 G3 G3"))  # another bass on the asked beat
    after = parse_score(CHORALE.replace("A3 F#3 G3 G3", "A3 F3 G3 G3"))  # another chord after it
    found = [
        [(one.chord, round(one.share, 5)) for one in fitting(score, 4, 5)] for score in (plain, here, after)
    ]
    assert found[0] == found[1]
    assert found[0] != found[2]


def test_a_stretch_lies_inside_of_the_piece():
    with pytest.raises(
        RequestError, match="the piece is 16 quarters long; give a start and an end inside it"
    ):
        fitting(parse_score(CHORALE), 16, 17)
