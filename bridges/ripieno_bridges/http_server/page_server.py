"""A server of one page alone, with the files of the page in the browser: no service, no worker, no model."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ripieno_bridges import page
from ripieno_bridges.http_server.app import app_of
from ripieno_bridges.http_server.errors import HttpError
from ripieno_bridges.http_server.media_types import HTML
from ripieno_bridges.http_server.server import LocalServer
from ripieno_bridges.http_server.static_files import page_files


class PageServer(LocalServer):
    """Serves a page that is made, and the files that it names."""

    def __init__(self, html: str, *, port: int) -> None:
        super().__init__(port=port)
        self._html = html
        self._files = page_files(page.FOLDER)

    def _build_app(self) -> Starlette:
        return app_of(
            [
                Route("/", self.page, methods=["GET"], name="GET /"),
                Route("/page/{file:path}", self.page_file, methods=["GET"], name="GET /page/{file}"),
            ]
        )

    async def page(self, _request: Request) -> Response:
        return Response(self._html, media_type=HTML)

    async def page_file(self, request: Request) -> Response:
        file = self._files.get(request.path_params["file"])
        if file is None:
            raise HttpError(
                "not_found", "the page has no such file; open http://127.0.0.1 and the port alone"
            )
        return Response(file.data(), media_type=file.media_type)
