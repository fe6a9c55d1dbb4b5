"""Reverse proxy: services in separate processes behind one port. Requests and responses are streamed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from desk.http.app.responses import json_response
from desk.http.problems.problem import Problem
from desk_deploy.up.gateway.forwarding import ServiceAway, Upstream

CALLBACKS = "/intake/psa/"


def proxy(services: Mapping[str, str]) -> Starlette:
    """Forward `/<name>/...` to the service's address, with the path unchanged. `services`: name -> address."""
    upstreams = {name: Upstream(address) for name, address in services.items()}

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        for upstream in upstreams.values():
            upstream.close()

    async def index(request: Request) -> Response:
        return json_response({name: f"{request.base_url}{name}/api" for name in services})

    async def unknown(_: Request, __: Exception) -> Response:
        names = ", ".join(f"/{name}" for name in services)
        return Problem("not_found", remedy=f"The services are at {names}.").response()

    # a middleware, since the router would match and copy the scope of each request for nothing
    return Starlette(
        routes=[Route("/", index)],
        lifespan=lifespan,
        exception_handlers={404: unknown},
        middleware=[Middleware(_Forward, upstreams=upstreams)],
    )


class _Forward:
    """ASGI: passes requests for a service to its process, and others to the application."""

    def __init__(self, app: ASGIApp, upstreams: Mapping[str, Upstream]) -> None:
        self._app, self._upstreams = app, upstreams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        upstream = self._upstreams.get(scope["path"][1:].partition("/")[0]) if scope["type"] == "http" else None
        if upstream is None:
            await self._app(scope, receive, send)
            return
        try:
            await upstream.forward(scope, receive, send)
        except ServiceAway:
            await away(scope["path"])(scope, receive, send)


def away(path: str) -> Response:
    """The response for a service that is being restarted: 503, but 429 for callbacks, so that the PSA repeats them."""
    code = "too_many_requests" if path.startswith(CALLBACKS) else "unavailable"
    return Problem(code, "the service is being started").response()
