"""From the vendor's JSON to records: unknown fields and nulls are ignored, required fields are exact."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, TypeVar

import msgspec

from desk_connectors.reading import read_record

VENDOR = "ninjaone"
EARLIEST, LATEST = 0.0, datetime(2100, 1, 1, tzinfo=UTC).timestamp()

Number = Annotated[int, msgspec.Meta(ge=1, le=2**53)]
Id = int | str
"""The id of a row that is only compared: some lists number their rows, others give UUIDs."""


class Record(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A record of the vendor. Times are epoch seconds with a fraction (`instant`)."""


R = TypeVar("R", bound=Record)


def read(kind: type[R], plain: object) -> R:
    """One record out of decoded JSON. Raises `VendorAnswerInvalid` that names record, id and field."""
    return read_record(VENDOR, kind, plain)


def instant(seconds: float | None) -> datetime | None:
    """The time of epoch seconds; None where there is none, and beyond 1970 to 2100 (milliseconds, empty dates)."""
    if seconds is None or not EARLIEST < seconds <= LATEST:
        return None
    return datetime.fromtimestamp(seconds, UTC)
