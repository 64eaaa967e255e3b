"""Generators over keys: whatever the network prefers, given notes stay. Choir and piano."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ripieno.errors import RequestError, ScoreError
from ripieno.grid import HOLD, NO_KEY, REST, Cells, Grid, score_to_grid, sounding_pitches
from ripieno.models.biaxial.generator import BiaxialGenerator
from ripieno.models.biaxial.network import Biaxial, BiaxialConfig
from ripieno.models.masks import whole_notes
from ripieno.models.note_states.dbn import DBN, DBNConfig
from ripieno.models.note_states.dbn_sampler import CodeSearch, DBNSampler
from ripieno.models.note_states.generator import NoteStateGenerator, above_threshold, choose_keys
from ripieno.models.note_states.key_generator import KeyGenerator, PlayedKeys
from ripieno.models.note_states.rbm import RBM, RBMConfig
from ripieno.models.note_states.rbm_sampler import RBMSampler
from ripieno.models.sampling import Limits, Sampling
from ripieno.piano.hands import MELODY
from ripieno.score import Key, Measure, Meter, Note, Score, Voice
from ripieno.tasks.drafts import DraftSettings
from ripieno.tasks.piano import (
    compose,
    continue_,
    harmonize,
    infill,
    interpolate,
    performance_result,
    piano_grid,
    vary,
)
from ripieno.text.notation import format_score, parse_score
from ripieno.theory.ranges import CHOIR_RANGES
from strategies import scores

FEW = settings(max_examples=max(settings().max_examples // 4, 5))
HALF = settings(max_examples=max(settings().max_examples // 2, 5))
RANGES = tuple(CHOIR_RANGES.values())
LOWEST, KEYS = 43, 36  # G2 to F#5 after the move to C: random scores go beyond both ends
MAJOR = (0, 2, 4, 5, 7, 9, 11)
CHORALE = """
soprano: [3/4] [key 1] G4:4 | A4:4 B4:8 A4:8 G4:4 | F#4:2^ A4:4 | G4:2.
alto: D4:4 | D4:2 E4:4 | D4:2 D4:4 | D4:2.
tenor: B3:4 | A3:4 G3:4 B3:4 | A3:2 F#3:4 | G3:2.
bass: G3:4 | F#3:4 G3:4 E3:4 | D3:2 D3:4 | G2:2.
"""


def rbm(window: int = 16, seed: int = 0) -> NoteStateGenerator:
    """Random and sure of itself: some keys sound at every step."""
    torch.manual_seed(seed)
    model = RBM(RBMConfig(window=window, lowest=LOWEST, keys=KEYS, hidden=5, gibbs_steps=3))
    with torch.no_grad():
        model.W.normal_()
        model.visible_bias.normal_(mean=-3)
    return NoteStateGenerator(RBMSampler(model), name="random-rbm", sha256="0" * 64)


def dbn(window: int = 32, seed: int = 0) -> NoteStateGenerator:
    torch.manual_seed(seed)
    model = DBN(DBNConfig(window=window, lowest=LOWEST, keys=KEYS, layers=(6, 3)))
    with torch.no_grad():
        for p in model.parameters():
            p.normal_()
        model.down_bias[0] -= 3
    sampler = DBNSampler(model, search=CodeSearch(steps=3, restarts=2))
    return NoteStateGenerator(sampler, name="random-dbn", sha256="0" * 64)


def biaxial(seed: int = 0, *, twelve_bars: bool = False) -> BiaxialGenerator:
    torch.manual_seed(seed)
    config = BiaxialConfig(lowest=LOWEST, keys=KEYS, time_hidden=6, note_hidden=5, twelve_bars=twelve_bars)
    model = Biaxial(config)
    with torch.no_grad():
        for p in model.parameters():
            p.normal_()
        model.densities.uniform_(0.1, 0.6)
    return BiaxialGenerator(model.eval(), name="random-biaxial", sha256="0" * 64)


GENERATORS: dict[str, KeyGenerator] = {
    "rbm": rbm(),
    "rbm of two bars": rbm(32),
    "dbn": dbn(),
    "dbn of one bar": dbn(16),
    "biaxial": biaxial(),
    "biaxial on the blues": biaxial(1, twelve_bars=True),
}
EVERY = [GENERATORS["rbm"], GENERATORS["dbn"], GENERATORS["biaxial"]]
generators = st.sampled_from(sorted(GENERATORS)).map(GENERATORS.__getitem__)


def random_mask(rng: np.random.Generator, cells: np.ndarray) -> np.ndarray:
    """Voices, or a part of the piece, or any notes."""
    kind = rng.integers(3)
    fixed = np.zeros(cells.shape, dtype=np.bool_)
    if kind == 0:
        fixed[:, rng.random(cells.shape[1]) < 0.5] = True
    elif kind == 1:
        fixed[:] = True
        start = rng.integers(len(cells))
        fixed[start : start + rng.integers(1, 40)] = False
    else:
        fixed = rng.random(cells.shape) < rng.random()
    return whole_notes(fixed, cells)


def fill(generator: KeyGenerator, grid: Grid, fixed, *, seed=0, silent=None, candidates=1, **sampling):
    silence = np.zeros(grid.steps, dtype=np.bool_) if silent is None else silent
    return generator.fill(
        grid,
        fixed,
        limits=Limits(RANGES, silence),
        generator=torch.Generator().manual_seed(seed),
        sampling=Sampling(**sampling),
        candidates=candidates,
    )


def play(generator: KeyGenerator, grid: Grid, fixed, *, seed=0, closeness=None, candidates=1, **sampling):
    return generator.play(
        grid,
        fixed,
        generator=torch.Generator().manual_seed(seed),
        sampling=Sampling(**sampling),
        candidates=candidates,
        closeness=closeness,
    )


def check_filled(grid: Grid, fixed, filled, silent) -> None:
    cells = filled.grid.cells
    assert (cells[fixed] == grid.cells[fixed]).all()
    sounding = sounding_pitches(cells)
    assert (sounding[fixed] == sounding_pitches(grid.cells)[fixed]).all()
    for v, (low, high) in enumerate(RANGES):
        new = sounding[:, v][~fixed[:, v] & ~silent]
        assert ((new >= low) & (new <= high)).all(), "out of range, or fell silent"
    assert (cells[silent[:, None] & ~fixed] == REST).all()
    assert not ((cells[1:] == HOLD) & fixed[:-1] & ~fixed[1:]).any(), "a given note was lengthened"


def check_played(grid: Grid, fixed, played) -> None:
    """No new key on a step that is given, on a given key, or above a given melody; none is held unstruck."""
    assert played.sounds.shape == played.strikes.shape == (grid.steps, 128)
    assert not (played.strikes & ~played.sounds).any()
    begins = played.sounds.copy()
    begins[1:] &= ~played.sounds[:-1]
    assert not (begins & ~played.strikes).any()
    sounding = sounding_pitches(grid.cells)
    for t in range(grid.steps):
        if fixed[t].all():
            assert not played.sounds[t].any()
        for v in np.flatnonzero(fixed[t]):
            if sounding[t, v] != REST:
                assert not played.sounds[t, sounding[t, v]]
        if len(fixed[t]) > 1 and fixed[t, 0] and sounding[t, 0] != REST:
            assert not played.sounds[t, sounding[t, 0] :].any()


# -- a choir -----------------------------------------------------------------------------------------------


@FEW
@given(generators, scores(min_voices=4), st.integers(0, 10_000), st.sampled_from([0.0, 1.0]))
def test_given_notes_come_back_whatever_the_network_prefers(generator, score, seed, consensus):
    grid, rng = score_to_grid(score), np.random.default_rng(seed)
    fixed = random_mask(rng, grid.cells)
    silent = rng.random(grid.steps) < 0.1
    before = grid.cells.copy()
    for filled in fill(generator, grid, fixed, seed=seed, silent=silent, consensus=consensus):
        check_filled(grid, fixed, filled, silent)
    assert (grid.cells == before).all()


@pytest.mark.parametrize("name", sorted(GENERATORS))
@pytest.mark.parametrize(
    "first", ["C5:1", "C5:4 | D5:2 E5:2", "[3/4] C5:2. | D5:2.", "[3/4] C5:4 | D5:2.", "[6/8] C5:8 | D5:2."]
)
@pytest.mark.parametrize("voice", [0, 1, 3])
def test_one_voice_is_given_in_any_meter(name, first, voice):
    score = parse_score("\n".join([first, "r:4", "r:4", "r:4"]))
    grid = score_to_grid(score)
    cells = np.roll(grid.cells, voice, axis=1)
    cells[cells < HOLD] -= 8 * voice
    fixed = np.zeros(cells.shape, dtype=np.bool_)
    fixed[:, voice] = True
    silent = np.zeros(grid.steps, dtype=np.bool_)
    for filled in fill(GENERATORS[name], grid.with_cells(cells), fixed, candidates=2):
        check_filled(grid.with_cells(cells), fixed, filled, silent)


@pytest.mark.parametrize("generator", EVERY)
@pytest.mark.parametrize("text", ["C5:16", "C5:4 D5", " | ".join(["C5:2 D5"] * 9)])
def test_a_piece_may_be_shorter_or_much_longer_than_a_window(generator, text):
    grid = score_to_grid(parse_score("\n".join([text, "r:16", "r:16", "r:16"])))
    fixed = np.zeros(grid.cells.shape, dtype=np.bool_)
    silent = np.zeros(grid.steps, dtype=np.bool_)
    for given_voice in (True, False):
        fixed[:, 0] = given_voice
        for filled in fill(generator, grid, fixed):
            check_filled(grid, fixed, filled, silent)
        for one in play(generator, grid, fixed):
            check_played(grid, fixed, one)


@pytest.mark.parametrize("generator", EVERY)
@pytest.mark.parametrize("melody", ["C8:4 D8 E8 F8", "C0:4 D0 E0 F0", "127:4 0:4 126:4 1:4"])
def test_a_melody_beyond_the_compass_stays_and_is_not_seen(generator, melody):
    grid = score_to_grid(parse_score("\n".join([melody, "r:1", "r:1", "r:1"])))
    fixed = np.zeros(grid.cells.shape, dtype=np.bool_)
    fixed[:, 0] = True
    for filled in fill(generator, grid, fixed):
        check_filled(grid, fixed, filled, np.zeros(grid.steps, dtype=np.bool_))
    for one in play(generator, grid, fixed):
        check_played(grid, fixed, one)


@pytest.mark.parametrize("generator", EVERY)
def test_the_same_seed_fills_and_plays_the_same(generator):
    grid = score_to_grid(parse_score(CHORALE))
    fixed = np.zeros(grid.cells.shape, dtype=np.bool_)
    fixed[:, 0] = True
    before = torch.get_num_threads()
    one, two, other = (fill(generator, grid, fixed, seed=seed)[0].grid.cells for seed in (4, 4, 5))
    assert (one == two).all()
    assert not (one == other).all()
    one, two, other = (play(generator, grid, fixed, seed=seed)[0].sounds for seed in (4, 4, 5))
    assert (one == two).all()
    assert not (one == other).all()
    assert torch.get_num_threads() == before


@pytest.mark.parametrize("generator", EVERY)
def test_free_cells_are_not_read(generator):
    grid = score_to_grid(parse_score(CHORALE))
    fixed = np.zeros(grid.cells.shape, dtype=np.bool_)
    fixed[:, 0] = True
    blank = grid.with_cells(np.where(fixed, grid.cells, REST).astype(np.int16))
    assert (fill(generator, grid, fixed)[0].grid.cells == fill(generator, blank, fixed)[0].grid.cells).all()
    assert (play(generator, grid, fixed)[0].sounds == play(generator, blank, fixed)[0].sounds).all()


@pytest.mark.parametrize("generator", EVERY)
def test_every_step_is_reported_once(generator):
    grid = score_to_grid(parse_score(CHORALE))
    fixed = np.zeros(grid.cells.shape, dtype=np.bool_)
    steps: list[tuple[int, Cells]] = []
    progress: list[float] = []
    filled = generator.fill(
        grid,
        fixed,
        limits=Limits(RANGES, np.zeros(grid.steps, dtype=np.bool_)),
        generator=torch.Generator().manual_seed(0),
        sampling=Sampling(),
        candidates=2,
        progress=progress.append,
        on_step=lambda step, cells: steps.append((step, cells)),
    )
    assert [step for step, _ in steps] == list(range(grid.steps))
    for i, one in enumerate(filled):
        assert (np.stack([cells[i] for _, cells in steps]) == one.grid.cells).all()
    assert progress == sorted(progress)
    assert progress[-1] == 1


@pytest.mark.parametrize("generator", EVERY)
def test_what_progress_raises_ends_the_work(generator):
    class InterruptError(Exception):
        pass

    def interrupt(share: float) -> None:
        raise InterruptError

    grid = score_to_grid(parse_score(CHORALE))
    with pytest.raises(InterruptError):
        generator.play(
            grid,
            np.zeros(grid.cells.shape, dtype=np.bool_),
            generator=torch.Generator(),
            sampling=Sampling(),
            progress=interrupt,
        )


def test_a_likelihood_that_cannot_be_computed_is_refused():
    grid = score_to_grid(parse_score(CHORALE))
    with pytest.raises(RequestError, match="random-rbm gives no likelihood of voices"):
        GENERATORS["rbm"].log_likelihoods(grid, np.zeros(grid.cells.shape, dtype=np.bool_))


# -- the given units ---------------------------------------------------------------------------------------


class RecordingSampler:
    """A sampler that only remembers the given units."""

    bar, window, key_odds = 16, 16, torch.zeros(KEYS)
    compass = RBMConfig(lowest=LOWEST, keys=KEYS).compass

    def note_probabilities(self, given, *, candidates=1, **_):
        self.given = given
        return given.states.expand(candidates, -1, -1)


def given_keys_of(text: str, *fixed_voices: int):
    grid = score_to_grid(parse_score(text))
    fixed = np.zeros(grid.cells.shape, dtype=np.bool_)
    fixed[:, list(fixed_voices)] = True
    recorder: Any = RecordingSampler()
    play(NoteStateGenerator(recorder, name="recorder", sha256="0" * 64), grid, fixed)
    return recorder.given


def test_given_notes_are_clamped_and_nothing_sounds_above_them():
    given_keys = given_keys_of("[1/4] C5:8 C5:8\nE4:4", 0)
    sounding, struck = given_keys.states.bool().split(KEYS, 1)
    clamp_sounding, clamp_struck = given_keys.clamp.split(KEYS, 1)
    c5 = 72 - LOWEST
    assert sounding[:4, c5].all()
    assert struck[:4, c5].tolist() == [True, False, True, False]
    assert clamp_sounding[:4, c5:].all()
    assert clamp_struck[:4, c5:].all()
    assert not sounding[:4, c5 + 1 :].any()
    assert not clamp_sounding[:4, :c5].any(), "below the melody all is free"
    assert not given_keys.clamp[4:].any(), "what the piece does not have is free"
    near, rest = given_keys.near.split(KEYS, 1)
    assert torch.nonzero(near[0]).flatten().tolist() == [c5 - 2, c5 - 1]
    assert not rest.any()


def test_nothing_sounds_below_a_given_bass():
    given_keys = given_keys_of("[1/4] C5:4\nC3:4", 1)
    clamp, _ = given_keys.clamp.split(KEYS, 1)
    c3 = 48 - LOWEST
    assert clamp[0].tolist() == [True] * (c3 + 1) + [False] * (KEYS - c3 - 1)
    assert torch.nonzero(given_keys.states[0, :KEYS]).flatten().tolist() == [c3, 72 - LOWEST]


def test_where_all_is_given_all_is_clamped_rests_too():
    given_keys = given_keys_of("[1/4] C5:8 r:8\nr:8 E4:8", 0, 1)
    assert given_keys.clamp[:4].all()
    assert given_keys.states[:4, :KEYS].sum(1).tolist() == [1, 1, 1, 1]


# -- the key -----------------------------------------------------------------------------------------------


def white_key_generator() -> NoteStateGenerator:
    """A generator whose training music had mostly white keys, the tonic most often."""
    generator = rbm()
    odds = [0.0 if (LOWEST + k) % 12 in MAJOR else -6.0 for k in range(KEYS)]
    odds = [1.0 if (LOWEST + k) % 12 == 0 else x for k, x in enumerate(odds)]
    generator.sampler.model.key_odds.copy_(torch.tensor(odds))
    return generator


SCALES = {
    "C": "C4:8 D4 E4 F4 G4 A4 B4 C5",
    "D": "D4:8 E4 F#4 G4 A4 B4 C#5 D5",
    "Eb": "Eb4:8 F4 G4 Ab4 Bb4 C5",
}


def transposition_of(text: str, *, keyless: bool = False) -> int:
    """The semitones, of an octave, from a tune's own pitches to where the network sees them."""
    grid = score_to_grid(parse_score(text))
    if keyless:
        grid = replace(grid, tonic=np.full_like(grid.tonic, NO_KEY))
    generator = white_key_generator()
    move = generator.best_transposition(grid, np.ones(grid.cells.shape, dtype=np.bool_))
    return (move + (0 if keyless else -7 * parse_score(text).measures[0].key.fifths)) % 12


