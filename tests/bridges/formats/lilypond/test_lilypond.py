"""LilyPond files: how they read, and what LilyPond 2.24 makes of them. It is started once for all."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import pytest
from mido import MidiFile, tempo2bpm

from closed_hymn import HYMN
from common import ROOT, SCORES, source_of
from lilypond_runs import compile_files, complaints, played_notes, rounded
from repeat_documents import PITCHES, PLANS, repeat_document
from ripieno.ensembles.read import ensemble_named
from ripieno.errors import RequestError
from ripieno.harmony.chord_symbol import ChordDegree, ChordSymbol, Tone
from ripieno.harmony.kinds import KINDS
from ripieno.models.loading import load
from ripieno.score import Score, Tempo
from ripieno.tasks.choir import harmonize
from ripieno.text.notation import parse_score
from ripieno_bridges.formats.all_notes import document_notes
from ripieno_bridges.formats.lilypond.engrave import engrave_pdf
from ripieno_bridges.formats.lilypond.harmonies import chord_text
from ripieno_bridges.formats.lilypond.writer import write_lilypond
from ripieno_bridges.formats.midi.writer import write_midi
from ripieno_bridges.formats.musicxml.reader import Document, read_musicxml
from ripieno_bridges.formats.musicxml.writer import write_musicxml
from ripieno_bridges.service.document_job import document_job, encode_result
from two_hands import played

SCALES = "soprano: [3/8] C5:4. | [key -3 minor] [4/4] D5:8 Eb5 F5:4. G5:8~ G5:4 | [2/4] A4:12 B4 C5 r:4"
# Rests of a whole short measure, and tempos that change while a note sounds.
SHORT_ENDS = "soprano: [4/4] r:4 | [tempo 90] C5:1~ | [tempo 60] C5:2.\nalto: C5:4 | r:1 | r:2."
# A word under tied notes, a note without one, a second verse that begins later.
WORDS = (
    'soprano: C5:2"a" D5:2~"men" | D5:2 E5"so" | F5:4 G5"be" A5 B5"it" | C6:2~ C6:4 B5"now" | '
    'A5:2"a/on" B5~ | B5:4 C6 D6"men/ly" C6\n'
    'alto: C4:2 D4~ | D4 E4 | F4:1"oh" | E4 | F4:1'
)
# A pickup that is played again with what follows it.
UPBEAT = "soprano: [4/4] C5:4 | D5:1 | E5:2. | F5:4 | G5:1"
END_OF_REPEAT = b'<barline location="right"><repeat direction="backward"/></barline></measure>'
RAG = ("[2/4] C5:16 E5 G5:8~ G5 E5:16 C5 | D5:4 r:8 D5", "E5:8 G5 C6:4 | F5:2", "C3:8 G3 E3 G3 | B2:2")
# The order in which people play the measures of plans of ``repeat_documents``.
ORDERS = {
    "section": [0, 1, 2, 1, 2, 3],
    "three-endings": [0, 1, 0, 1, 0, 2, 3],
    "thrice": [0, 1, 0, 1, 0, 1, 2],
}
ALTERED = [
    ChordSymbol(Tone("C"), "dominant", None, (ChordDegree(9, -1), ChordDegree(11, 1))),
    ChordSymbol(Tone("D", 1), "minor", Tone("G", 1), (ChordDegree(9),)),
    ChordSymbol(Tone("B", -1), "major", Tone("C"), (ChordDegree(5, 1, "alter"),)),
    ChordSymbol(Tone("F"), "dominant", None, (ChordDegree(5, 0, "subtract"),)),
    ChordSymbol(Tone("G"), "minor", None, (ChordDegree(7, 1),)),
    ChordSymbol(Tone("E"), "suspended-fourth", None, (ChordDegree(7),)),
]
CHORDS = [ChordSymbol(Tone("D", -1), kind) for kind in KINDS] + ALTERED


def read(data: bytes | str) -> Document:
    return read_musicxml(data if isinstance(data, bytes) else data.encode(), "piece.musicxml")


def slowing(score: Score) -> Score:
    """The score with two more tempos during its note in measure 1."""
    more = (Tempo(Fraction(2), 80.0), Tempo(Fraction(4), 70.0))
    return replace(score, tempos=tuple(sorted((*score.tempos, *more), key=lambda tempo: tempo.onset)))


def text_of(document: Document) -> str:
    return write_lilypond(document)[0].decode()


def documents() -> dict[str, Document]:
    hymn = parse_score(HYMN)
    quartet = ensemble_named("saxophone-quartet")
    lines = "C5:4 D5 E5 F5\nG4:2 A4\nE4:1\nC3:4 B2 A2 G2"
    names = dict(zip(("soprano", "alto", "tenor", "bass"), quartet.names, strict=True))
    sax = parse_score(lines)
    sax = replace(sax, voices=tuple(replace(v, name=names[v.name]) for v in sax.voices))
    found = {
        "closed": read(write_musicxml(hymn, layout="closed")),
        "saxophones": read(write_musicxml(sax, ensemble=quartet)),
        "scales": read(write_musicxml(parse_score(SCALES))),
        "short": read(write_musicxml(slowing(parse_score(SHORT_ENDS)))),
        "again": read(
            write_musicxml(parse_score(UPBEAT))
            .replace(b"</measure>", END_OF_REPEAT, 3)
            .replace(END_OF_REPEAT, b"</measure>", 2)
        ),
        "words": read(write_musicxml(parse_score(WORDS))),
        "rag": read(write_musicxml(played(*RAG))),
        "greensleeves": read((ROOT / "scores/greensleeves.musicxml").read_bytes()),
        "staendchen": read((ROOT / "scores/staendchen.musicxml").read_bytes()),
        "odd": read(
            write_musicxml(hymn)
            .replace(b"Early Spring", b'A "quoted" \\title #(exit 3) %{ } $x ~')
            .replace(b"<text>hills</text>", b'<text>#(exit 3)\\x"y"</text>')
        ),
    }
    return found | {f"repeat{i}": read(repeat_document(PLANS[plan])) for i, plan in enumerate(ORDERS)}


def chord_file() -> str:
    """Each chord for a whole note, which LilyPond plays."""
    chords = "\n".join(chord_text(chord, "1") for chord in CHORDS)
    head = '\\version "2.24.0"\n\\language "nederlands"\n'
    return f"{head}\\score {{ \\new ChordNames \\chordmode {{\n{chords}\n}} \\layout {{ }} \\midi {{ }} }}"


BOOK = """\\version "2.24.0"
variablesOnly = ##t
\\include "closed.ly"
\\include "greensleeves.ly"
\\book {
  \\score { \\earlySpringMusic \\header { piece = "One" } \\layout { } }
  \\score { \\greensleevesMusic \\header { piece = "Two" } \\layout { } \\midi { } }
  \\score { \\new Staff \\soprano \\layout { } }
}
"""


@dataclass(frozen=True, slots=True)
class Compiled:
    folder: Path
    said: str
    documents: dict[str, Document]


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    folder, found = tmp_path_factory.mktemp("lilypond"), documents()
    files = {name: write_lilypond(document)[0] for name, document in found.items()}
    files |= {"chords": chord_file().encode(), "book": BOOK.encode()}
    return Compiled(folder, compile_files(folder, files), found)


def ours(document: Document) -> Counter[tuple[Fraction, Fraction, int]]:
    """The notes of a document that is played straight through."""
    notes = (n for voice in document_notes(document).voices for n in voice.notes)
    return Counter((note.onset, note.duration, note.pitch) for note in notes)


# -- what LilyPond makes of them ---------------------------------------------------------------------------


@pytest.mark.host
def test_lilypond_has_nothing_to_complain_of(compiled: Compiled) -> None:
    assert complaints(compiled.said) == []


@pytest.mark.host
@pytest.mark.parametrize("name", ["closed", "saxophones", "scales", "short", "rag", "odd"])
def test_lilypond_plays_the_notes_that_we_play(compiled: Compiled, name: str) -> None:
    theirs = played_notes(compiled.folder / f"{name}.midi")
    data = write_midi(document_notes(compiled.documents[name]))
    (compiled.folder / "ours.mid").write_bytes(data)
    assert rounded(theirs) == rounded(played_notes(compiled.folder / "ours.mid"))
    assert rounded(theirs) == rounded(ours(compiled.documents[name]))


@pytest.mark.host
@pytest.mark.parametrize("name", ["closed", "words"])
def test_lilypond_sets_every_word_under_its_note(compiled: Compiled, name: str) -> None:
    file, found = MidiFile(compiled.folder / f"{name}.midi"), set[tuple[Fraction, str]]()
    for track in file.tracks:
        tick = 0
        for message in track:
            tick += message.time
            if message.type == "lyrics" and message.text.strip():
                found.add((Fraction(tick, file.ticks_per_beat), message.text.strip()))
    lines = compiled.documents[name].lines
    assert found == {(note.onset, word.text) for line in lines for note in line.notes for word in note.lyrics}
    assert len(found) > 8


@pytest.mark.host
def test_the_tempo_changes_while_a_note_sounds(compiled: Compiled) -> None:
    file, tick, found = MidiFile(compiled.folder / "short.midi"), 0, dict[Fraction, float]()
    for message in file.tracks[0]:
        tick += message.time
        if message.type == "set_tempo":
            found[Fraction(tick, file.ticks_per_beat)] = round(tempo2bpm(message.tempo), 2)
    tempos = compiled.documents["short"].score.tempos
    assert [tempo.qpm for tempo in tempos] == [90, 80, 70, 60]
    assert found == {tempo.onset: tempo.qpm for tempo in tempos} | {Fraction(0): found[Fraction(0)]}


@pytest.mark.host
@pytest.mark.parametrize(("number", "plan"), list(enumerate(ORDERS)))
def test_lilypond_plays_repeats_and_endings_as_people_do(compiled: Compiled, number: int, plan: str) -> None:
    theirs = sorted(played_notes(compiled.folder / f"repeat{number}.midi"))
    pitches = [72 + PITCHES[index][1] - 60 for index in ORDERS[plan]]
    found = [pitch for _, _, pitch in theirs]
    assert [pitch % 12 for pitch in found] == [pitch % 12 for pitch in pitches]
    assert [onset for onset, _, _ in theirs] == [Fraction(2 * i) for i in range(len(pitches))]


@pytest.mark.host
def test_grace_notes_stand_before_their_notes(compiled: Compiled) -> None:
    theirs = played_notes(compiled.folder / "staendchen.midi")
    long = {(round(float(o), 1), p) for (o, length, p) in theirs if length > Fraction(1, 8)}
    assert long >= {(round(float(o), 1), p) for o, _, p in ours(compiled.documents["staendchen"])}
    assert sum(length < Fraction(1, 8) for _, length, _ in theirs) == 6


@pytest.mark.host
def test_every_chord_has_the_tones_that_its_symbol_means(compiled: Compiled) -> None:
    theirs: dict[Fraction, set[int]] = {}
    for onset, _, pitch in played_notes(compiled.folder / "chords.midi"):
        theirs.setdefault(onset, set()).add(pitch % 12)
    for number, chord in enumerate(CHORDS):
        assert theirs[Fraction(4 * number)] == set(chord.pitch_classes), chord_text(chord, "1")


@pytest.mark.host
def test_a_book_includes_the_voices_without_the_score(compiled: Compiled) -> None:
    assert {path.name for path in compiled.folder.glob("book*.midi")} == {"book.midi"}
    theirs = played_notes(compiled.folder / "book.midi")
    assert rounded(theirs) == rounded(ours(compiled.documents["greensleeves"]))


@pytest.mark.host
@pytest.mark.long
def test_all_melodies_harmonized_compile_and_sound_the_same(tmp_path: Path) -> None:
    model, found = load(), {}
    for path in SCORES:
        job = document_job(source_of(path.read_bytes()), model, transposition="auto")
        result = harmonize(job.choir.score, model)[0]
        for layout in ("open", "closed"):
            data = encode_result(job, result, Path("out.musicxml"), layout=layout)[0]
            found[f"{path.stem}-{layout}"] = read(data)
    said = compile_files(tmp_path, {name: write_lilypond(d)[0] for name, d in found.items()})
    assert complaints(said) == []
    for name, document in found.items():
        if (
            "greensleeves" not in name and "staendchen" not in name
        ):  # repeats and grace notes have their tests
            assert rounded(played_notes(tmp_path / f"{name}.midi")) == rounded(ours(document)), name


# -- how they read -----------------------------------------------------------------------------------------


def lines_of(text: str, variable: str) -> list[str]:
    """The lines of a variable, without the numbers of measures."""
    body = re.search(rf"^{variable} = .*?^}}", text, re.MULTILINE | re.DOTALL)
    assert body is not None, text
    return [re.sub(r"\s+% .*", "", line) for line in body[0].splitlines()]


def test_a_voice_reads_a_measure_a_line() -> None:
    text = text_of(read(write_musicxml(parse_score(SCALES))))
    assert lines_of(text, "soprano") == [
        "soprano = \\fixed c'' {",
        "  \\global",
        "  c4. |",
        "  \\key c \\minor \\numericTimeSignature \\time 4/4 d8 es8 f4~ f8 g4. |",
        '  \\time 2/4 \\tuplet 3/2 { a,8 b,8 c8 } r4 \\bar "|."',
        "}",
    ]
    assert "global = { \\key c \\major \\time 3/8 }" in text


def test_closed_staves_have_stems_up_and_down_and_words_between() -> None:
    text = text_of(read(write_musicxml(parse_score(HYMN), layout="closed")))
    for line in (
        '\\new Voice = "soprano" { \\voiceOne \\soprano }',
        '\\new Voice = "alto" { \\voiceTwo \\alto }',
        '\\new Lyrics \\lyricsto "soprano" \\verseOne',
        '\\new Lyrics \\lyricsto "soprano" \\verseTwo',
        '\\new Voice = "tenor" { \\voiceOne \\tenor }',
        "\\clef bass",
        "\\partial 4",
    ):
        assert line in text
    assert text.count("\\new Staff ") == 2
    assert lines_of(text, "verseTwo")[1:3] == [
        '  \\set stanza = "2."',
        "  The lambs are in the field, the blos -- som on the tree, and ev -- ery hour",
    ]


def test_voices_that_sing_the_same_words_share_their_variable() -> None:
    text = text_of(read(write_musicxml(parse_score('soprano: C5:2"All" D5"sing"\nalto: A4:2"All" B4"sing"'))))
    assert text.count("\\lyricmode") == 1
    assert '\\lyricsto "alto" \\verseOne' in text


def test_transposing_instruments_are_written_as_their_players_read() -> None:
    text = text_of(documents()["saxophones"])
    assert "\\transposition bes \\fixed" in text
    assert "\\transposition es \\fixed" in text
    assert "\\key d \\major" in text
    assert 'midiInstrument = "tenor sax"' in text


def test_a_piano_has_two_hands_on_a_piano_staff() -> None:
    text = text_of(read(write_musicxml(played(*RAG))))
    assert "\\new PianoStaff" in text
    assert "right = \\fixed" in text
    assert "left = \\fixed" in text


def test_texts_are_quoted_so_that_none_is_a_command() -> None:
    text = text_of(documents()["odd"])
    assert 'title = "A \\"quoted\\" \\\\title #(exit 3) %{ } $x ~"' in text
    assert '"#(exit 3)\\\\x\\"y\\""' in text


def test_a_measure_number_is_no_command() -> None:
    data = write_musicxml(parse_score("soprano: C5:1 | D5"))
    text = text_of(read(data.replace(b'number="2"', b'number="2&#10;#(exit 3)"')))
    assert any(line.endswith("% 2?#(exit 3)") for line in text.splitlines())


@pytest.mark.parametrize("place", ['number="2"', 'number="1">', "<midi-program>53"])
def test_an_absurd_number_in_a_document_is_no_fault(place: str) -> None:
    data = write_musicxml(parse_score('soprano: C5:1"la" | D5"la"')).decode()
    assert place in data
    absurd = data.replace(place, place.translate(dict.fromkeys(map(ord, "1235"), "9" * 5000)))
    assert text_of(read(absurd)).count("\\soprano") == text_of(read(data)).count("\\soprano")


def test_lilypond_counts_measures_itself_but_where_the_document_does_so_differently() -> None:
    pickup = write_musicxml(parse_score("soprano: [4/4] C5:4 | D5:1 | E5"))
    assert "currentBarNumber" not in text_of(read(pickup))
    later = text_of(read(pickup.replace(b'number="2"', b'number="7"')))
    assert later.count("currentBarNumber") == 1
    assert "\\set Score.currentBarNumber = #7 e1" in later


def test_a_lilypond_that_fails_is_told_though_it_left_a_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "lilypond"
    program.write_text("#!/bin/sh\necho half > score.pdf\necho fatal error: failed files >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(RequestError) as caught:
        engrave_pdf(read(write_musicxml(parse_score("soprano: C5:1"))))
    assert str(caught.value) == (
        "LilyPond failed (fatal error: failed files); save it as .ly, and engrave that elsewhere"
    )


def test_two_tempos_at_one_place_are_one() -> None:
    data = write_musicxml(parse_score("soprano: [tempo 90] C5:1")).decode()
    words = (
        "<direction><direction-type><words>Allegro</words></direction-type><sound tempo='80'/></direction>"
    )
    text = text_of(read(data.replace("<direction", words + "<direction", 1)))
    assert '\\tempo "Allegro" 4 = 90' in text


def test_what_is_left_out_is_said_with_its_measures() -> None:
    data = (ROOT / "tests/data/valid/every-number.musicxml").read_bytes()
    _, remarks = write_lilypond(read(data))
    assert "left out: marks over the staff (octave shift) (measure 1)" in remarks
    assert "left out: signs at notes (tremolo) (measure 1)" in remarks
