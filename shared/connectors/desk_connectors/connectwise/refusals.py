"""Reads the vendor's error bodies: two shapes, one of them only for 429 and gateway answers (contract 2.4)."""

from __future__ import annotations

import msgspec

from desk_connectors.http.call import Answer
from desk_connectors.http.errors import FieldProblem, VendorRefused
from desk_connectors.reading import UNREADABLE

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
    """The error for an answer from 300 on; a body of another shape leaves only the status."""
    body = _body(answer.body)
    fields = tuple(
        FieldProblem(problem.field or "", problem.code or "", problem.message or "") for problem in body.errors or ()
    )
    return VendorRefused(
        vendor,
        operation,
        status=answer.status,
        code=body.code or body.error or ("" if is_json(answer.body or b"null") else "not JSON"),
        fields=fields,
        detail=(body.message or "")[:LONGEST_DETAIL],
    )


def misrouted(answer: Answer) -> bool:
    """Whether something other than the API may have answered: a 404, or a refusal that is not JSON.

    The cloud's router answers "Cannot route. Codebase/company is invalid" as text with 400; an upgrade or a proxy may
    redirect to a login page.
    """
    return answer.status == 404 or (300 <= answer.status < 500 and not is_json(answer.body))


def is_json(raw: bytes) -> bool:
    """Whether the body is a JSON document."""
    try:
        msgspec.json.decode(raw)
    except UNREADABLE:
        return False
    return True


def _body(raw: bytes) -> _Body:
    try:
        return msgspec.json.decode(raw, type=_Body)
    except UNREADABLE:
        return _Body()
