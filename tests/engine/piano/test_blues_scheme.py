"""How much of some music stands on the twelve-bar scheme."""

from __future__ import annotations

import pytest

from ripieno.piano.blues_scheme import form_roots, measures_on_scheme

BASIC = [0, 0, 0, 0, 5, 5, 0, 0, 7, 5, 0, 7]


def test_the_forms_are_those_of_the_grammar():
    assert form_roots("major")[0] == [{root} for root in BASIC]
    assert form_roots("minor")[1][8] == {8}


@pytest.mark.parametrize(
    ("roots", "hits"),
    [
        (BASIC, 12),
        (BASIC[:9], 9),  # what is left of a chorus that was cut
        ([*BASIC[:6], None, *BASIC[7:]], 11),  # silence is on no chord
        ([2] * 12, 2),  # V of V: the ii in two measures of the jazz form
        ([], 0),
    ],
)
def test_each_measure_has_its_root(roots, hits):
    assert measures_on_scheme(roots, "major") == hits
