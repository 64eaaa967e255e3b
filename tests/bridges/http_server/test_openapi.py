"""The OpenAPI description: the real server answers as it says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from http_support import client, engine
from ripieno_bridges.http_server.errors import STATUS
from ripieno_bridges.http_server.openapi import description
from ripieno_bridges.http_server.routes import ROUTES
from ripieno_bridges.http_server.server import HttpServer

FEW = 12  # cases for each route and mode
QUICK = {"bars": 2, "alternatives": 1, "beam": 1}  # larger values would take minutes ...
LENIENT = 0.8  # ... and so would a strict originality limit
SLOW = 60_000  # milliseconds
RIGHT = [(route.name, GenerationMode.POSITIVE) for route in ROUTES]
WRONG = [(route.name, GenerationMode.NEGATIVE) for route in ROUTES if route.body is not None]


@pytest.fixture(scope="module")
def server() -> Iterator[HttpServer]:
    with engine() as (server, _):
        yield server


@pytest.fixture(scope="module")
def described(server: HttpServer) -> Any:
    return schemathesis.openapi.from_url(f"{server.address}v1/openapi.json")


@pytest.mark.parametrize(("route", "mode"), [*RIGHT, *WRONG])
def test_every_answer_is_as_described(described: Any, route: str, mode: GenerationMode) -> None:
    method, path = route.split()

    @given(case=described[path][method].as_strategy(generation_mode=mode))
    @settings(
        max_examples=FEW,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.reuse, Phase.generate],  # a smaller case of a slow answer is another slow answer
    )
    def check(case: Any) -> None:
        if not mode.is_negative:
            case.body = with_whole_numbers(case.body)
        if isinstance(case.body, dict):
            case.body |= {name: most for name, most in QUICK.items() if is_more(case.body.get(name), most)}
            if is_more(LENIENT, case.body.get("original")):
                case.body["original"] = LENIENT
            if is_more(SLOW, case.body.get("deadline")):
                case.body["deadline"] = SLOW  # with less, the answer may be "late"
        # A body that fits the schema may still make no sense (422): most text is no score.
        response = case.call_and_validate(excluded_checks=[positive_data_acceptance])
        assert mode.is_negative or response.status_code not in (400, 413, 415), response.text

    check()


def with_whole_numbers(value: Any) -> Any:
    """The value with 4 for 4.0, which is a whole number in JSON Schema, but not for ripieno."""
    if isinstance(value, dict):
        return {name: with_whole_numbers(item) for name, item in value.items()}
    if isinstance(value, list):
        return [with_whole_numbers(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def is_more(value: Any, most: Any) -> bool:
    """Whether both are numbers, and one is the larger."""
    return all(isinstance(number, int | float) for number in (value, most)) and value > most


def test_the_description_is_the_same_text_at_its_address(server: HttpServer) -> None:
    with client(server) as http:
        assert http.get("/v1/openapi.json").json() == json.loads(msgspec.json.encode(description()))


def test_every_route_has_a_summary_and_every_setting_a_description() -> None:
    openapi = description()
    for route in ROUTES:
        operation = openapi["paths"][route.path][route.method.lower()]
        assert operation["summary"].endswith(".")
        assert {"200", "403", "500"} <= set(operation["responses"])
    setting_schemas = openapi["components"]["schemas"]["NotesBody"]["properties"]
    undescribed = [
        name
        for name, schema in setting_schemas.items()
        if "description" not in str(schema) and not re.search(r"enum", str(schema))
    ]
    assert undescribed == []


def test_every_error_of_a_route_has_a_status_number() -> None:
    assert {code for route in ROUTES for code in route.errors} <= set(STATUS)