@pytest.mark.parametrize(
    ("text", "semitones"),
    [("[key 2] " + SCALES["D"], 10), ("[key -3] " + SCALES["Eb"], 9), (SCALES["C"], 0)],
)
def test_a_melody_in_the_key_of_its_signature_is_not_transposed_again(text, semitones):
    assert transposition_of(text) == semitones
    grid = score_to_grid(parse_score(text))
    assert white_key_generator().best_transposition(grid, np.ones(grid.cells.shape, dtype=np.bool_)) == 0


@pytest.mark.parametrize("keyless", [True, False])
@pytest.mark.parametrize(("scale", "semitones"), [("C", 0), ("D", 10), ("Eb", 9)])
def test_the_key_of_a_scale_without_its_signature_is_found(scale, semitones, keyless):
    assert transposition_of(SCALES[scale], keyless=keyless) == semitones


def test_where_nothing_is_given_nothing_is_transposed():
    grid = score_to_grid(parse_score(SCALES["D"]))
    assert white_key_generator().best_transposition(grid, np.zeros(grid.cells.shape, dtype=np.bool_)) == 0


def test_only_given_notes_decide_the_key():
    grid = score_to_grid(parse_score(SCALES["C"] + "\n" + SCALES["D"]))
    fixed = np.zeros(grid.cells.shape, dtype=np.bool_)
    fixed[:, 0] = True
    assert white_key_generator().best_transposition(grid, fixed) == 0
    assert white_key_generator().best_transposition(grid, ~fixed) % 12 == 10


