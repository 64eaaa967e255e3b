"""Check that a built wheel has what users need (packages, weights, page, melodies, plugins), no tests."""

import hashlib
import json
import sys
from pathlib import Path
from zipfile import ZipFile

ROOT = Path(__file__).parents[1]
PLUGINS = ("musescore", "maxforlive", "puredata", "sonicpi", "ardour", "reaper")
VENDOR = "ripieno_bridges/page/vendor/"
LICENCES = ("GPL-3.0.txt", "LGPL-3.0.txt")
NEEDED = (
    "ripieno/__init__.py",
    "ripieno/py.typed",
    "ripieno/corpus/chorale_split.json",
    "ripieno/corpus/hymn_split.json",
    "ripieno/models/lstm/network.py",
    *(
        f"ripieno/weights/{name}.{suffix}"
        for name in (
            "bachbot-chorales",
            "dbn-chorales",
            "dbn-ragtime",
            "lstm-blues",
            "lstm-chorales",
            "lstm-ragtime",
            "rbm-blues",
            "rbm-chorales",
        )
        for suffix in ("json", "safetensors")
    ),
    *(f"ripieno/weights/{corpus}.npz" for corpus in ("blues", "chorales", "ragtime")),
    "ripieno_bridges/__init__.py",
    "ripieno_bridges/py.typed",
    "ripieno_bridges/piece.py",
    "ripieno_bridges/cli/main.py",
    "ripieno_bridges/listening/sample.json",
    *(f"ripieno_bridges/learning/report.{suffix}" for suffix in ("css", "js")),
    "ripieno_bridges/page/index.html",
    "ripieno_bridges/page/listening.html",
    *(f"{VENDOR}{name}" for name in ("verovio-toolkit-wasm.js", "versions.json", *LICENCES)),
    *(f"ripieno_bridges/page/examples/{path.name}" for path in (ROOT / "scores").glob("*.musicxml")),
    "ripieno_bridges/plugins/musescore/ripieno.qml",
    "ripieno_bridges/plugins/maxforlive/ripieno.amxd",
    "ripieno_bridges/plugins/puredata/ripieno.pd",
    "ripieno_bridges/plugins/sonicpi/ripieno.rb",
    "ripieno_bridges/plugins/ardour/ripieno.lua",
    "ripieno_bridges/plugins/reaper/ripieno.lua",
    *(
        f"ripieno_bridges/plugins/{name}/{path.name}"
        for name in PLUGINS
        for path in (ROOT / "plugin" / name).iterdir()
        if path.is_file() and path.suffix != ".py"
    ),
)

WEIGHTS = "ripieno/weights/"
MAX_WEIGHTS = 40 * 1024 * 1024

with ZipFile(sys.argv[1]) as wheel:
    names = set(wheel.namelist())
    missing = [name for name in NEEDED if name not in names]
    unexpected = [n for n in names if not n.startswith(("ripieno/", "ripieno_bridges/", "ripieno-"))]
    stems = [n.removesuffix(".json") for n in names if n.startswith(WEIGHTS) and n.endswith(".json")]
    cards = {stem: json.loads(wheel.read(f"{stem}.json")) for stem in stems}
    weights = {stem: wheel.read(f"{stem}.safetensors") for stem in stems}
    versions = b"{}" if missing else wheel.read(f"{VENDOR}versions.json")
    listed = b"{}" if missing else wheel.read(f"{VENDOR}package.json")
if missing or unexpected:
    sys.exit(f"the wheel lacks {missing} and should not have {unexpected}")
if json.loads(versions) != json.loads(listed)["dependencies"]:
    sys.exit("the page's libraries are not those of page/vendor/package.json")
for stem, data in weights.items():
    if hashlib.sha256(data).hexdigest() != cards[stem]["sha256"]:
        sys.exit(f"the weights {stem} are not those of their card")
size = sum(map(len, weights.values()))
if size > MAX_WEIGHTS:
    sys.exit(f"{size} bytes of weights, more than {MAX_WEIGHTS}")
sys.stdout.write(f"{sys.argv[1]}: {len(names)} files, weights of {len(weights)} models, {size >> 10} KiB\n")
