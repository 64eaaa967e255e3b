"""Two commands of piano networks: many snippets at once, and interpolation between two pieces."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Any

import click

from ripieno.errors import RequestError
from ripieno.limits import SEEDS
from ripieno_bridges.api.replies import Reply
from ripieno_bridges.cli.generate import check_targets, music_options, request_from
from ripieno_bridges.cli.loading import load_torch
from ripieno_bridges.cli.options import setting_option
from ripieno_bridges.cli.output import finish, numbered, progress_bar, report_errors
from ripieno_bridges.cli.param_types import SCORE_FILE
from ripieno_bridges.file_errors import unwritable

MAX_SNIPPETS = 100_000


@click.command()
@click.argument("first", type=SCORE_FILE)
@click.argument("last", type=SCORE_FILE)
@click.option(
    "--steps",
    type=click.IntRange(1, 16),
    default=3,
    show_default=True,
    help="How many pieces on the way from the first to the last.",
)
@music_options
def interpolate(first: Path, last: Path, steps: int, **options: Any) -> None:
    """Write what lies between two pieces, step by step, as a DBN hears them (--model dbn-ragtime)."""
    load_torch()
    from ripieno.tasks import piano
    from ripieno.tasks.originality_limit import with_originality
    from ripieno_bridges.formats.polyphony import read_polyphony
    from ripieno_bridges.service.document_job import encode_new
    from ripieno_bridges.service.model_runner import ModelRunner, piano_model, with_model_options

    if options["original"] is not None:
        raise RequestError("there is one way only between two pieces; leave out --original")
    target = options["output"] or first.with_name(f"{first.stem}-{last.stem}.musicxml")
    options["alternatives"] = steps
    ends = [read_polyphony(path) for path in (first, last)]
    check_targets(target, options)
    request = request_from("vary", options)  # for the model's settings; the task does not matter
    runner = ModelRunner()
    model = piano_model(with_model_options(runner.model(request.model), request))
    between = piano.interpolate(ends[0].score, ends[1].score, model, steps=steps)
    library = runner.library(request.model)
    results = between if library is None else [with_originality(result, library) for result in between]
    reply = Reply(
        results=tuple(results),
        seed=options["seed"] or 0,
        model=model.name,
        sha256=model.sha256,
        milliseconds=0,
    )
    encoded = [encode_new(r.score, p) for r, p in numbered(results, target)]
    finish(reply, encoded, target, options, remarks=[*ends[0].remarks, *ends[1].remarks])


@click.command()
@click.option("--model", default="dbn-ragtime", show_default=True, help="An RBM or a DBN, by name or path.")
@click.option(
    "-n",
    "--count",
    type=click.IntRange(1, MAX_SNIPPETS),
    default=10,
    show_default=True,
    help="How many.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("snippets"),
    show_default=True,
    help="The folder for the files: 0001.mid, 0002.mid, ...",
)
@click.option("--temperature", type=click.FloatRange(0, 2), default=0.5, show_default=True)
@setting_option("seed")
@click.option("--force", is_flag=True, help="Replace files that are there already.")
@click.option("--json", "as_json", is_flag=True, help="Report in JSON, for programs.")
@report_errors
def snippets(
    model: str,
    count: int,
    output: Path,
    temperature: float,
    seed: int | None,
    force: bool,
    as_json: bool,
) -> None:
    """Write many short pieces at once, a window of the model each, as MIDI files."""
    load_torch()
    from ripieno.models.loading import load
    from ripieno.tasks import piano
    from ripieno.tasks.drafts import DraftSettings
    from ripieno_bridges.formats.files import check_free, save
    from ripieno_bridges.formats.midi import write_midi
    from ripieno_bridges.service.model_runner import piano_model

    digits = max(4, len(str(count)))
    paths = [output / f"{i:0{digits}}.mid" for i in range(1, count + 1)]
    seed = secrets.randbelow(SEEDS) if seed is None else seed
    player = piano_model(load(model))
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise unwritable(output, exc) from exc
    for path in paths:
        check_free(path, force=force)
    with progress_bar("writing snippets", quiet=as_json) as progress:
        made = piano.snippets(player, count=count, settings=DraftSettings(seed, temperature=temperature))
        for i, (score, path) in enumerate(zip(made, paths, strict=True), 1):
            save(path, write_midi(score), force=force)
            progress(i / count)
    if as_json:
        click.echo(json.dumps({"folder": str(output), "files": count, "seed": seed}))
        return
    click.echo(f"{output}: {count} files, seed {seed}, model {player.name}")