# -- a pianist's keys --------------------------------------------------------------------------------------


@HALF
@given(generators, scores(max_voices=3), st.integers(0, 10_000), st.sampled_from([None, None, 0.0, 0.6, 1.0]))
def test_new_keys_leave_the_given_ones_alone(generator, score, seed, closeness):
    grid = score_to_grid(score)
    fixed = random_mask(np.random.default_rng(seed), grid.cells)
    before = grid.cells.copy()
    found = play(generator, grid, fixed, seed=seed, closeness=closeness, candidates=2, temperature=0.5)
    assert len(found) == 2
    for one in found:
        check_played(grid, fixed, one)
        assert np.isfinite(one.log_likelihood)
        assert one.log_likelihood <= 0
    assert (grid.cells == before).all()


@given(scores(max_voices=3), st.integers(0, 10_000))
def test_a_key_is_free_where_a_step_is_and_no_given_note_forbids_it(score, seed):
    grid = score_to_grid(score)
    fixed = random_mask(np.random.default_rng(seed), grid.cells)
    free, sounding = GENERATORS["rbm"].free_keys(grid, fixed), sounding_pitches(grid.cells)
    for t in range(grid.steps):
        allowed = set() if fixed[t].all() else set(range(128))
        allowed -= {int(p) for p, held in zip(sounding[t], fixed[t], strict=True) if held}
        if len(fixed[t]) > 1 and fixed[t, 0] and sounding[t, 0] != REST:
            allowed -= set(range(int(sounding[t, 0]), 128))
        assert set(np.flatnonzero(free[t]).tolist()) == allowed


