"""What a shell completes after an option: models, voices, keys, meters; click knows commands and choices."""

from __future__ import annotations

from collections.abc import Callable

import click
from click.shell_completion import CompletionItem

from ripieno.score import ACCIDENTALS, VOICE_NAMES, Key, spelling_at

METERS = ("4/4", "3/4", "2/4", "2/2", "3/2", "6/8", "9/8", "12/8", "5/4", "3/8")
Completer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def completer_of(setting: str) -> Completer | None:
    """The completer of a setting's values, by its name; None where there is none."""
    return COMPLETERS.get(setting)


def complete_model(_ctx: click.Context, _param: click.Parameter, typed: str) -> list[CompletionItem]:
    """The installed models, and files where a path was begun."""
    from ripieno.models.catalog import model_names

    if typed.startswith((".", "/", "~")) or "/" in typed:
        return [CompletionItem(typed, type="file")]
    return beginning_with(typed, model_names())


def complete_voices(_ctx: click.Context, _param: click.Parameter, typed: str) -> list[CompletionItem]:
    """The voices that are not named yet; a comma begins another."""
    *named, begun = typed.split(",")
    left = [voice for voice in VOICE_NAMES if voice not in named]
    return [CompletionItem(",".join([*named, voice])) for voice in left if voice.startswith(begun)]


def complete_key(_ctx: click.Context, _param: click.Parameter, typed: str) -> list[CompletionItem]:
    """The keys from the fewest accidentals on: D, and d for D minor."""
    fifths = sorted(range(-7, 8), key=abs)
    keys = [key_word(Key(number, mode)) for mode in ("major", "minor") for number in fifths]
    return beginning_with(typed, keys)


def complete_meter(_ctx: click.Context, _param: click.Parameter, typed: str) -> list[CompletionItem]:
    """The usual time signatures."""
    return beginning_with(typed, METERS)


def key_word(key: Key) -> str:
    """A key in one word, as ``key_named`` reads it."""
    tonic = spelling_at(key.fifths + (3 if key.mode == "minor" else 0), 60)
    letter = tonic.step.lower() if key.mode == "minor" else tonic.step
    return f"{letter}{ACCIDENTALS[tonic.alter]}"


def beginning_with(typed: str, words: tuple[str, ...] | list[str]) -> list[CompletionItem]:
    """The words that go on from what was typed."""
    return [CompletionItem(word) for word in words if word.startswith(typed)]


COMPLETERS: dict[str, Completer] = {
    "model": complete_model,
    "given": complete_voices,
    "voices": complete_voices,
    "key": complete_key,
    "meter": complete_meter,
}
