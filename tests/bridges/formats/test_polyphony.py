"""Files with many notes at once -> lines: chords, ties, voices on a staff, what is left out."""

from __future__ import annotations

import io
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import mido
import pytest
from hypothesis import given

from ripieno.errors import FileError, ScoreError
from ripieno.piano.lines import separate_strikes
from ripieno.score import Key, Lyric, Meter, Note, Score, Tempo
from ripieno.text.notation import parse_score
from ripieno_bridges.formats.files import Source
from ripieno_bridges.formats.midi import write_midi
from ripieno_bridges.formats.musicxml.writer import pack_mxl, write_musicxml
from ripieno_bridges.formats.polyphony import read_polyphony
from strategies import scores

ATTRIBUTES = (
    "<attributes><divisions>2</divisions><key><fifths>-1</fifths></key>"
    "<time><beats>4</beats><beat-type>4</beat-type></time></attributes>"
)


def read(folder: Path, name: str, data: bytes) -> Source:
    path = folder / name
    path.write_bytes(data)
    return read_polyphony(path)


def document(*parts: str) -> bytes:
    """MusicXML of parts, each the inside of its measures, "|" between them."""
    names = "".join(
        f'<score-part id="P{i}"><part-name>part {i}</part-name></score-part>'
        for i in range(1, len(parts) + 1)
    )
    bodies = ""
    for i, part in enumerate(parts, 1):
        measures = enumerate(part.split("|"), 1)
        inside = "".join(
            f'<measure number="{n}">{ATTRIBUTES if n == 1 else ""}{m}</measure>' for n, m in measures
        )
        bodies += f'<part id="P{i}">{inside}</part>'
    return f'<score-partwise version="4.0"><part-list>{names}</part-list>{bodies}</score-partwise>'.encode()


def note(
    pitch: str, eighths: int, *, chord: bool = False, tie: str = "", voice: int = 1, more: str = ""
) -> str:
    """<note>; ``tie``: start, stop or both."""
    alter = {"b": -1, "#": 1}.get(pitch[1:-1], 0)
    kinds = [kind for kind in ("stop", "start") if kind in tie]
    return (
        f"<note>{'<chord/>' * chord}<pitch><step>{pitch[0]}</step><alter>{alter}</alter>"
        f"<octave>{pitch[-1]}</octave></pitch><duration>{eighths}</duration>"
        + "".join(f'<tie type="{kind}"/>' for kind in kinds)
        + f"<voice>{voice}</voice>"
        + more
        + "</note>"
    )


BACK = "<backup><duration>8</duration></backup>"


def heard(score: Score) -> str:
    """Every note as "name@onset-end", by time and then from high to low."""
    notes = sorted(notes_of(score), key=lambda n: (n.onset, -n.pitch))
    return " ".join(f"{n.name}@{n.onset}-{n.end}" for n in notes)


def notes_of(score: Score) -> list[Note]:
    return [n for voice in score.voices for n in voice.notes]


def times(notes: list[Note]) -> list[tuple[Fraction, Fraction, int]]:
    return sorted((n.onset, n.duration, n.pitch) for n in notes)


# -- MusicXML ---------------------------------------------------------------------------------------------


def test_chords_and_voices_become_lines(tmp_path: Path) -> None:
    upper = (
        note("C5", 8) + note("Ab4", 8, chord=True) + BACK + note("F4", 4, voice=2) + note("E4", 4, voice=2)
    )
    source = read(tmp_path, "x.musicxml", document(upper, note("F2", 8)))
    assert heard(source.score) == "C5@0-4 Ab4@0-4 F4@0-2 F2@0-4 E4@2-4"
    assert [v.name for v in source.score.voices] == ["line 1", "line 2", "line 3", "line 4"]
    assert (source.document, source.remarks) == (None, ())
    assert source.score.measures[0].key == Key(-1)


def test_ties_join_each_note_of_a_chord_by_itself(tmp_path: Path) -> None:
    chord = note("C5", 8, tie="start") + note("A4", 8, chord=True)
    following = note("C5", 4, tie="stop") + note("A4", 4, chord=True) + note("C5", 4)
    source = read(tmp_path, "x.xml", document(f"{chord}|{following}"))
    assert heard(source.score) == "C5@0-6 A4@0-4 A4@4-6 C5@6-8"


