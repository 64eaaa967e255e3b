"""BachBot: its stream, its steps, its decoding, and that it fills grids like every other generator."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ripieno.corpus.corpus import Corpus, Piece, transposed
from ripieno.grid import HOLD, REST, sounding_pitches
from ripieno.grid import score_to_grid as grid_of
from ripieno.models.bachbot.generator import BachBotGenerator
from ripieno.models.bachbot.network import BachBot, BachBotConfig
from ripieno.models.bachbot.tokens import Vocabulary, decode_stream, encode_stream, note_tokens, to_c_major
from ripieno.models.masks import training_mask
from ripieno.models.sampling import Limits, Sampling
from ripieno.text.notation import parse_score
from ripieno.theory.ranges import CHOIR_RANGES
from ripieno.training.families.bachbot import (
    BachBotBatches,
    BachBotTraining,
    bachbot_train_config,
    nats_per_token,
)
from ripieno.training.trainer import train

CHORALE = """soprano: [key 1] G4:4 A4 B4 C5 | B4 A4 G4:2^
alto: D4:4 D4 D4 E4 | D4 D4 D4:2^
tenor: B3:4 A3 G3 r:4 | G3 F#3 B3:2^
bass: G3:4 F#3 G3 C3 | D3 D3 G2:2^
"""
GRID = grid_of(parse_score(CHORALE))
VOCABULARY = Vocabulary()
NOTHING = np.zeros(GRID.cells.shape, dtype=np.bool_)


def random_bachbot(seed: int = 0) -> BachBotGenerator:
    torch.manual_seed(seed)
    model = BachBot(BachBotConfig(embedding=6, hidden=10, layers=2))
    for norm in model.norms:  # as after training: not the identity
        assert isinstance(norm, torch.nn.BatchNorm1d)
        torch.nn.init.normal_(norm.running_mean, std=0.3)
        torch.nn.init.uniform_(norm.running_var, 0.5, 2.0)
    return BachBotGenerator(model, name="random", sha256="0" * 64)


def fill(model, fixed, *, grid=GRID, seed=0, candidates=1, **sampling):
    return model.fill(
        grid,
        fixed,
        limits=Limits(tuple(CHOIR_RANGES.values()), np.zeros(grid.steps, dtype=np.bool_)),
        generator=torch.Generator().manual_seed(seed),
        sampling=Sampling(**sampling),
        candidates=candidates,
    )


def test_the_stream_of_two_frames_is_the_one_of_the_thesis():
    """High to low, (pitch, tie), a delimiter after each frame, a fermata before its frame; in C major."""
    grid = grid_of(parse_score("[key 1] G4:8^\nD4:8\nB3:8\nr:8"))
    g, d, b = (pitch + 5 - VOCABULARY.lowest for pitch in (67, 62, 59))  # from G to C is a fourth up
    tied = VOCABULARY.pitches
    first = [VOCABULARY.fermata, g, d, b, VOCABULARY.rest, VOCABULARY.delimiter]
    second = [VOCABULARY.fermata, g + tied, d + tied, b + tied, VOCABULARY.rest, VOCABULARY.delimiter]
    head = [VOCABULARY.start, *first, *second]
    assert encode_stream(grid, VOCABULARY)[: len(head)].tolist() == head
    assert encode_stream(grid, VOCABULARY)[-1] == VOCABULARY.end


def test_a_stream_decodes_to_its_frames():
    notes, fermatas = decode_stream(encode_stream(GRID, VOCABULARY).tolist(), VOCABULARY)
    moved = np.where(GRID.cells < HOLD, GRID.cells + to_c_major(GRID), GRID.cells)
    assert (notes == note_tokens(moved, VOCABULARY)).all()
    assert (fermatas == GRID.fermata).all()


@pytest.mark.parametrize("semitones", range(-5, 7))
def test_a_piece_in_any_key_is_the_same_stream(semitones):
    moved = transposed(GRID, semitones)
    one, other = encode_stream(GRID, VOCABULARY), encode_stream(moved, VOCABULARY)
    octave = (to_c_major(moved) + semitones - to_c_major(GRID)) // 12 * 12
    pitched = one < 2 * VOCABULARY.pitches
    assert (other == np.where(pitched, one + octave, one)).all()


@given(st.integers(0, 10_000))
def test_filling_step_by_step_scores_what_the_whole_stream_scores(seed):
    model = random_bachbot(1)
    fixed = training_mask(GRID.cells, np.random.default_rng(seed))
    filled = fill(model, fixed, seed=seed, strict=False)[0]
    assert filled.log_likelihood == pytest.approx(model.log_likelihoods(filled.grid, fixed).sum(), abs=1e-3)


@given(st.integers(0, 10_000), st.sampled_from([1, 3]))
def test_fixed_cells_come_back_and_new_notes_keep_their_ranges(seed, beam):
    fixed = training_mask(GRID.cells, np.random.default_rng(seed))
    for filled in fill(random_bachbot(2), fixed, seed=seed, candidates=2, beam=beam):
        cells = filled.grid.cells
        assert (cells[fixed] == GRID.cells[fixed]).all()
        for v, (low, high) in enumerate(CHOIR_RANGES.values()):
            new = cells[:, v][~fixed[:, v]]
            assert ((new == HOLD) | ((new >= low) & (new <= high))).all()
        assert (sounding_pitches(cells)[~fixed] != REST).all(), "a new voice fell silent"


def test_what_sounds_is_struck_or_held():
    """p(what sounds) = p(struck) + p(tied): the same music with the repeated note struck, and held."""
    model = random_bachbot(3)
    struck, held = (grid_of(parse_score(f"{first}\nr:2\nr:2\nr:2")) for first in ("C5:4 C5:4", "C5:2"))
    free = np.zeros(struck.cells.shape, dtype=np.bool_)
    one, two = (np.exp(model.log_likelihoods(grid, free)[4, 0]) for grid in (struck, held))
    assert np.exp(model.log_likelihoods(struck, free, sounding=True)[4, 0]) == pytest.approx(one + two)


def test_a_wide_beam_finds_the_likeliest_of_all_fillings():
    """Against brute force over every way to fill two cells."""
    model = random_bachbot(4)
    fixed = np.ones(GRID.cells.shape, dtype=np.bool_)
    fixed[16:20, 1] = False
    low, high = 60, 64
    limits = Limits(((0, 127), (low, high), (0, 127), (0, 127)), np.zeros(GRID.steps, dtype=np.bool_))
    found = model.fill(
        GRID,
        fixed,
        limits=limits,
        generator=torch.Generator(),
        sampling=Sampling(temperature=0, beam=700, strict=False),
        candidates=1,
    )[0]
    likelihoods = []
    for column in product(range(low, high + 2), repeat=4):  # high + 1 stands for HOLD
        cells = GRID.cells.copy()
        cells[16:20, 1] = [HOLD if cell > high else cell for cell in column]
        if cells[16, 1] != HOLD:  # the note before is given, so it may not be made longer
            likelihoods.append(model.log_likelihoods(GRID.with_cells(cells), fixed).sum())
    assert found.log_likelihood == pytest.approx(max(likelihoods), abs=1e-4)


def test_the_memory_goes_from_batch_to_batch_and_starts_again_with_an_epoch():
    corpus = Corpus(train=(Piece("a", GRID),) * 3, valid=(), test=())
    training = BachBotTraining(random_bachbot().model, corpus, batches=BachBotBatches(rows=2, length=16))
    training.model.eval()
    with torch.no_grad():
        first, second = training.loss(0, 0, 1)[0], training.loss(1, 0, 1)[0]
        alone = BachBotTraining(training.model, corpus, batches=BachBotBatches(rows=2, length=16))
        assert alone.loss(0, 0, 1)[0] == first
        fresh = BachBotTraining(training.model, corpus, batches=BachBotBatches(rows=2, length=16)).loss(
            1, 0, 1
        )[0]
        assert fresh != second
        assert alone.loss(training.epoch_steps, 0, 1)[1] == 32


def test_training_learns(tmp_path):
    corpus = Corpus(train=(Piece("a", GRID),), valid=(Piece("a", GRID),), test=())
    torch.manual_seed(0)
    training = BachBotTraining(
        BachBot(BachBotConfig(embedding=8, hidden=16, layers=1)),
        corpus,
        batches=BachBotBatches(rows=4, length=16),
    )
    before = nats_per_token(training.model, corpus.valid)
    config = replace(bachbot_train_config(training, steps=60), learning_rate=1e-2, halve_every=None)
    trained = train(training, tmp_path, config)
    assert isinstance(trained, BachBot)
    after = nats_per_token(trained, corpus.valid)
    assert after < before - 1
