"""Pairs for a listening test at the piano: periods of a piece, and what a model plays in their place.

Beside a period stands the same place of a strain of sixteen measures that the model composes, so that both
are as far from a beginning and from a close.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np

from ripieno.corpus.corpus import Piece
from ripieno.errors import RequestError
from ripieno.evaluation.excerpts import ExcerptSpan, cut
from ripieno.evaluation.listening_pairs import (
    PEOPLE,
    Excerpt,
    ListeningPair,
    ListeningSettings,
    ListeningTask,
)
from ripieno.evaluation.piano_excerpts import features, heard_notes, in_two_hands, melody_of
from ripieno.evaluation.piano_measures import PERIOD, PHRASE, STRAIN, first_period
from ripieno.evaluation.piano_music import PianoMusic, piano_music
from ripieno.evaluation.piano_report import usual_meter
from ripieno.grid import Grid, score_to_grid
from ripieno.limits import SEEDS
from ripieno.models.generator import Generator
from ripieno.models.note_states.key_generator import KeyGenerator
from ripieno.score import Key, Meter
from ripieno.tasks.drafts import DraftSettings
from ripieno.tasks.piano import compose, harmonize


@dataclass(frozen=True, slots=True)
class PianoPlace:
    """Where an excerpt stands. strain: the steps of its strain. into, measures: counted from there."""

    span: ExcerptSpan
    strain: ExcerptSpan
    into: int
    measures: int


class PianoSource:
    """A piece for two hands. Excerpts begin with a period, short ones with half of one, too."""

    def __init__(self, piece: Piece) -> None:
        self.piece = piece

    @cached_property
    def music(self) -> PianoMusic:
        """The whole piece."""
        return piano_music(self.piece.grid, self.piece.name)

    @cached_property
    def meter(self) -> Meter:
        """The meter of most measures."""
        return usual_meter([self.music])

    def pair(
        self,
        model: Generator,
        settings: ListeningSettings,
        chance: np.random.Generator,
        taken: Sequence[ExcerptSpan],
    ) -> ListeningPair | None:
        """See ``ListeningSource``."""
        if not isinstance(model, KeyGenerator):
            raise RequestError(f"{model.name} does not play the piano; choose another model")
        measures = excerpt_measures(settings)
        places = [place for place in self.places(measures) if not any(map(place.span.overlaps, taken))]
        if not places:
            return None
        place = places[int(chance.integers(len(places)))]
        draft = DraftSettings(int(chance.integers(SEEDS)))
        length = self.meter.length
        key = piano_music(cut(self.piece.grid, place.strain), self.piece.name).key
        made = self.other_side(model, place, key, settings.task, draft)
        if made is None:
            return None
        begin = place.into * length
        steps = made.step_range(begin, begin + place.measures * length)
        there = ExcerptSpan(steps.start, steps.stop)
        people = self.excerpt(PEOPLE, self.piece.grid, place.span, key)
        other = self.excerpt(model.name, made, there, key)
        return ListeningPair(place.span, place.measures * length, people, other)

    def places(self, measures: int) -> list[PianoPlace]:
        """Every place for an excerpt of so many measures, all of which are whole and have one signature."""
        grid, bars = self.piece.grid, self.music.measures
        apart = PERIOD if measures >= PERIOD else PHRASE
        found: list[PianoPlace] = []
        for section in self.music.sections:
            first = section.start + first_period(self.music, section)
            for start in range(first, section.stop - measures + 1, apart):
                here = bars[start : start + measures]
                strain = (start - first) // STRAIN * STRAIN + first
                onset, end = here[0].onset, here[-1].end
                if (
                    end - onset == measures * self.meter.length
                    and bars[start].onset - bars[strain].onset == (start - strain) * self.meter.length
                ):
                    span = steps_of(grid, onset, end, str(start + 1), str(start + measures))
                    stop = bars[min(strain + STRAIN, section.stop) - 1].end
                    whole = steps_of(grid, bars[strain].onset, max(stop, end))
                    found.append(PianoPlace(span, whole, start - strain, measures))
        return found

    def other_side(
        self, model: KeyGenerator, place: PianoPlace, key: Key, task: ListeningTask, draft: DraftSettings
    ) -> Grid | None:
        """What the model plays beside a strain: a new one, or an accompaniment of its highest line."""
        bars = -(-(place.into + place.measures) // STRAIN) * STRAIN
        if task == "compose":
            made = compose(model, bars=bars, meter=self.meter, key=key, settings=draft)
        else:
            strain = in_two_hands(cut(self.piece.grid, place.strain), self.meter, key)
            melody = melody_of(strain)
            if not melody.voices[0].notes:
                return None
            made = harmonize(melody, model, settings=draft)
        return score_to_grid(made[0].score)

    def excerpt(self, author: str, grid: Grid, span: ExcerptSpan, key: Key) -> Excerpt:
        """An excerpt, whoever wrote it: what either hand plays has one rhythm (see ``hands``)."""
        played = in_two_hands(cut(grid, span), self.meter, key)
        return Excerpt(author, heard_notes(played), features(played))


def excerpt_measures(settings: ListeningSettings) -> int:
    """How long an excerpt is: as many whole phrases of four measures as are allowed, else the most."""
    phrases = settings.most // PHRASE * PHRASE
    return phrases if phrases >= settings.fewest else settings.most


def steps_of(grid: Grid, onset: Fraction, end: Fraction, first: str = "", last: str = "") -> ExcerptSpan:
    """The steps on [onset, end), with the numbers of measures."""
    steps = grid.step_range(onset, end)
    return ExcerptSpan(steps.start, steps.stop, first, last)
