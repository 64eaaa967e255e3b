"""A fault of voice leading is mended by new beats around it, and nothing else changes."""

import functools
from fractions import Fraction

import numpy as np
import pytest

from figured_basses import figured_chorales
from ripieno.grid import score_to_grid
from ripieno.models.generator import FilledGrid
from ripieno.models.loading import load
from ripieno.tasks.asked_harmony import asked_harmony
from ripieno.tasks.choir import harmonize
from ripieno.tasks.drafts import DraftSettings
from ripieno.tasks.guidance import Guidance
from ripieno.tasks.mending import mended
from ripieno.text.notation import parse_score
from ripieno.theory.home_key import find_home_key
from ripieno.theory.rules import fault_steps

loaded = functools.cache(load)
PARALLELS = parse_score("""
soprano: [4/4] [key 0] C5:4 D5 E5 F5 | E5:4 D5 C5:2
alto: G4:4 G4 G4 A4 | G4:4 G4 G4:2
tenor: E4:4 D4 C4 C4 | C4:4 B3 E4:2
bass: C4:4 B3 C4 F3 | C3:4 G3 C3:2
""")
BETTER = parse_score("""
soprano: [4/4] [key 0] C5:4 D5 E5 F5 | E5:4 D5 C5:2
alto: G4:4 G4 G4 A4 | G4:4 G4 G4:2
tenor: E4:4 D4 C4 C4 | C4:4 B3 G3:2
bass: C4:4 B3 C4 F3 | C3:4 G3 C3:2
""")


def test_a_draft_without_faults_stays_as_it_is():
    grid = score_to_grid(BETTER)
    if fault_steps(grid):
        pytest.fail(f"the example has faults at {fault_steps(grid)}")
    draft = FilledGrid(grid, 0.0, 0.0)

    def never(grid, mask):
        raise AssertionError("nothing to write anew")

    assert mended(draft, np.zeros(grid.cells.shape, dtype=np.bool_), never) is draft


def test_only_the_beats_around_a_fault_are_written_anew_and_given_ones_never():
    cells = score_to_grid(BETTER).cells.copy()
    cells[4, 3] = 62  # the bass goes from C to D as the soprano does: octaves
    grid = score_to_grid(BETTER).with_cells(cells)
    (step, *_) = fault_steps(grid)
    fixed = np.zeros(grid.cells.shape, dtype=np.bool_)
    fixed[:, 0] = True
    asked = []

    def refill(whole, mask):
        asked.append(mask)
        return [FilledGrid(score_to_grid(BETTER), 0.0, 0.0)]

    draft = mended(FilledGrid(grid, 0.0, 0.0), fixed, refill)
    assert fault_steps(draft.grid) == []
    (mask,) = asked
    assert mask[:, 0].all()
    free = np.flatnonzero(~mask.all(1))
    assert free.min() >= step - 8
    assert free.max() < step + 12
    assert not mask[step, 1:].any()


def test_a_worse_draft_is_not_taken():
    cells = score_to_grid(BETTER).cells.copy()
    cells[4, 3] = 62
    grid = score_to_grid(BETTER).with_cells(cells)
    draft = FilledGrid(grid, 0.0, 0.0)
    kept = mended(
        draft, np.zeros(grid.cells.shape, dtype=np.bool_), lambda whole, mask: [FilledGrid(whole, 9.0, 9.0)]
    )
    assert kept is draft


@pytest.mark.parametrize("name", ["bwv3.6", "bwv244.10", "bwv248.12"])
def test_figured_basses_of_bachs_are_realized_as_figured_and_without_faults(name):
    (chorale,) = (c for c in figured_chorales() if c.name == name)
    home = find_home_key(chorale.bach).key
    asked = asked_harmony(chorale.figures, chorale.score, home)
    result = harmonize(
        chorale.score,
        loaded("lstm-chorales"),
        given=("soprano", "bass"),
        asked=asked,
        guidance=Guidance(key=home),
        settings=DraftSettings(1),
    )[0]
    for voice in ("soprano", "bass"):
        assert result.score.voice(voice) == chorale.score.voice(voice)
    for chord in asked.chords:
        for name_ in ("alto", "tenor"):
            sounding = [n.pitch for n in result.score.voice(name_).notes if n.onset <= chord.onset < n.end]
            assert all(pitch % 12 in chord.tones for pitch in sounding), (name_, float(Fraction(chord.onset)))
    assert fault_steps(score_to_grid(result.score)) == []
