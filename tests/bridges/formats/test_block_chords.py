"""Block chords: what sounds together has a name, and holds to the next one or to a beat of silence."""

from __future__ import annotations

from fractions import Fraction

import pytest

from ripieno.harmony.symbol_text import chord_text
from ripieno.score import Key, Meter, Score, lay_measures
from ripieno_bridges.formats.block_chords import BlockChords, is_chord_name, read_block_chords
from ripieno_bridges.formats.note_lists import FlatNote

G_MAJOR = Key(1, "major")
B_FLAT_MAJOR = Key(-2, "major")


def blank(key: Key = G_MAJOR, quarters: int = 16) -> Score:
    zero = Fraction(0)
    return Score((), lay_measures(Fraction(quarters), ((zero, Meter()),), ((zero, key),)))


def notes(*blocks: tuple[float, float, tuple[int, ...]]) -> list[FlatNote]:
    """Notes of (start, end, pitches) in quarters."""
    return [
        FlatNote(0, pitch, Fraction(start), Fraction(end) - Fraction(start), 80)
        for start, end, pitches in blocks
        for pitch in pitches
    ]


def read(
    *blocks: tuple[float, float, tuple[int, ...]], key: Key = G_MAJOR, quarters: int = 16
) -> BlockChords:
    return read_block_chords(notes(*blocks), blank(key, quarters))


def written(found: BlockChords) -> list[tuple[float, float, str]]:
    """(onset, end, symbol) of each chord."""
    return [(float(h.onset), float(h.end), chord_text(h.chord)) for h in found.harmonies if h.chord]


@pytest.mark.parametrize(
    ("blocks", "key", "chords"),
    [
        pytest.param(
            [(0, 4, (55, 59, 62)), (4, 8, (60, 64, 67)), (8, 12, (62, 66, 69, 72)), (12, 16, (55, 59, 62))],
            G_MAJOR,
            [(0, 4, "G"), (4, 8, "C"), (8, 12, "D7"), (12, 16, "G")],
            id="one-a-measure",
        ),
        pytest.param(
            [(0, 4, (58, 62, 65)), (4, 16, (63, 67, 70))],
            B_FLAT_MAJOR,
            [(0, 4, "Bb"), (4, 16, "Eb")],
            id="spelled-for-the-key",
        ),
        pytest.param(
            [(0, 4, (59, 62, 67)), (4, 16, (54, 57, 60, 62))],
            G_MAJOR,
            [(0, 4, "G/B"), (4, 16, "D7/F#")],
            id="the-lowest-note-is-the-bass",
        ),
        pytest.param(
            [(0, 3.5, (55, 59, 62)), (4, 6, (60, 64, 67)), (8, 10, (55, 59, 62))],
            G_MAJOR,
            [(0, 4, "G"), (4, 6, "C"), (8, 10, "G")],
            id="a-beat-of-silence-ends-a-chord-and-less-does-not",
        ),
        pytest.param(
            [(i, i + 0.5, (55, 59, 62)) for i in range(4)] + [(4, 16, (60, 64, 67))],
            G_MAJOR,
            [(0, 4, "G"), (4, 16, "C")],
            id="a-repeated-chord-is-one",
        ),
        pytest.param(
            [(0, 8, (55,)), (0, 4, (59, 62)), (4, 8, (60, 64)), (8, 16, (54, 57, 62))],
            G_MAJOR,
            [(0, 4, "G"), (4, 8, "C/G"), (8, 16, "D/F#")],
            id="a-held-note-belongs-to-the-next-chord",
        ),
        pytest.param(
            [(0, 4.03, (55, 59, 62)), (4, 8, (60, 64, 67)), (8, 16, (55, 59, 62))],
            G_MAJOR,
            [(0, 4, "G"), (4, 8, "C"), (8, 16, "G")],
            id="a-key-released-late-does-not",
        ),
        pytest.param(
            [(0, 16, (55, 59, 62)), (1, 1.5, (61,))],
            G_MAJOR,
            [(0, 16, "G")],
            id="a-passing-note-over-a-held-chord-is-none",
        ),
    ],
)
def test_block_chords_are_harmony(blocks, key, chords):
    found = read(*blocks, key=key)
    assert written(found) == chords
    assert not found.unnamed


def test_a_strummed_chord_is_one_on_the_beat():
    strummed = [(4.02 + 0.06 * i, 8, (pitch,)) for i, pitch in enumerate((55, 59, 62, 67))]
    assert written(read((0, 4, (60, 64, 67)), *strummed)) == [(0, 4, "C"), (4, 8, "G")]


def test_chords_in_triplets_keep_their_times():
    third = Fraction(1, 3)
    found = read_block_chords(
        [
            FlatNote(0, pitch, i * 4 * third, 4 * third, 80)
            for i, chord in enumerate(((55, 59, 62), (60, 64, 67), (62, 66, 69)))
            for pitch in chord
        ],
        blank(quarters=4),
    )
    assert [(h.onset, h.end) for h in found.harmonies] == [
        (0, 4 * third),
        (4 * third, 8 * third),
        (8 * third, 4),
    ]


def test_a_block_without_a_name_asks_for_nothing_and_is_told():
    found = read((0, 4, (55, 59, 62)), (5, 8, (60, 61, 62)), (8, 9, (60,)), (12, 16, (55, 59, 62)))
    assert written(found) == [(0, 4, "G"), (12, 16, "G")]
    assert list(found.sentences(blank())) == [
        "measure 2, beat 2: C4, C#4 and D4 are no chord; nothing is asked there",
        "measure 3, beat 1: C4 alone is no chord; nothing is asked there",
    ]
    assert found.mostly_named


def test_many_blocks_without_a_name_are_told_in_short():
    found = read(*((i, i + 1, (60, 61, 62)) for i in range(8)))
    *first, last = found.sentences(blank())
    assert (len(first), last) == (6, "2 more are no chord; nothing is asked there")
    assert not found.mostly_named


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        *(
            (name, True)
            for name in ("chords", "Chords", " CHORDS ", "Harmony", "rip chords", "Rip  Chords", "Akkorde")
        ),
        *(
            (name, False)
            for name in ("", "Accordion", "Chord organ", "rip: chords", "Harmony vocals", "Piano")
        ),
    ],
)
def test_a_name_says_that_it_is_the_chords(name, is_one):
    assert is_chord_name(name) is is_one
