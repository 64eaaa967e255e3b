"""Start a ripieno in its container, and ask it for music; see ``.ci/container``."""

import json
import os
import subprocess
import time
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

ADDRESS = "http://127.0.0.1:7411"
HEADERS = {"Content-Type": "application/json"}
BODY = json.dumps({"bars": 2, "seed": 1}).encode()
TOKEN = "a-token-for-this-test"
PATIENCE_SECONDS = 60


def is_ready() -> bool:
    """Whether the server takes work."""
    try:
        with urlopen(f"{ADDRESS}/v1/health", timeout=4):
            return True
    except URLError:
        return False


def status_of(headers: dict[str, str]) -> int:
    """The status with which a request is answered."""
    try:
        with urlopen(Request(f"{ADDRESS}/v1/compose", BODY, HEADERS | headers), timeout=60) as response:
            assert len(json.load(response)["alternatives"][0]["voices"]) == 4
            return int(response.status)
    except HTTPError as exc:
        return exc.code


assert os.getuid() != 0, "the container runs as root"
command = ["ripieno", "serve", "--host", "0.0.0.0", "--workers", "2"]
with subprocess.Popen(command, env={**os.environ, "RIPIENO_TOKEN": TOKEN}) as server:
    try:
        end = time.monotonic() + PATIENCE_SECONDS
        while not is_ready():
            assert server.poll() is None, "the server has ended"
            assert time.monotonic() < end, "the server does not become ready"
            time.sleep(0.5)
        assert (status_of({}), status_of({"Authorization": f"Bearer {TOKEN}"})) == (401, 200)
        with urlopen(ADDRESS, timeout=4) as page:
            assert b"<title>ripieno</title>" in page.read()
    finally:
        server.terminate()
print("the container answers")
