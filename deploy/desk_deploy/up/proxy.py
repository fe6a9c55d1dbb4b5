"""Reverse proxy: services in separate processes behind one port. Requests and responses are streamed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from desk.http.app.responses import json_response
from desk.http.problems.problem import Problem

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
HOP_BY_HOP = frozenset(
    (
        "connection",
        "date",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    )
)
"""Headers of one connection, and the date, which our own server also writes."""
TIMEOUT = httpx.Timeout(None, connect=5.0)
LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=64, keepalive_expiry=3.0)
CALLBACKS = "/intake/psa/"


def proxy(services: Mapping[str, str]) -> Starlette:
    """Forward `/<name>/...` to the service's address, with the path unchanged. `services`: name -> address."""
    clients: dict[str, httpx.AsyncClient] = {}

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for name, address in services.items():
                client = httpx.AsyncClient(base_url=address, timeout=TIMEOUT, limits=LIMITS, trust_env=False)
                clients[name] = await stack.enter_async_context(client)
            yield

    async def index(request: Request) -> Response:
        return json_response({name: f"{request.base_url}{name}/api" for name in services})

    async def forward(request: Request) -> Response:
        client = clients.get(request.path_params["service"])
        if client is None:
            names = ", ".join(f"/{name}" for name in services)
            return Problem("not_found", remedy=f"The services are at {names}.").response()
        try:
            return _answer(await client.send(_asked(client, request), stream=True))
        except httpx.TransportError:
            return away(request.url.path)

    routes = [Route("/", index), Route("/{service}{rest:path}", forward, methods=METHODS)]
    return Starlette(routes=routes, lifespan=lifespan)


def away(path: str) -> Response:
    """The response for a service that is being restarted: 503, but 429 for callbacks, so that the PSA repeats them."""
    code = "too_many_requests" if path.startswith(CALLBACKS) else "unavailable"
    return Problem(code, "the service is being started").response()


def _asked(client: httpx.AsyncClient, request: Request) -> httpx.Request:
    headers = [(name, value) for name, value in request.headers.raw if name.decode() not in HOP_BY_HOP]
    path = request.scope["raw_path"] + (b"?" + request.scope["query_string"] if request.scope["query_string"] else b"")
    has_body = "content-length" in request.headers or "transfer-encoding" in request.headers
    content = request.stream() if has_body else None
    return client.build_request(
        request.method, client.base_url.copy_with(raw_path=path), headers=headers, content=content
    )


def _answer(answered: httpx.Response) -> Response:
    response = StreamingResponse(_body(answered), answered.status_code)
    response.raw_headers = [
        (name.lower(), value) for name, value in answered.headers.raw if name.lower().decode() not in HOP_BY_HOP
    ]
    return response


async def _body(answered: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for chunk in answered.aiter_raw():
            yield chunk
    finally:
        await answered.aclose()
