"""The lines of a score become the voices of a choir."""

import pytest

from ripieno.errors import RequestError
from ripieno.score import VOICE_NAMES, Score
from ripieno.text.notation import parse_score
from ripieno_bridges.formats.voice_assignment import Choir, assign_voices, sung_voices

HIGH, LOW, REST = "C5:4 D5 E5:2", "C3:4 D3 C3:2", "r:1"


def lines(*named: str) -> Score:
    """A score from "name: words" lines."""
    return parse_score("\n".join(named))


def where(choir: Choir) -> list[int | None]:
    """The index of each voice's line, soprano to bass."""
    return [choir.lines[name] for name in VOICE_NAMES]


ASSIGNMENTS = {
    "one melody of any name is the soprano": ((f"Violin: {HIGH}",), None, [0, None, None, None]),
    "one line named bass is the bass": ((f"Bass: {LOW}",), None, [None, None, None, 0]),
    "one line that is given as tenor": ((f"Melody: {LOW}",), ("tenor",), [None, None, 0, None]),
    "given outweighs the name": ((f"Soprano: {LOW}",), ("bass",), [None, None, None, 0]),
    "four lines by order": (
        (f"W: {HIGH}", f"X: {HIGH}", f"Y: {LOW}", f"Z: {LOW}"),
        None,
        [0, 1, 2, 3],
    ),
    "four lines by name, in another order": (
        (f"Bass: {LOW}", f"Soprano: {HIGH}", f"Tenor: {LOW}", f"Alto: {HIGH}"),
        None,
        [1, 3, 2, 0],
    ),
    "a high and a low line are the outer voices": (
        (f"Flute: {HIGH}", f"Cello: {LOW}"),
        None,
        [0, None, None, 1],
    ),
    "two lines that are named": ((f"Alto: {HIGH}", f"Tenor: {LOW}"), None, [None, 0, 1, None]),
    "two lines that are given, in the score's order": (
        (f"X: {HIGH}", f"Y: {LOW}"),
        ("tenor", "soprano"),
        [0, None, 1, None],
    ),
    "empty parts stand ready": (
        (f"Soprano: {HIGH}", f"Alto: {REST}", f"Tenor: {REST}", f"Bass: {REST}"),
        None,
        [0, 1, 2, 3],
    ),
    "empty parts stand ready for a given line too": (
        (f"X: {HIGH}", f"Alto: {REST}", f"Bass: {REST}"),
        ("soprano",),
        [0, 1, None, 2],
    ),
    "a choir with accompaniment": (
        (f"Soprano: {HIGH}", f"Alto: {HIGH}", f"Organ: {LOW}"),
        None,
        [0, 1, None, None],
    ),
    "a solo above a choir": (
        (f"Violin: {HIGH}", f"Soprano: {HIGH}", f"Alto: {HIGH}", f"Tenor: {LOW}", f"Bass: {LOW}"),
        None,
        [1, 2, 3, 4],
    ),
    "two sopranos: the first sings": (
        (f"Soprano 1: {HIGH}", f"Soprano 2: {REST}", f"Bass: {LOW}"),
        None,
        [0, None, None, 2],
    ),
    "nothing but rests": ((f"Melody: {REST}",), None, [0, None, None, None]),
    "a melody above named voices is the soprano": (
        (f"Melody: {HIGH}", f"Alto: {HIGH}", f"Bass: {LOW}"),
        None,
        [0, 1, None, 2],
    ),
    "so is a Canto in any place": (
        (f"Alto: {HIGH}", f"Canto: {HIGH}", f"Bass: {LOW}"),
        None,
        [1, 0, None, 2],
    ),
    "an instrument above named voices is no soprano": (
        (f"Flute: {HIGH}", f"Alto: {HIGH}", f"Bass: {LOW}"),
        None,
        [None, 1, None, 2],
    ),
    "a baritone is the bass where there is no other": (
        (f"Soprano: {HIGH}", f"Tenor: {LOW}", f"Baritone: {LOW}"),
        None,
        [0, None, 1, 2],
    ),
    "a baritone beside a bass is left": (
        (f"Soprano: {HIGH}", f"Baritone: {LOW}", f"Bass: {LOW}"),
        None,
        [0, None, None, 2],
    ),
    "a baritone alone is the melody": ((f"Baritone: {HIGH}", f"Piano: {HIGH}"), None, [0, None, None, None]),
    "a second soprano is left": (
        (f"Soprano 1: {HIGH}", f"Soprano 2: {HIGH}", f"Alto: {HIGH}", f"Bass: {LOW}"),
        None,
        [0, 2, None, 3],
    ),
    "a named soprano beside instruments": (
        (f"Flute: {HIGH}", f"Soprano: {HIGH}"),
        None,
        [1, None, None, None],
    ),
    "the line with words": (
        (f"Flute: {HIGH}", 'Rose: C5:4"la" D5"la" E5:2"la"', f"Oboe: {HIGH}"),
        None,
        [1, None, None, None],
    ),
    "the line that is named as a melody": (
        (f"Flute: {HIGH}", f"Singstimme: {HIGH}", f"Oboe: {HIGH}"),
        None,
        [1, None, None, None],
    ),
    "the top line": ((f"Flute: {HIGH}", f"Oboe: {HIGH}", f"Cello: {LOW}"), None, [0, None, None, None]),
    "a singer above a trio of instruments": (
        (f"Voice: {HIGH}", f"Violin: {HIGH}", f"Viola: {LOW}", f"Cello: {LOW}"),
        None,
        [0, None, None, None],
    ),
    "four instruments are four voices in order": (
        (f"Flute: {HIGH}", f"Oboe: {HIGH}", f"Viola: {LOW}", f"Cello: {LOW}"),
        None,
        [0, 1, 2, 3],
    ),
    "two voices in the name of a part": (
        (f'"Soprano Alto, voice 1": {HIGH}', f'"Soprano Alto, voice 2": {HIGH}', f"Bass: {LOW}"),
        None,
        [0, 1, None, 2],
    ),
    "of two voices on a staff the first": (
        (f'"Melody, voice 1": {HIGH}', f'"Melody, voice 2": {HIGH}'),
        None,
        [0, None, None, None],
    ),
    "two voices on a staff that are given": (
        (f'"Women, voice 1": {HIGH}', f'"Women, voice 2": {HIGH}'),
        ("soprano", "alto"),
        [0, 1, None, None],
    ),
    "given says what the melody of a song is": (
        (f"Voice: {HIGH}", f"Oboe: {HIGH}", f"Flute: {HIGH}"),
        ("alto",),
        [None, 0, None, None],
    ),
}


