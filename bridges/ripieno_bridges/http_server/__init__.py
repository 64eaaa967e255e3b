"""The HTTP interface, for MuseScore's plugin, the page, and other programs. See docs/protocol.md."""
