"""What the command line says: progress, results, errors; to people, or with --json to programs."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from msgspec import to_builtins

from ripieno.errors import STOPPED, RangeError, RipienoError, ScoreError, count_text
from ripieno.piano.hands import hand_of
from ripieno_bridges.service.score_report import analysis_fields

if TYPE_CHECKING:
    from ripieno.results import Result
    from ripieno.score import Voice
    from ripieno_bridges.api.replies import DocumentLine, Reply

Command = Callable[..., Any]
UNITS = (("hour", 3600), ("minute", 60), ("second", 1))
MAX_NUMERAL_LINES = 40  # measures of an alternative whose chords are printed
PIPED_WIDTH = 200  # columns of a table, where the output goes to a program or a file
SAY_EVERY = 30.0  # seconds, where there is no terminal for a bar
RANGE_HINT = " (`--transpose auto` moves it; `--given alto`, say, tells which voice a melody is)"


def say(line: str) -> None:
    """Tell at once, also where a program reads it."""
    click.echo(line)
    sys.stdout.flush()


def report_errors(command: Command) -> Command:
    """Tell a musician's error in one line and leave with 1; with --json, as an object."""

    @wraps(command)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except RipienoError as exc:
            remember(exc)
            if kwargs.get("as_json"):
                click.echo(json.dumps({"error": error_fields(exc)}))
            else:
                click.echo(f"ripieno: {exc}{RANGE_HINT if isinstance(exc, RangeError) else ''}", err=True)
            sys.exit(1)
        except KeyboardInterrupt:
            click.echo("ripieno: stopped; nothing was written", err=True)
            sys.exit(STOPPED)
        except (click.ClickException, click.Abort, click.exceptions.Exit):
            raise
        except Exception as exc:  # a fault of ripieno's own; start.py tells it
            remember(exc)
            raise

    return wrapper


def remember(error: Exception) -> None:
    """Keep an error for the field report."""
    from ripieno_bridges import last_error  # with all that it needs to read its own source

    last_error.remember(error, command_name())


def command_name() -> str:
    """The command that runs, as its author named it."""
    context = click.get_current_context(silent=True)
    return f"ripieno {context.command.name}" if context else "ripieno"


def error_fields(exc: RipienoError) -> dict[str, Any]:
    """An error for programs: its kind, its text, and its place as far as it is known."""
    fields: dict[str, Any] = {"kind": type(exc).__name__, "text": str(exc)}
    if isinstance(exc, ScoreError):
        fields |= {
            "file": exc.file,
            "part": exc.part,
            "measure": exc.measure,
            "beat": exc.beat,
            "fault": exc.fault,
        }
    return fields


def numbered(results: Sequence[Result], target: Path) -> Iterator[tuple[Result, Path]]:
    """Each result with the file that it goes to."""
    from ripieno_bridges.formats.files import alternative_path

    return ((result, alternative_path(target, i)) for i, result in enumerate(results, 1))


def finish(
    reply: Reply,
    encoded: list[tuple[bytes, list[str]]],
    target: Path,
    options: dict[str, Any],
    *,
    remarks: Sequence[str] = (),
    understood: str = "",
    lines_read: Sequence[DocumentLine] = (),
    wrote: Callable[[Result], str] | None = None,
) -> None:
    """Save every alternative and say what was done.

    understood: the task in one line. lines_read: the lines of the document; both go to the standard error.
    wrote: a result in a few words, where it is more than notes.
    """
    from ripieno_bridges.formats.files import save

    remarks = list(remarks)
    entries: list[dict[str, Any]] = []
    lines: list[str] = []
    for (result, path), (data, more) in zip(numbered(reply.results, target), encoded, strict=True):
        save(path, data, force=options["force"])
        remarks += [remark for remark in more if remark not in remarks]
        notes = counted(result.new)
        likelihood = round(result.log_likelihood, 3)
        entry = {
            "file": str(path),
            "notes": notes,
            "log_likelihood": likelihood,
            "parallels": result.parallels,
        }
        found = result.originality
        if found is not None:
            entry["copied"] = {
                "share": None if found.closest is None else round(found.closest.share, 3),
                "from": None if found.closest is None else found.closest.source,
                "longest_run": 0 if found.run is None else found.run.notes,
                "run_from": None if found.run is None else found.run.source,
            }
        entries.append({**entry, **harmony_fields(result)})
        lines.append(f"{path}: wrote {(wrote or notes_written)(result)}")
        lines += [f"  {line}" for line in harmony_lines(result)]
        if found is not None:
            lines.append(f"  {found.sentence}")
    if options["as_json"]:
        report = {"seed": reply.seed, "model": reply.model, "weights": reply.sha256, **heard_fields(reply)}
        read = {"understood": understood, "lines": [to_builtins(line) for line in lines_read]}
        click.echo(
            json.dumps(
                {**report, **(read if understood else {}), "remarks": remarks, "alternatives": entries}
            )
        )
        return
    left = [line.sentence for line in lines_read if line.voice is None]  # the others are in the line above
    phrases = reply.results[0].phrases_sentence
    for line in filter(None, [understood, phrases, *left] if understood else []):
        click.echo(line, err=True)
    for line in (*remarks, *lines):
        click.echo(line)
    click.echo(f"seed {reply.seed}, model {reply.model} (the same seed gives the same notes)")


