"""Open a built wheel and look for what users need: both packages, the weights and their card, no test."""

import hashlib
import json
import sys
from zipfile import ZipFile

NEEDED = (
    "ripieno/__init__.py",
    "ripieno/chorale_split.json",
    "ripieno/models/lstm.py",
    "ripieno/weights/lstm-chorales.json",
    "ripieno/weights/lstm-chorales.safetensors",
    "ripieno_bridges/__init__.py",
    "ripieno_bridges/cli.py",
)

with ZipFile(sys.argv[1]) as wheel:
    names = set(wheel.namelist())
    missing = [name for name in NEEDED if name not in names]
    strange = [n for n in names if not n.startswith(("ripieno/", "ripieno_bridges/", "ripieno-"))]
    card = json.loads(wheel.read("ripieno/weights/lstm-chorales.json"))
    weights = wheel.read("ripieno/weights/lstm-chorales.safetensors")
if missing or strange:
    sys.exit(f"the wheel lacks {missing} and has {strange} too many")
if hashlib.sha256(weights).hexdigest() != card["sha256"]:
    sys.exit("the wheel's weights are not those of its card")
sys.stdout.write(f"{sys.argv[1]}: {len(names)} files, weights {len(weights) >> 10} KiB\n")
