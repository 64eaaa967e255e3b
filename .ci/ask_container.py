"""Ask a ripieno in a container for music, with its token and without: ``.ci/container`` runs it inside."""

import json
import os
from urllib.error import HTTPError
from urllib.request import Request, urlopen

BODY = json.dumps({"bars": 2, "seed": 1}).encode()
HEADERS = {"Content-Type": "application/json"}
TOKEN = {"Authorization": f"Bearer {os.environ['RIPIENO_TOKEN']}"}


def status_of(headers: dict[str, str]) -> int:
    """The status with which a request is answered."""
    request = Request("http://127.0.0.1:7411/v1/compose", BODY, HEADERS | headers)
    try:
        with urlopen(request, timeout=60) as response:  # noqa: S310 - an address of our own
            assert len(json.load(response)["alternatives"][0]["voices"]) == 4
            return int(response.status)
    except HTTPError as exc:
        return exc.code


assert os.getuid() != 0, "the container runs as root"
assert (status_of({}), status_of(TOKEN)) == (401, 200)
