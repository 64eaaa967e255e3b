"""The part songs of the benchmark are read whole, and the search for all voices finds the cheapest way."""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise, product
from math import prod

import pytest

import joint_search
import part_songs
from ripieno.ensembles.ensemble import Ensemble, EnsembleVoice
from ripieno.score import Note, Voice, lay_measures
from ripieno.text.notation import parse_score
from ripieno.theory.chords import MAJOR, Chord
from ripieno.theory.plans import PlannedBeat

SONGS = {song.name: song for song in part_songs.part_songs()}
CHORDS = [Chord(0, MAJOR, 0), Chord(5, MAJOR, 9), Chord(7, MAJOR, 7), Chord(0, MAJOR, 0)]
VOICES = (
    EnsembleVoice("Soprano", "S.", "treble", 60, 79, (60, 79)),
    EnsembleVoice("Alto", "A.", "treble", 59, 67, (60, 67)),
    EnsembleVoice("Baritone", "B.", "bass", 48, 57, (48, 55)),
)


def moments(*melody: int) -> list[joint_search.MelodyBeat]:
    return [
        joint_search.MelodyBeat(Fraction(i), Fraction(i + 1), pitch, pitch, chord, (11, 8), True)
        for i, (pitch, chord) in enumerate(zip(melody, CHORDS, strict=True))
    ]


def cost_of(path, moments) -> float:
    cost = sum(
        joint_search.voicing_cost(m, voicing, VOICES) for m, voicing in zip(moments, path, strict=True)
    )
    steps = zip(pairwise(moments), pairwise(path), strict=True)
    return cost + sum(joint_search.step_cost(*pair, *voicings, 0) for pair, voicings in steps)


@pytest.mark.parametrize("melody", [(67, 69, 71, 72), (76, 77, 74, 72), (64, 60, 62, 60)])
def test_no_path_through_all_voicings_is_cheaper_than_the_one_found(melody):
    beats = moments(*melody)
    states = [joint_search.voicings_of(moment, VOICES, 0) for moment in beats]
    assert 1000 < prod(len(state) for state in states) < 20000
    found = joint_search.cheapest_voicings(beats, VOICES, 0)
    assert cost_of(found, beats) == pytest.approx(min(cost_of(path, beats) for path in product(*states)))


def test_there_is_a_dozen_and_more_for_women_for_men_and_mixed():
    assert len(SONGS) >= 12
    assert {song.voicing for song in SONGS.values()} == {"sab", "ssa", "ssaa", "ttb", "ttbb"}


@pytest.mark.parametrize("name", SONGS)
def test_a_song_has_as_many_voices_as_its_folder_says_and_they_end_together(name):
    song = SONGS[name]
    assert len(song.score.voices) == len(song.voicing)
    ends = {voice.notes[-1].end for voice in song.score.voices}
    assert len(ends) == 1
    assert song.score.duration - ends.pop() < song.score.measures[-1].meter.length


def test_people_agree_with_themselves():
    figures = part_songs.Figures()
    for song in SONGS.values():
        figures.count(song.score, song)
    rates = figures.rates()
    assert rates["root, %"] == rates["equal, %"] == 100
    assert rates["beyond, %"] == 0


def test_a_searched_line_rests_where_the_melody_does_and_holds_where_its_note_is_held():
    melody = parse_score("soprano: G4:2 r:4 G4:4")
    ensemble = Ensemble("sab", "SAB", VOICES, "soprano")
    beats = [PlannedBeat(Fraction(i), Fraction(i + 1), CHORDS[0]) for i in range(4)]
    voices = (*melody.voices, Voice("alto"), Voice("baritone"))
    score = joint_search.searched(replace(melody, voices=voices), ensemble, beats)
    for voice in score.voices:
        assert [(n.onset, n.duration) for n in voice.notes] == [(0, 2), (3, 1)]
    assert {n.pitch % 12 for v in score.voices for n in v.notes} == {0, 4, 7}


def test_figures_tell_a_bare_fifth_a_crossing_and_a_foreign_note():
    song = SONGS["abschied"]
    first, second, *others = song.score.voices
    high = Voice(second.name, tuple(Note(n.onset, n.duration, n.pitch + 12) for n in second.notes))
    crossed = replace(song.score, voices=(first, high, *others))
    own, changed = part_songs.Figures(), part_songs.Figures()
    own.count(song.score, song)
    changed.count(crossed, song)
    assert changed.rates()["crossings"] > own.rates()["crossings"]
    assert changed.rates()["root, %"] > 90
    measures = lay_measures(Fraction(4))
    fifths = replace(
        song.score,
        measures=measures,
        voices=tuple(
            Voice(v.name, (Note(Fraction(0), Fraction(4), p),))
            for v, p in zip(song.score.voices, (67, 60, 55, 48), strict=True)
        ),
    )
    bare = part_songs.Figures()
    bare.count_thirds(fifths, [(Fraction(0), Fraction(4))], [CHORDS[0]])
    assert bare.rates()["no third, %"] == 100