def test_a_tie_may_lead_into_another_voice(tmp_path: Path) -> None:
    first = note("F4", 8, tie="start", voice=2)
    second = note("C5", 8) + BACK + note("F4", 8, tie="stop", voice=1)
    source = read(tmp_path, "x.xml", document(f"{first}|{second}"))
    assert heard(source.score) == "F4@0-8 C5@4-8"


def test_grace_notes_and_chord_symbols_are_left_out(tmp_path: Path) -> None:
    grace = note("D5", 0).replace("<note>", "<note><grace/>").replace("<duration>0</duration>", "")
    harmony = "<harmony><root><root-step>F</root-step></root><kind>major</kind></harmony>"
    source = read(tmp_path, "x.musicxml", document(harmony + grace + note("C5", 8)))
    assert heard(source.score) == "C5@0-4"


def test_percussion_is_left_out_with_a_remark(tmp_path: Path) -> None:
    unpitched = "<unpitched><display-step>E</display-step><display-octave>4</display-octave></unpitched>"
    drum = f"<note>{unpitched}<duration>8</duration><voice>1</voice></note>"
    source = read(tmp_path, "x.musicxml", document(note("C5", 8), f"{drum}|{drum}"))
    assert heard(source.score) == "C5@0-4"
    assert source.remarks == ("part 2: percussion has no pitch to harmonize, left out",)


def test_transposing_instruments_are_read_as_they_sound(tmp_path: Path) -> None:
    transpose = "<transpose><diatonic>-1</diatonic><chromatic>-2</chromatic></transpose></attributes>"
    data = document(note("D5", 8) + note("F5", 8, chord=True)).replace(b"</attributes>", transpose.encode())
    assert heard(read(tmp_path, "x.musicxml", data).score) == "Eb5@0-4 C5@0-4"


def test_a_syllable_stands_under_the_highest_note(tmp_path: Path) -> None:
    sung = note("C5", 8, more="<lyric><syllabic>begin</syllabic><text>Al</text></lyric>")
    score = read(tmp_path, "x.musicxml", document(sung + note("E5", 8, chord=True))).score
    assert [(n.name, n.lyrics) for n in notes_of(score)] == [("E5", (Lyric("Al", "begin"),)), ("C5", ())]


def test_a_quarter_tone_is_refused(tmp_path: Path) -> None:
    data = document(note("C5", 8)).replace(b"<alter>0</alter>", b"<alter>0.5</alter>")
    with pytest.raises(ScoreError) as error:
        read(tmp_path, "x.musicxml", data)
    assert str(error.value) == (
        "x.musicxml: part 1, measure 1, beat 1: a quarter tone cannot be sung by these voices; "
        "write the nearest semitone"
    )


@given(scores(on_grid=False))
def test_written_music_is_read_as_it_was(tmp_path_factory: pytest.TempPathFactory, score: Score) -> None:
    folder = tmp_path_factory.mktemp("scores")
    expected = separate_strikes(notes_of(score))
    again = read(folder, "x.mxl", pack_mxl(write_musicxml(score))).score
    assert times(notes_of(again)) == times(expected)
    assert (again.measures, again.tempos) == (score.measures, score.tempos)
    if not expected:
        return  # silence is no MIDI file
    keyed = replace(score, title="x")
    again = read(folder, "x.mid", write_midi(keyed)).score
    assert times(notes_of(again)) == times(expected)
    assert again.tempos == score.tempos


# -- MIDI -------------------------------------------------------------------------------------------------


def midi(*tracks: str) -> bytes:
    """A file of 4 ticks a quarter; a track as "[drums] pitch@start-end ...", times in ticks."""
    file = mido.MidiFile(type=1, ticks_per_beat=4)
    conductor = mido.MidiTrack()
    conductor.append(mido.MetaMessage("track_name", name="Rag"))
    conductor.append(mido.MetaMessage("time_signature", numerator=2, denominator=4))
    conductor.append(mido.MetaMessage("set_tempo", tempo=750_000))
    conductor.append(mido.MetaMessage("key_signature", key="Bb"))
    file.tracks.append(conductor)
    for text in tracks:
        events = []
        drums, _, written = text.rpartition("drums ")
        for word in written.split():
            pitch, _, span = word.partition("@")
            start, end = span.split("-")
            channel = 9 if text.startswith("drums") else 0
            events.append((int(start), 1, mido.Message("note_on", note=int(pitch), channel=channel)))
            events.append((int(end), 0, mido.Message("note_off", note=int(pitch), channel=channel)))
        track, now = mido.MidiTrack(), 0
        for tick, _, message in sorted(events, key=lambda e: e[:2]):
            track.append(message.copy(time=tick - now))
            now = tick
        file.tracks.append(track)
        assert not drums.strip()
    out = io.BytesIO()
    file.save(file=out)
    return out.getvalue()


