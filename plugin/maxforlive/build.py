"""Build the device: ``python plugin/maxforlive/build.py`` writes ``ripieno.amxd`` from ``ripieno.maxpat``.

It also writes ``ripieno_settings_table.js`` from the table of settings in ``ripieno_bridges.api.settings``.

An .amxd file is chunks of four letters, a little-endian length, and data: ``ampf`` with the kind of device,
``meta``, ``ptch`` with the patcher as JSON. The device is not frozen: Max finds the scripts in its folder.
The same patcher always makes the same bytes.
"""

from __future__ import annotations

import json
import struct
import sys
from pathlib import Path
from typing import Any

from ripieno_bridges.api.settings import Setting, setting_named, settings_of
from ripieno_bridges.api.settings_table import as_json

FOLDER = Path(__file__).parent
PATCHER = FOLDER / "ripieno.maxpat"
DEVICE = FOLDER / "ripieno.amxd"
TABLE = FOLDER / "ripieno_settings_table.js"
MIDI_EFFECT = b"mmmm"
NOT_FROZEN = 0
CREATED = 3786912000  # seconds since 1904, as Max counts; always the same, so that the bytes are too

# Where the device is not as the table: the number box of bars serves two tasks, those of temperature and seed
# cannot be empty, and seeds are short enough to be read.
OF_THE_DEVICE: dict[str, dict[str, Any]] = {
    "bars": {"initial": setting_named("bars").default_for("continue")},
    "alternatives": {"initial": 3},
    "temperature": {"initial": 0.5},
    "seed": {"maximum": 9999, "initial": 0},
}
HEAD = """// The settings of /ripieno/set, from ripieno's table. Written by build.py; do not change it here.
// initial: the default, or what the device begins with instead (see build.py). tasks: those that use it.

/** @type {Record<string, {kind: string, minimum: any, maximum: any, initial: any, tasks: string[]}>} */
var ripienoSettingsTable = {
"""


def entry(setting: Setting) -> dict[str, Any]:
    """A setting as the device knows it."""
    fields = as_json(setting)
    found = {name: fields[name] for name in ("kind", "minimum", "maximum")}
    return (
        found
        | {"initial": fields["default"]}
        | OF_THE_DEVICE.get(setting.name, {})
        | {"tasks": setting.tasks}
    )


def table() -> dict[str, dict[str, Any]]:
    """The settings of OSC by name."""
    return {name: entry(setting) for name, setting in settings_of("osc").items()}


def table_script() -> str:
    """The table as a script."""
    lines = (f"    {json.dumps(name)}: {json.dumps(fields)}" for name, fields in table().items())
    return HEAD + ",\n".join(lines) + "\n};\n"


def chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data


def amxd(patcher: dict[str, Any]) -> bytes:
    """The file of a device with that patcher, which is left unchanged. patcher: with its outermost key."""
    inner = {**patcher["patcher"], **device_fields(patcher["patcher"]["boxes"])}
    text = json.dumps({**patcher, "patcher": inner}, indent="\t")
    return (
        chunk(b"ampf", MIDI_EFFECT)
        + chunk(b"meta", struct.pack("<I", NOT_FROZEN))
        + chunk(b"ptch", text.encode("ascii") + b"\n\0")
    )


def device_fields(boxes: list[dict[str, Any]]) -> dict[str, Any]:
    """The fields that Max adds to a patcher when it saves it as a device."""
    return {
        "parameters": parameters(boxes),
        "dependency_cache": [],
        "latency": 0,
        "project": {
            "version": 1,
            "creationdate": CREATED,
            "modificationdate": CREATED,
            "viewrect": [0.0, 0.0, 300.0, 500.0],
            "autoorganize": 1,
            "hideprojectwindow": 1,
            "showdependencies": 1,
            "autolocalize": 0,
            "contents": {"patchers": {}},
            "layout": {},
            "searchpath": {},
            "detailsvisible": 0,
            "amxdtype": int.from_bytes(MIDI_EFFECT, "big"),
            "readonly": 0,
            "devpathtype": 0,
            "devpath": ".",
            "sortmode": 0,
            "viewmode": 0,
        },
    }


def parameters(boxes: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """The parameters that Live keeps in the Set: for each control its id, long name, short name and order."""
    controls = [box["box"] for box in boxes if box["box"].get("parameter_enable")]
    values = [(box["id"], box["saved_attribute_attributes"]["valueof"]) for box in controls]
    return {
        control: [value["parameter_longname"], value["parameter_shortname"], value["parameter_order"]]
        for control, value in values
    }


def main() -> None:
    data = amxd(json.loads(PATCHER.read_text(encoding="utf-8")))
    DEVICE.write_bytes(data)
    TABLE.write_text(table_script(), encoding="utf-8", newline="\n")
    sys.stdout.write(f"{DEVICE.name}: {len(data)} bytes\n{TABLE.name}: {len(table())} settings\n")


if __name__ == "__main__":
    main()
