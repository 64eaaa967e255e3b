"""Music for a keyboard lies in two hands, and in three voices no chord is without its third."""

import functools

import pytest

from figured_basses import figured_chorales
from ripieno.harmony.figure_text import parse_figures
from ripieno.harmony.harmony import Harmony
from ripieno.models.loading import load
from ripieno.score import Key, Score
from ripieno.tasks.asked_harmony import asked_harmony
from ripieno.tasks.choir import harmonize
from ripieno.tasks.drafts import DraftSettings
from ripieno.text.notation import parse_score

loaded = functools.cache(load)
CHOIR_MODELS = ("lstm-chorales", "bachbot-chorales", "rbm-chorales", "dbn-chorales")
OCTAVE = 12
BASS = parse_score("""
soprano: [4/4] [key -1] r:1 | r:1
alto:
tenor:
bass: F3:4 E3 D3 C3 | Bb2:4 C3 F3:2
""")


def sounding(score: Score, names):
    """At each onset of a note, the pitches of these voices, from the highest voice down."""
    times = sorted({note.onset for name in names for note in score.voice(name).notes})
    for time in times:
        yield [next(n.pitch for n in score.voice(name).notes if n.onset <= time < n.end) for name in names]


@pytest.mark.parametrize("model", CHOIR_MODELS)
def test_one_hand_reaches_the_upper_voices(model):
    result = harmonize(BASS, loaded(model), settings=DraftSettings(1, keyboard=True))[0]
    assert result.score.voice("bass") == BASS.voice("bass")
    for pitches in sounding(result.score, ("soprano", "alto", "tenor")):
        assert max(pitches) - min(pitches) <= OCTAVE


def test_a_choir_is_not_bound_to_one_hand():
    score = figured_chorales()[0].score
    result = harmonize(score, loaded("lstm-chorales"), given=("bass",), settings=DraftSettings(1))[0]
    spans = [max(p) - min(p) for p in sounding(result.score, ("soprano", "alto", "tenor"))]
    assert max(spans) > OCTAVE


@pytest.mark.parametrize("model", CHOIR_MODELS)
def test_a_figured_bass_in_three_voices_has_every_third(model):
    figures = ["", "6", "65", "7", "", "64", ""]
    over = zip(BASS.voice("bass").notes, figures, strict=True)
    harmony = [Harmony(note.onset, note.end, figures=parse_figures(text)) for note, text in over]
    asked = asked_harmony(harmony, BASS, Key(-1, "major"))
    settings = DraftSettings(1)
    result = harmonize(BASS, loaded(model), voices=("soprano", "alto"), asked=asked, settings=settings)[0]
    assert result.score.voice("bass") == BASS.voice("bass")
    assert not result.score.voice("tenor").notes
    for chord in asked.chords:
        heard = {
            next(n.pitch % 12 for n in result.score.voice(name).notes if n.onset <= chord.onset < n.end)
            for name in ("soprano", "alto", "bass")
        }
        assert heard <= set(chord.tones)
        assert set(chord.tones[: min(chord.essential, 2)]) <= heard, chord
