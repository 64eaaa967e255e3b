"""The tree that music21 gets: a document's music in the plainest notation."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass

from lxml import etree
from lxml.etree import _Element

from ripieno_bridges.formats.musicxml.elements import add

LAYOUT = ("print", "defaults", "credit")


@dataclass(frozen=True, slots=True, eq=False)
class NormalizedXml:
    """A document's music as a tree of its own. remarks: how odd notation was understood, in sentences."""

    root: _Element
    remarks: tuple[str, ...] = ()


def normalize(root: _Element) -> NormalizedXml:
    """A copy of the document without what music21 would misread.

    Page layout is left out: music21 fails on some of it, and it is not music. A cue note is a rest to the
    singer. A whole-measure rest is as long as it says, in a pickup too. A note that does not name its voice
    is in the first, also beside one that does.
    """
    root = deepcopy(root)
    etree.strip_elements(root, *LAYOUT, with_tail=False)
    for note in list(root.iter("note")):
        if note.find("cue") is not None:
            silence(note)
        rest = note.find("rest")
        if rest is not None and note.find("duration") is not None:
            rest.attrib.pop("measure", None)
        if note.find("voice") is None:
            add(note, "voice", 1)
    return NormalizedXml(root)


def silence(note: _Element) -> None:
    """Make a rest of a cue note; take it out where it stands beside another."""
    parent = note.getparent()
    assert parent is not None
    if note.find("chord") is not None or note.find("grace") is not None:
        parent.remove(note)
        return
    for child in note:
        if child.tag not in ("duration", "voice", "type", "dot", "time-modification", "staff"):
            note.remove(child)
    note.insert(0, etree.Element("rest"))
