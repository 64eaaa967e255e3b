"""Impatient neighbours: whoever reloads a page or presses cancel costs nobody else an answer."""

from __future__ import annotations

import json
import random
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from common import SCORES
from http_support import client, engine, notes_body, post
from ripieno.text.notation import parse_score
from ripieno_bridges.formats.musicxml.writer import write_musicxml
from ripieno_bridges.http_server.server import HOST, HttpServer

BIG = write_musicxml(parse_score(" | ".join(["C5:8 D5 E5 F5 G5 F5 E5 D5"] * 1000))).decode()
TWINKLE = next(path for path in SCORES if path.stem == "twinkle").read_text("utf-8")


@pytest.fixture(scope="module")
def server() -> Iterator[HttpServer]:
    with engine() as (server, _):
        yield server


def hang_up(server: HttpServer, number: int) -> None:
    """Ask for a large document, and close the connection as a page does that is loaded again."""
    body = json.dumps({"document": BIG, "id": f"left-{number}", "seed": 1}).encode()
    with socket.create_connection((HOST, server.port), timeout=30) as connection:
        connection.sendall(post("/v1/musicxml/harmonize", server.port, body))
        time.sleep(random.Random(number).uniform(0, 0.5))


def press_cancel(server: HttpServer, number: int) -> None:
    """Ask for a long piece, and cancel it by its id."""
    with client(server) as http, ThreadPoolExecutor(1) as pool:
        body = {"bars": 512, "seed": 1, "id": f"left-{number}"}
        sent = pool.submit(httpx.post, f"{server.address}v1/compose", json=body, timeout=120)
        while http.delete(f"/v1/requests/left-{number}").status_code == 404 and not sent.done():
            pass
        assert sent.result(30).status_code in (409, 503)  # 503: 256 wait already


@pytest.mark.parametrize(
    ("many", "every_seconds"), [(8, 0.2), pytest.param(50, 60 / 50, marks=pytest.mark.long)]
)
def test_beside_so_many_who_cancel_as_many_get_their_answers(
    server: HttpServer, many: int, every_seconds: float
) -> None:
    ended = threading.Event()

    def come_and_go() -> None:
        for number in range(many):
            (hang_up if number % 2 else press_cancel)(server, number)
            ended.wait(every_seconds)

    def ask(number: int) -> int:
        with client(server) as http:
            if number % 2:
                answer = http.post("/v1/harmonize", json=notes_body(seed=number), timeout=120)
            else:
                answer = http.post("/v1/musicxml/read", json={"document": TWINKLE}, timeout=120)
            return answer.status_code

    with ThreadPoolExecutor(5) as pool:
        impatient = pool.submit(come_and_go)
        answers = list(pool.map(ask, range(many)))
        ended.set()
        impatient.result(120)
    assert answers == [200] * many
