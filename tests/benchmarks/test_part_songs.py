"""The part songs of the benchmark are read whole, and the search for all voices finds the cheapest way."""

from dataclasses import replace
from fractions import Fraction

import pytest

import part_songs
from ripieno.ensembles.ensemble import EnsembleVoice
from ripieno.score import Note, Voice, lay_measures
from ripieno.theory.chords import MAJOR, Chord

SONGS = {song.name: song for song in part_songs.part_songs()}
CHORDS = [Chord(0, MAJOR, 0), Chord(5, MAJOR, 9), Chord(7, MAJOR, 7), Chord(0, MAJOR, 0)]
VOICES = (
    EnsembleVoice("Soprano", "S.", "treble", 60, 79, (60, 79)),
    EnsembleVoice("Alto", "A.", "treble", 59, 67, (60, 67)),
    EnsembleVoice("Baritone", "B.", "bass", 48, 57, (48, 55)),
)


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
