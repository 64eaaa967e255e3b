"""The routes as an application: what a request does becomes a response, and whatever is wrong, an error."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Iterable
from itertools import groupby
from typing import Any

import msgspec
from starlette.requests import Request as Asking
from starlette.responses import Response
from starlette.routing import Route as Routing
from starlette.routing import Router
from starlette.types import ASGIApp, Receive, Scope, Send

from ripieno.errors import RipienoError
from ripieno_bridges.api.replies import OUR_FAULT, Failed
from ripieno_bridges.http_server.errors import HttpError, told
from ripieno_bridges.http_server.handlers import ROUTES, HttpHandlers, Route
from ripieno_bridges.http_server.security import JSON_TYPE, refuse
from ripieno_bridges.http_server.sse import Stream

log = logging.getLogger(__name__)


def application(deeds: HttpHandlers) -> ASGIApp:
    """All routes; what is none of them is told."""
    by_path = groupby(sorted(ROUTES, key=lambda route: route.path), key=lambda route: route.path)
    routes = [Routing(pattern(path), Endpoint(deeds, tuple(found))) for path, found in by_path]
    return Router(routes, redirect_slashes=False, default=unknown)


def pattern(path: str) -> str:
    """The path as the router knows it: a file may lie in a folder of the page."""
    return path.replace("{file}", "{file:path}")


class Endpoint:
    """All that one path does, by its methods."""

    def __init__(self, deeds: HttpHandlers, routes: Iterable[Route]) -> None:
        self._deeds = deeds
        self._routes = {route.method: route for route in routes}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request. Never raises."""
        method = scope["method"]
        route = self._routes.get("GET" if method == "HEAD" else method)
        if route is None:
            allowed = ", ".join([*self._routes, *(["HEAD"] if "GET" in self._routes else [])])
            fault = Failed("not_allowed", f"this address takes no {method[:20]}; it takes {allowed}")
            await refuse(scope, send, fault, {"allow": allowed})
            return
        try:
            found = route.act(self._deeds, Asking(scope, receive))
            if inspect.isawaitable(found):
                found = await found
        except RipienoError as exc:
            found = told(exc)
        except Exception:
            log.exception("%s failed", route.name)
            found = Failed("failed", OUR_FAULT)
        await self._answer(found, scope, receive, send)

    @staticmethod
    async def _answer(found: Any, scope: Scope, receive: Receive, send: Send) -> None:
        """Send what a route returned. None: whoever asked is gone."""
        if found is None:
            return
        if isinstance(found, Failed):
            await refuse(scope, send, found)
            return
        if not isinstance(found, Response | Stream):
            data = await asyncio.to_thread(msgspec.json.encode, found)
            found = Response(data, media_type=JSON_TYPE)
        await found(scope, receive, send)


async def unknown(scope: Scope, _receive: Receive, send: Send) -> None:
    """Say that there is no such route."""
    exc = HttpError("not_found", "there is no such address; docs/protocol.md lists those that there are")
    await refuse(scope, send, told(exc))
