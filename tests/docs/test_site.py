"""The site of docs/: every page is in its navigation, nothing comes from elsewhere, commands are real."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from site_links import PAGES_BESIDE_DOCS, site_markdown
from update_tables import settings_table

from ripieno_bridges.api.settings import SETTINGS
from ripieno_bridges.cli.main import main

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
SITE: dict[str, Any] = yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))
PAGES = {page.name: page.read_text("utf-8") for page in DOCS.glob("*.md")}
SMALL = 100_000  # bytes of a sound


def leaves(tree: Any) -> Iterator[str]:
    """The pages of the navigation."""
    if isinstance(tree, str):
        yield tree
    else:
        for branch in tree.values() if isinstance(tree, dict) else tree:
            yield from leaves(branch)


def test_every_page_is_in_the_navigation_and_no_other():
    assert set(leaves(SITE["nav"])) == {*PAGES, *PAGES_BESIDE_DOCS}


def test_the_home_page_installs_as_the_readme_does():
    (block,) = re.findall(r"(?ms)^```sh\n(.*?)^```", PAGES["index.md"])
    readme = (ROOT / "README.md").read_text("utf-8")
    assert [line for line in block.splitlines() if line not in readme] == []


def test_scripts_are_no_part_of_the_site():
    assert "*.py" in SITE["exclude_docs"].split()


def test_nothing_is_fetched_from_elsewhere():
    assert SITE["theme"]["font"] is False
    assert "offline" not in SITE["plugins"]  # it fetches a script
    assert not {"extra_javascript", "extra_css", "extra"} & set(SITE)
    fetched = re.compile(
        r"<(?:script|link|iframe|style)\b|!\[[^\]]*\]\(https?:|src=[\"']?https?:", re.IGNORECASE
    )
    everything = PAGES | {path: (ROOT / path).read_text("utf-8") for path in PAGES_BESIDE_DOCS}
    without_code = {
        page: re.sub(r"(?ms)^ *```.*?^ *```$|`[^`\n]+`", "", text) for page, text in everything.items()
    }
    assert {page: fetched.findall(text) for page, text in without_code.items() if fetched.search(text)} == {}


def test_every_sound_is_heard_and_small():
    heard = set(re.findall(r"\(sounds/([\w-]+\.ogg)\)", PAGES["tutorial.md"]))
    assert heard == {path.name for path in (DOCS / "sounds").iterdir()}
    assert [path for path in (DOCS / "sounds").iterdir() if path.stat().st_size > SMALL] == []


def test_the_settings_are_what_the_code_says():
    assert settings_table() in PAGES["settings.md"], "run: python docs/update_tables.py"


def test_every_option_of_the_table_of_settings_is_an_option():
    options = {option for command in main.commands.values() for option in options_of(command)}
    told = {f"--{setting.option or setting.word}" for setting in SETTINGS if "cli" in setting.interfaces}
    assert told - options == set()


# -- links -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "written", "on_the_site"),
    [
        ("docs/page.md", "[`a`](theory.md#rules)", "[`a`](theory.md#rules)"),
        ("docs/page.md", "[a](../CONTRIBUTING.md)", "[a](CONTRIBUTING.md)"),
        ("docs/page.md", "[a](../README.md)", "[a](index.md)"),
        ("docs/page.md", "[a](../engine/ripieno/score.py)", "a"),
        ("docs/page.md", "[a](../engine/nowhere.py)", "[a](../engine/nowhere.py)"),
        ("docs/page.md", "[a](https://lilypond.org)", "[a](https://lilypond.org)"),
        ("docs/page.md", "[a](#rules)", "[a](#rules)"),
        ("CONTRIBUTING.md", "[a](docs/theory.md)", "[a](theory.md)"),
        ("plugin/musescore/README.md", "![a](../../docs/pictures/b.png)", "![a](../../pictures/b.png)"),
        ("docs/page.md", "`[a](../README.md)`", "`[a](../README.md)`"),
        ("docs/page.md", "```\n[a](../README.md)\n```", "```\n[a](../README.md)\n```"),
        ("docs/page.md", "| `C \\| F` |", "| `C | F` |"),
        ("docs/page.md", "`C \\| F`", "`C \\| F`"),
    ],
)
def test_a_link_leads_to_its_place_on_the_site(page, written, on_the_site):
    assert site_markdown(written, page) == on_the_site


def test_a_sound_gets_a_player():
    shown = site_markdown("[a](sounds/rag.ogg)", "docs/tutorial.md")
    assert shown.startswith("[a](sounds/rag.ogg)<audio controls ")
    assert 'src="sounds/rag.ogg"' in shown


# -- commands ----------------------------------------------------------------------------------------------


def options_of(command: click.Command) -> set[str]:
    """The options of a command, with those of its own commands."""
    own = {option for param in command.params for option in (*param.opts, *param.secondary_opts)}
    inside = command.commands.values() if isinstance(command, click.Group) else ()
    return own.union(*map(options_of, inside), {"--help"})


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_a_page_has_its_options(page):
    unknown = []
    for block in re.findall(r"(?ms)^```sh\n(.*?)^```", PAGES[page]):
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True)
            if words[:1] != ["ripieno"]:
                continue
            command = main.commands.get(words[1])
            known = options_of(command) if command else options_of(main)
            used = {word.split("=")[0] for word in words[1:] if re.match(r"--?[a-z]", word)}
            if (command is None and words[1][0] != "-") or used - known:
                unknown.append(line)
    assert unknown == []
