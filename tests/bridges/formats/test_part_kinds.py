"""Names of parts in six languages: what they mean, and which ensemble they are."""

import pytest

from ripieno.ensembles.read import ensemble_named
from ripieno.text.reading import parse_score
from ripieno_bridges.formats.part_kinds import kind_of_part, kinds_in_part
from ripieno_bridges.formats.voice_assignment import assign_voices

HIGH, LOW = "C5:4", "C3:4"

KINDS = {
    "Tenor II": ("tenor", 2),
    "T1": ("tenor", 1),
    "B. 2": ("bass", 2),
    "Ténor 1": ("tenor", 1),
    "Baritono": ("baritone", 0),
    "Männer": ("baritone", 0),
    "Hommes": ("baritone", 0),
    "Mezzosoprano": ("soprano", 2),
    "Soprani II": ("soprano", 2),
    "1. Violine": ("violin", 1),
    "Violino secondo": ("violin", 2),
    "Violons 2": ("violin", 2),
    "Bratsche": ("viola", 0),
    "Altviool": ("viola", 0),
    "Violonchelo": ("violoncello", 0),
    "Vc.": ("violoncello", 0),
    "Altsaxophon in Es": ("alto saxophone", 0),
    "Sassofono tenore": ("tenor saxophone", 0),
    "Sopranblockflöte": ("soprano recorder", 0),
    "flûte à bec alto": ("alto recorder", 0),
    "Bassklarinette": ("bass clarinet", 0),
    "Klarinette in B 2": ("clarinet", 2),
    "Corno in F": ("horn", 0),
    "Trompete 1": ("trumpet", 1),
    "Posaune": ("trombone", 0),
    "English Horn": ("", 0),
    "Piano": ("", 0),
    "Lead": ("lead", 0),
}


@pytest.mark.parametrize("name", KINDS)
def test_a_parts_name_means_a_kind_and_a_number(name):
    assert kind_of_part(name) == KINDS[name]


LISTED = {
    "Tenor 1 Tenor 2": [("tenor", 1), ("tenor", 2)],
    "Bass I, II": [("bass", 1), ("bass", 2)],
    "T1/T2": [("tenor", 1), ("tenor", 2)],
    "Soprano Alto": [("soprano", 0), ("alto", 0)],
    "S. A.": [("soprano", 0), ("alto", 0)],
    "Tenor\nBass 1\nBass 2": [("tenor", 0), ("bass", 1), ("bass", 2)],
    "Violine 1, 2": [("violin", 1), ("violin", 2)],
    "Tenor II": [("tenor", 2)],
    "Piano 2": [],
}


@pytest.mark.parametrize("name", LISTED)
def test_a_parts_name_may_list_several_voices(name):
    assert kinds_in_part(name) == LISTED[name]


RECOGNIZED = {
    "ttbb": ("Tenor I", "Tenor II", "Bass I", "Bass II"),
    "ssa": ("Soprano 1", "Soprano 2", "Alto"),
    "ssaa": ("Sopran 1", "Sopran 2", "Alt 1", "Alt 2"),
    "string-quartet": ("Violine 1", "Violine 2", "Bratsche", "Cello"),
    "brass-quartet": ("Trumpet in Bb 1", "Trumpet in Bb 2", "Horn in F", "Trombone"),
    "saxophone-quartet": ("Soprano Sax", "Alto Sax", "Tenor Sax", "Baritone Sax"),
    "ssatb": ("Cantus I", "Cantus II", "Altus", "Tenor", "Bassus"),
    "satb": ("Soprano", "Alto", "Tenor", "Bass"),
}


def score_of(names, given):
    lines = [f'"{name}": {HIGH if i in given else "r:4"}' for i, name in enumerate(names)]
    return parse_score("\n".join(lines))


@pytest.mark.parametrize("name", RECOGNIZED)
def test_the_parts_of_a_document_say_which_ensemble_it_is(name):
    choir = assign_voices(score_of(RECOGNIZED[name], {0}))
    assert choir.ensemble == ensemble_named(name)
    assert list(choir.lines.values()) == list(range(len(RECOGNIZED[name])))


def test_a_melody_alone_is_the_voice_that_the_ensemble_says():
    alone = parse_score(f"Melody: {HIGH}")
    for name, voice in (("sab", "soprano"), ("barbershop", "lead"), ("ttbb", "tenor 1")):
        choir = assign_voices(alone, ensemble=ensemble_named(name))
        assert choir.present == (voice,)
    assert assign_voices(alone, ("tenor 2",), ensemble=ensemble_named("ttbb")).present == ("tenor 2",)


def test_four_mixed_voices_stay_so_when_they_are_asked_for_by_name():
    quartet = score_of(RECOGNIZED["string-quartet"], {0})
    assert assign_voices(quartet, ("soprano",)).ensemble == ensemble_named("satb")