def test_a_random_network_plays_something():
    """Otherwise silence would pass the tests above."""
    grid = score_to_grid(parse_score(CHORALE))
    for generator in GENERATORS.values():
        fixed = np.zeros(grid.cells.shape, dtype=np.bool_)
        fixed[:, 0] = True
        assert play(generator, grid, fixed)[0].sounds.any(1).mean() > 0.5


@pytest.mark.parametrize("generator", EVERY)
def test_with_a_closeness_the_free_cells_are_read(generator):
    one, two = (score_to_grid(parse_score(text)) for text in ("C4:1 | E4:1", "G4:4 A4 B4 C5 | r:1"))
    fixed = np.zeros(one.cells.shape, dtype=np.bool_)
    near = [play(generator, grid, fixed, closeness=0.9)[0].sounds for grid in (one, two)]
    afresh = [play(generator, grid, fixed)[0].sounds for grid in (one, two)]
    assert not (near[0] == near[1]).all()
    assert (afresh[0] == afresh[1]).all()


@pytest.mark.parametrize("name", ["rbm", "biaxial"])
def test_at_closeness_1_nothing_changes(name):
    grid = score_to_grid(parse_score("C4:4 D4 E4:2 | r:4 G4:2."))
    found = play(GENERATORS[name], grid, np.zeros(grid.cells.shape, dtype=np.bool_), closeness=1.0)[0]
    for t, pitch in enumerate(sounding_pitches(grid.cells)[:, 0]):
        assert np.flatnonzero(found.sounds[t]).tolist() == ([] if pitch == REST else [pitch])
    assert np.flatnonzero(found.strikes.any(1)).tolist() == [0, 4, 8, 20]


