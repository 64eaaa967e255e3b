"""The command practice: which voice is how loud is measured in the sound, times are counted by hand."""

import io
import json
import os
import shutil
import sys
import wave
from dataclasses import replace
from pathlib import Path

import mido
import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from closed_hymn import HYMN
from common import ROOT, host_or_skip
from ripieno.text.notation import parse_score
from ripieno_bridges.cli.main import main
from ripieno_bridges.formats.midi import write_midi
from ripieno_bridges.formats.musicxml.writer import write_musicxml
from two_hands import RAG, played

RATE = 44_100
VOICES = ("soprano", "alto", "tenor", "bass")
# No voice is a harmonic of another: each is measured at its own frequency. Two seconds a measure.
CHORD = """
soprano: [tempo 120] D5:1 | D5:1
alto: A4:1 | A4:1
tenor: E4:1 | E4:1
bass: F#3:1 | F#3:1
"""
PITCHES = {"soprano": 74, "alto": 69, "tenor": 64, "bass": 54}


def run(*arguments: object, exit_code: int = 0) -> str:
    """Run the command in this process; returns what it prints."""
    result = CliRunner().invoke(main, ["practice", *(str(a) for a in arguments)])
    assert result.exit_code == exit_code, result.output
    return result.output


def save(path: Path, text: str, *, layout: str = "open") -> Path:
    path.write_bytes(write_musicxml(parse_score(text), layout=layout))
    return path


def samples(path: Path) -> np.ndarray:
    """The samples of a WAV file, between -1 and 1."""
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, RATE)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32_767


def seconds(path: Path) -> float:
    return len(samples(path)) / RATE


def amplitude(sound: np.ndarray, pitch: int) -> float:
    """How strong a pitch's own frequency is, by the discrete Fourier transform at that frequency."""
    time = np.arange(len(sound)) / RATE
    wave_there = np.exp(-2j * np.pi * 440 * 2 ** ((pitch - 69) / 12) * time)
    return float(2 * abs(np.mean(sound * np.hanning(len(sound)) * 2 * wave_there)))


def decibels(ratio: float) -> float:
    return float(20 * np.log10(ratio))


def onsets(sound: np.ndarray) -> list[float]:
    """Where sound begins after at least 80 ms of silence, in seconds."""
    loud = np.flatnonzero(np.abs(sound) > 1e-3)
    return [float(i) / RATE for i in loud[np.diff(loud, prepend=-RATE) > 0.08 * RATE]]


@pytest.fixture(scope="module")
def chord(tmp_path_factory) -> Path:
    return save(tmp_path_factory.mktemp("score") / "chord.musicxml", CHORD)


@pytest.fixture(scope="module")
def tracks(chord, tmp_path_factory) -> Path:
    """The folder with all tracks of the chord, in every mix, in the plain sound."""
    folder = tmp_path_factory.mktemp("tracks") / "practice"
    mixes = [word for mix in ("louder", "alone", "missing") for word in ("--mix", mix)]
    run(chord, "-o", folder, "--plain", *mixes)
    return folder


# -- sound -------------------------------------------------------------------------------------------------


def test_there_is_a_file_of_sound_and_of_midi_for_each_voice_and_for_all(chord, tmp_path):
    run(chord, "-o", tmp_path / "practice", "--plain", "--tempo", "400")
    names = {f"chord-{voice}.{kind}" for voice in (*VOICES, "all") for kind in ("wav", "mid")}
    assert {path.name for path in (tmp_path / "practice").iterdir()} == names


@pytest.mark.parametrize("voice", VOICES)
def test_the_loud_voice_is_6_db_over_each_other(tracks, voice):
    inside = slice(round(2.1 * RATE), round(3.9 * RATE))
    louder, alike = (samples(tracks / f"chord-{name}.wav")[inside] for name in (voice, "all"))
    over = {v: decibels(amplitude(louder, p) / amplitude(alike, p)) for v, p in PITCHES.items()}
    for other in set(VOICES) - {voice}:
        assert over[voice] - over[other] == pytest.approx(6, abs=0.1)


def test_voices_are_equally_loud_by_themselves(tracks):
    inside = slice(round(2.1 * RATE), round(3.9 * RATE))
    loudness = [np.std(samples(tracks / f"chord-{voice}-alone.wav")[inside]) for voice in VOICES]
    assert decibels(max(loudness) / min(loudness)) < 0.1


