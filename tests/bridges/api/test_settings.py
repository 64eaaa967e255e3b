"""One row in the table of settings is a setting at every interface."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from typing import Any

import pytest

from ripieno.errors import RequestError
from ripieno.score import STYLES
from ripieno.tasks import choir, piano
from ripieno_bridges.api.kinds import Choice
from ripieno_bridges.api.requests import DocumentRequest, Request, TaskName
from ripieno_bridges.api.settings import SETTINGS, read_setting, setting_named, settings_of
from ripieno_bridges.cli.main import main

ONE_ROW = """
import asyncio, json
from click.testing import CliRunner
from ripieno_bridges.api import settings
from ripieno_bridges.api.kinds import Number

row = settings.Setting(
    "boldness", Number(0, 5), "How bold the bass is.", "temperature", default=0.5, label="Boldness"
)
settings.SETTINGS += (row,)

from ripieno_bridges.api.settings_table import markdown_table
from ripieno_bridges.cli.main import main
from ripieno_bridges.http_server import handlers, openapi, parse_request
from ripieno_bridges.osc import drafts

draft = drafts.Draft()
draft.set("boldness", "1.5")
parsed = parse_request.parse_notes_task(b'{"boldness": 1.25}', "compose", ["lstm-chorales"])
fields = openapi.description()["components"]["schemas"]["ComposeBody"]["properties"]
run = CliRunner().invoke
route = handlers.HttpHandlers(None, None, b"", None).settings(None)
print(json.dumps({
    "help": run(main, ["compose", "--help"]).output,
    "too high": run(main, ["compose", "--boldness", "6"]).output,
    "osc": drafts.build_request("compose", draft, models=["lstm-chorales"]).request.temperature,
    "http": parsed.request.temperature,
    "openapi": fields["boldness"],
    "route": json.loads(asyncio.run(route).body)["settings"][-1],
    "documents": [markdown_table(interface) for interface in ("osc", "http")],
}))
"""


@pytest.fixture(scope="module")
def added() -> dict:
    """What the interfaces make of a row that is added to the table before they are imported."""
    done = subprocess.run([sys.executable, "-c", ONE_ROW], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_new_row_is_an_option_of_the_command_line(added):
    assert "--boldness NUMBER" in added["help"]
    assert "How bold the bass is." in added["help"]
    assert "[default: 0.5; 0<=x<=5]" in " ".join(added["help"].split())
    assert "6.0 is not in the range 0<=x<=5" in added["too high"]


def test_a_new_row_is_a_setting_at_osc_and_http(added):
    assert (added["osc"], added["http"]) == (1.5, 1.25)


def test_a_new_row_is_described_for_programs(added):
    schema = added["openapi"]["anyOf"]
    assert {
        "type": "number",
        "minimum": 0,
        "maximum": 5,
        "description": "How bold the bass is. [0.5]",
    } in schema
    told = added["route"]
    assert (told["name"], told["kind"], told["minimum"], told["maximum"], told["default"]) == (
        *("boldness", "number", 0, 5, 0.5),
    )
    assert (told["label"], told["help"]) == ("Boldness", "How bold the bass is.")


def test_a_new_row_is_in_the_documents(added):
    row = "| `boldness` | 0-5 | all | how bold the bass is [0.5] |"
    assert all(row in table for table in added["documents"])


def test_every_setting_fills_a_field_of_its_own_but_two_ways_to_say_the_meter():
    filled = [setting.fills for setting in SETTINGS]
    assert sorted({field for field in filled if filled.count(field) > 1}) == ["meter"]
    drafted = {"length", "replace", "task_of_respond"}  # what OSC keeps beside the request
    assert {s.fills for s in SETTINGS if not (s.of_request or s.of_document)} == drafted


def test_no_field_of_a_request_is_forgotten():
    inner = {
        "task",
        "score",
        "harmony",
        "find_key",
        "others",
        "compare",
        "check",
        "sharing",
    }  # what an interface decides itself
    filled = {setting.fills for setting in SETTINGS}
    assert set(Request.__struct_fields__) - filled == inner
    assert set(DocumentRequest.__struct_fields__) - filled == {
        "file",
        "request",
        "measures",
        "chord_sheet",  # in place of a text of chords, at the command line
        "names",  # of the files that the command line writes
    }


def test_the_engine_has_the_same_defaults():
    for performer in (choir, piano):
        defaults: list[tuple[str, TaskName, Any]] = [
            ("bars", "compose", performer.compose),
            ("bars", "continue", performer.continue_),
            ("amount", "vary", performer.vary),
        ]
        for name, task, function in defaults:
            assert inspect.signature(function).parameters[name].default == setting_named(name).default_for(
                task
            )
    assert setting_named("style").kind == Choice(STYLES)
    assert Request(task="vary").amount == setting_named("amount").default
    assert Request(task="vary").alternatives == setting_named("alternatives").default


@pytest.mark.parametrize("command", ["harmonize", "infill", "continue", "vary", "compose"])
def test_every_command_has_exactly_the_options_of_its_task(command):
    options = {parameter.name for parameter in main.commands[command].params}
    own = {"output", "force", "as_json", "score", "measures", "pickup", "no_server", "serve_port"}
    assert options - own == {s.fills for s in settings_of("cli").values() if command in s.tasks}


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("threshold", 0.5, ("threshold", 0.5)),
        ("threshold", "0.25", ("threshold", 0.25)),
        ("descent", "steps=60,rate=0.1", ("descent", {"steps": 60.0, "rate": 0.1})),
        ("descent", "steps=60 rate=0.1", ("descent", {"steps": 60.0, "rate": 0.1})),
        ("deadline", 1500, ("deadline_seconds", 1.5)),
    ],
)
def test_a_value_from_osc_is_what_the_request_holds(name, value, read):
    assert read_setting(name, value, settings_of("osc")) == read


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("threshold", 0, 'threshold cannot be "0"; it takes 0-1'),
        ("threshold", 1.5, 'threshold cannot be "1.5"; it takes 0-1'),
        ("descent", "", 'descent cannot be ""; it takes `steps=120,rate=0.1`'),
        ("descent", "steps", 'descent cannot be "steps"; it takes `steps=120,rate=0.1`'),
        ("selection", 3, 'there is no setting "selection"; there are model, bars, '),
    ],
)
def test_a_wrong_value_from_osc_is_told_with_what_is_possible(name, value, fault):
    with pytest.raises(RequestError) as caught:
        read_setting(name, value, settings_of("osc"))
    assert str(caught.value).startswith(fault)
