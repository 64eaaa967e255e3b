"""The routes, bodies and answers for programs: OpenAPI 3.1, made of the table and Structs that are used."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec

import ripieno
from ripieno_bridges.http_server.errors import STATUS
from ripieno_bridges.http_server.handlers import ROUTES, Route
from ripieno_bridges.http_server.request_models import BODIES, ID, MAX_ID
from ripieno_bridges.http_server.response_models import ANSWERS, ErrorAnswer
from ripieno_bridges.http_server.security import JSON_TYPE
from ripieno_bridges.http_server.sse import EVENTS, STREAM

SCHEMAS = "#/components/schemas/{name}"
EVERYWHERE = ("forbidden", "failed")
WORDS = {"name": "A name from /v1/examples.", "file": "A file of the page.", "id": "The request's id."}


@cache
def described() -> bytes:
    """The description, as JSON."""
    return msgspec.json.encode(description())


def description() -> dict[str, Any]:
    """The description."""
    kinds = (*BODIES, *ANSWERS)
    _, components = msgspec.json.schema_components(kinds, ref_template=SCHEMAS)
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


def operation(route: Route) -> dict[str, Any]:
    """One route."""
    found: dict[str, Any] = {
        "operationId": operation_id(route),
        "summary": route.about,
        "parameters": [parameter(part) for part in route.path.split("/") if part.startswith("{")],
        "responses": {"200": success(route), **failures(route)},
    }
    if route.body is not None:
        schema = {"$ref": SCHEMAS.format(name=route.body.__name__)}
        found["requestBody"] = {"required": True, "content": {JSON_TYPE: {"schema": schema}}}
    return found


def operation_id(route: Route) -> str:
    """A name for it: get_v1_requests_id."""
    words = [part.strip("{}").replace(".json", "") for part in route.path.split("/") if part]
    return "_".join([route.method.lower(), *words])


def parameter(part: str) -> dict[str, Any]:
    """What stands in a path."""
    name = part.strip("{}")
    schema: dict[str, Any] = {"type": "string"}
    if name == "id":
        schema |= {"pattern": f"^{ID.pattern}$", "minLength": 1, "maxLength": MAX_ID}
    return {"name": name, "in": "path", "required": True, "schema": schema, "description": WORDS[name]}


def success(route: Route) -> dict[str, Any]:
    """What is answered where all is well."""
    if isinstance(route.answer, str):
        return {"description": route.about, "content": {route.answer: {}}}
    content: dict[str, Any] = {JSON_TYPE: {"schema": {"$ref": SCHEMAS.format(name=route.answer.__name__)}}}
    if route.body is not None:
        content[STREAM] = {"schema": {"type": "string", "description": f"Events: {', '.join(EVENTS)}."}}
    return {"description": route.answer.__doc__ or "", "content": content}


def failures(route: Route) -> dict[str, Any]:
    """What is answered where something is wrong, by its number."""
    codes: dict[int, list[str]] = {}
    for code in (*EVERYWHERE, *route.errors):
        found = codes.setdefault(STATUS[code], [])
        if code not in found:
            found.append(code)
    schema = {"$ref": SCHEMAS.format(name=ErrorAnswer.__name__)}
    return {
        str(number): {"description": " or ".join(names), "content": {JSON_TYPE: {"schema": schema}}}
        for number, names in sorted(codes.items())
    }