def clear_and_blurred(rng: np.random.Generator, lowest: float, highest: float) -> np.ndarray:
    """(8, 2, 128) probabilities between two bounds for some keys, and none for the others."""
    probabilities = np.zeros((8, 2, 128), dtype=np.float32)
    probabilities[:, 0, 60:70] = rng.uniform(lowest, highest, (8, 10))
    return probabilities


@pytest.mark.parametrize("seed", range(3))
def test_what_is_clear_sounds_where_it_is_likelier_than_not(seed):
    probabilities = clear_and_blurred(np.random.default_rng(seed), 0.0, 0.1)
    probabilities[:, 0, 64:66] = 0.95
    probabilities[4:, 0, 65] = 0.4
    sounds = above_threshold(probabilities[:, 0], None)
    assert np.argwhere(sounds.any(0)).flatten().tolist() == [64, 65]
    assert sounds[:, 64].all()
    assert sounds[:4, 65].all()


@pytest.mark.parametrize("seed", range(3))
def test_in_a_blur_as_many_keys_sound_as_are_expected(seed):
    probabilities = clear_and_blurred(np.random.default_rng(seed), 0.3, 0.45)
    assert above_threshold(probabilities[:, 0], None).sum() == int(probabilities[:, 0].sum())


@pytest.mark.parametrize("seed", range(3))
def test_a_pianist_never_strikes_two_keys_a_semitone_apart(seed):
    probabilities = clear_and_blurred(np.random.default_rng(seed), 0.3, 1.0)
    sounds = choose_keys(probabilities, np.ones((8, 128), dtype=np.bool_), 0.3).sounds
    assert sounds.any()
    assert not (sounds[:, 1:] & sounds[:, :-1]).any()


