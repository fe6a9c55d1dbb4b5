"""Shared parts of a service's routes: verifier, metrics, traces, cursors, replica progress. Set once at start."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

from starlette.requests import Request

from desk.http.auth.access_denials import AccessDenials
from desk.http.auth.tokens import TokenVerifier
from desk.http.reads.paging import Cursors
from desk.http.reads.read_your_writes import Progress
from desk.settings import Settings
from desk.telemetry import Metrics, Tracing


@dataclass(frozen=True)
class HttpContext:
    """The parts that the routes of one service share. `build_app` stores it in `app.state.http_context`."""

    service: str
    settings: Settings
    verifier: TokenVerifier
    metrics: Metrics
    tracing: Tracing
    replica_progress: Progress
    cursors: Cursors
    denials: AccessDenials = field(default_factory=AccessDenials)


def http_context(request: Request) -> HttpContext:
    """The HTTP context of the service that serves the request."""
    return cast(HttpContext, request.app.state.http_context)
