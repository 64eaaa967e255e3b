"""The card of a data set: README.md, in the form that data hubs read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import ripieno
from ripieno.errors import count_text
from ripieno_bridges.batch.messages import LOOKING, BatchTask

CARD = "README.md"
SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
MILLIONS = "1M<n<10M"
MODEL_FACTS = ("name", "about", "source", "licence", "sha256")
COLUMNS = {
    "`id`, `alternative`": "the item's name or number, and which alternative this is, the best being 1",
    "`source`": "the file that it was made from; null for a new piece",
    "`task`, `seed`, `model`, `weights_sha256`": "what made it: with the options below they give these notes",
    "`key`, `meter`, `measures`, `length`": "key and meter of its beginning; its length in quarters",
    "`phrase_ends`": "measure.beat of the last note of each phrase",
    "`notes`": "voice, MIDI pitch, spelling, onset and duration in quarters; `new`: the model wrote it",
    "`chords`": "for choirs: onset, measure, beat, key, Roman numeral, chord symbol",
    "`cadences`": "for choirs: onset, measure, beat, key, kind",
    "`faults`": "for choirs, what a harmony teacher would mark: rule, severity, place, voices, a sentence",
    "`parallels`, `log_likelihood`": "parallel fifths and octaves; of the new notes, in nats",
    "`copied_share`, `copied_from`": "how much of a passage stands in one of the model's training pieces",
    "`copied_run`, `copied_run_from`": "the longest run of notes that stands there exactly",
    "`remarks`": "what was left out or changed when the file was read",
}


def card_text(
    *,
    title: str,
    task: BatchTask,
    rows: int,
    errors: int,
    parts: str,
    license_id: str,
    header: Mapping[str, Any],
    model: Mapping[str, Any],
) -> str:
    """The card. rows: how many. parts: a pattern of the files. header: the request. model: its own card."""
    makes = task not in LOOKING
    front = {
        "pretty_name": title,
        "license": license_id,
        "task_categories": ["other"],
        "tags": ["music", "symbolic-music", "harmony", *(["synthetic"] if makes else [])],
        "size_categories": [next((name for limit, name in SIZES if rows < limit), MILLIONS)],
        "configs": [{"config_name": "default", "data_files": [{"split": "train", "path": parts}]}],
    }
    lines = [
        "---",
        *(f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in front.items()),
        "---",
        "",
        f"# {title}",
        "",
        f"{count_text(rows, 'row')}, task `{task}`. Made by ripieno {ripieno.__version__}.",
        *([f"{count_text(errors, 'item')} could not be done; see `errors.csv`."] if errors else []),
        "",
        "```python",
        "import pyarrow.parquet as pq",
        "",
        'rows = pq.read_table("data").to_pylist()',
        "```",
        "",
        "## Columns",
        "",
        "| column | what it has |",
        "|---|---|",
        *(f"| {names} | {text} |" for names, text in COLUMNS.items()),
        "",
        "## Options",
        "",
        *(f"- {name}: {value}" for name, value in header.items() if value not in (None, "")),
        *(model_lines(model) if makes else []),
    ]
    return "\n".join(lines) + "\n"


def model_lines(model: Mapping[str, Any]) -> Sequence[str]:
    """What the card of the model says of it, for who reads the data set."""
    facts = [f"- {name}: {model[name]}" for name in MODEL_FACTS if model.get(name)]
    return ["", "## Model", "", *facts] if facts else []