def test_a_key_of_one_step_needs_to_be_likelier_than_not():
    probabilities = np.zeros((8, 2, 128), dtype=np.float32)
    probabilities[3, 0, [60, 64]] = 0.4, 0.9
    probabilities[5:7, 0, 67] = 0.4
    sounds = choose_keys(probabilities, np.ones((8, 128), dtype=np.bool_), 0.3).sounds
    assert np.argwhere(sounds).tolist() == [[3, 64], [5, 67], [6, 67]]


@pytest.mark.parametrize("generator", EVERY)
def test_every_step_of_a_pianist_is_handed_out(generator):
    grid = score_to_grid(parse_score(CHORALE))
    fixed = np.zeros(grid.cells.shape, dtype=np.bool_)
    fixed[:, 0] = True
    steps: dict[int, list[np.ndarray]] = {t: [] for t in range(grid.steps)}
    played = generator.play(
        grid,
        fixed,
        generator=torch.Generator().manual_seed(0),
        sampling=Sampling(),
        candidates=2,
        on_step=lambda step, keys: steps[step].extend(keys),
    )
    for i, one in enumerate(played):
        heard = np.stack([steps[t][i] for t in range(grid.steps)], 1)
        assert (heard[0] == one.sounds).all()
        assert (heard[1] == one.strikes).all()


def test_only_a_dbn_interpolates_between_two_pieces():
    one, two = (score_to_grid(parse_score(text)) for text in ("C4:1 | E4:1", "G4:4 A4 B4 C5 | r:1"))
    assert len(GENERATORS["dbn"].interpolate(one, two, steps=3)) == 3
    for name in ("rbm", "biaxial"):
        with pytest.raises(RequestError, match=f"random-{name} has no codes to go between"):
            GENERATORS[name].interpolate(one, two, steps=3)


# -- at the piano ------------------------------------------------------------------------------------------


def notes_of(score: Score) -> Counter[Note]:
    return Counter(note for voice in score.voices for note in voice.notes)


def check_result(score: Score) -> None:
    """Voices in order inside the piece, as text can write them; every pitch spelled as it sounds."""
    for voice in score.voices:
        for note in voice.notes:
            assert 0 <= note.onset < note.end <= score.duration
            assert 0 <= note.pitch < 128
            assert note.spelling is None or note.spelling.pitch == note.pitch
    assert len({voice.name for voice in score.voices}) == len(score.voices)
    assert notes_of(parse_score(format_score(score))) == notes_of(score)


def check_keys(new: list[Note], given_notes: list[Note]) -> None:
    """No key is struck by a new note while another note sounds on it."""
    for a, b in [*combinations(new, 2), *((n, g) for n in new for g in given_notes)]:
        assert a.pitch != b.pitch or a.end <= b.onset or b.end <= a.onset, f"{a} and {b} on one key"


