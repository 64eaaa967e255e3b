"""The Max for Live device: its file, its patch cords, its texts, and its scripts in Node.

Neither Max nor Live is run. The tests check that the file has the form of devices that Max writes, that every
cord leads somewhere, and that the scripts work with stand-ins for Live and Max.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import re
import shutil
import struct
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import pytest

from common import ROOT, host_or_skip
from osc_support import SOON, StandIn, asynchronous, serving
from ripieno import __version__
from ripieno_bridges.api.kinds import Number
from ripieno_bridges.api.settings import setting_named, settings_of
from ripieno_bridges.api.settings_table import as_json

DEVICE = ROOT / "plugin" / "maxforlive"
SCRIPTS = Path(__file__).parent
NODE_TESTS = sorted(SCRIPTS.glob("*.test.js"))
OVER_UDP = SCRIPTS / "over_udp.js"
HEIGHT = 169  # pixels: that of every device in Live
MENU_OUTLETS, NUMBER_OUTLETS = 3, 2


def chunks(data: bytes) -> dict[bytes, bytes]:
    """The chunks of an .amxd file by their names, every byte belonging to one."""
    found = {}
    while data:
        name, (length,) = data[:4], struct.unpack("<I", data[4:8])
        assert name not in found
        assert len(data) >= 8 + length
        found[name], data = data[8 : 8 + length], data[8 + length :]
    return found


def patcher_of(data: bytes) -> dict:
    return json.loads(chunks(data)[b"ptch"].removesuffix(b"\n\0"))["patcher"]


@pytest.fixture(scope="module")
def device() -> bytes:
    return (DEVICE / "ripieno.amxd").read_bytes()


@pytest.fixture(scope="module")
def patcher(device: bytes) -> dict:
    return patcher_of(device)


@pytest.fixture(scope="module")
def boxes(patcher: dict) -> dict[str, dict]:
    return {box["box"]["id"]: box["box"] for box in patcher["boxes"]}


@pytest.fixture(scope="module")
def scripts() -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(DEVICE.glob("*.js"))}


# -- the file ----------------------------------------------------------------------------------------------


def test_it_begins_as_every_midi_effect_does(device):
    # a m p f | 4 | m m m m    m e t a | 4 | 0    p t c h
    assert device[:28].hex(" ", 4) == "616d7066 04000000 6d6d6d6d 6d657461 04000000 00000000 70746368"


def test_its_chunks_are_whole_and_nothing_comes_after_them(device):
    found = chunks(device)
    assert list(found) == [b"ampf", b"meta", b"ptch"]
    assert found[b"ptch"].endswith(b"}\n\0")


def test_the_patcher_says_that_it_is_a_midi_effect(patcher):
    assert patcher["project"]["amxdtype"] == 1835887981
    assert patcher["project"]["amxdtype"].to_bytes(4, "big") == b"mmmm"


def test_it_is_what_the_patch_in_git_makes(tmp_path):
    copy = tmp_path / "maxforlive"
    shutil.copytree(DEVICE, copy)
    (copy / "ripieno.amxd").unlink()
    subprocess.run([sys.executable, str(copy / "build.py")], check=True, capture_output=True)
    built = (copy / "ripieno.amxd").read_bytes()
    assert built == (DEVICE / "ripieno.amxd").read_bytes(), "run: python plugin/maxforlive/build.py"


@pytest.fixture(scope="module")
def build():
    """build.py as a module."""
    spec = importlib.util.spec_from_file_location("build_of_the_device", DEVICE / "build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_script_of_settings_is_what_the_table_makes(build, scripts):
    assert scripts["ripieno_settings_table.js"] == build.table_script(), (
        "run: python plugin/maxforlive/build.py"
    )


NUMBER_BOXES = {  # name: (setting, its unit in the box)
    "Bars": ("bars", 1),
    "Versions": ("alternatives", 1),
    "Temperature": ("temperature", 1),
    "Seed": ("seed", 1),
    "Vary by": ("amount", 100),
}


def test_number_boxes_have_the_bounds_and_first_values_of_the_table(build, boxes):
    table = build.table()
    found = {box["varname"]: box for box in boxes.values() if box["maxclass"] == "live.numbox"}
    assert set(found) == set(NUMBER_BOXES)
    for label, (name, unit) in NUMBER_BOXES.items():
        value = found[label]["saved_attribute_attributes"]["valueof"]
        has = (value["parameter_mmin"], value["parameter_mmax"], value["parameter_initial"])
        wanted = table[name]
        assert has == (wanted["minimum"] * unit, wanted["maximum"] * unit, [wanted["initial"] * unit]), label


def test_the_device_is_not_as_the_table_only_where_it_says_so(build):
    differs = {
        name: {field: entry[field] for field in ("minimum", "maximum") if entry[field] != as_json(row)[field]}
        | ({"initial": entry["initial"]} if entry["initial"] != as_json(row)["default"] else {})
        for (name, entry), row in zip(build.table().items(), settings_of("osc").values(), strict=True)
    }
    assert {name: fields for name, fields in differs.items() if fields} == build.OF_THE_DEVICE
    for name, fields in build.OF_THE_DEVICE.items():
        kind = setting_named(name).kind
        assert isinstance(kind, Number)
        assert all(kind.contains(value) for value in fields.values()), name


def test_every_control_is_in_the_list_of_what_live_keeps(patcher, boxes):
    controls = {key for key, box in boxes.items() if box.get("parameter_enable")}
    assert set(patcher["parameters"]) == controls
    names = [name for name, _, _ in patcher["parameters"].values()]
    assert len(set(names)) == len(names) == 10
    assert sorted(place for _, _, place in patcher["parameters"].values()) == list(range(10))


# -- the patch ---------------------------------------------------------------------------------------------


def test_no_two_boxes_have_one_id(patcher, boxes):
    assert len(boxes) == len(patcher["boxes"])


def test_every_cord_goes_from_an_outlet_to_an_inlet_that_there_is(patcher, boxes):
    for line in patcher["lines"]:
        (source, outlet), (destination, inlet) = (
            line["patchline"]["source"],
            line["patchline"]["destination"],
        )
        assert 0 <= outlet < boxes[source]["numoutlets"], line
        assert 0 <= inlet < boxes[destination]["numinlets"], line


def test_no_cord_lies_there_twice(patcher):
    cords = [json.dumps(line, sort_keys=True) for line in patcher["lines"]]
    assert len(set(cords)) == len(cords)


@pytest.mark.parametrize(
    ("text", "inlets", "outlets"),
    [
        ("midiin", 1, 1),
        ("midiout", 1, 0),
        ("live.thisdevice", 1, 3),
        ("t b b", 1, 2),
        ("deferlow", 1, 1),
        ("js ripieno.js", 1, 3),
        ("udpsend 127.0.0.1 7400", 1, 0),
        ("udpreceive 7420 @quiet 1", 1, 1),
        ("route status light seed models", 5, 5),
    ],
)
def test_an_object_has_the_inlets_and_outlets_that_max_gives_it(boxes, text, inlets, outlets):
    found = [box for box in boxes.values() if box.get("text") == text and box["maxclass"] == "newobj"]
    assert found
    assert all((box["numinlets"], box["numoutlets"]) == (inlets, outlets) for box in found)
    assert all(len(box.get("outlettype", [])) == outlets for box in found)


def reaches(patcher: dict, boxes: dict[str, dict], start: str, outlet: int = 0) -> list[str]:
    """The boxes that a message from an outlet goes through, while each box has one cord to follow."""
    texts: list[str] = []
    where = (start, outlet)
    while True:
        following = [
            line["patchline"]["destination"][0]
            for line in patcher["lines"]
            if line["patchline"]["source"] == list(where)
        ]
        if len(following) != 1:
            return texts
        texts.append(boxes[following[0]].get("text", boxes[following[0]]["maxclass"]))
        where = (following[0], 0)
        if texts[-1] == "js ripieno.js":
            return texts


def box_with(boxes: dict[str, dict], text: str) -> str:
    return next(key for key, box in boxes.items() if box.get("text") == text)


def test_midi_passes_through(patcher, boxes):
    assert reaches(patcher, boxes, box_with(boxes, "midiin")) == ["midiout"]


def test_the_script_starts_when_live_is_ready_and_the_controls_have_sent_their_values(patcher, boxes):
    start = box_with(boxes, "live.thisdevice")
    assert reaches(patcher, boxes, start) == ["t b b", "deferlow", "js ripieno.js"]
    # A trigger's right outlet sends first.
    assert reaches(patcher, boxes, box_with(boxes, "t b b"), 1) == ["outputvalue"]
    controls = {
        line["patchline"]["destination"][0]
        for line in patcher["lines"]
        if line["patchline"]["source"] == [box_with(boxes, "outputvalue"), 0]
    }
    assert controls == set(patcher["parameters"])


def test_messages_come_in_order_and_under_one_name(patcher, boxes):
    """``deferlow`` keeps the order; ``prepend`` keeps packets from calling other functions of the script."""
    start = box_with(boxes, "udpreceive 7420 @quiet 1")
    assert reaches(patcher, boxes, start) == ["deferlow", "prepend reply", "js ripieno.js"]


@pytest.mark.parametrize(
    "word", ["ping", "harmonize", "continue", "compose", "vary", "cancel", "keep", "next"]
)
def test_a_button_sends_the_press_that_it_names(patcher, boxes, word):
    button = next(
        key
        for key, box in boxes.items()
        if box["maxclass"] == "live.text" and box["text"] == word.capitalize()
    )
    assert boxes[button]["mode"] == 0, "a button, not a toggle"
    assert reaches(patcher, boxes, button) == [f"press {word}", "js ripieno.js"]


def test_a_control_sets_what_the_script_knows(patcher, boxes, scripts):
    known = re.search(r"this\.values = \{(.*?)\}", scripts["ripieno_settings.js"], re.DOTALL)
    assert known
    names = set(re.findall(r"(\w+):", known[1]))
    outlets = {"live.menu": 1, "live.numbox": 0, "live.text": 0}  # a menu's second outlet sends the text
    found = set()
    for key in patcher["parameters"]:
        first, script = reaches(patcher, boxes, key, outlets[boxes[key]["maxclass"]])
        assert script == "js ripieno.js"
        found.add(first.removeprefix("prepend setting "))
    assert found == names


def test_controls_begin_with_what_the_script_begins_with(boxes, patcher, scripts, build):
    values = re.search(r"this\.values = (\{.*?\});", scripts["ripieno_settings.js"], re.DOTALL)
    assert values
    text = values[1].replace("DEFAULT_MODEL", '"default"').replace("CHOIR", '"Choir"')
    text = re.sub(r"TABLE\.(\w+)\.initial", lambda found: str(build.table()[found[1]]["initial"]), text)
    begins = json.loads(re.sub(r"(\w+):", r'"\1":', text))
    for key in patcher["parameters"]:
        value = boxes[key]["saved_attribute_attributes"]["valueof"]
        menu = boxes[key]["maxclass"] == "live.menu"
        initial = value["parameter_initial"][0]
        shown = value["parameter_enum"][initial] if menu else initial
        name = reaches(patcher, boxes, key, int(menu))[0].removeprefix("prepend setting ")
        assert shown == (begins[name] * 100 if name == "amount" else begins[name]), name


def test_the_menu_has_the_models_that_the_script_says_it_has(boxes, scripts):
    menu = next(box for box in boxes.values() if box.get("varname") == "Model")
    known = re.search(r"KNOWN_MODELS = \[(.*?)\]", scripts["ripieno.js"], re.DOTALL)
    assert known
    items = menu["saved_attribute_attributes"]["valueof"]["parameter_enum"]
    assert items == re.findall(r'"([\w-]+)"', known[1])
    cards = {path.stem for path in (ROOT / "engine" / "ripieno" / "weights").glob("*.json")}
    assert set(items) - {"default"} == {name for name in cards if "-" in name}


# -- the display -------------------------------------------------------------------------------------------


def shown(boxes: dict[str, dict]) -> list[dict]:
    return [box for box in boxes.values() if box.get("presentation")]


def test_everything_that_is_shown_is_inside_the_device(patcher, boxes):
    assert patcher["openinpresentation"] == 1
    assert len(shown(boxes)) == 30
    for box in shown(boxes):
        x, y, width, height = box["presentation_rect"]
        assert min(x, y) >= 0, box["id"]
        assert x + width <= patcher["devicewidth"], box["id"]
        assert y + height <= HEIGHT, box["id"]


def test_every_control_and_button_is_shown_and_has_an_annotation(boxes):
    for box in boxes.values():
        if box["maxclass"] in ("live.menu", "live.numbox", "live.text"):
            assert box.get("presentation"), box["id"]
            assert box["annotation"].endswith("."), box["id"]


def overlap(one: list[float], other: list[float]) -> bool:
    return all(
        one[axis] < other[axis] + other[axis + 2] and other[axis] < one[axis] + one[axis + 2]
        for axis in (0, 1)
    )


@pytest.mark.parametrize("view", ["presentation_rect", "patching_rect"])
def test_no_box_lies_on_another(boxes, view):
    """Except on the panel behind the status line."""
    rects = {
        key: box[view]
        for key, box in boxes.items()
        if view in box and not (view == "presentation_rect" and box.get("background"))
    }
    assert [pair for pair in combinations(rects, 2) if overlap(*(rects[key] for key in pair))] == []


# -- the protocol ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def protocol() -> str:
    return (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")


def test_every_address_that_the_device_sends_or_receives_is_in_the_protocol(scripts, protocol):
    addresses = set(re.findall(r'"(/ripieno/\w+)"', "".join(scripts.values())))
    assert len(addresses) == 14
    assert {address for address in addresses if f"`{address}`" not in protocol} == set()


def test_every_setting_that_the_device_sends_is_in_the_protocol(scripts, protocol):
    text = scripts["ripieno_settings.js"]
    sent = set(re.findall(r'\["(\w+)", (?:values|source)', text)) | {"bars", "amount"}
    assert len(sent) == 11
    assert {name for name in sent if f"| `{name}` |" not in protocol} == set()


# -- the scripts -------------------------------------------------------------------------------------------


def node_or_skip() -> str:
    return host_or_skip(shutil.which("node"), "Node")


@pytest.mark.host
def test_the_scripts_pass_their_tests_in_node():
    """Runs every test in Node; the output has the names of those that fail."""
    done = subprocess.run(
        [node_or_skip(), "--test", *map(str, NODE_TESTS)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert len(NODE_TESTS) == 7
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr


@pytest.mark.host
@asynchronous
async def test_the_server_understands_the_request_and_the_results_are_written():
    """The server's OSC interface, the ports and the packets are real; Live and the engine are stand-ins."""
    node = node_or_skip()
    service = StandIn()  # returns the notes that it was given
    async with serving(service) as (server, _):
        process = await asyncio.create_subprocess_exec(
            node, str(OVER_UDP), str(server.port), "harmonize", stdout=subprocess.PIPE
        )
        async with asyncio.timeout(SOON):
            output, _ = await process.communicate()
    (request,) = service.requests
    assert (request.task, request.alternatives, request.temperature) == ("harmonize", 3, None)
    measures = request.score.measures
    assert (str(measures[0].meter), measures[0].duration, measures[-1].end) == ("3/4", 1, 4)
    assert [str(n.duration) for n in request.score.voices[0].notes] == ["1", "1/3", "1/3", "1/3", "2"]
    result = json.loads(output)
    assert result["connected"] == f"Connected to ripieno {__version__}."
    assert result["status"].startswith("Version 1: Soprano. Seed 7.")
    assert result["errors"] == []
    assert result["clips"] == [
        [
            "Soprano (ripieno)",
            [[67, -1, 1], [69, 0, 1 / 3], [71, 1 / 3, 1 / 3], [72, 2 / 3, 1 / 3], [74, 1, 2]],
        ]
    ]


def test_the_drawing_can_be_made(tmp_path):
    picture = tmp_path / "device.png"
    subprocess.run([sys.executable, str(DEVICE / "draw.py"), str(picture)], check=True, capture_output=True)
    assert picture.read_bytes().startswith(b"\x89PNG")