@pytest.mark.parametrize(("named", "given", "expected"), ASSIGNMENTS.values(), ids=ASSIGNMENTS.keys())
def test_lines_become_voices(
    named: tuple[str, ...], given: tuple[str, ...] | None, expected: list[int | None]
) -> None:
    score = lines(*named)
    choir = assign_voices(score, given)
    assert where(choir) == expected
    assert [v.name for v in choir.score.voices] == list(VOICE_NAMES)
    for voice, line in zip(choir.score.voices, expected, strict=True):
        assert voice.notes == (score.voices[line].notes if line is not None else ())
    assert choir.present == tuple(n for n, i in zip(VOICE_NAMES, expected, strict=True) if i is not None)


def test_an_assigned_score_keeps_measures_and_title() -> None:
    score = lines("[title A song]", f"x: [3/4] [key 2] {HIGH}")
    choir = assign_voices(score)
    assert (choir.score.measures, choir.score.title) == (score.measures, "A song")


ENSEMBLES = {
    "women in three parts with a piano": (
        (f"Soprano 1: {HIGH}", f"Soprano 2: {HIGH}", f"Alto: {REST}", f"Piano: {LOW}"),
        "ssa",
    ),
    "men in four parts beside a flute and an organ": (
        (
            f"Flute: {HIGH}",
            f"Tenor 1: {HIGH}",
            f"Tenor 2: {HIGH}",
            f"Bass 1: {LOW}",
            f"Bass 2: {LOW}",
            f"Organ: {LOW}",
        ),
        "ttbb",
    ),
    "men in one part below women": ((f"Soprano: {HIGH}", f"Alto: {HIGH}", f"Men: {LOW}"), "sab"),
    "a baritone below a soprano, without an alto": ((f"Soprano: {HIGH}", f"Baritone: {LOW}"), "sab"),
    "a bass below women may be a mixed choir's": (
        (f"Soprano: {HIGH}", f"Alto: {HIGH}", f"Bass: {LOW}"),
        "satb",
    ),
    "women alone may be a mixed choir's": ((f"Soprano: {HIGH}", f"Alto: {HIGH}", f"Piano: {LOW}"), "satb"),
    "strings": (
        (f"Violin 1: {HIGH}", f"Violin 2: {HIGH}", f"Viola: {LOW}", f"Cello: {LOW}"),
        "string-quartet",
    ),
    "a singer with strings": (
        (f"Voice: {HIGH}", f"Violin 1: {HIGH}", f"Violin 2: {HIGH}", f"Viola: {LOW}", f"Cello: {LOW}"),
        "satb",
    ),
}


@pytest.mark.parametrize(("named", "ensemble"), ENSEMBLES.values(), ids=ENSEMBLES.keys())
def test_parts_say_which_ensemble_they_are(named: tuple[str, ...], ensemble: str) -> None:
    assert assign_voices(lines(*named)).ensemble.name == ensemble