@pytest.mark.parametrize("voice", VOICES)
def test_a_missing_voice_is_silent_and_the_others_are_there(tracks, voice):
    inside = slice(round(2.1 * RATE), round(3.9 * RATE))
    missing, alike = (samples(tracks / f"chord-{name}.wav")[inside] for name in (f"without-{voice}", "all"))
    for other, pitch in PITCHES.items():
        left = decibels(amplitude(missing, pitch) / amplitude(alike, pitch))
        assert left < -50 if other == voice else left == pytest.approx(0, abs=0.1)


def test_no_track_clips(tracks):
    assert max(np.abs(samples(path)).max() for path in tracks.glob("*.wav")) <= 0.9


def test_a_note_begins_and_ends_without_a_click(tracks):
    sound = samples(tracks / "chord-alto-alone.wav")
    for edge in (2.0, 4.0, 6.0):  # the onset, the note struck again, the end
        near = sound[round((edge - 0.002) * RATE) : round((edge + 0.002) * RATE)]
        assert np.abs(near).max() < 0.02 * np.abs(sound[round(2.5 * RATE) :]).max()


def test_a_voice_that_divides_sounds_with_all_its_notes(tmp_path):
    text = "soprano: [tempo 60] E5:1\nalto: r:4\ntenor: G4:1\nbass: C3:1"
    data = write_midi(parse_score(text))
    file = mido.MidiFile(file=io.BytesIO(data))
    for track in file.tracks:  # the soprano sings a second note at once, C5
        for i, message in reversed(list(enumerate(track))):
            if message.type in ("note_on", "note_off") and message.note == 76:
                track.insert(i + 1, message.copy(note=72, time=0))
    file.save(tmp_path / "divided.mid")
    run(tmp_path / "divided.mid", "-o", tmp_path, "--plain", "--mix", "alone", "--voices", "soprano")
    sound = samples(tmp_path / "divided-soprano-alone.wav")[round(4.2 * RATE) : round(7.8 * RATE)]
    assert decibels(amplitude(sound, 72) / amplitude(sound, 76)) == pytest.approx(0, abs=1.5)


# -- time --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((), 2 + 4 + 1),  # a measure of two seconds, two of them, a second to die away
        (("--tempo", "80%"), (2 + 4) / 0.8 + 1),
        (("--tempo", "60"), 4 + 8 + 1),
        (("--count-in", 0), 4 + 1),
        (("--count-in", 2, "--tempo", "200%"), 2 + 2 + 1),
    ],
)
def test_a_track_is_as_long_as_count_in_score_and_release(chord, tmp_path, options, expected):
    run(chord, "-o", tmp_path, "--plain", "--voices", "alto", *options)
    assert seconds(tmp_path / "chord-alto.wav") == pytest.approx(expected, abs=0.05)
    assert mido.MidiFile(tmp_path / "chord-alto.mid").length == pytest.approx(expected - 1, abs=0.05)


def test_tempos_change_in_proportion_and_a_fermata_is_held_as_written(tmp_path):
    text = "soprano: [tempo 60] E5:4 F5 G5 A5^ | [tempo 120] G5:1\nbass: C3:1 | C3:1"
    score = save(tmp_path / "slow.musicxml", text)
    said = run(score, "-o", tmp_path, "--plain", "--tempo", "30")
    assert said.startswith("1 fermata is held no longer than written\n")
    assert seconds(tmp_path / "slow-all.wav") == pytest.approx(8 + 8 + 4 + 1, abs=0.05)


@pytest.mark.parametrize(
    ("text", "clicks", "begins"),
    [
        ("soprano: [tempo 60] E5:1\nbass: C3:1", [0, 1, 2, 3], 4),
        ("soprano: [tempo 60] E5:4 | E5:1\nbass: C3:4 | C3:1", [0, 1, 2, 3, 4, 5, 6], 7),
        ("soprano: [6/8] [tempo 90] E5:2.\nbass: C3:2.", [0, 1], 2),
        ("soprano: [6/8] [tempo 90] E5:8 | E5:2.\nbass: C3:8 | C3:2.", [0, 1, 2, 3], 3 + 2 / 3),
    ],
    ids=["4/4", "a pickup", "6/8", "a pickup in 6/8"],
)
def test_the_count_in_clicks_the_beats_and_completes_a_pickup(tmp_path, text, clicks, begins):
    score = save(tmp_path / "beats.musicxml", text)
    run(score, "-o", tmp_path, "--plain", "--mix", "alone", "--voices", "bass")
    found = onsets(samples(tmp_path / "beats-bass-alone.wav"))[: len(clicks) + 1]
    assert found == pytest.approx([*clicks, begins], abs=0.02)
    file = mido.MidiFile(tmp_path / "beats-bass-alone.mid")
    beats = [m.time * 60 / 60 for m in struck(file) if m.channel == 9]
    assert beats == pytest.approx(clicks, abs=0.01)


