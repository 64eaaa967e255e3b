"""A piano for the rehearsal under a choir: the document stays, and the piano plays what the choir sings."""

from fractions import Fraction
from pathlib import Path

import mido
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from lxml import etree

from closed_hymn import HYMN
from common import SCORES, assert_valid, is_inserted, musescore_or_skip, part_names, source_of
from ripieno.score import Note, Score, Voice
from ripieno.text.notation import parse_score
from ripieno_bridges.cli.main import main
from ripieno_bridges.formats.musicxml.writer import write_musicxml
from ripieno_bridges.formats.piano_reduction import with_piano_reduction
from strategies import scores

HELD = """
soprano: [key 2 major] A5:4 G5:8 F#5 E5:2 | F#5:1
soprano 2: F#5:4 E5:8 D5 C#5:2 | D5:1
alto: D5:2 A4:4 G4 | A4:1
tenor: F#4:4 E4 A4:2~ | A4:4 G4 F#4:2
bass: D3:4 E3 A2:2 | D3:1
"""
CLARINETS = """<score-partwise version="4.0"><part-list><score-part id="P1"><part-name>Clarinet 1</part-name>
</score-part><score-part id="P2"><part-name>Clarinet 2</part-name></score-part></part-list>
<part id="P1"><measure number="1"><attributes><divisions>1</divisions><key><fifths>2</fifths></key>
<time><beats>4</beats><beat-type>4</beat-type></time><transpose><diatonic>-1</diatonic><chromatic>-2</chromatic>
</transpose></attributes><note><pitch><step>D</step><octave>5</octave></pitch><duration>4</duration>
<type>whole</type></note></measure></part>
<part id="P2"><measure number="1"><attributes><divisions>1</divisions><key><fifths>2</fifths></key>
<time><beats>4</beats><beat-type>4</beat-type></time><transpose><diatonic>-1</diatonic><chromatic>-2</chromatic>
</transpose></attributes><note><pitch><step>F</step><alter>1</alter><octave>4</octave></pitch>
<duration>4</duration><type>whole</type></note></measure></part></score-partwise>"""
STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}

Sounding = set[tuple[Fraction, Fraction, int]]


def reduced(data: bytes) -> tuple[bytes, list[str]]:
    return with_piano_reduction(source_of(data))


def played(part: etree._Element) -> Sounding:
    """(onset, end, pitch) of every key of a part, ties joined, read from the elements alone."""
    sounds: list[tuple[Fraction, Fraction, int, bool, bool]] = []
    start, divisions = Fraction(0), Fraction(1)
    for measure in part.iter("measure"):
        time = end = onset = start
        for child in measure:
            if child.tag == "attributes":
                divisions = Fraction(child.findtext("divisions") or divisions)
            length = Fraction(child.findtext("duration") or 0) / divisions
            if child.tag == "backup":
                time -= length
            elif child.tag == "note":
                onset = onset if child.find("chord") is not None else time
                if child.find("pitch") is not None:
                    ties = {t.get("type") for t in child.iter("tie")}
                    joins, goes_on = "stop" in ties, "start" in ties
                    sounds.append((onset, onset + length, pitch_of(child), joins, goes_on))
                time = onset + length
            end = max(end, time)
        start = end
    return joined(sounds)


def pitch_of(note: etree._Element) -> int:
    pitch = note.find("pitch")
    step, alter = pitch.findtext("step"), int(pitch.findtext("alter") or 0)
    return STEPS[step] + alter + 12 * (int(pitch.findtext("octave")) + 1)


def joined(sounds) -> Sounding:
    """Tied notes as one; a tie that leads nowhere or comes from nowhere fails."""
    found: list[tuple[Fraction, Fraction, int]] = []
    waiting: dict[tuple[Fraction, int], Fraction] = {}
    for onset, end, pitch, joins, goes_on in sorted(sounds):
        onset = waiting.pop((onset, pitch)) if joins else onset
        if goes_on:
            waiting[end, pitch] = onset
        else:
            found.append((onset, end, pitch))
    assert not waiting
    assert len(found) == len(set(found))
    return set(found)


def sung(score: Score) -> Sounding:
    """(onset, end, pitch) of what a choir sings: a key ends where it is struck again, or with the last."""
    by_pitch: dict[int, list[Note]] = {}
    for voice in score.voices:
        for note in voice.notes:
            by_pitch.setdefault(note.pitch, []).append(note)
    found = set()
    for pitch, notes in by_pitch.items():
        onsets = sorted({n.onset for n in notes})
        for onset in onsets:
            end = max(n.end for n in notes if n.onset <= onset < n.end)
            found.add((onset, min([end, *(o for o in onsets if o > onset)]), pitch))
    return found


def piano_of(data: bytes) -> etree._Element:
    assert_valid(data)
    return etree.fromstring(data).findall("part")[-1]


# -- the notes --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [HYMN, HELD])
@pytest.mark.parametrize("layout", ["open", "closed"])
def test_the_piano_plays_what_the_choir_sings(text: str, layout: str) -> None:
    score = parse_score(text)
    data, _ = reduced(write_musicxml(score, layout=layout))
    assert played(piano_of(data)) == sung(score)


@given(scores())
@settings(max_examples=25, deadline=None)
def test_it_does_so_in_any_rhythm_meter_and_key(score: Score) -> None:
    sounding = tuple(
        Voice(v.name, v.notes or (Note(Fraction(0), Fraction(1, 4), 60),)) for v in score.voices[:4]
    )
    if len(sounding) < 2:
        return
    score = Score(sounding, score.measures)
    data, _ = reduced(write_musicxml(score))
    assert played(piano_of(data)) == sung(score)


