"""The limits of the servers, as the tables of protocol.md have them; every number comes from the code."""

from __future__ import annotations

from ripieno.limits import MAX_MEASURE_QUARTERS
from ripieno_bridges.api.settings import MAX_BEATS
from ripieno_bridges.formats.musicxml.validate_numbers import MAX_MEASURES
from ripieno_bridges.formats.note_lists import MAX_NOTES
from ripieno_bridges.formats.size_limit import MAX_DOCUMENT_BYTES
from ripieno_bridges.http_server import connections, parse_score, security
from ripieno_bridges.http_server.client_limits import ClientLimits
from ripieno_bridges.osc import clients, jobs, packets, tcp
from ripieno_bridges.service import service, supervisor

Row = tuple[str, str, str]  # what is limited, to how much, what happens beyond


def osc_limits() -> list[Row]:
    """The rows under "Limits", for OSC and for the engine behind every interface."""
    return [
        ("a UDP packet", f"{packets.MAX_UDP_BYTES} bytes", "`bad_message`"),
        ("a TCP message", f"{packets.MAX_TCP_BYTES >> 20} MiB", "`bad_message`, and the connection ends"),
        ("a bundle", f"{packets.MAX_MESSAGES} messages, {packets.MAX_NESTING} deep", "`bad_message`"),
        (
            "TCP connections",
            f"{tcp.MAX_CONNECTIONS}",
            "the one that was silent the longest, and waits for no answer, is told `busy` and ended",
        ),
        ("the first message on TCP", span(tcp.FIRST_SECONDS), "the connection is told `busy` and ended"),
        (
            "silence on TCP while no answer is waited for",
            span(tcp.IDLE_SECONDS),
            "the connection is told `busy` and ended",
        ),
        ("answers that a client on TCP does not read", span(tcp.PATIENCE_SECONDS), "the connection ends"),
        ("notes of a request", f"{count(MAX_NOTES)}, up to beat {MAX_BEATS}", "`bad_request`"),
        ("notes that were counted and do not come", span(jobs.NOTES_TIMEOUT_SECONDS), "`incomplete`"),
        ("requests that a client prepares at a time", f"{clients.MAX_DRAFTS}", "`bad_request`"),
        (
            "requests that wait, of all interfaces",
            f"{service.MAX_WAITING}, with {count(service.MAX_WAITING_NOTES)} notes together",
            "`busy`",
        ),
        (
            "a cancelled request that does not stop",
            span(service.PATIENCE_SECONDS),
            "the engine is started again; those that wait are answered then",
        ),
        (
            "an engine that does not start",
            f"tried again after {supervisor.FIRST_PAUSE_SECONDS:g} s, then twice as long, up to "
            f"{supervisor.MAX_PAUSE_SECONDS:g} s",
            "`failed`, until it starts",
        ),
    ]


def http_limits() -> list[Row]:
    """The rows under "How much is read", for HTTP."""
    return [
        (
            "connections",
            f"{connections.MAX_CONNECTIONS}",
            "the one that has waited the longest for a request is closed; where all have one: 503, in plain "
            "text",
        ),
        ("the head of a request", span(connections.HEAD_SECONDS), "the connection is closed"),
        ("an answer that is not read", span(connections.UNREAD_SECONDS), "the connection is closed"),
        ("a body", f"{security.MAX_BODY_BYTES >> 20} MiB", "`too_large`, at once where it is announced"),
        ("a body to come", span(security.BODY_SECONDS), "`bad_message`"),
        (
            "bodies that are not answered yet, together",
            f"{security.MAX_HELD_BYTES >> 20} MiB",
            "`busy`",
        ),
        (
            "requests of one client that are not answered yet, where others are let in",
            f"{ClientLimits().unanswered}, or as `--client-requests` says",
            "`too_many`",
        ),
        (
            "requests of one client in a minute, where others are let in",
            f"{ClientLimits().per_minute}, or as `--client-rate` says",
            "`too_many`",
        ),
        (
            "notes",
            f"{count(MAX_NOTES)} in {MAX_MEASURES} measures, up to quarter {parse_score.LAST_QUARTER}",
            "`bad_request` or `bad_score`",
        ),
        (
            "a measure, of notes, of a document, or of the meter to compose in",
            f"{MAX_MEASURE_QUARTERS} quarters",
            "`bad_request` or `bad_score`",
        ),
        ("a document", f"{MAX_DOCUMENT_BYTES >> 20} MiB", "`bad_file`"),
    ]


def markdown(rows: list[Row]) -> str:
    """The rows as a table in Markdown."""
    return "| what | limit | beyond it |\n|---|---|---|\n" + "".join(
        f"| {' | '.join(row)} |\n" for row in rows
    )


def span(seconds: float) -> str:
    """A time in words."""
    for unit, length in (("hour", 3600), ("minute", 60), ("second", 1)):
        if seconds >= length and seconds % length == 0:
            many = int(seconds // length)
            return f"{many} {unit}" + ("" if many == 1 else "s")
    return f"{seconds:g} seconds"


def count(number: int) -> str:
    """A number with a space between thousands."""
    return f"{number:,}".replace(",", " ")