def struck(file: mido.MidiFile) -> list[mido.Message]:
    """The notes that begin, with their times in seconds."""
    found, now = [], 0.0
    for message in file:
        now += message.time
        if message.type == "note_on" and message.velocity:
            found.append(message.copy(time=now))
    return found


# -- MIDI files --------------------------------------------------------------------------------------------


def test_midi_files_have_the_notes_as_music21_reads_them(tmp_path):
    from music21.midi import MidiFile
    from music21.midi.translate import midiFileToStream

    score = save(tmp_path / "hymn.musicxml", HYMN, layout="closed")
    run(score, "-o", tmp_path, "--plain", "--tempo", "400", "--voices", "tenor", "--mix", "missing")
    file = MidiFile()
    file.readstr((tmp_path / "hymn-without-tenor.mid").read_bytes())
    stream = midiFileToStream(file, quantizePost=False)
    read = {
        part.partName: [(float(n.getOffsetInHierarchy(part)), n.pitch.midi) for n in part.flatten().notes]
        for part in stream.parts
        if part.partName in VOICES
    }
    wanted = {
        voice.name: [(float(note.onset) + 7, note.pitch) for note in voice.notes]  # 4/4 with a pickup of one
        for voice in parse_score(HYMN).voices
        if voice.name != "tenor"
    }
    assert read == wanted


@pytest.mark.parametrize(
    ("name", "volumes"),
    [
        ("chord-alto", {"soprano": 90, "alto": 127, "tenor": 90, "bass": 90}),
        ("chord-alto-alone", {"alto": 127}),
        ("chord-without-alto", {"soprano": 127, "tenor": 127, "bass": 127}),
        ("chord-all", dict.fromkeys(VOICES, 127)),
    ],
)
def test_a_volume_of_90_beside_127_is_6_db_as_general_midi_counts(tracks, name, volumes):
    found = {
        track.name: message.value
        for track in mido.MidiFile(tracks / f"{name}.mid").tracks
        for message in track
        if message.type == "control_change" and message.control == 7
    }
    assert found == volumes
    assert 40 * np.log10(127 / 90) == pytest.approx(6, abs=0.05)


# -- which voices ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "layout", "names"),
    [
        ('"Soprano 1": E5:1\n"Soprano 2": C5:1\nAlto: A4:1', "open", ["Soprano 1", "Soprano 2", "Alto"]),
        ('"Tenor 1": E4:1\n"Tenor 2": C4:1\nBaritone: A3:1\nBass: A2:1', "open",
         ["Tenor 1", "Tenor 2", "Baritone", "bass"]),
        ("Violin: E5:1\nViola: C4:1\nCello: A2:1", "open", ["Violin", "Viola", "Cello"]),
        (HYMN, "closed", list(VOICES)),
    ],
    ids=["SSA", "TTBB", "strings", "a closed score"],
)  # fmt: skip
def test_voices_have_their_own_names(tmp_path, text, layout, names):
    score = save(tmp_path / "score.musicxml", text, layout=layout)
    report = json.loads(run(score, "-o", tmp_path / "out", "--plain", "--json", "--tempo", "400"))
    assert report["voices"] == names
    assert [track["voice"] for track in report["tracks"]] == [*names, None]
    files = {Path(file).name for track in report["tracks"] for file in track["files"]}
    assert files == {path.name for path in (tmp_path / "out").iterdir()}


def test_the_piano_of_a_choir_is_not_played_and_that_is_said(tmp_path):
    choir, piano = parse_score(CHORD), played(*RAG)
    score = tmp_path / "song.musicxml"
    score.write_bytes(write_musicxml(replace(choir, voices=(*choir.voices, *piano.voices))))
    report = json.loads(run(score, "-o", tmp_path, "--plain", "--json", "--tempo", "200", "--voices", "Alto"))
    assert report["voices"] == list(VOICES)
    assert report["remarks"] == ["not played: Piano, staff 1; Piano, staff 2"]
    assert [track["voice"] for track in report["tracks"]] == ["alto", None]


