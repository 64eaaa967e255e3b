"""The command listening-test: who tells people from a program; a page for it, and the results of a class."""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ripieno.errors import FileError, RequestError, count_text, printable
from ripieno.limits import SEEDS
from ripieno.models.catalog import DEFAULT_MODEL
from ripieno_bridges.cli.loading import load_torch
from ripieno_bridges.cli.options import setting_option
from ripieno_bridges.cli.output import progress_bar, report_errors, say

if TYPE_CHECKING:
    from ripieno_bridges.listening.listening_test import ListeningTest
    from ripieno_bridges.listening.results import ModelResult

PORT = 7412  # always the same, since a browser keeps answers by the address
TEST = ".json"
MADE = ("models", "show", "task", "questions", "measures", "people", "seed")  # options for a new test
MEASURES = re.compile(r"(\d{1,3})(?:\s*-\s*(\d{1,3}))?")


@click.command("listening-test")
@click.argument("sources", metavar="[bach | FOLDER | CORPUS | TEST]", nargs=-1)
@click.option(
    "--model",
    "models",
    multiple=True,
    help=f"Whose work is compared; again for more of them, which take turns. [default: {DEFAULT_MODEL}]",
)
@click.option(
    "--show",
    type=click.Choice(("pairs", "single")),
    help="Two excerpts, one of which is by people, or one alone. [default: pairs]",
)
@click.option(
    "--task",
    type=click.Choice(("harmonize", "compose")),
    help="The same melody, or a piece of its own in the same key and meter. [default: harmonize for a choir, "
    "compose for the piano]",
)
@click.option("--questions", type=click.IntRange(1, 50), help="How many. [default: 10]")
@click.option("--measures", metavar="4-8", help="How long an excerpt is. [default: 4-8]")
@click.option("--by", "people", metavar="NAME", help="Who wrote the pieces, as the page says it.")
@setting_option("seed")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="A folder for a page that works without a server, or a .json file to keep the test in.",
)
@click.option("--results", is_flag=True, help="Sum up the CSV files that are named.")
@click.option(
    "--http-port",
    type=click.IntRange(0, 65_535),
    default=PORT,
    show_default=True,
    help="For the page, which only this computer can reach; 0 takes a free one.",
)
@click.option("--open", "open_page", is_flag=True, help="Open the page in your browser.")
@click.option("--force", is_flag=True, help="Replace a file that is there already.")
@click.option("--json", "as_json", is_flag=True, help="Report in JSON, for programs.")
@report_errors
def listening_test(
    sources: tuple[str, ...],
    output: Path | None,
    results: bool,
    http_port: int,
    open_page: bool,
    force: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Hear who wrote it: Bach, or a program? On a page, blind, with a result at the end.

    Without a source the test that ripieno ships. `bach` makes a new one, of chorales that no shipped model
    learned from; so does a FOLDER of scores in four voices, or a CORPUS of `ripieno prepare`. With a --model
    that plays the piano it is a FOLDER of piano music, or a CORPUS made with --any-voices. A TEST is a file
    that -o wrote.

    \b
    ripieno listening-test --open
    ripieno listening-test bach --model bachbot-chorales --seed 7 -o class
    ripieno listening-test my-rags/ --model lstm-ragtime --by "Scott Joplin" --open
    ripieno listening-test --results class/*.csv
    """  # noqa: D301 - click reads the backspace as "keep these lines"
    asked = [name for name in MADE if options[name] not in (None, ())]
    if results:
        if asked or output is not None:
            raise RequestError("--results sums up CSV files and makes no test; leave the other options out")
        show_results(sources, as_json=as_json)
        return
    if len(sources) > 1:
        raise RequestError("name one source; CSV files of a class are summed up with --results")
    is_made = bool(sources) and not sources[0].endswith(TEST)
    if asked and not is_made:
        option = {"models": "model", "people": "by"}.get(asked[0], asked[0])
        raise RequestError(f"--{option} is for a new test; name what it is made of, such as bach")
    if output is not None:
        check_target(output, force=force)
    test = make_test(sources[0], options, quiet=as_json) if is_made else open_test(sources)
    if output is not None:
        save_test(test, output, force=force, as_json=as_json)
    else:
        serve_test(test, http_port, open_page=open_page)


def open_test(sources: tuple[str, ...]) -> ListeningTest:
    """The test of a file, or the one that ripieno ships."""
    from ripieno_bridges.listening.listening_test import load_test, sample_test

    return load_test(Path(sources[0])) if sources else sample_test()


def make_test(source: str, options: dict[str, Any], *, quiet: bool) -> ListeningTest:
    """A new test."""
    load_torch()
    from ripieno.evaluation.listening import LISTENING_MUSIC, draw_questions, music_played
    from ripieno.evaluation.listening_pairs import ListeningSettings
    from ripieno.models.loading import load
    from ripieno_bridges.listening.build_test import build_test
    from ripieno_bridges.listening.pieces import BACH, pieces_for_test

    fewest, most = measures_asked(options["measures"] or "4-8")
    seed = secrets.randbelow(SEEDS) if options["seed"] is None else options["seed"]
    models = [load(name) for name in dict.fromkeys(options["models"] or (DEFAULT_MODEL,))]
    plays = music_played(models)
    settings = ListeningSettings(
        show=options["show"] or "pairs",
        task=options["task"] or LISTENING_MUSIC[plays].tasks[0],
        questions=options["questions"] or 10,
        fewest=fewest,
        most=most,
        seed=seed,
    )
    with progress_bar("reading", quiet=quiet) as progress:
        found = pieces_for_test(source, plays, progress)
    if not quiet:
        for one in found.skipped:
            click.echo(f"left out: {printable(one.file)}: {one.reason}", err=True)
        for remark in found.remarks:
            click.echo(remark, err=True)
    with progress_bar("writing", quiet=quiet) as progress:
        questions = list(draw_questions(found.pieces, models, settings, progress))
    people = options["people"] or ("Bach" if source == BACH else "a person")
    return build_test(questions, settings, plays=plays, people=printable(people)[:60])


def measures_asked(text: str) -> tuple[int, int]:
    """The lowest and highest number in "4-8", or "6". Raises RequestError."""
    found = MEASURES.fullmatch(text.strip())
    fewest, most = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
    if not 1 <= fewest <= most:
        raise RequestError(f'"{printable(text)}" is no number of measures; say 4-8, say, or 6')
    return fewest, most


# -- where it goes -----------------------------------------------------------------------------------------


def check_target(output: Path, *, force: bool) -> None:
    """Raise FileError where the test cannot be written."""
    from ripieno_bridges.formats.files import check_free

    if output.suffix == TEST:
        check_free(output, force=force)
    elif output.is_dir():
        check_free(output / "index.html", force=force)
    elif output.exists() or not output.parent.is_dir():
        fault = "no folder, and none can be made there; choose another name, or make the folder above it"
        raise FileError(printable(str(output)), fault)


def save_test(test: ListeningTest, output: Path, *, force: bool, as_json: bool) -> None:
    """Write the page into a folder, or the test into a file, and say so."""
    from ripieno_bridges.file_errors import unwritable
    from ripieno_bridges.formats.files import save
    from ripieno_bridges.listening.write_page import page_in_one_file

    if output.suffix == TEST:
        file, data = output, test.to_json()
    else:
        try:
            output.mkdir(exist_ok=True)
        except OSError as exc:
            raise unwritable(output, exc) from exc
        file, data = output / "index.html", page_in_one_file(test).encode("utf-8")
    save(file, data, force=force)
    made = {"file": str(file), "id": test.id, "questions": len(test.questions), "seed": test.seed}
    if as_json:
        click.echo(json.dumps(made))
        return
    models = ", ".join(sorted({answer.model for answer in test.answers}))
    count = count_text(len(test.questions), "question")
    say(
        f"{printable(str(file))}: {count}, {printable(test.people)} and {printable(models)}, seed {test.seed}"
    )


def serve_test(test: ListeningTest, port: int, *, open_page: bool) -> None:
    """Serve the page until Ctrl-C."""
    import asyncio

    from ripieno_bridges import servers
    from ripieno_bridges.listening.write_page import page_for_server

    say(f"a listening test of {count_text(len(test.questions), 'question')}, seed {test.seed}")
    asyncio.run(servers.serve_page(page_for_server(test), http_port=port, open_page=open_page, say=say))
    say("the listening test has stopped; answers stay in the browser")


# -- the results -------------------------------------------------------------------------------------------


def show_results(files: tuple[str, ...], *, as_json: bool) -> None:
    """Sum up CSV files, and print a line for each model."""
    from ripieno_bridges.listening.results import read_results, sum_up, without_repeated

    if not files:
        raise RequestError("name the CSV files, such as class/*.csv")
    answers, repeated = without_repeated(answer for file in files for answer in read_results(Path(file)))
    results = sum_up(answers)
    if as_json:
        click.echo(json.dumps({"results": [asdict(result) for result in results], "repeated": repeated}))
        return
    for result in results:
        say(line_of(result))
    if repeated:
        say(f"{count_text(repeated, 'answer')} stood there twice, and counted once")


def line_of(result: ModelResult) -> str:
    """A result in a sentence."""
    low, high = round(100 * result.low), round(100 * result.high)
    shown = "pairs" if result.show == "pairs" else "single excerpts"
    verdict = (
        "told apart"
        if result.low > 0.5
        else "taken for each other"
        if result.high < 0.5
        else "not told apart"
    )
    listeners = count_text(result.listeners, "listener")
    return printable(
        f"{result.model} and {result.people} ({result.task}, {shown}): {result.right} of {result.answers} "
        f"right, {100 * result.share:.0f} % ({low} to {high} %), {listeners}: {verdict}"
    )
