"""A piano network beside its corpus: what is composed, in which key and meter, and what is told of it."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from piano_text import ON_C, ON_F, ON_G, measures_of
from ripieno.corpus.corpus import Piece, transposed
from ripieno.corpus.originality import Library
from ripieno.errors import RequestError
from ripieno.evaluation.piano_music import piano_music
from ripieno.evaluation.piano_report import (
    GivesKeyLikelihood,
    evaluate_piano,
    figures_of,
    is_blues,
    key_likelihood,
    usual_meter,
)
from ripieno.grid import grid_to_states, score_to_grid
from ripieno.models.note_states.generator import NoteStateGenerator
from ripieno.models.note_states.rbm import RBM, RBMConfig
from ripieno.models.note_states.rbm_sampler import RBMSampler
from ripieno.score import Meter
from ripieno.tasks.drafts import DraftSettings
from ripieno.text.notation import parse_score


def grid_of(*measures: tuple[str, ...], marks: str = "[2/4]"):
    first, *others = zip(*measures, strict=True)
    lines = [f"{marks} {' | '.join(first)}", *(" ".join(line) for line in others)]
    return score_to_grid(parse_score("\n".join(f"line{i}: {line}" for i, line in enumerate(lines))))


RAG = grid_of(ON_C, ON_F, ON_G, ON_C)
PIECES = (Piece("in C", RAG), Piece("in E flat", transposed(RAG, 3)))


@pytest.fixture(scope="module")
def model() -> NoteStateGenerator:
    torch.manual_seed(0)
    rbm = RBM(RBMConfig(window=16, lowest=36, keys=48, bar=16, hidden=8, gibbs_steps=4))
    torch.nn.init.normal_(rbm.visible_bias, -1.0, 1.0)
    return NoteStateGenerator(RBMSampler(rbm), name="tiny", sha256="", plays="piano")


def test_it_composes_as_many_pieces_of_as_many_measures_as_are_asked_for(model):
    shares: list[float] = []
    report = evaluate_piano(model, PIECES, PIECES, count=3, measures=4, progress=shares.append)
    assert (report.made.pieces, report.made.measures) == (3, 12)
    assert (report.originals.pieces, report.originals.measures) == (2, 8)
    assert shares == [pytest.approx(i / 3) for i in (1, 2, 3)]
    assert report.nats is None


def test_the_report_is_a_matter_of_the_seed(model):
    one, same, other = (
        evaluate_piano(model, PIECES, PIECES, count=2, measures=4, settings=DraftSettings(seed))
        for seed in (1, 1, 2)
    )
    assert one == same
    assert one.made != other.made
    assert one.originals == other.originals


def test_pieces_are_at_no_distance_from_themselves_and_copied_in_full(model):
    found = evaluate_piano(model, PIECES, PIECES, count=1, measures=2).originals
    assert set(found.distances.values()) == {0}
    assert found.highest_share == found.median_share == 1


def test_shares_are_over_all_measures_of_all_pieces():
    long, short = measures_of(ON_C, ON_F, ON_G, ON_C), measures_of(("E5:4 C5", "r:2", "r:2", "r:2"))
    found = figures_of([long, short], [], [], Library(()), blues=False)
    assert found.shares["an empty hand"] == 0.2
    assert found.shares["ends on tonic"] == 0.5  # a lone note is no chord
    assert found.highest_share is None


def test_the_twelve_bar_scheme_is_for_the_blues_and_periods_for_other_music():
    music = [measures_of(ON_C, ON_F)]
    blues, rag = (set(figures_of(music, [], [], Library(()), blues=way).shares) for way in (True, False))
    assert blues - rag == {"on blues scheme"}
    assert rag - blues == {"bass then chord", "periods closed", "other groups closed"}


def test_a_corpus_is_of_blues_where_most_pieces_have_choruses_of_twelve_measures():
    chorus, strain = measures_of(*[ON_C] * 12), measures_of(*[ON_C] * 16)
    assert is_blues([chorus, chorus, strain])
    assert not is_blues([chorus, strain])


@pytest.mark.parametrize(
    ("text", "meter"),
    [
        ("[2/4] C5:2 | C5:2", Meter(2, 4)),
        ("[4/4] C5:1 | C5:1 | C5:2", Meter()),
        ("[3/8] C5:4. | C5:4.", Meter(3, 8)),
    ],
)
def test_the_commonest_meter_is_written(text, meter):
    assert usual_meter([piano_music(score_to_grid(parse_score(text)), "x")]) == meter


class Independent:
    """A network of 49 keys that knows no music: a key plays with p, and is struck again with q."""

    p, q = 0.1, 0.25

    def key_log_likelihoods(self, grid):
        states = grid_to_states(grid, 36, 49).states.reshape(grid.steps, 2, 49)
        plays, strikes = states[:, 0], states[:, 1]
        before = np.vstack([np.zeros((1, 49), dtype=bool), plays[:-1]])
        again = np.where(strikes, np.log(self.q), np.log(1 - self.q)) * (plays & before)
        return np.stack([np.where(plays, np.log(self.p), np.log(1 - self.p)), again], 1)


def test_likelihood_a_cell_and_a_note_counted_by_hand():
    """Two steps of 49 keys: C4 struck and held, then struck again; beside it E4 on the second step."""
    grid = grid_of(("C4:16 C4:16 r:8 r:4", "r:16 E4:16 r:8 r:4"), marks="[2/4]")
    steps = grid.steps
    assert steps == 8
    found = key_likelihood(Independent(), [Piece("x", grid)])
    play = 3 * -np.log(0.1) + (8 * 49 - 3) * -np.log(0.9)
    again = -np.log(0.25)
    assert found.play_a_cell == pytest.approx(play / (8 * 49), abs=1e-5)
    assert found.articulate_a_cell == pytest.approx(again / (8 * 49), abs=1e-5)
    assert found.a_note == pytest.approx((play + again) / 3, abs=1e-4)


def test_networks_say_themselves_whether_they_give_a_likelihood(model):
    assert isinstance(Independent(), GivesKeyLikelihood)
    assert not isinstance(model, GivesKeyLikelihood)


def test_a_piece_without_a_meter_is_named(model):
    bare = replace(RAG, position=np.full_like(RAG.position, -1), strength=np.full_like(RAG.strength, -1))
    with pytest.raises(RequestError) as caught:
        evaluate_piano(model, [Piece("a roll", bare)], PIECES, count=1, measures=1)
    assert str(caught.value) == "a roll: it has no meter, which these measures need; leave it out"
