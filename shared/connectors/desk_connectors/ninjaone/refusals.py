"""Error bodies of the vendor: `resultCode` with `errorMessage`, or OAuth's `error`."""

from __future__ import annotations

from typing import Any

import msgspec

from desk_connectors.http.call import Answer
from desk_connectors.http.errors import VendorRefused
from desk_connectors.ninjaone.records.reading import VENDOR
from desk_connectors.reading import UNREADABLE

LONGEST_DETAIL, LONGEST_CODE = 500, 60
NOT_JSON = "not JSON"


def refusal(operation: str, answer: Answer) -> VendorRefused:
    """The error for an answer from 300 on. A body of neither form leaves the status only."""
    return VendorRefused(VENDOR, operation, status=answer.status, code=code_of(answer), detail=_detail(answer))


def code_of(answer: Answer) -> str:
    """The vendor's error code, `not JSON` for a page that something else answered, empty when there is none."""
    try:
        plain = msgspec.json.decode(answer.body or b"null")
    except UNREADABLE:
        return NOT_JSON
    return _code(plain) if isinstance(plain, dict) else ""


def error_in(operation: str, plain: object) -> VendorRefused | None:
    """The refusal that an answer of status 200 carries instead of a record; None for a record or a list."""
    if not isinstance(plain, dict) or not ({"resultCode", "errorMessage", "error"} & plain.keys()) or "id" in plain:
        return None
    return VendorRefused(VENDOR, operation, status=200, code=_code(plain) or "error body", detail=_message(plain))


def _detail(answer: Answer) -> str:
    try:
        plain = msgspec.json.decode(answer.body or b"null")
    except UNREADABLE:
        return ""
    return _message(plain) if isinstance(plain, dict) else ""


def _code(plain: dict[str, Any]) -> str:
    """Codes are words or numbers; anything else may hold a value of a record and is left out."""
    code = str(plain.get("resultCode") or plain.get("error") or "")[:LONGEST_CODE]
    return code if code.replace("_", "").replace("-", "").isalnum() else ""


def _message(plain: dict[str, Any]) -> str:
    return str(plain.get("errorMessage") or plain.get("error_description") or "")[:LONGEST_DETAIL]
