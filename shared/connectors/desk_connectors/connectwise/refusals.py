"""The vendor's error bodies: two shapes, one of them only for 429 and gateway answers (contract 2.4)."""

from __future__ import annotations

import msgspec

from desk_connectors.http.call import Answer
from desk_connectors.http.errors import FieldProblem, VendorRefused

LONGEST_DETAIL = 500


class _Problem(msgspec.Struct, frozen=True):
    code: str | None = None
    message: str | None = None
    field: str | None = None


class _Body(msgspec.Struct, frozen=True):
    code: str | None = None
    error: str | None = None
    message: str | None = None
    errors: list[_Problem] | None = None


def refusal(vendor: str, operation: str, answer: Answer) -> VendorRefused:
    """The error for an answer from 300 on; a body that is none of the known shapes leaves only the status."""
    body = _body(answer.body)
    fields = tuple(
        FieldProblem(problem.field or "", problem.code or "", problem.message or "") for problem in body.errors or ()
    )
    return VendorRefused(
        vendor,
        operation,
        status=answer.status,
        code=body.code or body.error or "",
        fields=fields,
        detail=(body.message or "")[:LONGEST_DETAIL],
    )


def _body(raw: bytes) -> _Body:
    try:
        return msgspec.json.decode(raw, type=_Body)
    except (msgspec.DecodeError, RecursionError):
        return _Body()
