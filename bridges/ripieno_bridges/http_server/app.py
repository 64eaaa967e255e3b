"""The application: the handlers under their routes, and a JSON error for whatever goes wrong."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route

from ripieno.errors import RipienoError
from ripieno_bridges.api.replies import OUR_FAULT, Failed
from ripieno_bridges.http_server.errors import error_response, http_failure_of
from ripieno_bridges.http_server.handlers import HttpHandlers
from ripieno_bridges.http_server.routes import ROUTES, HttpRoute

log = logging.getLogger(__name__)


def build_app(handlers: HttpHandlers) -> Starlette:
    """The application with the routes of ``ROUTES``."""
    return app_of([starlette_route(route, handlers) for route in ROUTES])


def app_of(routes: Sequence[Route]) -> Starlette:
    """An application with these routes, and a JSON error for whatever goes wrong."""
    app = Starlette(
        routes=list(routes),
        exception_handlers={404: not_found, 405: not_allowed, RipienoError: ripieno_error},
        # Not in exception_handlers: there, Starlette would raise the exception again after the response, and
        # uvicorn would log it a second time and close the connection.
        middleware=[Middleware(ExceptionMiddleware, handlers={Exception: unexpected_error})],
    )
    app.router.redirect_slashes = False
    return app


def starlette_route(route: HttpRoute, handlers: HttpHandlers) -> Route:
    """A row of the table for Starlette."""
    path = route.path.replace("{file}", "{file:path}")  # files of the page may be in folders
    return Route(path, getattr(handlers, route.handler.__name__), methods=[route.method], name=route.name)


# -- errors ------------------------------------------------------------------------------------------------


async def not_found(_request: Request, _exc: Exception) -> Response:
    text = "there is no such address; docs/protocol.md lists those that there are"
    return error_response(Failed("not_found", text))


async def not_allowed(request: Request, _exc: Exception) -> Response:
    methods = ", ".join(allowed_methods(request))
    text = f"this address takes no {request.method[:20]}; it takes {methods}"
    return error_response(Failed("not_allowed", text), {"allow": methods})


def allowed_methods(request: Request) -> list[str]:
    """The methods of the routes at the address of a request, in the order of the table, HEAD last."""
    methods = [method for route in routes_at(request) for method in sorted(route.methods or ())]
    return sorted(methods, key=lambda method: method == "HEAD")


def routes_at(request: Request) -> list[Route]:
    """The routes at the address of a request, whatever their methods."""
    routes = [route for route in request.app.routes if isinstance(route, Route)]
    return [route for route in routes if route.matches(request.scope)[0] is not Match.NONE]


async def ripieno_error(_request: Request, exc: Exception) -> Response:
    assert isinstance(exc, RipienoError)
    return error_response(http_failure_of(exc))


async def unexpected_error(request: Request, exc: Exception) -> Response:
    names = [route.name for route in routes_at(request) if request.method in (route.methods or ())]
    log.error("%s failed", ", ".join(names), exc_info=exc)
    return error_response(Failed("failed", OUR_FAULT))
