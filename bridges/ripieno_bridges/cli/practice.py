"""The command practice: tracks to practise with, for each voice of a score."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ripieno.errors import FileError, RequestError, count_text, printable
from ripieno_bridges.cli.output import progress_bar, report_errors
from ripieno_bridges.cli.param_types import SCORE_FILE
from ripieno_bridges.file_errors import unwritable

if TYPE_CHECKING:
    from ripieno_bridges.formats.audio.compressed import Compressed
    from ripieno_bridges.formats.audio.fluidsynth import FluidSynth
    from ripieno_bridges.formats.files import Source
    from ripieno_bridges.formats.practice.performance import Performance, TempoChange
    from ripieno_bridges.formats.practice.tracks import PracticeTrack

MIXES = ("louder", "alone", "missing")
TEMPO = re.compile(r"(\d{1,4}(?:\.\d{1,4})?)\s*(%?)")
MIN_TEMPO, MAX_TEMPO = 10, 400  # per cent, and beats a minute
RENDERING = 0.8  # of the work; the rest is mixing and saving


class TempoType(click.ParamType["TempoChange"]):
    """A tempo: 80% of the score's, or 72 beats a minute."""

    name = "80%|beats"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> TempoChange:
        """The change of tempo."""
        from ripieno_bridges.formats.practice.performance import TempoChange

        if not isinstance(value, str):
            return value  # type: ignore[no-any-return] # converted already
        found = TEMPO.fullmatch(value.strip())
        if found is None or not MIN_TEMPO <= float(found[1]) <= MAX_TEMPO:
            self.fail(
                f'"{value}": say 80%, or beats a minute such as 72, from {MIN_TEMPO} to {MAX_TEMPO}',
                param,
                ctx,
            )
        number = float(found[1])
        return TempoChange(number / 100) if found[2] else TempoChange(None, number)


@click.command()
@click.argument("score", type=SCORE_FILE)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("practice"),
    show_default=True,
    help="The folder for the tracks.",
)
@click.option(
    "--mix",
    "mixes",
    type=click.Choice(MIXES),
    multiple=True,
    default=(MIXES[0],),
    show_default=True,
    help="Each voice 6 dB louder than the others, alone, or missing; may be said several times.",
)
@click.option("--voices", help="Whose tracks to make, with commas between; else every voice's.")
@click.option(
    "--tempo",
    type=TempoType(),
    default="100%",
    show_default=True,
    help="A share of the score's tempo, or beats a minute: 80%, or 72.",
)
@click.option(
    "--count-in",
    type=click.IntRange(0, 4),
    default=1,
    show_default=True,
    help="Measures that are counted before the beginning.",
)
@click.option(
    "--format",
    "kinds",
    type=click.Choice(("mp3", "ogg")),
    multiple=True,
    help="Besides WAV also MP3 or Ogg Vorbis, where soundfile is installed; may be said twice.",
)
@click.option(
    "--sound-font", type=click.Path(path_type=Path), help="A General MIDI sound font for FluidSynth."
)
@click.option("--plain", is_flag=True, help="ripieno's own plain sound, also where FluidSynth is installed.")
@click.option("--tune", help="Which tune of an ABC file with several: its number (X:) or its title.")
@click.option("--force", is_flag=True, help="Replace files that are there already.")
@click.option("--json", "as_json", is_flag=True, help="Report in JSON, for programs.")
@report_errors
def practice(score: Path, output: Path, plain: bool, sound_font: Path | None, **options: Any) -> None:
    """Make practice tracks of a score: for each voice a WAV and a MIDI file in which it is louder, alone, or
    missing, and one of each with all voices alike; also MP3 and OGG.
    """  # noqa: D205 - click shows the first paragraph
    from ripieno_bridges.formats.audio.compressed import check_encoder
    from ripieno_bridges.formats.audio.fluidsynth import find_fluidsynth
    from ripieno_bridges.formats.files import check_free, read_score_bytes, read_source, with_one_tune
    from ripieno_bridges.formats.practice.performance import perform
    from ripieno_bridges.formats.practice.sung_parts import sung_parts
    from ripieno_bridges.formats.practice.tracks import chosen_voices, plan_tracks

    if plain and sound_font is not None:
        raise RequestError("--plain needs no sound font; leave out one of the two")
    kinds = list(dict.fromkeys(options["kinds"]))
    for kind in kinds:
        check_encoder(kind)
    source = read_source(score, with_one_tune(score, read_score_bytes(score), options["tune"]))
    parts, remarks = sung_parts(source)
    names = [part.name for part in parts]
    chosen = chosen_voices(names, voices_asked(options["voices"]))
    tracks = plan_tracks(score.stem, names, chosen, list(dict.fromkeys(options["mixes"])))
    synth = None if plain else find_fluidsynth(sound_font)
    performance = perform(source.score, parts, options["tempo"], options["count_in"])
    with (
        folder_for_results(output),
        progress_bar("playing the voices", quiet=options["as_json"]) as progress,
    ):
        for track in tracks:
            for path in paths_of(track, output, kinds):
                check_free(path, force=options["force"])
        files = {track.stem: paths_of(track, output, kinds) for track in tracks}
        seconds = write_tracks(tracks, performance, synth, files, force=options["force"], progress=progress)
    report = {
        "folder": str(output),
        "sound": "plain" if synth is None else "fluidsynth",
        "sound_font": None if synth is None else str(synth.sound_font),
        "seconds": round(seconds, 3),
        "voices": names,
        "remarks": [*source.remarks, *remarks, *remarks_on(source, options["tempo"])],
        "tracks": [
            {"files": [str(path) for path in files[track.stem]], "voice": track.voice, "mix": track.mix}
            for track in tracks
        ],
    }
    if options["as_json"]:
        click.echo(json.dumps(report))
    else:
        show(report, tracks)


