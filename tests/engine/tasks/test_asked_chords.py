"""Chords that are asked for are law: for every model, whatever it likes better."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quick_models import quick
from ripieno.harmony.asked_chord import AskedHarmony, asked_symbol
from ripieno.harmony.chord_symbol import ChordDegree, ChordSymbol, Tone
from ripieno.harmony.kinds import KINDS
from ripieno.score import VOICE_NAMES, Key
from ripieno.tasks.choir import compose, continue_, harmonize, infill, vary
from ripieno.tasks.drafts import DraftSettings
from ripieno.text.notation import parse_score

FEW = settings(max_examples=max(settings().max_examples // 8, 5))
VERY_FEW = settings(max_examples=2)
CHOIR_MODELS = ("lstm-chorales", "bachbot-chorales", "rbm-chorales", "dbn-chorales")
TUNE = parse_score("""
soprano: [4/4] [key 0] C5:4 D5 E5 C5 | F5:4 E5 D5:2 | G4:4 A4 B4 C5 | D5:4 B4 C5:2
alto:
tenor:
bass:
""")
CHORALE = parse_score("""
soprano: [4/4] [key 0] C5:4 D5 E5 C5 | F5:4 E5 D5:2 | G4:4 B4 C5:2
alto: G4:4 G4 G4 G4 | F4:4 G4 G4:2 | G4:4 F4 G4:2
tenor: E4:4 D4 C4 C4 | D4:4 C4 B3:2 | C4:4 D4 E4:2
bass: C4:4 B3 C4 E3 | D3:4 C3 G3:2 | E3:4 D3 C3:2
""")
SHORT_TUNE = parse_score("""
soprano: [4/4] [key 0] C5:4 E5 F5 D5
alto:
tenor:
bass:
""")
SHORT = ("major", "minor", "dominant", "diminished", "suspended-fourth", "half-diminished", "minor-seventh")
tones = st.builds(Tone, st.sampled_from("ABCDEFG"), st.sampled_from([-1, 0, 1]))
symbols = st.builds(ChordSymbol, tones, st.sampled_from([*KINDS]), st.none() | tones)


def asked(*chords: ChordSymbol | None, beats: int = 2, strict: bool = False) -> AskedHarmony:
    """The chords one after the other, each so many quarters long; None is a stretch without."""
    return AskedHarmony(
        tuple(
            asked_symbol(Fraction(beats * i), Fraction(beats * (i + 1)), str(chord.root), chord)
            for i, chord in enumerate(chords)
            if chord is not None
        ),
        strict,
    )


def sounding_at(score, time):
    """The pitches of all voices at a time, from the highest voice down; None where one rests."""
    return [
        next((note.pitch for note in voice.notes if note.onset <= time < note.end), None)
        for voice in score.voices
    ]


def check_kept(score, chords, lower=(1, 2, 3)):
    """Count by hand: each new voice sounds the chord where it begins, and the bass the asked note."""
    for chord in chords.chords:
        pitches = sounding_at(score, chord.onset)
        for voice in lower:
            assert pitches[voice] is not None
            assert pitches[voice] % 12 in chord.tones, (chord, pitches)
        if 3 in lower:
            assert pitches[3] % 12 == chord.bass, (chord, pitches)


@FEW
@given(st.lists(st.none() | symbols, min_size=4, max_size=4), st.integers(0, 9), st.sampled_from([1, 4]))
def test_any_chords_hold_whatever_the_network_likes(chords, seed, beam):
    harmony = asked(*chords, beats=1)
    result = harmonize(
        SHORT_TUNE,
        quick("random"),
        given=("soprano",),
        asked=harmony,
        settings=DraftSettings(seed, beam=beam),
    )[0]
    assert result.score.voice("soprano") == SHORT_TUNE.voice("soprano")
    check_kept(result.score, harmony)


@pytest.mark.parametrize("model", CHOIR_MODELS)
@VERY_FEW
@given(st.lists(symbols, min_size=4, max_size=4))
def test_chords_hold_for_every_family(model, chords):
    harmony = asked(*chords, beats=1)
    settings = DraftSettings(1)
    result = harmonize(SHORT_TUNE, quick(model), given=("soprano",), asked=harmony, settings=settings)[0]
    assert result.score.voice("soprano") == SHORT_TUNE.voice("soprano")
    check_kept(result.score, harmony)


@pytest.mark.parametrize("model", CHOIR_MODELS)
def test_no_triad_is_without_its_third(model):
    names = ["C", "G", "F", "A", "D", "G", "G", "C"]
    kinds = ["major", "major", "major", "minor", "minor", "major", "dominant", "major"]
    harmony = asked(*(ChordSymbol(Tone(n), k) for n, k in zip(names, kinds, strict=True)))
    result = harmonize(TUNE, quick(model), given=("soprano",), asked=harmony, settings=DraftSettings(2))[0]
    for chord in harmony.chords:
        assert chord.tones[0] in {pitch % 12 for pitch in sounding_at(result.score, chord.onset)}


@FEW
@given(st.lists(st.sampled_from(SHORT), min_size=4, max_size=4), st.integers(0, 9))
def test_strict_chords_hold_between_their_onsets_too(kinds, seed):
    chords = [ChordSymbol(Tone("CDEFGAB"[i % 7]), kind) for i, kind in enumerate(kinds)]
    harmony = asked(*chords, beats=1, strict=True)
    result = harmonize(
        SHORT_TUNE, quick("random"), given=("soprano",), asked=harmony, settings=DraftSettings(seed)
    )[0]
    for voice in result.score.voices[1:]:
        for note in voice.notes:
            (chord,) = (c for c in harmony.chords if c.onset <= note.onset < c.end)
            assert note.pitch % 12 in chord.tones


def test_free_stretches_are_left_to_the_model():
    harmony = asked(ChordSymbol(Tone("C")), None, None, None, None, None, ChordSymbol(Tone("G")), None)
    with_some = harmonize(TUNE, quick("lstm-chorales"), given=("soprano",), asked=harmony)[0]
    assert all(len(voice.notes) > 6 for voice in with_some.score.voices)
    check_kept(with_some.score, harmony)


def test_a_given_bass_stays_where_the_chord_wants_another():
    score = parse_score("""
