"""Roman numerals are read as a harmony class reads them, spelled for the key."""

from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ripieno.errors import RequestError
from ripieno.harmony.numeral_text import numeral_chord, parse_key
from ripieno.harmony.symbol_text import chord_text
from ripieno.score import Key
from ripieno.theory import chords
from ripieno.theory.chords import Chord, numeral
from ripieno.theory.keys import tonic_of

READ = """
C:  I         C
C:  ii        Dm
C:  iii       Em
C:  IV        F
C:  V         G
C:  vi        Am
C:  viio      Bdim
C:  vii°      Bdim
C:  I6        C/E
C:  I64       C/G
C:  Cad64     C/G
C:  V7        G7
C:  V65       G7/B
C:  V6/5      G7/B
C:  V43       G7/D
C:  V42       G7/F
C:  V2        G7/F
C:  I7        Cmaj7
C:  IV7       Fmaj7
C:  IV42      Fmaj7/E
C:  ii65      Dm7/F
C:  iiø65     Dm7b5/F
C:  viiø      Bm7b5
C:  viio7     Bdim7
C:  viio43    Bdim7/F
C:  III+      Eaug
C:  V+7       Gaug7
C:  V/V       D
C:  V7/V      D7
C:  V65/V     D7/F#
C:  V7/ii     A7
C:  viio7/V   F#dim7
C:  viio65/ii C#dim7/E
C:  V7/V/V    A7
C:  V7/bVII   F7
C:  #ivo7     F#dim7
C:  bII6      Db/F
C:  N6        Db/F
C:  N         Db
C:  bVI       Ab
C:  bVI7      Abmaj7
C:  bVII7     Bb7
C:  II7       D7
C:  It6       C(It)
C:  Fr43      C(Fr)
C:  Ger65     C(Ger)
C:  Ger65/V   G(Ger)
C:  Vsus4     Gsus4
C:  V7sus4    G7sus4
C:  iisus4    Dsus4
C:  I(add9)   Cadd9
C:  iiadd9    Dmadd9
C:  IVmaj7    Fmaj7
C:  IVmaj9    Fmaj9
C:  V7b9      G7b9
C:  V9        G9
C:  IV9       Fmaj9
C:  iv        Fm
g:  i         Gm
g:  iio6      Adim/C
g:  III       Bb
g:  III+      Bbaug
g:  III+7     Bbaug(maj7)
g:  III7      Bbmaj7
g:  iv6       Cm/Eb
g:  IV        C
g:  V         D
g:  v         Dm
g:  VI        Eb
g:  bVI       Eb
g:  vi        Em
g:  #vio      Edim
g:  bvi       Ebm
g:  VII       F
g:  bVII7     F7
g:  #VI       E
g:  #III      B
g:  viio7     F#dim7
g:  #viio7    F#dim7
g:  viio42    F#dim7/Eb
g:  vii       F#m
g:  bvii      Fm
g:  V9        D7b9
g:  Cad64     Gm/D
g:  N6        Ab/C
g:  Ger65     G(Ger)
g:  V7/III    F7
g:  V7/iv     G7
g:  viio7/iv  Bdim7
F#: iii       A#m
F#: viio7     E#dim7
Eb: N6        Fb/Ab
ab: VI        Fb
"""
ROWS = [line.split() for line in READ.strip().splitlines()]


@pytest.mark.parametrize(("key", "text", "written"), ROWS, ids=[" ".join(row[:2]) for row in ROWS])
def test_a_numeral_is_read_in_its_key(key, text, written):
    assert chord_text(numeral_chord(text, parse_key(key))) == written


def test_the_neapolitan_and_augmented_sixths_have_their_bass():
    sixths = {text: numeral_chord(text, Key(-2, "minor")) for text in ("N6", "It6", "Fr43", "Ger65")}
    assert {text: str(chord.sounding_bass) for text, chord in sixths.items()} == {
        "N6": "C",
        "It6": "Eb",
        "Fr43": "Eb",
        "Ger65": "Eb",
    }
    assert {str(tone) for tone in sixths["Ger65"].tones} == {"Eb", "G", "Bb", "C#"}


NOT_ONE = (
    "is no Roman numeral; write one such as I, ii6, V7, V65/V, viio7, bVI, N6, It6, Ger65, Cad64 or Vsus4"
)


NO_NUMERALS = (
    "VIII iiii Iv vI VV X H C Am F7 V8 V66 V4 I/ /V V/ V/X V//V I-V V765 IVx Gr65 It65 Ger43 Cad6 N7 b #b "
    "#bII bbbII o7 viio9 V7b15 Vsus9x ivm V: 5 ? V/V7 im ii- Io+"
)