def test_a_midi_file_is_practised_like_the_document(chord, tracks, tmp_path):
    (tmp_path / "chord.mid").write_bytes(write_midi(parse_score(CHORD)))
    run(tmp_path / "chord.mid", "-o", tmp_path / "out", "--plain")
    for name in (*VOICES, "all"):
        one, other = (samples(folder / f"chord-{name}.wav") for folder in (tmp_path / "out", tracks))
        same_level = np.abs(one).max() / np.abs(other).max()  # that of a folder's loudest track
        assert np.abs(one - same_level * other).max() < 1e-3
    alike = (tmp_path / "out" / "chord-all.mid").read_bytes()
    assert alike == (tracks / "chord-all.mid").read_bytes()


# -- what is refused ---------------------------------------------------------------------------------------


def test_one_voice_only_is_refused(tmp_path):
    said = run(ROOT / "scores" / "twinkle.musicxml", "-o", tmp_path / "out", exit_code=1)
    assert said == (
        "ripieno: twinkle.musicxml: soprano is the only voice, and practice tracks are for two or more; "
        "write the others first, as `ripieno harmonize` does\n"
    )
    assert not (tmp_path / "out").exists()


def test_an_empty_score_is_refused(tmp_path):
    score = save(tmp_path / "empty.musicxml", "soprano: r:1\nbass: r:1")
    said = run(score, "-o", tmp_path / "out", exit_code=1)
    assert said == "ripieno: empty.musicxml: there is not a note in it; write some voices first\n"


def test_piano_music_is_refused(tmp_path):
    score = tmp_path / "rag.musicxml"
    score.write_bytes(write_musicxml(played(*RAG)))
    said = run(score, "-o", tmp_path / "out", exit_code=1)
    assert said == (
        "ripieno: rag.musicxml: piano music has no voices to practise; name a score for a choir\n"
    )


def test_a_piece_too_long_for_memory_is_refused_at_once(tmp_path):
    score = save(tmp_path / "long.musicxml", "soprano: [16/1] " + "C5:16/1 | " * 12 + "C5:16/1\nbass: C3:1")
    said = run(score, "-o", tmp_path / "out", "--tempo", "10%", exit_code=1)
    assert said == (
        "ripieno: 2 voices of 75 minutes are too much sound at once, 60 minutes are the most; "
        "save the piece in sections\n"
    )
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        (("--voices", "altos"), 'there is no voice "altos"; the score has soprano, alto, tenor, bass'),
        (("--voices", ","), "--voices names no voice; name some with commas between, or leave it out"),
        (("--sound-font", "no.sf2"), "no.sf2: there is no such file; check the name and the folder"),
        (("--sound-font", "x.sf2", "--plain"), "--plain needs no sound font; leave out one of the two"),
        (
            ("--sound-font", ROOT / "README.md"),
            "README.md: not a sound font; name a file that ends in .sf2 or .sf3",
        ),
    ],
)
def test_an_option_that_fits_nothing_is_refused(chord, tmp_path, options, fault):
    assert run(chord, "-o", tmp_path / "out", *options, exit_code=1) == f"ripieno: {fault}\n"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("tempo", ["fast", "0%", "500", "-3", "80%%"])
def test_a_tempo_that_is_none_is_refused(chord, tmp_path, tempo):
    said = run(chord, "-o", tmp_path / "out", "--tempo", tempo, exit_code=2)
    assert f"'--tempo': \"{tempo}\": say 80%, or beats a minute such as 72, from 10 to 400\n" in said


def test_a_file_that_is_there_is_kept_unless_forced(chord, tmp_path):
    there = tmp_path / "chord-all.wav"
    there.write_bytes(b"mine")
    said = run(chord, "-o", tmp_path, "--plain", exit_code=1)
    assert said == f"ripieno: {there}: is there already; choose another name, or add --force to replace it\n"
    assert [path.name for path in tmp_path.iterdir()] == ["chord-all.wav"]
    assert there.read_bytes() == b"mine"
    run(chord, "-o", tmp_path, "--plain", "--force")
    assert len(samples(there)) > RATE


# -- with and without FluidSynth ---------------------------------------------------------------------------