def voices_asked(text: str | None) -> list[str] | None:
    """The names in "alto, tenor"; ``None`` where nothing is asked."""
    names = None if text is None else [name.strip() for name in text.split(",") if name.strip()]
    if names == []:
        raise RequestError("--voices names no voice; name some with commas between, or leave it out")
    return names


def paths_of(track: PracticeTrack, folder: Path, kinds: Sequence[Compressed]) -> list[Path]:
    """The files of a track: its sound as WAV, as what else is wanted, and MIDI."""
    return [folder / f"{track.stem}.{ending}" for ending in ("wav", *kinds, "mid")]


def write_tracks(
    tracks: Sequence[PracticeTrack],
    performance: Performance,
    synth: FluidSynth | None,
    files: Mapping[str, Sequence[Path]],
    *,
    force: bool,
    progress: Callable[[float], None],
) -> float:
    """Make the sound and write all files, or none; returns the length of a track in seconds.

    files: of each track, by its stem, with the endings that say what they are.
    """
    from ripieno_bridges.formats.audio.compressed import compressed_bytes
    from ripieno_bridges.formats.audio.samples import RATE, wav_bytes
    from ripieno_bridges.formats.files import save_all
    from ripieno_bridges.formats.practice.recording import record
    from ripieno_bridges.formats.practice.track_midi import track_midi

    recording = record(performance, synth, lambda share: progress(RENDERING * share))
    scale = recording.scale_for(tracks)

    def encoded() -> Iterator[tuple[Path, bytes]]:
        for number, track in enumerate(tracks, 1):
            wav, *others, midi = files[track.stem]
            sound = scale * recording.mix(track)
            yield wav, wav_bytes(sound)
            for path in others:
                yield path, compressed_bytes(sound, "mp3" if path.suffix == ".mp3" else "ogg")
            yield midi, track_midi(performance, track.gains)
            progress(RENDERING + (1 - RENDERING) * number / len(tracks))

    save_all(encoded(), force=force)
    return len(recording.clicks) / RATE


@contextmanager
def folder_for_results(folder: Path) -> Iterator[None]:
    """A folder, made where there is none; one that was made is taken away where nothing came into it."""
    if folder.exists() and not folder.is_dir():
        raise FileError(printable(str(folder)), "a file; name a folder for the tracks")
    new = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise unwritable(folder, exc) from exc
    try:
        yield
    finally:
        if new:
            with suppress(OSError):
                folder.rmdir()  # only an empty folder goes


def remarks_on(source: Source, tempo: TempoChange) -> list[str]:
    """What is played otherwise than one might think: repeats, fermatas, a missing tempo."""
    remarks = []
    if source.document is not None and next(source.document.xml.root.iter("repeat"), None) is not None:
        remarks.append("repeats are played once")
    fermatas = {note.end for voice in source.score.voices for note in voice.notes if note.fermata}
    if fermatas:
        many = count_text(len(fermatas), "fermata")
        remarks.append(f"{many} {'is' if len(fermatas) == 1 else 'are'} held no longer than written")
    if not source.score.tempos and tempo.beats_per_minute is None:
        remarks.append("no tempo is written: 120 quarters a minute are taken; --tempo says another")
    return remarks


def show(report: dict[str, Any], tracks: Sequence[PracticeTrack]) -> None:
    """Say what was made, for people."""
    for remark in report["remarks"]:
        click.echo(remark)
    for track, entry in zip(tracks, report["tracks"], strict=True):
        said = "all voices alike" if track.voice is None else f"{track.voice} {track.mix}"
        first, *others = entry["files"]
        endings = [Path(other).suffix for other in others]
        click.echo(f"{', '.join([first, *endings[:-1]])} and {endings[-1]}: {said}")
    font = report["sound_font"]
    sound = "ripieno's own plain sound" if font is None else f"FluidSynth with {printable(font)}"
    if font is None:
        sound += " (FluidSynth and a General MIDI sound font, where both are installed, sound better)"
    click.echo(f"{report['seconds']:.1f} seconds each; sound: {sound}")
