"""The commands about installed models: models list, export, import, remove."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from ripieno.errors import RequestError, printable
from ripieno_bridges.cli.completion import beginning_with, complete_model
from ripieno_bridges.cli.output import report_errors


def complete_own_model(_ctx: click.Context, _param: click.Parameter, typed: str) -> list[CompletionItem]:
    """The models that can be removed."""
    from ripieno.models.catalog import user_model_names

    return beginning_with(typed, user_model_names())


@click.group()
def models() -> None:
    """The models that are installed: those that come with ripieno, and your own."""


@models.command("list")
@click.option("--json", "as_json", is_flag=True, help="Report in JSON, for programs.")
@report_errors
def list_models(as_json: bool) -> None:
    """List the models, yours last."""
    from ripieno.models.catalog import model_names, models_folder

    entries = [entry_of(name) for name in model_names()]
    if as_json:
        click.echo(json.dumps({"folder": str(models_folder()), "models": entries}))
        return
    width = max(len(entry["name"]) for entry in entries)
    for entry in entries:
        whose = "yours" if entry["yours"] else "     "
        click.echo(printable(f"{entry['name']:{width}}  {entry['performers']:5}  {whose}  {entry['about']}"))
    click.echo(f"your own are in {models_folder()} (RIPIENO_MODELS chooses another folder)")


def entry_of(name: str) -> dict[str, Any]:
    """A model as it is listed."""
    from ripieno.models.catalog import model_card, shipped_model_names

    card = model_card(name)
    return {
        "name": name,
        "performers": "piano" if card.get("plays") == "piano" else "choir",
        "family": str(card.get("family", "")),
        "about": str(card.get("about", "")),
        "yours": name not in shipped_model_names(),
    }


@models.command("export")
@click.argument("name", shell_complete=complete_model)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="The file. [default: NAME.ripieno-model]"
)
@click.option(
    "--without-pieces",
    is_flag=True,
    help="Leave out the pieces that it learned from; then nobody can tell what results have in common with "
    "them.",
)
@click.option("--force", is_flag=True, help="Replace a file that is there already.")
@click.option("--json", "as_json", is_flag=True, help="Report in JSON, for programs.")
@report_errors
def export_model(name: str, output: Path | None, without_pieces: bool, force: bool, as_json: bool) -> None:
    """Write a model to one file, to be shared."""
    from ripieno.learning.installed import PIECES
    from ripieno.learning.model_file import SUFFIX, holds_pieces, pack_model
    from ripieno.models.catalog import model_path
    from ripieno_bridges.formats.files import check_free, save

    target = output or Path(f"{model_path(name).name}{SUFFIX}")
    check_free(target, force=force)
    data = pack_model(name, with_pieces=not without_pieces)
    save(target, data, force=force)
    shared = holds_pieces(data)
    if as_json:
        click.echo(json.dumps({"file": str(target), "pieces": shared}))
        return
    click.echo(f"{target}: the model {name}")
    if shared:
        click.echo(
            f"the pieces that it learned from are in it (pieces{PIECES}), so that copies are found; share it "
            "only where you may share them, or leave them out with --without-pieces"
        )


@models.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", help="Call it otherwise than it is called in the file.")
@click.option("--force", is_flag=True, help="Replace a model of yours with this name.")
@click.option("--json", "as_json", is_flag=True, help="Report in JSON, for programs.")
@report_errors
def import_model(file: Path, name: str | None, force: bool, as_json: bool) -> None:
    """Install a model from a file that `ripieno models export` wrote."""
    from ripieno.learning.installed import check_free_name, install
    from ripieno.learning.model_file import unpack_model

    if name is not None:
        check_free_name(name, force=force)
    called, files = unpack_model(file, name=name)
    stem = install(called, files, force=force)
    if as_json:
        click.echo(json.dumps({"name": called, "model": str(stem)}))
        return
    click.echo(f"the model {called} is installed; try it: ripieno compose --model {called}")


@models.command("remove")
@click.argument("name", shell_complete=complete_own_model)
@report_errors
def remove_model(name: str) -> None:
    """Remove a model of your own; those that come with ripieno stay."""
    from ripieno.learning.installed import remove

    if Path(name).name != name:
        raise RequestError(
            f"{printable(name)}: name an installed model; a file elsewhere you can delete yourself"
        )
    remove(name)
    click.echo(f"the model {name} is removed")
