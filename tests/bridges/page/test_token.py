"""The page of a ripieno that others reach: it asks for the token, keeps it, and writes music with it.

In a real Chromium, over TLS and without; ``token.mjs`` records what is seen.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from common import Background, host_or_skip
from http_support import certificate_in
from node_support import tools
from ripieno_bridges import page
from ripieno_bridges.http_server.access import access_of
from ripieno_bridges.http_server.server import HttpServer
from ripieno_bridges.service.service import Service

TOKEN = "a-token-for-the-page"
HERE = Path(__file__).parent
host = pytest.mark.host


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What ``token.mjs`` saw."""
    program = host_or_skip(shutil.which("chromium") or shutil.which("google-chrome"), "Chromium")
    if page.missing():
        pytest.skip(f"the page's libraries are not there; {page.HOW_TO_GET_THEM}")
    folder = tmp_path_factory.mktemp("token")
    certificate, key = certificate_in(folder)
    with Background() as background:
        service = Service()
        over_tls = access_of("127.0.0.1", token=TOKEN, certificate=certificate, key=key)
        servers = [
            HttpServer(service, port=0, access=access)
            for access in (over_tls, access_of("0.0.0.0", token=TOKEN))
        ]
        background.do(service.start())
        for server in servers:
            background.do(server.start())
        background.do(service.ready())
        try:
            addresses = [server.address for server in servers]
            script: list[str | Path] = ["node", HERE / "token.mjs", program, *addresses, TOKEN, folder]
            environment = os.environ | {"NODE_PATH": str(tools())}
            done = subprocess.run(
                script, env=environment, capture_output=True, text=True, timeout=120, check=False
            )
        finally:
            for server in servers:
                background.do(server.stop())
            background.do(service.stop())
    assert done.returncode == 0, done.stderr
    return {**json.loads((folder / "seen.json").read_bytes()), "addresses": addresses}


@host
def test_without_the_token_the_page_has_no_tunes_but_a_field_to_type_it_in(seen: dict[str, Any]) -> None:
    assert seen["locked"] == ["ripieno asks for its token", 0]
    assert seen["wrong"] == "That is not the token of this ripieno; type it once more."
    assert seen["errors"] == []


@host
def test_the_token_stays_in_the_tab_and_goes_out_of_the_address(seen: dict[str, Any]) -> None:
    over_tls, plain = seen["addresses"]
    assert (over_tls.split(":")[0], plain.split(":")[0]) == ("https", "http")
    assert seen["typed"] == [over_tls, {"ripieno-token": TOKEN}]
    assert seen["overTls"]["kept"] == [over_tls, {"ripieno-token": TOKEN}]
    assert seen["plain"]["kept"] == [plain, {"ripieno-token": TOKEN}]


@host
@pytest.mark.parametrize("name", ["overTls", "plain"])
def test_with_the_token_in_the_address_a_melody_gets_its_voices(seen: dict[str, Any], name: str) -> None:
    assert len(seen[name]["notes"]) == 4
    assert min(seen[name]["notes"]) > 0
    assert seen[name]["isTrusted"] == (name == "overTls" or "//127." in seen["addresses"][1])