soprano: [4/4] [key 0] C5:1
alto:
tenor:
bass: D3:1
""")
    harmony = asked(ChordSymbol(Tone("C")), beats=4)
    result = harmonize(score, quick("lstm-chorales"), asked=harmony)[0]
    assert result.score.voice("bass") == score.voice("bass")
    check_kept(result.score, harmony, lower=(1, 2))


def test_a_picardy_third_that_is_asked_for_closes_a_tune_in_minor():
    score = parse_score("""
soprano: [4/4] [key -3 minor] C5:4 D5 Eb5 C5 | D5:4 B4 C5:2
alto:
tenor:
bass:
""")
    harmony = asked(None, None, None, ChordSymbol(Tone("C")))
    result = harmonize(score, quick("lstm-chorales"), given=("soprano",), asked=harmony)[0]
    check_kept(result.score, harmony)
    assert 4 in {pitch % 12 for pitch in sounding_at(result.score, Fraction(6))}


def test_every_task_keeps_the_chords():
    model, whole = quick("lstm-chorales"), CHORALE
    turned = asked(None, None, *(ChordSymbol(Tone("B", -1)),) * 2, None, None)
    hole = whole.span(range(1, 2))
    (filled,) = infill(whole, model, selection=hole, voices=VOICE_NAMES[1:], asked=turned)
    check_kept(filled.score, turned)
    (varied,) = vary(whole, model, amount=1.0, given=("soprano",), asked=turned)
    check_kept(varied.score, turned)
    after = asked(*(None,) * 6, ChordSymbol(Tone("A", -1)), ChordSymbol(Tone("E", -1)))
    (longer,) = continue_(whole, model, bars=1, asked=after)
    check_kept(longer.score, after, lower=(0, 1, 2, 3))
    ground = asked(
        *(
            ChordSymbol(Tone(n), k)
            for n, k in [("A", "minor"), ("G", "major"), ("F", "major"), ("E", "major")]
        )
    )
    (new,) = compose(model, bars=2, key=Key(0, "minor"), asked=ground)
    check_kept(new.score, ground, lower=(0, 1, 2, 3))


def test_a_chord_between_beats_is_kept():
    score = parse_score("soprano: [4/4] [key 0] C5:1 | C5:1\nalto:\ntenor:\nbass:")
    chords = [
        ChordSymbol(Tone("C")),
        ChordSymbol(Tone("F")),
        ChordSymbol(Tone("A"), "minor"),
        ChordSymbol(Tone("F"), "minor"),
    ]
    harmony = AskedHarmony(
        tuple(
            asked_symbol(Fraction(start), Fraction(end), "", chord)
            for chord, (start, end) in zip(
                chords, [("0", "3/2"), ("3/2", "5/2"), ("5/2", "4"), ("4", "8")], strict=True
            )
        )
    )
    result = harmonize(score, quick("lstm-chorales"), given=("soprano",), asked=harmony)[0]
    check_kept(result.score, harmony)


def test_an_added_ninth_sounds_where_the_melody_has_the_seventh():
    ninth = ChordSymbol(Tone("G"), "dominant", None, (ChordDegree(9, -1),))
    harmony = asked(None, None, ninth, *(None,) * 5)  # F in the melody
    result = harmonize(TUNE, quick("lstm-chorales"), given=("soprano",), asked=harmony)[0]
    assert {pitch % 12 for pitch in sounding_at(result.score, Fraction(4))} == {5, 7, 8, 11}


def test_new_notes_are_spelled_as_their_chord_is():
    """The melody has an F sharp in the same measure; the seventh of A flat 7 is a G flat nevertheless."""
    score = parse_score("""
soprano: [4/4] [key -3] F#4:4 G4 Eb5:2
alto:
tenor:
bass:
""")
    seventh = ChordSymbol(Tone("A", -1), "dominant")
    harmony = asked(ChordSymbol(Tone("E", -1)), seventh)
    result = harmonize(score, quick("lstm-chorales"), asked=harmony, settings=DraftSettings(1))[0]
    lower = [note for voice in result.score.voices[1:] for note in voice.notes if note.onset >= 2]
    assert {note.name[:2] for note in lower if note.pitch % 12 == 6} == {"Gb"}
