"""A closed score whose empty voices somebody prepared, full of rests: they are filled, no staff is added."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import pytest
from lxml import etree

from common import assert_valid, musescore_or_skip, part_names
from random_notes import quick_runner
from ripieno.models.catalog import DEFAULT_MODEL
from ripieno.score import Score
from ripieno_bridges.api.replies import DocumentReply
from ripieno_bridges.api.requests import DocumentRequest, File, Request
from ripieno_bridges.formats.musicxml.reader import read_musicxml
from ripieno_bridges.service.documents import reply_with_documents

SOPRANO, BASS = ("G4", "A4", "B4", "G4"), ("C3", "F3", "G3", "C3")
RESTS = (None,) * len(SOPRANO)
BACK = "<backup><duration>4</duration></backup>"
GIVEN_NOTE = re.compile(rb"<note><pitch>.*?</note>")


def voice(pitches: tuple[str | None, ...], number: int, *, staff: int = 0, hidden: bool = False) -> list[str]:
    """A whole note or rest for each measure. staff: 0 where the part has one."""
    where = f"<staff>{staff}</staff>" if staff else ""
    end = f"<duration>4</duration><voice>{number}</voice><type>whole</type>{where}</note>"
    rest = f'<note print-object="{"no" if hidden else "yes"}"><rest/>{end}'
    return [
        f"<note><pitch><step>{name[0]}</step><octave>{name[1]}</octave></pitch>{end}" if name else rest
        for name in pitches
    ]


def document(*parts: list[list[str]], names: tuple[str, ...] = ("Women", "Men")) -> bytes:
    """A score in 4/4; parts: the voices of each, one after the other in every measure."""
    entries = "".join(
        f'<score-part id="P{i}"><part-name>{name}</part-name></score-part>'
        for i, name in enumerate(names[: len(parts)])
    )
    bodies = []
    for i, voices in enumerate(parts):
        staves = 2 if len(voices) == 4 else 1
        both = '<clef number="1"><sign>G</sign></clef><clef number="2"><sign>F</sign></clef>'
        clef = both if staves == 2 else f"<clef><sign>{'GF'[i]}</sign></clef>"
        first = (
            "<attributes><divisions>1</divisions><time><beats>4</beats><beat-type>4</beat-type></time>"
            f"<staves>{staves}</staves>{clef}</attributes>"
        )
        measures = [BACK.join(notes) for notes in zip(*voices, strict=True)]
        inside = "".join(
            f'<measure number="{n}">{first if n == 1 else ""}{notes}</measure>'
            for n, notes in enumerate(measures, 1)
        )
        bodies.append(f'<part id="P{i}">{inside}</part>')
    listing = f"<part-list>{entries}</part-list>"
    return f'<score-partwise version="4.0">{listing}{"".join(bodies)}</score-partwise>'.encode()


def on_two_staves(bass: tuple[str | None, ...] = BASS, *, hidden: bool = False, names=("Women", "Men")):
    return document(
        [voice(SOPRANO, 1), voice(RESTS, 2, hidden=hidden)],
        [voice(RESTS, 1, hidden=hidden), voice(bass, 2)],
        names=names,
    )


def in_a_brace(*, hidden: bool = False) -> bytes:
    upper = [voice(SOPRANO, 1, staff=1), voice(RESTS, 2, staff=1, hidden=hidden)]
    return document([*upper, voice(RESTS, 5, staff=2, hidden=hidden), voice(BASS, 6, staff=2)])


def harmonized(data: bytes) -> DocumentReply:
    request = Request(task="harmonize", model=DEFAULT_MODEL, seed=1)
    on_document = DocumentRequest(file=File("closed.musicxml", data), request=request)
    return reply_with_documents(quick_runner(), on_document, progress=lambda _: None)


def lengths(score: Score) -> list[Fraction]:
    """How long each voice sounds, in quarters."""
    return [sum((note.duration for note in voice.notes), Fraction()) for voice in score.voices]


@pytest.mark.parametrize("hidden", [False, True], ids=["rests", "hidden rests"])
@pytest.mark.parametrize(
    ("build", "understood"),
    [
        (
            on_two_staves,
            'melody: "Women", voice 1; bass: "Men", voice 2; key: C major; 4 measures; written: alto, tenor',
        ),
        (
            in_a_brace,
            'melody: "Women", staff 1, voice 1; bass: "Women", staff 2, voice 6; key: C major; 4 measures; '
            "written: alto, tenor",
        ),
    ],
)
def test_prepared_voices_are_filled_where_they_stand(build, understood, hidden):
    data = build(hidden=hidden)
    reply = harmonized(data)
    (result,) = reply.documents
    assert_valid(result)
    assert (reply.understood, reply.remarks) == (understood, ())
    assert part_names(etree.fromstring(result)) == part_names(etree.fromstring(data))
    assert b"<rest" not in result
    assert all(note in result for note in GIVEN_NOTE.findall(data))
    assert lengths(read_musicxml(result, "closed.musicxml").score) == [16] * 4


def test_a_soprano_alone_gets_the_three_voices_that_were_prepared():
    reply = harmonized(on_two_staves(RESTS))
    assert reply.understood == (
        'melody: "Women", voice 1; key: C major; 4 measures; written: alto, tenor, bass'
    )
    assert part_names(etree.fromstring(reply.documents[0])) == ["Women", "Men"]


def test_names_of_two_voices_mean_the_prepared_ones_too():
    reply = harmonized(on_two_staves(names=("Soprano/Alto", "Tenor/Bass")))
    assert reply.understood == (
        'melody: "Soprano/Alto", voice 1; bass: "Tenor/Bass", voice 2; key: C major; 4 measures; '
        "written: alto, tenor"
    )


def test_a_voice_that_is_only_played_back_is_not_prepared():
    playback = on_two_staves().replace(
        b'<note print-object="yes"><rest/><duration>4</duration><voice>2</voice>',
        b'<note print-object="no"><pitch><step>E</step><octave>4</octave></pitch>'
        b"<duration>4</duration><voice>2</voice>",
    )
    result = harmonized(playback).documents[0]
    assert all(note in result for note in re.findall(rb'<note print-object="no">.*?</note>', playback))
    assert part_names(etree.fromstring(result)) == ["Women", "Alto", "Tenor", "Men"]


def test_musescore_reads_notes_where_the_rests_were(tmp_path: Path) -> None:
    musescore = musescore_or_skip(tmp_path / "home")
    jobs = []
    for build in (on_two_staves, in_a_brace):
        for hidden in (False, True):
            given = tmp_path / f"{build.__name__}-{hidden}.musicxml"
            given.write_bytes(harmonized(build(hidden=hidden)).documents[0])
            jobs.append((given, given.with_suffix(".out.musicxml")))
    musescore.convert(jobs)
    for given, out in jobs:
        ours, theirs = (read_musicxml(path.read_bytes(), path.name).score for path in (given, out))
        assert [[(n.onset, n.duration, n.pitch) for n in v.notes] for v in theirs.voices] == [
            [(n.onset, n.duration, n.pitch) for n in v.notes] for v in ours.voices
        ]
        assert lengths(theirs) == [16] * 4
