"""Words under new voices: by rhythm, whole, in order, and as an editor would write them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ripieno.results import Result
from ripieno.score import ELISION, Lyric, Note, Score, Voice
from ripieno.text.notation import parse_score
from ripieno.theory.underlay import melisma_length, melisma_slur, with_words

SIGNS = {"single": "{}", "begin": "{}-", "middle": "-{}-", "end": "-{}"}


def result_of(score: Score, before: Score) -> Result:
    """A result whose new notes are those that were not given."""
    given_notes = {voice.name: voice.notes for voice in before.voices}
    new = tuple(
        Voice(v.name, tuple(n for n in v.notes if n not in given_notes.get(v.name, ()))) for v in score.voices
    )
    return Result(score, tuple(voice for voice in new if voice.notes), 0.0, 0)


def sung(melody: str, alto: str, *, copy: bool = True) -> Voice:
    """The alto with words. melody, alto: as in ``parse_score``."""
    score = parse_score(f"soprano: {melody}\nalto: {alto}")
    before = replace(score, voices=(score.voices[0], Voice("alto")))
    return with_words(result_of(score, before), before, copy=copy).score.voices[1]


def shown(voice: Voice, verse: int = 1) -> str:
    """A verse as text: "_" is a note of a melisma with its line or slur, "." one without words."""
    out = []
    is_held = False
    for note in voice.notes:
        (lyric,) = [lyric for lyric in note.lyrics if lyric.verse == verse] or [None]
        is_held = lyric.melisma if lyric else is_held
        out.append(SIGNS[lyric.syllabic].format(lyric.text) if lyric else "_" if is_held else ".")
    return " ".join(out)


@pytest.mark.parametrize(
    ("melody", "alto", "expected"),
    [
        ('C5:4"Al-" D5"-le-" E5"-lu-" F5"-ia"', "E4:4 F4 G4 A4", "Al- -le- -lu- -ia"),
        # more notes than syllables: the syllable is held over them
        ('C5:4"Lord" D5"hear" E5"our" F5"prayer"', "E4:8 F4 G4:4 A4 G4:8 F4", "Lord _ hear our prayer _"),
        ('C5:2"Al-" D5"-le"', "E4:4 F4 G4 A4", "Al- _ -le _"),
        # a syllable waits for the note that begins before it ends
        ('C5:4"hear" D5"our" E5:2"prayer"', "E4:4. F4:8 G4:2", "hear our prayer"),
        # fewer notes than syllables: those of one word become one, words are bound
        ('C5:8"glo-" D5"-ry" E5:4"to" F5:2"God"', "E4:4 F4 G4:2", "glory to God"),
        ('C5:4"to" D5"God" E5"on" F5"high"', "E4:2 F4", f"to{ELISION}God on{ELISION}high"),
        ('C5:4"glo-" D5"-ri-" E5"-a" F5"in"', "E4:2 F4", f"glori- -a{ELISION}in"),
        ('C5:4"a" D5"glo-" E5"-ri-" F5"-a"', "E4:2 F4", f"a{ELISION}glo- -ria"),
        # a melisma of the melody, and a voice that stands still or moves in it
        ('C5:4"Glo-" D5 E5 F5"-ry"', "E4:2. F4:4", "Glo- -ry"),
        ('C5:4"Glo-" D5 E5 F5"-ry"', "E4:4 G4:2 F4:4", "Glo- _ -ry"),
        # a word is sung whole or not at all
        ('C5:4"Glo-" D5"-ry" E5"to" F5"God"', "r:4 E4 F4 G4", "Glory to God"),
        ('C5:4"to" D5"God" E5"the" F5"Lord"', "r:2 E4:4 F4", "the Lord"),
        ('C5:4"the" D5"fa-" E5"-ther" F5"now"', "E4:4 F4 r:2", "the father"),
        # the bass goes on where the melody rests
        ('C5:4"God" r D5:2"save"', "E4:4 F4 G4:2", "God _ save"),
        ('C5:4"God" r:4 D5:2"save"', "E4:4 r:4 G4:2", "God save"),
        ("C5:4 D5 E5 F5", "E4:4 F4 G4 A4", ". . . ."),
    ],
)
def test_words_stand_where_an_editor_puts_them(melody: str, alto: str, expected: str) -> None:
    assert shown(sung(melody, alto)) == expected


def test_every_verse_has_its_own_syllables() -> None:
    alto = sung('C5:4"O/Glo-" D5"come/-ri-" E5"let/-a" F5"us"', "E4:4 F4 G4:2")
    assert [shown(alto, 1), shown(alto, 2)] == [f"O come let{ELISION}us", "Glo- -ri- -a"]


def test_a_refrain_of_one_verse_is_not_held_under_by_the_others() -> None:
    refrain = 'E5"now" F5"and" | C5"ev-" D5"-er" E5"more" F5"and" | C5"more" D5"a-" E5"-gain" F5"sing"'
    alto = sung(f'C5:4"O/My" D5"come/God" {refrain}', "E4:4 F4 G4 A4 | E4 F4 G4 A4 | E4 F4 G4 A4")
    assert shown(alto, 2) == "My God . . . . . . . . . ."


def test_a_voice_gets_its_own_words_back_where_its_notes_were_replaced() -> None:
    before = parse_score('soprano: C5:4"O" D5"my" E5"Lord" F5"come"\nalto: E4:4"A-" F4"-men" G4"a-" A4"-men"')
    soprano, alto = before.voices
    other = replace(alto.notes[1], pitch=64, spelling=None, lyrics=())
    after = replace(before, voices=(soprano, replace(alto, notes=(alto.notes[0], other, *alto.notes[2:]))))
    result = with_words(result_of(after, before), before)
    assert shown(result.score.voices[1]) == "A- -men a- -men"
    assert [note.lyrics[0].text for note in result.new[0].notes] == ["men"]


def test_a_voice_whose_notes_stay_without_words_gets_none_in_between() -> None:
    before = parse_score('soprano: C5:4"O" D5"my" E5"Lord" F5"come"\nalto: E4:4 F4 G4 A4')
    soprano, alto = before.voices
    other = replace(alto.notes[1], pitch=64, spelling=None)
    after = replace(before, voices=(soprano, replace(alto, notes=(alto.notes[0], other, *alto.notes[2:]))))
    assert with_words(result_of(after, before), before) == result_of(after, before)


def test_a_voice_that_is_replaced_as_a_whole_gets_the_words_of_the_melody() -> None:
    before = parse_score('soprano: C5:4"O" D5"my" E5:2"Lord"\nalto: E4:4"A-" F4"-men" G4:2"Sir"')
    alto = replace(before.voices[1], notes=tuple(replace(n, lyrics=()) for n in before.voices[1].notes))
    after = replace(before, voices=(before.voices[0], alto))
    result = Result(after, (alto,), 0.0, 0)
    assert shown(with_words(result, before, rewritten=("alto",)).score.voices[1]) == "O my Lord"


def test_words_are_not_copied_where_nobody_wants_them() -> None:
    assert shown(sung('C5:2"Lord" D5"hear"', "E4:2 F4", copy=False)) == ". ."


def test_the_slur_of_a_melisma_joins_its_first_and_last_note() -> None:
    alto = sung('C5:2"Al-" D5"-le"', "E4:8 F4 G4 A4 G4:2")
    assert [melisma_slur(alto, note) for note in alto.notes] == ["start", "", "", "stop", ""]
    first = alto.notes[0]
    assert melisma_length(alto, first, first.lyrics[0]) == Fraction(3, 2)


def test_no_slur_looks_like_a_tie() -> None:
    alto = sung('C5:2"Al-" D5"-le"', "E4:4 E4 G4:2")
    assert [melisma_slur(alto, note) for note in alto.notes] == ["", "", ""]


def test_no_slur_stands_over_the_syllables_of_another_verse() -> None:
    alto = sung('C5:4"Glo-/Praise" D5"-ry" E5:2"now/him"', "E4:4 F4 G4:2")
    assert shown(alto, 2) == "Praise _ him"
    assert [melisma_slur(alto, note) for note in alto.notes] == ["", "", ""]


# -- any melody, any voice ---------------------------------------------------------------------------------

lengths = st.lists(st.integers(1, 6), min_size=1, max_size=12)  # eighths


@st.composite
def lines(draw: st.DrawFn, *, with_rests: bool) -> list[Note]:
    """Notes that follow each other, some after rests."""
    notes, time = [], Fraction(0)
    for length in draw(lengths):
        rests = with_rests and draw(st.integers(0, 4)) == 0
        if not rests:
            notes.append(Note(time, Fraction(length, 2), 60))
        time += Fraction(length, 2)
    return notes


@st.composite
def melodies(draw: st.DrawFn) -> tuple[list[Note], list[str]]:
    """(a melody with one verse, its words): words of one to three syllables, some held."""
    notes = draw(lines(with_rests=True))
    out: list[Note] = []
    words: list[str] = []
    left = 0
    for i, note in enumerate(notes):
        starts = i == 0 or notes[i - 1].end < note.onset
        if not left and not starts and draw(st.integers(0, 3)) == 0:
            out.append(note)  # of a melisma
            continue
        syllable = f"s{i}"
        more = draw(st.booleans()) and i + 1 < len(notes)
        syllabic = ("middle" if more else "end") if left else ("begin" if more else "single")
        words = [*words[:-1], words[-1] + syllable] if left else [*words, syllable]
        left = int(more)
        out.append(replace(note, lyrics=(Lyric(syllable, syllabic),)))
    return out, words


def words_under(notes: Sequence[Note]) -> list[str]:
    """The words under notes, whole."""
    words: list[str] = []
    for lyric in (lyric for note in notes for lyric in note.lyrics):
        first, *others = lyric.text.split(ELISION)
        if lyric.syllabic in ("middle", "end"):
            words[-1] += first
        else:
            words.append(first)
        words += others
    return words


def underlaid(melody: Sequence[Note], alto: Sequence[Note]) -> Voice:
    end = max(melody[-1].end if melody else Fraction(1), alto[-1].end)
    frame = parse_score(f"C5:1 {'| C5 ' * int(end / 4 + 1)}")
    given_voice = Voice("soprano", tuple(melody))
    score = replace(frame, voices=(given_voice, Voice("alto", tuple(alto))))
    before = replace(frame, voices=(given_voice, Voice("alto")))
    return with_words(result_of(score, before), before).score.voices[1]


def assert_valid_words(voice: Voice) -> None:
    """Hyphens join what belongs together, and only what is held has a line."""
    lyrics = [lyric for note in voice.notes for lyric in note.lyrics]
    assert all(len(note.lyrics) <= 1 for note in voice.notes)
    goes_on = False
    for lyric in lyrics:
        assert (lyric.syllabic in ("middle", "end")) == goes_on
        goes_on = lyric.syllabic in ("begin", "middle")
    assert not goes_on
    for note, after in pairwise(voice.notes):
        if note.lyrics and note.lyrics[0].melisma:
            assert note.end == after.onset
            assert not after.lyrics
    if voice.notes and voice.notes[-1].lyrics:
        assert not voice.notes[-1].lyrics[0].melisma


@settings(max_examples=200)
@given(melodies(), lines(with_rests=False).filter(bool))
def test_a_voice_that_never_rests_sings_every_word_once_and_in_order(
    melody: tuple[list[Note], list[str]], alto: list[Note]
) -> None:
    notes, words = melody
    end = notes[-1].end if notes else Fraction(0)
    if alto[-1].end < end:
        alto = [*alto, Note(alto[-1].end, end - alto[-1].end, 62)]
    voice = underlaid(notes, alto)
    assert words_under(voice.notes) == words
    assert_valid_words(voice)
    assert [replace(n, lyrics=()) for n in voice.notes] == alto


@settings(max_examples=200)
@given(melodies(), lines(with_rests=True).filter(bool))
def test_a_voice_with_rests_sings_whole_words_in_order(
    melody: tuple[list[Note], list[str]], alto: list[Note]
) -> None:
    notes, words = melody
    voice = underlaid(notes, alto)
    found = iter(words)
    assert all(word in found for word in words_under(voice.notes))
    assert_valid_words(voice)


@settings(max_examples=50)
@given(melodies())
def test_a_voice_in_the_rhythm_of_the_melody_has_its_words(melody: tuple[list[Note], list[str]]) -> None:
    notes, _ = melody
    if notes:
        voice = underlaid(notes, [replace(note, pitch=57, lyrics=()) for note in notes])
        without_lines = [tuple(replace(s, melisma=False) for s in note.lyrics) for note in voice.notes]
        assert without_lines == [note.lyrics for note in notes]
