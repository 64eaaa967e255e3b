"""Plans of the tasks: which piece may close on its key note, and what alternatives are."""

import functools
from itertools import pairwise

import pytest

from ripieno.evaluation.settings_by_others import CADENCES
from ripieno.grid import score_to_grid
from ripieno.models.catalog import DEFAULT_MODEL
from ripieno.models.loading import load
from ripieno.score import VOICE_NAMES, Key
from ripieno.tasks.choir import compose, infill, vary
from ripieno.tasks.drafts import Close, DraftSettings
from ripieno.tasks.guidance import Guidance
from ripieno.tasks.planning import may_close
from ripieno.text.notation import parse_score
from ripieno.theory.closes import close_kind
from ripieno.theory.keys import tonic_of
from ripieno.theory.plan_reading import read_beats

loaded = functools.cache(load)
CHORALE = """
soprano: G4:4 A4 B4 C5 | B4 A4 G4:2 | A4:4 B4 C5 D5 | C5 B4 C5:2
alto: D4:4 D4 D4 E4 | D4 D4 D4:2 | F4:4 G4 G4 G4 | G4 G4 G4:2
tenor: B3:4 A3 G3 G3 | G3 F#3 B3:2 | D4:4 D4 C4 B3 | E4 D4 E4:2
bass: G3:4 F#3 G3 C3 | D3 D3 G2:2 | D3:4 G3 E3 G3 | G3 G3 C3:2
"""


def chords_of(score):
    return [beat.chord for beat in read_beats(score_to_grid(score))]


@pytest.mark.parametrize(("bass", "may"), [("C3:1", True), ("G3:1", False), ("r:1", True)])
def test_a_piece_closes_on_its_key_note_unless_a_given_bass_note_forbids_it(bass, may):
    grid = score_to_grid(parse_score(f"soprano: G4:1\nalto: E4:1\ntenor: C4:1\nbass: {bass}"))
    close = Close(0, range(16))
    assert may_close(grid, grid.cells < 128, close) is True, "only the first cell is given"
    held = (grid.cells < 128).any(0) & (grid.cells >= 0)
    assert may_close(grid, held, close) is may


@pytest.mark.parametrize("voices", [VOICE_NAMES, VOICE_NAMES[1:]])
def test_a_regenerated_end_closes_with_a_cadence(voices):
    score = parse_score(CHORALE)
    settings = DraftSettings(1, 3)
    model = loaded(DEFAULT_MODEL)
    for result in infill(score, model, selection=score.span(range(2, 4)), voices=voices, settings=settings):
        assert close_kind(chords_of(result.score), 0) in CADENCES


def test_alternatives_for_a_hole_are_different_harmonies():
    score = parse_score(CHORALE)
    results = infill(
        score, loaded(DEFAULT_MODEL), selection=score.span(range(1, 3)), settings=DraftSettings(1, 3)
    )
    assert len({tuple(chord.root for chord in chords_of(result.score)) for result in results}) == 3


@pytest.mark.parametrize("task", ["infill", "vary"])
def test_a_given_key_is_followed(task):
    """The end of a piece in C that is to be heard in A minor."""
    score = parse_score(CHORALE)
    guidance, settings = Guidance(Key(0, "minor")), DraftSettings(1)
    model = loaded(DEFAULT_MODEL)
    if task == "infill":
        whole = score.span(range(2, 4))
        (result,) = infill(score, model, selection=whole, guidance=guidance, settings=settings)
    else:
        (result,) = vary(score, model, amount=1.0, guidance=guidance, settings=settings)
    assert result.score.voice("bass").notes[-1].pitch % 12 == 9


@pytest.mark.parametrize("key", [Key(-2, "minor"), Key(1, "minor"), Key(-3, "major")], ids=str)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_new_piece_begins_and_closes_in_its_key_and_its_chords_move(key, seed):
    home = tonic_of(key)
    for result in compose(loaded(DEFAULT_MODEL), bars=8, key=key, settings=DraftSettings(seed, 2)):
        chords = [chord for chord in chords_of(result.score) if chord is not None]
        assert (chords[0].root, chords[-1].root) == (home, home)
        third = 3 if key.mode == "minor" else 4
        assert (home + third) % 12 in chords[0].pitch_classes
        assert close_kind(chords_of(result.score), home) in CADENCES
        changes = sum(one.root != other.root for one, other in pairwise(chords))
        assert changes >= len(chords) / 3


def test_alternatives_of_a_new_piece_have_harmonies_of_their_own():
    results = compose(loaded(DEFAULT_MODEL), bars=4, settings=DraftSettings(1, 3))
    assert len({tuple(chord.root for chord in chords_of(result.score)) for result in results}) == 3
