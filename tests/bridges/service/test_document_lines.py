"""Real documents: the line to work on is found, and every line is in the report.

The documents are those of data/cases; what is right of each stands in the table that came with them.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import cache

import pytest
from lxml import etree

from common import DATA, assert_valid, is_inserted, part_names
from ripieno.ensembles.read import ensemble_named
from ripieno.errors import RequestError, RipienoError, ScoreError
from ripieno.score import VOICE_NAMES
from ripieno.text.notation import parse_score
from ripieno_bridges.api.replies import DocumentReply, ReadReply
from ripieno_bridges.api.requests import DocumentRequest, File, ReadRequest, Request
from ripieno_bridges.formats.musicxml.writer import write_musicxml
from ripieno_bridges.service.documents import reply_to
from ripieno_bridges.service.model_runner import ModelRunner
from ripieno_bridges.service.read_document import read_document

CASES = sorted((DATA / "cases").glob("*.musicxml"))
PARTS = re.compile(rb"<part id.*?</part>", re.DOTALL)
OTHERWISE = "melody or given choose otherwise"


@cache
def runner() -> ModelRunner:
    return ModelRunner()


def case(number: str) -> File:
    path = next(path for path in CASES if path.name.startswith(number))
    return File(path.name, path.read_bytes())


def asked(file: File, **settings) -> DocumentReply:
    settings = {"task": "harmonize", "seed": 1, "beam": 1, "compare": False, **settings}
    about = {name: settings.pop(name) for name in DocumentRequest.__struct_fields__ if name in settings}
    on_document = DocumentRequest(file=file, request=Request(**settings), **about)
    reply = reply_to(runner(), on_document, progress=lambda _: None)
    assert isinstance(reply, DocumentReply)
    return reply


@cache
def harmonized(number: str, melody: str | None = None) -> DocumentReply:
    """A case with its missing voices, held against what holds of all."""
    file = case(number)
    reply = asked(file, melody=melody)
    (document,) = reply.documents
    assert_valid(document)
    assert is_inserted(file.data, document)
    assert all(part in PARTS.findall(document) for part in PARTS.findall(file.data)), (
        "a given part was changed"
    )
    return reply


def names(reply: DocumentReply) -> list[str]:
    return part_names(etree.fromstring(reply.documents[0]))


def melody_of(reply: DocumentReply, voice: str = "soprano") -> str:
    return " ".join(note.name for note in reply.reply.results[0].score.voice(voice).notes)


def sentences(reply: DocumentReply) -> list[str]:
    return [line.sentence for line in reply.lines]


# -- the cases ---------------------------------------------------------------------------------------------

NEW = ["Alto", "Tenor", "Bass"]
TUNE = "G4 A4 B4 C5 D5 B4 G4 D5 E5 D5 C5 B4 A4 A4 G4"


@pytest.mark.parametrize(
    ("number", "order", "understood", "remarks"),
    [
        (
            "01",
            ["Fiddle", *NEW],
            'melody: "Fiddle"; key: G major; 4 measures; written: alto, tenor, bass',
            ['"Fiddle", measure 2: of 2 chords the highest note is read, the others stay'],
        ),
        (
            "02",
            ["Melody", *NEW],
            'melody: "Melody", voice 1; key: G major; 4 measures; written: alto, tenor, bass',
            ['"Melody", voice 2, measure 3: a further voice of its staff, which stays as it is'],
        ),
        (
            "03",
            ["Voice", *NEW, "Piano"],
            'melody: "Voice"; key: G major; 4 measures; written: alto, tenor, bass',
            [],
        ),
        (
            "04",
            ["MusicXML Part", "Alto", "Tenor", "MusicXML Part"],
            'melody: "MusicXML Part" (1); bass: "MusicXML Part" (2); key: G major; 4 measures; '
            "written: alto, tenor",
            [f'"MusicXML Part" (2) is heard as the bass, since it lies low; {OTHERWISE}'],
        ),
        (
            "05",
            ["Melody", *NEW, "Drums"],
            'melody: "Melody"; key: G major; 4 measures; written: alto, tenor, bass',
            [],
        ),
        (
            "09",
            ["Soprano", "Alto", "Baritone"],
            'melody: "Soprano"; baritone: "Baritone"; key: G major; 4 measures; written: alto',
            ["the parts are an ensemble of their own: sopranos, altos and men (ensemble chooses another)"],
        ),
        (
            "10",
            ["Melody", "Alto", "Tenor", "Bass"],
            'melody: "Melody"; alto: "Alto"; bass: "Bass"; key: G major; 4 measures; written: tenor',
            [f'"Melody" is read as the soprano above the named voices; {OTHERWISE}'],
        ),
        (
            "12",
            ["Flute", "Soprano", *NEW],
            'melody: "Soprano"; key: G major; 4 measures; written: alto, tenor, bass',
            [],
        ),
        (
            "14",
            ["Soprano", *NEW],
            'melody: "Soprano"; key: C major; 4 measures; written: alto, tenor, bass',
            ['"Soprano", measure 4: of a chord the highest note is read, the others stay'],
        ),
        (
            "15",
            ["Melody", *NEW],
            'melody: "Melody", voice 1; key: C major; 4 measures; written: alto, tenor, bass',
            ['"Melody", voice 2, measure 3: a further voice of its staff, which stays as it is'],
        ),
        (
            "16",
            ["Soprano", *NEW],
            'melody: "Soprano"; key: C major; 4 measures; written: alto, tenor, bass',
            [],
        ),
    ],
)
def test_the_line_is_found_and_new_voices_stand_below_it(number, order, understood, remarks):
    if number == "09":  # its alto is there and empty, so its rests go
        file = case(number)
        reply = asked(file)
        assert_valid(reply.documents[0])
        before, after = PARTS.findall(file.data), PARTS.findall(reply.documents[0])
        assert [before[0], before[2]] == [after[0], after[2]]
    else:
        reply = harmonized(number)
    assert names(reply) == order
    assert reply.understood == understood
    assert list(reply.remarks) == remarks


def test_of_chords_the_highest_notes_are_the_melody():
    assert melody_of(harmonized("01")) == TUNE
    assert melody_of(harmonized("14")).endswith("B4 E5")


def test_of_two_voices_on_a_staff_the_first_is_the_melody():
    assert melody_of(harmonized("02")) == TUNE
    assert melody_of(harmonized("15")).endswith("E5 D5 C5 B4 C5")


def test_notes_that_are_not_printed_are_in_no_line():
    (line,) = harmonized("16").lines
    assert line.notes == 13


def test_every_line_says_what_it_is_or_why_it_stays():
    assert sentences(harmonized("03")) == [
        '"Voice" (line 1): read as the soprano',
        '"Piano", staff 1 (line 2): left as it is, since "Voice" has the words',
        '"Piano", staff 2 (line 2:2): left as it is, since "Voice" has the words',
    ]
    assert (
        sentences(harmonized("05"))[1]
        == '"Drums" (line 2): left as it is, since percussion has no pitches to sing'
    )
    assert (
        sentences(harmonized("12"))[0]
        == '"Flute" (line 1): left as it is, since the named voices are the choir'
    )
    assert sentences(harmonized("02"))[1] == (
        '"Melody", voice 2 (line 1:2): left as it is, since it is not the first voice of its staff'
    )


def test_a_key_of_drums_is_no_key():
    data = case("05").data
    first, second = PARTS.findall(data)
    entries = re.findall(rb"<score-part id.*?</score-part>", data)
    data = data.replace(first, b"@").replace(second, first).replace(b"@", second)
    data = data.replace(b"".join(entries), b"".join(reversed(entries)))
    assert names(asked(File("drums.musicxml", data))) == ["Drums", "Melody", *NEW]
    assert asked(File("drums.musicxml", data)).understood.split("; ")[1] == "key: G major"


def test_new_voices_have_the_key_of_the_melody():
    """A horn above the singer is written without a key."""
    flute = PARTS.findall(case("12").data)[0]
    data = case("12").data.replace(flute, flute.replace(b"<fifths>1<", b"<fifths>0<"))
    reply = asked(File("horn.musicxml", data))
    assert reply.understood.split("; ")[1] == "key: G major"
    parts = PARTS.findall(reply.documents[0])
    assert [re.findall(rb"<fifths>(.+?)<", part) for part in parts] == [
        [b"0"],
        [b"1"],
        [b"1"],
        [b"1"],
        [b"1"],
    ]


def test_a_rest_that_was_written_in_a_full_choir_stands():
    with pytest.raises(RequestError) as caught:
        asked(case("11"))
    assert str(caught.value) == (
        "soprano, alto, tenor and bass have notes, so nothing is missing: what rests is written so (the "
        "tenor in measure 2); name the voices to write under voices, and their empty measures are filled, or "
        "say which are given, such as soprano, and the others are replaced"
    )
    filled = asked(case("11"), voices=("tenor",))
    before, after = PARTS.findall(case("11").data), PARTS.findall(filled.documents[0])
    assert [i for i in range(4) if before[i] != after[i]] == [2]
    assert filled.understood.endswith("written: tenor")
    assert filled.remarks == (
        "measure 2 of the tenor, which rested, is filled; voices names those to write in",
    )


def test_a_full_choir_with_a_baritone_lacks_no_tenor():
    full = asked(case("09")).documents[0]
    with pytest.raises(RequestError) as raised:
        asked(File("sab.musicxml", full))
    assert str(raised.value) == (
        "soprano, alto and baritone have notes, so nothing is missing; say which are given, such as soprano, "
        "and the others are replaced"
    )
    four = asked(File("sab.musicxml", full), ensemble=ensemble_named("satb"), voices=("tenor",))
    assert names(four) == ["Soprano", "Alto", "Tenor", "Baritone"]


def test_only_the_voices_that_are_asked_for_are_written():
    reply = asked(case("03"), voices=("bass",))
    assert names(reply) == ["Voice", "Bass", "Piano"]
    assert reply.staves == {"soprano": 0, "bass": 1}
    inner = asked(case("10"), given=("soprano", "bass"), voices=("alto",))
    assert names(inner) == ["Melody", "Alto", "Bass"]
    assert [voice.name for voice in inner.reply.results[0].new if voice.notes] == ["alto"]


# -- the setting melody ------------------------------------------------------------------------------------


@pytest.mark.parametrize("melody", ["voice", "1", " 1:1 ", "Voi"])
def test_a_line_is_chosen_by_name_or_number(melody):
    assert melody_of(harmonized("03", melody)) == TUNE
    assert harmonized("03", melody).lines[1].left == '"Voice" was chosen as the melody'


def test_the_second_voice_of_a_staff_can_be_chosen():
    reply = asked(case("02"), melody="1:2")
    assert melody_of(reply) == "G4 G4"
    assert reply.understood.startswith('melody: "Melody", voice 2; ')


def test_a_part_of_several_can_be_chosen_although_others_are_named():
    reply = asked(case("12"), melody="Flute")
    assert names(reply) == ["Flute", *NEW, "Soprano"]
    assert reply.lines[1].left == '"Flute" was chosen as the melody'


def test_beside_a_chosen_melody_the_parts_that_are_named_as_voices_stay_those():
    first = asked(case("03"), melody="2:1", seed=1)
    document = first.documents[0]
    read = read_document(File("again.musicxml", document), "2:1")
    voices = {line.part: line.voice for line in read.lines if line.voice is not None}
    assert voices == {"Piano": "soprano", "Alto": "alto", "Tenor": "tenor", "Bass": "bass"}
    (left,) = (line for line in read.lines if line.part == "Voice")
    assert left.left == '"Piano", staff 1 was chosen as the melody'
    infill = asked(
        File("again.musicxml", document),
        melody="2:1",
        task="infill",
        selection=(Fraction(0), Fraction(4)),
        voices=("tenor",),
    )
    assert infill.understood.startswith('melody: "Piano", staff 1; alto: "Alto"; tenor: "Tenor"; ')


def test_a_document_is_read_with_a_melody_that_is_there_only():
    with pytest.raises(RequestError, match='there is no line "9"'):
        read_document(case("03"), "9")


def test_with_a_chosen_melody_the_low_line_is_no_bass():
    assert names(harmonized("04", "1")) == ["MusicXML Part", *NEW, "MusicXML Part"]


@pytest.mark.parametrize(
    ("number", "melody", "text"),
    [
        (
            "03",
            "Tenor",
            'there is no line "Tenor"; choose one by its number: 1 "Voice", 2 "Piano", staff 1, '
            '2:2 "Piano", staff 2',
        ),
        (
            "03",
            "3",
            'there is no line "3"; choose one by its number: 1 "Voice", 2 "Piano", staff 1, 2:2 "Piano", ',
        ),
        (
            "04",
            "MusicXML Part",
            '"MusicXML Part" names several; choose one by its number: 1 "MusicXML Part", 2 ',
        ),
        (
            "05",
            "Drums",
            "05-drums-beside-the-tune.musicxml: Drums: percussion has no pitches to harmonize; choose ",
        ),
    ],
)
def test_a_wrong_melody_is_told_with_the_lines_that_there_are(number, melody, text):
    with pytest.raises(RipienoError) as caught:
        asked(case(number), melody=melody)
    assert str(caught.value).startswith(text)


# -- what is a fault only of the line that is worked on -----------------------------------------------------


def quarter_tone(file: File, step: str) -> File:
    """The file with the first note of a step a quarter tone higher."""
    plain = f"<pitch><step>{step}</step><octave>".encode()
    raised = f"<pitch><step>{step}</step><alter>0.5</alter><octave>".encode()
    assert plain in file.data
    return File(file.name, file.data.replace(plain, raised, 1))


def test_a_quarter_tone_matters_in_the_melody_only():
    with pytest.raises(ScoreError) as caught:
        asked(quarter_tone(case("12"), "G"), melody="1")
    assert str(caught.value) == (
        "12-flute-above-soprano.musicxml: Flute, measure 1, beat 3: a quarter tone cannot be sung by these "
        "voices; write the nearest semitone"
    )
    assert asked(quarter_tone(case("12"), "G")).understood.startswith('melody: "Soprano"')


def test_drums_alone_are_told_to_be_no_melody():
    data = case("05").data
    tune, entry = PARTS.findall(data)[0], re.findall(rb"<score-part id.*?</score-part>", data)[0]
    with pytest.raises(ScoreError) as caught:
        asked(File("drums.musicxml", data.replace(tune, b"").replace(entry, b"")))
    assert str(caught.value) == (
        'drums.musicxml: there is no line with pitches, only "Drums" (percussion); write a melody first'
    )


def lead_sheet() -> File:
    """Two chord symbols over the first two notes, C and D."""
    symbol = b"<harmony><root><root-step>A</root-step></root><kind>major</kind></harmony>"
    return File("lead.musicxml", case("14").data.replace(b"<note>", symbol + b"<note>", 2))


def test_chord_symbols_are_obeyed_and_a_note_that_clashes_is_told():
    assert asked(lead_sheet()).remarks[-3:] == (
        "2 chord symbols are obeyed; document-chords ignored passes them over",
        "measure 1, beat 1: the soprano's C does not belong to A (C# A E); Am, C or F would hold it",
        "measure 1, beat 2: the soprano's D does not belong to A (C# A E); it is heard as a passing note",
    )


def test_chord_symbols_can_be_ignored():
    remarks = asked(lead_sheet(), document_chords="ignored").remarks
    assert remarks[-1] == (
        "2 chord symbols are passed over, the first in measure 1: the harmony comes from the notes"
    )


# -- the other tasks on such documents ----------------------------------------------------------------------


def test_a_regenerated_measure_replaces_its_chords_and_says_so():
    file = case("01")
    reply = asked(file, task="infill", selection=(4, 8), voices=("soprano",), seed=3)
    before, after = (
        re.findall(rb"<measure.*?</measure>", d, re.DOTALL) for d in (file.data, reply.documents[0])
    )
    assert [i for i in range(4) if before[i] != after[i]] == [1]
    assert b"<chord/>" not in after[1]
    assert_valid(reply.documents[0])
    assert '"Fiddle", measure 2: regenerated as one voice, without chords' in reply.remarks


def test_going_on_keeps_chords_and_gives_other_parts_rests():
    file = case("03")
    reply = asked(file, task="continue", bars=1)
    assert_valid(reply.documents[0])
    assert reply.understood == 'melody: "Voice"; key: G major; 5 measures; written: soprano'
    for part, before in zip(PARTS.findall(reply.documents[0]), PARTS.findall(file.data), strict=True):
        assert is_inserted(before, part)
    piano = etree.fromstring(PARTS.findall(reply.documents[0])[1]).findall("measure")[-1]
    assert [note.findtext("staff") for note in piano.findall("note")] == ["1", "2"]
    assert all(note.find("rest") is not None for note in piano.findall("note"))


def test_a_variation_of_a_song_leaves_the_piano():
    file = case("03")
    reply = asked(file, task="vary", amount=1.0)
    before, after = PARTS.findall(file.data), PARTS.findall(reply.documents[0])
    assert before[0] != after[0]
    assert before[1] == after[1]


def test_a_moved_song_keeps_the_roles_of_its_lines():
    data = write_musicxml(parse_score("flute: A4:4 B4 A4:2\ncello: E3:1"))
    reply = asked(File("duet.musicxml", data), transposition=4)  # where the lower one is no low line any more
    assert [(x.part, x.voice) for x in reply.lines] == [("flute", "soprano"), ("cello", "bass")]
    assert names(reply) == ["flute", "Alto", "Tenor", "cello"]


def test_a_piano_goes_under_the_melody_of_a_song():
    file = case("03")
    reply = asked(file, model="rbm-chorales", performers="piano", beam=None)
    assert names(reply) == ["Voice", "Piano", "Piano"]
    assert reply.staves == {"right hand": 1, "left hand": 2}
    assert is_inserted(file.data, reply.documents[0])
    assert reply.understood == 'melody: "Voice"; key: G major; 4 measures; written: right hand, left hand'


# -- reading -----------------------------------------------------------------------------------------------


def test_a_document_is_read_with_all_its_lines_and_notes():
    reply = read_document(case("03"))
    assert isinstance(reply, ReadReply)
    assert [(x.voice, x.part, x.place, x.staff, x.melody) for x in reply.lines] == [
        ("soprano", "Voice", "", 0, "1"),
        (None, "Piano", "staff 1", 1, "2"),
        (None, "Piano", "staff 2", 2, "2:2"),
    ]
    assert sum(len(voice.notes) for voice in reply.score.voices) == 15 + 4 * 3
    assert reply.remarks == ("not looked at: Piano, staff 1, Piano, staff 2",)
    assert [x.voice for x in read_document(case("01")).lines] == ["soprano"]


@pytest.mark.parametrize(
    "number", ["01", "02", "03", "04", "05", "07", "09", "10", "11", "12", "14", "15", "16"]
)
def test_a_document_is_read_with_the_voices_of_its_lines(number):
    reply = reply_to(runner(), ReadRequest(case(number)), progress=lambda _: None)
    assert isinstance(reply, ReadReply)
    assert all((line.voice is None) == bool(line.left) for line in reply.lines)
    assert any(line.voice in VOICE_NAMES for line in reply.lines)


def test_a_minor_tune_under_a_wrong_signature_is_not_refused():
    assert harmonized("07").understood.startswith('melody: "Melody"; ')


def test_the_ties_of_a_whole_chord_go_where_the_measure_before_is_regenerated():
    """Both notes of a chord in the first measure are tied into the second."""
    pitch = "<pitch><step>{step}</step><octave>4</octave></pitch>"
    single = f"<note>{pitch}<duration>4</duration>{{tie}}</note>"
    chord = single.replace("<note>", "<note><chord/>")
    tie = '<tie type="{0}"/><voice>1</voice><notations><tied type="{0}"/></notations>'

    def measure(number: int, kind: str) -> str:
        notes = single.format(step="B", tie=tie.format(kind)) + chord.format(step="G", tie=tie.format(kind))
        first = "<attributes><divisions>1</divisions></attributes>" if number == 1 else ""
        return f'<measure number="{number}">{first}{notes}</measure>'

    parts = '<part-list><score-part id="P1"><part-name>Fiddle</part-name></score-part></part-list>'
    music = measure(1, "start") + measure(2, "stop")
    data = f'<score-partwise version="4.0">{parts}<part id="P1">{music}</part></score-partwise>'.encode()
    reply = asked(File("tied.musicxml", data), task="infill", selection=(0, 4), seed=1)
    first, second = re.findall(rb"<measure.*?</measure>", reply.documents[0], re.DOTALL)
    assert b"<chord/>" not in first, "another seed"
    assert b"<tie" not in second
    assert second.count(b"<pitch>") == 2
