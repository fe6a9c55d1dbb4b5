"""Maps exceptions to problems, with one explicit table for every service."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import psycopg
from eventsourcing.persistence import PersistenceError
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic_core import ErrorDetails
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from desk.contract.codec import Unrecordable
from desk.decision.principal import Principal
from desk.decision.refusal import Json, Refusal
from desk.eventstore.connections.error_classification import is_unavailable
from desk.eventstore.errors import Conflict, StoreUnavailable, WriterStopped
from desk.http.app.http_context import http_context
from desk.http.problems.problem import Problem, invalid_field
from desk.telemetry import Metrics

Handler = Callable[[Request, Exception], Awaitable[Response]]

STORE: tuple[type[Exception], ...] = (StoreUnavailable, WriterStopped, psycopg.Error, PersistenceError)
"""Errors of the store, or of a service that is stopping. Those that do not concern the request become 503."""

BY_STATUS = {
    404: "not_found",
    405: "method_not_allowed",
    408: "request_timeout",
    413: "body_too_large",
    415: "unsupported_media_type",
    429: "too_many_requests",
    503: "unavailable",
}
MAX_ERRORS = 20

REMEDIES = {
    "missing": "Add the field.",
    "extra_forbidden": "Remove the field, or correct its name.",
    "enum": "Use one of {expected}.",
    "literal_error": "Use one of {expected}.",
    "string_too_long": "Use at most {max_length} characters.",
    "string_too_short": "Use at least {min_length} characters.",
    "too_long": "Send at most {max_length}.",
    "too_short": "Send at least {min_length}.",
    "string_pattern_mismatch": "Use a text that matches {pattern}.",
    "less_than_equal": "Use at most {le}.",
    "greater_than_equal": "Use at least {ge}.",
    "time_out_of_bounds": "Use a time from 1970-01-01T00:00:00Z to 2100-01-01T00:00:00Z.",
    "timezone_aware": "Add the zone, e.g. 2026-03-02T09:00:00Z.",
    "datetime_from_date_parsing": "Use ISO 8601 with zone, e.g. 2026-03-02T09:00:00Z.",
    "datetime_parsing": "Use ISO 8601 with zone, e.g. 2026-03-02T09:00:00Z.",
    "uuid_parsing": "Use a UUID, e.g. 0198c0de-0000-7000-8000-000000000000.",
}


def problem_of(error: Exception) -> Problem | None:
    """The problem of an exception; None for an unexpected one."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, Refusal):
        return Problem.of(error)
    if isinstance(error, Conflict):
        return Problem("write_conflict")
    if isinstance(error, WriterStopped) or is_unavailable(error):
        return Problem("unavailable", headers={"Retry-After": "2"})
    if isinstance(error, RequestValidationError):
        return validation_problem(error.errors())
    if isinstance(error, Unrecordable):
        return invalid_field("body", str(error), "Send shorter texts and fewer of them.")
    if isinstance(error, HTTPException):
        return _of_status(error)
    return None


def install(app: FastAPI, metrics: Metrics) -> None:
    """Make `app` answer every mapped exception with its problem, and count it by code."""

    async def answer(request: Request, error: Exception) -> Response:
        problem = problem_of(error)
        if problem is None:
            raise error
        if _wrong_media_type(request, error):
            problem = Problem("unsupported_media_type")
        metrics.refusals.labels(code=problem.code).inc()
        principal: Principal | None = getattr(request.state, "principal", None)
        http_context(request).denials.note(principal.subject if principal else None, problem.code)
        return problem.response()

    for kind in (Problem, Refusal, Conflict, RequestValidationError, Unrecordable, HTTPException, *STORE):
        app.add_exception_handler(kind, answer)


def validation_problem(errors: Sequence[ErrorDetails]) -> Problem:
    """422 that names every invalid field (at most 20) with its remedy; 400 for a body that is not JSON. No input is
    echoed."""
    if errors and errors[0]["type"] == "json_invalid":
        position = errors[0]["loc"][-1]
        return Problem("invalid_json", f"not JSON at character {position}: {errors[0]['ctx']['error']}")
    named = [_named(error) for error in errors[:MAX_ERRORS]]
    first = named[0]
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    members: dict[str, Json] = {"field": first["field"], "errors": [dict(item) for item in named]}
    return Problem(
        "invalid_field", f"{first['field']}: {first['detail']}{more}", remedy=first["remedy"], members=members
    )


def _named(error: ErrorDetails) -> dict[str, str]:
    where, *path = error["loc"] or ("body",)
    field = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")
    detail = str(error["msg"]).removeprefix("Value error, ")
    template = REMEDIES.get(error["type"])
    remedy = template.format_map({"expected": "", **error.get("ctx", {})}) if template else "Correct the field."
    return {"field": field or str(where), "in": str(where), "detail": detail, "remedy": remedy}


def _of_status(error: HTTPException) -> Problem:
    code = BY_STATUS.get(error.status_code, "bad_request" if error.status_code < 500 else "internal_error")
    return Problem(code, headers=error.headers)


def _wrong_media_type(request: Request, error: Exception) -> bool:
    if not isinstance(error, RequestValidationError) or "json" in request.headers.get("content-type", ""):
        return False
    return any(tuple(item["loc"]) == ("body",) and item["type"] != "missing" for item in error.errors())
