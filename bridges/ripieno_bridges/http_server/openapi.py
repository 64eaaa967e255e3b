"""The OpenAPI 3.1 description, made from the table of routes and the Structs of bodies and answers."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec

import ripieno
from ripieno_bridges.http_server.errors import STATUS
from ripieno_bridges.http_server.media_types import EVENT_STREAM, JSON
from ripieno_bridges.http_server.request_models import BODIES, ID, MAX_ID
from ripieno_bridges.http_server.response_models import ANSWERS, ErrorAnswer
from ripieno_bridges.http_server.routes import ROUTES, HttpRoute
from ripieno_bridges.http_server.sse import EVENTS

SCHEMAS = "#/components/schemas/{name}"
COMMON_ERRORS = ("forbidden", "no_token", "failed")  # of every route
PARAMETERS = {"name": "A name from /v1/examples.", "file": "A file of the page.", "id": "The request's id."}


@cache
def description_json() -> bytes:
    """The description as JSON."""
    return msgspec.json.encode(description())


def description() -> dict[str, Any]:
    """The description of all routes."""
    _, components = msgspec.json.schema_components((*BODIES, *ANSWERS), ref_template=SCHEMAS)
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "ripieno",
            "version": ripieno.__version__,
            "summary": "Fills in the missing voices of a piece of music, and never touches what was given.",
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {"schemas": components},
    }


def operation(route: HttpRoute) -> dict[str, Any]:
    """The description of one route."""
    found: dict[str, Any] = {
        "operationId": operation_id(route),
        "summary": route.summary,
        "parameters": [parameter(part) for part in route.path.split("/") if part.startswith("{")],
        "responses": {
            **{str(number): success(route) for number in (200, *route.also)},
            **failures(route),
        },
    }
    if route.body is not None:
        schema = {"$ref": SCHEMAS.format(name=route.body.__name__)}
        found["requestBody"] = {"required": True, "content": {JSON: {"schema": schema}}}
    return found


def operation_id(route: HttpRoute) -> str:
    """A name for programs: get_v1_requests_id."""
    words = [part.strip("{}").replace(".json", "") for part in route.path.split("/") if part]
    return "_".join([route.method.lower(), *words])


def parameter(part: str) -> dict[str, Any]:
    """A parameter in a path. part: such as {id}."""
    name = part.strip("{}")
    schema: dict[str, Any] = {"type": "string"}
    if name == "id":
        schema |= {"pattern": f"^{ID.pattern}$", "minLength": 1, "maxLength": MAX_ID}
    return {"name": name, "in": "path", "required": True, "schema": schema, "description": PARAMETERS[name]}


def success(route: HttpRoute) -> dict[str, Any]:
    """The response with the answer."""
    if isinstance(route.answer, str):
        return {"description": route.summary, "content": {route.answer: {}}}
    content: dict[str, Any] = {JSON: {"schema": {"$ref": SCHEMAS.format(name=route.answer.__name__)}}}
    if route.body is not None:
        content[EVENT_STREAM] = {"schema": {"type": "string", "description": f"Events: {', '.join(EVENTS)}."}}
    return {"description": route.answer.__doc__ or "", "content": content}


def failures(route: HttpRoute) -> dict[str, Any]:
    """The error responses, by their status numbers."""
    codes: dict[int, list[str]] = {}
    for code in (*COMMON_ERRORS, *route.errors):
        found = codes.setdefault(STATUS[code], [])
        if code not in found:
            found.append(code)
    schema = {"$ref": SCHEMAS.format(name=ErrorAnswer.__name__)}
    return {
        str(number): {"description": " or ".join(names), "content": {JSON: {"schema": schema}}}
        for number, names in sorted(codes.items())
    }