FAULTS = {
    "no such voice": (
        (f"X: {HIGH}",),
        ("baritone",),
        RequestError,
        'there is no voice "baritone"; name soprano, alto, tenor, bass',
    ),
    "a given voice that is not there": (
        (f"Soprano: {HIGH}", f"Bass: {LOW}"),
        ("alto",),
        RequestError,
        "the score has no alto; it has soprano, bass",
    ),
    "two voices given for a chosen melody": (
        (f"X: {HIGH}", f"Y: {HIGH}", f"Z: {LOW}"),
        ("soprano", "alto"),
        RequestError,
        "the score has no alto; it has soprano",
    ),
}


@pytest.mark.parametrize(("named", "given", "kind", "text"), FAULTS.values(), ids=FAULTS.keys())
def test_lines_that_cannot_be_assigned_are_refused(
    named: tuple[str, ...], given: tuple[str, ...] | None, kind: type[Exception], text: str
) -> None:
    with pytest.raises(kind) as caught:
        assign_voices(lines(*named), given)
    assert str(caught.value) == text


def test_two_parts_of_two_voices_are_a_choir() -> None:
    choir = assign_voices(
        lines(
            f'"Women, voice 1": {HIGH}',
            f'"Women, voice 2": {HIGH}',
            f'"Men, voice 5": {LOW}',
            f'"Men, voice 6": {LOW}',
        )
    )
    assert where(choir) == [0, 1, 2, 3]


def said(*named: str, given: tuple[str, ...] | None = None, melody: str | None = None) -> Choir:
    return assign_voices(lines(*named), given, melody=melody)


def test_what_was_guessed_is_a_remark() -> None:
    otherwise = "melody or given choose otherwise"
    assert said(f"X: {HIGH}", f"Y: {LOW}").remarks == (
        f'"Y" is heard as the bass, since it lies low; {otherwise}',
    )
    assert said(f"X: {HIGH}", f"Y: {HIGH}").remarks == (
        f'"X" is taken as the melody, since it is the top line; {otherwise}',
    )
    assert said(f"Voice 1: {HIGH}", f"Voice 2: {HIGH}").remarks == (
        f'"Voice 1" is taken as the melody, the first of 2 lines alike; {otherwise}',
    )
    assert said(f"Melody: {HIGH}", f"Alto: {HIGH}").remarks == (
        f'"Melody" is read as the soprano above the named voices; {otherwise}',
    )
    assert said(f"Soprano: {HIGH}", f"Flute: {HIGH}").remarks == ()


def test_a_line_that_is_left_has_a_reason() -> None:
    choir = said(f"S. 1: {HIGH}", f"S. 2: {HIGH}", f"Baritone: {LOW}", f"Bass: {LOW}", f"Organ: {REST}")
    assert choir.left == {
        1: '"S. 1" is the soprano already',
        2: '"Bass" is the bass already',
        4: "there is no note in it",
    }
    assert choir.remarks == (
        '"S. 2" stays as it is, since "S. 1" is the soprano',
        '"Baritone" stays as it is, since "Bass" is the bass',
    )
    assert said(f"Voice: {HIGH}", f"Oboe: {HIGH}").left == {1: '"Voice" is named as the melody'}
    assert said(f"Flute: {HIGH}", f"Soprano: {HIGH}").left == {0: "the named voices are the choir"}


def test_beside_a_chosen_melody_only_parts_named_as_other_voices_are_voices() -> None:
    choir = said(f"Soprano: {HIGH}", f"Flute: {HIGH}", f"Bass: {LOW}", melody="flute")
    assert (where(choir), choir.left[0]) == ([1, None, None, 2], '"Flute" was chosen as the melody')
    assert where(said(f"Soprano: {HIGH}", f"Bass: {LOW}", melody="2")) == [0, None, None, 1]
    assert where(said(f"Soprano: {HIGH}", f"X: {LOW}", melody="2", given=("tenor",))) == [None, None, 1, None]
    with pytest.raises(RequestError) as caught:
        said(f"Soprano: {HIGH}", f"X: {LOW}", melody="2", given=("tenor", "bass"))
    assert str(caught.value) == "with melody one voice is given, the melody's; name one, or leave out given"


def test_a_check_looks_at_all_lines_where_none_is_known() -> None:
    trio, remarks = sung_voices(lines(f"X: {HIGH}", f"Y: {HIGH}", f"Z: {LOW}"))
    assert len(trio.voices) == 3
    assert remarks == ["3 lines that are not named as voices: ranges and spacing were not looked at"]


def test_a_check_of_a_song_looks_at_the_sung_line() -> None:
    song, remarks = sung_voices(lines(f"Voice: {HIGH}", f"Oboe: {HIGH}", f"Cello: {LOW}"))
    assert [voice.name for voice in song.voices if voice.notes] == ["soprano"]
    assert remarks == ["not looked at: Oboe, Cello"]
