"""What every route of a service can reach: its verifier, metrics, traces, cursors and hearing, set once at start."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

from starlette.requests import Request

from desk.http.auth.access_denials import Refused
from desk.http.auth.tokens import TokenVerifier
from desk.http.reads.paging import Cursors
from desk.http.reads.read_your_writes import Hearing
from desk.settings import Settings
from desk.telemetry import Metrics, Tracing


@dataclass(frozen=True)
class Face:
    """The parts of one service's HTTP face. `app.state.face` of the application that `build_app` makes."""

    service: str
    settings: Settings
    verifier: TokenVerifier
    metrics: Metrics
    tracing: Tracing
    hearing: Hearing
    cursors: Cursors
    refused: Refused = field(default_factory=Refused)


def face(request: Request) -> Face:
    """The face of the service that got the request."""
    return cast(Face, request.app.state.face)
