"""Problem documents (RFC 9457): every error response has a stable code and a remedy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import msgspec
from starlette.responses import Response

from desk.calendars.problems import Problem as DocumentProblem
from desk.decision.refusal import REFUSALS, Json, Refusal, Rule

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER = "1"

HTTP_CODES: Mapping[str, Rule] = MappingProxyType(
    {
        "not_found": Rule(404, "No such resource", "Check the address; /openapi.json lists the routes."),
        "method_not_allowed": Rule(405, "The method is not allowed here", "Use a method of the header Allow."),
        "invalid_json": Rule(400, "The body is not JSON", "Send one JSON document in UTF-8."),
        "body_too_deep": Rule(400, "The body is nested too deeply", "Send a flatter document."),
        "body_too_large": Rule(413, "The body is too large", "Send less, or in several requests."),
        "unsupported_media_type": Rule(415, "The body's media type is not supported", "Send application/json."),
        "request_timeout": Rule(408, "The body did not arrive in time", "Send the whole body at once.", (), True),
        "write_conflict": Rule(
            409, "Others kept writing to this ticket", "Send it again with the same Idempotency-Key.", (), True
        ),
        "too_many_requests": Rule(429, "Too many requests", "Wait for Retry-After.", (), True),
        "unknown_psa_instance": Rule(
            403, "No such PSA instance here", "Correct the callback's address, or name the instance in DESK_PSA."
        ),
        "unknown_vendor_instance": Rule(
            403, "No such instance here", "Correct the callback's address, or name the instance in DESK_INTEGRATIONS."
        ),
        "signature_missing": Rule(401, "The callback is not signed", "Send x-content-signature with the body."),
        "signature_wrong": Rule(
            401, "The signature does not prove the body", "Send the body as it was signed, with this instance's key."
        ),
        "unknown_effect": Rule(404, "No such call here", "List the calls: desk effects list."),
        "effect_not_open": Rule(
            409, "The call cannot be changed in the state that it has", "Inspect it: desk effects show ID."
        ),
        "bad_request": Rule(400, "The request cannot be understood", "Correct the request."),
        "internal_error": Rule(500, "The service failed", "Report the trace id; sending it again is safe."),
    }
)
"""Codes of the HTTP layer itself; those of commands are in desk.decision.refusal_codes."""

CODES: Mapping[str, Rule] = MappingProxyType({**REFUSALS, **HTTP_CODES})


class Problem(Exception):
    """An error response, raised from anywhere below the HTTP layer.

    `code` is one of CODES and gives status, title and default remedy. Further members are added to the document.
    """

    def __init__(
        self,
        code: str,
        detail: str = "",
        *,
        remedy: str | None = None,
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, Json] | None = None,
    ) -> None:
        rule = CODES[code]
        self.code, self.status, self.title, self.retryable = code, rule.status, rule.title, rule.retryable
        self.detail, self.remedy, self.members = detail or rule.title, remedy or rule.remedy, members or {}
        self.headers = {**_headers(code, rule), **(headers or {})}
        super().__init__(f"{code}: {self.detail}")

    @classmethod
    def of(cls, refusal: Refusal) -> Problem:
        """The problem of a refusal."""
        missing: dict[str, Json] = {}
        if refusal.missing:
            missing["missing"] = [dict(item._asdict()) for item in refusal.missing]
        return cls(refusal.code, refusal.detail, remedy=refusal.remedy, members={**missing, **refusal.members})

    def document(self) -> dict[str, Json]:
        """The members of the problem document; the standard ones win over added ones."""
        return {
            **self.members,
            "type": f"urn:deskstream:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            "remedy": self.remedy,
            "retryable": self.retryable,
        }

    def response(self) -> Response:
        """The HTTP response."""
        body = msgspec.json.encode(self.document())
        return Response(body, self.status, self.headers, MEDIA_TYPE)


def _headers(code: str, rule: Rule) -> dict[str, str]:
    headers = {"Retry-After": RETRY_AFTER} if rule.retryable else {}
    if code == "unauthenticated":
        headers["WWW-Authenticate"] = 'Bearer realm="desk"'
    return headers


def refused_document(problems: Sequence[DocumentProblem]) -> Problem:
    """The 422 response to a document, with every field, fault and remedy. `problems` has one at least."""
    first = problems[0]
    errors: list[Json] = [
        {"field": p.field, "in": "body", "detail": p.fault, "remedy": p.remedy, "code": p.code} for p in problems
    ]
    members: dict[str, Json] = {"field": first.field, "errors": errors}
    return Problem("invalid_field", f"{first.field}: {first.fault}", remedy=first.remedy, members=members)


def invalid_field(field: str, detail: str, remedy: str, where: str = "body") -> Problem:
    """422 for one invalid field: names the field, the problem, and the remedy."""
    error: dict[str, Json] = {"field": field, "in": where, "detail": detail, "remedy": remedy}
    members: dict[str, Json] = {"field": field, "errors": [error]}
    return Problem("invalid_field", f"{field}: {detail}", remedy=remedy, members=members)


SCHEMA: dict[str, object] = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "remedy", "retryable"],
    "properties": {
        "type": {"type": "string", "description": "urn:deskstream:problem:<code>"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "description": "Stable; see the list of refusal codes."},
        "remedy": {"type": "string", "description": "What to do about it."},
        "retryable": {"type": "boolean", "description": "Whether the same request may succeed when sent again."},
        "missing": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {name: {"type": "string"} for name in ("gate", "owner", "remedy")},
            },
        },
    },
}
"""The problem document as JSON Schema, for OpenAPI."""
