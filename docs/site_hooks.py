"""What mkdocs calls while it builds the site: pages from beside docs/, links in their places."""

from __future__ import annotations

from markdown import Extension, Markdown
from markdown.blockprocessors import build_block_parser
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from site_links import PAGES_BESIDE_DOCS, ROOT, site_markdown


class ListsAsOnTheHost(Extension):
    """What belongs to an item of a list stands under its text, as on the host: "1. " is three wide."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 (Markdown calls it so)
        """Three spaces are enough; the parser reads the number when it is built."""
        md.tab_length = 3
        md.parser = build_block_parser(md)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Lists as on the host."""
    config.markdown_extensions.insert(0, ListsAsOnTheHost())  # before others add to the parser
    return config


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """The pages from beside docs/."""
    for path in PAGES_BESIDE_DOCS:
        files.append(File.generated(config, path, abs_src_path=str(ROOT / path)))
    return files


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001
    """A page with its links as the site needs them."""
    path = page.file.src_uri
    return site_markdown(markdown, path if path in PAGES_BESIDE_DOCS else f"docs/{path}")
