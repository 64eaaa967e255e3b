"""Roman numerals: music21 reads every one of ours as the chord that it stands for."""

import pytest
from music21.key import Key as Music21Key
from music21.roman import RomanNumeral

from ripieno.score import Key, Spelling
from ripieno.text.notation import parse_score
from ripieno.theory.chords import KINDS, SEVENTHS, Chord, chord_of, numeral
from ripieno.theory.keys import tonic_of

C_MAJOR, A_MINOR = Key(0, "major"), Key(0, "minor")


def notes(names: str) -> list[Spelling]:
    """Pitches with blanks between, as spellings."""
    line = parse_score(" ".join(f"{name}:4" for name in names.split())).voices[0].notes
    return [note.spelling for note in line if note.spelling]


def name(names: str, key: Key) -> str | None:
    chord = chord_of(notes(names))
    return None if chord is None else numeral(chord, key)


@pytest.mark.parametrize(
    ("names", "key", "figure"),
    [
        ("C3 G3 E4 C5", C_MAJOR, "I"),
        ("E3 G3 C4 C5", C_MAJOR, "I6"),
        ("G3 C4 E4 C5", C_MAJOR, "I64"),
        ("D3 A3 F4 D5", C_MAJOR, "ii"),
        ("F3 A3 C4 D5", C_MAJOR, "ii65"),
        ("F3 C4 D4 D5", C_MAJOR, "ii65"),  # without its fifth
        ("G3 F4 B4", C_MAJOR, "V7"),
        ("D3 F4 G4 B4", C_MAJOR, "V43"),
        ("F3 G4 B4 D5", C_MAJOR, "V42"),
        ("D3 F4 B4", C_MAJOR, "viio6"),
        ("B3 D4 F4 A4", C_MAJOR, "viiø7"),
        ("A3 C4 E4", C_MAJOR, "vi"),
        ("D3 F#4 A4", C_MAJOR, "V/V"),
        ("F#3 A3 C4 D4", C_MAJOR, "V65/V"),
        ("Bb3 C4 E4 G4", C_MAJOR, "V42/IV"),
        ("C#3 E3 G3 Bb3", C_MAJOR, "viio7/ii"),
        ("F3 Ab3 C4", C_MAJOR, "iv"),
        ("F3 Ab3 Db4", C_MAJOR, "bII6"),
        ("A3 C4 E4", A_MINOR, "i"),
        ("E3 G#3 B3 D4", A_MINOR, "V7"),
        ("E3 G3 B3", A_MINOR, "v"),
        ("G3 B3 D4", A_MINOR, "VII"),
        ("G3 B3 D4 F4", A_MINOR, "V7/III"),
        ("G#3 B3 D4", A_MINOR, "viio"),
        ("G#3 B3 D4 F4", A_MINOR, "viio7"),
        ("B3 D4 F4 G#4", A_MINOR, "viio65"),
        ("F#3 A3 C#4", A_MINOR, "vi"),
        ("D3 F#3 A3", A_MINOR, "IV"),
        ("A3 C#4 E4", A_MINOR, "I"),
        ("C4 E4", C_MAJOR, "I"),
        ("E4 G4", C_MAJOR, "iii"),
        ("C4 D4 E4", C_MAJOR, None),
        ("C4 G4", C_MAJOR, None),
        ("C4", C_MAJOR, None),
    ],
)
def test_chords_by_their_usual_names(names, key, figure):
    assert name(names, key) == figure


def test_no_notes_are_no_chord():
    assert chord_of([]) is None


def common_chords():
    """Every chord at home in C major or A minor, or a dominant of such a one."""
    for key in (C_MAJOR, A_MINOR):
        for kind in (*KINDS, *SEVENTHS):
            for root in range(12):
                for bass in (root, *((root + up) % 12 for up in kind)):
                    yield key, Chord(root, kind, bass)


SCALES = {"major": {0, 2, 4, 5, 7, 9, 11}, "minor": {0, 2, 3, 5, 7, 8, 10, 11}}


def test_music21_reads_our_names_as_the_same_notes():
    """Chords of the scale and applied ones; music21 takes sevenths in minor from the natural scale."""
    read = 0
    for key, chord in common_chords():
        figure = numeral(chord, key)
        ups = {(p - tonic_of(key)) % 12 for p in chord.pitch_classes}
        natural_seventh = key.mode == "minor" and len(chord.kind) == 3
        if "/" not in figure and (natural_seventh or not ups <= SCALES[key.mode]):
            continue
        theirs = RomanNumeral(figure, Music21Key("C" if key.mode == "major" else "a"))
        assert {p.pitchClass for p in theirs.pitches} == chord.pitch_classes, figure
        assert theirs.bass().pitchClass == chord.bass, figure
        read += 1
    assert read > 100
