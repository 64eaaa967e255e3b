"""The HTTP door: for MuseScore's plugin, the page, and anybody's own programs. See docs/protocol.md."""
