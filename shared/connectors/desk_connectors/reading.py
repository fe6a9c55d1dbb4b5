"""Reads a vendor's JSON into records: unknown fields and nulls are ignored, required fields are exact. Pure."""

from __future__ import annotations

import re
from typing import Generic, NamedTuple, TypeVar

import msgspec

from desk_connectors.http.errors import VendorAnswerInvalid

PATH = re.compile(r" - at `(?P<path>[^`]*)`$")
MISSING = re.compile(r"missing required field `(?P<name>[^`]*)`")
R = TypeVar("R", bound=msgspec.Struct)

UNREADABLE: tuple[type[Exception], ...] = (msgspec.DecodeError, UnicodeError, RecursionError)
"""Errors of decoding JSON of unknown origin. msgspec reports a text that is not UTF-8 as `UnicodeDecodeError`."""


class Rows(NamedTuple, Generic[R]):
    """The readable rows of a list, each id once. `unreadable` counts the rows that were left out.

    `cut` is True if the vendor has more rows than were read.
    """

    records: tuple[R, ...]
    unreadable: int = 0
    cut: bool = False


def decoded(vendor: str, operation: str, body: bytes) -> object:
    """The JSON of a body, without nulls and NUL. Raises `VendorAnswerInvalid` for a body that is empty or cut off."""
    try:
        return without_nulls(msgspec.json.decode(body))
    except UNREADABLE as error:
        raise VendorAnswerInvalid(vendor, operation, "body", "not readable as JSON") from error


def read_record(vendor: str, kind: type[R], plain: object) -> R:
    """One record out of decoded JSON. Raises `VendorAnswerInvalid` that names record, id and field."""
    try:
        return msgspec.convert(plain, kind)
    except (msgspec.ValidationError, RecursionError) as error:
        given = plain.get("id") if isinstance(plain, dict) else None
        number = given if type(given) is int and 1 <= given <= 2**53 else None
        name = kind.__name__ if number is None else f"{kind.__name__} {number}"
        raise VendorAnswerInvalid(vendor, name, _field(error), PATH.sub("", str(error)), number) from error


def read_rows(vendor: str, kind: type[R], rows: object) -> Rows[R]:
    """The rows of a list. Of two rows with one `id` the first is kept.

    Raises `VendorAnswerInvalid` if `rows` is not a list.
    """
    if not isinstance(rows, list):
        raise VendorAnswerInvalid(vendor, f"list of {kind.__name__}", "body", "not a list")
    found: dict[object, R] = {}
    unreadable = 0
    for row in rows:
        try:
            record = read_record(vendor, kind, row)
        except VendorAnswerInvalid:
            unreadable += 1
        else:
            found.setdefault(_id(row), record)
    return Rows(tuple(found.values()), unreadable)


def without_nulls(value: object) -> object:
    """The value without nulls, and with NUL, which no database column can hold, replaced by U+FFFD."""
    if isinstance(value, dict):
        return {key: without_nulls(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [without_nulls(inner) for inner in value]
    return value.replace("\0", "�") if isinstance(value, str) else value


def _id(row: object) -> object:
    return row.get("id") if isinstance(row, dict) else None


def _field(error: Exception) -> str:
    at, missing = PATH.search(str(error)), MISSING.search(str(error))
    path = at["path"].removeprefix("$").lstrip(".") if at else ""
    return ".".join(part for part in (path, missing["name"] if missing else "") if part) or "body"
