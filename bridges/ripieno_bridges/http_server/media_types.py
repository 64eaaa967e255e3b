"""The media types of requests and responses."""

from __future__ import annotations

ANY = "*/*"
EVENT_STREAM = "text/event-stream"
HTML = "text/html"
JSON = "application/json"
MUSICXML = "application/vnd.recordare.musicxml+xml"
TEXT = "text/plain"
