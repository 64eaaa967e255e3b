"""Which tune of an ABC file is meant: by its number or its title."""

from __future__ import annotations

from collections.abc import Sequence

from ripieno.errors import RequestError, short
from ripieno_bridges.formats.abc.lines import Tune, TuneBook, decode, split_tunes

MAX_LISTED = 12  # tunes in a message


def keep_tune(data: bytes, selector: str, file: str) -> bytes:
    """The file with empty lines in place of the other tunes, so that every line keeps its number.

    selector: as in ``tune_named``. Raises FileError for a file without tunes, and RequestError.
    """
    book = split_tunes(data, file)
    return only_tune(data, book, tune_named(book.tunes, selector), file)


def only_tune(data: bytes, book: TuneBook, kept: Tune, file: str) -> bytes:
    """The file with empty lines in place of all tunes but one. book: its tunes."""
    starts = sorted(tune.first_line for tune in book.tunes)
    after = [start for start in starts if start > kept.first_line]
    first, last = kept.first_line, (after[0] if after else None)
    lines = decode(data, file).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    rest = len(lines) if last is None else last - 1
    text = [*lines[: starts[0] - 1], *[""] * (first - starts[0]), *lines[first - 1 : rest]]
    return "\n".join(text).encode()


def tune_named(tunes: Sequence[Tune], selector: str) -> Tune:
    """The tune of that number, or of that title or a part of it.

    Raises RequestError, which lists the tunes that there are.
    """
    wanted = " ".join(selector.casefold().split())
    titles = {i: " ".join(tune.title.casefold().split()) for i, tune in enumerate(tunes)}
    found = [i for i, tune in enumerate(tunes) if tune.number == wanted]
    found = found or [i for i, title in titles.items() if title == wanted]
    found = found or [i for i, title in titles.items() if wanted and wanted in title]
    if len(found) == 1:
        return tunes[found[0]]
    said = short(selector.strip())
    fault = f'"{said}" names several tunes' if found else f'there is no tune "{said}"'
    several = [tunes[i] for i in found] or tunes
    raise RequestError(f"{fault}; choose one by its number or title: {listed(several)}")


def listed(tunes: Sequence[Tune]) -> str:
    """Tunes in a message: 1 "Sally Gardens", 2 "Star of the County Down" and 7 more."""
    names = ", ".join(name_of(tune) for tune in tunes[:MAX_LISTED])
    return names + (f" and {len(tunes) - MAX_LISTED} more" if len(tunes) > MAX_LISTED else "")


def name_of(tune: Tune) -> str:
    """A tune's number and title."""
    title = f'"{short(tune.title)}"' if tune.title else ""
    return " ".join(part for part in (short(tune.number), title) if part) or "one without a number"
