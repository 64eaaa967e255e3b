"""Chord symbols are read as people spell them, and written in one way that reads as the same chord."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ripieno.errors import RequestError
from ripieno.harmony.chord_symbol import ChordDegree, ChordSymbol, Tone
from ripieno.harmony.kinds import KINDS, OTHER
from ripieno.harmony.symbol_text import chord_text, kind_text, parse_chord

EXAMPLES = "F, Fm, F7, Fmaj7, Fm7b5, Fdim7, Fsus4, F6/9, Fadd9 or F7(b9,#11)"
# What people write, how we write it, and the tones that a player strikes, the lowest first.
READ = """
F            F            F A C
Fmaj         F            F A C
FM           F            F A C
Bb           Bb           Bb D F
B♭           Bb           Bb D F
F♯           F#           F# A# C#
Fm           Fm           F Ab C
F-           Fm           F Ab C
Fmin         Fm           F Ab C
Fmi          Fm           F Ab C
F#m          F#m          F# A C#
Fdim         Fdim         F Ab Cb
Fo           Fdim         F Ab Cb
F°           Fdim         F Ab Cb
Faug         Faug         F A C#
F+           Faug         F A C#
F5           F5           F C
F6           F6           F A C D
Fm6          Fm6          F Ab C D
F-6          Fm6          F Ab C D
F6/9         F6/9         F A C D G
F69          F6/9         F A C D G
Fm6/9        Fm6/9        F Ab C D G
F7           F7           F A C Eb
Fdom7        F7           F A C Eb
Fmaj7        Fmaj7        F A C E
FM7          Fmaj7        F A C E
FMA7         Fmaj7        F A C E
FΔ           Fmaj7        F A C E
FΔ7          Fmaj7        F A C E
F^7          Fmaj7        F A C E
Fj7          Fmaj7        F A C E
Fm7          Fm7          F Ab C Eb
F-7          Fm7          F Ab C Eb
FMI7         Fm7          F Ab C Eb
Fm7b5        Fm7b5        F Ab Cb Eb
F-7b5        Fm7b5        F Ab Cb Eb
Fm7-5        Fm7b5        F Ab Cb Eb
Fø           Fm7b5        F Ab Cb Eb
Fø7          Fm7b5        F Ab Cb Eb
Fm7(b5)      Fm7(b5)      F Ab Cb Eb
Fdim7        Fdim7        F Ab Cb Ebb
Fo7          Fdim7        F Ab Cb Ebb
F°7          Fdim7        F Ab Cb Ebb
FmMaj7       FmMaj7       F Ab C E
Fm(maj7)     FmMaj7       F Ab C E
FmM7         FmMaj7       F Ab C E
F-Δ          FmMaj7       F Ab C E
F+7          Faug7        F A C# Eb
Faug7        Faug7        F A C# Eb
F7+          Faug7        F A C# Eb
F7#5         F7#5         F A C# Eb
F7b5         F7b5         F A Cb Eb
F+(maj7)     Faug(maj7)   F A C# E
F9           F9           F A C Eb G
Fmaj9        Fmaj9        F A C E G
Fm9          Fm9          F Ab C Eb G
F9#5         F9#5         F A C# Eb G
F11          F11          F A C Eb G Bb
Fm11         Fm11         F Ab C Eb G Bb
F13          F13          F A C Eb G Bb D
Fsus         Fsus4        F Bb C
Fsus4        Fsus4        F Bb C
F(sus4)      Fsus4        F Bb C
Fsus2        Fsus2        F G C
F7sus4       F7sus4       F Bb C Eb
F7sus        F7sus4       F Bb C Eb
F9sus4       F9sus4       F Bb C Eb G
F7b9sus4     F7sus4b9     F Bb C Eb Gb
Fadd9        Fadd9        F A C G
F(add9)      Fadd9        F A C G
Fmadd9       Fmadd9       F Ab C G
F7b9         F7b9         F A C Eb Gb
F7(b9)       F7b9         F A C Eb Gb
F7-9         F7b9         F A C Eb Gb
F7#9         F7#9         F A C Eb G#
F7+9         F7#9         F A C Eb G#
F7(b9,#11)   F7(b9,#11)   F A C Eb Gb B
F7(b9#11)    F7(b9,#11)   F A C Eb Gb B
F7b9#11      F7(b9,#11)   F A C Eb Gb B
F7alt        F7(#5,#9)    F A C# Eb G#
F7b9#9       F7(b9,#9)    F A C Eb Gb Ab
F7(#9,b9)    F7(b9,#9)    F A C Eb Gb Ab
F7b9#9b13    F7(b9,#9)b13 F A C Eb Gb Ab Db
F7b5#5       F7(b5,b13)   F A Cb Eb Db
Ft7          Fmaj7        F A C E
Ft           Fmaj7        F A C E
Fmt7         FmMaj7       F Ab C E
F0           Fm7b5        F Ab Cb Eb
F07          Fm7b5        F Ab Cb Eb
Fm+          Fm#5         F Ab C#
F-+          Fm#5         F Ab C#
F2           Fadd2        F G A C
F4           Fadd4        F A Bb C
F13+         F13#5        F A C# Eb G Bb D
Faug13       F13#5        F A C# Eb G Bb D
Fmaj9sus     Fmaj9sus4    F Bb C E G
FTristan     F(Tristan)   F B D# G#
Fmaj7#11     Fmaj7#11     F A C E B
F13#11       F13#11       F A C Eb G B D
F7(13)       F7add13      F A C Eb D
F7no5        F7no5        F A Eb
Fomit3       Fno3         F C
F(#5)        F(#5)        F A C#
F#5          F#5          F# C#
C/E          C/E          E C G
C/Bb         C/Bb         Bb C E G
C6/9/E       C6/9/E       E C G A D
Gm7/F        Gm7/F        F G Bb D
C(It)        C(It)        Ab C F#
C(Fr)        C(Fr)        Ab C D F#
C(Ger)       C(Ger)       Ab C Eb F#
C(N6)        C(N6)        F Ab Db
C(ped)       C(ped)       C
C(other)     C(other)     C
Do           Ddim         D F Ab
"""
ROWS = [line.split(maxsplit=2) for line in READ.strip().splitlines()]


@pytest.mark.parametrize(("text", "written", "tones"), ROWS, ids=[row[0] for row in ROWS])
def test_a_symbol_is_read_and_written(text, written, tones):
    chord = parse_chord(text)
    assert chord_text(chord) == written
    assert {str(tone) for tone in chord.tones} == set(tones.split())
    assert str(chord.sounding_bass) == tones.split()[0]


NO_ROOT = f"is no chord symbol; it begins with its root, a capital letter A to G, as {EXAMPLES}"
NO_KIND = f"is no kind of chord; write one such as {EXAMPLES}"
NO_BASS = (
    "is no bass note; write a letter A to G behind the slash, with # or b where it has one, as C/E or C/Bb"
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "an empty chord symbol; write one such as F, Bb7 or Gm7/D"),
        ("  ", "an empty chord symbol; write one such as F, Bb7 or Gm7/D"),
        ("am", f'"am" {NO_ROOT}'),
        ("H", f'"H" {NO_ROOT}'),
        ("Hm7", f'"Hm7" {NO_ROOT}'),
        ("bB", f'"bB" {NO_ROOT}'),
        ("N.C.", f'"N.C." {NO_ROOT}'),
        ("V7", f'"V7" {NO_ROOT}'),
        ("7", f'"7" {NO_ROOT}'),
        ("♭", f'"♭" {NO_ROOT}'),
        ("Sol", f'"Sol" {NO_ROOT}'),
        ("C" * 201, f'"{"C" * 30}...{"C" * 20}" {NO_ROOT}'),
        ("Fxyz", f'"Fxyz": "xyz" {NO_KIND}'),
        ("Fis", f'"Fis": "is" {NO_KIND}'),
        ("F8", f'"F8": "8" {NO_KIND}'),
        ("F3", f'"F3": "3" {NO_KIND}'),
        ("F7b", f'"F7b": "7b" {NO_KIND}'),
        ("F7(b9", f'"F7(b9": "7(b9" {NO_KIND}'),
        ("F7b9)", f'"F7b9)": "7b9)" {NO_KIND}'),
        ("F7b15", f'"F7b15": "7b15" {NO_KIND}'),
        ("F7b9 13", f'"F7b9 13": "7b913" {NO_KIND}'),
        ("Fadd", f'"Fadd": "add" {NO_KIND}'),
        ("Fno", f'"Fno": "no" {NO_KIND}'),
        ("Fine", f'"Fine": "ine" {NO_KIND}'),
        ("Coda", f'"Coda": "oda" {NO_KIND}'),
        ("D.C.", f'"D.C.": ".C." {NO_KIND}'),
        ("C/H", f'"C/H": "H" {NO_BASS}'),
        ("C/", f'"C/": "" {NO_BASS}'),
        ("Cm7/3", f'"Cm7/3": "3" {NO_BASS}'),
        ("C/H/G", f'"C/H/G": "H" {NO_BASS}'),
        ("C/Ebbb", f'"C/Ebbb": "Ebbb" {NO_BASS}'),
    ],
)
def test_a_text_that_is_no_symbol_is_refused_with_what_would_be_one(text, message):
    with pytest.raises(RequestError) as caught:
        parse_chord(text)
    assert str(caught.value) == message


@pytest.mark.parametrize("kind", [*KINDS, OTHER])
@pytest.mark.parametrize("bass", [None, Tone("E", -1), Tone("C"), Tone("F", 2)])
def test_every_kind_goes_there_and_back(kind, bass):
    for root in (Tone("C"), Tone("B", -1), Tone("F", 1), Tone("E", -2)):
        chord = ChordSymbol(root, kind, bass)
        assert parse_chord(chord_text(chord)) == chord


def test_every_kind_has_a_text_of_its_own():
    texts = [kind_text(ChordSymbol(Tone("C"), kind)) for kind in (*KINDS, OTHER)]
    assert len(set(texts)) == len(texts)


TONES = st.builds(Tone, st.sampled_from("CDEFGAB"), st.integers(-2, 2))
DEGREES = st.builds(
    ChordDegree, st.integers(1, 13), st.integers(-2, 2), st.sampled_from(["add", "alter", "subtract"])
)
CHORDS = st.builds(
    ChordSymbol,
    TONES,
    st.sampled_from([*KINDS, OTHER]),
    st.none() | TONES,
    st.lists(DEGREES, max_size=5).map(tuple),
)


def plain(chord: ChordSymbol) -> ChordSymbol:
    """The chord in which only degrees that are there are altered, each once, and none by nothing."""
    kept: list[ChordDegree] = []
    for degree in chord.degrees:
        there = degree.value in ChordSymbol(chord.root, chord.kind, None, tuple(kept)).members
        same = [place for place, other in enumerate(kept) if other.value == degree.value]
        if degree.action == "alter" and not there:
            kept.append(ChordDegree(degree.value, degree.alter))
        elif degree.action != "alter" or (degree.alter and not same):
            kept.append(degree)
        elif degree.alter:
            before = kept.pop(same[-1])
            both = ChordDegree(degree.value, before.alter + degree.alter, before.action)
            if both != ChordDegree(degree.value, 0, "alter"):
                kept.insert(same[-1], both)
    return ChordSymbol(chord.root, chord.kind, chord.bass, tuple(kept))


@settings(max_examples=400, deadline=None)
@given(CHORDS)
def test_any_chord_with_degrees_goes_there_and_back(chord):
    back = parse_chord(chord_text(chord))
    assert back == plain(chord)
    assert back.tones == chord.tones
    assert chord_text(back) == chord_text(chord)


@settings(max_examples=300, deadline=None)
@given(st.text("ABCDEFGHabminjdo+-#♭(),./^Δø1234567890 ", max_size=12))
def test_any_text_is_a_chord_or_an_error(text):
    try:
        chord = parse_chord(text)
    except RequestError:
        return
    assert parse_chord(chord_text(chord)) == plain(chord)
