"""The chords of a ChordPro sheet come to the syllables, the measures or the beats where they belong."""

from __future__ import annotations

from dataclasses import replace

import pytest

from common import DATA
from ripieno.errors import RequestError
from ripieno.harmony.symbol_text import chord_text
from ripieno.score import Lyric, Score
from ripieno.text.notation import parse_score
from ripieno_bridges.formats.chordpro.lay_on_melody import lay_on_melody
from ripieno_bridges.formats.chordpro.reader import read_chordpro

GRACE = "[3/4] D4:4 | G4:2 B4:4 | B4:2 A4:4 | G4:2 E4:4 | D4:2 D4:4 | G4:2 B4:4 | B4:2 A4:4 | D5:2. | D5:2"
GRACE_WORDS = "A- ma- zing grace! how sweet the sound That saved a wretch like me."
FOUR = "C5:1 | D5:1 | E5:1 | C5:1"


def sung(notes: str, words: str) -> Score:
    """A melody with a syllable on each of its first notes; those that end with a hyphen go on in the next."""
    score = parse_score(notes)
    melody, within = score.voices[0], False
    lyrics: list[tuple[Lyric, ...]] = []
    for word in words.split():
        ends = not word.endswith("-")
        syllabic = ("end" if ends else "middle") if within else ("single" if ends else "begin")
        lyrics.append((Lyric(word.removesuffix("-"), syllabic),))
        within = not ends
    lyrics += [()] * (len(melody.notes) - len(lyrics))
    named = tuple(replace(n, lyrics=found) for n, found in zip(melody.notes, lyrics, strict=True))
    return replace(score, voices=(replace(melody, notes=named), *score.voices[1:]))


def laid(text: str, score: Score) -> str:
    """The chords with their onsets, in quarters."""
    harmony, _ = lay_on_melody(read_chordpro(text.encode(), "song.cho"), score)
    return ", ".join(f"{h.onset} {chord_text(h.chord) if h.chord else 'none'}" for h in harmony)


def test_a_chord_sounds_where_its_syllable_is_sung():
    sheet = read_chordpro((DATA / "chordpro" / "valid" / "grace.cho").read_bytes(), "grace.cho")
    harmony, remarks = lay_on_melody(sheet, sung(GRACE, GRACE_WORDS))
    found = [(int(h.onset), chord_text(h.chord), int(h.end)) for h in harmony if h.chord]
    wanted = [(1, "G", 4), (4, "G7", 7), (7, "C", 10), (10, "G", 16), (16, "Em", 19), (19, "D", 22)]
    assert found == [*wanted, (22, "D7", 24)]
    assert remarks == ["grace.cho: 4 chords stand at words that the melody has not; passed over"]


@pytest.mark.parametrize(
    ("text", "words", "wanted"),
    [
        ("[C]Glo[F]ri[G]a, [C]men", "Glo- ri- a men", "0 C, 4 F, 8 G, 12 C"),
        ("G[C]lor[F]ia, [G]men", "Glo- ri- a men", "0 C, 4 F, 12 G"),  # in a word, the nearer syllable
        ("[C]Glória, m[G]en", "GLO- RI- A Men!", "0 C, 12 G"),  # accents and capitals
        ("[C]Heav'n a[F]dore Thee [G]now", "Heav- en a- dore", "0 C, 12 F"),  # "now" is not sung
        ("[C]Glory [F]be to [G]God", "Glo- ri be to", "0 C, 8 F"),  # spelled in another way
        ("[C]Ky[F]rie", "Ky- rie e- ley- son Chri- ste", "0 C, 4 F"),  # a sheet of the beginning
        ("Glo[C]ri[N.C.]a [F]men", "Glo- ri- a men", "4 C, 8 none, 12 F"),
        ("[C]Ky[F][G]rie e", "Ky- ri- e e", "0 C, 2 F, 4 G"),  # between two syllables, on a beat
        ("[C]Ky[F]", "Ky", "0 C, 4 F"),  # behind the words, on the next barline
        ("[C]Ky [F] [G] [C]", "Ky", "0 C, 4 F, 8 G, 12 C"),
        ("[C]Ky [Am] [F] [G] [E]", "Ky", "0 C, 3 Am, 6 F, 9 G, 12 E"),  # more than barlines: on the beats
        ("[C] [F]\n[G]Ky", "Ky", "0 G"),  # an introduction that the melody has not
    ],
)
def test_chords_and_syllables(text, words, wanted):
    assert laid(text, sung(FOUR if len(words.split()) < 5 else f"{FOUR} | {FOUR}", words)) == wanted


def test_chords_before_the_first_word_sound_while_the_melody_rests():
    assert laid("[C] [F]\n[G]Ky[C]rie", sung("r:1 | r:1 | C5:1 | D5:1", "Ky- rie")) == ("0 C, 4 F, 8 G, 12 C")


def test_a_grid_lies_on_the_measures_and_words_do_not_matter_then():
    grid = "[C]La [G]la\n{sog}\n| C . F . | % . . . | G7 | C |\n{eog}"
    assert laid(grid, sung(FOUR, "Ky- rie")) == "0 C, 2 F, 4 C, 6 F, 8 G7, 12 C"
    assert laid(grid.replace("| G7 | C |", "|"), sung(FOUR, "La la")) == "0 C, 4 G"


def test_without_words_there_is_one_chord_a_measure():
    assert laid("[C]Twinkle [F]twinkle [G]lit[C]tle", parse_score(FOUR)) == "0 C, 4 F, 8 G, 12 C"
    upbeat = parse_score("[4/4] G4:4 | C5:1 | D5:1")
    assert laid("[C]Twinkle [F]twinkle", upbeat) == "1 C, 5 F"


def test_chords_move_with_the_melody():
    sheet = read_chordpro(b"[C]La [G7/B]la", "song.cho")
    harmony, _ = lay_on_melody(sheet, sung(FOUR, "La la"), 2)
    assert [chord_text(h.chord) for h in harmony if h.chord] == ["D", "A7/C#"]


WAY_OUT = (
    "write them in a grid ({start_of_grid} | C . G . | F . C . | {end_of_grid}), or measure by measure: "
    '--chords "C G | F C"'
)
REFUSED = [
    (
        "[C]Twinkle [F]twinkle",
        parse_score(FOUR),
        f"its 2 chords stand over words, but the melody has no words, and 4 measures; {WAY_OUT}",
    ),
    (
        "[C]Twinkle twinkle [F]little star, how I wonder",
        sung(FOUR, "Ky- ri- e"),
        'its words ("twinkle twinkle little star how ...") are not those of the melody ("kyrie ..."), which '
        f"would tell where the chords sound; {WAY_OUT}",
    ),
    (
        "\n[C]Ky [D] [E] [F]\nrie",
        sung("C5:4 D5 E5:2", "Ky- rie"),
        f"line 2: D E F must sound before the next syllable, but the melody has 0 beats for that; {WAY_OUT}",
    ),
]


@pytest.mark.parametrize(("text", "score", "fault"), REFUSED)
def test_what_cannot_be_laid_is_told_with_a_way_out(text, score, fault):
    with pytest.raises(RequestError) as caught:
        laid(text, score)
    assert str(caught.value) == f"song.cho: {fault}"