@pytest.mark.parametrize("text", NO_NUMERALS.split())
def test_what_is_no_numeral_is_refused_with_what_would_be_one(text):
    with pytest.raises(RequestError) as caught:
        numeral_chord(text, Key())
    assert str(caught.value) == f'"{text}" {NOT_ONE}'


def test_a_very_long_numeral_is_refused():
    with pytest.raises(RequestError) as caught:
        numeral_chord("V/" * 5000 + "V", Key())
    assert str(caught.value) == f'"{"V/" * 15}...{"/V" * 10}" {NOT_ONE}'


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("C:", "C major"),
        ("c:", "C minor"),
        ("Bb:", "B-flat major"),
        ("f#:", "F-sharp minor"),
        ("B♭:", "B-flat major"),
        ("Gm:", "G minor"),
        ("ab:", "A-flat minor"),
    ],
)
def test_a_key_is_a_letter_and_a_colon(word, name):
    assert str(parse_key(word)) == name


def test_other_words_are_no_key():
    assert [parse_key(word) for word in ("C", "H:", "V:", ":", "C:x", "Cb b:")] == [None] * 6


@pytest.mark.parametrize(
    ("word", "name", "other"), [("G#:", "G# major", "Ab"), ("Fb:", "Fb major", "E"), ("fb:", "Fb minor", "e")]
)
def test_a_key_without_a_signature_is_refused(word, name, other):
    with pytest.raises(RequestError) as caught:
        parse_key(word)
    assert str(caught.value) == (
        f'"{word}": {name} has more than seven accidentals; write {other}:, which sounds alike'
    )


def named_chords(key: Key) -> dict[str, set[Chord]]:
    """All chords that reports name, by numeral; without major sevenths, which it writes as other ones."""
    named = defaultdict(set)
    low_sixth = (tonic_of(key) + chords.LOW_SIXTH) % 12
    kinds = [*chords.KINDS, *chords.SEVENTHS, *chords.AUGMENTED_SIXTHS]
    for kind in kinds:
        for root in range(12) if kind not in chords.AUGMENTED_SIXTHS else [low_sixth]:
            for up in (0, *kind):
                chord = Chord(root, kind, (root + up) % 12)
                if kind != chords.MAJOR_SEVENTH:
                    named[numeral(chord, key)].add(chord)
    return named


@pytest.mark.parametrize("mode", ["major", "minor", None])
@pytest.mark.parametrize("fifths", range(-7, 8))
def test_numerals_of_reports_are_read_as_their_chords(fifths, mode):
    key = Key(fifths, mode)
    major_sevenths = 0
    for text, asked in named_chords(key).items():
        found = numeral_chord(text, key)
        if found.kind == "major-seventh":
            major_sevenths += 1  # a report writes IV7 for this one, too
            continue
        assert found.pitch_classes in {chord.pitch_classes for chord in asked}, text
        if text not in ("It", "Fr", "Ger"):  # whose bass the report does not say
            assert [(chord.pitch_classes, chord.bass) for chord in asked] == [
                (found.pitch_classes, found.sounding_bass.pitch_class)
            ]
    assert major_sevenths <= 12


@pytest.mark.parametrize(("mode", "degrees"), [("major", (0, 5)), ("minor", (3, 8))])
def test_the_major_sevenths_of_a_key_are_read(mode, degrees):
    key = Key(1, mode)
    for degree in degrees:
        root = (tonic_of(key) + degree) % 12
        for up in (0, *chords.MAJOR_SEVENTH):
            chord = Chord(root, chords.MAJOR_SEVENTH, (root + up) % 12)
            found = numeral_chord(numeral(chord, key), key)
            assert (found.pitch_classes, found.sounding_bass.pitch_class) == (chord.pitch_classes, chord.bass)


@settings(max_examples=300, deadline=None)
@given(st.text("IViv#bo+ø/765432NGeradsu()9", max_size=10), st.integers(-7, 7), st.booleans())
def test_any_text_is_a_numeral_or_an_error_and_moves_with_its_key(text, fifths, minor):
    mode = "minor" if minor else "major"
    try:
        chord = numeral_chord(text, Key(fifths, mode))
    except RequestError:
        return
    up = tonic_of(Key(fifths, mode)) - tonic_of(Key(0, mode))
    home = numeral_chord(text, Key(0, mode))
    assert chord.pitch_classes == {(c + up) % 12 for c in home.pitch_classes}
    assert chord.sounding_bass.pitch_class == (home.sounding_bass.pitch_class + up) % 12
