"""The lines of a score become the voices of a choir."""

import pytest

from ripieno.errors import RequestError, ScoreError
from ripieno.score import VOICE_NAMES, Score
from ripieno.text.notation import parse_score
from ripieno_bridges.formats.part_names import voice_of_part
from ripieno_bridges.formats.voice_assignment import Choir, assign_voices

HIGH, LOW, REST = "C5:4 D5 E5:2", "C3:4 D3 C3:2", "r:1"


def lines(*named: str) -> Score:
    """A score from "name: words" lines."""
    return parse_score("\n".join(named))


def where(choir: Choir) -> list[int | None]:
    """The index of each voice's line, soprano to bass."""
    return [choir.lines[name] for name in VOICE_NAMES]


@pytest.mark.parametrize(
    ("name", "voice"),
    [
        ("Soprano", "soprano"),
        ("SOPRAN 1", "soprano"),
        ("S.", "soprano"),
        ("S", "soprano"),
        ("s1", "soprano"),
        ("Cantus", "soprano"),
        ("Discantus", "soprano"),
        ("Dessus", "soprano"),
        ("Superius", "soprano"),
        ("Treble", "soprano"),
        ("Alto", "alto"),
        ("Altus", "alto"),
        ("Alt", "alto"),
        ("Contralto", "alto"),
        ("Haute-contre", "alto"),
        ("A. 1", "alto"),
        ("Tenor", "tenor"),
        ("Ténor", "tenor"),
        ("Taille", "tenor"),
        ("T.", "tenor"),
        ("Bass", "bass"),
        ("Baß", "bass"),
        ("Basso", "bass"),
        ("Bassus", "bass"),
        ("Basse", "bass"),
        ("Bajo", "bass"),
        ("B", "bass"),
        ("Melody", None),
        ("Violin", None),
        ("Piano", None),
        ("Trumpet", None),
        ("Trombone", None),
        ("Bassoon", None),
        ("Alto Saxophone", None),
        ("Altsaxophon", None),
        ("Basset Horn", None),
        ("Basso continuo", "bass"),
        ("Bass Clarinet", None),
        ("Tenor Saxophone", None),
        ("part 1", None),
        ("", None),
    ],
)
def test_a_parts_name_says_its_voice(name: str, voice: str | None) -> None:
    assert voice_of_part(name) == voice


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


UNKNOWN = (
    "name the parts Soprano, Alto, Tenor, Bass, or say which are given, from the top, such as soprano,bass"
)
TWO = "but a melody is one line; give each voice a part of its own, or delete the second"

FAULTS = {
    "two high lines": (
        (f"Flute: {HIGH}", f"Oboe: {HIGH}"),
        None,
        ScoreError,
        f"2 lines, and their names do not say which voices they are; {UNKNOWN}",
    ),
    "three lines": (
        (f"X: {HIGH}", f"Y: {HIGH}", f"Z: {LOW}"),
        None,
        ScoreError,
        f"3 lines, and their names do not say which voices they are; {UNKNOWN}",
    ),
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
    "two voices in a melody": (
        ('"Melody, voice 1": C5:4 D5 E5:2 | C5:1', '"Melody, voice 2": r:1 | r:4 C4:4 D4:2'),
        None,
        ScoreError,
        f"Melody, measure 2, beat 2: two voices stand in this part (C4 in the second), {TWO}",
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