def check_given(before: Counter[Note], after: Score) -> None:
    found = notes_of(after)
    missing = before - found
    assert not missing, f"lost or changed: {[(n.name, n.onset, n.duration) for n in missing]}"


@FEW
@given(generators, scores(on_grid=False, max_voices=1), st.integers(0, 10_000))
def test_a_pianist_leaves_the_melody_as_it_is(generator, score, seed):
    if not score.voices[0].notes:
        with pytest.raises(ScoreError, match="there is no note to harmonize"):
            harmonize(score, generator)
        return
    for result in harmonize(score, generator, settings=DraftSettings(seed, 2)):
        check_result(result.score)
        assert result.score.voices[0].name == MELODY
        assert result.score.voices[0].notes == score.voices[0].notes
        assert result.score.measures == score.measures
        new = list((notes_of(result.score) - notes_of(score)).elements())
        check_keys(new, list(score.voices[0].notes))


@settings(FEW)
@given(generators, scores(on_grid=False), st.integers(0, 10_000), st.integers(1, 3))
def test_a_pianist_goes_on_after_all_that_was_given(generator, score, seed, bars):
    if not any(voice.notes for voice in score.voices):
        with pytest.raises(ScoreError, match="there is no music in it"):
            continue_(score, generator, bars=bars)
        return
    for result in continue_(score, generator, bars=bars, settings=DraftSettings(seed)):
        check_result(result.score)
        check_given(notes_of(score), result.score)
        assert result.score.measures[: len(score.measures)] == score.measures
        new = list((notes_of(result.score) - notes_of(score)).elements())
        assert all(note.onset >= score.duration for note in new)
        check_keys(new, list(notes_of(score)))


@settings(HALF)
@given(generators, scores(on_grid=False), st.integers(0, 10_000), st.data())
def test_a_pianist_regenerates_only_the_selection(generator, score, seed, data):
    start = data.draw(st.integers(0, len(score.measures) - 1))
    stop = data.draw(st.integers(start + 1, len(score.measures)))
    if not any(voice.notes for voice in score.voices):
        return
    hole = score.measures[start].onset, score.measures[stop - 1].end
    kept = Counter(part for note in notes_of(score).elements() for part in parts_outside(note, *hole))
    result = infill(score, generator, selection=score.span(range(start, stop)), settings=DraftSettings(seed))[
        0
    ]
    check_result(result.score)
    check_given(kept, result.score)
    check_keys(list((notes_of(result.score) - kept).elements()), list(kept))


def parts_outside(note: Note, onset: Fraction, end: Fraction) -> Iterator[Note]:
    """What stays of a note where [onset, end) is regenerated: all, or what sounds beyond the end."""
    if not onset <= note.onset < end:
        yield note
    elif note.end > end:
        yield replace(note, onset=end, duration=note.end - end, lyrics=())


@FEW
@given(generators, scores(on_grid=False), st.integers(0, 10_000), st.sampled_from([0.0, 0.3, 1.0]))
def test_a_varied_piece_is_still_a_piece(generator, score, seed, amount):
    if not any(voice.notes for voice in score.voices):
        return
    for result in vary(score, generator, amount=amount, settings=DraftSettings(seed, 2)):
        check_result(result.score)
        assert result.score.measures == score.measures
        check_keys(list(notes_of(result.score).elements()), [])


@pytest.mark.parametrize("generator", EVERY)
@pytest.mark.parametrize(
    ("meter", "key"),
    [
        (Meter(), Key(-4)),
        (Meter(3, 4), Key()),
        (Meter(6, 8), Key(2)),
        (Meter(5, 4), Key(7)),
        (Meter(2, 4), Key(-7)),
    ],
)
def test_a_pianist_composes_in_any_meter(generator, meter, key):
    result = compose(generator, bars=2, meter=meter, key=key)[0]
    check_result(result.score)
    assert [(m.duration, m.meter, m.key) for m in result.score.measures] == [(meter.length, meter, key)] * 2
    assert notes_of(result.score)
    check_keys(list(notes_of(result.score).elements()), [])


@pytest.mark.parametrize("generator", EVERY)
def test_at_the_piano_the_same_seed_gives_the_same_notes(generator):
    one, two, other = (
        compose(generator, bars=2, settings=DraftSettings(seed))[0].score for seed in (1, 1, 2)
    )
    assert one == two
    assert one != other


@pytest.mark.parametrize("amount", [-0.1, 1.1])
def test_an_impossible_amount_is_refused(amount):
    with pytest.raises(RequestError, match="impossible; say 0"):
        vary(parse_score("C4:1"), GENERATORS["rbm"], amount=amount)


