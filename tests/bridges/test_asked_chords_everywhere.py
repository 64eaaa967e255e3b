"""Chords that are asked for are law at every interface, and with every network for a choir."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from hypothesis import given, settings

from asked_songs import AskedChord, AskedSong, Sounding, asked_songs, check_asked_chords, sounding_notes
from common import Background
from http_support import TICKS, client, notes_body
from osc_support import Client, connect, notes_in
from ripieno.text.notation import parse_score
from ripieno_bridges.cli.main import main
from ripieno_bridges.formats.files import load
from ripieno_bridges.formats.musicxml.writer import write_musicxml
from ripieno_bridges.http_server.server import HttpServer
from ripieno_bridges.osc.server import OscServer
from ripieno_bridges.piece import open_score
from ripieno_bridges.service.service import Service

SOME = settings(max_examples=max(settings().max_examples // 8, 3))
CHOIR_MODELS = ("lstm-chorales", "bachbot-chorales", "rbm-chorales", "dbn-chorales")
QUICK: dict[str, Any] = {"seed": 1, "beam": 1}
VOICES = ("soprano", "alto", "tenor", "bass")


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[HttpServer, OscServer, Background]]:
    """One engine behind OSC and HTTP, as `ripieno serve` has it."""
    with Background() as background:
        service = Service()
        http, osc = HttpServer(service, port=0), OscServer(service, port=0)
        for part in (service, http, osc):
            background.do(part.start())
        background.do(service.ready())
        try:
            yield http, osc, background
        finally:
            for part in (http, osc, service):
                background.do(part.stop())


@pytest.fixture(scope="module")
def http(servers: tuple[HttpServer, OscServer, Background]) -> Iterator[httpx.Client]:
    with client(servers[0]) as http:
        yield http


def plain_melody(song: AskedSong) -> bytes:
    """A document of the melody alone."""
    return write_musicxml(parse_score(song.notes()))


# -- Python and the command line ---------------------------------------------------------------------------


def harmonized_in_python(song: AskedSong, model: str) -> list[Sounding]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "song.musicxml")
        path.write_bytes(plain_melody(song))
        (version,) = open_score(path).harmonize(model=model, chords=song.text(), **QUICK)
    return sounding_notes(version.score)


@SOME
@given(asked_songs())
def test_chords_hold_in_python(song: AskedSong):
    check_asked_chords(song, harmonized_in_python(song, "lstm-chorales"))


@pytest.mark.parametrize("model", CHOIR_MODELS)
def test_chords_hold_with_every_network(model: str):
    """One song: networks of keys sample for seconds where chords are as odd as random ones."""
    chords = (AskedChord(0, "C", "sus4"), AskedChord(1, "F#", "m7b5", 1), AskedChord(3, "Ab", "maj7"))
    song = AskedSong(("C5", "A4", "C5", "Bb4"), chords)
    check_asked_chords(song, harmonized_in_python(song, model))


def harmonized_by_command(name: str, data: bytes, *options: str) -> list[Sounding]:
    """The notes of the file that ``ripieno harmonize`` writes."""
    with tempfile.TemporaryDirectory() as folder:
        path, out = Path(folder, name), Path(folder, "out.musicxml")
        path.write_bytes(data)
        arguments = ["harmonize", str(path), "-o", str(out), "--seed", "1", "--beam", "1", *options]
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code == 0, result.output
        return sounding_notes(load(out).score)


@SOME
@given(asked_songs())
def test_chords_hold_at_the_command_line(song: AskedSong):
    notes = harmonized_by_command("song.musicxml", plain_melody(song), "--chords", song.text())
    check_asked_chords(song, notes)


@SOME
@given(asked_songs())
def test_the_chords_of_an_abc_tune_hold(song: AskedSong):
    check_asked_chords(song, harmonized_by_command("song.abc", song.abc()))


@SOME
@given(asked_songs())
def test_the_block_chords_of_a_midi_file_hold(song: AskedSong):
    check_asked_chords(song, harmonized_by_command("song.mid", song.midi()), names_known=False)


# -- HTTP --------------------------------------------------------------------------------------------------


def asked_over_http(http: httpx.Client, route: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = http.post(route, json=body)
    assert answer.status_code == 200, answer.text
    (alternative,) = answer.json()["alternatives"]
    return alternative


def new_notes(alternative: dict[str, Any]) -> list[Sounding]:
    """The notes of an answer, which has the new voices alone."""
    return [
        (line["voice"], Fraction(e["tick"], TICKS), Fraction(e["tick"] + e["ticks"], TICKS), e["pitch"])
        for line in alternative["voices"]
        for e in line["events"]
        if e.get("pitch") is not None
    ]


@SOME
@given(song=asked_songs())
def test_a_text_of_chords_holds_over_http(http: httpx.Client, song: AskedSong):
    body = notes_body(song.notes(), chords=song.text(), **QUICK)
    check_asked_chords(song, new_notes(asked_over_http(http, "/v1/harmonize", body)))


@SOME
@given(song=asked_songs())
def test_a_list_of_chords_holds_over_http(http: httpx.Client, song: AskedSong):
    ends = [chord.onset for chord in song.chords[1:]] + [len(song.melody)]
    harmony = [
        {"tick": chord.onset * TICKS, "ticks": (end - chord.onset) * TICKS, "symbol": str(chord)}
        for chord, end in zip(song.chords, ends, strict=True)
    ]
    body = notes_body(song.notes(), harmony=harmony, **QUICK)
    check_asked_chords(song, new_notes(asked_over_http(http, "/v1/harmonize", body)))


@SOME
@given(song=asked_songs())
def test_the_chord_symbols_of_a_document_hold_over_http(http: httpx.Client, song: AskedSong):
    body = {"document": song.musicxml().decode(), **QUICK}
    alternative = asked_over_http(http, "/v1/musicxml/harmonize", body)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "answer.musicxml")
        path.write_text(alternative["document"], encoding="utf-8")
        check_asked_chords(song, sounding_notes(load(path).score))


# -- OSC ---------------------------------------------------------------------------------------------------


async def harmonized_over_osc(osc: OscServer, song: AskedSong) -> list[Sounding]:
    """The notes that OSC sends back. The chords go in as one text."""
    osc_client: Client = await connect(osc)
    try:
        osc_client.send("seed", 1, *(v for i, p in enumerate(song.pitches) for v in (p, float(i), 1.0)))
        for name, value in {**QUICK, "chords": song.text()}.items():
            osc_client.send("set", 1, name, value)
        messages = await asyncio.wait_for(osc_client.ask("harmonize", 1), 30)
    finally:
        osc_client.transport.close()
    assert messages[-1].address == "/ripieno/done", messages[-1]
    return [
        (VOICES[voice], Fraction(start), Fraction(start) + Fraction(length), pitch)
        for voice, pitch, start, length, _ in notes_in(messages)
    ]


@SOME
@given(song=asked_songs())
def test_a_text_of_chords_holds_over_osc(servers: tuple[HttpServer, OscServer, Background], song: AskedSong):
    _, osc, background = servers
    check_asked_chords(song, background.do(harmonized_over_osc(osc, song)))