def test_a_run_without_fluidsynth_has_the_plain_sound_and_says_so(chord, tracks, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    said = run(chord, "-o", tmp_path / "out").splitlines()[-1]
    assert said == (
        "7.0 seconds each; sound: ripieno's own plain sound (FluidSynth and a General MIDI sound font, "
        "where both are installed, sound better)"
    )
    font = tmp_path / "some.sf2"
    font.write_bytes(b"RIFF\0\0\0\0sfbk")
    assert run(chord, "-o", tmp_path / "more", "--sound-font", font, exit_code=1) == (
        "ripieno: --sound-font is played by FluidSynth, which is not installed; install it, or leave out "
        "--sound-font for a plain sound\n"
    )


@pytest.mark.host
def test_fluidsynth_plays_the_same_times_and_the_same_levels(tmp_path):
    from ripieno_bridges.formats.audio.fluidsynth import find_fluidsynth

    found = find_fluidsynth(None)
    host_or_skip("fluidsynth" if found else None, "FluidSynth or a sound font")
    assert found is not None
    score = save(tmp_path / "chord.musicxml", "soprano: [tempo 120] D5:1\nalto: A4:1")
    mixes = ("--mix", "louder", "--mix", "alone", "--mix", "missing")
    said = run(score, "-o", tmp_path, *mixes, "--voices", "alto")
    assert said.endswith(f"5.0 seconds each; sound: FluidSynth with {found.sound_font}\n")
    alike, louder, alone, missing = (
        samples(tmp_path / f"chord-{name}.wav") for name in ("all", "alto", "alto-alone", "without-alto")
    )
    assert onsets(alone)[-1] == pytest.approx(2, abs=0.05)
    voice, others = alone[2 * RATE :], missing[2 * RATE :]  # after the clicks
    gains, *_ = np.linalg.lstsq(np.stack([voice, others], 1), louder[2 * RATE :], rcond=None)
    assert decibels(gains[0] / gains[1]) == pytest.approx(6, abs=0.01)
    assert np.abs(voice + others - alike[2 * RATE :]).max() < 2e-4


@pytest.mark.host
def test_a_damaged_sound_font_is_named(chord, tmp_path):
    host_or_skip(shutil.which("fluidsynth"), "FluidSynth")
    font = tmp_path / "broken.sf2"
    font.write_bytes(b"RIFF\x04\0\0\0sfbk" + os.urandom(50))
    said = run(chord, "-o", tmp_path / "out", "--sound-font", font, exit_code=1)
    assert said == (
        f"ripieno: FluidSynth makes no sound with {font}; name another with --sound-font, or say --plain\n"
    )
    assert not (tmp_path / "out").exists()


# -- MP3 and OGG -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["mp3", "ogg"])
def test_mp3_and_ogg_are_as_long_as_the_wav_and_sound_like_it(tmp_path, chord, kind):
    out = run(chord, "-o", tmp_path, "--plain", "--voices", "alto", "--format", kind)
    assert f"chord-alto.wav, .{kind} and .mid: alto louder" in out
    for name in ("alto", "all"):
        decoded, rate = soundfile.read(tmp_path / f"chord-{name}.{kind}")
        played = samples(tmp_path / f"chord-{name}.wav")
        assert rate == RATE
        assert len(decoded) / rate == pytest.approx(len(played) / RATE, abs=0.05)
        inside = slice(round(4.3 * RATE), round(5.7 * RATE))
        for pitch in PITCHES.values():
            assert decibels(amplitude(decoded[inside], pitch) / amplitude(played[inside], pitch)) == (
                pytest.approx(0, abs=0.5)
            )


def test_both_formats_stand_beside_the_wav(tmp_path, chord):
    report = json.loads(
        run(
            chord,
            "-o",
            tmp_path,
            "--plain",
            "--voices",
            "alto",
            "--format",
            "ogg",
            "--format",
            "mp3",
            "--json",
        )
    )
    assert report["tracks"][0]["files"] == [
        str(tmp_path / f"chord-alto.{ending}") for ending in ("wav", "ogg", "mp3", "mid")
    ]


def test_without_soundfile_a_sentence_says_what_to_do(tmp_path, chord, monkeypatch):
    monkeypatch.setitem(sys.modules, "soundfile", None)
    assert run(chord, "-o", tmp_path / "out", "--format", "mp3", exit_code=1) == (
        "ripieno: mp3 files are written by soundfile, which is not installed; install it with "
        "`pip install soundfile`, or leave out --format for WAV alone\n"
    )
    assert not (tmp_path / "out").exists()