@pytest.mark.parametrize("generator", EVERY, ids=lambda generator: generator.name)
def test_a_pianist_rests_in_the_pickup_of_a_melody(generator):
    melody = parse_score("soprano: [4/4] G4:4 | E4:4 E4 F4 G4 | C4:1")
    (result,) = harmonize(melody, generator, settings=DraftSettings(3))
    new = [note.onset for voice in result.new for note in voice.notes]
    assert min(new) >= melody.anacrusis


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("E5:4 D5 C5 B4 | A4:1", True),
        ("C5:4 E5 G5 F5 | D5:4 B4 C5:2", False),
        ("D5:4 F5 E5 F5 | D5:1", False),
    ],
    ids=["a minor", "c major", "d minor without its signature"],
)
def test_a_pianist_knows_the_minor_key_of_a_signature(text, minor):
    plan = piano_grid(parse_score(f"soprano: [4/4] {text}")).plan
    assert (plan is not None and bool((plan.minor == 1).all())) == minor


@pytest.mark.parametrize("generator", EVERY, ids=lambda generator: generator.name)
def test_a_piece_may_be_a_pickup_of_three_thirty_seconds(generator):
    pickup = Measure("0", Fraction(0), Fraction(3, 8), Meter(), Key())
    score = Score((Voice("soprano", (Note(Fraction(0), Fraction(1, 4), 72),)),), (pickup,))
    (result,) = infill(score, generator, selection=(Fraction(0), score.duration), settings=DraftSettings(1))
    assert result.score.measures == score.measures


def test_a_melody_is_one_voice():
    with pytest.raises(RequestError, match="there are 2 voices with notes"):
        harmonize(parse_score("C4:1\nE4:1"), GENERATORS["rbm"])


def test_two_given_voices_on_one_key_both_stay():
    score = parse_score("C4:4 E4 G4:2 | r:1\nC4:2 C4:2 | r:1")
    result = infill(score, GENERATORS["rbm"], selection=score.span(range(1, 2)))[0]
    check_given(notes_of(score), result.score)


def test_a_given_triplet_beside_a_long_note_from_the_hole_stays():
    """The long note is regenerated; what starts after the hole, at its end, is not."""
    score = parse_score("C4:2. C4:4~ | C4:6 E4:12 D4:2.")
    given_notes = Counter(n for n in notes_of(score).elements() if n.onset >= 4)
    assert len(given_notes) == 2
    result = infill(score, GENERATORS["rbm"], selection=score.span(range(0, 1)))[0]
    check_given(given_notes, result.score)


def test_a_new_note_ends_where_a_given_one_strikes_its_key():
    """A new C5 is played in the pickup and held; a given C5 comes on the beat after it."""
    kept = (Note(Fraction(1), Fraction(1), 72),)
    score = parse_score("C5:2 r:2")
    sounds = np.zeros((16, 128), dtype=np.bool_)
    sounds[2:4, 72] = sounds[2:8, 76] = True
    one = PlayedKeys(sounds, sounds & ~np.roll(sounds, 1, 0), 0.0)
    result = performance_result(score, score_to_grid(score), one, kept, None)
    check_keys([n for n in notes_of(result.score) if n not in kept], list(kept))


@FEW
@given(scores(), scores(), st.integers(1, 2))
def test_between_two_pieces_there_are_pieces(first, last, steps):
    if not all(any(voice.notes for voice in score.voices) for score in (first, last)):
        return
    found = interpolate(first, last, GENERATORS["dbn"], steps=steps)
    assert len(found) == steps
    for result in found:
        check_result(result.score)
        assert result.score.duration == max(first.duration, last.duration)
        check_keys(list(notes_of(result.score).elements()), [])


def test_each_piece_is_encoded_in_its_own_key_for_interpolation():
    """A shorter piece in D is moved from D to C, though what lies between is written in the longer's key."""
    generator = dbn(16)
    model: Any = generator.sampler.model
    encode = model.encode
    seen: list[torch.Tensor] = []

    def encode_and_note(v: torch.Tensor) -> torch.Tensor:
        seen.append(v.clone())
        return encode(v)

    model.encode = encode_and_note
    in_c, in_d = parse_score("C4:4 E4 G4:2 | r:1"), parse_score("[key 2] D4:4 F#4 A4:2")
    interpolate(in_c, in_d, generator, steps=1)
    assert torch.equal(seen[0][0], seen[1][0])
