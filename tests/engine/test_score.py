"""A score counts, spells and moves as a musician does."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ripieno.score import (
    Key,
    Measure,
    Meter,
    Note,
    Score,
    Spelling,
    Voice,
    lay_measures,
    spelling_at,
    transpose,
    transpose_note,
    whole_times,
)
from ripieno.text.notation import format_score, parse_score
from strategies import scores

# Twelve pitch classes from C up, as a harmony book spells them in that key.
SPELLED_IN = [
    (Key(0, "major"), "C C# D Eb E F F# G G# A Bb B"),
    (Key(0, "minor"), "C C# D D# E F F# G G# A Bb B"),  # A minor: G#, and D# to its dominant
    (Key(1, "major"), "C C# D D# E F F# G G# A Bb B"),
    (Key(1, "minor"), "C C# D D# E F F# G G# A A# B"),
    (Key(2, "major"), "C C# D D# E F F# G G# A A# B"),
    (Key(-1, "minor"), "C C# D Eb E F F# G G# A Bb B"),
    (Key(-1, "major"), "C C# D Eb E F F# G Ab A Bb B"),
    (Key(-3, "major"), "C Db D Eb E F Gb G Ab A Bb B"),
    (Key(-3, "minor"), "C Db D Eb E F F# G Ab A Bb B"),  # C minor: B natural, and F# to its dominant
    (Key(6, "major"), "B# C# D D# E E# F# G G# A A# B"),
    (Key(-6, "major"), "C Db D Eb Fb F Gb G Ab Bbb Bb Cb"),
    (Key(7), "B# C# D D# E E# F# G G# A A# B"),
    (Key(-7), "C Db D Eb Fb F Gb G Ab Bbb Bb Cb"),
]


def one_voice(text: str) -> tuple[Note, ...]:
    return parse_score(text).voices[0].notes


def in_one_key(score: Score, key: Key) -> Score:
    """The score with one key signature throughout, every note spelled in it."""
    voices = tuple(
        replace(v, notes=tuple(replace(n, spelling=key.spell(n.pitch)) for n in v.notes))
        for v in score.voices
    )
    return replace(score, voices=voices, measures=tuple(replace(m, key=key) for m in score.measures))


@pytest.mark.parametrize(("key", "names"), SPELLED_IN, ids=str)
def test_a_key_spells_the_twelve_pitches_as_a_harmony_book_does(key: Key, names: str) -> None:
    spelled = [key.spell(pitch) for pitch in range(60, 72)]
    assert [str(s).rstrip("0123456789") for s in spelled] == names.split()
    assert [s.pitch for s in spelled] == list(range(60, 72))


@given(st.integers(-7, 7), st.sampled_from(("major", "minor", None)), st.integers(0, 127))
def test_a_spelling_sounds_as_its_pitch_in_every_key(fifths: int, mode: str | None, pitch: int) -> None:
    spelling = Key(fifths, mode).spell(pitch)
    assert spelling.pitch == pitch
    assert spelling_at(spelling.fifths, pitch) == spelling


@pytest.mark.parametrize("fifths", range(-7, 8))
def test_the_scale_of_a_key_needs_no_accidental_besides_its_signature(fifths: int) -> None:
    tonic = 7 * fifths % 12
    scale = [Key(fifths).spell(60 + tonic + interval) for interval in (0, 2, 4, 5, 7, 9, 11)]
    assert len({s.step for s in scale}) == 7
    assert sum(s.alter for s in scale) == fifths


@pytest.mark.parametrize(
    ("name", "pitch", "fifths"),
    [
        ("C4", 60, 0),
        ("B#3", 60, 12),
        ("Dbb4", 60, -12),
        ("Cb5", 71, -7),
        ("B4", 71, 5),
        ("F##4", 67, 13),
    ],
)
def test_an_octave_number_belongs_to_the_step(name: str, pitch: int, fifths: int) -> None:
    (note,) = one_voice(f"{name}:4")
    assert note.spelling is not None
    assert (note.pitch, note.spelling.pitch, note.spelling.fifths) == (pitch, pitch, fifths)
    assert (note.name, spelling_at(fifths, pitch)) == (name, note.spelling)


@pytest.mark.parametrize(
    ("meter", "length", "beat"),
    [
        (Meter(4, 4), "4", "1"),
        (Meter(2, 2), "4", "2"),
        (Meter(3, 4), "3", "1"),
        (Meter(5, 4), "5", "1"),
        (Meter(6, 4), "6", "1"),
        (Meter(6, 8), "3", "3/2"),
        (Meter(9, 8), "9/2", "3/2"),
        (Meter(3, 8), "3/2", "3/2"),
        (Meter(5, 8), "5/2", "1/2"),
    ],
    ids=str,
)
def test_a_meter_is_beaten_as_a_conductor_beats_it(meter: Meter, length: str, beat: str) -> None:
    assert (meter.length, meter.beat) == (Fraction(length), Fraction(beat))


@pytest.mark.parametrize(
    ("text", "time", "place"),
    [
        ("C4:1 | D4:1", "0", ("1", "1")),
        ("C4:1 | D4:1", "5", ("2", "2")),
        ("C4:1 | D4:1", "11/2", ("2", "2.5")),
        ("C4:1 | D4:1", "13/3", ("2", "1.333")),
        ("C4:4 | D4:1", "0", ("0", "4")),
        ("C4:4 | D4:1", "1/2", ("0", "4.5")),
        ("C4:4 | D4:1", "1", ("1", "1")),
        ("[3/4] C4:8 | D4:2.", "0", ("0", "3.5")),
        ("[6/8] C4:8 | D4:2.", "0", ("0", "2.667")),
        ("[6/8] C4:8 | D4:2.", "2", ("1", "2")),
        ("[2/2] C4:1", "2", ("1", "2")),
        ("[2/2] C4:1", "1", ("1", "1.5")),
        ("C4:1 | D4:2.", "4", ("2", "1")),  # a short measure elsewhere is no pickup
        ("C4:5/4 | D4:1", "0", ("1", "1")),  # nor is a long first one
        ("C4:1 | [3/4] D4:2. | E4:2.", "7", ("3", "1")),
    ],
)
def test_a_place_is_counted_as_a_musician_counts(text: str, time: str, place: tuple[str, str]) -> None:
    assert parse_score(text).place(Fraction(time)) == place


def test_a_pickup_is_a_short_first_measure() -> None:
    assert parse_score("C4:4 | D4:1").anacrusis == 1
    assert parse_score("C4:1 | D4:4").anacrusis == 0


def test_a_time_on_a_barline_belongs_to_the_measure_behind_it() -> None:
    score = parse_score("C4:4 | D4:1 | E4:1")
    assert [score.measure_at(Fraction(t)).number for t in ("0", "9/10", "1", "4", "5", "99")] == list(
        "001122"
    )


def test_measures_are_laid_to_cover_the_length() -> None:
    def laid(length: int, anacrusis: int = 0) -> list[tuple[str, str]]:
        measures = lay_measures(Fraction(length), anacrusis=Fraction(anacrusis))
        return [(m.number, str(m.duration)) for m in measures]

    assert laid(0) == [("1", "4")]
    assert laid(5) == [("1", "4"), ("2", "4")]
    assert laid(5, anacrusis=1) == [("0", "1"), ("1", "4")]


def test_a_meter_change_cuts_its_measure_and_a_key_change_waits_for_the_next() -> None:
    zero, six = Fraction(0), Fraction(6)
    measures = lay_measures(
        Fraction(9), ((zero, Meter()), (six, Meter(3, 4))), ((zero, Key()), (Fraction(5), Key(2)))
    )
    assert [str(m.duration) for m in measures] == ["4", "2", "3"]
    assert [m.key.fifths for m in measures] == [0, 0, 2]
    assert measures[2] == Measure("3", six, Fraction(3), Meter(3, 4), Key(2))


@pytest.mark.parametrize(
    ("text", "semitones", "moved"),
    [
        ("C4:4 E4 F#4 G4 |", 2, "[key 2] D4:4 F#4 G#4 A4 |"),
        ("C4:4 E4 F#4 G4 |", 1, "[key -5] Db4:4 F4 G4 Ab4 |"),
        ("C4:4 E4 F#4 G4 |", -1, "[key 5] B3:4 D#4 E#4 F#4 |"),
        ("C4:4 E4 F#4 G4 |", 6, "[key 6] F#4:4 A#4 B#4 C#5 |"),
        ("C4:4 E4 F#4 G4 |", 12, "C5:4 E5 F#5 G5 |"),
        ("[key -3 minor] C4:4 B3 Ab4 Eb4 |", -3, "[key 0 minor] A3:4 G#3 F4 C4 |"),
        ("[key 4] E4:4 |", 1, "[key -1] F4:4 |"),
        ("[key 7] C#4:4 B#3 |", 12, "[key 7] C#5:4 B#4 |"),
        ("C4:4 D##4 B##4 |", 0, "C4:4 D##4 B##4 |"),
        ("[key -5] Db4:1 | [key 5] B4:1", 1, "[key 2] D4:1 | [key 0] C5"),  # not ten flats, ten sharps
    ],
)
def test_a_transposition_reads_as_an_arranger_writes_it(text: str, semitones: int, moved: str) -> None:
    assert format_score(transpose(parse_score(text), semitones)) == f"soprano: {moved}"


@given(scores(on_grid=False), st.integers(-5, 5), st.integers(-14, 14))
def test_there_and_back_again_is_the_same_score(score: Score, fifths: int, semitones: int) -> None:
    score = in_one_key(score, Key(fifths))
    assert transpose(transpose(score, semitones), -semitones) == score


@given(scores(), st.integers(-14, 14))
def test_a_transposition_moves_every_pitch_and_no_key_past_seven_accidentals(
    score: Score, semitones: int
) -> None:
    moved = transpose(score, semitones)
    assert all(-7 <= m.key.fifths <= 7 for m in moved.measures)
    assert [
        (7 * m.key.fifths - 7 * n.key.fifths - semitones) % 12 for m, n in zip_measures(moved, score)
    ] == [0 for _ in score.measures]
    for after, before in zip(moved.voices, score.voices, strict=True):
        for new, old in zip(after.notes, before.notes, strict=True):
            assert new == replace(old, pitch=old.pitch + semitones, spelling=new.spelling)
            assert new.spelling is not None
            assert new.spelling.pitch == new.pitch
            assert str(new.spelling)


def zip_measures(one: Score, other: Score) -> list[tuple[Measure, Measure]]:
    return list(zip(one.measures, other.measures, strict=True))


def test_an_unspelled_note_stays_unspelled() -> None:
    note = Note(Fraction(0), Fraction(1), 60)
    assert transpose_note(note, 2, 2) == replace(note, pitch=62)
    assert note.name == "C4"


def test_a_spelling_past_the_last_name_takes_the_nearest() -> None:
    note = Note(Fraction(0), Fraction(1), 73, Spelling("B", 2, 4))
    assert transpose_note(note, 7, 1).spelling == Spelling("G", 1, 5)


def test_notes_between_two_times_are_those_that_start_there() -> None:
    voice = parse_score("C4:4 D4 E4 F4").voices[0]
    assert [n.name for n in voice.between(Fraction(1), Fraction(3))] == ["D4", "E4"]
    assert voice.between(Fraction(1, 2), Fraction(1)) == ()


def test_a_voice_is_found_by_its_name() -> None:
    score = parse_score("C5:4\nG4:4")
    assert score.voice("alto") is score.voices[1]
    with pytest.raises(KeyError):
        score.voice("tenor")


@pytest.mark.parametrize("notes", [[("0", "1"), ("1/2", "1")], [("0", "0")]])
def test_two_notes_at_once_and_a_note_without_length_are_our_bugs(notes: list[tuple[str, str]]) -> None:
    made = tuple(Note(Fraction(onset), Fraction(duration), 60) for onset, duration in notes)
    with pytest.raises(AssertionError):
        Voice("soprano", made)


def test_measures_follow_each_other_without_a_gap() -> None:
    one, two = lay_measures(Fraction(8))
    for measures in ((), (two,), (one, replace(two, onset=Fraction(5)))):
        with pytest.raises(AssertionError):
            Score((), measures)


TIMES = st.fractions(0, 64, max_denominator=96)
LENGTHS = st.fractions(Fraction(1, 96), 8, max_denominator=96)


@given(st.lists(st.builds(Note, TIMES, LENGTHS, st.just(60)), min_size=2, max_size=8))
def test_whole_times_are_ordered_as_the_exact_ones(notes: list[Note]) -> None:
    exact = [time for note in notes for time in (note.onset, note.end)]
    whole = [time for pair in whole_times(notes) for time in pair]
    assert [[a <= b for b in whole] for a in whole] == [[a <= b for b in exact] for a in exact]
