"""Builds a service's HTTP application: routers, limits, observation, problems; health, metrics, OpenAPI."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from starlette.responses import Response

from desk.http.app.api_page import reference, style
from desk.http.app.health import Health, Report
from desk.http.app.http_context import HttpContext
from desk.http.app.limits import BodyLimit, SecurityHeaders, TimeLimit
from desk.http.app.observe import Observe
from desk.http.app.responses import JsonResponse, json_response
from desk.http.app.routes import routes_of
from desk.http.app.schemas import OpenApi, hoist
from desk.http.auth.access import SECURITY_SCHEMES
from desk.http.auth.tokens import TokenVerifier
from desk.http.commands.examples import add_examples
from desk.http.problems.exception_handlers import install
from desk.http.problems.problem import MEDIA_TYPE, SCHEMA
from desk.http.reads.paging import Cursors
from desk.http.reads.read_your_writes import Progress
from desk.settings import Settings
from desk.telemetry import Metrics, Tracing
from desk.telemetry.metrics import CONTENT_TYPE

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]
Says = Callable[[], Iterable[str]]
ANSWERS = {
    401: "No valid token",
    403: "Role or client",
    404: "Unknown",
    409: "Refused",
    422: "Invalid",
    503: "Unavailable",
}
_PROBLEM = {"content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
_OWN_TELEMETRY_OFF: Any = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}


def make_http_context(
    service: str,
    settings: Settings,
    *,
    verifier: TokenVerifier,
    replica_progress: Progress,
    metrics: Metrics | None = None,
    tracing: Tracing | None = None,
) -> HttpContext:
    """The HTTP context of a service. Without DESK_CURSOR_KEY cursors are valid only in this process."""
    key = settings.cursor_key.get_secret_value().encode() if settings.cursor_key else secrets.token_bytes(32)
    return HttpContext(
        service=service,
        settings=settings,
        verifier=verifier,
        metrics=metrics or Metrics(service),
        tracing=tracing or Tracing(service, endpoint=settings.otlp),
        replica_progress=replica_progress,
        cursors=Cursors(key),
    )


def build_app(
    http_context: HttpContext,
    routers: Sequence[APIRouter],
    health: Health,
    *,
    version: str = "0.1.0",
    lifespan: Lifespan | None = None,
    says: Says = tuple,
) -> FastAPI:
    """The application of one service. Routes with `include_in_schema=False` stay out of OpenAPI and of /api.

    `says`: sentences for the head of /api, e.g. the level of write-back.
    """
    app = FastAPI(
        title=f"Deskstream {http_context.service}",
        version=version,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        default_response_class=JsonResponse,
        telemetry=_OWN_TELEMETRY_OFF,
    )
    app.state.http_context = http_context
    for router in (_internal(http_context, health), *routers):
        _adopt(app, router)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    app.add_route("/api", reference(app, says), include_in_schema=False)
    app.add_route("/api.css", style, include_in_schema=False)
    _add_middleware(app, http_context)
    return app


def _add_middleware(app: FastAPI, http_context: HttpContext) -> None:
    """The innermost first."""
    install(app, http_context.metrics)
    app.add_middleware(BodyLimit, size=http_context.settings.body_limit, depth=http_context.settings.depth_limit)
    app.add_middleware(TimeLimit, seconds=http_context.settings.request_timeout)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(Observe, metrics=http_context.metrics, tracing=http_context.tracing)


def _adopt(app: FastAPI, router: APIRouter) -> None:
    """Serve the routes of a router as they are, with the problems that every route may answer.

    `include_router` would analyse each endpoint a second time, on the first request, and match each request twice.
    """
    problems: dict[int | str, dict[str, object]] = {
        status: {"description": text, **_PROBLEM} for status, text in ANSWERS.items()
    }
    for route in router.routes:
        if isinstance(route, APIRoute):
            route.responses = {**problems, **route.responses}
    app.router.routes.extend(router.routes)


def _internal(http_context: HttpContext, health: Health) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/health/live")
    async def live() -> Response:
        return _health(await health.live())

    @router.get("/health/ready")
    async def ready() -> Response:
        return _health(await health.ready(), await health.notes())

    @router.get("/metrics")
    async def metrics() -> Response:
        return Response(http_context.metrics.render(), media_type=CONTENT_TYPE)

    return router


def _health(report: Report, notes: dict[str, str] | None = None) -> Response:
    body = report._asdict() | ({"notes": notes} if notes else {})
    return json_response(body, 200 if report.ok else 503)


def _openapi(app: FastAPI) -> OpenApi:
    if app.openapi_schema is None:
        schema = get_openapi(title=app.title, version=app.version, routes=app.routes)
        hoist(schema)
        add_examples(schema)
        schema["components"]["schemas"]["Problem"] = SCHEMA
        schema["components"]["securitySchemes"] = SECURITY_SCHEMES
        for served in routes_of(app):
            if served.in_schema and served.gate:
                served.gate.describe(schema["paths"][served.path][served.method.lower()])
        app.openapi_schema = schema
    return app.openapi_schema
