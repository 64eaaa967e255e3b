"""The errors of HTTP: which status number a code has, and the JSON of an error."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from starlette.responses import Response

from ripieno.errors import RipienoError
from ripieno_bridges.api.replies import Failed, failure_of
from ripieno_bridges.http_server.media_types import JSON
from ripieno_bridges.http_server.response_models import ErrorAnswer, ErrorFields, ErrorPlace

STATUS: dict[str, int] = {
    "bad_message": 400,
    "no_token": 401,
    "forbidden": 403,
    "not_found": 404,
    "not_allowed": 405,
    "too_large": 413,
    "bad_type": 415,
    "bad_request": 422,
    "bad_score": 422,
    "bad_file": 422,
    "bad_model": 422,
    "too_many": 429,
    "failed": 500,
    "busy": 503,
    "stopping": 503,
    "late": 504,
    "cancelled": 409,
}
CANCELLED = Failed("cancelled", "the request was cancelled; send it once more if that was not meant")


class HttpError(RipienoError):
    """An error of the message, not of the music in it. code: one of ``STATUS``. headers: of its response."""

    def __init__(self, code: str, text: str, headers: Mapping[str, str] | None = None) -> None:
        assert code in STATUS, "a code of the table"
        self.code, self.headers = code, headers
        super().__init__(text)


def http_failure_of(exc: RipienoError) -> Failed:
    """The failure for an error; a code that HTTP does not have becomes bad_request."""
    failure = failure_of(exc)
    if failure.code in STATUS:
        return failure
    return msgspec.structs.replace(failure, code="bad_request")


def error_answer(failure: Failed) -> ErrorAnswer:
    """The JSON of a failure. Its last semicolon separates what is wrong from the way out."""
    text = failure.fault or failure.text
    fault, semicolon, way_out = text.rpartition("; ")
    place = failure.place
    return ErrorAnswer(
        error=ErrorFields(
            code=failure.code,
            place=ErrorPlace()
            if place is None
            else ErrorPlace(file=place.file, part=place.part, measure=place.measure, beat=place.beat),
            fault=fault if semicolon else text,
            way_out=way_out if semicolon else None,
            text=failure.text,
            setting=failure.setting,
        )
    )


def error_response(failure: Failed, headers: Mapping[str, str] | None = None) -> Response:
    """The response for a failure. headers: beside the usual ones."""
    return Response(msgspec.json.encode(error_answer(failure)), STATUS[failure.code], headers, JSON)
