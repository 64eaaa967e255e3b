"""Songs, tunes with drums and keyboard recordings: the line is found, all other tracks stay as they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from midi_song import CHORDS, TICKS, TUNE, line, midi_file, song
from ripieno.corpus.corpus import Piece
from ripieno.errors import ScoreError
from ripieno.score import Voice
from ripieno.text.notation import parse_score
from ripieno_bridges.api.requests import DocumentRequest, File, Request, TaskName
from ripieno_bridges.corpora.build import Skipped, read_pieces
from ripieno_bridges.formats.midi import read_midi, write_midi
from ripieno_bridges.formats.midi.events import split_file
from ripieno_bridges.service.document_task import TaskResult, do_task
from ripieno_bridges.service.model_runner import ModelRunner
from ripieno_bridges.service.read_document import read_document
from tiny_network import random_weights

PEDAL = "the MIDI file's velocities, programs, pedal and other controllers are not in the score"
LEGATO = "track Voice: 15 notes reach into the next by a sixteenth at most, read as legato"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(random_weights(tmp_path_factory.mktemp("weights")))


def done(
    data: bytes,
    model: str,
    task: TaskName = "harmonize",
    *,
    melody: str | None = None,
    transposition: int | None = None,
    measures: tuple[str, str] | None = None,
    **settings,
) -> TaskResult:
    request = Request(task=task, model=model, seed=1, compare=False, **settings)
    asked = DocumentRequest(
        file=File("song.mid", data),
        request=request,
        melody=melody,
        transposition=transposition,
        measures=measures,
    )
    return do_task(ModelRunner(), asked, progress=lambda _: None)


def saved(finished: TaskResult, name: str = "out.mid") -> tuple[bytes, list[str]]:
    return finished.encode(finished.reply.results[0], Path(name))


def pitches(voice: Voice) -> tuple[int, ...]:
    return tuple(note.pitch for note in voice.notes)


def test_a_song_gets_three_voices_and_keeps_every_byte_of_its_tracks(model: str) -> None:
    data = song()
    finished = done(data, model)
    assert finished.understood == 'melody: "Voice"; key: G major; 4 measures; written: alto, tenor, bass'
    assert [line.sentence for line in finished.lines] == [
        '"Voice" (line 1): read as the soprano',
        '"Piano" (line 2): left as it is, since "Voice" has the words',
        '"Drums" (line 3): left as it is, since percussion has no pitches to sing',
    ]
    assert finished.remarks[:1] == (LEGATO,)
    written, remarks = saved(finished)
    assert remarks == []
    assert split_file(written).tracks[:4] == split_file(data).tracks
    back = read_midi(written, "out.mid").score
    assert [voice.name for voice in back.voices] == ["Voice", "Piano", "Drums", "alto", "tenor", "bass"]
    assert pitches(back.voices[0]) == TUNE


@pytest.mark.parametrize(
    ("names", "words", "melody", "why"),
    [
        (("Piano", "Singstimme", "Drums"), False, "Singstimme", '"Singstimme" is named as the melody'),
        (("one", "two", "three"), False, "one", '"one" is the top line'),
    ],
)
def test_without_words_a_name_or_the_top_line_decides(
    model: str, names: tuple[str, str, str], words: bool, melody: str, why: str
) -> None:
    finished = done(song(words=words, names=names), model)
    assert finished.understood.startswith(f'melody: "{melody}"; ')
    left = [line.left for line in finished.lines if line.voice is None]
    assert left == [why, "percussion has no pitches to sing"]


@pytest.mark.parametrize("melody", ["2", "piano"])
def test_of_a_pianos_chords_the_top_notes_are_the_melody(model: str, melody: str) -> None:
    data = song()
    finished = done(data, model, melody=melody)
    assert pitches(finished.reply.results[0].score.voice("soprano")) == tuple(max(c) for c in CHORDS)
    said = '"Piano", measures 1, 2, 3 and 4: of 8 chords the highest note is read, the others stay'
    assert said in finished.remarks
    written, _ = saved(finished)
    assert split_file(written).tracks[:4] == split_file(data).tracks


def test_of_a_bass_lines_chords_the_lowest_notes_are_the_bass(model: str) -> None:
    finished = done(song(names=("Soprano", "Bass", "Drums")), model)
    assert pitches(finished.reply.results[0].score.voice("bass")) == tuple(min(c) for c in CHORDS)
    said = '"Bass", measures 1, 2, 3 and 4: of 8 chords the lowest note is read, the others stay'
    assert said in finished.remarks


def test_drums_cannot_be_the_melody(model: str) -> None:
    with pytest.raises(ScoreError) as caught:
        done(song(), model, melody="Drums")
    fault = "percussion has no pitches to harmonize; choose another line"
    assert str(caught.value) == f"song.mid: Drums: {fault}"


def test_a_keyboard_recording_in_one_track_is_its_top_line(model: str) -> None:
    left = [event for row in zip(*CHORDS, strict=True) for event in line(0, row, length=2 * TICKS)]
    data = midi_file([*line(0, TUNE, legato=60), *left], midi_format=0)
    finished = done(data, model)
    assert pitches(finished.reply.results[0].score.voice("soprano")) == TUNE
    said = '"channel 1", measures 1, 2, 3 and 4: of 8 chords the highest note is read, the others stay'
    assert said in finished.remarks
    written, _ = saved(finished)
    assert split_file(written).tracks[:1] == split_file(data).tracks


def test_the_other_tracks_are_heard_where_that_is_asked_for(model: str) -> None:
    song_alone, heard = (done(song(), model, accompaniment=kind) for kind in ("ignored", "heard"))
    assert heard.choir is not None
    assert {note.pitch for note in heard.choir.others} == {pitch for chord in CHORDS for pitch in chord}
    assert saved(heard)[0] != saved(song_alone)[0]


def test_infill_replaces_what_a_piano_plays_in_that_measure_only(model: str) -> None:
    data = song()
    finished = done(data, model, "infill", melody="Piano", measures=("2", "2"))
    written, remarks = saved(finished)
    assert remarks == ['"Piano", measure 2: regenerated as one voice, without chords']
    before, after = split_file(data).tracks, split_file(written).tracks
    assert (after[:2], after[3]) == (before[:2], before[3])
    own, new = (read_midi(file, "x.mid").lines[1] for file in (data, written))
    for measure, (start, end) in enumerate(((0, 4), (4, 8), (8, 12), (12, 16))):
        there = [
            sorted({(n.onset, n.end, n.pitch) for n in line.every_note if start <= n.onset < end})
            for line in (own, new)
        ]
        assert (there[0] == there[1]) == (measure != 1)
    assert 1 not in new.chords


def test_going_on_keeps_the_last_chords(model: str) -> None:
    data = song()
    written, remarks = saved(done(data, model, "continue", melody="Piano", bars=1))
    assert remarks == []
    old, new = (read_midi(file, "x.mid").lines[1].every_note for file in (data, written))
    given = {(note.onset, note.end, note.pitch) for note in old}
    assert given == {(note.onset, note.end, note.pitch) for note in new if note.onset < 16}


def test_a_moved_song_moves_its_chords_and_not_its_drums(model: str) -> None:
    written, _ = saved(done(song(), model, transposition=2))
    before, after = read_midi(song(), "x.mid"), read_midi(written, "x.mid")
    for old, new in zip(before.lines, after.lines, strict=False):
        assert [n.pitch - 2 for n in new.every_note] == [n.pitch for n in old.every_note]
    assert split_file(written).tracks[3] == split_file(song()).tracks[3]


def test_as_musicxml_a_midi_song_says_what_is_lost(model: str) -> None:
    _, remarks = saved(done(song(), model), "out.musicxml")
    assert remarks == [PEDAL, 'not in the new score: "Piano", "Drums"; save as MIDI to keep all']


def test_a_song_is_shown_with_all_its_notes() -> None:
    reply = read_document(File("song.mid", song()))
    assert [voice.name for voice in reply.score.voices] == [
        "Voice",
        *(f"Piano line {number}" for number in (1, 2, 3)),
    ]
    assert sorted(n.pitch for v in reply.score.voices[1:] for n in v.notes) == sorted(sum(CHORDS, ()))
    assert [(line.part, line.staff, line.voice) for line in reply.lines][:2] == [
        ("Voice", 0, "soprano"),
        ("Piano line 1", 1, None),
    ]
    assert PEDAL in reply.remarks
    assert '"Drums": percussion, which is not in the score' in reply.remarks


def test_no_network_learns_from_chords(tmp_path: Path) -> None:
    (tmp_path / "song.mid").write_bytes(song())
    (found,) = read_pieces([tmp_path / "song.mid"])
    assert isinstance(found, Skipped)
    assert found.reason.startswith("Piano, measure 1, beat 1: G3 and B3 sound at once")


def test_drums_do_not_keep_a_network_from_learning_four_voices(tmp_path: Path) -> None:
    chorale = write_midi(parse_score("\n".join(f"{name}: C4:1 D4 E4" for name in "SATB")))
    chunks = split_file(chorale)
    drums = split_file(song()).tracks[-1]
    (tmp_path / "four.mid").write_bytes(chunks.with_tracks([*chunks.tracks, drums]).join())
    (found,) = read_pieces([tmp_path / "four.mid"])
    assert isinstance(found, Piece)