def notes_written(result: Result) -> str:
    """How many new notes a result has: "alto 12, tenor 11 notes"."""
    written = ", ".join(f"{name} {count}" for name, count in counted(result.new).items())
    return f"{written or 'no'} notes"


def harmony_fields(result: Result) -> dict[str, Any]:
    """The chords of a result, its cadences, and how it differs from the first, for programs."""
    if result.analysis is None:
        return {}
    return {"difference": result.difference, **analysis_fields(result.analysis)}


def harmony_lines(result: Result) -> Iterator[str]:
    """How a result differs from the first, and its Roman numerals, a measure a line, for people."""
    if result.difference:
        yield result.difference
    numerals = result.numerals
    yield from numerals[:MAX_NUMERAL_LINES]
    more = len(numerals) - MAX_NUMERAL_LINES
    if more > 0:
        yield f"... and {count_text(more, 'measure')} more, which --json tells"


def heard_fields(reply: Reply) -> dict[str, Any]:
    """Key and phrases for programs."""
    first = reply.results[0]
    ends = [{"measure": measure, "beat": float(beat)} for measure, beat in first.phrase_ends]
    return {
        "key": None if first.key is None else str(first.key),
        "phrases": None if first.phrases is None else ends,
    }


def counted(voices: Sequence[Voice]) -> dict[str, int]:
    """How many notes each voice or hand has, without those that have none."""
    notes: dict[str, int] = {}
    for voice in voices:
        if voice.notes:
            name = hand_of(voice.name) or voice.name
            notes[name] = notes.get(name, 0) + len(voice.notes)
    return notes


def error_table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table of texts, as wide as the terminal, or as ``PIPED_WIDTH``."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(*titles, box=box.SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        table.add_row(*row)
    width = None if sys.stdout.isatty() else PIPED_WIDTH
    Console(width=width, markup=False, highlight=False, emoji=False).print(table)


@contextmanager
def progress_bar(title: str, *, quiet: bool) -> Iterator[Callable[[float], None]]:
    """A bar on the terminal; where the output goes to a program or a file, a line every half minute.

    quiet: nothing at all.
    """
    if quiet or not sys.stderr.isatty():
        yield (lambda _: None) if quiet else progress_lines(title)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=1.0)
        yield lambda fraction: bar.update(task, completed=fraction)


def progress_lines(title: str) -> Callable[[float], None]:
    """Prints how far a task is and how long it will take, every half minute."""
    begun = said = time.monotonic()
    first: float | None = None  # a task that was stopped goes on from there

    def report(fraction: float) -> None:
        nonlocal said, first
        first = fraction if first is None else first
        now = time.monotonic()
        if now - said < SAY_EVERY or not first < fraction < 1:
            return
        said = now
        left = (now - begun) * (1 - fraction) / (fraction - first)
        click.echo(f"{title}: {fraction:.0%}, {time_in_words(left)} left", err=True)

    return report


def time_in_words(seconds: float) -> str:
    """A length of time in seconds, minutes or hours."""
    unit, length = next((u for u in UNITS if seconds >= 2 * u[1]), UNITS[-1])
    count = max(round(seconds / length), 1)
    return count_text(count, unit)
