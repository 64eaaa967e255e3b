"""Ensembles from TOML: what is shipped makes sense, and what is wrong in a user's own file is told."""

from itertools import pairwise

import pytest

from ripieno.ensembles.read import ensemble_named, ensemble_names, parse_ensemble
from ripieno.errors import RequestError
from ripieno.score import VOICE_NAMES
from ripieno.tasks.seating import seating_of
from ripieno.theory.ranges import CHOIR_RANGES, KEYBOARD_RANGES

OWN = """
title = "Thursday choir"
melody = "Women"

[[voices]]
name = "Women"
range = "A3-E5"
comfortable = "C4-C5"

[[voices]]
name = "Men"
clef = "bass"
range = "A2-E4"
"""


def test_the_ensembles_of_the_issue_are_shipped():
    choirs = {"satb", "sab", "ssa", "ssaa", "sa", "ttbb", "tbb", "tb", "ssatb", "satbb", "barbershop"}
    quartets = {"string", "brass", "saxophone", "recorder", "clarinet"}
    assert set(ensemble_names()) == {*choirs, *(f"{name}-quartet" for name in quartets), "keyboard"}


@pytest.mark.parametrize("name", ensemble_names())
def test_a_shipped_ensemble_goes_from_top_to_bottom(name):
    voices = ensemble_named(name).voices
    for upper, lower in pairwise(voices):
        assert sum(upper.range) >= sum(lower.range)
        assert upper.staff <= lower.staff
    for voice in voices:
        assert voice.lowest <= voice.comfortable[0] < voice.comfortable[1] <= voice.highest


@pytest.mark.parametrize("name", ensemble_names())
def test_the_networks_hear_a_shipped_ensemble_about_where_a_choir_sings(name):
    seating = seating_of(ensemble_named(name))
    for voice, seat in seating.seated.items():
        low, high = seating.ensemble.voice(voice).range
        middle = (low + high) / 2 + seating.shift
        assert abs(middle - sum(CHOIR_RANGES[seat]) / 2) <= 9


def test_the_ranges_of_the_mixed_choir_and_the_keyboard_come_from_their_files():
    assert CHOIR_RANGES == {"soprano": (60, 81), "alto": (53, 74), "tenor": (48, 69), "bass": (40, 64)}
    assert tuple(KEYBOARD_RANGES) == VOICE_NAMES
    assert ensemble_named("keyboard").one_hand


def test_barbershop_has_its_melody_in_the_second_voice():
    barbershop = ensemble_named("barbershop")
    assert barbershop.melody == barbershop.names[1] == "lead"


def test_a_users_own_ensemble_is_read():
    own = parse_ensemble(OWN, "thursday")
    assert (own.name, own.title, own.names, own.melody) == (
        "thursday",
        "Thursday choir",
        ("women", "men"),
        "women",
    )
    assert own.ranges == {"women": (57, 76), "men": (45, 64)}
    assert own.comfortable_ranges == {"women": (60, 72), "men": (45, 64)}
    assert [voice.clef for voice in own.voices] == ["treble", "bass"]


WRONG = [
    (
        "title = ",
        "own: this is no TOML (Invalid value (at end of document)); see docs/ensembles.md for an example",
    ),
    ('title = "x"', "own: there are no [[voices]]; write one for each voice, the highest first"),
    (OWN.split('[[voices]]\nname = "Men"')[0], "own: 1 voices; an ensemble has 2 to 5"),
    (OWN.replace("A2-E4", "A2"), 'own, voice 2: range "A2" is no range; write one such as A3-C5'),
    (
        OWN.replace("A2-E4", "E4-A2"),
        'own, voice 2: range "E4-A2" ends where nobody sings or plays; write the lower note first',
    ),
    (OWN.replace("C4-C5", "C4-C6"), "own, voice 1: comfortable is wider than range; make it narrower"),
    (
        OWN.replace('"bass"', '"baritone"'),
        'own, voice 2: clef "baritone" is unknown; choose treble, treble-8, treble+8, alto, tenor, bass, '
        "bass-8, bass+8",
    ),
    (OWN.replace('name = "Men"\n', ""), 'own, voice 2: name is missing; write one such as name = "Alto"'),
    (OWN.replace('"Men"', '"Women"'), 'own: two voices are named "women"; number them'),
    (OWN.replace('melody = "Women"', 'melody = "Boys"'), 'own: melody "boys" is no voice; name women, men'),
    (OWN.replace("clef", "key"), 'own, voice 2: "key" means nothing here; see docs/ensembles.md'),
    (
        OWN.replace('clef = "bass"', 'clef = "bass"\nprogram = 129'),
        "own, voice 2: program is no whole number from 1 to 128",
    ),
    (
        OWN.replace('clef = "bass"', 'network_voice = "soprano"'),
        "own: the network voices are not in the order soprano, alto, tenor, bass, each once",
    ),
]


@pytest.mark.parametrize(("text", "message"), WRONG, ids=range(len(WRONG)))
def test_what_is_wrong_in_a_file_is_told_with_its_place(text, message):
    with pytest.raises(RequestError) as told:
        parse_ensemble(text, "own")
    assert str(told.value) == message


def test_an_ensemble_that_is_not_there_is_told():
    with pytest.raises(
        RequestError, match=r'^there is no ensemble "octet"; choose barbershop, brass-quartet'
    ):
        ensemble_named("octet")
