"""The Containerfile: its rules, its command, and its check of the server's health, which is run for real."""

from __future__ import annotations

import json
import re
import subprocess
from typing import Any

import pytest

from common import ROOT
from http_support import ServiceStandIn, bare
from ripieno_bridges.cli.serve import HTTP_PORT, serve
from ripieno_bridges.http_server.access import access_of
from ripieno_bridges.service.service import Status

TEXT = (ROOT / "Containerfile").read_text("utf-8")


def instructions() -> list[tuple[str, str]]:
    """(instruction, what follows), without comments and with continued lines joined."""
    lines = "\n".join(line for line in TEXT.splitlines() if not line.startswith("#"))
    joined = re.sub(r"\s*\\\n\s*", " ", lines)
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in joined.splitlines() if line)]


def last_stage() -> list[tuple[str, str]]:
    found = instructions()
    return found[max(i for i, (name, _) in enumerate(found) if name == "FROM") :]


def one(name: str) -> str:
    """What follows an instruction that the last stage has once."""
    (rest,) = [rest for found, rest in last_stage() if found == name]
    return rest


def test_it_does_not_run_as_root_and_does_nothing_as_root_in_the_image_that_runs() -> None:
    user, group = one("USER").split(":")
    assert int(user) > 0
    assert int(group) > 0
    assert "RUN" not in dict(last_stage())


def test_nothing_is_fetched_unchecked_and_no_secret_is_in_it() -> None:
    assert "ADD" not in dict(instructions())
    assert not re.search(r"curl|wget|TOKEN|PASSWORD|--privileged", TEXT)
    images = [rest for name, rest in instructions() if name == "ARG" and "/" in rest and "://" not in rest]
    assert images
    assert all(re.search(r":\d", image) for image in images), "a version of the image is named"


def test_its_command_is_one_of_ripieno_and_its_port_the_one_that_is_served() -> None:
    assert json.loads(one("ENTRYPOINT")) == ["ripieno"]
    name, *arguments = json.loads(one("CMD"))
    assert name == "serve"
    given = serve.make_context(name, arguments).params
    assert (given["host"], given["http_port"], given["osc_host"]) == ("0.0.0.0", HTTP_PORT, "127.0.0.1")
    assert int(one("EXPOSE")) == HTTP_PORT


def test_what_the_build_needs_is_not_kept_out() -> None:
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    let_in = {line[1:] for line in ignored if line.startswith("!")}
    assert "*" in ignored
    assert {path.split("/")[0] for path in ("engine/ripieno", "bridges/ripieno_bridges")} <= let_in
    assert {"pyproject.toml", "constraints.txt", "hatch_build.py", "README.md", "LICENSE"} <= let_in
    assert {"scores", "plugin"} <= let_in, "hatch_build.py packs them"
    assert all((ROOT / name).exists() for name in let_in)


class Loading(ServiceStandIn):
    def status(self) -> Status:
        return Status("loading", 0, 0, 0, 0, 0, 0, state="loading")


@pytest.mark.parametrize(("service", "is_well"), [(ServiceStandIn(), True), (Loading(), False)])
def test_the_check_of_its_health_says_whether_it_takes_work(service: Any, is_well: bool) -> None:
    command = json.loads(one("HEALTHCHECK").partition("CMD ")[2])
    access = access_of("0.0.0.0", token="a-token-for-the-test", names=("music.school.example",))
    with bare(service, access) as (server, _):
        command = [word.replace(str(HTTP_PORT), str(server.port)) for word in command]
        done = subprocess.run(command, capture_output=True, check=False, timeout=30)
    assert (done.returncode == 0) == is_well, done.stderr