def test_a_held_note_beside_moving_ones_is_tied() -> None:
    data, _ = reduced(write_musicxml(parse_score(HELD)))
    pitched = piano_of(data).xpath(".//note[pitch]")
    held = [n for n in pitched if pitch_of(n) == 74 and n.find("tie") is not None]
    assert [[t.get("type") for t in n.iter("tie")] for n in held[:2]] == [["start"], ["stop"]]


def test_a_transposing_part_is_played_as_it_sounds() -> None:
    data, _ = reduced(CLARINETS.encode())
    piano = piano_of(data)
    assert played(piano) == {(0, 4, 72), (0, 4, 64)}
    assert piano.findtext("measure/attributes/key/fifths") == "0"


# -- the document ------------------------------------------------------------------------------------------


def test_every_other_byte_of_the_document_stays() -> None:
    before = write_musicxml(parse_score(HYMN))
    data, remarks = reduced(before)
    assert is_inserted(before, data)
    assert remarks == []


def test_the_piano_has_two_small_staves_below_the_bracket_of_the_choir() -> None:
    data, _ = reduced(write_musicxml(parse_score(HYMN)))
    root = etree.fromstring(data)
    assert part_names(root) == ["Soprano", "Alto", "Tenor", "Bass", "Piano"]
    assert [e.get("type") or e.get("id") for e in root.find("part-list")][-2:] == ["stop", "P5"]
    attributes = piano_of(data).find("measure/attributes")
    assert [d.findtext("staff-size") for d in attributes.findall("staff-details")] == ["75", "75"]
    assert [c.findtext("sign") for c in attributes.findall("clef")] == ["G", "F"]


def test_it_is_a_klavier_under_a_german_choir() -> None:
    data, _ = reduced(write_musicxml(parse_score("Sopran: C5:1\nAlt: E4:1")))
    assert part_names(etree.fromstring(data))[-1] == "Klavier"


def test_chords_too_wide_for_a_hand_are_told_with_their_place() -> None:
    _, remarks = reduced(
        write_musicxml(parse_score("soprano: C6:1\nalto: C5:1\ntenor: C4:1\nbass: E2:2 C2:2"))
    )
    assert remarks == [
        "piano: 2 chords too wide for one hand: break it, or leave a note out "
        "(measure 1, beat 1; measure 1, beat 3)"
    ]


def test_repeats_stand_in_the_piano_too() -> None:
    before = write_musicxml(parse_score(HELD)).replace(
        b"<bar-style>light-heavy</bar-style>",
        b'<bar-style>light-heavy</bar-style><repeat direction="backward"/>',
    )
    assert piano_of(reduced(before)[0]).find(".//repeat").get("direction") == "backward"


# -- MuseScore ---------------------------------------------------------------------------------------------


@pytest.mark.host
def test_musescore_plays_the_same_keys_at_the_same_times(tmp_path: Path) -> None:
    musescore = musescore_or_skip(tmp_path / "home")
    jobs = []
    for name, text in (("hymn", HYMN), ("held", HELD)):
        path = tmp_path / f"{name}.musicxml"
        path.write_bytes(reduced(write_musicxml(parse_score(text)))[0])
        jobs.append((path, tmp_path / f"{name}.mid"))
    musescore.convert(jobs)
    for _, out in jobs:
        assert keys_of(out, piano=True) == keys_of(out, piano=False)


def keys_of(path: Path, *, piano: bool) -> set[tuple[int, int]]:
    """(tick, pitch) of every note of the last part's channel, or of all others."""
    tracks = mido.MidiFile(path).tracks
    last = max(m.channel for track in tracks for m in track if m.type == "note_on")
    found = set()
    for track in tracks:
        tick = 0
        for message in track:
            tick += message.time
            if message.type == "note_on" and message.velocity and (message.channel == last) == piano:
                found.add((tick, message.note))
    assert found
    return found


# -- the commands ------------------------------------------------------------------------------------------


def run(*arguments: object, exit_code: int = 0) -> str:
    result = CliRunner().invoke(main, [str(a) for a in arguments])
    assert result.exit_code == exit_code, result.output
    return result.output


def test_the_command_score_puts_a_piano_under_a_score(tmp_path: Path) -> None:
    path, out = tmp_path / "hymn.musicxml", tmp_path / "hymn-piano.musicxml"
    path.write_bytes(write_musicxml(parse_score(HYMN)))
    assert run("score", path, "--piano-reduction") == f"saved as {out}\n"
    assert played(piano_of(out.read_bytes())) == sung(parse_score(HYMN))


def test_harmonize_puts_a_piano_under_what_it_writes(tmp_path: Path) -> None:
    out = tmp_path / "out.musicxml"
    run("harmonize", SCORES[0], "-o", out, "--piano-reduction", "--seed", 1)
    assert part_names(etree.fromstring(out.read_bytes()))[-1] == "Piano"


def test_a_melody_alone_needs_no_reduction(tmp_path: Path) -> None:
    path = tmp_path / "tune.musicxml"
    path.write_bytes(write_musicxml(parse_score("soprano: C5:1")))
    assert run("score", path, "--piano-reduction", exit_code=1) == (
        "ripieno: tune.musicxml: soprano is the only voice, and a piano reduction is for two or more; "
        "write the others first, as `ripieno harmonize` does\n"
    )
