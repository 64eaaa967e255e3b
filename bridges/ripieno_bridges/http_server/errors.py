"""The errors of HTTP: which code is which number, and how a fault is told."""

from __future__ import annotations

from ripieno.errors import RipienoError
from ripieno_bridges.api.replies import Failed, failure_of
from ripieno_bridges.http_server.response_models import ErrorAnswer, ErrorFields, ErrorPlace

STATUS: dict[str, int] = {
    "bad_message": 400,
    "forbidden": 403,
    "not_found": 404,
    "not_allowed": 405,
    "too_large": 413,
    "bad_type": 415,
    "bad_request": 422,
    "bad_score": 422,
    "bad_file": 422,
    "bad_model": 422,
    "failed": 500,
    "busy": 503,
    "stopping": 503,
    "late": 504,
    "cancelled": 409,
}
CANCELLED = Failed("cancelled", "the request was cancelled; send it once more if that was not meant")


class HttpError(RipienoError):
    """What is wrong with a message before anybody looks at the music. code: one of ``STATUS``."""

    def __init__(self, code: str, text: str) -> None:
        assert code in STATUS, "a code of the table"
        self.code = code
        super().__init__(text)


def status_of(fault: Failed) -> int:
    """The HTTP number of a fault."""
    return STATUS[fault.code]


def error_of(fault: Failed) -> ErrorAnswer:
    """A fault as it is told: what is wrong and the way out are parted at the last semicolon."""
    what = fault.fault or fault.text
    wrong, parted, way_out = what.rpartition("; ")
    place = fault.place
    return ErrorAnswer(
        error=ErrorFields(
            code=fault.code,
            place=ErrorPlace()
            if place is None
            else ErrorPlace(file=place.file, part=place.part, measure=place.measure, beat=place.beat),
            fault=wrong if parted else what,
            way_out=way_out if parted else None,
            text=fault.text,
        )
    )


def told(exc: RipienoError) -> Failed:
    """An error of ours as a fault; where HTTP has no such code, it is one in what was asked."""
    fault = failure_of(exc)
    return fault if fault.code in STATUS else Failed("bad_request", fault.text, fault.fault, fault.place)
