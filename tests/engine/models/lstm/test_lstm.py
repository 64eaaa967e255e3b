"""The default network: what it computes, and that filling step by step is the same computation."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ripieno.grid import HOLD, OPEN, REST, Grid, GridPlan, empty_grid, score_to_grid, sounding_pitches
from ripieno.models.autoregressive import single_thread
from ripieno.models.frames import Frames, decode, encode
from ripieno.models.lstm.context_features import COLUMN, UNKNOWN, countdown, step_features
from ripieno.models.lstm.network import LSTMConfig
from ripieno.models.masks import training_mask, whole_notes
from ripieno.models.sampling import Limits, Sampling
from ripieno.score import lay_measures
from ripieno.text.notation import parse_score
from ripieno.theory.plans import PLAN_KINDS
from ripieno.theory.ranges import CHOIR_RANGES
from ripieno.training.families.lstm import frames_apart, stack
from tiny_network import TINY, random_generator

CHORALE = """
soprano: [3/4] [key 1] G4:4 | A4:4 B4:8 A4:8 G4:4 | F#4:2^ A4:4 | G4:2.
alto: D4:4 | D4:2 E4:4 | D4:2 D4:4 | D4:2.
tenor: B3:4 | A3:4 G3:4 B3:4 | A3:2 F#3:4 | G3:2.
bass: G3:4 | F#3:4 G3:4 E3:4 | D3:2 D3:4 | G2:2.
"""


def limits(steps: int) -> Limits:
    return Limits(tuple(CHOIR_RANGES.values()), np.zeros(steps, dtype=np.bool_))


def fill(model, grid, fixed, *, seed=0, candidates=1, plans=(), **sampling):
    return model.fill(
        grid,
        fixed,
        limits=limits(grid.steps),
        generator=torch.Generator().manual_seed(seed),
        sampling=Sampling(**sampling),
        candidates=candidates,
        plans=plans,
    )


def teacher_forced(model, grid, fixed) -> float:
    """log p of the free cells in one forward pass over the whole piece."""
    batch = stack([(grid.cells, fixed, step_features(grid))], model.model.config)
    with torch.no_grad():
        logp = model.model(batch.frames, batch.fixed, batch.features).log_softmax(-1)
    chosen = logp.gather(-1, batch.frames.tokens.unsqueeze(-1)).squeeze(-1)
    return float(chosen[batch.counted].double().sum())


@given(st.integers(0, 10_000))
def test_filling_step_by_step_scores_what_teacher_forcing_scores(seed):
    model, grid = random_generator(1), score_to_grid(parse_score(CHORALE))
    fixed = training_mask(grid.cells, np.random.default_rng(seed))
    filled = fill(model, grid, fixed, seed=seed, strict=False)[0]
    assert filled.log_likelihood == pytest.approx(teacher_forced(model, filled.grid, fixed), abs=1e-4)


@given(st.integers(0, 10_000))
def test_a_plan_is_read_alike_step_by_step_and_in_teacher_forcing(seed):
    model, grid = random_generator(4, reads_plan=True), random_plan(score_to_grid(parse_score(CHORALE)), seed)
    fixed = training_mask(grid.cells, np.random.default_rng(seed))
    filled = fill(model, grid, fixed, seed=seed, strict=False)[0]
    assert filled.log_likelihood == pytest.approx(teacher_forced(model, filled.grid, fixed), abs=1e-4)


def test_a_planned_chord_changes_what_is_likely():
    model = random_generator(4, reads_plan=True)
    grid = score_to_grid(parse_score(CHORALE))
    nothing = np.zeros(grid.cells.shape, dtype=np.bool_)
    assert (
        model.log_likelihoods(random_plan(grid, 1), nothing) != model.log_likelihoods(grid, nothing)
    ).any()


def random_plan(grid: Grid, seed: int) -> Grid:
    rng = np.random.default_rng(seed)
    highest = {"root": 12, "bass": 12, "home": 12, "kind": len(PLAN_KINDS)}
    columns = {
        name: rng.integers(OPEN, highest.get(name, 2), grid.steps).astype(np.int8)
        for name in GridPlan.columns()
    }
    for name in ("kind", "bass"):  # a chord is known whole or not at all
        columns[name] = np.where(columns["root"] == OPEN, OPEN, abs(columns[name])).astype(np.int8)
    return replace(grid, plan=GridPlan(**columns))


@given(st.integers(0, 10_000))
def test_fixed_cells_come_back_and_new_notes_keep_their_ranges(seed):
    grid = score_to_grid(parse_score(CHORALE))
    fixed = training_mask(grid.cells, np.random.default_rng(seed))
    for filled in fill(random_generator(2), grid, fixed, seed=seed, candidates=3):
        cells = filled.grid.cells
        assert (cells[fixed] == grid.cells[fixed]).all()
        for v, (low, high) in enumerate(CHOIR_RANGES.values()):
            new = cells[:, v][~fixed[:, v]]
            assert ((new == HOLD) | ((new >= low) & (new <= high))).all()
        assert (sounding_pitches(cells)[~fixed] != REST).all(), "a new voice fell silent"


def test_no_logit_depends_on_a_cell_that_is_chosen_later():
    """Changing one free cell must leave every logit before it in the order of choosing as it was."""
    model = random_generator(3).model
    cells = score_to_grid(parse_score(CHORALE)).cells
    grid = score_to_grid(parse_score(CHORALE))
    fixed = np.zeros(cells.shape, dtype=np.bool_)
    t, voice = 8, 1
    other = cells.copy()
    other[t, voice] += 2
    with torch.no_grad():
        one, two = (
            model(b.frames, b.fixed, b.features)[0]
            for b in (stack([(c, fixed, step_features(grid))], model.config) for c in (cells, other))
        )
    assert torch.equal(one[:t], two[:t])
    place = TINY.order.index(voice)
    for earlier in TINY.order[: place + 1]:
        assert torch.equal(one[t, earlier], two[t, earlier])
    for later in TINY.order[place + 1 :]:
        assert not torch.equal(one[t, later], two[t, later])


def test_a_fixed_voice_is_seen_ahead():
    """A soprano that is given changes the choices before it: the context looks into the future."""
    model = random_generator(3).model
    grid = score_to_grid(parse_score(CHORALE))
    other = grid.cells.copy()
    other[12, 0] += 2
    fixed = np.zeros(other.shape, dtype=np.bool_)
    fixed[:, 0] = True
    with torch.no_grad():
        one, two = (
            model(b.frames, b.fixed, b.features)[0, 10, 1]
            for b in (stack([(c, fixed, step_features(grid))], model.config) for c in (grid.cells, other))
        )
    assert not torch.equal(one, two)


def test_the_same_seed_gives_the_same_notes_on_one_and_two_threads():
    grid = score_to_grid(parse_score(CHORALE))
    fixed = np.zeros(grid.cells.shape, dtype=np.bool_)
    before = torch.get_num_threads()
    notes = []
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            notes.append(fill(random_generator(4), grid, fixed, seed=5)[0].grid.cells)
            assert torch.get_num_threads() == threads, "the caller's threads were changed"
    finally:
        torch.set_num_threads(before)
    assert (notes[0] == notes[1]).all()


def test_more_candidates_leave_the_first_ones_as_they_were():
    grid = score_to_grid(parse_score(CHORALE))
    fixed = np.zeros(grid.cells.shape, dtype=np.bool_)
    two = fill(random_generator(4), grid, fixed, seed=5, candidates=2)
    five = fill(random_generator(4), grid, fixed, seed=5, candidates=5)
    assert all((a.grid.cells == b.grid.cells).all() for a, b in zip(two, five, strict=False))
    assert not (five[0].grid.cells == five[4].grid.cells).all(), "candidates must differ"


def test_what_progress_raises_ends_the_work():
    grid = empty_grid(lay_measures(parse_score(CHORALE).duration * 8))

    def stop(fraction: float) -> None:
        if fraction > 0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        random_generator().fill(
            grid,
            np.zeros(grid.cells.shape, dtype=np.bool_),
            limits=limits(grid.steps),
            generator=torch.Generator(),
            sampling=Sampling(),
            progress=stop,
        )


def test_single_thread_restores_what_was_set():
    before = torch.get_num_threads()
    inside = []

    def fail() -> None:
        with single_thread():
            inside.append(torch.get_num_threads())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert inside == [1]
    assert torch.get_num_threads() == before


def test_cells_survive_encoding():
    config = LSTMConfig()
    cells = torch.tensor([[36, 81, HOLD, REST]])
    frames = encode(cells, torch.tensor([[36, 81, 60, REST]]), config)
    assert frames.tokens.tolist() == [[0, 45, 46, 47]]
    assert frames.pitches.tolist() == [[0, 45, 24, 46]]
    assert decode(frames.tokens.numpy(), config).tolist() == cells.tolist()


def test_relative_heads_see_the_same_music_in_another_key():
    """With everything but the interval heads switched off, moved music has moved logits."""
    model = random_generator(7).model
    p = TINY.pitches
    with torch.no_grad():
        model.head.weight[: TINY.tokens + 12] = 0
        model.head.bias[: TINY.tokens + 12] = 0
        out = torch.randn(1, TINY.voice_hidden)
        unknown = torch.tensor([12])
        now = torch.tensor([[30, p + 1, 20, p + 1]])
        low = model.score_tokens(out, 1, torch.tensor([24]), now, unknown, unknown)
        now = torch.tensor([[32, p + 1, 22, p + 1]])
        high = model.score_tokens(out, 1, torch.tensor([26]), now, unknown, unknown)
    assert torch.allclose(low[0, : p - 2], high[0, 2:p])


def test_countdown_to_fermatas():
    assert countdown(np.array([0, 0, 1, 1, 0, 0], dtype=np.bool_)).tolist() == [2, 1, 0, 0, 64, 64]


def test_a_score_without_fermatas_is_one_in_which_nobody_wrote_them():
    features = step_features(score_to_grid(parse_score("C4:1")))
    assert (features[:, COLUMN.fermata] == UNKNOWN[COLUMN.fermata]).all()
    features = step_features(score_to_grid(parse_score("C4:2 C4:2^")))
    assert features[:, COLUMN.fermata].tolist() == [0] * 8 + [1] * 8


def test_training_masks_keep_notes_whole():
    cells = score_to_grid(parse_score(CHORALE)).cells
    rng = np.random.default_rng(0)
    for _ in range(200):
        mask = training_mask(cells, rng)
        assert (whole_notes(mask, cells) == mask).all()


@given(st.integers(0, 10_000), st.sampled_from([1, 4]))
def test_the_consensus_is_predicted_without_the_frames_before(seed, beam):
    model, grid = random_generator(1), score_to_grid(parse_score(CHORALE))
    fixed = training_mask(grid.cells, np.random.default_rng(seed))
    filled = fill(model, grid, fixed, seed=seed, strict=False, consensus=0.5, beam=beam)[0]
    rows = [(filled.grid.cells, fixed, step_features(grid))]
    batch = frames_apart(stack(rows, model.model.config), torch.tensor([True]), model.model.config)
    p = model.model.config.pitches
    with torch.no_grad():
        logits = model.model(batch.frames, batch.fixed, batch.features, None, batch.apart)
    logp = logits.index_fill(-1, torch.tensor(p), float("-inf")).log_softmax(-1)
    sounds = torch.where(batch.frames.pitches == p, p + 1, batch.frames.pitches)
    consensus = float(logp.gather(-1, sounds.unsqueeze(-1)).squeeze(-1)[batch.counted].double().sum())
    assert filled.worth - filled.log_likelihood == pytest.approx(0.5 * consensus, abs=2e-3)


@pytest.mark.parametrize("beam", [2, 5])
def test_a_beam_scores_its_hypotheses_as_teacher_forcing_does(beam):
    """Rows change places all the time; memory, attention and the key must change with them."""
    model, grid = random_generator(4), score_to_grid(parse_score(CHORALE))
    grid = replace(grid, tonic=np.full_like(grid.tonic, -1))
    fixed = np.zeros(grid.cells.shape, dtype=np.bool_)
    fixed[:, 0] = True
    for filled in fill(model, grid, fixed, beam=beam, candidates=3):
        assert filled.log_likelihood == pytest.approx(teacher_forced(model, filled.grid, fixed), abs=1e-4)


def test_the_beam_of_each_plan_scores_its_hypotheses_as_teacher_forcing_does():
    """Long enough for hypotheses to come from one another many times, and to settle."""
    model, short = random_generator(4, reads_plan=True), score_to_grid(parse_score(CHORALE))
    grid = short.part(np.tile(np.arange(short.steps), 3))
    fixed = np.zeros(grid.cells.shape, dtype=np.bool_)
    fixed[:, 0] = True
    planned = [random_plan(grid, seed) for seed in range(3)]
    filled = fill(model, grid, fixed, beam=4, plans=[one.plan for one in planned], candidates=3)
    for one, of_plan in zip(filled, planned, strict=True):
        expected = teacher_forced(model, of_plan.with_cells(one.grid.cells), fixed)
        assert one.log_likelihood == pytest.approx(expected, abs=1e-4)


def test_a_wider_beam_finds_no_less_likely_music():
    model, grid = random_generator(5), score_to_grid(parse_score(CHORALE))
    fixed = np.zeros(grid.cells.shape, dtype=np.bool_)
    fixed[:, 0] = True
    free = {"temperature": 0, "strict": False}
    found = [fill(model, grid, fixed, beam=beam, **free)[0].log_likelihood for beam in (2, 32)]
    greedy = fill(model, grid, fixed, temperature=0, strict=False)[0].log_likelihood
    assert greedy < found[1]
    assert found[0] < found[1]


def test_every_step_is_reported_as_soon_as_it_is_final():
    model, grid = random_generator(6), score_to_grid(parse_score(CHORALE))
    fixed = np.zeros(grid.cells.shape, dtype=np.bool_)
    fixed[:, 0] = True
    steps = []
    filled = model.fill(
        grid,
        fixed,
        limits=limits(grid.steps),
        generator=torch.Generator().manual_seed(0),
        sampling=Sampling(),
        candidates=2,
        on_step=lambda step, cells: steps.append((step, cells)),
    )
    assert [step for step, _ in steps] == list(range(grid.steps))
    for i, one in enumerate(filled):
        assert (np.stack([cells[i] for _, cells in steps]) == one.grid.cells).all()


def test_a_step_callback_may_end_the_work():
    class InterruptError(Exception):
        pass

    def interrupt(step, cells):
        if step == 3:
            raise InterruptError

    model, grid = random_generator(6), score_to_grid(parse_score(CHORALE))
    with pytest.raises(InterruptError):
        model.fill(
            grid,
            np.zeros(grid.cells.shape, dtype=np.bool_),
            limits=limits(grid.steps),
            generator=torch.Generator(),
            sampling=Sampling(),
            on_step=interrupt,
        )


def test_without_a_key_signature_the_tonic_is_found_from_the_notes():
    """The same notes with the signature written and with it left out: the network finds the same tonic."""
    model = random_generator(2).model
    grid = score_to_grid(parse_score(CHORALE))
    batch = stack(
        [(grid.cells, np.ones(grid.cells.shape, dtype=np.bool_), step_features(grid))], model.config
    )
    unknown = batch.features.clone()
    unknown[..., COLUMN.tonic] = UNKNOWN[COLUMN.tonic]
    tonic = model.key_tonic(batch.frames, batch.frames, unknown)
    assert set(tonic.flatten().tolist()) == {7}
    silence = torch.full_like(batch.frames.pitches, model.config.pitches)
    quiet = Frames(silence + 1, silence)
    assert set(model.key_tonic(quiet, quiet, unknown).flatten().tolist()) == {UNKNOWN[COLUMN.tonic]}
