"""Originality: the share copied from one place, the longest exact run, and the names of both places."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ripieno.corpus import originality
from ripieno.corpus.corpus import Piece, save_corpus, transposed
from ripieno.corpus.originality import TRANSPOSITIONS, Library, load_library, measure_numbers, run_starts
from ripieno.errors import WeightsError
from ripieno.grid import HOLD, NO_METER, REST, Grid, empty_grid, score_to_grid
from ripieno.results import CopiedPassage, Result
from ripieno.score import SIXTEENTH, Measure, Meter, Note, Score, Voice
from ripieno.tasks.originality_limit import with_originality
from ripieno.text.notation import parse_score

HYMN = """
    soprano: [3/4] G4:4 | G4:2 F#4:4 | E4:2 D4:4 | G4:2 A4:4 | B4:2
    alto: D4:4 | D4:4 E4 D4 | B3:2 A3:4 | B3:4 D4 D4 | D4:2
    tenor: B3:4 | B3:4 C4 A3 | G3:2 F#3:4 | D3:4 G3 F#3 | G3:2
    bass: G3:4 | G3:4 C3 D3 | E3:2 F#3:4 | G3:4 B2 D3 | G2:2
"""


def grid_of(text: str) -> Grid:
    return score_to_grid(parse_score(text))


def grid_in_four(cells: np.ndarray) -> Grid:
    """Whole measures of 4/4 around these cells."""
    count = -(-len(cells) // 16)
    measures = tuple(Measure(str(n + 1), Fraction(4 * n), Fraction(4), Meter(4, 4)) for n in range(count))
    grid = empty_grid(measures, cells.shape[1])
    assert grid.steps == len(cells)
    return grid.with_cells(cells.astype(np.int16))


def random_piece(name: str, seed: int, measures: int = 8) -> Piece:
    """Four voices that leap about, in quarters and eighths, and never meet on one key."""
    rng = np.random.default_rng(seed)
    cells = np.full((16 * measures, 4), HOLD, dtype=np.int16)
    for voice, centre in enumerate((76, 65, 54, 43)):
        struck = rng.random(len(cells)) < np.tile([1, 0, 0.5, 0], 4 * measures)
        cells[struck, voice] = centre + rng.integers(-5, 6, struck.sum())
    return Piece(name, grid_in_four(cells))


@pytest.fixture(scope="module")
def pieces() -> list[Piece]:
    return [random_piece(f"piece {n}", n) for n in range(5)]


@pytest.fixture(scope="module")
def library(pieces) -> Library:
    return Library(pieces)


def found(copied: CopiedPassage | None) -> CopiedPassage:
    assert copied is not None
    return copied


# -- copies are found and named ----------------------------------------------------------------------------


@pytest.mark.parametrize("semitones", [0, 3, -5, 12, -12])
def test_piece_against_itself_is_copied_whole_at_any_transposition(pieces, library, semitones):
    result = library.compare(transposed(pieces[2].grid, semitones))
    share, run = found(result.closest), found(result.run)
    assert (share.share, share.piece, share.piece_measure, share.measures) == (1.0, "piece 2", 1, ("1", "4"))
    assert (run.start, run.end, run.piece, run.piece_measure, run.measures) == (
        0,
        128,
        "piece 2",
        1,
        ("1", "8"),
    )
    assert run.notes == run.among == np.sum(pieces[2].grid.cells < HOLD)
    assert run.quarters == 32
    assert share.transposition == run.transposition == -semitones  # there it stands so much higher


def test_excerpt_in_the_middle_of_new_music_is_named_with_both_measures(pieces, library):
    cells = random_piece("new", 99).grid.cells.copy()
    cells[48:96] = transposed(pieces[3].grid, 4).cells[16:64]  # measures 4 to 6 are measures 2 to 4
    run = found(library.compare(grid_in_four(cells)).run)
    assert (run.piece, run.piece_measure, run.piece_step, run.transposition) == ("piece 3", 2, 16, -4)
    assert (run.start, run.end, run.measures) == (48, 96, ("4", "6"))


def test_copy_at_another_time_of_the_measure_is_found(pieces, library):
    cells = np.roll(pieces[1].grid.cells, 3, axis=0)  # three sixteenths later
    share = found(library.compare(grid_in_four(cells)).closest)
    assert share.share == 1.0
    assert (share.piece, share.piece_step) == ("piece 1", share.start - 3)


def test_piece_with_half_its_notes_removed_is_copied_in_full(pieces, library):
    cells = pieces[4].grid.cells.copy()
    struck = np.argwhere(cells < HOLD)
    for step, voice in np.random.default_rng(1).permutation(struck)[: len(struck) // 2]:
        cells[step, voice] = REST
    share = found(library.compare(grid_in_four(cells)).closest)
    assert (share.share, share.piece, share.piece_measure) == (1.0, "piece 4", 1)


def test_voices_may_be_swapped_for_share_and_run(pieces, library):
    result = library.compare(pieces[0].grid.with_cells(pieces[0].grid.cells[:, ::-1].copy()))
    assert found(result.closest).share == 1.0
    assert (found(result.run).start, found(result.run).end) == (0, 128)


def test_one_changed_note_splits_the_run(pieces, library):
    cells = pieces[0].grid.cells.copy()
    cells[48, 2] += 1
    run = found(library.compare(grid_in_four(cells)).run)
    after = int(np.flatnonzero(cells[49:, 2] != HOLD)[0]) + 49  # the wrong note lasts until here
    assert (run.start, run.end, run.piece, run.transposition) == (after, 128, "piece 0", 0)


def test_note_held_longer_than_in_the_piece_ends_the_run():
    text = "{} | C5:4 D5 E5 F5"
    library = Library([Piece("tune", grid_of(text.format("C4:4 D4:4 E4:8 r G4:4")))], window=16)
    run = found(library.compare(grid_of(text.format("C4:4 D4:4 E4:4 G4:4"))).run)
    assert (run.start, run.end, run.notes, run.measures) == (12, 32, 5, ("1", "2"))


def test_repeated_note_is_no_copy_of_a_held_one():
    library = Library([Piece("held", grid_of("C4:2 E4"))], window=16)
    run = found(library.compare(grid_of("C4:4 C4 E4:2")).run)
    assert (run.start, run.end, run.notes) == (0, 4, 1)


def test_random_notes_are_original(library):
    result = library.compare(random_piece("new", 77).grid)
    assert found(result.closest).share < 0.3
    assert result.run is None or result.run.notes < 10


def test_no_window_spans_two_pieces(pieces):
    first, second = (grid_in_four(p.grid.cells[:32]) for p in pieces[:2])
    library = Library([Piece("first", first), Piece("second", second)])
    share = found(library.compare(grid_in_four(np.concatenate([first.cells, second.cells]))).closest)
    only = max(np.sum(g.cells < HOLD) for g in (first, second))
    assert share.notes < only + 12  # one piece, and a few that fall together by chance


@pytest.mark.parametrize("min_notes", [1, 16])
def test_of_equal_findings_the_nearest_transposition_and_then_the_first_piece_count(min_notes):
    tune = grid_of("C4:8 E4 G4 E4 F4 A4 C5 A4 | G4 B4 D5 B4 C5 G4 E4 C4")
    moved = [("far", 2), ("low", -1), ("first", 1), ("second", 1)]
    library = Library([Piece(name, transposed(tune, semitones)) for name, semitones in moved])
    result = library.compare(tune, min_notes=min_notes)
    for copied in (found(result.closest), found(result.run)):
        assert (copied.notes, copied.source) == (16, "first, measure 1, a minor second higher")


def test_of_equal_runs_the_earlier_in_the_result_counts():
    library = Library([Piece("late", grid_of("C4:4 D4 r:2")), Piece("early", grid_of("E4:4 F4 r:2"))])
    run = found(library.compare(grid_of("E4:4 F4 C2:2 | C4:4 D4 C2:2")).run)
    assert (run.notes, run.start, run.piece, run.transposition) == (2, 0, "early", 0)


# -- many voices -------------------------------------------------------------------------------------------


def piano_piece(name: str, seed: int, voices: int) -> Piece:
    """Whole measures of 4/4 in which every voice strikes, holds or rests as it likes."""
    rng = np.random.default_rng(seed)
    cells = np.full((128, voices), HOLD)
    kind = rng.random(cells.shape)
    cells[kind < 0.2] = rng.integers(28, 96, (kind < 0.2).sum())
    cells[kind > 0.9] = REST
    return Piece(name, grid_in_four(cells))


def test_pieces_of_different_numbers_of_voices_stand_in_one_library():
    pieces = [piano_piece(f"piano {n}", n, voices) for n, voices in enumerate((1, 12, 24, 5))]
    library = Library(pieces)
    for piece in pieces[1:]:
        copied = library.compare(transposed(piece.grid, -2))
        for part in (found(copied.closest), found(copied.run)):
            assert (part.piece, part.share, part.transposition) == (piece.name, 1.0, 2)


def test_shares_are_those_of_each_comparison(library):
    grids = [random_piece("new", seed).grid for seed in (2, 60, 61)] + [grid_of("C4:1")]
    assert library.shares(grids) == [library.compare(grid).closest for grid in grids]
    assert library.shares(grids[-1:], min_notes=1) == [library.compare(grids[-1], min_notes=1).closest]


@pytest.mark.parametrize("parts", [1, 2, 7])
def test_a_search_in_parts_finds_the_same(pieces, library, parts):
    """As many bytes at a time as so many parts of the library take."""
    grids = [transposed(pieces[2].grid, 3), random_piece("new", 77).grid, grid_of(HYMN)]
    size = -(-library.struck_bits.shape[2] // parts)
    for grid in grids:
        with patch.object(originality, "SEARCH_BYTES", size * TRANSPOSITIONS * grid.steps):
            result = library.compare(grid)
        assert result == library.compare(grid)


# -- beside the weights ------------------------------------------------------------------------------------


def test_a_saved_library_holds_every_piece(tmp_path: Path):
    """Twelve, of which a corpus to learn from would put some aside."""
    pieces = [random_piece(f"piece {n}", n, measures=4) for n in range(12)]
    with (tmp_path / "library.npz").open("wb") as file:
        save_corpus(file, pieces)
    there = load_library(tmp_path / "library.npz")
    assert there.names == tuple(piece.name for piece in pieces)
    assert there.compare(pieces[3].grid) == Library(pieces).compare(pieces[3].grid)


@pytest.mark.parametrize("data", [None, b"", b"PK\x03\x04", b"hello"])
def test_a_library_that_cannot_be_read_is_named(tmp_path: Path, data: bytes | None):
    path = tmp_path / "library.npz"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(WeightsError) as caught:
        load_library(path)
    assert str(caught.value) == (
        "library.npz: the pieces that the network learned from cannot be read; "
        "put them back beside its weights, or install ripieno again"
    )


# -- only what is new counts -------------------------------------------------------------------------------


def test_given_notes_do_not_count(pieces, library):
    grid = pieces[2].grid
    cells = random_piece("new", 55).grid.cells.copy()
    cells[:, 0] = grid.cells[:, 0]  # a chorale melody under which all is new
    new = np.ones(cells.shape, dtype=bool)
    new[:, 0] = False
    assert found(library.compare(grid_in_four(cells), new=new).closest).share < 0.35
    assert found(library.compare(grid_in_four(cells), new=~new).closest).share == 1.0
    assert found(library.compare(grid_in_four(cells), new=~new).run).end == 128


def test_harmonization_copied_under_another_melody_is_found(pieces, library):
    cells = pieces[2].grid.cells.copy()
    cells[:, 0] = random_piece("new", 55).grid.cells[:, 0]
    new = np.ones(cells.shape, dtype=bool)
    new[:, 0] = False
    run = found(library.compare(grid_in_four(cells), new=new).run)
    assert (run.start, run.end, run.notes) == (0, 128, np.sum(cells[:, 1:] < HOLD))


def test_run_ends_where_nothing_is_new(pieces, library):
    new = np.zeros(pieces[2].grid.cells.shape, dtype=bool)
    new[10:50, 1] = new[60:120, 3] = True
    run = found(library.compare(pieces[2].grid, new=new).run)
    assert (run.start, run.end) == (60, 120)


@pytest.mark.parametrize("text", ["r:1 | r", "C4:1 | G4", "C4:4 D4 E4 F4 | G4:1"])
def test_few_notes_say_nothing_of_the_share(library, text):
    result = library.compare(grid_of(text))
    assert result.closest is None
    assert "%" not in result.sentence


def test_silence_has_no_run(library):
    assert library.compare(grid_of("r:1 | r")).run is None


def test_library_without_notes_finds_nothing(pieces):
    for library in (Library([]), Library([Piece("rest", grid_of("r:1"))])):
        result = library.compare(pieces[0].grid)
        assert result.closest is result.run is None


# -- measures, words, repetition ---------------------------------------------------------------------------


def test_pickup_is_measure_0():
    numbers = measure_numbers(grid_of(HYMN))
    assert numbers is not None
    assert numbers.tolist() == [0] * 4 + [1] * 12 + [2] * 12 + [3] * 12 + [4] * 8


def test_grid_without_meter_is_named_by_steps(pieces):
    unknown = np.full(pieces[0].grid.steps, NO_METER)
    grid = replace(pieces[0].grid, position=unknown.astype(np.int16), strength=unknown.astype(np.int8))
    assert measure_numbers(grid) is None
    result = Library([Piece("chant", grid)]).compare(grid)
    assert "of steps 0-63 stand in chant, step 0, at the same pitch" in result.sentence


def test_sentence_names_measures_work_and_interval():
    library = Library([Piece("hymn", grid_of(HYMN))])
    assert library.compare(transposed(grid_of(HYMN), 4)).sentence == (
        "100 % of the notes of measures 0-4 stand in hymn, measure 0, a major third lower. The longest run "
        "copied exactly is 37 notes in measures 0-4, from hymn, measure 0, a major third lower."
    )


def test_same_question_same_answer_and_nothing_is_changed(pieces, library):
    grid = random_piece("new", 12).grid
    before = grid.cells.copy()
    assert library.compare(grid) == library.compare(grid) == Library(pieces).compare(grid)
    assert np.array_equal(grid.cells, before)


# -- against counting by hand ------------------------------------------------------------------------------

States = set[tuple[int, int, bool]]  # (step, pitch, struck there?)


def slow_states(cells: np.ndarray, new: np.ndarray) -> States:
    made: States = set()
    for voice in range(cells.shape[1]):
        sounding = REST
        for step, cell in enumerate(cells[:, voice].tolist()):
            sounding = sounding if cell == HOLD else cell
            if sounding != REST and new[step, voice]:
                made.add((step, sounding, cell != HOLD))
    return made


def slow_share(cells, new, pieces, window) -> Fraction:
    """The highest share, by trying every place."""
    best = Fraction(0)
    last = max(len(cells) - window, 0)
    for start in {*range(0, last + 1, 4), last}:
        notes = {(t, p) for t, p, struck in slow_states(cells, new) if struck and start <= t < start + window}
        for piece in pieces:
            there = slow_states(piece, np.ones(piece.shape, bool))
            for shift in range(-len(cells), len(piece) + 1):
                for move in range(-12, 13):
                    same = sum((t + shift, p + move, True) in there for t, p in notes)
                    best = max(best, Fraction(same, max(len(notes), 1)))
    return best


def slow_run(cells, new, pieces) -> int:
    """The most notes in a row, by trying every place."""
    here = slow_states(cells, new)
    best = 0
    for piece in pieces:
        there = slow_states(piece, np.ones(piece.shape, bool))
        for shift in range(-len(cells), len(piece) + 1):
            for move in range(-12, 13):
                count = 0
                for t in range(len(cells)):
                    frame = {state for state in here if state[0] == t}
                    copied = frame and {(s + shift, p + move, struck) for s, p, struck in frame} <= there
                    count = count + sum(struck for _, _, struck in frame) if copied else 0
                    best = max(best, count)
    return best


@st.composite
def small_cells(draw: st.DrawFn, *, most_steps: int = 10) -> np.ndarray:
    steps, voices = draw(st.integers(1, most_steps)), draw(st.sampled_from((1, 2, 3, 7)))
    cell = st.sampled_from((58, 60, 60, 61, 75, HOLD, HOLD, REST))
    row = st.lists(cell, min_size=voices, max_size=voices)
    return np.array(draw(st.lists(row, min_size=steps, max_size=steps)), dtype=np.int16)


def plain_grid(cells: np.ndarray) -> Grid:
    steps = len(cells)
    unknown = np.full(steps, NO_METER)
    edges = tuple(i * SIXTEENTH for i in range(steps + 1))
    return Grid(
        cells, edges, unknown.astype(np.int16), unknown.astype(np.int8), unknown > 0, unknown.astype(np.int8)
    )


@given(st.data(), small_cells(), st.lists(small_cells(), min_size=1, max_size=3), st.sampled_from((3, 6, 64)))
def test_share_and_run_agree_with_trying_every_place(data, cells, others, window):
    flat = data.draw(st.lists(st.sampled_from((True, True, False)), min_size=cells.size, max_size=cells.size))
    new = np.array(flat).reshape(cells.shape)
    library = Library([Piece(str(i), plain_grid(c)) for i, c in enumerate(others)], window=window)
    with patch.object(originality, "SEARCH_BYTES", data.draw(st.sampled_from((1, 1000, 10_000_000)))):
        result = library.compare(plain_grid(cells), new=new, min_notes=1)
    share, run = result.closest, result.run
    assert (Fraction(share.notes, share.among) if share else 0) == slow_share(cells, new, others, window)
    assert (run.notes if run else 0) == slow_run(cells, new, others)
    if run is not None:  # the place that it names has the notes
        here = {state for state in slow_states(cells, new) if run.start <= state[0] < run.end}
        piece = others[int(run.piece)]
        shift, move = run.piece_step - run.start, run.transposition
        moved = {(t + shift, p + move, struck) for t, p, struck in here}
        assert moved <= slow_states(piece, np.ones(piece.shape, bool))
        assert sum(struck for _, _, struck in here) == run.notes


@given(st.lists(st.integers(0, 255), min_size=1, max_size=12))
def test_run_starts_are_those_of_the_bits_in_common(rows):
    """Eight places: from its start to its end a run has a bit in common, from one step before it has none."""
    starts = run_starts(np.array(rows, dtype=np.uint8).reshape(-1, 1, 1))
    for step, start in enumerate(starts):
        common = [np.bitwise_and.reduce(rows[first : step + 1]) for first in range(step + 1)]
        assert start == next((first for first, bits in enumerate(common) if bits), step + 1)


def test_a_result_names_its_measures_as_the_score_does(pieces, library):
    """An excerpt of a longer piece, in a meter that the grid sees twice as slow."""
    measures = tuple(Measure(str(20 + i), Fraction(3 * i), Fraction(3), Meter(6, 8)) for i in range(6))
    notes = tuple(Note(Fraction(i, 2), Fraction(1, 2), 60 + i % 5) for i in range(36))
    voice = Voice("soprano", notes)
    found = with_originality(Result(Score((voice,), measures), (voice,), 0.0, 0), library).originality
    for copied in (found.closest, found.run):
        if copied is not None:
            assert copied.measures is not None
            first, last = (int(number) for number in copied.measures)
            assert 20 <= first <= last <= 25
    assert found.run is not None