def test_midi_notes_of_all_tracks_become_lines(tmp_path: Path) -> None:
    source = read(tmp_path, "x.mid", midi("72@0-6 76@0-4 74@4-8", "48@0-2 60@2-4 55@2-4"))
    notes = sorted(notes_of(source.score), key=lambda n: (n.onset, -n.pitch))
    assert [(n.pitch, str(n.onset), str(n.end)) for n in notes] == [
        (76, "0", "1"),
        (72, "0", "3/2"),
        (48, "0", "1/2"),
        (60, "1/2", "1"),
        (55, "1/2", "1"),
        (74, "1", "2"),
    ]
    assert len(source.score.voices) == 4
    assert source.score.title == "Rag"
    assert source.score.tempos == (Tempo(Fraction(0), 80.0),)
    assert {(m.meter, m.key) for m in source.score.measures} == {(Meter(2, 4), Key(-2, "major"))}
    assert source.remarks == ()


def test_midi_drums_are_left_out_with_a_remark(tmp_path: Path) -> None:
    source = read(tmp_path, "x.midi", midi("72@0-4", "drums 36@0-1 38@1-2"))
    assert [n.pitch for n in notes_of(source.score)] == [72]
    assert source.remarks == ("track 3: percussion has no pitch to harmonize, left out",)


def test_a_key_that_two_tracks_strike_is_struck_once(tmp_path: Path) -> None:
    source = read(tmp_path, "x.mid", midi("72@0-4", "72@0-8 72@12-16"))
    assert times(notes_of(source.score)) == [(0, 2, 72), (3, 1, 72)]
    assert source.remarks == ("1 note on a key that another strikes too, left out",)


def test_a_missing_key_is_estimated_and_said(tmp_path: Path) -> None:
    data = midi("60@0-4 64@0-4 67@0-4 62@4-8 65@4-8 59@4-8 60@8-16 64@8-16")
    again = mido.MidiFile(file=io.BytesIO(data))
    again.tracks[0] = mido.MidiTrack(m for m in again.tracks[0] if m.type != "key_signature")
    out = io.BytesIO()
    again.save(file=out)
    source = read(tmp_path, "x.mid", out.getvalue())
    assert source.remarks == ("no key signature in the file; taken as C major",)


def test_silence_is_read_from_a_document_alone(tmp_path: Path) -> None:
    with pytest.raises(FileError) as caught:
        read(tmp_path, "x.mid", midi())
    assert str(caught.value) == "x.mid: there is not a note in it; write a melody first"
    silence = parse_score("r:1")
    assert read(tmp_path, "x.musicxml", write_musicxml(silence)).score.voices == ()


# -- what cannot be read ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("x.mid", b"no", "x.mid: not a MIDI file; export it once more as a standard MIDI file"),
        (
            "x.mid",
            bytes(400 * 1024 + 1),
            "x.mid: larger than 400 KB; give ripieno one piece at a time",
        ),
        (
            "x.xml",
            b"no",
            "x.xml: not a MusicXML score; export it from your notation program once more, as MusicXML",
        ),
        ("x.mscz", b"", "x.mscz: a MuseScore file; in MuseScore choose File > Export > MusicXML"),
        (
            "x.mp3",
            b"ID3",
            "x.mp3: a recording, which has no notes to read; write the melody as MusicXML, MIDI or ABC",
        ),
        ("x.rpp", b"", "x.rpp: a project of a sequencer; export the melody there as a MIDI file"),
        (
            "x.txt",
            b"",
            "x.txt: ripieno reads MusicXML (.musicxml, .xml, .mxl), MIDI (.mid) or ABC (.abc); "
            "export it as one of these",
        ),
    ],
)
def test_what_is_no_score_is_refused(tmp_path: Path, name: str, data: bytes, message: str) -> None:
    with pytest.raises(FileError) as error:
        read(tmp_path, name, data)
    assert str(error.value) == message


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="there is no such file; check the name and the folder"):
        read_polyphony(tmp_path / "x.mid")
