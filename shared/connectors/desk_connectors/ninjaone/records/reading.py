"""From the vendor's JSON to records: unknown fields and nulls are ignored, required fields are exact."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import msgspec

from desk_connectors.http.errors import VendorAnswerInvalid

VENDOR = "ninjaone"
EARLIEST, LATEST = 0.0, datetime(2100, 1, 1, tzinfo=UTC).timestamp()
PATH = re.compile(r" - at `(?P<path>[^`]*)`$")
MISSING = re.compile(r"missing required field `(?P<name>[^`]*)`")

Number = Annotated[int, msgspec.Meta(ge=1, le=2**53)]
Id = int | str
"""The id of a row that is only compared: some lists number their rows, others give UUIDs."""


class Record(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A record of the vendor. Times are epoch seconds with a fraction (`instant`)."""


R = TypeVar("R", bound=Record)


def read(kind: type[R], plain: object) -> R:
    """One record out of decoded JSON. Raises `VendorAnswerInvalid` that names record, id and field."""
    try:
        return msgspec.convert(plain, kind)
    except (msgspec.ValidationError, RecursionError) as error:
        given = plain.get("id") if isinstance(plain, dict) else None
        number = given if type(given) is int and 1 <= given <= 2**53 else None
        name = kind.__name__ if number is None else f"{kind.__name__} {number}"
        raise VendorAnswerInvalid(VENDOR, name, _field(error), PATH.sub("", str(error)), number) from error


def instant(seconds: float | None) -> datetime | None:
    """The time of epoch seconds; None where there is none, and beyond 1970 to 2100 (milliseconds, empty dates)."""
    if seconds is None or not EARLIEST < seconds <= LATEST:
        return None
    return datetime.fromtimestamp(seconds, UTC)


def without_nulls(value: object) -> Any:
    """The value without nulls, and with NUL, which no database column can hold, replaced by U+FFFD."""
    if isinstance(value, dict):
        return {key: without_nulls(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [without_nulls(inner) for inner in value]
    return value.replace("\0", "�") if isinstance(value, str) else value


def _field(error: Exception) -> str:
    at, missing = PATH.search(str(error)), MISSING.search(str(error))
    path = at["path"].removeprefix("$").lstrip(".") if at else ""
    return ".".join(part for part in (path, missing["name"] if missing else "") if part) or "body"
