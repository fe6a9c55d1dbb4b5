"""Observes every request: a span, a duration, a log line, and a response also to unexpected errors."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog
from opentelemetry.trace import SpanKind
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from desk.fault_points import fault_point
from desk.http.app.routes import routes_of
from desk.http.problems.exception_handlers import problem_of
from desk.http.problems.problem import Problem
from desk.telemetry import Metrics, Tracing, traceparent
from desk.telemetry.logs import described

UNMATCHED = "unmatched"
log = structlog.get_logger()


class Observe:
    """ASGI, outermost. Logs route, status and seconds, never a path, query or body."""

    def __init__(self, app: ASGIApp, metrics: Metrics, tracing: Tracing) -> None:
        self._app, self._metrics, self._tracing = app, metrics, tracing
        self._names: dict[Callable[..., object], str] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, start = 0, time.perf_counter()

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        parent = Headers(scope=scope).get("traceparent", "")
        with self._tracing.continue_trace(parent, "http", SpanKind.SERVER, service=self._metrics.service) as span:
            try:
                await self._app(scope, receive, noted)
            except ClientDisconnect:
                status = status or 499
            except Exception as error:
                await self._failed(error, status, scope, receive, noted)
            if scope["method"] == "POST" and 200 <= status < 300:
                fault_point("answered")
            route = self._route(scope)
            span.update_name(f"{scope['method']} {route}")
            span.set_attribute("http.response.status_code", status)
            self._note(scope["method"], route, status, time.perf_counter() - start)

    async def _failed(self, error: Exception, status: int, scope: Scope, receive: Receive, send: Send) -> None:
        problem = problem_of(error)
        if problem is None:
            log.error("request failed", service=self._metrics.service, route=self._route(scope), **described(error))
            ids = traceparent().split("-")
            problem = Problem("internal_error", members={"trace": ids[1]} if len(ids) > 1 else {})
        if status:
            raise error
        self._metrics.refusals.labels(code=problem.code).inc()
        await problem.response()(scope, receive, send)

    def _route(self, scope: Scope) -> str:
        if self._names is None:
            self._names = {served.endpoint: served.path for served in routes_of(scope["app"])}
        return self._names.get(scope.get("endpoint", UNMATCHED), UNMATCHED)

    def _note(self, method: str, route: str, status: int, seconds: float) -> None:
        listed = method if method in {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"} else "OTHER"
        self._metrics.http_seconds.labels(method=listed, route=route, status=str(status)).observe(seconds)
        write = log.error if status >= 500 else log.info if status >= 400 else log.debug
        write(
            "request answered",
            service=self._metrics.service,
            method=listed,
            route=route,
            code=status,
            seconds=round(seconds, 4),
        )
