"""From written harmony to asked chords: numerals at home, figures over the bass, clashes told."""

from fractions import Fraction

import pytest

from ripieno.errors import RequestError, ScoreError
from ripieno.harmony.chord_symbol import Tone
from ripieno.harmony.figured_bass import Figure
from ripieno.harmony.harmony import Harmony
from ripieno.harmony.symbol_text import parse_chord
from ripieno.score import Key
from ripieno.tasks.asked_harmony import asked_harmony, clashes
from ripieno.text.notation import parse_score

C, A_MINOR = Key(0, "major"), Key(0, "minor")
BASS = parse_score("""
soprano: [4/4] [key 0] r:1 | r:1
alto:
tenor:
bass: C3:4 D3:8 E3:8 F3:4 G3:4 | C3:1
""")


def at(onset, end, **content):
    return Harmony(Fraction(onset), Fraction(end), **content)


def tones(asked):
    return [{str(tone) for tone in chord.spelled} for chord in asked.chords]


def melody(text):
    return parse_score(f"soprano: [4/4] [key 0] {text}\nalto:\ntenor:\nbass:")


def test_a_numeral_is_of_the_home_key_unless_it_has_its_own():
    harmony = [at(0, 2, numeral="V"), at(2, 4, numeral="V", key=Key(1, "major"))]
    assert tones(asked_harmony(harmony, BASS, A_MINOR)) == [{"E", "G#", "B"}, {"D", "F#", "A"}]


def test_figures_stand_over_the_given_bass_and_plain_notes_carry_their_triad():
    asked = asked_harmony([at(2, 3, figures=(Figure(6), Figure(5)))], BASS, C)
    assert [(float(c.onset), float(c.end), c.bass) for c in asked.chords] == [
        (0, 1, 0),  # C, a plain triad
        (1, 1.5, 2),  # D on its beat; the quaver E behind it passes
        (2, 3, 5),  # F with 6 5
        (3, 4, 7),
        (4, 8, 0),
    ]
    assert tones(asked)[2] == {"F", "A", "C", "D"}


def test_a_bass_of_its_own_part_counts_before_the_lowest_voice():
    asked = asked_harmony([at(0, 1, figures=(Figure(6),), bass=Tone("E"))], BASS, C)
    assert tones(asked)[0] == {"E", "G", "C"}


def test_figures_without_a_bass_name_their_place():
    with pytest.raises(ScoreError) as caught:
        asked_harmony([at(4, 8, figures=())], melody("C5:1 | C5:1"), C)
    assert str(caught.value) == (
        "Bass, measure 2, beat 1: figures stand here, but no bass note; write the bass, or take the figures "
        "away"
    )


def test_two_chords_at_once_are_refused():
    harmony = [at(0, 3, chord=parse_chord("C")), at(2, 4, chord=parse_chord("G"))]
    with pytest.raises(RequestError) as caught:
        asked_harmony(harmony, BASS, C)
    assert str(caught.value) == "measure 1, beat 3: two chords are asked for at once; leave one of them out"


@pytest.mark.parametrize(
    ("text", "symbol", "onset", "sentence"),
    [
        ("E5:4 D5:4 C5:2", "C", 1, "it is heard as a passing note"),
        ("C5:4 D5:4 C5:2", "C", 1, "it is heard as a neighbouring note"),
        ("F5:4 F5:4 E5:2", "C", 1, "it is heard as a suspension"),
        ("F5:2 E5:2", "C", 1, "it is heard as a suspension"),
        ("C5:4 F5:4 E5:2", "C", 1, "it is heard as an appoggiatura"),
        ("C5:4 F5:4 C5:2", "C", 1, "F, G7 or Dm would hold it"),
        ("C5:4 F#5:4 C5:2", "C", 1, "D7 or B7 would hold it"),
    ],
)
def test_a_note_that_clashes_is_told_with_what_it_is_or_what_would_hold_it(text, symbol, onset, sentence):
    score = melody(text)
    asked = asked_harmony([at(onset, 4, chord=parse_chord(symbol))], score, C)
    (told,) = clashes(asked, score, C)
    name = text.split()[0 if text.startswith("F5:2") else 1][:-3]
    assert told.endswith(sentence), told
    assert told.startswith(f"measure 1, beat 2: the soprano's {name} does not belong to C (E C G); ")


def test_many_clashes_are_counted():
    score = melody("D5:4 A5 D5 A5 | D5 A5 D5 A5")
    harmony = [at(i, i + 1, chord=parse_chord("C")) for i in range(8)]
    told = clashes(asked_harmony(harmony, score, C), score, C)
    assert len(told) == 7
    assert told[-1] == "2 more given notes do not belong to the chords under them"
