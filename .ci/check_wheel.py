"""Open a built wheel and look for what users need: both packages, the weights and their card, no test."""

import hashlib
import json
import sys
from zipfile import ZipFile

NEEDED = (
    "ripieno/__init__.py",
    "ripieno/chorale_split.json",
    "ripieno/models/lstm.py",
    *(
        f"ripieno/weights/{name}.{suffix}"
        for name in (
            "bachbot-chorales",
            "dbn-chorales",
            "dbn-ragtime",
            "lstm-chorales",
            "rbm-blues",
            "rbm-chorales",
        )
        for suffix in ("json", "safetensors")
    ),
    *(f"ripieno/weights/{corpus}.npz" for corpus in ("blues", "chorales", "ragtime")),
    "ripieno_bridges/__init__.py",
    "ripieno_bridges/cli/main.py",
)

WEIGHTS = "ripieno/weights/"
MOST_WEIGHTS = 40 * 1024 * 1024

with ZipFile(sys.argv[1]) as wheel:
    names = set(wheel.namelist())
    missing = [name for name in NEEDED if name not in names]
    strange = [n for n in names if not n.startswith(("ripieno/", "ripieno_bridges/", "ripieno-"))]
    stems = [n.removesuffix(".json") for n in names if n.startswith(WEIGHTS) and n.endswith(".json")]
    cards = {stem: json.loads(wheel.read(f"{stem}.json")) for stem in stems}
    weights = {stem: wheel.read(f"{stem}.safetensors") for stem in stems}
if missing or strange:
    sys.exit(f"the wheel lacks {missing} and has {strange} too many")
for stem, data in weights.items():
    if hashlib.sha256(data).hexdigest() != cards[stem]["sha256"]:
        sys.exit(f"the weights {stem} are not those of their card")
size = sum(map(len, weights.values()))
if size > MOST_WEIGHTS:
    sys.exit(f"{size} bytes of weights; {MOST_WEIGHTS} are the most")
sys.stdout.write(f"{sys.argv[1]}: {len(names)} files, weights of {len(weights)} models, {size >> 10} KiB\n")
