"""Build the device: ``python plugin/maxforlive/build.py`` writes ``ripieno.amxd`` from ``ripieno.maxpat``.

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

FOLDER = Path(__file__).parent
PATCHER = FOLDER / "ripieno.maxpat"
DEVICE = FOLDER / "ripieno.amxd"
MIDI_EFFECT = b"mmmm"
NOT_FROZEN = 0
CREATED = 3786912000  # seconds since 1904, as Max counts; always the same, so that the bytes are too


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
    sys.stdout.write(f"{DEVICE.name}: {len(data)} bytes\n")


if __name__ == "__main__":
    main()
