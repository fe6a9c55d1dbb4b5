"""What every route of a service can reach: its verifier, metrics, traces, cursors and hearing, set once at start."""

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
    """The parts of one service's HTTP face. `app.state.http_context` of the application that `build_app` makes."""

    service: str
    settings: Settings
    verifier: TokenVerifier
    metrics: Metrics
    tracing: Tracing
    hearing: Progress
    cursors: Cursors
    refused: AccessDenials = field(default_factory=AccessDenials)


def http_context(request: Request) -> HttpContext:
    """The face of the service that got the request."""
    return cast(HttpContext, request.app.state.face)
